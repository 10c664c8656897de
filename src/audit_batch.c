/*
 * audit_batch.c
 *		Inserts rows into pdauth.audit_entry.
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "executor/tuptable.h"
#include "storage/freespace.h"
#include "storage/lmgr.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audit_batch.h"
#include "audit_entry.h"
#include "audit_key_index.h"
#include "audit_queue.h"
#include "invalidation.h"

/* Free space that makes an old page worth going back to: what packing leaves, not the end of every page. */
#define ROOMY_PAGE (BLCKSZ / 2)

/* A page holds some twenty rows; more than this saves nothing. */
#define MOST_ROWS 64
#define MOST_BYTES (64 * 1024)

/* Where entries go; good until the table changes. */
typedef struct Target
{
	bool		valid;
	Oid			table;
	MemoryContext memory;		/* of what follows */
	TupleDesc	descriptor;
} Target;

static Target target = {0};

/* Rows that wait. */
typedef struct Batch
{
	bool		open;
	int			level;			/* of the (sub)transaction that made them */
	CommandId	command;		/* that made them: what comes after it sees them */
	int			count;
	Size		bytes;
	bool		of_change;		/* the first of them records that a row was changed */
	MemoryContext memory;		/* of the rows */
	MemoryContext scratch;
	TupleTableSlot *slots[MOST_ROWS];
	AuditKey	keys[MOST_ROWS];
} Batch;

static Batch batch = {0};

/* Did this transaction insert something? */
static bool inserted = false;

/* About how much room is left where the last row went; only this backend writes there, as a rule. */
static Size room = 0;

static void
target_find(void)
{
	Oid			oid = pdauth_relation_oid(AUDIT_ENTRY_TABLE);
	Relation	table = table_open(oid, RowExclusiveLock);
	MemoryContext caller;

	audit_check_layout(RelationGetDescr(table), ENTRY_COLUMNS, AUDIT_ENTRY_TABLE);
	audit_key_index_check(table);
	target.table = oid;
	if (target.memory == NULL)
		target.memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit target", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(target.memory);
	caller = MemoryContextSwitchTo(target.memory);
	target.descriptor = CreateTupleDescCopy(RelationGetDescr(table));
	MemoryContextSwitchTo(caller);
	table_close(table, NoLock);
	target.valid = true;
}

/* Opening takes a lock, and that may bring the news that the table changed; it stays until the end of the transaction. */
static Relation
target_open(void)
{
	for (;;)
	{
		Relation	table;

		if (!target.valid)
			target_find();
		table = table_open(target.table, RowExclusiveLock);
		if (target.valid)
			return table;
		table_close(table, NoLock);
	}
}

/*
 * Is there room for rows of this size where the last one went, or on an old
 * page with much of it?  If not, the insertion extends the table.  It is not
 * let choose for itself: it would ask the free space map for room for one row,
 * and that is what many pages have, so that rows end up on a page each.
 */
static bool
find_room(Relation table, Size size)
{
	BlockNumber page;

	if (room >= size && RelationGetTargetBlock(table) != InvalidBlockNumber)
		return true;
	room = 0;
	page = GetPageWithFreeSpace(table, ROOMY_PAGE);
	if (page == InvalidBlockNumber)
		return false;
	room = GetRecordedFreeSpace(table, page);
	/* taken, until VACUUM looks at it again */
	RecordPageWithFreeSpace(table, page, 0);
	RelationSetTargetBlock(table, page);
	return true;
}

/* What is larger than the target mostly goes to the TOAST table. */
static Size
size_on_page(HeapTuple row)
{
	return Min(MAXALIGN(row->t_len), TOAST_TUPLE_TARGET) + sizeof(ItemIdData);
}

/* Into the heap, without triggers, rules, policies or executor. */
static void
insert_row(Relation table, HeapTuple row, CommandId command)
{
	Size		size = size_on_page(row);

	(void) find_room(table, size);
	heap_insert(table, row, command, HEAP_INSERT_SKIP_FSM, NULL);
	if (ItemPointerGetOffsetNumber(&row->t_self) == FirstOffsetNumber)
		room = BLCKSZ - SizeOfPageHeaderData;	/* a new page */
	room -= Min(size, room);
}

/* How many of the rows from the first on fit into the room that there is: one at least. */
static int
count_fitting(int first)
{
	int			end = first;

	for (; end < batch.count; end++)
	{
		Size		size = size_on_page(ExecFetchSlotHeapTuple(batch.slots[end], false, NULL));

		if (size > room)
			break;
		room -= size;
	}
	return Max(end - first, 1);
}

static void
insert_several(Relation table)
{
	int			count;

	for (int first = 0; first < batch.count; first += count)
	{
		HeapTuple	row = ExecFetchSlotHeapTuple(batch.slots[first], false, NULL);

		count = find_room(table, size_on_page(row)) ? count_fitting(first) : batch.count - first;
		heap_multi_insert(table, batch.slots + first, count, batch.command, HEAP_INSERT_SKIP_FSM, NULL);
	}
}

/* A single row, most often the only one of its statement, the cheaper way. */
static void
insert_rows(Relation table)
{
	HeapTuple	row;

	if (batch.count > 1)
	{
		insert_several(table);
		return;
	}
	row = ExecFetchSlotHeapTuple(batch.slots[0], false, NULL);
	insert_row(table, row, batch.command);
	batch.slots[0]->tts_tid = row->t_self;
}

/*
 * What records a changed row is read by its key once it is sealed.  Not so what
 * records an erasure: verification looks for it at once, also on a standby.
 */
