/*
 * audit_guard.c
 *		Nobody switches the audit off unseen.
 *
 * Disabling or dropping the triggers of an audited table, and changing or
 * dropping the tables of the log, is refused to everybody, superusers and
 * owners included.  Under break-glass it is done and recorded.
 * pdauth.unaudit() ends an audit lawfully, and records that itself.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parse_func.h"
#include "replication/logicalworker.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "audit_entry.h"
#include "audit_forward.h"
#include "audit_guard.h"
#include "audit_image.h"
#include "decision.h"
#include "identity.h"
#include "next_hook.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_audit_drop_triggers);
PG_FUNCTION_INFO_V1(pdauth_keep_writer);

static ProcessUtility_hook_type previous_process_utility_hook = NULL;

/* pdauth.audit_drop_triggers() is at work. */
static bool dropping = false;

bool
audit_is_log_table(Oid relation)
{
	static const char *const tables[] = {
		"audit_entry", "audit_block", "audit_subtree", "audit_segment", "audit_checkpoint", "checkpoint_key", "retention",
		"legal_hold", "prune_approval", "audit_queue", "detection_due"
	};
	const char *name;
	int			i;

	if (!OidIsValid(relation) || get_rel_namespace(relation) != get_namespace_oid(PDAUTH_SCHEMA, true))
		return false;
	name = get_rel_name(relation);
	for (i = 0; name != NULL && i < lengthof(tables); i++)
		if (strcmp(name, tables[i]) == 0)
			return true;
	return false;
}

static bool
is_audit_function(Oid function)
{
	char	   *name = OidIsValid(function) ? get_func_name(function) : NULL;

	return name != NULL && get_func_namespace(function) == get_namespace_oid(PDAUTH_SCHEMA, true) &&
		(strcmp(name, "audit_row") == 0 || strcmp(name, "audit_truncate") == 0);
}

bool
audit_has_trigger(Oid relation, const char *name)
{
	Relation	triggers;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	bool		found = false;

	if (!OidIsValid(relation))
		return false;
	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (!found && HeapTupleIsValid(row = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(row);

		found = is_audit_function(trigger->tgfoid) &&
			(name == NULL || strcmp(NameStr(trigger->tgname), name) == 0);
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return found;
}

bool
audit_is_audited(Oid relation)
{
	return audit_has_trigger(relation, NULL);
}

static char *
qualified_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), get_rel_name(relation));
}

static Oid
oid_of(const RangeVar *name)
{
	return name == NULL ? InvalidOid : RangeVarGetRelid(name, NoLock, true);
}

/* Does ALTER TABLE touch a trigger of ours, other than to enable it always? */
static bool
weakens_triggers(const AlterTableStmt *statement, Oid relation)
{
	ListCell   *cell;

	foreach(cell, statement->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);

		switch (command->subtype)
		{
			case AT_DisableTrig:
			case AT_EnableTrig:
			case AT_EnableReplicaTrig:
				if (audit_has_trigger(relation, command->name))
					return true;
				break;
			case AT_DisableTrigAll:
			case AT_DisableTrigUser:
			case AT_EnableTrigAll:
			case AT_EnableTrigUser:
				if (audit_has_trigger(relation, NULL))
					return true;
				break;
			default:
				break;
		}
	}
	return false;
}

/* The table that DROP TRIGGER would take a trigger of ours from, or InvalidOid. */
static Oid
drops_trigger(const DropStmt *statement)
{
	ListCell   *cell;

	if (statement->removeType != OBJECT_TRIGGER || dropping)
		return InvalidOid;
	foreach(cell, statement->objects)
	{
		List	   *names = lfirst_node(List, cell);
		List	   *table = list_truncate(list_copy(names), list_length(names) - 1);
		Oid			relation = oid_of(makeRangeVarFromNameList(table));

		if (audit_has_trigger(relation, strVal(llast(names))))
			return relation;
	}
	return InvalidOid;
}

static const RangeVar *
table_changed(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_AlterTableStmt:
			return ((AlterTableStmt *) statement)->relation;
		case T_IndexStmt:
			return ((IndexStmt *) statement)->relation;
		case T_CreateTrigStmt:
			return ((CreateTrigStmt *) statement)->relation;
		case T_RuleStmt:
			return ((RuleStmt *) statement)->relation;
		case T_CreatePolicyStmt:
			return ((CreatePolicyStmt *) statement)->table;
		case T_RenameStmt:
			return ((RenameStmt *) statement)->relation;
		case T_AlterObjectSchemaStmt:
			return ((AlterObjectSchemaStmt *) statement)->relation;
		default:
			return NULL;
	}
}

static Oid
log_table_of(List *names)
{
	ListCell   *cell;

	foreach(cell, names)
	{
		Oid			relation = IsA(lfirst(cell), RangeVar) ? oid_of(lfirst(cell)) : InvalidOid;

		if (audit_is_log_table(relation))
			return relation;
	}
	return InvalidOid;
}

/*
 * The table of the log that becomes a partition, or a parent, of another table:
 * the other's statements would reach its rows past its triggers, or add to them.
 */
