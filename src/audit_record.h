/*
 * audit_record.h
 *		Records of statements: what backends put into the audit queue, and how
 *		the worker turns them into entries of the log.
 *
 * After the queue's header a record holds, with the integers and pieces of
 * audit_image.h,
 *
 *		1 byte		kind of record
 *		8 bytes		time
 *	and then, by kind,
 *		statement:	operation 1, relation 4, pieces relation_name and
 *					role_name .. application, fields 4, piece of their values:
 *					audit_fields.h, as in the image but for session and number,
 *					which the queue's header has, and the outcome
 *		outcome:	rows 8, piece sqlstate (NULL: success)
 *		rollback:	first statement 8, the last is the record's own
 *
 * A statement whose outcome follows in the same batch becomes one entry, and so
 * do all that differ from it in number, times and rows only: audit_repeat.h.
 */
#ifndef PDAUTH_AUDIT_RECORD_H
#define PDAUTH_AUDIT_RECORD_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

#include "audit_entry.h"

typedef enum AuditRecordKind
{
	RECORD_STATEMENT = 'S',
	RECORD_OUTCOME = 'O',
	RECORD_ROLLBACK = 'B',
} AuditRecordKind;

/* What a statement record says; texts may be NULL. */
typedef struct AuditStatement
{
	AuditOperation operation;
	Oid			relation;		/* the first protected one, or 0 */
	const char *relation_name;
	int64		within;			/* number of the statement that runs it; 0: none */
	uint64		query_id;
	const char *kind;			/* command tag */
	const char *relations;		/* JSON array: see 535_audit_statement.sql */
	const char *outer_role;
	const char *break_glass;
	const char *clock;
	const char *detail;
	const char *sqlstate;		/* of a refusal: it has no outcome */
	uint64		shape;			/* what has the same number, not 0, has the same relations and query_id */
} AuditStatement;

#define AUDIT_ACTOR_TEXTS (ENTRY_APPLICATION - ENTRY_RELATION_NAME)

/* The actor as it stands in the record; kept by the backend from one to the next. */
typedef struct AuditActorPieces
{
	uint64		version;		/* another one whenever anything about the actor is */
	StringInfoData pieces;
} AuditActorPieces;

/* Append role_name .. application, each text or NULL. */
extern void audit_record_actor(StringInfo pieces, const char *const *texts);

/* Append to a record that audit_queue_start() began. */
extern void audit_record_statement(StringInfo record, TimestampTz at, const AuditStatement *statement,
								   const AuditActorPieces *actor);
extern void audit_record_outcome(StringInfo record, TimestampTz at, int64 rows, const char *sqlstate);
extern void audit_record_rollback(StringInfo record, TimestampTz at, int64 first);

/*
 * Write the entries of a batch of whole records; returns their number, and the
 * position after the last record.  Raises if a record cannot be read.  Origin
 * names the standby they come from, or is NULL.
 */
extern int64 audit_record_write(const char *records, Size length, const char *origin, uint64 *end);

#endif							/* PDAUTH_AUDIT_RECORD_H */
