/*
 * audit_proof.c
 *		Proofs about the audit log: where an entry is in the tree, and what
 *		binds it to a root.  Reads tiles of 256 hashes, not the whole log.
 */
#include "pdauth.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "audit_block.h"
#include "audit_origin.h"
#include "audit_subtree.h"
#include "merkle_datum.h"

PG_FUNCTION_INFO_V1(pdauth_leaf_index);
PG_FUNCTION_INFO_V1(pdauth_tree_root);
PG_FUNCTION_INFO_V1(pdauth_leaf_proof);
PG_FUNCTION_INFO_V1(pdauth_consistency_proof);
PG_FUNCTION_INFO_V1(pdauth_tile);
PG_FUNCTION_INFO_V1(pdauth_recomputed_root);

typedef struct Tile
{
	int			level;			/* -1: none */
	uint64		number;
	int			count;
	Digest		hashes[TILE_HASHES];
} Tile;

/* One tile of each level is kept: a proof goes up through them. */
typedef struct LogSource
{
	Snapshot	snapshot;
	uint64		size;			/* of the log */
	Tile		tiles[64 / TILE_HEIGHT];
} LogSource;

/* Leaves. */

/* The number of the block that holds a leaf; 0 if there is none. */
static int64
block_of_leaf(Snapshot snapshot, int64 leaf)
{
	Relation	blocks = table_open(pdauth_relation_oid(AUDIT_BLOCK_TABLE), AccessShareLock);
	Relation	index = index_open(pdauth_relation_oid(AUDIT_BLOCK_LEAF_INDEX), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	row;
	bool		is_null;
	int64		number = 0;

	ScanKeyInit(&key, BLOCK_FIRST_LEAF, BTLessEqualStrategyNumber, F_INT8LE, Int64GetDatum(leaf));
	scan = systable_beginscan_ordered(blocks, index, snapshot, 1, &key);
	row = systable_getnext_ordered(scan, BackwardScanDirection);
	if (HeapTupleIsValid(row))
		number = DatumGetInt64(heap_getattr(row, BLOCK_NUMBER, RelationGetDescr(blocks), &is_null));
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(blocks, AccessShareLock);
	return number;
}

/* The leaves of a block within [first, first + count), and its hash if that is in there; returns their number. */
static int
copy_leaves(HeapTuple row, TupleDesc descriptor, int64 first, int count, Digest *leaves)
{
	AuditBlock	block = audit_block_read_header(row, descriptor);
	int64		begin = block.trees[HASH_SHA256].first_leaf;
	int64		end = begin + block.entries;
	int			copied = 0;

	if (first < begin)
		return 0;				/* a gap: blocks are missing */
	if (first < end)
	{
		bool		is_null;
		int			wanted = Min(count, end - first);
		Datum		stored = heap_getattr(row, BLOCK_LEAVES, descriptor, &is_null);
		struct varlena *slice = PG_DETOAST_DATUM_SLICE(stored, (first - begin) * HASH_SIZE, wanted * HASH_SIZE);

		copied = VARSIZE_ANY_EXHDR(slice) / HASH_SIZE;
		memcpy(leaves, VARDATA_ANY(slice), copied * HASH_SIZE);
		if (copied < wanted)
			return copied;
	}
	if (copied < count)
		leaves[copied++] = block.trees[HASH_SHA256].hash;
	return copied;
}

static int
read_leaves(Snapshot snapshot, int64 first, int count, Digest *leaves)
{
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth leaves", ALLOCSET_DEFAULT_SIZES);
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, block_of_leaf(snapshot, first), false);
	HeapTuple	row;
	int			copied = 0;
	int			more = 1;

	while (copied < count && more > 0 && HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);

		more = copy_leaves(row, audit_block_scan_descriptor(scan), first + copied, count - copied, leaves + copied);
		copied += more;
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	return copied;
}

/* Tiles. */

static void
load_tile(LogSource *source, int level, uint64 number)
{
	Tile	   *tile = &source->tiles[level];
	uint64		complete = source->size >> (level * TILE_HEIGHT);
	uint64		first = number * TILE_HASHES;
	int			wanted = Min(TILE_HASHES, complete - Min(first, complete));

	if (tile->level == level && tile->number == number)
		return;
	tile->count = level == 0 ? read_leaves(source->snapshot, first, wanted, tile->hashes) :
		audit_subtree_read(source->snapshot, level, first, wanted, tile->hashes);
	if (tile->count < wanted)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the audit log lacks hash %llu of level %d", (unsigned long long) first + tile->count, level),
				 errhint("It was altered. SELECT * FROM pdauth.verify() tells what is missing.")));
	tile->level = level;
	tile->number = number;
}

