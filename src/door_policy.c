/*
 * door_policy.c
 *		Doors on the policy itself: who may change labels, the functions that
 *		mask, the extension, and the catalogs all of it is kept in.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "parser/parsetree.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "decision.h"
#include "door.h"
#include "guard_storage.h"
#include "identity.h"
#include "label.h"

/* A member for himself: a superuser, who has everybody's rights, is not one by that. */
static bool
is_policy_admin(void)
{
	Oid			admin = get_role_oid("pdauth_policy_admin", true);

	return OidIsValid(admin) && has_privs_of_role(GetUserId(), admin) &&
		list_member_oid(identity_inherited_roles(GetOuterUserId()), admin);
}

void
door_require_policy_admin(const char *what)
{
	if (!is_policy_admin())
		decision_require_break_glass_or(what,
										gettext_noop("Only members of pdauth_policy_admin change it, and a superuser is none by that alone."),
										gettext_noop("SET ROLE pdauth_policy_admin, which a superuser or a member can do; for a repair a superuser can set pdauth.break_glass to the reason. Both are recorded."));
}

/*
 * A first label protects, so a superuser who sets pdauth up may give it.  To
 * change or drop one can open what it protects.
 */
void
door_label(const ObjectAddress *object, const char *label)
{
	const char *old = GetSecurityLabel(object, PDAUTH_LABEL_PROVIDER);

	if (is_policy_admin() || (superuser() && old == NULL))
		return;
	if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only members of pdauth_policy_admin may set pdauth labels"),
				 errdetail("Owning the table is not enough: whoever keeps the data does not also decide who sees it."),
				 errhint("Ask a superuser to GRANT pdauth_policy_admin TO the role that keeps the policy.")));
	if (label == NULL || strcmp(old, label) != 0)
		door_require_policy_admin(psprintf(_("the pdauth label of %s"), get_rel_name(object->objectId)));
}

typedef bool (*label_visitor) (const FormData_pg_seclabel *label, const char *text, const void *argument);

/* Does the visitor say yes to one of our labels in this database? */
static bool
some_label(label_visitor visit, const void *argument)
{
	Relation	labels = table_open(SecLabelRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(labels, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	bool		found = false;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		is_null;
		Datum		provider = heap_getattr(tuple, Anum_pg_seclabel_provider, RelationGetDescr(labels), &is_null);
		Datum		content = heap_getattr(tuple, Anum_pg_seclabel_label, RelationGetDescr(labels), &is_null);

		if (strcmp(TextDatumGetCString(provider), PDAUTH_LABEL_PROVIDER) == 0)
			found = visit((FormData_pg_seclabel *) GETSTRUCT(tuple), TextDatumGetCString(content), argument);
	}
	systable_endscan(scan);
	table_close(labels, AccessShareLock);
	return found;
}

static bool
any_label(const FormData_pg_seclabel *label, const char *text, const void *argument)
{
	return true;
}

bool
door_any_label(void)
{
	return some_label(any_label, NULL);
}

/* Is the labelled table, or a partition or child of it, in the schema? */
static bool
label_in_schema(const FormData_pg_seclabel *label, const char *text, const void *argument)
{
	ListCell   *cell;

	if (label->classoid != RelationRelationId || label->objsubid != 0)
		return false;
	foreach(cell, find_all_inheritors(label->objoid, NoLock, NULL))
	{
		if (get_rel_namespace(lfirst_oid(cell)) == *(const Oid *) argument)
			return true;
	}
	return false;
}

bool
door_any_label_in_schema(Oid schema)
{
	return some_label(label_in_schema, &schema);
}

static bool is_made_of(Oid type, Oid part);

static bool
has_column_made_of(Oid relation, Oid part)
{
	for (AttrNumber i = 1; get_attname(relation, i, true) != NULL; i++)
	{
		Oid			type = get_atttype(relation, i);

		if (OidIsValid(type) && is_made_of(type, part))
			return true;
	}
	return false;
}

static Oid
underlying_type(Oid domain)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(domain));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* A constraint of a domain is checked wherever values are made of it (get_rels_with_domain() of typecmds.c). */
static bool
is_made_of(Oid type, Oid part)
{
	check_stack_depth();
	if (type == part)
		return true;
	switch (get_typtype(type))
	{
		case TYPTYPE_DOMAIN:
			return is_made_of(underlying_type(type), part);
		case TYPTYPE_COMPOSITE:
			return has_column_made_of(get_typ_typrelid(type), part);
		case TYPTYPE_RANGE:
			return is_made_of(get_range_subtype(type), part);
		case TYPTYPE_MULTIRANGE:
			return is_made_of(get_multirange_range(type), part);
		default:
			return OidIsValid(get_element_type(type)) && is_made_of(get_element_type(type), part);
	}
}

/* Has the labelled table, or a partition or child of it, a column made of the type? */
static bool
label_of_type(const FormData_pg_seclabel *label, const char *text, const void *argument)
{
	ListCell   *cell;

	if (label->classoid != RelationRelationId || label->objsubid != 0)
		return false;
	foreach(cell, find_all_inheritors(label->objoid, NoLock, NULL))
	{
		if (has_column_made_of(lfirst_oid(cell), *(const Oid *) argument))
			door_require_custodian(lfirst_oid(cell), "a constraint of its domain");
	}
	return false;
}

