/*
 * label.c
 *		Security labels: grammar, checks when one is set, mask expressions.
 */
#include "pdauth.h"

#include <ctype.h>

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/seclabel.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "parser/scansup.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "door.h"
#include "label.h"
#include "label_mask.h"
#include "pseudonym_key.h"
#include "registry.h"
#include "rule.h"

const char *const label_mode_names[] = {
	[LABEL_ENFORCE] = "enforce",
	[LABEL_OBSERVE] = "observe",
	[LABEL_STRICT] = "strict",
};

typedef struct LabelScanner
{
	const char *label;			/* whole text, for messages */
	const char *rest;			/* what is not yet read */
} LabelScanner;

pg_noreturn static void label_syntax_error(const LabelScanner *scanner, const char *expected);

static void
label_syntax_error(const LabelScanner *scanner, const char *expected)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed pdauth label: expected %s at character %d",
					_(expected), pg_mbstrlen_with_len(scanner->label, scanner->rest - scanner->label) + 1),
			 errdetail("The label is \"%s\".", scanner->label),
			 errhint("Tables: RESOURCE path [REGION COLUMN name | REGION code] [SUBJECT COLUMN name] [MODE enforce|observe|strict]. Columns: [LEVEL general|important|core] [MASKED WITH FUNCTION f(...) | MASKED WITH VALUE expression].")));
}

static void
skip_space(LabelScanner *scanner)
{
	while (isspace((unsigned char) *scanner->rest))
		scanner->rest++;
}

/* The next word, up to white space outside double quotes; NULL at the end. */
static char *
next_word(LabelScanner *scanner)
{
	const char *start;
	bool		quoted = false;

	skip_space(scanner);
	start = scanner->rest;
	while (*scanner->rest && (quoted || !isspace((unsigned char) *scanner->rest)))
	{
		if (*scanner->rest == '"')
			quoted = !quoted;
		scanner->rest++;
	}
	return scanner->rest == start ? NULL : pnstrdup(start, scanner->rest - start);
}

/* Reads the keyword if it comes next; leaves the scanner alone otherwise. */
static bool
accept_keyword(LabelScanner *scanner, const char *keyword)
{
	LabelScanner ahead = *scanner;
	char	   *word = next_word(&ahead);

	if (word == NULL || pg_strcasecmp(word, keyword) != 0)
		return false;
	*scanner = ahead;
	return true;
}

/* An SQL identifier: folded to lower case unless it is in double quotes. */
static char *
next_identifier(LabelScanner *scanner, const char *what)
{
	LabelScanner before = *scanner;
	char	   *word = next_word(scanner);
	size_t		length;

	if (word == NULL)
		label_syntax_error(&before, what);
	length = strlen(word);
	if (word[0] != '"')
		return downcase_truncate_identifier(word, length, false);
	if (length < 3 || word[length - 1] != '"')
		label_syntax_error(&before, what);
	/* undouble embedded quotes, as scan.l does */
	{
		char	   *out = word;

		for (const char *in = word + 1; in < word + length - 1; in++)
		{
			*out++ = *in;
			if (*in == '"')
				in++;
		}
		*out = '\0';
	}
	return word;
}

static LabelMode
next_mode(LabelScanner *scanner)
{
	for (int mode = 0; mode < lengthof(label_mode_names); mode++)
	{
		if (accept_keyword(scanner, label_mode_names[mode]))
			return mode;
	}
	label_syntax_error(scanner, "enforce, observe or strict");
}

TableLabel *
label_parse_table(const char *label)
{
	LabelScanner scanner = {label, label};
	TableLabel *result = palloc0(sizeof(TableLabel));
	char	   *path;

	if (!accept_keyword(&scanner, "RESOURCE"))
		label_syntax_error(&scanner, "RESOURCE");
	path = next_word(&scanner);
	if (path == NULL)
		label_syntax_error(&scanner, "a resource path");
	result->resource = scope_path_canonical(path);
	if (accept_keyword(&scanner, "REGION"))
	{
		if (accept_keyword(&scanner, "COLUMN"))
			result->region_column = next_identifier(&scanner, "a column name");
		else
			result->region = next_identifier(&scanner, "COLUMN or a division code");
	}
	if (accept_keyword(&scanner, "SUBJECT"))
	{
		if (!accept_keyword(&scanner, "COLUMN"))
			label_syntax_error(&scanner, "COLUMN");
		result->subject_column = next_identifier(&scanner, "a column name");
	}
	if (accept_keyword(&scanner, "MODE"))
		result->mode = next_mode(&scanner);
	skip_space(&scanner);
	if (*scanner.rest)
		label_syntax_error(&scanner, "the end of the label");
	return result;
}

