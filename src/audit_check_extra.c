/*
 * audit_check_extra.c
 *		Verification of what no block seals.
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_check.h"
#include "audit_sealed.h"
#include "audit_segment.h"
#include "audit_subtree.h"

typedef struct ExtraCheck
{
	AuditOrigins *origins;
	Snapshot	snapshot;
	FindingSink *sink;
	AuditScan  *scan;
	MemoryContext per_entry;
	int			searches;
	int64		must;			/* that had to be sealed */
	int64		unsealed;
	bool		counted;		/* those not sealed yet were all checked when entries were counted */
	bool		has_last;		/* the newest block, to judge times by */
	AuditBlock	last;
	AuditSealed *sealed;
} ExtraCheck;

/* Not sealed yet: it must hash to its own leaf, and be younger than the seal its transaction has not seen. */
static void
check_unsealed(ExtraCheck *check, const AuditEntry *entry)
{
	TimestampTz bound;

	check->unsealed++;
	if (!hash_equal(&entry->computed[HASH_SHA256], &entry->stored))
	{
		finding_put(check->sink, (Finding) {"altered entry", 0, &entry->key, audit_entry_relation_name(entry),
			.expected = finding_hex(&entry->stored), .found = finding_hex(&entry->computed[HASH_SHA256]),
			.explanation = "Not sealed yet, and it no longer hashes to its own leaf: it was changed."});
		return;
	}
	if (!check->has_last || entry->written_at == DT_NOBEGIN || entry->written_at >= check->last.sealed_at - CLOCK_TOLERANCE)
		return;
	bound = audit_check_not_before(check->snapshot, PG_INT64_MAX, entry->key.epoch, entry->key.xid);
	if (bound != DT_NOBEGIN && entry->written_at < bound - CLOCK_TOLERANCE)
		audit_report_time(check->sink, 0, entry, bound, true);
}

static void
check_extra(ExtraCheck *check, const AuditEntry *entry, bool must)
{
	AuditKey	origin;
	bool		is_intact = hash_equal(&entry->computed[HASH_SHA256], &entry->stored);

	if (entry->pruned)
		return;					/* a key that nothing vouches for and nothing is known of */
	if (!is_intact && audit_check_find_leaf(check->snapshot, &check->searches, &entry->stored, &origin))
		audit_report_moved(check->sink, 0, entry, &origin);
	else if (must)
		finding_put(check->sink, (Finding) {"inserted entry", 0, &entry->key, audit_entry_relation_name(entry),
			.expected = "none", .found = finding_hex(&entry->stored),
			.explanation = "No block seals this entry, although its transaction was over, or not begun, when the blocks were sealed: it was put in afterwards."});
	else if (!check->counted)
		check_unsealed(check, entry);
}

/* The first of them is in a segment, and the one that was checked. */
static void
report_second(ExtraCheck *check, const AuditKey *key)
{
	finding_put(check->sink, (Finding) {"inserted entry", 0, key, .expected = "none",
		.explanation = "A second entry has this key, beside the one that a segment holds: it was put in afterwards."});
}

static void
begin_check(ExtraCheck *check, AuditOrigins *origins, Snapshot snapshot, FindingSink *sink)
{
	memset(check, 0, sizeof(ExtraCheck));
	check->origins = origins;
	check->snapshot = snapshot;
	check->sink = sink;
	check->has_last = audit_block_last(snapshot, PG_INT64_MAX, false, &check->last);
	check->per_entry = AllocSetContextCreate(CurrentMemoryContext, "pdauth extra entry", ALLOCSET_DEFAULT_SIZES);
}

ExtraCount
audit_count_entries(AuditOrigins *origins, Snapshot snapshot)
{
	ExtraCheck	check;
	ExtraCount	count = {0};
	AuditKey	key;

	count.findings = finding_sink_sorted();
	begin_check(&check, origins, snapshot, count.findings);
	check.scan = audit_scan_begin_unordered(snapshot);
	while (audit_scan_next(check.scan, &key))
	{
		MemoryContext caller;
		AuditEntry	entry;

		if (audit_origins_must_be_sealed(origins, &key))
		{
			count.must++;
			continue;
		}
		caller = MemoryContextSwitchTo(check.per_entry);
		entry = audit_scan_entry(check.scan, false);
		check_unsealed(&check, &entry);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(check.per_entry);
	}
	audit_scan_end(check.scan);
	MemoryContextDelete(check.per_entry);
	count.unsealed = check.unsealed;
	return count;
}

static int
compare_keys(const void *a, const void *b)
{
	return audit_key_compare(a, b);
}

