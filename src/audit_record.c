/*
 * audit_record.c
 *		Writes and reads the records of statements.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "audit_batch.h"
#include "audit_fields.h"
#include "audit_image.h"
#include "audit_queue.h"
#include "audit_record.h"

static void
append_text(StringInfo record, const char *text)
{
	audit_append_piece(record, text, text ? strlen(text) : 0);
}

void
audit_record_actor(StringInfo pieces, const char *const *texts)
{
	for (int i = 0; i < AUDIT_ACTOR_TEXTS; i++)
		append_text(pieces, texts[i]);
}

static void
start_payload(StringInfo record, AuditRecordKind kind, TimestampTz at)
{
	pq_sendint8(record, kind);
	pq_sendint64(record, at);
}

#define TIME_AT (sizeof(AuditQueueHeader) + 1)

/* "start.pid" in hexadecimal, as %c of log_line_prefix. */
static void
append_session(AuditFields *fields, uint64 session)
{
	char		text[20];

	snprintf(text, sizeof(text), "%x.%x", (uint32) (session >> 32), (uint32) session);
	audit_field_text(fields, FIELD_SESSION, text);
}

/* Returns where the number of the statement stands. */
static int
build_statement(StringInfo record, TimestampTz at, uint64 session, int64 number,
				const AuditStatement *statement, const AuditActorPieces *actor)
{
	static StringInfoData values = {0};
	AuditFields fields = {0, &values};
	int			number_at;

	if (values.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&values);
		MemoryContextSwitchTo(caller);
	}
	resetStringInfo(&values);
	append_session(&fields, session);
	audit_field_int8(&fields, FIELD_STATEMENT, number);
	number_at = values.len - sizeof(int64);
	if (statement->within != 0)
		audit_field_int8(&fields, FIELD_WITHIN, statement->within);
	if (statement->query_id != 0)
		audit_field_int8(&fields, FIELD_QUERY_ID, (int64) statement->query_id);
	audit_field_text(&fields, FIELD_KIND, statement->kind);
	audit_field_text(&fields, FIELD_RELATIONS, statement->relations);
	audit_field_text(&fields, FIELD_OUTER_ROLE, statement->outer_role);
	audit_field_text(&fields, FIELD_BREAK_GLASS, statement->break_glass);
	audit_field_text(&fields, FIELD_CLOCK, statement->clock);
	audit_field_text(&fields, FIELD_DETAIL, statement->detail);
	audit_field_text(&fields, FIELD_SQLSTATE, statement->sqlstate);

	start_payload(record, RECORD_STATEMENT, at);
	pq_sendint8(record, statement->operation);
	pq_sendint32(record, statement->relation);
	append_text(record, statement->relation_name);
	appendBinaryStringInfo(record, actor->pieces.data, actor->pieces.len);
	pq_sendint32(record, fields.present);
	number_at += record->len + sizeof(int32);
	audit_append_piece(record, values.data, values.len);
	return number_at;
}

/*
 * Records of statements that differ in time and number only: kept, because
 * this is done once for every statement, and most are like one before.
 */
typedef struct Template
{
	uint64		shape;			/* 0: none */
	uint64		actor;
	const char *kind;
	int			number_at;
	StringInfoData record;
} Template;

static Template templates[32];

/* Can the record be told from others of its shape by its actor and kind? */
static bool
is_plain(const AuditStatement *statement)
{
	return statement->shape != 0 && statement->within == 0 && statement->break_glass == NULL &&
		statement->clock == NULL && statement->detail == NULL && statement->sqlstate == NULL;
}

static void
keep_template(Template *template, const StringInfoData *record, int number_at,
			  const AuditStatement *statement, const AuditActorPieces *actor)
{
	if (template->record.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&template->record);
		MemoryContextSwitchTo(caller);
	}
	template->shape = 0;
	resetStringInfo(&template->record);
	appendBinaryStringInfo(&template->record, record->data, record->len);
	template->number_at = number_at;
	template->actor = actor->version;
	template->kind = statement->kind;
	template->shape = statement->shape;
}

static void
put_number(StringInfo record, int at, int64 number)
{
	number = (int64) pg_hton64((uint64) number);
	memcpy(record->data + at, &number, sizeof(number));
}

