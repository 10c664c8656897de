/*
 * mask_date.c
 *		Masks for dates and times: the beginning of their month, quarter or year.
 *
 * No server function does this without raising on some value, so the
 * arithmetic is here.  Infinite values stay (they tell nothing); what begins
 * before the first value of its type becomes NULL, as does everything if the
 * unit is not known.
 */
#include "pdauth.h"

#include "common/int.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"

#include "clock.h"
#include "mask.h"

PG_FUNCTION_INFO_V1(pdauth_mask_date);
PG_FUNCTION_INFO_V1(pdauth_mask_timestamp);
PG_FUNCTION_INFO_V1(pdauth_mask_timestamptz);

/* Months of a unit, or 0: not one that masks know. */
static int
unit_months(const text *unit)
{
	static const struct
	{
		const char *name;
		int			months;
	}			units[] = {{"month", 1}, {"quarter", 3}, {"year", 12}};

	for (int i = 0; i < lengthof(units); i++)
	{
		if (VARSIZE_ANY_EXHDR(unit) == strlen(units[i].name) &&
			memcmp(VARDATA_ANY(unit), units[i].name, strlen(units[i].name)) == 0)
			return units[i].months;
	}
	return 0;
}

/* First day of the unit that a day belongs to; false if the type has no such day. */
static bool
unit_begin(DateADT day, int months, DateADT *begin)
{
	int			year,
				month,
				day_of_month;

	if (months == 0)
		return false;
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &day_of_month);
	month -= (month - 1) % months;
	if (!IS_VALID_JULIAN(year, month, 1))
		return false;
	*begin = date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
	return IS_VALID_DATE(*begin);
}

/* pdauth.mask_date(value date, unit text) */
Datum
pdauth_mask_date(PG_FUNCTION_ARGS)
{
	DateADT		value = PG_GETARG_DATEADT(0);
	DateADT		begin;

	if (DATE_NOT_FINITE(value))
		PG_RETURN_DATEADT(value);
	if (!unit_begin(value, unit_months(PG_GETARG_TEXT_PP(1)), &begin))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(begin);
}

/* The same on a clock that is offset ahead of the stored value. */
static Datum
mask_instant(FunctionCallInfo fcinfo, int64 offset)
{
	Timestamp	value = PG_GETARG_TIMESTAMP(0);
	int64		local,
				day;
	DateADT		begin;
	Timestamp	result;

	if (TIMESTAMP_NOT_FINITE(value))
		PG_RETURN_TIMESTAMP(value);
	if (pg_add_s64_overflow(value, offset, &local))
		PG_RETURN_NULL();
	day = local / USECS_PER_DAY - (local % USECS_PER_DAY < 0 ? 1 : 0);
	if (!unit_begin((DateADT) day, unit_months(PG_GETARG_TEXT_PP(1)), &begin))
		PG_RETURN_NULL();
	result = (int64) begin * USECS_PER_DAY - offset;
	if (!IS_VALID_TIMESTAMP(result))
		PG_RETURN_NULL();
	PG_RETURN_TIMESTAMP(result);
}

/* pdauth.mask_date(value timestamp, unit text) */
Datum
pdauth_mask_timestamp(PG_FUNCTION_ARGS)
{
	return mask_instant(fcinfo, 0);
}

/* pdauth.mask_date(value timestamptz, unit text): in Asia/Shanghai, whatever the session's zone */
Datum
pdauth_mask_timestamptz(PG_FUNCTION_ARGS)
{
	return mask_instant(fcinfo, CLOCK_SHANGHAI_OFFSET);
}
