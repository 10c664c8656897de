/*
 * scope_functions.c
 *		SQL functions of pdauth.license_scope: text input and output, and
 *		operators.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "utils/builtins.h"

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
	PG_RETURN_POINTER(scope_meet(PG_GETARG_LICENSE_SCOPE_P(0), PG_GETARG_LICENSE_SCOPE_P(1)));
}

Datum
pdauth_scope_excess(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(scope_missing(PG_GETARG_LICENSE_SCOPE_P(0), PG_GETARG_LICENSE_SCOPE_P(1), SCOPE_ALL_PARTS));
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
