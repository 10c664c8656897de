/*
 * access_gate.c
 *		Asks the register before statements use governed relations.
 *
 * Answers are kept until something they rest on changes: every table of the
 * register that pdauth.access_gate() reads sends an invalidation of
 * pdauth.license, which license.c counts; and until the instant it names.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "executor/tstoreReceiver.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "tcop/pquery.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "access_gate.h"
#include "attest.h"
#include "audit_statement.h"
#include "clock.h"
#include "cursor_reads.h"
#include "decision.h"
#include "enforce.h"
#include "exempt_query.h"
#include "held_cursor.h"
#include "license.h"
#include "next_hook.h"
#include "registry.h"
#include "rule.h"
#include "statistics.h"

PG_FUNCTION_INFO_V1(pdauth_forget_access);

/* Elements of what pdauth.judgement() returns. */
enum
{
	REFUSAL_SQLSTATE, REFUSAL_MESSAGE, REFUSAL_DETAIL, REFUSAL_HINT, REFUSAL_OTHERS, REFUSAL_RULE, REFUSAL_PARTS
};

typedef struct Refusal
{
	char	   *parts[REFUSAL_PARTS];	/* all NULL: none */
} Refusal;

typedef struct VerdictKey
{
	Oid			relation;
	Oid			role;
	Oid			session_role;
	int32		exports;		/* a bool, widened: no padding in a hash key */
} VerdictKey;

typedef struct Verdict
{
	VerdictKey	key;
	bool		governed;
	Refusal		before;			/* the engine looks at licenses */
	Refusal		after;
	TimestampTz until;
	int			row_limit;		/* 0: none */
} Verdict;

/* What the remembered verdicts rest on; compared with memcmp. */
typedef struct Foundation
{
	uint64		license;
	uint64		registry;
	uint64		attest;
	uint64		settings;		/* the purpose among them */
	int64		today;
} Foundation;

typedef enum Moment
{
	BEFORE_LICENSES,
	AFTER_LICENSES,
} Moment;

static planner_hook_type previous_planner_hook = NULL;
static ExecutorStart_hook_type previous_executor_start_hook = NULL;
static ExecutorRun_hook_type previous_executor_run_hook = NULL;
static ProcessUtility_hook_type previous_process_utility_hook = NULL;

static MemoryContext verdict_context = NULL;
static HTAB *verdicts = NULL;
static Foundation verdicts_rest_on;
static bool gate_open = false;	/* the register is empty: nothing to ask */
static bool asking = false;		/* the register's own queries pass */
static bool register_known = false; /* whether it exists, asked by each statement */
static bool register_exists = false;
static bool exporting = false;	/* a utility statement takes a copy */

/* ---- asking the register ---- */

/* Run a query as the extension's owner, with a snapshot of now whatever the transaction's. */
static void
ask(const char *query, int count, Oid *types, Datum *values, const char *nulls)
{
	Oid			table = pdauth_relation_oid("license");
	Oid			user;
	int			security;
	Snapshot	snapshot;

	GetUserIdAndSecContext(&user, &security);
	asking = true;
	PG_TRY();
	{
		SetUserIdAndSecContext(pdauth_table_owner(table), security | SECURITY_LOCAL_USERID_CHANGE);
		snapshot = RegisterSnapshot(GetCatalogSnapshot(table));
		PushActiveSnapshot(snapshot);
		if (SPI_execute_with_args(query, count, types, values, nulls, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
			elog(ERROR, "the register does not answer");
		PopActiveSnapshot();
		UnregisterSnapshot(snapshot);
	}
	PG_FINALLY();
	{
		asking = false;
		SetUserIdAndSecContext(user, security);
	}
	PG_END_TRY();
}

static bool
answers_true(const char *query)
{
	bool		is_null;
	bool		result;

	SPI_connect();
	ask(query, 0, NULL, NULL, NULL);
	result = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null)) && !is_null;
	SPI_finish();
	return result;
}

char *
access_gate_ask(const char *query, int count, Oid *types, Datum *values)
{
	MemoryContext caller = CurrentMemoryContext;
	char	   *answer;

	SPI_connect();
	ask(query, count, types, values, NULL);
	answer = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (answer != NULL)
		answer = MemoryContextStrdup(caller, answer);
	SPI_finish();
	return answer;
}

