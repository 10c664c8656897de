/*
 * calendar.c
 *		Cache of calendars per backend, and arithmetic with working days.
 *
 * The cache is emptied by relcache invalidation of the calendar tables.  Plain
 * DML sends none, so their statement triggers ask for it (forget_cached_rows):
 * this backend reloads at its next command, also after a rollback to a
 * savepoint, other backends and standbys when the change commits.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/sinval.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "calendar.h"
#include "calendar_load.h"
#include "invalidation.h"
#include "iso_date.h"
#include "rule.h"

/* Deep enough for country, province, prefecture, county, village (check_calendar_lineage of 220_calendar_load.sql). */
#define MAX_ANCESTORS 8

const char *const day_kind_names[DAY_KIND_COUNT] = {
	[DAY_WORKDAY] = "workday",
	[DAY_WEEKEND] = "weekend",
	[DAY_STATUTORY_HOLIDAY] = "statutory_holiday",
	[DAY_ADJUSTED_REST_DAY] = "adjusted_rest_day",
	[DAY_MAKEUP_WORKDAY] = "makeup_workday",
};

static const struct config_enum_entry horizon_options[] = {
	{"error", false, false},
	{"provisional", true, false},
	{NULL, 0, false}
};

static char *default_name = NULL;
static int	provisional = false;

static MemoryContext calendars_context = NULL;
static List *calendars = NIL;		/* of Calendar *, a handful */
static bool calendars_stale = false;
static const Calendar *default_calendar = NULL;
static TimestampTz checked_statement = 0;

/* Counts up when pointers to Calendars that were handed out go bad. */
static uint64 generation = 1;

static void
forget_calendars(void)
{
	calendars_stale = false;
	default_calendar = NULL;
	calendars = NIL;
	generation++;
	if (calendars_context != NULL)
		MemoryContextDelete(calendars_context);
	calendars_context = NULL;
}

/*
 * Once per statement of the client see what other backends have committed: a
 * statement without tables takes no lock and so would never look.
 */
static inline void
catch_up(void)
{
	TimestampTz statement = GetCurrentStatementStartTimestamp();

	if (unlikely(statement != checked_statement))
	{
		checked_statement = statement;
		AcceptInvalidationMessages();
	}
	if (unlikely(calendars_stale))
		forget_calendars();
}

static const Calendar *load_named(const char *name, int depth);

static const Calendar *
load_with_parent(const char *name, int depth)
{
	const Calendar *parent = NULL;
	CalendarRow row;
	MemoryContext caller;
	Calendar   *calendar;

	if (depth > MAX_ANCESTORS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("calendar \"%s\" is its own ancestor, or more than %d generations below the first",
						name, MAX_ANCESTORS),
				 errhint("Correct the column parent of pdauth.calendar.")));
	if (!calendar_load_row(name, &row))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("calendar \"%s\" does not exist", name),
				 errhint("See the table pdauth.calendar; the national one is CN.")));
	if (row.parent != NULL)
		parent = load_named(row.parent, depth + 1);
	caller = MemoryContextSwitchTo(calendars_context);
	calendar = calendar_load(name, row.version, parent);
	calendars = lappend(calendars, calendar);
	MemoryContextSwitchTo(caller);
	return calendar;
}

static const Calendar *
load_named(const char *name, int depth)
{
	ListCell   *cell;

	foreach(cell, calendars)
	{
		if (strcmp(((Calendar *) lfirst(cell))->name, name) == 0)
			return lfirst(cell);
	}
	return load_with_parent(name, depth);
}

const Calendar *
calendar_named(const char *name)
{
	catch_up();
	if (calendars_context == NULL)
		calendars_context = AllocSetContextCreate(TopMemoryContext, "pdauth calendars",
												  ALLOCSET_SMALL_SIZES);
	return load_named(name, 0);
}

const Calendar *
calendar_default(void)
{
	catch_up();
	if (unlikely(default_calendar == NULL))
		default_calendar = calendar_named(default_name);
	return default_calendar;
}

