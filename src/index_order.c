/*
 * index_order.c
 *		Indexes on masked columns give no order.
 *
 * An index on (salary, id) is enough to answer SELECT id, and the rows come in
 * the order of the salaries, whatever mask is on them.  Where a key of an index
 * is masked only bitmaps are made from it: rows come as they are stored.
 */
#include "pdauth.h"

#include "access/sysattr.h"
#include "nodes/pathnodes.h"
#include "optimizer/optimizer.h"
#include "optimizer/plancat.h"
#include "parser/parsetree.h"

#include "decision.h"
#include "enforce.h"
#include "index_order.h"

static get_relation_info_hook_type previous_get_relation_info_hook = NULL;

/* Attributes whose order the index has, those in its expressions included. */
static Bitmapset *
key_attributes(const IndexOptInfo *index)
{
	Bitmapset  *attributes = NULL;

	for (int i = 0; i < index->nkeycolumns; i++)
	{
		if (index->indexkeys[i] > 0)
			attributes = bms_add_member(attributes, index->indexkeys[i] - FirstLowInvalidHeapAttributeNumber);
	}
	pull_varattnos((Node *) index->indexprs, index->rel->relid, &attributes);
	return attributes;
}

static bool
has_masked_key(const IndexOptInfo *index, const Decision *decision)
{
	Bitmapset  *attributes = key_attributes(index);

	for (int i = 0; i < decision->column_count; i++)
	{
		if (decision->columns[i].visibility != COLUMN_CLEAR &&
			bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, attributes))
			return true;
	}
	return false;
}

static pg_noinline void
hide_order(Oid relation_oid, RelOptInfo *rel)
{
	const ProtectedRelation *relation = registry_lookup(relation_oid);
	const Decision *decision;
	Identity	identity;
	ListCell   *cell;

	if (relation == NULL)
		return;
	identity = identity_of(rel->userid);
	decision = decision_for(relation, &identity);
	if (decision->unrestricted)
		return;
	foreach(cell, rel->indexlist)
	{
		IndexOptInfo *index = lfirst_node(IndexOptInfo, cell);

		if (has_masked_key(index, decision))
			index->amhasgettuple = index->amcanparallel = false;
	}
}

static void
note_indexes(PlannerInfo *root, Oid relation_oid, bool inherited, RelOptInfo *rel)
{
	if (previous_get_relation_info_hook)
		previous_get_relation_info_hook(root, relation_oid, inherited, rel);
	if (plan_entry_is_handled(planner_rt_fetch(rel->relid, root)))
		hide_order(relation_oid, rel);
}

void
index_order_init(void)
{
	previous_get_relation_info_hook = get_relation_info_hook;
	get_relation_info_hook = note_indexes;
}
