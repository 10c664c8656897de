/*
 * audit_verify.c
 *		pdauth.verify(): does the audit log still say what was sealed?
 *
 * The leader counts entries while workers check blocks, then joins them.  Works
 * alone where there are no workers, also on a standby.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "storage/ipc.h"
#include "storage/sharedfileset.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"

#include "audit_check.h"

PG_FUNCTION_INFO_V1(pdauth_verify);

/* Most blocks that a process takes at a time, and least chunks per process. */
#define MOST_BLOCKS 64
#define LEAST_CHUNKS 8

/* A worker is not worth its start for fewer leaves. */
#define LEAST_LEAVES 50000

#define SHARED_STATE 1
#define SHARED_FINDINGS 2

PGDLLEXPORT void pdauth_verify_worker(dsm_segment *segment, shm_toc *toc);

/* What a worker is told; the rest is in the progress slot. */
typedef struct SharedState
{
	int			slot;
	SharedFileSet files;
} SharedState;

typedef struct Verify
{
	VerifyProgress *progress;
	bool		is_shared;
	Snapshot	snapshot;
	FindingSink *sink;
	ParallelContext *workers;	/* NULL: none */
	SharedTuplestoreAccessor *store;	/* of their findings */
	bool		to_end;			/* no last block was given: look at the unsealed tail, too */
	int64		end_block;		/* the log's last one; 0: none */
	int64		tree_size;
	int64		outside;		/* entries that blocks below the first claim to seal */
	int64		unsealed;
} Verify;

void
pdauth_verify_worker(dsm_segment *segment, shm_toc *toc)
{
	SharedState *state = shm_toc_lookup(toc, SHARED_STATE, false);
	VerifyProgress *progress = audit_progress_slot(state->slot);
	SharedTuplestoreAccessor *store;

	SharedFileSetAttach(&state->files, segment);
	store = sts_attach(shm_toc_lookup(toc, SHARED_FINDINGS, false), ParallelWorkerNumber + 1, &state->files);
	audit_check_blocks(progress, ParallelWorkerNumber + 1, GetActiveSnapshot(), finding_sink_shared(store));
	sts_end_write(store);
}

static void
launch_workers(Verify *verify, int count)
{
	ParallelContext *workers;
	SharedState *state;
	SharedTuplestore *findings;

	EnterParallelMode();
	workers = CreateParallelContext("pdauth", "pdauth_verify_worker", count);
	verify->workers = workers;
	shm_toc_estimate_chunk(&workers->estimator, sizeof(SharedState));
	shm_toc_estimate_chunk(&workers->estimator, sts_estimate(count + 1));
	shm_toc_estimate_keys(&workers->estimator, 2);
	InitializeParallelDSM(workers);
	if (workers->seg == NULL)
		return;					/* no shared memory to be had: alone, then */
	state = shm_toc_allocate(workers->toc, sizeof(SharedState));
	state->slot = audit_progress_number(verify->progress);
	SharedFileSetInit(&state->files, workers->seg);
	shm_toc_insert(workers->toc, SHARED_STATE, state);
	findings = shm_toc_allocate(workers->toc, sts_estimate(count + 1));
	shm_toc_insert(workers->toc, SHARED_FINDINGS, findings);
	verify->store = sts_initialize(findings, count + 1, 0, 0, 0, &state->files, "findings");
	LaunchParallelWorkers(workers);
	verify->progress->participants = 1 + workers->nworkers_launched;
}

static void
join_workers(Verify *verify)
{
	if (verify->workers == NULL)
		return;
	if (verify->store != NULL)
	{
		WaitForParallelWorkersToFinish(verify->workers);
		sts_end_write(verify->store);
		finding_gather(verify->sink, verify->store);
	}
	DestroyParallelContext(verify->workers);
	verify->workers = NULL;
	ExitParallelMode();
}

/* Also when the leader fails: nobody may write to the slot once it is free. */
static void
end_progress(int code, Datum argument)
{
	Verify	   *verify = (Verify *) DatumGetPointer(argument);

	if (verify->workers != NULL)
		DestroyParallelContext(verify->workers);
	verify->workers = NULL;
	audit_progress_end(verify->progress);
}

/* Which blocks, and what those before them claim. */
static void
set_range(Verify *verify, FunctionCallInfo fcinfo)
{
	VerifyProgress *progress = verify->progress;
	AuditBlock	last;
	AuditBlockScan *scan;
	HeapTuple	row;
	bool		is_null;

	if (audit_block_last(verify->snapshot, PG_INT64_MAX, false, &last))
	{
		verify->end_block = last.number;
		verify->tree_size = audit_block_end(&last, HASH_SHA256);
	}
	progress->first = PG_ARGISNULL(0) ? 1 : Max(PG_GETARG_INT64(0), 1);
	progress->last = verify->end_block;
	verify->to_end = PG_ARGISNULL(1);
	if (!verify->to_end)
		progress->last = Min(progress->last, PG_GETARG_INT64(1));
	pg_atomic_write_u64(&progress->next, progress->first);
	if (!verify->to_end)
		return;
	scan = audit_block_scan_begin(verify->snapshot, progress->first - 1, true);
	while (HeapTupleIsValid(row = audit_block_scan_next(scan)))
		verify->outside += DatumGetInt64(heap_getattr(row, BLOCK_ENTRIES, audit_block_scan_descriptor(scan), &is_null));
	audit_block_scan_end(scan);
}