static bool
records_change(const Datum *values)
{
	char		operation = DatumGetChar(values[ENTRY_OPERATION - 1]);

	return operation == AUDIT_INSERT || operation == AUDIT_UPDATE || operation == AUDIT_DELETE;
}

static void
insert_key(Relation table, const AuditKey *key, ItemPointer place, bool of_change)
{
	if (!of_change || !audit_key_index_leave(table, key, place))
		audit_key_index_insert(table, key, place, 1);
}

/* One that does not wait. */
static void
insert_at_once(Datum *values, bool *nulls)
{
	Relation	table = target_open();
	HeapTuple	row = heap_form_tuple(RelationGetDescr(table), values, nulls);
	AuditKey	key = audit_key_of(values);

	insert_row(table, row, GetCurrentCommandId(true));
	insert_key(table, &key, &row->t_self, records_change(values));
	heap_freetuple(row);
	table_close(table, NoLock);
	inserted = true;
}

static void
discard(void)
{
	for (int i = 0; i < batch.count; i++)
		ExecClearTuple(batch.slots[i]);
	batch.count = 0;
	batch.bytes = 0;
}

static void
insert_keys(Relation table)
{
	ItemPointerData places[MOST_ROWS];

	for (int i = 0; i < batch.count; i++)
		places[i] = batch.slots[i]->tts_tid;
	audit_key_index_insert(table, batch.keys, places, batch.count);
}

static pg_noinline void
flush(void)
{
	Relation	table = table_open(target.table, NoLock);	/* the batch has the lock */
	MemoryContext caller = MemoryContextSwitchTo(batch.scratch);

	insert_rows(table);
	if (batch.count > 1)
		insert_keys(table);
	else
		insert_key(table, &batch.keys[0], &batch.slots[0]->tts_tid, batch.of_change);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(batch.scratch);
	table_close(table, NoLock);
	discard();
	inserted = true;
}

void
audit_batch_flush(void)
{
	/* those of an outer transaction wait until it goes on: its number belongs to them */
	if (batch.count > 0 && batch.level == GetCurrentTransactionNestLevel())
		flush();
}

static void
make_slots(void)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	TupleDesc	descriptor = CreateTupleDescCopy(target.descriptor);	/* that of the target comes and goes */

	batch.scratch = AllocSetContextCreate(TopMemoryContext, "pdauth audit insertion", ALLOCSET_DEFAULT_SIZES);
	batch.memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit batch", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < MOST_ROWS; i++)
		batch.slots[i] = MakeSingleTupleTableSlot(descriptor, &TTSOpsHeapTuple);
	MemoryContextSwitchTo(caller);
}

/* The first row takes the table's lock, so that it does not change while rows wait. */
static void
start_batch(void)
{
	do
	{
		if (!target.valid)
			target_find();
		LockRelationOid(target.table, RowExclusiveLock);
	} while (!target.valid);
	if (batch.memory == NULL)
		make_slots();
	batch.level = GetCurrentTransactionNestLevel();
	batch.command = GetCurrentCommandId(true);
}

void
audit_batch_add(Datum *values, bool *nulls)
{
	MemoryContext caller;
	HeapTuple	row;

	if (!batch.open || (batch.count > 0 && batch.level != GetCurrentTransactionNestLevel()))
	{
		insert_at_once(values, nulls);
		return;
	}
	if (batch.count > 0 && batch.command != GetCurrentCommandId(true))
		audit_batch_flush();
	if (batch.count == 0)
	{
		start_batch();
		batch.of_change = records_change(values);
	}
	caller = MemoryContextSwitchTo(batch.memory);
	row = heap_form_tuple(target.descriptor, values, nulls);
	MemoryContextSwitchTo(caller);
	/* the slot owns it, or heap_multi_insert() would copy it */
	ExecStoreHeapTuple(row, batch.slots[batch.count], true);
	batch.keys[batch.count++] = audit_key_of(values);
	batch.bytes += row->t_len;
	if (batch.count == MOST_ROWS || batch.bytes >= MOST_BYTES)
		audit_batch_flush();
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
	{
		audit_batch_flush();
		if (batch.count > 0)
			elog(ERROR, "%d entries of the audit log were left behind", batch.count);
		if (event == XACT_EVENT_PRE_COMMIT)
			audit_key_index_publish();
		else
			audit_key_index_prepare();
	}
	else if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_PREPARE)
	{
		audit_key_index_forget();
		/* who writes only rows makes the database known as well: someone has to seal them */
		if (inserted)
			audit_queue_want_worker();
		inserted = false;
	}
	else if (event == XACT_EVENT_ABORT)
	{
		discard();
		audit_key_index_forget();
		batch.open = inserted = false;
	}
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	if (event == SUBXACT_EVENT_PRE_COMMIT_SUB)
		audit_batch_flush();
	else if (event == SUBXACT_EVENT_ABORT_SUB)
	{
		if (batch.count > 0 && batch.level >= GetCurrentTransactionNestLevel())
			discard();
		/* an outer batch inserts one by one from here on: who knows what was left in the middle */
		batch.open = false;
	}
}

bool
audit_batch_open(void)
{
	bool		outer = batch.open;

	batch.open = true;
	return outer;
}

void
audit_batch_close(bool outer)
{
	audit_batch_flush();
	batch.open = outer;
}

static void
forget_target(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == target.table)
		target.valid = false;
}

void
audit_batch_init(void)
{
	invalidation_call(forget_target);

	/*
	 * Now and not when they are first needed: those registered last are called
	 * first, and one that is registered by another of them, which writes as the
	 * transaction commits, not at all.
	 */
	RegisterXactCallback(at_transaction_end, NULL);
	RegisterSubXactCallback(at_subtransaction_end, NULL);
}