int64
access_gate_person(const char *code)
{
	Oid			types[] = {TEXTOID};
	Datum		values[] = {CStringGetTextDatum(code)};
	bool		is_null;
	int64		result;

	SPI_connect();
	ask("SELECT pdauth.person_number($1)", 1, types, values, NULL);
	result = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &is_null));
	SPI_finish();
	return is_null ? 0 : result;
}

/* ---- verdicts ---- */

static void
forget_register(Datum argument, int cache, uint32 hash)
{
	register_known = false;
}

/* Is there a register to ask, and this no statement of its own? */
static bool
applies(void)
{
	if (asking || creating_extension || IsParallelWorker() || !IsTransactionState() || !OidIsValid(MyDatabaseId))
		return false;
	if (!register_known)
	{
		/* looked up before it is called known: the look-up itself may take in invalidations */
		register_exists = OidIsValid(pdauth_relation_oid("raw_session"));
		register_known = true;
	}
	return register_exists;
}

static void
verdicts_reset(const Foundation *foundation)
{
	HASHCTL		control = {0};

	if (verdict_context != NULL)
		MemoryContextDelete(verdict_context);
	verdict_context = NULL;
	verdict_context = AllocSetContextCreate(TopMemoryContext, "pdauth verdicts", ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(VerdictKey);
	control.entrysize = sizeof(Verdict);
	control.hcxt = verdict_context;
	verdicts = hash_create("pdauth verdicts", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	gate_open = answers_true("SELECT pdauth.gate_is_open()");
	verdicts_rest_on = *foundation;
}

static void
keep_foundation(void)
{
	Foundation	now = {license_generation(), registry_generation(), attest_generation(),
		decision_settings_generation(), clock_today()};

	if (verdicts == NULL || memcmp(&now, &verdicts_rest_on, sizeof(Foundation)) != 0)
	{
		/* an error on the way must not leave answers of before */
		verdicts = NULL;
		verdicts_reset(&now);
	}
}

static bool
is_custodian(const ProtectedRelation *relation)
{
	volatile bool result = false;

	license_pin(true);
	PG_TRY();
	{
		result = decision_role_access(GetOuterUserId(), relation, clock_today(), NULL)->custodian;
	}
	PG_FINALLY();
	{
		license_pin(false);
	}
	PG_END_TRY();
	return result;
}

/* Of text[], the parts of a refusal, in the verdicts' memory. */
static Refusal
read_refusal(int column)
{
	Refusal		refusal = {{NULL}};
	bool		is_null;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &is_null);
	Datum	   *parts;
	bool	   *nulls;
	int			count;

	if (is_null)
		return refusal;
	deconstruct_array(DatumGetArrayTypeP(value), TEXTOID, -1, false, TYPALIGN_INT, &parts, &nulls, &count);
	for (int i = 0; i < Min(count, REFUSAL_PARTS); i++)
		refusal.parts[i] = MemoryContextStrdup(verdict_context, nulls[i] ? "" : TextDatumGetCString(parts[i]));
	return refusal;
}

static void
read_verdict(Verdict *verdict)
{
	bool		is_null;
	Datum		value;

	verdict->before = read_refusal(1);
	verdict->after = read_refusal(2);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 3, &is_null);
	verdict->governed = !is_null;
	verdict->until = is_null ? DT_NOEND : DatumGetTimestampTz(value);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 4, &is_null);
	verdict->row_limit = is_null ? 0 : DatumGetInt32(value);
}

static Datum
client_address(bool *is_null)
{
	LOCAL_FCINFO(call, 0);
	FmgrInfo	function;
	Datum		result;

	fmgr_info(F_INET_CLIENT_ADDR, &function);
	InitFunctionCallInfoData(*call, &function, 0, InvalidOid, NULL, NULL);
	result = FunctionCallInvoke(call);
	*is_null = call->isnull;
	return result;
}

