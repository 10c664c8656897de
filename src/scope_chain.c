/*
 * scope_chain.c
 *		Constraint triggers that keep a child's scope within its parent's:
 *		product within request within agreement within plan within catalogue.
 *
 * Both sides are checked, each under locks that the other side's change
 * conflicts with.  The child reads its parent FOR SHARE: a change of the parent
 * has to wait, or the child waits for it and sees the new scope.  (FOR KEY
 * SHARE would not do, it lets non-key columns change.)  The parent's check
 * looks for children with the latest snapshot also under REPEATABLE READ, where
 * the transaction's own snapshot is blind to children committed since; this and
 * running each query as the owner of the table it reads, without row security,
 * follow ri_PerformCheck in PostgreSQL's ri_triggers.c.
 *
 * A foreign key beside the chain keeps the parent's key unique and both tables
 * in place: add_scope_chain() asks for one.
 *
 * The other table is the one that CREATE CONSTRAINT TRIGGER names after FROM:
 * a reference by OID, so that it survives renames.  Arguments of both triggers:
 *
 *		child_reference, child_scope, parent_key, parent_scope, rule
 *		[, parent_negative]
 */
#include "pdauth.h"

#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/acl.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/ruleutils.h"
#include "utils/snapmgr.h"

#include "exempt_query.h"
#include "registry.h"
#include "rule.h"
#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_scope_within_parent);
PG_FUNCTION_INFO_V1(pdauth_scope_covers_children);

#define ARGUMENTS 5
#define ARGUMENTS_WITH_NEGATIVE 6
#define MAX_PARAMETERS 3

/* One firing of a trigger. */
typedef struct ScopeChain
{
	TriggerData *trigger;
	Relation	other;			/* parent or child, whichever has not the trigger */
	const char *child_reference;
	const char *child_scope;
	const char *parent_key;
	const char *parent_scope;
	const char *parent_negative;	/* or NULL */
	PdauthRule	rule;
} ScopeChain;

typedef enum ChainQuery
{
	CHAIN_READ_PARENT,
	CHAIN_FIND_OUTSIDE,			/* a child outside the parent's new scope */
	CHAIN_FIND_ORPHAN			/* a child of a key that is gone */
} ChainQuery;

typedef struct PlanKey
{
	Oid			trigger;
	Oid			other;
	int			query;
} PlanKey;

typedef struct PlanEntry
{
	PlanKey		key;
	SPIPlanPtr	plan;
} PlanEntry;

static HTAB *plans = NULL;

/* ---- arguments ---- */

static void
check_fired_as_trigger(FunctionCallInfo fcinfo)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_AFTER(trigger->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("scope chain functions work only as AFTER ROW constraint triggers"),
				 errhint("Use pdauth.add_scope_chain() to create them.")));
}

static void
chain_begin(ScopeChain *chain, FunctionCallInfo fcinfo)
{
	Trigger    *trigger;

	check_fired_as_trigger(fcinfo);
	chain->trigger = (TriggerData *) fcinfo->context;
	trigger = chain->trigger->tg_trigger;
	if ((trigger->tgnargs != ARGUMENTS && trigger->tgnargs != ARGUMENTS_WITH_NEGATIVE) ||
		!OidIsValid(trigger->tgconstrrelid) || !pdauth_rule_by_id(trigger->tgargs[4], &chain->rule))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" on \"%s\" is not a valid scope chain",
						trigger->tgname, RelationGetRelationName(chain->trigger->tg_relation)),
				 errhint("Use pdauth.add_scope_chain() to create it.")));
	chain->child_reference = trigger->tgargs[0];
	chain->child_scope = trigger->tgargs[1];
	chain->parent_key = trigger->tgargs[2];
	chain->parent_scope = trigger->tgargs[3];
	chain->parent_negative = trigger->tgnargs == ARGUMENTS_WITH_NEGATIVE ? trigger->tgargs[5] : NULL;
	/* the query will lock it, too, but as a name must not change before that */
	chain->other = table_open(trigger->tgconstrrelid, AccessShareLock);
	if (chain->other->rd_rel->relkind != RELKIND_RELATION && chain->other->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", RelationGetRelationName(chain->other))));
	SPI_connect();
}

