/*
 * explain_restricted.c
 *		Takes out of an explained plan what only somebody who may see every
 *		row should learn.
 *
 * Row filters run in the scan of their relation, so what nodes above it count
 * is visible rows only.  Below it, an index returns hidden rows as well.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "executor/instrument.h"
#include "nodes/execnodes.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "enforce.h"
#include "explain_restricted.h"
#include "next_hook.h"
#include "registry.h"

static ExecutorStart_hook_type previous_executor_start_hook = NULL;
static ExecutorFinish_hook_type previous_executor_finish_hook = NULL;

static bool
is_restricted(const QueryDesc *query)
{
	const PlanTag *tag = plan_tag_read(query->plannedstmt);

	return tag != NULL && tag->restricted > 0;
}

static bool
hide_estimates(PlanState *node, void *context)
{
	Plan	   *plan = node->plan;

	plan->startup_cost = plan->total_cost = 0;
	plan->plan_rows = 0;
	plan->plan_width = 0;
	return planstate_tree_walker(node, hide_estimates, context);
}

/* The relation that a scan node reads, or InvalidOid. */
static Oid
scanned_relation(const PlanState *node)
{
	switch (nodeTag(node))
	{
		case T_SeqScanState:
		case T_SampleScanState:
		case T_IndexScanState:
		case T_IndexOnlyScanState:
		case T_BitmapHeapScanState:
		case T_TidScanState:
		case T_TidRangeScanState:
			return exec_rt_fetch(((const Scan *) node->plan)->scanrelid, node->state)->relid;
		default:
			return InvalidOid;
	}
}

/* all: also how many rows came out, which for an index is before the row filter. */
static void
hide_counts_of(Instrumentation *instrument, bool scan, bool all)
{
	memset(&instrument->bufusage, 0, sizeof(BufferUsage));
	if (scan || all)
		instrument->nfiltered1 = instrument->nfiltered2 = instrument->ntuples2 = 0;
	if (all)
		instrument->ntuples = instrument->tuplecount = 0;	/* of finished rounds and of this one */
}

#if PG_VERSION_NUM >= 180000
/* With each new value of the first column that a skip scan comes to, it searches again. */
static void
hide_searches(IndexScanInstrumentation *own, SharedIndexScanInstrumentation *workers)
{
	own->nsearches = 0;
	for (int i = 0; workers != NULL && i < workers->num_workers; i++)
		workers->winstrument[i].nsearches = 0;
}
#endif

/* What a scan counts besides its Instrumentation; 18 keeps it for each worker too. */
static void
hide_scan_counts(PlanState *node)
{
#if PG_VERSION_NUM >= 180000
	if (IsA(node, IndexScanState))
		hide_searches(&((IndexScanState *) node)->iss_Instrument, ((IndexScanState *) node)->iss_SharedInfo);
	else if (IsA(node, IndexOnlyScanState))
		hide_searches(&((IndexOnlyScanState *) node)->ioss_Instrument, ((IndexOnlyScanState *) node)->ioss_SharedInfo);
	else if (IsA(node, BitmapIndexScanState))
		hide_searches(&((BitmapIndexScanState *) node)->biss_Instrument, ((BitmapIndexScanState *) node)->biss_SharedInfo);
	else if (IsA(node, BitmapHeapScanState))
	{
		BitmapHeapScanState *scan = (BitmapHeapScanState *) node;

		memset(&scan->stats, 0, sizeof(scan->stats));
		for (int i = 0; scan->sinstrument && i < scan->sinstrument->num_workers; i++)
			memset(&scan->sinstrument->sinstrument[i], 0, sizeof(scan->sinstrument->sinstrument[i]));
	}
#else
	if (IsA(node, BitmapHeapScanState))
		((BitmapHeapScanState *) node)->exact_pages = ((BitmapHeapScanState *) node)->lossy_pages = 0;
#endif
}

/* context: are we below a scan of a protected relation? */
static bool
hide_counts(PlanState *node, void *context)
{
	bool		below = *(bool *) context;
	bool		scan = OidIsValid(scanned_relation(node)) && registry_lookup(scanned_relation(node)) != NULL;
	bool		inside = below || (scan && IsA(node, BitmapHeapScanState));

	if (node->instrument)
		hide_counts_of(node->instrument, scan, below);
	for (int i = 0; node->worker_instrument && i < node->worker_instrument->num_workers; i++)
		hide_counts_of(&node->worker_instrument->instrument[i], scan, below);
	if (scan || below)
		hide_scan_counts(node);
	return planstate_tree_walker(node, hide_counts, &inside);
}

static void
explain_executor_start(QueryDesc *query, int flags)
{
	bool		explained = (flags & EXEC_FLAG_EXPLAIN_ONLY) || query->instrument_options != 0;

	if (!explained || IsParallelWorker() || plan_tag_read(query->plannedstmt) == NULL)
	{
		next_executor_start(previous_executor_start_hook, query, flags);
		return;
	}
	/* a plan from the cache keeps its estimates for those who execute it */
	query->plannedstmt = copyObject(query->plannedstmt);
	next_executor_start(previous_executor_start_hook, query, flags);
	if (is_restricted(query) && query->planstate != NULL)
		(void) hide_estimates(query->planstate, NULL);
}

static pg_noinline void
finish_explained(QueryDesc *query)
{
	bool		below = false;

	next_executor_finish(previous_executor_finish_hook, query);
	if (!IsParallelWorker() && is_restricted(query))
		(void) hide_counts(query->planstate, &below);
}

static void
explain_executor_finish(QueryDesc *query)
{
	if (query->instrument_options != 0)
		finish_explained(query);
	else
		next_executor_finish(previous_executor_finish_hook, query);
}

void
explain_restricted_init(void)
{
	previous_executor_start_hook = ExecutorStart_hook;
	ExecutorStart_hook = explain_executor_start;
	previous_executor_finish_hook = ExecutorFinish_hook;
	ExecutorFinish_hook = explain_executor_finish;
}
