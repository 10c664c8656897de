/*
 * enforce_execute.c
 *		The executor hook: a plan runs only while its decisions hold.
 *
 * A prepared statement can outlive a license, a role membership, a declared
 * purpose or a day, and inside an open transaction that already holds its
 * locks plancache.c hears of no change.  So invalidations are accepted here
 * and the decisions compared with those the plan was made under.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/inval.h"
#include "utils/plancache.h"

#include "audit_raw.h"
#include "cursor_reads.h"
#include "decision.h"
#include "derivation.h"
#include "door.h"
#include "enforce.h"
#include "exempt_query.h"
#include "held_cursor.h"
#include "linkage.h"
#include "next_hook.h"
#include "observe.h"
#include "planned_read.h"
#include "statistics.h"

static ExecutorStart_hook_type previous_executor_start_hook = NULL;

static ExecutorRun_hook_type previous_executor_run_hook = NULL;

/*
 * Does an item name the relation?  The search begins at *place and leaves it
 * after what it found: items and range table are in about the same order, and
 * a table can have thousands of partitions.
 */
static bool
is_tagged(const PlanTag *tag, Oid relation, int *place)
{
	for (int i = 0; i < tag->count; i++)
	{
		int			at = (*place + i) % tag->count;

		if (tag->items[at].relation == relation && !OidIsValid(tag->items[at].function_user))
		{
			*place = at + 1;
			return true;
		}
	}
	return false;
}

void
enforce_refuse_stale(const ProtectedRelation *relation)
{
	/* the next execution plans again */
	ResetPlanCache();
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("what this session may see of %s has changed since the statement was planned",
					relation->name),
			 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
			 errhint("Run the statement again: it will be planned under the present licenses.")));
}

static bool
masks_columns(const Decision *decision)
{
	for (int i = 0; i < decision->column_count; i++)
	{
		if (decision->columns[i].visibility != COLUMN_CLEAR)
			return true;
	}
	return false;
}

/* Counts and records what the plan is let do; once, when it starts. */
static void
record_item(PlanTag *tag, const PlanTagItem *item, const ProtectedRelation *relation,
			const Decision *decision)
{
	tag->checks++;
	tag->restricted += !decision->unrestricted;
	tag->masked += !decision->unrestricted && masks_columns(decision);
	if (decision->empty)
		statistics_count(STATISTIC_EMPTY);
	decision_record_break_glass(decision, relation);
	observe_record(decision, relation, item->kind == PLAN_TAG_WRITE);
}

/* Returns whether there is nothing to look at again while the stamp stays. */
static bool
check_item(PlanTag *tag, const PlanTagItem *item, const ProtectedRelation *relation, bool starts)
{
	Identity	identity;
	const Decision *decision;

	if (item->kind == PLAN_TAG_EXEMPT)
	{
		if (item->fingerprint != (uint64) exempt_query())
			enforce_refuse_stale(relation);
		return false;
	}
	identity = identity_with(GetUserId(), item->check_as_user, item->function_user);
	decision = decision_for(relation, &identity);
	if (item->kind == PLAN_TAG_WRITE)
		decision_require_write(decision, relation);
	else
		decision_require_read(decision, relation);
	if (decision->fingerprint != item->fingerprint)
		enforce_refuse_stale(relation);
	if (starts)
		record_item(tag, item, relation, decision);
	if (starts && item->kind == PLAN_TAG_READ)
		derivation_read(relation, decision);
	return !decision->empty && !decision->break_glass && decision->observation == NULL;
}

/* Returns whether all items hold for as long as the stamp stays. */
static bool
check_items(PlanTag *tag, bool starts)
{
	bool		keeps = true;

	tag->stamp = 0;
	if (starts)
		tag->checks = tag->restricted = tag->masked = 0;
	for (int i = 0; i < tag->count; i++)
	{
		const ProtectedRelation *relation;

		if (tag->items[i].kind == PLAN_TAG_COVERED)
			continue;
		relation = registry_lookup(tag->items[i].relation);
		if (relation != NULL)
			keeps &= check_item(tag, &tag->items[i], relation, starts);
	}
	linkage_check(tag, false);
	return keeps;
}

/* The net: no protected relation without an item, whatever path produced the plan. */
static void
check_all_tagged(const PlannedStmt *plan, const PlanTag *tag)
{
	ListCell   *cell;
	int			place = 0;

	foreach(cell, plan->rtable)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		const ProtectedRelation *relation;

		/* the look-up last: cold, it loads the policy of each partition */
		if (entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_VIEW &&
			!is_tagged(tag, entry->relid, &place) &&
			(relation = registry_lookup(entry->relid)) != NULL)
			enforce_refuse_stale(relation);
	}
}

static void
check_untagged(const PlannedStmt *plan)
{
	const ProtectedRelation *relation = registry_lookup_any(plan->rtable);

	if (relation != NULL)
		enforce_refuse_stale(relation);
}

static void
count_checks(const PlanTag *tag)
{
	statistics_add(STATISTIC_CHECKS, tag->checks);
	statistics_add(STATISTIC_RESTRICTED, tag->restricted);
	statistics_add(STATISTIC_MASKED, tag->masked);
}

