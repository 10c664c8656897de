/*
 * exempt_query.h
 *		Queries that must see every row: those of referential integrity and of
 *		scope chains.
 *
 * They run as the table's owner and only tell whether a row fits; filtered, a
 * check would pass over rows.  ri_triggers.c and scope_chain.c mark them
 * (InNoForceRLSOperation()), but user code called from such a query inherits
 * the mark: a BEFORE trigger of the table cascaded to, a cast or an index
 * predicate folded while planning.  So the exemption is decided at the
 * beginning of planning, start-up and execution, and is gone for whatever runs
 * inside.  A plan made under one exemption does not run under the other.
 */
#ifndef PDAUTH_EXEMPT_QUERY_H
#define PDAUTH_EXEMPT_QUERY_H

#include "postgres.h"

#include "miscadmin.h"

typedef enum ExemptQuery
{
	EXEMPT_NOT,
	EXEMPT_FOREIGN_KEY,
	EXEMPT_SCOPE_CHAIN,
} ExemptQuery;

/* Whose is the query at hand, if it is an exempt one? */
extern ExemptQuery exempt_query(void);

/*
 * Brackets around core's work on a query.  exempt_query_enter() says whether
 * it is a marked one; then exempt_query_leave() must be called in PG_FINALLY.
 */
extern void exempt_query_begin(void);
extern void exempt_query_leave(void);

static inline bool
exempt_query_enter(void)
{
	if (!InNoForceRLSOperation())
		return false;
	exempt_query_begin();
	return true;
}

/* Brackets around a marked query of a scope chain; the second in PG_FINALLY. */
extern void exempt_scope_chain_begin(void);
extern void exempt_scope_chain_end(void);

#endif							/* PDAUTH_EXEMPT_QUERY_H */
