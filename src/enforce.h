/*
 * enforce.h
 *		Enforcement: the planner hook that rewrites what a statement reads, the
 *		executor hook that checks it is still right, and the doors that avoid
 *		both.
 *
 * A plan that reads a protected relation carries a tag: for each such relation
 * the identity it was planned for and the fingerprint of the decision.  A plan
 * without one, or with one that no longer holds, does not run.
 */
#ifndef PDAUTH_ENFORCE_H
#define PDAUTH_ENFORCE_H

#include "postgres.h"

#include "nodes/plannodes.h"
#include "utils/portal.h"

#include "compat.h"
#include "registry.h"

typedef enum PlanTagKind
{
	PLAN_TAG_READ = 'r',
	PLAN_TAG_WRITE = 'w',
	PLAN_TAG_EXEMPT = 'e',		/* exempt_query.h; the fingerprint says by what */
	PLAN_TAG_COVERED = 'c',		/* child expanded from a relation tagged otherwise */
} PlanTagKind;

typedef struct PlanTagItem
{
	PlanTagKind kind;
	Oid			relation;
	Oid			check_as_user;
	Oid			function_user;	/* who read it for the planner (planned_read.h), or InvalidOid */
	uint64		fingerprint;
} PlanTagItem;

/*
 * The items of a plan, as the bytes of a bytea value.  Where the decisions
 * were last found to hold, stamp says under which state of everything they
 * rest on (decision_stamp()); 0 if they have to be looked at each time.
 */
typedef struct PlanTag
{
	int32		vl_len_;
	int32		count;
	uint64		stamp;
	int32		checks;			/* items that count as checks */
	int32		restricted;		/* of these: with a row filter or a mask */
	int32		masked;			/* of these: with masked columns */
	PlanTagItem items[FLEXIBLE_ARRAY_MEMBER];
} PlanTag;

/* plan_tag.c: how a tag travels with a plan through copyObject() and to parallel workers. */
extern void plan_tag_attach(PlannedStmt *plan, List *items);

/* The tag itself, in the plan. */
extern PlanTag *plan_tag_find(const PlannedStmt *plan);

/* NULL if there is none. */
static inline PlanTag *
plan_tag_read(const PlannedStmt *plan)
{
	if (plan->rtable == NIL || linitial_node(RangeTblEntry, plan->rtable)->securityQuals == NIL)
		return NULL;
	return plan_tag_find(plan);
}

/* enforce_plan.c: has the hook dealt with this entry, or the one it is a child of, of the query that is being planned? */
extern bool plan_entry_has_mark(const RangeTblEntry *entry);

static inline bool
plan_entry_is_handled(const RangeTblEntry *entry)
{
	return entry->ctename != NULL && plan_entry_has_mark(entry);
}

/* enforce_execute.c: raise if the plan of a cursor WITH HOLD would not be let run now. */
extern void enforce_recheck_held(Portal portal);

/* enforce_utility.c, by the object access hook: raise if this session may not empty the table. */
extern void enforce_truncate(Oid table);

/* Raise: decisions changed since a plan was made, which is then made anew. */
pg_noreturn extern void enforce_refuse_stale(const ProtectedRelation *relation);

/* Is this one of our guard calls, the row-filter placeholder of the catalog policy? */
extern bool guard_is(Node *node);
extern void guard_init(void);

/* The hooks; call from _PG_init, only when preloaded. */
extern void enforce_plan_init(void);
extern void enforce_execute_init(void);
extern void enforce_utility_init(void);

#endif							/* PDAUTH_ENFORCE_H */
