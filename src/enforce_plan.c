/*
 * enforce_plan.c
 *		The planner hook.
 *
 * It finds every range-table entry that reads or writes a protected relation,
 * takes the decision for it, and makes the query show only that: row filters
 * go into securityQuals, and where columns are masked the entry becomes a
 * sub-query whose target list holds the masks (rewrite_entry.c).  It goes by
 * the registry, not by the guard that row security attaches, because
 * superusers and BYPASSRLS roles get no guard (rule X-2).
 */
#include "pdauth.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/planner.h"
#include "parser/parsetree.h"
#include "utils/guc.h"
#include "utils/rls.h"

#include "access_hold.h"
#include "audit_raw.h"
#include "audit_statement.h"
#include "decision.h"
#include "derivation.h"
#include "door.h"
#include "enforce.h"
#include "exempt_query.h"
#include "linkage.h"
#include "planned_read.h"
#include "rewrite_entry.h"

/*
 * Entries we have dealt with keep this in ctename, a field that core reads
 * only for RTE_CTE but copies with every entry, also into the flat range table
 * and to children that inheritance expansion adds.
 */
static const char handled_mark[] = "pdauth: handled";
static const char log_mark[] = "pdauth: log";

bool
plan_entry_has_mark(const RangeTblEntry *entry)
{
	return strcmp(entry->ctename, handled_mark) == 0;
}

typedef struct PlanProtection
{
	Query	   *query;			/* as a whole */
	const char *query_string;
	ParamListInfo bound_params;
	List	   *items;			/* of PlanTagItem */
	List	   *invalidation_items; /* functions we inlined */
	int			entry_count;	/* entries found protected, repeats included */
	bool		depends_on_role;
	int			log_count;		/* entries of the audit log's tables found */
	int			own_views;		/* of ours that we are inside and that show images as the table would */
} PlanProtection;

static planner_hook_type previous_planner_hook = NULL;

static void protect_query(Query *query, PlanProtection *protection);

static void
add_item(PlanProtection *protection, PlanTagKind kind, Oid relation, Oid check_as_user,
		 uint64 fingerprint)
{
	PlanTagItem *item;
	ListCell   *cell;

	foreach(cell, protection->items)
	{
		item = lfirst(cell);
		if (item->kind == kind && item->relation == relation && item->check_as_user == check_as_user)
			return;
	}
	item = palloc0(sizeof(PlanTagItem));
	item->kind = kind;
	item->relation = relation;
	item->check_as_user = check_as_user;
	item->fingerprint = fingerprint;
	protection->items = lappend(protection->items, item);
}

static bool
is_result_relation(const Query *query, int index)
{
#if PG_VERSION_NUM >= 170000
	if (query->mergeTargetRelation == index)
		return true;
#endif
	return query->resultRelation == index;
}

/* True for EXCLUDED of ON CONFLICT: it shows the proposed row, not stored data. */
static bool
is_excluded_entry(const Query *query, int index)
{
	return query->onConflict != NULL && query->onConflict->exclRelIndex == index;
}

/*
 * row_security = off asks for all rows or an error (pg_dump does).  Core
 * raises it for ordinary roles; for BYPASSRLS roles it is up to us, or a
 * backup would silently be a masked copy.
 */
static void
require_row_security(const Decision *decision, const ProtectedRelation *relation)
{
	if (row_security || decision->unrestricted)
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("a query on %s would be affected by its row filter and masks", relation->name),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("SET row_security = on to get what the licenses permit. For a backup, a superuser sets pdauth.break_glass to the reason.")));
}

static bool
find_entry(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, RangeTblRef))
		return ((RangeTblRef *) node)->rtindex == *(int *) context;
	if (IsA(node, Query))
		return false;
	return expression_tree_walker(node, find_entry, context);
}

/*
 * The rule of a materialized view names the view itself as OLD and NEW and
 * reads neither: REFRESH needs no license for its own target.
 */
static bool
is_rule_placeholder(const Query *query, int index)
{
	return rt_fetch(index, query->rtable)->relkind == RELKIND_MATVIEW &&
		query->resultRelation != index && !find_entry((Node *) query->jointree, &index);
}

/*
 * The fingerprint goes into the record of the statement (R-25-3).  EnableQueryId()
 * would have core make one for every statement, also those on tables of no
 * concern to us; "compute_query_id = off" is respected.  A plan made before
 * pdauth.audit_statements was switched on has none.
 */