static Datum
chain_end(ScopeChain *chain)
{
	SPI_finish();
	table_close(chain->other, AccessShareLock);
	return PointerGetDatum(NULL);
}

static Datum
column_value(ScopeChain *chain, TupleTableSlot *slot, const char *name, bool *isnull)
{
	int			number = SPI_fnumber(RelationGetDescr(chain->trigger->tg_relation), name);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of \"%s\" does not exist", name,
						RelationGetRelationName(chain->trigger->tg_relation)),
				 errhint("The scope chain has to be made again after its columns are renamed.")));
	return slot_getattr(slot, number, isnull);
}

static Oid
column_type(ScopeChain *chain, const char *name)
{
	TupleDesc	row = RelationGetDescr(chain->trigger->tg_relation);

	return SPI_gettypeid(row, SPI_fnumber(row, name));
}

/*
 * As in RI_FKey_check: the row may be gone, or changed again, when a deferred
 * trigger fires; a change has an event of its own.
 */
static bool
row_is_live(ScopeChain *chain, TupleTableSlot *slot)
{
	return table_tuple_satisfies_snapshot(chain->trigger->tg_relation, slot, SnapshotSelf);
}

/* ---- queries ---- */

/*
 * The parent's key is unique under its own collation, so keys are compared by
 * that, whatever collation the child's column has (ri_GenerateQualCollation()
 * of ri_triggers.c).
 */
static const char *
key_collation(ScopeChain *chain, ChainQuery query)
{
	Relation	parent = query == CHAIN_READ_PARENT ? chain->other : chain->trigger->tg_relation;
	TupleDesc	row = RelationGetDescr(parent);
	int			number = SPI_fnumber(row, chain->parent_key);
	Oid			collation = number > 0 ? TupleDescAttr(row, number - 1)->attcollation : InvalidOid;

	return OidIsValid(collation) ? psprintf(" COLLATE %s", generate_collation_name(collation)) : "";
}

static char *
query_text(ScopeChain *chain, ChainQuery query)
{
	char	   *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(chain->other)),
												   RelationGetRelationName(chain->other));
	StringInfoData text;

	initStringInfo(&text);
	if (query == CHAIN_READ_PARENT)
		appendStringInfo(&text, "SELECT %s, %s FROM ONLY %s AS other WHERE %s OPERATOR(pg_catalog.=) $1%s FOR SHARE",
						 quote_identifier(chain->parent_scope),
						 chain->parent_negative != NULL ? quote_identifier(chain->parent_negative) : "NULL",
						 table, quote_identifier(chain->parent_key), key_collation(chain, query));
	else
		appendStringInfo(&text, "SELECT %s FROM %s AS other WHERE %s OPERATOR(pg_catalog.=) $1%s",
						 quote_identifier(chain->child_scope), table, quote_identifier(chain->child_reference),
						 key_collation(chain, query));
	if (query == CHAIN_FIND_OUTSIDE)
		appendStringInfo(&text, " AND (NOT $2 OPERATOR(%s.@>) %s OR %s OPERATOR(%s.&&) $3)",
						 PDAUTH_SCHEMA, quote_identifier(chain->child_scope),
						 quote_identifier(chain->child_scope), PDAUTH_SCHEMA);
	return text.data;
}

static SPIPlanPtr
prepare(ScopeChain *chain, ChainQuery query)
{
	Oid			scope = column_type(chain, query == CHAIN_READ_PARENT ? chain->child_scope : chain->parent_scope);
	Oid			types[MAX_PARAMETERS] = {
		column_type(chain, query == CHAIN_READ_PARENT ? chain->child_reference : chain->parent_key), scope, scope
	};
	SPIPlanPtr	plan = SPI_prepare(query_text(chain, query), query == CHAIN_FIND_OUTSIDE ? 3 : 1, types);

	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	SPI_keepplan(plan);
	return plan;
}