static Oid
joins_log(Node *statement)
{
	ListCell   *cell;

	if (IsA(statement, CreateStmt))
		return log_table_of(((CreateStmt *) statement)->inhRelations);
	if (!IsA(statement, AlterTableStmt))
		return InvalidOid;
	foreach(cell, ((AlterTableStmt *) statement)->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, cell);
		const RangeVar *other = command->subtype == AT_AttachPartition ? ((PartitionCmd *) command->def)->name :
			command->subtype == AT_AddInherit ? (RangeVar *) command->def : NULL;

		if (audit_is_log_table(oid_of(other)))
			return oid_of(other);
	}
	return InvalidOid;
}

/* The table of the log that a statement changes by another name than its own, or InvalidOid. */
static Oid
changes_log(Node *statement)
{
	Oid			relation = oid_of(table_changed(statement));

	if (audit_is_log_table(relation))
		return relation;
	if (IsA(statement, CreateStatsStmt))	/* it would keep samples of images */
		return log_table_of(((CreateStatsStmt *) statement)->relations);
	return joins_log(statement);
}

/* Looked at without the catalogs, which a ROLLBACK cannot read. */
static bool
may_weaken(Node *statement)
{
	return table_changed(statement) != NULL || IsA(statement, DropStmt) || IsA(statement, CreateStatsStmt) ||
		(IsA(statement, CreateStmt) && ((CreateStmt *) statement)->inhRelations != NIL) ||
		IsA(statement, AlterEventTrigStmt) || IsA(statement, AlterExtensionContentsStmt);
}

static bool
is_our_event_trigger(const char *name)
{
	return strncmp(name, "pdauth_", 7) == 0;
}

static bool
drops_event_trigger(const DropStmt *statement)
{
	ListCell   *cell;

	if (statement->removeType == OBJECT_EVENT_TRIGGER)
		foreach(cell, statement->objects)
			if (is_our_event_trigger(strVal(lfirst(cell))))
				return true;
	return false;
}

static void
refuse(const char *what, const char *hint)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_EVIDENCE_UNALTERED),
			 errmsg_internal("%s", _(what)),
			 pdauth_errdetail(PDAUTH_RULE_EVIDENCE_UNALTERED),
			 errhint("%s", _(hint))));
}

/* Refuse, or under break-glass record what is going to be done. */
static void
refuse_or_record(Oid relation, const char *what, const char *hint, const char *query)
{
	Identity	identity = identity_of(InvalidOid);
	const char *names[] = {"statement", "break_glass"};
	const char *values[] = {query, GetConfigOption("pdauth.break_glass", true, false)};

	if (!decision_break_glass(&identity))
		refuse(what, hint);
	ereport(LOG,
			(errmsg("pdauth.break_glass lets \"%s\" do what is refused otherwise (%s): %s",
					GetUserNameFromId(GetSessionUserId(), true), _(what), values[1])));
	audit_entry_write(AUDIT_DEFINITION, relation, OidIsValid(relation) ? cstring_to_text(qualified_name(relation)) : NULL,
					  audit_image_notes(2, names, values));
}

/* Everybody may execute the trigger functions, because making a partition clones triggers. */
static bool
attaches_audit(const CreateTrigStmt *statement)
{
	return is_audit_function(LookupFuncName(statement->funcname, 0, NULL, true)) && !superuser();
}

static void
check_statement(Node *statement, const char *query)
{
	static const char *const end_lawfully = gettext_noop("SELECT pdauth.unaudit(table, reason) ends an audit, and records that. For a repair a superuser sets pdauth.break_glass to the reason; then it is recorded.");
	static const char *const repair = gettext_noop("For a repair a superuser sets pdauth.break_glass to the reason; then it is recorded.");
	Oid			relation = oid_of(table_changed(statement));
	Oid			log_table = changes_log(statement);

	if (IsA(statement, CreateTrigStmt) && attaches_audit((CreateTrigStmt *) statement))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("audit triggers are attached by pdauth.audit()"),
				 errhint("A policy administrator runs SELECT pdauth.audit(table).")));
	if (OidIsValid(log_table))
		refuse_or_record(log_table, "the tables of the audit log are not changed", repair, query);
	else if (IsA(statement, AlterTableStmt) && weakens_triggers((AlterTableStmt *) statement, relation))
		refuse_or_record(relation, "the triggers of an audited table stay enabled always", end_lawfully, query);
	else if (IsA(statement, DropStmt) && OidIsValid(relation = drops_trigger((DropStmt *) statement)))
		refuse_or_record(relation, "the triggers of an audited table are not dropped", end_lawfully, query);
	else if ((IsA(statement, AlterEventTrigStmt) && is_our_event_trigger(((AlterEventTrigStmt *) statement)->trigname)) ||
			 (IsA(statement, DropStmt) && drops_event_trigger((DropStmt *) statement)))
		refuse_or_record(InvalidOid, "the event triggers of pdauth stay enabled always", repair, query);
	else if (IsA(statement, AlterExtensionContentsStmt) &&
			 strcmp(((AlterExtensionContentsStmt *) statement)->extname, "pdauth") == 0)
		refuse_or_record(InvalidOid, "the parts of extension pdauth stay together", repair, query);
}

