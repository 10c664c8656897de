/*
 * scope.h
 *		The type pdauth.license_scope as other parts of pdauth see it.
 *
 * A scope is a set of points (action, resource path, purpose, region, column,
 * date, level), written as a list of grants.  Values are always in canonical
 * form: equal sets are equal bytes.  This header is the contract with the
 * enforcement engine; layout and construction are in scope_internal.h.
 */
#ifndef PDAUTH_SCOPE_H
#define PDAUTH_SCOPE_H

#include "postgres.h"

#include "utils/date.h"

typedef struct LicenseScope LicenseScope;	/* the detoasted varlena */

/* Append-only: the numbers are bits on disk. */
typedef enum ScopeAction
{
	SCOPE_READ,
	SCOPE_DERIVE,
	SCOPE_JOIN,
	SCOPE_MODEL,
	SCOPE_EXPORT,
	SCOPE_REDEVELOP,
	SCOPE_PUBLISH,
	SCOPE_TRADE
} ScopeAction;

/* GB/T 43697-2024: core > important > general.  On disk. */
typedef enum ScopeLevel
{
	SCOPE_GENERAL,
	SCOPE_IMPORTANT,
	SCOPE_CORE
} ScopeLevel;

typedef struct ScopeTile		/* one atomic grant */
{
	uint32		actions;		/* bit set, ScopeAction order */
	const char *path;			/* resource path, canonical components joined
								 * by '/', "*" for any */
	const char *purpose;		/* likewise */
	const char *region;			/* "*", "CN" or 6, 9 or 12 digits */
	const char *column;			/* column name, or "*" for all */
	DateADT		valid_from;		/* inclusive; DATEVAL_NOBEGIN when open */
	DateADT		valid_until;	/* exclusive; DATEVAL_NOEND when open */
	int			level;			/* ScopeLevel ceiling */
} ScopeTile;

typedef void (*scope_tile_callback) (const ScopeTile *tile, void *argument);

/*
 * Calls back once for each atomic grant of the scope, in canonical order.  The
 * strings of a tile live until the caller's memory context is reset.
 */
extern void scope_for_each_tile(const LicenseScope *scope, scope_tile_callback callback, void *argument);

/*
 * Does node (path or purpose) lie in the subtree of ancestor?  By component;
 * "*" covers everything.  Both canonical text.
 */
extern bool scope_path_covers(const char *ancestor, const char *node);

/* Does the region node cover the division code (text as in ScopeTile)?  Malformed text: no. */
extern bool scope_region_covers(const char *ancestor, const char *node);

/*
 * Validates and canonicalises a resource path or purpose given as text;
 * returns palloc'd canonical text, ereports 22P02 on bad input.  Components
 * that are not bare names are double-quoted in the result.
 */
extern char *scope_path_canonical(const char *text);

/* general, important or core; false when the text is none of them. */
extern bool scope_level_parse(const char *text, ScopeLevel *level);

#endif							/* PDAUTH_SCOPE_H */
