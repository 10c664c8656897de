/*
 * scope_make.c
 *		Scopes from arrays and single values, for programs: no quoting of names
 *		inside a text, no text to inject into.
 *
 * Paths and purposes are still grammar text ("a/b", components quoted where
 * needed), because "/" is part of the value; columns are plain names.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"
#include "utils/typcache.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_make);
PG_FUNCTION_INFO_V1(pdauth_scope_point);
PG_FUNCTION_INFO_V1(pdauth_path_canonical);
PG_FUNCTION_INFO_V1(pdauth_path_contains);

static void
bad_argument(const char *what, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid %s \"%s\"", _(what), value),
			 errhint("%s", _(hint))));
}

static ScopeKey
path_key(const char *text)
{
	return scope_parse_path(text, NULL);
}

static ScopeKey
region_key(const char *text)
{
	uint64		region = SCOPE_REGION_ANY;

	if (strcmp(text, "*") != 0 && !scope_region_parse(text, strlen(text), &region))
		bad_argument("division code", text, "Write *, CN, or a division code of 6 (GB/T 2260), 9 or 12 digits such as 530102.");
	return scope_region_key(region);
}

static uint16
action_bit(const char *text)
{
	ScopeAction action;

	if (!scope_action_parse(text, strlen(text), &action))
		bad_argument("action", text, "The actions are read, derive, join, model, export, redevelop, publish and trade.");
	return 1 << action;
}

static uint8
level_number(text *value)
{
	char	   *text = text_to_cstring(value);
	ScopeLevel	level;

	if (!scope_level_parse(text, &level))
		bad_argument("level", text, "The levels are general, important and core (GB/T 43697-2024).");
	return level;
}

/*
 * The strings of an array.  An empty list is refused: it would make the scope
 * empty, and a request for nothing is permitted by everybody.
 */
static char **
strings_of(ArrayType *array, const char *what, int *count)
{
	Datum	   *items;
	bool	   *nulls;
	char	  **strings;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, count);
	if (*count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a scope needs at least one %s", _(what)),
				 errhint("Name them, or pass ARRAY['*'] for all; actions have to be named.")));
	strings = palloc(*count * sizeof(char *));
	for (int i = 0; i < *count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a %s cannot be null", _(what))));
		strings[i] = TextDatumGetCString(items[i]);
	}
	return strings;
}

/* "*" beside names is refused, as in the text form. */
static void
add_keys(ScopeKeyList *list, ArrayType *array, const char *what, ScopeKey (*key) (const char *))
{
	int			count;
	char	  **strings = strings_of(array, what, &count);

	for (int i = 0; i < count; i++)
	{
		scope_key_list_add(list, key(strings[i]));
		if (count > 1 && list->keys[i].length == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
					 errmsg("\"*\" cannot stand beside a named %s", _(what)),
					 errhint("Pass ARRAY['*'] alone for all, or only names.")));
	}
}

static void
add_ranges(ScopeBox *box, MultirangeType *validity)
{
	TypeCacheEntry *type = lookup_type_cache(MultirangeTypeGetOid(validity), TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges;
	int			count;

	multirange_deserialize(type->rngtype, validity, &count, &ranges);
	for (int i = 0; i < count; i++)
	{
		RangeBound	lower;
		RangeBound	upper;
		bool		empty;
		DateADT		from = DATEVAL_NOBEGIN;
		DateADT		until = DATEVAL_NOEND;

		/* the canonical form of a daterange is [from,until) */
		range_deserialize(type->rngtype, ranges[i], &lower, &upper, &empty);
		if (!lower.infinite)
			scope_check_date(from = DatumGetDateADT(lower.val));
		if (!upper.infinite)
			scope_check_date(until = DatumGetDateADT(upper.val));
		scope_box_add_range(box, from, until);
	}
}

static LicenseScope *
scope_of(const ScopeBox *box)
{
	ScopeBuilder *builder = scope_builder_create();

	scope_builder_add(builder, box);
	return scope_builder_union(builder);
}

/* make_scope(actions, paths, columns, purposes, regions, validity, level) */
Datum
pdauth_scope_make(PG_FUNCTION_ARGS)
{
	ScopeBox	box = {0};
	int			count;
	char	  **actions = strings_of(PG_GETARG_ARRAYTYPE_P(0), "action", &count);

	for (int i = 0; i < count; i++)
		box.actions |= action_bit(actions[i]);
	add_keys(&box.axis[SCOPE_AXIS_PATH], PG_GETARG_ARRAYTYPE_P(1), "resource path", path_key);
	add_keys(&box.axis[SCOPE_AXIS_COLUMN], PG_GETARG_ARRAYTYPE_P(2), "column", scope_column_key);
	add_keys(&box.axis[SCOPE_AXIS_PURPOSE], PG_GETARG_ARRAYTYPE_P(3), "purpose", path_key);
	add_keys(&box.axis[SCOPE_AXIS_REGION], PG_GETARG_ARRAYTYPE_P(4), "region", region_key);
	add_ranges(&box, PG_GETARG_MULTIRANGE_P(5));
	box.level = level_number(PG_GETARG_TEXT_PP(6));
	PG_RETURN_POINTER(scope_of(&box));
}

/* scope_point(resource, columns, action, purpose, region, on_date, level) */
Datum
pdauth_scope_point(PG_FUNCTION_ARGS)
{
	ScopeBox	box = {0};
	DateADT		on_date = PG_GETARG_DATEADT(5);

	scope_check_date(on_date);
	scope_check_date(on_date + 1);
	box.actions = action_bit(text_to_cstring(PG_GETARG_TEXT_PP(2)));
	box.level = level_number(PG_GETARG_TEXT_PP(6));
	scope_key_list_add(&box.axis[SCOPE_AXIS_PATH], path_key(text_to_cstring(PG_GETARG_TEXT_PP(0))));
	add_keys(&box.axis[SCOPE_AXIS_COLUMN], PG_GETARG_ARRAYTYPE_P(1), "column", scope_column_key);
	scope_key_list_add(&box.axis[SCOPE_AXIS_PURPOSE], path_key(text_to_cstring(PG_GETARG_TEXT_PP(3))));
	scope_key_list_add(&box.axis[SCOPE_AXIS_REGION], region_key(text_to_cstring(PG_GETARG_TEXT_PP(4))));
	scope_box_add_range(&box, on_date, on_date + 1);
	PG_RETURN_POINTER(scope_of(&box));
}

Datum
pdauth_path_canonical(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(scope_path_canonical(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}

Datum
pdauth_path_contains(PG_FUNCTION_ARGS)
{
	ScopeKey	ancestor = path_key(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	ScopeKey	node = path_key(text_to_cstring(PG_GETARG_TEXT_PP(1)));

	PG_RETURN_BOOL(scope_key_covers(ancestor, node));
}
