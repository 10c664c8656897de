/*
 * cache.c
 *		Retiring backend-local caches.
 */
#include "pdauth.h"

#include "utils/memutils.h"

#include "cache.h"

void
cache_retire(MemoryContext *context)
{
	MemoryContext old = *context;

	*context = NULL;
	if (old == NULL)
		return;
	if (TopTransactionContext != NULL)
		MemoryContextSetParent(old, TopTransactionContext);
	else
		MemoryContextDelete(old);
}
