/*
 * mask_text.c
 *		Masks for text of a known shape: names, numbers of persons, firms,
 *		cards, telephones and vehicles, e-mail addresses.
 *
 * Which characters stay is common practice, not from a standard; what a mask
 * leaves is said at each function and in doc/masks.md.
 */
#include "pdauth.h"

#include <ctype.h>

#include "utils/builtins.h"

#include "mask.h"

PG_FUNCTION_INFO_V1(pdauth_mask_text);
PG_FUNCTION_INFO_V1(pdauth_mask_name);
PG_FUNCTION_INFO_V1(pdauth_mask_citizen_id);
PG_FUNCTION_INFO_V1(pdauth_mask_mobile);
PG_FUNCTION_INFO_V1(pdauth_mask_landline);
PG_FUNCTION_INFO_V1(pdauth_mask_bank_card);
PG_FUNCTION_INFO_V1(pdauth_mask_plate);
PG_FUNCTION_INFO_V1(pdauth_mask_email);
PG_FUNCTION_INFO_V1(pdauth_mask_uscc);

/* Eight bytes at a time, the last eight again: most numbers are ASCII, and then bytes are characters. */
static inline bool
is_ascii(const char *p, const char *end)
{
	uint64		bits = 0;
	uint64		chunk;

	if (end - p < (ptrdiff_t) sizeof(chunk))
	{
		for (; p < end; p++)
			bits |= (unsigned char) *p;
		return (bits & 0x80) == 0;
	}
	for (; end - p > (ptrdiff_t) sizeof(chunk); p += sizeof(chunk))
	{
		memcpy(&chunk, p, sizeof(chunk));
		bits |= chunk;
	}
	memcpy(&chunk, end - sizeof(chunk), sizeof(chunk));
	bits |= chunk;
	return (bits & UINT64CONST(0x8080808080808080)) == 0;
}

static int
count_characters(const char *p, const char *end)
{
	int			count = 0;

	for (; p < end; p += mask_character_length(p, end))
		count++;
	return count;
}

/* Writes the character at p, or '*' if it is not well formed; returns what follows. */
static inline char *
put_character(char *out, const char *p, int length, const char *end)
{
	if (!mask_character_is_valid(p, length, end))
	{
		*out = '*';
		return out + 1;
	}
	memcpy(out, p, length);
	return out + length;
}

static inline char *
keep_ascii(char *out, const char *p, int count, int keep_head, int keep_tail, int minimum)
{
	const uint64 stars = UINT64CONST(0x2A2A2A2A2A2A2A2A);

	if ((int64) keep_head + keep_tail >= count || count < minimum)
		keep_head = keep_tail = 0;
	/* whole words, into the room that mask_keep() leaves behind: values are short, and calls are not free */
	for (int i = 0; i < count; i += sizeof(stars))
		memcpy(out + i, &stars, sizeof(stars));
	for (int i = 0; i < keep_head; i++)
		out[i] = p[i];
	for (int i = count - keep_tail; i < count; i++)
		out[i] = p[i];
	return out + count;
}

/* Counts first only where it matters which characters are the last ones. */
static char *
keep_characters(char *out, const char *p, const char *end, int keep_head, int keep_tail, int minimum)
{
	char	   *begin = out;
	int			count = keep_tail > 0 ? count_characters(p, end) : PG_INT32_MAX;
	int			i;

	if ((int64) keep_head + keep_tail >= count || count < minimum)
		keep_head = keep_tail = 0;
	for (i = 0; p < end; i++)
	{
		int			length = mask_character_length(p, end);

		if (i < keep_head || i >= count - keep_tail)
			out = put_character(out, p, length, end);
		else
			*out++ = '*';
		p += length;
	}
	if (i > keep_head && i >= minimum)
		return out;
	memset(begin, '*', i);
	return begin + i;
}

text *
mask_keep(const text *value, int keep_head, int keep_tail, int minimum)
{
	const char *p = VARDATA_ANY(value);
	const char *end = p + VARSIZE_ANY_EXHDR(value);
	text	   *result = (text *) palloc(VARHDRSZ + (end - p) + sizeof(uint64));
	char	   *out = VARDATA(result);

	keep_head = Max(keep_head, 0);
	keep_tail = Max(keep_tail, 0);
	if (is_ascii(p, end))
		out = keep_ascii(out, p, (int) (end - p), keep_head, keep_tail, minimum);
	else
		out = keep_characters(out, p, end, keep_head, keep_tail, minimum);
	SET_VARSIZE(result, out - (char *) result);
	return result;
}

text *
mask_hide(const text *value)
{
	return mask_keep(value, 0, 0, 0);
}

/* pdauth.mask_text(value text, keep_head integer, keep_tail integer) */
Datum
pdauth_mask_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), PG_GETARG_INT32(2), 0));
}

/* pdauth.mask_name(value text): the first character stays, 张** */
Datum
pdauth_mask_name(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 1, 0, 0));
}

