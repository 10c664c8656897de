/*
 * deadline.c
 *		When terms end and duties fall due.
 *
 * Sources: Civil Code (民法典) Arts. 201 to 203, Administrative Licensing Law
 * (行政许可法) Arts. 45, 50 and 82.  The day of the event never counts; a term
 * in days, months or years that ends on a rest day ends on the next working
 * day; counted backwards, where the text of the law is silent, it moves to the
 * working day before, so that the duty is not shortened for the other side.
 */
#include "pdauth.h"

#include "utils/builtins.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "calendar.h"
#include "clock.h"
#include "rule.h"
#include "term.h"

PG_FUNCTION_INFO_V1(pdauth_term_end);
PG_FUNCTION_INFO_V1(pdauth_term_end_units);
PG_FUNCTION_INFO_V1(pdauth_deadline);
PG_FUNCTION_INFO_V1(pdauth_deadline_units);
PG_FUNCTION_INFO_V1(pdauth_deadline_suspended);
PG_FUNCTION_INFO_V1(pdauth_deadline_before);
PG_FUNCTION_INFO_V1(pdauth_deadline_before_units);
PG_FUNCTION_INFO_V1(pdauth_publicity_end);
PG_FUNCTION_INFO_V1(pdauth_publicity_next);
PG_FUNCTION_INFO_V1(pdauth_instant_at);
PG_FUNCTION_INFO_V1(pdauth_receipt_day);
PG_FUNCTION_INFO_V1(pdauth_workdays_range);
PG_FUNCTION_INFO_V1(pdauth_workdays_multirange);

/* Arts. 201 and 202 only. */
static DateADT
term_end(FunctionCallInfo fcinfo, int calendar, DateADT start, Term term)
{
	if (term.unit != TERM_WORKDAY)
		return term_shift(start, term, false);
	return calendar_add(calendar_argument(fcinfo, calendar), start, term.amount, HORIZON_DUTY);
}

/* With Art. 203. */
static DateADT
deadline(const Calendar *calendar, DateADT start, Term term)
{
	if (term.unit == TERM_WORKDAY)
		return calendar_add(calendar, start, term.amount, HORIZON_DUTY);
	return calendar_following(calendar, term_shift(start, term, false), HORIZON_DUTY);
}

static DateADT
deadline_before(const Calendar *calendar, DateADT end, Term term)
{
	if (term.unit == TERM_WORKDAY)
		return calendar_add(calendar, end, -term.amount, HORIZON_DUTY);
	return calendar_preceding(calendar, term_shift(end, term, true), HORIZON_DUTY);
}

/* pdauth.term_end(start date, term [, calendar text]) returns date */
Datum
pdauth_term_end(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(term_end(fcinfo, 2, PG_GETARG_DATEADT(0), PG_GETARG_TERM(1)));
}

/* pdauth.term_end(start date, amount integer, unit text [, calendar text]) returns date */
Datum
pdauth_term_end_units(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(term_end(fcinfo, 3, PG_GETARG_DATEADT(0),
							   term_from(PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2))));
}

/* pdauth.deadline(start date, term [, calendar text]) returns date */
Datum
pdauth_deadline(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(deadline(calendar_argument(fcinfo, 2), PG_GETARG_DATEADT(0), PG_GETARG_TERM(1)));
}

/* pdauth.deadline(start date, amount integer, unit text [, calendar text]) returns date */
Datum
pdauth_deadline_units(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(deadline(calendar_argument(fcinfo, 3), PG_GETARG_DATEADT(0),
							   term_from(PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2))));
}

/* pdauth.deadline_before(day date, term [, calendar text]) returns date */
Datum
pdauth_deadline_before(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(deadline_before(calendar_argument(fcinfo, 2), PG_GETARG_DATEADT(0),
									  PG_GETARG_TERM(1)));
}

/* pdauth.deadline_before(day date, amount integer, unit text [, calendar text]) returns date */
Datum
pdauth_deadline_before_units(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(deadline_before(calendar_argument(fcinfo, 3), PG_GETARG_DATEADT(0),
									  term_from(PG_GETARG_INT32(1), PG_GETARG_TEXT_PP(2))));
}