static void
make_fingerprint(Query *query, const char *query_string)
{
	bool		enabled = query_id_enabled;

	if (query->queryId != 0 || compute_query_id == COMPUTE_QUERY_ID_OFF || !audit_record_statements)
		return;
	query_id_enabled = true;
	(void) compat_jumble_query(query, query_string);
	query_id_enabled = enabled;
}

static void
protect_relation(Query *query, int index, PlanProtection *protection)
{
	RangeTblEntry *entry = rt_fetch(index, query->rtable);
	const ProtectedRelation *relation;
	const Decision *decision;
	Oid			check_as_user;
	Identity	identity;

	if (entry->relkind == RELKIND_VIEW || (relation = registry_lookup(entry->relid)) == NULL)
		return;
	/* before anything of the query is rewritten */
	if (protection->entry_count++ == 0)
		make_fingerprint(protection->query, protection->query_string);
	entry->ctename = pstrdup(handled_mark);
	rewrite_remove_guards(query, entry);
	if (is_excluded_entry(query, index) || is_rule_placeholder(query, index))
		return;
	check_as_user = compat_check_as_user(query, entry);
	if (exempt_query() != EXEMPT_NOT)
	{
		add_item(protection, PLAN_TAG_EXEMPT, relation->relation, check_as_user, exempt_query());
		return;
	}
	identity = identity_of(check_as_user);
	decision = decision_for(relation, &identity);
	if (is_result_relation(query, index))
	{
		decision_require_write(decision, relation);
		add_item(protection, PLAN_TAG_WRITE, relation->relation, check_as_user, decision->fingerprint);
	}
	else
	{
		decision_require_read(decision, relation);
		require_row_security(decision, relation);
		add_item(protection, PLAN_TAG_READ, relation->relation, check_as_user, decision->fingerprint);
		rewrite_entry(query, index, relation, decision);
	}
}

/*
 * Core inlines set-returning SQL functions after this hook, so relations in
 * their bodies would come too late.  Do it here, the way prepjointree.c's
 * preprocess_function_rtes() does, if the body reads something protected.
 */
static void
protect_function(RangeTblEntry *entry, PlanProtection *protection)
{
	PlannerGlobal *global = makeNode(PlannerGlobal);
	PlannerInfo *root = makeNode(PlannerInfo);
	int			count_before = protection->entry_count + protection->log_count;
	List	   *functions;
	List	   *saved_functions = entry->functions;
	Query	   *body;

	global->boundParams = protection->bound_params;
	root->glob = global;
	root->parse = makeNode(Query);
	functions = (List *) eval_const_expressions(root, (Node *) copyObject(entry->functions));
	entry->functions = functions;
	body = inline_set_returning_function(root, entry);
	if (body != NULL)
		protect_query(body, protection);
	if (body == NULL || protection->entry_count + protection->log_count == count_before)
	{
		entry->functions = saved_functions;
		return;
	}
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = body;
	entry->security_barrier = false;
	entry->funcordinality = false;
	protection->invalidation_items = list_concat(protection->invalidation_items, global->invalItems);
	protection->depends_on_role |= global->dependsOnRole;
}

/* Sub-selects in expressions; those in FROM and WITH are walked by protect_query(). */
static bool
protect_expressions(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		protect_query((Query *) node, context);
		return false;
	}
	return expression_tree_walker(node, protect_expressions, context);
}

static void
protect_subquery(RangeTblEntry *entry, PlanProtection *protection)
{
	bool		own_view = audit_raw_is_view(compat_view_of(entry));

	protection->own_views += own_view;
	protect_query(entry->subquery, protection);
	protection->own_views -= own_view;
}

static void
protect_query(Query *query, PlanProtection *protection)
{
	ListCell   *cell;
	Bitmapset  *stored = NULL;

	check_stack_depth();
	/* the planner itself goes by this: it leaves no sub-select behind without it */
	if (query->hasSubLinks)
		(void) query_tree_walker(query, protect_expressions, protection,
								 QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES);
	foreach(cell, query->cteList)
		protect_query(castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery), protection);
	for (int index = 1; index <= list_length(query->rtable); index++)
	{
		RangeTblEntry *entry = rt_fetch(index, query->rtable);

		if (entry->rtekind == RTE_RELATION)
		{
			door_hide_statistics(entry, index);
			protect_relation(query, index, protection);
			if (audit_raw_is_stored(entry->relid, entry->relkind))
			{
				protection->log_count++;
				entry->ctename = pstrdup(log_mark);
				stored = bms_add_member(stored, index);
			}
		}
		else if (entry->rtekind == RTE_SUBQUERY)
			protect_subquery(entry, protection);
		else if (entry->rtekind == RTE_FUNCTION)
			protect_function(entry, protection);
	}
	if (stored != NULL && protection->own_views == 0)
		audit_raw_close(query, stored);
}

