/*
 * term.c
 *		The type pdauth.term: text, binary, order, and calendar arithmetic.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/datetime.h"

#include "rule.h"
#include "term.h"

PG_FUNCTION_INFO_V1(pdauth_term_in);
PG_FUNCTION_INFO_V1(pdauth_term_out);
PG_FUNCTION_INFO_V1(pdauth_term_recv);
PG_FUNCTION_INFO_V1(pdauth_term_send);
PG_FUNCTION_INFO_V1(pdauth_term_make);
PG_FUNCTION_INFO_V1(pdauth_term_amount);
PG_FUNCTION_INFO_V1(pdauth_term_unit);
PG_FUNCTION_INFO_V1(pdauth_term_multiply);
PG_FUNCTION_INFO_V1(pdauth_term_compare);
PG_FUNCTION_INFO_V1(pdauth_term_equal);
PG_FUNCTION_INFO_V1(pdauth_term_not_equal);
PG_FUNCTION_INFO_V1(pdauth_term_less);
PG_FUNCTION_INFO_V1(pdauth_term_less_or_equal);
PG_FUNCTION_INFO_V1(pdauth_term_greater);
PG_FUNCTION_INFO_V1(pdauth_term_greater_or_equal);
PG_FUNCTION_INFO_V1(pdauth_term_hash);
PG_FUNCTION_INFO_V1(pdauth_term_hash_extended);

static const char *const unit_names[] = {
	[TERM_WORKDAY] = "workday",
	[TERM_DAY] = "day",
	[TERM_MONTH] = "month",
	[TERM_YEAR] = "year",
};

/*
 * Mean length in millionths of a day, for ordering: 7/5 of a day per working
 * day, 400 years are 146097 days.  Twelve months sort with the year.
 */
static const int64 unit_lengths[] = {
	[TERM_WORKDAY] = 1400000,
	[TERM_DAY] = 1000000,
	[TERM_MONTH] = 30436875,
	[TERM_YEAR] = 365242500,
};

typedef struct UnitWord
{
	const char *word;
	TermUnit	unit;
	bool		counted;		/* 个 may come before it */
} UnitWord;

/* As laws write them: 3个月, but 5年. */
static const UnitWord unit_words[] = {
	{"workday", TERM_WORKDAY}, {"workdays", TERM_WORKDAY}, {"工作日", TERM_WORKDAY, true},
	{"day", TERM_DAY}, {"days", TERM_DAY}, {"日", TERM_DAY}, {"天", TERM_DAY},
	{"自然日", TERM_DAY, true}, {"month", TERM_MONTH}, {"months", TERM_MONTH}, {"月", TERM_MONTH, true},
	{"year", TERM_YEAR}, {"years", TERM_YEAR}, {"年", TERM_YEAR},
};

#define COUNTER_WORD "个"

/* The word in UTF-8. */
static bool
unit_from(const char *word, int length, TermUnit *unit)
{
	int			counter = strlen(COUNTER_WORD);
	bool		counted = length > counter && strncmp(word, COUNTER_WORD, counter) == 0;

	if (counted)
	{
		word += counter;
		length -= counter;
	}
	for (int i = 0; i < lengthof(unit_words); i++)
	{
		if (strlen(unit_words[i].word) == length && unit_words[i].counted >= counted &&
			pg_strncasecmp(unit_words[i].word, word, length) == 0)
		{
			*unit = unit_words[i].unit;
			return true;
		}
	}
	return false;
}

static inline bool
is_digit(char character)
{
	return character >= '0' && character <= '9';
}

typedef struct Numeral
{
	const char *word;
	int			value;
} Numeral;

/* Those of ten and above multiply the digit before them. */
static const Numeral numerals[] = {
	{"零", 0}, {"〇", 0}, {"一", 1}, {"二", 2}, {"两", 2}, {"三", 3}, {"四", 4}, {"五", 5}, {"六", 6},
	{"七", 7}, {"八", 8}, {"九", 9}, {"十", 10}, {"百", 100}, {"千", 1000},
};

static const Numeral *
numeral_at(const char *input)
{
	for (int i = 0; i < lengthof(numerals); i++)
	{
		if (strncmp(input, numerals[i].word, strlen(numerals[i].word)) == 0)
			return &numerals[i];
	}
	return NULL;
}

