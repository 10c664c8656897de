/*
 * progress.c
 *		Slots of running works, in shared memory.
 *
 * The server's own pg_stat_progress views know its own commands only
 * (ProgressCommandType).
 */
#include "pdauth.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "progress.h"
#include "shared_memory.h"

PG_FUNCTION_INFO_V1(pdauth_progress_begin);
PG_FUNCTION_INFO_V1(pdauth_progress_advance);
PG_FUNCTION_INFO_V1(pdauth_progress_end);
PG_FUNCTION_INFO_V1(pdauth_progress_status);

/* Works at a time that show. */
#define SLOTS 64

/* Quoted names of a schema and a table, mostly. */
#define OBJECT_SIZE (NAMEDATALEN * 2 + 8)

typedef struct Work
{
	Oid			database;
	TimestampTz started_at;
	int64		total;
	char		command[NAMEDATALEN];
	char		object[OBJECT_SIZE];
} Work;

typedef struct Slot
{
	pg_atomic_uint32 pid;		/* 0: free */
	pg_atomic_uint64 done;
	slock_t		lock;			/* of work */
	Work		work;
} Slot;

/* Columns of pdauth.progress_status(). */
enum
{
	STATUS_PID, STATUS_DATABASE, STATUS_COMMAND, STATUS_OBJECT, STATUS_STARTED_AT, STATUS_DONE, STATUS_TOTAL, STATUS_COLUMNS
};

static Slot *slots = NULL;
static Slot *mine = NULL;
static int	depth = 0;			/* works within each other, the outermost among them */
static int	outermost_level = 0;	/* of the subtransaction that began it */

static void
leave(void)
{
	if (mine != NULL)
	{
		SpinLockAcquire(&mine->lock);
		mine->work.command[0] = '\0';
		SpinLockRelease(&mine->lock);
		pg_atomic_write_u32(&mine->pid, 0);
	}
	mine = NULL;
	depth = 0;
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		leave();
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId subtransaction, SubTransactionId parent, void *argument)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && depth > 0 && outermost_level >= GetCurrentTransactionNestLevel())
		leave();
}

static Slot *
free_slot(void)
{
	for (int i = 0; slots != NULL && i < SLOTS; i++)
	{
		uint32		nobody = 0;

		if (pg_atomic_compare_exchange_u32(&slots[i].pid, &nobody, MyProcPid))
			return &slots[i];
	}
	return NULL;
}

void
progress_begin(const char *command, const char *object, int64 total)
{
	static bool registered = false;
	Work		work = {MyDatabaseId, GetCurrentTimestamp(), total};

	if (depth++ > 0)
		return;
	pdauth_register_at_end(&registered, at_transaction_end, at_subtransaction_end);
	outermost_level = GetCurrentTransactionNestLevel();
	mine = free_slot();
	if (mine == NULL)
		return;
	strlcpy(work.command, command, sizeof(work.command));
	strlcpy(work.object, object != NULL ? object : "", sizeof(work.object));
	pg_atomic_write_u64(&mine->done, 0);
	SpinLockAcquire(&mine->lock);
	mine->work = work;
	SpinLockRelease(&mine->lock);
}

void
progress_advance(int64 units)
{
	if (mine != NULL && depth == 1)
		pg_atomic_write_u64(&mine->done, pg_atomic_read_u64(&mine->done) + units);
}

void
progress_end(void)
{
	if (depth > 0 && --depth == 0)
		leave();
}

/* pdauth.progress_begin(command text, object text, total bigint) returns void */
Datum
pdauth_progress_begin(PG_FUNCTION_ARGS)
{
	progress_begin(text_to_cstring(PG_GETARG_TEXT_PP(0)), text_to_cstring(PG_GETARG_TEXT_PP(1)), PG_GETARG_INT64(2));
	PG_RETURN_VOID();
}

/* pdauth.progress_advance(units bigint) returns void */
Datum
pdauth_progress_advance(PG_FUNCTION_ARGS)
{
	progress_advance(PG_GETARG_INT64(0));
	PG_RETURN_VOID();
}

/* pdauth.progress_end() returns void */
Datum
pdauth_progress_end(PG_FUNCTION_ARGS)
{
	progress_end();
	PG_RETURN_VOID();
}

/* pdauth.progress_status(): see 525_progress.sql for the columns. */
Datum
pdauth_progress_status(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; slots != NULL && i < SLOTS; i++)
	{
		uint32		pid = pg_atomic_read_u32(&slots[i].pid);
		Work		work;
		Datum		values[STATUS_COLUMNS];
		bool		nulls[STATUS_COLUMNS] = {0};

		SpinLockAcquire(&slots[i].lock);
		work = slots[i].work;
		SpinLockRelease(&slots[i].lock);
		/* it is written after the slot was taken */
		if (pid == 0 || work.command[0] == '\0')
			continue;
		values[STATUS_PID] = Int32GetDatum((int32) pid);
		values[STATUS_DATABASE] = ObjectIdGetDatum(work.database);
		values[STATUS_COMMAND] = CStringGetTextDatum(work.command);
		values[STATUS_OBJECT] = CStringGetTextDatum(work.object);
		nulls[STATUS_OBJECT] = work.object[0] == '\0';
		values[STATUS_STARTED_AT] = TimestampTzGetDatum(work.started_at);
		values[STATUS_DONE] = Int64GetDatum((int64) pg_atomic_read_u64(&slots[i].done));
		values[STATUS_TOTAL] = Int64GetDatum(work.total);
		nulls[STATUS_TOTAL] = work.total == 0;
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

static Size
slots_size(void)
{
	return SLOTS * sizeof(Slot);
}

static void
attach_memory(void *memory, bool is_new)
{
	slots = memory;
	for (int i = 0; is_new && i < SLOTS; i++)
	{
		memset(&slots[i], 0, sizeof(Slot));
		pg_atomic_init_u32(&slots[i].pid, 0);
		pg_atomic_init_u64(&slots[i].done, 0);
		SpinLockInit(&slots[i].lock);
	}
}

static const SharedPiece piece = {"pdauth progress", slots_size, attach_memory, NULL};

void
progress_init(void)
{
	shared_memory_need(&piece);
}
