/*
 * scope_index.c
 *		GIN support: which licenses permit this request?
 *
 * A license that contains a request contains any one point of it, and a grant
 * that covers the point stands at the point's path, region and purpose or
 * above them.  So each grant is one key, and a query looks at the keys of all
 * nodes above one point of the request.  A key is 16 bytes (stored as a uuid),
 * compared as bytes:
 *
 *		7	hash of path, region and purpose
 *		3	first day		so that a scan may stop at later starts
 *		3	day after the last
 *		2	actions
 *		1	level
 *
 * Dates, actions and level are checked inside the index by comparePartial.
 * Columns, further points and hash collisions are left to the recheck.
 */
#include "pdauth.h"

#include "access/gin.h"
#include "access/stratnum.h"
#include "common/hashfn.h"
#include "port/pg_bitutils.h"
#include "utils/datetime.h"
#include "utils/selfuncs.h"
#include "utils/uuid.h"

#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_gin_extract_value);
PG_FUNCTION_INFO_V1(pdauth_scope_gin_extract_query);
PG_FUNCTION_INFO_V1(pdauth_scope_gin_consistent);
PG_FUNCTION_INFO_V1(pdauth_scope_gin_triconsistent);
PG_FUNCTION_INFO_V1(pdauth_scope_gin_compare_partial);
PG_FUNCTION_INFO_V1(pdauth_scope_selectivity);

#define HASH_BYTES 7
#define FROM_OFFSET 7
#define UNTIL_OFFSET 10
#define ACTIONS_OFFSET 13
#define LEVEL_OFFSET 15
#define OPEN_END 0xFFFFFF

/* Only licenses of such a share of a table are expected to permit a request. */
#define DEFAULT_SELECTIVITY 0.0005

/* The point that a query looks for. */
typedef struct ScopeProbe
{
	uint32		day;
	uint16		action;			/* one bit */
	uint8		level;
} ScopeProbe;

/* Days since 0001-01-01 in 24 bits; far dates are cut short, which only widens. */
static uint32
day_number(DateADT date)
{
	int64		day = (int64) date + POSTGRES_EPOCH_JDATE - date2j(1, 1, 1) + 1;

	if (DATE_IS_NOBEGIN(date))
		return 0;
	return (uint32) Min(day, OPEN_END - 1);
}

static uint32
end_number(DateADT date)
{
	uint32		day;

	if (DATE_IS_NOEND(date))
		return OPEN_END;
	day = day_number(date);
	return day == OPEN_END - 1 ? OPEN_END : day;
}

static void
put_bytes(unsigned char *at, uint64 value, int count)
{
	for (int i = count - 1; i >= 0; i--, value >>= 8)
		at[i] = value & 0xFF;
}

static uint32
get_bytes(const unsigned char *at, int count)
{
	uint32		value = 0;

	for (int i = 0; i < count; i++)
		value = value << 8 | at[i];
	return value;
}

static uint64
hash_key(ScopeKey key, uint64 seed)
{
	return hash_bytes_extended((const unsigned char *) key.data, key.length, seed);
}

/*
 * Regions count only where that saves more looks into the index than it costs:
 * "*", CN and provinces as one (a platform serves one province), townships and
 * villages as their county.
 */
#define PROVINCE_DEPTH 2
#define COUNTY_DEPTH 4

static bool
is_indexed_region(uint64 region)
{
	int			depth = (int) (region & 0xFF);

	return region == SCOPE_REGION_ANY || (depth > PROVINCE_DEPTH && depth <= COUNTY_DEPTH);
}

static uint64
indexed_region(uint64 region)
{
	uint64		ancestors[SCOPE_REGION_DEPTHS];
	int			count = scope_region_ancestors(region, ancestors);

	while (!is_indexed_region(ancestors[count - 1]))
		count--;
	return ancestors[count - 1];
}

/* The region as indexed and all above it that are; returns how many. */
static int
indexed_ancestors(uint64 region, uint64 *ancestors)
{
	int			kept = 0;
	int			count = scope_region_ancestors(region, ancestors);

	for (int i = 0; i < count; i++)
	{
		if (is_indexed_region(ancestors[i]))
			ancestors[kept++] = ancestors[i];
	}
	return kept;
}

