/*
 * explain_restricted.h
 *		What EXPLAIN tells about relations of which the reader sees a part.
 *
 * "Rows Removed by Filter: 1" for a key says that the row exists, and an
 * estimate comes from statistics over every row.  In the plan of a restricted
 * reader estimates are 0, and so is what a scan of a protected relation
 * counted before its row filter; a plan that shows everything is left as it is.
 */
#ifndef PDAUTH_EXPLAIN_RESTRICTED_H
#define PDAUTH_EXPLAIN_RESTRICTED_H

/* Installs executor hooks around those of enforce_execute_init() and audit_statement_init(), which it must follow. */
extern void explain_restricted_init(void);

#endif							/* PDAUTH_EXPLAIN_RESTRICTED_H */
