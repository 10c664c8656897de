/*
 * audit_repeat.c
 *		Writes and reads the list of audit_repeat.h.
 */
#include "pdauth.h"

#include "common/int.h"

#include "audit_repeat.h"

bool
audit_repeat_follows(const AuditExecution *former, const AuditExecution *later)
{
	return later->number > former->number && later->rows >= 0 &&
		later->began_at >= former->began_at && later->ended_at >= later->began_at &&
		later->began_at / USECS_PER_SEC == former->began_at / USECS_PER_SEC;
}

static void
append_number(StringInfo list, uint64 number)
{
	for (; number >= 0x80; number >>= 7)
		appendStringInfoCharMacro(list, (char) (number | 0x80));
	appendStringInfoCharMacro(list, (char) number);
}

void
audit_repeat_append(StringInfo list, const AuditExecution *former, const AuditExecution *later)
{
	append_number(list, (uint64) (later->number - former->number));
	append_number(list, (uint64) (later->began_at - former->began_at));
	append_number(list, (uint64) (later->ended_at - later->began_at));
	append_number(list, (uint64) later->rows);
}

/* False if there is none, or one that a bigint does not hold. */
static bool
read_number(const char **at, const char *end, int64 *number)
{
	uint64		bits = 0;

	for (int shift = 0; *at < end && shift < 63; shift += 7)
	{
		uint8		byte = (uint8) *(*at)++;

		bits |= (uint64) (byte & 0x7f) << shift;
		if (byte < 0x80)
		{
			*number = (int64) bits;
			return true;
		}
	}
	return false;
}

char *
audit_repeat_json(const char *list, int length, int64 first_number)
{
	const char *end = list + length;
	int64		number = first_number;
	int64		began = 0;
	StringInfoData json;

	initStringInfo(&json);
	for (const char *at = list; at < end;)
	{
		int64		step;
		int64		wait;
		int64		duration;
		int64		rows;
		int64		ended;

		if (!read_number(&at, end, &step) || !read_number(&at, end, &wait) ||
			!read_number(&at, end, &duration) || !read_number(&at, end, &rows) ||
			pg_add_s64_overflow(number, step, &number) || pg_add_s64_overflow(began, wait, &began) ||
			pg_add_s64_overflow(began, duration, &ended))
			return NULL;
		appendStringInfo(&json, "%s[" INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT ", " INT64_FORMAT "]",
						 json.len > 0 ? ", " : "[", number, began, ended, rows);
	}
	appendStringInfoString(&json, json.len > 0 ? "]" : "[]");
	return json.data;
}
