/*
 * scope_text.c
 *		Groups stored grants for showing, and writes the text form.
 *
 * Stored grants are nested by path, region, purpose, columns and rights.  Runs
 * that agree in all but the outer key are shown as one grant with a list:
 * equal sets are stored equally, so the text is deterministic, too.
 */
#include "pdauth.h"

#include "scope_internal.h"

/* A run of grants that agree in the dimensions outside the current one. */
typedef struct GrantRun
{
	const ScopeGrant *first;
	int			count;
	bool		taken;
} GrantRun;

typedef struct ShownWalk
{
	const LicenseScope *scope;
	scope_shown_callback callback;
	void	   *argument;
	ScopeShownGrant shown;
} ShownWalk;

static uint64
axis_value(const ScopeGrant *grant, int axis)
{
	return axis == SCOPE_AXIS_PATH ? grant->path :
		axis == SCOPE_AXIS_REGION ? grant->region : grant->purpose;
}

/* Do two runs agree in everything within the dimension? */
static bool
same_within(const GrantRun *a, const GrantRun *b, int axis)
{
	if (a->count != b->count)
		return false;
	for (int i = 0; i < a->count; i++)
	{
		ScopeGrant	x = a->first[i];

		x.path = b->first[i].path;
		if (axis >= SCOPE_AXIS_REGION)
			x.region = b->first[i].region;
		if (axis >= SCOPE_AXIS_PURPOSE)
			x.purpose = b->first[i].purpose;
		if (memcmp(&x, &b->first[i], sizeof(ScopeGrant)) != 0)
			return false;
	}
	return true;
}

/* Innermost: consecutive grants that differ only in their dates are one. */
static void
show_rights(ShownWalk *walk, const ScopeGrant *first, int count)
{
	for (int i = 0; i < count; i += walk->shown.range_count)
	{
		const ScopeGrant *grant = first + i;
		int			ranges = 1;

		while (i + ranges < count && grant[ranges].column_first == grant->column_first &&
			   grant[ranges].column_count == grant->column_count &&
			   grant[ranges].actions == grant->actions && grant[ranges].level == grant->level)
			ranges++;
		walk->shown.actions = grant->actions;
		walk->shown.level = grant->level;
		walk->shown.first = grant;
		walk->shown.range_count = ranges;
		walk->callback(walk->scope, &walk->shown, walk->argument);
	}
}

static int
split_runs(const ScopeGrant *first, int count, int axis, GrantRun *runs)
{
	int			run_count = 0;

	for (int i = 0; i < count; i++)
	{
		if (i == 0 || axis_value(&first[i], axis) != axis_value(&first[i - 1], axis))
		{
			runs[run_count].first = &first[i];
			runs[run_count].taken = false;
			runs[run_count++].count = 0;
		}
		runs[run_count - 1].count++;
	}
	return run_count;
}

static void
show(ShownWalk *walk, const ScopeGrant *first, int count, int axis)
{
	GrantRun   *runs;
	const ScopeGrant **members;
	int			run_count;

	if (axis == SCOPE_AXIS_COLUMN)
	{
		show_rights(walk, first, count);
		return;
	}
	runs = palloc(count * sizeof(GrantRun) + 1);
	run_count = split_runs(first, count, axis, runs);
	members = palloc(run_count * sizeof(ScopeGrant *) + 1);
	for (int i = 0; i < run_count; i++)
	{
		int			member_count = 0;

		if (runs[i].taken)
			continue;
		for (int j = i; j < run_count; j++)
		{
			if (runs[j].taken || (j > i && !same_within(&runs[i], &runs[j], axis)))
				continue;
			runs[j].taken = true;
			members[member_count++] = runs[j].first;
		}
		if (axis == SCOPE_AXIS_PATH)
		{
			walk->shown.paths = members;
			walk->shown.path_count = member_count;
		}
		else if (axis == SCOPE_AXIS_REGION)
		{
			walk->shown.regions = members;
			walk->shown.region_count = member_count;
		}
		else
		{
			walk->shown.purposes = members;
			walk->shown.purpose_count = member_count;
		}
		show(walk, runs[i].first, runs[i].count, axis + 1);
	}
	pfree(members);
	pfree(runs);
}

void
scope_for_each_shown(const LicenseScope *scope, scope_shown_callback callback, void *argument)
{
	ShownWalk	walk = {scope, callback, argument, {0}};

	show(&walk, scope_grants(scope), scope->grant_count, SCOPE_AXIS_PATH);
}

static void
append_columns(StringInfo out, const LicenseScope *scope, const ScopeGrant *grant)
{
	if (grant->column_count == 0)
		appendStringInfoChar(out, '*');
	for (int c = 0; c < grant->column_count; c++)
	{
		if (c > 0)
			appendStringInfoChar(out, ',');
		scope_append_key(out, scope_string(scope, scope_columns(scope)[grant->column_first + c]));
	}
}

static void
append_shown(const LicenseScope *scope, const ScopeShownGrant *grant, void *argument)
{
	StringInfo	out = argument;
	const char *comma = "";

	if (out->data[out->len - 1] != '{')
		appendStringInfoString(out, "; ");
	for (int action = 0; action < SCOPE_ACTION_COUNT; action++)
	{
		if ((grant->actions >> action & 1) == 0)
			continue;
		appendStringInfo(out, "%s%s", comma, scope_action_names[action]);
		comma = ",";
	}
	for (int i = 0; i < grant->path_count; i++)
	{
		appendStringInfoString(out, i == 0 ? " on " : ",");
		scope_append_key(out, scope_string(scope, grant->paths[i]->path));
	}
	appendStringInfoChar(out, '(');
	append_columns(out, scope, grant->first);
	for (int i = 0; i < grant->purpose_count; i++)
	{
		appendStringInfoString(out, i == 0 ? ") for " : ",");
		scope_append_key(out, scope_string(scope, grant->purposes[i]->purpose));
	}
	for (int i = 0; i < grant->region_count; i++)
	{
		char		region[SCOPE_REGION_TEXT_SIZE];

		scope_region_text(grant->regions[i]->region, region);
		appendStringInfo(out, "%s%s", i == 0 ? " in " : ",", region);
	}
	for (int i = 0; i < grant->range_count; i++)
	{
		ScopeRange	range = {grant->first[i].valid_from, grant->first[i].valid_until};

		appendStringInfoString(out, i == 0 ? " during " : ",");
		scope_append_range(out, range);
	}
	appendStringInfo(out, " level %s", scope_level_names[grant->level]);
}

void
scope_append_text(StringInfo out, const LicenseScope *scope)
{
	appendStringInfoChar(out, '{');
	scope_for_each_shown(scope, append_shown, out);
	appendStringInfoChar(out, '}');
}
