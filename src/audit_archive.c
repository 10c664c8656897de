/*
 * audit_archive.c
 *		pdauth.archive_entries(), pdauth.erase_image() and pdauth.prune_segment().
 */
#include "pdauth.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "executor/spi.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit_archive.h"
#include "audit_origin.h"
#include "audit_image.h"
#include "audit_scan.h"
#include "progress.h"

PG_FUNCTION_INFO_V1(pdauth_archive);
PG_FUNCTION_INFO_V1(pdauth_erase_image);
PG_FUNCTION_INFO_V1(pdauth_prune_segment);

/* CatalogTupleInsert() and CatalogTupleUpdate() know neither expression nor partial indexes. */
static Relation
open_segments(LOCKMODE lock)
{
	Relation	table = table_open(pdauth_relation_oid(AUDIT_SEGMENT_TABLE), lock);

	audit_check_layout(RelationGetDescr(table), SEGMENT_COLUMNS, AUDIT_SEGMENT_TABLE);
	audit_check_only_index(table);
	return table;
}

typedef struct Archive
{
	Relation	entries;
	Relation	segments;
	Snapshot	snapshot;
	TimestampTz before;
	AuditOrigins *origins;
	SegmentBuilder *builder;
	ItemPointerData places[AUDIT_SEGMENT_ENTRIES];
	int64		packed;
} Archive;

/*
 * A segment keeps no leaf, so an entry that no longer hashes to its own stays
 * a row: the difference is evidence.
 */
static bool
can_be_packed(const AuditEntry *entry, const Datum *values, const bool *nulls)
{
	struct varlena *salt;

	if (!hash_equal(&entry->stored, &entry->computed[HASH_SHA256]))
	{
		ereport(WARNING,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("entry (%lld, %llu, %lld) was altered and is not packed", (long long) entry->key.epoch,
						(unsigned long long) entry->key.xid, (long long) entry->key.n),
				 errhint("SELECT * FROM pdauth.verify() tells what else was.")));
		return false;
	}
	salt = PG_DETOAST_DATUM_PACKED(values[ENTRY_SALT - 1]);
	return !nulls[ENTRY_CONTENT - 1] || VARSIZE_ANY_EXHDR(salt) == AUDIT_SALT_SIZE;
}

static void
flush_segment(Archive *archive)
{
	int			count;
	int			i;

	if (archive->builder == NULL)
		return;
	count = audit_segment_added(archive->builder);
	CatalogTupleInsert(archive->segments,
					   audit_segment_finish(archive->builder, RelationGetDescr(archive->segments)));
	archive->builder = NULL;
	for (i = 0; i < count; i++)
		simple_heap_delete(archive->entries, &archive->places[i]);
	archive->packed += count;
	progress_advance(count);
}

static void
pack_entry(Archive *archive, AuditScan *scan, MemoryContext keep)
{
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS];
	AuditEntry	entry = audit_scan_entry(scan, false);
	MemoryContext caller;

	audit_scan_columns(scan, values, nulls);
	if (entry.made_at >= archive->before || !can_be_packed(&entry, values, nulls))
		return;
	caller = MemoryContextSwitchTo(keep);
	if (archive->builder == NULL)
		archive->builder = audit_segment_start();
	MemoryContextSwitchTo(caller);
	archive->places[audit_segment_added(archive->builder)] = *audit_scan_place(scan);
	audit_segment_add(archive->builder, values, nulls);
}

static void
archive_all(Archive *archive)
{
	AuditScan  *scan = audit_scan_begin_rows(archive->snapshot);
	MemoryContext per_segment = AllocSetContextCreate(CurrentMemoryContext, "pdauth archive", ALLOCSET_DEFAULT_SIZES);
	MemoryContext keep = CurrentMemoryContext;
	AuditKey	key = {.epoch = PG_INT64_MIN};
	int64		epoch = PG_INT64_MIN;

	audit_scan_seek(scan, &key);
	while (audit_scan_next(scan, &key))
	{
		bool		is_full = archive->builder != NULL && audit_segment_full(archive->builder);
		MemoryContext caller;

		if (is_full || key.epoch != epoch)
		{
			caller = MemoryContextSwitchTo(per_segment);
			flush_segment(archive);
			MemoryContextSwitchTo(caller);
			MemoryContextReset(per_segment);
		}
		epoch = key.epoch;
		if (audit_origins_must_be_sealed(archive->origins, &key))
			pack_entry(archive, scan, keep);
	}
	flush_segment(archive);
	audit_scan_end(scan);
	MemoryContextDelete(per_segment);
}

