/*
 * audit_sealed.c
 *		The runs of all manifests, sorted.
 */
#include "pdauth.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/tuplesort.h"

#include "audit_sealed.h"

struct AuditSealed
{
	Tuplesortstate *runs;
	AuditRun	run;			/* the next one; count 0: none left */
	AuditKey	asked;			/* last key looked for */
};

/* Sorts as bytes in the order of audit_key_compare. */
static void
put_run(AuditSealed *sealed, const AuditRun *run)
{
	StringInfoData bytes;

	initStringInfo(&bytes);
	enlargeStringInfo(&bytes, VARHDRSZ + AUDIT_RUN_SIZE);
	bytes.len = VARHDRSZ;
	pq_sendint64(&bytes, (uint64) run->first.epoch ^ (UINT64CONST(1) << 63));
	pq_sendint64(&bytes, run->first.xid);
	pq_sendint64(&bytes, (uint64) run->first.n ^ (UINT64CONST(1) << 63));
	pq_sendint64(&bytes, run->count);
	SET_VARSIZE(bytes.data, bytes.len);
	tuplesort_putdatum(sealed->runs, PointerGetDatum(bytes.data), false);
	pfree(bytes.data);
}

static void
next_run(AuditSealed *sealed)
{
	Datum		value;
	bool		is_null;

	sealed->run.count = 0;
	if (!compat_tuplesort_getdatum(sealed->runs, &value, &is_null))
		return;
	sealed->run = audit_run_read(VARDATA_ANY(DatumGetByteaPP(value)));
	sealed->run.first.epoch ^= PG_INT64_MIN;
	sealed->run.first.n ^= PG_INT64_MIN;
	pfree(DatumGetPointer(value));
}

AuditSealed *
audit_sealed_read(Snapshot snapshot)
{
	AuditSealed *sealed = palloc0(sizeof(AuditSealed));
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, PG_INT64_MIN, false);
	MemoryContext per_block = AllocSetContextCreate(CurrentMemoryContext, "pdauth runs of a block", ALLOCSET_DEFAULT_SIZES);
	HeapTuple	row;

	sealed->runs = tuplesort_begin_datum(BYTEAOID, ByteaLessOperator, InvalidOid, false, work_mem, NULL, TUPLESORT_RANDOMACCESS);
	while (HeapTupleIsValid(row = audit_block_scan_next(scan)))
	{
		MemoryContext caller = MemoryContextSwitchTo(per_block);
		AuditBlock	block = audit_block_read(row, audit_block_scan_descriptor(scan));
		int64		limit = Min(block.entries, block.trees[HASH_SHA256].leaves.len / HASH_SIZE);

		for (int at = 0; at + AUDIT_RUN_SIZE <= block.manifest.len; at += AUDIT_RUN_SIZE)
		{
			AuditRun	run = audit_run_read(block.manifest.data + at);

			if (run.count <= 0 || run.count > limit)
				break;
			limit -= run.count;
			put_run(sealed, &run);
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(per_block);
	}
	audit_block_scan_end(scan);
	MemoryContextDelete(per_block);
	tuplesort_performsort(sealed->runs);
	next_run(sealed);
	sealed->asked = (AuditKey) {PG_INT64_MIN, 0, PG_INT64_MIN};
	return sealed;
}

/*
 * Keys and runs both ascend, but for the keys in a segment that was altered:
 * then back to the first run.
 */
bool
audit_sealed_contains(AuditSealed *sealed, const AuditKey *key)
{
	if (audit_key_compare(key, &sealed->asked) < 0)
	{
		tuplesort_rescan(sealed->runs);
		next_run(sealed);
	}
	sealed->asked = *key;
	while (sealed->run.count > 0)
	{
		AuditKey	last = sealed->run.first;

		last.n += sealed->run.count - 1;
		if (audit_key_compare(&last, key) >= 0)
			return audit_key_compare(&sealed->run.first, key) <= 0;
		next_run(sealed);
	}
	return false;
}

void
audit_sealed_end(AuditSealed *sealed)
{
	tuplesort_end(sealed->runs);
	pfree(sealed);
}
