/*
 * scope_parse.c
 *		Reads the text form of a scope.
 *
 *		scope := '{' [grant (';' grant)*] '}'
 *		grant := actions 'on' paths '(' columns ')' 'for' purposes 'in' regions
 *				 'during' range (',' range)* 'level' level
 *
 * Every clause is mandatory: a default would widen what somebody signed.  The
 * parser is deterministic in its text (no DateStyle, no 'today'), so that the
 * input function may be IMMUTABLE.  Each function returns false after having
 * reported an error, which is soft where PostgreSQL has soft errors.
 */
#include "pdauth.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/datetime.h"

#include "scope_internal.h"

typedef struct ScopeParser
{
	const char *text;			/* NUL-terminated */
	const char *at;
	const char *what;			/* kind of value, for messages */
	Node	   *escontext;
} ScopeParser;

static void complain_at(ScopeParser *parser, const char *at, const char *hint, const char *format,...) pg_attribute_printf(4, 5);

/* Reports and is false, for "return complain(...)". */
#define complain(...) (complain_at(__VA_ARGS__), false)

/* How much of the offending text a message shows, in bytes. */
#define SHOWN_TEXT 40

/*
 * Positions count characters from 0.  What stands there is shown, because few
 * tools can count characters.
 */
static void
complain_at(ScopeParser *parser, const char *at, const char *hint, const char *format,...)
{
	char		reason[512];
	int			position = pg_mbstrlen_with_len(parser->text, at - parser->text);
	int			shown = pg_mbcliplen(at, strlen(at), SHOWN_TEXT);
	va_list		args;

	va_start(args, format);
	vsnprintf(reason, sizeof(reason), _(format), args);
	va_end(args);
	errsave(parser->escontext,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("malformed %s: %s at %d", _(parser->what), reason, position),
			 *at == '\0' ?
			 errdetail("Position %d, counted in characters from 0, is the end of the text.", position) :
			 errdetail("Position %d, counted in characters from 0, is where \"%.*s\" begins.", position, shown, at),
			 errhint("%s", _(hint))));
}

#define HINT_GRAMMAR gettext_noop("A grant reads: actions on resources (columns) for purposes in regions during [from,until) level general, important or core. No clause may be left out.")
#define HINT_QUOTE gettext_noop("Put a name in double quotes if it is a keyword or holds characters other than letters, digits, \"_\", \".\" and \"-\"; type punctuation as ASCII.")