/* A plan is kept by trigger; one that DDL invalidated may hold old names, so it is made again. */
static SPIPlanPtr
plan_of(ScopeChain *chain, ChainQuery query)
{
	PlanKey		key = {chain->trigger->tg_trigger->tgoid, RelationGetRelid(chain->other), query};
	PlanEntry  *entry;
	bool		found;

	if (plans == NULL)
	{
		HASHCTL		control = {0};

		control.keysize = sizeof(PlanKey);
		control.entrysize = sizeof(PlanEntry);
		plans = hash_create("pdauth scope chain plans", 32, &control, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(plans, &key, HASH_ENTER, &found);
	if (!found)
		entry->plan = NULL;
	if (entry->plan != NULL && !SPI_plan_is_valid(entry->plan))
	{
		SPI_freeplan(entry->plan);
		entry->plan = NULL;
	}
	if (entry->plan == NULL)
		entry->plan = prepare(chain, query);
	return entry->plan;
}

/* Runs the query as the owner of the table it reads; returns whether a row was found. */
static bool
run(ScopeChain *chain, ChainQuery query, Datum *values, const char *nulls)
{
	SPIPlanPtr	plan;
	Snapshot	snapshot = InvalidSnapshot;
	Snapshot	crosscheck = InvalidSnapshot;
	Oid			user;
	int			context;
	int			result;

	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(chain->other->rd_rel->relowner,
						   context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
	exempt_scope_chain_begin();
	PG_TRY();
	{
		plan = plan_of(chain, query);
		if (IsolationUsesXactSnapshot() && query != CHAIN_READ_PARENT)
		{
			CommandCounterIncrement();
			snapshot = GetLatestSnapshot();
			crosscheck = GetTransactionSnapshot();
		}
		result = SPI_execute_snapshot(plan, values, nulls, snapshot, crosscheck, false, false, 1);
	}
	PG_FINALLY();
	{
		exempt_scope_chain_end();
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, context);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute_snapshot returned %s", SPI_result_code_string(result));
	return SPI_processed > 0;
}

/* A scope of the row that the query found, or NULL. */
static LicenseScope *
found_scope(int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : DatumGetLicenseScopeP(value);
}

/* ---- refusals ---- */

/*
 * Whether a row that the query found may be spoken of.  As in
 * ri_ReportViolation: not to who could not have read it.
 */
static bool
may_read_other(ScopeChain *chain, const char *column)
{
	Oid			table = RelationGetRelid(chain->other);

	if (check_enable_rls(table, InvalidOid, true) == RLS_ENABLED || registry_lookup(table) != NULL)
		return false;
	return pg_class_aclcheck(table, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck(table, get_attnum(table, column), GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* part is null when it is not for the user to know. */
static void
refuse(ScopeChain *chain, const LicenseScope *part, const char *what, const char *hint)
{
	StringInfoData text;

	initStringInfo(&text);
	if (part != NULL)
		scope_append_text(&text, part);
	ereport(ERROR,
			(pdauth_errcode(chain->rule),
			 errmsg("scope of \"%s\" %s \"%s\"", RelationGetRelationName(chain->trigger->tg_relation), _(what),
					RelationGetRelationName(chain->other)),
			 part != NULL ? pdauth_errdetail_more(chain->rule, "The part at fault: %s.", text.data) :
			 pdauth_errdetail(chain->rule),
			 errhint("%s", _(hint)),
			 errtable(chain->trigger->tg_relation)));
}

static void
refuse_without_parent(ScopeChain *chain, const char *table)
{
	ereport(ERROR,
			(pdauth_errcode(chain->rule),
			 errmsg("a scope in \"%s\" has no row above it in its chain", table),
			 pdauth_errdetail(chain->rule),
			 errhint("End or move the dependent rows first; a new row needs an existing one to refer to."),
			 errtable(chain->trigger->tg_relation)));
}

#define HINT_CHILD gettext_noop("Ask for no more than the instrument above grants, or have that extended first.")
#define HINT_PARENT gettext_noop("Narrow or end the dependent instruments first.")

/* ---- the triggers ---- */

/* On the child, for INSERT and UPDATE. */
Datum
pdauth_scope_within_parent(PG_FUNCTION_ARGS)
{
	ScopeChain	chain;
	TupleTableSlot *row;
	Datum		reference;
	Datum		value;
	LicenseScope *scope;
	LicenseScope *above;
	LicenseScope *negative;
	bool		no_reference;
	bool		no_scope;

	chain_begin(&chain, fcinfo);
	row = TRIGGER_FIRED_BY_UPDATE(chain.trigger->tg_event) ? chain.trigger->tg_newslot : chain.trigger->tg_trigslot;
	if (TRIGGER_FIRED_BY_DELETE(chain.trigger->tg_event) || !row_is_live(&chain, row))
		return chain_end(&chain);
	reference = column_value(&chain, row, chain.child_reference, &no_reference);
	value = column_value(&chain, row, chain.child_scope, &no_scope);
	/* as in a foreign key, null refers to nothing; NOT NULL is the table's matter */
	if (no_reference || no_scope)
		return chain_end(&chain);
	scope = DatumGetLicenseScopeP(value);
	if (!run(&chain, CHAIN_READ_PARENT, &reference, NULL))
		refuse_without_parent(&chain, RelationGetRelationName(chain.trigger->tg_relation));
	above = found_scope(1);
	negative = found_scope(2);
	if (above == NULL)
		refuse(&chain, scope, "exceeds that of", HINT_CHILD);
	if (!scope_contains(above, scope))
		refuse(&chain, scope_missing(scope, above, SCOPE_SOME_PARTS), "exceeds that of", HINT_CHILD);
	if (negative != NULL && scope_overlaps(scope, negative))
		refuse(&chain, scope_meet(scope, negative), "touches the negative list of",
			   "Leave out what the negative list holds.");
	return chain_end(&chain);
}

static LicenseScope *
scope_or_empty(ScopeChain *chain, const char *column)
{
	bool		isnull = true;
	Datum		value = 0;

	if (column != NULL)
		value = column_value(chain, chain->trigger->tg_newslot, column, &isnull);
	return isnull ? scope_builder_union(scope_builder_create()) : DatumGetLicenseScopeP(value);
}

static void
check_children_of_new_row(ScopeChain *chain, Datum key)
{
	LicenseScope *scope = scope_or_empty(chain, chain->parent_scope);
	LicenseScope *negative = scope_or_empty(chain, chain->parent_negative);
	Datum		values[MAX_PARAMETERS] = {key, PointerGetDatum(scope), PointerGetDatum(negative)};
	LicenseScope *child;
	bool		may_tell;

	if (!run(chain, CHAIN_FIND_OUTSIDE, values, NULL))
		return;
	child = found_scope(1);
	may_tell = may_read_other(chain, chain->child_scope);
	if (!scope_contains(scope, child))
		refuse(chain, may_tell ? scope_missing(child, scope, SCOPE_SOME_PARTS) : NULL,
			   "no longer covers that of", HINT_PARENT);
	refuse(chain, may_tell ? scope_meet(child, negative) : NULL, "now excludes part of that of", HINT_PARENT);
}

/* By bytes: keys that differ so and yet are equal cost a query, no more. */
static bool
key_is_unchanged(ScopeChain *chain, Datum old_key, Datum new_key)
{
	TupleDesc	row = RelationGetDescr(chain->trigger->tg_relation);
	Form_pg_attribute column = TupleDescAttr(row, SPI_fnumber(row, chain->parent_key) - 1);

	return datumIsEqual(old_key, new_key, column->attbyval, column->attlen);
}

/* On the parent, for UPDATE and DELETE. */
Datum
pdauth_scope_covers_children(PG_FUNCTION_ARGS)
{
	ScopeChain	chain;
	Datum		old_key;
	Datum		new_key = 0;
	bool		old_null;
	bool		new_null = true;

	chain_begin(&chain, fcinfo);
	old_key = column_value(&chain, chain.trigger->tg_trigslot, chain.parent_key, &old_null);
	if (TRIGGER_FIRED_BY_UPDATE(chain.trigger->tg_event))
	{
		if (!row_is_live(&chain, chain.trigger->tg_newslot))
			return chain_end(&chain);
		new_key = column_value(&chain, chain.trigger->tg_newslot, chain.parent_key, &new_null);
		if (!new_null)
			check_children_of_new_row(&chain, new_key);
	}
	if (!old_null &&
		(new_null || !key_is_unchanged(&chain, old_key, new_key)) &&
		run(&chain, CHAIN_FIND_ORPHAN, &old_key, NULL))
		refuse_without_parent(&chain, RelationGetRelationName(chain.other));
	return chain_end(&chain);
}
