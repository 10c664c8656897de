/*
 * scope_algebra.c
 *		Containment, overlap, and what is missing.
 *
 * Containment is exact for unions.  In a tree dimension the node itself is the
 * hardest point of its subtree (what covers the node covers all below), so for
 * each atom (column, action) of a request grant only the dates need an
 * interval union over the license grants that cover the atom.
 */
#include "pdauth.h"

#include "port/pg_bitutils.h"

#include "scope_internal.h"

/* Columns are looked at this many at a time, one bit each. */
#define CHUNK 64

/* Comparing strings pays for a table once this many pairs are to come. */
#define TABLE_PAIRS 256

/* Strings of the request that a string of the license covers: [first, end). */
typedef struct CoveredStrings
{
	uint16		first;
	uint16		end;
} CoveredStrings;

typedef struct ScopePair
{
	const LicenseScope *license;
	const LicenseScope *request;
	CoveredStrings *covered;	/* per license string, or NULL */
} ScopePair;

/* A license grant that covers part of the request grant at hand. */
typedef struct Candidate
{
	const ScopeGrant *grant;
	uint64		columns;		/* of the chunk */
} Candidate;

/* Told of dates that nothing covers; returns false to stop looking. */
typedef bool (*gap_callback) (const ScopePair *pair, const ScopeGrant *request, int column,
							  int action, ScopeRange gap, void *argument);