static int
workers_for(Verify *verify, FunctionCallInfo fcinfo)
{
	int64		blocks = verify->progress->last - verify->progress->first + 1;
	int			wanted = PG_ARGISNULL(2) ?
		Min(max_parallel_maintenance_workers, verify->tree_size / LEAST_LEAVES) : PG_GETARG_INT32(2);

	if (wanted < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the number of workers cannot be negative"),
				 errhint("0 verifies without workers; NULL takes max_parallel_maintenance_workers.")));
	if (!verify->is_shared || IsParallelWorker() || blocks < 2)
		return 0;
	return Min(Min(wanted, VERIFY_PARTICIPANTS - 1), blocks - 1);
}

static void
check_all(Verify *verify, int workers)
{
	VerifyProgress *progress = verify->progress;
	AuditOrigins *origins = NULL;
	ExtraCount	count = {0};

	progress->participants = 1;
	progress->chunk = Max(1, Min(MOST_BLOCKS, (progress->last - progress->first + 1) / ((workers + 1) * LEAST_CHUNKS)));
	if (workers > 0)
		launch_workers(verify, workers);
	if (verify->to_end)
	{
		origins = audit_origins_read(verify->snapshot);
		count = audit_count_entries(origins, verify->snapshot);
	}
	pg_atomic_write_u32(&progress->phase, VERIFY_BLOCKS);
	audit_check_blocks(progress, 0, verify->snapshot, verify->sink);
	join_workers(verify);
	if (!verify->to_end)
		return;
	audit_check_segments(verify->snapshot, verify->sink);
	audit_check_subtrees(verify->snapshot, verify->tree_size, verify->end_block, verify->sink);
	if (verify->sink->count == 0 &&
		count.must == (int64) pg_atomic_read_u64(&progress->matched) + verify->outside)
	{
		verify->unsealed = count.unsealed;
		finding_move(verify->sink, count.findings);
		return;
	}
	pg_atomic_write_u32(&progress->phase, VERIFY_SEARCHING);
	verify->unsealed = audit_check_extra(origins, &count, verify->snapshot, verify->sink);
}

static void
return_all(Verify *verify, ReturnSetInfo *result)
{
	Finding		summary = {"summary"};
	int64		intact = (int64) pg_atomic_read_u64(&verify->progress->intact);
	int64		blocks = (int64) pg_atomic_read_u64(&verify->progress->blocks);
	char	   *unsealed = verify->to_end ?
		psprintf(INT64_FORMAT " entries are not sealed yet", verify->unsealed) :
		"entries that no block seals were not looked for";

	summary.expected = psprintf(INT64_FORMAT " sealed", intact);
	summary.found = verify->to_end ? psprintf(INT64_FORMAT " unsealed", verify->unsealed) : NULL;
	summary.explanation = psprintf(INT64_FORMAT " entries are as sealed in " INT64_FORMAT " blocks, from "
								   INT64_FORMAT " to " INT64_FORMAT "; %s; " INT64_FORMAT " findings.",
								   intact, blocks, verify->progress->first, verify->progress->last,
								   unsealed, verify->sink->count);
	finding_return(verify->sink, result, &summary);
}

/* Whoever interrupts a long verification learns where to go on. */
static void
tell_how_far(void *argument)
{
	Verify	   *verify = argument;
	int64		complete = audit_progress_complete_to(verify->progress);

	if (complete >= verify->progress->first)
		errcontext("verification of the audit log, complete up to block %lld; pdauth.verify(%lld) goes on from there",
				   (long long) complete, (long long) complete + 1);
}

/* pdauth.verify(): see 520_audit_verify.sql for arguments and columns. */
Datum
pdauth_verify(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Verify		verify = {0};
	ErrorContextCallback context = {error_context_stack, tell_how_far, &verify};

	InitMaterializedSRF(fcinfo, 0);
	verify.progress = audit_progress_start(&verify.is_shared);
	PG_ENSURE_ERROR_CLEANUP(end_progress, PointerGetDatum(&verify));
	{
		verify.snapshot = RegisterSnapshot(GetActiveSnapshot());
		verify.sink = finding_sink_sorted();
		set_range(&verify, fcinfo);
		error_context_stack = &context;
		check_all(&verify, workers_for(&verify, fcinfo));
		error_context_stack = context.previous;
		return_all(&verify, result);
		UnregisterSnapshot(verify.snapshot);
	}
	PG_END_ENSURE_ERROR_CLEANUP(end_progress, PointerGetDatum(&verify));
	end_progress(0, PointerGetDatum(&verify));
	return (Datum) 0;
}
