/*
 * plain_statement.h
 *		The short way for statements that are of no concern to pdauth.
 */
#ifndef PDAUTH_PLAIN_STATEMENT_H
#define PDAUTH_PLAIN_STATEMENT_H

/* Call from _PG_init, only when preloaded: before any hook of ours is set, and when all are. */
extern void plain_statement_remember(void);
extern void plain_statement_init(void);

#endif							/* PDAUTH_PLAIN_STATEMENT_H */