/* First string of the scope that is not smaller than the key. */
static int
lower_bound(const LicenseScope *scope, ScopeKey key)
{
	int			low = 0;
	int			high = scope->string_count;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (scope_key_compare(scope_string(scope, middle), key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A subtree is contiguous in the sorted strings; find its end by bisection. */
static void
make_table(ScopePair *pair)
{
	const LicenseScope *request = pair->request;

	pair->covered = palloc(pair->license->string_count * sizeof(CoveredStrings));
	for (int i = 0; i < pair->license->string_count; i++)
	{
		ScopeKey	key = scope_string(pair->license, i);
		int			low = lower_bound(request, key);
		int			high = request->string_count;

		pair->covered[i].first = low;
		while (low < high)
		{
			int			middle = (low + high) / 2;

			if (scope_key_covers(key, scope_string(request, middle)))
				low = middle + 1;
			else
				high = middle;
		}
		pair->covered[i].end = low;
	}
}

static void
pair_begin(ScopePair *pair, const LicenseScope *license, const LicenseScope *request)
{
	pair->license = license;
	pair->request = request;
	pair->covered = NULL;
	if ((int) license->grant_count * request->grant_count >= TABLE_PAIRS)
		make_table(pair);
}

static void
pair_end(ScopePair *pair)
{
	if (pair->covered != NULL)
		pfree(pair->covered);
}

static inline bool
string_covers(const ScopePair *pair, int license_string, int request_string)
{
	if (pair->covered != NULL)
		return request_string >= pair->covered[license_string].first &&
			request_string < pair->covered[license_string].end;
	return scope_key_covers(scope_string(pair->license, license_string),
							scope_string(pair->request, request_string));
}

/* Order of two column names of different values. */
static inline int
string_compare(const ScopePair *pair, int license_string, int request_string)
{
	if (pair->covered != NULL)
	{
		int			first = pair->covered[license_string].first;

		/* first is where the name stands in the request, or would stand */
		if (first == request_string && first < pair->covered[license_string].end)
		{
			ScopeKey	license = scope_string(pair->license, license_string);

			if (license.length == scope_string(pair->request, request_string).length)
				return 0;
		}
		return first > request_string ? 1 : -1;
	}
	return scope_key_compare(scope_string(pair->license, license_string),
							 scope_string(pair->request, request_string));
}

/*
 * Which of the request's columns [base, base + CHUNK) does the license grant
 * hold?  "*" of the request is column 0 of a list of one.
 */
static uint64
columns_held(const ScopePair *pair, const ScopeGrant *license, const ScopeGrant *request, int base)
{
	const uint16 *have = scope_columns(pair->license) + license->column_first;
	const uint16 *want = scope_columns(pair->request) + request->column_first + base;
	int			want_count = Min(request->column_count - base, CHUNK);
	uint64		held = 0;
	int			i = 0;

	if (license->column_count == 0)
		return want_count >= CHUNK ? ~UINT64CONST(0) : (UINT64CONST(1) << Max(want_count, 1)) - 1;
	if (request->column_count == 0)
		return 0;
	for (int w = 0; w < want_count; w++)
	{
		int			order = -1;

		while (i < license->column_count && (order = string_compare(pair, have[i], want[w])) < 0)
			i++;
		if (i == license->column_count)
			break;
		if (order == 0)
			held |= UINT64CONST(1) << w;
	}
	return held;
}

/* Does the license grant lie above the request grant in path, region, purpose? */
static inline bool
nodes_cover(const ScopePair *pair, const ScopeGrant *license, const ScopeGrant *request)
{
	return scope_region_contains(license->region, request->region) &&
		string_covers(pair, license->path, request->path) &&
		string_covers(pair, license->purpose, request->purpose);
}

static bool
grant_covers(const ScopePair *pair, const ScopeGrant *license, const ScopeGrant *request)
{
	int			base = 0;

	if ((request->actions & ~license->actions) != 0 || license->level < request->level ||
		license->valid_from > request->valid_from || license->valid_until < request->valid_until ||
		!nodes_cover(pair, license, request))
		return false;
	if (license->column_count == 0)
		return true;
	if (request->column_count == 0 || request->column_count > license->column_count)
		return false;
	for (; base < request->column_count; base += CHUNK)
	{
		int			count = Min(request->column_count - base, CHUNK);
		uint64		all = count == CHUNK ? ~UINT64CONST(0) : (UINT64CONST(1) << count) - 1;

		if (columns_held(pair, license, request, base) != all)
			return false;
	}
	return true;
}

static int
compare_candidates(const void *a, const void *b)
{
	DateADT		from_a = ((const Candidate *) a)->grant->valid_from;
	DateADT		from_b = ((const Candidate *) b)->grant->valid_from;

	return (from_a > from_b) - (from_a < from_b);
}

/* License grants that cover some part of the request grant, by start date. */
static int
find_candidates(const ScopePair *pair, const ScopeGrant *request, Candidate *candidates)
{
	const ScopeGrant *grants = scope_grants(pair->license);
	int			count = 0;

	for (int i = 0; i < pair->license->grant_count; i++)
	{
		const ScopeGrant *license = &grants[i];

		if ((license->actions & request->actions) == 0 || license->level < request->level ||
			license->valid_from >= request->valid_until || license->valid_until <= request->valid_from ||
			(request->column_count == 0 && license->column_count > 0) ||
			!nodes_cover(pair, license, request))
			continue;
		candidates[count++].grant = license;
	}
	qsort(candidates, count, sizeof(Candidate), compare_candidates);
	return count;
}

/*
 * For one action, sweeps the candidates by start date and keeps for each
 * column of the chunk how far the dates are covered.
 */
static bool
sweep(const ScopePair *pair, const ScopeGrant *request, int base, int columns, int action,
	  const Candidate *candidates, int count, gap_callback callback, void *argument)
{
	DateADT		reach[CHUNK];

	for (int c = 0; c < columns; c++)
		reach[c] = request->valid_from;
	for (int i = 0; i < count; i++)
	{
		const ScopeGrant *grant = candidates[i].grant;

		if ((grant->actions >> action & 1) == 0)
			continue;
		for (uint64 left = candidates[i].columns; left != 0; left &= left - 1)
		{
			int			c = pg_rightmost_one_pos64(left);
			ScopeRange	gap = {reach[c], grant->valid_from};

			if (gap.valid_from < gap.valid_until &&
				(callback == NULL || !callback(pair, request, base + c, action, gap, argument)))
				return false;
			reach[c] = Max(reach[c], grant->valid_until);
		}
	}
	for (int c = 0; c < columns; c++)
	{
		ScopeRange	gap = {reach[c], request->valid_until};

		if (gap.valid_from < gap.valid_until &&
			(callback == NULL || !callback(pair, request, base + c, action, gap, argument)))
			return false;
	}
	return true;
}

/*
 * Tells the callback of each (column, action, dates) of the request grant that
 * the license does not cover.  Without a callback: are there none?
 */
static bool
find_gaps(const ScopePair *pair, const ScopeGrant *request, gap_callback callback, void *argument)
{
	Candidate	candidates[SCOPE_MAX_GRANTS];
	int			count = find_candidates(pair, request, candidates);
	int			total = Max(request->column_count, 1);

	if (count == 0 && callback == NULL)
		return false;
	for (int base = 0; base < total; base += CHUNK)
	{
		for (int i = 0; i < count; i++)
			candidates[i].columns = columns_held(pair, candidates[i].grant, request, base);
		for (int action = 0; action < SCOPE_ACTION_COUNT; action++)
		{
			if ((request->actions >> action & 1) != 0 &&
				!sweep(pair, request, base, Min(total - base, CHUNK), action, candidates, count, callback, argument))
				return false;
		}
	}
	return true;
}

static bool
request_covered(const ScopePair *pair, const ScopeGrant *request)
{
	const ScopeGrant *grants = scope_grants(pair->license);

	for (int i = 0; i < pair->license->grant_count; i++)
	{
		if (grant_covers(pair, &grants[i], request))
			return true;
	}
	return pair->license->grant_count > 1 && find_gaps(pair, request, NULL, NULL);
}

bool
scope_contains(const LicenseScope *license, const LicenseScope *request)
{
	const ScopeGrant *wanted = scope_grants(request);
	ScopePair	pair;
	bool		result = true;

	if (request->grant_count == 0)
		return true;
	if (license->grant_count == 0 || (request->actions & ~license->actions) != 0 ||
		license->max_level < request->max_level || license->valid_from > request->valid_from ||
		license->valid_until < request->valid_until || (request->signature & ~license->signature) != 0)
		return false;
	pair_begin(&pair, license, request);
	for (int i = 0; i < request->grant_count && result; i++)
		result = request_covered(&pair, &wanted[i]);
	pair_end(&pair);
	return result;
}

bool *
scope_implied_grants(const LicenseScope *scope)
{
	const ScopeGrant *grants = scope_grants(scope);
	bool	   *implied = palloc0(Max(scope->grant_count, 1) * sizeof(bool));
	ScopePair	pair;

	pair_begin(&pair, scope, scope);
	for (int i = 0; i < scope->grant_count; i++)
	{
		for (int j = 0; j < scope->grant_count && !implied[i]; j++)
			implied[i] = i != j && grant_covers(&pair, &grants[j], &grants[i]);
	}
	pair_end(&pair);
	return implied;
}

/* ---- overlap ---- */

static bool
keys_meet(const LicenseScope *a, int string_a, const LicenseScope *b, int string_b)
{
	ScopeKey	x = scope_string(a, string_a);
	ScopeKey	y = scope_string(b, string_b);

	return scope_key_covers(x, y) || scope_key_covers(y, x);
}

static bool
columns_meet(const LicenseScope *a, const ScopeGrant *x, const LicenseScope *b, const ScopeGrant *y)
{
	const uint16 *x_columns = scope_columns(a) + x->column_first;
	const uint16 *y_columns = scope_columns(b) + y->column_first;

	if (x->column_count == 0 || y->column_count == 0)
		return true;
	for (int i = 0, j = 0; i < x->column_count && j < y->column_count;)
	{
		int			order = scope_key_compare(scope_string(a, x_columns[i]), scope_string(b, y_columns[j]));

		if (order == 0)
			return true;
		if (order < 0)
			i++;
		else
			j++;
	}
	return false;
}

/* Levels always meet: every ceiling admits general. */
static bool
grants_meet(const LicenseScope *a, const ScopeGrant *x, const LicenseScope *b, const ScopeGrant *y)
{
	return (x->actions & y->actions) != 0 &&
		x->valid_from < y->valid_until && y->valid_from < x->valid_until &&
		(scope_region_contains(x->region, y->region) || scope_region_contains(y->region, x->region)) &&
		keys_meet(a, x->path, b, y->path) &&
		keys_meet(a, x->purpose, b, y->purpose) &&
		columns_meet(a, x, b, y);
}

bool
scope_overlaps(const LicenseScope *a, const LicenseScope *b)
{
	const ScopeGrant *x = scope_grants(a);
	const ScopeGrant *y = scope_grants(b);

	if ((a->actions & b->actions) == 0 || (a->signature & b->signature) == 0 ||
		a->valid_from >= b->valid_until || b->valid_from >= a->valid_until)
		return false;
	for (int i = 0; i < a->grant_count; i++)
	{
		for (int j = 0; j < b->grant_count; j++)
		{
			if (grants_meet(a, &x[i], b, &y[j]))
				return true;
		}
	}
	return false;
}

LicenseScope *
scope_meet(const LicenseScope *a, const LicenseScope *b)
{
	ScopeBuilder *builder = scope_builder_create();

	scope_builder_add_scope(builder, a, 0);
	scope_builder_add_scope(builder, b, 1);
	return scope_builder_intersection(builder);
}

/* ---- what is missing ---- */

typedef struct MissingParts
{
	ScopeBuilder *builder;
	int			limit;
} MissingParts;

/* The request grant with its columns from first on, and no actions or dates yet. */
static ScopeBox
part_of(const LicenseScope *scope, const ScopeGrant *request, int first, int count)
{
	ScopeBox	box = {0};
	ScopeKey	everything = {"", 0};

	scope_key_list_add(&box.axis[SCOPE_AXIS_PATH], scope_string(scope, request->path));
	scope_key_list_add(&box.axis[SCOPE_AXIS_REGION], scope_region_key(request->region));
	scope_key_list_add(&box.axis[SCOPE_AXIS_PURPOSE], scope_string(scope, request->purpose));
	if (request->column_count == 0)
		scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], everything);
	for (int c = first; c < Min(first + count, request->column_count); c++)
		scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN],
						   scope_string(scope, scope_columns(scope)[request->column_first + c]));
	box.level = request->level;
	return box;
}