void
audit_record_statement(StringInfo record, TimestampTz at, uint64 session, int64 number,
					   const AuditStatement *statement, const AuditActorPieces *actor)
{
	Template   *template = &templates[statement->shape % lengthof(templates)];
	bool		plain = is_plain(statement);
	int			number_at;

	if (plain && template->shape == statement->shape && template->actor == actor->version &&
		template->kind == statement->kind)
	{
		resetStringInfo(record);
		appendBinaryStringInfo(record, template->record.data, template->record.len);
		put_number(record, TIME_AT, at);
		put_number(record, template->number_at, number);
		return;
	}
	number_at = build_statement(record, at, session, number, statement, actor);
	if (plain)
		keep_template(template, record, number_at, statement, actor);
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

/* A piece, as it stands in the record. */
static const char *
read_piece(Payload *payload, int32 *length)
{
	const char *data;

	*length = (int32) read_number(payload, 4);
	if (*length <= 0)
		return NULL;
	data = payload->at;
	if (*length > payload->end - payload->at)
		refuse_record();
	payload->at += *length;
	return data;
}

/* As a value for the entry's row; NULL if there is nothing. */
static text *
read_text(Payload *payload)
{
	int32		length;
	const char *data = read_piece(payload, &length);

	return data == NULL ? NULL : cstring_to_text_with_len(data, length);
}

typedef struct Outcome
{
	TimestampTz at;
	int64		rows;
	char		sqlstate[6];	/* "": success */
} Outcome;

static Outcome
read_outcome(Payload *payload, TimestampTz at)
{
	Outcome		outcome = {at};
	int32		length;
	const char *sqlstate;

	outcome.rows = (int64) read_number(payload, 8);
	sqlstate = read_piece(payload, &length);
	if (sqlstate != NULL)
		memcpy(outcome.sqlstate, sqlstate, Min(length, sizeof(outcome.sqlstate) - 1));
	return outcome;
}

static void
outcome_fields(AuditFields *fields, const Outcome *outcome)
{
	if (outcome->sqlstate[0] == '\0')
		audit_field_int8(fields, FIELD_ROWS, outcome->rows);
	audit_field_text(fields, FIELD_SQLSTATE, outcome->sqlstate);
	audit_field_int8(fields, FIELD_ENDED_AT, outcome->at);
}

/* What a batch has in common. */
static const char *batch_origin = NULL; /* the standby that it comes from, or NULL */
static StringInfoData batch_image;

static bytea *
end_image(AuditFields *fields)
{
	audit_field_text(fields, FIELD_STANDBY, batch_origin);
	return audit_fields_end(&batch_image, fields->present);
}

static AuditFields
start_image(void)
{
	AuditFields fields = {0, &batch_image};

	audit_fields_start(&batch_image);
	return fields;
}

static void
write_statement(Payload *payload, TimestampTz at, const Outcome *outcome)
{
	AuditOperation operation = read_number(payload, 1);
	Oid			relation = read_number(payload, 4);
	text	   *relation_name = read_text(payload);
	AuditActor	actor = {at};
	AuditFields fields = start_image();
	const char *values;
	int32		length;

	for (int i = 0; i < lengthof(actor.texts); i++)
		actor.texts[i] = read_text(payload);
	fields.present = (uint32) read_number(payload, 4);
	values = read_piece(payload, &length);
	if (values != NULL)
		appendBinaryStringInfo(&batch_image, values, length);
	if (outcome != NULL)
		outcome_fields(&fields, outcome);
	audit_entry_write_for(&actor, operation, relation, relation_name, end_image(&fields));
}

/* An entry about one that is in the log already. */
static void
write_later(const AuditQueueHeader *header, TimestampTz at, const Outcome *outcome, int64 rolled_back_from)
{
	AuditActor	actor = {at};
	AuditFields fields = start_image();

	append_session(&fields, header->session);
	audit_field_int8(&fields, FIELD_STATEMENT, header->number);
	if (outcome != NULL)
		outcome_fields(&fields, outcome);
	else
	{
		audit_field_int8(&fields, FIELD_ENDED_AT, at);
		audit_field_int8(&fields, FIELD_ROLLED_BACK_FROM, rolled_back_from);
	}
	audit_entry_write_for(&actor, AUDIT_OUTCOME, InvalidOid, NULL, end_image(&fields));
}

/* A record of the batch, in order; an outcome goes into the entry of its statement. */
typedef struct BatchRecord
{
	const char *record;			/* NULL: nothing to write */
	const char *outcome;		/* NULL: not in this batch */
} BatchRecord;

/* Statements of the batch by session and number. */
typedef struct BatchKey
{
	uint64		session;
	int64		number;
} BatchKey;

typedef struct BatchStatement
{
	BatchKey	key;
	char		status;			/* of simplehash.h */
	int			place;			/* of its record */
} BatchStatement;

#define SH_PREFIX statements
#define SH_ELEMENT_TYPE BatchStatement
#define SH_KEY_TYPE BatchKey
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_combine(murmurhash32((uint32) (key).session), murmurhash32((uint32) (key).number))
#define SH_EQUAL(table, a, b) ((a).session == (b).session && (a).number == (b).number)
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

static BatchKey
key_of(const AuditQueueHeader *header)
{
	BatchKey	key = {header->session, header->number};

	return key;
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
static int
match_records(statements_hash *statements, const char *records, Size length, BatchRecord *found)
{
	int			count = 0;

	for (Size at = 0; at < length; at += ((const AuditQueueHeader *) (records + at))->length)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) (records + at);
		BatchStatement *statement;
		bool		known;
		char		kind;

		if (is_filler(records + at))
			continue;
		kind = *payload_of(records + at);
		if (kind == RECORD_OUTCOME && (statement = statements_lookup(statements, key_of(header))) != NULL)
		{
			found[statement->place].outcome = records + at;
			continue;
		}
		if (kind == RECORD_STATEMENT)
			statements_insert(statements, key_of(header), &known)->place = count;
		found[count++] = (BatchRecord) {records + at};
	}
	return count;
}

