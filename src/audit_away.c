/*
 * audit_away.c
 *		Sends audit workers away from databases that have to be without sessions.
 */
#include "pdauth.h"

#include <signal.h>

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/procarray.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "audit_queue.h"
#include "audit_worker_internal.h"
#include "compat.h"
#include "next_hook.h"

/*
 * A worker leaves between two pieces of work; after the first time it is
 * interrupted: what it had begun it does again.  For as long as the second,
 * core waits for autovacuum workers (CountOtherDBBackends).
 */
#define INTERRUPT_AFTER_MS 1000
#define LEAVE_TIMEOUT_MS 5000

static ProcessUtility_hook_type previous_process_utility_hook = NULL;

/* The database that must be without sessions while the statement runs, or NULL. */
static const char *
emptied_database(Node *statement)
{
	ListCell   *cell;

	switch (nodeTag(statement))
	{
		case T_DropdbStmt:
			return ((DropdbStmt *) statement)->dbname;
		case T_RenameStmt:
			return ((RenameStmt *) statement)->renameType == OBJECT_DATABASE ? ((RenameStmt *) statement)->subname : NULL;
		case T_AlterDatabaseStmt:
			foreach(cell, ((AlterDatabaseStmt *) statement)->options)
			{
				if (strcmp(lfirst_node(DefElem, cell)->defname, "tablespace") == 0)
					return ((AlterDatabaseStmt *) statement)->dbname;
			}
			return NULL;
		case T_CreatedbStmt:
			foreach(cell, ((CreatedbStmt *) statement)->options)
			{
				DefElem    *option = lfirst_node(DefElem, cell);

				if (strcmp(option->defname, "template") == 0 && option->arg != NULL)
					return defGetString(option);
			}
			return "template1";
		default:
			return NULL;
	}
}

static void
interrupt(pid_t worker)
{
	if (worker != 0 && BackendPidGetProc(worker) != NULL && kill(worker, SIGTERM) != 0)
		elog(LOG, "could not interrupt the audit worker %d: %m", worker);
}

static void
send_away(AuditQueue *queue)
{
	for (int waited = 0; queue->worker != 0 && waited < LEAVE_TIMEOUT_MS; waited += 10)
	{
		if (queue->worker_latch != NULL)
			SetLatch(queue->worker_latch);
		if (waited == INTERRUPT_AFTER_MS)
			interrupt(queue->worker);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, 10, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
	}
}

static void
let_back(int code, Datum argument)
{
	AuditQueue *queue = (AuditQueue *) DatumGetPointer(argument);

	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	if (queue->held > 0)
		queue->held--;
	LWLockRelease(&queue->lock);
	audit_queue_wake_launcher();
}

/* While the workers of the queue are away. */
static void
run_alone(AuditQueue *queue, PlannedStmt *plan, const char *query_string, bool read_only_tree,
		  ProcessUtilityContext context, ParamListInfo params,
		  QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	LWLockAcquire(&queue->lock, LW_EXCLUSIVE);
	queue->held++;
	LWLockRelease(&queue->lock);
	PG_ENSURE_ERROR_CLEANUP(let_back, PointerGetDatum(queue));
	{
		send_away(queue);
		next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
							 params, environment, destination, completion);
	}
	PG_END_ENSURE_ERROR_CLEANUP(let_back, PointerGetDatum(queue));
	let_back(0, PointerGetDatum(queue));
}

static bool
is_template(Oid database)
{
	HeapTuple	row = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database));
	bool		result = HeapTupleIsValid(row) && ((Form_pg_database) GETSTRUCT(row))->datistemplate;

	if (HeapTupleIsValid(row))
		ReleaseSysCache(row);
	return result;
}

/* As have_createdb_privilege(), which minor releases have exported only lately. */
static bool
may_create_databases(void)
{
	HeapTuple	row = SearchSysCache1(AUTHOID, ObjectIdGetDatum(GetUserId()));
	bool		result = superuser() || (HeapTupleIsValid(row) && ((Form_pg_authid) GETSTRUCT(row))->rolcreatedb);

	if (HeapTupleIsValid(row))
		ReleaseSysCache(row);
	return result;
}

/* Core asks the same, or more, afterwards: nobody else keeps a worker from its work. */
static bool
may_empty(Node *statement, Oid database)
{
	if (IsA(statement, CreatedbStmt))
		return may_create_databases() && (is_template(database) || compat_owns_database(database, GetUserId()));
	return compat_owns_database(database, GetUserId());
}

static void
run_perhaps_alone(PlannedStmt *plan, const char *query_string, bool read_only_tree,
				  ProcessUtilityContext context, ParamListInfo params,
				  QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	const char *name = emptied_database(plan->utilityStmt);
	Oid			database = name != NULL ? get_database_oid(name, true) : InvalidOid;
	AuditQueue *queue = OidIsValid(database) ? audit_queue_of(database) : NULL;

	if (queue == NULL || !may_empty(plan->utilityStmt, database))
		next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
							 params, environment, destination, completion);
	else
		run_alone(queue, plan, query_string, read_only_tree, context, params, environment, destination, completion);
}

void
audit_worker_away_init(void)
{
	previous_process_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = run_perhaps_alone;
}