/* What a call site remembers of its calendar argument, which hardly ever varies. */
typedef struct CallSite
{
	uint64		generation;
	const Calendar *calendar;
	Size		length;
	char		name[FLEXIBLE_ARRAY_MEMBER];
} CallSite;

static const Calendar *
remember_calendar(FmgrInfo *flinfo, const char *name, Size length)
{
	char	   *terminated = pnstrdup(name, length);
	const Calendar *calendar = calendar_named(terminated);
	CallSite   *site = MemoryContextAlloc(flinfo->fn_mcxt, offsetof(CallSite, name) + length);

	site->generation = generation;
	site->calendar = calendar;
	site->length = length;
	memcpy(site->name, name, length);
	if (flinfo->fn_extra != NULL)
		pfree(flinfo->fn_extra);
	flinfo->fn_extra = site;
	pfree(terminated);
	return calendar;
}

const Calendar *
calendar_argument(FunctionCallInfo fcinfo, int argument)
{
	const CallSite *site;
	text	   *name;

	if (PG_NARGS() <= argument)
		return calendar_default();
	catch_up();
	name = PG_GETARG_TEXT_PP(argument);
	if (fcinfo->flinfo == NULL)
		return calendar_named(text_to_cstring(name));
	site = fcinfo->flinfo->fn_extra;
	if (likely(site != NULL && site->generation == generation &&
			   site->length == VARSIZE_ANY_EXHDR(name) &&
			   memcmp(site->name, VARDATA_ANY(name), site->length) == 0))
		return site->calendar;
	return remember_calendar(fcinfo->flinfo, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
}

static pg_noinline void
refuse_infinite(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("working days cannot be counted to or from an infinite date")));
}

static pg_noinline void
refuse_early(const Calendar *calendar)
{
	char	   *first = iso_date(calendar->first_day);

	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_CALENDAR_HORIZON),
			 errmsg("calendar \"%s\" does not know the working days before %s", calendar->name, first),
			 pdauth_errdetail(PDAUTH_RULE_CALENDAR_HORIZON),
			 errhint("Compute with dates from %s on.", first)));
}

/* A day beyond the horizon is needed: refuse, unless guessing is allowed. */
static pg_noinline void
check_horizon(const Calendar *calendar, HorizonUse use)
{
	PdauthRule	rule = PDAUTH_RULE_CALENDAR_HORIZON;
	char	   *horizon;

	if (calendar->last_day < calendar->first_day)
		ereport(ERROR,
				(pdauth_errcode(rule),
				 errmsg("calendar \"%s\" has no complete notice yet", calendar->name),
				 pdauth_errdetail(rule),
				 errhint("Load one with pdauth.load_calendar_year().")));
	if (use == HORIZON_DUTY && provisional)
		return;
	if (use == HORIZON_MINIMUM)
		rule = PDAUTH_RULE_PUBLICITY_TERM;
	horizon = iso_date(calendar->horizon);
	ereport(ERROR,
			(pdauth_errcode(rule),
			 errmsg("the working days after %s are not announced in calendar \"%s\"",
					horizon, calendar->name),
			 pdauth_errdetail(rule),
			 use == HORIZON_MINIMUM ?
			 errhint("Load the next year's notice with pdauth.load_calendar_year(); a minimum period is never computed provisionally.") :
			 errhint("Load the next year's notice with pdauth.load_calendar_year(), or SET pdauth.calendar_horizon = 'provisional' to count on what is announced above it, else Monday to Friday.")));
}

/* Monday 1999-12-27: weeks without a notice are counted from here. */
#define FIRST_MONDAY (-5)

/* Days from Monday to Friday in [FIRST_MONDAY, day]; day is not before it. */
static int64
weekdays_through(int64 day)
{
	int64		days = day - FIRST_MONDAY;

	return days / 7 * 5 + Min(days % 7 + 1, 5);
}

static int64
weekday_number(int64 number)
{
	return FIRST_MONDAY + (number - 1) / 5 * 7 + (number - 1) % 5;
}