static Digest
node_of_log(void *argument, int height, uint64 position)
{
	LogSource  *source = argument;
	int			level = height / TILE_HEIGHT;
	int			above = height % TILE_HEIGHT;
	uint64		first = position << above;
	MerkleTree	tree;

	load_tile(source, level, first / TILE_HASHES);
	merkle_start(&tree, HASH_SHA256);
	for (int i = 0; i < 1 << above; i++)
		merkle_append(&tree, &source->tiles[level].hashes[first % TILE_HASHES + i]);
	return merkle_root(&tree);
}

static LogSource *
open_log(MerkleSource *source)
{
	LogSource  *log = palloc0(sizeof(LogSource));
	AuditBlock	last;

	log->snapshot = GetActiveSnapshot();
	if (audit_block_last(log->snapshot, PG_INT64_MAX, false, &last))
		log->size = audit_block_end(&last, HASH_SHA256);
	for (int i = 0; i < lengthof(log->tiles); i++)
		log->tiles[i].level = -1;
	source->node = node_of_log;
	source->argument = log;
	return log;
}

/* pdauth.tree_root(tree_size bigint) returns bytea */
Datum
pdauth_tree_root(PG_FUNCTION_ARGS)
{
	MerkleSource source;
	LogSource  *log = open_log(&source);
	int64		size = PG_ARGISNULL(0) ? (int64) log->size : PG_GETARG_INT64(0);
	Digest		root;

	merkle_check_range("tree_size", size, 0, log->size);
	root = merkle_source_root(&source, size);
	PG_RETURN_DATUM(digest_datum(&root));
}

/* pdauth.leaf_proof(leaf_index bigint, tree_size bigint) returns bytea[] */
Datum
pdauth_leaf_proof(PG_FUNCTION_ARGS)
{
	MerkleSource source;
	LogSource  *log = open_log(&source);
	int64		leaf = PG_GETARG_INT64(0);
	int64		size = PG_GETARG_INT64(1);

	merkle_check_range("tree_size", size, 1, log->size);
	merkle_check_range("leaf_index", leaf, 0, size - 1);
	PG_RETURN_DATUM(proof_datum(merkle_inclusion_proof(&source, leaf, size)));
}

/* pdauth.consistency_proof(old_size bigint, new_size bigint) returns bytea[] */
Datum
pdauth_consistency_proof(PG_FUNCTION_ARGS)
{
	MerkleSource source;
	LogSource  *log = open_log(&source);
	int64		old_size;
	int64		size = PG_ARGISNULL(1) ? (int64) log->size : PG_GETARG_INT64(1);

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	old_size = PG_GETARG_INT64(0);
	merkle_check_range("new_size", size, 1, log->size);
	merkle_check_range("old_size", old_size, 1, size);
	PG_RETURN_DATUM(proof_datum(merkle_consistency_proof(&source, old_size, size)));
}

/* pdauth.tile(level integer, number bigint, tree_size bigint) returns bytea */
Datum
pdauth_tile(PG_FUNCTION_ARGS)
{
	MerkleSource source;
	LogSource  *log = open_log(&source);
	int			level = PG_GETARG_INT32(0);
	int64		number = PG_GETARG_INT64(1);
	int64		size = PG_GETARG_INT64(2);
	bytea	   *bytes;
	int			length;

	merkle_check_range("tree_size", size, 0, log->size);
	merkle_check_range("level", level, 0, lengthof(log->tiles) - 1);
	merkle_check_range("number", number, 0, size);
	log->size = size;
	load_tile(log, level, number);
	length = log->tiles[level].count * HASH_SIZE;
	if (length == 0)
		PG_RETURN_NULL();
	bytes = palloc(VARHDRSZ + length);
	SET_VARSIZE(bytes, VARHDRSZ + length);
	memcpy(VARDATA(bytes), log->tiles[level].hashes, length);
	PG_RETURN_BYTEA_P(bytes);
}

/* Where an entry is. */

