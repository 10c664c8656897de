/*
 * audit_repeat.h
 *		Statements of one entry: what an application repeats, a session's same
 *		statement in the same second, is recorded together.
 *
 * The entry says of the first what entries of single statements say.  Its field
 * "repeated" lists the others in order, each as four numbers: how much its
 * number is above, and its beginning in microseconds after, those of the one
 * before; how long it took in microseconds; its rows.  A number is written in
 * groups of seven bits, the lowest first, all but the last with the highest bit
 * set.
 */
#ifndef PDAUTH_AUDIT_REPEAT_H
#define PDAUTH_AUDIT_REPEAT_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

/* In one entry: with them an image is not larger than a row that needs no TOAST. */
#define AUDIT_MOST_REPEATED 128

/* A statement that succeeded. */
typedef struct AuditExecution
{
	int64		number;
	TimestampTz began_at;
	TimestampTz ended_at;
	int64		rows;
} AuditExecution;

/* Can the later one, alike in all else, be listed after the former? */
extern bool audit_repeat_follows(const AuditExecution *former, const AuditExecution *later);

extern void audit_repeat_append(StringInfo list, const AuditExecution *former, const AuditExecution *later);

/*
 * The list as JSON, [[number, began, ended, rows], ...]: times in microseconds
 * after the entry's own.  NULL if the bytes are no list.
 */
extern char *audit_repeat_json(const char *list, int length, int64 first_number);

#endif							/* PDAUTH_AUDIT_REPEAT_H */
