/*
 * decision.c
 *		Turns labels and licenses into the access one identity has to one
 *		relation, and remembers it until something it rests on changes.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "access_hold.h"
#include "attest.h"
#include "audit_restore.h"
#include "audit_statement.h"
#include "clock.h"
#include "decision.h"
#include "license.h"
#include "linkage.h"
#include "observe.h"
#include "register_standing.h"
#include "scope_internal.h"
#include "statistics.h"

PG_FUNCTION_INFO_V1(pdauth_break_glass_active);

/* What is asked about a relation. */
typedef struct AccessQuestion
{
	Identity	identity;
	const char *purpose;		/* canonical, or NULL if none is declared */
	DateADT		today;
	bool		break_glass;
	bool		hypothetical;	/* asked about a role, not by it */
} AccessQuestion;

typedef struct DecisionKey
{
	Oid			relation;
	Identity	identity;
} DecisionKey;

typedef struct DecisionEntry
{
	DecisionKey key;
	Decision   *decision;
} DecisionEntry;

/* What the remembered decisions rest on. */
typedef struct Foundation
{
	uint64		registry;
	uint64		license;
	uint64		holds;
	uint64		attest;
	uint64		linkages;
	uint64		settings;
	int64		session_user;	/* an Oid, widened like the next */
	int64		today;			/* a DateADT, widened: the struct is compared with memcmp */
} Foundation;

/* Values of pdauth.no_license. */
enum
{
	NO_LICENSE_REFUSE,
	NO_LICENSE_EMPTY,
};

static const struct config_enum_entry no_license_options[] = {
	{"refuse", NO_LICENSE_REFUSE, false},
	{"empty", NO_LICENSE_EMPTY, false},
	{NULL, 0, false}
};

static char *purpose_setting = NULL;
static char *break_glass_setting = NULL;
static int	no_license_setting = NO_LICENSE_REFUSE;
static uint64 settings_generation = 1;

static MemoryContext decision_context = NULL;
static HTAB *decisions = NULL;
static Foundation decisions_rest_on;

static bool
list_covers(const List *regions, uint64 code)
{
	const ListCell *cell;

	foreach(cell, regions)
	{
		const char *text = lfirst(cell);
		uint64		region = SCOPE_REGION_ANY;

		if ((strcmp(text, "*") == 0 || scope_region_parse(text, strlen(text), &region)) &&
			scope_region_contains(region, code))
			return true;
	}
	return false;
}

bool
decision_regions_cover(const List *region_lists, const char *code, int length)
{
	uint64		parsed;
	const ListCell *cell;

	if (region_lists == NIL)
		return true;
	if (code == NULL || !scope_region_parse(code, length, &parsed))
		return false;
	foreach(cell, region_lists)
	{
		if (!list_covers(lfirst(cell), parsed))
			return false;
	}
	return true;
}

const char *
decision_declared_purpose(void)
{
	if (purpose_setting == NULL || purpose_setting[0] == '\0')
		return NULL;
	return scope_path_canonical(purpose_setting);
}

const char *
decision_purpose_setting(void)
{
	return purpose_setting != NULL ? purpose_setting : "";
}

bool
decision_break_glass(const Identity *identity)
{
	if (break_glass_setting == NULL || break_glass_setting[0] == '\0' ||
		!superuser_arg(GetSessionUserId()) || !identity_is_superuser(identity))
		return false;
	audit_restore_note();
	return true;
}

/* pdauth.break_glass_active() returns boolean */
Datum
pdauth_break_glass_active(PG_FUNCTION_ARGS)
{
	Identity	identity = identity_of(InvalidOid);

	PG_RETURN_BOOL(decision_break_glass(&identity));
}

bool
decision_tile_applies(const ScopeTile *tile, const ProtectedRelation *relation, DateADT today)
{
	if (!(tile->actions & (1 << SCOPE_READ)) || !scope_path_covers(tile->path, relation->resource))
		return false;
	if (tile->valid_from > today || tile->valid_until <= today)
		return false;
	/* rows that do not say where they belong could belong anywhere */
	if (relation->region_attribute == 0)
		return scope_region_covers(tile->region, relation->region ? relation->region : "*");
	return true;
}