static Verdict
ask_verdict(const VerdictKey *key, const ProtectedRelation *relation)
{
	Oid			types[] = {TEXTOID, OIDOID, OIDOID, OIDOID, INT8OID, TEXTOID, INETOID, BOOLOID, BOOLOID};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types) + 1] = "         ";
	const char *purpose = decision_declared_purpose();
	bool		is_null;
	Verdict		verdict = {*key};

	SPI_connect();
	values[0] = relation ? CStringGetTextDatum(relation->resource) : (Datum) 0;
	nulls[0] = relation ? ' ' : 'n';
	values[1] = ObjectIdGetDatum(key->relation);
	values[2] = ObjectIdGetDatum(key->role);
	values[3] = ObjectIdGetDatum(key->session_role);
	values[4] = Int64GetDatum(attest_person());
	nulls[4] = attest_person() != 0 ? ' ' : 'n';
	values[5] = purpose ? CStringGetTextDatum(purpose) : (Datum) 0;
	nulls[5] = purpose ? ' ' : 'n';
	values[6] = client_address(&is_null);
	nulls[6] = is_null ? 'n' : ' ';
	values[7] = BoolGetDatum(key->exports);
	values[8] = BoolGetDatum(relation != NULL && is_custodian(relation));
	ask("SELECT g.before, g.after, g.until, g.row_limit FROM pdauth.access_gate($1, $2, $3, $4, $5, $6, $7, $8, $9) AS g",
		lengthof(types), types, values, nulls);
	read_verdict(&verdict);
	SPI_finish();
	return verdict;
}

/* A protected relation, or a view that could be a product: neither the server's nor our own. */
static bool
may_be_governed(Oid relid, char relkind)
{
	if (relkind != RELKIND_VIEW)
		return registry_lookup(relid) != NULL;
	return relid >= FirstNormalObjectId &&
		get_rel_namespace(relid) != get_namespace_oid(PDAUTH_SCHEMA, true);
}

/* Of a relation that may be governed. */
static const Verdict *
verdict_on(Oid relid, char relkind)
{
	VerdictKey	key = {relid, GetOuterUserId(), GetSessionUserId(), exporting};
	const ProtectedRelation *relation = relkind == RELKIND_VIEW ? NULL : registry_lookup(relid);
	Verdict    *entry;
	Verdict		verdict;

	entry = hash_search(verdicts, &key, HASH_FIND, NULL);
	if (entry != NULL && (!entry->governed || entry->until > clock_now()))
		return entry;
	verdict = ask_verdict(&key, relation);
	entry = hash_search(verdicts, &key, HASH_ENTER, NULL);
	*entry = verdict;
	return entry;
}

static void
refuse(const Refusal *refusal, Oid relation)
{
	const char *state = refusal->parts[REFUSAL_SQLSTATE];

	/* nothing else hears of an error while a statement is planned */
	audit_note_refusal_of(state, refusal->parts[REFUSAL_RULE]);
	statistics_count_register_refusal(refusal->parts[REFUSAL_RULE]);
	audit_note_refused_relation(relation, get_rel_name(relation));
	if (refusal->parts[REFUSAL_OTHERS][0] != '\0')
	{
		audit_record_policy("also violated", refusal->parts[REFUSAL_OTHERS]);
		ereport(LOG,
				(errmsg("pdauth refused \"%s\" by %s; also violated: %s", GetUserNameFromId(GetOuterUserId(), true),
						refusal->parts[REFUSAL_RULE], refusal->parts[REFUSAL_OTHERS])));
	}
	ereport(ERROR,
			(errcode(MAKE_SQLSTATE(state[0], state[1], state[2], state[3], state[4])),
			 errmsg_internal("%s", refusal->parts[REFUSAL_MESSAGE]),
			 errdetail_internal("%s", refusal->parts[REFUSAL_DETAIL]),
			 errhint("%s", refusal->parts[REFUSAL_HINT])));
}

/* Raise what the register says about one relation; returns its verdict, NULL if it is not governed. */
static const Verdict *
check_relation(Oid relid, char relkind, Moment moment)
{
	const Verdict *verdict = verdict_on(relid, relkind);
	const Refusal *refusal;

	if (!verdict->governed)
		return NULL;
	refusal = moment == BEFORE_LICENSES ? &verdict->before : &verdict->after;
	if (refusal->parts[REFUSAL_SQLSTATE] != NULL)
		refuse(refusal, relid);
	return verdict;
}

/* ---- statements ---- */

bool
access_gate_asks(void)
{
	Identity	identity;

	if (!applies() || exempt_query() != EXEMPT_NOT)
		return false;
	AcceptInvalidationMessages();
	keep_foundation();
	if (gate_open)
		return false;
	identity = identity_of(InvalidOid);
	return !decision_break_glass(&identity);
}

/* About the relations of one statement, most of which are of no concern. */
typedef struct Inquiry
{
	Moment		moment;
	bool		prepared;		/* for the first relation that may be governed */
	bool		needless;
	List	   *governed;		/* of their OIDs */
	int			limit;			/* the most rows to be shown, 0: any */
} Inquiry;

