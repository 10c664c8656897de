/*
 * audit_trigger.c
 *		The triggers of audited tables, and the entries around them.
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "audit_batch.h"
#include "audit_entry.h"
#include "audit_image.h"
#include "audit_raw.h"
#include "audit_read.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_audit_row);
PG_FUNCTION_INFO_V1(pdauth_audit_truncate);
PG_FUNCTION_INFO_V1(pdauth_audit_note);
PG_FUNCTION_INFO_V1(pdauth_audit_baseline);
PG_FUNCTION_INFO_V1(pdauth_audit_new_members);
PG_FUNCTION_INFO_V1(pdauth_audit_rewrite);
PG_FUNCTION_INFO_V1(pdauth_audit_gone);
PG_FUNCTION_INFO_V1(pdauth_audit_live_row);

static const TriggerData *
trigger_of(FunctionCallInfo fcinfo)
{
	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(((TriggerData *) fcinfo->context)->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("this function is an AFTER trigger of audited tables"),
				 errhint("SELECT pdauth.audit('schema.table') attaches it.")));
	return (const TriggerData *) fcinfo->context;
}

Datum
pdauth_audit_row(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = trigger_of(fcinfo);
	Relation	relation = trigger->tg_relation;
	const AuditShape *shape = audit_shape(relation);
	HeapTuple	old_row = NULL;
	HeapTuple	new_row = NULL;
	AuditOperation operation;

	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event))
	{
		operation = AUDIT_INSERT;
		new_row = trigger->tg_trigtuple;
	}
	else if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
	{
		operation = AUDIT_DELETE;
		old_row = trigger->tg_trigtuple;
	}
	else
	{
		operation = AUDIT_UPDATE;
		old_row = trigger->tg_trigtuple;
		new_row = trigger->tg_newtuple;
	}
	audit_entry_write(operation, RelationGetRelid(relation), audit_shape_name(shape),
					  audit_image_of(shape, relation, old_row, new_row));
	return PointerGetDatum(NULL);
}

Datum
pdauth_audit_truncate(PG_FUNCTION_ARGS)
{
	const TriggerData *trigger = trigger_of(fcinfo);
	Relation	relation = trigger->tg_relation;

	audit_entry_write(AUDIT_TRUNCATE, RelationGetRelid(relation),
					  audit_shape_name(audit_shape(relation)), NULL);
	return PointerGetDatum(NULL);
}

/* pdauth.audit_note(relation regclass, operation "char", note text): an entry that is not about a row. */
Datum
pdauth_audit_note(PG_FUNCTION_ARGS)
{
	Relation	relation = table_open(PG_GETARG_OID(0), AccessShareLock);

	audit_entry_write(PG_GETARG_CHAR(1), RelationGetRelid(relation),
					  audit_shape_name(audit_shape(relation)),
					  audit_image_note("note", text_to_cstring(PG_GETARG_TEXT_PP(2))));
	table_close(relation, NoLock);
	PG_RETURN_VOID();
}

/* A view or a partitioned table has no storage to scan. */
static Relation
open_with_rows(Oid oid, LOCKMODE lock)
{
	Relation	relation = table_open(oid, lock);

	if (relation->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" holds no rows of its own", RelationGetRelationName(relation)),
				 errhint("pdauth.audit_tree() names the tables that do.")));
	return relation;
}

typedef void (*row_visitor) (const AuditShape *shape, Relation relation, HeapTuple row, void *argument);

/* Every live row of one table, past row security: the caller checks who asks. */
static void
for_each_row(Relation relation, Snapshot snapshot, row_visitor visit, void *argument)
{
	const AuditShape *shape = audit_shape(relation);
	TupleTableSlot *slot = table_slot_create(relation, NULL);
	TableScanDesc scan = table_beginscan(relation, snapshot, 0, NULL);
	MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "pdauth audited row",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(per_row);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		visit(shape, relation, ExecCopySlotHeapTuple(slot), argument);
		MemoryContextReset(per_row);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_row);
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
}

static void
write_baseline(const AuditShape *shape, Relation relation, HeapTuple row, void *argument)
{
	audit_entry_write(AUDIT_BASELINE, RelationGetRelid(relation), audit_shape_name(shape),
					  audit_image_of(shape, relation, NULL, row));
	(*(int64 *) argument)++;
}

/* pdauth.audit_baseline_rows(relation regclass) returns bigint: rows recorded. */
Datum
pdauth_audit_baseline(PG_FUNCTION_ARGS)
{
	int64		count = 0;
	Relation	relation = open_with_rows(PG_GETARG_OID(0), ShareRowExclusiveLock);
	Snapshot	snapshot;
	bool		outer_batch;

	/*
	 * Writers wait, so that no change falls between the image and the trigger:
	 * the snapshot must be younger than the lock, also under REPEATABLE READ.
	 */
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	outer_batch = audit_batch_open();
	for_each_row(relation, snapshot, write_baseline, &count);
	audit_batch_close(outer_batch);
	UnregisterSnapshot(snapshot);
	table_close(relation, NoLock);
	PG_RETURN_INT64(count);
}

static void
return_row(const AuditShape *shape, Relation relation, HeapTuple row, void *argument)
{
	ReturnSetInfo *result = argument;
	Datum		value = PointerGetDatum(audit_image_of(shape, relation, NULL, row));
	bool		is_null = false;

	tuplestore_putvalues(result->setResult, result->setDesc, &value, &is_null);
}

