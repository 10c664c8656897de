/*
 * door_table.c
 *		Doors on statements that change a protected table or what hangs on it.
 *
 * What runs an expression or a function of somebody's over the stored rows, or
 * tells a value in an error, is for custodians: they read the rows anyway.
 * What shows nothing stays with the owner.  A partition or child that leaves
 * its tree takes the labels with it, one that joins is guarded.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "commands/seclabel.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_func.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "clock.h"
#include "decision.h"
#include "door.h"
#include "enforce.h"
#include "guard_storage.h"
#include "label.h"

struct DoorState
{
	Oid			leaves;			/* child that may lose its ancestor's label, or InvalidOid */
	Oid			label_of;		/* that ancestor */
	Oid			joins;			/* child that joins a protected tree, or InvalidOid */
	bool		row_security;	/* see to it that row security is still on */
};

void
door_require_custodian(Oid table, const char *what)
{
	const ProtectedRelation *relation = registry_lookup(table);
	Identity	identity = identity_of(InvalidOid);
	const Decision *decision;

	if (relation == NULL)
		return;
	decision = decision_for(relation, &identity);
	if (!decision->may_write)
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
				 errmsg("%s on %s would go around its row filter and masks", _(what), relation->name),
				 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
				 errhint("Have a custodian of its resource do it (pdauth.custodian): the department that holds the data reads it anyway.")));
	decision_record_break_glass(decision, relation);
}

Oid
door_protected(const RangeVar *name)
{
	Oid			relation = name ? RangeVarGetRelid(name, NoLock, true) : InvalidOid;

	return OidIsValid(relation) && registry_covers(relation) ? relation : InvalidOid;
}

/* Does adding this column run something over the rows, or check them? */
static bool
column_looks_at_rows(const ColumnDef *column)
{
	ListCell   *cell;

	foreach(cell, column->constraints)
	{
		switch (lfirst_node(Constraint, cell)->contype)
		{
			case CONSTR_GENERATED:
			case CONSTR_CHECK:
			case CONSTR_UNIQUE:
			case CONSTR_PRIMARY:
			case CONSTR_EXCLUSION:
			case CONSTR_FOREIGN:
				return true;
			default:
				break;
		}
	}
	return false;
}

#if PG_VERSION_NUM >= 180000
/* What becomes ENFORCED, and what children inherit, is checked against the rows that are there. */
static bool
alter_constraint_checks(const ATAlterConstraint *alter)
{
	return (alter->alterEnforceability && alter->is_enforced) || (alter->alterInheritability && !alter->noinherit);
}
#endif

/* What the sub-command is called where it looks at rows; NULL where it does not. */
static const char *
looks_at_rows(const AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_AlterColumnType:
			return "ALTER COLUMN TYPE";
		case AT_ClusterOn:
			return "CLUSTER";
		case AT_AddConstraint:
		case AT_SetNotNull:
		case AT_ValidateConstraint:
		case AT_AddIndex:
		case AT_AddIndexConstraint:
			return gettext_noop("a constraint");
		case AT_AddColumn:
			return column_looks_at_rows((ColumnDef *) command->def) ? "a column made from others" : NULL;
#if PG_VERSION_NUM >= 180000
		case AT_AlterConstraint:
			return alter_constraint_checks((const ATAlterConstraint *) command->def) ? gettext_noop("a constraint") : NULL;
#endif
#if PG_VERSION_NUM >= 170000
		case AT_SetExpression:
			return gettext_noop("a column made from others");
#endif
		case AT_EnableRule:
		case AT_EnableAlwaysRule:
		case AT_EnableReplicaRule:
			return gettext_noop("a rule");
		default:
			return NULL;
	}
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static char *
label_of(Oid relation, AttrNumber attribute)
{
	ObjectAddress object = {RelationRelationId, relation, attribute};

	return GetSecurityLabel(&object, PDAUTH_LABEL_PROVIDER);
}

static void
set_label(Oid relation, AttrNumber attribute, const char *label)
{
	ObjectAddress object = {RelationRelationId, relation, attribute};

	SetSecurityLabel(&object, PDAUTH_LABEL_PROVIDER, label);
}