static inline void inquire(Inquiry *inquiry, Oid relid, char relkind);

static pg_noinline void
inquire_of_register(Inquiry *inquiry, Oid relid, char relkind)
{
	const Verdict *verdict;

	if (!inquiry->prepared)
	{
		inquiry->needless = !access_gate_asks();
		inquiry->prepared = true;
		/* news may have come in by which it is of no concern any more */
		inquire(inquiry, relid, relkind);
		return;
	}
	verdict = check_relation(relid, relkind, inquiry->moment);
	if (verdict == NULL)
		return;
	inquiry->governed = lappend_oid(inquiry->governed, relid);
	if (verdict->row_limit > 0 && (inquiry->limit == 0 || verdict->row_limit < inquiry->limit))
		inquiry->limit = verdict->row_limit;
}

static inline void
inquire(Inquiry *inquiry, Oid relid, char relkind)
{
	if (!inquiry->needless && may_be_governed(relid, relkind))
		inquire_of_register(inquiry, relid, relkind);
}

/* A range-table entry of a relation, or the view it was before it was expanded. */
static Oid
entry_relation(const RangeTblEntry *entry, char *relkind)
{
	if (entry->rtekind == RTE_RELATION)
	{
		*relkind = entry->relkind;
		return entry->relid;
	}
#if PG_VERSION_NUM >= 160000
	/* a masked table that the query names as a whole keeps its OID, too (rewrite_entry.c) */
	if (entry->rtekind == RTE_SUBQUERY && entry->relkind == RELKIND_VIEW)
	{
		*relkind = RELKIND_VIEW;
		return entry->relid;
	}
#endif
	return InvalidOid;
}

static void
inquire_about_entry(Inquiry *inquiry, const RangeTblEntry *entry)
{
	char		relkind;
	Oid			relid = entry_relation(entry, &relkind);

	if (OidIsValid(relid))
		inquire(inquiry, relid, relkind);
}

static void inquire_about_query(Inquiry *inquiry, const Query *query);

/* Sub-selects in expressions; those in FROM and WITH are not left to it. */
static bool
inquire_about_sublinks(Node *node, void *inquiry)
{
	if (node == NULL)
		return false;
	if (IsA(node, Query))
	{
		inquire_about_query(inquiry, (Query *) node);
		return false;
	}
	return expression_tree_walker(node, inquire_about_sublinks, inquiry);
}

static void
inquire_about_query(Inquiry *inquiry, const Query *query)
{
	ListCell   *cell;

	check_stack_depth();
	foreach(cell, query->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, cell);

		inquire_about_entry(inquiry, entry);
		if (entry->rtekind == RTE_SUBQUERY)
			inquire_about_query(inquiry, entry->subquery);
	}
	foreach(cell, query->cteList)
		inquire_about_query(inquiry, castNode(Query, lfirst_node(CommonTableExpr, cell)->ctequery));
	/* as the planner has it: without the flag there is none */
	if (query->hasSubLinks)
		(void) query_tree_walker(unconstify(Query *, query), inquire_about_sublinks, inquiry,
								 QTW_IGNORE_RT_SUBQUERIES | QTW_IGNORE_CTE_SUBQUERIES);
}

static PlannedStmt *
gate_planner(Query *parse, const char *query_string, int options, ParamListInfo params)
{
	Inquiry		inquiry = {BEFORE_LICENSES};

	/* a table can have been labelled since the query was parsed, in a transaction that holds its locks */
	AcceptInvalidationMessages();
	inquire_about_query(&inquiry, parse);
	return previous_planner_hook ? previous_planner_hook(parse, query_string, options, params) :
		standard_planner(parse, query_string, options, params);
}

static Inquiry
check_plan(const PlannedStmt *plan, Moment moment)
{
	Inquiry		inquiry = {moment};
	const PlanTag *tag = plan_tag_read(plan);
	ListCell   *cell;

	foreach(cell, plan->rtable)
		inquire_about_entry(&inquiry, lfirst_node(RangeTblEntry, cell));
	/* what the planner has read for it is in no range table (planned_read.h) */
	for (int i = 0; tag != NULL && i < tag->count; i++)
	{
		if (OidIsValid(tag->items[i].function_user))
			inquire(&inquiry, tag->items[i].relation, get_rel_relkind(tag->items[i].relation));
	}
	return inquiry;
}

/* ---- cursors ---- */

