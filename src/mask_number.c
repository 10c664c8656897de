/*
 * mask_number.c
 *		Masks for numbers and network addresses.
 *
 * A number is cut towards zero to a multiple of the width, so the result is
 * never larger than the value in amount and always fits its type (and the
 * precision of a numeric column).  A width that is not positive gives NULL.
 */
#include "pdauth.h"

#include <math.h>
#include <sys/socket.h>

#include "utils/fmgrprotos.h"
#include "utils/inet.h"
#include "utils/numeric.h"

#include "mask.h"

PG_FUNCTION_INFO_V1(pdauth_mask_bucket_int2);
PG_FUNCTION_INFO_V1(pdauth_mask_bucket_int4);
PG_FUNCTION_INFO_V1(pdauth_mask_bucket_int8);
PG_FUNCTION_INFO_V1(pdauth_mask_bucket_float4);
PG_FUNCTION_INFO_V1(pdauth_mask_bucket_float8);
PG_FUNCTION_INFO_V1(pdauth_mask_bucket_numeric);
PG_FUNCTION_INFO_V1(pdauth_mask_ip);

/* The smallest value has no positive twin, but the remainder is taken, not the amount. */
static int64
bucket(int64 value, int64 width)
{
	return value - value % width;
}

/* pdauth.mask_bucket(value smallint, width integer) */
Datum
pdauth_mask_bucket_int2(PG_FUNCTION_ARGS)
{
	int32		width = PG_GETARG_INT32(1);

	if (width <= 0)
		PG_RETURN_NULL();
	PG_RETURN_INT16((int16) bucket(PG_GETARG_INT16(0), width));
}

/* pdauth.mask_bucket(value integer, width integer) */
Datum
pdauth_mask_bucket_int4(PG_FUNCTION_ARGS)
{
	int32		width = PG_GETARG_INT32(1);

	if (width <= 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32((int32) bucket(PG_GETARG_INT32(0), width));
}

/* pdauth.mask_bucket(value bigint, width bigint) */
Datum
pdauth_mask_bucket_int8(PG_FUNCTION_ARGS)
{
	int64		width = PG_GETARG_INT64(1);

	if (width <= 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(bucket(PG_GETARG_INT64(0), width));
}

/* pdauth.mask_bucket(value real, width double precision) */
Datum
pdauth_mask_bucket_float4(PG_FUNCTION_ARGS)
{
	float4		value = PG_GETARG_FLOAT4(0);
	float8		width = PG_GETARG_FLOAT8(1);

	if (!(width > 0) || isinf(width))
		PG_RETURN_NULL();
	if (isnan(value) || isinf(value))
		PG_RETURN_FLOAT4(value);
	/* not larger in amount than value, so the conversion cannot overflow */
	PG_RETURN_FLOAT4((float4) (value - fmod(value, width)));
}

/* pdauth.mask_bucket(value double precision, width double precision) */
Datum
pdauth_mask_bucket_float8(PG_FUNCTION_ARGS)
{
	float8		value = PG_GETARG_FLOAT8(0);
	float8		width = PG_GETARG_FLOAT8(1);

	if (!(width > 0) || isinf(width))
		PG_RETURN_NULL();
	if (isnan(value) || isinf(value))
		PG_RETURN_FLOAT8(value);
	PG_RETURN_FLOAT8(value - fmod(value, width));
}

/* pdauth.mask_bucket(value numeric, width numeric) */
Datum
pdauth_mask_bucket_numeric(PG_FUNCTION_ARGS)
{
	Numeric		value = PG_GETARG_NUMERIC(0);
	Numeric		width = PG_GETARG_NUMERIC(1);
	Datum		remainder;

	if (numeric_is_nan(width) || numeric_is_inf(width) ||
		DatumGetInt32(DirectFunctionCall2(numeric_cmp, NumericGetDatum(width),
										  NumericGetDatum(int64_to_numeric(0)))) <= 0)
		PG_RETURN_NULL();
	if (numeric_is_nan(value) || numeric_is_inf(value))
		PG_RETURN_NUMERIC(value);
	remainder = DirectFunctionCall2(numeric_mod, NumericGetDatum(value), NumericGetDatum(width));
	PG_RETURN_DATUM(DirectFunctionCall2(numeric_sub, NumericGetDatum(value), remainder));
}

/* pdauth.mask_ip(value inet, v4_bits integer, v6_bits integer): the network it belongs to */
Datum
pdauth_mask_ip(PG_FUNCTION_ARGS)
{
	inet	   *value = PG_GETARG_INET_PP(0);
	bool		v4 = ip_family(value) == PGSQL_AF_INET;
	int			limit = Min(ip_bits(value), v4 ? 32 : 128);
	int			bits = Max(0, Min(PG_GETARG_INT32(v4 ? 1 : 2), limit));
	inet	   *result = (inet *) palloc0(sizeof(inet));

	ip_family(result) = ip_family(value);
	ip_bits(result) = bits;
	for (int byte = 0; byte * 8 < bits; byte++)
	{
		int			kept = Min(8, bits - byte * 8);

		ip_addr(result)[byte] = ip_addr(value)[byte] & (0xFF << (8 - kept));
	}
	SET_INET_VARSIZE(result);
	PG_RETURN_INET_P(result);
}
