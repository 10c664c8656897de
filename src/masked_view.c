/*
 * masked_view.c
 *		What the views of pdauth.create_masked_view() call.
 *
 * Such a view belongs to pdauth_masked_view, a role that nobody can be, and
 * shows each row and column by what the reader himself may see.  Where the
 * library is preloaded the planner hook has done that to the table underneath
 * (identity.c leaves the view's owner out), and these functions fold to true
 * while planning.  Where it is not, they take the same decisions
 * (decision.c) while the query runs.
 */
#include "pdauth.h"

#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/seclabel.h"
#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "nodes/makefuncs.h"
#include "nodes/supportnodes.h"
#include "rewrite/rowsecurity.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "decision.h"
#include "observe.h"

PG_FUNCTION_INFO_V1(pdauth_masked_view_support);
PG_FUNCTION_INFO_V1(pdauth_masked_view_opens);
PG_FUNCTION_INFO_V1(pdauth_row_visible);
PG_FUNCTION_INFO_V1(pdauth_column_clear);
PG_FUNCTION_INFO_V1(pdauth_unchecked);
PG_FUNCTION_INFO_V1(pdauth_mask_expression);
PG_FUNCTION_INFO_V1(pdauth_policy_fingerprint);

/* What a call site knows; decision and relation are good while the stamp is the same. */
typedef struct ViewCall
{
	uint64		stamp;			/* 0: not yet decided */
	Oid			relation_oid;
	const ProtectedRelation *relation;
	const Decision *decision;
	int			column;			/* index into their columns; -1: none */
} ViewCall;

static void
refuse_outdated_view(Oid relation)
{
	char	   *name = get_rel_name(relation);

	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
			 errmsg("the masked view is older than the labels of \"%s\"", name ? name : "a dropped table"),
			 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
			 errhint("A member of pdauth_policy_admin makes it anew: SELECT pdauth.create_masked_view(..., replace => true).")));
}

static void
decide(ViewCall *call, Oid relation)
{
	Identity	identity = identity_of(InvalidOid);

	call->stamp = 0;
	call->relation_oid = relation;
	call->column = -1;
	call->relation = registry_lookup(relation);
	/* a view of ours over what is no longer protected shows nothing */
	if (call->relation == NULL)
		refuse_outdated_view(relation);
	call->decision = decision_for(call->relation, &identity);
	decision_require_read(call->decision, call->relation);
	call->stamp = decision_stamp();
}

/* The decision for the first argument, taken anew only when something it rests on has changed. */
static ViewCall *
present_decision(FunctionCallInfo fcinfo)
{
	ViewCall   *call = fcinfo->flinfo->fn_extra;
	Oid			relation = PG_GETARG_OID(0);

	if (call == NULL)
		call = fcinfo->flinfo->fn_extra = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(ViewCall));
	if (call->stamp == 0 || call->relation_oid != relation || call->stamp != decision_stamp())
		decide(call, relation);
	return call;
}

/* The argument is the row's division. */
static bool
lists_cover(const List *region_lists, FunctionCallInfo fcinfo, int argument)
{
	text	   *value = PG_ARGISNULL(argument) ? NULL : PG_GETARG_TEXT_PP(argument);

	return decision_regions_cover(region_lists, value ? VARDATA_ANY(value) : NULL, value ? VARSIZE_ANY_EXHDR(value) : 0);
}

/* The labels and the row type in a form that survives dump and restore. */
static char *
policy_fingerprint(Oid relation_oid)
{
	Relation	relation = relation_open(relation_oid, AccessShareLock);
	TupleDesc	descriptor = RelationGetDescr(relation);
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i <= descriptor->natts; i++)
	{
		ObjectAddress object = {RelationRelationId, relation_oid, i};
		char	   *label = GetSecurityLabel(&object, PDAUTH_LABEL_PROVIDER);
		Form_pg_attribute column = i > 0 ? TupleDescAttr(descriptor, i - 1) : NULL;

		if (column != NULL && column->attisdropped)
			continue;
		if (column != NULL)
			appendStringInfo(&text, "|%s %s", NameStr(column->attname),
							 format_type_with_typemod(column->atttypid, column->atttypmod));
		appendStringInfo(&text, "|%s", label ? label : "");
	}
	relation_close(relation, AccessShareLock);
	return psprintf("%016llx%016llx",
					(unsigned long long) hash_bytes_extended((unsigned char *) text.data, text.len, 0),
					(unsigned long long) hash_bytes_extended((unsigned char *) text.data, text.len, 1));
}

/* pdauth.policy_fingerprint(relation regclass) returns text */
Datum
pdauth_policy_fingerprint(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(policy_fingerprint(PG_GETARG_OID(0))));
}

/* The owner of the view passes by the application's own policies: where there are any, it shows nothing. */
static void
refuse_own_policies(Oid relation_oid)
{
	Relation	relation = relation_open(relation_oid, AccessShareLock);
	ListCell   *cell;

	foreach(cell, relation->rd_rsdesc ? relation->rd_rsdesc->policies : NIL)
	{
		const char *policy = ((RowSecurityPolicy *) lfirst(cell))->policy_name;

		if (strcmp(policy, "pdauth_guard") != 0 && strcmp(policy, "pdauth_permit") != 0)
			ereport(ERROR,
					(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
					 errmsg("the masked view would pass by the row security policy \"%s\" of \"%s\"",
							policy, RelationGetRelationName(relation)),
					 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
					 errhint("Query the table itself, or have a custodian express the policy by licenses and drop it.")));
	}
	relation_close(relation, AccessShareLock);
}

