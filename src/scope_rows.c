/*
 * scope_rows.c
 *		pdauth.grants(scope): a scope as rows.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/rangetypes.h"
#include "utils/multirangetypes.h"
#include "utils/typcache.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_grants);

#define GRANT_COLUMNS 7

static Datum
text_array(Datum *items, int count)
{
	return PointerGetDatum(construct_array(items, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
action_array(uint16 actions)
{
	Datum		items[SCOPE_ACTION_COUNT];
	int			count = 0;

	for (int action = 0; action < SCOPE_ACTION_COUNT; action++)
	{
		if ((actions >> action & 1) != 0)
			items[count++] = CStringGetTextDatum(scope_action_names[action]);
	}
	return text_array(items, count);
}

static Datum
key_text(ScopeKey key)
{
	StringInfoData out;

	initStringInfo(&out);
	scope_append_key(&out, key);
	return CStringGetTextDatum(out.data);
}

static Datum
path_array(const LicenseScope *scope, const ScopeGrant **members, int count, bool purposes)
{
	Datum	   *items = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		items[i] = key_text(scope_string(scope, purposes ? members[i]->purpose : members[i]->path));
	return text_array(items, count);
}

static Datum
region_array(const ScopeGrant **members, int count)
{
	Datum	   *items = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
	{
		char		region[SCOPE_REGION_TEXT_SIZE];

		scope_region_text(members[i]->region, region);
		items[i] = CStringGetTextDatum(region);
	}
	return text_array(items, count);
}

/* Names as they are, not as grammar text: they are compared with attribute names. */
static Datum
column_array(const LicenseScope *scope, const ScopeGrant *grant)
{
	Datum	   *items = palloc(Max(grant->column_count, 1) * sizeof(Datum));

	items[0] = CStringGetTextDatum("*");
	for (int c = 0; c < grant->column_count; c++)
		items[c] = CStringGetTextDatum(scope_key_raw(scope_string(scope, scope_columns(scope)[grant->column_first + c])));
	return text_array(items, Max(grant->column_count, 1));
}

static Datum
validity(const ScopeGrant *first, int count)
{
	TypeCacheEntry *type = lookup_type_cache(DATEMULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges = palloc(count * sizeof(RangeType *));

	for (int i = 0; i < count; i++)
	{
		RangeBound	lower = {0};
		RangeBound	upper = {0};

		lower.val = DateADTGetDatum(first[i].valid_from);
		lower.infinite = DATE_IS_NOBEGIN(first[i].valid_from);
		lower.inclusive = true;
		lower.lower = true;
		upper.val = DateADTGetDatum(first[i].valid_until);
		upper.infinite = DATE_IS_NOEND(first[i].valid_until);
		ranges[i] = compat_make_range(type->rngtype, &lower, &upper);
	}
	return PointerGetDatum(make_multirange(DATEMULTIRANGEOID, type->rngtype, count, ranges));
}

static void
put_row(const LicenseScope *scope, const ScopeShownGrant *grant, void *argument)
{
	ReturnSetInfo *result = argument;
	Datum		values[GRANT_COLUMNS];
	bool		nulls[GRANT_COLUMNS] = {false};

	values[0] = action_array(grant->actions);
	values[1] = path_array(scope, grant->paths, grant->path_count, false);
	values[2] = column_array(scope, grant->first);
	values[3] = path_array(scope, grant->purposes, grant->purpose_count, true);
	values[4] = region_array(grant->regions, grant->region_count);
	values[5] = validity(grant->first, grant->range_count);
	values[6] = CStringGetTextDatum(scope_level_names[grant->level]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
pdauth_scope_grants(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = PG_GETARG_LICENSE_SCOPE_P(0);

	InitMaterializedSRF(fcinfo, 0);
	scope_for_each_shown(scope, put_row, fcinfo->resultinfo);
	return (Datum) 0;
}
