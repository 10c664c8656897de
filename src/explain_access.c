/*
 * explain_access.c
 *		pdauth.explain_access(): what a role gets of a relation, why, and what
 *		is missing.
 *
 * The answer comes from decision.c, which also decides real statements, so the
 * two cannot disagree; this file only puts it into rows.  It knows labels and
 * licenses, never a value of the relation.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "clock.h"
#include "decision.h"
#include "scope_internal.h"

PG_FUNCTION_INFO_V1(pdauth_explain_access);

/* Columns of the result, as in 340_explain_access.sql. */
enum
{
	EXPLAIN_PART, EXPLAIN_COLUMN, EXPLAIN_ACCESS, EXPLAIN_REGIONS, EXPLAIN_LEVEL, EXPLAIN_MASK,
	EXPLAIN_LICENSES, EXPLAIN_RULE, EXPLAIN_REASON, EXPLAIN_MISSING, EXPLAIN_PURPOSES,
	EXPLAIN_COLUMNS
};

typedef struct ExplainRow
{
	const char *part;
	const char *column;			/* NULL here and below: NULL in the result */
	const char *access;
	const List *regions;		/* of char * */
	const char *level;
	const char *mask;
	const List *licenses;		/* of License *, repeats are left out */
	const char *rule;
	const char *reason;
	const LicenseScope *missing;
	const List *purposes;		/* of char * */
} ExplainRow;

typedef struct Explanation
{
	ReturnSetInfo *result;
	const ProtectedRelation *relation;
	Oid			role;
	const char *purpose;		/* or NULL */
	DateADT		day;
	const Decision *decision;
	RoleAccess *access;
	LicenseScope *held;			/* what the role holds of the resource, or NULL: too much to tell */
} Explanation;

/* More tiles than this are not joined into one scope: the builder has a limit too. */
#define EXPLAIN_MAX_TILES 2048

static Datum
text_array(const List *strings)
{
	Datum	   *items = palloc(sizeof(Datum) * list_length(strings));
	int			count = 0;
	const ListCell *cell;

	foreach(cell, strings)
		items[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(items, count, TEXTOID, -1, false, TYPALIGN_INT));
}

