/*
 * linkage_shape.c
 *		Looks through the blocks of a query and counts the rows of its groups.
 */
#include "pdauth.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "enforce.h"
#include "linkage_shape.h"
#include "registry.h"
#include "rule.h"

static List *keys_of(Query *query, int minimum, bool top);

static void
refuse(const char *what)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_LINKAGE),
			 errmsg("of combined resources only groups are shown: %s", _(what)),
			 pdauth_errdetail_more(PDAUTH_RULE_LINKAGE, "The assessment of their linkage says how many rows a group has at least."),
			 errhint("Join the resources in FROM and group them with count, sum, avg, variance or correlation of columns; or ask each resource on its own.")));
}

/* ---- expressions ---- */

static const Oid open_aggregates[] = {
	F_COUNT_, F_COUNT_ANY,
	F_SUM_INT2, F_SUM_INT4, F_SUM_INT8, F_SUM_FLOAT4, F_SUM_FLOAT8, F_SUM_NUMERIC, F_SUM_INTERVAL, F_SUM_MONEY,
	F_AVG_INT2, F_AVG_INT4, F_AVG_INT8, F_AVG_FLOAT4, F_AVG_FLOAT8, F_AVG_NUMERIC, F_AVG_INTERVAL,
};

static const char *const open_families[] = {
	"var_pop", "var_samp", "variance", "stddev", "stddev_pop", "stddev_samp", "corr", "covar_pop", "covar_samp",
	"regr_count", "regr_slope", "regr_intercept", "regr_r2", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy", "regr_sxy",
};

/* One that says nothing about a single row of a large group. */
static bool
is_open_aggregate(Oid function)
{
	char	   *name;

	for (int i = 0; i < lengthof(open_aggregates); i++)
	{
		if (open_aggregates[i] == function)
			return true;
	}
	if (function >= FirstNormalObjectId || (name = get_func_name(function)) == NULL)
		return false;
	for (int i = 0; i < lengthof(open_families); i++)
	{
		if (strcmp(open_families[i], name) == 0)
			return true;
	}
	return false;
}

/* A column as it is, or a constant. */
static bool
is_plain(Node *node)
{
	while (node != NULL && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node == NULL || IsA(node, Var) || IsA(node, Const);
}

static void
check_aggregate(const Aggref *aggregate)
{
	ListCell   *cell;

	if (!is_open_aggregate(aggregate->aggfnoid))
		refuse(psprintf(_("%s shows single values"), get_func_name(aggregate->aggfnoid)));
	if (aggregate->aggfilter != NULL)
		refuse("FILTER makes groups of its own");
	foreach(cell, aggregate->args)
	{
		if (!is_plain((Node *) lfirst_node(TargetEntry, cell)->expr))
			refuse("an aggregate takes columns, not expressions");
	}
}

static bool
is_own_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId;
}

/* Whatever stands in any expression of the query, sub-selects included. */
static bool
check_expressions(Node *node, void *context)
{
	if (node == NULL || guard_is(node))
		return false;
	if (IsA(node, Aggref))
		check_aggregate((Aggref *) node);
	/* it could read more, or pass on what it is called with */
	if (check_functions_in_node(node, is_own_function, NULL))
		refuse("functions that are not built in have no part in it");
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, check_expressions, context, 0);
	return expression_tree_walker(node, check_expressions, context);
}

/* A sub-select in an expression must not pass rows on. */
static bool
check_sublinks(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		if (keys_of((Query *) node, *(int *) context, false) != NIL)
			refuse("a sub-select in an expression reads rows");
		return false;
	}
	return expression_tree_walker(node, check_sublinks, context);
}

static bool
has_outer_join(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, JoinExpr) && ((JoinExpr *) node)->jointype != JOIN_INNER)
		return true;
	if (IsA(node, Query))
		return false;
	return expression_tree_walker(node, has_outer_join, context);
}

/* ---- blocks ---- */