/* Is the relation restricted by the planner hook?  One that lost its label is not: refuse it. */
static bool
hook_decides(Oid relation)
{
	return pdauth_is_preloaded() && registry_lookup(relation) != NULL;
}

/*
 * Planner support of the three functions below.  With the hook in place the
 * table underneath shows only what may be seen, so there is nothing left to
 * decide.
 */
Datum
pdauth_masked_view_support(PG_FUNCTION_ARGS)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *relation;

	if (!IsA(request, SupportRequestSimplify))
		PG_RETURN_POINTER(NULL);
	relation = linitial(((SupportRequestSimplify *) request)->fcall->args);
	if (!IsA(relation, Const) || ((Const *) relation)->constisnull ||
		!hook_decides(DatumGetObjectId(((Const *) relation)->constvalue)))
		PG_RETURN_POINTER(NULL);
	/* its relcache entry goes with CREATE POLICY, and the plan with that */
	refuse_own_policies(DatumGetObjectId(((Const *) relation)->constvalue));
	PG_RETURN_POINTER(makeBoolConst(true, false));
}

/*
 * pdauth.masked_view_opens(relation regclass, fingerprint text): once for each
 * query, before any row: is the reader let in, and the view up to date?
 */
Datum
pdauth_masked_view_opens(PG_FUNCTION_ARGS)
{
	ViewCall   *call;

	if (hook_decides(PG_GETARG_OID(0)))
		PG_RETURN_BOOL(true);
	call = present_decision(fcinfo);
	if (strcmp(policy_fingerprint(call->relation_oid), text_to_cstring(PG_GETARG_TEXT_PP(1))) != 0)
		refuse_outdated_view(call->relation_oid);
	refuse_own_policies(call->relation_oid);
	decision_record_break_glass(call->decision, call->relation);
	observe_record(call->decision, call->relation, false);
	PG_RETURN_BOOL(!call->decision->empty);
}

/* pdauth.row_visible(relation regclass, region text): may the reader see a row of that division? */
Datum
pdauth_row_visible(PG_FUNCTION_ARGS)
{
	ViewCall   *call;

	if (PG_ARGISNULL(0))
		PG_RETURN_BOOL(false);
	if (hook_decides(PG_GETARG_OID(0)))
		PG_RETURN_BOOL(true);
	call = present_decision(fcinfo);
	/* a condition on other columns cannot be tested here: no row */
	PG_RETURN_BOOL(!call->decision->empty && call->decision->row_filters == NIL &&
				   lists_cover(call->decision->row_regions, fcinfo, 1));
}

/* The place of the named column. */
static int
find_column(const ViewCall *call, const char *name)
{
	for (int i = 0; i < call->relation->column_count; i++)
	{
		if (call->relation->columns[i].name != NULL && strcmp(call->relation->columns[i].name, name) == 0)
			return i;
	}
	refuse_outdated_view(call->relation_oid);
	return -1;
}

/* pdauth.column_clear(relation regclass, column name, region text): in clear in a row of that division? */
Datum
pdauth_column_clear(PG_FUNCTION_ARGS)
{
	ViewCall   *call;
	const ColumnDecision *shown;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		PG_RETURN_BOOL(false);
	if (hook_decides(PG_GETARG_OID(0)))
		PG_RETURN_BOOL(true);
	call = present_decision(fcinfo);
	if (call->column < 0 || strcmp(call->relation->columns[call->column].name, NameStr(*PG_GETARG_NAME(1))) != 0)
		call->column = find_column(call, NameStr(*PG_GETARG_NAME(1)));
	shown = &call->decision->columns[call->column];
	PG_RETURN_BOOL(shown->visibility == COLUMN_CLEAR ||
				   (shown->visibility == COLUMN_BY_REGION && lists_cover(shown->clear_regions, fcinfo, 2)));
}

/*
 * pdauth.unchecked(value "any", model anyelement) returns the value as one of
 * the model's type, a domain over the value's own, without the domain's checks:
 * they are for stored values, and could raise on a mask.  Masked views need it
 * only without the hooks; with them nobody gets to make such values.
 */
Datum
pdauth_unchecked(PG_FUNCTION_ARGS)
{
	Oid			value = get_fn_expr_argtype(fcinfo->flinfo, 0);
	Oid			model = get_fn_expr_argtype(fcinfo->flinfo, 1);

	if (pdauth_is_preloaded())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("pdauth.unchecked() works only in masked views, on a server that did not load pdauth")));
	if (!OidIsValid(value) || !OidIsValid(model) || getBaseType(value) != getBaseType(model))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("pdauth.unchecked() needs a value of the base type of its model")));
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

/* pdauth.mask_expression(relation regclass, column name) returns text: SQL over the relation's own columns */
Datum
pdauth_mask_expression(PG_FUNCTION_ARGS)
{
	Oid			relation_oid = PG_GETARG_OID(0);
	AttrNumber	attribute = get_attnum(relation_oid, NameStr(*PG_GETARG_NAME(1)));
	ObjectAddress object = {RelationRelationId, relation_oid, attribute};
	char	   *label;
	Relation	relation;
	Node	   *mask;

	if (attribute <= 0)
		PG_RETURN_NULL();
	label = GetSecurityLabel(&object, PDAUTH_LABEL_PROVIDER);
	relation = relation_open(relation_oid, AccessShareLock);
	mask = label_mask_expression(relation, attribute, label ? label_parse_column(label)->mask : NULL);
	relation_close(relation, NoLock);
	PG_RETURN_TEXT_P(cstring_to_text(deparse_expression(mask, deparse_context_for(get_rel_name(relation_oid), relation_oid),
														false, false)));
}
