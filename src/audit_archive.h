/*
 * audit_archive.h
 *		What becomes of entries later: packed, erased, pruned.
 *
 * None of it removes proof.  Packing loses nothing.  An erased image leaves the
 * hash that its leaf proves, and points to the entry that says who erased it
 * and why.  A pruned segment leaves the keys of its entries, and points to the
 * entry that says so; the blocks keep their leaves.
 */
#ifndef PDAUTH_AUDIT_ARCHIVE_H
#define PDAUTH_AUDIT_ARCHIVE_H

#include "postgres.h"

#include "utils/snapshot.h"

#include "audit_entry.h"
#include "audit_segment.h"

/* Images of the entries that record an erasure or a pruning. */
extern bytea *audit_erasure_image(const AuditKey *erased, const char *reason);
extern bytea *audit_pruning_image(const SegmentHeader *segment, const char *reason);

/* Does the log hold the entry that a pruned segment, or the content of an erased entry, points to? */
extern bool audit_pruning_is_recorded(Snapshot snapshot, const SegmentHeader *segment);
extern bool audit_erasure_is_recorded(Snapshot snapshot, const AuditKey *erased, Datum content);

#endif							/* PDAUTH_AUDIT_ARCHIVE_H */
