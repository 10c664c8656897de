/*
 * audit_used.c
 *		Works out what a statement uses, as the JSON that its record keeps.
 *
 * Names only: of relations, columns, roles; numbers of licenses.  Never a
 * value and never the text of the statement, whose literals are values.
 */
#include "pdauth.h"

#include "access/sysattr.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "audit_used.h"
#include "clock.h"
#include "decision.h"
#include "license.h"

#define REMEMBERED 256

static void
append_name_list(StringInfo json, const char *key, const List *names)
{
	ListCell   *cell;

	if (names == NIL)
		return;
	appendStringInfo(json, ", \"%s\": [", key);
	foreach(cell, names)
	{
		if (json->data[json->len - 1] != '[')
			appendStringInfoString(json, ", ");
		escape_json(json, lfirst(cell));
	}
	appendStringInfoChar(json, ']');
}

/* Columns of a relation by the permissions the plan asks for. */
static Bitmapset *
used_columns(const PlannedStmt *plan, Oid relation)
{
	Bitmapset  *columns = NULL;
	ListCell   *cell;

	foreach(cell, plan->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		ColumnsUsed used;

		if (entry->rtekind != RTE_RELATION || entry->relid != relation)
			continue;
		used = compat_columns_used(plan, entry);
		columns = bms_add_members(columns, used.selected);
		columns = bms_add_members(columns, used.inserted);
		columns = bms_add_members(columns, used.updated);
	}
	return columns;
}

static void
append_columns(StringInfo json, const Bitmapset *columns, const ProtectedRelation *relation,
			   const Decision *decision)
{
	List	   *names = NIL;
	List	   *masked = NIL;
	bool		all = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, columns);

	for (int i = 0; i < relation->column_count; i++)
	{
		char	   *name = relation->columns[i].name;

		if (name == NULL || (!all && !bms_is_member(i + 1 - FirstLowInvalidHeapAttributeNumber, columns)))
			continue;
		names = lappend(names, name);
		if (decision != NULL && decision->columns[i].visibility != COLUMN_CLEAR)
			masked = lappend(masked, name);
	}
	append_name_list(json, "columns", names);
	append_name_list(json, "masked", masked);
}

/* Licenses by which the roles read it, and whether one of them keeps it. */
static void
append_licenses(StringInfo json, const ProtectedRelation *relation, const Identity *identity)
{
	StringInfoData numbers;
	List	   *seen = NIL;
	bool		custodian = false;
	ListCell   *cell;

	initStringInfo(&numbers);
	for (int i = 0; i < IDENTITY_ROLES && OidIsValid(identity->roles[i]); i++)
	{
		RoleAccess *access = decision_role_access(identity->roles[i], relation, clock_today(),
												  decision_declared_purpose());

		custodian |= access->custodian;
		if (access->custodian)
			continue;
		foreach(cell, access->licenses)
		{
			if (list_member_ptr(seen, lfirst(cell)))
				continue;
			seen = lappend(seen, lfirst(cell));
			appendStringInfo(&numbers, "%s" INT64_FORMAT, numbers.len ? ", " : "",
							 ((License *) lfirst(cell))->id);
		}
	}
	if (custodian)
		appendStringInfoString(json, ", \"custodian\": true");
	if (numbers.len > 0)
		appendStringInfo(json, ", \"licenses\": [%s]", numbers.data);
}

/* Reads and writes of one relation as one role are one object. */
static const char *
access_of(const PlanTag *tag, const PlanTagItem *item, Bitmapset *columns, const PlannedStmt *plan)
{
	bool		reads = false;
	bool		writes = false;
	ListCell   *cell;

	for (int i = 0; i < tag->count; i++)
	{
		if (tag->items[i].relation != item->relation)
			continue;
		reads |= tag->items[i].kind == PLAN_TAG_READ;
		writes |= tag->items[i].kind == PLAN_TAG_WRITE;
	}
	/* UPDATE ... WHERE and RETURNING read what they write */
	foreach(cell, plan->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		if (entry->rtekind == RTE_RELATION && entry->relid == item->relation)
			reads |= !bms_is_empty(compat_columns_used(plan, entry).selected);
	}
	return writes ? reads ? "read, write" : "write" : "read";
}

static bool
is_first_item(const PlanTag *tag, int index)
{
	for (int i = 0; i < index; i++)
	{
		if (tag->items[i].relation == tag->items[index].relation &&
			(tag->items[i].kind == PLAN_TAG_READ || tag->items[i].kind == PLAN_TAG_WRITE))
			return false;
	}
	return tag->items[index].kind == PLAN_TAG_READ || tag->items[index].kind == PLAN_TAG_WRITE;
}

