/*
 * access_hold.c
 *		Cache of holds, its invalidation, and the look-up.
 *
 * There are few at a time: the table is read as a whole, and each decision
 * goes through what is in force.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "access_hold.h"
#include "attest.h"
#include "invalidation.h"
#include "scope.h"

/* Columns of pdauth.access_hold, in the order of 800_access_hold.sql. */
enum
{
	HOLD_ID = 1, HOLD_RESOURCE, HOLD_RELATION, HOLD_ROLE, HOLD_PERSON, HOLD_PARTY, HOLD_RULE, HOLD_OBJECT, HOLD_EXEMPT, HOLD_ENDED_AT
};

/* The rules that holds refuse by, in the order in which one is reported. */
static const struct
{
	PdauthRule	rule;
	const char *hint;
}			hold_rules[] =
{
	{PDAUTH_RULE_FAIL_CLOSED, gettext_noop("The hold names a rule that the library does not know: end it, or install the matching library.")},
	{PDAUTH_RULE_INCIDENT, gettext_noop("Wait until the incident is contained and a decision releases the object; the response team named in the incident has access.")},
	{PDAUTH_RULE_REGULATOR, gettext_noop("Wait until the authority lifts its instruction.")},
	{PDAUTH_RULE_INTEGRITY, gettext_noop("The operator or the implementing agency looks into the finding (pdauth.incident_draft) and decides.")},
	{PDAUTH_RULE_BEYOND_SCOPE, gettext_noop("Keep to the agreement's scope, or amend it; then the license is issued again.")},
};

typedef struct AccessHold
{
	int			rank;			/* place in hold_rules */
	char	   *resource;		/* NULL here and below: any */
	Oid			relation;
	Oid			role;
	int64		person;			/* 0: any */
	char	   *object;
	int			exempt_count;
	Oid		   *exempt;
} AccessHold;

static MemoryContext hold_context = NULL;
static List *holds = NIL;		/* of AccessHold */
static bool holds_known = false;
static Oid	hold_table = InvalidOid;
static uint64 generation = 1;

static int
rank_of(const char *id)
{
	PdauthRule	rule;

	if (!pdauth_rule_by_id(id, &rule))
		return 0;
	for (int i = 0; i < lengthof(hold_rules); i++)
	{
		if (hold_rules[i].rule == rule)
			return i;
	}
	return 0;
}

static void
keep_exempt(AccessHold *hold, ArrayType *roles)
{
	Datum	   *values;

	deconstruct_array(roles, ARR_ELEMTYPE(roles), sizeof(Oid), true, TYPALIGN_INT,
					  &values, NULL, &hold->exempt_count);
	hold->exempt = palloc(sizeof(Oid) * Max(hold->exempt_count, 1));
	for (int i = 0; i < hold->exempt_count; i++)
		hold->exempt[i] = DatumGetObjectId(values[i]);
}

static AccessHold *
hold_from(HeapTuple tuple, TupleDesc descriptor)
{
	AccessHold *hold = palloc0(sizeof(AccessHold));
	bool		is_null;
	Datum		value;

	value = heap_getattr(tuple, HOLD_RESOURCE, descriptor, &is_null);
	hold->resource = is_null ? NULL : TextDatumGetCString(value);
	value = heap_getattr(tuple, HOLD_RELATION, descriptor, &is_null);
	hold->relation = is_null ? InvalidOid : DatumGetObjectId(value);
	value = heap_getattr(tuple, HOLD_ROLE, descriptor, &is_null);
	hold->role = is_null ? InvalidOid : DatumGetObjectId(value);
	value = heap_getattr(tuple, HOLD_PERSON, descriptor, &is_null);
	hold->person = is_null ? 0 : DatumGetInt64(value);
	hold->rank = rank_of(TextDatumGetCString(heap_getattr(tuple, HOLD_RULE, descriptor, &is_null)));
	hold->object = TextDatumGetCString(heap_getattr(tuple, HOLD_OBJECT, descriptor, &is_null));
	keep_exempt(hold, DatumGetArrayTypeP(heap_getattr(tuple, HOLD_EXEMPT, descriptor, &is_null)));
	return hold;
}

