/*
 * audit_launcher.c
 *		The launcher: finds the databases that need an audit worker.
 *
 * It is connected to no database, so it hinders nobody, and reads only
 * pg_database.  Whether a database has the extension can be seen only from
 * inside, so each one is visited once by a worker that leaves again if there
 * is nothing to do.  After that a database makes itself known: the first
 * session that records or writes something there asks for its queue.
 */
#include "pdauth.h"

#include <unistd.h>

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit_queue.h"
#include "audit_worker.h"
#include "audit_worker_internal.h"

/* How often to look for new and dropped databases without being asked, and to try again. */
#define LOOK_INTERVAL_MS 10000
#define RETRY_INTERVAL_MS 1000

typedef struct KnownDatabase
{
	Oid			database;
	NameData	name;			/* at the last look */
	bool		may_visit;		/* ALLOW_CONNECTIONS */
	bool		visited;
	bool		present;		/* at the last look */
	bool		warned;			/* that there is no slot for it */
	BackgroundWorkerHandle *handle; /* NULL: none is running */
	TimestampTz started_at;
} KnownDatabase;

static List *known = NIL;		/* of KnownDatabase *, in TopMemoryContext */

static KnownDatabase *
find_known(Oid database)
{
	ListCell   *cell;

	foreach(cell, known)
	{
		if (((KnownDatabase *) lfirst(cell))->database == database)
			return lfirst(cell);
	}
	return NULL;
}

static void
note_database(Form_pg_database row)
{
	KnownDatabase *database = find_known(row->oid);

	if (database == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		database = palloc0(sizeof(KnownDatabase));
		database->database = row->oid;
		known = lappend(known, database);
		MemoryContextSwitchTo(caller);
	}
	database->present = true;
	database->name = row->datname;
	/* a database that DROP DATABASE was interrupted in cannot be connected to */
	database->may_visit = row->datallowconn && row->datconnlimit != -2;
}

/* Queues of dropped databases, their files, and what we know of them. */
static void
forget_dropped(void)
{
	ListCell   *cell;

	foreach(cell, known)
	{
		KnownDatabase *database = lfirst(cell);
		AuditQueue *queue = audit_queue_of(database->database);
		ListCell   *path;

		if (database->present || database->handle != NULL)
			continue;
		if (queue != NULL)
			audit_queue_drop(queue);
		foreach(path, audit_queue_left_over(database->database))
			(void) durable_unlink(lfirst(path), LOG);
		known = foreach_delete_current(known, cell);
		pfree(database);
	}
}

static void
look_at_databases(void)
{
	Relation	databases;
	TableScanDesc scan;
	HeapTuple	row;
	ListCell   *cell;

	foreach(cell, known)
		((KnownDatabase *) lfirst(cell))->present = false;
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	databases = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(databases, 0, NULL);
	while (HeapTupleIsValid(row = heap_getnext(scan, ForwardScanDirection)))
		note_database((Form_pg_database) GETSTRUCT(row));
	table_endscan(scan);
	table_close(databases, AccessShareLock);
	forget_dropped();
	CommitTransactionCommand();
}

static void
start_worker(KnownDatabase *database)
{
	BackgroundWorker worker = {0};
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_ConsistentState;
	worker.bgw_restart_time = BGW_NEVER_RESTART;	/* we see to that ourselves */
	strlcpy(worker.bgw_library_name, "pdauth", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "pdauth_audit_worker_main", sizeof(worker.bgw_function_name));
	snprintf(worker.bgw_name, BGW_MAXLEN, "pdauth audit worker for database %u", database->database);
	strlcpy(worker.bgw_type, "pdauth audit worker", sizeof(worker.bgw_type));
	worker.bgw_main_arg = ObjectIdGetDatum(database->database);
	worker.bgw_notify_pid = MyProcPid;
	database->started_at = GetCurrentTimestamp();
	if (RegisterDynamicBackgroundWorker(&worker, &database->handle))
		database->warned = false;
	else
	{
		database->handle = NULL;
		if (!database->warned)
			ereport(WARNING,
					(errmsg("pdauth cannot start an audit worker for database \"%s\": no background worker slot is free", NameStr(database->name)),
					 errhint("Raise max_worker_processes and restart the server: pdauth needs one, and one more for each database it is installed in. Until then the audit log of that database is not sealed, and its statements wait once the queue is full.")));
		database->warned = true;
	}
	MemoryContextSwitchTo(caller);
}

