/*
 * audit_worker.c
 *		The worker of one database: from the queue to the log, and sealing.
 */
#include "pdauth.h"

#include <unistd.h>

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_database.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "audit_entry.h"
#include "audit_forward.h"
#include "audit_key_index.h"
#include "audit_queue.h"
#include "audit_restore.h"
#include "audit_worker.h"
#include "audit_worker_internal.h"

PG_FUNCTION_INFO_V1(pdauth_audit_worker_status);
PG_FUNCTION_INFO_V1(pdauth_audit_wait);

/* Records in one transaction of the worker. */
#define BATCH_BYTES (512 * 1024)

/* The queue is emptied at least so often, also where nothing is sealed. */
#define DRAIN_INTERVAL_MS 1000

static int	seal_interval = 1000;

static AuditQueue *queue = NULL;
static StringInfoData batch = {0};

static bool
extension_exists(void)
{
	return OidIsValid(pdauth_relation_oid(AUDIT_ENTRY_TABLE)) && OidIsValid(pdauth_relation_oid("audit_queue"));
}

/* Transactions have memory of their own; what is between them is a turn's. */
static MemoryContext turn_memory = NULL;

static void
begin(const char *what)
{
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstat_report_activity(STATE_RUNNING, what);
}

static void
end(void)
{
	PopActiveSnapshot();
	CommitTransactionCommand();
	MemoryContextSwitchTo(turn_memory);
	pgstat_report_activity(STATE_IDLE, NULL);
}

static void
write_batch(const uint8 *id, const char *records, Size length, bool chained, const AuditQueuePosition *begins,
			uint64 *noting)
{
	int64		written;

	begin("writing entries of the audit log");
	written = audit_import(id, records, length, NULL, chained, begins, noting);
	end();
	queue->recorded += written;
}

/* On a standby the primary writes them. */
static bool
forward_batch(const uint8 *id, const char *records, Size length)
{
	bool		done;

	begin("sending records to the primary");
	done = audit_forward(id, records, length);
	end();
	if (done)
		queue->forwarded += length;
	return done;
}

/* Returns whether there may be more. */
static bool
drain(void)
{
	bool		standby = RecoveryInProgress();
	uint64		from = queue->taken;
	AuditQueuePosition taken = {from, queue->taken_chain};

	if (!queue->made || queue->written == from)
		return false;
	audit_queue_read(from, &batch, BATCH_BYTES);
	if (batch.len == 0)
		return false;
	if (!standby)
		/* what was sent from here as a standby must be in the log; what was written here may be in one that is gone */
		write_batch(queue->id, batch.data, batch.len, queue->chained, queue->chained && queue->recorded == 0 ? NULL : &taken,
					queue->chained ? NULL : &queue->noting);
	else if (!forward_batch(queue->id, batch.data, batch.len))
		return false;
	audit_queue_advance(from + batch.len, standby);
	return batch.len >= BATCH_BYTES;
}