static void
append_relation(StringInfo json, UsedRelations *used, const PlannedStmt *plan, const PlanTag *tag,
				const PlanTagItem *item)
{
	const ProtectedRelation *relation = registry_lookup(item->relation);
	Identity	identity = identity_of(item->check_as_user);
	const Decision *decision;
	Bitmapset  *columns;

	if (relation == NULL)
		return;
	decision = decision_for(relation, &identity);
	columns = used_columns(plan, item->relation);
	if (!OidIsValid(used->relation))
	{
		used->relation = item->relation;
		used->relation_name = pstrdup(relation->name);
	}
	used->break_glass |= decision->break_glass;
	appendStringInfo(json, "%s{\"relation\": ", json->len > 1 ? ", " : "");
	escape_json(json, relation->name);
	appendStringInfoString(json, ", \"resource\": ");
	if (relation->resource)
		escape_json(json, relation->resource);
	else
		appendStringInfoString(json, "null");
	appendStringInfo(json, ", \"access\": \"%s\"", access_of(tag, item, columns, plan));
	append_columns(json, columns, relation, decision);
	if (OidIsValid(item->check_as_user) && item->check_as_user != GetUserId())
	{
		appendStringInfoString(json, ", \"through\": ");
		escape_json(json, GetUserNameFromId(item->check_as_user, true) ? GetUserNameFromId(item->check_as_user, true) : "");
	}
	if (decision->break_glass)
		appendStringInfoString(json, ", \"break_glass\": true");
	else
		append_licenses(json, relation, &identity);
	appendStringInfoChar(json, '}');
}

static UsedRelations *
work_out(const PlannedStmt *plan, const PlanTag *tag)
{
	static uint64 shapes = 0;
	UsedRelations *used = palloc0(sizeof(UsedRelations));
	StringInfoData json;

	used->shape = ++shapes;
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	for (int i = 0; i < tag->count; i++)
	{
		if (is_first_item(tag, i))
			append_relation(&json, used, plan, tag, &tag->items[i]);
	}
	appendStringInfoChar(&json, ']');
	used->json = json.data;
	return used;
}

/* What the answer depends on, besides the state that decision_stamp() numbers. */
typedef struct UsedKey
{
	uint64		query_id;
	uint64		shape;
	uint64		items;
	int64		command;
} UsedKey;

typedef struct UsedEntry
{
	UsedKey		key;
	UsedRelations *used;
} UsedEntry;

static MemoryContext remembered_memory = NULL;
static HTAB *remembered = NULL;
static uint64 remembered_stamp = 0;

static uint64
shape_of(const PlannedStmt *plan)
{
	uint64		shape = 0;
	ListCell   *cell;

	foreach(cell, plan->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);
		ColumnsUsed used;

		if (entry->rtekind != RTE_RELATION)
			continue;
		used = compat_columns_used(plan, entry);
		shape = hash_combine64(shape, entry->relid);
		shape = hash_combine64(shape, bms_hash_value(used.selected));
		shape = hash_combine64(shape, bms_hash_value(used.inserted));
		shape = hash_combine64(shape, bms_hash_value(used.updated));
	}
	return shape;
}

