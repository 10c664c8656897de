/*
 * exempt_query.c
 *		Queries that must see every row.
 */
#include "pdauth.h"

#include "miscadmin.h"

#include "exempt_query.h"

/* Marked queries that core is planning, starting or running. */
static int	depth = 0;

/* Scope chains that are asking. */
static int	chains = 0;

ExemptQuery
exempt_query(void)
{
	if (depth > 0 || !InNoForceRLSOperation())
		return EXEMPT_NOT;
	return chains > 0 ? EXEMPT_SCOPE_CHAIN : EXEMPT_FOREIGN_KEY;
}

void
exempt_query_begin(void)
{
	depth++;
}

void
exempt_query_leave(void)
{
	depth--;
}

void
exempt_scope_chain_begin(void)
{
	chains++;
}

void
exempt_scope_chain_end(void)
{
	chains--;
}