/* pdauth.archive_entries(before timestamptz) returns bigint: entries packed. */
Datum
pdauth_archive(PG_FUNCTION_ARGS)
{
	Archive    *archive = palloc0(sizeof(Archive));
	int64		packed;

	archive->before = PG_GETARG_TIMESTAMPTZ(0);
	/* one at a time; writers and readers go on */
	archive->segments = open_segments(ShareRowExclusiveLock);
	archive->entries = table_open(pdauth_relation_oid(AUDIT_ENTRY_TABLE), RowExclusiveLock);
	archive->snapshot = RegisterSnapshot(GetLatestSnapshot());
	archive->origins = audit_origins_read(archive->snapshot);
	progress_begin("packing the audit log", NULL, 0);
	archive_all(archive);
	progress_end();
	UnregisterSnapshot(archive->snapshot);
	table_close(archive->entries, NoLock);
	table_close(archive->segments, NoLock);
	packed = archive->packed;
	PG_RETURN_INT64(packed);
}

static char *
key_text(const AuditKey *key)
{
	return psprintf("(" INT64_FORMAT "," UINT64_FORMAT "," INT64_FORMAT ")", key->epoch, key->xid, key->n);
}

bytea *
audit_erasure_image(const AuditKey *erased, const char *reason)
{
	const char *names[] = {"entry", "reason"};
	const char *values[] = {key_text(erased), reason};

	return audit_image_notes(2, names, values);
}

bytea *
audit_pruning_image(const SegmentHeader *segment, const char *reason)
{
	const char *names[] = {"first", "last", "entries", "reason"};
	const char *values[] = {key_text(&segment->first), key_text(&segment->last),
	psprintf("%d", segment->entries), reason};

	return audit_image_notes(4, names, values);
}

/*
 * Is there an entry of this key and operation whose image begins as expected?
 * What follows is the reason.  The entry itself is verified like any other.
 */
static bool
is_recorded(Snapshot snapshot, const AuditKey *key, AuditOperation operation, bytea *expected)
{
	AuditScan  *scan = audit_scan_begin_kept(snapshot);
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS];
	AuditKey	found;
	bool		recorded = false;
	bytea	   *image;
	/* an empty reason ends with a piece of length 0 */
	int			length = VARSIZE_ANY_EXHDR(expected) - sizeof(uint32);

	audit_scan_seek(scan, key);
	if (audit_scan_next(scan, &found) && audit_key_compare(&found, key) == 0)
	{
		audit_scan_columns(scan, values, nulls);
		if (!nulls[ENTRY_OPERATION - 1] && DatumGetChar(values[ENTRY_OPERATION - 1]) == (char) operation &&
			!nulls[ENTRY_IMAGE - 1])
		{
			image = DatumGetByteaPP(values[ENTRY_IMAGE - 1]);
			recorded = VARSIZE_ANY_EXHDR(image) > length &&
				memcmp(VARDATA_ANY(image), VARDATA_ANY(expected), length) == 0;
		}
	}
	audit_scan_end(scan);
	return recorded;
}

bool
audit_pruning_is_recorded(Snapshot snapshot, const SegmentHeader *segment)
{
	return is_recorded(snapshot, &segment->pruned_by, AUDIT_PRUNE, audit_pruning_image(segment, ""));
}

bool
audit_erasure_is_recorded(Snapshot snapshot, const AuditKey *erased, Datum content)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(content);
	uint64		fields[3];
	AuditKey	key;

	if (VARSIZE_ANY_EXHDR(bytes) != ERASED_CONTENT_SIZE)
		return false;
	memcpy(fields, VARDATA_ANY(bytes) + HASH_FUNCTIONS * HASH_SIZE, sizeof(fields));
	key.epoch = (int64) pg_ntoh64(fields[0]);
	key.xid = pg_ntoh64(fields[1]);
	key.n = (int64) pg_ntoh64(fields[2]);
	return is_recorded(snapshot, &key, AUDIT_ERASE, audit_erasure_image(erased, ""));
}

