/*
 * calendar.h
 *		Working-day calendars: tables pdauth.calendar and pdauth.calendar_day,
 *		unpacked per backend so that every question takes constant time.
 */
#ifndef PDAUTH_CALENDAR_H
#define PDAUTH_CALENDAR_H

#include "postgres.h"

#include "utils/date.h"

typedef enum DayKind
{
	DAY_WORKDAY,				/* Monday to Friday without a rule of its own */
	DAY_WEEKEND,				/* Saturday or Sunday likewise */
	DAY_STATUTORY_HOLIDAY,		/* named by the State Council's regulation itself */
	DAY_ADJUSTED_REST_DAY,		/* weekday off by the year's notice (调休) */
	DAY_MAKEUP_WORKDAY,			/* weekend day worked by the year's notice (调休上班) */
} DayKind;

typedef struct Calendar
{
	char		name[NAMEDATALEN];	/* hash key */
	DateADT		first_day;
	DateADT		last_day;		/* the horizon: announced up to here */
	uint8	   *kinds;			/* DayKind by day since first_day */
	uint16	   *rank;			/* working days from first_day up to this day */
	uint16	   *workdays;		/* the n-th working day (n from 1), as days since first_day */
	int			workday_total;
} Calendar;

/*
 * The calendar of that name (NULL: the setting pdauth.calendar), never NULL;
 * valid until the end of the transaction.  Raises 42704 if there is none.
 */
extern const Calendar *calendar_lookup(const char *name);

/* Each raises PDH01 when the answer lies outside the calendar. */
extern DayKind calendar_day_kind(const Calendar *calendar, DateADT day);
extern bool calendar_is_workday(const Calendar *calendar, DateADT day);

/* Working days in (from, until], negative if until is earlier. */
extern int	calendar_workday_count(const Calendar *calendar, DateADT from, DateADT until);

/* The n-th working day strictly after (n > 0) or before (n < 0) day; day itself for 0. */
extern DateADT calendar_workday_add(const Calendar *calendar, DateADT day, int n);

extern void calendar_init(void);

#endif							/* PDAUTH_CALENDAR_H */