/* nth_bit[byte][n]: position of the byte's bit number n, from 0. */
static uint8 nth_bit[1 << DAYS_PER_WEEK][DAYS_PER_WEEK];

static void
number_bits(void)
{
	for (int byte = 0; byte < lengthof(nth_bit); byte++)
	{
		int			n = 0;

		for (int position = 0; position < DAYS_PER_WEEK; position++)
		{
			if (byte & (1 << position))
				nth_bit[byte][n++] = position;
		}
	}
}

/* Working days in [first_day, day]; first_day <= day <= last_day. */
static inline uint32
announced_through(const Calendar *calendar, DateADT day)
{
	uint32		distance = day - calendar->first_monday;
	uint32		week = distance / DAYS_PER_WEEK;
	uint8		until = (2 << distance % DAYS_PER_WEEK) - 1;

	return calendar->workdays_before[week] + pg_number_of_ones[calendar->workdays[week] & until];
}

/* The reverse, from 1 to workday_total: a look-up and a step or two. */
static inline DateADT
announced_workday(const Calendar *calendar, uint32 number)
{
	uint32		week = calendar->week_of_workday[(number - 1) / WORKDAYS_PER_ENTRY];

	/* about every other time: added, not branched on; more than once is rare */
	week += calendar->workdays_before[week + 1] < number;
	while (unlikely(calendar->workdays_before[week + 1] < number))
		week++;
	return calendar->first_monday + week * DAYS_PER_WEEK +
		nth_bit[calendar->workdays[week]][number - calendar->workdays_before[week] - 1];
}

/*
 * Working days in [first_day, day], for any day from first_day - 1 on; Monday
 * to Friday where nothing is announced.
 */
static inline int64
workdays_through(const Calendar *calendar, int64 day)
{
	if (likely(day >= calendar->first_day && day <= calendar->last_day))
		return announced_through(calendar, (DateADT) day);
	if (day < calendar->first_day)
		return 0;
	return calendar->workday_total + weekdays_through(day) - weekdays_through(calendar->last_day);
}

int64
calendar_workdays_through(const Calendar *calendar, int64 day)
{
	return workdays_through(calendar, day);
}

