/*
 * audit_progress.h
 *		Running verifications, in shared memory: what is left to do and how far it is.
 */
#ifndef PDAUTH_AUDIT_PROGRESS_H
#define PDAUTH_AUDIT_PROGRESS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "port/atomics.h"

/* The leader and its workers. */
#define VERIFY_PARTICIPANTS 65

typedef enum VerifyPhase
{
	VERIFY_COUNTING,			/* entries, while workers check blocks */
	VERIFY_BLOCKS,
	VERIFY_SEARCHING,			/* for entries that no block seals */
} VerifyPhase;

typedef struct VerifyProgress
{
	pg_atomic_uint32 pid;		/* of the leader; 0: slot is free */
	Oid			database;
	TimestampTz started_at;
	int			participants;	/* places in use of at[] */
	int64		first;			/* blocks to check */
	int64		last;
	int64		chunk;			/* blocks taken at a time */
	pg_atomic_uint32 phase;
	pg_atomic_uint64 next;		/* block nobody has taken yet */
	pg_atomic_uint64 blocks;	/* checked */
	pg_atomic_uint64 matched;	/* entries found under their keys */
	pg_atomic_uint64 intact;	/* of them, as sealed */
	pg_atomic_uint64 findings;
	/* the block each participant is at; PG_UINT64_MAX: none */
	pg_atomic_uint64 at[VERIFY_PARTICIPANTS];
} VerifyProgress;

/* A free slot for this process, or one in local memory if there is none: then is_shared is false. */
extern VerifyProgress *audit_progress_start(bool *is_shared);
extern void audit_progress_end(VerifyProgress *progress);

/* The number of a shared slot, for workers, and back. */
extern int	audit_progress_number(const VerifyProgress *progress);
extern VerifyProgress *audit_progress_slot(int number);

/* All blocks from the first up to this one were checked. */
extern int64 audit_progress_complete_to(VerifyProgress *progress);

/* Asks for the shared memory; called while the library is preloaded. */
extern void audit_progress_init(void);

#endif							/* PDAUTH_AUDIT_PROGRESS_H */
