/*
 * registry.c
 *		Protected relations of this database, cached per backend.
 *
 * Labels live in pg_seclabel, which has no syscache and sends no invalidation
 * of its own, so whoever changes one calls registry_invalidate_tree().  Any
 * relcache invalidation empties the cache: ATTACH PARTITION and INHERIT change
 * what an entry two levels away means, and a look-up costs two index probes.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_seclabel.h"
#include "commands/seclabel.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "invalidation.h"
#include "label.h"
#include "registry.h"

static MemoryContext registry_context = NULL;
static HTAB *registry = NULL;
static bool registry_stale = false;
uint64		registry_changes = 1;

RegistryUnprotected registry_unprotected[256];
RegistryProtected registry_protected = {InvalidOid};

/* The relation's RESOURCE label (column 0) or a column's label, or NULL. */
static char *
read_label(Oid relation, int32 column)
{
	ObjectAddress address = {RelationRelationId, relation, column};

	return GetSecurityLabel(&address, PDAUTH_LABEL_PROVIDER);
}

bool
registry_is_labelled(Oid relation)
{
	return read_label(relation, 0) != NULL;
}

static List *
parents_of(Oid relation)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *parents = NIL;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relation));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		parents = lappend_oid(parents, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return parents;
}

/* The nearest labelled relations on each way up, the relation itself included. */
static List *
label_sources(Oid relation)
{
	List	   *agenda = list_make1_oid(relation);
	List	   *sources = NIL;
	ListCell   *cell;

	foreach(cell, agenda)
	{
		if (registry_is_labelled(lfirst_oid(cell)))
			sources = list_append_unique_oid(sources, lfirst_oid(cell));
		else
			agenda = list_concat_unique_oid(agenda, parents_of(lfirst_oid(cell)));
	}
	return sources;
}

Oid
registry_label_source(Oid relation)
{
	List	   *sources = label_sources(relation);

	return sources != NIL ? linitial_oid(sources) : InvalidOid;
}

/* A descendant (not the relation itself) that carries its own label, or InvalidOid. */
static Oid
labelled_descendant(Relation relation)
{
	ListCell   *cell;

	if (!relation->rd_rel->relhassubclass)
		return InvalidOid;
	foreach(cell, find_all_inheritors(RelationGetRelid(relation), NoLock, NULL))
	{
		if (lfirst_oid(cell) != RelationGetRelid(relation) && registry_is_labelled(lfirst_oid(cell)))
			return lfirst_oid(cell);
	}
	return InvalidOid;
}

/* As has_subclass(), for one that may be gone as well. */
static bool
may_have_children(Oid relation)
{
	HeapTuple	row = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	bool		result = HeapTupleIsValid(row) && ((Form_pg_class) GETSTRUCT(row))->relhassubclass;

	if (HeapTupleIsValid(row))
		ReleaseSysCache(row);
	return result;
}

bool
registry_covers(Oid relation)
{
	ListCell   *cell;

	if (label_sources(relation) != NIL)
		return true;
	if (!may_have_children(relation))
		return false;
	foreach(cell, find_all_inheritors(relation, NoLock, NULL))
	{
		if (registry_is_labelled(lfirst_oid(cell)))
			return true;
	}
	return false;
}

static char *
qualified_name(Oid relation)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
									  get_rel_name(relation));
}

typedef struct LabelPlace
{
	const char *relation;
	const char *column;
} LabelPlace;

/* A mask names columns: say where to look when one of them was renamed. */
static void
label_error_context(void *argument)
{
	const LabelPlace *place = argument;

	errcontext("pdauth label of column \"%s\" of %s (set it again without what is gone)",
			   place->column, place->relation);
}

static Node *
load_mask(Relation relation, AttrNumber attribute, const char *column, const char *text)
{
	LabelPlace	place = {RelationGetRelationName(relation), column};
	ErrorContextCallback context = {error_context_stack, label_error_context, &place};
	Node	   *mask;

	error_context_stack = &context;
	mask = label_mask_expression(relation, attribute, text);
	error_context_stack = context.previous;
	return mask;
}

static void
load_column(ProtectedColumn *column, Relation relation, AttrNumber attribute, Oid source)
{
	Form_pg_attribute form = TupleDescAttr(RelationGetDescr(relation), attribute - 1);
	AttrNumber	source_attribute;
	char	   *text;
	ColumnLabel *label;

	column->type = form->atttypid;
	column->type_modifier = form->atttypmod;
	column->collation = form->attcollation;
	column->level = SCOPE_GENERAL;
	if (form->attisdropped)
		return;
	column->name = pstrdup(NameStr(form->attname));
	source_attribute = get_attnum(source, column->name);
	text = source_attribute > 0 ? read_label(source, source_attribute) : NULL;
	label = text ? label_parse_column(text) : NULL;
	column->labelled = label != NULL;
	if (label)
		column->level = label->level;
	column->mask = load_mask(relation, attribute, column->name, label ? label->mask : NULL);
}

