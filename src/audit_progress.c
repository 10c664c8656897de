/*
 * audit_progress.c
 *		Slots of running verifications.
 */
#include "pdauth.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "audit_progress.h"
#include "shared_memory.h"

PG_FUNCTION_INFO_V1(pdauth_verify_progress);

/* Verifications at a time that can be watched and have workers. */
#define SLOTS 16

static VerifyProgress *slots = NULL;
/* Columns of pdauth.verify_progress(). */
enum
{
	PROGRESS_PID, PROGRESS_DATABASE, PROGRESS_STARTED_AT, PROGRESS_PHASE, PROGRESS_WORKERS,
	PROGRESS_FIRST, PROGRESS_LAST, PROGRESS_BLOCKS, PROGRESS_ENTRIES, PROGRESS_FINDINGS,
	PROGRESS_COMPLETE_TO, PROGRESS_COLUMNS
};

static const char *const phase_names[] = {
	[VERIFY_COUNTING] = "counting entries",
	[VERIFY_BLOCKS] = "checking blocks",
	[VERIFY_SEARCHING] = "searching for inserted entries",
};

static void
clear(VerifyProgress *progress)
{
	progress->database = MyDatabaseId;
	progress->started_at = GetCurrentTimestamp();
	progress->participants = 0;
	pg_atomic_write_u32(&progress->phase, VERIFY_COUNTING);
	pg_atomic_write_u64(&progress->next, 0);
	pg_atomic_write_u64(&progress->blocks, 0);
	pg_atomic_write_u64(&progress->matched, 0);
	pg_atomic_write_u64(&progress->intact, 0);
	pg_atomic_write_u64(&progress->findings, 0);
	for (int i = 0; i < VERIFY_PARTICIPANTS; i++)
		pg_atomic_write_u64(&progress->at[i], PG_UINT64_MAX);
}

VerifyProgress *
audit_progress_start(bool *is_shared)
{
	VerifyProgress *progress;

	for (int i = 0; slots != NULL && i < SLOTS; i++)
	{
		uint32		nobody = 0;

		if (pg_atomic_compare_exchange_u32(&slots[i].pid, &nobody, MyProcPid))
		{
			clear(&slots[i]);
			*is_shared = true;
			return &slots[i];
		}
	}
	progress = palloc0(sizeof(VerifyProgress));
	clear(progress);
	*is_shared = false;
	return progress;
}

void
audit_progress_end(VerifyProgress *progress)
{
	pg_atomic_write_u32(&progress->pid, 0);
}

int
audit_progress_number(const VerifyProgress *progress)
{
	return progress - slots;
}

VerifyProgress *
audit_progress_slot(int number)
{
	return &slots[number];
}

int64
audit_progress_complete_to(VerifyProgress *progress)
{
	uint64		lowest = pg_atomic_read_u64(&progress->next);

	for (int i = 0; i < progress->participants; i++)
		lowest = Min(lowest, pg_atomic_read_u64(&progress->at[i]));
	return Min((int64) lowest - 1, progress->last);
}

/* pdauth.verify_progress(): see 520_audit_verify.sql for the columns. */
Datum
pdauth_verify_progress(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; slots != NULL && i < SLOTS; i++)
	{
		VerifyProgress *slot = &slots[i];
		Datum		v[PROGRESS_COLUMNS];
		bool		n[PROGRESS_COLUMNS] = {0};

		v[PROGRESS_PID] = Int32GetDatum((int32) pg_atomic_read_u32(&slot->pid));
		if (DatumGetInt32(v[PROGRESS_PID]) == 0)
			continue;
		v[PROGRESS_DATABASE] = ObjectIdGetDatum(slot->database);
		v[PROGRESS_STARTED_AT] = TimestampTzGetDatum(slot->started_at);
		v[PROGRESS_PHASE] = CStringGetTextDatum(phase_names[pg_atomic_read_u32(&slot->phase)]);
		v[PROGRESS_WORKERS] = Int32GetDatum(Max(slot->participants - 1, 0));
		v[PROGRESS_FIRST] = Int64GetDatum(slot->first);
		v[PROGRESS_LAST] = Int64GetDatum(slot->last);
		v[PROGRESS_BLOCKS] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->blocks));
		v[PROGRESS_ENTRIES] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->matched));
		v[PROGRESS_FINDINGS] = Int64GetDatum((int64) pg_atomic_read_u64(&slot->findings));
		v[PROGRESS_COMPLETE_TO] = Int64GetDatum(audit_progress_complete_to(slot));
		n[PROGRESS_COMPLETE_TO] = DatumGetInt64(v[PROGRESS_COMPLETE_TO]) < slot->first;
		tuplestore_putvalues(result->setResult, result->setDesc, v, n);
	}
	return (Datum) 0;
}

static Size
slots_size(void)
{
	return SLOTS * sizeof(VerifyProgress);
}

static void
attach_memory(void *memory, bool is_new)
{
	slots = memory;
	for (int i = 0; is_new && i < SLOTS; i++)
	{
		pg_atomic_init_u32(&slots[i].pid, 0);
		clear(&slots[i]);
	}
}

static const SharedPiece piece = {"pdauth verifications", slots_size, attach_memory, NULL};

void
audit_progress_init(void)
{
	shared_memory_need(&piece);
}