void
door_domain(const AlterDomainStmt *statement)
{
	Oid			domain;

	/* C: ADD CONSTRAINT, V: VALIDATE, O: SET NOT NULL; all look at the stored rows */
	if (strchr("CVO", statement->subtype) == NULL)
		return;
	domain = typenameTypeId(NULL, makeTypeNameFromNameList(statement->typeName));
	(void) some_label(label_of_type, &domain);
}

typedef struct MaskFunction
{
	Oid			function;
	const char *name;
} MaskFunction;

static bool
is_function(Oid function, void *context)
{
	return function == *(Oid *) context;
}

static bool
calls_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_function, context) ||
		expression_tree_walker(node, calls_function, context);
}

static bool
label_calls(const FormData_pg_seclabel *label, const char *text, const void *argument)
{
	const MaskFunction *function = argument;
	const ProtectedRelation *relation;

	/* the name in the text saves parsing most labels */
	if (label->objsubid <= 0 || strstr(text, function->name) == NULL ||
		(relation = registry_lookup(label->objoid)) == NULL || label->objsubid > relation->column_count)
		return false;
	return calls_function(relation->columns[label->objsubid - 1].mask, unconstify(Oid *, &function->function));
}

/* Whoever replaces a function that masks decides what is shown. */
static void
check_mask_function(Oid function)
{
	MaskFunction search = {function, get_func_name(function)};

	if (search.name == NULL || creating_extension || is_policy_admin() || !some_label(label_calls, &search))
		return;
	door_require_policy_admin(psprintf(_("function %s, which masks protected columns,"), search.name));
}

/* The view (or table) of a rule, which is perhaps not committed yet. */
static Oid
rule_relation(Oid rule)
{
	Relation	rules = table_open(RewriteRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			relation = InvalidOid;

	ScanKeyInit(&key, Anum_pg_rewrite_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(rule));
	scan = systable_beginscan(rules, RewriteOidIndexId, true, SnapshotSelf, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		relation = ((Form_pg_rewrite) GETSTRUCT(tuple))->ev_class;
	systable_endscan(scan);
	table_close(rules, AccessShareLock);
	return relation;
}

/*
 * Whoever replaces a function, a view or a rule of the extension decides what
 * it refuses, shows and records.
 */
static void
check_own_code(Oid class, Oid object)
{
	Oid			member = class == RewriteRelationId ? rule_relation(object) : object;
	Oid			extension;

	if (creating_extension || IsBinaryUpgrade || !OidIsValid(member))
		return;
	extension = getExtensionOfObject(class == RewriteRelationId ? RelationRelationId : class, member);
	if (!OidIsValid(extension) || extension != get_extension_oid("pdauth", true))
		return;
	decision_require_break_glass(class == ProcedureRelationId ? psprintf(_("changing function %s of pdauth"), get_func_name(member)) :
								 psprintf(_("changing a rule of %s of pdauth"), get_rel_name(member)),
								 "The protection and the audit of this database rest on it.");
}

static void
check_extension_drop(Oid extension)
{
	char	   *name = get_extension_name(extension);

	if (name != NULL && strcmp(name, "pdauth") == 0 && door_any_label())
		decision_require_break_glass("dropping the extension pdauth",
									 "Tables of this database are under its protection.");
}

/*
 * One of the same name made later would take its place: filled as its owner
 * likes, it would open every row to licenses for one division.
 */
static void
check_column_drop(Oid table, AttrNumber attribute)
{
	ObjectAddress address = {RelationRelationId, table, 0};
	char	   *text = GetSecurityLabel(&address, PDAUTH_LABEL_PROVIDER);
	TableLabel *label = text ? label_parse_table(text) : NULL;
	char	   *name = label ? get_attname(table, attribute, true) : NULL;

	if (name == NULL ||
		((label->region_column == NULL || strcmp(label->region_column, name) != 0) &&
		 (label->subject_column == NULL || strcmp(label->subject_column, name) != 0)))
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("column \"%s\" of \"%s\" is named by the pdauth label of the table", name, get_rel_name(table)),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("First have a member of pdauth_policy_admin give the table a label without it (pdauth.protect()).")));
}

void
door_object_access(ObjectAccessType access, Oid class, Oid object, int sub_object)
{
	if (access == OAT_POST_CREATE || access == OAT_POST_ALTER)
	{
		if (class == ProcedureRelationId)
			check_mask_function(object);
		if (class == ProcedureRelationId || class == RewriteRelationId)
			check_own_code(class, object);
		if (class == ConstraintRelationId && access == OAT_POST_CREATE)
			door_foreign_key(object);
	}
	else if (class == ExtensionRelationId && access == OAT_DROP)
		check_extension_drop(object);
	else if (class == AccessMethodRelationId && access == OAT_DROP)
		guard_storage_release(object);
	else if (class == RelationRelationId && access == OAT_DROP && sub_object > 0)
		check_column_drop(object, (AttrNumber) sub_object);
}

/*
 * The catalogs hold labels, policies, functions and memberships; changed by
 * hand they say whatever a superuser likes.
 */
void
door_catalog_write(const PlannedStmt *plan)
{
	ListCell   *cell;

	if (creating_extension || IsBinaryUpgrade)
		return;
	foreach(cell, plan->resultRelations)
	{
		RangeTblEntry *entry = rt_fetch(lfirst_int(cell), plan->rtable);

		if (entry->rtekind == RTE_RELATION && IsCatalogRelationOid(entry->relid) &&
			entry->relid != LargeObjectRelationId && OidIsValid(pdauth_relation_oid("license")))
			decision_require_break_glass(psprintf(_("changing %s by hand"), get_rel_name(entry->relid)),
										 "The protection of this database rests on its catalogs.");
	}
}
