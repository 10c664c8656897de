/*
 * rewrite_entry.c
 *		Row filters and column masks on one range-table entry (R-2-2, data usable
 *		but not visible).
 *
 * The masked entry is a plain sub-query that the planner pulls up, so indexes
 * on unmasked columns stay usable and outer joins null-extend correctly.  The
 * row filter stays in securityQuals of the relation inside: core then runs no
 * leaky function of the user before it.
 */
#include "pdauth.h"

#include "access/sysattr.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/heap.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "enforce.h"
#include "label.h"
#include "named_columns.h"
#include "rewrite_entry.h"
#include "strict_mode.h"

static bool
is_true(Node *node)
{
	return IsA(node, Const) && ((Const *) node)->consttype == BOOLOID &&
		!((Const *) node)->constisnull && DatumGetBool(((Const *) node)->constvalue);
}

void
rewrite_remove_guards(Query *query, RangeTblEntry *entry)
{
	List	   *quals = NIL;
	List	   *checks = NIL;
	ListCell   *cell;

	foreach(cell, entry->securityQuals)
	{
		if (!guard_is(lfirst(cell)) && !is_true(lfirst(cell)))
			quals = lappend(quals, lfirst(cell));
	}
	entry->securityQuals = quals;
	foreach(cell, query->withCheckOptions)
	{
		Node	   *qual = lfirst_node(WithCheckOption, cell)->qual;

		if (!guard_is(qual) && !is_true(qual))
			checks = lappend(checks, lfirst(cell));
	}
	query->withCheckOptions = checks;
}

static Const *
text_array_const(List *strings)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(strings), 1));
	int			count = 0;
	ListCell   *cell;
	ArrayType  *array;

	foreach(cell, strings)
		elements[count++] = CStringGetTextDatum(lfirst(cell));
	array = construct_array(elements, count, TEXTOID, -1, false, TYPALIGN_INT);
	return makeConst(TEXTARRAYOID, -1, DEFAULT_COLLATION_OID, -1, PointerGetDatum(array), false, false);
}

static Var *
column_var(const ProtectedRelation *relation, int index, AttrNumber attribute)
{
	const ProtectedColumn *column = &relation->columns[attribute - 1];

	return makeVar(index, attribute, column->type, column->type_modifier, column->collation, 0);
}

/*
 * division_contains(regions, region column): the row's region lies in one of
 * them.  A single one, by far the most common case, needs no array.
 */
static Node *
region_test(const ProtectedRelation *relation, int index, List *regions)
{
	bool		single = list_length(regions) == 1;
	Oid			types[] = {single ? TEXTOID : TEXTARRAYOID, TEXTOID};
	Oid			function = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA),
													 makeString("division_contains")), 2, types, false);
	Var		   *region = column_var(relation, index, relation->region_attribute);
	Node	   *code = coerce_to_target_type(NULL, (Node *) region, region->vartype, TEXTOID, -1,
											 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	Const	   *divisions = single ?
		makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1, CStringGetTextDatum(linitial(regions)), false, false) :
		text_array_const(regions);

	if (code == NULL)
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
				 errmsg("the region column of %s is not text any more", relation->name),
				 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
				 errhint("Set its label again with a column of division codes.")));
	return (Node *) makeFuncExpr(function, BOOLOID, list_make2(divisions, code),
								 InvalidOid, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CALL);
}

/* All of the lists must cover the row. */
static Node *
region_tests(const ProtectedRelation *relation, int index, List *region_lists)
{
	List	   *tests = NIL;
	ListCell   *cell;

	foreach(cell, region_lists)
		tests = lappend(tests, region_test(relation, index, lfirst(cell)));
	return (Node *) make_ands_explicit(tests);
}

/* Raises for what parsing a row filter has raised, if it was about the filter. */
static void
refuse_unfit_filter(const ProtectedRelation *relation, const char *filter, MemoryContext caller)
{
	ErrorData  *problem;

	MemoryContextSwitchTo(caller);
	problem = CopyErrorData();
	if (ERRCODE_TO_CATEGORY(problem->sqlerrcode) != ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
		PG_RE_THROW();
	FlushErrorState();
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
			 errmsg("%s cannot be read: the row filter of a license does not fit it", relation->name),
			 pdauth_errdetail_more(PDAUTH_RULE_FAIL_CLOSED, "Rows where %s: %s.", filter, problem->message),
			 errhint("Have the license replaced by one whose row_filter pdauth.check_row_filter() accepts for this table.")));
}

/* The row filter of a license, for the entry. */
static Node *
filter_test(const ProtectedRelation *relation, int index, const char *filter)
{
	Relation	table = table_open(relation->relation, AccessShareLock);
	MemoryContext caller = CurrentMemoryContext;
	Node	   *volatile test = NULL;

	PG_TRY();
	{
		test = label_row_filter(table, filter);
	}
	PG_CATCH();
	{
		refuse_unfit_filter(relation, filter, caller);
	}
	PG_END_TRY();
	table_close(table, NoLock);
	ChangeVarNodes(test, 1, index, 0);
	return test;
}

