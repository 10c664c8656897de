/*
 * statistics.h
 *		Counters in shared memory: how often pdauth checked, restricted and
 *		refused, since the server started or they were reset.
 *
 * Counting never fails and never waits; where the library was not preloaded
 * it does nothing.  The counters are of the whole server and hold no names.
 */
#ifndef PDAUTH_STATISTICS_H
#define PDAUTH_STATISTICS_H

#include "postgres.h"

#include "rule.h"

typedef enum Statistic
{
	STATISTIC_CHECKS,			/* protected relations that statements began to use */
	STATISTIC_RESTRICTED,		/* of these: with a row filter or a mask */
	STATISTIC_MASKED,			/* of these: with masked columns */
	STATISTIC_BREAK_GLASS,		/* of the checks: opened by pdauth.break_glass */
	STATISTIC_OBSERVED,			/* let pass by observe mode, against the decision */
	STATISTIC_EMPTY,			/* answered by no rows instead of a refusal */
	STATISTIC_DECISIONS,		/* decisions taken because none was remembered */
	STATISTIC_REGISTER,			/* refusals by rules that only the register knows */
	STATISTIC_COUNT
} Statistic;

extern void statistics_count(Statistic statistic);
extern void statistics_add(Statistic statistic, int number);

/* By pdauth_errcode(): a refusal under this rule is being raised. */
extern void statistics_count_refusal(PdauthRule rule);

/* The same of a rule of the register, by its id. */
extern void statistics_count_register_refusal(const char *rule);

/* Asks for the shared memory; call from _PG_init, only when preloaded. */
extern void statistics_init(void);

#endif							/* PDAUTH_STATISTICS_H */
