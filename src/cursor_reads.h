/*
 * cursor_reads.h
 *		What an open cursor has read by way of functions.
 *
 * The plan of SELECT * FROM f() names no table that f() reads, so it has no
 * tag; but its rows, once f() ran, wait in the executor for later fetches.
 * So what is read while a portal runs is noted with the portal, and looked at
 * again before it runs on.
 */
#ifndef PDAUTH_CURSOR_READS_H
#define PDAUTH_CURSOR_READS_H

#include "postgres.h"

#include "lib/ilist.h"
#include "utils/portal.h"

#include "enforce.h"

/* A portal that is running now; lives on the stack of who runs it. */
typedef struct CursorRun
{
	Portal		portal;
	Oid			user;			/* that the portal runs as */
	struct CursorRun *outer;
} CursorRun;

/* What the access gate has let a portal's functions read, and for whom. */
typedef struct GovernedReads
{
	List	   *relations;		/* OIDs */
	int64		person;			/* as attest_person() says */
} GovernedReads;

extern void cursor_reads_enter(CursorRun *run, Portal portal);
extern void cursor_reads_leave(const CursorRun *run);

/* By the executor hook: a plan with this tag starts, as the present user. */
extern void cursor_reads_note(const PlanTag *tag);

/* By the access gate: a plan that uses this relation starts. */
extern void cursor_reads_note_governed(Oid relation);
extern GovernedReads cursor_reads_governed(Portal portal);

/* Has any open portal read anything so far?  Most sessions never have such a one. */
extern dlist_head cursor_reads_all;
#define cursor_reads_exist() (!dlist_is_empty(&cursor_reads_all))

/*
 * May the portal be run again, for more rows?  Not one that runs to its end and
 * cannot go back.  Core passes execute_once as false for every portal by now.
 */
static inline bool
cursor_may_run_again(Portal portal, uint64 count)
{
	return count > 0 || portal->holdStore != NULL || (portal->cursorOptions & CURSOR_OPT_NO_SCROLL) == 0;
}

/* Has this one? */
extern bool cursor_reads_any(Portal portal);

/* Raise if what the portal has read would not be shown now as it was then. */
extern void cursor_reads_recheck(Portal portal);

#endif							/* PDAUTH_CURSOR_READS_H */
