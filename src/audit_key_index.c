/*
 * audit_key_index.c
 *		Insertions into the index of pdauth.audit_entry, at once and later.
 *
 * Later means: only once the row's transaction has committed, because what is
 * not dead cannot have been vacuumed away and its place be another row's.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "optimizer/plancat.h"
#include "port/atomics.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "storage/procarray.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "audit_block.h"
#include "audit_key_index.h"
#include "audit_left.h"
#include "audit_origin.h"
#include "invalidation.h"

/* Rows of one transaction: one that writes many inserts them at once. */
#define MOST_OWN 16

/* Pages of the table looked through at a time, with the lock held: 32 MB. */
#define PAGES_AT_A_TIME 4096

/* What this transaction has not told others of. */
static LeftRow own[MOST_OWN];
static int	own_count = 0;
static bool published = false;
static bool has_no_room = false;

/* Counts news of relations: what was looked up before them is not known any more. */
static uint64 changes = 1;

static Oid	entry_table = InvalidOid;
static uint64 table_known = 0;	/* changes then */

/* The index that writers insert into; 0: not looked up, or changed since. */
static Oid	index_oid = InvalidOid;
static IndexInfo *index_info = NULL;
static MemoryContext index_memory = NULL;

/* Where the server has no room for this database each process looks for itself. */
static LeftState own_state = {false};

static get_relation_info_hook_type previous_get_relation_info_hook = NULL;

static Oid
table_oid(void)
{
	if (table_known != changes)
	{
		uint64		before = changes;

		entry_table = pdauth_relation_oid(AUDIT_ENTRY_TABLE);
		table_known = before;
	}
	return entry_table;
}

static bool
is_key(const IndexInfo *info)
{
	return info->ii_Expressions == NIL && info->ii_Predicate == NIL && info->ii_NumIndexAttrs == 3 &&
		info->ii_IndexAttrNumbers[0] == ENTRY_EPOCH && info->ii_IndexAttrNumbers[1] == ENTRY_XID &&
		info->ii_IndexAttrNumbers[2] == ENTRY_N;
}

static void
require_key(const IndexInfo *info)
{
	if (is_key(info))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the index of pdauth.audit_entry is not its key"),
			 errhint("It is UNIQUE (epoch, xid, n), as the extension made it.")));
}

static void
know_index(Relation table)
{
	List	   *indexes;
	Relation	index;
	MemoryContext caller;

	audit_check_only_index(table);
	indexes = RelationGetIndexList(table);
	index = index_open(linitial_oid(indexes), AccessShareLock);
	list_free(indexes);
	if (index_memory == NULL)
		index_memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit key index", ALLOCSET_SMALL_SIZES);
	MemoryContextReset(index_memory);
	caller = MemoryContextSwitchTo(index_memory);
	index_info = BuildIndexInfo(index);
	MemoryContextSwitchTo(caller);
	require_key(index_info);
	(void) table_oid();			/* or news of it would not be heard */
	index_oid = RelationGetRelid(index);
	index_close(index, NoLock);
}

void
audit_key_index_check(Relation table)
{
	if (!OidIsValid(index_oid))
		know_index(table);
}

/* Opening takes a lock, and that may bring the news that the index changed. */
static Relation
open_index(Relation table)
{
	for (;;)
	{
		Relation	index;

		audit_key_index_check(table);
		index = index_open(index_oid, RowExclusiveLock);
		if (OidIsValid(index_oid))
			return index;
		index_close(index, RowExclusiveLock);
	}
}

static void
insert_key(Relation table, Relation index, IndexInfo *info, const AuditKey *key, ItemPointer place, IndexUniqueCheck unique)
{
	Datum		values[] = {Int64GetDatum(key->epoch), Int64GetDatum((int64) key->xid), Int64GetDatum(key->n)};
	bool		nulls[lengthof(values)] = {0};

	index_insert(index, values, nulls, place, table, unique, false, info);
}

void
audit_key_index_insert(Relation table, const AuditKey *keys, const ItemPointerData *places, int count)
{
	/* the lock stays until the end of the transaction */
	Relation	index = open_index(table);

	for (int i = 0; i < count; i++)
	{
		ItemPointerData place = places[i];

		insert_key(table, index, index_info, &keys[i], &place, UNIQUE_CHECK_YES);
	}
	index_close(index, NoLock);
}

/* Does the server keep rows of this database?  Asked once in a transaction, for that takes a lock where it does not. */
static bool
has_room(void)
{
	has_no_room = has_no_room || audit_left_mine() == NULL;
	return !has_no_room;
}

