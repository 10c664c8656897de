/*
 * register_step.c
 *		The register's own writes, told from everybody else's.
 *
 * What follows from a step of a life cycle (deadlines, licenses, rows of other
 * tables) is written while the constraint trigger of pdauth.transition runs.
 * Only then, and only as the extension's owner, does a statement count as the
 * register's: neither the depth of triggers nor the role alone tells, for any
 * role can put a statement into a trigger of its own.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(pdauth_check_transition);
PG_FUNCTION_INFO_V1(pdauth_register_writes);

/* Steps whose check and effects run now, one inside the other. */
static int	steps_running = 0;

static Oid
check_step_function(Oid step_type)
{
	return LookupFuncName(list_make2(makeString(PDAUTH_SCHEMA), makeString("check_step")), 1, &step_type, false);
}

/*
 * Constraint trigger of pdauth.transition.  It looks at the table itself: on
 * any other it would lend the register's name to whoever attached it there.
 */
Datum
pdauth_check_transition(PG_FUNCTION_ARGS)
{
	TriggerData *data = pdauth_trigger_data(fcinfo, "check_transition");
	Relation	relation = data->tg_relation;

	if (RelationGetRelid(relation) != pdauth_relation_oid("transition") ||
		!TRIGGER_FIRED_AFTER(data->tg_event) || !TRIGGER_FIRED_BY_INSERT(data->tg_event))
		elog(ERROR, "check_transition is the trigger of pdauth.transition after an insertion");
	steps_running++;
	PG_TRY();
	{
		OidFunctionCall1(check_step_function(relation->rd_rel->reltype),
						 heap_copy_tuple_as_datum(data->tg_trigtuple, RelationGetDescr(relation)));
	}
	PG_FINALLY();
	{
		steps_running--;
	}
	PG_END_TRY();
	return PointerGetDatum(NULL);
}

static Oid
owner_of_schema(void)
{
	HeapTuple	schema = SearchSysCache1(NAMESPACENAME, CStringGetDatum(PDAUTH_SCHEMA));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(schema))
	{
		owner = ((Form_pg_namespace) GETSTRUCT(schema))->nspowner;
		ReleaseSysCache(schema);
	}
	return owner;
}

Datum
pdauth_register_writes(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(steps_running > 0 && GetUserId() == owner_of_schema());
}
