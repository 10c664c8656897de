/*
 * cancel_sessions.c
 *		Cancels the statements of other sessions once this transaction has
 *		committed: what they read was closed by it (rule R-25-11).
 */
#include "pdauth.h"

#include <signal.h>

#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/array.h"
#include "utils/memutils.h"

PG_FUNCTION_INFO_V1(pdauth_cancel_at_commit);

typedef struct Cancellation
{
	Oid			role;			/* of the login */
	int			level;			/* of the (sub)transaction that asked */
} Cancellation;

/* In TopTransactionContext, which outlives the callback at commit. */
static List *cancellations = NIL;

static bool
is_to_be_cancelled(const PGPROC *process)
{
	ListCell   *cell;

	if (process->pid == 0 || process->pid == MyProcPid || process->databaseId != MyDatabaseId)
		return false;
	foreach(cell, cancellations)
	{
		if (((Cancellation *) lfirst(cell))->role == process->roleId)
			return true;
	}
	return false;
}

/*
 * As pg_cancel_backend() does, and with the same race: a session that ends in
 * between gets a signal for nothing.  Nothing is looked up, for nothing may
 * fail any more.
 */
static void
cancel_all(void)
{
	for (uint32 i = 0; i < ProcGlobal->allProcCount; i++)
	{
		const PGPROC *process = &ProcGlobal->allProcs[i];

		if (is_to_be_cancelled(process))
			(void) kill(process->pid, SIGINT);
	}
}

static void
at_transaction_end(XactEvent event, void *argument)
{
	if (event == XACT_EVENT_COMMIT && cancellations != NIL)
		cancel_all();
	if (event == XACT_EVENT_COMMIT || event == XACT_EVENT_ABORT || event == XACT_EVENT_PREPARE)
		cancellations = NIL;
}

static void
at_subtransaction_end(SubXactEvent event, SubTransactionId mine, SubTransactionId parent, void *argument)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *cell;

	foreach(cell, cancellations)
	{
		Cancellation *cancellation = lfirst(cell);

		if (cancellation->level < level)
			continue;
		if (event == SUBXACT_EVENT_ABORT_SUB)
			cancellations = foreach_delete_current(cancellations, cell);
		else if (event == SUBXACT_EVENT_COMMIT_SUB)
			cancellation->level = level - 1;
	}
}

/* pdauth.cancel_at_commit(roles oid[]) returns void */
Datum
pdauth_cancel_at_commit(PG_FUNCTION_ARGS)
{
	static bool registered = false;
	ArrayIterator iterator = array_create_iterator(PG_GETARG_ARRAYTYPE_P(0), 0, NULL);
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);
	Datum		role;
	bool		is_null;

	pdauth_register_at_end(&registered, at_transaction_end, at_subtransaction_end);
	while (array_iterate(iterator, &role, &is_null))
	{
		Cancellation *cancellation;

		if (is_null)
			continue;
		cancellation = palloc(sizeof(Cancellation));
		cancellation->role = DatumGetObjectId(role);
		cancellation->level = GetCurrentTransactionNestLevel();
		cancellations = lappend(cancellations, cancellation);
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}
