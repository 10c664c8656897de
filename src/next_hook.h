/*
 * next_hook.h
 *		What each hook of ours calls in the end: the hook that was there before it,
 *		or core if there was none.
 */
#ifndef PDAUTH_NEXT_HOOK_H
#define PDAUTH_NEXT_HOOK_H

#include "executor/executor.h"
#include "tcop/utility.h"

#include "compat.h"

static inline void
next_executor_start(ExecutorStart_hook_type previous, QueryDesc *query, int flags)
{
	if (previous)
		previous(query, flags);
	else
		standard_ExecutorStart(query, flags);
}

static inline void
next_executor_run(ExecutorRun_hook_type previous, QueryDesc *query, ScanDirection direction, uint64 count
				  COMPAT_EXECUTE_ONCE(bool execute_once))
{
	if (previous)
		previous(query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
	else
		standard_ExecutorRun(query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
}

static inline void
next_executor_finish(ExecutorFinish_hook_type previous, QueryDesc *query)
{
	if (previous)
		previous(query);
	else
		standard_ExecutorFinish(query);
}

static inline void
next_process_utility(ProcessUtility_hook_type previous, PlannedStmt *plan, const char *query_string,
					 bool read_only_tree, ProcessUtilityContext context, ParamListInfo params,
					 QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	if (previous)
		previous(plan, query_string, read_only_tree, context, params, environment, destination, completion);
	else
		standard_ProcessUtility(plan, query_string, read_only_tree, context, params, environment, destination,
								completion);
}

#endif							/* PDAUTH_NEXT_HOOK_H */
