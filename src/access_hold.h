/*
 * access_hold.h
 *		Holds (pdauth.access_hold): what stops access whatever licenses say, such
 *		as a freeze by an incident or by a security authority; cached per backend.
 *
 * The table is read with a fresh catalog snapshot, as licenses are, so that a
 * hold that has committed stops the next statement of every session.
 */
#ifndef PDAUTH_ACCESS_HOLD_H
#define PDAUTH_ACCESS_HOLD_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "identity.h"
#include "registry.h"
#include "rule.h"

/* Why access to a relation is stopped; strings in the current memory context. */
typedef struct HoldFinding
{
	PdauthRule	rule;
	char	   *object;			/* what stops it, such as "incident I-1" */
	char	   *others;			/* ids of further rules that stop it too, or NULL */
	const char *hint;
} HoldFinding;

/* Is access stopped for any role of the identity?  Then the hold that X-10 reports first. */
extern bool access_hold_find(const ProtectedRelation *relation, const Identity *identity,
							 HoldFinding *finding);

/* OIDs of the table all this is read from: a plan depends on it. */
extern List *access_hold_add_tables(List *relations);

/* Counts up whenever a hold may have changed. */
extern uint64 access_hold_generation(void);

extern void access_hold_init(void);

#endif							/* PDAUTH_ACCESS_HOLD_H */