/* Has the worker gone?  Then the queue says whether another one is wanted. */
static void
check_worker(KnownDatabase *database)
{
	pid_t		pid;

	if (database->handle == NULL ||
		GetBackgroundWorkerPid(database->handle, &pid) != BGWH_STOPPED)
		return;
	pfree(database->handle);
	database->handle = NULL;
}

static bool
needs_worker(const KnownDatabase *database, const AuditQueue *queue)
{
	if (database->handle != NULL || (queue != NULL && queue->held > 0))
		return false;
	/* not again and again, whatever is wrong */
	if (database->started_at != 0 &&
		!TimestampDifferenceExceeds(database->started_at, GetCurrentTimestamp(), RETRY_INTERVAL_MS))
		return false;
	return queue != NULL ? queue->wanted : database->may_visit && !database->visited;
}

/* The state may have changed since the last look: a database may be gone. */
static bool
someone_needs_worker(void)
{
	ListCell   *cell;

	foreach(cell, known)
	{
		check_worker(lfirst(cell));
		if (needs_worker(lfirst(cell), audit_queue_of(((KnownDatabase *) lfirst(cell))->database)))
			return true;
	}
	return false;
}

/* Returns whether there is something to try again soon. */
static bool
start_workers(void)
{
	bool		waiting = false;
	bool		visiting = false;
	ListCell   *cell;

	foreach(cell, known)
	{
		KnownDatabase *database = lfirst(cell);
		AuditQueue *queue = audit_queue_of(database->database);

		visiting |= database->handle != NULL && queue == NULL;
		if (!needs_worker(database, queue))
		{
			waiting |= database->handle == NULL && queue != NULL && queue->wanted;
			continue;
		}
		/* one visitor at a time, to leave slots to others */
		if (queue == NULL && visiting)
		{
			waiting = true;
			continue;
		}
		start_worker(database);
		visiting |= queue == NULL;
		database->visited |= database->handle != NULL;
		waiting |= database->handle == NULL;
	}
	return waiting;
}

/* A queue that somebody has made may be of a database we have not seen yet. */
static bool
knows_all_queues(void)
{
	for (int i = 0; i < audit_queue_count(); i++)
	{
		Oid			database = audit_queue_slot(i)->database;

		if (OidIsValid(database) && find_known(database) == NULL)
			return false;
	}
	return true;
}

static void
forget_launcher(int code, Datum argument)
{
	audit_queue_set_launcher(NULL);
}

PGDLLEXPORT void pdauth_audit_launcher_main(Datum argument);

void
pdauth_audit_launcher_main(Datum argument)
{
	TimestampTz looked_at = 0;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	before_shmem_exit(forget_launcher, (Datum) 0);
	audit_queue_set_launcher(MyLatch);
	for (;;)
	{
		bool		waiting;

		CHECK_FOR_INTERRUPTS();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		if (!knows_all_queues() || someone_needs_worker() || looked_at == 0 ||
			TimestampDifferenceExceeds(looked_at, GetCurrentTimestamp(), LOOK_INTERVAL_MS))
		{
			look_at_databases();
			looked_at = GetCurrentTimestamp();
		}
		waiting = start_workers();
		pgstat_report_activity(STATE_IDLE, NULL);
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
						 waiting ? RETRY_INTERVAL_MS : LOOK_INTERVAL_MS, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

void
audit_worker_init(void)
{
	BackgroundWorker launcher = {0};

	launcher.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	launcher.bgw_start_time = BgWorkerStart_ConsistentState;
	launcher.bgw_restart_time = 1;
	strlcpy(launcher.bgw_library_name, "pdauth", sizeof(launcher.bgw_library_name));
	strlcpy(launcher.bgw_function_name, "pdauth_audit_launcher_main", sizeof(launcher.bgw_function_name));
	strlcpy(launcher.bgw_name, "pdauth audit launcher", sizeof(launcher.bgw_name));
	strlcpy(launcher.bgw_type, "pdauth audit launcher", sizeof(launcher.bgw_type));
	/* pg_upgrade is to find the log as the old server left it */
	if (!IsBinaryUpgrade)
		RegisterBackgroundWorker(&launcher);
	audit_worker_settings_init();
	audit_worker_away_init();
}
