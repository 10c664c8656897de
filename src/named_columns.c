/*
 * named_columns.c
 *		Which columns of an entry does a query name?
 */
#include "pdauth.h"

#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"

#include "named_columns.h"

typedef struct NamedColumns
{
	const Query *query;
	int			index;
	int			depth;			/* sub-queries of query we are inside */
	bool		whole_row;
	Bitmapset  *attributes;
} NamedColumns;

static bool visit_node(Node *node, void *context);

/*
 * A Var of a join stands for one of its columns.  The join's own list names
 * every column of its tables, whether used or not, so only what is used is
 * followed.
 */
static void
visit_join_var(const Var *var, const RangeTblEntry *join, NamedColumns *named)
{
	int			depth = named->depth;

	named->depth = 0;
	if (var->varattno == 0)
		(void) visit_node((Node *) join->joinaliasvars, named);
	else
		(void) visit_node(list_nth(join->joinaliasvars, var->varattno - 1), named);
	named->depth = depth;
}

static void
visit_var(const Var *var, NamedColumns *named)
{
	if (var->varlevelsup != named->depth)
		return;
	if (var->varno == named->index)
	{
		if (var->varattno == 0)
			named->whole_row = true;
		else if (var->varattno > 0)
			named->attributes = bms_add_member(named->attributes, var->varattno);
	}
	else if (var->varno <= list_length(named->query->rtable))
	{
		const RangeTblEntry *entry = rt_fetch(var->varno, named->query->rtable);

		if (entry->rtekind == RTE_JOIN && var->varattno >= 0)
			visit_join_var(var, entry, named);
	}
}

static bool
visit_node(Node *node, void *context)
{
	NamedColumns *named = context;
	bool		result;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		visit_var((Var *) node, named);
		return false;
	}
	if (IsA(node, Query))
	{
		named->depth++;
		/* sub-queries whole: only the query's own joins have columns of the entry in their lists */
		result = query_tree_walker((Query *) node, visit_node, context, 0);
		named->depth--;
		return result;
	}
	return expression_tree_walker(node, visit_node, context);
}

AttrNumber
named_column_not_clear(Query *query, int index, const ProtectedRelation *relation, const Decision *decision)
{
	NamedColumns named = {query, index};
	RangeTblEntry *entry = rt_fetch(index, query->rtable);
	List	   *policies = entry->securityQuals;

	/* what the table's own policies look at is not what the query asks for */
	entry->securityQuals = NIL;
	(void) query_tree_walker(query, visit_node, &named, QTW_IGNORE_JOINALIASES);
	entry->securityQuals = policies;
	for (int i = 0; i < decision->column_count; i++)
	{
		if (decision->columns[i].visibility != COLUMN_CLEAR && relation->columns[i].name != NULL &&
			(named.whole_row || bms_is_member(i + 1, named.attributes)))
			return i + 1;
	}
	return InvalidAttrNumber;
}
