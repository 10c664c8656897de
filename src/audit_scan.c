/*
 * audit_scan.c
 *		Entries of the audit log, by key or in physical order, from the rows of
 *		pdauth.audit_entry and from the segments that older ones are packed in.
 *
 * By key it is a merge: of the rows, and of the segments that overlap where
 * the scan stands.  Those are few, because packing goes by key; only entries
 * of transactions that outlived a packing come later than their key says.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audit_archive.h"
#include "audit_key_index.h"
#include "audit_scan.h"
#include "audit_segment.h"

typedef struct OpenSegment
{
	SegmentReader *reader;
	int			at;				/* the entry to give out next */
	bool		pruned;
	ItemPointerData place;
} OpenSegment;

struct AuditScan
{
	Snapshot	snapshot;
	bool		by_key;
	bool		skip_pruned;	/* or whether they are recorded would be asked without end */
	MemoryContext memory;
	MemoryContext per_entry;

	Relation	entries;
	Relation	index;
	IndexScanDesc rows_by_key;
	TableScanDesc all_rows;
	TupleTableSlot *slot;
	ScanKeyData key;			/* (epoch, xid, n) >= parts */
	ScanKeyData parts[3];
	bool		has_row;		/* slot holds a row not given out yet, under row_key */
	bool		rows_over;
	AuditKey	row_key;

	Relation	segments;		/* NULL: only rows */
	Relation	segment_index;
	SysScanDesc segment_scan;
	HeapTuple	next_segment;	/* header read, not opened yet */
	SegmentHeader next_header;
	AuditKey	from;
	List	   *open;			/* of OpenSegment */
	OpenSegment *given;			/* the segment the last key came from; NULL: slot */
};

/* Another one takes its name at the end of REINDEX CONCURRENTLY. */
static Relation
open_complete_index(void)
{
	for (;;)
	{
		Relation	index = index_open(pdauth_relation_oid(AUDIT_ENTRY_INDEX), AccessShareLock);

		audit_key_index_complete();
		if (pdauth_relation_oid(AUDIT_ENTRY_INDEX) == RelationGetRelid(index))
			return index;
		index_close(index, AccessShareLock);
	}
}

static AuditScan *
scan_start(Snapshot snapshot, bool by_key, bool with_segments)
{
	AuditScan  *scan = palloc0(sizeof(AuditScan));

	scan->snapshot = snapshot;
	scan->by_key = by_key;
	scan->memory = CurrentMemoryContext;
	scan->entries = table_open(pdauth_relation_oid(AUDIT_ENTRY_TABLE), AccessShareLock);
	audit_check_layout(RelationGetDescr(scan->entries), ENTRY_COLUMNS, AUDIT_ENTRY_TABLE);
	scan->slot = table_slot_create(scan->entries, NULL);
	scan->per_entry = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit entry", ALLOCSET_DEFAULT_SIZES);
	if (with_segments)
	{
		scan->segments = table_open(pdauth_relation_oid(AUDIT_SEGMENT_TABLE), AccessShareLock);
		scan->segment_index = index_open(pdauth_relation_oid(AUDIT_SEGMENT_INDEX), AccessShareLock);
	}
	scan->from.epoch = PG_INT64_MIN;
	if (by_key)
	{
		scan->index = open_complete_index();
		scan->rows_by_key = compat_index_beginscan(scan->entries, scan->index, snapshot, 1);
	}
	else
		scan->all_rows = table_beginscan(scan->entries, snapshot, 0, NULL);
	return scan;
}

AuditScan *
audit_scan_begin(Snapshot snapshot)
{
	return scan_start(snapshot, true, true);
}

AuditScan *
audit_scan_begin_kept(Snapshot snapshot)
{
	AuditScan  *scan = scan_start(snapshot, true, true);

	scan->skip_pruned = true;
	return scan;
}

AuditScan *
audit_scan_begin_rows(Snapshot snapshot)
{
	return scan_start(snapshot, true, false);
}

AuditScan *
audit_scan_begin_unordered(Snapshot snapshot)
{
	return scan_start(snapshot, false, true);
}

static void
close_segments(AuditScan *scan)
{
	ListCell   *cell;

	foreach(cell, scan->open)
		audit_segment_close(((OpenSegment *) lfirst(cell))->reader);
	list_free_deep(scan->open);
	scan->open = NIL;
	scan->given = NULL;
	if (scan->segment_scan != NULL)
		systable_endscan_ordered(scan->segment_scan);
	scan->segment_scan = NULL;
	scan->next_segment = NULL;
}

