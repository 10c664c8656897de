/*
 * audit_seal.c
 *		pdauth.seal(): binds the entries committed since the last seal.
 *
 * The exact delta of two snapshots.  The previous block's snapshot saw every
 * transaction below its xmax that it does not list as running.  New are
 * therefore the entries of those it lists (one index probe each) and of all
 * from its xmax on, as far as the new snapshot sees them.  Bounding the scan
 * by xmin instead would read everything again while an old transaction is open.
 */
#include "pdauth.h"

#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit_block.h"
#include "audit_entry.h"
#include "audit_origin.h"
#include "audit_scan.h"
#include "audit_seal.h"
#include "audit_sealed.h"
#include "audit_subtree.h"
#include "progress.h"

PG_FUNCTION_INFO_V1(pdauth_seal);

typedef struct Seal
{
	AuditScan  *entries;
	Snapshot	snapshot;
	char	   *snapshot_text;
	AuditSnapshot seen;			/* the snapshot, parsed */
	TimestampTz sealed_at;
	MemoryContext per_block;
	bool		has_last;		/* last is the newest block */
	AuditBlock	last;
	MerkleTree	trees[HASH_FUNCTIONS];
	bool		with_sm3;
	AuditBlock	open;			/* block being filled */
	AuditRun	run;			/* run being extended; count 0: none */
	AuditSealed *sealed_before; /* while foreign epochs are taken over */
	int64		sealed;
} Seal;

static bool audit_sm3 = false;

/*
 * Entries this very transaction wrote are visible to it while the snapshot
 * says nothing of its number: they could be sealed twice, or never.
 */
static void
require_own_transaction(void)
{
	if (!TransactionIdIsValid(GetTopTransactionIdIfAny()))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("pdauth.seal() cannot run in a transaction that has written something"),
			 errhint("Commit first and call it as a statement of its own.")));
}

static char *
current_snapshot_text(void)
{
	Datum		snapshot = OidFunctionCall0(F_PG_CURRENT_SNAPSHOT);

	return DatumGetCString(OidFunctionCall1(F_PG_SNAPSHOT_OUT, snapshot));
}

static void
block_start_tree(Seal *seal, HashFunction function)
{
	AuditBlockTree *tree = &seal->open.trees[function];
	const AuditBlockTree *last = &seal->last.trees[function];

	tree->present = function == HASH_SHA256 || seal->with_sm3;
	tree->first_leaf = (int64) seal->trees[function].size;
	tree->has_previous = seal->has_last && last->present;
	tree->previous_hash = last->hash;
	initStringInfo(&tree->leaves);
	initStringInfo(&tree->frontier);
}

static void
block_start(Seal *seal)
{
	AuditBlock *block = &seal->open;
	MemoryContext caller;

	memset(block, 0, sizeof(AuditBlock));
	MemoryContextReset(seal->per_block);
	block->number = seal->has_last ? seal->last.number + 1 : 1;
	block->sealed_at = seal->sealed_at;
	block->epoch = audit_epoch();
	block->system_identifier = GetSystemIdentifier();
	block->database = MyDatabaseId;
	block->timeline = audit_timeline();
	block->snapshot = seal->snapshot_text;
	/* a StringInfo grows in the context it was made in */
	caller = MemoryContextSwitchTo(seal->per_block);
	initStringInfo(&block->manifest);
	block_start_tree(seal, HASH_SHA256);
	block_start_tree(seal, HASH_SM3);
	MemoryContextSwitchTo(caller);
}

static void
run_flush(Seal *seal)
{
	if (seal->run.count > 0)
		audit_run_append(&seal->open.manifest, &seal->run);
	seal->run.count = 0;
}

static void
block_finish_tree(Seal *seal, HashFunction function)
{
	AuditBlockTree *tree = &seal->open.trees[function];

	if (!tree->present)
		return;
	tree->hash = audit_block_hash(&seal->open, function);
	merkle_append(&seal->trees[function], &tree->hash);
	tree->root = merkle_root(&seal->trees[function]);
	appendBinaryStringInfo(&tree->frontier, (const char *) seal->trees[function].frontier,
						   seal->trees[function].height * HASH_SIZE);
}

