/*
 * term.h
 *		The type pdauth.term: an amount of working days, days, months or years.
 */
#ifndef PDAUTH_TERM_H
#define PDAUTH_TERM_H

#include "postgres.h"

#include "fmgr.h"
#include "utils/date.h"

typedef enum TermUnit
{
	TERM_WORKDAY,
	TERM_DAY,
	TERM_MONTH,
	TERM_YEAR,
} TermUnit;

/* The amount is never negative: terms are counted forwards or backwards by functions. */
typedef struct Term
{
	int32		amount;
	TermUnit	unit;
} Term;

/* By value in a Datum: the unit in the upper half, so that equal terms are equal bits. */
static inline Datum
TermGetDatum(Term term)
{
	return Int64GetDatum(((int64) term.unit << 32) | (uint32) term.amount);
}

static inline Term
DatumGetTerm(Datum datum)
{
	int64		packed = DatumGetInt64(datum);
	Term		term = {(int32) (packed & PG_UINT32_MAX), (TermUnit) (packed >> 32)};

	return term;
}

#define PG_GETARG_TERM(n) DatumGetTerm(PG_GETARG_DATUM(n))
#define PG_RETURN_TERM(term) return TermGetDatum(term)

/* Refuses a negative amount (22023) and an unknown unit (22023); the unit in English or Chinese. */
extern Term term_from(int32 amount, const text *unit);

/*
 * The day amount days, months or years after the day (before it, if backwards):
 * months and years end on the corresponding day or, if there is none, on the
 * month's last (Civil Code Art. 202).  Not for working days.  Refuses infinite
 * dates and results out of range (22008).
 */
extern DateADT term_shift(DateADT day, Term term, bool backwards);

#endif							/* PDAUTH_TERM_H */
