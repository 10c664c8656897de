/*
 * rule.c
 *		Rule ids, SQLSTATEs and titles for refusals raised from C.
 *
 * Source of ids, SQLSTATEs and titles: the rule index of the jurisdiction
 * pack yn-draft-2025-07-24.  The full catalogue lives in the database; this
 * table holds only what C code raises, so that an error needs no table look-up.
 */
#include "pdauth.h"

#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "audit_statement.h"
#include "rule.h"
#include "statistics.h"

PG_FUNCTION_INFO_V1(pdauth_library_rules);

typedef struct RuleText
{
	const char *id;
	int			sqlerrcode;
	const char *english;
	const char *chinese;
} RuleText;

#define PD(a, b, c) MAKE_SQLSTATE('P', 'D', a, b, c)

static const RuleText rules[] = {
	[PDAUTH_RULE_FAIL_CLOSED] =
	{"X-1", PD('0', '0', '1'), "fail closed", "规则无法执行时一律拒绝"},
	[PDAUTH_RULE_NO_BYPASS] =
	{"X-2", PD('0', '0', '2'), "no bypass by power", "任何权限不得绕过规则"},
	[PDAUTH_RULE_FIGURE_SOURCE] =
	{"X-6", PD('0', '0', '6'), "figures are parameters with a source", "数值须为有来源的参数"},
	[PDAUTH_RULE_RAW_STAYS] =
	{"R-2-1", PD('0', '2', '1'), "Article 2, raw data stays inside the domain", "第二条 原始数据不出域"},
	[PDAUTH_RULE_BUREAU_SUPERVISES] =
	{"R-5-2", PD('0', '5', '2'), "Article 5, provincial data bureau guides and supervises", "第五条 省数据局指导、监督"},
	[PDAUTH_RULE_SUPERVISORS_READ] =
	{"R-5-9", PD('0', '5', '9'), "Article 5, supervising departments read, they do not process", "第五条 监督部门只查阅、不处理数据"},
	[PDAUTH_RULE_PLATFORM] =
	{"R-7-1", PD('0', '7', '1'), "Article 7, all activity runs on the operating platform", "第七条 依托运营平台"},
	[PDAUTH_RULE_AGREEMENT_IN_PLAN] =
	{"R-11-12", PD('1', '1', 'C'), "Article 11, agreement scope lies within the plan", "第十一条 协议范围不得超出实施方案"},
	[PDAUTH_RULE_AGREEMENT_LIFE] =
	{"R-11-13", PD('1', '1', 'D'), "Article 11, access follows the life of the agreement", "第十一条 权限随协议存续"},
	[PDAUTH_RULE_PUBLICITY_TERM] =
	{"R-13-10", PD('1', '3', 'A'), "Article 13, publicity lasts at least the set working days", "第十三条 公示时间"},
	[PDAUTH_RULE_DEVELOPMENT_IN_AUTHORISATION] =
	{"R-13-15", PD('1', '3', 'F'), "Article 13, development scope lies within the operator's authorisation", "第十三条 再开发范围不得超出授权范围"},
	[PDAUTH_RULE_EXCLUDED] =
	{"R-15-4", PD('1', '5', '4'), "Article 15, negative-listed resources are out of operation", "第十五条 负面清单内数据不得运营"},
	[PDAUTH_RULE_NO_ACCESS_BEFORE_APPROVAL] =
	{"R-20-5", PD('2', '0', '5'), "Article 20, no access before approval", "第二十条 未经审核同意不得获取数据"},
	[PDAUTH_RULE_ACCESS_EQUALS_APPROVAL] =
	{"R-20-6", PD('2', '0', '6'), "Article 20, access equals approval", "第二十条 获取的数据不得超出审核同意的范围"},
	[PDAUTH_RULE_NO_ALTERATION] =
	{"R-21-4", PD('2', '1', '4'), "Article 21, public data is not altered", "第二十一条 不得篡改公共数据"},
	[PDAUTH_RULE_PURPOSE] =
	{"R-21-6", PD('2', '1', '6'), "Article 21, no transfer, no other use", "第二十一条 不得擅自转让、挪作他用"},
	[PDAUTH_RULE_PRODUCT_IN_REQUEST] =
	{"R-22-4", PD('2', '2', '4'), "Article 22, product lies within the purpose and scope applied for", "第二十二条 产品不得超出申请的用途和范围"},
	[PDAUTH_RULE_ONE_PERSON] =
	{"R-25-2", PD('2', '5', '2'), "Article 25, one session, one natural person", "第二十五条 一个会话对应一名自然人"},
	[PDAUTH_RULE_EVIDENCE_UNALTERED] =
	{"R-25-4", PD('2', '5', '4'), "Article 25, evidence cannot be altered", "第二十五条 操作记录不得篡改"},
	[PDAUTH_RULE_NO_RECORD_NO_ACCESS] =
	{"R-25-5", PD('2', '5', '5'), "Article 25, no record, no access", "第二十五条 操作不能记录的不得进行"},
	[PDAUTH_RULE_CONTROLLED_ENVIRONMENT] =
	{"R-25-8", PD('2', '5', '8'), "Article 25, raw data only in the controlled environment", "第二十五条 安全且受控环境"},
	[PDAUTH_RULE_BEYOND_SCOPE] =
	{"R-28-5", PD('2', '8', '5'), "Article 28, no use beyond the authorised scope", "第二十八条 不得超授权范围使用"},
	[PDAUTH_RULE_CLASSIFICATION] =
	{"R-28-6", PD('2', '8', '6'), "Article 28, classification governs access", "第二十八条 分类分级"},
	[PDAUTH_RULE_LINKAGE] =
	{"R-28-7", PD('2', '8', '7'), "Article 28, linkage and aggregation risk", "第二十八条 数据关联汇聚风险"},
	[PDAUTH_RULE_REGULATOR] =
	{"R-28-10", PD('2', '8', 'A'), "Article 28, joint handling by regulators", "第二十八条 协同处置"},
	[PDAUTH_RULE_INCIDENT] =
	{"R-29-3", PD('2', '9', '3'), "Article 29, immediate activation and containment", "第二十九条 立即启动"},
	[PDAUTH_RULE_INTEGRITY] =
	{"R-29-7", PD('2', '9', '7'), "Article 29, incidents found by the database itself", "第二十九条 数据库自身发现的事件"},
	/* not of the rule index: its conventions on time, which say what working days are */
	[PDAUTH_RULE_CALENDAR_HORIZON] =
	{"T-1", PD('0', 'T', '1'), "working days are those of an announced calendar", "工作日以已公布的节假日安排为准"},
};

