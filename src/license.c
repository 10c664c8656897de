/*
 * license.c
 *		Cache of licenses, custody and exclusions, and its invalidation.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "clock.h"
#include "invalidation.h"
#include "iso_date.h"
#include "license.h"

PG_FUNCTION_INFO_V1(pdauth_resource_path);

/* Columns of pdauth.license, pdauth.custodian and pdauth.exclusion, in the order of 310 and 312. */
enum
{
	LICENSE_ID = 1, LICENSE_LICENSEE, LICENSE_SCOPE, LICENSE_BASIS, LICENSE_ISSUED_AT,
	LICENSE_ISSUED_BY, LICENSE_REVOKED_AT, LICENSE_REVOKED_BY, LICENSE_REVOKE_REASON, LICENSE_ROW_FILTER
};
enum
{
	CUSTODIAN_ID = 1, CUSTODIAN_CUSTODIAN, CUSTODIAN_RESOURCE, CUSTODIAN_BASIS,
	CUSTODIAN_RECORDED_AT, CUSTODIAN_RECORDED_BY, CUSTODIAN_ENDED_AT
};
enum
{
	EXCLUSION_ID = 1, EXCLUSION_RESOURCE, EXCLUSION_BASIS,
	EXCLUSION_RECORDED_AT, EXCLUSION_RECORDED_BY, EXCLUSION_ENDED_AT
};

static MemoryContext holdings_context = NULL;
static HTAB *holdings_cache = NULL;
static List *exclusions = NIL;	/* of Exclusion, in force */
static bool exclusions_known = false;
static bool holdings_stale = false;
static bool holdings_pinned = false;
static uint64 generation = 1;

/* Cached so that the callback can tell our tables from the rest. */
static Oid	license_table = InvalidOid;
static Oid	custodian_table = InvalidOid;
static Oid	exclusion_table = InvalidOid;
static bool tables_known = false;	/* looked up since either was changed */

typedef void (*row_reader) (HeapTuple tuple, TupleDesc descriptor, void *argument);

/*
 * Calls reader for each row of a holdings table whose column holds the role,
 * or for all of them if no index is given.
 */
static void
read_rows(const char *table, const char *index, AttrNumber column, Oid role,
		  row_reader reader, void *argument)
{
	Oid			table_oid = pdauth_relation_oid(table);
	Relation	relation;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Snapshot	snapshot;

	if (!OidIsValid(table_oid))
		return;					/* extension dropped: nobody holds anything */
	relation = table_open(table_oid, AccessShareLock);
	/* always fresh: snapmgr.c never reuses it for a table without a syscache */
	snapshot = RegisterSnapshot(GetCatalogSnapshot(table_oid));
	if (index != NULL)
		ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(role));
	scan = systable_beginscan(relation, index ? pdauth_relation_oid(index) : InvalidOid, index != NULL,
							  snapshot, index ? 1 : 0, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		reader(tuple, RelationGetDescr(relation), argument);
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
}

static void
count_tile(const ScopeTile *tile, void *argument)
{
	((License *) argument)->tile_count++;
}

static void
keep_tile(const ScopeTile *tile, void *argument)
{
	License    *license = argument;
	ScopeTile  *copy = &license->tiles[license->tile_count++];

	*copy = *tile;
	copy->path = pstrdup(tile->path);
	copy->purpose = pstrdup(tile->purpose);
	copy->region = pstrdup(tile->region);
	copy->column = pstrdup(tile->column);
}

static License *
license_from(HeapTuple tuple, TupleDesc descriptor)
{
	License    *license = palloc0(sizeof(License));
	bool		is_null;
	const LicenseScope *scope;
	Datum		filter;

	license->id = DatumGetInt64(heap_getattr(tuple, LICENSE_ID, descriptor, &is_null));
	filter = heap_getattr(tuple, LICENSE_ROW_FILTER, descriptor, &is_null);
	license->row_filter = is_null ? NULL : TextDatumGetCString(filter);
	scope = (const LicenseScope *)
		PG_DETOAST_DATUM(heap_getattr(tuple, LICENSE_SCOPE, descriptor, &is_null));
	scope_for_each_tile(scope, count_tile, license);
	license->tiles = palloc(sizeof(ScopeTile) * Max(license->tile_count, 1));
	license->tile_count = 0;
	scope_for_each_tile(scope, keep_tile, license);
	return license;
}

