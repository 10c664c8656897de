/*
 * calendar_load.h
 *		Building a Calendar from its tables.
 */
#ifndef PDAUTH_CALENDAR_LOAD_H
#define PDAUTH_CALENDAR_LOAD_H

#include "postgres.h"

#include "calendar.h"

/* True for the tables a Calendar is built from, as far as they were met yet. */
extern bool calendar_rests_on(Oid relation);

/* The row of pdauth.calendar. */
typedef struct CalendarRow
{
	char	   *parent;			/* palloc'd, or NULL */
	int32		version;
} CalendarRow;

/* False if the calendar does not exist. */
extern bool calendar_load_row(const char *name, CalendarRow *row);

/* The year whose notice arranges the day. */
extern int	calendar_notice_year(DateADT day);

/* Builds the calendar in the current memory context; parent may be NULL. */
extern Calendar *calendar_load(const char *name, int32 version, const Calendar *parent);

/* Was the notice inserted by the current transaction?  False if it does not exist. */
extern bool calendar_notice_is_ours(const char *name, int32 version);

#endif							/* PDAUTH_CALENDAR_LOAD_H */
