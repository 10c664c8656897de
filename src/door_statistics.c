/*
 * door_statistics.c
 *		The planner's statistics hold samples of the values they are about.
 *
 * pg_stats and its kin hide those of tables with active row security, but not
 * from superusers and BYPASSRLS roles, and the catalogs underneath hide
 * nothing from whoever may read them.  So each query on them gets a row
 * filter: statistics show to those who read the table in clear.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_statistic_ext_data.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "decision.h"
#include "door.h"

/* Their TOAST tables, which have no names in C (DECLARE_TOAST in the catalogs' headers). */
#define STATISTIC_TOAST_TABLE 2840
#define STATISTIC_EXT_DATA_TOAST_TABLE 3430

PG_FUNCTION_INFO_V1(pdauth_statistics_shown);

static Oid
table_of_extended(Oid statistics)
{
	HeapTuple	tuple = SearchSysCache1(STATEXTOID, ObjectIdGetDatum(statistics));
	Oid			table = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		table = ((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxrelid;
		ReleaseSysCache(tuple);
	}
	return table;
}

/* Of which table these are cannot be seen: chunks of large values, and what is left in an old snapshot. */
static bool
unknown_shown(const Identity *identity)
{
	return decision_break_glass(identity) || !door_any_label();
}

/* An older snapshot sees the statistics of a table that is gone, but its label is gone as well. */
static bool
is_gone(Oid table)
{
	AcceptInvalidationMessages();
	return !SearchSysCacheExists1(RELOID, ObjectIdGetDatum(table));
}

/* pdauth.statistics_shown(catalog oid, object oid) returns boolean */
Datum
pdauth_statistics_shown(PG_FUNCTION_ARGS)
{
	Oid			object = PG_GETARG_OID(1);
	Identity	identity = identity_of(InvalidOid);
	Oid			table = object;
	const ProtectedRelation *relation;
	const Decision *decision;

	if (!OidIsValid(object))
		PG_RETURN_BOOL(unknown_shown(&identity));
	if (PG_GETARG_OID(0) == StatisticExtDataRelationId)
		table = table_of_extended(object);
	else if (get_rel_relkind(object) == RELKIND_INDEX)
		table = IndexGetRelation(object, true);
	/* after the look-up: what is still there now had no label then */
	if (!OidIsValid(table) || !registry_covers(table) || (relation = registry_lookup(table)) == NULL)
		PG_RETURN_BOOL(!is_gone(table) || unknown_shown(&identity));
	decision = decision_for(relation, &identity);
	PG_RETURN_BOOL(decision->may_read && decision->unrestricted);
}

static Node *
statistics_filter(Oid catalog, Node *object)
{
	Oid			types[] = {OIDOID, OIDOID};
	Oid			function = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString("statistics_shown")),
										  2, types, true);
	Node	   *catalog_oid = (Node *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(catalog), false, true);

	/* no extension in this database: nothing is protected */
	if (!OidIsValid(function))
		return NULL;
	return (Node *) makeFuncExpr(function, BOOLOID, list_make2(catalog_oid, object), InvalidOid, InvalidOid,
								 COERCE_EXPLICIT_CALL);
}

void
door_hide_statistics_of(RangeTblEntry *entry, int index)
{
	Node	   *object;
	Node	   *filter;

	switch (entry->relid)
	{
		case StatisticRelationId:
			object = (Node *) makeVar(index, Anum_pg_statistic_starelid, OIDOID, -1, InvalidOid, 0);
			break;
		case StatisticExtDataRelationId:
			object = (Node *) makeVar(index, Anum_pg_statistic_ext_data_stxoid, OIDOID, -1, InvalidOid, 0);
			break;
		case STATISTIC_TOAST_TABLE:
		case STATISTIC_EXT_DATA_TOAST_TABLE:
			object = (Node *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(InvalidOid), false, true);
			break;
		default:
			return;
	}
	filter = statistics_filter(entry->relid, object);
	if (filter != NULL)
		entry->securityQuals = lcons(filter, entry->securityQuals);
}
