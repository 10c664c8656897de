/*
 * label_rename.c
 *		Labels follow the renaming of the columns they name.
 *
 * A label is text, so a mask or region column would go on naming what is no
 * longer there.  Core tells of the renaming when the catalog's row is written
 * but not yet visible: the old name is still in the cache, and the new one is
 * seen by SnapshotSelf (as in contrib/sepgsql).
 *
 * Licenses name columns, too, and those do not follow: whoever renames decides
 * which values a license is about.  Custodians may, who could write the values
 * there as well; an owner who is none could show a licensee what no license
 * names.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_seclabel.h"
#include "commands/seclabel.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "door.h"
#include "label.h"
#include "label_rename.h"
#include "registry.h"


/* The name as this command has just written it. */
static char *
written_name(Oid relation, AttrNumber attribute)
{
	Relation	attributes = table_open(AttributeRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *name = NULL;

	ScanKeyInit(&keys[0], Anum_pg_attribute_attrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_attribute_attnum, BTEqualStrategyNumber, F_INT2EQ,
				Int16GetDatum(attribute));
	scan = systable_beginscan(attributes, AttributeRelidNumIndexId, true, SnapshotSelf, 2, keys);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		name = pstrdup(NameStr(((Form_pg_attribute) GETSTRUCT(tuple))->attname));
	systable_endscan(scan);
	table_close(attributes, AccessShareLock);
	return name;
}

/* All labels of the relation and its columns: a list of ObjectAddress *. */
static List *
labelled_parts(Oid relation)
{
	Relation	labels = table_open(SecLabelRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *parts = NIL;

	ScanKeyInit(&keys[0], Anum_pg_seclabel_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	ScanKeyInit(&keys[1], Anum_pg_seclabel_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(labels, SecLabelObjectIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		ObjectAddress *part = palloc(sizeof(ObjectAddress));

		ObjectAddressSubSet(*part, RelationRelationId, relation,
							((FormData_pg_seclabel *) GETSTRUCT(tuple))->objsubid);
		parts = lappend(parts, part);
	}
	systable_endscan(scan);
	table_close(labels, AccessShareLock);
	return parts;
}

static void
follow_renaming(Oid relation, const char *old_name, const char *new_name)
{
	ListCell   *cell;

	foreach(cell, labelled_parts(relation))
	{
		ObjectAddress *part = lfirst(cell);
		char	   *label = GetSecurityLabel(part, PDAUTH_LABEL_PROVIDER);
		char	   *renamed = label ? label_rename_column(label, part->objectSubId == 0, old_name, new_name) : NULL;

		if (renamed != NULL)
			SetSecurityLabel(part, PDAUTH_LABEL_PROVIDER, renamed);
	}
}

void
label_rename_follow(Oid relation, AttrNumber attribute)
{
	char	   *old_name,
			   *new_name;

	if (!registry_covers(relation))
		return;
	old_name = get_attname(relation, attribute, true);
	new_name = written_name(relation, attribute);
	if (old_name == NULL || new_name == NULL || strcmp(old_name, new_name) == 0)
		return;
	door_require_custodian(relation, "renaming a column");
	if (registry_is_labelled(relation))
		follow_renaming(relation, old_name, new_name);
}
