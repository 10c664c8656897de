/*
 * register_command.c
 *		Statements that the register looks at and no event trigger sees, or not
 *		with what they name.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"

#include "register_command.h"

/* Runs a check of the register, if this database has it. */
static void
run_check(const char *name, Oid argument)
{
	Oid			types[] = {REGCLASSOID};
	int			arguments = OidIsValid(argument) ? 1 : 0;
	Oid			check = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString(pstrdup(name))), arguments, types, true);

	if (!OidIsValid(check))
		return;
	CommandCounterIncrement();
	if (arguments == 1)
		OidFunctionCall1(check, ObjectIdGetDatum(argument));
	else
		OidFunctionCall0(check);
}

/* REVOKE that takes nothing is a warning for core; on a ledger it is an attempt (R-30-3). */
static void
check_revocation(const GrantStmt *revoke)
{
	ListCell   *cell;

	if (revoke->is_grant || revoke->objtype != OBJECT_TABLE)
		return;
	foreach(cell, revoke->objects)
	{
		if (revoke->targtype == ACL_TARGET_OBJECT)
		{
			Oid			relation = RangeVarGetRelid(lfirst_node(RangeVar, cell), NoLock, true);

			if (OidIsValid(relation))
				run_check("check_ledger_revocation", relation);
		}
		else if (revoke->targtype == ACL_TARGET_ALL_IN_SCHEMA && strcmp(strVal(lfirst(cell)), PDAUTH_SCHEMA) == 0)
		{
			Oid			relation = get_relname_relid("ledger_entry", get_namespace_oid(PDAUTH_SCHEMA, false));

			if (OidIsValid(relation))
				run_check("check_ledger_revocation", relation);
		}
	}
}

void
register_command_after(Node *statement)
{
	switch (nodeTag(statement))
	{
			/* roles belong to the whole cluster, so their grants fire no event trigger, nor does REASSIGN OWNED (R-14-3) */
		case T_GrantRoleStmt:
		case T_CreateRoleStmt:
		case T_AlterRoleStmt:
			run_check("check_grants", InvalidOid);
			break;
		case T_ReassignOwnedStmt:
			run_check("check_owners", InvalidOid);
			break;
		case T_GrantStmt:
			check_revocation(castNode(GrantStmt, statement));
			break;
		default:
			break;
	}
}
