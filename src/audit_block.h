/*
 * audit_block.h
 *		Blocks: what pdauth.seal() binds together, and how it is hashed.
 *
 * A block seals the entries that became visible between two snapshots.  Its
 * manifest names them as runs, in leaf order; its leaves are their hashes.
 *
 *		run = epoch 8, xid 8, first n 8, count 8
 *		hash = H(0x00 || 'S' || 0x01 || block 8 || sealed_at 8 || epoch 8 ||
 *				 system_identifier 8 || database 4 || timeline 4 ||
 *				 first_leaf 8 || entries 8 || piece(snapshot) ||
 *				 piece(previous_hash) || H(manifest) || H(leaves) [|| piece(sm3_hash)])
 *
 * The hash is itself the last leaf of the block, so the root of the whole tree
 * binds entries, blocks and their order at once.  Where pdauth.audit_sm3 is on
 * the block is the end of a second tree too, made in the same way with SM3 from
 * the sm3_ columns (whose hash lacks the last piece); the SHA-256 hash binds it.
 * A block without SM3 interrupts that tree: the next one starts it anew.
 */
#ifndef PDAUTH_AUDIT_BLOCK_H
#define PDAUTH_AUDIT_BLOCK_H

#include "postgres.h"

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "lib/stringinfo.h"
#include "utils/rel.h"

#include "audit_entry.h"

#define AUDIT_BLOCK_TABLE "audit_block"
#define AUDIT_BLOCK_INDEX "audit_block_key"
#define AUDIT_BLOCK_LEAF_INDEX "audit_block_leaf"

/* Most entries in one block: 2 MB of leaves, so that sealing and verifying stay in flat memory. */
#define AUDIT_BLOCK_CAPACITY 65536

/* Columns of pdauth.audit_block, in the order of 500_audit.sql. */
enum
{
	BLOCK_NUMBER = 1, BLOCK_SEALED_AT, BLOCK_EPOCH, BLOCK_SYSTEM_IDENTIFIER, BLOCK_DATABASE,
	BLOCK_TIMELINE, BLOCK_FIRST_LEAF, BLOCK_ENTRIES, BLOCK_SNAPSHOT, BLOCK_PREVIOUS_HASH,
	BLOCK_HASH, BLOCK_ROOT, BLOCK_FRONTIER, BLOCK_MANIFEST, BLOCK_LEAVES,
	BLOCK_SM3_FIRST_LEAF, BLOCK_SM3_PREVIOUS_HASH, BLOCK_SM3_HASH, BLOCK_SM3_ROOT,
	BLOCK_SM3_FRONTIER, BLOCK_SM3_LEAVES
};
#define BLOCK_COLUMNS BLOCK_SM3_LEAVES

#define AUDIT_RUN_SIZE 32

typedef struct AuditRun
{
	AuditKey	first;
	int64		count;
} AuditRun;

/* A block's part of one of the two trees. */
typedef struct AuditBlockTree
{
	bool		present;		/* always for SHA-256 */
	int64		first_leaf;		/* position of the first entry in the tree, from 0 */
	bool		has_previous;
	Digest		previous_hash;
	Digest		hash;
	Digest		root;			/* of the tree up to and with this block's hash */
	StringInfoData frontier;
	StringInfoData leaves;
} AuditBlockTree;

typedef struct AuditBlock
{
	int64		number;			/* from 1 */
	TimestampTz sealed_at;
	int64		epoch;
	uint64		system_identifier;
	Oid			database;
	uint32		timeline;
	int64		entries;
	char	   *snapshot;		/* text of the pg_snapshot */
	StringInfoData manifest;
	AuditBlockTree trees[HASH_FUNCTIONS];
} AuditBlock;

/* Size of the tree with the block as its end. */
static inline int64
audit_block_end(const AuditBlock *block, HashFunction function)
{
	return block->trees[function].first_leaf + block->entries + 1;
}

/* Reads all of a block into the current context, or all but manifest and leaves. */
extern AuditBlock audit_block_read(HeapTuple row, TupleDesc descriptor);
extern AuditBlock audit_block_read_header(HeapTuple row, TupleDesc descriptor);
extern void audit_block_insert(const AuditBlock *block);
extern Digest audit_block_hash(const AuditBlock *block, HashFunction function);

/* Manifest access. */
extern void audit_run_append(StringInfo manifest, const AuditRun *run);
extern AuditRun audit_run_read(const char *bytes);

/* The tree as it stood after the block; false if the frontier does not fit. */
extern bool audit_block_tree(const AuditBlock *block, HashFunction function, MerkleTree *tree);

/*
 * Was the transaction over in the snapshot?  xid is full, so no wraparound.
 * Raises nothing: an unreadable snapshot covers nothing.
 */
typedef struct AuditSnapshot
{
	uint64		xmax;
	int			count;
	uint64	   *running;
} AuditSnapshot;

extern AuditSnapshot audit_snapshot_parse(const char *text);
extern bool audit_snapshot_covers(const AuditSnapshot *snapshot, uint64 xid);

/*
 * Blocks in order of their numbers, from one number up or, backward, down.
 * next returns a row good until the following call.
 */
typedef struct AuditBlockScan AuditBlockScan;

extern AuditBlockScan *audit_block_scan_begin(Snapshot snapshot, int64 from, bool backward);
extern HeapTuple audit_block_scan_next(AuditBlockScan *scan);
extern TupleDesc audit_block_scan_descriptor(AuditBlockScan *scan);
extern void audit_block_scan_end(AuditBlockScan *scan);

/*
 * The last block whose number is at most this one, or the last of them sealed
 * by this cluster and database; false if there is none.  Without manifest and leaves.
 */
extern bool audit_block_last(Snapshot snapshot, int64 at_most, bool here, AuditBlock *block);

#endif							/* PDAUTH_AUDIT_BLOCK_H */
