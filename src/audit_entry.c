/*
 * audit_entry.c
 *		What an entry of the audit log is: its key, its leaf hash, its row.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "audit_entry.h"
#include "audit_fields.h"
#include "audit_image.h"

PG_FUNCTION_INFO_V1(pdauth_audit_epoch);

int
audit_key_compare(const AuditKey *a, const AuditKey *b)
{
	if (a->epoch != b->epoch)
		return a->epoch < b->epoch ? -1 : 1;
	if (a->xid != b->xid)
		return a->xid < b->xid ? -1 : 1;
	return a->n < b->n ? -1 : a->n > b->n;
}

int64
audit_epoch_of(uint64 system_identifier, Oid database, uint32 timeline)
{
	StringInfoData identity;
	Digest		hash;
	int64		epoch = 0;
	int			i;

	initStringInfo(&identity);
	pq_sendint64(&identity, system_identifier);
	pq_sendint32(&identity, database);
	pq_sendint32(&identity, timeline);
	hash = hash_of(HASH_SHA256, identity.data, identity.len);
	pfree(identity.data);
	for (i = 0; i < 8; i++)
		epoch = (int64) ((uint64) epoch << 8 | hash.bytes[i]);
	return epoch & PG_INT64_MAX;
}

/* A promotion starts a new timeline, but never while a backend can write. */
uint32
audit_timeline(void)
{
	TimeLineID	timeline;

	if (!RecoveryInProgress())
		return GetWALInsertionTimeLine();
	(void) GetXLogReplayRecPtr(&timeline);
	return timeline;
}

int64
audit_epoch(void)
{
	static int64 epoch = 0;
	static bool final = false;	/* not that of a timeline that a promotion ends */

	if (!final)
	{
		final = !RecoveryInProgress();
		epoch = audit_epoch_of(GetSystemIdentifier(), MyDatabaseId, audit_timeline());
	}
	return epoch;
}

/* A digest from a bytea; all zero if it is none. */
Digest
audit_digest_of(Datum value)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);
	Digest		digest = {{0}};

	if (VARSIZE_ANY_EXHDR(bytes) == HASH_SIZE)
		memcpy(digest.bytes, VARDATA_ANY(bytes), HASH_SIZE);
	return digest;
}

/* A column of variable length, as a piece. */
typedef struct ColumnPiece
{
	struct varlena *value;		/* NULL for SQL NULL */
	uint32		length;
} ColumnPiece;

static ColumnPiece
column_piece(const Datum *values, const bool *nulls, int column)
{
	ColumnPiece piece = {NULL, 0};

	if (nulls[column - 1])
		return piece;
	piece.value = PG_DETOAST_DATUM_PACKED(values[column - 1]);
	piece.length = VARSIZE_ANY_EXHDR(piece.value);
	return piece;
}