static void
require_person(int64 person)
{
	if (person != attest_person())
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_ONE_PERSON),
				 errmsg("the rows of this cursor were read for another person"),
				 pdauth_errdetail(PDAUTH_RULE_ONE_PERSON),
				 errhint("Attest that person again, or close the cursor and run its query for the present one.")));
}

/* Rows that a portal's functions have read wait for later fetches. */
static void
check_cursor_reads(Portal portal)
{
	GovernedReads reads = cursor_reads_governed(portal);
	ListCell   *cell;

	if (reads.relations == NIL || !access_gate_asks())
		return;
	foreach(cell, reads.relations)
	{
		(void) check_relation(lfirst_oid(cell), get_rel_relkind(lfirst_oid(cell)), BEFORE_LICENSES);
		(void) check_relation(lfirst_oid(cell), get_rel_relkind(lfirst_oid(cell)), AFTER_LICENSES);
	}
	require_person(reads.person);
}

/* FETCH and MOVE of a cursor from an earlier transaction run no plan. */
static void
check_held_cursor(const FetchStmt *statement)
{
	Portal		portal = held_cursor_find(statement->portalname);
	ListCell   *cell;

	if (portal == NULL)
		return;
	foreach(cell, portal->stmts)
	{
		(void) check_plan(lfirst_node(PlannedStmt, cell), BEFORE_LICENSES);
		(void) check_plan(lfirst_node(PlannedStmt, cell), AFTER_LICENSES);
	}
	check_cursor_reads(portal);
	require_person(held_cursor_person(statement->portalname));
}

static void
gate_executor_start(QueryDesc *query, int flags)
{
	Inquiry		inquiry;
	ListCell   *cell;

	if (!access_gate_is_of_concern(query->plannedstmt))
	{
		next_executor_start(previous_executor_start_hook, query, flags);
		return;
	}
	(void) check_plan(query->plannedstmt, BEFORE_LICENSES);
	next_executor_start(previous_executor_start_hook, query, flags);
	inquiry = check_plan(query->plannedstmt, AFTER_LICENSES);
	foreach(cell, inquiry.governed)
		cursor_reads_note_governed(lfirst_oid(cell));
	list_free(inquiry.governed);
}

static void
refuse_rows(int limit)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_CONTROLLED_ENVIRONMENT),
			 errmsg("a statement of a raw-data session shows at most %d rows (%s)", limit, pdauth_server_text("受控环境")),
			 pdauth_errdetail(PDAUTH_RULE_CONTROLLED_ENVIRONMENT),
			 errhint("Ask for less, or for a result computed from the rows.")));
}

/* Show the rows once it is known that there are not too many. */
static void
run_and_show(QueryDesc *query, ScanDirection direction, int limit, bool execute_once)
{
	DestReceiver *destination = query->dest;
	Tuplestorestate *rows = tuplestore_begin_heap(false, false, work_mem);
	TupleTableSlot *row;

	query->dest = CreateDestReceiver(DestTuplestore);
	SetTuplestoreDestReceiverParams(query->dest, rows, CurrentMemoryContext, false, NULL, NULL);
	next_executor_run(previous_executor_run_hook, query, direction, limit + 1 COMPAT_EXECUTE_ONCE(execute_once));
	query->dest->rDestroy(query->dest);
	query->dest = destination;
	if (query->estate->es_processed > limit)
		refuse_rows(limit);
	row = MakeSingleTupleTableSlot(query->tupDesc, &TTSOpsMinimalTuple);
	destination->rStartup(destination, query->operation, query->tupDesc);
	while (tuplestore_gettupleslot(rows, true, false, row) && destination->receiveSlot(row, destination))
		ExecClearTuple(row);
	destination->rShutdown(destination);
	ExecDropSingleTupleTableSlot(row);
	tuplestore_end(rows);
}

static pg_noinline void
run_governed(QueryDesc *query, ScanDirection direction, uint64 count, bool execute_once)
{
	Inquiry		inquiry = check_plan(query->plannedstmt, AFTER_LICENSES);
	int			limit = inquiry.limit;

	if (inquiry.governed != NIL)
		held_cursor_note();
	list_free(inquiry.governed);
	if (limit == 0 || query->operation != CMD_SELECT)
	{
		next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
		return;
	}
	if (count > limit)
		refuse_rows(limit);
	if (count == 0)
		run_and_show(query, direction, limit, execute_once);
	else
		next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
}

