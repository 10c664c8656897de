/*
 * audit_block.c
 *		Rows of pdauth.audit_block: reading, writing, hashing.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/xlog.h"
#include "catalog/indexing.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
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

static void
read_sha256(AuditBlockTree *tree, const Datum *v, const bool *n)
{
	tree->present = true;
	tree->first_leaf = DatumGetInt64(v[BLOCK_FIRST_LEAF - 1]);
	tree->has_previous = !n[BLOCK_PREVIOUS_HASH - 1];
	tree->previous_hash = digest_from(v[BLOCK_PREVIOUS_HASH - 1], n[BLOCK_PREVIOUS_HASH - 1]);
	tree->hash = digest_from(v[BLOCK_HASH - 1], n[BLOCK_HASH - 1]);
	tree->root = digest_from(v[BLOCK_ROOT - 1], n[BLOCK_ROOT - 1]);
	tree->frontier = bytes_from(v[BLOCK_FRONTIER - 1], n[BLOCK_FRONTIER - 1]);
}

static void
read_sm3(AuditBlockTree *tree, const Datum *v, const bool *n)
{
	tree->present = !n[BLOCK_SM3_HASH - 1];
	tree->first_leaf = n[BLOCK_SM3_FIRST_LEAF - 1] ? 0 : DatumGetInt64(v[BLOCK_SM3_FIRST_LEAF - 1]);
	tree->has_previous = !n[BLOCK_SM3_PREVIOUS_HASH - 1];
	tree->previous_hash = digest_from(v[BLOCK_SM3_PREVIOUS_HASH - 1], n[BLOCK_SM3_PREVIOUS_HASH - 1]);
	tree->hash = digest_from(v[BLOCK_SM3_HASH - 1], n[BLOCK_SM3_HASH - 1]);
	tree->root = digest_from(v[BLOCK_SM3_ROOT - 1], n[BLOCK_SM3_ROOT - 1]);
	tree->frontier = bytes_from(v[BLOCK_SM3_FRONTIER - 1], n[BLOCK_SM3_FRONTIER - 1]);
}

static AuditBlock
read_block(HeapTuple row, TupleDesc descriptor, bool whole)
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
	block.entries = DatumGetInt64(v[BLOCK_ENTRIES - 1]);
	block.snapshot = text_from(PG_SNAPSHOTOID, v[BLOCK_SNAPSHOT - 1], n[BLOCK_SNAPSHOT - 1]);
	read_sha256(&block.trees[HASH_SHA256], v, n);
	read_sm3(&block.trees[HASH_SM3], v, n);
	block.manifest = bytes_from(v[BLOCK_MANIFEST - 1], !whole || n[BLOCK_MANIFEST - 1]);
	block.trees[HASH_SHA256].leaves = bytes_from(v[BLOCK_LEAVES - 1], !whole || n[BLOCK_LEAVES - 1]);
	block.trees[HASH_SM3].leaves = bytes_from(v[BLOCK_SM3_LEAVES - 1], !whole || n[BLOCK_SM3_LEAVES - 1]);
	return block;
}

AuditBlock
audit_block_read(HeapTuple row, TupleDesc descriptor)
{
	return read_block(row, descriptor, true);
}

AuditBlock
audit_block_read_header(HeapTuple row, TupleDesc descriptor)
{
	return read_block(row, descriptor, false);
}

static Datum
bytes_datum(const void *data, Size length)
{
	bytea	   *bytes = palloc(VARHDRSZ + length);

	SET_VARSIZE(bytes, VARHDRSZ + length);
	memcpy(VARDATA(bytes), data, length);
	return PointerGetDatum(bytes);
}

static void
set_digest(Datum *v, bool *n, int column, const Digest *digest, bool present)
{
	n[column - 1] = !present;
	v[column - 1] = present ? bytes_datum(digest->bytes, HASH_SIZE) : (Datum) 0;
}

static void
set_bytes(Datum *v, bool *n, int column, const StringInfoData *bytes, bool present)
{
	n[column - 1] = !present;
	v[column - 1] = present ? bytes_datum(bytes->data, bytes->len) : (Datum) 0;
}

static void
set_trees(const AuditBlock *block, Datum *v, bool *n)
{
	const AuditBlockTree *sha256 = &block->trees[HASH_SHA256];
	const AuditBlockTree *sm3 = &block->trees[HASH_SM3];

	v[BLOCK_FIRST_LEAF - 1] = Int64GetDatum(sha256->first_leaf);
	set_digest(v, n, BLOCK_PREVIOUS_HASH, &sha256->previous_hash, sha256->has_previous);
	set_digest(v, n, BLOCK_HASH, &sha256->hash, true);
	set_digest(v, n, BLOCK_ROOT, &sha256->root, true);
	set_bytes(v, n, BLOCK_FRONTIER, &sha256->frontier, true);
	set_bytes(v, n, BLOCK_LEAVES, &sha256->leaves, true);
	n[BLOCK_SM3_FIRST_LEAF - 1] = !sm3->present;
	v[BLOCK_SM3_FIRST_LEAF - 1] = Int64GetDatum(sm3->first_leaf);
	set_digest(v, n, BLOCK_SM3_PREVIOUS_HASH, &sm3->previous_hash, sm3->present && sm3->has_previous);
	set_digest(v, n, BLOCK_SM3_HASH, &sm3->hash, sm3->present);
	set_digest(v, n, BLOCK_SM3_ROOT, &sm3->root, sm3->present);
	set_bytes(v, n, BLOCK_SM3_FRONTIER, &sm3->frontier, sm3->present);
	set_bytes(v, n, BLOCK_SM3_LEAVES, &sm3->leaves, sm3->present);
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
	v[BLOCK_ENTRIES - 1] = Int64GetDatum(block->entries);
	v[BLOCK_SNAPSHOT - 1] = OidInputFunctionCall(input, block->snapshot, parameter, -1);
	set_bytes(v, n, BLOCK_MANIFEST, &block->manifest, true);
	set_trees(block, v, n);
	CatalogTupleInsert(table, heap_form_tuple(descriptor, v, n));
	table_close(table, NoLock);
}

Digest
audit_block_hash(const AuditBlock *block, HashFunction function)
{
	const AuditBlockTree *tree = &block->trees[function];
	const AuditBlockTree *sm3 = &block->trees[HASH_SM3];
	Digest		manifest = hash_of(function, block->manifest.data, block->manifest.len);
	Digest		leaves = hash_of(function, tree->leaves.data, tree->leaves.len);
	StringInfoData header;
	Digest		hash;

	initStringInfo(&header);
	appendBinaryStringInfo(&header, "S\1", 2);
	pq_sendint64(&header, block->number);
	pq_sendint64(&header, block->sealed_at);
	pq_sendint64(&header, block->epoch);
	pq_sendint64(&header, block->system_identifier);
	pq_sendint32(&header, block->database);
	pq_sendint32(&header, block->timeline);
	pq_sendint64(&header, tree->first_leaf);
	pq_sendint64(&header, block->entries);
	audit_append_piece(&header, block->snapshot, strlen(block->snapshot));
	audit_append_piece(&header, tree->has_previous ? tree->previous_hash.bytes : NULL, HASH_SIZE);
	appendBinaryStringInfo(&header, (const char *) manifest.bytes, HASH_SIZE);
	appendBinaryStringInfo(&header, (const char *) leaves.bytes, HASH_SIZE);
	if (function == HASH_SHA256)
		audit_append_piece(&header, sm3->present ? sm3->hash.bytes : NULL, HASH_SIZE);
	hash_begin_leaf(function);
	hash_add(header.data, header.len);
	hash = hash_end();
	pfree(header.data);
	return hash;
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

bool
audit_block_tree(const AuditBlock *block, HashFunction function, MerkleTree *tree)
{
	merkle_start(tree, function);
	return merkle_resume(tree, audit_block_end(block, function),
						 block->trees[function].frontier.data, block->trees[function].frontier.len);
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

struct AuditBlockScan
{
	Relation	blocks;
	Relation	index;
	SysScanDesc scan;
	bool		backward;
};

AuditBlockScan *
audit_block_scan_begin(Snapshot snapshot, int64 from, bool backward)
{
	AuditBlockScan *scan = palloc(sizeof(AuditBlockScan));
	ScanKeyData key;

	scan->backward = backward;
	scan->blocks = table_open(pdauth_relation_oid(AUDIT_BLOCK_TABLE), AccessShareLock);
	scan->index = index_open(pdauth_relation_oid(AUDIT_BLOCK_INDEX), AccessShareLock);
	ScanKeyInit(&key, BLOCK_NUMBER, backward ? BTLessEqualStrategyNumber : BTGreaterEqualStrategyNumber,
				backward ? F_INT8LE : F_INT8GE, Int64GetDatum(from));
	scan->scan = systable_beginscan_ordered(scan->blocks, scan->index, snapshot, 1, &key);
	return scan;
}

HeapTuple
audit_block_scan_next(AuditBlockScan *scan)
{
	CHECK_FOR_INTERRUPTS();
	return systable_getnext_ordered(scan->scan, scan->backward ? BackwardScanDirection : ForwardScanDirection);
}

TupleDesc
audit_block_scan_descriptor(AuditBlockScan *scan)
{
	return RelationGetDescr(scan->blocks);
}

void
audit_block_scan_end(AuditBlockScan *scan)
{
	systable_endscan_ordered(scan->scan);
	index_close(scan->index, AccessShareLock);
	table_close(scan->blocks, AccessShareLock);
	pfree(scan);
}

static bool
is_sealed_here(HeapTuple row, TupleDesc descriptor)
{
	bool		is_null;

	return (uint64) DatumGetInt64(heap_getattr(row, BLOCK_SYSTEM_IDENTIFIER, descriptor, &is_null)) == GetSystemIdentifier() &&
		DatumGetObjectId(heap_getattr(row, BLOCK_DATABASE, descriptor, &is_null)) == MyDatabaseId;
}

bool
audit_block_last(Snapshot snapshot, int64 at_most, bool here, AuditBlock *block)
{
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, at_most, true);
	TupleDesc	descriptor = audit_block_scan_descriptor(scan);
	HeapTuple	row;

	while (HeapTupleIsValid(row = audit_block_scan_next(scan)) && here && !is_sealed_here(row, descriptor))
		;
	if (HeapTupleIsValid(row))
		*block = audit_block_read_header(row, descriptor);
	audit_block_scan_end(scan);
	return HeapTupleIsValid(row);
}
