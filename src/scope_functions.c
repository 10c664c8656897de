/*
 * scope_functions.c
 *		SQL functions of pdauth.license_scope: text input and output, operators,
 *		and the one-point constructor.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "catalog/pg_type.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_in);
PG_FUNCTION_INFO_V1(pdauth_scope_out);
PG_FUNCTION_INFO_V1(pdauth_scope_contains);
PG_FUNCTION_INFO_V1(pdauth_scope_contained);
PG_FUNCTION_INFO_V1(pdauth_scope_overlaps);
PG_FUNCTION_INFO_V1(pdauth_scope_union);
PG_FUNCTION_INFO_V1(pdauth_scope_intersection);
PG_FUNCTION_INFO_V1(pdauth_scope_excess);
PG_FUNCTION_INFO_V1(pdauth_scope_is_empty);
PG_FUNCTION_INFO_V1(pdauth_scope_equal);
PG_FUNCTION_INFO_V1(pdauth_scope_not_equal);
PG_FUNCTION_INFO_V1(pdauth_scope_compare);
PG_FUNCTION_INFO_V1(pdauth_scope_less);
PG_FUNCTION_INFO_V1(pdauth_scope_less_or_equal);
PG_FUNCTION_INFO_V1(pdauth_scope_greater);
PG_FUNCTION_INFO_V1(pdauth_scope_greater_or_equal);
PG_FUNCTION_INFO_V1(pdauth_scope_hash);
PG_FUNCTION_INFO_V1(pdauth_scope_hash_extended);
PG_FUNCTION_INFO_V1(pdauth_scope_point);

Datum
pdauth_scope_in(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = scope_parse(PG_GETARG_CSTRING(0), fcinfo->context);

	if (scope == NULL)
		PG_RETURN_NULL();
	PG_RETURN_POINTER(scope);
}

Datum
pdauth_scope_out(PG_FUNCTION_ARGS)
{
	StringInfoData out;

	initStringInfo(&out);
	scope_append_text(&out, PG_GETARG_LICENSE_SCOPE_P(0));
	PG_RETURN_CSTRING(out.data);
}

Datum
pdauth_scope_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(scope_contains(PG_GETARG_LICENSE_SCOPE_P(0), PG_GETARG_LICENSE_SCOPE_P(1)));
}

Datum
pdauth_scope_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(scope_contains(PG_GETARG_LICENSE_SCOPE_P(1), PG_GETARG_LICENSE_SCOPE_P(0)));
}

Datum
pdauth_scope_overlaps(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(scope_overlaps(PG_GETARG_LICENSE_SCOPE_P(0), PG_GETARG_LICENSE_SCOPE_P(1)));
}

Datum
pdauth_scope_union(PG_FUNCTION_ARGS)
{
	ScopeBuilder *builder = scope_builder_create();

	scope_builder_add_scope(builder, PG_GETARG_LICENSE_SCOPE_P(0), 0);
	scope_builder_add_scope(builder, PG_GETARG_LICENSE_SCOPE_P(1), 0);
	PG_RETURN_POINTER(scope_builder_union(builder));
}

Datum
pdauth_scope_intersection(PG_FUNCTION_ARGS)
{
	ScopeBuilder *builder = scope_builder_create();

	scope_builder_add_scope(builder, PG_GETARG_LICENSE_SCOPE_P(0), 0);
	scope_builder_add_scope(builder, PG_GETARG_LICENSE_SCOPE_P(1), 1);
	PG_RETURN_POINTER(scope_builder_intersection(builder));
}

Datum
pdauth_scope_excess(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(scope_missing(PG_GETARG_LICENSE_SCOPE_P(0), PG_GETARG_LICENSE_SCOPE_P(1)));
}

Datum
pdauth_scope_is_empty(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(PG_GETARG_LICENSE_SCOPE_P(0)->grant_count == 0);
}

/* ---- order and hash: values are canonical, so bytes decide ---- */

static int
compare(const LicenseScope *a, const LicenseScope *b)
{
	Size		size_a = VARSIZE(a);
	Size		size_b = VARSIZE(b);
	int			order;

	order = memcmp(VARDATA(a), VARDATA(b), Min(size_a, size_b) - VARHDRSZ);
	return order != 0 ? order : (size_a > size_b) - (size_a < size_b);
}

