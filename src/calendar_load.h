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

/*
 * The parent's name of a calendar that exists, palloc'd, or NULL; false if the
 * calendar does not exist.
 */
extern bool calendar_load_parent(const char *name, char **parent);

/* The year whose notice arranges the day. */
extern int	calendar_notice_year(DateADT day);

/* Builds the calendar in the current memory context; parent may be NULL. */
extern Calendar *calendar_load(const char *name, const Calendar *parent);

#endif							/* PDAUTH_CALENDAR_LOAD_H */
