/*
 * calendar.c
 *		Calendars in memory: loading, invalidation, arithmetic.
 *
 * A calendar is a few dozen kilobytes of plain arrays: kind and rank by day,
 * day by rank.  It is read with a fresh catalog snapshot, because what day it
 * is in law does not depend on when a transaction began.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_collation.h"
#include "commands/trigger.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "cache.h"
#include "calendar.h"

#define ERRCODE_PDAUTH_CALENDAR_HORIZON MAKE_SQLSTATE('P', 'D', 'H', '0', '1')

/* uint16 positions in the arrays: about 179 years */
#define CALENDAR_MAX_DAYS PG_UINT16_MAX

/* Deeper chains of parents than this are a mistake, most likely a loop. */
#define CALENDAR_MAX_DEPTH 8

/* Columns in the order of 200_calendar.sql. */
enum
{
	CALENDAR_NAME = 1, CALENDAR_PARENT, CALENDAR_TITLE, CALENDAR_FIRST_DAY, CALENDAR_LAST_DAY
};
enum
{
	DAY_CALENDAR = 1, DAY_DAY, DAY_KIND, DAY_HOLIDAY, DAY_STATUTORY
};

PG_FUNCTION_INFO_V1(pdauth_forget_calendar);

static char *calendar_setting = NULL;
static MemoryContext calendar_context = NULL;
static HTAB *calendars = NULL;
static bool calendars_stale = false;
static bool callback_registered = false;
static Oid	calendar_table = InvalidOid;
static Oid	day_table = InvalidOid;

static char *
date_text(DateADT day)
{
	int			year,
				month,
				date;

	if (DATE_NOT_FINITE(day))
		return pstrdup(DATE_IS_NOBEGIN(day) ? "-infinity" : "infinity");
	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &date);
	return psprintf("%04d-%02d-%02d", year, month, date);
}

pg_noreturn static void refuse_beyond_horizon(const Calendar *calendar);

static void
refuse_beyond_horizon(const Calendar *calendar)
{
	ereport(ERROR,
			(errcode(ERRCODE_PDAUTH_CALENDAR_HORIZON),
			 errmsg("working days of calendar \"%s\" are known only from %s to %s", calendar->name,
					date_text(calendar->first_day), date_text(calendar->last_day)),
			 errdetail("Rest days are announced year by year (国务院办公厅放假安排通知); a notice may still change the last days of December, so it counts up to the 28th."),
			 errhint("Load the notice of the next year into pdauth.calendar_day and move last_day of pdauth.calendar.")));
}

static bool
is_weekend(DateADT day)
{
	int			weekday = j2day(day + POSTGRES_EPOCH_JDATE);

	return weekday == 0 || weekday == 6;
}

static SysScanDesc
begin_scan(Relation relation, const char *index, const char *name, Snapshot snapshot)
{
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ, CStringGetTextDatum(name));
	key.sk_collation = C_COLLATION_OID;
	return systable_beginscan(relation, pdauth_relation_oid(index), true, snapshot, 1, &key);
}

