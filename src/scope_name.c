/*
 * scope_name.c
 *		The words of the grammar: names, actions, levels, dates.
 *
 * A name is NFC text without control characters; it is written bare when all
 * its characters are letters, digits, "_", ".", "-" or beyond ASCII and it is
 * no keyword, and in double quotes otherwise.
 */
#include "pdauth.h"

#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/datetime.h"

#include "iso_date.h"
#include "scope_internal.h"

const char *const scope_action_names[SCOPE_ACTION_COUNT] = {
	"read", "derive", "join", "model", "export", "redevelop", "publish", "trade"
};

const char *const scope_level_names[SCOPE_LEVEL_COUNT] = {
	"general", "important", "core"
};

static const char *const keywords[] = {"on", "for", "in", "during", "level"};

static bool
word_equals(const char *word, const char *text, int length)
{
	return strlen(word) == length && memcmp(word, text, length) == 0;
}

bool
scope_action_parse(const char *text, int length, ScopeAction *action)
{
	for (int i = 0; i < SCOPE_ACTION_COUNT; i++)
	{
		if (word_equals(scope_action_names[i], text, length))
		{
			*action = (ScopeAction) i;
			return true;
		}
	}
	return false;
}

bool
scope_level_parse_bytes(const char *text, int length, ScopeLevel *level)
{
	for (int i = 0; i < SCOPE_LEVEL_COUNT; i++)
	{
		if (word_equals(scope_level_names[i], text, length))
		{
			*level = (ScopeLevel) i;
			return true;
		}
	}
	return false;
}

bool
scope_level_parse(const char *text, ScopeLevel *level)
{
	return scope_level_parse_bytes(text, strlen(text), level);
}

bool
scope_is_keyword(const char *name, int length)
{
	for (int i = 0; i < lengthof(keywords); i++)
	{
		if (word_equals(keywords[i], name, length))
			return true;
	}
	return false;
}

static bool
is_bare_byte(unsigned char byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
		(byte >= '0' && byte <= '9') || byte == '_' || byte == '.' || byte == '-' || byte >= 0x80;
}

/*
 * Characters that an input method types in place of ASCII punctuation or that
 * cannot be seen.  Bare, they would quietly become part of a name; the ranges
 * are General Punctuation, CJK Symbols and Punctuation (without the letters
 * U+3005 to U+3007) and the punctuation of Halfwidth and Fullwidth Forms.
 */
static bool
is_wide_punctuation(pg_wchar character)
{
	return character == 0x00A0 || character == 0x00AD || (character >= 0x2000 && character <= 0x206F) ||
		(character >= 0x3000 && character <= 0x3004) || (character >= 0x3008 && character <= 0x3020) ||
		(character >= 0xFF01 && character <= 0xFF0F) || (character >= 0xFF1A && character <= 0xFF20) ||
		(character >= 0xFF3B && character <= 0xFF40) || (character >= 0xFF5B && character <= 0xFF65) ||
		character == 0xFEFF;
}

/* May the name be written without quotes?  Keywords are the caller's matter. */
bool
scope_is_bare(const char *name, int length)
{
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (int i = 0; i < length;)
	{
		int			width = 1;

		if (!is_bare_byte(name[i]))
			return false;
		if (utf8 && IS_HIGHBIT_SET(name[i]))
		{
			width = pg_utf_mblen((const unsigned char *) name + i);
			if (i + width > length || is_wide_punctuation(utf8_to_unicode((const unsigned char *) name + i)))
				return false;
		}
		i += width;
	}
	return length > 0;
}

/*
 * Control characters: ASCII's, those of ISO 6429 above (C1), and those that turn
 * the direction of the text after them, so that a name reads as another one
 * (Unicode TR36, bidirectional text spoofing).
 */
