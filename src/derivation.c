/*
 * derivation.c
 *		Labels of data made from protected data.
 */
#include "pdauth.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/prepare.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/ruleutils.h"

#include "derivation.h"
#include "door.h"
#include "label.h"
#include "lineage.h"
#include "register_standing.h"
#include "scope_internal.h"

typedef enum DerivationKind
{
	DERIVES_TABLE,
	DERIVES_MATERIALIZED_VIEW,
	DERIVES_FILE,
	DERIVES_EXPORT,				/* COPY TO STDOUT */
} DerivationKind;

/* A protected relation that was read while the statement ran. */
typedef struct Source
{
	Oid			relation;
	char	   *resource;
	LabelMode	mode;
	char	   *region;			/* the one division of all rows that were shown, or NULL */
	AttrNumber	region_attribute;
	bool		followed;		/* the query's lineage names it */
} Source;

struct Derivation
{
	DerivationKind kind;
	Derivation *outer;
	IntoClause *into;			/* of a new table */
	Query	   *query;			/* rewritten; NULL where it is not known */
	List	   *sources;		/* of Source * */
};

static Derivation *current = NULL;

bool
derivation_active(void)
{
	return current != NULL;
}

/* The query of CREATE TABLE AS, views expanded, or NULL. */
static Query *
rewritten_query(const CreateTableAsStmt *statement)
{
	Query	   *query = castNode(Query, statement->query);
	List	   *rewritten;

	if (query->commandType == CMD_UTILITY)
	{
		PreparedStatement *prepared = IsA(query->utilityStmt, ExecuteStmt) ?
			FetchPreparedStatement(((ExecuteStmt *) query->utilityStmt)->name, false) : NULL;

		if (prepared == NULL)
			return NULL;
		/* asking for the target list makes plancache.c look whether the query is still right */
		(void) CachedPlanGetTargetList(prepared->plansource, NULL);
		return list_length(prepared->plansource->query_list) == 1 ?
			copyObject(linitial_node(Query, prepared->plansource->query_list)) : NULL;
	}
	rewritten = QueryRewrite(copyObject(query));
	return list_length(rewritten) == 1 ? linitial_node(Query, rewritten) : NULL;
}

static Derivation *
enter(DerivationKind kind)
{
	Derivation *derivation = palloc0(sizeof(Derivation));

	derivation->kind = kind;
	derivation->outer = current;
	current = derivation;
	return derivation;
}

Derivation *
derivation_enter(Node *statement)
{
	Derivation *derivation;

	if (IsA(statement, ExplainStmt) && IsA(((ExplainStmt *) statement)->query, Query) &&
		((Query *) ((ExplainStmt *) statement)->query)->commandType == CMD_UTILITY)
		statement = ((Query *) ((ExplainStmt *) statement)->query)->utilityStmt;
	/* one that has labels of its own was given them by a policy administrator */
	if (IsA(statement, RefreshMatViewStmt))
		return OidIsValid(door_protected(((RefreshMatViewStmt *) statement)->relation)) ? NULL :
			enter(DERIVES_MATERIALIZED_VIEW);
	if (IsA(statement, CopyStmt))
		return ((CopyStmt *) statement)->is_from ? NULL :
			enter(((CopyStmt *) statement)->filename != NULL ? DERIVES_FILE : DERIVES_EXPORT);
	if (!IsA(statement, CreateTableAsStmt))
		return NULL;
	if (((CreateTableAsStmt *) statement)->objtype == OBJECT_MATVIEW)
		return enter(DERIVES_MATERIALIZED_VIEW);
	{
		Query	   *query = rewritten_query((CreateTableAsStmt *) statement);

		derivation = enter(DERIVES_TABLE);
		derivation->into = ((CreateTableAsStmt *) statement)->into;
		derivation->query = query;
	}
	return derivation;
}

void
derivation_leave(Derivation *derivation)
{
	current = derivation->outer;
}

static void
refuse_copy(const ProtectedRelation *relation, const char *what)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_RAW_STAYS),
			 errmsg("%s would keep rows of %s outside its row filter and masks", _(what), relation->name),
			 pdauth_errdetail(PDAUTH_RULE_RAW_STAYS),
			 errhint("Use a view, which shows each role what it may see, or CREATE TABLE AS, whose table gets the labels, or COPY TO STDOUT.")));
}

void
derivation_refuse_file(const ProtectedRelation *relation, const Decision *decision)
{
	if (!decision->break_glass && decision->observation == NULL)
		refuse_copy(relation, "a file of the server");
}

