/*
 * audit_origin.c
 *		Origins of entries, from the blocks.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "audit_origin.h"

PG_FUNCTION_INFO_V1(pdauth_audit_origin);

static AuditOrigin *
origin_of(AuditOrigins *origins, const AuditBlock *block)
{
	AuditOrigin *origin;
	ListCell   *cell;

	if (block->system_identifier == origins->here.system_identifier && block->database == origins->here.database)
		return &origins->here;
	foreach(cell, origins->foreign)
	{
		origin = lfirst(cell);
		if (block->system_identifier == origin->system_identifier && block->database == origin->database)
			return origin;
	}
	origin = palloc0(sizeof(AuditOrigin));
	origin->system_identifier = block->system_identifier;
	origin->database = block->database;
	origins->foreign = lappend(origins->foreign, origin);
	return origin;
}

static bool
is_intact(const AuditBlock *block)
{
	Digest		hash = audit_block_hash(block, HASH_SHA256);

	return hash_equal(&hash, &block->trees[HASH_SHA256].hash) &&
		block->epoch == audit_epoch_of(block->system_identifier, block->database, block->timeline);
}

/* What an altered block says about its origin is not to be believed. */
static void
read_block(AuditOrigins *origins, HeapTuple row, TupleDesc descriptor)
{
	MemoryContext keep = CurrentMemoryContext;
	MemoryContext scratch = AllocSetContextCreate(keep, "pdauth origin", ALLOCSET_DEFAULT_SIZES);
	AuditBlock	block;
	AuditOrigin *origin;

	MemoryContextSwitchTo(scratch);
	block = audit_block_read_header(row, descriptor);
	MemoryContextSwitchTo(keep);
	origin = origin_of(origins, &block);
	if (origin->timeline == 0)
	{
		MemoryContextSwitchTo(scratch);
		block = audit_block_read(row, descriptor);
		MemoryContextSwitchTo(keep);
		if (is_intact(&block))
		{
			origin->timeline = block.timeline;
			origin->newest_timeline = Max(origin->newest_timeline, block.timeline);
			origin->snapshot = audit_snapshot_parse(block.snapshot);
		}
	}
	MemoryContextDelete(scratch);
}

AuditOrigins *
audit_origins_read(Snapshot snapshot)
{
	AuditOrigins *origins = palloc0(sizeof(AuditOrigins));
	AuditBlockScan *scan = audit_block_scan_begin(snapshot, PG_INT64_MAX, true);
	HeapTuple	row;

	origins->here.system_identifier = GetSystemIdentifier();
	origins->here.database = MyDatabaseId;
	origins->here.newest_timeline = audit_timeline();
	origins->next_xid = U64FromFullTransactionId(ReadNextFullTransactionId());
	origins->epoch = -1;
	while (origins->here.timeline == 0 && HeapTupleIsValid(row = audit_block_scan_next(scan)))
		read_block(origins, row, audit_block_scan_descriptor(scan));
	audit_block_scan_end(scan);
	return origins;
}

static bool
is_of(const AuditOrigin *origin, int64 epoch, uint32 *timeline)
{
	for (*timeline = 1; *timeline <= origin->newest_timeline; (*timeline)++)
		if (epoch == audit_epoch_of(origin->system_identifier, origin->database, *timeline))
			return true;
	return false;
}

const AuditOrigin *
audit_origins_find(AuditOrigins *origins, int64 epoch, uint32 *timeline)
{
	if (epoch != origins->epoch)
	{
		ListCell   *cell;

		origins->epoch = epoch;
		origins->origin = is_of(&origins->here, epoch, &origins->timeline) ? &origins->here : NULL;
		foreach(cell, origins->foreign)
			if (origins->origin == NULL && is_of(lfirst(cell), epoch, &origins->timeline))
				origins->origin = lfirst(cell);
	}
	*timeline = origins->timeline;
	return origins->origin;
}

bool
audit_origins_must_be_sealed(AuditOrigins *origins, const AuditKey *key)
{
	uint32		timeline;
	const AuditOrigin *origin = audit_origins_find(origins, key->epoch, &timeline);
	bool		is_here = origin == &origins->here;

	if (!is_here && origins->here.timeline != 0)
		return true;
	if (is_here && key->xid >= origins->next_xid)
		return true;			/* no such transaction yet */
	if (origin == NULL || origin->timeline == 0)
		return false;
	if (audit_snapshot_covers(&origin->snapshot, key->xid))
		return true;
	/* on a timeline that ended only prepared transactions can still commit */
	return timeline < origin->timeline && key->xid >= origin->snapshot.xmax;
}

/* pdauth.audit_origin(OUT system_identifier bigint, OUT database oid, OUT timeline integer) */
Datum
pdauth_audit_origin(PG_FUNCTION_ARGS)
{
	TupleDesc	descriptor;
	Datum		values[3];
	bool		nulls[3] = {0};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "pdauth.audit_origin() must return a row");
	values[0] = Int64GetDatum((int64) GetSystemIdentifier());
	values[1] = ObjectIdGetDatum(MyDatabaseId);
	values[2] = Int32GetDatum((int32) audit_timeline());
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}