/*
 * Grants for any purpose stand under their path alone, and those on every path
 * under one node: there are few of them, and each node is a look into the index.
 */
static void
put_node(pg_uuid_t *key, ScopeKey path, ScopeKey purpose, uint64 region)
{
	if (path.length == 0)
		purpose.length = 0;
	if (purpose.length == 0)
		region = SCOPE_REGION_ANY;
	put_bytes(key->data, hash_combine64(hash_key(path, region), hash_key(purpose, 0)) >> 8, HASH_BYTES);
}

/* Canonical form restates inherited rights; they need no key of their own. */
Datum
pdauth_scope_gin_extract_value(PG_FUNCTION_ARGS)
{
	LicenseScope *scope = PG_GETARG_LICENSE_SCOPE_P(0);
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	const ScopeGrant *grants = scope_grants(scope);
	Datum	   *keys = palloc(Max(scope->grant_count, 1) * sizeof(Datum));
	bool	   *implied = scope_implied_grants(scope);

	*count = 0;
	for (int i = 0; i < scope->grant_count; i++)
	{
		const ScopeGrant *grant = &grants[i];
		pg_uuid_t  *key;

		if (implied[i])
			continue;
		key = palloc(sizeof(pg_uuid_t));
		put_node(key, scope_string(scope, grant->path), scope_string(scope, grant->purpose),
				 indexed_region(grant->region));
		put_bytes(key->data + FROM_OFFSET, day_number(grant->valid_from), 3);
		put_bytes(key->data + UNTIL_OFFSET, end_number(grant->valid_until), 3);
		put_bytes(key->data + ACTIONS_OFFSET, grant->actions, 2);
		key->data[LEVEL_OFFSET] = grant->level;
		keys[(*count)++] = UUIDPGetDatum(key);
	}
	PG_RETURN_POINTER(keys);
}

/* The key itself and all above it, up to "*"; returns how many. */
static int
key_ancestors(ScopeKey key, ScopeKey *ancestors)
{
	int			count = 0;

	ancestors[count++] = key;
	while (key.length > 0)
	{
		do
			key.length--;
		while (key.length > 0 && key.data[key.length] != SCOPE_SEPARATOR);
		ancestors[count++] = key;
	}
	return count;
}

/*
 * The grant of the request to look for: that with the deepest nodes names the
 * fewest licenses.
 */
static const ScopeGrant *
choose_grant(const LicenseScope *request)
{
	const ScopeGrant *grants = scope_grants(request);
	const ScopeGrant *best = grants;
	int			best_depth = -1;

	for (int i = 0; i < request->grant_count; i++)
	{
		int			depth = scope_string(request, grants[i].path).length +
			scope_string(request, grants[i].purpose).length + (int) (grants[i].region & 0xFF);

		if (depth > best_depth)
		{
			best_depth = depth;
			best = &grants[i];
		}
	}
	return best;
}

/* Partial keys of all nodes above the grant's. */
static Datum *
ancestor_keys(const LicenseScope *request, const ScopeGrant *grant, int32 *count)
{
	ScopeKey	paths[SCOPE_MAX_DEPTH + 1];
	ScopeKey	purposes[SCOPE_MAX_DEPTH + 1];
	uint64		regions[SCOPE_REGION_DEPTHS];
	int			path_count = key_ancestors(scope_string(request, grant->path), paths);
	int			purpose_count = key_ancestors(scope_string(request, grant->purpose), purposes);
	int			region_count = indexed_ancestors(grant->region, regions);
	pg_uuid_t  *keys = palloc0(path_count * purpose_count * region_count * sizeof(pg_uuid_t));
	Datum	   *datums = palloc(path_count * purpose_count * region_count * sizeof(Datum));

	*count = 0;
	for (int p = 0; p < path_count; p++)
	{
		/* the last ones are the roots: see put_node() */
		for (int u = paths[p].length == 0 ? purpose_count - 1 : 0; u < purpose_count; u++)
		{
			for (int r = purposes[u].length == 0 ? region_count - 1 : 0; r < region_count; r++)
			{
				put_node(&keys[*count], paths[p], purposes[u], regions[r]);
				datums[*count] = UUIDPGetDatum(&keys[*count]);
				(*count)++;
			}
		}
	}
	return datums;
}