static void
skip_space(ScopeParser *parser)
{
	while (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' || *parser->at == '\r')
		parser->at++;
}

/* Takes the character if it is next. */
static bool
accept(ScopeParser *parser, char wanted)
{
	skip_space(parser);
	if (*parser->at != wanted)
		return false;
	parser->at++;
	return true;
}

static bool
expect(ScopeParser *parser, char wanted)
{
	if (accept(parser, wanted))
		return true;
	return complain(parser, parser->at, HINT_GRAMMAR, "expected \"%c\"", wanted);
}

/* Length of the bare word that is next, in bytes; 0 if there is none. */
static int
word_length(ScopeParser *parser)
{
	int			length = 0;

	skip_space(parser);
	while (parser->at[length] != '\0' && strchr(" \t\r\n{}();,/\"*[]", parser->at[length]) == NULL)
		length++;
	return length;
}

static bool
expect_keyword(ScopeParser *parser, const char *keyword)
{
	int			length = word_length(parser);

	if (length == strlen(keyword) && memcmp(parser->at, keyword, length) == 0)
	{
		parser->at += length;
		return true;
	}
	return complain(parser, parser->at, HINT_GRAMMAR, "expected keyword \"%s\"", keyword);
}

/* Bytes of a quoted name with the quotes taken off, or NULL if it does not end. */
static char *
unquote(ScopeParser *parser, int *length)
{
	const char *end = parser->at + 1;
	const char *from = end;
	char	   *name;

	while (*end != '\0' && (*end != '"' || end[1] == '"'))
		end += *end == '"' ? 2 : 1;
	if (*end == '\0')
		return NULL;
	name = palloc(end - from + 1);
	for (*length = 0; from < end; from++)
	{
		if (*from == '"')
			from++;
		name[(*length)++] = *from;
	}
	parser->at = end + 1;
	return name;
}

/* One component; what names it in messages ("column", "resource path", "purpose"). */
static bool
parse_name(ScopeParser *parser, const char *what, char **name)
{
	const char *start;
	const char *complaint;
	int			length = word_length(parser);
	const char *raw = start = parser->at;

	if (*start == '"')
	{
		raw = unquote(parser, &length);
		if (raw == NULL)
			return complain(parser, start, HINT_QUOTE, "unterminated quoted name");
	}
	else if (length == 0 || scope_is_keyword(raw, length))
		return complain(parser, start, HINT_QUOTE, "expected %s", _(what));
	else if (!scope_is_bare(raw, length))
		return complain(parser, start, HINT_QUOTE, "invalid character in bare name \"%.*s\"",
						pg_mbcliplen(raw, length, SHOWN_TEXT), raw);
	else
		parser->at += length;
	*name = scope_name_normalize(raw, length, &complaint);
	if (*name == NULL)
		return complain(parser, start, HINT_QUOTE, "%s", _(complaint));
	return true;
}

/* path := name ('/' name)* */
static bool
parse_path(ScopeParser *parser, const char *what, ScopeKey *key)
{
	char		bytes[SCOPE_MAX_DEPTH * (SCOPE_MAX_NAME + 1)];
	int			depth = 0;

	key->length = 0;
	do
	{
		char	   *name = NULL;
		Size		size;

		if (!parse_name(parser, what, &name))
			return false;
		if (++depth > SCOPE_MAX_DEPTH)
			return complain(parser, parser->at, "Use fewer components.", "%s more than %d components deep", _(what), SCOPE_MAX_DEPTH);
		if (depth > 1)
			bytes[key->length++] = SCOPE_SEPARATOR;
		size = strlen(name);
		memcpy(bytes + key->length, name, size);
		key->length += (int) size;
	} while (accept(parser, '/'));
	key->data = memcpy(palloc(key->length), bytes, key->length);
	return true;
}

static bool
parse_column(ScopeParser *parser, const char *what, ScopeKey *key)
{
	char	   *name;

	if (!parse_name(parser, what, &name))
		return false;
	key->data = name;
	key->length = strlen(name);
	return true;
}

static bool
parse_region(ScopeParser *parser, const char *what, ScopeKey *key)
{
	int			length = word_length(parser);
	uint64		region;

	if (length == 0)
		return complain(parser, parser->at, HINT_GRAMMAR, "expected %s", _(what));
	if (!scope_region_parse(parser->at, length, &region))
		return complain(parser, parser->at,
						"Write CN for the mainland, or a division code of 6 (GB/T 2260), 9 or 12 digits such as 530102.",
						"invalid division code \"%.*s\"", pg_mbcliplen(parser->at, length, SHOWN_TEXT), parser->at);
	parser->at += length;
	*key = scope_region_key(region);
	return true;
}

typedef bool (*item_parser) (ScopeParser *parser, const char *what, ScopeKey *key);

/* '*' | item (',' item)* */
static bool
parse_list(ScopeParser *parser, const char *what, item_parser item, ScopeKeyList *list)
{
	ScopeKey	key = {"", 0};

	if (accept(parser, '*'))
	{
		scope_key_list_add(list, key);
		return true;
	}
	do
	{
		CHECK_FOR_INTERRUPTS();
		if (!item(parser, what, &key))
			return false;
		scope_key_list_add(list, key);
	} while (accept(parser, ','));
	return true;
}

static bool
parse_actions(ScopeParser *parser, uint16 *actions)
{
	do
	{
		ScopeAction action;
		int			length = word_length(parser);

		if (length == 0)
			return complain(parser, parser->at, HINT_GRAMMAR, "expected action");
		if (!scope_action_parse(parser->at, length, &action))
			return complain(parser, parser->at,
							"The actions are read, derive, join, model, export, redevelop, publish and trade, in lower case.",
							"unknown action \"%.*s\"", pg_mbcliplen(parser->at, length, SHOWN_TEXT), parser->at);
		parser->at += length;
		*actions |= 1 << action;
	} while (accept(parser, ','));
	return true;
}

static bool
parse_level(ScopeParser *parser, uint8 *level)
{
	ScopeLevel	parsed;
	int			length = word_length(parser);

	if (!scope_level_parse_bytes(parser->at, length, &parsed))
		return complain(parser, parser->at, "The levels are general, important and core (GB/T 43697-2024).",
						"unknown level \"%.*s\"", pg_mbcliplen(parser->at, length, SHOWN_TEXT), parser->at);
	parser->at += length;
	*level = parsed;
	return true;
}

/* Reads between minimum and maximum digits. */
static bool
parse_digits(const char **at, int minimum, int maximum, int *value)
{
	int			count = 0;

	*value = 0;
	while (count < maximum && **at >= '0' && **at <= '9')
	{
		*value = *value * 10 + (**at - '0');
		(*at)++;
		count++;
	}
	return count >= minimum;
}

/* YYYY-MM-DD; years from 0001, more than four digits as far as a date goes. */
static bool
parse_date(ScopeParser *parser, DateADT *date)
{
	const char *at = parser->at;
	int			year;
	int			month;
	int			day;

	if (!parse_digits(&at, 4, 7, &year) || *at++ != '-' ||
		!parse_digits(&at, 2, 2, &month) || *at++ != '-' ||
		!parse_digits(&at, 2, 2, &day) ||
		year < 1 || month < 1 || month > MONTHS_PER_YEAR ||
		day < 1 || day > day_tab[isleap(year)][month - 1] ||
		!IS_VALID_JULIAN(year, month, day))
		return complain(parser, parser->at, "Dates are written YYYY-MM-DD.", "expected date");
	*date = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
	if (!IS_VALID_DATE(*date))
		return complain(parser, parser->at, "Dates are written YYYY-MM-DD.", "date out of range");
	parser->at = at;
	return true;
}

/* As daterange reads it, brought to [from,until). */
static bool
parse_range(ScopeParser *parser, ScopeBox *box)
{
	const char *start;
	DateADT		from = DATEVAL_NOBEGIN;
	DateADT		until = DATEVAL_NOEND;
	bool		after;

	skip_space(parser);
	start = parser->at;
	after = *start == '(';
	if (*start != '[' && *start != '(')
		return complain(parser, start, "A range reads [2026-01-01,2029-01-01); leave a bound out where it is open.", "expected range");
	parser->at++;
	skip_space(parser);
	if (*parser->at != ',' && !parse_date(parser, &from))
		return false;
	if (!expect(parser, ','))
		return false;
	skip_space(parser);
	if (*parser->at != ')' && *parser->at != ']' && !parse_date(parser, &until))
		return false;
	if (from > until)
		return complain(parser, start, "Exchange the two dates.", "range lower bound must be <= upper");
	if (after && !DATE_IS_NOBEGIN(from))
		from++;
	if (!DATE_IS_NOBEGIN(from) && !IS_VALID_DATE(from))
		return complain(parser, start, "No day is left in the range.", "date out of range");
	if (accept(parser, ']'))
	{
		if (!DATE_IS_NOEND(until))
			until++;
		if (!DATE_IS_NOEND(until) && !IS_VALID_DATE(until))
			return complain(parser, start, "Leave the upper bound out: it is open.", "date out of range");
	}
	else if (!expect(parser, ')'))
		return false;
	scope_box_add_range(box, from, until);
	return true;
}

static bool
parse_grant(ScopeParser *parser, ScopeBox *box)
{
	if (!parse_actions(parser, &box->actions) ||
		!expect_keyword(parser, "on") ||
		!parse_list(parser, "resource path", parse_path, &box->axis[SCOPE_AXIS_PATH]) ||
		!expect(parser, '(') ||
		!parse_list(parser, "column", parse_column, &box->axis[SCOPE_AXIS_COLUMN]) ||
		!expect(parser, ')') ||
		!expect_keyword(parser, "for") ||
		!parse_list(parser, "purpose", parse_path, &box->axis[SCOPE_AXIS_PURPOSE]) ||
		!expect_keyword(parser, "in") ||
		!parse_list(parser, "region", parse_region, &box->axis[SCOPE_AXIS_REGION]) ||
		!expect_keyword(parser, "during"))
		return false;
	do
	{
		if (!parse_range(parser, box))
			return false;
	} while (accept(parser, ','));
	return expect_keyword(parser, "level") && parse_level(parser, &box->level);
}

static bool
parse_end(ScopeParser *parser)
{
	skip_space(parser);
	if (*parser->at == '\0')
		return true;
	return complain(parser, parser->at, HINT_GRAMMAR, "expected end of text");
}

LicenseScope *
scope_parse(const char *text, Node *escontext)
{
	ScopeParser parser = {text, text, "license_scope", escontext};
	ScopeBuilder *builder = scope_builder_create();

	if (!expect(&parser, '{'))
		return NULL;
	if (!accept(&parser, '}'))
	{
		do
		{
			ScopeBox	box = {0};

			if (!parse_grant(&parser, &box))
				return NULL;
			scope_builder_add(builder, &box);
		} while (accept(&parser, ';'));
		if (!expect(&parser, '}'))
			return NULL;
	}
	if (!parse_end(&parser))
		return NULL;
	return scope_builder_union(builder);
}

ScopeKey
scope_parse_path(const char *text, Node *escontext)
{
	ScopeParser parser = {text, text, "path", escontext};
	ScopeKey	key = {"", 0};

	if (!(accept(&parser, '*') || parse_path(&parser, "resource path or purpose", &key)) ||
		!parse_end(&parser))
		key.length = -1;
	return key;
}

char *
scope_path_canonical(const char *text)
{
	StringInfoData out;

	initStringInfo(&out);
	scope_append_key(&out, scope_parse_path(text, NULL));
	return out.data;
}

ScopeKey
scope_column_key(const char *name)
{
	ScopeParser parser = {name, name, "column name", NULL};
	ScopeKey	key = {"", 0};
	const char *complaint;

	if (strcmp(name, "*") == 0)
		return key;
	key.data = scope_name_normalize(name, strlen(name), &complaint);
	if (key.data == NULL)
		complain_at(&parser, name, HINT_QUOTE, "%s", _(complaint));
	else
		key.length = strlen(key.data);
	return key;
}