static void
require_derive(const ProtectedRelation *relation, const Decision *decision)
{
	if (decision->may_write || decision->may_derive)
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL),
			 errmsg("the licenses that show %s do not permit making tables from it", relation->name),
			 pdauth_errdetail(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL),
			 errhint("Apply for the action derive on resource %s (%s), or use a view or WITH query instead of a table of your own.",
					 relation->resource, pdauth_server_text("数据申请"))));
}

/* A bulk copy to the client is what the action export is for, where the register knows the data (R-2-1). */
static void
require_export(const ProtectedRelation *relation, const Decision *decision)
{
	if (decision->may_write || decision->break_glass || decision->observation != NULL ||
		!register_refuses_export(GetOuterUserId(), relation->resource))
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_RAW_STAYS),
			 errmsg("COPY would take rows of %s out of the domain", relation->name),
			 pdauth_errdetail(PDAUTH_RULE_RAW_STAYS),
			 errhint("Query it with SELECT in the domain, or apply for the action export on resource %s (%s).",
					 relation->resource, pdauth_server_text("数据申请"))));
}

/* The one division that all rows shown belong to, or NULL. */
static char *
single_region(const ProtectedRelation *relation, const Decision *decision)
{
	if (relation->region_attribute == 0)
		return relation->region ? pstrdup(relation->region) : NULL;
	if (list_length(decision->row_regions) != 1 || list_length(linitial(decision->row_regions)) != 1)
		return NULL;
	return pstrdup(linitial(linitial(decision->row_regions)));
}

static Source *
source_of(const Derivation *derivation, Oid relation)
{
	ListCell   *cell;

	foreach(cell, derivation->sources)
	{
		if (((Source *) lfirst(cell))->relation == relation)
			return lfirst(cell);
	}
	return NULL;
}

void
derivation_read(const ProtectedRelation *relation, const Decision *decision)
{
	for (Derivation *derivation = current; derivation != NULL; derivation = derivation->outer)
	{
		MemoryContext caller;
		Source	   *source;

		if (derivation->kind == DERIVES_TABLE)
			require_derive(relation, decision);
		else if (derivation->kind == DERIVES_EXPORT)
			require_export(relation, decision);
		else if (!decision->break_glass && decision->observation == NULL)
			refuse_copy(relation, derivation->kind == DERIVES_FILE ? gettext_noop("a file of the server") : gettext_noop("a materialized view"));
		if (derivation->kind != DERIVES_TABLE || source_of(derivation, relation->relation) != NULL)
			continue;
		caller = MemoryContextSwitchTo(GetMemoryChunkContext(derivation));
		source = palloc0(sizeof(Source));
		source->relation = relation->relation;
		source->resource = pstrdup(relation->resource ? relation->resource : "");
		source->mode = relation->mode;
		source->region = single_region(relation, decision);
		source->region_attribute = relation->region_attribute;
		derivation->sources = lappend(derivation->sources, source);
		MemoryContextSwitchTo(caller);
	}
}

/* The resource of a table made from several: the one of them that covers the others. */
static const char *
common_resource(const Derivation *derivation)
{
	ListCell   *cell,
			   *other;

	foreach(cell, derivation->sources)
	{
		const char *resource = ((Source *) lfirst(cell))->resource;
		bool		covers = resource[0] != '\0';

		foreach(other, derivation->sources)
			covers &= scope_path_covers(resource, ((Source *) lfirst(other))->resource);
		if (covers)
			return resource;
	}
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_RAW_STAYS),
			 errmsg("a table made from resources %s and %s cannot carry the labels of both",
					((Source *) linitial(derivation->sources))->resource,
					((Source *) llast(derivation->sources))->resource),
			 pdauth_errdetail(PDAUTH_RULE_RAW_STAYS),
			 errhint("Make one table from each and join them in a query or view.")));
}

/* What each column of the new table was made from. */
static ColumnLineage **
column_lineages(const Derivation *derivation, int count)
{
	ColumnLineage **lineages = palloc0(sizeof(ColumnLineage *) * Max(count, 1));
	int			column = 0;
	ListCell   *cell,
			   *origin;

	foreach(cell, derivation->query ? derivation->query->targetList : NIL)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (target->resjunk || column >= count)
			continue;
		lineages[column] = lineage_of_expression(derivation->query, NULL, (Node *) target->expr);
		foreach(origin, lineages[column]->origins)
		{
			Source	   *source = source_of(derivation, ((Origin *) lfirst(origin))->relation);

			if (source != NULL)
				source->followed = true;
		}
		column++;
	}
	return lineages;
}