/* Reads the row of pdauth.calendar; parent is left NULL at the top. */
static bool
read_calendar_row(const char *name, Calendar *calendar, char **parent)
{
	Relation	relation = table_open(calendar_table, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(calendar_table));
	SysScanDesc scan = begin_scan(relation, "calendar_pkey", name, snapshot);
	TupleDesc	descriptor = RelationGetDescr(relation);
	HeapTuple	tuple = systable_getnext(scan);
	bool		found = HeapTupleIsValid(tuple);
	bool		is_null;
	Datum		value;

	*parent = NULL;
	if (found)
	{
		value = heap_getattr(tuple, CALENDAR_PARENT, descriptor, &is_null);
		if (!is_null)
			*parent = TextDatumGetCString(value);
		value = heap_getattr(tuple, CALENDAR_FIRST_DAY, descriptor, &is_null);
		if (!is_null)
			calendar->first_day = DatumGetDateADT(value);
		value = heap_getattr(tuple, CALENDAR_LAST_DAY, descriptor, &is_null);
		if (!is_null)
			calendar->last_day = Min(calendar->last_day, DatumGetDateADT(value));
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
	return found;
}

static void
apply_day(Calendar *calendar, HeapTuple tuple, TupleDesc descriptor)
{
	bool		is_null;
	DateADT		day = DatumGetDateADT(heap_getattr(tuple, DAY_DAY, descriptor, &is_null));
	char	   *kind = TextDatumGetCString(heap_getattr(tuple, DAY_KIND, descriptor, &is_null));
	Datum		statutory = heap_getattr(tuple, DAY_STATUTORY, descriptor, &is_null);
	DayKind		result;

	if (day < calendar->first_day || day > calendar->last_day)
		return;
	if (strcmp(kind, "work") == 0)
		result = is_weekend(day) ? DAY_MAKEUP_WORKDAY : DAY_WORKDAY;
	else if (!is_null && DatumGetBool(statutory))
		result = DAY_STATUTORY_HOLIDAY;
	else
		result = is_weekend(day) ? DAY_WEEKEND : DAY_ADJUSTED_REST_DAY;
	calendar->kinds[day - calendar->first_day] = result;
}

static void
apply_days(Calendar *calendar, const char *name)
{
	Relation	relation = table_open(day_table, AccessShareLock);
	Snapshot	snapshot = RegisterSnapshot(GetCatalogSnapshot(day_table));
	SysScanDesc scan = begin_scan(relation, "calendar_day_pkey", name, snapshot);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		apply_day(calendar, tuple, RelationGetDescr(relation));
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(relation, AccessShareLock);
}

static void
build_ranks(Calendar *calendar, int days)
{
	calendar->rank = palloc(sizeof(uint16) * days);
	calendar->workdays = palloc(sizeof(uint16) * (days + 1));
	for (int i = 0; i < days; i++)
	{
		if (calendar->kinds[i] == DAY_WORKDAY || calendar->kinds[i] == DAY_MAKEUP_WORKDAY)
			calendar->workdays[++calendar->workday_total] = i;
		calendar->rank[i] = calendar->workday_total;
	}
}

/* The calendar and its ancestors, topmost first: a child's days overlay its parent's. */
static List *
calendar_lineage(const char *name, Calendar *calendar)
{
	List	   *lineage = NIL;
	char	   *next = pstrdup(name);

	calendar->first_day = DATEVAL_NOBEGIN;
	calendar->last_day = DATEVAL_NOEND;
	while (next != NULL)
	{
		char	   *current = next;

		if (!read_calendar_row(current, calendar, &next))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_OBJECT),
					 errmsg("calendar \"%s\" does not exist", current),
					 errhint("SELECT calendar, title FROM pdauth.calendar lists those that do.")));
		lineage = lcons(current, lineage);
		if (list_length(lineage) > CALENDAR_MAX_DEPTH)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("calendar \"%s\" has more than %d ancestors", name, CALENDAR_MAX_DEPTH),
					 errhint("Look for a loop in column parent of pdauth.calendar.")));
	}
	return lineage;
}

static void
load_calendar(Calendar *calendar, const char *name)
{
	List	   *lineage = calendar_lineage(name, calendar);
	ListCell   *cell;
	int64		days = (int64) calendar->last_day - calendar->first_day + 1;

	if (DATE_NOT_FINITE(calendar->first_day) || DATE_NOT_FINITE(calendar->last_day) ||
		days < 1 || days > CALENDAR_MAX_DAYS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("calendar \"%s\" must span between 1 and %d days", name, CALENDAR_MAX_DAYS)));
	calendar->kinds = palloc(days);
	for (int64 i = 0; i < days; i++)
		calendar->kinds[i] = is_weekend(calendar->first_day + i) ? DAY_WEEKEND : DAY_WORKDAY;
	foreach(cell, lineage)
		apply_days(calendar, lfirst(cell));
	build_ranks(calendar, days);
}

