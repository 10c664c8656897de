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
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "audit_entry.h"
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

	if (epoch == 0 || RecoveryInProgress())
		epoch = audit_epoch_of(GetSystemIdentifier(), MyDatabaseId, audit_timeline());
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

/* The bytes of a variable-length column, as a piece of its own. */
static void
append_varlena(StringInfo buffer, const Datum *values, const bool *nulls, int column)
{
	struct varlena *value;

	if (nulls[column - 1])
	{
		audit_append_piece(buffer, NULL, 0);
		return;
	}
	value = PG_DETOAST_DATUM_PACKED(values[column - 1]);
	audit_append_piece(buffer, VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/* As append_varlena, straight into the running hash: images can be large. */
static void
hash_varlena(const Datum *values, const bool *nulls, int column)
{
	struct varlena *value = NULL;
	uint32		length = PG_UINT32_MAX;

	if (!nulls[column - 1])
	{
		value = PG_DETOAST_DATUM_PACKED(values[column - 1]);
		length = VARSIZE_ANY_EXHDR(value);
	}
	length = pg_hton32(length);
	hash_add(&length, sizeof(length));
	if (value != NULL)
		hash_add(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

/*
 * H(piece(salt) || piece(image)).  Of an erased image, the digests by both
 * functions were kept, in the order of HashFunction.
 */
Digest
audit_entry_content(HashFunction function, const Datum *values, const bool *nulls)
{
	Digest		content = {{0}};
	struct varlena *kept;

	if (!nulls[ENTRY_CONTENT - 1])
	{
		kept = PG_DETOAST_DATUM_PACKED(values[ENTRY_CONTENT - 1]);
		if (VARSIZE_ANY_EXHDR(kept) == ERASED_CONTENT_SIZE)
			memcpy(content.bytes, VARDATA_ANY(kept) + function * HASH_SIZE, HASH_SIZE);
		return content;
	}
	hash_begin(function);
	hash_varlena(values, nulls, ENTRY_SALT);
	hash_varlena(values, nulls, ENTRY_IMAGE);
	return hash_end();
}

Digest
audit_entry_leaf(HashFunction function, const Datum *values, const bool *nulls)
{
	static StringInfoData header = {0};	/* kept: a leaf is made for each row written */
	Digest		content = audit_entry_content(function, values, nulls);
	int			column;

	if (header.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&header);
		MemoryContextSwitchTo(caller);
	}
	resetStringInfo(&header);
	appendBinaryStringInfo(&header, "E\1", 2);
	for (column = ENTRY_EPOCH; column <= ENTRY_MADE_AT; column++)
		pq_sendint64(&header, DatumGetInt64(values[column - 1]));
	pq_sendint32(&header, DatumGetObjectId(values[ENTRY_RELATION - 1]));
	pq_sendint8(&header, DatumGetChar(values[ENTRY_OPERATION - 1]));
	for (column = ENTRY_RELATION_NAME; column <= ENTRY_APPLICATION; column++)
		append_varlena(&header, values, nulls, column);

	hash_begin_leaf(function);
	hash_add(header.data, header.len);
	hash_add(content.bytes, HASH_SIZE);
	return hash_end();
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

AuditEntry
audit_entry_from(const Datum *values, const bool *nulls, bool with_sm3)
{
	AuditEntry	entry = {0};

	entry.key.epoch = DatumGetInt64(values[ENTRY_EPOCH - 1]);
	entry.key.xid = (uint64) DatumGetInt64(values[ENTRY_XID - 1]);
	entry.key.n = DatumGetInt64(values[ENTRY_N - 1]);
	entry.made_at = DatumGetTimestampTz(values[ENTRY_MADE_AT - 1]);
	if (!nulls[ENTRY_RELATION_NAME - 1])
		entry.relation_name = (const struct varlena *) DatumGetPointer(values[ENTRY_RELATION_NAME - 1]);
	if (!nulls[ENTRY_LEAF - 1])
		entry.stored = audit_digest_of(values[ENTRY_LEAF - 1]);
	entry.computed[HASH_SHA256] = audit_entry_leaf(HASH_SHA256, values, nulls);
	if (with_sm3)
		entry.computed[HASH_SM3] = audit_entry_leaf(HASH_SM3, values, nulls);
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
