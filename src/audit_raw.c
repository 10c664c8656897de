/*
 * audit_raw.c
 *		Images of the log as they are stored, and their salts: who reads them.
 *
 * Which function is asking cannot be told from the role it runs as, which is
 * that of the superuser who installed pdauth.  So fmgr tells when one of ours
 * begins and ends.  While it runs, the queries it asks itself are let through;
 * code of others that they happen to run (a mask, a domain's condition) is one
 * run of a plan deeper, and is not.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "parser/parsetree.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "audit_entry.h"
#include "audit_raw.h"
#include "audit_read.h"
#include "audit_segment.h"
#include "decision.h"
#include "door.h"
#include "identity.h"
#include "invalidation.h"

PG_FUNCTION_INFO_V1(pdauth_image_open);
PG_FUNCTION_INFO_V1(pdauth_entry_open);
PG_FUNCTION_INFO_V1(pdauth_log_open);

typedef enum Caller
{
	CALLER_OTHER,
	CALLER_READER,				/* shows of images what the table would */
	CALLER_PART,				/* shows them as they are, to the former */
} Caller;

/* What fmgr keeps with the call of a function. */
typedef struct Watched
{
	Caller		caller;
	Datum		previous;		/* of the hook before */
} Watched;

/* How many runs of plans each function of ours that has begun is in, the innermost last. */
static int *runs = NULL;
int			audit_raw_functions = 0;
static int	room = 0;

static Oid	entry_table = InvalidOid;
static Oid	segment_table = InvalidOid;
static bool tables_known = false;

static fmgr_hook_type previous_fmgr_hook = NULL;

static bool
is_member(Oid class, Oid object)
{
	Oid			extension = getExtensionOfObject(class, object);

	return OidIsValid(extension) && extension == get_extension_oid("pdauth", true);
}

static bool
is_among(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static Caller
classify(Oid function)
{
	static const char *const readers[] = {
		"audit_access", "audit_index", "audit_organisation", "audit_search", "audit_subject", "exported_leaf", "refusals_by_rule",
		"verify_index", "verify_relation", "verify_sql"
	};
	static const char *const parts[] = {"audit_found", "exported_leaf_with_image", "segment_activity", "segment_subject"};
	char	   *name;

	if (get_func_namespace(function) != get_namespace_oid(PDAUTH_SCHEMA, true) ||
		(name = get_func_name(function)) == NULL)
		return CALLER_OTHER;
	if (is_among(name, readers, lengthof(readers)) && is_member(ProcedureRelationId, function))
		return CALLER_READER;
	if (is_among(name, parts, lengthof(parts)) && is_member(ProcedureRelationId, function))
		return CALLER_PART;
	return CALLER_OTHER;
}

bool
audit_raw_inside(void)
{
	return audit_raw_functions > 0 && runs[audit_raw_functions - 1] == 1;
}

bool
audit_raw_enter(void)
{
	if (audit_raw_functions == 0)
		return false;
	runs[audit_raw_functions - 1]++;
	return true;
}

void
audit_raw_leave(void)
{
	runs[audit_raw_functions - 1]--;
}

static void
function_begins(Oid function, Caller caller)
{
	if (caller == CALLER_PART && !audit_raw_inside())
		audit_raw_require(psprintf(_("function %s"), get_func_name(function)));
	if (audit_raw_functions == room)
	{
		room = room == 0 ? 8 : room * 2;
		runs = runs == NULL ? MemoryContextAlloc(TopMemoryContext, room * sizeof(int)) :
			repalloc(runs, room * sizeof(int));
	}
	runs[audit_raw_functions++] = 0;
}

static void
watch_function(FmgrHookEventType event, FmgrInfo *function, Datum *argument)
{
	Watched    *watched = (Watched *) DatumGetPointer(*argument);

	if (watched == NULL)
	{
		watched = MemoryContextAllocZero(function->fn_mcxt, sizeof(Watched));
		watched->caller = classify(function->fn_oid);
		*argument = PointerGetDatum(watched);
	}
	if (previous_fmgr_hook)
		previous_fmgr_hook(event, function, &watched->previous);
	if (watched->caller == CALLER_OTHER)
		return;
	if (event == FHET_START)
		function_begins(function->fn_oid, watched->caller);
	else
		audit_raw_functions--;
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == entry_table || relation == segment_table)
		tables_known = false;
}