static void
relcache_callback(Datum argument, Oid relation)
{
	if (!OidIsValid(relation) || relation == calendar_table || relation == day_table)
		calendars_stale = true;
}

static void
calendars_reset(void)
{
	HASHCTL		control = {0};

	if (!callback_registered)
	{
		CacheRegisterRelcacheCallback(relcache_callback, (Datum) 0);
		callback_registered = true;
	}
	calendar_table = pdauth_relation_oid("calendar");
	day_table = pdauth_relation_oid("calendar_day");
	if (!OidIsValid(calendar_table) || !OidIsValid(day_table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the calendar tables of pdauth do not exist in this database"),
				 errhint("CREATE EXTENSION pdauth CASCADE;")));
	cache_retire(&calendar_context);
	calendar_context = AllocSetContextCreate(TopMemoryContext, "pdauth calendars",
											 ALLOCSET_SMALL_SIZES);
	control.keysize = NAMEDATALEN;
	control.entrysize = sizeof(Calendar);
	control.hcxt = calendar_context;
	calendars = hash_create("pdauth calendars", 4, &control, HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	calendars_stale = false;
}

const Calendar *
calendar_lookup(const char *name)
{
	Calendar	loaded = {{0}};
	Calendar   *entry;
	MemoryContext caller;

	if (name == NULL)
		name = calendar_setting;
	if (calendars == NULL || calendars_stale)
		calendars_reset();
	entry = hash_search(calendars, name, HASH_FIND, NULL);
	if (entry != NULL)
		return entry;
	caller = MemoryContextSwitchTo(calendar_context);
	load_calendar(&loaded, name);
	MemoryContextSwitchTo(caller);
	strlcpy(loaded.name, name, NAMEDATALEN);
	entry = hash_search(calendars, name, HASH_ENTER, NULL);
	*entry = loaded;
	return entry;
}

static inline int
day_index(const Calendar *calendar, DateADT day)
{
	if (day < calendar->first_day || day > calendar->last_day)
		refuse_beyond_horizon(calendar);
	return day - calendar->first_day;
}

DayKind
calendar_day_kind(const Calendar *calendar, DateADT day)
{
	return calendar->kinds[day_index(calendar, day)];
}

bool
calendar_is_workday(const Calendar *calendar, DateADT day)
{
	DayKind		kind = calendar_day_kind(calendar, day);

	return kind == DAY_WORKDAY || kind == DAY_MAKEUP_WORKDAY;
}

int
calendar_workday_count(const Calendar *calendar, DateADT from, DateADT until)
{
	return calendar->rank[day_index(calendar, until)] - calendar->rank[day_index(calendar, from)];
}

DateADT
calendar_workday_add(const Calendar *calendar, DateADT day, int n)
{
	int			index = day_index(calendar, day);
	int64		target;

	if (n == 0)
		return day;
	target = (int64) calendar->rank[index] + n;
	/* counting back from a working day, that day itself is not the first */
	if (n < 0 && !calendar_is_workday(calendar, day))
		target++;
	if (target < 1 || target > calendar->workday_total)
		refuse_beyond_horizon(calendar);
	return calendar->first_day + calendar->workdays[target];
}

void
calendar_init(void)
{
	DefineCustomStringVariable("pdauth.calendar",
							   "Calendar that date functions use when none is named.",
							   "A name in pdauth.calendar.",
							   &calendar_setting, "CN", PGC_USERSET, 0, NULL, NULL, NULL);
}

/*
 * Trigger of both tables: plain DML sends no invalidation, so ask for one.  It
 * reaches this backend at the end of the command (and again on rollback) and
 * all others at commit.
 */
Datum
pdauth_forget_calendar(PG_FUNCTION_ARGS)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("pdauth.forget_calendar() can only be called as a trigger")));
	CacheInvalidateRelcache(((TriggerData *) fcinfo->context)->tg_relation);
	return PointerGetDatum(NULL);
}
