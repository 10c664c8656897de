/*
 * audit_block.c
 *		Rows of pdauth.audit_block: reading, writing, hashing.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "audit_block.h"
#include "audit_image.h"

static Digest
digest_from(Datum value, bool is_null)
{
	Digest		digest = {{0}};
	struct varlena *bytes;

	if (is_null)
		return digest;
	bytes = PG_DETOAST_DATUM_PACKED(value);
	if (VARSIZE_ANY_EXHDR(bytes) == HASH_SIZE)
		memcpy(digest.bytes, VARDATA_ANY(bytes), HASH_SIZE);
	return digest;
}

static StringInfoData
bytes_from(Datum value, bool is_null)
{
	StringInfoData bytes;

	initStringInfo(&bytes);
	if (!is_null)
	{
		struct varlena *data = PG_DETOAST_DATUM_PACKED(value);

		appendBinaryStringInfo(&bytes, VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
	}
	return bytes;
}

static char *
text_from(Oid type, Datum value, bool is_null)
{
	Oid			output;
	bool		is_varlena;

	if (is_null)
		return pstrdup("");
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

AuditBlock
audit_block_read(HeapTuple row, TupleDesc descriptor)
{
	Datum		v[BLOCK_COLUMNS];
	bool		n[BLOCK_COLUMNS];
	AuditBlock	block;

	audit_check_layout(descriptor, BLOCK_COLUMNS, "audit_block");
	heap_deform_tuple(row, descriptor, v, n);
	block.number = DatumGetInt64(v[BLOCK_NUMBER - 1]);
	block.sealed_at = DatumGetTimestampTz(v[BLOCK_SEALED_AT - 1]);
	block.epoch = DatumGetInt64(v[BLOCK_EPOCH - 1]);
	block.system_identifier = (uint64) DatumGetInt64(v[BLOCK_SYSTEM_IDENTIFIER - 1]);
	block.database = DatumGetObjectId(v[BLOCK_DATABASE - 1]);
	block.timeline = (uint32) DatumGetInt32(v[BLOCK_TIMELINE - 1]);
	block.first_leaf = DatumGetInt64(v[BLOCK_FIRST_LEAF - 1]);
	block.entries = DatumGetInt64(v[BLOCK_ENTRIES - 1]);
	block.snapshot = text_from(PG_SNAPSHOTOID, v[BLOCK_SNAPSHOT - 1], n[BLOCK_SNAPSHOT - 1]);
	block.has_previous = !n[BLOCK_PREVIOUS_HASH - 1];
	block.previous_hash = digest_from(v[BLOCK_PREVIOUS_HASH - 1], n[BLOCK_PREVIOUS_HASH - 1]);
	block.hash = digest_from(v[BLOCK_HASH - 1], n[BLOCK_HASH - 1]);
	block.root = digest_from(v[BLOCK_ROOT - 1], n[BLOCK_ROOT - 1]);
	block.frontier = bytes_from(v[BLOCK_FRONTIER - 1], n[BLOCK_FRONTIER - 1]);
	block.manifest = bytes_from(v[BLOCK_MANIFEST - 1], n[BLOCK_MANIFEST - 1]);
	block.leaves = bytes_from(v[BLOCK_LEAVES - 1], n[BLOCK_LEAVES - 1]);
	return block;
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
audit_block_insert(const AuditBlock *block)
{
	Relation	table = table_open(pdauth_relation_oid(AUDIT_BLOCK_TABLE), RowExclusiveLock);
	Datum		v[BLOCK_COLUMNS];
	bool		n[BLOCK_COLUMNS] = {0};
	Oid			input;
	Oid			parameter;
	TupleDesc	descriptor = RelationGetDescr(table);

	audit_check_layout(descriptor, BLOCK_COLUMNS, "audit_block");
	getTypeInputInfo(PG_SNAPSHOTOID, &input, &parameter);
	v[BLOCK_NUMBER - 1] = Int64GetDatum(block->number);
	v[BLOCK_SEALED_AT - 1] = TimestampTzGetDatum(block->sealed_at);
	v[BLOCK_EPOCH - 1] = Int64GetDatum(block->epoch);
	v[BLOCK_SYSTEM_IDENTIFIER - 1] = Int64GetDatum((int64) block->system_identifier);
	v[BLOCK_DATABASE - 1] = ObjectIdGetDatum(block->database);
	v[BLOCK_TIMELINE - 1] = Int32GetDatum((int32) block->timeline);
	v[BLOCK_FIRST_LEAF - 1] = Int64GetDatum(block->first_leaf);
	v[BLOCK_ENTRIES - 1] = Int64GetDatum(block->entries);
	v[BLOCK_SNAPSHOT - 1] = OidInputFunctionCall(input, block->snapshot, parameter, -1);
	n[BLOCK_PREVIOUS_HASH - 1] = !block->has_previous;
	v[BLOCK_PREVIOUS_HASH - 1] = bytes_datum(block->previous_hash.bytes, HASH_SIZE);
	v[BLOCK_HASH - 1] = bytes_datum(block->hash.bytes, HASH_SIZE);
	v[BLOCK_ROOT - 1] = bytes_datum(block->root.bytes, HASH_SIZE);
	v[BLOCK_FRONTIER - 1] = bytes_datum(block->frontier.data, block->frontier.len);
	v[BLOCK_MANIFEST - 1] = bytes_datum(block->manifest.data, block->manifest.len);
	v[BLOCK_LEAVES - 1] = bytes_datum(block->leaves.data, block->leaves.len);
	CatalogTupleInsert(table, heap_form_tuple(RelationGetDescr(table), v, n));
	table_close(table, NoLock);
}

Digest
audit_block_hash(const AuditBlock *block)
{
	Digest		manifest = hash_of(HASH_SHA256, block->manifest.data, block->manifest.len);
	Digest		leaves = hash_of(HASH_SHA256, block->leaves.data, block->leaves.len);
	StringInfoData header;

	initStringInfo(&header);
	appendBinaryStringInfo(&header, "S\1", 2);
	pq_sendint64(&header, block->number);
	pq_sendint64(&header, block->sealed_at);
	pq_sendint64(&header, block->epoch);
	pq_sendint64(&header, block->system_identifier);
	pq_sendint32(&header, block->database);
	pq_sendint32(&header, block->timeline);
	pq_sendint64(&header, block->first_leaf);
	pq_sendint64(&header, block->entries);
	audit_append_piece(&header, block->snapshot, strlen(block->snapshot));
	audit_append_piece(&header, block->has_previous ? block->previous_hash.bytes : NULL, HASH_SIZE);

	hash_begin_leaf(HASH_SHA256);
	hash_add(header.data, header.len);
	hash_add(manifest.bytes, HASH_SIZE);
	hash_add(leaves.bytes, HASH_SIZE);
	return hash_end();
}

void
audit_run_append(StringInfo manifest, const AuditRun *run)
{
	pq_sendint64(manifest, run->first.epoch);
	pq_sendint64(manifest, run->first.xid);
	pq_sendint64(manifest, run->first.n);
	pq_sendint64(manifest, run->count);
}

AuditRun
audit_run_read(const char *bytes)
{
	uint64		fields[4];
	AuditRun	run;

	memcpy(fields, bytes, sizeof(fields));
	run.first.epoch = (int64) pg_ntoh64(fields[0]);
	run.first.xid = pg_ntoh64(fields[1]);
	run.first.n = (int64) pg_ntoh64(fields[2]);
	run.count = (int64) pg_ntoh64(fields[3]);
	return run;
}

MerkleTree
audit_block_tree(const AuditBlock *block)
{
	MerkleTree	tree;

	merkle_start(&tree, HASH_SHA256);
	if (!merkle_resume(&tree, block->first_leaf + block->entries + 1,
					   block->frontier.data, block->frontier.len))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the stored frontier of audit block " INT64_FORMAT " does not fit its size", block->number),
				 errhint("The block was altered. SELECT * FROM pdauth.verify() tells what else was.")));
	return tree;
}

/* Text of pg_snapshot: xmin:xmax:xip,xip,... */
AuditSnapshot
audit_snapshot_parse(const char *text)
{
	AuditSnapshot snapshot = {0};
	const char *at = strchr(text, ':');
	char	   *end;

	if (at == NULL)
		return snapshot;
	snapshot.xmax = strtou64(at + 1, &end, 10);
	snapshot.running = palloc(sizeof(uint64) * (strlen(end) / 2 + 1));
	while (*end == ':' || *end == ',')
	{
		at = end + 1;
		if (*at < '0' || *at > '9')
			break;
		snapshot.running[snapshot.count++] = strtou64(at, &end, 10);
	}
	return snapshot;
}

