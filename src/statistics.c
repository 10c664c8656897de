/*
 * statistics.c
 *		Counters in shared memory.
 *
 * Each counter is kept in several shards on cache lines of their own, and a
 * process always counts in the same one, so that readers on many processors
 * do not pass one cache line around.  Reading adds the shards up; a sum taken
 * while others count is never torn, only a moment old.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "port/atomics.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "shared_memory.h"
#include "statistics.h"

PG_FUNCTION_INFO_V1(pdauth_statistics);
PG_FUNCTION_INFO_V1(pdauth_statistics_reset);
PG_FUNCTION_INFO_V1(pdauth_count_refusal);

#define SHARDS 16

/* Columns of pdauth.statistics(). */
enum
{
	COLUMN_COUNTER, COLUMN_RULE, COLUMN_SQLSTATE, COLUMN_VALUE, COLUMN_SINCE, COLUMNS
};

static const char *const statistic_names[] = {
	[STATISTIC_CHECKS] = "checks",
	[STATISTIC_RESTRICTED] = "restricted",
	[STATISTIC_MASKED] = "masked",
	[STATISTIC_BREAK_GLASS] = "break glass",
	[STATISTIC_OBSERVED] = "observed",
	[STATISTIC_EMPTY] = "empty",
	[STATISTIC_DECISIONS] = "decisions",
	[STATISTIC_REGISTER] = "register refusals",
};

typedef struct Statistics
{
	pg_atomic_uint64 since;		/* a TimestampTz */
	pg_atomic_uint64 counters[FLEXIBLE_ARRAY_MEMBER];	/* SHARDS times shard_size() */
} Statistics;

static Statistics *statistics = NULL;
/* Statistics, then rules; rounded up to whole cache lines and one between. */
static int
shard_size(void)
{
	int			per_line = PG_CACHE_LINE_SIZE / sizeof(pg_atomic_uint64);

	return ((STATISTIC_COUNT + pdauth_rule_count()) / per_line + 2) * per_line;
}

static Size
statistics_size(void)
{
	return offsetof(Statistics, counters) + sizeof(pg_atomic_uint64) * SHARDS * shard_size();
}

static void
count(int counter, int number)
{
	if (statistics != NULL && number > 0)
		pg_atomic_fetch_add_u64(&statistics->counters[(MyProcPid % SHARDS) * shard_size() + counter], number);
}

void
statistics_count(Statistic statistic)
{
	count(statistic, 1);
}

void
statistics_add(Statistic statistic, int number)
{
	count(statistic, number);
}

void
statistics_count_refusal(PdauthRule rule)
{
	count(STATISTIC_COUNT + rule, 1);
}

void
statistics_count_register_refusal(const char *rule)
{
	PdauthRule	known;

	if (pdauth_rule_by_id(rule, &known))
		statistics_count_refusal(known);
	else
		statistics_count(STATISTIC_REGISTER);
}

/* pdauth.count_refusal(rule text) returns void */
Datum
pdauth_count_refusal(PG_FUNCTION_ARGS)
{
	statistics_count_register_refusal(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}

static uint64
total(int counter)
{
	uint64		sum = 0;

	for (int shard = 0; shard < SHARDS; shard++)
		sum += pg_atomic_read_u64(&statistics->counters[shard * shard_size() + counter]);
	return sum;
}

static void
put_counter(ReturnSetInfo *result, const char *name, const char *rule, const char *sqlstate, int counter)
{
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};

	values[COLUMN_COUNTER] = CStringGetTextDatum(name);
	nulls[COLUMN_RULE] = nulls[COLUMN_SQLSTATE] = rule == NULL;
	if (rule != NULL)
	{
		values[COLUMN_RULE] = CStringGetTextDatum(rule);
		values[COLUMN_SQLSTATE] = CStringGetTextDatum(sqlstate);
	}
	values[COLUMN_VALUE] = Int64GetDatum((int64) total(counter));
	values[COLUMN_SINCE] = TimestampTzGetDatum((TimestampTz) pg_atomic_read_u64(&statistics->since));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* pdauth.statistics(): one row for each counter, and one of "refusals" for each rule */
Datum
pdauth_statistics(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	pdauth_require_preload();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < STATISTIC_COUNT; i++)
		put_counter(result, statistic_names[i], NULL, NULL, i);
	for (int rule = 0; rule < pdauth_rule_count(); rule++)
		put_counter(result, "refusals", pdauth_rule_id(rule), pdauth_rule_sqlstate(rule),
					STATISTIC_COUNT + rule);
	return (Datum) 0;
}

static void
clear(void)
{
	for (int i = 0; i < SHARDS * shard_size(); i++)
		pg_atomic_write_u64(&statistics->counters[i], 0);
	pg_atomic_write_u64(&statistics->since, (uint64) GetCurrentTimestamp());
}

/* pdauth.statistics_reset() returns void */
Datum
pdauth_statistics_reset(PG_FUNCTION_ARGS)
{
	pdauth_require_preload();
	clear();
	ereport(LOG,
			(errmsg("pdauth statistics were reset by \"%s\"", GetUserNameFromId(GetSessionUserId(), true))));
	PG_RETURN_VOID();
}

static void
attach_memory(void *memory, bool is_new)
{
	statistics = memory;
	if (!is_new)
		return;
	pg_atomic_init_u64(&statistics->since, 0);
	for (int i = 0; i < SHARDS * shard_size(); i++)
		pg_atomic_init_u64(&statistics->counters[i], 0);
	clear();
}

static const SharedPiece piece = {"pdauth statistics", statistics_size, attach_memory, NULL};

void
statistics_init(void)
{
	shared_memory_need(&piece);
}
