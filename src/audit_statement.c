/*
 * audit_statement.c
 *		Hooks and callbacks that record statements.
 */
#include "pdauth.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "tcop/cmdtag.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "audit_batch.h"
#include "attest.h"
#include "audit_queue.h"
#include "audit_record.h"
#include "audit_statement.h"
#include "audit_used.h"
#include "clock.h"
#include "decision.h"
#include "enforce.h"
#include "label.h"
#include "next_hook.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(pdauth_record_policy);

typedef enum AuditDurability
{
	DURABILITY_QUEUE,			/* survives the death of processes */
	DURABILITY_STRICT,			/* survives the loss of power */
} AuditDurability;

static const struct config_enum_entry durability_options[] = {
	{"queue", DURABILITY_QUEUE, false},
	{"strict", DURABILITY_STRICT, false},
	{NULL, 0, false}
};

bool		audit_record_statements = true;
static int	durability = DURABILITY_QUEUE;

static ExecutorStart_hook_type previous_executor_start_hook = NULL;
static ExecutorRun_hook_type previous_executor_run_hook = NULL;
static ExecutorFinish_hook_type previous_executor_finish_hook = NULL;
static ExecutorEnd_hook_type previous_executor_end_hook = NULL;
static ProcessUtility_hook_type previous_process_utility_hook = NULL;
static emit_log_hook_type previous_emit_log_hook = NULL;

/* ---- who acts ---- */

/* The actor as pieces of a record; good while nothing of it has changed. */
static struct
{
	bool		valid;
	bool		installed;		/* the extension is in this database */
	Oid			role;
	Oid			session_role;
	Oid			outer_role;
	uint64		attested;		/* attest_generation() */
	char		purpose[NAMEDATALEN * 4];
	char		application[NAMEDATALEN];
	char		client[NAMEDATALEN * 2];
	char		outer_name[NAMEDATALEN];	/* "" where it is the role itself */
	AuditActorPieces record;
}			actor = {0};

static void
forget_actor(Datum argument, int cache, uint32 hash)
{
	actor.valid = false;
}

/* As pdauth.audit_entry has it; libpq-be.h would tell, but needs headers of Kerberos. */
static void
note_client(void)
{
	static bool noted = false;
	LOCAL_FCINFO(call, 0);
	FmgrInfo	function;
	Datum		host;

	if (noted)
		return;
	fmgr_info(F_INET_CLIENT_ADDR, &function);
	InitFunctionCallInfoData(*call, &function, 0, InvalidOid, NULL, NULL);
	host = FunctionCallInvoke(call);
	if (!call->isnull)
		snprintf(actor.client, sizeof(actor.client), "%s port %d",
				 TextDatumGetCString(OidFunctionCall1(F_HOST, host)),
				 DatumGetInt32(OidFunctionCall0(F_INET_CLIENT_PORT)));
	noted = true;
}

static void at_transaction_end(XactEvent event, void *argument);
static void at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument);

static void
build_actor(const char *purpose)
{
	static bool registered = false;
	const char *outer = NULL;
	const char *texts[AUDIT_ACTOR_TEXTS] = {0};

	if (actor.record.pieces.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&actor.record.pieces);
		MemoryContextSwitchTo(caller);
	}
	pdauth_register_at_end(&registered, at_transaction_end, at_subtransaction_end);
	actor.role = GetUserId();
	actor.session_role = GetSessionUserId();
	actor.outer_role = GetOuterUserId();
	actor.installed = OidIsValid(pdauth_relation_oid(AUDIT_ENTRY_TABLE));
	strlcpy(actor.purpose, purpose, sizeof(actor.purpose));
	strlcpy(actor.application, application_name ? application_name : "", sizeof(actor.application));
	note_client();
	if (actor.outer_role != actor.role)
		outer = GetUserNameFromId(actor.outer_role, true);
	strlcpy(actor.outer_name, outer ? outer : "", sizeof(actor.outer_name));
	texts[0] = GetUserNameFromId(actor.role, true);
	texts[1] = attest_login_name();
	actor.attested = attest_generation();
	texts[2] = purpose[0] ? purpose : NULL;
	texts[3] = actor.client[0] ? actor.client : NULL;
	texts[4] = actor.application[0] ? actor.application : NULL;
	resetStringInfo(&actor.record.pieces);
	audit_record_actor(&actor.record.pieces, texts);
	actor.record.version++;
	actor.valid = true;
}

