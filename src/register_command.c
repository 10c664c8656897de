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

/* Roles belong to the whole cluster, so their grants fire no event trigger (R-14-3). */
void
register_command_after(Node *statement)
{
	Oid			check;

	if (!IsA(statement, GrantRoleStmt) && !IsA(statement, CreateRoleStmt) && !IsA(statement, AlterRoleStmt))
		return;
	check = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString("check_grants")), 0, NULL, true);
	if (OidIsValid(check))
	{
		CommandCounterIncrement();
		OidFunctionCall0(check);
	}
}
