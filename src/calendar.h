/*
 * calendar.h
 *		Working days: which days count, and arithmetic with them in constant time.
 *
 * A Calendar is this backend's read-only copy of the tables pdauth.calendar,
 * pdauth.calendar_notice and pdauth.calendar_day.  A pointer to one is good
 * until the next calendar is fetched: fetch it anew in every call.
 *
 * Days up to the calendar's horizon are announced.  What happens beyond is the
 * caller's business: a duty follows the setting pdauth.calendar_horizon (refuse,
 * or count Monday to Friday provisionally), a minimum period always refuses.
 */
#ifndef PDAUTH_CALENDAR_H
#define PDAUTH_CALENDAR_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"

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
 * Day d has index d - first_day; indexes fit uint16 because notices end in 2150
 * (CHECK of pdauth.calendar_notice) and start in 2000.
 */
typedef struct Calendar
{
	char		name[NAMEDATALEN * 4];
	DateADT		first_day;
	DateADT		horizon;		/* last announced day */
	int32		workday_total;
	int32		version;		/* highest notice in force, parents included */
	int32		first_year;		/* of notice_versions */
	int32		year_count;
	int32	   *notice_versions;	/* own notice in force by year, 0 if none */
	uint8	   *kinds;			/* DayKind by index */
	uint16	   *workdays_through;	/* by index: working days in [first_day, day] */
	uint16	   *workday_index;	/* by number of the working day, from 0: its index */
} Calendar;

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
extern DateADT calendar_add(const Calendar *calendar, DateADT day, int32 workdays, HorizonUse use);
extern int32 calendar_count(const Calendar *calendar, DateADT after, DateADT through, HorizonUse use);

/* Version of the calendar's own notice that arranges the day, or 0. */
extern int32 calendar_notice_version(const Calendar *calendar, DateADT day);

/* The day itself if it is a working day, else the next or the previous one. */
extern DateADT calendar_following(const Calendar *calendar, DateADT day, HorizonUse use);
extern DateADT calendar_preceding(const Calendar *calendar, DateADT day, HorizonUse use);

#pragma GCC visibility pop

#endif							/* PDAUTH_CALENDAR_H */