bool
audit_refresh_known_actor(void)
{
	const char *purpose;

	if (IsParallelWorker() || !OidIsValid(MyDatabaseId))
		return false;
	if (!IsTransactionState())
		return actor.valid && actor.installed;
	purpose = decision_purpose_setting();
	if (!actor.valid || actor.role != GetUserId() || actor.session_role != GetSessionUserId() ||
		actor.outer_role != GetOuterUserId() || actor.attested != attest_generation() ||
		strncmp(actor.purpose, purpose, sizeof(actor.purpose) - 1) != 0 ||
		strcmp(actor.application, application_name ? application_name : "") != 0)
		build_actor(purpose);
	return actor.installed;
}

static uint64
session_id(void)
{
	return (uint64) MyStartTime << 32 | (uint32) MyProcPid;
}

/* ---- statements that have begun and not ended ---- */

typedef struct OpenStatement
{
	int64		number;
	int			level;			/* of (sub)transactions */
	const void *query;			/* QueryDesc, or the utility statement */
	int64		rows;
} OpenStatement;

/* What a (sub)transaction has recorded, so that its rollback can be. */
typedef struct Level
{
	int64		first;			/* the first number since it began */
	int64		completed;
} Level;

static OpenStatement *open_statements = NULL;
static int	open_count = 0;
static int	open_room = 0;
static Level *levels = NULL;
static int	level_room = 0;
static bool levels_used = false;	/* by this transaction */
static int64 last_number = 0;
static char last_sqlstate[6] = "";
static StringInfoData record_buffer = {0};

/* COPY of a query, and what runs inside it, is a COPY. */
static const char *utility_kind = NULL;

static void
make_room(void **array, int *room, int needed, Size element)
{
	int			new_room = *room ? *room : 16;

	if (needed < *room)
		return;
	while (new_room <= needed)
		new_room *= 2;
	*array = *array == NULL ? MemoryContextAllocZero(TopMemoryContext, element * new_room) :
		repalloc(*array, element * new_room);
	memset((char *) *array + element * *room, 0, element * (new_room - *room));
	*room = new_room;
}

static Level *
current_level(void)
{
	int			level = GetCurrentTransactionNestLevel();

	make_room((void **) &levels, &level_room, level, sizeof(Level));
	levels_used = true;
	return &levels[level];
}

static void
push_open(int64 number, const void *query)
{
	OpenStatement *statement;

	make_room((void **) &open_statements, &open_room, open_count, sizeof(OpenStatement));
	statement = &open_statements[open_count++];
	statement->number = number;
	statement->level = GetCurrentTransactionNestLevel();
	statement->query = query;
	statement->rows = 0;
}

static int
find_open(const void *query)
{
	for (int i = open_count - 1; i >= 0; i--)
	{
		if (open_statements[i].query == query)
			return i;
	}
	return -1;
}

static void
remove_open(int index)
{
	open_count--;
	memmove(&open_statements[index], &open_statements[index + 1],
			sizeof(OpenStatement) * (open_count - index));
}

/* ---- writing records ---- */

static StringInfo
start_record(void)
{
	if (record_buffer.data == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

		initStringInfo(&record_buffer);
		MemoryContextSwitchTo(caller);
	}
	audit_queue_start(&record_buffer);
	return &record_buffer;
}

/* Returns why it could not be recorded, or NULL. */
static const char *
send_record(int64 number, bool flush)
{
	uint64		end;
	const char *failure = audit_queue_append(&record_buffer, session_id(), number, &end);

	if (failure == NULL && flush)
		failure = audit_queue_flush(end);
	return failure;
}

static const char *
clock_text(void)
{
	return clock_stands_still() ? GetConfigOption("pdauth.clock", true, false) : NULL;
}

/* Record that a statement begins; raises PD255 if that is not possible. */
static void
record_begin(AuditStatement *statement, const void *query)
{
	const char *failure;

	statement->within = open_count > 0 ? open_statements[open_count - 1].number : 0;
	statement->outer_role = actor.outer_name;
	statement->clock = clock_text();
	last_number++;
	audit_record_statement(start_record(), GetCurrentTimestamp(), statement, &actor.record);
	failure = send_record(last_number, durability == DURABILITY_STRICT || RecoveryInProgress());
	if (failure != NULL)
		audit_refuse_unrecorded(failure);
	if (current_level()->first == 0)
		current_level()->first = last_number;
	push_open(last_number, query);
}