static bool
is_set(HeapTuple tuple, TupleDesc descriptor, AttrNumber column)
{
	return !heap_attisnull(tuple, column, descriptor);
}

static void
add_license(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	Holdings   *holdings = argument;

	if (!is_set(tuple, descriptor, LICENSE_REVOKED_AT))
		holdings->licenses = lappend(holdings->licenses, license_from(tuple, descriptor));
}

static void
add_custody(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	Holdings   *holdings = argument;
	bool		is_null;
	Datum		resource = heap_getattr(tuple, CUSTODIAN_RESOURCE, descriptor, &is_null);

	if (!is_set(tuple, descriptor, CUSTODIAN_ENDED_AT))
		holdings->custodies = lappend(holdings->custodies, TextDatumGetCString(resource));
}

static void
add_exclusion(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	Exclusion  *exclusion;
	bool		is_null;

	if (is_set(tuple, descriptor, EXCLUSION_ENDED_AT))
		return;
	exclusion = palloc(sizeof(Exclusion));
	exclusion->resource = TextDatumGetCString(heap_getattr(tuple, EXCLUSION_RESOURCE, descriptor, &is_null));
	exclusion->basis = TextDatumGetCString(heap_getattr(tuple, EXCLUSION_BASIS, descriptor, &is_null));
	exclusions = lappend(exclusions, exclusion);
}