/* The columns of an entry without its image. */
static void
erase_values(Datum *values, bool *nulls, const AuditKey *recorded)
{
	StringInfoData content;
	Digest		digests[HASH_FUNCTIONS];

	audit_entry_contents(values, nulls, HASH_FUNCTIONS, digests);
	initStringInfo(&content);
	enlargeStringInfo(&content, VARHDRSZ + ERASED_CONTENT_SIZE);
	content.len = VARHDRSZ;
	appendBinaryStringInfo(&content, (const char *) digests, sizeof(digests));
	pq_sendint64(&content, recorded->epoch);
	pq_sendint64(&content, recorded->xid);
	pq_sendint64(&content, recorded->n);
	SET_VARSIZE(content.data, content.len);
	values[ENTRY_CONTENT - 1] = PointerGetDatum(content.data);
	nulls[ENTRY_CONTENT - 1] = false;
	nulls[ENTRY_IMAGE - 1] = true;
	values[ENTRY_SALT - 1] = PointerGetDatum(cstring_to_text(""));
}

static void
replace_row(Relation table, ItemPointer place, HeapTuple row)
{
	ItemPointerData old = *place;

	row->t_self = old;
	CatalogTupleUpdate(table, &old, row);
}

static void
erase_in_row(ItemPointer place, Datum *values, bool *nulls)
{
	Relation	entries = table_open(pdauth_relation_oid(AUDIT_ENTRY_TABLE), RowExclusiveLock);

	audit_check_only_index(entries);
	replace_row(entries, place, heap_form_tuple(RelationGetDescr(entries), values, nulls));
	table_close(entries, NoLock);
}

static HeapTuple
fetch_segment(Relation segments, ItemPointer place, Snapshot snapshot)
{
	HeapTupleData row;
	HeapTuple	copy;
	Buffer		buffer;

	row.t_self = *place;
	if (!heap_fetch(segments, snapshot, &row, &buffer, false))
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("the segment was changed meanwhile"),
				 errhint("Call the function again.")));
	copy = heap_copytuple(&row);
	ReleaseBuffer(buffer);
	return copy;
}

/* Build the segment anew, with the changed entry in its place. */
static void
erase_in_segment(Relation segments, ItemPointer place, Snapshot snapshot, const AuditKey *key, Datum *values, bool *nulls)
{
	HeapTuple	row = fetch_segment(segments, place, snapshot);
	SegmentReader *reader = audit_segment_open(row, RelationGetDescr(segments));
	SegmentBuilder *builder = audit_segment_start();
	int			i;

	for (i = 0; i < audit_segment_count(reader); i++)
	{
		AuditKey	at = audit_segment_key(reader, i);
		Datum		kept[ENTRY_COLUMNS];
		bool		kept_nulls[ENTRY_COLUMNS];

		audit_segment_values(reader, i, kept, kept_nulls);
		if (audit_key_compare(&at, key) == 0)
			audit_segment_add(builder, values, nulls);
		else
			audit_segment_add(builder, kept, kept_nulls);
	}
	replace_row(segments, place, audit_segment_finish(builder, RelationGetDescr(segments)));
	audit_segment_close(reader);
}

static void
require_reason(const char *reason, const char *what)
{
	if (strspn(reason, " \t\n") == strlen(reason))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s needs a reason", _(what)),
				 errhint("It becomes an entry of the log: name the request, order or decision it rests on.")));
}

