/*
 * linkage.c
 *		What a statement combines, asked of the register, and groups that are
 *		large enough (linkage.h).
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "access_gate.h"
#include "decision.h"
#include "invalidation.h"
#include "linkage.h"
#include "linkage_shape.h"
#include "next_hook.h"
#include "registry.h"
#include "rule.h"

/* The outermost statement that is running. */
typedef struct Run
{
	const PlanTag *tag;			/* NULL: it reads nothing governed itself */
	int			level;			/* of subtransactions, where it began; 0: nothing runs */
	/* what it and all that it calls have read */
	bool		started;
	List	   *read;			/* of char *, in TopTransactionContext */
	int			cleared;		/* so many of these may be combined by functions */
} Run;

static Run running = {NULL};
static ExecutorRun_hook_type previous_executor_run_hook = NULL;

static uint64 generation = 1;
static Oid	assessment_table = InvalidOid;
static Oid	parameter_table = InvalidOid;
static Oid	override_table = InvalidOid;

static bool
knows(const List *resources, const char *resource)
{
	const ListCell *cell;

	foreach(cell, resources)
	{
		if (strcmp(lfirst(cell), resource) == 0)
			return true;
	}
	return false;
}

/* The resource of a relation, unless it is read by its custodian or not really. */
static List *
add_resource(List *resources, Oid relid, Oid check_as_user)
{
	const ProtectedRelation *relation = registry_lookup(relid);
	Identity	identity;
	const Decision *decision;

	if (relation == NULL || knows(resources, relation->resource))
		return resources;
	identity = identity_of(check_as_user);
	decision = decision_for(relation, &identity);
	if (decision->may_write || decision->empty || decision->observation != NULL)
		return resources;
	return lappend(resources, pstrdup(relation->resource));
}

static List *
add_tagged(List *resources, const PlanTag *tag)
{
	for (int i = 0; i < tag->count; i++)
	{
		if (tag->items[i].kind == PLAN_TAG_READ)
			resources = add_resource(resources, tag->items[i].relation, tag->items[i].check_as_user);
	}
	return resources;
}

/* What a function of the register answers about resources and the outer role; NULL for NULL. */
static char *
ask_register(const char *query, List *resources, bool nested)
{
	Datum	   *items = palloc(sizeof(Datum) * list_length(resources));
	Oid			types[] = {TEXTARRAYOID, OIDOID, BOOLOID};
	Datum		values[] = {0, ObjectIdGetDatum(GetOuterUserId()), BoolGetDatum(nested)};
	int			count = 0;
	ListCell   *cell;

	foreach(cell, resources)
		items[count++] = CStringGetTextDatum(lfirst(cell));
	values[0] = PointerGetDatum(construct_array(items, count, TEXTOID, -1, false, TYPALIGN_INT));
	return access_gate_ask(query, lengthof(types), types, values);
}

/* False while the extension is being made: there is no register yet. */
static bool
find_tables(void)
{
	if (!OidIsValid(assessment_table))
		assessment_table = pdauth_relation_oid("linkage_assessment");
	if (!OidIsValid(parameter_table))
		parameter_table = pdauth_relation_oid("pack_parameter");
	if (!OidIsValid(override_table))
		override_table = pdauth_relation_oid("pack_override");
	return OidIsValid(assessment_table) && OidIsValid(parameter_table) && OidIsValid(override_table);
}

/* ---- while a statement is planned ---- */

typedef struct Search
{
	Query	   *query;
	List	   *resources;
} Search;

static bool
collect(Node *node, void *context)
{
	Search	   *search = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *entry = (RangeTblEntry *) node;

		if (entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_VIEW)
			search->resources = add_resource(search->resources, entry->relid,
											 compat_check_as_user(search->query, entry));
		return false;
	}
	if (IsA(node, Query))
	{
		Query	   *outer = search->query;

		search->query = (Query *) node;
		(void) query_tree_walker((Query *) node, collect, context, QTW_EXAMINE_RTES_BEFORE);
		search->query = outer;
		return false;
	}
	return expression_tree_walker(node, collect, context);
}

static pg_noinline bool
plan_combination(Query *query)
{
	Search		search = {NULL, NIL};
	char	   *minimum;

	(void) collect((Node *) query, &search);
	if (list_length(search.resources) < 2 || !access_gate_asks() || !find_tables())
		return false;
	minimum = ask_register("SELECT pdauth.linkage_minimum($1, $2)", search.resources, false);
	if (minimum != NULL)
		linkage_shape(query, pg_strtoint32(minimum));
	return true;
}

