/*
 * calendar_trigger.c
 *		What the calendar tables let be written: history is added to, not changed.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/rel.h"

#include "calendar_load.h"
#include "decision.h"
#include "identity.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_keep_shipped_calendar);
PG_FUNCTION_INFO_V1(pdauth_refuse_notice_change);
PG_FUNCTION_INFO_V1(pdauth_keep_day_with_notice);

/* Rows of versions up to this number come with the extension (200_calendar.sql). */
#define LAST_SHIPPED_VERSION 1000

static bool
is_shipped(HeapTuple tuple, TupleDesc descriptor)
{
	int			column;
	bool		is_null;
	Datum		value;

	for (column = 1; column <= descriptor->natts; column++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, column - 1);

		if (strcmp(NameStr(attribute->attname), "shipped") == 0)
		{
			value = heap_getattr(tuple, column, descriptor, &is_null);
			return !is_null && DatumGetBool(value);
		}
		if (strcmp(NameStr(attribute->attname), "version") == 0)
		{
			value = heap_getattr(tuple, column, descriptor, &is_null);
			return !is_null && DatumGetInt32(value) <= LAST_SHIPPED_VERSION;
		}
	}
	return false;
}

static void
refuse_change(const char *what)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FIGURE_SOURCE),
			 errmsg_internal("%s", _(what)),
			 pdauth_errdetail(PDAUTH_RULE_FIGURE_SOURCE),
			 errhint("Load the changed notice with pdauth.load_calendar_year(): it replaces the older one of its year, which stays as history; pdauth.withdraw_calendar_year() takes one back.")));
}

/*
 * A statement that recomputes deadlines must see every one of them, and the
 * check for gaps every notice; an older snapshot would miss those of others.
 */
static void
require_current_snapshot(void)
{
	if (!IsolationUsesXactSnapshot() || creating_extension)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("calendars can only be changed in a READ COMMITTED transaction"),
			 errdetail("Deadlines that others store meanwhile would keep their old date."),
			 errhint("Use BEGIN ISOLATION LEVEL READ COMMITTED.")));
}

static bool
changes_shipped_row(const TriggerData *trigger)
{
	TupleDesc	descriptor = RelationGetDescr(trigger->tg_relation);

	return is_shipped(trigger->tg_trigtuple, descriptor) ||
		(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) && is_shipped(trigger->tg_newtuple, descriptor));
}

/* Trigger: keeps the rows of the extension, before each row and before TRUNCATE. */
Datum
pdauth_keep_shipped_calendar(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pdauth_trigger_data(fcinfo, "pdauth.keep_shipped_calendar()");

	if (TRIGGER_FIRED_BY_TRUNCATE(trigger->tg_event))
		refuse_change("the calendar tables cannot be emptied");
	require_current_snapshot();
	if (!creating_extension && changes_shipped_row(trigger))
		refuse_change("calendar rows that come with pdauth cannot be written");
	/* logical replication applies rows without statement triggers */
	CacheInvalidateRelcache(trigger->tg_relation);
	return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}

/* Trigger: a notice stays as it was loaded, or stored versions would tell nothing. */
Datum
pdauth_refuse_notice_change(PG_FUNCTION_ARGS)
{
	pdauth_trigger_data(fcinfo, "pdauth.refuse_notice_change()");
	if (!creating_extension)
		refuse_change("a notice and its days cannot be changed or deleted");
	return PointerGetDatum(NULL);
}

static bool
restores(void)
{
	Identity	identity = identity_of(InvalidOid);

	return decision_break_glass(&identity);
}

/*
 * Trigger before each day: it comes in the transaction of its notice, or the
 * notice would say something else under the same version.  Break-glass lets a
 * dump bring its tables one after the other.
 */
Datum
pdauth_keep_day_with_notice(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = pdauth_trigger_data(fcinfo, "pdauth.keep_day_with_notice()");
	HeapTuple	tuple = trigger->tg_trigtuple;
	TupleDesc	descriptor = RelationGetDescr(trigger->tg_relation);
	Datum		name;
	Datum		version;
	bool		no_name;
	bool		no_version;

	/* calendar and version come first in 200_calendar.sql */
	name = heap_getattr(tuple, 1, descriptor, &no_name);
	version = heap_getattr(tuple, 2, descriptor, &no_version);
	/* NOT NULL, and the foreign key, speak for themselves */
	if (!creating_extension && !no_name && !no_version &&
		!calendar_notice_is_ours(TextDatumGetCString(name), DatumGetInt32(version)) &&
		!restores())
		refuse_change("days can only be added by the transaction that loads their notice");
	return PointerGetDatum(tuple);
}
