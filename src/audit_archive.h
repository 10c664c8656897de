/*
 * audit_archive.h
 *		What becomes of entries later: packed, erased, pruned.
 *
 * None of it removes proof.  Packing loses nothing.  An erased image leaves the
 * hash that its leaf proves, and points to the entry that says who erased it
 * and why.  A pruned segment leaves its first and last key and its number of
 * entries, and points to the entry that says so; the blocks keep their leaves.
 */
#ifndef PDAUTH_AUDIT_ARCHIVE_H
#define PDAUTH_AUDIT_ARCHIVE_H

#include "postgres.h"

#include "audit_entry.h"
#include "audit_segment.h"

/* Images of the entries that record an erasure or a pruning; reason may be NULL when comparing. */
extern bytea *audit_erasure_image(const AuditKey *erased, const char *reason);
extern bytea *audit_pruning_image(const SegmentHeader *segment, const char *reason);

#endif							/* PDAUTH_AUDIT_ARCHIVE_H */