static void
gate_executor_run(QueryDesc *query, ScanDirection direction, uint64 count
				  COMPAT_EXECUTE_ONCE(bool execute_once))
{
#if PG_VERSION_NUM >= 180000
	bool		execute_once = true;
#endif

	if (cursor_reads_exist() && ActivePortal != NULL && ActivePortal->queryDesc == query)
		check_cursor_reads(ActivePortal);
	if (access_gate_is_of_concern(query->plannedstmt))
		run_governed(query, direction, count, execute_once);
	else
		next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
}

/* ---- utility statements ---- */

static bool
takes_copy(Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_CopyStmt:
			return !((CopyStmt *) statement)->is_from;
		case T_CreateTableAsStmt:
		case T_RefreshMatViewStmt:
			return true;
		case T_DeclareCursorStmt:
			return (((DeclareCursorStmt *) statement)->options & CURSOR_OPT_HOLD) != 0;
		default:
			return false;
	}
}

static void
refuse_message(void)
{
	if (access_gate_asks() && answers_true("SELECT pdauth.raw_session_open()"))
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_CONTROLLED_ENVIRONMENT),
				 errmsg("messages leave the controlled environment (%s)", pdauth_server_text("受控环境")),
				 pdauth_errdetail(PDAUTH_RULE_CONTROLLED_ENVIRONMENT),
				 errhint("Close the raw-data session first.")));
}

void
access_gate_function(Oid function)
{
	if (function == F_PG_NOTIFY)
		refuse_message();
}

/* COPY of a whole table and TRUNCATE reach rows without a plan. */
static void
check_named(const RangeVar *name)
{
	Oid			relid = name ? RangeVarGetRelid(name, AccessShareLock, true) : InvalidOid;

	Inquiry		before = {BEFORE_LICENSES};
	Inquiry		after = {AFTER_LICENSES};

	if (!OidIsValid(relid))
		return;
	inquire(&before, relid, get_rel_relkind(relid));
	inquire(&after, relid, get_rel_relkind(relid));
}

static void
check_without_plan(Node *statement)
{
	ListCell   *cell;

	if (IsA(statement, CopyStmt))
		check_named(((CopyStmt *) statement)->relation);
	if (IsA(statement, TruncateStmt))
	{
		foreach(cell, ((TruncateStmt *) statement)->relations)
			check_named(lfirst_node(RangeVar, cell));
	}
}

static bool
changes_memberships(Node *statement)
{
	return IsA(statement, GrantRoleStmt) || IsA(statement, CreateRoleStmt) || IsA(statement, AlterRoleStmt);
}

static void
gate_utility(PlannedStmt *plan, const char *query_string, bool read_only_tree,
			 ProcessUtilityContext context, ParamListInfo params,
			 QueryEnvironment *environment, DestReceiver *destination,
			 QueryCompletion *completion)
{
	Node	   *statement = plan->utilityStmt;
	bool		outer = exporting;

	if (IsA(statement, FetchStmt))
		check_held_cursor((FetchStmt *) statement);
	if (IsA(statement, NotifyStmt) || IsA(statement, ListenStmt))
		refuse_message();
	exporting |= takes_copy(statement);
	PG_TRY();
	{
		check_without_plan(statement);
		next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
							 params, environment, destination, completion);
	}
	PG_FINALLY();
	{
		exporting = outer;
	}
	PG_END_TRY();
	if (changes_memberships(statement) && applies())
	{
		CommandCounterIncrement();
		SPI_connect();
		ask("SELECT pdauth.check_memberships()", 0, NULL, NULL, NULL);
		SPI_finish();
	}
}

/* Statement trigger: whatever the register says may be different now. */
Datum
pdauth_forget_access(PG_FUNCTION_ARGS)
{
	(void) pdauth_trigger_data(fcinfo, "pdauth.forget_access()");
	CacheInvalidateRelcacheByRelid(pdauth_relation_oid("license"));
	return PointerGetDatum(NULL);
}

void
access_gate_init(void)
{
	previous_planner_hook = planner_hook;
	planner_hook = gate_planner;
	previous_executor_start_hook = ExecutorStart_hook;
	ExecutorStart_hook = gate_executor_start;
	previous_executor_run_hook = ExecutorRun_hook;
	ExecutorRun_hook = gate_executor_run;
	previous_process_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = gate_utility;
	CacheRegisterSyscacheCallback(RELNAMENSP, forget_register, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_register, (Datum) 0);
}
