/*
 * calendar_load.c
 *		Building a Calendar from its tables.
 *
 * Reads with the newest snapshot, as PostgreSQL reads its own catalogs, so a
 * transaction with an old snapshot decides by the calendar in force now, and
 * one that changed a calendar sees its own change.  A notice counts only when
 * its days add up to the total it states: half a notice is no notice, however
 * the rows came in.
 */
#include "pdauth.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "port/pg_bitutils.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "calendar_load.h"
#include "rule.h"

/* Columns in the order of 200_calendar.sql. */
enum
{
	CALENDAR_NAME = 1, CALENDAR_PARENT, CALENDAR_TITLE, CALENDAR_SHIPPED, CALENDAR_VERSION
};
enum
{
	NOTICE_CALENDAR = 1, NOTICE_VERSION, NOTICE_YEAR, NOTICE_REST_DAYS, NOTICE_WITHDRAWN
};
enum
{
	CALENDAR_DAY_CALENDAR = 1, CALENDAR_DAY_VERSION, CALENDAR_DAY_DAY, CALENDAR_DAY_KIND,
	CALENDAR_DAY_HOLIDAY, CALENDAR_DAY_STATUTORY
};

/* The notice of year Y speaks for 29 December of Y-1 to 28 December of Y. */
#define LAST_NOTICE_MONTH 12
#define LAST_NOTICE_DAY 28
#define DAYS_TO_YEAR_END 3

typedef struct Notice
{
	int32		version;
	int32		year;
	int32		rest_days;
	int32		counted;		/* rest days its days add up to */
	bool		withdrawn;		/* takes back the earlier ones of its year */
} Notice;

typedef struct NamedDay
{
	int32		version;
	DateADT		day;
	DayKind		kind;
} NamedDay;

typedef struct Source
{
	const char *name;
	const Calendar *parent;
	Notice	   *notices;		/* by version, as the primary key gives them */
	int			notice_count;
	int			notice_space;
	NamedDay   *days;			/* by version and day */
	int			day_count;
	int			day_space;
} Source;

static Oid	calendar_table = InvalidOid;
static Oid	notice_table = InvalidOid;
static Oid	day_table = InvalidOid;

bool
calendar_rests_on(Oid relation)
{
	return relation == calendar_table || relation == notice_table || relation == day_table;
}

static DateADT
date_from_parts(int year, int month, int day)
{
	return date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
}