static void
block_finish(Seal *seal)
{
	AuditBlock *block = &seal->open;
	MemoryContext caller = MemoryContextSwitchTo(seal->per_block);

	run_flush(seal);
	block_finish_tree(seal, HASH_SM3);	/* first: the other one binds its hash */
	block_finish_tree(seal, HASH_SHA256);
	audit_block_insert(block);
	MemoryContextSwitchTo(caller);
	seal->sealed += block->entries;
	progress_advance(block->entries);
	seal->last = *block;
	seal->has_last = true;
}

static void
block_add_leaf(Seal *seal, HashFunction function, const Digest *leaf)
{
	appendBinaryStringInfo(&seal->open.trees[function].leaves, (const char *) leaf->bytes, HASH_SIZE);
	merkle_append(&seal->trees[function], leaf);
}

/*
 * With the leaves it was written with: to hash it again would cost as much as
 * all else here, and who alters an entry before it is sealed can alter its leaf
 * as well.  If he did not, pdauth.verify() names the entry.
 */
static void
block_add(Seal *seal, const AuditKey *key)
{
	AuditBlock *block = &seal->open;
	AuditRun   *run = &seal->run;
	Digest		leaf = audit_scan_leaf(seal->entries);

	if (block->entries == AUDIT_BLOCK_CAPACITY)
	{
		block_finish(seal);
		block_start(seal);
	}
	if (run->count > 0 && run->first.epoch == key->epoch &&
		run->first.xid == key->xid && run->first.n + run->count == key->n)
		run->count++;
	else
	{
		run_flush(seal);
		run->first = *key;
		run->count = 1;
	}
	block_add_leaf(seal, HASH_SHA256, &leaf);
	if (seal->with_sm3)
	{
		leaf = audit_scan_entry(seal->entries, true).computed[HASH_SM3];
		block_add_leaf(seal, HASH_SM3, &leaf);
	}
	block->entries++;
}

/* Seal the visible entries of one epoch from the one transaction on, or of that one alone. */
static void
seal_range(Seal *seal, int64 epoch, uint64 xid, bool alone)
{
	AuditKey	key = {epoch, xid, PG_INT64_MIN};
	AuditKey	last = key;

	audit_scan_seek(seal->entries, &key);
	while (audit_scan_next(seal->entries, &key) && key.epoch == epoch && (!alone || key.xid == xid))
	{
		/* a second row of the same key is nobody's entry: verification names it */
		if (audit_key_compare(&key, &last) != 0 &&
			(seal->sealed_before == NULL || !audit_sealed_contains(seal->sealed_before, &key)))
			block_add(seal, &key);
		last = key;
	}
}

/*
 * Seal what the previous block of this database, if any, had not seen.  A
 * timeline that ended before that block has no new transactions, only prepared
 * ones that it left.
 */
static void
seal_epoch(Seal *seal, int64 epoch, const AuditSnapshot *previous, bool ended)
{
	int			i;

	for (i = 0; i < previous->count; i++)
		if (audit_snapshot_covers(&seal->seen, previous->running[i]))
			seal_range(seal, epoch, previous->running[i], true);
	if (!ended)
		seal_range(seal, epoch, previous->xmax, false);
}

/* The smallest epoch among the visible entries above the given one; false if none. */
static bool
next_epoch(Seal *seal, int64 *epoch)
{
	AuditKey	key = {*epoch + 1, 0, PG_INT64_MIN};

	audit_scan_seek(seal->entries, &key);
	if (!audit_scan_next(seal->entries, &key))
		return false;
	*epoch = key.epoch;
	return true;
}

/*
 * Entries that came with a restored log and that no block had sealed yet are
 * taken over by the first block sealed here, once: whatever appears later under
 * a foreign epoch is a forgery.  A log that moved before has had such a block
 * elsewhere, so what its newest block knows of other origins is complete; of an
 * origin that sealed nothing only the manifests tell what was taken over.
 */
