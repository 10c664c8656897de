/*
 * scope_division.c
 *		pdauth.division_contains(): the row filter on a region column.
 *
 * Called for every row, so it never raises (an error would print the row's
 * code) and reads text in place.  A code that is malformed is in no division.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "utils/array.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_division_contains);
PG_FUNCTION_INFO_V1(pdauth_division_contains_any);

/*
 * The parsed array, kept with the call site.  A constant is parsed once; any
 * other argument (a sub-select evaluated once is not told apart from a column)
 * is compared with the bytes it was parsed from, which is cheaper than parsing.
 */
typedef struct DivisionList
{
	ArrayType  *source;			/* aligned, with a header of four bytes */
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

/*
 * Is the first argument a constant, as in a row filter?  Not
 * get_fn_expr_arg_stable(): a variable is stable to it, and PL/pgSQL keeps the
 * call site of a simple expression while the variable changes.
 */
static bool
first_is_constant(const FmgrInfo *call)
{
	return call->fn_expr != NULL && IsA(call->fn_expr, FuncExpr) &&
		IsA(linitial(((FuncExpr *) call->fn_expr)->args), Const);
}

/* A constant division, parsed once for the call site. */
typedef struct DivisionConstant
{
	bool		is_constant;
	bool		is_valid;
	uint64		region;
} DivisionConstant;

static DivisionConstant *
division_argument(FunctionCallInfo fcinfo)
{
	DivisionConstant *division = fcinfo->flinfo->fn_extra;

	if (division == NULL)
	{
		division = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(DivisionConstant));
		division->is_constant = first_is_constant(fcinfo->flinfo);
		division->is_valid = parse_node(PG_GETARG_TEXT_PP(0), &division->region);
		fcinfo->flinfo->fn_extra = division;
	}
	else if (!division->is_constant)
		division->is_valid = parse_node(PG_GETARG_TEXT_PP(0), &division->region);
	return division;
}

Datum
pdauth_division_contains(PG_FUNCTION_ARGS)
{
	DivisionConstant *division = division_argument(fcinfo);
	uint64		code;

	PG_RETURN_BOOL(division->is_valid && parse_node(PG_GETARG_TEXT_PP(1), &code) &&
				   scope_region_contains(division->region, code));
}

/*
 * Malformed and null elements contain nothing and are left out.  The array may
 * have a short header, as a table keeps it; the copy has not.
 */
static DivisionList *
parse_list(struct varlena *packed, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	ArrayType  *array = DatumGetArrayTypePCopy(PointerGetDatum(packed));
	Datum	   *items;
	bool	   *nulls;
	int			count;
	DivisionList *list;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &items, &nulls, &count);
	list = palloc(offsetof(DivisionList, regions) + count * sizeof(uint64));
	list->source = array;
	list->count = 0;
	for (int i = 0; i < count; i++)
	{
		if (!nulls[i] && parse_node(DatumGetTextPP(items[i]), &list->regions[list->count]))
			list->count++;
	}
	pfree(items);
	pfree(nulls);
	MemoryContextSwitchTo(caller);
	return list;
}

static bool
is_parsed_from(const DivisionList *list, struct varlena *packed)
{
	return VARSIZE_ANY_EXHDR(packed) == VARSIZE(list->source) - VARHDRSZ &&
		memcmp(VARDATA_ANY(packed), VARDATA(list->source), VARSIZE_ANY_EXHDR(packed)) == 0;
}

/* The parsed first argument of the call. */
static DivisionList *
list_argument(FunctionCallInfo fcinfo)
{
	FmgrInfo   *call = fcinfo->flinfo;
	DivisionList *list = call->fn_extra;
	struct varlena *packed;

	if (list != NULL && first_is_constant(call))
		return list;
	packed = PG_GETARG_VARLENA_PP(0);
	if (list == NULL || !is_parsed_from(list, packed))
	{
		if (list != NULL)
		{
			pfree(list->source);
			pfree(list);
			call->fn_extra = NULL;
		}
		call->fn_extra = list = parse_list(packed, call->fn_mcxt);
	}
	PG_FREE_IF_COPY(packed, 0);
	return list;
}

Datum
pdauth_division_contains_any(PG_FUNCTION_ARGS)
{
	DivisionList *list = list_argument(fcinfo);
	uint64		code;

	if (!parse_node(PG_GETARG_TEXT_PP(1), &code))
		PG_RETURN_BOOL(false);
	for (int i = 0; i < list->count; i++)
	{
		if (scope_region_contains(list->regions[i], code))
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}