/* References to the entry, at any depth below its query. */
typedef struct References
{
	int			index;
	int			depth;			/* sub-queries we are inside */
	bool		whole_row;
	Bitmapset  *columns;		/* attribute numbers */
	Bitmapset  *system_columns; /* attribute numbers, negated */
	int			first_extra;	/* > 0: move system column -n to where it is now shown */
} References;

static AttrNumber
extra_position(const References *references, AttrNumber system_column)
{
	int			position = references->first_extra;
	int			member = -1;

	while ((member = bms_next_member(references->system_columns, member)) >= 0)
	{
		if (member == -system_column)
			return position;
		position++;
	}
	elog(ERROR, "system column %d was not collected", system_column);
}

static void
visit_var(Var *var, References *references)
{
	if (var->varno != references->index || var->varlevelsup != references->depth)
		return;
	if (var->varattno == 0)
		references->whole_row = true;
	else if (var->varattno > 0)
		references->columns = bms_add_member(references->columns, var->varattno);
	else if (references->first_extra > 0)
		var->varattno = extra_position(references, var->varattno);
	else
		references->system_columns = bms_add_member(references->system_columns, -var->varattno);
}

static bool
visit_references(Node *node, void *context)
{
	References *references = context;
	bool		result;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		visit_var((Var *) node, references);
		return false;
	}
	if (IsA(node, Query))
	{
		references->depth++;
		result = query_tree_walker((Query *) node, visit_references, context, 0);
		references->depth--;
		return result;
	}
	return expression_tree_walker(node, visit_references, context);
}

static Node *
system_column_var(const ProtectedRelation *relation, AttrNumber attribute)
{
	const FormData_pg_attribute *column = SystemAttributeDefinition(attribute);

	return (Node *) makeVar(1, attribute, column->atttypid, column->atttypmod, column->attcollation, 0);
}

static void
refuse_whole_row_with_system_column(const ProtectedRelation *relation)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL),
			 errmsg("a whole-row reference to %s cannot be combined with its system columns here",
					relation->name),
			 pdauth_errdetail(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL),
			 errhint("Name the columns you need instead of the whole row.")));
}

static Node *
shown_column(const ProtectedRelation *relation, const Decision *decision, AttrNumber attribute,
			 const References *references)
{
	const ProtectedColumn *column = &relation->columns[attribute - 1];
	const ColumnDecision *shown = &decision->columns[attribute - 1];
	CaseExpr   *choice;
	CaseWhen   *when;

	if (column->name == NULL)
		return (Node *) makeNullConst(INT4OID, -1, InvalidOid);
	/* nobody asks: spare the planner the mask */
	if (!references->whole_row && !bms_is_member(attribute, references->columns))
		return (Node *) makeNullConst(column->type, column->type_modifier, column->collation);
	if (shown->visibility == COLUMN_CLEAR)
		return (Node *) column_var(relation, 1, attribute);
	if (shown->visibility == COLUMN_MASKED)
		return copyObject(column->mask);
	when = makeNode(CaseWhen);
	when->expr = (Expr *) region_tests(relation, 1, shown->clear_regions);
	when->result = (Expr *) column_var(relation, 1, attribute);
	when->location = -1;
	choice = makeNode(CaseExpr);
	choice->casetype = column->type;
	choice->casecollid = column->collation;
	choice->args = list_make1(when);
	choice->defresult = (Expr *) copyObject(column->mask);
	choice->location = -1;
	return (Node *) choice;
}

static List *
shown_target_list(const ProtectedRelation *relation, const Decision *decision, References *references)
{
	List	   *targets = NIL;
	int			member = -1;

	for (int i = 1; i <= relation->column_count; i++)
	{
		const char *name = relation->columns[i - 1].name;

		targets = lappend(targets, makeTargetEntry((Expr *) shown_column(relation, decision, i, references), i,
												   pstrdup(name ? name : "........dropped"), false));
	}
	while ((member = bms_next_member(references->system_columns, member)) >= 0)
		targets = lappend(targets, makeTargetEntry((Expr *) system_column_var(relation, -member),
												   list_length(targets) + 1,
												   pstrdup(NameStr(SystemAttributeDefinition(-member)->attname)),
												   false));
	return targets;
}

/* FOR UPDATE and its kin lock the relation, which is now inside. */
static void
move_row_marks(Query *query, int index, Query *inner)
{
	ListCell   *cell;

	foreach(cell, query->rowMarks)
	{
		RowMarkClause *mark = lfirst_node(RowMarkClause, cell);

		if (mark->rti != index)
			continue;
		mark = copyObject(mark);
		mark->rti = 1;
		mark->pushedDown = true;
		inner->rowMarks = lappend(inner->rowMarks, mark);
		inner->hasForUpdate = true;
	}
}