/* Position of the key among the leaves of a block; -1 if it is not there. */
static int64
position_in(const AuditBlock *block, const AuditKey *key)
{
	int64		offset = 0;

	for (int at = 0; at + AUDIT_RUN_SIZE <= block->manifest.len; at += AUDIT_RUN_SIZE)
	{
		AuditRun	run = audit_run_read(block->manifest.data + at);

		if (run.first.epoch == key->epoch && run.first.xid == key->xid &&
			key->n >= run.first.n && key->n - run.first.n < run.count)
			return offset + key->n - run.first.n;
		offset += run.count;
	}
	return -1;
}

/* Look through the manifests from one block on; within one seal only, unless all is set. */
static int64
search_blocks(Snapshot snapshot, int64 from, bool all, const AuditKey *key)
{
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth manifest", ALLOCSET_DEFAULT_SIZES);
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, from, false);
	char	   *seal = NULL;
	int64		leaf = -1;
	HeapTuple	row;

	while (leaf < 0 && HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, audit_block_scan_descriptor(scan));
		bool		is_other = seal != NULL && strcmp(seal, block.snapshot) != 0;

		leaf = position_in(&block, key);
		if (leaf >= 0)
			leaf += block.trees[HASH_SHA256].first_leaf;
		MemoryContextSwitchTo(caller);
		if (seal == NULL)
			seal = pstrdup(block.snapshot);
		MemoryContextReset(per_block);
		if (is_other && !all)
			break;
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	return leaf;
}

/*
 * Snapshots of one database see more and more, so the block that first saw the
 * transaction over is found by halves.
 */
static int64
first_covering(Snapshot snapshot, const AuditOrigin *origin, uint64 xid)
{
	int64		low = 1;
	int64		high = PG_INT64_MAX;
	AuditBlock	block;

	if (!audit_block_last(snapshot, PG_INT64_MAX, false, &block))
		return 1;
	high = block.number;
	while (low < high)
	{
		int64		middle = low + (high - low) / 2;
		AuditSnapshot seen;

		if (!audit_block_last(snapshot, middle, false, &block))
			return 1;
		seen = audit_snapshot_parse(block.snapshot);
		if (block.system_identifier == origin->system_identifier && block.database == origin->database &&
			audit_snapshot_covers(&seen, xid))
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

/* pdauth.leaf_index(epoch bigint, xid xid8, n bigint) returns bigint: NULL if no block seals it. */
Datum
pdauth_leaf_index(PG_FUNCTION_ARGS)
{
	AuditKey	key = {PG_GETARG_INT64(0), (uint64) PG_GETARG_INT64(1), PG_GETARG_INT64(2)};
	Snapshot	snapshot = GetActiveSnapshot();
	AuditOrigins *origins = audit_origins_read(snapshot);
	uint32		timeline;
	const AuditOrigin *origin = audit_origins_find(origins, key.epoch, &timeline);
	int64		leaf = -1;

	if (!audit_origins_must_be_sealed(origins, &key))
		PG_RETURN_NULL();
	if (origin == &origins->here)
		leaf = search_blocks(snapshot, first_covering(snapshot, origin, key.xid), false, &key);
	/* of a restored log, or taken over late: look everywhere */
	if (leaf < 0)
		leaf = search_blocks(snapshot, 1, true, &key);
	if (leaf < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(leaf);
}

/* pdauth.recomputed_root(tree_size bigint) returns bytea: from the leaves alone, NULL if there are too few. */
Datum
pdauth_recomputed_root(PG_FUNCTION_ARGS)
{
	uint64		size = PG_GETARG_INT64(0);
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth recomputed root", ALLOCSET_DEFAULT_SIZES);
	AuditBlockScan *scan = audit_block_scan_begin(GetActiveSnapshot(), PG_INT64_MIN, false);
	MerkleTree	tree;
	HeapTuple	row;
	Digest		root;

	merkle_start(&tree, HASH_SHA256);
	while (tree.size < size && HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, audit_block_scan_descriptor(scan));
		const StringInfoData *leaves = &block.trees[HASH_SHA256].leaves;
		Digest		hash = audit_block_hash(&block, HASH_SHA256);

		for (int i = 0; i + HASH_SIZE <= leaves->len && tree.size < size; i += HASH_SIZE)
			merkle_append(&tree, (const Digest *) (leaves->data + i));
		if (tree.size < size)
			merkle_append(&tree, &hash);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	if (tree.size < size)
		PG_RETURN_NULL();
	root = merkle_root(&tree);
	PG_RETURN_DATUM(digest_datum(&root));
}