static Datum
license_array(const List *licenses)
{
	Datum	   *items = palloc(sizeof(Datum) * list_length(licenses));
	int			count = 0;
	const ListCell *cell;

	foreach(cell, licenses)
	{
		Datum		id = Int64GetDatum(((const License *) lfirst(cell))->id);
		bool		known = false;

		for (int i = 0; i < count; i++)
			known |= DatumGetInt64(items[i]) == DatumGetInt64(id);
		if (!known)
			items[count++] = id;
	}
	return PointerGetDatum(construct_array(items, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

static Datum
text_or_null(const char *string, bool *is_null)
{
	*is_null = string == NULL;
	return string ? CStringGetTextDatum(string) : (Datum) 0;
}

static void
put_row(const Explanation *explanation, const ExplainRow *row)
{
	Datum		values[EXPLAIN_COLUMNS] = {0};
	bool		nulls[EXPLAIN_COLUMNS] = {0};
	NameData	column;

	namestrcpy(&column, row->column ? row->column : "");
	values[EXPLAIN_PART] = text_or_null(row->part, &nulls[EXPLAIN_PART]);
	values[EXPLAIN_COLUMN] = NameGetDatum(&column);
	nulls[EXPLAIN_COLUMN] = row->column == NULL;
	values[EXPLAIN_ACCESS] = text_or_null(row->access, &nulls[EXPLAIN_ACCESS]);
	values[EXPLAIN_LEVEL] = text_or_null(row->level, &nulls[EXPLAIN_LEVEL]);
	values[EXPLAIN_MASK] = text_or_null(row->mask, &nulls[EXPLAIN_MASK]);
	values[EXPLAIN_RULE] = text_or_null(row->rule, &nulls[EXPLAIN_RULE]);
	values[EXPLAIN_REASON] = text_or_null(row->reason, &nulls[EXPLAIN_REASON]);
	values[EXPLAIN_MISSING] = PointerGetDatum(row->missing);
	nulls[EXPLAIN_MISSING] = row->missing == NULL || row->missing->grant_count == 0;
	if (!(nulls[EXPLAIN_REGIONS] = row->regions == NIL))
		values[EXPLAIN_REGIONS] = text_array(row->regions);
	if (!(nulls[EXPLAIN_LICENSES] = row->licenses == NIL))
		values[EXPLAIN_LICENSES] = license_array(row->licenses);
	if (!(nulls[EXPLAIN_PURPOSES] = row->purposes == NIL))
		values[EXPLAIN_PURPOSES] = text_array(row->purposes);
	tuplestore_putvalues(explanation->result->setResult, explanation->result->setDesc, values, nulls);
}

static ScopeKey
region_key(const char *text)
{
	uint64		region = SCOPE_REGION_ANY;

	/* a label's code is checked where it is used; a malformed one is covered by * only */
	if (strcmp(text, "*") != 0 && !scope_region_parse(text, strlen(text), &region))
		region = SCOPE_REGION_ANY;
	return scope_region_key(region);
}

/* The union of the tiles of the relation, for any purpose. */
static LicenseScope *
held_scope(const Explanation *explanation)
{
	RoleAccess *access = decision_role_access(explanation->role, explanation->relation,
											  explanation->day, NULL);
	ScopeBuilder *builder = scope_builder_create();
	ListCell   *cell;

	if (list_length(access->tiles) > EXPLAIN_MAX_TILES)
		return NULL;
	foreach(cell, access->tiles)
	{
		const ScopeTile *tile = lfirst(cell);
		ScopeBox	box = {.actions = tile->actions,.level = tile->level};

		scope_key_list_add(&box.axis[SCOPE_AXIS_PATH], scope_parse_path(tile->path, NULL));
		scope_key_list_add(&box.axis[SCOPE_AXIS_REGION], region_key(tile->region));
		scope_key_list_add(&box.axis[SCOPE_AXIS_PURPOSE], scope_parse_path(tile->purpose, NULL));
		scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], scope_column_key(tile->column));
		scope_box_add_range(&box, tile->valid_from, tile->valid_until);
		scope_builder_add(builder, &box);
	}
	return scope_builder_union(builder);
}

static void
add_request_purposes(const Explanation *explanation, ScopeKeyList *purposes)
{
	ListCell   *cell;

	if (explanation->purpose != NULL)
		scope_key_list_add(purposes, scope_parse_path(explanation->purpose, NULL));
	else if (explanation->access->purposes == NIL)
		scope_key_list_add(purposes, scope_parse_path("*", NULL));
	foreach(cell, explanation->purpose ? NIL : explanation->access->purposes)
		scope_key_list_add(purposes, scope_parse_path(lfirst(cell), NULL));
}

/*
 * What the role's licenses lack to show the column (NULL: all) in clear on
 * that day: in the regions given, or wherever rows can belong.
 */
static LicenseScope *
missing_scope(const Explanation *explanation, const ProtectedColumn *column, const List *regions)
{
	const ProtectedRelation *relation = explanation->relation;
	ScopeBox	box = {.actions = 1 << SCOPE_READ};
	ScopeBuilder *builder = scope_builder_create();
	const char *complaint;
	const ListCell *cell;

	if (explanation->held == NULL || !scope_date_is_valid(explanation->day) ||
		!scope_date_is_valid(explanation->day + 1))
		return NULL;
	for (int i = 0; i < relation->column_count && column == NULL; i++)
		box.level = Max(box.level, relation->columns[i].level);
	if (column != NULL)
		box.level = column->level;
	/* a name that scopes cannot spell can only be licensed as one of all */
	if (column == NULL || scope_name_normalize(column->name, strlen(column->name), &complaint) == NULL)
		scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], scope_column_key("*"));
	else
		scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], scope_column_key(column->name));
	scope_key_list_add(&box.axis[SCOPE_AXIS_PATH], scope_parse_path(relation->resource, NULL));
	add_request_purposes(explanation, &box.axis[SCOPE_AXIS_PURPOSE]);
	foreach(cell, regions)
		scope_key_list_add(&box.axis[SCOPE_AXIS_REGION], region_key(lfirst(cell)));
	if (regions == NIL)
		scope_key_list_add(&box.axis[SCOPE_AXIS_REGION],
						   region_key(relation->region && relation->region_attribute == 0 ? relation->region : "*"));
	scope_box_add_range(&box, explanation->day, explanation->day + 1);
	scope_builder_add(builder, &box);
	return scope_missing(scope_builder_union(builder), explanation->held, SCOPE_SOME_PARTS);
}

static List *
visible_regions(const Decision *decision)
{
	return decision->row_regions ? linitial(decision->row_regions) : NIL;
}

/* Why reading works as it does, where it works. */
static const char *
read_reason(const Explanation *explanation)
{
	const Decision *decision = explanation->decision;

	if (decision->break_glass)
		return _("pdauth.break_glass is set in this session");
	if (explanation->access->custodian)
		return psprintf(_("custodian of resource %s"), explanation->relation->resource);
	if (decision->unrestricted)
		return _("licensed in full");
	return _("licensed in part: see rows and columns");
}