static Query *
shown_query(Query *query, int index, const ProtectedRelation *relation, const Decision *decision,
			References *references)
{
	RangeTblEntry *entry = copyObject(rt_fetch(index, query->rtable));
	Query	   *inner = makeNode(Query);
	RangeTblRef *reference = makeNode(RangeTblRef);

	reference->rtindex = 1;
	entry->lateral = false;
	ChangeVarNodes((Node *) entry->securityQuals, index, 1, 0);
	/* a sample's argument may name entries of outer queries, though none beside it */
	IncrementVarSublevelsUp((Node *) entry->tablesample, 1, 0);
	inner->commandType = CMD_SELECT;
	inner->querySource = QSRC_ORIGINAL;
	inner->canSetTag = true;
	inner->rtable = list_make1(entry);
	inner->jointree = makeFromExpr(list_make1(reference), NULL);
	inner->targetList = shown_target_list(relation, decision, references);
	inner->hasSubLinks = checkExprHasSubLink((Node *) entry->securityQuals) ||
		checkExprHasSubLink((Node *) entry->tablesample);
	inner->hasRowSecurity = true;
	compat_move_permissions(query, inner, entry);
	move_row_marks(query, index, inner);
	return inner;
}

static bool
has_dropped_columns(const ProtectedRelation *relation)
{
	for (int i = 0; i < relation->column_count; i++)
	{
		if (relation->columns[i].name == NULL)
			return true;
	}
	return false;
}

static void
wrap_entry(Query *query, int index, const ProtectedRelation *relation, const Decision *decision)
{
	RangeTblEntry *entry = rt_fetch(index, query->rtable);
	References	references = {index};
	Query	   *inner;

	(void) query_tree_walker(query, visit_references, &references, 0);
	if (references.whole_row && references.system_columns)
		refuse_whole_row_with_system_column(relation);
	inner = shown_query(query, index, relation, decision, &references);
	if (references.system_columns)
	{
		references.first_extra = relation->column_count + 1;
		(void) query_tree_walker(query, visit_references, &references, 0);
	}
	/* the planner sizes its arrays by these names (and a view's may be older than the table) */
	for (int i = list_length(entry->eref->colnames); i < list_length(inner->targetList); i++)
		entry->eref->colnames = lappend(entry->eref->colnames,
										makeString(pstrdup(list_nth_node(TargetEntry, inner->targetList, i)->resname)));
	entry->rtekind = RTE_SUBQUERY;
	entry->subquery = inner;
	/*
	 * Pulled up, a whole row becomes ROW(...), and "ROW(...) IS [NOT] NULL" is
	 * tested by member (eval_const_expressions), those of dropped columns, too.
	 * A barrier is not pulled up.
	 */
	entry->security_barrier = references.whole_row && has_dropped_columns(relation);
	/*
	 * Of a row that the query names as a whole, the planner must make the copy
	 * for ROW_MARK_COPY with the same type (makeWholeRowVar), or expressions on
	 * it match nothing that is computed below.  It goes by these two, which a
	 * view's entry has, too.  Elsewhere the row may have extra columns.
	 */
	if (!references.whole_row)
	{
		entry->relid = InvalidOid;
		entry->rellockmode = 0;
	}
	entry->relkind = 0;
	entry->inh = false;
	entry->tablesample = NULL;
	entry->securityQuals = NIL;
	entry->ctename = NULL;
	compat_clear_permissions(entry);
}

static bool
shows_all_clear(const Decision *decision)
{
	for (int i = 0; i < decision->column_count; i++)
	{
		if (decision->columns[i].visibility != COLUMN_CLEAR)
			return false;
	}
	return true;
}

void
rewrite_entry(Query *query, int index, const ProtectedRelation *relation, const Decision *decision)
{
	RangeTblEntry *entry = rt_fetch(index, query->rtable);
	AttrNumber	masked = shows_all_clear(decision) ? InvalidAttrNumber :
		named_column_not_clear(query, index, relation, decision);
	ListCell   *cell;

	if (masked != InvalidAttrNumber && relation->mode == LABEL_STRICT && !decision->empty)
		strict_refuse(relation, &relation->columns[masked - 1], decision->columns[masked - 1].by_grade);
	if (decision->empty)
		entry->securityQuals = lcons(makeBoolConst(false, false), entry->securityQuals);
	if (decision->row_regions != NIL)
		entry->securityQuals = lcons(region_tests(relation, index, decision->row_regions),
									 entry->securityQuals);
	foreach(cell, decision->row_filters)
		entry->securityQuals = lcons(filter_test(relation, index, lfirst(cell)), entry->securityQuals);
	/* masks that nobody asks for need no sub-query */
	if (masked != InvalidAttrNumber)
		wrap_entry(query, index, relation, decision);
}