/* Position up to which the log has the records of a queue; 0 for a queue it has none of. */
static uint64
position_in_log(const uint8 *id)
{
	pg_uuid_t	uuid;
	Oid			types[] = {UUIDOID};
	Datum		values[] = {UUIDPGetDatum(&uuid)};
	uint64		position = 0;
	bool		is_null;

	memcpy(uuid.data, id, UUID_LEN);
	begin("looking up a queue");
	SPI_connect();
	if (SPI_execute_with_args("SELECT position FROM pdauth.audit_queue WHERE queue = $1", 1, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pdauth.audit_queue");
	if (SPI_processed > 0)
		position = (uint64) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	SPI_finish();
	end();
	return position;
}

/* What a server that stopped or crashed had not written any more. */
static void
write_left_over(const char *path)
{
	AuditQueueFile file;
	AuditQueuePosition taken = {0};
	uint64		from;
	StringInfoData records;

	if (!audit_queue_identify(path, &file))
		return;
	from = position_in_log(file.id);
	taken.position = file.taken;
	/* of what a standby has sent on, the primary's log may not have come back yet */
	from = Max(from, file.taken);
	initStringInfo(&records);
	audit_queue_load(path, from, &records);
	if (records.len > 0)
	{
		if (!RecoveryInProgress())
			write_batch(file.id, records.data, records.len, file.chained != 0, file.chained ? NULL : &taken, NULL);
		else if (!forward_batch(file.id, records.data, records.len))
			return;
		ereport(LOG,
				(errmsg("pdauth audit worker took over %d bytes of records from the queue of an earlier run", records.len)));
	}
	pfree(records.data);
	durable_unlink(path, ERROR);
}

/*
 * Looked for at each turn: what a standby cannot send now it tries to send
 * again, and what could not be read may be there the next time.
 */
static void
write_all_left_over(void)
{
	List	   *paths = audit_queue_left_over(MyDatabaseId);
	ListCell   *cell;

	foreach(cell, paths)
	{
		CHECK_FOR_INTERRUPTS();
		write_left_over(lfirst(cell));
	}
	if (paths != NIL)
		ConditionVariableBroadcast(&queue->moved);
}

/* A log whose last block is of another database, or that has none, may be in the middle of a restore. */
#define SEAL_OWN "SELECT pdauth.seal() " \
	"FROM (SELECT b.system_identifier, b.database FROM pdauth.audit_block AS b ORDER BY b.block DESC LIMIT 1) AS last " \
	"WHERE last.system_identifier = (pg_catalog.pg_control_system()).system_identifier " \
	"AND last.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())"

static void
seal(void)
{
	begin("sealing the audit log");
	SPI_connect();
	if (SPI_execute(audit_restore_possible(queue) ? SEAL_OWN : "SELECT pdauth.seal()", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not seal the audit log");
	if (SPI_processed > 0)
		queue->sealed_at = GetCurrentTimestamp();
	SPI_finish();
	end();
}

/*
 * Before the log is read by key, and in between where much is written; false if
 * there is more to do.  Without a snapshot: as long as there is one, nobody can
 * clear away row versions, and those that are updated all the time grow chains
 * of them.
 */
static bool
complete_key_index(void)
{
	bool		done;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	pgstat_report_activity(STATE_RUNNING, "inserting keys of the audit log");
	done = audit_key_index_advance();
	CommitTransactionCommand();
	MemoryContextSwitchTo(turn_memory);
	pgstat_report_activity(STATE_IDLE, NULL);
	return done;
}

/* A look that failed is tried again, but not each second: it warns, and its own refusals are recorded. */
#define DETECTION_RETRY_MS (60 * 1000)

static TimestampTz detection_failed_at = 0;

static bool
detection_is_due(void)
{
	bool		due;

	if (RecoveryInProgress() ||
		(detection_failed_at != 0 && !TimestampDifferenceExceeds(detection_failed_at, GetCurrentTimestamp(), DETECTION_RETRY_MS)))
		return false;
	begin("looking for work");
	SPI_connect();
	if (SPI_execute("SELECT FROM pdauth.detection_due", true, 1) != SPI_OK_SELECT)
		elog(ERROR, "could not read pdauth.detection_due");
	due = SPI_processed > 0;
	SPI_finish();
	end();
	return due;
}

/* Persons who were refused too often are stopped (R-29-7); what fails there is a warning. */
static void
detect_incidents(void)
{
	begin("looking for incidents");
	SPI_connect();
	if (SPI_execute("SELECT pdauth.detect_incidents()", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not look for incidents");
	detection_failed_at = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) == NULL ? GetCurrentTimestamp() : 0;
	SPI_finish();
	end();
}

static void
forget_worker(int code, Datum argument)
{
	queue->worker_latch = NULL;
	queue->worker = 0;
	audit_queue_wake_launcher();
}

/* Where it fails the launcher starts another one; the view says why meanwhile. */
static void
note_failure(ErrorData *error)
{
	queue->failed_at = GetCurrentTimestamp();
	strlcpy(queue->failure, error->message ? error->message : "", sizeof(queue->failure));
}

static void
leave(void)
{
	proc_exit(0);
}

/*
 * Does somebody need the database without sessions, or copy it?  Usually
 * audit_away.c says so, but it knows of no worker that has only just connected.
 */
static bool
database_is_locked(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	/* as each session does when it begins */
	if (LockAcquire(&tag, RowExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		return true;
	LockRelease(&tag, RowExclusiveLock, false);
	return false;
}

/* One turn: whatever there is to write, and the seal if it is due.  False if the next should follow at once. */
static bool
work(void)
{
	static TimestampTz sealed_at = 0;
	TimestampTz now;
	bool		installed;
	bool		locked;
	bool		looking;
	bool		due;

	begin("looking for the extension");
	installed = extension_exists();
	locked = database_is_locked();
	end();
	if (!installed)
		queue->wanted = false;
	if (!installed || locked)
		leave();
	write_all_left_over();
	while (drain())
	{
		CHECK_FOR_INTERRUPTS();
		if (queue->held > 0)
			leave();
	}
	looking = detection_is_due();
	now = GetCurrentTimestamp();
	due = seal_interval > 0 && !RecoveryInProgress() && (sealed_at == 0 || TimestampDifferenceExceeds(sealed_at, now, seal_interval));
	if ((due || looking || audit_key_index_is_behind()) && !complete_key_index())
		return false;
	if (looking)
		detect_incidents();
	if (due)
	{
		seal();
		sealed_at = now;
	}
	return true;
}

static long
interval(void)
{
	return seal_interval > 0 ? Min(seal_interval, DRAIN_INTERVAL_MS) : DRAIN_INTERVAL_MS;
}

static void
work_until_told(void)
{
	bool		recovery = RecoveryInProgress();
	bool		done;

	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (queue->held > 0)
			leave();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}
		/* after a promotion all begins anew: settings, and what could not be sent */
		if (recovery && !RecoveryInProgress())
			leave();
		done = work();
		MemoryContextReset(turn_memory);
		if (!done)
			continue;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, interval(), PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

static void
set_up(void)
{
	/* nobody waits for us to be copied to a standby; on this server it is durable */
	SetConfigOption("synchronous_commit", "local", PGC_SUSET, PGC_S_OVERRIDE);
	/* in a deadlock, with DROP EXTENSION for one, we are the one to give way */
	SetConfigOption("deadlock_timeout", "100ms", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("idle_in_transaction_session_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
	MemoryContextSwitchTo(TopMemoryContext);
	initStringInfo(&batch);
	MemoryContextSwitchTo(turn_memory);
}

PGDLLEXPORT void pdauth_audit_worker_main(Datum argument);

void
pdauth_audit_worker_main(Datum argument)
{
	bool		installed;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	turn_memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit worker", ALLOCSET_DEFAULT_SIZES);
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(argument), InvalidOid, BGWORKER_BYPASS_ALLOWCONN);
	begin("looking for the extension");
	installed = extension_exists();
	pgstat_report_appname("pdauth audit worker");
	end();
	if (!installed)
		proc_exit(0);
	queue = audit_queue_mine();
	if (queue == NULL)
	{
		begin("naming the database");
		ereport(WARNING,
				(errmsg("pdauth has no room for an audit queue of database \"%s\"", get_database_name(MyDatabaseId)),
				 errhint("Raise pdauth.audit_databases and restart the server. Until then statements on protected relations are refused there (PD255).")));
		end();
		proc_exit(0);
	}
	if (queue->worker != 0 || queue->held > 0)
		proc_exit(0);
	before_shmem_exit(forget_worker, (Datum) 0);
	queue->worker_latch = MyLatch;
	queue->worker = MyProcPid;
	queue->wanted = true;
	set_up();
	PG_TRY();
	{
		work_until_told();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		note_failure(CopyErrorData());
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/* Columns of pdauth.audit_worker_status(). */
enum
{
	STATUS_DATABASE, STATUS_WORKER, STATUS_QUEUED, STATUS_CAPACITY, STATUS_WAITS, STATUS_RECORDED,
	STATUS_SEALED_AT, STATUS_FAILED_AT, STATUS_FAILURE, STATUS_COLUMNS
};

static void
put_status(ReturnSetInfo *result, const AuditQueue *slot)
{
	Datum		values[STATUS_COLUMNS];
	bool		nulls[STATUS_COLUMNS] = {0};

	values[STATUS_DATABASE] = ObjectIdGetDatum(slot->database);
	values[STATUS_WORKER] = Int32GetDatum(slot->worker);
	nulls[STATUS_WORKER] = slot->worker == 0;
	values[STATUS_QUEUED] = Int64GetDatum((int64) (slot->written - slot->taken));
	values[STATUS_CAPACITY] = Int64GetDatum((int64) audit_queue_capacity());
	values[STATUS_WAITS] = Int64GetDatum((int64) slot->waits);
	values[STATUS_RECORDED] = Int64GetDatum((int64) slot->recorded);
	values[STATUS_SEALED_AT] = TimestampTzGetDatum(slot->sealed_at);
	nulls[STATUS_SEALED_AT] = slot->sealed_at == 0;
	values[STATUS_FAILED_AT] = TimestampTzGetDatum(slot->failed_at);
	nulls[STATUS_FAILED_AT] = nulls[STATUS_FAILURE] = slot->failed_at == 0;
	values[STATUS_FAILURE] = CStringGetTextDatum(slot->failure);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* pdauth.audit_worker_status(): one row for each database that has a queue. */
Datum
pdauth_audit_worker_status(PG_FUNCTION_ARGS)
{
	pdauth_require_preload();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < audit_queue_count(); i++)
	{
		if (OidIsValid(audit_queue_slot(i)->database))
			put_status((ReturnSetInfo *) fcinfo->resultinfo, audit_queue_slot(i));
	}
	return (Datum) 0;
}

/* Also what an earlier run of the server left: its file goes once it is in the log. */
static bool
all_written(const AuditQueue *slot, uint64 target)
{
	List	   *left_over;
	bool		done;

	if (slot->taken < target)
		return false;
	left_over = audit_queue_left_over(MyDatabaseId);
	done = left_over == NIL;
	list_free_deep(left_over);
	return done;
}

/* pdauth.audit_wait() returns void: once all recorded before is in the log. */
Datum
pdauth_audit_wait(PG_FUNCTION_ARGS)
{
	AuditQueue *slot;
	uint64		target;

	pdauth_require_preload();
	slot = audit_queue_mine();
	if (slot == NULL)
		audit_refuse_unrecorded("there is no audit queue left for this database: raise pdauth.audit_databases");
	LWLockAcquire(&slot->lock, LW_SHARED);
	target = slot->written;
	LWLockRelease(&slot->lock);
	ConditionVariablePrepareToSleep(&slot->moved);
	while (!all_written(slot, target))
	{
		audit_queue_want_worker();
		if (slot->worker_latch != NULL)
			SetLatch(slot->worker_latch);
		(void) ConditionVariableTimedSleep(&slot->moved, 100, PG_WAIT_EXTENSION);
	}
	ConditionVariableCancelSleep();
	PG_RETURN_VOID();
}

void
audit_worker_settings_init(void)
{
	audit_forward_init();
	DefineCustomIntVariable("pdauth.seal_interval",
							"How often the audit worker seals the audit log.",
							"0: it does not; then pdauth.seal() has to be called.",
							&seal_interval, 1000, 0, 3600 * 1000, PGC_SIGHUP, GUC_UNIT_MS, NULL, NULL, NULL);
}