static void
explain_relation(const Explanation *explanation)
{
	const Decision *decision = explanation->decision;
	ExplainRow	row = {.part = "relation",.licenses = explanation->access->licenses};
	Oid			relation = explanation->relation->relation;

	row.purposes = explanation->access->purposes;
	if (!decision->may_read)
	{
		row.access = "refused";
		row.rule = pdauth_rule_id(decision->rule);
		row.reason = psprintf("%s. %s%s%.*s", decision->message, decision->detail, decision->detail[0] ? " " : "",
							  (int) strlen(decision->hint) - 1, decision->hint);
	}
	else
	{
		row.access = decision->unrestricted ? "clear" : "restricted";
		row.rule = row.licenses ? pdauth_rule_id(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL) : NULL;
		row.reason = read_reason(explanation);
	}
	if (explanation->relation->mode == LABEL_OBSERVE && !(decision->unrestricted && decision->may_write))
		row.reason = psprintf(_("observe mode: everything passes now, and this is recorded. Enforced: %s"), row.reason);
	if (!decision->unrestricted && !explanation->access->purpose_unclear && explanation->relation->resource)
		row.missing = missing_scope(explanation, NULL, NIL);
	if (pg_class_aclcheck(relation, explanation->role, ACL_SELECT) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relation, explanation->role, ACL_SELECT, ACLMASK_ANY) != ACLCHECK_OK)
		row.reason = psprintf(_("%s; besides, the role lacks the SELECT privilege"), row.reason);
	put_row(explanation, &row);
}

static void
explain_rows(const Explanation *explanation)
{
	const Decision *decision = explanation->decision;
	const ProtectedRelation *relation = explanation->relation;
	ExplainRow	row = {.part = "rows",.access = "refused"};

	if (decision->may_read)
	{
		row.access = decision->row_regions ? "by region" : "all";
		row.regions = visible_regions(decision);
		row.licenses = explanation->access->licenses;
		row.rule = row.licenses ? pdauth_rule_id(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL) : NULL;
	}
	else
		row.rule = pdauth_rule_id(decision->rule);
	if (decision->may_read && decision->row_regions)
		row.reason = psprintf(_("rows whose %s lies in these divisions"),
							  quote_identifier(relation->columns[relation->region_attribute - 1].name));
	else if (decision->may_read && decision->row_filters == NIL)
		row.reason = _("no row filter");
	if (decision->row_filters != NIL)
	{
		if (decision->row_regions == NIL)
			row.access = "filtered";
		row.reason = row.reason ? psprintf(_("%s, and of these rows where %s"), row.reason, (char *) linitial(decision->row_filters)) :
			psprintf(_("rows where %s"), (char *) linitial(decision->row_filters));
	}
	put_row(explanation, &row);
}

static const char *
mask_text(const ProtectedRelation *relation, const ProtectedColumn *column)
{
	return deparse_expression(column->mask,
							  deparse_context_for(get_rel_name(relation->relation), relation->relation),
							  false, false);
}

/* The licenses one of whose tiles shows the column. */
static List *
column_licenses(const Explanation *explanation, const ProtectedColumn *column)
{
	List	   *licenses = NIL;
	ListCell   *tile,
			   *license;

	forboth(tile, explanation->access->tiles, license, explanation->access->licenses)
	{
		if (decision_tile_shows(lfirst(tile), column))
			licenses = lappend(licenses, lfirst(license));
	}
	return licenses;
}

static void
explain_column(const Explanation *explanation, int number)
{
	const Decision *decision = explanation->decision;
	const ProtectedColumn *column = &explanation->relation->columns[number];
	ColumnVisibility visibility = decision->columns[number].visibility;
	ExplainRow	row = {.part = "column",.column = column->name,.level = scope_level_names[column->level]};

	if (column->name == NULL)
		return;					/* dropped */
	row.rule = decision->may_read ? NULL : pdauth_rule_id(decision->rule);
	row.access = "refused";
	if (decision->may_read && visibility != COLUMN_CLEAR && explanation->relation->mode == LABEL_STRICT)
		row.rule = pdauth_rule_id(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL);
	else if (decision->may_read)
	{
		row.access = visibility == COLUMN_CLEAR ? "clear" : visibility == COLUMN_MASKED ? "masked" : "by region";
		row.licenses = column_licenses(explanation, column);
		row.rule = explanation->access->custodian || decision->break_glass ? NULL :
			pdauth_rule_id(PDAUTH_RULE_ACCESS_EQUALS_APPROVAL);
	}
	if (decision->may_read && visibility != COLUMN_CLEAR)
	{
		row.missing = missing_scope(explanation, column, visible_regions(decision));
		if (explanation->relation->mode != LABEL_STRICT)
			row.mask = mask_text(explanation->relation, column);
		row.reason = explanation->relation->mode == LABEL_STRICT ?
			"strict mode: not licensed in clear in every row, so a query that names it is refused" :
			row.licenses ? "clear in these divisions, masked elsewhere" :
			"no license in force includes this column at its level";
	}
	if (decision->may_read && visibility == COLUMN_BY_REGION && row.licenses)
		row.regions = linitial(decision->columns[number].clear_regions);
	put_row(explanation, &row);
}