static pg_noinline void
check_plan_tag(const PlannedStmt *plan, PlanTag *tag)
{
	uint64		stamp;
	bool		keeps;

	/* taken before the checks: what changes while they are made shows at the next execution */
	stamp = decision_stamp();
	if (tag->stamp != stamp || derivation_active())
	{
		keeps = check_items(tag, true);
		check_all_tagged(plan, tag);
		if (keeps)
			tag->stamp = stamp;
	}
	else
		linkage_check(tag, true);
	cursor_reads_note(tag);
	planned_read_note(tag);
	count_checks(tag);
}

static pg_noinline void
recheck_plan_tag(const PlannedStmt *plan, PlanTag *tag)
{
	uint64		stamp = decision_stamp();

	if (tag->stamp == stamp)
		return;
	if (check_items(tag, false))
		tag->stamp = stamp;
	check_all_tagged(plan, tag);
}

/*
 * The rows of a cursor, a portal or an SQL function that returns a set are
 * fetched in any number of runs, before each of which a permission can have
 * ended or a table been labelled.
 */
static void
recheck_plan(const PlannedStmt *plan, PlanTag *tag)
{
	if (IsParallelWorker())
		return;
	AcceptInvalidationMessages();
	if (tag == NULL)
		check_untagged(plan);
	else
		recheck_plan_tag(plan, tag);
}

void
enforce_recheck_held(Portal portal)
{
	ListCell   *cell;

	AcceptInvalidationMessages();
	foreach(cell, portal->stmts)
	{
		const PlannedStmt *plan = lfirst_node(PlannedStmt, cell);

		recheck_plan(plan, plan_tag_read(plan));
	}
	cursor_reads_recheck(portal);
}

static void
start_plan(QueryDesc *query, int flags)
{
	next_executor_start(previous_executor_start_hook, query, flags);
	/* nothing is written yet, but permissions are checked: who has none is told so by core */
	if (query->plannedstmt->resultRelations != NIL)
		door_catalog_write(query->plannedstmt);
}

static pg_noinline void
start_exempt(QueryDesc *query, int flags)
{
	PG_TRY();
	{
		start_plan(query, flags);
	}
	PG_FINALLY();
	{
		exempt_query_leave();
	}
	PG_END_TRY();
}

static void
enforce_executor_start(QueryDesc *query, int flags)
{
	PlanTag    *tag = plan_tag_read(query->plannedstmt);

	/* an untagged plan is asked again, with all that others have changed, before each run */
	if (tag == NULL)
		check_untagged(query->plannedstmt);
	/* what a parallel worker runs was checked in the leader; only the net applies */
	else if (IsParallelWorker())
		check_all_tagged(query->plannedstmt, tag);
	else
	{
		AcceptInvalidationMessages();
		check_plan_tag(query->plannedstmt, tag);
	}
	if (exempt_query_enter())
		start_exempt(query, flags);
	else
		start_plan(query, flags);
}

static pg_noinline void
run_raw(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
{
	PG_TRY();
	{
		next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
	}
	PG_FINALLY();
	{
		audit_raw_leave();
	}
	PG_END_TRY();
}

static void
run_plan(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
{
	if (audit_raw_enter())
		run_raw(query, direction, count, execute_once);
	else
		next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
}

static pg_noinline void
run_portal(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
{
	CursorRun	run;

	cursor_reads_enter(&run, ActivePortal);
	PG_TRY();
	{
		run_plan(query, direction, count, execute_once);
	}
	PG_FINALLY();
	{
		cursor_reads_leave(&run);
	}
	PG_END_TRY();
	if (cursor_reads_any(run.portal))
		held_cursor_note();
}

static pg_noinline void
run_exempt(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
{
	PG_TRY();
	{
		run_plan(query, direction, count, execute_once);
	}
	PG_FINALLY();
	{
		exempt_query_leave();
	}
	PG_END_TRY();
}

static void
enforce_executor_run(QueryDesc *query, ScanDirection direction, uint64 count
					 COMPAT_EXECUTE_ONCE(bool execute_once))
{
#if PG_VERSION_NUM >= 180000
	bool		execute_once = false;
#endif
	PlanTag    *tag = plan_tag_read(query->plannedstmt);

	recheck_plan(query->plannedstmt, tag);
	if (tag != NULL)
		held_cursor_note();
	if (ActivePortal != NULL && ActivePortal->queryDesc == query)
	{
		if (cursor_reads_exist())
			cursor_reads_recheck(ActivePortal);
		if (cursor_may_run_again(ActivePortal, count))
		{
			run_portal(query, direction, count, execute_once);
			return;
		}
	}
	if (exempt_query_enter())
		run_exempt(query, direction, count, execute_once);
	else
		run_plan(query, direction, count, execute_once);
}

void
enforce_execute_init(void)
{
	previous_executor_run_hook = ExecutorRun_hook;
	ExecutorRun_hook = enforce_executor_run;
	previous_executor_start_hook = ExecutorStart_hook;
	ExecutorStart_hook = enforce_executor_start;
}