static void
guard_utility(PlannedStmt *plan, const char *query_string, bool read_only_tree,
			  ProcessUtilityContext context, ParamListInfo params,
			  QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	if (may_weaken(plan->utilityStmt) && !creating_extension &&
		OidIsValid(pdauth_relation_oid(AUDIT_ENTRY_TABLE)))
		check_statement(plan->utilityStmt, query_string);
	next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
						 params, environment, destination, completion);
}

/* The table of a trigger that is going to be dropped. */
static Oid
trigger_table(Oid trigger)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	Oid			table = InvalidOid;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(triggers, TriggerOidIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(row = systable_getnext(scan)))
		table = ((Form_pg_trigger) GETSTRUCT(row))->tgrelid;
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return table;
}

/* The table of the log that loses itself, an index or a trigger; InvalidOid if none does. */
static Oid
log_table_losing(Oid class, Oid object)
{
	Oid			table = object;

	if (class == TriggerRelationId)
		table = trigger_table(object);
	else if (class != RelationRelationId)
		return InvalidOid;
	else if (get_rel_relkind(object) == RELKIND_INDEX)
		table = IndexGetRelation(object, true);
	return audit_is_log_table(table) ? table : InvalidOid;
}

/* However it would go: by itself, with its schema, owner or extension. */
void
audit_guard_drop(Oid class, Oid object, const ObjectAccessDrop *drop)
{
	Identity	identity;
	Oid			table;

	/* REINDEX CONCURRENTLY drops what it has made anew */
	if ((drop->dropflags & PERFORM_DELETION_INTERNAL) || !OidIsValid(table = log_table_losing(class, object)))
		return;
	identity = identity_of(InvalidOid);
	if (!decision_break_glass(&identity))
		refuse("the audit log is not dropped, and neither are its indexes and triggers",
			   "Dump it first; then a superuser sets pdauth.break_glass to the reason. DROP DATABASE needs none.");
	ereport(LOG,
			(errmsg("pdauth.break_glass lets \"%s\" drop pdauth.%s, or an index or trigger of it: %s",
					GetUserNameFromId(GetSessionUserId(), true), get_rel_name(table),
					GetConfigOption("pdauth.break_glass", true, false))));
}

/* The names of the relation's triggers of ours that are not clones of its parent's. */
static List *
own_triggers(Oid relation, bool row_only)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	List	   *names = NIL;

	ScanKeyInit(&key, Anum_pg_trigger_tgrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(triggers, TriggerRelidNameIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(row = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(row);

		if (is_audit_function(trigger->tgfoid) && !OidIsValid(trigger->tgparentid) &&
			(!row_only || TRIGGER_FOR_ROW(trigger->tgtype)))
			names = lappend(names, pstrdup(NameStr(trigger->tgname)));
	}
	systable_endscan(scan);
	table_close(triggers, AccessShareLock);
	return names;
}

static void
drop_trigger(const char *table, const char *trigger)
{
	char	   *command = psprintf("DROP TRIGGER %s ON %s", quote_identifier(trigger), table);

	dropping = true;
	PG_TRY();
	{
		SPI_execute(command, false, 0);
	}
	PG_FINALLY();
	{
		dropping = false;
	}
	PG_END_TRY();
}

/*
 * pdauth.audit_drop_triggers(relation regclass, row_only boolean, operation
 * "char", note text) returns void: the lawful way, which never goes unrecorded.
 */
Datum
pdauth_audit_drop_triggers(PG_FUNCTION_ARGS)
{
	Oid			relation = PG_GETARG_OID(0);
	char	   *table = qualified_name(relation);
	ListCell   *cell;

	audit_entry_write(PG_GETARG_CHAR(2), relation, cstring_to_text(table),
					  audit_image_note("note", text_to_cstring(PG_GETARG_TEXT_PP(3))));
	SPI_connect();
	foreach(cell, own_triggers(relation, PG_GETARG_BOOL(1)))
		drop_trigger(table, lfirst(cell));
	SPI_finish();
	PG_RETURN_VOID();
}

/*
 * Trigger of the tables of the log that this library fills: with rows of their
 * own, which fire no triggers, and pdauth.audit_queue by audit_import().  Workers
 * of logical replication bring them to where they are kept a second time.
 */
Datum
pdauth_keep_writer(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pdauth_trigger_data(fcinfo, "pdauth.keep_writer()");
	Identity	identity = identity_of(InvalidOid);

	if (!audit_writes_position() && !IsLogicalWorker() && !decision_break_glass(&identity))
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_EVIDENCE_UNALTERED),
				 errmsg("nobody writes to pdauth.%s but pdauth itself", RelationGetRelationName(trigger->tg_relation)),
				 pdauth_errdetail(PDAUTH_RULE_EVIDENCE_UNALTERED),
				 errhint("A dump of the log is restored by a superuser who sets pdauth.break_glass to the reason, which is recorded.")));
	return PointerGetDatum(TRIGGER_FIRED_FOR_ROW(trigger->tg_event) ? trigger->tg_trigtuple : NULL);
}

void
audit_guard_init(void)
{
	previous_process_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = guard_utility;
}