/* A row comparison, as the executor makes it of ROW(epoch, xid, n) >= ROW(...). */
void
audit_scan_seek(AuditScan *scan, const AuditKey *key)
{
	/* index scans allocate as they go, and the caller may reset its context between */
	MemoryContext caller = MemoryContextSwitchTo(scan->memory);

	ScanKeyEntryInitialize(&scan->parts[0], SK_ROW_MEMBER, ENTRY_EPOCH, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(key->epoch));
	ScanKeyEntryInitialize(&scan->parts[1], SK_ROW_MEMBER, ENTRY_XID, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_XID8CMP, Int64GetDatum((int64) key->xid));
	ScanKeyEntryInitialize(&scan->parts[2], SK_ROW_MEMBER | SK_ROW_END, ENTRY_N, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(key->n));
	memset(&scan->key, 0, sizeof(scan->key));
	scan->key.sk_flags = SK_ROW_HEADER;
	scan->key.sk_attno = ENTRY_EPOCH;
	scan->key.sk_strategy = BTGreaterEqualStrategyNumber;
	scan->key.sk_argument = PointerGetDatum(scan->parts);
	index_rescan(scan->rows_by_key, &scan->key, 1, NULL, 0);
	scan->has_row = scan->rows_over = false;
	scan->from = *key;
	close_segments(scan);
	MemoryContextSwitchTo(caller);
}

static void
fetch_row(AuditScan *scan)
{
	if (scan->has_row || scan->rows_over)
		return;
	scan->has_row = scan->by_key ?
		index_getnext_slot(scan->rows_by_key, ForwardScanDirection, scan->slot) :
		table_scan_getnextslot(scan->all_rows, ForwardScanDirection, scan->slot);
	scan->rows_over = !scan->has_row;
	if (!scan->has_row)
		return;
	slot_getsomeattrs(scan->slot, ENTRY_N);
	scan->row_key = audit_key_of(scan->slot->tts_values);
}

/* The next segment that has something at or after the start of the scan. */
static void
fetch_segment(AuditScan *scan)
{
	if (scan->segment_scan == NULL)
		scan->segment_scan = systable_beginscan_ordered(scan->segments, scan->segment_index, scan->snapshot, 0, NULL);
	while (HeapTupleIsValid(scan->next_segment = systable_getnext_ordered(scan->segment_scan, ForwardScanDirection)))
	{
		scan->next_header = audit_segment_header(scan->next_segment, RelationGetDescr(scan->segments));
		if (audit_key_compare(&scan->next_header.last, &scan->from) >= 0 &&
			(!scan->next_header.pruned || (!scan->skip_pruned && audit_pruning_is_recorded(scan->snapshot, &scan->next_header))))
			return;
	}
}

static AuditKey
open_key(const OpenSegment *segment)
{
	return audit_segment_key(segment->reader, segment->at);
}

static void
open_segment(AuditScan *scan)
{
	MemoryContext caller = MemoryContextSwitchTo(scan->memory);
	OpenSegment *segment = palloc0(sizeof(OpenSegment));

	segment->place = scan->next_segment->t_self;
	segment->pruned = scan->next_header.pruned;
	segment->reader = audit_segment_open(scan->next_segment, RelationGetDescr(scan->segments));
	while (segment->at < audit_segment_count(segment->reader))
	{
		AuditKey	key = open_key(segment);

		if (audit_key_compare(&key, &scan->from) >= 0)
			break;
		segment->at++;
	}
	if (segment->at < audit_segment_count(segment->reader))
		scan->open = lappend(scan->open, segment);
	else
		audit_segment_close(segment->reader);
	MemoryContextSwitchTo(caller);
	fetch_segment(scan);
}

/* The open segment with the smallest key; NULL if there is none. */
static OpenSegment *
smallest_open(AuditScan *scan)
{
	OpenSegment *smallest = NULL;
	ListCell   *cell;

	foreach(cell, scan->open)
	{
		OpenSegment *segment = lfirst(cell);
		AuditKey	key = open_key(segment);
		AuditKey	least;

		if (smallest != NULL)
			least = open_key(smallest);
		if (smallest == NULL || audit_key_compare(&key, &least) < 0)
			smallest = segment;
	}
	return smallest;
}

/* Step past the entry given out last; close its segment at the end. */
static void
advance(AuditScan *scan)
{
	OpenSegment *segment = scan->given;

	if (segment == NULL)
		return;
	scan->given = NULL;
	if (++segment->at < audit_segment_count(segment->reader))
		return;
	audit_segment_close(segment->reader);
	scan->open = list_delete_ptr(scan->open, segment);
	pfree(segment);
}

