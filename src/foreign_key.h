/*
 * foreign_key.h
 *		The exemption of referential integrity queries.
 *
 * They run as the table's owner and must see every row, or foreign keys would
 * break.  ri_triggers.c marks them (InNoForceRLSOperation()), but user code
 * called from such a query inherits the mark: a BEFORE trigger of the table
 * cascaded to, a cast or an index predicate folded while planning.  So the
 * exemption is decided at the beginning of planning, start-up and execution,
 * and is gone for whatever runs inside.
 */
#ifndef PDAUTH_FOREIGN_KEY_H
#define PDAUTH_FOREIGN_KEY_H

#include "postgres.h"

/* Does the query at hand come from ri_triggers.c itself? */
extern bool foreign_key_query(void);

/*
 * Brackets around core's work on a query.  foreign_key_enter() says whether
 * it is a marked one; then foreign_key_leave() must be called in PG_FINALLY.
 */
extern bool foreign_key_enter(void);
extern void foreign_key_leave(void);

#endif							/* PDAUTH_FOREIGN_KEY_H */
