/*
 * audit_check_block.c
 *		Verification of blocks and of the entries they seal.
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_check.h"
#include "audit_subtree.h"

/* Looking for where a moved entry came from reads all leaves: not for ever. */
#define MOST_SEARCHES 100

/* Entries to step over before looking the next one up. */
#define MOST_STEPS 16

typedef struct BlockCheck
{
	VerifyProgress *progress;
	FindingSink *sink;
	Snapshot	snapshot;
	MemoryContext per_block;
	MemoryContext contexts[2];	/* of the block and of the one before, in turns */
	bool		has_previous;
	AuditBlock	previous;		/* without manifest and leaves */
	int64		block;			/* being checked */
	bool		is_intact;		/* what its SHA-256 hash binds, is as sealed */
	Digest		hashes[HASH_FUNCTIONS];	/* that it has now */
	bool		with_sm3;
	uint64		matched;
	uint64		intact;
	int			searches;
	/* the scan of entries: all from low on, up to but without current, are passed */
	AuditScan  *scan;
	bool		is_placed;
	bool		has_current;
	AuditKey	low;
	AuditKey	current;
	/* the last answer of audit_check_not_before */
	AuditKey	bound_key;
	TimestampTz bound;
} BlockCheck;

static const char *const function_names[HASH_FUNCTIONS] = {"SHA-256", "SM3"};

static void
report(BlockCheck *check, Finding finding)
{
	pg_atomic_fetch_add_u64(&check->progress->findings, 1);
	finding_put(check->sink, finding);
}

/* Chain and trees. */

static void
check_chain(BlockCheck *check, const AuditBlock *block)
{
	int64		last = check->has_previous ? check->previous.number : 0;

	if (block->number != last + 1)
	{
		report(check, (Finding) {"missing block", last + 1,
			.expected = psprintf(INT64_FORMAT, last + 1), .found = psprintf(INT64_FORMAT, block->number),
			.explanation = "Block numbers have no gaps: blocks before this one were deleted."});
		return;
	}
	for (int i = 0; i < HASH_FUNCTIONS; i++)
	{
		const AuditBlockTree *tree = &block->trees[i];
		const AuditBlockTree *before = &check->previous.trees[i];
		bool		follows = check->has_previous && before->present;

		if (tree->present && (tree->has_previous != follows ||
							  (follows && !hash_equal(&tree->previous_hash, &before->hash))))
			report(check, (Finding) {"broken chain", block->number,
				.expected = follows ? finding_hex(&before->hash) : "none",
				.found = tree->has_previous ? finding_hex(&tree->previous_hash) : "none",
				.explanation = psprintf("The block does not follow from the %s hash of the block before it: one of the two was changed or replaced.", function_names[i])});
	}
}

