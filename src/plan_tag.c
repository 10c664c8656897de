/*
 * plan_tag.c
 *		The tag of a plan that reads protected relations.
 *
 * PlannedStmt has no field for extensions on 15 to 18, so the tag is a Const in
 * the securityQuals of the first range-table entry: a field that setrefs.c
 * empties in every finished plan and nothing reads there, but that is copied,
 * written and read with the entry.  Unlike a side table keyed by pointer this
 * survives copyObject() in plancache.c and the trip to a parallel worker, and
 * unlike an entry of its own it does not show in EXPLAIN, which names columns
 * by their table where there are several.  A user's query cannot forge it:
 * quals are of type boolean.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"

#include "enforce.h"

void
plan_tag_attach(PlannedStmt *plan, List *items)
{
	RangeTblEntry *entry = linitial_node(RangeTblEntry, plan->rtable);
	Size		size = offsetof(PlanTag, items) + sizeof(PlanTagItem) * list_length(items);
	PlanTag    *tag = palloc0(size);
	ListCell   *cell;

	SET_VARSIZE(tag, size);
	foreach(cell, items)
		tag->items[tag->count++] = *(PlanTagItem *) lfirst(cell);
	entry->securityQuals = list_make1(makeConst(BYTEAOID, -1, InvalidOid, -1, PointerGetDatum(tag),
												false, false));
}

PlanTag *
plan_tag_find(const PlannedStmt *plan)
{
	Const	   *tag = linitial_node(Const, linitial_node(RangeTblEntry, plan->rtable)->securityQuals);

	Assert(tag->consttype == BYTEAOID);
	return (PlanTag *) DatumGetPointer(tag->constvalue);
}
