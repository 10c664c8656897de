/*
 * backend_stand_in.c
 *		The little of the backend that the scope code needs, in a few lines
 *		each: memory, errors, message reading, dates.  The rest (hashing,
 *		encodings, Unicode normalisation) is PostgreSQL's libpgcommon.
 */
#include "backend_stand_in.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

sigjmp_buf	stand_in_error;
bool		stand_in_errors_abort = false;

volatile sig_atomic_t InterruptPending = false;
MemoryContext CurrentMemoryContext = NULL;

/* ---- memory: malloc, so that the sanitizer guards each piece ---- */

typedef struct Piece
{
	struct Piece *next;
	struct Piece *previous;
} Piece;

static Piece pieces = {&pieces, &pieces};

void *
palloc(Size size)
{
	Piece	   *piece = malloc(sizeof(Piece) + size);

	if (size > MaxAllocHugeSize || piece == NULL)
		abort();
	piece->next = pieces.next;
	piece->previous = &pieces;
	pieces.next->previous = piece;
	pieces.next = piece;
	return piece + 1;
}

void *
palloc0(Size size)
{
	return memset(palloc(size), 0, size);
}

void *
palloc_extended(Size size, int flags)
{
	return (flags & MCXT_ALLOC_ZERO) != 0 ? palloc0(size) : palloc(size);
}

void
pfree(void *pointer)
{
	Piece	   *piece = (Piece *) pointer - 1;

	piece->previous->next = piece->next;
	piece->next->previous = piece->previous;
	free(piece);
}

void *
repalloc(void *pointer, Size size)
{
	Piece	   *piece = realloc((Piece *) pointer - 1, sizeof(Piece) + size);

	if (piece == NULL)
		abort();
	piece->previous->next = piece;
	piece->next->previous = piece;
	return piece + 1;
}

char *
pnstrdup(const char *text, Size length)
{
	Size		size = strnlen(text, length);
	char	   *copy = palloc(size + 1);

	memcpy(copy, text, size);
	copy[size] = '\0';
	return copy;
}

char *
pstrdup(const char *text)
{
	return pnstrdup(text, strlen(text));
}

void
stand_in_free_all(void)
{
	while (pieces.next != &pieces)
		pfree(pieces.next + 1);
}

struct varlena *
pg_detoast_datum(struct varlena *datum)
{
	return datum;
}

/* ---- errors ---- */

bool
errstart(int level, const char *domain)
{
	return level >= ERROR;
}

bool
errstart_cold(int level, const char *domain)
{
	return errstart(level, domain);
}

void
errfinish(const char *file, int line, const char *function)
{
	if (stand_in_errors_abort)
		abort();
	siglongjmp(stand_in_error, 1);
}

int
errcode(int code)
{
	return 0;
}

int
errmsg(const char *format,...)
{
	return 0;
}

int
errdetail(const char *format,...)
{
	return 0;
}

int
errhint(const char *format,...)
{
	return 0;
}

void
ProcessInterrupts(void)
{
}

/* ---- encodings: a UTF-8 database and client ---- */

int
GetDatabaseEncoding(void)
{
	return PG_UTF8;
}

int
pg_mbstrlen_with_len(const char *text, int length)
{
	int			count = 0;

	for (int i = 0; i < length && text[i] != '\0'; i += pg_utf_mblen((const unsigned char *) text + i))
		count++;
	return count;
}

int
pg_mbcliplen(const char *text, int length, int limit)
{
	int			end = 0;

	while (end < length && end + pg_utf_mblen((const unsigned char *) text + end) <= limit)
		end += pg_utf_mblen((const unsigned char *) text + end);
	return Min(end, length);
}

int
pg_mb2wchar_with_len(const char *text, pg_wchar *wide, int length)
{
	return pg_wchar_table[PG_UTF8].mb2wchar_with_len((const unsigned char *) text, wide, length);
}

/* ---- messages ---- */

static const char *
take(StringInfo message, int length)
{
	const char *data = message->data + message->cursor;

	if (length < 0 || length > message->len - message->cursor)
		errfinish(NULL, 0, NULL);
	message->cursor += length;
	return data;
}

unsigned int
pq_getmsgint(StringInfo message, int size)
{
	const unsigned char *data = (const unsigned char *) take(message, size);
	unsigned int value = 0;

	for (int i = 0; i < size; i++)
		value = value << 8 | data[i];
	return value;
}

int
pg_get_client_encoding(void)
{
	return PG_UTF8;
}

bool
pg_verify_mbstr(int encoding, const char *text, int length, bool no_error)
{
	return pg_wchar_table[encoding].mbverifystr((const unsigned char *) text, length) == length;
}

/* The server verifies the encoding and refuses zero bytes; so does this. */
char *
pq_getmsgtext(StringInfo message, int size, int *length)
{
	const char *data = take(message, size);

	if (!pg_verify_mbstr(PG_UTF8, data, size, true) || memchr(data, 0, size) != NULL)
		errfinish(NULL, 0, NULL);
	*length = size;
	return pnstrdup(data, size);
}

void
pq_begintypsend(StringInfo out)
{
	initStringInfo(out);
	appendStringInfoSpaces(out, VARHDRSZ);
}

bytea *
pq_endtypsend(StringInfo out)
{
	SET_VARSIZE(out->data, out->len);
	return (bytea *) out->data;
}

#if PG_VERSION_NUM < 170000
void
pq_sendcountedtext(StringInfo out, const char *text, int length, bool self)
#else
void
pq_sendcountedtext(StringInfo out, const char *text, int length)
#endif
{
	pq_sendint32(out, length);
	appendBinaryStringInfo(out, text, length);
}

/* ---- dates: days of the proleptic Gregorian calendar ---- */

const int	day_tab[2][13] = {
	{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0},
	{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0}
};

/* Days before the year, counted from the epoch of Julian days. */
static int64
days_before(int64 year)
{
	int64		past = year - 1;

	return INT64CONST(1721426) + past * 365 + past / 4 - past / 100 + past / 400;
}

int
date2j(int year, int month, int day)
{
	int64		days = days_before(year) + day - 1;

	for (int m = 1; m < month; m++)
		days += day_tab[isleap(year)][m - 1];
	return (int) days;
}

void
j2date(int days, int *year, int *month, int *day)
{
	int64		low = 1;
	int64		high = 6000000;

	while (low < high)
	{
		int64		middle = (low + high + 1) / 2;

		if (days_before(middle) <= days)
			low = middle;
		else
			high = middle - 1;
	}
	*year = (int) low;
	*day = (int) (days - days_before(low)) + 1;
	for (*month = 1; *day > day_tab[isleap(*year)][*month - 1]; (*month)++)
		*day -= day_tab[isleap(*year)][*month - 1];
}
