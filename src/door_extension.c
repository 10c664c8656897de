/*
 * door_extension.c
 *		Doors on the extension's own tables: their triggers, policies, columns
 *		and constraints are what enforces the register.
 *
 * Functions and rules of the extension are watched by the object access hook
 * (door_policy.c), the tables of the audit log by audit_guard.c.
 */
#include "pdauth.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/lsyscache.h"

#include "audit_guard.h"
#include "decision.h"
#include "door.h"

static bool
is_own(Oid class, Oid object)
{
	Oid			extension = OidIsValid(object) ? getExtensionOfObject(class, object) : InvalidOid;

	return OidIsValid(extension) && extension == get_extension_oid("pdauth", true);
}

/* The definition of a table, or a child of it, whose rows would be taken for its own. */
static void
check_table(const RangeVar *name, bool child)
{
	Oid			relation = name ? RangeVarGetRelid(name, NoLock, true) : InvalidOid;

	if (is_own(RelationRelationId, relation) && !audit_is_log_table(relation))
		decision_require_break_glass(child ? psprintf(_("a child of table %s of pdauth"), get_rel_name(relation)) :
									 psprintf(_("the definition of table %s of pdauth"), get_rel_name(relation)),
									 "The register is enforced by it.");
}

/* What only says how the table is stored. */
static bool
is_storage(AlterTableType type)
{
	return type == AT_SetRelOptions || type == AT_ResetRelOptions || type == AT_SetStatistics || type == AT_SetOptions ||
		type == AT_ResetOptions || type == AT_SetStorage || type == AT_SetCompression || type == AT_SetTableSpace ||
		type == AT_ClusterOn || type == AT_DropCluster;
}

static void
check_alter_table(const AlterTableStmt *statement)
{
	ListCell   *cell;

	foreach(cell, statement->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		if (command->subtype == AT_AddInherit)
			check_table((RangeVar *) command->def, true);
		if (!is_storage(command->subtype))
			check_table(statement->relation, false);
	}
}

/* Those of the audit are attached to any table by pdauth.audit(). */
static void
check_create_trigger(const CreateTrigStmt *statement)
{
	if (!is_own(ProcedureRelationId, LookupFuncName(statement->funcname, 0, NULL, true)))
		check_table(statement->relation, false);
}

/* DROP TRIGGER and DROP POLICY name a table and what hangs on it. */
static void
check_drop(const DropStmt *statement, ObjectType type)
{
	ListCell   *cell;

	if (statement->removeType != type)
		return;
	foreach(cell, statement->objects)
	{
		List	   *name = lfirst_node(List, cell);
		RangeVar   *table = makeRangeVarFromNameList(list_truncate(list_copy(name), list_length(name) - 1));

		if (type == OBJECT_TRIGGER && audit_has_trigger(RangeVarGetRelid(table, NoLock, true), strVal(llast(name))))
			continue;			/* ends by pdauth.unaudit() */
		check_table(table, false);
	}
}

static void
check_parents(const CreateStmt *statement)
{
	ListCell   *cell;

	foreach(cell, statement->inhRelations)
	{
		if (IsA(lfirst(cell), RangeVar) && statement->partbound == NULL)
			check_table(lfirst(cell), true);
	}
}

void
door_extension_before(Node *statement)
{
	if (creating_extension || IsBinaryUpgrade)
		return;
	switch (nodeTag(statement))
	{
		case T_AlterTableStmt:
			check_alter_table((AlterTableStmt *) statement);
			break;
		case T_CreateTrigStmt:
			check_create_trigger((CreateTrigStmt *) statement);
			break;
		case T_RenameStmt:
			check_table(((RenameStmt *) statement)->relation, false);
			break;
		case T_DropStmt:
			check_drop((DropStmt *) statement, OBJECT_TRIGGER);
			break;
		case T_CreateStmt:
			check_parents((CreateStmt *) statement);
			break;
		default:
			break;
	}
}

/* After their event triggers: of a ledger they are refused by its own rule (R-30-3). */
void
door_extension_after(Node *statement)
{
	if (creating_extension || IsBinaryUpgrade)
		return;
	if (IsA(statement, CreatePolicyStmt))
		check_table(((CreatePolicyStmt *) statement)->table, false);
	else if (IsA(statement, AlterPolicyStmt))
		check_table(((AlterPolicyStmt *) statement)->table, false);
	else if (IsA(statement, DropStmt))
		check_drop((DropStmt *) statement, OBJECT_POLICY);
}
