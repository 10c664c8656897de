/*
 * label_mask.c
 *		Masks of labels: what they may be, and how they follow renames.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "label_mask.h"
#include "mask.h"

static const char row_reference[] = gettext_noop("names a column with its table or the whole row; write the name of the column alone");

void
label_mask_error(const char *text, const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_OBJECT_DEFINITION),
			 errmsg("the mask \"%s\" %s", text, _(problem)),
			 errhint("A mask is one expression over the columns of its own table, made of stable or immutable functions that a superuser owns, for example pdauth.mask_name(full_name) or NULL. Functions outside pg_catalog need their schema.")));
}

static bool
check_column_reference(Node *node, void *text)
{
	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef) && (list_length(((ColumnRef *) node)->fields) != 1 ||
								 !IsA(linitial(((ColumnRef *) node)->fields), String)))
		label_mask_error(text, row_reference);
	return raw_expression_tree_walker(node, check_column_reference, text);
}

/* Parses "SELECT text" and takes out the one expression it must be. */
static Node *
parse_expression(const char *text)
{
	List	   *statements = raw_parser(text, RAW_PARSE_PLPGSQL_EXPR);
	SelectStmt *select;
	ResTarget  *target;

	select = (SelectStmt *) linitial_node(RawStmt, statements)->stmt;
	if (list_length(statements) != 1 || !IsA(select, SelectStmt) ||
		select->op != SETOP_NONE || list_length(select->targetList) != 1 ||
		select->fromClause || select->whereClause || select->groupClause ||
		select->havingClause || select->windowClause || select->sortClause ||
		select->limitCount || select->limitOffset || select->lockingClause ||
		select->distinctClause || select->withClause || select->intoClause ||
		select->valuesLists)
		label_mask_error(text, "is not a single expression");
	target = linitial_node(ResTarget, select->targetList);
	if (target->name != NULL)
		label_mask_error(text, "is not a single expression");
	return target->val;
}

Node *
label_mask_parse(const char *text)
{
	Node	   *mask = parse_expression(text);

	(void) check_column_reference(mask, unconstify(char *, text));
	return mask;
}

/*
 * Whoever can replace a mask function can make it print what it should hide,
 * so only superusers' functions (the extension's own among them) may mask.
 */
static bool
function_is_untrusted(Oid function, void *context)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	bool		trusted;

	if (!HeapTupleIsValid(tuple))
		return true;
	trusted = superuser_arg(((Form_pg_proc) GETSTRUCT(tuple))->proowner);
	ReleaseSysCache(tuple);
	return !trusted;
}

static bool
contains_untrusted_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, function_is_untrusted, context))
		return true;
	return expression_tree_walker(node, contains_untrusted_function, context);
}

static bool
is_function_of_ours(Oid function, const char *name)
{
	char	   *found = get_func_name(function);

	return found != NULL && strcmp(found, name) == 0 &&
		get_func_namespace(function) == get_namespace_oid(PDAUTH_SCHEMA, true);
}

/*
 * Rounding to the precision of a numeric column overflows on some values, but
 * not where a column of the same precision was only cut towards zero.
 */
static bool
is_cut_column(Node *node, int32 type_modifier)
{
	FuncExpr   *call = (FuncExpr *) node;
	Node	   *column;

	if (!IsA(node, FuncExpr) || !is_function_of_ours(call->funcid, "mask_bucket"))
		return false;
	column = linitial(call->args);
	return IsA(column, Var) && ((Var *) column)->vartypmod == type_modifier;
}

/* Casts by function that work for every value. */
static bool
cast_is_total(Oid source, Oid target)
{
	static const struct
	{
		Oid			source;
		Oid			target;
	}			casts[] = {
		{INT2OID, INT4OID}, {INT2OID, INT8OID}, {INT2OID, NUMERICOID}, {INT2OID, FLOAT4OID}, {INT2OID, FLOAT8OID},
		{INT4OID, INT8OID}, {INT4OID, NUMERICOID}, {INT4OID, FLOAT4OID}, {INT4OID, FLOAT8OID},
		{INT8OID, NUMERICOID}, {INT8OID, FLOAT4OID}, {INT8OID, FLOAT8OID},
		{FLOAT4OID, FLOAT8OID}, {FLOAT4OID, NUMERICOID}, {FLOAT8OID, NUMERICOID},
		{BOOLOID, INT4OID}, {TIMESTAMPOID, DATEOID}, {INETOID, CIDROID},
	};

	for (int i = 0; i < lengthof(casts); i++)
	{
		if (casts[i].source == source && casts[i].target == target)
			return true;
	}
	return false;
}