static bool
is_control(pg_wchar character)
{
	return character < 0x20 || (character >= 0x7F && character <= 0x9F) ||
		(character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

static bool
has_control(const char *name, int length)
{
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;

	for (int i = 0; i < length;)
	{
		int			width = utf8 ? pg_utf_mblen((const unsigned char *) name + i) : 1;
		pg_wchar	character = (unsigned char) name[i];

		if (width > 1 && i + width <= length)
			character = utf8_to_unicode((const unsigned char *) name + i);
		if (utf8 ? is_control(character) : character < 0x20 || character == 0x7F)
			return true;
		i += width;
	}
	return false;
}

/* NFC of a UTF-8 string, palloc'd. */
static char *
normalize_utf8(const char *name, int length)
{
	pg_wchar   *wide = palloc((length + 1) * sizeof(pg_wchar));
	pg_wchar   *composed;
	char	   *result;
	char	   *end;
	int			count = pg_mb2wchar_with_len(name, wide, length);

	wide[count] = 0;
	composed = unicode_normalize(UNICODE_NFC, wide);
	for (count = 0; composed[count] != 0; count++)
		 /* count */ ;
	result = end = palloc(count * 4 + 1);
	for (int i = 0; i < count; i++)
	{
		unicode_to_utf8(composed[i], (unsigned char *) end);
		end += pg_utf_mblen((unsigned char *) end);
	}
	*end = '\0';
	return result;
}

char *
scope_name_normalize(const char *name, int length, const char **complaint)
{
	bool		ascii = true;
	char	   *result;

	if (has_control(name, length))
	{
		*complaint = gettext_noop("a name cannot hold control characters");
		return NULL;
	}
	for (int i = 0; i < length; i++)
		ascii &= !IS_HIGHBIT_SET(name[i]);
	result = ascii || GetDatabaseEncoding() != PG_UTF8 ? pnstrdup(name, length) : normalize_utf8(name, length);
	*complaint = NULL;
	if (result[0] == '\0')
		*complaint = gettext_noop("a name cannot be empty");
	else if (strcmp(result, "*") == 0)
		*complaint = gettext_noop("the name \"*\" is reserved");
	else if (strlen(result) > SCOPE_MAX_NAME)
		*complaint = gettext_noop("a name cannot be longer than 255 bytes");
	return *complaint == NULL ? result : NULL;
}

static void
append_component(StringInfo out, const char *name, int length)
{
	if (scope_is_bare(name, length) && !scope_is_keyword(name, length))
	{
		appendBinaryStringInfo(out, name, length);
		return;
	}
	appendStringInfoChar(out, '"');
	for (int i = 0; i < length; i++)
	{
		if (name[i] == '"')
			appendStringInfoChar(out, '"');
		appendStringInfoChar(out, name[i]);
	}
	appendStringInfoChar(out, '"');
}

void
scope_append_key(StringInfo out, ScopeKey key)
{
	const char *component = key.data;
	const char *end = key.data + key.length;

	if (key.length == 0)
	{
		appendStringInfoChar(out, '*');
		return;
	}
	for (;;)
	{
		const char *separator = memchr(component, SCOPE_SEPARATOR, end - component);
		const char *stop = separator != NULL ? separator : end;

		append_component(out, component, stop - component);
		if (separator == NULL)
			return;
		appendStringInfoChar(out, '/');
		component = separator + 1;
	}
}

char *
scope_key_raw(ScopeKey key)
{
	return key.length == 0 ? pstrdup("*") : pnstrdup(key.data, key.length);
}

/*
 * Canonical components quote what is not bare, so a "/" that ends a text
 * prefix is always a separator: the prefix itself has balanced quotes.
 */
bool
scope_path_covers(const char *ancestor, const char *node)
{
	size_t		length = strlen(ancestor);

	if (strcmp(ancestor, "*") == 0)
		return true;
	return strncmp(ancestor, node, length) == 0 && (node[length] == '\0' || node[length] == '/');
}

bool
scope_date_is_valid(DateADT date)
{
	return !DATE_NOT_FINITE(date) && IS_VALID_DATE(date) && date >= date2j(1, 1, 1) - POSTGRES_EPOCH_JDATE;
}

void
scope_check_date(DateADT date)
{
	if (!scope_date_is_valid(date))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("date out of range for license_scope"),
				 errhint("Use a date from 0001-01-01; leave the bound of a range out where it is open.")));
}

/* As PostgreSQL shows a daterange: [from,until), "(" before an open start. */
void
scope_append_range(StringInfo out, ScopeRange range)
{
	appendStringInfoChar(out, DATE_IS_NOBEGIN(range.valid_from) ? '(' : '[');
	if (!DATE_IS_NOBEGIN(range.valid_from))
		append_iso_date(out, range.valid_from);
	appendStringInfoChar(out, ',');
	if (!DATE_IS_NOEND(range.valid_until))
		append_iso_date(out, range.valid_until);
	appendStringInfoChar(out, ')');
}