/* What follows a statement is no reason to refuse anything: the statement itself is recorded. */
static void
send_late_record(int64 number)
{
	const char *failure = send_record(number, false);

	if (failure != NULL)
		ereport(LOG,
				(errmsg("pdauth could not record the outcome of a statement: %s", _(failure)),
				 errhint("The statement itself is in the audit log. pdauth.audit_worker shows the state of the queue.")));
}

static void
record_outcome(int64 number, int64 rows, const char *sqlstate)
{
	audit_record_outcome(start_record(), GetCurrentTimestamp(), rows, sqlstate);
	send_late_record(number);
}

static void
close_open(int index)
{
	record_outcome(open_statements[index].number, open_statements[index].rows, NULL);
	current_level()->completed++;
	remove_open(index);
}

/* ---- refusals ---- */

static struct
{
	bool		noted;
	bool		by_hook;		/* in the course of an error that may still be caught */
	char		sqlstate[6];
	char		rule[16];
	char		message[512];
	Oid			relation;
	char		relation_name[NAMEDATALEN * 2 + 8];
}			refusal = {0};

static void
note_refusal(const char *sqlstate, const char *rule)
{
	if (refusal.noted)
		return;
	refusal.noted = true;
	strlcpy(refusal.sqlstate, sqlstate, sizeof(refusal.sqlstate));
	strlcpy(refusal.rule, rule, sizeof(refusal.rule));
	refusal.message[0] = '\0';
}

void
audit_note_refusal(PdauthRule rule)
{
	if (rule != PDAUTH_RULE_NO_RECORD_NO_ACCESS)
		audit_note_refusal_of(pdauth_rule_sqlstate(rule), pdauth_rule_id(rule));
}

void
audit_note_refusal_of(const char *sqlstate, const char *rule)
{
	if (pdauth_is_preloaded() && audit_refresh_actor())
		note_refusal(sqlstate, rule);
}

void
audit_note_refused_relation(Oid relation, const char *name)
{
	refusal.relation = relation;
	strlcpy(refusal.relation_name, name, sizeof(refusal.relation_name));
}

static void
forget_refusal(void)
{
	refusal.noted = false;
	refusal.relation = InvalidOid;
	refusal.relation_name[0] = '\0';
}

/* At the end of the (sub)transaction that the refusal aborts: nothing of it is rolled back. */
static void
record_refusal(void)
{
	AuditStatement statement = {AUDIT_REFUSAL};
	const char *failure;

	if (refusal.noted && actor.valid && actor.installed)
	{
		statement.relation = refusal.relation;
		statement.relation_name = refusal.relation_name;
		statement.kind = refusal.rule[0] ? refusal.rule : "refusal";
		statement.detail = refusal.message;
		statement.sqlstate = refusal.sqlstate;
		statement.outer_role = actor.outer_name;
		statement.within = open_count > 0 ? open_statements[open_count - 1].number : 0;
		last_number++;
		audit_record_statement(start_record(), GetCurrentTimestamp(), &statement, &actor.record);
		failure = send_record(last_number, durability == DURABILITY_STRICT);
		if (failure != NULL)
			ereport(LOG,
					(errmsg("pdauth could not record a refusal: %s", _(failure)),
					 errhint("What was refused was not done. pdauth.audit_worker shows the state of the queue.")));
	}
	forget_refusal();
}

void
audit_note_error(void *argument)
{
	ErrorContextCallback *context = error_context_stack;
	const char *sqlstate;

	while (context != NULL && context->callback != audit_note_error)
		context = context->previous;
	if (context != argument)
		return;
	sqlstate = unpack_sql_state(geterrcode());
	/* successes, warnings and "no data" are no errors */
	if (sqlstate[0] == '0' && sqlstate[1] <= '2')
		return;
	strlcpy(last_sqlstate, sqlstate, sizeof(last_sqlstate));
	/* sqlstate itself is good until the next call only */
	if (strncmp(last_sqlstate, "PD", 2) == 0 && actor.valid && actor.installed &&
		strcmp(last_sqlstate, pdauth_rule_sqlstate(PDAUTH_RULE_NO_RECORD_NO_ACCESS)) != 0)
		note_refusal(last_sqlstate, "");
}

