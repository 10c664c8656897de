/*
 * audit_record.c
 *		Writes and reads the records of statements.
 */
#include "pdauth.h"

#include "libpq/pqformat.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "audit_image.h"
#include "audit_queue.h"
#include "audit_record.h"

static void
append_text(StringInfo record, const char *text)
{
	audit_append_piece(record, text, text ? strlen(text) : 0);
}

void
audit_record_actor(StringInfo pieces, const AuditActor *actor)
{
	for (int i = 0; i < lengthof(actor->texts); i++)
		append_text(pieces, actor->texts[i]);
}

static void
start_payload(StringInfo record, AuditRecordKind kind, TimestampTz at)
{
	pq_sendint8(record, kind);
	pq_sendint64(record, at);
}

void
audit_record_statement(StringInfo record, TimestampTz at, const AuditStatement *statement,
					   const StringInfoData *actor)
{
	start_payload(record, RECORD_STATEMENT, at);
	pq_sendint8(record, statement->operation);
	pq_sendint32(record, statement->relation);
	append_text(record, statement->relation_name);
	appendBinaryStringInfo(record, actor->data, actor->len);
	pq_sendint64(record, statement->within);
	pq_sendint64(record, statement->query_id);
	append_text(record, statement->kind);
	append_text(record, statement->relations);
	append_text(record, statement->outer_role);
	append_text(record, statement->break_glass);
	append_text(record, statement->clock);
	append_text(record, statement->detail);
	append_text(record, statement->sqlstate);
}

void
audit_record_outcome(StringInfo record, TimestampTz at, int64 rows, const char *sqlstate)
{
	start_payload(record, RECORD_OUTCOME, at);
	pq_sendint64(record, rows);
	append_text(record, sqlstate);
}

void
audit_record_rollback(StringInfo record, TimestampTz at, int64 first)
{
	start_payload(record, RECORD_ROLLBACK, at);
	pq_sendint64(record, first);
}

char *
audit_session_text(uint64 session)
{
	return psprintf("%x.%x", (uint32) (session >> 32), (uint32) session);
}

/* Reading: the payload from a place on. */
typedef struct Payload
{
	const char *at;
	const char *end;
} Payload;

static void
refuse_record(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("a record of the audit queue cannot be read"),
			 errhint("The queue was altered, or comes from another version of pdauth.")));
}

static uint64
read_number(Payload *payload, int length)
{
	uint64		number = 0;

	if (payload->end - payload->at < length)
		refuse_record();
	for (int i = 0; i < length; i++)
		number = number << 8 | (uint8) *payload->at++;
	return number;
}

static char *
read_text(Payload *payload)
{
	int32		length = (int32) read_number(payload, 4);
	char	   *text;

	if (length < 0)
		return NULL;
	if (length > payload->end - payload->at)
		refuse_record();
	text = pnstrdup(payload->at, length);
	payload->at += length;
	return text;
}

typedef struct Outcome
{
	TimestampTz at;
	int64		rows;
	char	   *sqlstate;
} Outcome;

static Outcome
read_outcome(Payload *payload, TimestampTz at)
{
	Outcome		outcome = {at};

	outcome.rows = (int64) read_number(payload, 8);
	outcome.sqlstate = read_text(payload);
	return outcome;
}

static void
text_field(AuditFields *fields, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		audit_field_text(fields, name, value, strlen(value));
}

static void
outcome_fields(AuditFields *fields, const Outcome *outcome)
{
	if (outcome->sqlstate == NULL)
		audit_field_int8(fields, "rows", outcome->rows);
	text_field(fields, "sqlstate", outcome->sqlstate);
	audit_field_time(fields, "ended_at", outcome->at);
}

/* The standby that the batch comes from, or NULL. */
static const char *batch_origin = NULL;

static void
start_fields(AuditFields *fields, const AuditQueueHeader *header)
{
	char	   *session = audit_session_text(header->session);

	audit_fields_start(fields);
	audit_field_text(fields, "session", session, strlen(session));
	audit_field_int8(fields, "statement", header->number);
	text_field(fields, "standby", batch_origin);
}

static void
write_statement(const AuditQueueHeader *header, Payload *payload, TimestampTz at, const Outcome *outcome)
{
	AuditOperation operation = read_number(payload, 1);
	Oid			relation = read_number(payload, 4);
	char	   *relation_name = read_text(payload);
	AuditActor	actor = {at};
	AuditFields fields;
	int64		number;
	char	   *relations;

	for (int i = 0; i < lengthof(actor.texts); i++)
		actor.texts[i] = read_text(payload);
	start_fields(&fields, header);
	if ((number = read_number(payload, 8)) != 0)
		audit_field_int8(&fields, "within", number);
	if ((number = read_number(payload, 8)) != 0)
		audit_field_int8(&fields, "query_id", number);
	text_field(&fields, "kind", read_text(payload));
	if ((relations = read_text(payload)) != NULL)
		audit_field_json(&fields, "relations", relations, strlen(relations));
	text_field(&fields, "outer_role", read_text(payload));
	text_field(&fields, "break_glass", read_text(payload));
	text_field(&fields, "clock", read_text(payload));
	text_field(&fields, "detail", read_text(payload));
	text_field(&fields, "sqlstate", read_text(payload));
	if (outcome != NULL)
		outcome_fields(&fields, outcome);
	audit_entry_write_for(&actor, operation, relation, relation_name, audit_fields_image(&fields));
}