static bool
collect_gap(const ScopePair *pair, const ScopeGrant *request, int column, int action,
			ScopeRange gap, void *argument)
{
	MissingParts *parts = argument;
	ScopeBox	box = part_of(pair->request, request, column, 1);

	scope_box_add_range(&box, gap.valid_from, gap.valid_until);
	box.actions = 1 << action;
	scope_builder_add(parts->builder, &box);
	return scope_builder_size(parts->builder) < parts->limit;
}

/* A grant that nothing of the license touches is missing whole. */
static bool
collect_whole(const ScopePair *pair, const ScopeGrant *request, MissingParts *parts)
{
	ScopeBox	box = part_of(pair->request, request, 0, request->column_count);

	scope_box_add_range(&box, request->valid_from, request->valid_until);
	box.actions = request->actions;
	scope_builder_add(parts->builder, &box);
	return scope_builder_size(parts->builder) < parts->limit;
}

LicenseScope *
scope_missing(const LicenseScope *request, const LicenseScope *license, int limit)
{
	const ScopeGrant *wanted = scope_grants(request);
	MissingParts parts = {scope_builder_create(), limit};
	ScopePair	pair;
	bool		more = true;

	pair_begin(&pair, license, request);
	for (int i = 0; i < request->grant_count && more; i++)
	{
		Candidate	candidates[SCOPE_MAX_GRANTS];

		if (find_candidates(&pair, &wanted[i], candidates) == 0)
			more = collect_whole(&pair, &wanted[i], &parts);
		else
			more = find_gaps(&pair, &wanted[i], collect_gap, &parts);
	}
	pair_end(&pair);
	return scope_builder_union(parts.builder);
}
