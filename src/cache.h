/*
 * cache.h
 *		How our backend-local caches are thrown away.
 */
#ifndef PDAUTH_CACHE_H
#define PDAUTH_CACHE_H

#include "postgres.h"

/*
 * Gives up a cache's memory context without pulling it from under code that
 * still reads it: it is freed when the transaction ends.  Sets it to NULL.
 */
extern void cache_retire(MemoryContext *context);

#endif							/* PDAUTH_CACHE_H */