static Payload
payload_read(const char *record, char *kind, TimestampTz *at)
{
	Payload		payload = {payload_of(record), record + ((const AuditQueueHeader *) record)->length};

	*kind = read_number(&payload, 1);
	*at = (TimestampTz) read_number(&payload, 8);
	return payload;
}

static void
write_record(const BatchRecord *record)
{
	const AuditQueueHeader *header = (const AuditQueueHeader *) record->record;
	Outcome		outcome;
	char		kind;
	TimestampTz at;
	Payload		payload = payload_read(record->record, &kind, &at);

	if (kind == RECORD_STATEMENT && record->outcome == NULL)
		write_statement(&payload, at, NULL);
	else if (kind == RECORD_STATEMENT)
	{
		char		outcome_kind;
		TimestampTz ended_at;
		Payload		rest = payload_read(record->outcome, &outcome_kind, &ended_at);

		outcome = read_outcome(&rest, ended_at);
		write_statement(&payload, at, &outcome);
	}
	else if (kind == RECORD_OUTCOME)
	{
		outcome = read_outcome(&payload, at);
		write_later(header, at, &outcome, 0);
	}
	else if (kind == RECORD_ROLLBACK)
		write_later(header, at, NULL, (int64) read_number(&payload, 8));
	else
		refuse_record();
}

int64
audit_record_write(const char *records, Size length, const char *origin, uint64 *end)
{
	MemoryContext per_batch = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit batch", ALLOCSET_DEFAULT_SIZES);
	MemoryContext per_record = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit record", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(per_batch);
	BatchRecord *found = palloc(sizeof(BatchRecord) * (length / sizeof(AuditQueueHeader) + 1));
	int			count = match_records(statements_create(per_batch, 2048, NULL), records, length, found);
	bool		outer = audit_batch_open();

	batch_origin = origin;
	initStringInfo(&batch_image);
	MemoryContextSwitchTo(per_record);
	for (int i = 0; i < count; i++)
	{
		write_record(&found[i]);
		MemoryContextReset(per_record);
	}
	audit_batch_close(outer);
	for (Size at = 0; at < length; at += ((const AuditQueueHeader *) (records + at))->length)
		*end = ((const AuditQueueHeader *) (records + at))->position + ((const AuditQueueHeader *) (records + at))->length;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_record);
	MemoryContextDelete(per_batch);
	return count;
}