static bool
function_cast_raises(const FuncExpr *cast)
{
	Node	   *argument = linitial(cast->args);
	Oid			source = exprType(argument);
	Oid			target = cast->funcresulttype;

	if (!contain_var_clause(argument) || TypeCategory(target) == TYPCATEGORY_STRING)
		return false;			/* text is cut, constants were tried when the label was set */
	if (source != target)
		return !cast_is_total(source, target);
	/* to the column's own length or precision */
	return target == NUMERICOID && list_length(cast->args) > 1 &&
		!is_cut_column(argument, exprTypmod((const Node *) cast));
}

/* Finds a cast that can fail on some value, and then might print it. */
static bool
contains_raising_cast(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CoerceToDomain) || IsA(node, ArrayCoerceExpr))
		return true;
	if (IsA(node, CoerceViaIO) &&
		TypeCategory(((CoerceViaIO *) node)->resulttype) != TYPCATEGORY_STRING)
		return true;
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->args != NIL &&
		(((FuncExpr *) node)->funcformat == COERCE_EXPLICIT_CAST ||
		 ((FuncExpr *) node)->funcformat == COERCE_IMPLICIT_CAST) &&
		function_cast_raises((FuncExpr *) node))
		return true;
	return expression_tree_walker(node, contains_raising_cast, context);
}

/* The name of the table stands for the whole row where no column has it. */
static bool
contains_whole_row(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return ((Var *) node)->varattno == 0;
	return expression_tree_walker(node, contains_whole_row, context);
}

static bool
mark_calls(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr))
		((FuncExpr *) node)->location = MASK_LOCATION;
	return expression_tree_walker(node, mark_calls, context);
}

void
label_mask_check(Node *mask, const char *text)
{
	if (contain_volatile_functions(mask))
		label_mask_error(text, "contains a volatile function");
	if (contains_whole_row(mask, NULL))
		label_mask_error(text, row_reference);
	if (contains_raising_cast(mask, NULL))
		label_mask_error(text, "casts to a type, precision or domain that does not take every value, and would fail or show the raw value then");
	if (contains_untrusted_function(mask, NULL))
		label_mask_error(text, "calls a function that an ordinary role could replace");
	(void) mark_calls(mask, NULL);
}

static bool
is_pseudonym(Oid function, void *context)
{
	return is_function_of_ours(function, "pseudonym");
}

static bool
find_pseudonym(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (check_functions_in_node(node, is_pseudonym, context))
		return true;
	return expression_tree_walker(node, find_pseudonym, context);
}

bool
label_mask_needs_key(Node *mask)
{
	return find_pseudonym(mask, NULL);
}

typedef struct RenamedColumn
{
	const char *name;
	List	   *places;			/* byte offsets in the text */
} RenamedColumn;

static bool
find_references(Node *node, void *context)
{
	RenamedColumn *column = context;

	if (node == NULL)
		return false;
	if (IsA(node, ColumnRef))
	{
		List	   *fields = ((ColumnRef *) node)->fields;

		if (list_length(fields) == 1 && IsA(linitial(fields), String) &&
			strcmp(strVal(linitial(fields)), column->name) == 0)
			column->places = lappend_int(column->places, ((ColumnRef *) node)->location);
		return false;
	}
	return raw_expression_tree_walker(node, find_references, context);
}

/* The end of the identifier at p, as scan.l delimits it. */
static const char *
identifier_end(const char *p, const char *text)
{
	if (*p == '"')
	{
		for (p++; *p && (*p != '"' || p[1] == '"'); p++)
		{
			if (*p == '"')
				p++;
		}
		return *p ? p + 1 : p;
	}
	if (pg_strncasecmp(p, "U&\"", 3) == 0)
		label_mask_error(text, "spells the renamed column as a Unicode escape, which cannot follow the renaming; set the label with its plain name first");
	while (IS_HIGHBIT_SET(*p) || (*p && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$", *p)))
		p++;
	return p;
}

static int
compare_places(const ListCell *a, const ListCell *b)
{
	return lfirst_int(a) - lfirst_int(b);
}

char *
label_mask_rename(const char *text, const char *old_name, const char *new_name)
{
	RenamedColumn column = {old_name};
	const char *rest = text;
	StringInfoData renamed;
	ListCell   *cell;

	(void) find_references(parse_expression(text), &column);
	if (column.places == NIL)
		return NULL;
	list_sort(column.places, compare_places);
	initStringInfo(&renamed);
	foreach(cell, column.places)
	{
		const char *place = text + lfirst_int(cell);

		appendBinaryStringInfo(&renamed, rest, (int) (place - rest));
		appendStringInfoString(&renamed, quote_identifier(new_name));
		rest = identifier_end(place, text);
	}
	appendStringInfoString(&renamed, rest);
	return renamed.data;
}
