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
	length = pg_encoding_mblen(GetDatabaseEncoding(), p);
	return length <= end - p ? length : (int) (end - p);
}

/* Is the character of that length at p well formed? */
static inline bool
mask_character_is_valid(const char *p, int length, const char *end)
{
	return !IS_HIGHBIT_SET(*p) ||
		pg_encoding_verifymbchar(GetDatabaseEncoding(), p, (int) (end - p)) == length;
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