bool
audit_snapshot_covers(const AuditSnapshot *snapshot, uint64 xid)
{
	int			low = 0;
	int			high = snapshot->count;

	if (xid >= snapshot->xmax)
		return false;
	while (low < high)			/* pg_snapshot keeps them sorted */
	{
		int			middle = (low + high) / 2;

		if (snapshot->running[middle] < xid)
			low = middle + 1;
		else
			high = middle;
	}
	return low == snapshot->count || snapshot->running[low] != xid;
}

bool
audit_block_last(Relation blocks, Snapshot snapshot, const int64 *epoch, AuditBlock *block)
{
	Relation	index = index_open(pdauth_relation_oid(AUDIT_BLOCK_INDEX), AccessShareLock);
	SysScanDesc scan = systable_beginscan_ordered(blocks, index, snapshot, 0, NULL);
	HeapTuple	row;
	bool		found = false;
	bool		is_null;

	while (!found && HeapTupleIsValid(row = systable_getnext_ordered(scan, BackwardScanDirection)))
	{
		if (epoch != NULL &&
			DatumGetInt64(heap_getattr(row, BLOCK_EPOCH, RelationGetDescr(blocks), &is_null)) != *epoch)
			continue;
		*block = audit_block_read(row, RelationGetDescr(blocks));
		found = true;
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	return found;
}
