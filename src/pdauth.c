/*
 * pdauth.c
 *		Module magic, start-up, and the preload check.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "access_gate.h"
#include "access_hold.h"
#include "audit_batch.h"
#include "attest.h"
#include "audit_guard.h"
#include "audit_image.h"
#include "audit_key_index.h"
#include "audit_progress.h"
#include "audit_queue.h"
#include "audit_raw.h"
#include "audit_seal.h"
#include "audit_statement.h"
#include "audit_worker.h"
#include "audit_write.h"
#include "calendar.h"
#include "checkpoint_issue.h"
#include "clock.h"
#include "decision.h"
#include "door.h"
#include "enforce.h"
#include "explain_restricted.h"
#include "index_order.h"
#include "label.h"
#include "license.h"
#include "linkage.h"
#include "object_access.h"
#include "plain_statement.h"
#include "progress.h"
#include "pseudonym_key.h"
#include "registry.h"
#include "rule.h"
#include "statistics.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pdauth_check_preload);
PG_FUNCTION_INFO_V1(pdauth_forget_cached_rows);
PG_FUNCTION_INFO_V1(pdauth_version);

void		_PG_init(void);

static bool preloaded = false;

/*
 * Hooks are installed only while the postmaster loads shared_preload_libraries.
 * Loaded later, on the first call of one of our functions, the library offers
 * types, calendars and triggers but no enforcement: hooks armed in the middle
 * of a session would miss the plans made before, so the guard keeps raising
 * PD001 instead.
 */
void
_PG_init(void)
{
	preloaded = process_shared_preload_libraries_in_progress;
	if (preloaded)
		plain_statement_remember();

	language_init();
	clock_init();
	calendar_init();
	audit_image_init();
	audit_key_index_init(preloaded);
	audit_batch_init();
	audit_write_init();
	audit_seal_init();
	checkpoint_issue_init();
	attest_init(preloaded);
	decision_init();
	pseudonym_key_init();
	/* masked views decide without the hooks, too, and must hear of changes */
	registry_init();
	license_init();
	access_hold_init();
	linkage_init(preloaded);
	if (preloaded)
	{
		statistics_init();
		audit_progress_init();
		progress_init();
		label_init();
		guard_init();
		audit_queue_init();
		audit_worker_init();
		audit_statement_init();
		enforce_plan_init();
		index_order_init();
		enforce_execute_init();
		explain_restricted_init();
		enforce_utility_init();
		object_access_init();
		door_server_init();
		access_gate_init();
		/* pg_upgrade makes the tables of the log by DDL, and nobody else reaches its servers */
		if (!IsBinaryUpgrade)
			audit_guard_init();
		audit_raw_init();
		if (!IsBinaryUpgrade)
			plain_statement_init();
	}
	MarkGUCPrefixReserved("pdauth");
}

bool
pdauth_is_preloaded(void)
{
	return preloaded;
}

void
pdauth_require_preload(void)
{
	if (preloaded)
		return;
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
			 errmsg("pdauth is not loaded by the server, so its protection cannot work"),
			 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
			 errhint("Add pdauth to shared_preload_libraries in postgresql.conf (for example: ALTER SYSTEM SET shared_preload_libraries = 'pdauth') and restart the server.")));
}

Oid
pdauth_relation_oid(const char *name)
{
	Oid			schema = get_namespace_oid(PDAUTH_SCHEMA, true);

	return OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
}

Oid
pdauth_table_owner(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", table);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
pdauth_register_at_end(bool *registered, XactCallback transaction, SubXactCallback subtransaction)
{
	if (*registered)
		return;
	RegisterXactCallback(transaction, NULL);
	if (subtransaction != NULL)
		RegisterSubXactCallback(subtransaction, NULL);
	*registered = true;
}

TriggerData *
pdauth_trigger_data(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("%s can only be called as a trigger", function)));
	return (TriggerData *) fcinfo->context;
}

/*
 * Statement trigger of the tables that backends keep copies of: plain DML sends
 * no invalidation, so ask for one on the table.  It reaches this backend at its
 * next command and the others at commit, with every plan that depends on the
 * table (see enforce_plan.c).
 */
Datum
pdauth_forget_cached_rows(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcache(pdauth_trigger_data(fcinfo, "pdauth.forget_cached_rows()")->tg_relation);
	return PointerGetDatum(NULL);
}

/* pdauth.check_preload() returns void: the extension script's first question. */
Datum
pdauth_check_preload(PG_FUNCTION_ARGS)
{
	pdauth_require_preload();
	PG_RETURN_VOID();
}

/* pdauth.version() returns text: the version this library was built as. */
Datum
pdauth_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(PDAUTH_VERSION));
}
