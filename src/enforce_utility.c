/*
 * enforce_utility.c
 *		Doors: utility statements that reach rows without a plan.
 */
#include "pdauth.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rls.h"

#include "audit_raw.h"
#include "decision.h"
#include "derivation.h"
#include "door.h"
#include "enforce.h"
#include "held_cursor.h"
#include "next_hook.h"
#include "observe.h"
#include "register_command.h"

static ProcessUtility_hook_type previous_process_utility_hook = NULL;

static void
refuse_plain_copy(const ProtectedRelation *relation)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("COPY of %s would go around its row filter and masks", relation->name),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("Use COPY (SELECT ... FROM %s) TO. For a backup, a superuser sets pdauth.break_glass to the reason (with pg_dump: PGOPTIONS=\"-c pdauth.break_glass='...'\").",
					 relation->name)));
}

static bool
copies_images(const List *columns)
{
	ListCell   *cell;

	foreach(cell, columns)
		if (strcmp(strVal(lfirst(cell)), "image") == 0 || strcmp(strVal(lfirst(cell)), "salt") == 0)
			return true;
	return columns == NIL;
}

/*
 * Core turns COPY TO of a relation with active row security into a query,
 * which the planner hook sees.  For superusers and BYPASSRLS roles it scans
 * the table directly.
 */
static void
check_copy(const CopyStmt *statement)
{
	Oid			table;
	const ProtectedRelation *relation;
	Identity	identity;
	const Decision *decision;

	if (statement->relation == NULL)
		return;
	/* lock it, so that the name means the same relation when core looks it up */
	table = RangeVarGetRelid(statement->relation, AccessShareLock, true);
	if (!statement->is_from && OidIsValid(table) && audit_raw_is_stored(table, get_rel_relkind(table)) &&
		copies_images(statement->attlist))
		audit_raw_require("COPY of the audit log");
	if (!OidIsValid(table) || (relation = registry_lookup(table)) == NULL)
		return;
	identity = identity_of(InvalidOid);
	decision = decision_for(relation, &identity);
	if (statement->is_from)
		decision_require_write(decision, relation);
	else if (check_enable_rls(table, InvalidOid, true) != RLS_ENABLED)
	{
		decision_require_read(decision, relation);
		if (!decision->unrestricted)
			refuse_plain_copy(relation);
	}
	decision_record_break_glass(decision, relation);
	observe_record(decision, relation, statement->is_from);
	if (!statement->is_from && statement->filename != NULL)
		derivation_refuse_file(relation, decision);
}

/*
 * Core calls the object access hook for each relation a TRUNCATE empties, those
 * reached by CASCADE and children included.
 */
void
enforce_truncate(Oid table)
{
	const ProtectedRelation *relation = registry_lookup(table);
	const Decision *decision;
	Identity	identity;

	if (relation == NULL)
		return;
	identity = identity_of(InvalidOid);
	decision = decision_for(relation, &identity);
	decision_require_write(decision, relation);
	decision_record_break_glass(decision, relation);
	observe_record(decision, relation, true);
}

static void
check_statement(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_CopyStmt:
			check_copy((CopyStmt *) statement);
			break;
		case T_AlterDomainStmt:
			door_domain((AlterDomainStmt *) statement);
			break;
		default:
			break;
	}
}

/* A cursor from an earlier transaction: look at its decisions, then let this one FETCH of ours. */
static Portal
open_held_cursor(Node *statement)
{
	const char *name = IsA(statement, FetchStmt) ? ((FetchStmt *) statement)->portalname : NULL;
	Portal		portal = name ? held_cursor_of_any(name) : NULL;

	if (portal == NULL)
		return NULL;
	enforce_recheck_held(portal);
	if (held_cursor_find(name) == NULL)
		return NULL;
	held_cursor_open(portal);
	return portal;
}

/* SET ROLE changes the identity without telling plancache.c about the outer role. */
static bool
changes_identity(Node *statement)
{
	const VariableSetStmt *set = (VariableSetStmt *) statement;

	if (IsA(statement, DiscardStmt))
		return true;
	return IsA(statement, VariableSetStmt) &&
		(set->kind == VAR_RESET_ALL || set->name == NULL || strcmp(set->name, "role") == 0 ||
		 strcmp(set->name, "session_authorization") == 0);
}

static void
enforce_utility(PlannedStmt *plan, const char *query_string, bool read_only_tree,
				ProcessUtilityContext context, ParamListInfo params,
				QueryEnvironment *environment, DestReceiver *destination,
				QueryCompletion *completion)
{
	bool		identity_changes = changes_identity(plan->utilityStmt);
	Portal		held = open_held_cursor(plan->utilityStmt);
	DoorState  *door = NULL;
	Derivation *derivation;

	if (!guard_ddl_take())
	{
		check_statement(plan->utilityStmt);
		door_publication(plan->utilityStmt);
		door_subscription(plan->utilityStmt);
		door_extension_before(plan->utilityStmt);
		door = door_table_before(plan->utilityStmt);
	}
	derivation = derivation_enter(plan->utilityStmt);
	PG_TRY();
	{
		next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
							 params, environment, destination, completion);
	}
	PG_FINALLY();
	{
		if (derivation != NULL)
			derivation_leave(derivation);
		if (held != NULL)
			held_cursor_close(((FetchStmt *) plan->utilityStmt)->portalname);
	}
	PG_END_TRY();
	if (derivation != NULL)
		derivation_finish(derivation);
	if (door != NULL)
	{
		door_table_after(plan->utilityStmt, door);
		door_extension_after(plan->utilityStmt);
	}
	register_command_after(plan->utilityStmt);
	if (identity_changes)
		ResetPlanCache();
}

void
enforce_utility_init(void)
{
	previous_process_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = enforce_utility;
}