/*
 * An amount below ten thousand as laws write it: 三, 十五, 二十, 一百八十.
 * Moves input past it; false if it is malformed.
 */
static bool
parse_numerals(const char **input, int64 *amount)
{
	const Numeral *numeral;
	int			digit = -1;		/* waiting for what multiplies it */
	int			last = 10000;	/* multipliers get smaller */

	*amount = 0;
	while ((numeral = numeral_at(*input)) != NULL)
	{
		*input += strlen(numeral->word);
		if (numeral->value < 10)
		{
			if (digit > 0 || (digit == 0 && *amount == 0))
				return false;
			digit = numeral->value;
			continue;
		}
		/* 十五 is fifteen, but 百 wants its 一 */
		if (numeral->value >= last || digit == 0 || (digit < 0 && (numeral->value > 10 || *amount > 0)))
			return false;
		*amount += (digit < 0 ? 1 : digit) * numeral->value;
		last = numeral->value;
		digit = -1;
	}
	*amount += Max(digit, 0);
	return true;
}

static bool
parse_digits(const char **input, int64 *amount)
{
	if (!is_digit(**input))
		return numeral_at(*input) != NULL && parse_numerals(input, amount);
	for (*amount = 0; is_digit(**input); (*input)++)
	{
		*amount = *amount * 10 + (**input - '0');
		if (*amount > PG_INT32_MAX)
			return false;
	}
	return true;
}

/* Amount, optional blanks, unit; blanks around.  False if it is none of that. */
static bool
parse_term(const char *text, Term *term)
{
	const char *input = pg_server_to_any(text, strlen(text), PG_UTF8);
	const char *end = input + strlen(input);
	int64		amount;

	while (scanner_isspace(*input))
		input++;
	while (end > input && scanner_isspace(end[-1]))
		end--;
	if (!parse_digits(&input, &amount))
		return false;
	while (scanner_isspace(*input))
		input++;
	term->amount = (int32) amount;
	return end > input && unit_from(input, end - input, &term->unit);
}

/* pdauth.term input */
Datum
pdauth_term_in(PG_FUNCTION_ARGS)
{
	char	   *input = PG_GETARG_CSTRING(0);
	Term		term;

	if (!parse_term(input, &term))
	{
		errsave(fcinfo->context,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid input syntax for type pdauth.term: \"%s\"", input),
				 errhint("Write an amount and workdays, days, months or years, such as '20 workdays', '5 years', %s.",
						 pdauth_server_text("'20个工作日' or '3个月'"))));
		PG_RETURN_NULL();
	}
	PG_RETURN_TERM(term);
}

/* pdauth.term output: English, plural by the amount */
Datum
pdauth_term_out(PG_FUNCTION_ARGS)
{
	Term		term = PG_GETARG_TERM(0);

	PG_RETURN_CSTRING(psprintf("%d %s%s", term.amount, unit_names[term.unit],
							   term.amount == 1 ? "" : "s"));
}

/* pdauth.term binary input: int32 amount, int8 unit */
Datum
pdauth_term_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	int32		amount = pq_getmsgint(buffer, 4);
	int			unit = pq_getmsgbyte(buffer);
	Term		term = {amount, unit};

	if (amount < 0 || unit < 0 || unit >= lengthof(unit_names))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("invalid binary representation of type pdauth.term")));
	PG_RETURN_TERM(term);
}

/* pdauth.term binary output */
Datum
pdauth_term_send(PG_FUNCTION_ARGS)
{
	Term		term = PG_GETARG_TERM(0);
	StringInfoData buffer;

	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, term.amount);
	pq_sendbyte(&buffer, term.unit);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Term
term_from(int32 amount, const text *unit)
{
	Term		term = {amount, TERM_DAY};
	const char *server_word = text_to_cstring(unit);
	const char *word = pg_server_to_any(server_word, strlen(server_word), PG_UTF8);

	if (!unit_from(word, strlen(word), &term.unit))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown unit \"%s\"", server_word),
				 errhint("Use workday, day, month or year (%s).", pdauth_server_text("工作日, 日, 月, 年"))));
	if (amount < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a term cannot be negative"),
				 errhint("pdauth.deadline_before() counts backwards.")));
	return term;
}