static pg_noinline void
know_tables(void)
{
	entry_table = pdauth_relation_oid(AUDIT_ENTRY_TABLE);
	segment_table = pdauth_relation_oid(AUDIT_SEGMENT_TABLE);
	tables_known = OidIsValid(entry_table) && OidIsValid(segment_table);
}

static Oid
toast_table(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			toast;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	toast = ((Form_pg_class) GETSTRUCT(tuple))->reltoastrelid;
	ReleaseSysCache(tuple);
	return toast;
}

static pg_noinline bool
is_toast_of_log(Oid relation)
{
	return relation == toast_table(entry_table) || relation == toast_table(segment_table);
}

bool
audit_raw_is_stored(Oid relation, char relkind)
{
	if (relation < FirstNormalObjectId)
		return false;
	if (!tables_known)
		know_tables();
	if (relkind == RELKIND_TOASTVALUE)
		return is_toast_of_log(relation);
	return relation == entry_table || relation == segment_table;
}

bool
audit_raw_is_view(Oid relation)
{
	static const char *const views[] = {"audit_activity", "audit_log", "audit_statement", "audit_trail"};
	char	   *name;

	return OidIsValid(relation) && get_rel_namespace(relation) == get_namespace_oid(PDAUTH_SCHEMA, true) &&
		(name = get_rel_name(relation)) != NULL && is_among(name, views, lengthof(views)) &&
		is_member(RelationRelationId, relation);
}

/* Is there, or was there, something protected here that the log can hold? */
static bool
anything_protected(void)
{
	static const char *const holdings[] = {"custodian", "license"};

	if (door_any_label())
		return true;
	for (int i = 0; i < lengthof(holdings); i++)
	{
		Relation	table = table_open(pdauth_relation_oid(holdings[i]), AccessShareLock);
		BlockNumber blocks = RelationGetNumberOfBlocks(table);

		table_close(table, AccessShareLock);
		if (blocks > 0)
			return true;
	}
	return false;
}

void
audit_raw_require(const char *what)
{
	if (anything_protected())
		decision_require_break_glass(what, "Images of the audit log hold rows of protected tables in clear; pdauth.audit_trail and pdauth.audit_search() show them as the table would.");
}

/* The entries being closed, at any depth below their query. */
typedef struct Closing
{
	Query	   *query;
	const Bitmapset *entries;
	int			depth;			/* sub-queries we are inside */
} Closing;

static Node *
call(const char *function, List *arguments, Oid result)
{
	Oid			types[5];
	int			count = 0;
	ListCell   *cell;

	foreach(cell, arguments)
		types[count++] = exprType(lfirst(cell));
	if (strcmp(function, "log_open") == 0)
		types[0] = ANYELEMENTOID;
	return (Node *) makeFuncExpr(LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString(pstrdup(function))), count, types, false),
								 result, arguments, InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
}

/* Another column of the row that a column is of. */
static Var *
beside(const Var *var, AttrNumber attribute, Oid type, Oid collation)
{
	Var		   *result = copyObject(unconstify(Var *, var));

	result->varattno = attribute;
	result->varattnosyn = 0;
	result->varnosyn = 0;
	result->vartype = type;
	result->vartypmod = -1;
	result->varcollid = collation;
	return result;
}

/* What stands for an image, a salt or a whole row; NULL: another column, as it is. */
static Node *
closed(Var *var, Oid table)
{
	bool		is_entry = table == entry_table;

	if (var->varattno < 0)
		return NULL;
	if (is_entry && var->varattno == 0)
		return call("entry_open", list_make1(var), var->vartype);
	if (is_entry && (var->varattno == ENTRY_IMAGE || var->varattno == ENTRY_SALT))
		return call("image_open",
					list_make5(beside(var, ENTRY_EPOCH, INT8OID, InvalidOid), beside(var, ENTRY_RELATION, OIDOID, InvalidOid),
							   beside(var, ENTRY_RELATION_NAME, TEXTOID, DEFAULT_COLLATION_OID),
							   beside(var, ENTRY_OPERATION, CHAROID, InvalidOid), var), BYTEAOID);
	/* of a TOAST table any column will do */
	if (is_entry || (table == segment_table && var->varattno != 0 && var->varattno != SEGMENT_IMAGE && var->varattno != SEGMENT_SALT))
		return NULL;
	return call("log_open", list_make1(var), var->vartype);
}

