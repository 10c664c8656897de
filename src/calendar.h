/*
 * calendar.h
 *		Working days: which days count, and arithmetic with them in constant time.
 *
 * A Calendar is this backend's read-only copy of the tables pdauth.calendar,
 * pdauth.calendar_notice and pdauth.calendar_day.  A pointer to one is good
 * until the next calendar is fetched: fetch it anew in every call.
 *
 * Days up to the calendar's horizon are confirmed: the calendar and all above it
 * have announced them.  What happens beyond is the caller's business: a duty
 * follows the setting pdauth.calendar_horizon (refuse, or guess), a minimum
 * period always refuses.  A guess follows what is announced, by the calendar or
 * by one above it, and counts Monday to Friday where nothing is.
 */
#ifndef PDAUTH_CALENDAR_H
#define PDAUTH_CALENDAR_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"

/* The values of pdauth.day_kind(), in the order of day_kind_names. */
typedef enum DayKind
{
	DAY_WORKDAY,
	DAY_WEEKEND,
	DAY_STATUTORY_HOLIDAY,
	DAY_ADJUSTED_REST_DAY,
	DAY_MAKEUP_WORKDAY,
} DayKind;

#define DAY_KIND_COUNT (DAY_MAKEUP_WORKDAY + 1)

extern const char *const day_kind_names[DAY_KIND_COUNT];

typedef enum HorizonUse
{
	HORIZON_DUTY,				/* beyond it: as the setting says */
	HORIZON_MINIMUM,			/* beyond it: refused, PD13A */
} HorizonUse;

/*
 * Two bits for each day and a count for each week: a byte has a week's days,
 * its lowest bit the Monday.  That is less than a byte for a day with all the
 * indexes, 51 kB for all years a notice may have (2000 to 2150, CHECK of
 * pdauth.calendar_notice), whose 37700 working days fit uint16.
 */
typedef struct Calendar
{
	char		name[NAMEDATALEN * 4];
	DateADT		first_day;
	DateADT		horizon;		/* last confirmed day */
	DateADT		last_day;		/* last day that the calendar or a parent announced */
	DateADT		first_monday;	/* of week 0, which has first_day */
	int32		confirmed_total;	/* working days from first_day to horizon */
	int32		workday_total;	/* ... to last_day */
	int32		version;		/* highest of the calendar's notices and its own, parents included */
	int32		first_year;		/* of notice_versions */
	int32		year_count;
	int32	   *notice_versions;	/* own notice in force by year, 0 if none */
	uint8	   *workdays;		/* by week */
	uint8	   *statutory;		/* by week: statutory holidays */
	uint16	   *workdays_before;	/* by week, and one more */
	uint16	   *week_of_workday;	/* of each fourth working day, from the first on */
} Calendar;

#define WORKDAYS_PER_ENTRY 4	/* of week_of_workday */

static inline bool
day_kind_is_workday(DayKind kind)
{
	return kind == DAY_WORKDAY || kind == DAY_MAKEUP_WORKDAY;
}

static inline bool
calendar_is_confirmed(const Calendar *calendar, DateADT day)
{
	return day >= calendar->first_day && day <= calendar->horizon;
}

#define DAYS_PER_WEEK 7

static inline bool
date_is_weekend(DateADT day)
{
	int			weekday = j2day(day + POSTGRES_EPOCH_JDATE);	/* 0 is Sunday */

	return weekday == 0 || weekday == 6;
}

/* Called millions of times in a query: not through the dynamic linker's table. */
#pragma GCC visibility push(hidden)

/* GUCs and invalidation; once, from _PG_init. */
extern void calendar_init(void);

/* By name (42704 if unknown), by the setting pdauth.calendar, or by the optional last argument. */
extern const Calendar *calendar_named(const char *name);
extern const Calendar *calendar_default(void);
extern const Calendar *calendar_argument(FunctionCallInfo fcinfo, int argument);

/*
 * Arithmetic.  Refuse infinite dates (22008), days before the calendar's first
 * and beyond its horizon (PD0T1, or PD13A for a minimum period).
 */
extern DayKind calendar_day_kind(const Calendar *calendar, DateADT day, HorizonUse use);
/* Without the question whether it is confirmed: as announced, else Monday to Friday; from first_day - 1 on. */
extern DayKind calendar_kind_announced(const Calendar *calendar, DateADT day);
extern int64 calendar_workdays_through(const Calendar *calendar, int64 day);
extern DateADT calendar_add(const Calendar *calendar, DateADT day, int32 workdays, HorizonUse use);
extern int32 calendar_count(const Calendar *calendar, DateADT after, DateADT through, HorizonUse use);

/* Version of the calendar's own notice that arranges the day, or 0. */
extern int32 calendar_notice_version(const Calendar *calendar, DateADT day);

/* The day itself if it is a working day, else the next or the previous one. */
extern DateADT calendar_following(const Calendar *calendar, DateADT day, HorizonUse use);
extern DateADT calendar_preceding(const Calendar *calendar, DateADT day, HorizonUse use);

#pragma GCC visibility pop

#endif							/* PDAUTH_CALENDAR_H */
