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
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit_block.h"
#include "audit_entry.h"
#include "audit_scan.h"

PG_FUNCTION_INFO_V1(pdauth_seal);

typedef struct Seal
{
	AuditScan  *entries;
	Snapshot	snapshot;
	char	   *snapshot_text;
	MemoryContext per_block;
	bool		has_last;		/* last is the newest block */
	AuditBlock	last;
	MerkleTree	tree;
	AuditBlock	open;			/* block being filled */
	AuditRun	run;			/* run being extended; count 0: none */
	int64		sealed;
} Seal;

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
block_start(Seal *seal)
{
	AuditBlock *block = &seal->open;
	MemoryContext caller;

	memset(block, 0, sizeof(AuditBlock));
	MemoryContextReset(seal->per_block);
	block->number = seal->has_last ? seal->last.number + 1 : 1;
	block->epoch = audit_epoch();
	block->system_identifier = GetSystemIdentifier();
	block->database = MyDatabaseId;
	block->timeline = audit_timeline();
	block->first_leaf = (int64) seal->tree.size;
	block->snapshot = seal->snapshot_text;
	block->has_previous = seal->has_last;
	block->previous_hash = seal->last.hash;
	/* a StringInfo grows in the context it was made in */
	caller = MemoryContextSwitchTo(seal->per_block);
	initStringInfo(&block->manifest);
	initStringInfo(&block->leaves);
	initStringInfo(&block->frontier);
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
block_finish(Seal *seal)
{
	AuditBlock *block = &seal->open;
	MemoryContext caller = MemoryContextSwitchTo(seal->per_block);

	run_flush(seal);
	block->sealed_at = GetCurrentTimestamp();
	block->hash = audit_block_hash(block);
	merkle_append(&seal->tree, &block->hash);
	block->root = merkle_root(&seal->tree);
	appendBinaryStringInfo(&block->frontier, (const char *) seal->tree.frontier,
						   seal->tree.height * HASH_SIZE);
	audit_block_insert(block);
	MemoryContextSwitchTo(caller);
	seal->sealed += block->entries;
	seal->last = *block;
	seal->has_last = true;
}

static void
block_add(Seal *seal, const AuditEntry *entry)
{
	AuditBlock *block = &seal->open;
	AuditRun   *run = &seal->run;

	if (block->entries == AUDIT_BLOCK_CAPACITY)
	{
		block_finish(seal);
		block_start(seal);
	}
	if (run->count > 0 && run->first.epoch == entry->key.epoch &&
		run->first.xid == entry->key.xid && run->first.n + run->count == entry->key.n)
		run->count++;
	else
	{
		run_flush(seal);
		run->first = entry->key;
		run->count = 1;
	}
	appendBinaryStringInfo(&block->leaves, (const char *) entry->stored.bytes, HASH_SIZE);
	merkle_append(&seal->tree, &entry->stored);
	block->entries++;
}

/* An entry that does not hash to its own leaf was altered before it was sealed. */
static void
check_entry(const AuditEntry *entry)
{
	if (hash_equal(&entry->computed[HASH_SHA256], &entry->stored))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("entry (" INT64_FORMAT ", " UINT64_FORMAT ", " INT64_FORMAT ") was altered before it was sealed",
					entry->key.epoch, entry->key.xid, entry->key.n),
			 errhint("It is sealed with the leaf it was written with, so pdauth.verify() names it.")));
}

/* Seal the visible entries of one epoch from the one transaction on, or of that one alone. */
static void
seal_range(Seal *seal, int64 epoch, uint64 xid, bool alone)
{
	AuditKey	key = {epoch, xid, PG_INT64_MIN};

	audit_scan_seek(seal->entries, &key);
	while (audit_scan_next(seal->entries, &key) && key.epoch == epoch && (!alone || key.xid == xid))
	{
		AuditEntry	entry = audit_scan_entry(seal->entries, false);

		check_entry(&entry);
		block_add(seal, &entry);
	}
}

/* Seal what the last block of this epoch, if any, had not seen. */
static void
seal_epoch(Seal *seal, int64 epoch, const AuditBlock *previous)
{
	AuditSnapshot snapshot = {0};
	int			i;

	if (previous != NULL)
		snapshot = audit_snapshot_parse(previous->snapshot);
	for (i = 0; i < snapshot.count; i++)
		seal_range(seal, epoch, snapshot.running[i], true);
	seal_range(seal, epoch, snapshot.xmax, false);
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
 * A restored log opens a new epoch.  Entries that came with it and that no
 * block had sealed yet are taken over now, once: whatever appears later under
 * an old epoch is a forgery.
 */
static void
adopt_older_epochs(Seal *seal, Relation blocks)
{
	int64		epoch = PG_INT64_MIN;

	while (next_epoch(seal, &epoch))
	{
		AuditBlock	previous;
		bool		found = audit_block_last(blocks, seal->snapshot, &epoch, &previous);

		if (epoch != audit_epoch())
			seal_epoch(seal, epoch, found ? &previous : NULL);
	}
}

static void
seal_all(Seal *seal, Relation blocks)
{
	int64		epoch = audit_epoch();
	AuditBlock	previous;
	bool		found;

	seal->has_last = audit_block_last(blocks, seal->snapshot, NULL, &seal->last);
	merkle_start(&seal->tree, HASH_SHA256);
	if (seal->has_last)
		seal->tree = audit_block_tree(&seal->last);
	found = audit_block_last(blocks, seal->snapshot, &epoch, &previous);

	block_start(seal);
	if (!found)
		adopt_older_epochs(seal, blocks);
	seal_epoch(seal, epoch, found ? &previous : NULL);
	if (seal->open.entries > 0 || !found)
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
	/* fresh even under REPEATABLE READ: the block a waiting sealer must follow is visible */
	seal.snapshot = RegisterSnapshot(GetLatestSnapshot());
	PushActiveSnapshot(seal.snapshot);
	seal.snapshot_text = current_snapshot_text();
	seal.entries = audit_scan_begin_rows(seal.snapshot);
	seal.per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth seal block", ALLOCSET_DEFAULT_SIZES);
	seal_all(&seal, blocks);
	audit_scan_end(seal.entries);
	PopActiveSnapshot();
	UnregisterSnapshot(seal.snapshot);
	table_close(blocks, NoLock);
	PG_RETURN_INT64(seal.sealed);
}