const char *
pdauth_rule_id(PdauthRule rule)
{
	return rules[rule].id;
}

const char *
pdauth_rule_sqlstate(PdauthRule rule)
{
	return unpack_sql_state(rules[rule].sqlerrcode);
}

int
pdauth_rule_count(void)
{
	return lengthof(rules);
}

bool
pdauth_rule_by_id(const char *id, PdauthRule *rule)
{
	for (int i = 0; i < lengthof(rules); i++)
	{
		if (strcmp(rules[i].id, id) == 0)
		{
			*rule = (PdauthRule) i;
			return true;
		}
	}
	return false;
}

int
pdauth_errcode(PdauthRule rule)
{
	statistics_count_refusal(rule);
	audit_note_refusal(rule);
	return errcode(rules[rule].sqlerrcode);
}

const char *
pdauth_server_text(const char *utf8)
{
	StringInfoData text;

	if (GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII)
		return utf8;
	initStringInfo(&text);
	for (const unsigned char *p = (const unsigned char *) utf8; *p; p += pg_utf_mblen(p))
	{
		unsigned char character[MAX_UNICODE_EQUIVALENT_STRING + 1] = "?";

		if (GetDatabaseEncoding() == PG_EUC_CN || !IS_HIGHBIT_SET(*p))
			pg_unicode_to_server(utf8_to_unicode(p), character);
		appendStringInfoString(&text, (char *) character);
	}
	return text.data;
}

/* The beginning of each DETAIL. */
static const char *
rule_text(PdauthRule rule)
{
	return psprintf("Rule %s: %s (%s).", rules[rule].id, rules[rule].english,
					pdauth_server_text(rules[rule].chinese));
}

int
pdauth_errdetail(PdauthRule rule)
{
	return errdetail_internal("%s", rule_text(rule));
}

int
pdauth_errdetail_more(PdauthRule rule, const char *format,...)
{
	StringInfoData more;

	initStringInfo(&more);
	for (;;)
	{
		va_list		args;
		int			needed;

		va_start(args, format);
		needed = appendStringInfoVA(&more, _(format), args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&more, needed);
	}
	return errdetail_internal("%s %s", rule_text(rule), more.data);
}

/* pdauth.library_rules(): the table above, to be compared with pdauth.rule */
Datum
pdauth_library_rules(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < lengthof(rules); i++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(rules[i].id);
		values[1] = CStringGetTextDatum(unpack_sql_state(rules[i].sqlerrcode));
		values[2] = CStringGetTextDatum(rule_text((PdauthRule) i));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