static void
adopt_foreign_epochs(Seal *seal)
{
	AuditOrigins *origins = audit_origins_read(seal->snapshot);
	int64		epoch = PG_INT64_MIN;

	seal->sealed_before = audit_sealed_read(seal->snapshot);
	while (next_epoch(seal, &epoch))
	{
		AuditSnapshot snapshot = {0};
		uint32		timeline;
		const AuditOrigin *origin = audit_origins_find(origins, epoch, &timeline);

		if (origin == &origins->here)
			continue;
		if (origin != NULL && (origin->system_identifier != seal->last.system_identifier || origin->database != seal->last.database))
			continue;
		if (origin != NULL)
			snapshot = origin->snapshot;
		for (int i = 0; i < snapshot.count; i++)
			seal_range(seal, epoch, snapshot.running[i], true);
		if (origin == NULL || timeline >= origin->timeline)
			seal_range(seal, epoch, snapshot.xmax, false);
	}
	audit_sealed_end(seal->sealed_before);
	seal->sealed_before = NULL;
}

/*
 * Transaction numbers go on over promotions and recoveries, so one snapshot
 * serves all timelines of this database.
 */
static void
seal_here(Seal *seal, const AuditBlock *previous)
{
	AuditSnapshot snapshot = {0};
	uint32		timeline;

	if (previous != NULL)
		snapshot = audit_snapshot_parse(previous->snapshot);
	for (timeline = 1; timeline <= audit_timeline(); timeline++)
		seal_epoch(seal, audit_epoch_of(GetSystemIdentifier(), MyDatabaseId, timeline), &snapshot,
				   previous != NULL && timeline < previous->timeline);
}

static void
resume_tree(Seal *seal, HashFunction function)
{
	merkle_start(&seal->trees[function], function);
	if (!seal->has_last || !seal->last.trees[function].present)
		return;
	if (!audit_block_tree(&seal->last, function, &seal->trees[function]))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the stored frontier of audit block %lld does not fit its size", (long long) seal->last.number),
				 errhint("The block was altered. SELECT * FROM pdauth.verify() tells what else was.")));
}

static void
seal_all(Seal *seal)
{
	AuditBlock	previous;
	bool		found = audit_block_last(seal->snapshot, PG_INT64_MAX, true, &previous);

	seal->has_last = audit_block_last(seal->snapshot, PG_INT64_MAX, false, &seal->last);
	resume_tree(seal, HASH_SHA256);
	seal->trees[HASH_SHA256].visit = audit_subtree_insert;
	if (seal->with_sm3)
		resume_tree(seal, HASH_SM3);

	block_start(seal);
	if (!found)
		adopt_foreign_epochs(seal);
	seal_here(seal, found ? &previous : NULL);
	if (seal->open.entries > 0 || !found || previous.epoch != audit_epoch())
		block_finish(seal);
}

/* pdauth.seal() returns bigint: entries sealed. */
Datum
pdauth_seal(PG_FUNCTION_ARGS)
{
	Seal		seal = {0};
	Relation	blocks;

	require_own_transaction();
	/* one sealer at a time; readers and writers of entries go on */
	blocks = table_open(pdauth_relation_oid(AUDIT_BLOCK_TABLE), ShareRowExclusiveLock);
	seal.with_sm3 = audit_sm3;
	/* before the snapshot: what the snapshot has not seen is younger than the seal */
	seal.sealed_at = GetCurrentTimestamp();
	/* fresh even under REPEATABLE READ: the block a waiting sealer must follow is visible */
	seal.snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(seal.snapshot);
	seal.snapshot_text = current_snapshot_text();
	seal.seen = audit_snapshot_parse(seal.snapshot_text);
	seal.entries = audit_scan_begin_rows(seal.snapshot);
	seal.per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth seal block", ALLOCSET_DEFAULT_SIZES);
	progress_begin("sealing the audit log", NULL, 0);
	seal_all(&seal);
	progress_end();
	audit_scan_end(seal.entries);
	PopActiveSnapshot();
	UnregisterSnapshot(seal.snapshot);
	table_close(blocks, NoLock);
	PG_RETURN_INT64(seal.sealed);
}

void
audit_seal_init(void)
{
	DefineCustomBoolVariable("pdauth.audit_sm3",
							 "Seal the audit log with SM3 (GB/T 32905) as well as SHA-256.",
							 "Adds a second Merkle tree and 32 bytes per entry. Best set for a database: ALTER DATABASE ... SET pdauth.audit_sm3 = on.",
							 &audit_sm3, false, PGC_SUSET, 0, NULL, NULL, NULL);
}