/* The message of an error that nobody caught.  Those of class PD hold no protected value (rule X-8). */
static void
note_message(ErrorData *error)
{
	if (previous_emit_log_hook)
		previous_emit_log_hook(error);
	if (error->elevel < ERROR)
		return;
	if (refusal.noted && error->message != NULL && strcmp(unpack_sql_state(error->sqlerrcode), refusal.sqlstate) == 0)
		strlcpy(refusal.message, error->message, sizeof(refusal.message));
	strlcpy(last_sqlstate, unpack_sql_state(error->sqlerrcode), sizeof(last_sqlstate));
}

/* ---- ends of transactions ---- */

/* The statements of a (sub)transaction that fails: those that ran, and those that had ended well. */
static void
record_abort(int level)
{
	int64		completed = 0;
	int64		first = 0;

	for (int i = level; i < level_room; i++)
	{
		completed += levels[i].completed;
		if (levels[i].first != 0 && (first == 0 || levels[i].first < first))
			first = levels[i].first;
		levels[i].first = levels[i].completed = 0;
	}
	while (open_count > 0 && open_statements[open_count - 1].level >= level)
	{
		OpenStatement *statement = &open_statements[open_count - 1];

		record_outcome(statement->number, statement->rows, last_sqlstate[0] ? last_sqlstate : "XX000");
		open_count--;
	}
	if (completed > 0)
	{
		audit_record_rollback(start_record(), GetCurrentTimestamp(), first);
		send_late_record(last_number);
	}
	record_refusal();
	utility_kind = NULL;
	last_sqlstate[0] = '\0';
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	switch (event)
	{
		case XACT_EVENT_ABORT:
			record_abort(1);
			break;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_PREPARE:
			while (open_count > 0)
				close_open(open_count - 1);
			if (levels_used)
				memset(levels, 0, sizeof(Level) * level_room);
			levels_used = false;
			forget_refusal();
			last_sqlstate[0] = '\0';
			break;
		default:
			break;
	}
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	int			level = GetCurrentTransactionNestLevel();

	if (event == SUBXACT_EVENT_ABORT_SUB)
		record_abort(level);
	else if (event == SUBXACT_EVENT_COMMIT_SUB && level < level_room)
	{
		Level	   *above = &levels[level - 1];

		if (levels[level].first != 0 && above->first == 0)
			above->first = levels[level].first;
		above->completed += levels[level].completed;
		levels[level].first = levels[level].completed = 0;
		for (int i = open_count - 1; i >= 0 && open_statements[i].level >= level; i--)
			open_statements[i].level = level - 1;
	}
}

/* ---- plans ---- */

static const char *
plan_kind(const PlannedStmt *plan, int flags)
{
	if (flags & EXEC_FLAG_EXPLAIN_ONLY)
		return "EXPLAIN";
	if (utility_kind != NULL)
		return utility_kind;
	switch (plan->commandType)
	{
		case CMD_INSERT:
			return "INSERT";
		case CMD_UPDATE:
			return "UPDATE";
		case CMD_DELETE:
			return "DELETE";
		case CMD_MERGE:
			return "MERGE";
		default:
			return "SELECT";
	}
}

static pg_noinline void
record_plan(QueryDesc *query, int flags, const PlanTag *tag)
{
	const UsedRelations *used;
	AuditStatement statement = {AUDIT_STATEMENT};

	used = audit_used_by_plan(query->plannedstmt, tag);
	if (!OidIsValid(used->relation))
		return;					/* a foreign key's query */
	statement.shape = used->shape;
	statement.relation = used->relation;
	statement.relation_name = used->relation_name;
	statement.query_id = query->plannedstmt->queryId;
	statement.kind = plan_kind(query->plannedstmt, flags);
	statement.relations = used->json;
	if (used->break_glass)
		statement.break_glass = GetConfigOption("pdauth.break_glass", true, false);
	record_begin(&statement, query);
}

static void
audit_executor_start(QueryDesc *query, int flags)
{
	const PlanTag *tag = plan_tag_read(query->plannedstmt);

	audit_batch_flush();
	/* also for what is not protected: a trigger may refuse it, and then it is too late to ask */
	if (audit_refresh_actor() && tag != NULL)
		record_plan(query, flags, tag);
	next_executor_start(previous_executor_start_hook, query, flags);
}

