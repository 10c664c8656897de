/*
 * audit_forward.c
 *		Takes over the records of queues, from this server and from standbys.
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlogrecovery.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "executor/spi.h"
#include "libpq-fe.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "utils/xid8.h"

#include "audit_entry.h"
#include "audit_forward.h"
#include "audit_queue.h"
#include "audit_record.h"

PG_FUNCTION_INFO_V1(pdauth_import_records);

/* So that the worker is not stuck for long when its database is to be dropped. */
#define CONNECT_TIMEOUT "5"
#define FORWARD_TIMEOUT "-c statement_timeout=30s"

#define DETECTION_TABLE "detection_due"

static char *forward_conninfo = NULL;
static PGconn *connection = NULL;

static Datum
id_datum(const uint8 *id)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

	memcpy(uuid->data, id, UUID_LEN);
	return UUIDPGetDatum(uuid);
}

static SPIPlanPtr
kept_plan(SPIPlanPtr *plan, const char *sql, int count, Oid *types)
{
	if (*plan == NULL)
	{
		*plan = SPI_prepare(sql, count, types);
		if (*plan == NULL || SPI_keepplan(*plan) != 0)
			elog(ERROR, "could not prepare: %s", sql);
	}
	return *plan;
}

/* Its own change of pdauth.audit_queue is under way. */
static bool writing_position = false;

bool
audit_writes_position(void)
{
	return writing_position;
}

static void
write_position(SPIPlanPtr plan, Datum *values, const char *nulls, int expected)
{
	writing_position = true;
	PG_TRY();
	{
		if (SPI_execute_plan(plan, values, nulls, false, 0) != expected)
			elog(ERROR, "could not write pdauth.audit_queue");
	}
	PG_FINALLY();
	{
		writing_position = false;
	}
	PG_END_TRY();
}

/* How far the log has a queue, locked until the end of the transaction; one that it does not know begins where it is said to. */
static AuditQueuePosition
locked_position(const uint8 *id, const AuditQueuePosition *begins)
{
	static SPIPlanPtr make = NULL;
	static SPIPlanPtr lock = NULL;
	Oid			types[] = {UUIDOID, INT8OID};
	Datum		values[] = {id_datum(id), (Datum) 0};
	AuditQueuePosition known = {0, audit_queue_chain_start(id)};
	Datum		chain;
	bool		is_null;

	if (SPI_execute_plan(kept_plan(&lock, "SELECT position, chain FROM pdauth.audit_queue WHERE queue = $1 FOR UPDATE", 1, types),
						 values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not read pdauth.audit_queue");
	if (SPI_processed > 0)
	{
		known.position = (uint64) DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
		chain = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &is_null);
		if (!is_null && VARSIZE_ANY_EXHDR(DatumGetByteaPP(chain)) == HASH_SIZE)
			memcpy(known.chain.bytes, VARDATA_ANY(DatumGetByteaPP(chain)), HASH_SIZE);
		return known;
	}
	if (begins != NULL)
		known = *begins;
	values[1] = Int64GetDatum((int64) known.position);
	write_position(kept_plan(&make, "INSERT INTO pdauth.audit_queue (queue, position) VALUES ($1, $2)", 2, types),
				   values, NULL, SPI_OK_INSERT);
	return known;
}

static void
note_position(const uint8 *id, uint64 position, const Digest *chain)
{
	static SPIPlanPtr plan = NULL;
	Oid			types[] = {UUIDOID, INT8OID, BYTEAOID};
	Datum		values[] = {id_datum(id), Int64GetDatum((int64) position), (Datum) 0};
	char		nulls[] = {' ', ' ', 'n'};

	if (chain != NULL)
	{
		values[2] = PointerGetDatum(cstring_to_text_with_len((const char *) chain->bytes, HASH_SIZE));
		nulls[2] = ' ';
	}
	write_position(kept_plan(&plan, "UPDATE pdauth.audit_queue SET position = $2, chain = $3, noted_at = pg_catalog.clock_timestamp() WHERE queue = $1", 3, types),
				   values, nulls, SPI_OK_UPDATE);
}

/* Length of the records that the log has already. */
static Size
skip_known(const char *records, Size length, uint64 known)
{
	Size		at = 0;
	uint64		expected = 0;

	while (at < length)
	{
		const AuditQueueHeader *header = (const AuditQueueHeader *) (records + at);

		if (length - at < sizeof(AuditQueueHeader) ||
			!audit_queue_valid(records + at, length - at, at == 0 ? header->position : expected))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("these are no complete records of an audit queue")));
		if (header->position >= known)
			break;
		expected = header->position + header->length;
		at += header->length;
	}
	return at;
}

/* All of them must be there: one after the other, from where the log ends. */
static void
require_unbroken(const char *records, Size length, uint64 known)
{
	uint64		expected = known;

	for (Size at = 0; at < length;)
	{
		if (!audit_queue_valid(records + at, length - at, expected))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("records of an audit queue are missing or damaged at position %llu", (unsigned long long) expected),
					 errhint("Somebody took out or changed records before they came into the log. Look at the server they come from.")));
		expected += ((const AuditQueueHeader *) (records + at))->length;
		at += ((const AuditQueueHeader *) (records + at))->length;
	}
}

