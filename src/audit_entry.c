/*
 * audit_entry.c
 *		Writes entries of the audit log, and computes their leaf hashes.
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "access/xlogrecovery.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_entry.h"
#include "audit_image.h"

PG_FUNCTION_INFO_V1(pdauth_audit_epoch);

#define SALT_SIZE 16

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

/*
 * The next number in this top-level transaction.  It never goes back, so that
 * entries of rolled-back subtransactions, whose index entries remain until
 * vacuum, leave gaps and no duplicates.
 */
static AuditKey
next_key(void)
{
	static uint64 transaction = 0;
	static int64 last = 0;
	AuditKey	key;

	key.epoch = audit_epoch();
	key.xid = U64FromFullTransactionId(GetTopFullTransactionId());
	if (key.xid != transaction)
	{
		transaction = key.xid;
		last = 0;
	}
	key.n = ++last;
	return key;
}

/* Result of a built-in function without arguments, or NULL. */
static char *
ask(Oid function)
{
	LOCAL_FCINFO(call, 0);
	FmgrInfo	info;
	Datum		result;
	Oid			output;
	bool		is_varlena;

	fmgr_info(function, &info);
	InitFunctionCallInfoData(*call, &info, 0, InvalidOid, NULL, NULL);
	result = FunctionCallInvoke(call);
	if (call->isnull)
		return NULL;
	getTypeOutputInfo(get_func_rettype(function), &output, &is_varlena);
	return OidOutputFunctionCall(output, result);
}

/* Address and port of the client, NULL for a local socket or a background process. */
static const char *
client_address(void)
{
	static char *address = NULL;
	static bool asked = false;
	char	   *host;

	if (asked)
		return address;
	host = ask(F_INET_CLIENT_ADDR);
	if (host != NULL)
		address = MemoryContextStrdup(TopMemoryContext, psprintf("%s port %s", host, ask(F_INET_CLIENT_PORT)));
	asked = true;
	return address;
}

static void
set_text(Datum *values, bool *nulls, int column, const char *value)
{
	nulls[column - 1] = value == NULL || *value == '\0';
	if (!nulls[column - 1])
		values[column - 1] = CStringGetTextDatum(value);
}

static void
set_context(Datum *values, bool *nulls)
{
	set_text(values, nulls, ENTRY_ROLE_NAME, GetUserNameFromId(GetUserId(), true));
	set_text(values, nulls, ENTRY_SESSION_ROLE_NAME, GetUserNameFromId(GetSessionUserId(), true));
	set_text(values, nulls, ENTRY_PURPOSE, GetConfigOption("pdauth.purpose", true, false));
	set_text(values, nulls, ENTRY_APPLICATION, application_name);
	set_text(values, nulls, ENTRY_CLIENT, client_address());
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

static Digest
leaf_of(HashFunction function, const Datum *values, const bool *nulls)
{
	static StringInfoData header = {0};
	Digest		content;
	int			column;

	hash_begin(function);
	hash_varlena(values, nulls, ENTRY_SALT);
	hash_varlena(values, nulls, ENTRY_IMAGE);
	content = hash_end();

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

static Datum
bytes_datum(const void *data, Size length)
{
	bytea	   *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	memcpy(VARDATA(bytes), data, length);
	return PointerGetDatum(bytes);
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

/* CatalogTupleInsert() knows neither expression nor partial indexes. */
static void
check_only_index(Relation table)
{
	List	   *indexes = RelationGetIndexList(table);

	if (list_length(indexes) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("pdauth.audit_entry may have no index but its key"),
				 errhint("Drop the others: SELECT indexname FROM pg_indexes WHERE tablename = 'audit_entry'.")));
	list_free(indexes);
}

static void
insert_row(Datum *values, bool *nulls)
{
	Relation	table = table_open(pdauth_relation_oid(AUDIT_ENTRY_TABLE), RowExclusiveLock);
	TupleDesc	descriptor = RelationGetDescr(table);
	HeapTuple	row;

	audit_check_layout(descriptor, ENTRY_COLUMNS, AUDIT_ENTRY_TABLE);
	row = heap_form_tuple(descriptor, values, nulls);

	check_only_index(table);
	/* the heap and its only index; no triggers, rules, policies or executor */
	CatalogTupleInsert(table, row);
	table_close(table, NoLock);
}

void
audit_entry_write(AuditOperation operation, Oid relation, const char *relation_name, bytea *image)
{
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS] = {0};
	AuditKey	key = next_key();
	uint8		salt[SALT_SIZE];
	Digest		leaf;

	if (!pg_strong_random(salt, sizeof(salt)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not draw a random salt for the audit log")));
	values[ENTRY_EPOCH - 1] = Int64GetDatum(key.epoch);
	values[ENTRY_XID - 1] = Int64GetDatum((int64) key.xid);
	values[ENTRY_N - 1] = Int64GetDatum(key.n);
	/* evidence: the server's clock, which pdauth.clock does not stop */
	values[ENTRY_MADE_AT - 1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[ENTRY_RELATION - 1] = ObjectIdGetDatum(relation);
	values[ENTRY_OPERATION - 1] = CharGetDatum((char) operation);
	set_text(values, nulls, ENTRY_RELATION_NAME, relation_name);
	set_context(values, nulls);
	values[ENTRY_SALT - 1] = bytes_datum(salt, sizeof(salt));
	nulls[ENTRY_IMAGE - 1] = image == NULL;
	values[ENTRY_IMAGE - 1] = PointerGetDatum(image);
	leaf = leaf_of(HASH_SHA256, values, nulls);
	values[ENTRY_LEAF - 1] = bytes_datum(leaf.bytes, HASH_SIZE);
	insert_row(values, nulls);
}

AuditEntry
audit_entry_from(const Datum *values, const bool *nulls, bool with_sm3)
{
	AuditEntry	entry = {0};
	struct varlena *leaf;

	entry.key.epoch = DatumGetInt64(values[ENTRY_EPOCH - 1]);
	entry.key.xid = (uint64) DatumGetInt64(values[ENTRY_XID - 1]);
	entry.key.n = DatumGetInt64(values[ENTRY_N - 1]);
	entry.made_at = DatumGetTimestampTz(values[ENTRY_MADE_AT - 1]);
	if (!nulls[ENTRY_RELATION_NAME - 1])
		entry.relation_name = (const struct varlena *) DatumGetPointer(values[ENTRY_RELATION_NAME - 1]);
	if (!nulls[ENTRY_LEAF - 1])
	{
		leaf = PG_DETOAST_DATUM_PACKED(values[ENTRY_LEAF - 1]);
		if (VARSIZE_ANY_EXHDR(leaf) == HASH_SIZE)
			memcpy(entry.stored.bytes, VARDATA_ANY(leaf), HASH_SIZE);
	}
	entry.computed[HASH_SHA256] = leaf_of(HASH_SHA256, values, nulls);
	if (with_sm3)
		entry.computed[HASH_SM3] = leaf_of(HASH_SM3, values, nulls);
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
