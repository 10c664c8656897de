/*
 * audit_scan.h
 *		Reading the entries of the audit log, wherever they are stored.
 *
 * The one place that knows: sealing and verification go through it.
 */
#ifndef PDAUTH_AUDIT_SCAN_H
#define PDAUTH_AUDIT_SCAN_H

#include "postgres.h"

#include "storage/itemptr.h"
#include "utils/snapshot.h"

#include "audit_entry.h"

typedef struct AuditScan AuditScan;

/* In key order, from the first entry visible to the snapshot; seek before the first next. */
extern AuditScan *audit_scan_begin(Snapshot snapshot);

/* The same without those of which pruning left nothing but the key. */
extern AuditScan *audit_scan_begin_kept(Snapshot snapshot);

/* The same without those packed into segments: all that are not sealed are among them. */
extern AuditScan *audit_scan_begin_rows(Snapshot snapshot);

/* All entries once, in the order that is quickest to read. */
extern AuditScan *audit_scan_begin_unordered(Snapshot snapshot);

/* Go to the first entry whose key is this one or greater. */
extern void audit_scan_seek(AuditScan *scan, const AuditKey *key);

/* The next entry's key; false at the end. */
extern bool audit_scan_next(AuditScan *scan, AuditKey *key);

/* The entry whose key came last, with its hashes; good until the next call. */
extern AuditEntry audit_scan_entry(AuditScan *scan, bool with_sm3);

/* Its leaf as stored, all zero if that is no hash; for a scan of rows. */
extern Digest audit_scan_leaf(AuditScan *scan);

/* Its columns as stored; what they point to is good until the next call. */
extern void audit_scan_columns(AuditScan *scan, Datum *values, bool *nulls);

/* Where its row is; NULL if it is packed into a segment. */
extern ItemPointer audit_scan_place(AuditScan *scan);

/* Where the segment is that its entry is packed into. */
extern ItemPointer audit_scan_segment_place(AuditScan *scan);

extern void audit_scan_end(AuditScan *scan);

#endif							/* PDAUTH_AUDIT_SCAN_H */
