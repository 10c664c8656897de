/*
 * guard.c
 *		The guard: what the catalog policy of a protected table calls.
 *
 * Core's row security puts it into every query that reads the table as an
 * ordinary role.  With the library preloaded the planner hook takes it out
 * again and puts the row filter in; wherever it is executed after all, nobody
 * has decided about the rows, so it raises (rule X-1).
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "nodes/primnodes.h"
#include "parser/parse_func.h"
#include "utils/inval.h"
#include "utils/syscache.h"

#include "enforce.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_guard);

/* pdauth.guard() returns boolean: never returns */
Datum
pdauth_guard(PG_FUNCTION_ARGS)
{
	pdauth_require_preload();
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
			 errmsg("a protected relation was reached without a decision about its rows"),
			 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
			 errhint("Report the statement to the maintainers of pdauth; no row was shown.")));
	PG_RETURN_BOOL(false);
}

/* pdauth.guard(), or InvalidOid when it was not found since functions or schemas changed. */
static Oid	guard_function = InvalidOid;

static void
forget_guard(Datum argument, int cache, uint32 hash)
{
	guard_function = InvalidOid;
}

void
guard_init(void)
{
	CacheRegisterSyscacheCallback(PROCOID, forget_guard, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_guard, (Datum) 0);
}

bool
guard_is(Node *node)
{
	if (node == NULL || !IsA(node, FuncExpr) || ((FuncExpr *) node)->args != NIL)
		return false;
	if (!OidIsValid(guard_function))
	{
		List	   *name = list_make2(makeString(PDAUTH_SCHEMA), makeString("guard"));

		guard_function = LookupFuncName(name, 0, NULL, true);
		list_free_deep(name);
	}
	return OidIsValid(guard_function) && ((FuncExpr *) node)->funcid == guard_function;
}
