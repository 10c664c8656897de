/*
 * mask_address.c
 *		Cuts a Chinese address down to a level of administrative division.
 *
 * Provinces and prefectures are known by name (division_name.c), because a
 * suffix does not tell the level: 大理市 is a county-level city, 昆明市 is a
 * prefecture.  There are thousands of counties and townships, so those are
 * recognised by suffix, with rules that rather miss one than take a road, a
 * village or a compound for one (checked against the names of all counties).
 * A level that is missing or not recognised is left out with all below it
 * that depend on it; an address that begins with neither province nor
 * prefecture is hidden whole.  So what is shown is never finer than asked.
 */
#include "pdauth.h"

#include "utils/memutils.h"

#include "division_name.h"
#include "mask.h"

PG_FUNCTION_INFO_V1(pdauth_mask_address);

typedef enum AddressLevel
{
	ADDRESS_NOTHING,
	ADDRESS_PROVINCE,
	ADDRESS_PREFECTURE,
	ADDRESS_COUNTY,
	ADDRESS_TOWNSHIP,
} AddressLevel;

/* The longest name is 积石山保安族东乡族撒拉族自治县, and one character is looked at behind it. */
#define SCAN_CHARACTERS 18
#define SET_SIZE 40

/* A character as one number: its bytes. */
typedef uint32 CharacterCode;

typedef struct AddressText
{
	CharacterCode codes[SCAN_CHARACTERS + 3];	/* 0 after the last one */
	int			ends[SCAN_CHARACTERS];	/* bytes up to and with each */
	int			count;
} AddressText;

/* Sets of characters, filled for the server encoding at first use. */
typedef struct CharacterSet
{
	const char *source;
	CharacterCode codes[SET_SIZE];
} CharacterSet;

enum
{
	SET_COUNTY,					/* ends a county */
	SET_NO_DISTRICT,			/* before 区 it makes a compound, not a county */
	SET_STOP,					/* the address has gone on to something finer */
	SET_EXCUSED,				/* after a stop character: it was part of a county's name */
	SET_TOWN,					/* ends a township */
	SET_TOWN_EXCUSED,			/* after a stop character: part of a township's name */
	SET_LETTERS,				/* single characters: see the enum below */
	SETS
};

static CharacterSet sets[SETS] = {
	[SET_COUNTY] = {"县区市旗"},
	[SET_NO_DISTRICT] = {"小社园校厂景院库片宅活舍墅业属公商住"},
	[SET_STOP] = {"路街村楼园道镇乡厂站院组号弄巷栋幢室厦校学"},
	[SET_EXCUSED] = {"区县市回塘"},
	[SET_TOWN] = {"镇乡"},
	[SET_TOWN_EXCUSED] = {"镇乡街苏"},
	[SET_LETTERS] = {"市区街道苏木乡族"},
};
static bool sets_ready = false;

/* Places in SET_LETTERS. */
enum
{
	CITY, DISTRICT, STREET, WAY, SU, MU, COUNTRY, PEOPLE
};

#define LETTER(letter) (sets[SET_LETTERS].codes[letter])

static inline CharacterCode
character_code(const char *p, int length)
{
	CharacterCode code = 0;

	for (int i = 0; i < length; i++)
		code = code << 8 | (unsigned char) p[i];
	return code;
}

static void
make_sets(void)
{
	for (int i = 0; i < SETS; i++)
	{
		const char *p = division_text(sets[i].source);
		const char *end = p + strlen(p);
		int			count = 0;

		for (int length; p < end; p += length)
		{
			length = mask_character_length(p, end);
			Assert(count < SET_SIZE - 1);
			sets[i].codes[count++] = character_code(p, length);
		}
	}
	sets_ready = true;
}

static bool
in_set(int set, CharacterCode code)
{
	for (const CharacterCode *member = sets[set].codes; *member != 0; member++)
	{
		if (*member == code)
			return true;
	}
	return false;
}

static void
scan_text(AddressText *text, const char *p, const char *end)
{
	const char *begin = p;

	text->count = 0;
	while (p < end && text->count < SCAN_CHARACTERS)
	{
		int			length = mask_character_length(p, end);

		if (!mask_character_is_valid(p, length, end))
			break;
		text->codes[text->count] = character_code(p, length);
		p += length;
		text->ends[text->count++] = (int) (p - begin);
	}
	memset(&text->codes[text->count], 0, sizeof(CharacterCode) * 3);
}

/* Bytes of the county that the text begins with, or 0: 五华区, 津市市, 东乡族自治县. */
static int
county_length(const char *p, const char *end)
{
	int			odd = division_name_begins(DIVISION_COUNTY_ODD, p, end);
	AddressText text;

	if (odd > 0)
		return odd;
	scan_text(&text, p, end);
	for (int i = 0; i < text.count; i++)
	{
		CharacterCode code = text.codes[i];
		CharacterCode next = text.codes[i + 1];

		/* 市中区 and 津市市 have 市 where no city can end yet */
		if (in_set(SET_COUNTY, code) && i >= (code == LETTER(CITY) ? 2 : 1))
		{
			for (; in_set(SET_COUNTY, next) && i + 1 < text.count; next = text.codes[i + 1])
				i++;
			if (text.codes[i] == LETTER(DISTRICT) && in_set(SET_NO_DISTRICT, text.codes[i - 1]))
				return 0;
			return text.ends[i];
		}
		if (code < 0x80)
			return 0;
		if (in_set(SET_STOP, code) && i > 0 &&
			!(i == 1 && (in_set(SET_EXCUSED, next) || code == LETTER(WAY))) &&
			!(code == LETTER(COUNTRY) && (next == LETTER(PEOPLE) || in_set(SET_EXCUSED, next))))
			return 0;
	}
	return 0;
}

