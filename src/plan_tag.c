/*
 * plan_tag.c
 *		The tag of a plan that reads protected relations.
 *
 * PlannedStmt has no field for extensions on 15 to 18, so the tag is one more
 * range-table entry at the end, of the kind RTE_RESULT, which has no columns
 * and is never scanned.  The tag itself is a Const in its securityQuals, a
 * field that is always empty in a finished plan (setrefs.c) but copied,
 * written and read with every kind of entry.  Unlike a side table keyed by
 * pointer this survives copyObject() in plancache.c and the trip to a parallel
 * worker.  A user's query cannot forge it: only the planner makes RTE_RESULT,
 * and names it "*RESULT*".
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"

#include "enforce.h"

#define PLAN_TAG_ALIAS "pdauth plan tag"

void
plan_tag_attach(PlannedStmt *plan, List *items)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	Size		size = offsetof(PlanTag, items) + sizeof(PlanTagItem) * list_length(items);
	PlanTag    *tag = palloc0(size);
	ListCell   *cell;

	SET_VARSIZE(tag, size);
	foreach(cell, items)
		tag->items[tag->count++] = *(PlanTagItem *) lfirst(cell);
	entry->rtekind = RTE_RESULT;
	entry->eref = makeAlias(PLAN_TAG_ALIAS, NIL);
	entry->securityQuals = list_make1(makeConst(BYTEAOID, -1, InvalidOid, -1, PointerGetDatum(tag),
												false, false));
	plan->rtable = lappend(plan->rtable, entry);
}

PlanTag *
plan_tag_read(const PlannedStmt *plan)
{
	RangeTblEntry *entry = plan->rtable ? llast_node(RangeTblEntry, plan->rtable) : NULL;

	if (entry == NULL || entry->rtekind != RTE_RESULT || entry->securityQuals == NIL ||
		entry->eref == NULL || strcmp(entry->eref->aliasname, PLAN_TAG_ALIAS) != 0)
		return NULL;
	return (PlanTag *) DatumGetPointer(linitial_node(Const, entry->securityQuals)->constvalue);
}