static Node *
close_vars(Node *node, void *context)
{
	Closing    *closing = context;
	Node	   *result = NULL;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		const Var  *var = (const Var *) node;

		if (var->varlevelsup == closing->depth && bms_is_member(var->varno, closing->entries))
			result = closed(copyObject(unconstify(Var *, var)), rt_fetch(var->varno, closing->query->rtable)->relid);
		return result != NULL ? result : (Node *) copyObject(unconstify(Var *, var));
	}
	if (IsA(node, Query))
	{
		closing->depth++;
		result = (Node *) query_tree_mutator((Query *) node, close_vars, context, 0);
		closing->depth--;
		return result;
	}
	return expression_tree_mutator(node, close_vars, context);
}

void
audit_raw_close(Query *query, const Bitmapset *entries)
{
	Closing		closing = {query, entries, 0};

	if (audit_raw_functions > 0 && runs[audit_raw_functions - 1] == 0)
		return;
	(void) query_tree_mutator(query, close_vars, &closing, QTW_DONT_COPY_QUERY);
}

/* Is the call let through?  Break-glass is recorded once for each place that calls. */
static bool
is_let_through(FunctionCallInfo fcinfo)
{
	Identity	identity;

	if (audit_raw_inside() || fcinfo->flinfo->fn_extra != NULL)
		return true;
	identity = identity_of(InvalidOid);
	if (!decision_break_glass(&identity))
		return false;
	audit_raw_require("reading images of the audit log");
	fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	return true;
}

static void
refuse_image(const char *relation_name)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
			 errmsg("images of rows of %s are not open without break-glass", relation_name ? relation_name : "protected tables"),
			 pdauth_errdetail_more(PDAUTH_RULE_NO_BYPASS, "The audit log holds them in clear."),
			 errhint("pdauth.audit_trail and pdauth.audit_search() show them as the table would. If it has to be, a superuser sets pdauth.break_glass to the reason; that is recorded.")));
}

static void
require_open(int64 epoch, Oid relation, const char *relation_name, char operation)
{
	bool		gone;

	if (!audit_read_is_open(epoch, relation, relation_name, operation, &gone) && (!gone || anything_protected()))
		refuse_image(relation_name);
}

/*
 * pdauth.image_open(epoch bigint, relation oid, relation_name text, operation
 * "char", bytes bytea) returns bytea: the same bytes.
 */
Datum
pdauth_image_open(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(4))
		PG_RETURN_NULL();
	if (!is_let_through(fcinfo))
		require_open(PG_ARGISNULL(0) ? 0 : PG_GETARG_INT64(0), PG_ARGISNULL(1) ? InvalidOid : PG_GETARG_OID(1),
					 PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)),
					 PG_ARGISNULL(3) ? AUDIT_INSERT : PG_GETARG_CHAR(3));
	PG_RETURN_DATUM(PG_GETARG_DATUM(4));
}

/* pdauth.entry_open(entry pdauth.audit_entry) returns pdauth.audit_entry: the same row. */
Datum
pdauth_entry_open(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	bool		is_null;
	Datum		epoch;
	Datum		relation;
	Datum		name;
	char	   *relation_name;

	if (!is_let_through(fcinfo))
	{
		epoch = GetAttributeByNum(row, ENTRY_EPOCH, &is_null);
		relation = GetAttributeByNum(row, ENTRY_RELATION, &is_null);
		name = GetAttributeByNum(row, ENTRY_RELATION_NAME, &is_null);
		relation_name = is_null ? NULL : TextDatumGetCString(name);
		require_open(DatumGetInt64(epoch), DatumGetObjectId(relation), relation_name,
					 DatumGetChar(GetAttributeByNum(row, ENTRY_OPERATION, &is_null)));
	}
	PG_RETURN_HEAPTUPLEHEADER(row);
}

/* pdauth.log_open(value anyelement) returns anyelement: the same value. */
Datum
pdauth_log_open(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	if (!is_let_through(fcinfo) && anything_protected())
		refuse_image(NULL);
	PG_RETURN_DATUM(PG_GETARG_DATUM(0));
}

void
audit_raw_init(void)
{
	previous_fmgr_hook = fmgr_hook;
	fmgr_hook = watch_function;
	invalidation_call(relcache_callback);
}