static void
write_late_outcome(const AuditQueueHeader *header, const Outcome *outcome)
{
	AuditActor	actor = {outcome->at};
	AuditFields fields;

	start_fields(&fields, header);
	outcome_fields(&fields, outcome);
	audit_entry_write_for(&actor, AUDIT_OUTCOME, InvalidOid, NULL, audit_fields_image(&fields));
}

static void
write_rollback(const AuditQueueHeader *header, Payload *payload, TimestampTz at)
{
	AuditActor	actor = {at};
	AuditFields fields;

	start_fields(&fields, header);
	audit_field_int8(&fields, "rolled_back_from", (int64) read_number(payload, 8));
	audit_field_time(&fields, "ended_at", at);
	audit_entry_write_for(&actor, AUDIT_OUTCOME, InvalidOid, NULL, audit_fields_image(&fields));
}

/* Statements of the batch by session and number, with the place of their outcome. */
typedef struct BatchKey
{
	uint64		session;
	int64		number;
} BatchKey;

typedef struct BatchStatement
{
	BatchKey	key;
	const char *outcome;		/* the record; NULL: not in this batch */
} BatchStatement;

static HTAB *
batch_create(MemoryContext memory)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(BatchKey);
	control.entrysize = sizeof(BatchStatement);
	control.hcxt = memory;
	return hash_create("pdauth audit batch", 1024, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static BatchStatement *
batch_find(HTAB *batch, const AuditQueueHeader *header, HASHACTION action)
{
	BatchKey	key = {header->session, header->number};

	return hash_search(batch, &key, action, NULL);
}

static const char *
payload_of(const char *record)
{
	return record + sizeof(AuditQueueHeader);
}

static bool
is_filler(const char *record)
{
	return ((const AuditQueueHeader *) record)->session == 0;
}

/* Statements come before their outcomes, so one pass finds all pairs. */
static void
batch_match(HTAB *batch, const char *records, Size length)
{
	for (Size at = 0; at < length;)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) (records + at);
		BatchStatement *statement;

		if (!is_filler(records + at))
		{
			char		kind = *payload_of(records + at);

			if (kind == RECORD_STATEMENT)
			{
				statement = batch_find(batch, header, HASH_ENTER);
				statement->outcome = NULL;
			}
			else if (kind == RECORD_OUTCOME &&
					 (statement = batch_find(batch, header, HASH_FIND)) != NULL)
				statement->outcome = records + at;
		}
		at += header->length;
	}
}

static Payload
payload_read(const char *record, char *kind, TimestampTz *at)
{
	Payload		payload = {payload_of(record), record + ((const AuditQueueHeader *) record)->length};

	*kind = read_number(&payload, 1);
	*at = (TimestampTz) read_number(&payload, 8);
	return payload;
}

/* Returns whether it made an entry. */
static bool
write_record(HTAB *batch, const char *record)
{
	const AuditQueueHeader *header = (const AuditQueueHeader *) record;
	const BatchStatement *statement;
	Outcome		outcome;
	char		kind;
	TimestampTz at;
	Payload		payload;

	if (is_filler(record))
		return false;
	payload = payload_read(record, &kind, &at);
	statement = batch_find(batch, header, HASH_FIND);
	if (kind == RECORD_OUTCOME)
	{
		if (statement != NULL)
			return false;		/* went into the statement's entry */
		outcome = read_outcome(&payload, at);
		write_late_outcome(header, &outcome);
		return true;
	}
	if (kind == RECORD_ROLLBACK)
	{
		write_rollback(header, &payload, at);
		return true;
	}
	if (kind != RECORD_STATEMENT || statement == NULL)
		refuse_record();
	if (statement->outcome != NULL)
	{
		char		outcome_kind;
		TimestampTz ended_at;
		Payload		rest = payload_read(statement->outcome, &outcome_kind, &ended_at);

		outcome = read_outcome(&rest, ended_at);
	}
	write_statement(header, &payload, at, statement->outcome ? &outcome : NULL);
	return true;
}

int64
audit_record_write(const char *records, Size length, const char *origin, uint64 *end)
{
	MemoryContext per_batch = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext per_record = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit record", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(per_record);
	HTAB	   *batch = batch_create(per_batch);
	int64		written = 0;

	batch_origin = origin;
	batch_match(batch, records, length);
	for (Size at = 0; at < length;)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) (records + at);

		written += write_record(batch, records + at);
		*end = header->position + header->length;
		at += header->length;
		MemoryContextReset(per_record);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_record);
	MemoryContextDelete(per_batch);
	return written;
}