static uint8 *
put_int32(uint8 *at, uint32 value)
{
	value = pg_hton32(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static uint8 *
put_int64(uint8 *at, uint64 value)
{
	value = pg_hton64(value);
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static uint8 *
put_piece(uint8 *at, const ColumnPiece *piece)
{
	at = put_int32(at, piece->value ? piece->length : PG_UINT32_MAX);
	if (piece->value != NULL)
		memcpy(at, VARDATA_ANY(piece->value), piece->length);
	return at + piece->length;
}

/* Straight into the running hash: images can be large. */
static void
hash_piece(const ColumnPiece *piece)
{
	uint32		length = pg_hton32(piece->value ? piece->length : PG_UINT32_MAX);

	hash_add(&length, sizeof(length));
	if (piece->value != NULL)
		hash_add(VARDATA_ANY(piece->value), piece->length);
}

/* What is hashed is put together here if it is not larger, as it rarely is. */
#define HASH_SPACE 4096

/* Of an erased image, the digests by both functions were kept, in the order of HashFunction. */
static void
kept_contents(struct varlena *kept, int functions, Digest *contents)
{
	memset(contents, 0, sizeof(Digest) * functions);
	if (VARSIZE_ANY_EXHDR(kept) == ERASED_CONTENT_SIZE)
		memcpy(contents, VARDATA_ANY(kept), sizeof(Digest) * functions);
}

void
audit_entry_contents(const Datum *values, const bool *nulls, int functions, Digest *contents)
{
	uint8		space[HASH_SPACE + HASH_PADDING];
	ColumnPiece salt;
	ColumnPiece image;
	Size		length;

	if (!nulls[ENTRY_CONTENT - 1])
	{
		kept_contents(PG_DETOAST_DATUM_PACKED(values[ENTRY_CONTENT - 1]), functions, contents);
		return;
	}
	salt = column_piece(values, nulls, ENTRY_SALT);
	image = column_piece(values, nulls, ENTRY_IMAGE);
	length = (Size) salt.length + image.length + 2 * sizeof(uint32);
	if (length <= HASH_SPACE)
		put_piece(put_piece(space, &salt), &image);
	for (int function = 0; function < functions; function++)
	{
		if (length <= HASH_SPACE)
		{
			contents[function] = hash_of_buffer(function, space, length);
			continue;
		}
		hash_begin(function);
		hash_piece(&salt);
		hash_piece(&image);
		contents[function] = hash_end();
	}
}

#define LEAF_TEXTS (ENTRY_APPLICATION - ENTRY_RELATION_NAME + 1)

/* What a leaf is the hash of, but for the texts and their lengths. */
#define LEAF_FIXED (3 + 4 * sizeof(int64) + sizeof(Oid) + 1 + HASH_SIZE)

void
audit_entry_leaves(const Datum *values, const bool *nulls, int functions, Digest *leaves)
{
	Digest		contents[HASH_FUNCTIONS];
	ColumnPiece texts[LEAF_TEXTS];
	Size		length = LEAF_FIXED;
	uint8		space[HASH_SPACE + HASH_PADDING];
	uint8	   *message = space;
	uint8	   *at;

	audit_entry_contents(values, nulls, functions, contents);
	for (int i = 0; i < LEAF_TEXTS; i++)
	{
		texts[i] = column_piece(values, nulls, ENTRY_RELATION_NAME + i);
		length += sizeof(uint32) + texts[i].length;
	}
	if (length > HASH_SPACE)
		message = MemoryContextAllocHuge(CurrentMemoryContext, length + HASH_PADDING);
	at = message;
	*at++ = 0;
	*at++ = 'E';
	*at++ = 1;
	for (int column = ENTRY_EPOCH; column <= ENTRY_MADE_AT; column++)
		at = put_int64(at, (uint64) DatumGetInt64(values[column - 1]));
	at = put_int32(at, DatumGetObjectId(values[ENTRY_RELATION - 1]));
	*at++ = (uint8) DatumGetChar(values[ENTRY_OPERATION - 1]);
	for (int i = 0; i < LEAF_TEXTS; i++)
		at = put_piece(at, &texts[i]);
	for (int function = 0; function < functions; function++)
	{
		memcpy(at, contents[function].bytes, HASH_SIZE);
		leaves[function] = hash_of_buffer(function, message, length);
	}
	if (message != space)
		pfree(message);
}

void
audit_check_layout(TupleDesc descriptor, int columns, const char *table)
{
	if (descriptor->natts != columns)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pdauth.%s does not have the columns this library knows", table),
				 errhint("Library and extension must be of one version, and nobody may add columns.")));
}

void
audit_check_only_index(Relation table)
{
	List	   *indexes = RelationGetIndexList(table);

	if (list_length(indexes) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pdauth.%s may have no index but its key", RelationGetRelationName(table)),
				 errhint("Drop the others: SELECT indexname FROM pg_indexes WHERE tablename = '%s'.",
						 RelationGetRelationName(table))));
	list_free(indexes);
}

/* Only statements wait in a queue before they are written. */
static bool
is_of_statement(AuditOperation operation)
{
	return operation == AUDIT_STATEMENT || operation == AUDIT_OUTCOME || operation == AUDIT_REFUSAL || operation == AUDIT_POLICY;
}

static TimestampTz
written_at(const Datum *values, const bool *nulls)
{
	TimestampTz made_at = DatumGetTimestampTz(values[ENTRY_MADE_AT - 1]);
	TimestampTz later;

	if (!is_of_statement(DatumGetChar(values[ENTRY_OPERATION - 1])))
		return made_at;
	if (!nulls[ENTRY_CONTENT - 1])
		return DT_NOBEGIN;
	if (!nulls[ENTRY_IMAGE - 1] && audit_fields_written_at(PG_DETOAST_DATUM_PACKED(values[ENTRY_IMAGE - 1]), &later))
		return later;
	return made_at;
}

AuditEntry
audit_entry_from(const Datum *values, const bool *nulls, bool with_sm3)
{
	AuditEntry	entry = {0};

	entry.key = audit_key_of(values);
	entry.made_at = DatumGetTimestampTz(values[ENTRY_MADE_AT - 1]);
	entry.written_at = written_at(values, nulls);
	if (!nulls[ENTRY_RELATION_NAME - 1])
		entry.relation_name = (const struct varlena *) DatumGetPointer(values[ENTRY_RELATION_NAME - 1]);
	if (!nulls[ENTRY_LEAF - 1])
		entry.stored = audit_digest_of(values[ENTRY_LEAF - 1]);
	audit_entry_leaves(values, nulls, with_sm3 ? HASH_FUNCTIONS : 1, entry.computed);
	return entry;
}

char *
audit_entry_relation_name(const AuditEntry *entry)
{
	return entry->relation_name == NULL ? NULL :
		text_to_cstring((const text *) entry->relation_name);
}

/* pdauth.audit_epoch() returns bigint. */
Datum
pdauth_audit_epoch(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT64(audit_epoch());
}