static bool
string_list_has(const List *list, const char *string)
{
	ListCell   *cell;

	foreach(cell, list)
	{
		if (strcmp(lfirst(cell), string) == 0)
			return true;
	}
	return false;
}

static void
note_purpose(RoleAccess *access, const char *purpose)
{
	if (!string_list_has(access->purposes, purpose))
		access->purposes = lappend(access->purposes, pstrdup(purpose));
}

/* 'a', 'b' for a hint. */
static char *
purpose_choice(const RoleAccess *access)
{
	StringInfoData choice;
	ListCell   *cell;

	initStringInfo(&choice);
	foreach(cell, access->purposes)
		appendStringInfo(&choice, "%s%s", choice.len > 0 ? ", " : "", quote_literal_cstr(lfirst(cell)));
	return choice.data;
}

/* The license's purposes among the tiles that apply, as one comparable string. */
static char *
add_license_tiles(RoleAccess *access, const License *license,
				  const ProtectedRelation *relation, DateADT today, const char *purpose)
{
	StringInfoData purposes = {0};

	for (int i = 0; i < license->tile_count; i++)
	{
		const ScopeTile *tile = &license->tiles[i];
		char	   *quoted;

		if (!decision_tile_applies(tile, relation, today))
			continue;
		note_purpose(access, tile->purpose);
		if (purpose != NULL && !scope_path_covers(tile->purpose, purpose))
			continue;
		access->tiles = lappend(access->tiles, unconstify(ScopeTile *, tile));
		access->licenses = lappend(access->licenses, unconstify(License *, license));
		quoted = psprintf("'%s'", tile->purpose);
		/* a role can hold thousands of licenses that are about something else */
		if (purposes.data == NULL)
			initStringInfo(&purposes);
		if (strstr(purposes.data, quoted) == NULL)
			appendStringInfoString(&purposes, quoted);
	}
	return purposes.data;
}

