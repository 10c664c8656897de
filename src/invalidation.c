/*
 * invalidation.c
 *		See invalidation.h.
 */
#include "postgres.h"

#include "utils/inval.h"

#include "invalidation.h"

/* More than there are callers; one too many is found by whoever adds it. */
#define CALLBACKS 16

static RelationChanged callbacks[CALLBACKS];
static int	callback_count = 0;

static void
relation_changed(Datum argument, Oid relation)
{
	for (int i = 0; i < callback_count; i++)
		callbacks[i] (argument, relation);
}

void
invalidation_call(RelationChanged function)
{
	if (callback_count == CALLBACKS)
		elog(FATAL, "out of pdauth's callbacks for changed relations");
	if (callback_count == 0)
		CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	callbacks[callback_count++] = function;
}