bool
linkage_plan(Query *query)
{
	if (list_length(query->rtable) < 2 && !query->hasSubLinks && query->cteList == NIL &&
		(query->rtable == NIL || linitial_node(RangeTblEntry, query->rtable)->rtekind == RTE_RELATION))
		return false;
	return plan_combination(query);
}

List *
linkage_add_tables(List *relations)
{
	return lappend_oid(lappend_oid(lappend_oid(relations, assessment_table), parameter_table), override_table);
}

/* ---- when it starts, and when what it rests on has changed ---- */

static void
refuse_unassessed(List *resources, bool nested)
{
	char	   *finding;

	if (list_length(resources) < 2 || !access_gate_asks() || !find_tables())
		return;
	finding = ask_register("SELECT pdauth.linkage_finding($1, $2, $3)", resources, nested);
	if (finding != NULL)
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_LINKAGE),
				 errmsg("combination of resources has no linkage assessment (%s)", pdauth_server_text("关联汇聚风险")),
				 pdauth_errdetail_more(PDAUTH_RULE_LINKAGE, "%s", finding),
				 errhint("Ask each resource on its own, or have the linkage of these resources assessed (pdauth.linkage_assessment).")));
}

/* Adds what a statement reads to what the outermost one has read. */
static void
note_read(const List *resources)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	const ListCell *cell;

	foreach(cell, resources)
	{
		if (!knows(running.read, lfirst(cell)))
			running.read = lappend(running.read, pstrdup(lfirst(cell)));
	}
	MemoryContextSwitchTo(caller);
}

static void
check_called(const PlanTag *tag, bool known)
{
	List	   *own = add_tagged(NIL, tag);

	if (!running.started && running.tag != NULL)
		note_read(add_tagged(NIL, running.tag));
	running.started = true;
	note_read(own);
	if (!known)
		refuse_unassessed(own, false);
	if (list_length(running.read) == list_length(own) || list_length(running.read) == running.cleared)
		return;
	refuse_unassessed(running.read, true);
	running.cleared = list_length(running.read);
}

void
linkage_check(const PlanTag *tag, bool known)
{
	if (running.level > 0)
		check_called(tag, known);
	/* the greater part of all statements reads one relation */
	else if (!known && tag->count > 1)
		refuse_unassessed(add_tagged(NIL, tag), false);
}

static pg_noinline void
forget_run(void)
{
	if (running.read != NIL)
		list_free_deep(running.read);
	memset(&running, 0, sizeof(running));
}

/*
 * No PG_TRY, which every statement would pay for: the end of the transaction
 * that an error aborts does the same as linkage_run_ends().
 */
bool
linkage_run_begins(const PlanTag *tag)
{
	if (running.level > 0)
		return false;
	running.tag = tag;
	running.level = GetCurrentTransactionNestLevel();
	return true;
}

void
linkage_run_ends(void)
{
	running.tag = NULL;
	running.level = 0;
	if (running.started)
		forget_run();
}

/* An error has ended it, unless the subtransaction began within it. */
static void
subtransaction_ends(SubXactEvent event, SubTransactionId own, SubTransactionId parent, void *argument)
{
	if (event == SUBXACT_EVENT_ABORT_SUB && running.level >= GetCurrentTransactionNestLevel())
		forget_run();
}

static void
transaction_ends(XactEvent event, void *argument)
{
	if (running.level > 0 && (event == XACT_EVENT_ABORT || event == XACT_EVENT_PARALLEL_ABORT))
		forget_run();
}

static void
linkage_executor_run(QueryDesc *query, ScanDirection direction, uint64 count
					 COMPAT_EXECUTE_ONCE(bool execute_once))
{
	bool		outermost = !IsParallelWorker() && linkage_run_begins(plan_tag_read(query->plannedstmt));

	next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
	if (outermost)
		linkage_run_ends();
}

uint64
linkage_generation(void)
{
	return generation;
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == assessment_table || relation == parameter_table || relation == override_table)
	{
		assessment_table = parameter_table = override_table = InvalidOid;
		generation++;
	}
}

void
linkage_init(bool preloaded)
{
	invalidation_call(relcache_callback);
	if (!preloaded)
		return;
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
	previous_executor_run_hook = ExecutorRun_hook;
	ExecutorRun_hook = linkage_executor_run;
}
