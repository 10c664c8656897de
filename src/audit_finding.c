/*
 * audit_finding.c
 *		Findings of a verification, sorted in flat memory.
 */
#include "pdauth.h"

#include "catalog/pg_collation_d.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/typcache.h"

#include "audit_finding.h"

static TupleTableSlot *
finding_slot(void)
{
	static const Oid types[FINDING_COLUMNS] = {
		TEXTOID, TEXTOID, INT8OID, INT8OID, XID8OID, INT8OID, TEXTOID, TEXTOID, TEXTOID, TEXTOID
	};
	TupleDesc	descriptor = CreateTemplateTupleDesc(FINDING_COLUMNS);

	for (int i = 0; i < FINDING_COLUMNS; i++)
		TupleDescInitEntry(descriptor, i + 1, NULL, types[i], -1, 0);
	return MakeSingleTupleTableSlot(descriptor, &TTSOpsMinimalTuple);
}

FindingSink *
finding_sink_sorted(void)
{
	AttrNumber	columns[] = {FINDING_BLOCK + 1, FINDING_EPOCH + 1, FINDING_XID + 1, FINDING_N + 1, FINDING_KIND + 1, FINDING_EXPLANATION + 1};
	Oid			types[] = {INT8OID, INT8OID, XID8OID, INT8OID, TEXTOID, TEXTOID};
	Oid			operators[lengthof(columns)];
	Oid			collations[lengthof(columns)];
	bool		nulls_first[lengthof(columns)] = {false, true, true, true, true, true};
	FindingSink *sink = palloc0(sizeof(FindingSink));

	sink->context = CurrentMemoryContext;
	for (int i = 0; i < lengthof(columns); i++)
	{
		operators[i] = lookup_type_cache(types[i], TYPECACHE_LT_OPR)->lt_opr;
		collations[i] = types[i] == TEXTOID ? C_COLLATION_OID : InvalidOid;
	}
	sink->slot = finding_slot();
	sink->sorted = tuplesort_begin_heap(sink->slot->tts_tupleDescriptor, lengthof(columns), columns, operators,
										collations, nulls_first, work_mem, NULL, TUPLESORT_NONE);
	return sink;
}

FindingSink *
finding_sink_shared(SharedTuplestoreAccessor *shared)
{
	FindingSink *sink = palloc0(sizeof(FindingSink));

	sink->context = CurrentMemoryContext;
	sink->slot = finding_slot();
	sink->shared = shared;
	return sink;
}

static void
fill_row(Datum *v, bool *n, const char *severity, const Finding *finding)
{
	const char *texts[] = {finding->relation, finding->expected, finding->found, finding->explanation};

	memset(n, 0, FINDING_COLUMNS * sizeof(bool));
	v[FINDING_SEVERITY] = CStringGetTextDatum(severity);
	v[FINDING_KIND] = CStringGetTextDatum(finding->kind);
	v[FINDING_BLOCK] = Int64GetDatum(finding->block);
	n[FINDING_BLOCK] = finding->block == 0;
	n[FINDING_EPOCH] = n[FINDING_XID] = n[FINDING_N] = finding->key == NULL;
	if (finding->key != NULL)
	{
		v[FINDING_EPOCH] = Int64GetDatum(finding->key->epoch);
		v[FINDING_XID] = Int64GetDatum((int64) finding->key->xid);
		v[FINDING_N] = Int64GetDatum(finding->key->n);
	}
	for (int i = 0; i < lengthof(texts); i++)
	{
		n[FINDING_RELATION + i] = texts[i] == NULL;
		if (texts[i] != NULL)
			v[FINDING_RELATION + i] = CStringGetTextDatum(texts[i]);
	}
}

void
finding_put(FindingSink *sink, Finding finding)
{
	Datum		v[FINDING_COLUMNS] = {0};
	bool		n[FINDING_COLUMNS];
	MinimalTuple row;
	MemoryContext caller;

	sink->count++;
	fill_row(v, n, "finding", &finding);
	/* the store opens files as it needs them */
	caller = MemoryContextSwitchTo(sink->context);
	row = compat_heap_form_minimal_tuple(sink->slot->tts_tupleDescriptor, v, n);
	if (sink->shared != NULL)
		sts_puttuple(sink->shared, NULL, row);
	else
		tuplesort_puttupleslot(sink->sorted, ExecStoreMinimalTuple(row, sink->slot, false));
	ExecClearTuple(sink->slot);
	pfree(row);
	MemoryContextSwitchTo(caller);
}

void
finding_gather(FindingSink *sink, SharedTuplestoreAccessor *shared)
{
	MinimalTuple row;

	sts_begin_parallel_scan(shared);
	while ((row = sts_parallel_scan_next(shared, NULL)) != NULL)
	{
		sink->count++;
		tuplesort_puttupleslot(sink->sorted, ExecStoreMinimalTuple(row, sink->slot, false));
		ExecClearTuple(sink->slot);
	}
	sts_end_parallel_scan(shared);
}

void
finding_move(FindingSink *sink, FindingSink *from)
{
	tuplesort_performsort(from->sorted);
	while (tuplesort_gettupleslot(from->sorted, true, false, from->slot, NULL))
	{
		sink->count++;
		tuplesort_puttupleslot(sink->sorted, from->slot);
	}
}

void
finding_return(FindingSink *sink, ReturnSetInfo *result, const Finding *information)
{
	Datum		v[FINDING_COLUMNS] = {0};
	bool		n[FINDING_COLUMNS];

	tuplesort_performsort(sink->sorted);
	while (tuplesort_gettupleslot(sink->sorted, true, false, sink->slot, NULL))
		tuplestore_puttupleslot(result->setResult, sink->slot);
	ExecDropSingleTupleTableSlot(sink->slot);
	tuplesort_end(sink->sorted);
	fill_row(v, n, "information", information);
	tuplestore_putvalues(result->setResult, result->setDesc, v, n);
}

char *
finding_hex(const Digest *digest)
{
	char	   *text = palloc(HASH_SIZE * 2 + 1);

	text[hex_encode((const char *) digest->bytes, HASH_SIZE, text)] = '\0';
	return text;
}

char *
finding_key(const AuditKey *key)
{
	return psprintf("(" INT64_FORMAT "," UINT64_FORMAT "," INT64_FORMAT ")", key->epoch, key->xid, key->n);
}
