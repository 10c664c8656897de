/*
 * observe.c
 *		What observe mode lets pass, and its record.
 *
 * A read-only query cannot write to a table, so the record is a line of the
 * server log: "pdauth observe: " and one JSON object that names relation, role
 * and rule, never a value.  A session writes at most one line in ten seconds
 * for each relation and kind of access, with how often it happened since the
 * line before; the shared counter counts every time.
 */
#include "pdauth.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/json.h"
#include "utils/timestamp.h"

#include "observe.h"
#include "statistics.h"

#define LOG_INTERVAL_MS 10000

typedef struct PassCount
{
	TimestampTz logged_at;		/* 0: never */
	uint64		since;			/* passed since then */
} PassCount;

struct Observation
{
	Decision	would;			/* what enforcement would decide */
	PassCount	reads;
	PassCount	writes;
};

void
observe_open(Decision *decision)
{
	struct Observation *observation;

	if (decision->unrestricted && decision->may_write)
		return;
	observation = palloc0(sizeof(struct Observation));
	observation->would = *decision;
	decision->observation = observation;
	decision->may_read = decision->may_write = decision->unrestricted = true;
	decision->row_regions = decision->row_filters = NIL;
	decision->columns = palloc0(sizeof(ColumnDecision) * Max(decision->column_count, 1));
}

static void
append_pair(StringInfo out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	appendStringInfo(out, "%s\"%s\": ", out->len > 1 ? ", " : "", key);
	escape_json(out, value);
}

static char *
record_text(const struct Observation *observation, const ProtectedRelation *relation, bool write,
			uint64 times)
{
	bool		refuse = write || !observation->would.may_read;
	PdauthRule	rule = PDAUTH_RULE_ACCESS_EQUALS_APPROVAL;
	StringInfoData out;

	if (refuse)
		rule = write ? PDAUTH_RULE_NO_ALTERATION : observation->would.rule;
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	append_pair(&out, "relation", relation->name);
	append_pair(&out, "resource", relation->resource);
	append_pair(&out, "access", write ? "write" : "read");
	append_pair(&out, "would", refuse ? "refuse" : "restrict");
	append_pair(&out, "rule", pdauth_rule_id(rule));
	append_pair(&out, "sqlstate", pdauth_rule_sqlstate(rule));
	append_pair(&out, "role", GetUserNameFromId(GetUserId(), true));
	append_pair(&out, "session_role", GetUserNameFromId(GetSessionUserId(), true));
	append_pair(&out, "purpose", decision_declared_purpose());
	appendStringInfo(&out, ", \"times\": " UINT64_FORMAT "}", times);
	return out.data;
}

void
observe_record(const Decision *decision, const ProtectedRelation *relation, bool write)
{
	struct Observation *observation = decision->observation;
	PassCount  *passed;
	TimestampTz now;

	if (observation == NULL || (write ? observation->would.may_write : observation->would.unrestricted))
		return;
	statistics_count(STATISTIC_OBSERVED);
	passed = write ? &observation->writes : &observation->reads;
	passed->since++;
	now = GetCurrentTimestamp();
	if (passed->logged_at != 0 && !TimestampDifferenceExceeds(passed->logged_at, now, LOG_INTERVAL_MS))
		return;
	ereport(LOG,
			(errmsg("pdauth observe: %s", record_text(observation, relation, write, passed->since)),
			 errhidestmt(true)));
	passed->logged_at = now;
	passed->since = 0;
}
