/*
 * calendar_functions.c
 *		SQL functions on working days.
 *
 * Each exists with and without a last argument that names the calendar; one C
 * function serves both, by the number of arguments.
 */
#include "pdauth.h"

#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"
#include "catalog/pg_type.h"

#include "calendar.h"

PG_FUNCTION_INFO_V1(pdauth_is_workday);
PG_FUNCTION_INFO_V1(pdauth_day_kind);
PG_FUNCTION_INFO_V1(pdauth_workday_add);
PG_FUNCTION_INFO_V1(pdauth_workday_count);
PG_FUNCTION_INFO_V1(pdauth_workday_adjust);
PG_FUNCTION_INFO_V1(pdauth_is_confirmed);
PG_FUNCTION_INFO_V1(pdauth_calendar_period);
PG_FUNCTION_INFO_V1(pdauth_calendar_version);
PG_FUNCTION_INFO_V1(pdauth_notice_in_force);
PG_FUNCTION_INFO_V1(pdauth_default_calendar);

/* pdauth.is_workday(day date [, calendar text]) returns boolean */
Datum
pdauth_is_workday(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 1);

	PG_RETURN_BOOL(day_kind_is_workday(calendar_day_kind(calendar, PG_GETARG_DATEADT(0), HORIZON_DUTY)));
}

/* pdauth.day_kind(day date [, calendar text]) returns text */
Datum
pdauth_day_kind(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 1);
	DayKind		kind = calendar_day_kind(calendar, PG_GETARG_DATEADT(0), HORIZON_DUTY);

	PG_RETURN_TEXT_P(cstring_to_text(day_kind_names[kind]));
}

/* pdauth.workday_add(day date, workdays integer [, calendar text]) returns date */
Datum
pdauth_workday_add(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 2);

	PG_RETURN_DATEADT(calendar_add(calendar, PG_GETARG_DATEADT(0), PG_GETARG_INT32(1), HORIZON_DUTY));
}

/* pdauth.workday_count(after date, through date [, calendar text]) returns integer */
Datum
pdauth_workday_count(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 2);

	PG_RETURN_INT32(calendar_count(calendar, PG_GETARG_DATEADT(0), PG_GETARG_DATEADT(1), HORIZON_DUTY));
}

typedef struct Convention
{
	const char *name;
	bool		forward;
	bool		same_month;
} Convention;

static const Convention conventions[] = {
	{"following", true, false},
	{"preceding", false, false},
	{"modified_following", true, true},
	{"modified_preceding", false, true},
};

static const Convention *
convention_named(const text *name)
{
	char	   *wanted = text_to_cstring(name);

	for (int i = 0; i < lengthof(conventions); i++)
	{
		if (strcmp(conventions[i].name, wanted) == 0)
			return &conventions[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown convention \"%s\"", wanted),
			 errhint("Use following, preceding, modified_following or modified_preceding.")));
	return NULL;
}

static DateADT
move_to_workday(const Calendar *calendar, DateADT day, bool forward)
{
	return forward ? calendar_following(calendar, day, HORIZON_DUTY) :
		calendar_preceding(calendar, day, HORIZON_DUTY);
}

static bool
in_same_month(DateADT one, DateADT other)
{
	int			year1,
				month1,
				day1,
				year2,
				month2,
				day2;

	j2date(one + POSTGRES_EPOCH_JDATE, &year1, &month1, &day1);
	j2date(other + POSTGRES_EPOCH_JDATE, &year2, &month2, &day2);
	return year1 == year2 && month1 == month2;
}

/* pdauth.workday_adjust(day date, convention text [, calendar text]) returns date */
Datum
pdauth_workday_adjust(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 2);
	DateADT		day = PG_GETARG_DATEADT(0);
	const Convention *convention = convention_named(PG_GETARG_TEXT_PP(1));
	DateADT		adjusted = move_to_workday(calendar, day, convention->forward);

	if (convention->same_month && !in_same_month(day, adjusted))
		adjusted = move_to_workday(calendar, day, !convention->forward);
	PG_RETURN_DATEADT(adjusted);
}

/* pdauth.is_confirmed(day date [, calendar text]) returns boolean */
Datum
pdauth_is_confirmed(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(calendar_is_confirmed(calendar_argument(fcinfo, 1), PG_GETARG_DATEADT(0)));
}

/* pdauth.calendar_period(calendar text) returns daterange */
Datum
pdauth_calendar_period(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_argument(fcinfo, 0);
	RangeBound	lower = {.val = DateADTGetDatum(calendar->first_day), .inclusive = true, .lower = true};
	RangeBound	upper = {.val = DateADTGetDatum(calendar->horizon + 1)};
	TypeCacheEntry *type = lookup_type_cache(DATERANGEOID, TYPECACHE_RANGE_INFO);

	PG_RETURN_RANGE_P(compat_make_range(type, &lower, &upper));
}

/* pdauth.calendar_version(calendar text) returns integer */
Datum
pdauth_calendar_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(calendar_argument(fcinfo, 0)->version);
}

/* pdauth.notice_in_force(calendar text, day date) returns integer */
Datum
pdauth_notice_in_force(PG_FUNCTION_ARGS)
{
	const Calendar *calendar = calendar_named(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	int32		version = calendar_notice_version(calendar, PG_GETARG_DATEADT(1));

	if (version == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(version);
}

/* pdauth.default_calendar() returns text */
Datum
pdauth_default_calendar(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(calendar_default()->name));
}