/* pdauth.audit_live_row(relation regclass) returns setof (image bytea). */
Datum
pdauth_audit_live_row(PG_FUNCTION_ARGS)
{
	bool		gone;
	Relation	relation;

	if (!audit_raw_inside() && !audit_read_is_open(audit_epoch(), PG_GETARG_OID(0), NULL, AUDIT_BASELINE, &gone))
		audit_raw_require("pdauth.audit_live_row()");
	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	relation = open_with_rows(PG_GETARG_OID(0), AccessShareLock);
	for_each_row(relation, GetActiveSnapshot(), return_row, fcinfo->resultinfo);
	table_close(relation, NoLock);
	return (Datum) 0;
}

/* Tables that the command at hand rewrites. */
static List *rewritten = NIL;
static LocalTransactionId rewritten_in = InvalidLocalTransactionId;

static void
forget_rewritten(void)
{
	if (rewritten_in != compat_local_transaction_id())
		rewritten = NIL;		/* its memory went with the transaction */
	rewritten_in = compat_local_transaction_id();
}

/* Event trigger before a table is rewritten. */
Datum
pdauth_audit_rewrite(PG_FUNCTION_ARGS)
{
	MemoryContext caller;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("pdauth.audit_rewrite() can only be called as an event trigger")));
	forget_rewritten();
	caller = MemoryContextSwitchTo(TopTransactionContext);
	rewritten = lappend_oid(rewritten, DatumGetObjectId(OidFunctionCall0(F_PG_EVENT_TRIGGER_TABLE_REWRITE_OID)));
	MemoryContextSwitchTo(caller);
	PG_RETURN_NULL();
}

/* pdauth.audit_gone(relation oid, relation_name text, note text) returns void. */
Datum
pdauth_audit_gone(PG_FUNCTION_ARGS)
{
	audit_entry_write(AUDIT_END, PG_GETARG_OID(0), PG_GETARG_TEXT_PP(1),
					  audit_image_note("note", text_to_cstring(PG_GETARG_TEXT_PP(2))));
	PG_RETURN_VOID();
}

static void
call_for(const char *function, Oid relation)
{
	Oid			types[] = {REGCLASSOID};
	Datum		values[] = {ObjectIdGetDatum(relation)};

	SPI_execute_with_args(psprintf("SELECT pdauth.%s($1)", function), 1, types, values, NULL, false, 0);
}

static bool
detaches_partition(Node *command)
{
	ListCell   *cell;

	if (IsA(command, AlterTableStmt))
		foreach(cell, ((AlterTableStmt *) command)->cmds)
		{
			AlterTableType type = lfirst_node(AlterTableCmd, cell)->subtype;

			if (type == AT_DetachPartition || type == AT_DetachPartitionFinalize)
				return true;
		}
	return false;
}

static bool
is_audit_function_name(List *name)
{
	const char *last = strVal(llast(name));

	return strcmp(last, "audit_row") == 0 || strcmp(last, "audit_truncate") == 0;
}

static bool
makes_audit_trigger(Node *command)
{
	return IsA(command, CreateTrigStmt) && is_audit_function_name(((CreateTrigStmt *) command)->funcname);
}

/* Commands after which a value of the type is written otherwise than before. */
static bool
changes_values(Node *command)
{
	if (IsA(command, AlterEnumStmt))
		return ((AlterEnumStmt *) command)->oldVal != NULL;
	return IsA(command, AlterTableStmt) && ((AlterTableStmt *) command)->objtype == OBJECT_TYPE;
}

/* Commands that change an audited table's definition, but for attaching the audit itself. */
static bool
changes_definition(Node *command)
{
	ListCell   *cell;

	if (IsA(command, CreateTrigStmt))
		return !makes_audit_trigger(command);
	if (!IsA(command, AlterTableStmt))
		return !IsA(command, CreateStmt) && !IsA(command, CreateSchemaStmt);
	foreach(cell, ((AlterTableStmt *) command)->cmds)
		if (lfirst_node(AlterTableCmd, cell)->subtype != AT_EnableAlwaysTrig)
			return true;
	return false;
}

/* Can this command have added a partition or an inheritance child? */
static bool
adds_member(Node *command)
{
	ListCell   *cell;

	if (!IsA(command, AlterTableStmt))
		return !IsA(command, CreateTrigStmt) && !IsA(command, RenameStmt) && !IsA(command, RuleStmt) &&
			!IsA(command, CreatePolicyStmt) && !IsA(command, AlterPolicyStmt);
	foreach(cell, ((AlterTableStmt *) command)->cmds)
	{
		AlterTableType type = lfirst_node(AlterTableCmd, cell)->subtype;

		if (type == AT_AttachPartition || type == AT_AddInherit)
			return true;
	}
	return false;
}

/*
 * Event trigger.  A dump restores the triggers of partitions one by one, and
 * ALTER TABLE ... ENABLE ALWAYS TRIGGER in between must not make us add those
 * that are still to come.
 */
Datum
pdauth_audit_new_members(PG_FUNCTION_ARGS)
{
	Node	   *command;
	List	   *tables;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("pdauth.audit_new_members() can only be called as an event trigger")));
	command = ((EventTriggerData *) fcinfo->context)->parsetree;
	forget_rewritten();
	SPI_connect();
	if (adds_member(command))
		SPI_execute("SELECT pdauth.audit_extend()", false, 0);
	if (changes_definition(command))
		SPI_execute("SELECT pdauth.audit_definition()", false, 0);
	if (detaches_partition(command))
		SPI_execute("SELECT pdauth.audit_detached()", false, 0);
	if (makes_audit_trigger(command))
		SPI_execute("SELECT pdauth.audit_resumed()", false, 0);
	if (changes_values(command))
		SPI_execute("SELECT pdauth.audit_type_changed()", false, 0);
	for (tables = rewritten, rewritten = NIL; tables != NIL; tables = list_delete_first(tables))
		call_for("audit_rewritten", linitial_oid(tables));
	SPI_finish();
	PG_RETURN_NULL();
}
