/*
 * scope_division.c
 *		pdauth.division_contains(): the row filter on a region column.
 *
 * Called for every row, so it never raises (an error would print the row's
 * code) and reads text in place.  A code that is malformed is in no division.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_division_contains);
PG_FUNCTION_INFO_V1(pdauth_division_contains_any);

/* The parsed array, kept with the call site while its argument cannot change. */
typedef struct DivisionList
{
	int			count;
	uint64		regions[FLEXIBLE_ARRAY_MEMBER];
} DivisionList;

/* "*", "CN" or a code. */
static bool
parse_node(text *value, uint64 *region)
{
	const char *data = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);

	*region = SCOPE_REGION_ANY;
	return (length == 1 && *data == '*') || scope_region_parse(data, length, region);
}

Datum
pdauth_division_contains(PG_FUNCTION_ARGS)
{
	uint64		ancestor;
	uint64		code;

	PG_RETURN_BOOL(parse_node(PG_GETARG_TEXT_PP(0), &ancestor) &&
				   parse_node(PG_GETARG_TEXT_PP(1), &code) &&
				   scope_region_contains(ancestor, code));
}

/* Malformed and null elements contain nothing and are left out. */
static DivisionList *
parse_list(ArrayType *array, MemoryContext context)
{
	Datum	   *items;
	bool	   *nulls;
	int			count;
	DivisionList *list;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
	list = MemoryContextAlloc(context, offsetof(DivisionList, regions) + count * sizeof(uint64));
	list->count = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && parse_node(DatumGetTextPP(items[i]), &list->regions[list->count]))
			list->count++;
	}
	return list;
}

Datum
pdauth_division_contains_any(PG_FUNCTION_ARGS)
{
	DivisionList *list = fcinfo->flinfo->fn_extra;
	uint64		code;

	if (list == NULL)
	{
		bool		stable = get_fn_expr_arg_stable(fcinfo->flinfo, 0);

		list = parse_list(PG_GETARG_ARRAYTYPE_P(0), stable ? fcinfo->flinfo->fn_mcxt : CurrentMemoryContext);
		if (stable)
			fcinfo->flinfo->fn_extra = list;
	}
	if (!parse_node(PG_GETARG_TEXT_PP(1), &code))
		PG_RETURN_BOOL(false);
	for (int i = 0; i < list->count; i++)
	{
		if (scope_region_contains(list->regions[i], code))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}