/* Calls back for each column of the child with its own and the parent's label of that name. */
typedef bool (*column_visitor) (Oid child, AttrNumber attribute, const char *own, const char *parents);

static bool
for_each_column(Oid child, Oid parent, column_visitor visit)
{
	Relation	relation = relation_open(child, AccessShareLock);
	TupleDesc	descriptor = RelationGetDescr(relation);
	bool		result = true;

	for (int i = 0; i < descriptor->natts && result; i++)
	{
		AttrNumber	at_parent;

		if (TupleDescAttr(descriptor, i)->attisdropped)
			continue;
		at_parent = get_attnum(parent, NameStr(TupleDescAttr(descriptor, i)->attname));
		result = visit(child, i + 1, label_of(child, i + 1),
					   at_parent > 0 ? label_of(parent, at_parent) : NULL);
	}
	relation_close(relation, AccessShareLock);
	return result;
}

static bool
column_label_is_same(Oid child, AttrNumber attribute, const char *own, const char *parents)
{
	return same_text(own, parents);
}

static bool
drop_column_label(Oid child, AttrNumber attribute, const char *own, const char *parents)
{
	if (own != NULL)
		set_label(child, attribute, NULL);
	return true;
}

static bool
copy_column_label(Oid child, AttrNumber attribute, const char *own, const char *parents)
{
	if (parents != NULL)
		set_label(child, attribute, parents);
	return true;
}

static void
invalidate(Oid relid)
{
	Relation	relation = relation_open(relid, AccessShareLock);

	registry_invalidate_tree(relation);
	relation_close(relation, NoLock);
}

/*
 * A table with labels of its own comes under a parent: fine if the parent's say
 * the same, as for a partition that was detached before.  Then its own go.
 */
static void
join_labelled(Oid child, Oid parent)
{
	Oid			source = registry_label_source(parent);

	if (OidIsValid(source) && same_text(label_of(child, 0), label_of(source, 0)) &&
		for_each_column(child, source, column_label_is_same))
	{
		(void) for_each_column(child, source, drop_column_label);
		set_label(child, 0, NULL);
		invalidate(child);
		return;
	}
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("the labels of \"%s\" and \"%s\" do not agree", get_rel_name(child), get_rel_name(parent)),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("One label at the top covers a tree: have a member of pdauth_policy_admin give the parent the same labels first.")));
}

static void
prepare_join(DoorState *state, Oid child, Oid parent)
{
	if (!OidIsValid(child) || !OidIsValid(parent))
		return;
	if (registry_is_labelled(child))
		join_labelled(child, parent);
	else if (registry_covers(child) && !OidIsValid(registry_label_source(parent)))
		join_labelled(child, parent);
	if (OidIsValid(registry_label_source(parent)))
		state->joins = child;
}

/* The rows of a default partition are compared with the bounds of each new one, and an error tells. */
static void
require_blind_bounds(Oid parent)
{
	if (OidIsValid(parent) && OidIsValid(get_default_partition_oid(parent)) && registry_covers(parent))
		door_require_custodian(parent, "a partition beside the default one");
}

/* So are the rows of what is attached, by the parent's partition key: anybody's function perhaps. */
static void
before_attach(DoorState *state, Oid child, Oid parent)
{
	require_blind_bounds(parent);
	if (OidIsValid(child) && registry_covers(child))
		door_require_custodian(child, "ATTACH PARTITION");
	prepare_join(state, child, parent);
}

static void
prepare_leave(DoorState *state, Oid child, bool concurrent)
{
	Oid			source = OidIsValid(child) ? registry_label_source(child) : InvalidOid;

	if (!OidIsValid(source) || source == child)
		return;
	if (concurrent)
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
				 errmsg("DETACH PARTITION CONCURRENTLY would leave \"%s\" without protection for a moment",
						get_rel_name(child)),
				 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
				 errhint("Use DETACH PARTITION without CONCURRENTLY: the partition then keeps its labels.")));
	state->leaves = child;
	state->label_of = source;
}