static int
compare_strings(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* What the tiles of one purpose permit, as one comparable string. */
static char *
purpose_contents(const RoleAccess *access, const char *purpose)
{
	List	   *contents = NIL;
	StringInfoData text;
	ListCell   *cell;

	foreach(cell, access->tiles)
	{
		const ScopeTile *tile = lfirst(cell);

		if (strcmp(tile->purpose, purpose) == 0)
			contents = lappend(contents, psprintf("%d|%s|%s\n", tile->level, tile->region, tile->column));
	}
	list_sort(contents, compare_strings);
	initStringInfo(&text);
	foreach(cell, contents)
		appendStringInfoString(&text, lfirst(cell));
	return text.data;
}

/* Even one license can permit different data for different purposes: never their union. */
static bool
purposes_differ(const RoleAccess *access)
{
	const char *first = NULL;
	ListCell   *cell;

	foreach(cell, access->purposes)
	{
		char	   *contents = purpose_contents(access, lfirst(cell));

		if (first != NULL && strcmp(first, contents) != 0)
			return true;
		first = contents;
	}
	return false;
}

RoleAccess *
decision_role_access(Oid role, const ProtectedRelation *relation, DateADT today, const char *purpose)
{
	RoleAccess *access = palloc0(sizeof(RoleAccess));
	char	   *first_purposes = NULL;
	ListCell   *cell,
			   *inner;

	access->role = role;
	foreach(cell, identity_inherited_roles(role))
	{
		const Holdings *holdings = license_holdings(lfirst_oid(cell));

		foreach(inner, holdings->custodies)
			access->custodian |= scope_path_covers(lfirst(inner), relation->resource);
		foreach(inner, holdings->licenses)
		{
			char	   *purposes = add_license_tiles(access, lfirst(inner), relation, today, purpose);

			if (purposes == NULL || purpose != NULL)
				continue;
			if (first_purposes != NULL && strcmp(first_purposes, purposes) != 0)
				access->purpose_unclear = true;
			first_purposes = purposes;
		}
	}
	if (purpose == NULL && !access->purpose_unclear)
		access->purpose_unclear = purposes_differ(access);
	return access;
}

bool
decision_tile_shows(const ScopeTile *tile, const ProtectedColumn *column)
{
	return tile->level >= column->level &&
		(strcmp(tile->column, "*") == 0 || strcmp(tile->column, column->name) == 0);
}

/* Does a tile name the column, so that only the column's level is above it? */
static bool
tiles_name(const List *tiles, const ProtectedColumn *column)
{
	ListCell   *cell;

	foreach(cell, tiles)
	{
		const ScopeTile *tile = lfirst(cell);

		if (strcmp(tile->column, "*") == 0 || strcmp(tile->column, column->name) == 0)
			return true;
	}
	return false;
}

/* Regions of the tiles that show the column (NULL: any column) up to its level. */
static List *
tile_regions(const List *tiles, const ProtectedColumn *column)
{
	List	   *regions = NIL;
	ListCell   *cell;

	foreach(cell, tiles)
	{
		const ScopeTile *tile = lfirst(cell);

		if (column != NULL && !decision_tile_shows(tile, column))
			continue;
		if (!string_list_has(regions, tile->region))
			regions = lappend(regions, pstrdup(tile->region));
	}
	return regions;
}

static bool
regions_cover(const List *ancestors, const List *regions)
{
	ListCell   *cell,
			   *inner;

	foreach(cell, regions)
	{
		bool		covered = false;

		foreach(inner, ancestors)
			covered |= scope_region_covers(lfirst(inner), lfirst(cell));
		if (!covered)
			return false;
	}
	return true;
}

static void
restrict_column(ColumnDecision *decision, const ProtectedRelation *relation,
				const ProtectedColumn *column, const List *tiles, const List *row_regions)
{
	List	   *clear;

	if (column->name == NULL)
		return;					/* dropped: nothing to hide */
	clear = tile_regions(tiles, column);
	if (clear == NIL)
	{
		decision->visibility = COLUMN_MASKED;
		decision->by_grade = tiles_name(tiles, column);
		decision->clear_regions = NIL;
	}
	else if (relation->region_attribute != 0 && !regions_cover(clear, row_regions) &&
			 decision->visibility != COLUMN_MASKED)
	{
		decision->visibility = COLUMN_BY_REGION;
		decision->clear_regions = lappend(decision->clear_regions, clear);
	}
}

/* Narrow the decision to what this role may see as well. */
static void
restrict_to_role(Decision *decision, const ProtectedRelation *relation, const RoleAccess *access)
{
	List	   *regions = tile_regions(access->tiles, NULL);
	const char *filter = ((const License *) linitial(access->licenses))->row_filter;

	if (filter != NULL && !string_list_has(decision->row_filters, filter))
		decision->row_filters = lappend(decision->row_filters, pstrdup(filter));
	if (relation->region_attribute != 0 && !string_list_has(regions, "*"))
		decision->row_regions = lappend(decision->row_regions, regions);
	for (int i = 0; i < decision->column_count; i++)
		restrict_column(&decision->columns[i], relation, &relation->columns[i],
						access->tiles, regions);
}

static const char *
role_description(Oid role, const AccessQuestion *question)
{
	const char *name = GetUserNameFromId(role, true);

	return psprintf(_("role \"%s\"%s"), name ? name : _("(dropped)"),
					question->hypothetical || role == GetOuterUserId() ? "" : _(" (owner of a view or function on the way)"));
}

static void
refuse_without_license(Decision *decision, const ProtectedRelation *relation,
					   const RoleAccess *access, const AccessQuestion *question)
{
	char	   *ended;

	if (question->purpose != NULL && access->purposes != NIL)
	{
		decision->rule = PDAUTH_RULE_PURPOSE;
		decision->message = psprintf(_("%s holds no license in force to read %s for purpose %s"),
									 role_description(access->role, question), relation->name, question->purpose);
		decision->detail = psprintf(_("It is protected as resource %s."), relation->resource);
		decision->hint = psprintf(_("Its licenses are for other purposes. SET pdauth.purpose to the true one of: %s."),
								  purpose_choice(access));
		return;
	}
	decision->unlicensed_role = access->role;
	ended = license_last_ended(identity_inherited_roles(access->role), relation->resource, question->today);
	decision->rule = PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL;
	decision->message = psprintf(_("%s holds no license in force to read %s"),
								 role_description(access->role, question), relation->name);
	decision->detail = psprintf(_("It is protected as resource %s.%s%s"), relation->resource,
								ended ? " " : "", ended ? ended : "");
	decision->hint = psprintf(superuser_arg(access->role) ?
							  _("For a backup or a repair, first SET pdauth.break_glass to the reason; it is recorded. To use the data, apply for it (%s) as anybody else.") :
							  _("Apply for the data (%s) on the operating platform; once both approvals are there, a policy administrator inserts the license into pdauth.license."),
							  pdauth_server_text("数据申请"));
}

static void
refuse_excluded(Decision *decision, const ProtectedRelation *relation, const Exclusion *exclusion,
				Oid role, const AccessQuestion *question)
{
	decision->rule = PDAUTH_RULE_EXCLUDED;
	decision->message = psprintf(_("%s may not read %s: its resource is on the negative list (%s)"),
								 role_description(role, question), relation->name, pdauth_server_text("负面清单"));
	decision->detail = psprintf(_("Resource %s is excluded from every license: %s."), exclusion->resource, exclusion->basis);
	decision->hint = _("Use other resources, or have the entry reviewed by the data authority that keeps the list.");
}

static void
refuse_unclear_purpose(Decision *decision, const ProtectedRelation *relation,
					   const RoleAccess *access, const AccessQuestion *question)
{
	decision->rule = PDAUTH_RULE_PURPOSE;
	decision->message = psprintf(_("%s holds licenses to read %s for different purposes and has not declared one"),
								 role_description(access->role, question), relation->name);
	decision->detail = "";
	decision->hint = psprintf(_("SET pdauth.purpose to the true one of: %s."), purpose_choice(access));
}

static void
refuse_conflict(Decision *decision, const ProtectedRelation *relation)
{
	decision->rule = PDAUTH_RULE_FAIL_CLOSED;
	decision->message = psprintf(_("%s cannot be read: %s"), relation->name, relation->conflict);
	decision->detail = "";
	decision->hint = relation->conflict_hint;
}

/* A hold stops reading and writing, whatever the licenses say. */
static bool
refuse_hold(Decision *decision, const ProtectedRelation *relation, const AccessQuestion *question)
{
	HoldFinding finding;

	if (!access_hold_find(relation, &question->identity, &finding))
		return false;
	decision->held = true;
	decision->rule = finding.rule;
	decision->message = psprintf(_("access to %s is stopped by %s"), relation->name, finding.object);
	decision->detail = psprintf(_("It is protected as resource %s.%s%s%s"), relation->resource,
								finding.others ? _(" Also violated: ") : "", finding.others ? finding.others : "",
								finding.others ? "." : "");
	decision->hint = finding.hint;
	return true;
}

static void
refuse_different_filters(Decision *decision, const ProtectedRelation *relation, const RoleAccess *access,
						 const AccessQuestion *question)
{
	decision->rule = PDAUTH_RULE_ACCESS_EQUALS_APPROVAL;
	decision->message = psprintf(_("%s holds licenses to read %s with different row filters"),
								 role_description(access->role, question), relation->name);
	decision->detail = _("Their union is not what was approved.");
	decision->hint = list_length(access->purposes) > 1 ?
		psprintf(_("SET pdauth.purpose to the true one of: %s."), purpose_choice(access)) :
		_("Replace them by one request that asks for all the rows.");
}

/* Do all licenses that apply filter the rows alike? */
static bool
filters_agree(const RoleAccess *access)
{
	const char *first = ((const License *) linitial(access->licenses))->row_filter;
	ListCell   *cell;

	foreach(cell, access->licenses)
	{
		const char *filter = ((const License *) lfirst(cell))->row_filter;

		if (strcmp(first ? first : "", filter ? filter : "") != 0)
			return false;
	}
	return true;
}

static uint64
decision_fingerprint(const Decision *decision, const ProtectedRelation *relation)
{
	StringInfoData text;
	uint64		hash;
	ListCell   *cell;

	initStringInfo(&text);
	appendStringInfo(&text, "%d%d%d%d%d%d" UINT64_FORMAT, decision->may_read, decision->may_write,
					 decision->unrestricted, decision->break_glass, decision->empty,
					 decision->observation != NULL, relation->fingerprint);
	for (int i = -1; i < decision->column_count; i++)
	{
		List	   *sets = i < 0 ? decision->row_regions : decision->columns[i].clear_regions;
		ListCell   *inner;

		appendStringInfo(&text, "|%d", i < 0 ? 0 : decision->columns[i].visibility);
		foreach(cell, sets)
		{
			appendStringInfoChar(&text, '(');
			foreach(inner, (List *) lfirst(cell))
				appendStringInfo(&text, "%s,", (char *) lfirst(inner));
		}
	}
	foreach(cell, decision->row_filters)
		appendStringInfo(&text, "|where %s", (char *) lfirst(cell));
	hash = hash_bytes_extended((unsigned char *) text.data, text.len, 1);
	pfree(text.data);
	return hash;
}

/* Does all that the role reads come from grants with the action derive? */
static bool
may_derive(const RoleAccess *access)
{
	ListCell   *cell;

	foreach(cell, access->tiles)
	{
		if (!(((const ScopeTile *) lfirst(cell))->actions & (1 << SCOPE_DERIVE)))
			return false;
	}
	return true;
}

static void
decide_by_roles(Decision *decision, const ProtectedRelation *relation, const AccessQuestion *question)
{
	const Identity *identity = &question->identity;
	const Exclusion *exclusion = license_exclusion(relation->resource);

	decision->may_read = decision->may_write = decision->may_derive = true;
	for (int i = 0; i < IDENTITY_ROLES && OidIsValid(identity->roles[i]); i++)
	{
		RoleAccess *access = decision_role_access(identity->roles[i], relation, question->today,
												  question->purpose);

		if (access->custodian)
			continue;
		decision->may_write = false;
		if (exclusion == NULL && access->tiles != NIL && !access->purpose_unclear && filters_agree(access))
		{
			restrict_to_role(decision, relation, access);
			decision->may_derive &= may_derive(access);
			continue;
		}
		decision->may_read = decision->may_derive = false;
		if (exclusion != NULL)
			refuse_excluded(decision, relation, exclusion, identity->roles[i], question);
		else if (access->purpose_unclear)
			refuse_unclear_purpose(decision, relation, access, question);
		else if (access->tiles != NIL)
			refuse_different_filters(decision, relation, access, question);
		else
			refuse_without_license(decision, relation, access, question);
		return;
	}
	decision->unrestricted = decision->row_regions == NIL && decision->row_filters == NIL;
	for (int i = 0; i < decision->column_count; i++)
		decision->unrestricted &= decision->columns[i].visibility == COLUMN_CLEAR;
}

/* pdauth.no_license = empty: no row, and no column either should one come through. */
static void
answer_empty(Decision *decision)
{
	decision->may_read = decision->empty = true;
	decision->row_regions = decision->row_filters = NIL;
	for (int i = 0; i < decision->column_count; i++)
		decision->columns[i].visibility = COLUMN_MASKED;
}

static Decision *
decide(const ProtectedRelation *relation, const AccessQuestion *question)
{
	Decision   *decision = palloc0(sizeof(Decision));

	decision->column_count = relation->column_count;
	decision->columns = palloc0(sizeof(ColumnDecision) * Max(relation->column_count, 1));
	if (question->break_glass)
		decision->may_read = decision->may_write = decision->unrestricted = decision->break_glass = true;
	else if (relation->conflict)
		refuse_conflict(decision, relation);
	else if (!refuse_hold(decision, relation, question))
	{
		decide_by_roles(decision, relation, question);
		if (relation->mode == LABEL_OBSERVE && !question->hypothetical)
			observe_open(decision);
		if (!decision->may_read && decision->rule == PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL &&
			no_license_setting == NO_LICENSE_EMPTY && !question->hypothetical)
			answer_empty(decision);
	}
	decision->fingerprint = decision_fingerprint(decision, relation);
	return decision;
}

static void
decisions_reset(const Foundation *foundation)
{
	HASHCTL		control = {0};

	if (decision_context != NULL)
		MemoryContextDelete(decision_context);
	decision_context = NULL;
	decision_context = AllocSetContextCreate(TopMemoryContext, "pdauth decisions",
											 ALLOCSET_SMALL_SIZES);
	control.keysize = sizeof(DecisionKey);
	control.entrysize = sizeof(DecisionEntry);
	control.hcxt = decision_context;
	decisions = hash_create("pdauth decisions", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	decisions_rest_on = *foundation;
}

static Foundation
present_foundation(void)
{
	Foundation	now = {registry_generation(), license_generation(), access_hold_generation(), attest_generation(), linkage_generation(),
	settings_generation, GetSessionUserId(), clock_today()};

	return now;
}

uint64
decision_stamp(void)
{
	typedef struct State
	{
		Foundation	foundation;
		int64		user;
		int64		outer_user;
	} State;
	static State last;
	static uint64 stamp = 1;
	State		now = {present_foundation(), GetUserId(), GetOuterUserId()};

	if (memcmp(&now, &last, sizeof(State)) != 0)
	{
		last = now;
		stamp++;
	}
	return stamp;
}

const Decision *
decision_for(const ProtectedRelation *relation, const Identity *identity)
{
	DecisionKey key = {relation->relation, *identity};
	Foundation	now = present_foundation();
	DecisionEntry *entry;
	Decision   *volatile decision = NULL;
	MemoryContext caller;

	if (decisions == NULL || memcmp(&now, &decisions_rest_on, sizeof(Foundation)) != 0)
		decisions_reset(&now);
	entry = hash_search(decisions, &key, HASH_FIND, NULL);
	if (entry != NULL)
		return entry->decision;
	statistics_count(STATISTIC_DECISIONS);
	caller = MemoryContextSwitchTo(decision_context);
	license_pin(true);
	PG_TRY();
	{
		AccessQuestion question = {*identity, decision_declared_purpose(), now.today,
		decision_break_glass(identity), false};

		decision = decide(relation, &question);
	}
	PG_FINALLY();
	{
		license_pin(false);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	entry = hash_search(decisions, &key, HASH_ENTER, NULL);
	entry->decision = decision;
	return decision;
}

const Decision *
decision_explain(const ProtectedRelation *relation, Oid role, const char *purpose, DateADT day)
{
	AccessQuestion question = {{{role}}, purpose, day, false, true};

	question.break_glass = role == GetUserId() && decision_break_glass(&question.identity);
	return decide(relation, &question);
}

/* The one place where the way out is recorded. */
static void
record_break_glass(const char *what)
{
	statistics_count(STATISTIC_BREAK_GLASS);
	ereport(LOG,
			(errmsg("pdauth.break_glass opens %s to \"%s\": %s", what,
					GetUserNameFromId(GetSessionUserId(), true), break_glass_setting),
			 errhidestmt(false)));
}

void
decision_record_break_glass(const Decision *decision, const ProtectedRelation *relation)
{
	if (decision->break_glass)
		record_break_glass(relation->name);
}

void
decision_require_break_glass_or(const char *what, const char *why, const char *instead)
{
	Identity	identity = identity_of(InvalidOid);

	if (!decision_break_glass(&identity))
		ereport(ERROR,
				(pdauth_errcode(PDAUTH_RULE_NO_BYPASS),
				 errmsg("%s is not open without break-glass", _(what)),
				 pdauth_errdetail_more(PDAUTH_RULE_NO_BYPASS, "%s", _(why)),
				 errhint("%s", _(instead))));
	record_break_glass(what);
}

void
decision_require_break_glass(const char *what, const char *why)
{
	decision_require_break_glass_or(what, why,
									gettext_noop("If it has to be, a superuser sets pdauth.break_glass to the reason; that is recorded."));
}

void
decision_require_read(const Decision *decision, const ProtectedRelation *relation)
{
	RegisterStanding standing;

	if (decision->may_read)
		return;
	audit_note_refused_relation(relation->relation, relation->name);
	if (decision->rule == PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL &&
		register_standing(decision->unlicensed_role, relation->resource, &standing))
		ereport(ERROR,
				(pdauth_errcode(standing.rule),
				 errmsg_internal("%s", decision->message),
				 pdauth_errdetail_more(standing.rule, "%s %s", decision->detail, standing.facts),
				 errhint("%s", standing.hint)));
	ereport(ERROR,
			(pdauth_errcode(decision->rule),
			 errmsg_internal("%s", decision->message),
			 decision->detail[0] ? pdauth_errdetail_more(decision->rule, "%s", decision->detail) :
			 pdauth_errdetail(decision->rule),
			 errhint("%s", decision->hint)));
}

void
decision_require_write(const Decision *decision, const ProtectedRelation *relation)
{
	if (decision->may_write)
		return;
	audit_note_refused_relation(relation->relation, relation->name);
	if (relation->conflict || decision->held)
		decision_require_read(decision, relation);
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_NO_ALTERATION),
			 errmsg("only custodians of resource %s may write %s", relation->resource, relation->name),
			 pdauth_errdetail(PDAUTH_RULE_NO_ALTERATION),
			 errhint("Data is corrected by the unit that provides it: raise a quality ticket (%s). The unit's own application roles are recorded in pdauth.custodian.",
					 pdauth_server_text("数据校核需求"))));
}