/* Bytes of the township that the text begins with, or 0: 华山街道, 下关镇, 巴彦苏木. */
static int
township_length(const char *p, const char *end)
{
	AddressText text;

	scan_text(&text, p, end);
	for (int i = 0; i < text.count; i++)
	{
		CharacterCode code = text.codes[i];
		CharacterCode next = text.codes[i + 1];

		if (i > 0 && i + 1 < text.count &&
			((code == LETTER(STREET) && next == LETTER(WAY)) || (code == LETTER(SU) && next == LETTER(MU))))
			return text.ends[i + 1];
		if (i > 0 && in_set(SET_TOWN, code))
		{
			/* 古镇镇, and a town that became a sub-district but kept its name: 周镇街道 */
			while (i + 1 < text.count && in_set(SET_TOWN, text.codes[i + 1]))
				i++;
			if (i + 2 < text.count && text.codes[i + 1] == LETTER(STREET) && text.codes[i + 2] == LETTER(WAY))
				i += 2;
			return text.ends[i];
		}
		if (code < 0x80)
			return 0;
		if (i > 0 && (in_set(SET_STOP, code) || in_set(SET_COUNTY, code)) && !in_set(SET_TOWN_EXCUSED, next))
			return 0;
	}
	return 0;
}

static const char *
skip_spaces(const char *p, const char *end)
{
	while (p < end && *p == ' ')
		p++;
	return p;
}

/* Moves p behind a name of one of two lists, if one comes next. */
static bool
accept_name(const char **p, const char *end, DivisionNames kind, DivisionNames other)
{
	const char *begin = skip_spaces(*p, end);
	int			length = division_name_begins(kind, begin, end);

	if (length == 0)
		length = division_name_begins(other, begin, end);
	if (length == 0)
		return false;
	*p = begin + length;
	return true;
}

/* The end of what may be shown of the address; NULL: nothing. */
static const char *
shown_end(const char *p, const char *end, AddressLevel level)
{
	const char *shown = NULL;
	bool		municipality = accept_name(&p, end, DIVISION_MUNICIPALITY, DIVISION_MUNICIPALITY);
	int			length;

	if (municipality || accept_name(&p, end, DIVISION_PROVINCE, DIVISION_PROVINCE_SHORT))
		shown = p;
	if (level == ADDRESS_PROVINCE)
		return shown;
	if (accept_name(&p, end, municipality ? DIVISION_MUNICIPALITY : DIVISION_PREFECTURE,
					municipality ? DIVISION_MUNICIPALITY : DIVISION_PREFECTURE_SHORT))
		shown = p;
	if (level == ADDRESS_PREFECTURE || shown == NULL)
		return shown;
	(void) accept_name(&p, end, DIVISION_PREFECTURE_FILLER, DIVISION_PREFECTURE_FILLER);
	p = skip_spaces(p, end);
	if ((length = county_length(p, end)) > 0)
		shown = p += length;
	if (level == ADDRESS_COUNTY)
		return shown;
	p = skip_spaces(p, end);
	if ((length = township_length(p, end)) > 0)
		shown = p + length;
	return shown;
}

static AddressLevel
address_level(const text *level)
{
	static const char *const names[] = {
		[ADDRESS_NOTHING] = "",
		[ADDRESS_PROVINCE] = "province",
		[ADDRESS_PREFECTURE] = "prefecture",
		[ADDRESS_COUNTY] = "county",
		[ADDRESS_TOWNSHIP] = "township",
	};

	for (int i = 0; i < lengthof(names); i++)
	{
		if (VARSIZE_ANY_EXHDR(level) == strlen(names[i]) &&
			memcmp(VARDATA_ANY(level), names[i], strlen(names[i])) == 0)
			return i;
	}
	return ADDRESS_NOTHING;
}

/* An address of which nothing may be shown is three '*', whatever its length, or fewer if it is shorter. */
static text *
hidden_address(const text *value)
{
	text	   *hidden = mask_hide(value);

	if (VARSIZE(hidden) > VARHDRSZ + 3)
		SET_VARSIZE(hidden, VARHDRSZ + 3);
	return hidden;
}

/* pdauth.mask_address(value text, level text) */
Datum
pdauth_mask_address(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	AddressLevel level = address_level(PG_GETARG_TEXT_PP(1));
	const char *end = VARDATA_ANY(value) + VARSIZE_ANY_EXHDR(value);
	const char *begin = skip_spaces(VARDATA_ANY(value), end);
	const char *shown = NULL;
	text	   *result;

	if (level != ADDRESS_NOTHING && division_names_known())
	{
		if (!sets_ready)
			make_sets();
		shown = shown_end(begin, end, level);
	}
	if (shown == NULL)
		PG_RETURN_TEXT_P(hidden_address(value));
	result = (text *) palloc(VARHDRSZ + (shown - begin));
	SET_VARSIZE(result, VARHDRSZ + (shown - begin));
	memcpy(VARDATA(result), begin, shown - begin);
	PG_RETURN_TEXT_P(result);
}
