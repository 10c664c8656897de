/*
 * pdauth.c
 *		Module magic, start-up, and the preload check.
 */
#include "pdauth.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "audit_image.h"
#include "calendar.h"
#include "clock.h"
#include "decision.h"
#include "enforce.h"
#include "label.h"
#include "license.h"
#include "registry.h"
#include "rule.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(pdauth_check_preload);
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

	clock_init();
	calendar_init();
	audit_image_init();
	decision_init();
	if (preloaded)
	{
		label_init();
		registry_init();
		license_init();
		enforce_plan_init();
		enforce_execute_init();
		enforce_utility_init();
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
