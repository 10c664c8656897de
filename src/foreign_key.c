/*
 * foreign_key.c
 *		The exemption of referential integrity queries.
 */
#include "pdauth.h"

#include "miscadmin.h"

#include "foreign_key.h"

/* Marked queries that core is planning, starting or running. */
static int	depth = 0;

bool
foreign_key_query(void)
{
	return depth == 0 && InNoForceRLSOperation();
}

bool
foreign_key_enter(void)
{
	if (!InNoForceRLSOperation())
		return false;
	depth++;
	return true;
}

void
foreign_key_leave(void)
{
	depth--;
}