ColumnLabel *
label_parse_column(const char *label)
{
	LabelScanner scanner = {label, label};
	ColumnLabel *result = palloc0(sizeof(ColumnLabel));
	bool		has_level = accept_keyword(&scanner, "LEVEL");

	result->level = SCOPE_IMPORTANT;
	if (has_level)
	{
		LabelScanner before = scanner;
		char	   *word = next_word(&scanner);

		if (word == NULL || !scope_level_parse(word, &result->level))
			label_syntax_error(&before, "general, important or core");
	}
	if (accept_keyword(&scanner, "MASKED"))
	{
		if (!accept_keyword(&scanner, "WITH"))
			label_syntax_error(&scanner, "WITH");
		if (!accept_keyword(&scanner, "FUNCTION") && !accept_keyword(&scanner, "VALUE"))
			label_syntax_error(&scanner, "FUNCTION or VALUE");
		skip_space(&scanner);
		if (*scanner.rest == '\0')
			label_syntax_error(&scanner, "an expression");
		result->mask = pstrdup(scanner.rest);
		return result;
	}
	skip_space(&scanner);
	if (*scanner.rest || !has_level)
		label_syntax_error(&scanner, has_level ? "MASKED or the end of the label" : "LEVEL or MASKED");
	return result;
}

/* Copies a table's label word by word, but for the names after REGION COLUMN and SUBJECT COLUMN. */
static char *
rename_in_table_label(const char *label, const char *old_name, const char *new_name)
{
	LabelScanner scanner = {label, label};
	StringInfoData renamed;
	bool		found = false;

	initStringInfo(&renamed);
	while (*scanner.rest)
	{
		const char *begin = scanner.rest;

		if ((accept_keyword(&scanner, "REGION") || accept_keyword(&scanner, "SUBJECT")) &&
			accept_keyword(&scanner, "COLUMN"))
		{
			appendBinaryStringInfo(&renamed, begin, (int) (scanner.rest - begin));
			begin = scanner.rest;
			if (strcmp(next_identifier(&scanner, "a column name"), old_name) == 0)
			{
				appendStringInfo(&renamed, " %s", quote_identifier(new_name));
				found = true;
				continue;
			}
		}
		else if (scanner.rest == begin)
			(void) next_word(&scanner);
		appendBinaryStringInfo(&renamed, begin, (int) (scanner.rest - begin));
	}
	return found ? renamed.data : NULL;
}

char *
label_rename_column(const char *label, bool of_table, const char *old_name, const char *new_name)
{
	char	   *mask,
			   *renamed;

	if (of_table)
		return rename_in_table_label(label, old_name, new_name);
	mask = label_parse_column(label)->mask;
	renamed = mask ? label_mask_rename(mask, old_name, new_name) : NULL;
	if (renamed == NULL)
		return NULL;
	/* the mask is the end of the label */
	return psprintf("%.*s%s", (int) (strlen(label) - strlen(mask)), label, renamed);
}

AttrNumber
label_column_attribute(Relation relation, const char *column)
{
	AttrNumber	attribute = get_attnum(RelationGetRelid(relation), column);

	if (attribute <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("the pdauth label of \"%s\" names column \"%s\", which does not exist",
						RelationGetRelationName(relation), column),
				 errhint("Set the label again with the column's present name.")));
	return attribute;
}

static Node *
transform_mask(Relation relation, AttrNumber attribute, const char *text)
{
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), attribute - 1);
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Node	   *mask;
	Oid			base_type;
	int32		type_modifier = column->atttypmod;

	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, item, true, true, true);
	mask = transformExpr(pstate, label_mask_parse(text), EXPR_KIND_POLICY);
	if (pstate->p_hasSubLinks)
		label_mask_error(text, "contains a sub-select");
	base_type = getBaseTypeAndTypmod(column->atttypid, &type_modifier);
	/* an explicit cast cuts varchar(n) and char(n) to length instead of raising */
	mask = coerce_to_target_type(pstate, mask, exprType(mask), base_type, type_modifier,
								 COERCION_EXPLICIT, COERCE_EXPLICIT_CAST, -1);
	if (mask == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the mask \"%s\" cannot be cast to type %s of column \"%s\"", text,
						format_type_be(column->atttypid), NameStr(column->attname))));
	/* a domain's checks are for stored values; run on a mask they could raise */
	if (base_type != column->atttypid)
		mask = (Node *) makeRelabelType((Expr *) mask, column->atttypid, -1, column->attcollation,
										COERCE_IMPLICIT_CAST);
	assign_expr_collations(pstate, mask);
	free_parsestate(pstate);
	label_mask_check(mask, text);
	return mask;
}

/* The parser's own messages tell neither that they are about a mask nor how its names are looked up. */
static void
mask_error_context(void *text)
{
	errcontext("mask \"%s\", whose functions outside pg_catalog need their schema", (const char *) text);
}

