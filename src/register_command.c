/*
 * register_command.c
 *		Statements that the register looks at and no event trigger sees.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "parser/parse_func.h"

#include "register_command.h"

/* Roles belong to the whole cluster, so their grants fire no event trigger, nor does REASSIGN OWNED (R-14-3). */
static const char *
check_after(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_GrantRoleStmt:
		case T_CreateRoleStmt:
		case T_AlterRoleStmt:
			return "check_grants";
		case T_ReassignOwnedStmt:
			return "check_owners";
		default:
			return NULL;
	}
}

void
register_command_after(Node *statement)
{
	const char *name = check_after(statement);
	Oid			check;

	if (name == NULL)
		return;
	check = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString(pstrdup(name))), 0, NULL, true);
	if (OidIsValid(check))
	{
		CommandCounterIncrement();
		OidFunctionCall0(check);
	}
}