int
calendar_notice_year(DateADT date)
{
	int			year,
				month,
				day;

	j2date(date + DAYS_TO_YEAR_END + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	return year;
}

typedef void (*row_reader) (HeapTuple tuple, TupleDesc descriptor, void *argument);

/* A table and its primary key, opened for reading. */
typedef struct OpenTable
{
	Relation	relation;
	Relation	primary_key;
} OpenTable;

static OpenTable
open_table(Oid table, const char *primary_key)
{
	OpenTable	open;

	open.relation = table_open(table, AccessShareLock);
	open.primary_key = index_open(pdauth_relation_oid(primary_key), AccessShareLock);
	return open;
}

static void
close_table(OpenTable open)
{
	index_close(open.primary_key, AccessShareLock);
	table_close(open.relation, AccessShareLock);
}

/* Calls reader for the rows of one calendar, in the order of the primary key. */
static void
read_rows(OpenTable open, Snapshot snapshot, const char *name, row_reader reader, void *argument)
{
	Datum		key_value = CStringGetTextDatum(name);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	/* the key columns are COLLATE "C", which is what ScanKeyInit assumes */
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ, key_value);
	scan = systable_beginscan_ordered(open.relation, open.primary_key, snapshot, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
		reader(tuple, RelationGetDescr(open.relation), argument);
	systable_endscan_ordered(scan);
	pfree(DatumGetPointer(key_value));
}

static int32
int_column(HeapTuple tuple, TupleDesc descriptor, AttrNumber column)
{
	bool		is_null;

	return DatumGetInt32(heap_getattr(tuple, column, descriptor, &is_null));
}

static bool
bool_column(HeapTuple tuple, TupleDesc descriptor, AttrNumber column)
{
	bool		is_null;

	return DatumGetBool(heap_getattr(tuple, column, descriptor, &is_null));
}

static void
read_notice(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	Source	   *source = argument;
	Notice	   *notice;

	if (source->notice_count == source->notice_space)
	{
		source->notice_space *= 2;
		source->notices = repalloc(source->notices, source->notice_space * sizeof(Notice));
	}
	notice = &source->notices[source->notice_count++];
	notice->version = int_column(tuple, descriptor, NOTICE_VERSION);
	notice->year = int_column(tuple, descriptor, NOTICE_YEAR);
	notice->rest_days = int_column(tuple, descriptor, NOTICE_REST_DAYS);
	notice->counted = 0;
	notice->withdrawn = bool_column(tuple, descriptor, NOTICE_WITHDRAWN);
}

static DayKind
kind_of_row(HeapTuple tuple, TupleDesc descriptor, DateADT day)
{
	bool		is_null;
	text	   *kind = DatumGetTextPP(heap_getattr(tuple, CALENDAR_DAY_KIND, descriptor, &is_null));
	Datum		statutory;

	/* CHECK: 'off' or 'work' */
	if (VARDATA_ANY(kind)[0] == 'w')
		return DAY_MAKEUP_WORKDAY;
	statutory = heap_getattr(tuple, CALENDAR_DAY_STATUTORY, descriptor, &is_null);
	if (!is_null && DatumGetBool(statutory))
		return DAY_STATUTORY_HOLIDAY;
	return date_is_weekend(day) ? DAY_WEEKEND : DAY_ADJUSTED_REST_DAY;
}

static void
read_day(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	Source	   *source = argument;
	bool		is_null;
	NamedDay   *named;

	if (source->day_count == source->day_space)
	{
		source->day_space *= 2;
		source->days = repalloc(source->days, source->day_space * sizeof(NamedDay));
	}
	named = &source->days[source->day_count++];
	named->version = int_column(tuple, descriptor, CALENDAR_DAY_VERSION);
	named->day = DatumGetDateADT(heap_getattr(tuple, CALENDAR_DAY_DAY, descriptor, &is_null));
	named->kind = kind_of_row(tuple, descriptor, named->day);
}

/* Adds up each notice: weekdays off less weekend days worked, whatever its parent says. */
static void
add_up_notices(Source *source)
{
	Notice	   *notice = source->notices;
	Notice	   *end = notice + source->notice_count;

	for (int i = 0; i < source->day_count; i++)
	{
		const NamedDay *named = &source->days[i];

		/* both are sorted by version; without its notice (triggers disabled) a day counts nothing */
		while (notice < end && notice->version < named->version)
			notice++;
		if (notice == end || notice->version != named->version)
			continue;
		if (day_kind_is_workday(named->kind))
			notice->counted--;
		else if (!date_is_weekend(named->day))
			notice->counted++;
	}
}

/* One that waits for its days says nothing, not even that its year is near. */
static bool
is_complete(const Notice *notice)
{
	return notice->withdrawn || notice->counted == notice->rest_days;
}

/* Takes years off both ends for which no notice is in force. */
static void
trim_years(Calendar *calendar)
{
	while (calendar->year_count > 0 && calendar->notice_versions[calendar->year_count - 1] == 0)
		calendar->year_count--;
	while (calendar->year_count > 0 && calendar->notice_versions[0] == 0)
	{
		calendar->first_year++;
		calendar->notice_versions++;
		calendar->year_count--;
	}
}

/* The notice in force per year: the newest that is complete, unless it takes the others back. */
static void
choose_notices(const Source *source, Calendar *calendar)
{
	int			first = PG_INT32_MAX,
				last = PG_INT32_MIN;

	for (int i = 0; i < source->notice_count; i++)
	{
		if (is_complete(&source->notices[i]))
		{
			first = Min(first, source->notices[i].year);
			last = Max(last, source->notices[i].year);
		}
	}
	if (last < first)
		return;
	calendar->first_year = first;
	calendar->year_count = last - first + 1;
	calendar->notice_versions = palloc0(sizeof(int32) * calendar->year_count);
	for (int i = 0; i < source->notice_count; i++)
	{
		const Notice *notice = &source->notices[i];

		if (!is_complete(notice))
			continue;
		calendar->notice_versions[notice->year - first] = notice->withdrawn ? 0 : notice->version;
		calendar->version = Max(calendar->version, notice->version);
	}
	trim_years(calendar);
}

static DateADT
last_day_of_notice(int year)
{
	return date_from_parts(year, LAST_NOTICE_MONTH, LAST_NOTICE_DAY);
}

/*
 * First and last day, and horizon.  Years must follow each other; the first one
 * missing is where the confirmed days end.  A calendar without any announced
 * day has last_day and horizon first_day - 1.
 */
static void
set_period(const Source *source, Calendar *calendar)
{
	const Calendar *parent = source->parent;
	int			confirmed = 0;

	while (confirmed < calendar->year_count && calendar->notice_versions[confirmed] != 0)
		confirmed++;
	if (parent != NULL)
	{
		calendar->first_day = parent->first_day;
		calendar->last_day = parent->last_day;
		calendar->horizon = parent->horizon;
		calendar->version = Max(calendar->version, parent->version);
	}
	else
	{
		if (calendar->year_count > 0)
			calendar->first_day = date_from_parts(calendar->first_year, 1, 1);
		calendar->last_day = calendar->first_day - 1;
		calendar->horizon = PG_INT32_MAX;
	}
	if (calendar->year_count > 0)
	{
		calendar->last_day = Max(calendar->last_day,
								 last_day_of_notice(calendar->first_year + calendar->year_count - 1));
		calendar->horizon = Min(calendar->horizon,
								last_day_of_notice(calendar->first_year + confirmed - 1));
	}
	calendar->horizon = Max(Min(calendar->horizon, calendar->last_day), calendar->first_day - 1);
}

static void
set_day(Calendar *calendar, DateADT day, DayKind kind)
{
	int			distance = day - calendar->first_monday;
	int			week = distance / DAYS_PER_WEEK;
	uint8		bit = 1 << distance % DAYS_PER_WEEK;

	calendar->workdays[week] &= ~bit;
	calendar->statutory[week] &= ~bit;
	if (day_kind_is_workday(kind))
		calendar->workdays[week] |= bit;
	else if (kind == DAY_STATUTORY_HOLIDAY)
		calendar->statutory[week] |= bit;
}

static bool
is_in_force(const Calendar *calendar, const NamedDay *named)
{
	int			year = calendar_notice_year(named->day) - calendar->first_year;

	return year >= 0 && year < calendar->year_count &&
		calendar->notice_versions[year] == named->version;
}

/* Weeks from the one that has first_day to the one that has last_day. */
static int
week_count(const Calendar *calendar)
{
	return (calendar->last_day - calendar->first_monday) / DAYS_PER_WEEK + 1;
}

/* The parent's days, or Monday to Friday, and the notices in force over them. */
static void
set_days(const Source *source, Calendar *calendar)
{
	int			weeks;

	/* j2day: 0 is Sunday; Monday comes first here */
	calendar->first_monday = calendar->first_day - (j2day(calendar->first_day + POSTGRES_EPOCH_JDATE) + 6) % DAYS_PER_WEEK;
	weeks = week_count(calendar);
	calendar->workdays = palloc0(weeks);
	calendar->statutory = palloc0(weeks);
	for (DateADT day = calendar->first_day; day <= calendar->last_day; day++)
	{
		if (source->parent != NULL)
			set_day(calendar, day, calendar_kind_announced(source->parent, day));
		else
			set_day(calendar, day, date_is_weekend(day) ? DAY_WEEKEND : DAY_WORKDAY);
	}
	for (int i = 0; i < source->day_count; i++)
	{
		const NamedDay *named = &source->days[i];

		if (named->day >= calendar->first_day && named->day <= calendar->last_day &&
			is_in_force(calendar, named))
			set_day(calendar, named->day, named->kind);
	}
}

/* The two tables that make counting and adding constant in the distance. */
static void
number_workdays(Calendar *calendar)
{
	int			weeks = week_count(calendar);
	int			total = 0;

	calendar->workdays_before = palloc(sizeof(uint16) * (weeks + 1));
	for (int week = 0; week < weeks; week++)
	{
		calendar->workdays_before[week] = total;
		total += pg_number_of_ones[calendar->workdays[week]];
	}
	calendar->workdays_before[weeks] = total;
	calendar->workday_total = total;
	calendar->confirmed_total = calendar_workdays_through(calendar, calendar->horizon);
	calendar->week_of_workday = palloc(sizeof(uint16) * (total / WORKDAYS_PER_ENTRY + 1));
	/* entry i is for the working day numbered i * WORKDAYS_PER_ENTRY + 1 */
	for (int number = 1, week = 0; number <= total; number += WORKDAYS_PER_ENTRY)
	{
		while (calendar->workdays_before[week + 1] < number)
			week++;
		calendar->week_of_workday[number / WORKDAYS_PER_ENTRY] = week;
	}
}

typedef struct FoundRow
{
	CalendarRow *row;
	bool		found;
} FoundRow;

static void
read_row(HeapTuple tuple, TupleDesc descriptor, void *argument)
{
	FoundRow   *found = argument;
	bool		is_null;
	Datum		parent = heap_getattr(tuple, CALENDAR_PARENT, descriptor, &is_null);

	found->found = true;
	found->row->parent = is_null ? NULL : TextDatumGetCString(parent);
	found->row->version = int_column(tuple, descriptor, CALENDAR_VERSION);
}

bool
calendar_load_row(const char *name, CalendarRow *row)
{
	FoundRow	found = {row};
	OpenTable	open;
	Snapshot	snapshot;

	calendar_table = pdauth_relation_oid("calendar");
	if (!OidIsValid(calendar_table))
		return false;
	open = open_table(calendar_table, "calendar_pkey");
	/* always fresh: snapmgr.c never reuses it for a table without a syscache */
	snapshot = RegisterSnapshot(GetCatalogSnapshot(calendar_table));
	read_rows(open, snapshot, name, read_row, &found);
	UnregisterSnapshot(snapshot);
	close_table(open);
	return found.found;
}

/* One snapshot for both tables, or a commit in between could part days from their notice. */
static void
read_source(Source *source)
{
	OpenTable	notices;
	OpenTable	days;
	Snapshot	snapshot;

	notice_table = pdauth_relation_oid("calendar_notice");
	day_table = pdauth_relation_oid("calendar_day");
	notices = open_table(notice_table, "calendar_notice_pkey");
	days = open_table(day_table, "calendar_day_pkey");
	snapshot = RegisterSnapshot(GetCatalogSnapshot(day_table));
	read_rows(notices, snapshot, source->name, read_notice, source);
	read_rows(days, snapshot, source->name, read_day, source);
	UnregisterSnapshot(snapshot);
	close_table(days);
	close_table(notices);
}

Calendar *
calendar_load(const char *name, int32 version, const Calendar *parent)
{
	Calendar   *calendar = palloc0(sizeof(Calendar));
	Source		source = {name, parent};

	strlcpy(calendar->name, name, sizeof(calendar->name));
	calendar->version = version;
	source.notice_space = 32;
	source.notices = palloc(sizeof(Notice) * source.notice_space);
	source.day_space = 1024;
	source.days = palloc(sizeof(NamedDay) * source.day_space);
	read_source(&source);
	add_up_notices(&source);
	choose_notices(&source, calendar);
	set_period(&source, calendar);
	set_days(&source, calendar);
	number_workdays(calendar);
	pfree(source.notices);
	pfree(source.days);
	return calendar;
}

bool
calendar_notice_is_ours(const char *name, int32 version)
{
	OpenTable	open = open_table(pdauth_relation_oid("calendar_notice"), "calendar_notice_pkey");
	Datum		name_value = CStringGetTextDatum(name);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		ours = false;

	ScanKeyInit(&keys[0], NOTICE_CALENDAR, BTEqualStrategyNumber, F_TEXTEQ, name_value);
	ScanKeyInit(&keys[1], NOTICE_VERSION, BTEqualStrategyNumber, F_INT4EQ, Int32GetDatum(version));
	scan = systable_beginscan(open.relation, RelationGetRelid(open.primary_key), true, SnapshotSelf, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		ours |= TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(tuple->t_data));
	systable_endscan(scan);
	close_table(open);
	return ours;
}
