/*
 * audit_record.c
 *		Writes and reads the records of statements.
 */
#include "pdauth.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "port/pg_crc32c.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_batch.h"
#include "audit_fields.h"
#include "audit_image.h"
#include "audit_queue.h"
#include "audit_record.h"
#include "audit_repeat.h"

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

static void
build_statement(StringInfo record, TimestampTz at, const AuditStatement *statement, const AuditActorPieces *actor)
{
	static StringInfoData values = {0};
	AuditFields fields = {0, &values};

	if (values.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&values);
		MemoryContextSwitchTo(caller);
	}
	resetStringInfo(&values);
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
	audit_append_piece(record, values.data, values.len);
}

/*
 * Records of statements that differ in time only: kept, because this is done
 * once for every statement, and most are like one before.
 */
typedef struct Template
{
	uint64		shape;			/* 0: none */
	uint64		actor;
	const char *kind;
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
keep_template(Template *template, const StringInfoData *record,
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
	template->actor = actor->version;
	template->kind = statement->kind;
	template->shape = statement->shape;
}

void
audit_record_statement(StringInfo record, TimestampTz at, const AuditStatement *statement, const AuditActorPieces *actor)
{
	Template   *template = &templates[statement->shape % lengthof(templates)];
	bool		plain = is_plain(statement);
	int64		time = (int64) pg_hton64((uint64) at);

	if (plain && template->shape == statement->shape && template->actor == actor->version &&
		template->kind == statement->kind)
	{
		resetStringInfo(record);
		appendBinaryStringInfo(record, template->record.data, template->record.len);
		memcpy(record->data + TIME_AT, &time, sizeof(time));
		return;
	}
	build_statement(record, at, statement, actor);
	if (plain)
		keep_template(template, record, statement, actor);
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

/* "start.pid" in hexadecimal, as %c of log_line_prefix. */
static void
append_session(AuditFields *fields, uint64 session)
{
	char		text[20];

	snprintf(text, sizeof(text), "%x.%x", (uint32) (session >> 32), (uint32) session);
	audit_field_text(fields, FIELD_SESSION, text);
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

/* A record of the batch, in order; an outcome goes into the entry of its statement. */
typedef struct BatchRecord
{
	const char *record;
	const char *outcome;		/* NULL: not in this batch */
	int			repeated;		/* place of the next in the same entry; 0: none */
	bool		in_entry;		/* of one before */
} BatchRecord;

/* What a batch has in common. */
static const char *batch_origin = NULL; /* the standby that it comes from, or NULL */
static StringInfoData batch_image;
static TimestampTz batch_written_at;	/* after the transaction has got its number */

/*
 * What is written later than this says so: a transaction's entries are else
 * taken to be younger than the last seal before it.  Less than CLOCK_TOLERANCE.
 */
#define LATE (2 * USECS_PER_SEC)

static bytea *
end_image(AuditFields *fields, TimestampTz made_at, const StringInfoData *repeated)
{
	audit_field_text(fields, FIELD_STANDBY, batch_origin);
	if (repeated != NULL && repeated->len > 0)
		audit_field(fields, FIELD_REPEATED, repeated->data, repeated->len);
	if (made_at < batch_written_at - LATE)
		audit_field_int8(fields, FIELD_WRITTEN_AT, batch_written_at);
	return audit_fields_end(&batch_image, fields->present);
}

static AuditFields
start_image(const AuditQueueHeader *header)
{
	AuditFields fields = {0, &batch_image};

	audit_fields_start(&batch_image);
	append_session(&fields, header->session);
	audit_field_int8(&fields, FIELD_STATEMENT, header->number);
	return fields;
}

/* A standby's records are not our own: no other entries come about this way. */
static AuditOperation
read_operation(Payload *payload)
{
	AuditOperation operation = read_number(payload, 1);

	if (operation != AUDIT_STATEMENT && operation != AUDIT_REFUSAL && operation != AUDIT_POLICY)
		refuse_record();
	return operation;
}

static void
write_statement(const AuditQueueHeader *header, Payload *payload, TimestampTz at, const Outcome *outcome,
				const StringInfoData *repeated)
{
	AuditOperation operation = read_operation(payload);
	Oid			relation = read_number(payload, 4);
	text	   *relation_name = read_text(payload);
	AuditActor	actor = {at};
	AuditFields fields = start_image(header);
	uint32		present;
	const char *values;
	int32		length;

	for (int i = 0; i < lengthof(actor.texts); i++)
		actor.texts[i] = read_text(payload);
	present = (uint32) read_number(payload, 4);
	if (present & fields.present)
		refuse_record();
	fields.present |= present;
	values = read_piece(payload, &length);
	if (values != NULL)
		appendBinaryStringInfo(&batch_image, values, length);
	if (outcome != NULL)
		outcome_fields(&fields, outcome);
	audit_entry_write_for(&actor, operation, relation, relation_name, end_image(&fields, at, repeated));
}

/* An entry about one that is in the log already. */
static void
write_later(const AuditQueueHeader *header, TimestampTz at, const Outcome *outcome, int64 rolled_back_from)
{
	AuditActor	actor = {at};
	AuditFields fields = start_image(header);

	if (outcome != NULL)
		outcome_fields(&fields, outcome);
	else
	{
		audit_field_int8(&fields, FIELD_ENDED_AT, at);
		audit_field_int8(&fields, FIELD_ROLLED_BACK_FROM, rolled_back_from);
	}
	audit_entry_write_for(&actor, AUDIT_OUTCOME, InvalidOid, NULL, end_image(&fields, at, NULL));
}

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

static const AuditQueueHeader *
header_of(const char *record)
{
	return (const AuditQueueHeader *) record;
}

static const char *
payload_of(const char *record)
{
	return record + sizeof(AuditQueueHeader);
}

static bool
is_filler(const char *record)
{
	return header_of(record)->session == 0;
}

/* Statements come before their outcomes, so one pass finds all pairs. */
static int
match_records(statements_hash *statements, const char *records, Size length, BatchRecord *found)
{
	int			count = 0;

	for (Size at = 0; at < length; at += header_of(records + at)->length)
	{
		const AuditQueueHeader *header = header_of(records + at);
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
	Payload		payload = {payload_of(record), record + header_of(record)->length};

	*kind = read_number(&payload, 1);
	*at = (TimestampTz) read_number(&payload, 8);
	return payload;
}

static Outcome
outcome_of(const BatchRecord *record)
{
	char		kind;
	TimestampTz at;
	Payload		payload = payload_read(record->outcome, &kind, &at);

	return read_outcome(&payload, at);
}

/* False unless it is a statement that succeeded. */
static bool
execution_of(const BatchRecord *record, AuditExecution *execution)
{
	Outcome		outcome;
	char		kind;

	if (record->outcome == NULL)
		return false;
	outcome = outcome_of(record);
	(void) payload_read(record->record, &kind, &execution->began_at);
	execution->number = header_of(record->record)->number;
	execution->ended_at = outcome.at;
	execution->rows = outcome.rows;
	return outcome.sqlstate[0] == '\0';
}

/* What follows its time: all that a statement says but its number and session. */
#define SAID_AT (TIME_AT + sizeof(int64))

static uint32
likeness_of(const char *record)
{
	const AuditQueueHeader *header = header_of(record);
	pg_crc32c	crc;

	INIT_CRC32C(crc);
	COMP_CRC32C(crc, &header->session, sizeof(header->session));
	COMP_CRC32C(crc, record + SAID_AT, header->length - SAID_AT);
	FIN_CRC32C(crc);
	return crc;
}

static bool
is_alike(const char *record, const char *other)
{
	const AuditQueueHeader *header = header_of(record);

	return header->session == header_of(other)->session && header->length == header_of(other)->length &&
		memcmp(record + SAID_AT, other + SAID_AT, header->length - SAID_AT) == 0;
}

/* The last statement of a likeness, and how many its entry has. */
typedef struct Likeness
{
	uint32		crc;
	char		status;			/* of simplehash.h */
	int			last;
	int			count;
	AuditExecution execution;	/* of last */
} Likeness;

#define SH_PREFIX likenesses
#define SH_ELEMENT_TYPE Likeness
#define SH_KEY_TYPE uint32
#define SH_KEY crc
#define SH_HASH_KEY(table, key) (key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Records of a standby, which end with digests, are never alike. */
static void
join_repeated(likenesses_hash *likenesses, BatchRecord *found, int count)
{
	for (int i = 0; i < count; i++)
	{
		AuditExecution execution;
		Likeness   *likeness;
		bool		known;

		if (!execution_of(&found[i], &execution))
			continue;
		likeness = likenesses_insert(likenesses, likeness_of(found[i].record), &known);
		if (known && likeness->count <= AUDIT_MOST_REPEATED && is_alike(found[i].record, found[likeness->last].record) &&
			audit_repeat_follows(&likeness->execution, &execution))
		{
			found[likeness->last].repeated = i;
			found[i].in_entry = true;
			likeness->count++;
		}
		else
			likeness->count = 1;
		likeness->last = i;
		likeness->execution = execution;
	}
}

/* The list of those that are in the entry of a statement. */
static StringInfoData
repeated_of(const BatchRecord *found, const BatchRecord *first)
{
	StringInfoData list;
	AuditExecution former;

	initStringInfo(&list);
	(void) execution_of(first, &former);
	for (int i = first->repeated; i != 0; i = found[i].repeated)
	{
		AuditExecution later;

		(void) execution_of(&found[i], &later);
		audit_repeat_append(&list, &former, &later);
		former = later;
	}
	return list;
}

static void
write_record(const BatchRecord *found, const BatchRecord *record)
{
	const AuditQueueHeader *header = header_of(record->record);
	Outcome		outcome;
	char		kind;
	TimestampTz at;
	Payload		payload = payload_read(record->record, &kind, &at);

	if (kind == RECORD_STATEMENT && record->outcome == NULL)
		write_statement(header, &payload, at, NULL, NULL);
	else if (kind == RECORD_STATEMENT)
	{
		StringInfoData repeated;

		outcome = outcome_of(record);
		if (record->repeated != 0)
			repeated = repeated_of(found, record);
		write_statement(header, &payload, at, &outcome, record->repeated != 0 ? &repeated : NULL);
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
	int			written = 0;
	bool		outer = audit_batch_open();

	join_repeated(likenesses_create(per_batch, 256, NULL), found, count);
	batch_origin = origin;
	/* in this order: no seal that has not seen the number is younger than the time */
	(void) GetTopTransactionId();
	batch_written_at = GetCurrentTimestamp();
	initStringInfo(&batch_image);
	MemoryContextSwitchTo(per_record);
	for (int i = 0; i < count; i++)
	{
		if (found[i].in_entry)
			continue;
		write_record(found, &found[i]);
		written++;
		MemoryContextReset(per_record);
	}
	audit_batch_close(outer);
	for (Size at = 0; at < length; at += header_of(records + at)->length)
		*end = header_of(records + at)->position + header_of(records + at)->length;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_record);
	MemoryContextDelete(per_batch);
	return written;
}