/* The expression a generated column is made from, over Var(1, n), or NULL. */
static Node *
generation_expression(Relation relation, AttrNumber attribute)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	const TupleConstr *constraints = descriptor->constr;

	if (attribute <= 0 || TupleDescAttr(descriptor, attribute - 1)->attgenerated == '\0' || constraints == NULL)
		return NULL;
	for (int i = 0; i < constraints->num_defval; i++)
	{
		if (constraints->defval[i].adnum == attribute)
			return stringToNode(constraints->defval[i].adbin);
	}
	return NULL;
}

/* The highest level of what a generated column of relation, which is entry's own or a child, is made from. */
static ScopeLevel
level_of_sources(const ProtectedRelation *entry, Relation relation, AttrNumber attribute)
{
	Bitmapset  *sources = NULL;
	int			source = -1;
	ScopeLevel	level = SCOPE_GENERAL;

	pull_varattnos(generation_expression(relation, attribute), 1, &sources);
	while ((source = bms_next_member(sources, source)) >= 0)
	{
		AttrNumber	number = source + FirstLowInvalidHeapAttributeNumber;

		for (int i = 0; number > 0 && i < entry->column_count; i++)
		{
			if (entry->columns[i].name != NULL &&
				strcmp(entry->columns[i].name, NameStr(TupleDescAttr(RelationGetDescr(relation), number - 1)->attname)) == 0)
				level = Max(level, entry->columns[i].level);
		}
	}
	return level;
}

/*
 * A generated column, stored or virtual, tells what its sources hold: without
 * a label of its own it is of the highest of their levels.  From 16 on each
 * child can make it from others.
 */
static void
raise_generated_column(const ProtectedRelation *entry, ProtectedColumn *column, Oid root)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(root, NoLock, NULL))
	{
		Relation	member = try_relation_open(lfirst_oid(cell), AccessShareLock);

		if (member == NULL)
			continue;
		column->level = Max(column->level,
							level_of_sources(entry, member, get_attnum(lfirst_oid(cell), column->name)));
		relation_close(member, AccessShareLock);
	}
}

/* Anything that may change a decision or the shape of a plan goes in here. */
static uint64
entry_fingerprint(const ProtectedRelation *entry, const char *label)
{
	StringInfoData text;
	uint64		hash;

	initStringInfo(&text);
	appendStringInfo(&text, "%s|%s", label, entry->conflict ? entry->conflict : "");
	for (int i = 0; i < entry->column_count; i++)
	{
		const ProtectedColumn *column = &entry->columns[i];
		char	   *mask = column->mask ? nodeToString(column->mask) : pstrdup("");

		appendStringInfo(&text, "|%s %u %d %d %s", column->name ? column->name : "",
						 column->type, column->type_modifier, column->level, mask);
		pfree(mask);
	}
	hash = hash_bytes_extended((unsigned char *) text.data, text.len, 0);
	pfree(text.data);
	return hash;
}

static void
load_policy(ProtectedRelation *entry, Relation relation, Oid source)
{
	char	   *text = read_label(source, 0);
	TableLabel *label = label_parse_table(text);
	TupleDesc	descriptor = RelationGetDescr(relation);

	entry->resource = label->resource;
	entry->region = label->region;
	entry->mode = label->mode;
	if (label->region_column)
		entry->region_attribute = label_column_attribute(relation, label->region_column);
	entry->column_count = descriptor->natts;
	entry->columns = palloc0(sizeof(ProtectedColumn) * Max(descriptor->natts, 1));
	for (int i = 0; i < descriptor->natts; i++)
		load_column(&entry->columns[i], relation, i + 1, source);
	for (int i = 0; i < descriptor->natts; i++)
	{
		if (TupleDescAttr(descriptor, i)->attgenerated != '\0' && !entry->columns[i].labelled && entry->columns[i].name != NULL)
			raise_generated_column(entry, &entry->columns[i], RelationGetRelid(relation));
	}
	entry->fingerprint = entry_fingerprint(entry, text);
}

/* The table whose out-of-line values a TOAST table holds, or InvalidOid. */
static Oid
toast_owner(Oid toast)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			owner = InvalidOid;

	/* no index: reading a TOAST table directly is rare and never urgent */
	ScanKeyInit(&key, Anum_pg_class_reltoastrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(toast));
	scan = systable_beginscan(classes, InvalidOid, false, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		owner = ((Form_pg_class) GETSTRUCT(tuple))->oid;
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	return owner;
}

/* Raw values without columns to mask: nobody reads those of a protected table. */
static void
load_toast_entry(ProtectedRelation *entry, Relation toast)
{
	Oid			owner = toast_owner(RelationGetRelid(toast));

	if (!OidIsValid(owner) || label_sources(owner) == NIL)
		return;
	entry->is_protected = true;
	entry->name = qualified_name(RelationGetRelid(toast));
	entry->conflict = psprintf(_("it holds out-of-line values of the protected table %s"),
							   qualified_name(owner));
	entry->conflict_hint = _("Read the table itself.");
}

