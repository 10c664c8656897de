/*
 * clock.h
 *		What day and what instant it is, for every decision pdauth takes.
 *
 * Statutory time is server time in Asia/Shanghai whatever TimeZone the
 * session has set (rule X-3): never use CURRENT_DATE or now() for a decision.
 */
#ifndef PDAUTH_CLOCK_H
#define PDAUTH_CLOCK_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/date.h"

/*
 * China has kept UTC+8 without summer time since 1991-09-15 (IANA tz database,
 * zone Asia/Shanghai), which is earlier than any date the register holds, so a
 * fixed offset is exact here and cheap enough to be asked for on every
 * statement.
 */
#define CLOCK_SHANGHAI_OFFSET (INT64CONST(8) * USECS_PER_HOUR)
/* pdauth.clock_stands(), also for C. */
extern bool clock_stands_still(void);

/* Defines the setting pdauth.clock; once, from _PG_init. */
extern void clock_init(void);

/* The instant now, or the one of pdauth.clock; unlike now() it moves on inside a transaction. */
extern TimestampTz clock_now(void);

/* The date of an instant in Asia/Shanghai. */
extern DateADT clock_date_of(TimestampTz instant);

/* The instant of a time of day (24:00 too) on a date in Asia/Shanghai; 22008 out of range. */
extern TimestampTz clock_instant_of(DateADT day, TimeADT time);

/* The date now in Asia/Shanghai. */
extern DateADT clock_today(void);

#endif							/* PDAUTH_CLOCK_H */