static void
read_holds(void)
{
	Relation	relation = table_open(hold_table, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(hold_table));	/* fresh, see license.c */
	SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, snapshot, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		/* who acts for a party the register knows; its roles are held each by its name */
		if (heap_attisnull(tuple, HOLD_ENDED_AT, RelationGetDescr(relation)) &&
			heap_attisnull(tuple, HOLD_PARTY, RelationGetDescr(relation)))
			holds = lappend(holds, hold_from(tuple, RelationGetDescr(relation)));
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
}

static void
load_holds(void)
{
	MemoryContext caller;
	uint64		before;

	if (holds_known)
		return;
	if (hold_context != NULL)
		MemoryContextDelete(hold_context);
	holds = NIL;
	hold_context = NULL;
	hold_context = AllocSetContextCreate(TopMemoryContext, "pdauth holds", ALLOCSET_SMALL_SIZES);
	/* what changes while they are read is read again by the next decision */
	before = generation;
	hold_table = pdauth_relation_oid("access_hold");
	if (!OidIsValid(hold_table))
		return;					/* the extension is being made or is gone: nothing is held */
	caller = MemoryContextSwitchTo(hold_context);
	read_holds();
	MemoryContextSwitchTo(caller);
	holds_known = generation == before;
}

static bool
is_exempt(const AccessHold *hold, Oid role)
{
	for (int i = 0; i < hold->exempt_count; i++)
	{
		if (hold->exempt[i] == role)
			return true;
	}
	return false;
}

/* One role that is held is enough: the others may be borrowed (identity.h). */
static bool
holds_identity(const AccessHold *hold, const Identity *identity)
{
	if (hold->person != 0 && hold->person != attest_person())
		return false;
	for (int i = 0; i < IDENTITY_ROLES && OidIsValid(identity->roles[i]); i++)
	{
		Oid			role = identity->roles[i];

		if (is_exempt(hold, role))
			continue;
		if (!OidIsValid(hold->role) || list_member_oid(identity_inherited_roles(role), hold->role))
			return true;
	}
	return false;
}

static bool
holds_relation(const AccessHold *hold, const ProtectedRelation *relation)
{
	if (hold->resource != NULL && !scope_path_covers(hold->resource, relation->resource))
		return false;
	return !OidIsValid(hold->relation) || hold->relation == relation->relation ||
		hold->relation == registry_label_source(relation->relation);
}

bool
access_hold_find(const ProtectedRelation *relation, const Identity *identity, HoldFinding *finding)
{
	const AccessHold *first[lengthof(hold_rules)] = {NULL};
	StringInfoData others;
	int			found = -1;
	ListCell   *cell;

	load_holds();
	foreach(cell, holds)
	{
		const AccessHold *hold = lfirst(cell);

		if (first[hold->rank] == NULL && holds_relation(hold, relation) && holds_identity(hold, identity))
			first[hold->rank] = hold;
	}
	initStringInfo(&others);
	for (int i = 0; i < lengthof(hold_rules); i++)
	{
		if (first[i] == NULL)
			continue;
		if (found < 0)
			found = i;
		else
			appendStringInfo(&others, "%s%s", others.len > 0 ? ", " : "", pdauth_rule_id(hold_rules[i].rule));
	}
	if (found < 0)
		return false;
	finding->rule = hold_rules[found].rule;
	finding->hint = _(hold_rules[found].hint);
	finding->object = pstrdup(first[found]->object);
	finding->others = others.len > 0 ? others.data : NULL;
	return true;
}

List *
access_hold_add_tables(List *relations)
{
	load_holds();
	return OidIsValid(hold_table) ? lappend_oid(relations, hold_table) : relations;
}

uint64
access_hold_generation(void)
{
	return generation;
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || !OidIsValid(hold_table) || relation == hold_table)
	{
		holds_known = false;
		generation++;
	}
}

void
access_hold_init(void)
{
	invalidation_call(relcache_callback);
}