static void
audit_executor_run(QueryDesc *query, ScanDirection direction, uint64 count
				   COMPAT_EXECUTE_ONCE(bool execute_once))
{
	int			index;

	next_executor_run(previous_executor_run_hook, query, direction, count COMPAT_EXECUTE_ONCE(execute_once));
	if ((index = find_open(query)) >= 0)
		open_statements[index].rows += query->estate->es_processed;
}

/* Here the row triggers fire: their entries are inserted together. */
static void
audit_executor_finish(QueryDesc *query)
{
	bool		may_fire = query->operation != CMD_SELECT || query->plannedstmt->hasModifyingCTE;
	bool		outer = may_fire && audit_batch_open();

	next_executor_finish(previous_executor_finish_hook, query);
	if (may_fire)
		audit_batch_close(outer);
}

static void
audit_executor_end(QueryDesc *query)
{
	int			index = open_count > 0 ? find_open(query) : -1;

	if (previous_executor_end_hook)
		previous_executor_end_hook(query);
	else
		standard_ExecutorEnd(query);
	if (index >= 0)
		close_open(index);
}

/* ---- utility statements ---- */

static bool
is_setting_of_ours(const char *name)
{
	/* the purpose is part of every record */
	return name != NULL && pg_strncasecmp(name, "pdauth.", 7) == 0 && pg_strcasecmp(name, "pdauth.purpose") != 0;
}

static char *
setting_text(const VariableSetStmt *set)
{
	return set->kind == VAR_SET_VALUE ? psprintf("%s = %s", set->name, ExtractSetVariableArgs(unconstify(VariableSetStmt *, set))) :
		psprintf("%s reset", set->name);
}

/* What the statement changes of the policy, as text, or NULL. */
static char *
policy_change(Node *statement)
{
	const VariableSetStmt *set = NULL;

	switch (nodeTag(statement))
	{
		case T_SecLabelStmt:
			if (((SecLabelStmt *) statement)->provider != NULL &&
				strcmp(((SecLabelStmt *) statement)->provider, PDAUTH_LABEL_PROVIDER) != 0)
				return NULL;
			return ((SecLabelStmt *) statement)->label ? pstrdup(((SecLabelStmt *) statement)->label) : pstrdup("NULL");
		case T_VariableSetStmt:
			set = (VariableSetStmt *) statement;
			break;
		case T_AlterSystemStmt:
			set = ((AlterSystemStmt *) statement)->setstmt;
			break;
		case T_AlterRoleSetStmt:
			set = ((AlterRoleSetStmt *) statement)->setstmt;
			break;
		case T_AlterDatabaseSetStmt:
			set = ((AlterDatabaseSetStmt *) statement)->setstmt;
			break;
		case T_GrantRoleStmt:
			{
				GrantRoleStmt *grant = (GrantRoleStmt *) statement;
				StringInfoData text;
				ListCell   *cell;

				initStringInfo(&text);
				foreach(cell, grant->granted_roles)
					appendStringInfo(&text, "%s%s", text.len ? ", " : "", lfirst_node(AccessPriv, cell)->priv_name);
				appendStringInfoString(&text, grant->is_grant ? " to" : " from");
				foreach(cell, grant->grantee_roles)
					appendStringInfo(&text, " %s", lfirst_node(RoleSpec, cell)->rolename ? lfirst_node(RoleSpec, cell)->rolename : "(this role)");
				return text.data;
			}
		default:
			return NULL;
	}
	return is_setting_of_ours(set->name) ? setting_text(set) : NULL;
}

/* The relation a label stands on. */
static void
note_labelled(AuditStatement *statement, Node *command, char **column)
{
	SecLabelStmt *label = (SecLabelStmt *) command;
	List	   *name;
	RangeVar   *range;

	*column = NULL;
	if (!IsA(command, SecLabelStmt) || (label->objtype != OBJECT_TABLE && label->objtype != OBJECT_COLUMN))
		return;
	name = list_copy(castNode(List, label->object));
	if (label->objtype == OBJECT_COLUMN)
	{
		*column = strVal(llast(name));
		name = list_delete_last(name);
	}
	if (name == NIL)
		return;
	range = makeRangeVarFromNameList(name);
	if (range->schemaname != NULL && !OidIsValid(get_namespace_oid(range->schemaname, true)))
		return;
	statement->relation = RangeVarGetRelid(range, NoLock, true);
	statement->relation_name = NameListToQuotedString(name);
}

