/*
 * access_gate.h
 *		Conditions of access beyond a license.
 *
 * A license says what a role may see.  Whether somebody may use it now is a
 * matter of the register: the person behind the session, measures, agreements,
 * releases.  Its function pdauth.access_gate() is asked about each catalogued
 * resource and each product that a statement uses: before it is planned, when
 * it starts, and at each fetch.
 */
#ifndef PDAUTH_ACCESS_GATE_H
#define PDAUTH_ACCESS_GATE_H

#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"

#include "enforce.h"

/* Number of a registered person by its code; 0 if there is none. */
extern int64 access_gate_person(const char *code);

/* Raise if the function, about to be executed, sends what must stay in a raw-data session. */
extern void access_gate_function(Oid function);

/* Is there a register to be asked about the statement at hand? */
extern bool access_gate_asks(void);

/*
 * What a query with parameters, over the register, answers as text, in the
 * current memory context; NULL for NULL.  It runs as the extension's owner, with
 * a snapshot of now.
 */
extern char *access_gate_ask(const char *query, int count, Oid *types, Datum *values);

/*
 * May the plan show something governed?  One without a tag reads nothing
 * protected, or enforcement does not let it run.
 */
static inline bool
access_gate_is_of_concern(const PlannedStmt *plan)
{
	const ListCell *cell;

	if (plan_tag_read(plan) != NULL)
		return true;
	foreach(cell, plan->rtable)
	{
		/* of a view that was expanded, too */
		if (lfirst_node(RangeTblEntry, cell)->relkind == RELKIND_VIEW)
			return true;
	}
	return false;
}

/*
 * The hooks; call from _PG_init, only when preloaded, and after those of
 * enforcement: what is refused here does not reach them.
 */
extern void access_gate_init(void);

#endif							/* PDAUTH_ACCESS_GATE_H */