/* Must the next segment be opened before the smallest key is known? */
static bool
next_comes_first(AuditScan *scan, const OpenSegment *segment)
{
	AuditKey	key;

	if (scan->next_segment == NULL)
		return false;
	if (segment == NULL && (!scan->by_key || !scan->has_row))
		return true;
	if (!scan->by_key)
		return false;
	if (segment != NULL)
		key = open_key(segment);
	if (segment == NULL || (scan->has_row && audit_key_compare(&scan->row_key, &key) < 0))
		key = scan->row_key;
	return audit_key_compare(&scan->next_header.first, &key) <= 0;
}

static bool
scan_next(AuditScan *scan, AuditKey *key)
{
	OpenSegment *segment = NULL;

	fetch_row(scan);
	if (scan->segments != NULL)
	{
		advance(scan);
		if (scan->segment_scan == NULL)
			fetch_segment(scan);
		segment = smallest_open(scan);
		while (next_comes_first(scan, segment))
		{
			open_segment(scan);
			segment = smallest_open(scan);
		}
	}
	if (segment != NULL)
	{
		*key = open_key(segment);
		if (!scan->by_key || !scan->has_row || audit_key_compare(key, &scan->row_key) <= 0)
		{
			scan->given = segment;
			return true;
		}
	}
	*key = scan->row_key;
	if (!scan->has_row)
		return false;
	scan->has_row = false;		/* given out; the slot still holds it */
	return true;
}

bool
audit_scan_next(AuditScan *scan, AuditKey *key)
{
	MemoryContext caller;
	bool		found;

	CHECK_FOR_INTERRUPTS();
	caller = MemoryContextSwitchTo(scan->memory);
	found = scan_next(scan, key);
	MemoryContextSwitchTo(caller);
	return found;
}

Digest
audit_scan_leaf(AuditScan *scan)
{
	Datum		leaf;
	bool		is_null;
	Digest		none = {{0}};

	Assert(scan->segments == NULL);
	leaf = slot_getattr(scan->slot, ENTRY_LEAF, &is_null);
	return is_null ? none : audit_digest_of(leaf);
}

void
audit_scan_columns(AuditScan *scan, Datum *values, bool *nulls)
{
	if (scan->given != NULL)
	{
		audit_segment_values(scan->given->reader, scan->given->at, values, nulls);
		return;
	}
	slot_getallattrs(scan->slot);
	memcpy(values, scan->slot->tts_values, sizeof(Datum) * ENTRY_COLUMNS);
	memcpy(nulls, scan->slot->tts_isnull, sizeof(bool) * ENTRY_COLUMNS);
}

ItemPointer
audit_scan_place(AuditScan *scan)
{
	return scan->given != NULL ? NULL : &scan->slot->tts_tid;
}

ItemPointer
audit_scan_segment_place(AuditScan *scan)
{
	return &scan->given->place;
}

/* All that is known of an entry in a pruned segment. */
static AuditEntry
pruned_entry(const OpenSegment *segment)
{
	AuditEntry	entry = {.key = open_key(segment), .pruned = true};

	return entry;
}

AuditEntry
audit_scan_entry(AuditScan *scan, bool with_sm3)
{
	Datum		space[ENTRY_COLUMNS];
	bool		null_space[ENTRY_COLUMNS];
	Datum	   *values = scan->slot->tts_values;
	bool	   *nulls = scan->slot->tts_isnull;
	MemoryContext caller;
	AuditEntry	entry;

	if (scan->given != NULL && scan->given->pruned)
		return pruned_entry(scan->given);
	MemoryContextReset(scan->per_entry);
	caller = MemoryContextSwitchTo(scan->per_entry);
	if (scan->given != NULL)
		audit_segment_values(scan->given->reader, scan->given->at, values = space, nulls = null_space);
	else
		slot_getallattrs(scan->slot);
	entry = audit_entry_from(values, nulls, with_sm3);
	/* a segment keeps no leaves: that of the block decides */
	if (scan->given != NULL)
		entry.stored = entry.computed[HASH_SHA256];
	/* erased without a word in the log: as good as altered */
	if (!nulls[ENTRY_CONTENT - 1] &&
		!audit_erasure_is_recorded(scan->snapshot, &entry.key, values[ENTRY_CONTENT - 1]))
		memset(entry.computed, 0, sizeof(entry.computed));
	MemoryContextSwitchTo(caller);
	return entry;
}

void
audit_scan_end(AuditScan *scan)
{
	ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->by_key)
	{
		index_endscan(scan->rows_by_key);
		index_close(scan->index, AccessShareLock);
	}
	else
		table_endscan(scan->all_rows);
	table_close(scan->entries, AccessShareLock);
	if (scan->segments != NULL)
	{
		close_segments(scan);
		index_close(scan->segment_index, AccessShareLock);
		table_close(scan->segments, AccessShareLock);
	}
	MemoryContextDelete(scan->per_entry);
	pfree(scan);
}
