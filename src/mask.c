/*
 * mask.c
 *		Column masks.
 *
 * A mask runs on raw values, so it must never raise: an error message would
 * print what it should hide.  Malformed or short input is masked whole.
 */
#include "pdauth.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "mask.h"

PG_FUNCTION_INFO_V1(pdauth_mask_text);
PG_FUNCTION_INFO_V1(pdauth_mask_name);
PG_FUNCTION_INFO_V1(pdauth_mask_citizen_id);
PG_FUNCTION_INFO_V1(pdauth_mask_mobile);

/* Bytes of the character at p, never past end (stored bytes may be cut short). */
static inline int
character_length(const char *p, const char *end)
{
	int			length = IS_HIGHBIT_SET(*p) ? pg_encoding_mblen(GetDatabaseEncoding(), p) : 1;

	return Max(1, Min(length, (int) (end - p)));
}

static int
count_characters(const char *p, const char *end)
{
	int			count = 0;

	for (; p < end; p += character_length(p, end))
		count++;
	return count;
}

text *
mask_keep(const text *value, int keep_head, int keep_tail)
{
	const char *p = VARDATA_ANY(value);
	const char *end = p + VARSIZE_ANY_EXHDR(value);
	int			count = count_characters(p, end);
	text	   *result = (text *) palloc(VARHDRSZ + (end - p));
	char	   *out = VARDATA(result);

	keep_head = Max(keep_head, 0);
	keep_tail = Max(keep_tail, 0);
	if ((int64) keep_head + keep_tail >= count)
		keep_head = keep_tail = 0;
	for (int i = 0; i < count; i++)
	{
		int			length = character_length(p, end);

		if (i < keep_head || i >= count - keep_tail)
		{
			memcpy(out, p, length);
			out += length;
		}
		else
			*out++ = '*';
		p += length;
	}
	SET_VARSIZE(result, out - (char *) result);
	return result;
}

/* pdauth.mask_text(value text, keep_head integer, keep_tail integer) */
Datum
pdauth_mask_text(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), PG_GETARG_INT32(1), PG_GETARG_INT32(2)));
}

/* pdauth.mask_name(value text): the first character stays, 张** */
Datum
pdauth_mask_name(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 1, 0));
}

/* pdauth.mask_citizen_id(value text): three and four characters stay, 532***********123X */
Datum
pdauth_mask_citizen_id(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 3, 4));
}

/* pdauth.mask_mobile(value text): three and four characters stay, 138****5678 */
Datum
pdauth_mask_mobile(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(mask_keep(PG_GETARG_TEXT_PP(0), 3, 4));
}