static int
compare_arguments(FunctionCallInfo fcinfo)
{
	LicenseScope *a = PG_GETARG_LICENSE_SCOPE_P(0);
	LicenseScope *b = PG_GETARG_LICENSE_SCOPE_P(1);
	int			order = compare(a, b);

	/* btree support functions must not leak */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return order;
}

Datum
pdauth_scope_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) == 0);
}

Datum
pdauth_scope_not_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) != 0);
}

Datum
pdauth_scope_compare(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_arguments(fcinfo));
}

Datum
pdauth_scope_less(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) < 0);
}

Datum
pdauth_scope_less_or_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) <= 0);
}

Datum
pdauth_scope_greater(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) > 0);
}

Datum
pdauth_scope_greater_or_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_arguments(fcinfo) >= 0);
}

Datum
pdauth_scope_hash(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = PG_GETARG_LICENSE_SCOPE_P(0);
	uint32		hash = hash_bytes((unsigned char *) VARDATA(scope), VARSIZE(scope) - VARHDRSZ);

	PG_FREE_IF_COPY(scope, 0);
	PG_RETURN_INT32((int32) hash);
}

Datum
pdauth_scope_hash_extended(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = PG_GETARG_LICENSE_SCOPE_P(0);
	uint64		hash = hash_bytes_extended((unsigned char *) VARDATA(scope), VARSIZE(scope) - VARHDRSZ,
										   PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(scope, 0);
	PG_RETURN_INT64((int64) hash);
}

/* ---- one point ---- */

static void
bad_argument(const char *what, const char *value, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid %s \"%s\"", what, value),
			 errhint("%s", hint)));
}

static ScopeKey
region_argument(const char *text)
{
	uint64		region = SCOPE_REGION_ANY;

	if (strcmp(text, "*") != 0 && !scope_region_parse(text, strlen(text), &region))
		bad_argument("division code", text, "Write *, CN, or a division code of 6 (GB/T 2260), 9 or 12 digits such as 530102.");
	return scope_region_key(region);
}

static void
add_columns(ScopeBox *box, ArrayType *columns)
{
	Datum	   *names;
	bool	   *nulls;
	int			count;

	deconstruct_array(columns, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &count);
	/* a request for nothing would be permitted by everybody */
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a point needs at least one column"),
				 errhint("Name the columns, or pass ARRAY['*'] for all.")));
	for (int i = 0; i < count; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("a column name cannot be null")));
		scope_key_list_add(&box->axis[SCOPE_AXIS_COLUMN], scope_column_key(TextDatumGetCString(names[i])));
	}
}

/* scope_point(resource, columns, action, purpose, region, on_date, level) */
Datum
pdauth_scope_point(PG_FUNCTION_ARGS)
{
	ScopeBuilder *builder = scope_builder_create();
	ScopeBox	box = {0};
	char	   *action_text = text_to_cstring(PG_GETARG_TEXT_PP(2));
	char	   *level_text = text_to_cstring(PG_GETARG_TEXT_PP(6));
	DateADT		on_date = PG_GETARG_DATEADT(5);
	ScopeAction action;
	ScopeLevel	level;

	if (!scope_action_parse(action_text, strlen(action_text), &action))
		bad_argument("action", action_text, "The actions are read, derive, join, model, export, redevelop, publish and trade.");
	if (!scope_level_parse(level_text, &level))
		bad_argument("level", level_text, "The levels are general, important and core (GB/T 43697-2024).");
	scope_check_date(on_date);
	scope_key_list_add(&box.axis[SCOPE_AXIS_PATH],
					   scope_parse_path(text_to_cstring(PG_GETARG_TEXT_PP(0)), NULL));
	add_columns(&box, PG_GETARG_ARRAYTYPE_P(1));
	scope_key_list_add(&box.axis[SCOPE_AXIS_PURPOSE],
					   scope_parse_path(text_to_cstring(PG_GETARG_TEXT_PP(3)), NULL));
	scope_key_list_add(&box.axis[SCOPE_AXIS_REGION],
					   region_argument(text_to_cstring(PG_GETARG_TEXT_PP(4))));
	scope_box_add_range(&box, on_date, on_date + 1);
	box.actions = 1 << action;
	box.level = level;
	scope_builder_add(builder, &box);
	PG_RETURN_POINTER(scope_builder_union(builder));
}
