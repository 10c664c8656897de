/*
 * mask.h
 *		Column masks: functions that run on raw values.
 *
 * A mask never raises, whatever the value: an error message would print what
 * it should hide.  What is not of the expected shape is hidden whole.  A
 * hidden character becomes one '*', so a text mask is never longer than its
 * value, in characters or bytes.  A character that is not well formed in the
 * server encoding is always hidden, so what comes out is valid text.
 *
 * Files: mask_text.c (shapes of text), mask_address.c, mask_date.c,
 * mask_number.c (numbers and network addresses), pseudonym.c.
 */
#ifndef PDAUTH_MASK_H
#define PDAUTH_MASK_H

#include "postgres.h"

#include "mb/pg_wchar.h"

/*
 * Function calls of a label's mask carry this as their place in the source
 * text, which the parser never gives (-1 or an offset) and stored expressions
 * lose.  So a function can tell that it runs as a mask: see pseudonym.c.
 */
#define MASK_LOCATION (-2260)

/* A database's encoding never changes, and asking for it is a call. */
static inline int
mask_encoding(void)
{
	static int	encoding = -1;

	if (unlikely(encoding < 0))
		encoding = GetDatabaseEncoding();
	return encoding;
}

/* What pg_utf_mblen() says, without the call: a malformed byte counts as one character. */
static inline int
mask_utf8_length(unsigned char byte)
{
	if (byte < 0xC0 || byte >= 0xF8)
		return 1;
	return byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

/*
 * Bytes of the character at p as the server counts it, but never past end:
 * stored text may be cut short.
 */
static inline int
mask_character_length(const char *p, const char *end)
{
	int			length;

	if (!IS_HIGHBIT_SET(*p))
		return 1;
	length = mask_encoding() == PG_UTF8 ? mask_utf8_length((unsigned char) *p) :
		pg_encoding_mblen(mask_encoding(), p);
	return length <= end - p ? length : (int) (end - p);
}

/* Is the character of that length at p well formed? */
static inline bool
mask_character_is_valid(const char *p, int length, const char *end)
{
	if (!IS_HIGHBIT_SET(*p))
		return true;
	if (mask_encoding() == PG_UTF8)
		return length == mask_utf8_length((unsigned char) *p) && pg_utf8_islegal((const unsigned char *) p, length);
	return pg_encoding_verifymbchar(mask_encoding(), p, (int) (end - p)) == length;
}

/*
 * Copies value with every character but the first keep_head and the last
 * keep_tail replaced by '*'.  A value of fewer than minimum characters, or
 * with nothing to hide (at most keep_head + keep_tail), is hidden whole.
 * Negative counts are taken as 0.
 */
extern text *mask_keep(const text *value, int keep_head, int keep_tail, int minimum);

/* The value with every character hidden. */
extern text *mask_hide(const text *value);

#endif							/* PDAUTH_MASK_H */
