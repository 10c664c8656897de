/*
 * division_code.c
 *		The type pdauth.division_code: a node of the division tree in 8 bytes.
 *
 * The value is the region number of scope_region.c; its unsigned order is the
 * order of the codes, a division before those within it.
 */
#include "pdauth.h"

#include "libpq/pqformat.h"
#include "utils/builtins.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_division_code_in);
PG_FUNCTION_INFO_V1(pdauth_division_code_out);
PG_FUNCTION_INFO_V1(pdauth_division_code_recv);
PG_FUNCTION_INFO_V1(pdauth_division_code_send);
PG_FUNCTION_INFO_V1(pdauth_division_code_compare);
PG_FUNCTION_INFO_V1(pdauth_division_code_less);
PG_FUNCTION_INFO_V1(pdauth_division_code_less_or_equal);
PG_FUNCTION_INFO_V1(pdauth_division_code_greater);
PG_FUNCTION_INFO_V1(pdauth_division_code_greater_or_equal);
PG_FUNCTION_INFO_V1(pdauth_division_code_contains);
PG_FUNCTION_INFO_V1(pdauth_division_code_contained);

#define GETARG_REGION(n) ((uint64) PG_GETARG_INT64(n))

Datum
pdauth_division_code_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	uint64		region = SCOPE_REGION_ANY;

	if (!scope_region_parse(text, strlen(text), &region))
	{
		errsave(fcinfo->context,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type division_code: \"%s\"", text),
				 errhint("Write CN for the mainland, or a division code of 6 (GB/T 2260), 9 or 12 digits such as 530102.")));
		PG_RETURN_NULL();
	}
	PG_RETURN_INT64((int64) region);
}

Datum
pdauth_division_code_out(PG_FUNCTION_ARGS)
{
	char	   *text = palloc(SCOPE_REGION_TEXT_SIZE);

	scope_region_text(GETARG_REGION(0), text);
	PG_RETURN_CSTRING(text);
}

/* The binary form is the text: no number of ours leaves the server. */
Datum
pdauth_division_code_recv(PG_FUNCTION_ARGS)
{
	StringInfo	in = (StringInfo) PG_GETARG_POINTER(0);
	uint64		region;
	int			length;
	char	   *text = pq_getmsgtext(in, in->len - in->cursor, &length);

	if (!scope_region_parse(text, length, &region))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary division_code")));
	PG_RETURN_INT64((int64) region);
}

Datum
pdauth_division_code_send(PG_FUNCTION_ARGS)
{
	char		text[SCOPE_REGION_TEXT_SIZE];
	StringInfoData out;

	scope_region_text(GETARG_REGION(0), text);
	pq_begintypsend(&out);
	pq_sendtext(&out, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&out));
}

Datum
pdauth_division_code_compare(PG_FUNCTION_ARGS)
{
	uint64		a = GETARG_REGION(0);
	uint64		b = GETARG_REGION(1);

	PG_RETURN_INT32((a > b) - (a < b));
}

Datum
pdauth_division_code_less(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(GETARG_REGION(0) < GETARG_REGION(1));
}

Datum
pdauth_division_code_less_or_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(GETARG_REGION(0) <= GETARG_REGION(1));
}

Datum
pdauth_division_code_greater(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(GETARG_REGION(0) > GETARG_REGION(1));
}

Datum
pdauth_division_code_greater_or_equal(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(GETARG_REGION(0) >= GETARG_REGION(1));
}

Datum
pdauth_division_code_contains(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(scope_region_contains(GETARG_REGION(0), GETARG_REGION(1)));
}

Datum
pdauth_division_code_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(scope_region_contains(GETARG_REGION(1), GETARG_REGION(0)));
}