/* Else who can write the table would tell us to pass over what is still to be written. */
static void
require_position(uint64 known, const char *records, uint64 noting)
{
	uint64		taken = ((const AuditQueueHeader *) records)->position;

	if (known != taken && known != noting)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the position in pdauth.audit_queue is %llu, where %llu was noted", (unsigned long long) known, (unsigned long long) Max(taken, noting)),
				 errhint("Somebody changed it. Until it is put back under break-glass nothing more is taken from the queue, and once it is full statements are refused.")));
}

/* Who looks for incidents reads the entries of this transaction, and not all that others have written. */
static void
note_for_detection(void)
{
	Relation	table = table_open(pdauth_relation_oid(DETECTION_TABLE), RowExclusiveLock);
	Datum		values[] = {Int64GetDatum(audit_epoch()), FullTransactionIdGetDatum(GetTopFullTransactionId())};
	bool		nulls[lengthof(values)] = {0};

	audit_check_layout(RelationGetDescr(table), lengthof(values), DETECTION_TABLE);
	/* it has no index, and nobody is let make one */
	simple_heap_insert(table, heap_form_tuple(RelationGetDescr(table), values, nulls));
	table_close(table, NoLock);
}

int64
audit_import(const uint8 *queue_id, const char *records, Size length, const char *origin, bool chained,
			 const AuditQueuePosition *begins, uint64 *noting)
{
	AuditQueuePosition known;
	uint64		position;
	Size		skip;
	int64		written = 0;

	if (length == 0)
		return 0;
	SPI_connect();
	known = locked_position(queue_id, begins);
	if (noting != NULL)
		require_position(known.position, records, *noting);
	skip = skip_known(records, length, known.position);
	if (skip < length)
	{
		require_unbroken(records + skip, length - skip, known.position);
		if (chained && !audit_queue_chain_follow(&known.chain, records + skip, length - skip))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("records of an audit queue were changed or exchanged after position %llu", (unsigned long long) known.position),
					 errhint("Somebody changed them before they came into the log. Look at the server they come from; doc/audit.md tells how to go on.")));
		written = audit_record_write(records + skip, length - skip, origin, &position);
		if (noting != NULL)
			*noting = position;
		note_position(queue_id, position, chained ? &known.chain : NULL);
		note_for_detection();
	}
	SPI_finish();
	return written;
}

/* pdauth.import_records(queue uuid, records bytea, standby text) returns bigint: entries written. */
Datum
pdauth_import_records(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	bytea	   *bytes = PG_GETARG_BYTEA_PP(1);
	Size		length = VARSIZE_ANY_EXHDR(bytes);
	char	   *records = palloc(Max(length, 1));	/* aligned, which a short bytea is not */

	memcpy(records, VARDATA_ANY(bytes), length);
	PG_RETURN_INT64(audit_import(id->data, records, length, text_to_cstring(PG_GETARG_TEXT_PP(2)), true, NULL, NULL));
}

static bool
fail(const char *what)
{
	ereport(LOG,
			(errmsg("pdauth cannot send records of statements to the primary: %s: %s", what, PQerrorMessage(connection)),
			 errhint("They wait in the queue. pdauth.audit_primary_conninfo, or else primary_conninfo, says how to connect: to a server that writes, of several hosts the one that does. The role needs EXECUTE on pdauth.import_records(uuid, bytea, text).")));
	PQfinish(connection);
	connection = NULL;
	return false;
}

static bool
connect_primary(void)
{
	const char *conninfo = forward_conninfo && forward_conninfo[0] ? forward_conninfo : PrimaryConnInfo;
	/* of several hosts the primary, whichever it is by now; behind another standby primary_conninfo leads to none */
	const char *keywords[] = {"target_session_attrs", "dbname", "dbname", "application_name", "connect_timeout", "options", "replication", NULL};
	const char *values[] = {"read-write", conninfo, get_database_name(MyDatabaseId), "pdauth audit forwarder", CONNECT_TIMEOUT, FORWARD_TIMEOUT, "false", NULL};

	if (connection != NULL && PQstatus(connection) == CONNECTION_OK)
		return true;
	if (connection != NULL)
		PQfinish(connection);
	connection = PQconnectdbParams(keywords, values, 1);
	return PQstatus(connection) == CONNECTION_OK || fail("connecting");
}

bool
audit_forward(const uint8 *queue_id, const char *records, Size length)
{
	char	   *id = DatumGetCString(DirectFunctionCall1(uuid_out, id_datum(queue_id)));
	const char *name = GetConfigOption("cluster_name", true, false);
	const char *values[] = {id, records, name && name[0] ? name : "standby"};
	int			lengths[] = {0, length, 0};
	int			formats[] = {0, 1, 0};
	PGresult   *result;
	bool		done;

	if (!connect_primary())
		return false;
	result = PQexecParams(connection, "SELECT pdauth.import_records($1, $2, $3)", 3, NULL, values, lengths, formats, 0);
	done = PQresultStatus(result) == PGRES_TUPLES_OK;
	PQclear(result);
	return done || fail("pdauth.import_records()");
}

void
audit_forward_init(void)
{
	DefineCustomStringVariable("pdauth.audit_primary_conninfo",
							   "How a standby connects to its primary to send records of statements.",
							   "Empty: as primary_conninfo says. Of several hosts the one that writes is taken. The database is always the one the statements ran in.",
							   &forward_conninfo, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
}
