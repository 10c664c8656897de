/*
 * strict_mode.c
 *		The refusal of strict mode.
 */
#include "pdauth.h"

#include "rule.h"
#include "strict_mode.h"

void
strict_refuse(const ProtectedRelation *relation, const ProtectedColumn *column, bool by_grade)
{
	PdauthRule	rule = by_grade ? PDAUTH_RULE_CLASSIFICATION : PDAUTH_RULE_ACCESS_EQUALS_APPROVAL;

	ereport(ERROR,
			(pdauth_errcode(rule),
			 errmsg("column \"%s\" of %s is not licensed in clear, and strict mode does not show masked values",
					column->name, relation->name),
			 pdauth_errdetail(rule),
			 errhint("Leave the column out (name the columns you need instead of *), or apply for it (%s): pdauth.explain_access('%s') tells which scope is missing.",
					 pdauth_server_text("数据申请"), relation->name)));
}