static void
remember_nothing(uint64 stamp)
{
	HASHCTL		control = {0};

	remembered = NULL;
	if (remembered_memory == NULL)
		remembered_memory = AllocSetContextCreate(TopMemoryContext, "pdauth audit used relations", ALLOCSET_DEFAULT_SIZES);
	MemoryContextReset(remembered_memory);
	control.keysize = sizeof(UsedKey);
	control.entrysize = sizeof(UsedEntry);
	control.hcxt = remembered_memory;
	remembered = hash_create("pdauth audit used relations", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	remembered_stamp = stamp;
}

const UsedRelations *
audit_used_by_plan(const PlannedStmt *plan, const PlanTag *tag)
{
	uint64		stamp = decision_stamp();
	UsedKey		key = {plan->queryId, shape_of(plan)};
	UsedEntry  *entry;
	UsedRelations *volatile used = NULL;
	MemoryContext caller;

	key.items = hash_bytes_extended((const unsigned char *) tag->items, sizeof(PlanTagItem) * tag->count, 0);
	key.command = plan->commandType;
	if (remembered == NULL || remembered_stamp != stamp || hash_get_num_entries(remembered) >= REMEMBERED)
		remember_nothing(stamp);
	entry = hash_search(remembered, &key, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->used;
	caller = MemoryContextSwitchTo(remembered_memory);
	license_pin(true);
	PG_TRY();
	{
		used = work_out(plan, tag);
	}
	PG_FINALLY();
	{
		license_pin(false);
		MemoryContextSwitchTo(caller);
	}
	PG_END_TRY();
	entry = hash_search(remembered, &key, HASH_ENTER, NULL);
	entry->used = used;
	return used;
}

/* Relations that a utility statement names, as RangeVars. */
static List *
named_relations(Node *statement)
{
	List	   *names = NIL;
	ListCell   *cell;

	switch (nodeTag(statement))
	{
		case T_CopyStmt:
			return list_make1(((CopyStmt *) statement)->relation);
		case T_TruncateStmt:
			return ((TruncateStmt *) statement)->relations;
		case T_AlterTableStmt:
			return list_make1(((AlterTableStmt *) statement)->relation);
		case T_AlterObjectSchemaStmt:
			return list_make1(((AlterObjectSchemaStmt *) statement)->relation);
		case T_RenameStmt:
			return list_make1(((RenameStmt *) statement)->relation);
		case T_IndexStmt:
			return list_make1(((IndexStmt *) statement)->relation);
		case T_ReindexStmt:
			return list_make1(((ReindexStmt *) statement)->relation);
		case T_CreateTrigStmt:
			return list_make1(((CreateTrigStmt *) statement)->relation);
		case T_RuleStmt:
			return list_make1(((RuleStmt *) statement)->relation);
		case T_CreatePolicyStmt:
			return list_make1(((CreatePolicyStmt *) statement)->table);
		case T_AlterPolicyStmt:
			return list_make1(((AlterPolicyStmt *) statement)->table);
		case T_ClusterStmt:
			return list_make1(((ClusterStmt *) statement)->relation);
		case T_CreateStatsStmt:
			return ((CreateStatsStmt *) statement)->relations;
		case T_LockStmt:
			return ((LockStmt *) statement)->relations;
		case T_VacuumStmt:
			foreach(cell, ((VacuumStmt *) statement)->rels)
				names = lappend(names, lfirst_node(VacuumRelation, cell)->relation);
			return names;
		case T_GrantStmt:
			if (((GrantStmt *) statement)->targtype == ACL_TARGET_OBJECT &&
				((GrantStmt *) statement)->objtype == OBJECT_TABLE)
				return ((GrantStmt *) statement)->objects;
			return NIL;
		case T_DropStmt:
			if (((DropStmt *) statement)->removeType != OBJECT_TABLE)
				return NIL;
			foreach(cell, ((DropStmt *) statement)->objects)
				names = lappend(names, makeRangeVarFromNameList(lfirst_node(List, cell)));
			return names;
		case T_SecLabelStmt:
			return NIL;
		default:
			return NIL;
	}
}

static void
append_named(StringInfo json, UsedRelations *used, const RangeVar *name)
{
	const char *relation;
	Oid			oid;

	/* what does not exist, or may not be looked up, is reported by the statement itself */
	if (name == NULL || !IsA(name, RangeVar) || name->catalogname != NULL ||
		(name->schemaname != NULL && !OidIsValid(get_namespace_oid(name->schemaname, true))))
		return;
	oid = RangeVarGetRelid(name, NoLock, true);
	/* not registry_lookup(): a broken label must not stand in the way of what mends it */
	if (!OidIsValid(oid) || !registry_covers(oid))
		return;
	relation = quote_qualified_identifier(get_namespace_name(get_rel_namespace(oid)), get_rel_name(oid));
	if (!OidIsValid(used->relation))
	{
		used->relation = oid;
		used->relation_name = pstrdup(relation);
	}
	appendStringInfo(json, "%s{\"relation\": ", json->len > 1 ? ", " : "");
	escape_json(json, relation);
	appendStringInfoChar(json, '}');
}

const UsedRelations *
audit_used_by_utility(Node *statement)
{
	UsedRelations *used;
	StringInfoData json;
	List	   *names;
	ListCell   *cell;

	if (!IsTransactionState() || (names = named_relations(statement)) == NIL)
		return NULL;
	used = palloc0(sizeof(UsedRelations));
	initStringInfo(&json);
	appendStringInfoChar(&json, '[');
	foreach(cell, names)
		append_named(&json, used, lfirst(cell));
	appendStringInfoChar(&json, ']');
	used->json = json.data;
	return OidIsValid(used->relation) ? used : NULL;
}