static ScopeLevel
origin_level(const Origin *origin)
{
	const ProtectedRelation *relation = registry_lookup(origin->relation);

	return relation != NULL && origin->attribute <= relation->column_count ?
		relation->columns[origin->attribute - 1].level : SCOPE_CORE;
}

/* Columns of relations that the lineage does not name can be in any column of the table. */
static ScopeLevel
unfollowed_level(const Derivation *derivation)
{
	ScopeLevel	level = SCOPE_GENERAL;
	ListCell   *cell;

	foreach(cell, derivation->sources)
	{
		const Source *source = lfirst(cell);
		const ProtectedRelation *relation = registry_lookup(source->relation);

		for (int i = 0; !source->followed && relation != NULL && i < relation->column_count; i++)
			level = Max(level, relation->columns[i].level);
	}
	return level;
}

/* The column of the new table that shows the origin as it is, or 0. */
static AttrNumber
column_showing(ColumnLineage *const *lineages, int count, Oid relation, AttrNumber attribute)
{
	for (int i = 0; i < count; i++)
	{
		const Origin *origin;

		if (lineages[i] == NULL || !lineages[i]->direct)
			continue;
		origin = linitial(lineages[i]->origins);
		if (origin->relation == relation && origin->attribute == attribute)
			return i + 1;
	}
	return 0;
}

typedef struct MaskMove
{
	ColumnLineage *const *lineages;
	int			count;
	Oid			relation;
	bool		fails;
} MaskMove;

static bool
move_mask_var(Node *node, void *context)
{
	MaskMove   *move = context;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		var->varattno = column_showing(move->lineages, move->count, move->relation, var->varattno);
		var->varattnosyn = var->varattno;
		move->fails |= var->varattno == 0;
		return false;
	}
	return expression_tree_walker(node, move_mask_var, context);
}

/* The source column's mask over the new table's columns, as text; NULL: shown as NULL. */
static char *
moved_mask(const Origin *origin, ColumnLineage *const *lineages, int count, Oid table)
{
	const ProtectedRelation *relation = registry_lookup(origin->relation);
	MaskMove	move = {lineages, count, origin->relation};
	Node	   *mask = relation ? copyObject(relation->columns[origin->attribute - 1].mask) : NULL;
	int			nest_level;
	char	   *text;

	if (mask == NULL || IsA(mask, Const))
		return NULL;
	(void) move_mask_var(mask, &move);
	if (move.fails)
		return NULL;
	/* labels are parsed with this search_path (label.c) */
	nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	text = deparse_expression(mask, deparse_context_for(get_rel_name(table), table), false, false);
	AtEOXact_GUC(true, nest_level);
	return text;
}

static void
set_label(Oid table, AttrNumber attribute, const char *label)
{
	ObjectAddress object = {RelationRelationId, table, attribute};

	SetSecurityLabel(&object, PDAUTH_LABEL_PROVIDER, label);
}

static void
label_column(const Derivation *derivation, ColumnLineage *const *lineages, int count, int column, Oid table)
{
	ScopeLevel	level = unfollowed_level(derivation);
	const ColumnLineage *lineage = lineages[column];
	char	   *mask = NULL;
	ListCell   *cell;

	foreach(cell, lineage ? lineage->origins : NIL)
		level = Max(level, origin_level(lfirst(cell)));
	if (lineage != NULL && lineage->direct && level == origin_level(linitial(lineage->origins)))
		mask = moved_mask(linitial(lineage->origins), lineages, count, table);
	if (level == SCOPE_GENERAL && mask == NULL)
		return;
	set_label(table, column + 1, psprintf("LEVEL %s%s%s", scope_level_names[level],
										  mask ? " MASKED WITH VALUE " : "", mask ? mask : ""));
}

/* REGION COLUMN where each row is one source row, else the division they all belong to. */
static char *
region_clause(const Derivation *derivation, ColumnLineage *const *lineages, int count, Oid table)
{
	const Source *first = linitial(derivation->sources);
	const char *region = first->region;
	AttrNumber	column = 0;
	ListCell   *cell;

	if (list_length(derivation->sources) == 1 && first->followed && first->region_attribute > 0 &&
		lineage_is_row_by_row(derivation->query))
		column = column_showing(lineages, count, first->relation, first->region_attribute);
	if (column > 0)
		return psprintf(" REGION COLUMN %s", quote_identifier(get_attname(table, column, false)));
	foreach(cell, derivation->sources)
	{
		const Source *source = lfirst(cell);

		if (region == NULL || source->region == NULL || strcmp(region, source->region) != 0)
			region = NULL;
	}
	return region != NULL && strcmp(region, "*") != 0 ? psprintf(" REGION %s", region) : pstrdup("");
}