/* Bounds of one range; the special dates count as no bound at all. */
static void
get_bounds(TypeCacheEntry *type, const MultirangeType *ranges, uint32 i, RangeBound *lower, RangeBound *upper)
{
	multirange_get_bounds(type, ranges, i, lower, upper);
	if (!lower->infinite && DATE_NOT_FINITE(DatumGetDateADT(lower->val)))
		lower->infinite = true;
	if (!upper->infinite && DATE_NOT_FINITE(DatumGetDateADT(upper->val)))
		upper->infinite = true;
}

static DateADT
skip_days(const Calendar *calendar, DateADT after, int32 days, bool workdays)
{
	Term		term = {days, TERM_DAY};

	return workdays ? calendar_add(calendar, after, days, HORIZON_DUTY) : term_shift(after, term, false);
}

/*
 * Have so many counted days after the cursor passed by the day before?  If so,
 * end is the day on which they have.  Asks nothing of days after it, which may
 * not be announced.
 */
static bool
ends_by(const Calendar *calendar, DateADT cursor, int32 days, bool workdays, DateADT before, DateADT *end)
{
	if (workdays && days > 0 && (before == cursor ||
								 (before <= calendar->horizon &&
								  calendar_count(calendar, cursor, before, HORIZON_DUTY) < days)))
		return false;
	*end = skip_days(calendar, cursor, days, workdays);
	return *end <= before;
}

/*
 * The day on which so many counted days outside the suspended ones have passed;
 * false if the clock stands still for good before that.
 */
static bool
end_with_suspension(const Calendar *calendar, DateADT start, int32 days, bool workdays,
					TypeCacheEntry *type, const MultirangeType *suspended, DateADT *end)
{
	DateADT		cursor = start; /* days up to here have been dealt with */
	DateADT		before;
	RangeBound	lower,
				upper;

	for (uint32 i = 0; i < suspended->rangeCount; i++)
	{
		get_bounds(type, suspended, i, &lower, &upper);
		if (!upper.infinite && DatumGetDateADT(upper.val) - 1 <= cursor)
			continue;
		before = lower.infinite ? cursor : Max(cursor, DatumGetDateADT(lower.val) - 1);
		if (ends_by(calendar, cursor, days, workdays, before, end))
			return true;
		if (upper.infinite)
			return false;
		days -= workdays ? calendar_count(calendar, cursor, before, HORIZON_DUTY) : before - cursor;
		cursor = DatumGetDateADT(upper.val) - 1;
	}
	*end = skip_days(calendar, cursor, days, workdays);
	return true;
}

/* The first working day from the day on that is not suspended; false if there is none. */
static bool
roll_past_suspension(const Calendar *calendar, TypeCacheEntry *type,
					 const MultirangeType *suspended, DateADT *day)
{
	RangeBound	lower,
				upper;

	*day = calendar_following(calendar, *day, HORIZON_DUTY);
	for (uint32 i = 0; i < suspended->rangeCount; i++)
	{
		get_bounds(type, suspended, i, &lower, &upper);
		if (!lower.infinite && DatumGetDateADT(lower.val) > *day)
			break;
		if (upper.infinite)
			return false;
		if (DatumGetDateADT(upper.val) > *day)
			*day = calendar_following(calendar, DatumGetDateADT(upper.val), HORIZON_DUTY);
	}
	return true;
}

/* pdauth.deadline_suspended(start date, term, suspended datemultirange [, calendar text]) returns date */
Datum
pdauth_deadline_suspended(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 3);
	DateADT		start = PG_GETARG_DATEADT(0);
	Term		term = PG_GETARG_TERM(1);
	const MultirangeType *suspended = PG_GETARG_MULTIRANGE_P(2);
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(suspended), TYPECACHE_MULTIRANGE_INFO)->rngtype;
	bool		workdays = term.unit == TERM_WORKDAY;
	int32		days = term.amount;
	DateADT		end;

	if (DATE_NOT_FINITE(start) || suspended->rangeCount == 0)
		PG_RETURN_DATEADT(deadline(calendar, start, term));
	if (!workdays)
		days = term_shift(start, term, false) - start;
	if (!end_with_suspension(calendar, start, days, workdays, type, suspended, &end))
		PG_RETURN_NULL();
	if (!workdays && !roll_past_suspension(calendar, type, suspended, &end))
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(end);
}

