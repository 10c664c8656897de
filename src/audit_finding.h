/*
 * audit_finding.h
 *		What verification found, on its way to the rows of pdauth.verify().
 */
#ifndef PDAUTH_AUDIT_FINDING_H
#define PDAUTH_AUDIT_FINDING_H

#include "postgres.h"

#include "fmgr.h"
#include "nodes/execnodes.h"
#include "utils/sharedtuplestore.h"
#include "utils/tuplesort.h"

#include "audit_entry.h"

/* Columns of pdauth.verify(). */
enum
{
	FINDING_SEVERITY, FINDING_KIND, FINDING_BLOCK, FINDING_EPOCH, FINDING_XID, FINDING_N,
	FINDING_RELATION, FINDING_EXPECTED, FINDING_FOUND, FINDING_EXPLANATION, FINDING_COLUMNS
};

/* What a row is about; zero or NULL fields become NULL. */
typedef struct Finding
{
	const char *kind;
	int64		block;
	const AuditKey *key;
	const char *relation;
	const char *expected;
	const char *found;
	const char *explanation;
} Finding;

/* Takes findings in any order, to memory and then disk; workers leave theirs to the leader. */
typedef struct FindingSink
{
	MemoryContext context;		/* that it lives in */
	TupleTableSlot *slot;
	Tuplesortstate *sorted;		/* of the leader */
	SharedTuplestoreAccessor *shared;	/* of a worker */
	int64		count;
} FindingSink;

extern FindingSink *finding_sink_sorted(void);
extern FindingSink *finding_sink_shared(SharedTuplestoreAccessor *shared);
extern void finding_put(FindingSink *sink, Finding finding);

/* Put into the sink what workers left in the store. */
extern void finding_gather(FindingSink *sink, SharedTuplestoreAccessor *shared);

/* Put into the sink what another one of this process holds. */
extern void finding_move(FindingSink *sink, FindingSink *from);

/* Give them out by block and key, blocks before the rest; then one row of information. */
extern void finding_return(FindingSink *sink, ReturnSetInfo *result, const Finding *information);

/* For the texts. */
extern char *finding_hex(const Digest *digest);
extern char *finding_key(const AuditKey *key);

#endif							/* PDAUTH_AUDIT_FINDING_H */