static void
refuse_other_storage(Oid table)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("the access method of %s keeps it closed when the library is not loaded", get_rel_name(table)),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("Where that is meant to end, a policy administrator calls pdauth.guard_storage('%s', false): nothing is rewritten.",
					 get_rel_name(table))));
}

static void
before_alter_command(DoorState *state, const AlterTableCmd *command, Oid table)
{
	const char *what = looks_at_rows(command);

	if (what != NULL && registry_covers(table))
		door_require_custodian(table, what);
	switch (command->subtype)
	{
		case AT_AttachPartition:
			before_attach(state, RangeVarGetRelid(((PartitionCmd *) command->def)->name, NoLock, true), table);
			break;
		case AT_AddInherit:
			prepare_join(state, table, RangeVarGetRelid((RangeVar *) command->def, NoLock, true));
			break;
		case AT_DetachPartition:
			prepare_leave(state, RangeVarGetRelid(((PartitionCmd *) command->def)->name, NoLock, true),
						  ((PartitionCmd *) command->def)->concurrent);
			break;
		case AT_DropInherit:
			prepare_leave(state, table, false);
			break;
		case AT_SetAccessMethod:
			if (guard_storage_has(table))
				refuse_other_storage(table);
			break;
		case AT_DisableRowSecurity:
		case AT_NoForceRowSecurity:
			state->row_security = true;
			break;
		default:
			break;
	}
}

