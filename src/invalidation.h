/*
 * invalidation.h
 *		What forgets, or counts, when a relation changes.
 *
 * Core has room for ten relcache callbacks in a process (MAX_RELCACHE_CALLBACKS
 * in utils/cache/inval.c) and uses up to six itself, in a walsender with pgoutput
 * for example.  pdauth takes one and shares it out.
 */
#ifndef PDAUTH_INVALIDATION_H
#define PDAUTH_INVALIDATION_H

/* relation: InvalidOid for all of them. */
typedef void (*RelationChanged) (Datum argument, Oid relation);

/* Like CacheRegisterRelcacheCallback(), with 0 as the argument; for the life of the process. */
extern void invalidation_call(RelationChanged function);

#endif							/* PDAUTH_INVALIDATION_H */