/* A working day beyond the horizon, or before the first. */
static pg_noinline DateADT
unconfirmed_workday(const Calendar *calendar, int64 number, HorizonUse use)
{
	int64		day;

	if (number < 1)
		refuse_early(calendar);
	check_horizon(calendar, use);
	if (number <= calendar->workday_total)
		return announced_workday(calendar, (uint32) number);
	day = weekday_number(number - calendar->workday_total + weekdays_through(calendar->last_day));
	if (day > DATE_END_JULIAN - 1 - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
	return (DateADT) day;
}

/* The working day with this number, from 1; the reverse of workdays_through. */
static inline DateADT
nth_workday(const Calendar *calendar, int64 number, HorizonUse use)
{
	if (likely(number >= 1 && number <= calendar->confirmed_total))
		return announced_workday(calendar, (uint32) number);
	return unconfirmed_workday(calendar, number, use);
}

/* Complains unless the calendar can say something about the day. */
static inline void
check_day(const Calendar *calendar, int64 day, HorizonUse use)
{
	if (likely(day >= calendar->first_day && day <= calendar->horizon))
		return;
	if (day < calendar->first_day)
		refuse_early(calendar);
	check_horizon(calendar, use);
}

static inline DayKind
announced_kind(const Calendar *calendar, DateADT day)
{
	uint32		distance = day - calendar->first_monday;
	uint32		week = distance / DAYS_PER_WEEK;
	uint32		weekday = distance % DAYS_PER_WEEK;
	bool		is_weekend = weekday >= 5;

	if (calendar->workdays[week] & (1 << weekday))
		return is_weekend ? DAY_MAKEUP_WORKDAY : DAY_WORKDAY;
	if (calendar->statutory[week] & (1 << weekday))
		return DAY_STATUTORY_HOLIDAY;
	return is_weekend ? DAY_WEEKEND : DAY_ADJUSTED_REST_DAY;
}

DayKind
calendar_kind_announced(const Calendar *calendar, DateADT day)
{
	if (likely(day >= calendar->first_day && day <= calendar->last_day))
		return announced_kind(calendar, day);
	return date_is_weekend(day) ? DAY_WEEKEND : DAY_WORKDAY;
}

DayKind
calendar_day_kind(const Calendar *calendar, DateADT day, HorizonUse use)
{
	if (likely(calendar_is_confirmed(calendar, day)))
		return announced_kind(calendar, day);
	if (DATE_NOT_FINITE(day))
		refuse_infinite();
	check_day(calendar, day, use);
	return calendar_kind_announced(calendar, day);
}

/*
 * Only the days that are counted must be known: the first day itself need not
 * be.  The usual case, forwards within the announced days, goes first.
 */
DateADT
calendar_add(const Calendar *calendar, DateADT day, int32 workdays, HorizonUse use)
{
	if (likely(workdays > 0 && calendar_is_confirmed(calendar, day)))
		return nth_workday(calendar, (int64) announced_through(calendar, day) + workdays, use);
	if (DATE_NOT_FINITE(day))
		refuse_infinite();
	if (workdays == 0)
		return day;
	if (workdays > 0)
	{
		check_day(calendar, (int64) day + 1, use);
		return nth_workday(calendar, workdays_through(calendar, day) + workdays, use);
	}
	check_day(calendar, (int64) day - 1, use);
	return nth_workday(calendar, workdays_through(calendar, (int64) day - 1) + workdays + 1, use);
}

int32
calendar_count(const Calendar *calendar, DateADT after, DateADT through, HorizonUse use)
{
	if (likely(calendar_is_confirmed(calendar, after) && calendar_is_confirmed(calendar, through)))
		return (int32) announced_through(calendar, through) - (int32) announced_through(calendar, after);
	if (DATE_NOT_FINITE(after) || DATE_NOT_FINITE(through))
		refuse_infinite();
	if (after == through)
		return 0;
	check_day(calendar, (int64) Min(after, through) + 1, use);
	check_day(calendar, Max(after, through), use);
	return workdays_through(calendar, through) - workdays_through(calendar, after);
}

DateADT
calendar_following(const Calendar *calendar, DateADT day, HorizonUse use)
{
	if (day_kind_is_workday(calendar_day_kind(calendar, day, use)))
		return day;
	return calendar_add(calendar, day, 1, use);
}

DateADT
calendar_preceding(const Calendar *calendar, DateADT day, HorizonUse use)
{
	if (day_kind_is_workday(calendar_day_kind(calendar, day, use)))
		return day;
	return calendar_add(calendar, day, -1, use);
}

int32
calendar_notice_version(const Calendar *calendar, DateADT day)
{
	int			year;

	if (day < calendar->first_day || day > calendar->last_day)
		return 0;
	year = calendar_notice_year(day) - calendar->first_year;
	return year >= 0 && year < calendar->year_count ? calendar->notice_versions[year] : 0;
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || calendar_rests_on(relation))
		calendars_stale = true;
}

static void
default_name_assigned(const char *name, void *extra)
{
	default_calendar = NULL;
}

void
calendar_init(void)
{
	DefineCustomStringVariable("pdauth.calendar",
							   "Calendar of working days where a function is given none.",
							   "A calendar of the table pdauth.calendar.",
							   &default_name, "CN", PGC_USERSET, 0,
							   NULL, default_name_assigned, NULL);
	DefineCustomEnumVariable("pdauth.calendar_horizon",
							 "What to do where the working days are not announced yet.",
							 "error refuses; provisional guesses for due dates, never for minimum periods: as the calendars above have announced, else Monday to Friday.",
							 &provisional, false, horizon_options, PGC_USERSET, 0,
							 NULL, NULL, NULL);
	invalidation_call(relcache_callback);
	number_bits();
}