/*
 * Not those of a savepoint, which can be gone before the transaction commits,
 * and not where this transaction itself makes the table anew: it can do so
 * again, in the same file.  Nor those of a serializable one, which meets in the
 * index the others that have read there.
 */
bool
audit_key_index_leave(Relation table, const AuditKey *key, ItemPointer place)
{
	if (published || own_count == MOST_OWN || GetCurrentTransactionNestLevel() > 1 || IsolationIsSerializable() ||
		compat_is_new_in_transaction(table) || !has_room())
		return false;
	own[own_count++] = (LeftRow) {*key, *place, false, table->rd_rel->relfilenode};
	return true;
}

/* What inserting takes. */
typedef struct Completion
{
	Relation	table;
	BlockNumber pages;			/* of the table, when it was last asked */
	Relation	index;
	IndexInfo  *info;
	TupleTableSlot *slot;
	MemoryContext scratch;
} Completion;

/* False if the extension is gone. */
static bool
begin_completion(Completion *completion)
{
	Oid			table = table_oid();

	if (!OidIsValid(table))
		return false;
	/* this lock is enough against a rewrite, and whoever reads the table has it */
	completion->table = table_open(table, AccessShareLock);
	completion->index = index_open(pdauth_relation_oid(AUDIT_ENTRY_INDEX), RowExclusiveLock);
	completion->pages = RelationGetNumberOfBlocks(completion->table);
	completion->info = BuildIndexInfo(completion->index);
	require_key(completion->info);
	completion->slot = table_slot_create(completion->table, NULL);
	completion->scratch = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit key insertion", ALLOCSET_DEFAULT_SIZES);
	return true;
}

static void
end_completion(Completion *completion)
{
	MemoryContextDelete(completion->scratch);
	ExecDropSingleTupleTableSlot(completion->slot);
	pfree(completion->info);
	index_close(completion->index, RowExclusiveLock);
	table_close(completion->table, AccessShareLock);
}

static AuditKey
key_in(TupleTableSlot *slot)
{
	slot_getsomeattrs(slot, ENTRY_N);
	return audit_key_of(slot->tts_values);
}

/* Is the row still where it was left?  If the table was rewritten, the index was made anew with it. */
static bool
is_in_place(Completion *completion, LeftRow *row)
{
	BlockNumber page = ItemPointerGetBlockNumber(&row->place);
	AuditKey	key;

	if (page >= completion->pages)
		completion->pages = RelationGetNumberOfBlocks(completion->table);
	if (page >= completion->pages ||
		!table_tuple_fetch_row_version(completion->table, &row->place, SnapshotSelf, completion->slot))
		return false;
	key = key_in(completion->slot);
	ExecClearTuple(completion->slot);
	return audit_key_compare(&key, &row->key) == 0;
}

/* Does it have the row at this place? */
static bool
is_in_index(Relation table, Relation index, const AuditKey *key, ItemPointer place)
{
	IndexScanDesc scan = compat_index_beginscan(table, index, SnapshotAny, 3);
	ScanKeyData keys[3];
	ItemPointer other;
	bool		found = false;

	ScanKeyInit(&keys[0], 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(key->epoch));
	ScanKeyInit(&keys[1], 2, BTEqualStrategyNumber, F_XID8EQ, Int64GetDatum((int64) key->xid));
	ScanKeyInit(&keys[2], 3, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(key->n));
	index_rescan(scan, keys, lengthof(keys), NULL, 0);
	while (!found && (other = index_getnext_tid(scan, ForwardScanDirection)) != NULL)
		found = ItemPointerEquals(other, place);
	index_endscan(scan);
	return found;
}

/* Of a row known to be there and not dead. */
static void
insert_row(Completion *completion, LeftRow *row, bool look)
{
	MemoryContext caller = MemoryContextSwitchTo(completion->scratch);

	/* a second row of the same key is verification's to find: to raise here would stop the sealing */
	if (!look || !is_in_index(completion->table, completion->index, &row->key, &row->place))
		insert_key(completion->table, completion->index, completion->info, &row->key, &row->place, UNIQUE_CHECK_NO);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(completion->scratch);
}

static void
insert_doubtful(Completion *completion, LeftRow *row)
{
	if (is_in_place(completion, row))
		insert_row(completion, row, true);
}

/*
 * By the transaction that made them.  They are told of at the end all the same:
 * a savepoint can take back an index that was made within it.
 */
static void
insert_own(void)
{
	Completion	completion;

	if (own_count == 0 || !begin_completion(&completion))
		return;
	for (int i = 0; i < own_count; i++)
	{
		/* first: an error can come after the insertion, and be caught */
		own[i].doubtful = true;
		insert_doubtful(&completion, &own[i]);
	}
	end_completion(&completion);
}