static void
holdings_reset(void)
{
	HASHCTL		control = {0};

	if (holdings_context != NULL)
		MemoryContextDelete(holdings_context);
	holdings_context = NULL;
	exclusions = NIL;
	exclusions_known = false;
	holdings_context = AllocSetContextCreate(TopMemoryContext, "pdauth holdings",
											 ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(Holdings);
	control.hcxt = holdings_context;
	holdings_cache = hash_create("pdauth holdings", 16, &control,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	holdings_stale = false;
}

static void
find_tables(void)
{
	uint64		before = generation;

	if (tables_known)
		return;
	license_table = pdauth_relation_oid("license");
	custodian_table = pdauth_relation_oid("custodian");
	exclusion_table = pdauth_relation_oid("exclusion");
	/* a change that arrives in between may be of what was found first */
	tables_known = OidIsValid(license_table) && OidIsValid(custodian_table) &&
		OidIsValid(exclusion_table) && generation == before;
}

List *
license_add_tables(List *relations)
{
	find_tables();
	if (OidIsValid(license_table))
		relations = lappend_oid(relations, license_table);
	if (OidIsValid(custodian_table))
		relations = lappend_oid(relations, custodian_table);
	if (OidIsValid(exclusion_table))
		relations = lappend_oid(relations, exclusion_table);
	return relations;
}

const Holdings *
license_holdings(Oid role)
{
	Holdings	loaded = {role};
	Holdings   *entry;
	MemoryContext caller;

	if (holdings_cache == NULL || (holdings_stale && !holdings_pinned))
		holdings_reset();
	entry = hash_search(holdings_cache, &role, HASH_FIND, NULL);
	if (entry != NULL)
		return entry;
	find_tables();
	caller = MemoryContextSwitchTo(holdings_context);
	read_rows("license", "license_licensee_index", LICENSE_LICENSEE, role, add_license, &loaded);
	read_rows("custodian", "custodian_custodian_index", CUSTODIAN_CUSTODIAN, role, add_custody, &loaded);
	MemoryContextSwitchTo(caller);
	entry = hash_search(holdings_cache, &role, HASH_ENTER, NULL);
	*entry = loaded;
	return entry;
}

const Exclusion *
license_exclusion(const char *resource)
{
	ListCell   *cell;

	if (holdings_cache == NULL || (holdings_stale && !holdings_pinned))
		holdings_reset();
	if (!exclusions_known)
	{
		MemoryContext caller;

		find_tables();
		caller = MemoryContextSwitchTo(holdings_context);
		exclusions = NIL;		/* of a read that failed half-way */
		read_rows("exclusion", NULL, InvalidAttrNumber, InvalidOid, add_exclusion, NULL);
		MemoryContextSwitchTo(caller);
		exclusions_known = true;
	}
	foreach(cell, exclusions)
	{
		const Exclusion *exclusion = lfirst(cell);

		/* what is labelled as a whole may hold what is excluded */
		if (scope_path_covers(exclusion->resource, resource) || scope_path_covers(resource, exclusion->resource))
			return exclusion;
	}
	return NULL;
}

void
license_pin(bool pinned)
{
	if (pinned && holdings_stale)
		holdings_reset();
	holdings_pinned = pinned;
}

uint64
license_generation(void)
{
	return generation;
}

typedef struct EndedSearch
{
	const char *resource;
	DateADT		today;
	int64		best_id;
	char	   *sentence;
} EndedSearch;

static char *
ended_sentence(HeapTuple tuple, TupleDesc descriptor, const License *license, DateADT last_end)
{
	bool		is_null;
	char	   *when;

	if (is_set(tuple, descriptor, LICENSE_REVOKED_AT))
	{
		TimestampTz revoked = DatumGetTimestampTz(heap_getattr(tuple, LICENSE_REVOKED_AT, descriptor, &is_null));
		Datum		reason = heap_getattr(tuple, LICENSE_REVOKE_REASON, descriptor, &is_null);

		when = iso_date(clock_date_of(revoked));
		return psprintf(_("License %lld was revoked on %s: %s."), (long long) license->id, when,
						TextDatumGetCString(reason));
	}
	when = iso_date(last_end);
	return psprintf(_("License %lld ended with its validity: it was good until the day before %s."),
					(long long) license->id, when);
}

static void
consider_ended(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	EndedSearch *search = argument;
	License    *license = license_from(tuple, descriptor);
	DateADT		last_end = DATEVAL_NOBEGIN;
	bool		matches = false;

	for (int i = 0; i < license->tile_count; i++)
	{
		const ScopeTile *tile = &license->tiles[i];

		if (!scope_path_covers(tile->path, search->resource))
			continue;
		matches = true;
		last_end = Max(last_end, tile->valid_until);
	}
	if (matches && license->id > search->best_id &&
		(is_set(tuple, descriptor, LICENSE_REVOKED_AT) || last_end <= search->today))
	{
		search->best_id = license->id;
		search->sentence = ended_sentence(tuple, descriptor, license, last_end);
	}
}

char *
license_last_ended(List *roles, const char *resource, DateADT today)
{
	EndedSearch search = {resource, today, PG_INT64_MIN, NULL};
	ListCell   *cell;

	foreach(cell, roles)
		read_rows("license", "license_licensee_index", LICENSE_LICENSEE, lfirst_oid(cell),
				  consider_ended, &search);
	return search.sentence;
}

static void
forget(void)
{
	holdings_stale = true;
	generation++;
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || !OidIsValid(license_table) || !OidIsValid(exclusion_table) ||
		relation == license_table || relation == custodian_table || relation == exclusion_table)
	{
		tables_known = false;
		forget();
	}
}

static void
role_callback(Datum argument, int cache, uint32 hash)
{
	forget();
}

void
license_init(void)
{
	invalidation_call(relcache_callback);
	CacheRegisterSyscacheCallback(AUTHOID, role_callback, (Datum) 0);
	CacheRegisterSyscacheCallback(AUTHMEMROLEMEM, role_callback, (Datum) 0);
}

/* pdauth.resource_path(path text) returns text: the canonical form. */
Datum
pdauth_resource_path(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(scope_path_canonical(text_to_cstring(PG_GETARG_TEXT_PP(0)))));
}
