/*
 * clock.c
 *		Trusted time in Asia/Shanghai (rule X-3).
 *
 * The setting pdauth.clock makes time stand still at one instant, for tests and
 * rehearsals.  Only a superuser who logged in as one can set it, by SET in the
 * running session: no file, connection option, role or database can leave it
 * behind.  Each setting is written to the server log at once, and to the table
 * pdauth.clock_change when the transaction commits; one that cannot write does
 * not commit, except on a standby.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "clock.h"

PG_FUNCTION_INFO_V1(pdauth_clock_now);
PG_FUNCTION_INFO_V1(pdauth_clock_today);
PG_FUNCTION_INFO_V1(pdauth_clock_stands);

static char *clock_setting = NULL;
static bool clock_stands = false;
static TimestampTz clock_instant = 0;

TimestampTz
clock_now(void)
{
	if (unlikely(clock_stands))
		return clock_instant;
	return GetCurrentTimestamp();
}

DateADT
clock_date_of(TimestampTz instant)
{
	int64		local = instant + CLOCK_SHANGHAI_OFFSET;
	int64		day = local / USECS_PER_DAY;

	if (local % USECS_PER_DAY < 0)
		day--;
	return (DateADT) day;
}

TimestampTz
clock_instant_of(DateADT day, TimeADT time)
{
	TimestampTz instant;

	if (DATE_IS_NOBEGIN(day))
		return DT_NOBEGIN;
	if (DATE_IS_NOEND(day))
		return DT_NOEND;
	if (pg_mul_s64_overflow(day, USECS_PER_DAY, &instant) ||
		pg_add_s64_overflow(instant, time - CLOCK_SHANGHAI_OFFSET, &instant) ||
		!IS_VALID_TIMESTAMP(instant))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return instant;
}

bool
clock_stands_still(void)
{
	return clock_stands;
}

DateADT
clock_today(void)
{
	return clock_date_of(clock_now());
}

/*
 * YYYY-MM-DD, optionally followed by HH:MM[:SS]: a wall-clock time in
 * Asia/Shanghai.  No zone is accepted, so none can be mistaken.
 */
static bool
parse_clock(const char *text, TimestampTz *instant)
{
	int			year,
				month,
				day,
				hour = 0,
				minute = 0,
				second = 0,
				used = 0;
	int			fields = sscanf(text, "%4d-%2d-%2d%n%*1[ T]%2d:%2d%n:%2d%n",
								&year, &month, &day, &used, &hour, &minute, &used, &second, &used);

	if ((fields != 3 && fields != 5 && fields != 6) || text[used] != '\0')
		return false;
	if (year < 1992 || month < 1 || month > MONTHS_PER_YEAR ||
		day < 1 || day > day_tab[isleap(year)][month - 1] ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
		return false;
	*instant = clock_instant_of(date2j(year, month, day) - POSTGRES_EPOCH_JDATE,
								((hour * MINS_PER_HOUR + minute) * SECS_PER_MINUTE + second) * USECS_PER_SEC);
	return true;
}

/* What the running transaction has done to the clock, not yet recorded: C strings, "" for a reset. */
static List *unrecorded = NIL;

static void at_transaction_end(XactEvent event, void *argument);

static void
remember_change(const char *value)
{
	static bool registered = false;
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);

	pdauth_register_at_end(&registered, at_transaction_end, NULL);
	unrecorded = lappend(unrecorded, pstrdup(value));
	MemoryContextSwitchTo(caller);
}

static void
record_change(const char *value)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(value)};
	char		nulls[] = {*value == '\0' ? 'n' : ' '};

	if (SPI_execute_with_args("INSERT INTO pdauth.clock_change (clock) VALUES ($1)",
							  1, types, values, nulls, false, 0) != SPI_OK_INSERT)
		elog(ERROR, "could not record a change of pdauth.clock");
}

/* As the table's owner: whoever set the clock may by now act for another role. */
static void
record_changes(Oid table)
{
	Oid			user;
	int			security;
	ListCell   *cell;

	GetUserIdAndSecContext(&user, &security);
	SetUserIdAndSecContext(pdauth_table_owner(table), security | SECURITY_LOCAL_USERID_CHANGE);
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	foreach(cell, unrecorded)
		record_change(lfirst(cell));
	SPI_finish();
	PopActiveSnapshot();
	SetUserIdAndSecContext(user, security);
}

static void
refuse_unrecorded(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
			 errmsg("pdauth.clock cannot be changed in a read-only transaction"),
			 errdetail("Each change is recorded in pdauth.clock_change (rule X-3, trusted time)."),
			 errhint("Set it in a transaction that can write.")));
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	Oid			table;

	if (unrecorded == NIL)
		return;
	if (event == XACT_EVENT_PRE_COMMIT || event == XACT_EVENT_PRE_PREPARE)
	{
		/* without the extension no decision is taken in this database, and there is no table */
		table = pdauth_relation_oid("clock_change");
		if (!RecoveryInProgress() && OidIsValid(table))
		{
			if (XactReadOnly)
				refuse_unrecorded();
			record_changes(table);
		}
	}
	unrecorded = NIL;
}

static bool
may_set_clock(GucSource source)
{
	/* a worker takes over what its leader was allowed to set */
	if (InitializingParallelWorker)
		return true;
	return source == PGC_S_SESSION && IsTransactionState() &&
		superuser_arg(GetSessionUserId()) && superuser();
}

static bool
check_clock(char **value, void **extra, GucSource source)
{
	TimestampTz instant;

	if (*value == NULL || (*value)[0] == '\0')
		return true;
	if (!may_set_clock(source))
	{
		GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
		GUC_check_errdetail("pdauth.clock can only be set by SET in a superuser's own session (rule X-3, trusted time).");
		return false;
	}
	if (!parse_clock(*value, &instant))
	{
		GUC_check_errhint("Write a time of Asia/Shanghai without zone, such as 2026-10-14 09:00.");
		return false;
	}
	*extra = compat_guc_malloc(sizeof(TimestampTz));
	if (*extra == NULL)
		return false;
	memcpy(*extra, &instant, sizeof(TimestampTz));
	if (!InitializingParallelWorker)
	{
		remember_change(*value);
		ereport(LOG,
				(errmsg("pdauth.clock is set to %s by \"%s\"", *value,
						GetUserNameFromId(GetSessionUserId(), false))));
	}
	return true;
}

static void
assign_clock(const char *value, void *extra)
{
	/* set back by RESET or SET, not by the end of a transaction */
	if (clock_stands && extra == NULL && IsTransactionState() && !IsParallelWorker())
		remember_change("");
	clock_stands = extra != NULL;
	if (clock_stands)
		memcpy(&clock_instant, extra, sizeof(TimestampTz));
}

void
clock_init(void)
{
	DefineCustomStringVariable("pdauth.clock",
							   "Instant at which pdauth's time stands still, for tests and rehearsals.",
							   "A time of Asia/Shanghai. Only superusers can set it, and only by SET in their session.",
							   &clock_setting, "", PGC_SUSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_DISALLOW_IN_AUTO_FILE,
							   check_clock, assign_clock, NULL);
}

/* pdauth.clock_now() returns timestamptz */
Datum
pdauth_clock_now(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(clock_now());
}

/* pdauth.clock_today() returns date */
Datum
pdauth_clock_today(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(clock_today());
}

/* pdauth.clock_stands() returns boolean */
Datum
pdauth_clock_stands(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(clock_stands);
}
