/*
 * audit_verify.c
 *		pdauth.verify(): does the audit log still say what was sealed?
 *
 * Two passes over one snapshot, in flat memory whatever the size of the log.
 * The first walks the blocks: chain, hashes and the Merkle tree, which follow
 * from the stored leaves alone, and hands the runs of the manifests to a sort
 * that spills to disk.  The second walks the entries in key order beside the
 * sorted runs and finds what is missing, altered or extra.
 */
#include "pdauth.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/tuplesort.h"

#include "audit_block.h"
#include "audit_entry.h"
#include "audit_scan.h"

PG_FUNCTION_INFO_V1(pdauth_verify);

/* Looking for where a moved entry came from reads all leaves: not for ever. */
#define MOST_SEARCHES 100

/* A run, and where its leaves are. */
typedef struct SealedRun
{
	AuditRun	run;
	int64		block;
	int64		offset;			/* of its first leaf in the block's leaves */
} SealedRun;

typedef struct EpochEnd
{
	int64		epoch;
	AuditSnapshot snapshot;		/* of the last block sealed in it */
} EpochEnd;

typedef struct Verify
{
	ReturnSetInfo *result;
	Relation	blocks;
	Relation	block_index;
	Snapshot	snapshot;
	uint64		next_xid;
	int64		current_epoch;
	MemoryContext keep;
	Tuplesortstate *runs;
	List	   *epochs;			/* of EpochEnd */
	int64		block_count;
	int64		sealed_count;	/* entries that equal their sealed leaf */
	int64		unsealed_count;
	int64		pruned_count;	/* gone, as an entry of the log says */
	int64		finding_count;
	int			search_count;
	bytea	   *tile;
	int64		tile_block;
	int64		tile_number;
} Verify;

/* What a row of the result is about; zero or NULL fields become NULL. */
typedef struct Finding
{
	const char *kind;
	int64		block;
	const AuditKey *key;
	const char *relation;
	const char *expected;
	const char *found;
	const char *explanation;
} Finding;

static void
put_row(Verify *verify, const char *severity, const Finding *finding)
{
	const char *texts[] = {finding->relation, finding->expected, finding->found, finding->explanation};
	Datum		v[10];
	bool		n[10] = {0};
	int			i;

	v[0] = CStringGetTextDatum(severity);
	v[1] = CStringGetTextDatum(finding->kind);
	v[2] = Int64GetDatum(finding->block);
	n[2] = finding->block == 0;
	for (i = 3; i < 6; i++)
		n[i] = finding->key == NULL;
	if (finding->key != NULL)
	{
		v[3] = Int64GetDatum(finding->key->epoch);
		v[4] = Int64GetDatum((int64) finding->key->xid);
		v[5] = Int64GetDatum(finding->key->n);
	}
	for (i = 0; i < 4; i++)
	{
		n[6 + i] = texts[i] == NULL;
		if (texts[i] != NULL)
			v[6 + i] = CStringGetTextDatum(texts[i]);
	}
	tuplestore_putvalues(verify->result->setResult, verify->result->setDesc, v, n);
}

static void
report(Verify *verify, Finding finding)
{
	verify->finding_count++;
	put_row(verify, "finding", &finding);
}

static char *
hex(const Digest *digest)
{
	char	   *text = palloc(HASH_SIZE * 2 + 1);

	text[hex_encode((const char *) digest->bytes, HASH_SIZE, text)] = '\0';
	return text;
}

static char *
key_text(const AuditKey *key)
{
	return psprintf("(" INT64_FORMAT "," UINT64_FORMAT "," INT64_FORMAT ")", key->epoch, key->xid, key->n);
}

/* First pass: blocks. */

/* Sorts as bytes in the order of audit_key_compare. */
static void
put_run(Verify *verify, const SealedRun *sealed)
{
	StringInfoData bytes;

	initStringInfo(&bytes);
	enlargeStringInfo(&bytes, VARHDRSZ + 48);
	bytes.len = VARHDRSZ;
	pq_sendint64(&bytes, (uint64) sealed->run.first.epoch ^ (UINT64CONST(1) << 63));
	pq_sendint64(&bytes, sealed->run.first.xid);
	pq_sendint64(&bytes, (uint64) sealed->run.first.n ^ (UINT64CONST(1) << 63));
	pq_sendint64(&bytes, sealed->run.count);
	pq_sendint64(&bytes, sealed->block);
	pq_sendint64(&bytes, sealed->offset);
	SET_VARSIZE(bytes.data, bytes.len);
	tuplesort_putdatum(verify->runs, PointerGetDatum(bytes.data), false);
	pfree(bytes.data);
}

