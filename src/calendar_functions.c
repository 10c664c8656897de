/*
 * calendar_functions.c
 *		SQL face of the working-day primitives.  Each comes with and without a
 *		calendar as its last argument.
 */
#include "pdauth.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "calendar.h"

PG_FUNCTION_INFO_V1(pdauth_is_workday);
PG_FUNCTION_INFO_V1(pdauth_day_kind);
PG_FUNCTION_INFO_V1(pdauth_workday_add);
PG_FUNCTION_INFO_V1(pdauth_workday_count);
PG_FUNCTION_INFO_V1(pdauth_workday_adjust);

static const char *const kind_names[] = {
	[DAY_WORKDAY] = "workday",
	[DAY_WEEKEND] = "weekend",
	[DAY_STATUTORY_HOLIDAY] = "statutory_holiday",
	[DAY_ADJUSTED_REST_DAY] = "adjusted_rest_day",
	[DAY_MAKEUP_WORKDAY] = "makeup_workday",
};

/* The calendar named by argument n, or the default if the call has fewer arguments. */
static const Calendar *
calendar_argument(FunctionCallInfo fcinfo, int n)
{
	return calendar_lookup(PG_NARGS() > n ? text_to_cstring(PG_GETARG_TEXT_PP(n)) : NULL);
}

Datum
pdauth_is_workday(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(calendar_is_workday(calendar_argument(fcinfo, 1), PG_GETARG_DATEADT(0)));
}

Datum
pdauth_day_kind(PG_FUNCTION_ARGS)
{
	DayKind		kind = calendar_day_kind(calendar_argument(fcinfo, 1), PG_GETARG_DATEADT(0));

	PG_RETURN_TEXT_P(cstring_to_text(kind_names[kind]));
}

Datum
pdauth_workday_add(PG_FUNCTION_ARGS)
{
	PG_RETURN_DATEADT(calendar_workday_add(calendar_argument(fcinfo, 2), PG_GETARG_DATEADT(0),
										   PG_GETARG_INT32(1)));
}

Datum
pdauth_workday_count(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(calendar_workday_count(calendar_argument(fcinfo, 2), PG_GETARG_DATEADT(0),
										   PG_GETARG_DATEADT(1)));
}

static bool
same_month(DateADT one, DateADT other)
{
	int			years[2],
				months[2],
				day;

	j2date(one + POSTGRES_EPOCH_JDATE, &years[0], &months[0], &day);
	j2date(other + POSTGRES_EPOCH_JDATE, &years[1], &months[1], &day);
	return years[0] == years[1] && months[0] == months[1];
}

/* workday_adjust(day, convention): a rest day moves to a working day beside it. */
Datum
pdauth_workday_adjust(PG_FUNCTION_ARGS)
{
	DateADT		day = PG_GETARG_DATEADT(0);
	char	   *convention = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const Calendar *calendar = calendar_argument(fcinfo, 2);
	bool		modified = strncmp(convention, "modified_", strlen("modified_")) == 0;
	const char *direction = modified ? convention + strlen("modified_") : convention;
	int			step;
	DateADT		moved;

	if (strcmp(direction, "following") == 0)
		step = 1;
	else if (strcmp(direction, "preceding") == 0)
		step = -1;
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown convention \"%s\"", convention),
				 errhint("Use following, preceding, modified_following or modified_preceding.")));
	if (calendar_is_workday(calendar, day))
		PG_RETURN_DATEADT(day);
	moved = calendar_workday_add(calendar, day, step);
	if (modified && !same_month(day, moved))
		moved = calendar_workday_add(calendar, day, -step);
	PG_RETURN_DATEADT(moved);
}