/* The index of subjects must not remember what is erased. */
static void
renew_index(void)
{
	SPI_connect();
	if (SPI_execute("SELECT pdauth.audit_index()", false, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not renew the index of the audit log");
	SPI_finish();
}

/* pdauth.erase_image(epoch bigint, xid xid8, n bigint, reason text) returns void. */
Datum
pdauth_erase_image(PG_FUNCTION_ARGS)
{
	AuditKey	wanted = {PG_GETARG_INT64(0), (uint64) PG_GETARG_INT64(1), PG_GETARG_INT64(2)};
	char	   *reason = text_to_cstring(PG_GETARG_TEXT_PP(3));
	Relation	segments = open_segments(ShareRowExclusiveLock);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	AuditScan  *scan = audit_scan_begin(snapshot);
	Datum		values[ENTRY_COLUMNS];
	bool		nulls[ENTRY_COLUMNS];
	AuditKey	key;
	AuditKey	recorded;

	require_reason(reason, "erasing an image");
	audit_scan_seek(scan, &wanted);
	if (!audit_scan_next(scan, &key) || audit_key_compare(&key, &wanted) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("there is no entry %s in the audit log", key_text(&wanted)),
				 errhint("Keys are (epoch, xid, n): SELECT epoch, xid, n FROM pdauth.audit_log.")));
	audit_scan_columns(scan, values, nulls);
	if (nulls[ENTRY_IMAGE - 1])
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("entry %s has no image", key_text(&wanted)),
				 errhint("It never had one, or it was erased already.")));
	recorded = audit_entry_write(AUDIT_ERASE, DatumGetObjectId(values[ENTRY_RELATION - 1]),
								 nulls[ENTRY_RELATION_NAME - 1] ? NULL : DatumGetTextPP(values[ENTRY_RELATION_NAME - 1]),
								 audit_erasure_image(&wanted, reason));
	erase_values(values, nulls, &recorded);
	if (audit_scan_place(scan) != NULL)
		erase_in_row(audit_scan_place(scan), values, nulls);
	else
		erase_in_segment(segments, audit_scan_segment_place(scan), snapshot, &wanted, values, nulls);
	audit_scan_end(scan);
	UnregisterSnapshot(snapshot);
	table_close(segments, NoLock);
	renew_index();
	PG_RETURN_VOID();
}

/* Raise what keeps the segment, whoever asks; returns what to record of its pruning. */
static char *
require_prunable(Datum place, Datum before, Datum reason)
{
	Oid			types[] = {TIDOID, TIMESTAMPTZOID, TEXTOID};
	Datum		values[] = {place, before, reason};
	MemoryContext caller = CurrentMemoryContext;
	char	   *record;

	SPI_connect();
	if (SPI_execute_with_args("SELECT pdauth.require_prunable($1, $2, $3)", lengthof(types), types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "could not ask whether a segment of the log may be pruned");
	record = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1));
	SPI_finish();
	return record;
}

/*
 * pdauth.prune_segment(place tid, before timestamptz, reason text) returns
 * bigint: entries gone.
 */
Datum
pdauth_prune_segment(PG_FUNCTION_ARGS)
{
	ItemPointer place = (ItemPointer) PG_GETARG_POINTER(0);
	char	   *reason = text_to_cstring(PG_GETARG_TEXT_PP(2));
	Relation	segments = open_segments(ShareRowExclusiveLock);
	TupleDesc	descriptor = RelationGetDescr(segments);
	Snapshot	snapshot = RegisterSnapshot(GetLatestSnapshot());
	HeapTuple	row = fetch_segment(segments, place, snapshot);
	SegmentHeader header = audit_segment_header(row, descriptor);
	Datum		values[SEGMENT_COLUMNS];
	bool		nulls[SEGMENT_COLUMNS];
	AuditKey	recorded;
	int			column;

	require_reason(reason, "pruning the log");
	if (header.pruned)
		PG_RETURN_INT64(0);
	reason = require_prunable(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2));
	if (!audit_segment_header_fits(&header, row, descriptor))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("a segment of the audit log says something else than its entries and is not pruned"),
				 errhint("It was altered: SELECT * FROM pdauth.verify() names it.")));
	recorded = audit_entry_write(AUDIT_PRUNE, RelationGetRelid(segments), cstring_to_text("pdauth.audit_segment"),
								 audit_pruning_image(&header, reason));
	heap_deform_tuple(row, descriptor, values, nulls);
	/* the keys stay, so that it is known which entries are gone */
	for (column = SEGMENT_NS + 1; column <= SEGMENT_COLUMNS; column++)
		nulls[column - 1] = true;
	values[SEGMENT_PRUNED_EPOCH - 1] = Int64GetDatum(recorded.epoch);
	values[SEGMENT_PRUNED_XID - 1] = Int64GetDatum((int64) recorded.xid);
	values[SEGMENT_PRUNED_N - 1] = Int64GetDatum(recorded.n);
	nulls[SEGMENT_PRUNED_EPOCH - 1] = nulls[SEGMENT_PRUNED_XID - 1] = nulls[SEGMENT_PRUNED_N - 1] = false;
	replace_row(segments, place, heap_form_tuple(descriptor, values, nulls));
	UnregisterSnapshot(snapshot);
	table_close(segments, NoLock);
	PG_RETURN_INT64(header.entries);
}