/* Keys of entries that had to be sealed and that the index does not lead to, sorted, without those that are sealed. */
static AuditKey *
find_unindexed(ExtraCheck *check, int *count)
{
	AuditScan  *all = audit_scan_begin_unordered(check->snapshot);
	AuditScan  *by_key = audit_scan_begin(check->snapshot);
	int			room = 64;
	AuditKey   *keys = palloc(sizeof(AuditKey) * room);
	int			found = 0;
	AuditKey	key;
	AuditKey	other;

	while (audit_scan_next(all, &key))
	{
		if (!audit_origins_must_be_sealed(check->origins, &key))
			continue;
		audit_scan_seek(by_key, &key);
		if (audit_scan_next(by_key, &other) && audit_key_compare(&key, &other) == 0)
			continue;
		if (found == room)
			keys = repalloc_huge(keys, sizeof(AuditKey) * (room *= 2));
		keys[found++] = key;
	}
	audit_scan_end(by_key);
	audit_scan_end(all);
	qsort(keys, found, sizeof(AuditKey), compare_keys);
	check->sealed = audit_sealed_read(check->snapshot);
	*count = 0;
	for (int i = 0; i < found; i++)
	{
		/* of one that is sealed its block says that it is missing */
		if (!audit_sealed_contains(check->sealed, &keys[i]))
			keys[(*count)++] = keys[i];
	}
	audit_sealed_end(check->sealed);
	return keys;
}

/* Entries that the scan by key has not come to: the sealer did not, either. */
static void
check_unindexed(ExtraCheck *check)
{
	int			count;
	AuditKey   *keys = find_unindexed(check, &count);
	AuditKey	key;

	check->scan = audit_scan_begin_unordered(check->snapshot);
	while (audit_scan_next(check->scan, &key))
	{
		MemoryContext caller = MemoryContextSwitchTo(check->per_entry);

		if (bsearch(&key, keys, count, sizeof(AuditKey), compare_keys) != NULL)
		{
			AuditEntry	entry = audit_scan_entry(check->scan, false);

			check_extra(check, &entry, true);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(check->per_entry);
	}
	audit_scan_end(check->scan);
	pfree(keys);
}

/*
 * By key.  On a standby the index may lack entries that are not sealed yet, so
 * that there the count, which reads the table as it is stored, speaks for them.
 */
int64
audit_check_extra(AuditOrigins *origins, const ExtraCount *count, Snapshot snapshot, FindingSink *sink)
{
	ExtraCheck	check;
	AuditKey	key = {PG_INT64_MIN, 0, PG_INT64_MIN};
	AuditKey	last = key;

	begin_check(&check, origins, snapshot, sink);
	check.counted = RecoveryInProgress();
	check.sealed = audit_sealed_read(snapshot);
	check.scan = audit_scan_begin(snapshot);
	audit_scan_seek(check.scan, &key);
	while (audit_scan_next(check.scan, &key))
	{
		MemoryContext caller;
		AuditEntry	entry;
		bool		is_second = audit_key_compare(&key, &last) == 0;
		bool		must = audit_origins_must_be_sealed(origins, &key);

		last = key;
		check.must += must;
		if (is_second)
		{
			report_second(&check, &key);
			continue;
		}
		if (audit_sealed_contains(check.sealed, &key))
			continue;
		caller = MemoryContextSwitchTo(check.per_entry);
		entry = audit_scan_entry(check.scan, false);
		check_extra(&check, &entry, must);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(check.per_entry);
	}
	audit_scan_end(check.scan);
	audit_sealed_end(check.sealed);
	if (check.must != count->must)
		check_unindexed(&check);
	MemoryContextDelete(check.per_entry);
	if (!check.counted)
		return check.unsealed;
	finding_move(sink, count->findings);
	return count->unsealed;
}

void
audit_check_segments(Snapshot snapshot, FindingSink *sink)
{
	MemoryContext per_segment = AllocSetContextCreate(CurrentMemoryContext, "pdauth segment", ALLOCSET_DEFAULT_SIZES);
	Relation	segments = table_open(pdauth_relation_oid(AUDIT_SEGMENT_TABLE), AccessShareLock);
	TableScanDesc scan = table_beginscan(segments, snapshot, 0, NULL);
	HeapTuple	row;

	while (HeapTupleIsValid(row = heap_getnext(scan, ForwardScanDirection)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_segment);
		SegmentHeader header = audit_segment_header(row, RelationGetDescr(segments));

		CHECK_FOR_INTERRUPTS();
		if (!audit_segment_header_fits(&header, row, RelationGetDescr(segments)))
			finding_put(sink, (Finding) {"altered segment", 0, &header.first,
				.explanation = "Number, keys or times that the segment says of its entries are not theirs: they were changed, and searches and pruning go by them."});
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_segment);
	}
	table_endscan(scan);
	table_close(segments, AccessShareLock);
	MemoryContextDelete(per_segment);
}

typedef struct SubtreeCheck
{
	uint64		tree_size;
	int64		block;
	FindingSink *sink;
} SubtreeCheck;

static void
check_place(void *argument, int level, uint64 position, const Digest *root)
{
	SubtreeCheck *check = argument;

	if (level >= 1 && level < 64 / TILE_HEIGHT && position < check->tree_size >> (TILE_HEIGHT * level))
		return;
	finding_put(check->sink, (Finding) {"wrong tile", check->block, .expected = "none", .found = finding_hex(root),
		.explanation = psprintf("The log is too small to have a subtree " UINT64_FORMAT " of level %d.", position, level)});
}

void
audit_check_subtrees(Snapshot snapshot, uint64 tree_size, int64 block, FindingSink *sink)
{
	SubtreeCheck check = {tree_size, block, sink};

	audit_subtree_visit_all(snapshot, check_place, &check);
}