static void
load_entry(ProtectedRelation *entry, Oid relid)
{
	Relation	relation = try_relation_open(relid, AccessShareLock);
	List	   *sources;
	Oid			descendant;

	if (relation == NULL)
		return;
	if (relation->rd_rel->relkind == RELKIND_TOASTVALUE)
	{
		load_toast_entry(entry, relation);
		relation_close(relation, AccessShareLock);
		return;
	}
	sources = label_sources(relid);
	descendant = labelled_descendant(relation);
	if (sources != NIL || OidIsValid(descendant))
	{
		entry->is_protected = true;
		entry->name = qualified_name(relid);
		if (sources == NIL)
			entry->conflict = psprintf(_("its child \"%s\" is protected but it is not"),
									   qualified_name(descendant));
		else if (OidIsValid(descendant))
			entry->conflict = psprintf(_("its child \"%s\" has a label of its own"),
									   qualified_name(descendant));
		else if (list_length(sources) > 1)
			entry->conflict = psprintf(_("it inherits from \"%s\" and \"%s\", which have different labels"),
									   qualified_name(linitial_oid(sources)),
									   qualified_name(lsecond_oid(sources)));
		entry->conflict_hint = _("Protect the topmost parent with one label: SELECT pdauth.protect(...).");
		if (sources != NIL)
			load_policy(entry, relation, linitial_oid(sources));
	}
	relation_close(relation, AccessShareLock);
}

static void
registry_reset(void)
{
	HASHCTL		control = {0};

	if (registry_context != NULL)
		MemoryContextDelete(registry_context);
	registry_context = NULL;
	registry_context = AllocSetContextCreate(TopMemoryContext, "pdauth registry",
											 ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(ProtectedRelation);
	control.hcxt = registry_context;
	registry = hash_create("pdauth registry", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	registry_stale = false;
}

const ProtectedRelation *
registry_find(Oid relation)
{
	ProtectedRelation *entry;
	ProtectedRelation loaded = {0};
	uint64		before = registry_changes;	/* what comes in while it is loaded may be about it */
	MemoryContext caller;
	bool		found;

	if (registry == NULL || registry_stale)
		registry_reset();
	entry = hash_search(registry, &relation, HASH_FIND, NULL);
	if (entry != NULL)
	{
		if (!entry->is_protected)
			return NULL;
		registry_protected = (RegistryProtected) {relation, registry_changes, entry};
		return entry;
	}

	/*
	 * Load first and enter after: loading can raise, and can itself receive an
	 * invalidation, after which the entry is used once and not kept.
	 */
	caller = MemoryContextSwitchTo(registry_context);
	loaded.relation = relation;
	load_entry(&loaded, relation);
	MemoryContextSwitchTo(caller);
	entry = hash_search(registry, &relation, HASH_ENTER, &found);
	*entry = loaded;
	if (entry->is_protected)
		return entry;
	registry_unprotected[relation % lengthof(registry_unprotected)] = (RegistryUnprotected) {relation, before};
	return NULL;
}

const ProtectedRelation *
registry_lookup_any(const List *range_table)
{
	const ListCell *cell;

	foreach(cell, range_table)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		const ProtectedRelation *relation;

		if (entry->rtekind == RTE_RELATION && entry->relkind != RELKIND_VIEW &&
			(relation = registry_lookup(entry->relid)) != NULL)
			return relation;
	}
	return NULL;
}

void
registry_check_tree(Relation relation)
{
	List	   *sources = NIL;
	ListCell   *cell;
	Oid			other = labelled_descendant(relation);

	foreach(cell, parents_of(RelationGetRelid(relation)))
		sources = list_concat_unique_oid(sources, label_sources(lfirst_oid(cell)));
	if (sources != NIL)
		other = linitial_oid(sources);
	if (OidIsValid(other))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("\"%s\" cannot have a pdauth label beside that of \"%s\"",
						RelationGetRelationName(relation), qualified_name(other)),
				 errdetail("One label at the top covers a whole inheritance or partition tree."),
				 errhint("Label the topmost parent only.")));
}

void
registry_invalidate_tree(Relation relation)
{
	List	   *affected = find_all_inheritors(RelationGetRelid(relation), NoLock, NULL);
	ListCell   *cell;

	foreach(cell, affected)
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
	/* ancestors' plans read this relation too; the list grows while we walk it */
	affected = parents_of(RelationGetRelid(relation));
	foreach(cell, affected)
	{
		CacheInvalidateRelcacheByRelid(lfirst_oid(cell));
		affected = list_concat_unique_oid(affected, parents_of(lfirst_oid(cell)));
	}
}

static void
relcache_callback(Datum argument, Oid relation)
{
	registry_stale = true;
	registry_changes++;
}

void
registry_init(void)
{
	invalidation_call(relcache_callback);
}