static LabelMode
common_mode(const Derivation *derivation)
{
	LabelMode	mode = LABEL_OBSERVE;
	ListCell   *cell;

	foreach(cell, derivation->sources)
	{
		LabelMode	of_source = ((Source *) lfirst(cell))->mode;

		if (of_source == LABEL_STRICT || mode == LABEL_OBSERVE)
			mode = of_source;
	}
	return mode;
}

static void
label_table(Derivation *derivation, Oid table)
{
	Relation	relation = relation_open(table, AccessExclusiveLock);
	int			count = RelationGetNumberOfAttributes(relation);
	ColumnLineage **lineages = column_lineages(derivation, count);
	LabelMode	mode = common_mode(derivation);

	set_label(table, 0, psprintf("RESOURCE %s%s%s%s", common_resource(derivation),
								 region_clause(derivation, lineages, count, table),
								 mode != LABEL_ENFORCE ? " MODE " : "",
								 mode != LABEL_ENFORCE ? label_mode_names[mode] : ""));
	for (int column = 0; column < count; column++)
		label_column(derivation, lineages, count, column, table);
	CommandCounterIncrement();
	registry_invalidate_tree(relation);
	relation_close(relation, NoLock);
	guard_table(table);
	door_enters_schema(table, get_rel_namespace(table));
}

void
derivation_finish(Derivation *derivation)
{
	RangeVar   *name;
	Oid			table;

	if (derivation->kind != DERIVES_TABLE || derivation->sources == NIL)
		return;
	CommandCounterIncrement();
	name = derivation->into->rel;
	table = get_relname_relid(name->relname, RangeVarGetCreationNamespace(name));
	/* there is none after EXPLAIN without ANALYZE */
	if (OidIsValid(table) && get_rel_relkind(table) == RELKIND_RELATION)
		label_table(derivation, table);
}

static void
refuse_weaker_target(const ProtectedRelation *source, Oid target, const char *problem)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_RAW_STAYS),
			 errmsg("data of %s cannot be written to \"%s\", %s", source->name, get_rel_name(target), _(problem)),
			 pdauth_errdetail(PDAUTH_RULE_RAW_STAYS),
			 errhint("Make the table by CREATE TABLE AS, which gives it the labels, or have a member of pdauth_policy_admin protect it under the same resource with levels as high.")));
}

static void
check_target(const Origin *origin, Oid target, AttrNumber attribute)
{
	const ProtectedRelation *source = registry_lookup(origin->relation);
	const ProtectedRelation *goal;
	Identity	identity = identity_of(InvalidOid);
	ScopeLevel	level;
	char	   *resource;

	if (source == NULL || source->resource == NULL || source->mode == LABEL_OBSERVE ||
		decision_break_glass(&identity))
		return;
	level = origin_level(origin);
	resource = pstrdup(source->resource);
	goal = registry_lookup(target);
	if (goal == NULL || goal->resource == NULL)
		refuse_weaker_target(registry_lookup(origin->relation), target, "which has no protection");
	if (!scope_path_covers(goal->resource, resource))
		refuse_weaker_target(registry_lookup(origin->relation), target, "which belongs to another resource");
	if (attribute < 1 || attribute > goal->column_count || goal->columns[attribute - 1].level < level)
		refuse_weaker_target(registry_lookup(origin->relation), target, "whose column is of a lower level");
}

static void
check_targets(const Query *query, const Query *around, List *targets, Oid table)
{
	ListCell   *cell,
			   *origin;

	foreach(cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);

		if (target->resjunk)
			continue;
		foreach(origin, lineage_of_expression(query, around, (Node *) target->expr)->origins)
			check_target(lfirst(origin), table, target->resno);
	}
}

/* around: the query whose WITH this one stands in, or NULL; only there may one change a table. */
static void
check_query(const Query *query, const Query *around)
{
	RangeTblEntry *target;
	ListCell   *cell;

	foreach(cell, query->cteList)
		check_query(castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery), query);
	if (query->resultRelation == 0 || query->commandType == CMD_DELETE)
		return;
	target = rt_fetch(query->resultRelation, query->rtable);
	if (target->rtekind != RTE_RELATION)
		return;
	check_targets(query, around, query->targetList, target->relid);
	if (query->onConflict != NULL)
		check_targets(query, around, query->onConflict->onConflictSet, target->relid);
	foreach(cell, query->mergeActionList)
		check_targets(query, around, lfirst_node(MergeAction, cell)->targetList, target->relid);
}

void
derivation_check_query(Query *query)
{
	check_query(query, NULL);
}