static int32
publicity_days(FunctionCallInfo fcinfo)
{
	int32		days = PG_GETARG_INT32(1);

	if (days < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("publicity lasts at least one working day")));
	return days;
}

/* pdauth.publicity_end(posted date, workdays integer [, calendar text]) returns date */
Datum
pdauth_publicity_end(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 2);

	PG_RETURN_DATEADT(calendar_add(calendar, PG_GETARG_DATEADT(0), publicity_days(fcinfo), HORIZON_MINIMUM));
}

/* pdauth.publicity_next(posted date, workdays integer [, calendar text]) returns date */
Datum
pdauth_publicity_next(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 2);
	DateADT		end = calendar_add(calendar, PG_GETARG_DATEADT(0), publicity_days(fcinfo), HORIZON_MINIMUM);

	PG_RETURN_DATEADT(calendar_add(calendar, end, 1, HORIZON_MINIMUM));
}

/* pdauth.instant_at(day date, closes time) returns timestamptz */
Datum
pdauth_instant_at(PG_FUNCTION_ARGS)
{
	PG_RETURN_TIMESTAMPTZ(clock_instant_of(PG_GETARG_DATEADT(0), PG_GETARG_TIMEADT(1)));
}

/* pdauth.receipt_day(received timestamptz, policy text, closes time [, calendar text]) returns date */
Datum
pdauth_receipt_day(PG_FUNCTION_ARGS)
{
	TimestampTz received = PG_GETARG_TIMESTAMPTZ(0);
	char	   *policy = text_to_cstring(PG_GETARG_TEXT_PP(1));
	TimeADT		closes = PG_GETARG_TIMEADT(2);
	bool		business = strcmp(policy, "business") == 0;
	const Calendar *calendar;
	DateADT		day;

	if (!business && strcmp(policy, "calendar") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown receipt policy \"%s\"", policy),
				 errhint("calendar: the day of arrival. business: the next working day if it arrived after hours or on a rest day.")));
	if (TIMESTAMP_NOT_FINITE(received))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("nothing is received at an infinite time")));
	day = clock_date_of(received);
	if (!business)
		PG_RETURN_DATEADT(day);
	calendar = calendar_argument(fcinfo, 3);
	if (received > clock_instant_of(day, closes))
		PG_RETURN_DATEADT(calendar_add(calendar, day, 1, HORIZON_DUTY));
	PG_RETURN_DATEADT(calendar_following(calendar, day, HORIZON_DUTY));
}

static int32
workdays_between(const Calendar *calendar, const RangeBound *lower, const RangeBound *upper)
{
	if (lower->infinite || upper->infinite ||
		DATE_NOT_FINITE(DatumGetDateADT(lower->val)) || DATE_NOT_FINITE(DatumGetDateADT(upper->val)))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("working days cannot be counted in an unbounded range")));
	/* daterange is canonical: lower inclusive, upper exclusive */
	return calendar_count(calendar, DatumGetDateADT(lower->val) - 1, DatumGetDateADT(upper->val) - 1,
						  HORIZON_DUTY);
}

/* pdauth.workdays(days daterange [, calendar text]) returns integer */
Datum
pdauth_workdays_range(PG_FUNCTION_ARGS)
{
	RangeType  *days = PG_GETARG_RANGE_P(0);
	TypeCacheEntry *type = lookup_type_cache(RangeTypeGetOid(days), TYPECACHE_RANGE_INFO);
	RangeBound	lower,
				upper;
	bool		is_empty;

	range_deserialize(type, days, &lower, &upper, &is_empty);
	if (is_empty)
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(workdays_between(calendar_argument(fcinfo, 1), &lower, &upper));
}

/* pdauth.workdays(days datemultirange [, calendar text]) returns integer */
Datum
pdauth_workdays_multirange(PG_FUNCTION_ARGS)
{
	MultirangeType *days = PG_GETARG_MULTIRANGE_P(0);
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(days), TYPECACHE_MULTIRANGE_INFO);
	const Calendar *calendar = calendar_argument(fcinfo, 1);
	int32		total = 0;
	RangeBound	lower,
				upper;

	for (uint32 i = 0; i < days->rangeCount; i++)
	{
		multirange_get_bounds(type->rngtype, days, i, &lower, &upper);
		total += workdays_between(calendar, &lower, &upper);
	}
	PG_RETURN_INT32(total);
}