/* Does the manifest add up to the block's entries? */
static bool
adds_up(const AuditBlock *block)
{
	int64		sum = 0;
	int			at;

	for (at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
	{
		AuditRun	run = audit_run_read(block->manifest.data + at);

		if (run.count <= 0 || run.count > block->entries - sum)
			return false;
		sum += run.count;
	}
	return sum == block->entries && at == block->manifest.len;
}

static void
check_fields(BlockCheck *check, const AuditBlock *block)
{
	bool		fits = adds_up(block);

	check->is_intact = true;
	for (int i = 0; i < HASH_FUNCTIONS; i++)
	{
		const AuditBlockTree *tree = &block->trees[i];
		Digest	   *hash = &check->hashes[i];

		if (!tree->present)
			continue;
		fits = fits && tree->leaves.len == block->entries * HASH_SIZE;
		*hash = audit_block_hash(block, i);
		if (hash_equal(hash, &tree->hash))
			continue;
		if (i == HASH_SHA256)
			check->is_intact = false;
		report(check, (Finding) {"altered block", block->number, .expected = finding_hex(&tree->hash), .found = finding_hex(hash),
			.explanation = psprintf("The block no longer hashes to the %s hash it was sealed with: its header, manifest or leaves were changed.", function_names[i])});
	}
	if (block->epoch != audit_epoch_of(block->system_identifier, block->database, block->timeline))
	{
		check->is_intact = false;
		report(check, (Finding) {"altered block", block->number,
			.explanation = "The epoch is not the fingerprint of system identifier, database and timeline."});
	}
	if (!fits)
		report(check, (Finding) {"altered block", block->number,
			.explanation = "Number of entries, manifest and leaves do not fit together."});
}

static void
check_subtree(void *argument, int level, uint64 position, const Digest *root)
{
	BlockCheck *check = argument;
	Digest		stored;
	bool		found = audit_subtree_read(check->snapshot, level, position, 1, &stored) == 1;

	if (!found || !hash_equal(&stored, root))
		report(check, (Finding) {"wrong tile", check->block,
			.expected = finding_hex(root), .found = found ? finding_hex(&stored) : "none",
			.explanation = psprintf("The stored root of subtree " UINT64_FORMAT " of level %d does not follow from the leaves: proofs that need it fail.", position, level)});
}

/*
 * The tree as the block before left it.  False if that says nothing usable:
 * then another finding names the block before, or its absence.
 */
static bool
start_tree(BlockCheck *check, const AuditBlock *block, HashFunction function, MerkleTree *tree)
{
	const AuditBlock *before = &check->previous;
	int64		end = 0;

	merkle_start(tree, function);
	if (block->number != (check->has_previous ? before->number : 0) + 1)
		return false;
	if (check->has_previous && before->trees[function].present)
		end = audit_block_end(before, function);
	if (block->trees[function].first_leaf != end)
	{
		report(check, (Finding) {"altered block", block->number,
			.expected = psprintf(INT64_FORMAT, end), .found = psprintf(INT64_FORMAT, block->trees[function].first_leaf),
			.explanation = psprintf("The block does not begin where the one before ends in the %s Merkle tree.", function_names[function])});
		return false;
	}
	return end == 0 || audit_block_tree(before, function, tree);
}

static void
check_tree(BlockCheck *check, const AuditBlock *block, HashFunction function)
{
	const AuditBlockTree *stored = &block->trees[function];
	MerkleTree	tree;
	Digest		root;

	if (!stored->present || !start_tree(check, block, function, &tree))
		return;
	if (function == HASH_SHA256)
	{
		tree.visit = check_subtree;
		tree.argument = check;
	}
	for (int i = 0; i + HASH_SIZE <= stored->leaves.len; i += HASH_SIZE)
		merkle_append(&tree, (const Digest *) (stored->leaves.data + i));
	merkle_append(&tree, &check->hashes[function]);
	root = merkle_root(&tree);
	if (!hash_equal(&root, &stored->root))
		report(check, (Finding) {"wrong root", block->number, .expected = finding_hex(&stored->root), .found = finding_hex(&root),
			.explanation = psprintf("The %s Merkle tree over all entries and blocks up to here has another root than the one sealed.", function_names[function])});
	else if (audit_block_end(block, function) != tree.size ||
			 stored->frontier.len != tree.height * HASH_SIZE ||
			 memcmp(stored->frontier.data, tree.frontier, stored->frontier.len) != 0)
		report(check, (Finding) {"altered block", block->number,
			.explanation = psprintf("The stored frontier or position is not that of the %s Merkle tree.", function_names[function])});
}

/* Entries. */

static void
scan_seek(BlockCheck *check, const AuditKey *key)
{
	audit_scan_seek(check->scan, key);
	check->has_current = audit_scan_next(check->scan, &check->current);
	check->is_placed = true;
}

/* Is there an entry with this key?  Keys mostly come in ascending order. */
static bool
scan_find(BlockCheck *check, const AuditKey *key)
{
	int			steps = 0;

	if (!check->is_placed || audit_key_compare(key, &check->low) < 0)
		scan_seek(check, key);
	while (check->has_current && audit_key_compare(&check->current, key) < 0)
	{
		if (steps++ < MOST_STEPS)
			check->has_current = audit_scan_next(check->scan, &check->current);
		else
			scan_seek(check, key);
	}
	check->low = *key;
	return check->has_current && audit_key_compare(&check->current, key) == 0;
}

/* The key a leaf of the block was sealed under. */
static AuditKey
key_at(const AuditBlock *block, int64 leaf)
{
	AuditKey	key = {0};

	for (int at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
	{
		AuditRun	run = audit_run_read(block->manifest.data + at);

		if (leaf < run.count)
		{
			key = run.first;
			key.n += leaf;
			break;
		}
		leaf -= run.count;
	}
	return key;
}

bool
audit_check_find_leaf(Snapshot snapshot, int *searches, const Digest *wanted, AuditKey *key)
{
	AuditBlockScan *scan;
	MemoryContext per_block;
	HeapTuple	row;
	bool		found = false;

	if ((*searches)++ >= MOST_SEARCHES)
		return false;
	per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth leaf search", ALLOCSET_DEFAULT_SIZES);
	scan = audit_block_scan_begin(snapshot, PG_INT64_MIN, false);
	while (!found && HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, audit_block_scan_descriptor(scan));
		const StringInfoData *leaves = &block.trees[HASH_SHA256].leaves;

		for (int i = 0; !found && i + HASH_SIZE <= leaves->len; i += HASH_SIZE)
			if (memcmp(leaves->data + i, wanted->bytes, HASH_SIZE) == 0)
			{
				*key = key_at(&block, i / HASH_SIZE);
				found = true;
			}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	return found;
}

TimestampTz
audit_check_not_before(Snapshot snapshot, int64 below, int64 epoch, uint64 xid)
{
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth seal before", ALLOCSET_DEFAULT_SIZES);
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, below - 1, true);
	TimestampTz bound = DT_NOBEGIN;
	HeapTuple	row;

	while (bound == DT_NOBEGIN && HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		TupleDesc	descriptor = audit_block_scan_descriptor(scan);
		AuditBlock	block = audit_block_read_header(row, descriptor);

		if (block.epoch == epoch && audit_snapshot_parse(block.snapshot).xmax <= xid)
		{
			Digest		hash;

			block = audit_block_read(row, descriptor);
			hash = audit_block_hash(&block, HASH_SHA256);
			if (hash_equal(&hash, &block.trees[HASH_SHA256].hash))
				bound = block.sealed_at;
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	return bound;
}

void
audit_report_time(FindingSink *sink, int64 block, const AuditEntry *entry, TimestampTz bound, bool too_early)
{
	const char *when = pstrdup(timestamptz_to_str(bound));

	finding_put(sink, (Finding) {"impossible time", block, &entry->key, audit_entry_relation_name(entry),
		.expected = psprintf("%s %s", too_early ? "after" : "before", when),
		.found = pstrdup(timestamptz_to_str(entry->made_at)),
		.explanation = too_early ?
		"The entry says it was made before a seal that its transaction had not yet begun at: it was put in later with a false time, or the server's clock was set back." :
		"The entry says it was made after it was sealed: its time is false, or the server's clock was set back."});
}

/* The times of an intact entry must fit between the seals around it. */
static void
check_time(BlockCheck *check, const AuditBlock *block, const AuditEntry *entry)
{
	if (check->is_intact && entry->key.epoch == block->epoch &&
		Max(entry->made_at, entry->written_at) > block->sealed_at + CLOCK_TOLERANCE)
	{
		pg_atomic_fetch_add_u64(&check->progress->findings, 1);
		audit_report_time(check->sink, block->number, entry, block->sealed_at, false);
	}
	if (!check->has_previous || entry->written_at == DT_NOBEGIN || entry->written_at >= check->previous.sealed_at - CLOCK_TOLERANCE)
		return;
	/* an older transaction, a foreign one, or a false time: look for the seal that bounds it */
	if (check->bound_key.epoch != entry->key.epoch || check->bound_key.xid != entry->key.xid ||
		check->bound_key.n != block->number)
	{
		check->bound_key = (AuditKey) {entry->key.epoch, entry->key.xid, block->number};
		check->bound = audit_check_not_before(check->snapshot, block->number, entry->key.epoch, entry->key.xid);
	}
	if (check->bound != DT_NOBEGIN && entry->written_at < check->bound - CLOCK_TOLERANCE)
	{
		pg_atomic_fetch_add_u64(&check->progress->findings, 1);
		audit_report_time(check->sink, block->number, entry, check->bound, true);
	}
}

static void
report_missing(BlockCheck *check, const AuditRun *run, int64 from, int64 to)
{
	AuditKey	key = run->first;

	if (from >= to)
		return;
	key.n += from;
	report(check, (Finding) {"missing entry", check->block, &key,
		.expected = to - from == 1 ? "1 entry" : psprintf(INT64_FORMAT " entries from this one on", to - from),
		.found = "none",
		.explanation = "Sealed, but no longer in the log: deleted, or moved to another key."});
}

void
audit_report_moved(FindingSink *sink, int64 block, const AuditEntry *entry, const AuditKey *origin)
{
	finding_put(sink, (Finding) {"moved entry", block, &entry->key, audit_entry_relation_name(entry),
		.expected = finding_key(origin), .found = finding_key(&entry->key),
		.explanation = "The entry was sealed under another key: its place in the log was changed."});
}

static void
report_altered(BlockCheck *check, const AuditEntry *entry, const Digest *leaf, HashFunction function)
{
	const Digest *computed = &entry->computed[function];
	bool		is_column = function == HASH_SHA256 && hash_equal(computed, leaf);

	report(check, (Finding) {"altered entry", check->block, &entry->key, audit_entry_relation_name(entry),
		.expected = finding_hex(leaf), .found = finding_hex(is_column ? &entry->stored : computed),
		.explanation = is_column ?
		"The leaf column of the entry was changed; the rest of it is as sealed." :
		psprintf("The entry no longer hashes to the %s leaf it was sealed with: it was changed.", function_names[function])});
}

/* The entry of the given leaf of the block. */
static void
check_entry(BlockCheck *check, const AuditBlock *block, int64 position)
{
	AuditEntry	entry = audit_scan_entry(check->scan, check->with_sm3);
	const Digest *leaf = (const Digest *) (block->trees[HASH_SHA256].leaves.data + position * HASH_SIZE);
	const Digest *computed = &entry.computed[HASH_SHA256];
	AuditKey	origin;

	if (entry.pruned)
		return;					/* gone, as an entry of the log says */
	if (!hash_equal(computed, leaf) || !hash_equal(&entry.stored, leaf))
	{
		if (!hash_equal(&entry.stored, leaf) && !hash_equal(computed, leaf) &&
			audit_check_find_leaf(check->snapshot, &check->searches, &entry.stored, &origin))
		{
			pg_atomic_fetch_add_u64(&check->progress->findings, 1);
			audit_report_moved(check->sink, block->number, &entry, &origin);
		}
		else
			report_altered(check, &entry, leaf, HASH_SHA256);
		return;
	}
	if (check->with_sm3 &&
		memcmp(entry.computed[HASH_SM3].bytes, block->trees[HASH_SM3].leaves.data + position * HASH_SIZE, HASH_SIZE) != 0)
	{
		leaf = (const Digest *) (block->trees[HASH_SM3].leaves.data + position * HASH_SIZE);
		report_altered(check, &entry, leaf, HASH_SM3);
		return;
	}
	check_time(check, block, &entry);
	check->intact++;
}

static void
check_run(BlockCheck *check, const AuditBlock *block, const AuditRun *run, int64 offset)
{
	int64		missing_from = 0;

	for (int64 i = 0; i < run->count; i++)
	{
		AuditKey	key = run->first;

		key.n += i;
		if (!scan_find(check, &key))
			continue;
		report_missing(check, run, missing_from, i);
		missing_from = i + 1;
		check->matched++;
		check_entry(check, block, offset + i);
	}
	report_missing(check, run, missing_from, run->count);
}

/* The runs of the manifest, as far as there are leaves for them. */
static void
check_entries(BlockCheck *check, const AuditBlock *block)
{
	int64		limit = Min(block->entries, block->trees[HASH_SHA256].leaves.len / HASH_SIZE);
	int64		offset = 0;

	check->with_sm3 = block->trees[HASH_SM3].present &&
		block->trees[HASH_SM3].leaves.len == block->trees[HASH_SHA256].leaves.len;
	for (int at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
	{
		AuditRun	run = audit_run_read(block->manifest.data + at);

		if (run.count <= 0 || run.count > limit - offset)
			break;
		check_run(check, block, &run, offset);
		offset += run.count;
	}
}

static void
check_block(BlockCheck *check, HeapTuple row, TupleDesc descriptor)
{
	MemoryContext caller = MemoryContextSwitchTo(check->per_block);
	AuditBlock	block = audit_block_read(row, descriptor);

	check->block = block.number;
	check->matched = check->intact = 0;
	check_chain(check, &block);
	check_fields(check, &block);
	check_tree(check, &block, HASH_SHA256);
	check_tree(check, &block, HASH_SM3);
	check_entries(check, &block);
	pg_atomic_fetch_add_u64(&check->progress->matched, check->matched);
	pg_atomic_fetch_add_u64(&check->progress->intact, check->intact);
	pg_atomic_fetch_add_u64(&check->progress->blocks, 1);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(check->per_block);
}

static void
remember_block(BlockCheck *check, HeapTuple row, TupleDesc descriptor)
{
	MemoryContext swap = check->contexts[0];
	MemoryContext caller;

	check->contexts[0] = check->contexts[1];
	check->contexts[1] = swap;
	MemoryContextReset(swap);
	caller = MemoryContextSwitchTo(swap);
	check->previous = audit_block_read_header(row, descriptor);
	check->has_previous = true;
	MemoryContextSwitchTo(caller);
}

/* Blocks from one number on; the next chunk is somebody else's. */
static void
check_chunk(BlockCheck *check, int participant, int64 first, int64 last)
{
	MemoryContext caller = MemoryContextSwitchTo(check->contexts[1]);
	AuditBlockScan *scan;
	HeapTuple	row;

	check->has_previous = audit_block_last(check->snapshot, first - 1, false, &check->previous);
	MemoryContextSwitchTo(caller);
	scan = audit_block_scan_begin(check->snapshot, first, false);
	while (HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		TupleDesc	descriptor = audit_block_scan_descriptor(scan);
		bool		is_null;
		int64		number = DatumGetInt64(heap_getattr(row, BLOCK_NUMBER, descriptor, &is_null));

		if (number > last)
			break;
		pg_atomic_write_u64(&check->progress->at[participant], number);
		check_block(check, row, descriptor);
		remember_block(check, row, descriptor);
	}
	audit_block_scan_end(scan);
	MemoryContextReset(check->contexts[0]);
	MemoryContextReset(check->contexts[1]);
}

void
audit_check_blocks(VerifyProgress *progress, int participant, Snapshot snapshot, FindingSink *sink)
{
	BlockCheck	check = {.progress = progress, .snapshot = snapshot, .sink = sink};

	check.per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth verify block", ALLOCSET_DEFAULT_SIZES);
	for (int i = 0; i < lengthof(check.contexts); i++)
		check.contexts[i] = AllocSetContextCreate(CurrentMemoryContext, "pdauth verify previous block", ALLOCSET_DEFAULT_SIZES);
	check.scan = audit_scan_begin(snapshot);
	for (;;)
	{
		int64		first;

		/* claimed before it is taken, so that nobody believes it done in between */
		pg_atomic_write_u64(&progress->at[participant], pg_atomic_read_u64(&progress->next));
		first = (int64) pg_atomic_fetch_add_u64(&progress->next, progress->chunk);
		if (first > progress->last)
			break;
		check_chunk(&check, participant, first, Min(first + progress->chunk - 1, progress->last));
	}
	pg_atomic_write_u64(&progress->at[participant], PG_UINT64_MAX);
	audit_scan_end(check.scan);
	MemoryContextDelete(check.per_block);
	for (int i = 0; i < lengthof(check.contexts); i++)
		MemoryContextDelete(check.contexts[i]);
}