/* The tables that are made OF a composite type and altered with it. */
static List *
typed_tables(Oid type)
{
	Relation	classes = table_open(RelationRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *tables = NIL;

	ScanKeyInit(&key, Anum_pg_class_reloftype, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
	scan = systable_beginscan(classes, InvalidOid, false, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		tables = lappend_oid(tables, ((Form_pg_class) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(classes, AccessShareLock);
	return tables;
}

/* ALTER TABLE by whatever name: FOREIGN TABLE, MATERIALIZED VIEW, TYPE. */
static void
before_alter_table(DoorState *state, const AlterTableStmt *statement)
{
	Oid			relation = RangeVarGetRelid(statement->relation, NoLock, true);
	List	   *tables;
	ListCell   *table,
			   *command;

	if (!OidIsValid(relation))
		return;
	tables = statement->objtype == OBJECT_TYPE ? typed_tables(get_rel_type_id(relation)) : list_make1_oid(relation);
	foreach(table, tables)
		foreach(command, statement->cmds)
			before_alter_command(state, lfirst_node(AlterTableCmd, command), lfirst_oid(table));
}

static void
before_create(const CreateStmt *statement)
{
	if (statement->partbound != NULL)
		require_blind_bounds(RangeVarGetRelid(linitial_node(RangeVar, statement->inhRelations), NoLock, true));
}

/* A function sees the rows it is called with; one of the extension's own keeps them to itself. */
static void
require_trusted_function(Oid table, Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Identity	identity = identity_of(InvalidOid);
	const ProtectedRelation *relation;
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return;					/* core says what is wrong */
	owner = ((Form_pg_proc) GETSTRUCT(tuple))->proowner;
	ReleaseSysCache(tuple);
	relation = registry_lookup(table);
	if (superuser_arg(owner) || decision_break_glass(&identity) || relation == NULL || relation->resource == NULL ||
		decision_role_access(owner, relation, clock_today(), NULL)->custodian)
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("the trigger function would show rows of %s to its owner, who is no custodian", relation->name),
			 pdauth_errdetail(PDAUTH_RULE_NO_BYPASS),
			 errhint("Use a function that a custodian of resource %s owns and has read.", relation->resource)));
}

static void
before_trigger(const CreateTrigStmt *statement)
{
	Oid			table = door_protected(statement->relation);
	Oid			function;

	if (!OidIsValid(table))
		return;
	function = LookupFuncName(statement->funcname, 0, NULL, true);
	if (OidIsValid(function) && get_func_namespace(function) == get_namespace_oid(PDAUTH_SCHEMA, true))
		return;
	door_require_custodian(table, "a trigger");
	require_trusted_function(table, function);
}

/* Does it compute something of the rows, or compare them by functions that do not come with PostgreSQL? */
static bool
index_column_looks(const IndexElem *column, Oid table, const char *method)
{
	Oid			access_method = get_index_am_oid(method, true);
	AttrNumber	attribute = column->name != NULL ? get_attnum(table, column->name) : InvalidAttrNumber;

	if (column->expr != NULL)
		return true;
	return attribute != InvalidAttrNumber && OidIsValid(access_method) &&
		ResolveOpClass(column->opclass, get_atttype(table, attribute), method, access_method) >= FirstNormalObjectId;
}

static void
before_index(const IndexStmt *statement)
{
	Oid			table = door_protected(statement->relation);
	bool		looks = statement->unique || statement->whereClause || statement->excludeOpNames;
	ListCell   *cell;

	if (!OidIsValid(table))
		return;
	foreach(cell, statement->indexParams)
		looks |= index_column_looks(lfirst_node(IndexElem, cell), table, statement->accessMethod);
	if (looks)
		door_require_custodian(table, "an index that computes or checks values");
}

/* The order of an index, which may be on a masked column, becomes that of the rows. */
static void
before_cluster(const ClusterStmt *statement)
{
	Oid			table = door_protected(statement->relation);

	if (OidIsValid(table))
		door_require_custodian(table, "CLUSTER");
}

static void
before_statistics(const CreateStatsStmt *statement)
{
	ListCell   *cell;

	foreach(cell, statement->relations)
	{
		Oid			table = IsA(lfirst(cell), RangeVar) ? door_protected(lfirst(cell)) : InvalidOid;

		if (OidIsValid(table))
			door_require_custodian(table, "CREATE STATISTICS");
	}
}

/*
 * A foreign key from another table, just made: it tells whether a row is there,
 * licensed or not, and ON UPDATE CASCADE hands on the new key.  Its copies for
 * partitions follow it.
 */
void
door_foreign_key(Oid constraint)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			referenced = InvalidOid;

	ScanKeyInit(&key, Anum_pg_constraint_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(constraint));
	scan = systable_beginscan(constraints, ConstraintOidIndexId, true, SnapshotSelf, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);

		if (form->contype == CONSTRAINT_FOREIGN && !OidIsValid(form->conparentid))
			referenced = form->confrelid;
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);
	if (OidIsValid(referenced) && registry_covers(referenced))
		door_require_custodian(referenced, "a foreign key based");
}

/* Is it a policy of ours, one whose condition is the guard? */
static bool
policy_is_guard(Oid table, const char *name)
{
	Relation	policies = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		result = false;

	ScanKeyInit(&keys[0], Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(table));
	ScanKeyInit(&keys[1], Anum_pg_policy_polname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name));
	scan = systable_beginscan(policies, PolicyPolrelidPolnameIndexId, true, NULL, 2, keys);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		is_null;
		Datum		condition = heap_getattr(tuple, Anum_pg_policy_polqual, RelationGetDescr(policies), &is_null);

		result = !is_null && guard_is(stringToNode(TextDatumGetCString(condition)));
	}
	systable_endscan(scan);
	table_close(policies, AccessShareLock);
	return result;
}

static void
change_policy(const RangeVar *table_name, const char *policy)
{
	Oid			table = door_protected(table_name);

	if (!OidIsValid(table))
		return;
	if (policy != NULL && policy_is_guard(table, policy))
		door_require_policy_admin(psprintf(_("the guard policy of %s"), get_rel_name(table)));
	else
		door_require_custodian(table, "a policy");
}

/* Not only refuse it without break-glass (door_policy.c): with it, no table may go along. */
static void
before_drop_extension(const DropStmt *statement)
{
	ListCell   *cell;

	foreach(cell, statement->objects)
	{
		Oid			extension = get_extension_oid(strVal(lfirst(cell)), true);

		if (strcmp(strVal(lfirst(cell)), "pdauth") != 0 || !OidIsValid(extension))
			continue;
		door_object_access(OAT_DROP, ExtensionRelationId, extension, 0);
		if (compat_owns_extension(extension, GetUserId()))
			guard_storage_release_all();
	}
}

