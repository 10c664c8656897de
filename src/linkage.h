/*
 * linkage.h
 *		The gate on combinations: a statement that reads resources of several
 *		requests or providers runs only if their linkage has been assessed, and
 *		then shows groups of many rows only (R-28-7).
 *
 * Which combinations are open is decided by pdauth.linkage_finding(), over the
 * register; here is what a statement combines: by joins, sub-selects, views,
 * and by functions that it calls.
 */
#ifndef PDAUTH_LINKAGE_H
#define PDAUTH_LINKAGE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "enforce.h"

/*
 * Before a statement is rewritten and planned: where an assessment lets it
 * combine resources, PD287 if it would show more than groups, and small groups
 * are left out.  Returns whether the plan depends on what has been assessed.
 */
extern bool linkage_plan(Query *query);

/* OIDs of the tables that such a plan depends on. */
extern List *linkage_add_tables(List *relations);

/*
 * Raise PD287 if the plan combines what may not be, by itself or with what is
 * read by the statement that called it; resources of custodians do not count.
 * known: its decisions have been found to hold since anything changed.
 */
extern void linkage_check(const PlanTag *tag, bool known);

/*
 * Brackets around each run of a plan, whose tag (NULL: it has none) is alive
 * until the second, which is called if the first says so: it is the outermost.
 */
extern bool linkage_run_begins(const PlanTag *tag);
extern void linkage_run_ends(void);

/* Counts up whenever an assessment or a figure of a pack may have changed. */
extern uint64 linkage_generation(void);

/* Call from _PG_init; the hook is set only when preloaded, before that of enforcement. */
extern void linkage_init(bool preloaded);

#endif							/* PDAUTH_LINKAGE_H */
