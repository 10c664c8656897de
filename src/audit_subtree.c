/*
 * audit_subtree.c
 *		Rows of pdauth.audit_subtree.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "audit_entry.h"
#include "audit_subtree.h"

void
audit_subtree_insert(void *argument, int level, uint64 position, const Digest *root)
{
	Relation	table = table_open(pdauth_relation_oid(AUDIT_SUBTREE_TABLE), RowExclusiveLock);
	bytea	   *hash = palloc(VARHDRSZ + HASH_SIZE);
	Datum		values[SUBTREE_COLUMNS];
	bool		nulls[SUBTREE_COLUMNS] = {0};
	HeapTuple	row;

	audit_check_layout(RelationGetDescr(table), SUBTREE_COLUMNS, AUDIT_SUBTREE_TABLE);
	SET_VARSIZE(hash, VARHDRSZ + HASH_SIZE);
	memcpy(VARDATA(hash), root->bytes, HASH_SIZE);
	values[SUBTREE_LEVEL - 1] = Int16GetDatum((int16) level);
	values[SUBTREE_POSITION - 1] = Int64GetDatum((int64) position);
	values[SUBTREE_HASH - 1] = PointerGetDatum(hash);
	row = heap_form_tuple(RelationGetDescr(table), values, nulls);
	CatalogTupleInsert(table, row);
	heap_freetuple(row);
	pfree(hash);
	table_close(table, NoLock);
}

static void
visit(Snapshot snapshot, int keys, ScanKey key, merkle_visitor visit, void *argument)
{
	Relation	table = table_open(pdauth_relation_oid(AUDIT_SUBTREE_TABLE), AccessShareLock);
	Relation	index = index_open(pdauth_relation_oid(AUDIT_SUBTREE_INDEX), AccessShareLock);
	SysScanDesc scan;
	HeapTuple	row;

	audit_check_layout(RelationGetDescr(table), SUBTREE_COLUMNS, AUDIT_SUBTREE_TABLE);
	scan = systable_beginscan_ordered(table, index, snapshot, keys, key);
	while (HeapTupleIsValid(row = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		Datum		values[SUBTREE_COLUMNS];
		bool		nulls[SUBTREE_COLUMNS];
		Digest		root = {{0}};
		struct varlena *hash;

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(row, RelationGetDescr(table), values, nulls);
		hash = PG_DETOAST_DATUM_PACKED(values[SUBTREE_HASH - 1]);
		if (VARSIZE_ANY_EXHDR(hash) == HASH_SIZE)
			memcpy(root.bytes, VARDATA_ANY(hash), HASH_SIZE);
		visit(argument, DatumGetInt16(values[SUBTREE_LEVEL - 1]),
			  (uint64) DatumGetInt64(values[SUBTREE_POSITION - 1]), &root);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(table, AccessShareLock);
}

void
audit_subtree_visit_all(Snapshot snapshot, merkle_visitor visitor, void *argument)
{
	visit(snapshot, 0, NULL, visitor, argument);
}

typedef struct Collect
{
	uint64		first;
	int			count;
	Digest	   *roots;
} Collect;

static void
collect(void *argument, int level, uint64 position, const Digest *root)
{
	Collect    *wanted = argument;

	if (position == wanted->first + wanted->count)
		wanted->roots[wanted->count++] = *root;
}

int
audit_subtree_read(Snapshot snapshot, int level, uint64 position, int count, Digest *roots)
{
	Collect		wanted = {position, 0, roots};
	ScanKeyData keys[3];

	ScanKeyInit(&keys[0], SUBTREE_LEVEL, BTEqualStrategyNumber, F_INT2EQ, Int16GetDatum((int16) level));
	ScanKeyInit(&keys[1], SUBTREE_POSITION, BTGreaterEqualStrategyNumber, F_INT8GE, Int64GetDatum((int64) position));
	ScanKeyInit(&keys[2], SUBTREE_POSITION, BTLessStrategyNumber, F_INT8LT, Int64GetDatum((int64) position + count));
	visit(snapshot, 3, keys, collect, &wanted);
	return wanted.count;
}