/* pdauth.make_term(amount integer, unit text) returns term */
Datum
pdauth_term_make(PG_FUNCTION_ARGS)
{
	PG_RETURN_TERM(term_from(PG_GETARG_INT32(0), PG_GETARG_TEXT_PP(1)));
}

/* pdauth.term_amount(term) returns integer */
Datum
pdauth_term_amount(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_TERM(0).amount);
}

/* pdauth.term_unit(term) returns text */
Datum
pdauth_term_unit(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(unit_names[PG_GETARG_TERM(0).unit]));
}

/* term * integer */
Datum
pdauth_term_multiply(PG_FUNCTION_ARGS)
{
	Term		term = PG_GETARG_TERM(0);
	int32		factor = PG_GETARG_INT32(1);

	if (factor < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a term cannot be negative")));
	if (pg_mul_s32_overflow(term.amount, factor, &term.amount))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("term out of range")));
	PG_RETURN_TERM(term);
}

static int
compare_terms(Term one, Term other)
{
	int64		length1 = one.amount * unit_lengths[one.unit];
	int64		length2 = other.amount * unit_lengths[other.unit];

	if (length1 != length2)
		return length1 < length2 ? -1 : 1;
	return (int) one.unit - (int) other.unit;
}

/* The operator cannot stand in parentheses. */
#define COMPARISON(name, operator) \
Datum \
name(PG_FUNCTION_ARGS) \
{ \
	PG_RETURN_BOOL(compare_terms(PG_GETARG_TERM(0), PG_GETARG_TERM(1)) operator 0);	/* NOLINT(bugprone-macro-parentheses) */ \
}

COMPARISON(pdauth_term_equal, ==)
COMPARISON(pdauth_term_not_equal, !=)
COMPARISON(pdauth_term_less, <)
COMPARISON(pdauth_term_less_or_equal, <=)
COMPARISON(pdauth_term_greater, >)
COMPARISON(pdauth_term_greater_or_equal, >=)

/* btree support: -1, 0, 1 */
Datum
pdauth_term_compare(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_terms(PG_GETARG_TERM(0), PG_GETARG_TERM(1)));
}

/* hash support: equal terms have equal bits */
Datum
pdauth_term_hash(PG_FUNCTION_ARGS)
{
	int64		bits = PG_GETARG_INT64(0);

	return hash_any((unsigned char *) &bits, sizeof(bits));
}

Datum
pdauth_term_hash_extended(PG_FUNCTION_ARGS)
{
	int64		bits = PG_GETARG_INT64(0);

	return hash_any_extended((unsigned char *) &bits, sizeof(bits), PG_GETARG_INT64(1));
}

static DateADT
date_in_range(int64 day)
{
	if (day < -POSTGRES_EPOCH_JDATE || day >= DATE_END_JULIAN - POSTGRES_EPOCH_JDATE)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range")));
	return (DateADT) day;
}

/* Moves by whole months, to the corresponding day or the month's last. */
static DateADT
shift_months(DateADT date, int64 months)
{
	int			year,
				month,
				day;
	int64		target;

	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	target = (int64) year * 12 + (month - 1) + months;
	if (target < -12 * INT64CONST(10000) || target > 12 * INT64CONST(10000000))
		date_in_range(target < 0 ? PG_INT64_MIN : PG_INT64_MAX);
	year = (int) (target >= 0 ? target / 12 : -((11 - target) / 12));
	month = (int) (target - (int64) year * 12) + 1;
	day = Min(day, day_tab[isleap(year)][month - 1]);
	if (!IS_VALID_JULIAN(year, month, day))
		date_in_range(PG_INT64_MAX);
	return date_in_range((int64) date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}

DateADT
term_shift(DateADT day, Term term, bool backwards)
{
	int64		amount = backwards ? -(int64) term.amount : term.amount;

	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a term cannot start or end on an infinite date")));
	switch (term.unit)
	{
		case TERM_MONTH:
			return shift_months(day, amount);
		case TERM_YEAR:
			return shift_months(day, amount * 12);
		default:
			Assert(term.unit == TERM_DAY);
			return date_in_range(day + amount);
	}
}
