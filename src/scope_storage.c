/*
 * scope_storage.c
 *		Lays canonical grants out as one self-contained value, and walks it.
 *
 * No dictionary, no OIDs: a value means the same after dump and restore and on
 * a logical replica.  Padding is zeroed, strings are sorted and distinct, and
 * equal column sets are stored once, so that equal scopes are equal bytes.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "scope_internal.h"

typedef struct ScopePacker
{
	ScopeKey   *strings;		/* sorted, distinct */
	int			string_count;
	uint16	   *columns;
	int			column_count;
} ScopePacker;

static void
limit_exceeded(const char *what, int limit)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("license_scope has more than %d %s in canonical form", limit, _(what)),
			 errhint("Split the license into several, by resource or by region.")));
}

static int
compare_keys(const void *a, const void *b)
{
	return scope_key_compare(*(const ScopeKey *) a, *(const ScopeKey *) b);
}

static void
collect_strings(ScopePacker *packer, const ScopeDraftGrant *grants, int count)
{
	int			total = 0;
	int			kept = 0;

	for (int i = 0; i < count; i++)
		total += 2 + grants[i].column_count;
	packer->strings = palloc(total * sizeof(ScopeKey) + 1);
	total = 0;
	for (int i = 0; i < count; i++)
	{
		packer->strings[total++] = grants[i].path;
		packer->strings[total++] = grants[i].purpose;
		for (int c = 0; c < grants[i].column_count; c++)
			packer->strings[total++] = grants[i].columns[c];
	}
	qsort(packer->strings, total, sizeof(ScopeKey), compare_keys);
	for (int i = 0; i < total; i++)
	{
		if (kept == 0 || compare_keys(&packer->strings[kept - 1], &packer->strings[i]) != 0)
			packer->strings[kept++] = packer->strings[i];
	}
	packer->string_count = kept;
	if (kept > SCOPE_MAX_STRINGS)
		limit_exceeded("distinct names", SCOPE_MAX_STRINGS);
}

static uint16
string_number(const ScopePacker *packer, ScopeKey key)
{
	const ScopeKey *found = bsearch(&key, packer->strings, packer->string_count, sizeof(ScopeKey), compare_keys);

	return (uint16) (found - packer->strings);
}

/* Finds the set among those of the grants before, or appends it. */
static void
pack_columns(ScopePacker *packer, const ScopeDraftGrant *draft, const ScopeGrant *before, ScopeGrant *grant)
{
	uint16	   *set = packer->columns + packer->column_count;

	if (draft->column_count == 1 && draft->columns[0].length == 0)
		return;
	if (packer->column_count + draft->column_count > SCOPE_MAX_COLUMN_ENTRIES)
		limit_exceeded("column entries", SCOPE_MAX_COLUMN_ENTRIES);
	for (int c = 0; c < draft->column_count; c++)
		set[c] = string_number(packer, draft->columns[c]);
	grant->column_count = draft->column_count;
	for (const ScopeGrant *earlier = before; earlier < grant; earlier++)
	{
		if (earlier->column_count == grant->column_count &&
			memcmp(packer->columns + earlier->column_first, set, grant->column_count * sizeof(uint16)) == 0)
		{
			grant->column_first = earlier->column_first;
			return;
		}
	}
	grant->column_first = packer->column_count;
	packer->column_count += draft->column_count;
}

static ScopeGrant *
pack_grants(ScopePacker *packer, const ScopeDraftGrant *drafts, int count)
{
	ScopeGrant *grants = palloc0(count * sizeof(ScopeGrant) + 1);

	packer->columns = palloc(SCOPE_MAX_COLUMN_ENTRIES * sizeof(uint16));
	for (int i = 0; i < count; i++)
	{
		grants[i].region = scope_region_from_key(drafts[i].region);
		grants[i].valid_from = drafts[i].range.valid_from;
		grants[i].valid_until = drafts[i].range.valid_until;
		grants[i].path = string_number(packer, drafts[i].path);
		grants[i].purpose = string_number(packer, drafts[i].purpose);
		grants[i].actions = drafts[i].actions;
		grants[i].level = drafts[i].level;
		pack_columns(packer, &drafts[i], grants, &grants[i]);
	}
	return grants;
}