Node *
label_mask_expression(Relation relation, AttrNumber attribute, const char *text)
{
	Form_pg_attribute column = TupleDescAttr(RelationGetDescr(relation), attribute - 1);
	ErrorContextCallback context = {error_context_stack, mask_error_context, unconstify(char *, text)};
	Node	   *mask;
	int			nest_level;

	if (text == NULL)
		return (Node *) makeNullConst(column->atttypid, column->atttypmod, column->attcollation);

	/* The label's meaning must not depend on who parses it (CVE-2018-1058 class). */
	nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	error_context_stack = &context;
	mask = transform_mask(relation, attribute, text);
	error_context_stack = context.previous;
	AtEOXact_GUC(true, nest_level);
	return mask;
}

static Node *
transform_row_filter(Relation relation, const char *text)
{
	ParseState *pstate = make_parsestate(NULL);
	ParseNamespaceItem *item;
	Node	   *filter;

	item = addRangeTableEntryForRelation(pstate, relation, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, item, true, true, true);
	filter = transformExpr(pstate, label_mask_parse(text), EXPR_KIND_POLICY);
	if (pstate->p_hasSubLinks)
		label_mask_error(text, "contains a sub-select");
	filter = coerce_to_boolean(pstate, filter, "WHERE");
	assign_expr_collations(pstate, filter);
	free_parsestate(pstate);
	label_mask_check(filter, text);
	return filter;
}

Node *
label_row_filter(Relation relation, const char *text)
{
	int			nest_level = NewGUCNestLevel();
	Node	   *filter;

	/* as masks: its meaning must not depend on who parses it */
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	filter = transform_row_filter(relation, text);
	AtEOXact_GUC(true, nest_level);
	return filter;
}

/* The log finds a person's entries by what the rows hold; a virtual column (18) is in none. */
static void
check_subject_column(Relation relation, const char *column)
{
	AttrNumber	attribute = label_column_attribute(relation, column);

	if (TupleDescAttr(RelationGetDescr(relation), attribute - 1)->attgenerated == 'v')
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("subject column \"%s\" is virtual: the audit log would not have its values", column),
				 errhint("Name the column it is made from, or make it STORED.")));
}

static void
check_table_label(Relation relation, const char *label)
{
	TableLabel *parsed = label_parse_table(label);

	if (relation->rd_rel->relkind != RELKIND_RELATION &&
		relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
		relation->rd_rel->relkind != RELKIND_MATVIEW &&
		relation->rd_rel->relkind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" cannot be protected: only tables, materialized views and foreign tables can",
						RelationGetRelationName(relation)),
				 errhint("Protect the tables underneath; views over them are covered.")));
	if (parsed->region_column)
	{
		AttrNumber	attribute = label_column_attribute(relation, parsed->region_column);
		Oid			type = TupleDescAttr(RelationGetDescr(relation), attribute - 1)->atttypid;

		if (TypeCategory(type) != TYPCATEGORY_STRING && TypeCategory(type) != TYPCATEGORY_USER)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("region column \"%s\" has type %s, not a text type",
							parsed->region_column, format_type_be(type)),
					 errhint("Division codes (GB/T 2260) are kept as text of 6, 9 or 12 digits.")));
	}
	if (parsed->subject_column)
		check_subject_column(relation, parsed->subject_column);
	registry_check_tree(relation);
}

static void
check_column_label(Relation relation, AttrNumber attribute, const char *label)
{
	ColumnLabel *parsed = label_parse_column(label);
	Node	   *mask;

	if (!registry_is_labelled(RelationGetRelid(relation)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" is not protected, so a column label would have no effect",
						RelationGetRelationName(relation)),
				 errhint("First: SELECT pdauth.protect('%s', resource => '...'). On partitions and children, label the parent.",
						 RelationGetRelationName(relation))));
	mask = label_mask_expression(relation, attribute, parsed->mask);
	/* a constant that does not fit its column fails now, not in every query */
	(void) eval_const_expressions(NULL, copyObject(mask));
	if (label_mask_needs_key(mask) && pseudonym_key_ring() == NULL)
		ereport(WARNING,
				(errmsg("the server has no pseudonym key, so whoever is to see the pseudonyms of \"%s\" will be refused",
						RelationGetRelationName(relation)),
				 errhint("Name the key file in pdauth.pseudonym_key_file and reload the configuration.")));
}

void
label_check(Relation relation, AttrNumber attribute, const char *label)
{
	if (attribute == 0)
		check_table_label(relation, label);
	else
		check_column_label(relation, attribute, label);
}

/* The label provider's hook: label is NULL when a label is being removed. */
static void
check_label(const ObjectAddress *object, const char *label)
{
	Relation	relation;

	if (object->classId != RelationRelationId)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("pdauth labels belong on tables and columns")));
	door_label(object, label);
	relation = relation_open(object->objectId, AccessShareLock);
	if (label != NULL)
		label_check(relation, object->objectSubId, label);
	/* pg_seclabel has no cache of its own to be invalidated by */
	registry_invalidate_tree(relation);
	relation_close(relation, NoLock);
}

void
label_init(void)
{
	register_label_provider(PDAUTH_LABEL_PROVIDER, check_label);
}