static void
before_drop(const DropStmt *statement)
{
	ListCell   *cell;

	if (statement->removeType == OBJECT_EXTENSION)
		before_drop_extension(statement);
	if (statement->removeType != OBJECT_POLICY)
		return;
	foreach(cell, statement->objects)
	{
		List	   *name = lfirst(cell);

		if (list_length(name) > 1)
			change_policy(makeRangeVarFromNameList(list_truncate(list_copy(name), list_length(name) - 1)),
						  strVal(llast(name)));
	}
}

/*
 * A new partition or child of a protected table: guard it, too.  Not where the
 * table itself has no guard yet: then a dump is being restored, which brings
 * labels and partitions first and the policies of all of them last.
 */
static void
guard_tree(Oid root)
{
	ListCell   *cell;

	if (!policy_is_guard(registry_label_source(root), "pdauth_guard"))
		return;
	foreach(cell, find_all_inheritors(root, NoLock, NULL))
	{
		char		kind = get_rel_relkind(lfirst_oid(cell));

		if (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE)
			guard_table(lfirst_oid(cell));
	}
}

static void
after_create(const CreateStmt *statement)
{
	Oid			table = statement->inhRelations != NIL ? door_protected(statement->relation) : InvalidOid;

	Oid			source = OidIsValid(table) ? registry_label_source(table) : InvalidOid;

	if (!OidIsValid(source))
		return;
	guard_tree(table);
	if (get_rel_namespace(table) != get_rel_namespace(source))
		door_enters_schema(table, get_rel_namespace(table));
}

DoorState *
door_table_before(Node *statement)
{
	DoorState  *state = palloc0(sizeof(DoorState));

	switch (nodeTag(statement))
	{
		case T_AlterTableStmt:
			before_alter_table(state, (AlterTableStmt *) statement);
			break;
		case T_CreateStmt:
			before_create((CreateStmt *) statement);
			break;
		case T_CreateForeignTableStmt:
			before_create(&((CreateForeignTableStmt *) statement)->base);
			break;
		case T_CreateTrigStmt:
			before_trigger((CreateTrigStmt *) statement);
			break;
		case T_RuleStmt:
			{
				Oid			table = door_protected(((RuleStmt *) statement)->relation);

				if (OidIsValid(table))
					door_require_custodian(table, "a rule");
				break;
			}
		case T_IndexStmt:
			before_index((IndexStmt *) statement);
			break;
		case T_ClusterStmt:
			before_cluster((ClusterStmt *) statement);
			break;
		case T_CreateStatsStmt:
			before_statistics((CreateStatsStmt *) statement);
			break;
		case T_CreatePolicyStmt:
			change_policy(((CreatePolicyStmt *) statement)->table, NULL);
			break;
		case T_AlterPolicyStmt:
			change_policy(((AlterPolicyStmt *) statement)->table, ((AlterPolicyStmt *) statement)->policy_name);
			break;
		case T_DropStmt:
			before_drop((DropStmt *) statement);
			break;
		default:
			break;
	}
	return state;
}

static bool
row_security_forced(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	bool		result = HeapTupleIsValid(tuple) && ((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity &&
		((Form_pg_class) GETSTRUCT(tuple))->relforcerowsecurity;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return result;
}

/* Under the lock the statement took, so that no name can have changed its meaning. */
static void
after_alter_table(const AlterTableStmt *statement, const DoorState *state)
{
	Oid			table;

	CommandCounterIncrement();
	if (OidIsValid(state->leaves) && OidIsValid(state->label_of))
	{
		set_label(state->leaves, 0, label_of(state->label_of, 0));
		(void) for_each_column(state->leaves, state->label_of, copy_column_label);
		invalidate(state->leaves);
	}
	if (OidIsValid(state->joins))
		guard_tree(state->joins);
	if (!state->row_security || !OidIsValid(table = door_protected(statement->relation)))
		return;
	if (!row_security_forced(table))
		decision_require_break_glass(psprintf(_("row security of %s"), get_rel_name(table)),
									 "Row security keeps the table closed when the library is not loaded.");
}

void
door_table_after(Node *statement, DoorState *state)
{
	if (IsA(statement, AlterTableStmt))
		after_alter_table((AlterTableStmt *) statement, state);
	else if (IsA(statement, CreateStmt))
		after_create((CreateStmt *) statement);
}