/*
 * One bit chosen by the first component.  A path "*" sets all bits, because it
 * covers every path; a request for "*" then has bits that no license without
 * "*" is likely to have.
 */
uint64
scope_path_signature(ScopeKey path)
{
	const char *end = path.length > 0 ? memchr(path.data, SCOPE_SEPARATOR, path.length) : NULL;
	int			length = end != NULL ? end - path.data : path.length;

	if (path.length == 0)
		return ~UINT64CONST(0);
	return UINT64CONST(1) << (hash_bytes((const unsigned char *) path.data, length) & 63);
}

/* What quick rejection looks at. */
static void
summarize(LicenseScope *scope)
{
	const ScopeGrant *grants = scope_grants(scope);

	for (int i = 0; i < scope->grant_count; i++)
	{
		scope->max_level = Max(scope->max_level, grants[i].level);
		scope->actions |= grants[i].actions;
		scope->valid_from = i == 0 ? grants[i].valid_from : Min(scope->valid_from, grants[i].valid_from);
		scope->valid_until = i == 0 ? grants[i].valid_until : Max(scope->valid_until, grants[i].valid_until);
		scope->signature |= scope_path_signature(scope_string(scope, grants[i].path));
	}
}

LicenseScope *
scope_pack(const ScopeDraftGrant *drafts, int count)
{
	ScopePacker packer = {NULL};
	ScopeGrant *grants;
	LicenseScope *scope;
	uint32	   *ends;
	char	   *bytes;
	Size		size = sizeof(LicenseScope) + count * sizeof(ScopeGrant);
	uint32		end = 0;

	collect_strings(&packer, drafts, count);
	grants = pack_grants(&packer, drafts, count);
	size += packer.string_count * sizeof(uint32) + packer.column_count * sizeof(uint16);
	for (int i = 0; i < packer.string_count; i++)
		size += packer.strings[i].length;
	scope = palloc0(size);
	SET_VARSIZE(scope, size);
	scope->version = SCOPE_VERSION;
	scope->grant_count = count;
	scope->string_count = packer.string_count;
	scope->column_count = packer.column_count;
	memcpy(scope + 1, grants, count * sizeof(ScopeGrant));
	ends = (uint32 *) scope_string_ends(scope);
	memcpy((void *) scope_columns(scope), packer.columns, packer.column_count * sizeof(uint16));
	bytes = (char *) (scope_columns(scope) + packer.column_count);
	for (int i = 0; i < packer.string_count; i++)
	{
		if (packer.strings[i].length > 0)
			memcpy(bytes + end, packer.strings[i].data, packer.strings[i].length);
		end += packer.strings[i].length;
		ends[i] = end;
	}
	summarize(scope);
	pfree(packer.columns);
	return scope;
}

/* Canonical text of a string of the value. */
static const char *
key_text(const LicenseScope *scope, int number)
{
	StringInfoData out;

	initStringInfo(&out);
	scope_append_key(&out, scope_string(scope, number));
	return out.data;
}

void
scope_for_each_tile(const LicenseScope *scope, scope_tile_callback callback, void *argument)
{
	const ScopeGrant *grants = scope_grants(scope);
	const uint16 *columns = scope_columns(scope);

	for (int i = 0; i < scope->grant_count; i++)
	{
		const ScopeGrant *grant = &grants[i];
		char	   *region = palloc(SCOPE_REGION_TEXT_SIZE);
		ScopeTile	tile;

		scope_region_text(grant->region, region);
		tile.actions = grant->actions;
		tile.path = key_text(scope, grant->path);
		tile.purpose = key_text(scope, grant->purpose);
		tile.region = region;
		tile.column = "*";
		tile.valid_from = grant->valid_from;
		tile.valid_until = grant->valid_until;
		tile.level = grant->level;
		if (grant->column_count == 0)
			callback(&tile, argument);
		for (int c = 0; c < grant->column_count; c++)
		{
			tile.column = scope_key_raw(scope_string(scope, columns[grant->column_first + c]));
			callback(&tile, argument);
		}
	}
}
