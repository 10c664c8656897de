/*
 * guard_storage.c
 *		The access method "pdauth".
 *
 * Tables do not depend on it in pg_depend where we put them under it, so that
 * DROP EXTENSION ... CASCADE drops no data; they return to heap first.
 * tablecmds.c expects the dependency when it changes the access method, so
 * guard_storage_set() is the only way there and back (door_table.c).
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "decision.h"
#include "door.h"
#include "guard_storage.h"
#include "registry.h"

#define GUARDED_HEAP "pdauth"

PG_FUNCTION_INFO_V1(pdauth_guarded_heap);
PG_FUNCTION_INFO_V1(pdauth_guard_storage);

/* pdauth.guarded_heap(internal) returns table_am_handler */
Datum
pdauth_guarded_heap(PG_FUNCTION_ARGS)
{
	if (!pdauth_is_preloaded())
	{
		Identity	identity = identity_of(InvalidOid);

		if (!decision_break_glass(&identity))
			pdauth_require_preload();
		decision_require_break_glass("protected tables of a server without the library",
									 "Without the library nothing filters or masks their rows.");
	}
	PG_RETURN_POINTER(GetHeapamTableAmRoutine());
}

/* Changes the access method of a table in pg_class; returns its TOAST table, or InvalidOid. */
static Oid
set_access_method(Oid table, Oid access_method)
{
	Relation	classes = table_open(RelationRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(table));
	Form_pg_class form;
	Oid			toast;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", table);
	form = (Form_pg_class) GETSTRUCT(tuple);
	toast = form->reltoastrelid;
	if (form->relam != access_method)
	{
		form->relam = access_method;
		CatalogTupleUpdate(classes, &tuple->t_self, tuple);
	}
	heap_freetuple(tuple);
	table_close(classes, RowExclusiveLock);
	return toast;
}

static Oid
access_method_of(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_class) GETSTRUCT(tuple))->relam;
		ReleaseSysCache(tuple);
	}
	return result;
}

bool
guard_storage_has(Oid table)
{
	Oid			guarded = get_table_am_oid(GUARDED_HEAP, true);

	return OidIsValid(guarded) && access_method_of(table) == guarded;
}

void
guard_storage_set(Oid table, bool guarded)
{
	Oid			ours = get_table_am_oid(GUARDED_HEAP, true);
	Oid			from = guarded ? HEAP_TABLE_AM_OID : ours;
	Oid			to = guarded ? ours : HEAP_TABLE_AM_OID;
	char		kind = get_rel_relkind(table);
	Oid			toast;

	/* partitioned tables store nothing; other access methods are the owner's choice */
	if (!OidIsValid(ours) || (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW) ||
		access_method_of(table) != from)
		return;
	toast = set_access_method(table, to);
	if (OidIsValid(toast))
		(void) set_access_method(toast, to);
	CommandCounterIncrement();
}

/* pdauth.guard_storage(relation regclass, guarded boolean) returns boolean: whether it is under it now */
Datum
pdauth_guard_storage(PG_FUNCTION_ARGS)
{
	Relation	relation = table_open(PG_GETARG_OID(0), AccessExclusiveLock);
	Oid			table = RelationGetRelid(relation);
	bool		guarded = PG_GETARG_BOOL(1);
	bool		covered = registry_covers(table);

	if (guarded && !covered)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"%s\" is not protected", RelationGetRelationName(relation)),
				 errhint("First: SELECT pdauth.protect(...).")));
	if (!guarded && covered)
		door_require_policy_admin(psprintf(_("the storage of %s"), RelationGetRelationName(relation)));
	table_close(relation, NoLock);
	guard_storage_set(table, guarded);
	PG_RETURN_BOOL(guard_storage_has(table));
}

void
guard_storage_release_all(void)
{
	Oid			guarded = get_table_am_oid(GUARDED_HEAP, true);
	Relation	classes;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	List	   *tables = NIL;
	ListCell   *cell;

	if (!OidIsValid(guarded))
		return;
	classes = table_open(RelationRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_class_relam, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(guarded));
	scan = systable_beginscan(classes, InvalidOid, false, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		tables = lappend_oid(tables, ((Form_pg_class) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	foreach(cell, tables)
	{
		(void) set_access_method(lfirst_oid(cell), HEAP_TABLE_AM_OID);
		/* a restored table was made with the access method and does depend on it */
		(void) deleteDependencyRecordsForSpecific(RelationRelationId, lfirst_oid(cell), DEPENDENCY_NORMAL,
												  AccessMethodRelationId, guarded);
	}
	CommandCounterIncrement();
}

void
guard_storage_release(Oid access_method)
{
	if (access_method == get_table_am_oid(GUARDED_HEAP, true))
		guard_storage_release_all();
}
