/*
 * plan_tag.c
 *		The tag of a plan that reads protected relations.
 *
 * PlannedStmt has no field for extensions on 15 to 18, so the tag is one more
 * range-table entry at the end, of the kind RTE_RESULT, which has no columns
 * and is never scanned; its alias carries the items.  Unlike a side table
 * keyed by pointer this survives copyObject() in plancache.c and the trip to a
 * parallel worker.  A user's query cannot forge it: only the planner makes
 * RTE_RESULT, and names it "*RESULT*".
 */
#include "pdauth.h"

#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"

#include "enforce.h"

#define PLAN_TAG_ALIAS "pdauth plan tag"
#define PLAN_TAG_FORMAT "%c %u %u " UINT64_FORMAT

void
plan_tag_attach(PlannedStmt *plan, List *items)
{
	RangeTblEntry *entry = makeNode(RangeTblEntry);
	List	   *texts = NIL;
	ListCell   *cell;

	foreach(cell, items)
	{
		PlanTagItem *item = lfirst(cell);

		texts = lappend(texts, makeString(psprintf(PLAN_TAG_FORMAT, item->kind, item->relation,
												   item->check_as_user, item->fingerprint)));
	}
	entry->rtekind = RTE_RESULT;
	entry->eref = makeAlias(PLAN_TAG_ALIAS, texts);
	plan->rtable = lappend(plan->rtable, entry);
}

static PlanTagItem *
parse_item(const char *text)
{
	PlanTagItem *item = palloc(sizeof(PlanTagItem));
	char	   *rest;

	item->kind = (unsigned char) text[0];
	item->relation = strtoul(text + 2, &rest, 10);
	item->check_as_user = strtoul(rest + 1, &rest, 10);
	item->fingerprint = strtou64(rest + 1, &rest, 10);
	return item;
}

List *
plan_tag_read(const PlannedStmt *plan)
{
	RangeTblEntry *entry = plan->rtable ? llast_node(RangeTblEntry, plan->rtable) : NULL;
	List	   *items = NIL;
	ListCell   *cell;

	if (entry == NULL || entry->rtekind != RTE_RESULT || entry->eref == NULL ||
		strcmp(entry->eref->aliasname, PLAN_TAG_ALIAS) != 0)
		return NIL;
	foreach(cell, entry->eref->colnames)
		items = lappend(items, parse_item(strVal(lfirst(cell))));
	return items;
}