/* As add_item(), for any number of partitions: without a look for repeats, which do no harm. */
static void
add_covered(PlanProtection *protection, Oid relation)
{
	PlanTagItem *item = palloc0(sizeof(PlanTagItem));

	item->kind = PLAN_TAG_COVERED;
	item->relation = relation;
	protection->items = lappend(protection->items, item);
}

/*
 * The net: whatever path the planner took, a protected relation that we have
 * not dealt with does not get into a plan.  Children that inheritance added
 * are noted, so that the executor knows them.
 */
static void
check_plan(const PlannedStmt *plan, PlanProtection *protection)
{
	ListCell   *cell;

	foreach(cell, plan->rtable)
	{
		RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		const ProtectedRelation *relation;

		if (entry->rtekind != RTE_RELATION || entry->relkind == RELKIND_VIEW)
			continue;
		if (plan_entry_is_handled(entry))
		{
			entry->ctename = NULL;	/* of no use to the executor */
			add_covered(protection, entry->relid);
		}
		else if (entry->ctename != NULL && strcmp(entry->ctename, log_mark) == 0)
			entry->ctename = NULL;
		else if (audit_raw_is_stored(entry->relid, entry->relkind))
			ereport(ERROR,
					(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
					 errmsg("the plan reads the audit log by a path that pdauth does not know"),
					 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
					 errhint("Report the statement to the maintainers of pdauth; no row was shown.")));
		else if ((relation = registry_lookup(entry->relid)) != NULL)
			ereport(ERROR,
					(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
					 errmsg("the plan reads %s by a path that pdauth does not know", relation->name),
					 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
					 errhint("Report the statement to the maintainers of pdauth; no row was shown.")));
	}
}

/* The plan must go when a license, a role or an inlined function changes. */
static void
add_dependencies(PlannedStmt *plan, const PlanProtection *protection)
{
	plan->relationOids = access_hold_add_tables(license_add_tables(plan->relationOids));
	plan->invalItems = list_concat(plan->invalItems, protection->invalidation_items);
	plan->dependsOnRole = true;
}

static PlannedStmt *
make_plan(Query *parse, const char *query_string, int cursor_options, ParamListInfo bound_params)
{
	if (previous_planner_hook)
		return previous_planner_hook(parse, query_string, cursor_options, bound_params);
	return standard_planner(parse, query_string, cursor_options, bound_params);
}

/* What planning calls (a folded cast, an index predicate) is not exempt itself. */
static pg_noinline PlannedStmt *
make_exempt_plan(Query *parse, const char *query_string, int cursor_options,
					  ParamListInfo bound_params)
{
	PlannedStmt *volatile plan = NULL;

	PG_TRY();
	{
		plan = make_plan(parse, query_string, cursor_options, bound_params);
	}
	PG_FINALLY();
	{
		exempt_query_leave();
	}
	PG_END_TRY();
	return plan;
}

static PlannedStmt *
enforce_planner(Query *parse, const char *query_string, int cursor_options, ParamListInfo bound_params)
{
	PlanProtection protection = {parse, query_string, bound_params};
	PlannedStmt *plan;
	uint64		before = planned_read_mark();
	bool		linked = linkage_plan(parse);

	protect_query(parse, &protection);
	if (protection.entry_count > 0 && (parse->commandType != CMD_SELECT || parse->hasModifyingCTE))
		derivation_check_query(parse);
	if (!exempt_query_enter())
		plan = make_plan(parse, query_string, cursor_options, bound_params);
	else
		plan = make_exempt_plan(parse, query_string, cursor_options, bound_params);
	check_plan(plan, &protection);
	if (planned_read_mark() != before)
		protection.items = list_concat(protection.items, planned_read_since(before));
	if (protection.items != NIL)
	{
		add_dependencies(plan, &protection);
		if (linked)
			plan->relationOids = linkage_add_tables(plan->relationOids);
		plan_tag_attach(plan, protection.items);
	}
	return plan;
}

void
enforce_plan_init(void)
{
	previous_planner_hook = planner_hook;
	planner_hook = enforce_planner;
}