/* Returns whether the statement is recorded. */
static pg_noinline bool
record_utility(Node *command)
{
	AuditStatement statement = {0};
	const UsedRelations *used;
	char	   *change;
	char	   *column;

	statement.kind = CreateCommandName(command);
	change = policy_change(command);
	if (change != NULL)
	{
		statement.operation = AUDIT_POLICY;
		note_labelled(&statement, command, &column);
		statement.detail = column ? psprintf("column %s: %s", quote_identifier(column), change) : change;
	}
	else if ((used = audit_used_by_utility(command)) != NULL)
	{
		Identity	identity = identity_of(InvalidOid);

		statement.operation = AUDIT_STATEMENT;
		statement.relation = used->relation;
		statement.relation_name = used->relation_name;
		statement.relations = used->json;
		if (decision_break_glass(&identity))
			statement.break_glass = GetConfigOption("pdauth.break_glass", true, false);
	}
	else
		return false;
	record_begin(&statement, command);
	return true;
}

static void
audit_utility(PlannedStmt *plan, const char *query_string, bool read_only_tree,
			  ProcessUtilityContext context, ParamListInfo params,
			  QueryEnvironment *environment, DestReceiver *destination, QueryCompletion *completion)
{
	const char *outer_kind = utility_kind;
	Node	   *command = plan->utilityStmt;
	bool		is_copy = IsA(command, CopyStmt);
	bool		outer_batch = false;
	bool		recorded = IsTransactionState() && audit_refresh_actor() && record_utility(command);
	int			index;

	if (is_copy)
	{
		utility_kind = "COPY";
		outer_batch = audit_batch_open();	/* its row triggers fire within */
	}
	next_process_utility(previous_process_utility_hook, plan, query_string, read_only_tree, context,
						 params, environment, destination, completion);
	utility_kind = outer_kind;
	if (is_copy)
		audit_batch_close(outer_batch);
	/* VACUUM and its kin end our transaction, and with it what is open */
	if (recorded && (index = find_open(command)) >= 0)
	{
		if (completion != NULL)
			open_statements[index].rows = completion->nprocessed;
		close_open(index);
	}
}

void
audit_record_policy(const char *kind, const char *detail)
{
	AuditStatement statement = {AUDIT_POLICY};

	if (!pdauth_is_preloaded() || !audit_refresh_actor())
		return;
	statement.kind = kind;
	statement.detail = detail;
	record_begin(&statement, &statement);
	close_open(find_open(&statement));
}

/* pdauth.record_policy(kind text, detail text) returns void */
Datum
pdauth_record_policy(PG_FUNCTION_ARGS)
{
	audit_record_policy(PG_ARGISNULL(0) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(0)),
						PG_ARGISNULL(1) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(1)));
	PG_RETURN_VOID();
}

void
audit_statement_init(void)
{
	DefineCustomBoolVariable("pdauth.audit_statements",
							 "Record each statement that uses protected relations, refusals and changes of policy.",
							 "Rule R-25-3. Set in postgresql.conf or by ALTER SYSTEM.",
							 &audit_record_statements, true, PGC_SIGHUP, 0, NULL, NULL, NULL);
	DefineCustomEnumVariable("pdauth.audit_durability",
							 "What the record of a statement has to survive before the statement begins.",
							 "queue: the death of all server processes; strict: the loss of power.",
							 &durability, DURABILITY_QUEUE, durability_options, PGC_SUSET, 0, NULL, NULL, NULL);
	if (IsBinaryUpgrade)
		return;					/* nobody writes what would be in the queue */
	CacheRegisterSyscacheCallback(AUTHOID, forget_actor, (Datum) 0);
	CacheRegisterSyscacheCallback(RELNAMENSP, forget_actor, (Datum) 0);
	previous_executor_start_hook = ExecutorStart_hook;
	ExecutorStart_hook = audit_executor_start;
	previous_executor_run_hook = ExecutorRun_hook;
	ExecutorRun_hook = audit_executor_run;
	previous_executor_finish_hook = ExecutorFinish_hook;
	ExecutorFinish_hook = audit_executor_finish;
	previous_executor_end_hook = ExecutorEnd_hook;
	ExecutorEnd_hook = audit_executor_end;
	previous_process_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = audit_utility;
	previous_emit_log_hook = emit_log_hook;
	emit_log_hook = note_message;
}
