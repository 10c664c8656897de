/*
 * lineage.c
 *		Column lineage of a query.
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "lineage.h"
#include "registry.h"

/* A query and those around it: what Vars of an expression can refer to. */
typedef struct Scope
{
	const Query *query;			/* NULL: not followed */
	const struct Scope *outer;
	const CommonTableExpr *expanding;	/* CTE whose query this is, or NULL */
} Scope;

typedef struct Walk
{
	const Scope *scope;
	ColumnLineage *lineage;
	int			depth;			/* sub-selects we are inside, below scope */
} Walk;

static void follow(Node *expression, const Scope *scope, ColumnLineage *lineage);

static void
add_origin(ColumnLineage *lineage, Oid relation, AttrNumber attribute)
{
	Origin	   *origin;
	ListCell   *cell;

	foreach(cell, lineage->origins)
	{
		origin = lfirst(cell);
		if (origin->relation == relation && origin->attribute == attribute)
			return;
	}
	origin = palloc(sizeof(Origin));
	origin->relation = relation;
	origin->attribute = attribute;
	lineage->origins = lappend(lineage->origins, origin);
}

static void
follow_relation(const RangeTblEntry *entry, AttrNumber attribute, ColumnLineage *lineage)
{
	if (attribute < 0 || entry->relkind == RELKIND_VIEW || !registry_covers(entry->relid))
		return;
	if (attribute > 0)
		add_origin(lineage, entry->relid, attribute);
	for (int i = 1; attribute == 0 && get_attname(entry->relid, i, true) != NULL; i++)
		add_origin(lineage, entry->relid, i);
}

/* An output column of a query, or all of them (attribute 0). */
static void
follow_output(const Query *query, const Scope *scope, AttrNumber attribute, ColumnLineage *lineage)
{
	ListCell   *cell;

	if (query->setOperations != NULL)
	{
		foreach(cell, query->rtable)
		{
			RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
			Scope		inner = {entry->subquery, scope, NULL};

			if (entry->rtekind == RTE_SUBQUERY)
				follow_output(entry->subquery, &inner, attribute, lineage);
		}
		lineage->direct = false;
		return;
	}
	/* a CTE can be INSERT ... RETURNING and the like */
	foreach(cell, query->commandType == CMD_SELECT ? query->targetList : query->returningList)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (attribute == 0 || target->resno == attribute)
			follow((Node *) target->expr, scope, lineage);
	}
}

static void
follow_cte(const RangeTblEntry *entry, const Scope *scope, AttrNumber attribute, ColumnLineage *lineage)
{
	ListCell   *cell;

	for (Index level = entry->ctelevelsup; level > 0 && scope != NULL; level--)
		scope = scope->outer;
	if (scope == NULL || scope->query == NULL)
		return;
	foreach(cell, scope->query->cteList)
	{
		const CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);
		Scope		inner = {(const Query *) cte->ctequery, scope, cte};

		if (strcmp(cte->ctename, entry->ctename) != 0)
			continue;
		/* a recursive term adds nothing that the other term has not */
		for (const Scope *around = scope; around != NULL; around = around->outer)
		{
			if (around->expanding == cte)
				return;
		}
		follow_output(inner.query, &inner, attribute, lineage);
	}
}

static void
follow_var(const Var *var, const Scope *scope, ColumnLineage *lineage)
{
	RangeTblEntry *entry;
	ListCell   *cell;

	check_stack_depth();
	for (Index level = var->varlevelsup; level > 0 && scope != NULL; level--)
		scope = scope->outer;
	if (scope == NULL || scope->query == NULL || var->varno > list_length(scope->query->rtable))
		return;
	if (scope->query->setOperations != NULL)
	{
		/* its Vars name the first branch, but mean all of them */
		follow_output(scope->query, scope, var->varattno, lineage);
		return;
	}
	entry = rt_fetch(var->varno, scope->query->rtable);
	if (entry->rtekind == RTE_RELATION)
		follow_relation(entry, var->varattno, lineage);
	else if (entry->rtekind == RTE_SUBQUERY)
	{
		Scope		inner = {entry->subquery, scope, NULL};

		follow_output(entry->subquery, &inner, var->varattno, lineage);
	}
	else if (entry->rtekind == RTE_CTE)
		follow_cte(entry, scope, var->varattno, lineage);
	else if (entry->rtekind == RTE_JOIN)
		follow(var->varattno > 0 ? list_nth(entry->joinaliasvars, var->varattno - 1) :
			   (Node *) entry->joinaliasvars, scope, lineage);
	else if (compat_group_expressions(entry) != NIL)
		follow(list_nth(compat_group_expressions(entry), var->varattno - 1), scope, lineage);
	else
	{
		lineage->direct = false;
		foreach(cell, entry->values_lists)
			follow((Node *) lfirst(cell), scope, lineage);
		follow((Node *) entry->functions, scope, lineage);
		follow((Node *) entry->tablefunc, scope, lineage);
	}
}

static bool
visit(Node *node, void *context)
{
	Walk	   *walk = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
		follow_var((Var *) node, walk->scope, walk->lineage);
	else if (IsA(node, Query))
	{
		Scope		inner = {(Query *) node, walk->scope, NULL};

		follow_output((Query *) node, &inner, 0, walk->lineage);
	}
	else
		return expression_tree_walker(node, visit, context);
	return false;
}

static void
follow(Node *expression, const Scope *scope, ColumnLineage *lineage)
{
	Walk		walk = {scope, lineage};

	if (expression == NULL)
		return;
	if (!IsA(expression, Var) || ((Var *) expression)->varattno == 0)
		lineage->direct = false;
	(void) visit(expression, &walk);
}

ColumnLineage *
lineage_of_expression(const Query *query, const Query *around, Node *expression)
{
	ColumnLineage *lineage = palloc0(sizeof(ColumnLineage));
	Scope		outer = {around};
	Scope		scope = {query, &outer};

	lineage->direct = true;
	follow(expression, &scope, lineage);
	lineage->direct &= list_length(lineage->origins) == 1;
	return lineage;
}

typedef struct Census
{
	int			relations;		/* entries of protected relations */
	int			cte_references;
	bool		mixes;
} Census;

static bool
count_entries(Node *node, void *context)
{
	Census	   *census = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		Query	   *query = (Query *) node;

		census->mixes |= query->setOperations != NULL || query->hasWindowFuncs || query->hasSubLinks;
		return query_tree_walker(query, count_entries, context, QTW_EXAMINE_RTES_BEFORE);
	}
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *entry = (RangeTblEntry *) node;

		census->relations += entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_VIEW &&
			registry_covers(entry->relid);
		census->cte_references += entry->rtekind == RTE_CTE;
		census->mixes |= entry->rtekind == RTE_FUNCTION;
		return false;
	}
	return expression_tree_walker(node, count_entries, context);
}

bool
lineage_is_row_by_row(Query *query)
{
	Census		census = {0};

	(void) count_entries((Node *) query, &census);
	return census.relations == 1 && census.cte_references <= 1 && !census.mixes;
}