/* count(DISTINCT key) >= minimum */
static Node *
enough_rows(Var *key, int minimum)
{
	Aggref	   *count = makeNode(Aggref);
	SortGroupClause *distinct = makeNode(SortGroupClause);
	TargetEntry *argument = makeTargetEntry((Expr *) key, 1, NULL, false);

	argument->ressortgroupref = 1;
	distinct->tleSortGroupRef = 1;
	distinct->eqop = TIDEqualOperator;
	distinct->sortop = TIDLessOperator;
	distinct->hashable = true;
	count->aggfnoid = F_COUNT_ANY;
	count->aggtype = INT8OID;
	count->aggargtypes = list_make1_oid(TIDOID);
	count->args = list_make1(argument);
	count->aggdistinct = list_make1(distinct);
	count->aggkind = AGGKIND_NORMAL;
	count->aggsplit = AGGSPLIT_SIMPLE;
	count->aggno = -1;
	count->aggtransno = -1;
	count->location = -1;
	return (Node *) makeFuncExpr(F_INT8GE, BOOLOID,
								 list_make2(count, makeConst(INT8OID, -1, InvalidOid, sizeof(int64), Int64GetDatum(minimum), false, FLOAT8PASSBYVAL)),
								 InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* Positions at which a sub-select in FROM shows the keys of its rows become columns of its entry. */
static List *
keys_of_subquery(RangeTblEntry *entry, int index, int minimum)
{
	List	   *keys = NIL;
	ListCell   *cell;

	foreach(cell, keys_of(entry->subquery, minimum, false))
	{
		entry->eref->colnames = lappend(entry->eref->colnames, makeString(psprintf("pdauth_row_%d", lfirst_int(cell))));
		keys = lappend(keys, makeVar(index, lfirst_int(cell), TIDOID, -1, InvalidOid, 0));
	}
	return keys;
}

/* Of what the block reads: a Var for each governed relation that says which of its rows it is. */
static List *
keys_of_entries(Query *query, int minimum)
{
	List	   *keys = NIL;

	for (int index = 1; index <= list_length(query->rtable); index++)
	{
		RangeTblEntry *entry = rt_fetch(index, query->rtable);

		if (entry->rtekind == RTE_SUBQUERY)
			keys = list_concat(keys, keys_of_subquery(entry, index, minimum));
		else if (entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_VIEW && registry_lookup(entry->relid) != NULL)
		{
			if (entry->tablesample != NULL)
				refuse("a sample is no group");
			keys = lappend(keys, makeVar(index, SelfItemPointerAttributeNumber, TIDOID, -1, InvalidOid, 0));
		}
	}
	return keys;
}

/* The block passes rows on: only as they are. */
static void
check_rows(const Query *query, bool top)
{
	ListCell   *cell;

	if (top)
		refuse("it shows rows");
	if (query->limitCount != NULL || query->limitOffset != NULL || query->distinctClause != NIL)
		refuse("LIMIT and DISTINCT choose among rows");
	if (query->hasWindowFuncs)
		refuse("window functions look from one row to another");
	foreach(cell, query->targetList)
	{
		if (!is_plain((Node *) lfirst_node(TargetEntry, cell)->expr))
			refuse("a sub-select passes on columns, not expressions");
	}
}

/*
 * Positions in the target list at which the block shows which rows it passes
 * on, added here; NIL if it groups them, or reads none.
 */
static List *
keys_of(Query *query, int minimum, bool top)
{
	List	   *keys;
	List	   *positions = NIL;
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, query->cteList)
	{
		if (keys_of(castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery), minimum, false) != NIL)
			refuse("WITH passes rows on");
	}
	if (query->hasSubLinks)
		(void) query_tree_walker(query, check_sublinks, &minimum, QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES);
	keys = keys_of_entries(query, minimum);
	if (keys == NIL)
		return NIL;
	if (query->commandType != CMD_SELECT || query->setOperations != NULL)
		refuse("rows are neither written nor put together by UNION and the like");
	if (has_outer_join((Node *) query->jointree, NULL))
		refuse("an outer join tells which rows are missing");
	if (query->hasAggs || query->groupClause != NIL || query->groupingSets != NIL || query->havingQual != NULL)
	{
		foreach(cell, keys)
			query->havingQual = make_and_qual(query->havingQual, enough_rows(lfirst(cell), minimum));
		query->hasAggs = true;
		return NIL;
	}
	check_rows(query, top);
	foreach(cell, keys)
	{
		int			position = list_length(query->targetList) + 1;

		query->targetList = lappend(query->targetList, makeTargetEntry(lfirst(cell), position, psprintf("pdauth_row_%d", position), false));
		positions = lappend_int(positions, position);
	}
	return positions;
}

void
linkage_shape(Query *query, int minimum)
{
	(void) check_expressions((Node *) query, NULL);
	(void) keys_of(query, minimum, true);
}