/*
 * Before it commits and not after: who sees the rows must find this, and who
 * finds it and sees that the transaction failed drops it.
 */
void
audit_key_index_publish(void)
{
	published = true;
	if (own_count > 0 && !audit_left_add(audit_left_mine(), own, own_count))
		insert_own();
	own_count = 0;
}

/* Nobody would take it up: it commits without us, perhaps in another run of the server. */
void
audit_key_index_prepare(void)
{
	published = true;
	insert_own();
}

void
audit_key_index_forget(void)
{
	own_count = 0;
	published = has_no_room = false;
}

bool
audit_key_index_is_behind(void)
{
	LeftRows   *left = audit_left_mine();

	return left != NULL && audit_left_are_many(left);
}

typedef enum Fate
{
	COMMITTED,
	RUNNING,
	FAILED,
	LONG_OVER,					/* the server may have forgotten how */
} Fate;

/* next: the next transaction's number.  Beyond half of all 32-bit ones they cannot be compared any more. */
static Fate
fate_of(Relation table, uint64 full_xid, uint64 next)
{
	TransactionId xid = XidFromFullTransactionId(FullTransactionIdFromU64(full_xid));

	if (next - full_xid > (uint64) MaxTransactionId / 2 || TransactionIdPrecedes(xid, table->rd_rel->relfrozenxid))
		return LONG_OVER;
	/* first: it can have committed and wait for a standby, and then nobody sees its rows */
	if (TransactionIdIsInProgress(xid))
		return RUNNING;
	return TransactionIdDidCommit(xid) ? COMMITTED : FAILED;
}

static int
compare_rows(const void *a, const void *b)
{
	return audit_key_compare(&((const LeftRow *) a)->key, &((const LeftRow *) b)->key);
}

/* In the order of their keys, which is what the index is quick at. */
static void
insert_all(Completion *completion, LeftRow *rows, int count, bool look, int *kept)
{
	Fate		fate = FAILED;
	Oid			file = completion->table->rd_rel->relfilenode;
	uint64		next = U64FromFullTransactionId(ReadNextFullTransactionId());

	*kept = 0;
	for (int i = 0; i < count; i++)
	{
		LeftRow    *row = &rows[i];

		if (i == 0 || row->key.xid != rows[i - 1].key.xid)
			fate = fate_of(completion->table, row->key.xid, next);
		if (fate == LONG_OVER || (fate == COMMITTED && (look || row->doubtful || row->file != file)))
			insert_doubtful(completion, row);
		else if (fate == COMMITTED)
			insert_row(completion, row, false);
		else if (fate == RUNNING)
			rows[(*kept)++] = *row;
	}
}

/* What has ended by now is then known without asking for each: TransactionIdIsInProgress() compares it with RecentXmin. */
static void
renew_horizon(void)
{
	if (IsInParallelMode())
		return;
	PushActiveSnapshot(GetLatestSnapshot());
	PopActiveSnapshot();
}

static void
take_up(Completion *completion, LeftRows *left, bool look)
{
	LeftState  *state = audit_left_state(left);
	uint64		end;
	int			count;
	int			kept;
	LeftRow    *rows = audit_left_copy(left, &count, &end);

	qsort(rows, count, sizeof(LeftRow), compare_rows);
	renew_horizon();
	/* whoever is broken off all the same, by an error, makes the next one look */
	HOLD_INTERRUPTS();
	look = look || state->inserting;
	state->inserting = true;
	insert_all(completion, rows, count, look, &kept);
	audit_left_take(left, end, rows, kept);
	state->inserting = false;
	RESUME_INTERRUPTS();
	pfree(rows);
}

/* As of now, unless a parallel operation has to do with the snapshot it began with. */
static AuditOrigins *
read_origins(void)
{
	Snapshot	snapshot = RegisterSnapshot(IsInParallelMode() ? GetActiveSnapshot() : GetLatestSnapshot());
	AuditOrigins *origins = audit_origins_read(snapshot);

	UnregisterSnapshot(snapshot);
	return origins;
}

/*
 * What had to be sealed is sealed or nobody's lawful entry, and the index has
 * it in the first case.  What commits meanwhile has been left, so that what is
 * seen need not stand still.
 */
static void
look_through(Completion *completion, BlockNumber first, BlockNumber count)
{
	AuditOrigins *origins = read_origins();
	TableScanDesc scan = table_beginscan_strat(completion->table, SnapshotSelf, 0, NULL, true, false);

	heap_setscanlimits(scan, first, count);
	while (table_scan_getnextslot(scan, ForwardScanDirection, completion->slot))
	{
		LeftRow		row = {key_in(completion->slot), completion->slot->tts_tid};

		CHECK_FOR_INTERRUPTS();
		/* a version that an erasure made has the entry of the one before */
		if (!HeapTupleIsHeapOnly(((HeapTupleTableSlot *) completion->slot)->tuple) &&
			!audit_origins_must_be_sealed(origins, &row.key))
			insert_row(completion, &row, true);
	}
	table_endscan(scan);
}

