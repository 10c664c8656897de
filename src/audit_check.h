/*
 * audit_check.h
 *		The parts of a verification.
 *
 * Blocks are checked each by itself, from what the block before it says, so
 * several processes share them: chain, hashes and trees follow from the stored
 * leaves alone, and the entries are looked up by the keys of the manifest.
 * What no block seals is found by counting: if as many entries lie where only
 * sealed ones may be as were found under sealed keys, there are no others.
 * Only if not, all manifests are sorted and merged with all entries to name them.
 */
#ifndef PDAUTH_AUDIT_CHECK_H
#define PDAUTH_AUDIT_CHECK_H

#include "postgres.h"

#include "audit_block.h"
#include "audit_finding.h"
#include "audit_origin.h"
#include "audit_progress.h"
#include "audit_scan.h"

/*
 * How far the times of entries and seals may contradict each other before it
 * is a finding: clocks are stepped by fractions of a second, who puts an entry
 * into the past has more in mind.
 */
#define CLOCK_TOLERANCE (5 * USECS_PER_SEC)

/* Checks blocks until none is left; several processes may do so at a time. */
extern void audit_check_blocks(VerifyProgress *progress, int participant, Snapshot snapshot, FindingSink *sink);

/* Was this leaf sealed anywhere, and under which key?  Gives up after some searches, which it counts. */
extern bool audit_check_find_leaf(Snapshot snapshot, int *searches, const Digest *wanted, AuditKey *key);

/*
 * The time before which an entry of this epoch and transaction cannot have been
 * made, by the intact blocks below a number; the smallest timestamp if they say nothing.
 */
extern TimestampTz audit_check_not_before(Snapshot snapshot, int64 below, int64 epoch, uint64 xid);

extern void audit_report_moved(FindingSink *sink, int64 block, const AuditEntry *entry, const AuditKey *origin);
extern void audit_report_time(FindingSink *sink, int64 block, const AuditEntry *entry, TimestampTz bound, bool too_early);

/* Entries that are not in a block: those that may not be, and those that must. */
typedef struct ExtraCount
{
	int64		must;			/* entries that must be sealed */
	int64		unsealed;		/* the others */
	FindingSink *findings;		/* about the others; valid if each of "must" is sealed */
} ExtraCount;

extern ExtraCount audit_count_entries(AuditOrigins *origins, Snapshot snapshot);

/* Reports each entry that no manifest names; returns the number of those that need not be sealed. */
extern int64 audit_check_extra(AuditOrigins *origins, const ExtraCount *count, Snapshot snapshot, FindingSink *sink);

/* Reports segments that say of themselves what does not follow from their entries: they would be passed over. */
extern void audit_check_segments(Snapshot snapshot, FindingSink *sink);

/* Reports rows of audit_subtree that the size of the tree leaves no room for. */
extern void audit_check_subtrees(Snapshot snapshot, uint64 tree_size, int64 block, FindingSink *sink);

#endif							/* PDAUTH_AUDIT_CHECK_H */
