/*
 * audit_origin.h
 *		Where entries come from, and whether a block should have sealed them.
 *
 * An origin is a database of a cluster.  Its epochs are its timelines; its
 * transaction numbers go on from one to the next, so the snapshot of its newest
 * block tells for all of them which entries must be sealed.  A restored log
 * brings foreign origins with it; the first block sealed here takes over what
 * they left unsealed, and nothing may appear under them after that.
 */
#ifndef PDAUTH_AUDIT_ORIGIN_H
#define PDAUTH_AUDIT_ORIGIN_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/snapshot.h"

#include "audit_block.h"

typedef struct AuditOrigin
{
	uint64		system_identifier;
	Oid			database;
	uint32		timeline;		/* of its newest intact block; 0: it has none */
	uint32		newest_timeline;	/* the last one it can have entries of */
	AuditSnapshot snapshot;		/* of that block */
} AuditOrigin;

typedef struct AuditOrigins
{
	AuditOrigin here;
	List	   *foreign;		/* of AuditOrigin; left empty once a block was sealed here */
	uint64		next_xid;		/* of this cluster */
	/* the answer to the last question */
	int64		epoch;
	const AuditOrigin *origin;
	uint32		timeline;
} AuditOrigins;

extern AuditOrigins *audit_origins_read(Snapshot snapshot);

/* The origin of an epoch and its timeline; NULL if unknown. */
extern const AuditOrigin *audit_origins_find(AuditOrigins *origins, int64 epoch, uint32 *timeline);

/* Must an entry with this key be in a block, so that it is a forgery if it is not? */
extern bool audit_origins_must_be_sealed(AuditOrigins *origins, const AuditKey *key);

#endif							/* PDAUTH_AUDIT_ORIGIN_H */
