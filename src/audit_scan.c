/*
 * audit_scan.c
 *		Entries of pdauth.audit_entry, by its key or in physical order.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/relscan.h"
#include "access/skey.h"
#include "access/table.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "audit_scan.h"

struct AuditScan
{
	Relation	entries;
	Relation	index;			/* NULL: physical order */
	IndexScanDesc by_key;
	TableScanDesc all;
	TupleTableSlot *slot;
	ScanKeyData key;			/* (epoch, xid, n) >= parts */
	ScanKeyData parts[3];
	MemoryContext per_entry;
};

static AuditScan *
scan_start(void)
{
	AuditScan  *scan = palloc0(sizeof(AuditScan));

	scan->entries = table_open(pdauth_relation_oid(AUDIT_ENTRY_TABLE), AccessShareLock);
	audit_check_layout(RelationGetDescr(scan->entries), ENTRY_COLUMNS, AUDIT_ENTRY_TABLE);
	scan->slot = table_slot_create(scan->entries, NULL);
	scan->per_entry = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit entry", ALLOCSET_DEFAULT_SIZES);
	return scan;
}

AuditScan *
audit_scan_begin(Snapshot snapshot)
{
	AuditScan  *scan = scan_start();

	scan->index = index_open(pdauth_relation_oid(AUDIT_ENTRY_INDEX), AccessShareLock);
	scan->by_key = compat_index_beginscan(scan->entries, scan->index, snapshot, 1);
	return scan;
}

AuditScan *
audit_scan_begin_unordered(Snapshot snapshot)
{
	AuditScan  *scan = scan_start();

	scan->all = table_beginscan(scan->entries, snapshot, 0, NULL);
	return scan;
}

/* A row comparison, as the executor makes it of ROW(epoch, xid, n) >= ROW(...). */
void
audit_scan_seek(AuditScan *scan, const AuditKey *key)
{
	ScanKeyEntryInitialize(&scan->parts[0], SK_ROW_MEMBER, ENTRY_EPOCH, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(key->epoch));
	ScanKeyEntryInitialize(&scan->parts[1], SK_ROW_MEMBER, ENTRY_XID, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_XID8CMP, Int64GetDatum((int64) key->xid));
	ScanKeyEntryInitialize(&scan->parts[2], SK_ROW_MEMBER | SK_ROW_END, ENTRY_N, BTGreaterEqualStrategyNumber,
						   InvalidOid, InvalidOid, F_BTINT8CMP, Int64GetDatum(key->n));
	memset(&scan->key, 0, sizeof(scan->key));
	scan->key.sk_flags = SK_ROW_HEADER;
	scan->key.sk_attno = ENTRY_EPOCH;
	scan->key.sk_strategy = BTGreaterEqualStrategyNumber;
	scan->key.sk_argument = PointerGetDatum(scan->parts);
	index_rescan(scan->by_key, &scan->key, 1, NULL, 0);
}

bool
audit_scan_next(AuditScan *scan, AuditKey *key)
{
	bool		found;

	CHECK_FOR_INTERRUPTS();
	found = scan->index != NULL ?
		index_getnext_slot(scan->by_key, ForwardScanDirection, scan->slot) :
		table_scan_getnextslot(scan->all, ForwardScanDirection, scan->slot);
	if (!found)
		return false;
	slot_getsomeattrs(scan->slot, ENTRY_N);
	key->epoch = DatumGetInt64(scan->slot->tts_values[ENTRY_EPOCH - 1]);
	key->xid = (uint64) DatumGetInt64(scan->slot->tts_values[ENTRY_XID - 1]);
	key->n = DatumGetInt64(scan->slot->tts_values[ENTRY_N - 1]);
	return true;
}

AuditEntry
audit_scan_entry(AuditScan *scan, bool with_sm3)
{
	MemoryContext caller;
	AuditEntry	entry;

	MemoryContextReset(scan->per_entry);
	caller = MemoryContextSwitchTo(scan->per_entry);
	slot_getallattrs(scan->slot);
	entry = audit_entry_from(scan->slot->tts_values, scan->slot->tts_isnull, with_sm3);
	MemoryContextSwitchTo(caller);
	return entry;
}

void
audit_scan_end(AuditScan *scan)
{
	ExecDropSingleTupleTableSlot(scan->slot);
	if (scan->index != NULL)
	{
		index_endscan(scan->by_key);
		index_close(scan->index, AccessShareLock);
	}
	else
		table_endscan(scan->all);
	table_close(scan->entries, AccessShareLock);
	MemoryContextDelete(scan->per_entry);
	pfree(scan);
}
