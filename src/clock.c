/*
 * clock.c
 *		Trusted time in Asia/Shanghai (rule X-3).
 */
#include "pdauth.h"

#include "common/int.h"
#include "utils/timestamp.h"

#include "clock.h"

/*
 * China has kept UTC+8 without summer time since 1991-09-15 (IANA tz database,
 * zone Asia/Shanghai), which is earlier than any date the register holds, so a
 * fixed offset is exact here and cheap enough to be asked for on every
 * statement.
 */
#define SHANGHAI_OFFSET (INT64CONST(8) * USECS_PER_HOUR)

TimestampTz
clock_now(void)
{
	return GetCurrentTimestamp();
}

DateADT
clock_date_of(TimestampTz instant)
{
	int64		local = instant + SHANGHAI_OFFSET;
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
		pg_add_s64_overflow(instant, time - SHANGHAI_OFFSET, &instant) ||
		!IS_VALID_TIMESTAMP(instant))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return instant;
}

DateADT
clock_today(void)
{
	return clock_date_of(clock_now());
}
