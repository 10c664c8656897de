/*
 * iso_date.c
 *		Dates as YYYY-MM-DD.
 */
#include "pdauth.h"

#include "utils/datetime.h"

#include "iso_date.h"

void
append_iso_date(StringInfo out, DateADT date)
{
	int			year;
	int			month;
	int			day;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	appendStringInfo(out, "%04d-%02d-%02d", year, month, day);
}

char *
iso_date(DateADT date)
{
	StringInfoData text;

	initStringInfo(&text);
	append_iso_date(&text, date);
	return text.data;
}