uint64
decision_settings_generation(void)
{
	return settings_generation;
}

static void
settings_changed(const char *value, void *extra)
{
	/* plans made under the old setting must not answer under the new one */
	settings_generation++;
	ResetPlanCache();
}

static void
no_license_changed(int value, void *extra)
{
	settings_changed(NULL, extra);
}

/* Break-glass is an act of a person in a session, never a default somebody left behind. */
static bool
check_break_glass(char **value, void **extra, GucSource source)
{
	if (*value == NULL || (*value)[0] == '\0' || source == PGC_S_SESSION || source == PGC_S_CLIENT)
		return true;
	GUC_check_errdetail("pdauth.break_glass can only be set by SET in a superuser's own session or by its connection options.");
	return false;
}

void
decision_init(void)
{
	DefineCustomStringVariable("pdauth.purpose",
							   "Purpose for which this session uses protected data.",
							   "A purpose path as licenses name it. It can only narrow what the role's licenses permit.",
							   &purpose_setting, "", PGC_USERSET, 0,
							   NULL, settings_changed, NULL);
	DefineCustomEnumVariable("pdauth.no_license",
							 "What a query on a protected relation gets without any license: a refusal, or no rows.",
							 "Only for applications that cannot take an error; nobody is told then why there is no row.",
							 &no_license_setting, NO_LICENSE_REFUSE, no_license_options, PGC_SUSET, 0,
							 NULL, no_license_changed, NULL);
	DefineCustomStringVariable("pdauth.break_glass",
							   "Reason for leaving the protection: superusers only, recorded in the server log.",
							   "While it is set, protected relations are read and written in clear.",
							   &break_glass_setting, "", PGC_SUSET, GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   check_break_glass, settings_changed, NULL);
}