Datum
pdauth_scope_gin_extract_query(PG_FUNCTION_ARGS)
{
	LicenseScope *request = PG_GETARG_LICENSE_SCOPE_P(0);
	int32	   *count = (int32 *) PG_GETARG_POINTER(1);
	bool	  **partial = (bool **) PG_GETARG_POINTER(3);
	Pointer   **extra = (Pointer **) PG_GETARG_POINTER(4);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	const ScopeGrant *grant;
	ScopeProbe *probe;
	Datum	   *keys;

	*count = 0;
	if (request->grant_count == 0)
	{
		/* every license contains the empty request, the empty license too */
		*mode = GIN_SEARCH_MODE_ALL;
		PG_RETURN_POINTER(NULL);
	}
	grant = choose_grant(request);
	probe = palloc(sizeof(ScopeProbe));
	probe->day = day_number(grant->valid_from);
	/* the last action in the list is the one that fewest licenses grant */
	probe->action = 1 << pg_leftmost_one_pos32(grant->actions);
	probe->level = grant->level;
	keys = ancestor_keys(request, grant, count);
	*partial = palloc(*count * sizeof(bool));
	*extra = palloc(*count * sizeof(Pointer));
	for (int i = 0; i < *count; i++)
	{
		(*partial)[i] = true;
		(*extra)[i] = (Pointer) probe;
	}
	PG_RETURN_POINTER(keys);
}

/* Zero: matches; negative: go on; positive: nothing further matches. */
Datum
pdauth_scope_gin_compare_partial(PG_FUNCTION_ARGS)
{
	const pg_uuid_t *node = PG_GETARG_UUID_P(0);
	const pg_uuid_t *key = PG_GETARG_UUID_P(1);
	const ScopeProbe *probe = (const ScopeProbe *) PG_GETARG_POINTER(3);
	uint32		until;

	if (memcmp(node->data, key->data, HASH_BYTES) != 0 ||
		get_bytes(key->data + FROM_OFFSET, 3) > probe->day)
		PG_RETURN_INT32(1);
	until = get_bytes(key->data + UNTIL_OFFSET, 3);
	if ((until > probe->day || until == OPEN_END) &&
		(get_bytes(key->data + ACTIONS_OFFSET, 2) & probe->action) != 0 &&
		key->data[LEVEL_OFFSET] >= probe->level)
		PG_RETURN_INT32(0);
	PG_RETURN_INT32(-1);
}

/* Any key of a node above the point will do; the operator itself decides. */
Datum
pdauth_scope_gin_consistent(PG_FUNCTION_ARGS)
{
	bool	   *check = (bool *) PG_GETARG_POINTER(0);
	int32		count = PG_GETARG_INT32(3);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);

	*recheck = true;
	for (int i = 0; i < count; i++)
	{
		if (check[i])
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(count == 0);
}

Datum
pdauth_scope_gin_triconsistent(PG_FUNCTION_ARGS)
{
	GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int32		count = PG_GETARG_INT32(3);

	for (int i = 0; i < count; i++)
	{
		if (check[i] != GIN_FALSE)
			PG_RETURN_GIN_TERNARY_VALUE(GIN_MAYBE);
	}
	PG_RETURN_GIN_TERNARY_VALUE(count == 0 ? GIN_MAYBE : GIN_FALSE);
}

/*
 * Restriction selectivity of @>, <@ and &&: tries the operator on the values
 * that ANALYZE kept, as contrib/ltree does.
 */
Datum
pdauth_scope_selectivity(PG_FUNCTION_ARGS)
{
	PG_RETURN_FLOAT8(generic_restriction_selectivity((PlannerInfo *) PG_GETARG_POINTER(0),
													 PG_GETARG_OID(1), PG_GET_COLLATION(),
													 (List *) PG_GETARG_POINTER(2),
													 PG_GETARG_INT32(3), DEFAULT_SELECTIVITY));
}
