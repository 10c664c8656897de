/*
 * shared_memory.h
 *		Shared memory of the library's rooms, when it is preloaded.
 *
 * Core has one hook to ask for memory and one to attach to it; pdauth takes each
 * once and shares them out.
 */
#ifndef PDAUTH_SHARED_MEMORY_H
#define PDAUTH_SHARED_MEMORY_H

#include "postgres.h"

typedef struct SharedPiece
{
	const char *name;			/* in pg_shmem_allocations */
	Size		(*size) (void);	/* asked once settings are known */
	void		(*attach) (void *memory, bool is_new);	/* with AddinShmemInitLock held */
	const char *lock;			/* named tranche of one LWLock that is wanted as well, or NULL */
} SharedPiece;

/* Call from _PG_init; the piece is kept.  Pieces are attached in the order they were asked for. */
extern void shared_memory_need(const SharedPiece *piece);

#endif							/* PDAUTH_SHARED_MEMORY_H */