/* pdauth.mask_citizen_id(value text): three and four characters stay, 532***********123X */
Datum
pdauth_mask_citizen_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 3, 4, 0));
}

/* pdauth.mask_mobile(value text): three and four characters stay, 138****5678 */
Datum
pdauth_mask_mobile(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 3, 4, 0));
}

/* pdauth.mask_plate(value text): province, letter and the last character stay, 云A****5 */
Datum
pdauth_mask_plate(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 2, 1, 7));
}

/* The digits of a number written with separators, or -1 if there is anything else in it. */
static int
count_digits(const char *p, const char *end, const char *separators)
{
	int			digits = 0;

	for (; p < end; p++)
	{
		if (*p >= '0' && *p <= '9')
			digits++;
		else if (*p == '\0' || strchr(separators, *p) == NULL)
			return -1;
	}
	return digits;
}

/* Hides digits from number keep_head on, but for the last keep_tail; separators stay. */
static text *
keep_digits(const text *value, int digits, int keep_head, int keep_tail)
{
	const char *p = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	text	   *result = (text *) palloc(VARHDRSZ + length);
	char	   *out = VARDATA(result);
	int			digit = 0;

	for (int i = 0; i < length; i++)
	{
		bool		is_digit = p[i] >= '0' && p[i] <= '9';

		out[i] = is_digit && digit >= keep_head && digit < digits - keep_tail ? '*' : p[i];
		digit += is_digit;
	}
	SET_VARSIZE(result, VARHDRSZ + length);
	return result;
}

/*
 * pdauth.mask_landline(value text): area code and the last two digits stay,
 * 0871-******56.  Area codes begin with 0 and have three digits if the second
 * is 1 or 2, four otherwise; the number itself has at least seven.
 */
Datum
pdauth_mask_landline(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(value);
	const char *end = p + VARSIZE_ANY_EXHDR(value);
	int			digits = count_digits(p, end, " -()+");
	int			area = 0;

	while (p < end && !isdigit((unsigned char) *p))
		p++;
	if (digits >= 2 && *p == '0')
	{
		for (p++; !isdigit((unsigned char) *p);)
			p++;
		area = *p == '1' || *p == '2' ? 3 : 4;
	}
	if (digits - area < 7)
		PG_RETURN_TEXT_P(mask_hide(value));
	PG_RETURN_TEXT_P(keep_digits(value, digits, area, 2));
}

/*
 * pdauth.mask_bank_card(value text): of 16 to 19 digits the first six (the
 * issuer) and the last four stay, of 13 to 15 only the last four, so that at
 * least six are hidden.
 */
Datum
pdauth_mask_bank_card(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(value);
	int			digits = count_digits(p, p + VARSIZE_ANY_EXHDR(value), " -");

	if (digits < 13 || digits > 19)
		PG_RETURN_TEXT_P(mask_hide(value));
	PG_RETURN_TEXT_P(keep_digits(value, digits, digits >= 16 ? 6 : 0, 4));
}

/* No byte of a longer character looks like '@' in a server encoding. */
static const char *
last_at_sign(const char *p, const char *end)
{
	const char *at = NULL;

	for (; p < end; p++)
	{
		if (*p == '@')
			at = p;
	}
	return at;
}

/* pdauth.mask_email(value text): first character and domain stay, z****@example.com */
Datum
pdauth_mask_email(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(value);
	const char *end = p + VARSIZE_ANY_EXHDR(value);
	const char *at = last_at_sign(p, end);
	text	   *result;
	char	   *out;
	int			length;

	if (at == NULL || at == p || at + 1 == end)
		PG_RETURN_TEXT_P(mask_hide(value));
	result = (text *) palloc(VARHDRSZ + (end - p));
	out = VARDATA(result);
	length = mask_character_length(p, at);
	if (p + length < at)
		out = put_character(out, p, length, at);
	else
		*out++ = '*';
	for (p += length; p < at; p += mask_character_length(p, at))
		*out++ = '*';
	for (; p < end; p += length)
	{
		length = mask_character_length(p, end);
		out = put_character(out, p, length, end);
	}
	SET_VARSIZE(result, out - (char *) result);
	PG_RETURN_TEXT_P(result);
}

/*
 * pdauth.mask_uscc(value text): of the 18 characters of a unified social credit
 * code (GB 32100) the first eight stay: registering authority, kind and
 * division.  What identifies the organisation is hidden.
 */
Datum
pdauth_mask_uscc(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *p = VARDATA_ANY(value);
	int			length = VARSIZE_ANY_EXHDR(value);
	bool		well_formed = length == 18;

	for (int i = 0; well_formed && i < length; i++)
		well_formed = !IS_HIGHBIT_SET(p[i]) && isalnum((unsigned char) p[i]);
	PG_RETURN_TEXT_P(mask_keep(value, well_formed ? 8 : 0, 0, 0));
}