static void
explain_write(const Explanation *explanation)
{
	ExplainRow	row = {.part = "write",.access = "permitted"};

	if (explanation->decision->may_write)
		row.reason = read_reason(explanation);
	else
	{
		row.access = "refused";
		row.rule = pdauth_rule_id(PDAUTH_RULE_NO_ALTERATION);
		row.reason = "only custodians of the resource write it";
	}
	put_row(explanation, &row);
}

/* Somebody may ask about the roles whose rights he has; those who keep or audit the policy about all. */
static void
require_may_ask(Oid role)
{
	static const char *const trusted[] = {"pdauth_policy_admin", "pdauth_auditor"};

	if (has_privs_of_role(GetUserId(), role))
		return;
	for (int i = 0; i < lengthof(trusted); i++)
	{
		Oid			group = get_role_oid(trusted[i], true);

		if (OidIsValid(group) && has_privs_of_role(GetUserId(), group))
			return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to explain the access of role \"%s\"", GetUserNameFromId(role, false)),
			 errhint("Ask about a role you belong to, or have a member of pdauth_policy_admin or pdauth_auditor ask.")));
}

static void
explain_unprotected(const Explanation *explanation, Oid relation)
{
	ExplainRow	row = {.part = "relation",.access = "not protected"};

	row.reason = get_rel_relkind(relation) == RELKIND_VIEW ?
		"a view has no protection of its own: ask about the tables underneath" :
		"pdauth does not restrict it: privileges alone decide";
	put_row(explanation, &row);
}

static void
explain_protected(Explanation *explanation)
{
	explanation->decision = decision_explain(explanation->relation, explanation->role,
											 explanation->purpose, explanation->day);
	if (explanation->relation->conflict)
		explanation->access = palloc0(sizeof(RoleAccess));
	else
	{
		explanation->access = decision_role_access(explanation->role, explanation->relation,
												   explanation->day, explanation->purpose);
		explanation->held = held_scope(explanation);
	}
	explain_relation(explanation);
	explain_rows(explanation);
	for (int i = 0; i < explanation->relation->column_count; i++)
		explain_column(explanation, i);
	explain_write(explanation);
}

/* The purpose asked about; for oneself and none given, the one the session declared. */
static const char *
purpose_argument(FunctionCallInfo fcinfo, Oid role)
{
	char	   *purpose = PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2));

	if (purpose == NULL)
		return role == GetUserId() ? decision_declared_purpose() : NULL;
	return purpose[0] ? scope_path_canonical(purpose) : NULL;
}

/* pdauth.explain_access(relation regclass, role name, purpose text, day date) */
Datum
pdauth_explain_access(PG_FUNCTION_ARGS)
{
	Explanation explanation = {.result = (ReturnSetInfo *) fcinfo->resultinfo};
	Oid			relation;

	pdauth_require_preload();
	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("relation and role must be given")));
	relation = PG_GETARG_OID(0);
	explanation.role = get_role_oid(NameStr(*PG_GETARG_NAME(1)), false);
	require_may_ask(explanation.role);
	explanation.purpose = purpose_argument(fcinfo, explanation.role);
	explanation.day = PG_ARGISNULL(3) ? clock_today() : PG_GETARG_DATEADT(3);
	InitMaterializedSRF(fcinfo, 0);
	explanation.relation = registry_lookup(relation);
	if (explanation.relation == NULL)
	{
		explain_unprotected(&explanation, relation);
		return (Datum) 0;
	}
	license_pin(true);
	PG_TRY();
	{
		explain_protected(&explanation);
	}
	PG_FINALLY();
	{
		license_pin(false);
	}
	PG_END_TRY();
	return (Datum) 0;
}
