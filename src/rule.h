/*
 * rule.h
 *		The rules of the measure that C code can refuse by.
 *
 * Every refusal names its rule: SQLSTATE of class PD, and a DETAIL with the
 * rule id and its article in English and Chinese (rule X-8).  Use inside
 * ereport():
 *
 *		ereport(ERROR,
 *				(pdauth_errcode(PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL),
 *				 errmsg(...),
 *				 pdauth_errdetail(PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL),
 *				 errhint(...)));
 */
#ifndef PDAUTH_RULE_H
#define PDAUTH_RULE_H

#include "postgres.h"

typedef enum PdauthRule
{
	PDAUTH_RULE_FAIL_CLOSED,	/* */
	PDAUTH_RULE_NO_BYPASS,		/* */
	PDAUTH_RULE_FIGURE_SOURCE,	/* */
	PDAUTH_RULE_RAW_STAYS,		/* R-2-1 */
	PDAUTH_RULE_BUREAU_SUPERVISES,	/* R-5-2 */
	PDAUTH_RULE_SUPERVISORS_READ,	/* R-5-9 */
	PDAUTH_RULE_PLATFORM,		/* R-7-1 */
	PDAUTH_RULE_AGREEMENT_IN_PLAN,	/* R-11-12 */
	PDAUTH_RULE_AGREEMENT_LIFE, /* R-11-13 */
	PDAUTH_RULE_PUBLICITY_TERM, /* R-13-10 */
	PDAUTH_RULE_DEVELOPMENT_IN_AUTHORISATION,	/* R-13-15 */
	PDAUTH_RULE_EXCLUDED,		/* R-15-4 */
	PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL,	/* R-20-5 */
	PDAUTH_RULE_ACCESS_EQUALS_APPROVAL, /* R-20-6 */
	PDAUTH_RULE_NO_ALTERATION,	/* R-21-4 */
	PDAUTH_RULE_PURPOSE,		/* R-21-6 */
	PDAUTH_RULE_PRODUCT_IN_REQUEST, /* R-22-4 */
	PDAUTH_RULE_ONE_PERSON,		/* R-25-2 */
	PDAUTH_RULE_EVIDENCE_UNALTERED, /* R-25-4 */
	PDAUTH_RULE_NO_RECORD_NO_ACCESS,	/* R-25-5 */
	PDAUTH_RULE_CONTROLLED_ENVIRONMENT, /* R-25-8 */
	PDAUTH_RULE_BEYOND_SCOPE,	/* R-28-5 */
	PDAUTH_RULE_CLASSIFICATION, /* R-28-6 */
	PDAUTH_RULE_LINKAGE,		/* R-28-7 */
	PDAUTH_RULE_REGULATOR,		/* R-28-10 */
	PDAUTH_RULE_INCIDENT,		/* R-29-3 */
	PDAUTH_RULE_INTEGRITY,		/* R-29-7 */
	PDAUTH_RULE_CALENDAR_HORIZON,	/* T-1 */
} PdauthRule;

/* The rule's id, such as "R-20-5". */
extern const char *pdauth_rule_id(PdauthRule rule);

/* Its SQLSTATE as text, such as "PD205"; valid until the next call. */
extern const char *pdauth_rule_sqlstate(PdauthRule rule);

/* How many rules there are: they are numbered from 0. */
extern int	pdauth_rule_count(void);

/* The rule of an id, if C code knows it. */
extern bool pdauth_rule_by_id(const char *id, PdauthRule *rule);

/*
 * errcode() and errdetail() of the rule, for use inside ereport().  The first
 * also counts the refusal (statistics.h).
 */
extern int	pdauth_errcode(PdauthRule rule);
extern int	pdauth_errdetail(PdauthRule rule);

/*
 * A text of ours, written in UTF-8, in the server's encoding, for messages:
 * Chinese becomes question marks where the encoding is neither UTF8 nor EUC_CN.
 */
extern const char *pdauth_server_text(const char *utf8);

/* The same DETAIL followed by a blank and one sentence of our own about the case. */
extern int	pdauth_errdetail_more(PdauthRule rule, const char *format,...) pg_attribute_printf(2, 3);

#endif							/* PDAUTH_RULE_H */
