/*
 * iso_date.h
 *		Dates as YYYY-MM-DD whatever DateStyle says: the text of a type must not
 *		depend on settings, and messages are compared and searched.
 *
 * Finite dates after 1 BC only.
 */
#ifndef PDAUTH_ISO_DATE_H
#define PDAUTH_ISO_DATE_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/date.h"

extern void append_iso_date(StringInfo out, DateADT date);

/* The same as a string of its own, palloc'd. */
extern char *iso_date(DateADT date);

#endif							/* PDAUTH_ISO_DATE_H */
