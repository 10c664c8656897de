/*
 * shared_memory.c
 *		Asking for shared memory, and attaching to it.
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "utils/memutils.h"

#include "shared_memory.h"

static List *pieces = NIL;

static shmem_request_hook_type previous_shmem_request_hook = NULL;
static shmem_startup_hook_type previous_shmem_startup_hook = NULL;

static void
request_memory(void)
{
	ListCell   *cell;

	if (previous_shmem_request_hook)
		previous_shmem_request_hook();
	foreach(cell, pieces)
	{
		const SharedPiece *piece = lfirst(cell);

		RequestAddinShmemSpace(piece->size());
		if (piece->lock != NULL)
			RequestNamedLWLockTranche(piece->lock, 1);
	}
}

static void
attach_memory(void)
{
	ListCell   *cell;

	if (previous_shmem_startup_hook)
		previous_shmem_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	foreach(cell, pieces)
	{
		const SharedPiece *piece = lfirst(cell);
		bool		found;
		void	   *memory = ShmemInitStruct(piece->name, piece->size(), &found);

		piece->attach(memory, !found);
	}
	LWLockRelease(AddinShmemInitLock);
}

void
shared_memory_need(const SharedPiece *piece)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	if (pieces == NIL)
	{
		previous_shmem_request_hook = shmem_request_hook;
		shmem_request_hook = request_memory;
		previous_shmem_startup_hook = shmem_startup_hook;
		shmem_startup_hook = attach_memory;
	}
	pieces = lappend(pieces, unconstify(SharedPiece *, piece));
	MemoryContextSwitchTo(caller);
}