static bool
get_run(Verify *verify, SealedRun *sealed)
{
	Datum		value;
	bool		is_null;
	uint64		fields[6];
	bytea	   *bytes;

	if (!compat_tuplesort_getdatum(verify->runs, &value, &is_null))
		return false;
	bytes = DatumGetByteaPP(value);
	memcpy(fields, VARDATA_ANY(bytes), sizeof(fields));
	sealed->run.first.epoch = (int64) (pg_ntoh64(fields[0]) ^ (UINT64CONST(1) << 63));
	sealed->run.first.xid = pg_ntoh64(fields[1]);
	sealed->run.first.n = (int64) (pg_ntoh64(fields[2]) ^ (UINT64CONST(1) << 63));
	sealed->run.count = pg_ntoh64(fields[3]);
	sealed->block = pg_ntoh64(fields[4]);
	sealed->offset = pg_ntoh64(fields[5]);
	pfree(DatumGetPointer(value));
	return true;
}

/* Hand on the manifest's runs, as far as there are leaves; false if it does not add up to the block's entries. */
static bool
put_runs(Verify *verify, const AuditBlock *block)
{
	SealedRun	sealed = {.block = block->number};
	int64		limit = Min(block->entries, block->leaves.len / HASH_SIZE);
	int			at;

	for (at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
	{
		sealed.run = audit_run_read(block->manifest.data + at);
		if (sealed.run.count <= 0 || sealed.run.count > limit - sealed.offset)
			return false;
		put_run(verify, &sealed);
		sealed.offset += sealed.run.count;
	}
	return sealed.offset == block->entries && at == block->manifest.len;
}

static void
remember_epoch(Verify *verify, const AuditBlock *block)
{
	MemoryContext caller = MemoryContextSwitchTo(verify->keep);
	EpochEnd   *end = NULL;
	ListCell   *cell;

	foreach(cell, verify->epochs)
		if (((EpochEnd *) lfirst(cell))->epoch == block->epoch)
			end = lfirst(cell);
	if (end == NULL)
	{
		end = palloc0(sizeof(EpochEnd));
		end->epoch = block->epoch;
		verify->epochs = lappend(verify->epochs, end);
	}
	else if (end->snapshot.running != NULL)
		pfree(end->snapshot.running);
	end->snapshot = audit_snapshot_parse(block->snapshot);
	MemoryContextSwitchTo(caller);
}

static void
check_block_fields(Verify *verify, const AuditBlock *block, const Digest *hash)
{
	if (!hash_equal(hash, &block->hash))
		report(verify, (Finding) {"altered block", block->number, .expected = hex(&block->hash), .found = hex(hash),
			.explanation = "The block no longer hashes to the hash it was sealed with: its header, manifest or leaves were changed."});
	if (block->epoch != audit_epoch_of(block->system_identifier, block->database, block->timeline))
		report(verify, (Finding) {"altered block", block->number,
			.explanation = "The epoch is not the fingerprint of system identifier, database and timeline."});
	if (!put_runs(verify, block) || block->leaves.len != block->entries * HASH_SIZE)
		report(verify, (Finding) {"altered block", block->number,
			.explanation = "Number of entries, manifest and leaves do not fit together."});
}

static void
check_chain(Verify *verify, const AuditBlock *block, int64 last_number, const Digest *last_hash)
{
	if (block->number != last_number + 1)
		report(verify, (Finding) {"missing block", last_number + 1,
			.expected = psprintf(INT64_FORMAT, last_number + 1), .found = psprintf(INT64_FORMAT, block->number),
			.explanation = "Block numbers have no gaps: blocks before this one were deleted."});
	else if (block->has_previous != (last_number > 0) ||
			 (block->has_previous && !hash_equal(&block->previous_hash, last_hash)))
		report(verify, (Finding) {"broken chain", block->number,
			.expected = last_number > 0 ? hex(last_hash) : "none",
			.found = block->has_previous ? hex(&block->previous_hash) : "none",
			.explanation = "The block does not follow from the hash of the block before it: one of the two was changed or replaced."});
}

/*
 * After a wrong root go on from what the block says, so that the next finding
 * is about the next block and not about this one again.
 */
static void
check_tree(Verify *verify, MerkleTree *tree, const AuditBlock *block, const Digest *hash)
{
	MerkleTree	stored;
	Digest		root;
	int			i;
	bool		fits;

	merkle_start(&stored, tree->function);
	fits = merkle_resume(&stored, block->first_leaf + block->entries + 1,
						 block->frontier.data, block->frontier.len);
	for (i = 0; i + HASH_SIZE <= block->leaves.len; i += HASH_SIZE)
		merkle_append(tree, (const Digest *) (block->leaves.data + i));
	merkle_append(tree, hash);
	root = merkle_root(tree);
	if (!hash_equal(&root, &block->root))
		report(verify, (Finding) {"wrong root", block->number, .expected = hex(&block->root), .found = hex(&root),
			.explanation = "The Merkle tree over all entries and blocks up to here has another root than the one sealed."});
	else if (!fits || stored.size != tree->size ||
			 memcmp(stored.frontier, tree->frontier, tree->height * HASH_SIZE) != 0)
		report(verify, (Finding) {"altered block", block->number,
			.explanation = "The stored frontier or position is not that of the Merkle tree."});
	if (fits)
		*tree = stored;
}

static void
check_blocks(Verify *verify)
{
	SysScanDesc scan = systable_beginscan_ordered(verify->blocks, verify->block_index, verify->snapshot, 0, NULL);
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth verify block", ALLOCSET_DEFAULT_SIZES);
	MerkleTree	tree;
	int64		last_number = 0;
	Digest		last_hash = {{0}};
	HeapTuple	row;

	merkle_start(&tree, HASH_SHA256);
	while (HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, RelationGetDescr(verify->blocks));
		Digest		hash = audit_block_hash(&block);

		CHECK_FOR_INTERRUPTS();
		check_chain(verify, &block, last_number, &last_hash);
		check_block_fields(verify, &block, &hash);
		check_tree(verify, &tree, &block, &hash);
		remember_epoch(verify, &block);
		verify->block_count++;
		last_number = block.number;
		last_hash = block.hash;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	systable_endscan_ordered(scan);
	MemoryContextDelete(per_block);
}

/* Second pass: entries. */

/* Read 256 leaves of a block, unless they are at hand. */
static void
load_tile(Verify *verify, int64 block, int64 number)
{
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	MemoryContext caller;

	if (verify->tile != NULL && verify->tile_block == block && verify->tile_number == number)
		return;
	if (verify->tile != NULL)
		pfree(verify->tile);
	verify->tile = NULL;
	verify->tile_block = block;
	verify->tile_number = number;
	ScanKeyInit(&key, BLOCK_NUMBER, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(block));
	scan = systable_beginscan_ordered(verify->blocks, verify->block_index, verify->snapshot, 1, &key);
	row = systable_getnext_ordered(scan, ForwardScanDirection);
	if (HeapTupleIsValid(row))
	{
		bool		is_null;
		Datum		leaves = heap_getattr(row, BLOCK_LEAVES, RelationGetDescr(verify->blocks), &is_null);

		caller = MemoryContextSwitchTo(verify->keep);
		if (!is_null)
			verify->tile = DatumGetByteaPSlice(leaves, number * TILE_HASHES * HASH_SIZE,
											   TILE_HASHES * HASH_SIZE);
		MemoryContextSwitchTo(caller);
	}
	systable_endscan_ordered(scan);
}

/* The leaf an entry was sealed with; all zero if the block has none there. */
static Digest
sealed_leaf(Verify *verify, const SealedRun *sealed, int64 position)
{
	int64		leaf = sealed->offset + position;
	int64		within = leaf % TILE_HASHES * HASH_SIZE;
	Digest		digest = {{0}};

	load_tile(verify, sealed->block, leaf / TILE_HASHES);
	if (verify->tile != NULL && within + HASH_SIZE <= VARSIZE_ANY_EXHDR(verify->tile))
		memcpy(digest.bytes, VARDATA_ANY(verify->tile) + within, HASH_SIZE);
	return digest;
}

/* The key a leaf of the block was sealed under. */
static AuditKey
key_at(const AuditBlock *block, int64 leaf)
{
	AuditKey	key = {0};
	int			at;

	for (at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
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

/* Was this leaf sealed anywhere?  Then the entry that carries it was moved here. */
static bool
find_leaf(Verify *verify, const Digest *wanted, AuditKey *key)
{
	SysScanDesc scan;
	MemoryContext per_block;
	HeapTuple	row;
	bool		found = false;

	if (verify->search_count++ >= MOST_SEARCHES)
		return false;
	per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth verify search", ALLOCSET_DEFAULT_SIZES);
	scan = systable_beginscan_ordered(verify->blocks, verify->block_index, verify->snapshot, 0, NULL);
	while (!found && HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, RelationGetDescr(verify->blocks));
		int			i;

		for (i = 0; !found && i + HASH_SIZE <= block.leaves.len; i += HASH_SIZE)
			if (memcmp(block.leaves.data + i, wanted->bytes, HASH_SIZE) == 0)
			{
				*key = key_at(&block, i / HASH_SIZE);
				found = true;
			}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	systable_endscan_ordered(scan);
	MemoryContextDelete(per_block);
	return found;
}

static void
report_missing(Verify *verify, const SealedRun *sealed, int64 from, int64 to)
{
	AuditKey	key = sealed->run.first;

	key.n += from;
	report(verify, (Finding) {"missing entry", sealed->block, &key,
		.expected = to - from == 1 ? "1 entry" : psprintf(INT64_FORMAT " entries from this one on", to - from),
		.found = "none",
		.explanation = "Sealed, but no longer in the log: deleted, or moved to another key."});
}

static void
report_moved(Verify *verify, int64 block, const AuditEntry *entry, const AuditKey *origin)
{
	report(verify, (Finding) {"moved entry", block, &entry->key, audit_entry_relation_name(entry),
		.expected = key_text(origin), .found = key_text(&entry->key),
		.explanation = "The entry was sealed under another key: its place in the log was changed."});
}

static void
check_sealed(Verify *verify, const AuditEntry *entry, const SealedRun *sealed, int64 position)
{
	Digest		leaf = sealed_leaf(verify, sealed, position);
	AuditKey	origin;

	if (entry->pruned)
		verify->pruned_count++;
	else if (hash_equal(&entry->computed[HASH_SHA256], &leaf) && hash_equal(&entry->stored, &leaf))
		verify->sealed_count++;
	else if (!hash_equal(&entry->stored, &leaf) && !hash_equal(&entry->computed[HASH_SHA256], &leaf) &&
			 find_leaf(verify, &entry->stored, &origin))
		report_moved(verify, sealed->block, entry, &origin);
	else
		report(verify, (Finding) {"altered entry", sealed->block, &entry->key, audit_entry_relation_name(entry),
			.expected = hex(&leaf),
			.found = hex(hash_equal(&entry->computed[HASH_SHA256], &leaf) ? &entry->stored : &entry->computed[HASH_SHA256]),
			.explanation = hash_equal(&entry->computed[HASH_SHA256], &leaf) ?
			"The leaf column of the entry was changed; the rest of it is as sealed." :
			"The entry no longer hashes to the leaf it was sealed with: it was changed."});
}

/* Could an honest writer have left an entry here that no block seals yet? */
static bool
may_be_unsealed(Verify *verify, const AuditKey *key)
{
	bool		current_sealed = false;
	ListCell   *cell;

	foreach(cell, verify->epochs)
	{
		EpochEnd   *end = lfirst(cell);

		if (end->epoch == verify->current_epoch)
			current_sealed = true;
		if (end->epoch == key->epoch && audit_snapshot_covers(&end->snapshot, key->xid))
			return false;
	}
	if (key->epoch == verify->current_epoch)
		return key->xid < verify->next_xid;
	/* entries of a restored log are taken over by the first block of the new epoch */
	return !current_sealed;
}

static void
check_extra(Verify *verify, const AuditEntry *entry)
{
	AuditKey	origin;
	bool		intact = hash_equal(&entry->computed[HASH_SHA256], &entry->stored);

	if (entry->pruned)
		return;					/* a key that nothing vouches for and nothing is known of */
	if (!intact && find_leaf(verify, &entry->stored, &origin))
		report_moved(verify, 0, entry, &origin);
	else if (!may_be_unsealed(verify, &entry->key))
		report(verify, (Finding) {"inserted entry", 0, &entry->key, audit_entry_relation_name(entry),
			.expected = "none", .found = hex(&entry->stored),
			.explanation = "No block seals this entry, although its transaction was over, or not begun, when the blocks were sealed: it was put in afterwards."});
	else if (!intact)
		report(verify, (Finding) {"altered entry", 0, &entry->key, audit_entry_relation_name(entry),
			.expected = hex(&entry->stored), .found = hex(&entry->computed[HASH_SHA256]),
			.explanation = "Not sealed yet, and it no longer hashes to its own leaf: it was changed."});
	else
		verify->unsealed_count++;
}

typedef struct Merge
{
	SealedRun	sealed;
	bool		has_run;
	int64		position;		/* next expected entry of the run */
} Merge;

static void
merge_next(Verify *verify, Merge *merge)
{
	merge->has_run = get_run(verify, &merge->sealed);
	merge->position = 0;
}

/* Report what should have come before the key (NULL: the end of the log). */
static void
merge_skip(Verify *verify, Merge *merge, const AuditKey *key)
{
	while (merge->has_run)
	{
		const AuditKey *first = &merge->sealed.run.first;
		int64		count = merge->sealed.run.count;
		int64		to = count;

		if (key != NULL && first->epoch == key->epoch && first->xid == key->xid)
			to = Min(count, Max(key->n - first->n, merge->position));
		else if (key != NULL && audit_key_compare(first, key) > 0)
			to = merge->position;
		if (to > merge->position)
			report_missing(verify, &merge->sealed, merge->position, to);
		merge->position = to;
		if (to < count)
			return;
		merge_next(verify, merge);
	}
}

static bool
merge_matches(const Merge *merge, const AuditKey *key)
{
	AuditKey	expected = merge->sealed.run.first;

	expected.n += merge->position;
	return merge->has_run && audit_key_compare(&expected, key) == 0;
}

static void
check_entries(Verify *verify)
{
	AuditScan  *scan = audit_scan_begin(verify->snapshot);
	AuditKey	key = {PG_INT64_MIN};
	Merge		merge;

	merge_next(verify, &merge);
	audit_scan_seek(scan, &key);
	while (audit_scan_next(scan, &key))
	{
		AuditEntry	entry = audit_scan_entry(scan, false);

		merge_skip(verify, &merge, &key);
		if (merge_matches(&merge, &key))
		{
			check_sealed(verify, &entry, &merge.sealed, merge.position);
			merge.position++;
		}
		else
			check_extra(verify, &entry);
	}
	merge_skip(verify, &merge, NULL);
	audit_scan_end(scan);
}

static void
summarise(Verify *verify)
{
	Finding		finding = {"summary"};

	finding.explanation = psprintf(INT64_FORMAT " entries are as sealed in " INT64_FORMAT " blocks; "
								   INT64_FORMAT " entries are not sealed yet; " INT64_FORMAT " findings.",
								   verify->sealed_count, verify->block_count,
								   verify->unsealed_count, verify->finding_count);
	finding.expected = psprintf(INT64_FORMAT " sealed", verify->sealed_count);
	finding.found = psprintf(INT64_FORMAT " unsealed", verify->unsealed_count);
	put_row(verify, "information", &finding);
}

/* pdauth.verify(): see 520_audit_verify.sql for the columns. */
Datum
pdauth_verify(PG_FUNCTION_ARGS)
{
	Verify		verify = {0};

	InitMaterializedSRF(fcinfo, 0);
	verify.result = (ReturnSetInfo *) fcinfo->resultinfo;
	verify.keep = CurrentMemoryContext;
	verify.blocks = table_open(pdauth_relation_oid(AUDIT_BLOCK_TABLE), AccessShareLock);
	verify.block_index = index_open(pdauth_relation_oid(AUDIT_BLOCK_INDEX), AccessShareLock);
	verify.snapshot = RegisterSnapshot(GetActiveSnapshot());
	verify.next_xid = U64FromFullTransactionId(ReadNextFullTransactionId());
	verify.current_epoch = audit_epoch();
	verify.runs = tuplesort_begin_datum(BYTEAOID, ByteaLessOperator, InvalidOid, false, work_mem, NULL, TUPLESORT_NONE);
	check_blocks(&verify);
	tuplesort_performsort(verify.runs);
	check_entries(&verify);
	summarise(&verify);
	tuplesort_end(verify.runs);
	UnregisterSnapshot(verify.snapshot);
	index_close(verify.block_index, AccessShareLock);
	table_close(verify.blocks, AccessShareLock);
	return (Datum) 0;
}