/* A piece of the table; true once there is no more. */
static bool
search_on(Completion *completion, LeftState *state)
{
	BlockNumber rest = completion->pages - Min(state->next, completion->pages);
	BlockNumber count = Min(PAGES_AT_A_TIME, rest);

	if (count > 0)
		look_through(completion, state->next, count);
	state->next += count;
	return count == rest;
}

static LeftState *
state_of(LeftRows *left)
{
	return left != NULL ? audit_left_state(left) : &own_state;
}

/* With the lock; false if there is more to do. */
static bool
complete_piece(Completion *completion, LeftRows *left)
{
	LeftState  *state = state_of(left);
	Oid			index_file = completion->index->rd_rel->relfilenode;

	if (state->index_file != index_file)
	{
		state->searched = false;
		state->next = 0;
		pg_write_barrier();
		state->index_file = index_file;
	}
	if (!state->searched && !search_on(completion, state))
		return false;
	/* what has just been found has been left as well, some of it */
	if (left != NULL)
		take_up(completion, left, !state->searched);
	state->searched = true;
	return true;
}

/* Of pg_class, for this is asked without opening the index. */
static Oid
file_of(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			file = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		file = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
		ReleaseSysCache(tuple);
	}
	return file;
}

static bool
is_complete(LeftRows *left)
{
	const LeftState *state = state_of(left);

	/* first of all: who takes them out says last that it is over */
	if (left != NULL && audit_left_waiting(left) != 0)
		return false;
	pg_read_barrier();
	/* and before what was done to it: another file is named once that does not hold any more */
	if (state->index_file != file_of(pdauth_relation_oid(AUDIT_ENTRY_INDEX)))
		return false;
	pg_read_barrier();
	return state->searched && !state->inserting;
}

bool
audit_key_index_advance(void)
{
	Completion	completion;
	Oid			table;
	bool		done;

	if (!begin_completion(&completion))
		return true;
	/* a search reads it, and whoever has the lock below must not wait */
	LockRelationOid(pdauth_relation_oid(AUDIT_BLOCK_TABLE), AccessShareLock);
	/* a lock that nobody else knows, and the last to take: that of the index would be in the way of REINDEX */
	table = RelationGetRelid(completion.table);
	LockDatabaseObject(RelationRelationId, table, 0, ExclusiveLock);
	done = complete_piece(&completion, audit_left_mine());
	UnlockDatabaseObject(RelationRelationId, table, 0, ExclusiveLock);
	end_completion(&completion);
	return done;
}

void
audit_key_index_complete(void)
{
	if (RecoveryInProgress() || IsParallelWorker())
		return;
	insert_own();
	while (!is_complete(audit_left_mine()) && !audit_key_index_advance())
		;
}

void
audit_key_index_before(const PlannedStmt *plan)
{
	Oid			table = table_oid();

	if (OidIsValid(table) && list_member_oid(plan->relationOids, table))
		audit_key_index_complete();
}

/* CLUSTER asks the planner whether to copy the table by way of the index, and would leave behind what that lacks. */
static bool
is_locked_by_us(Oid relation)
{
	Relation	table = table_open(relation, NoLock);
	bool		locked = CheckRelationLockedByMe(table, AccessExclusiveLock, false);

	table_close(table, NoLock);
	return locked;
}

/*
 * Where nobody can insert, the index can lack what came last, and the planner
 * must not know it.
 */
static void
hide_index(PlannerInfo *root, Oid relation, bool is_parent, RelOptInfo *rel)
{
	if (previous_get_relation_info_hook)
		previous_get_relation_info_hook(root, relation, is_parent, rel);
	if (rel->indexlist != NIL && relation == table_oid() &&
		(RecoveryInProgress() || IsParallelWorker() || is_locked_by_us(relation)))
		rel->indexlist = NIL;
}

static void
forget_relation(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || !OidIsValid(entry_table) || relation == entry_table)
		changes++;
	if (!OidIsValid(relation) || relation == entry_table || relation == index_oid)
		index_oid = InvalidOid;
}

void
audit_key_index_init(bool preloaded)
{
	invalidation_call(forget_relation);
	if (!preloaded)
		return;
	audit_left_init();
	previous_get_relation_info_hook = get_relation_info_hook;
	get_relation_info_hook = hide_index;
}
