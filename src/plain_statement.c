/*
 * plain_statement.c
 *		The short way for statements that are of no concern to pdauth.
 *
 * Most plans read nothing protected, and would only be handed from one hook of
 * ours to the next.  So these hooks come before all the others.  Once, when a
 * plan starts, they look whether it is such a plan; then they do for it what
 * the others would, and pass it to the hook that was there before ours.  What
 * is in the least out of the ordinary takes the long way, through the hooks of
 * each room, which ask everything again.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/inval.h"

#include "access_gate.h"
#include "audit_batch.h"
#include "audit_key_index.h"
#include "audit_raw.h"
#include "audit_statement.h"
#include "cursor_reads.h"
#include "enforce.h"
#include "linkage.h"
#include "next_hook.h"
#include "plain_statement.h"
#include "registry.h"

/* What was there before any hook of ours, and the hooks of our rooms. */
typedef struct Hooks
{
	ExecutorStart_hook_type start;
	ExecutorRun_hook_type run;
	ExecutorFinish_hook_type finish;
	ProcessUtility_hook_type utility;
} Hooks;

static Hooks short_way = {NULL};
static Hooks long_way = {NULL};

/*
 * The plan that started last, if it went the short way: it may run so as long
 * as no label has changed.  query is never followed, only compared, and whatever
 * else gets the same address has started after it.
 */
static struct
{
	const QueryDesc *query;
	const PlannedStmt *plan;
	uint64		generation;		/* of the registry */
}			started = {NULL};

static inline bool
may_start_plainly(const PlannedStmt *plan)
{
	return plan->resultRelations == NIL && !IsParallelWorker() && !InNoForceRLSOperation() &&
		!access_gate_is_of_concern(plan) && registry_lookup_any(plan->rtable) == NULL;
}

static void
start_statement(QueryDesc *query, int flags)
{
	ErrorContextCallback context;
	uint64		generation = registry_generation(); /* before the look-ups: they can hear of changes */

	started.query = NULL;
	audit_listen(&context);
	if (may_start_plainly(query->plannedstmt))
	{
		audit_batch_flush();
		(void) audit_refresh_actor();
		next_executor_start(short_way.start, query, flags);
		started.query = query;
		started.plan = query->plannedstmt;
		started.generation = generation;
	}
	else
		long_way.start(query, flags);
	/* whoever may read it, which is known now; no scan has begun */
	audit_key_index_before(query->plannedstmt);
	audit_stop_listening(&context);
}

/* Is it the plan of a portal whose rows may be fetched bit by bit? */
static inline bool
is_cursor(const QueryDesc *query, uint64 count)
{
	return ActivePortal != NULL && ActivePortal->queryDesc == query && cursor_may_run_again(ActivePortal, count);
}

static inline bool
may_run_plainly(const QueryDesc *query, uint64 count)
{
	if (started.query != query || started.plan != query->plannedstmt || cursor_reads_exist() ||
		is_cursor(query, count) || audit_raw_functions > 0 || InNoForceRLSOperation())
		return false;
	/* another session can have labelled what it reads, in a transaction that holds its locks */
	AcceptInvalidationMessages();
	return started.generation == registry_generation();
}

static void
run_statement(QueryDesc *query, ScanDirection direction, uint64 count
			  COMPAT_EXECUTE_ONCE(bool execute_once))
{
	ErrorContextCallback context;

	audit_listen(&context);
	if (may_run_plainly(query, count))
	{
		bool		outermost = linkage_run_begins(NULL);

		next_executor_run(short_way.run, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
		if (outermost)
			linkage_run_ends();
	}
	else
		long_way.run(query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
	audit_stop_listening(&context);
}

static void
finish_statement(QueryDesc *query)
{
	/* no trigger fires, and nothing that was counted is shown */
	if (query->operation == CMD_SELECT && !query->plannedstmt->hasModifyingCTE && query->instrument_options == 0)
		next_executor_finish(short_way.finish, query);
	else
		long_way.finish(query);
}

/*
 * A utility statement that is itself of no concern to us, and runs all the
 * time: EXECUTE, whose plan the executor's hooks see, and the brackets of
 * transactions.
 */
static inline bool
is_plain_utility(const Node *statement)
{
	return IsA(statement, ExecuteStmt) || IsA(statement, TransactionStmt);
}

static void
run_utility(PlannedStmt *plan, const char *query_string, bool read_only_tree,
			ProcessUtilityContext context, ParamListInfo params,
			QueryEnvironment *environment, DestReceiver *destination,
			QueryCompletion *completion)
{
	ErrorContextCallback error_context;

	audit_listen(&error_context);
	if (is_plain_utility(plan->utilityStmt))
	{
		(void) audit_refresh_actor();
		/* let plancache.c hear of revocations before it reuses the plan, where no transaction has just begun */
		if (IsA(plan->utilityStmt, ExecuteStmt) &&
			(context != PROCESS_UTILITY_TOPLEVEL || IsTransactionBlock()))
			AcceptInvalidationMessages();
		next_process_utility(short_way.utility, plan, query_string, read_only_tree, context,
							 params, environment, destination, completion);
	}
	else
		long_way.utility(plan, query_string, read_only_tree, context, params, environment, destination, completion);
	audit_stop_listening(&error_context);
}

static Hooks
present_hooks(void)
{
	return (Hooks) {ExecutorStart_hook, ExecutorRun_hook, ExecutorFinish_hook, ProcessUtility_hook};
}

void
plain_statement_remember(void)
{
	short_way = present_hooks();
}

void
plain_statement_init(void)
{
	long_way = present_hooks();
	ExecutorStart_hook = start_statement;
	ExecutorRun_hook = run_statement;
	ExecutorFinish_hook = finish_statement;
	ProcessUtility_hook = run_utility;
}
