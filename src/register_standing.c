/*
 * register_standing.c
 *		Why the register gives a role no license: what it is bound to.
 *
 * Asked only when a refusal is raised or rows are copied in bulk, so a query of
 * the register (SQL functions no_license_rule and export_refused) is not too
 * slow for it.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/snapmgr.h"

#include "register_standing.h"

static const PdauthRule standing_rules[] = {
	PDAUTH_RULE_BUREAU_SUPERVISES,
	PDAUTH_RULE_SUPERVISORS_READ,
	PDAUTH_RULE_PLATFORM,
	PDAUTH_RULE_AGREEMENT_LIFE,
};

/* Ask pdauth.<name>(role, resource); *is_null also where there is no such function. */
static Datum
ask_register(const char *name, Oid role, const char *resource, bool *is_null)
{
	static const Oid arguments[] = {OIDOID, TEXTOID};
	Oid			function = LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString(pstrdup(name))),
										  lengthof(arguments), arguments, true);
	bool		own_snapshot = !ActiveSnapshotSet();
	LOCAL_FCINFO(call, 2);
	FmgrInfo	info;
	Datum		answer;

	*is_null = true;
	if (!OidIsValid(function) || resource == NULL)
		return (Datum) 0;
	if (own_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	fmgr_info(function, &info);
	InitFunctionCallInfoData(*call, &info, lengthof(arguments), InvalidOid, NULL, NULL);
	call->args[0].value = ObjectIdGetDatum(role);
	call->args[0].isnull = false;
	call->args[1].value = CStringGetTextDatum(resource);
	call->args[1].isnull = false;
	answer = FunctionCallInvoke(call);
	*is_null = call->isnull;
	if (own_snapshot)
		PopActiveSnapshot();
	return answer;
}

bool
register_standing(Oid role, const char *resource, RegisterStanding *standing)
{
	bool		is_null;
	Datum		answer = ask_register("no_license_rule", role, resource, &is_null);
	Datum	   *parts;
	int			count;

	if (is_null)
		return false;
	/* rule, facts and hint */
	deconstruct_array(DatumGetArrayTypeP(answer), TEXTOID, -1, false, TYPALIGN_INT, &parts, NULL, &count);
	for (int i = 0; i < lengthof(standing_rules) && count == 3; i++)
	{
		if (strcmp(pdauth_rule_id(standing_rules[i]), TextDatumGetCString(parts[0])) != 0)
			continue;
		standing->rule = standing_rules[i];
		standing->facts = TextDatumGetCString(parts[1]);
		standing->hint = TextDatumGetCString(parts[2]);
		return true;
	}
	return false;
}

bool
register_refuses_export(Oid role, const char *resource)
{
	bool		is_null;
	Datum		answer = ask_register("export_refused", role, resource, &is_null);

	return !is_null && DatumGetBool(answer);
}
