/*
 * identifier.c
 *		Check digits of Chinese identifiers: unified social credit code
 *		(GB 32100), organisation code (GB 11714), citizen number (GB 11643).
 *
 * The functions say yes or no and never raise: an error would print what is
 * personal data.
 */
#include "pdauth.h"

#include "utils/datetime.h"

PG_FUNCTION_INFO_V1(pdauth_is_uscc);
PG_FUNCTION_INFO_V1(pdauth_is_uscc_before_2016);
PG_FUNCTION_INFO_V1(pdauth_is_citizen_id);

#define CODE_LENGTH 18

/* Value of each character is its place; GB 32100 leaves out I, O, S, V and Z. */
static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

/* The organisation code is characters 9 to 17, the last of them its check digit. */
#define ORGANISATION_START 8
#define ORGANISATION_DIGITS 8
#define DIVISION_START 2
#define DIVISION_END 8

static int
credit_value(char character)
{
	const char *found = character != '\0' ? strchr(credit_alphabet, character) : NULL;

	return found != NULL ? (int) (found - credit_alphabet) : -1;
}

static bool
all_digits(const char *text, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	return true;
}

/* 18 characters of the alphabet, digits where the division code stands. */
static const char *
credit_code(text *value)
{
	const char *code = VARDATA_ANY(value);

	if (VARSIZE_ANY_EXHDR(value) != CODE_LENGTH || !all_digits(code, DIVISION_START, DIVISION_END))
		return NULL;
	for (int i = 0; i < CODE_LENGTH; i++)
	{
		if (credit_value(code[i]) < 0)
			return NULL;
	}
	return code;
}

/* Modulus 31, weights 3^(i-1); the last modulus turns 31 into 0. */
Datum
pdauth_is_uscc(PG_FUNCTION_ARGS)
{
	const char *code = credit_code(PG_GETARG_TEXT_PP(0));
	int			weight = 1;
	int			sum = 0;

	if (code == NULL)
		PG_RETURN_BOOL(false);
	for (int i = 0; i < CODE_LENGTH - 1; i++)
	{
		sum += credit_value(code[i]) * weight;
		weight = weight * 3 % 31;
	}
	PG_RETURN_BOOL(credit_value(code[CODE_LENGTH - 1]) == (31 - sum % 31) % 31);
}

/* GB 11714: modulus 11 over eight characters, 0-9 and A-Z as 0 to 35. */
Datum
pdauth_is_uscc_before_2016(PG_FUNCTION_ARGS)
{
	static const int weights[ORGANISATION_DIGITS] = {3, 7, 9, 10, 5, 8, 4, 2};
	const char *code = credit_code(PG_GETARG_TEXT_PP(0));
	int			sum = 0;

	if (code == NULL)
		PG_RETURN_BOOL(false);
	code += ORGANISATION_START;
	for (int i = 0; i < ORGANISATION_DIGITS; i++)
		sum += weights[i] * (code[i] <= '9' ? code[i] - '0' : code[i] - 'A' + 10);
	PG_RETURN_BOOL(code[ORGANISATION_DIGITS] == "0X987654321"[sum % 11]);
}

/*
 * Division, date of birth, sequence, check digit by ISO 7064 MOD 11-2.  The
 * division is not looked up: codes are reused and withdrawn, numbers stay.
 */
Datum
pdauth_is_citizen_id(PG_FUNCTION_ARGS)
{
	text	   *value = PG_GETARG_TEXT_PP(0);
	const char *code = VARDATA_ANY(value);
	int			weight = 1;
	int			sum = 0;
	int			year;
	int			month;
	int			day;

	if (VARSIZE_ANY_EXHDR(value) != CODE_LENGTH || !all_digits(code, 0, CODE_LENGTH - 1) || code[0] == '0')
		PG_RETURN_BOOL(false);
	year = (code[6] - '0') * 1000 + (code[7] - '0') * 100 + (code[8] - '0') * 10 + (code[9] - '0');
	month = (code[10] - '0') * 10 + (code[11] - '0');
	day = (code[12] - '0') * 10 + (code[13] - '0');
	if (year < 1800 || month < 1 || month > MONTHS_PER_YEAR || day < 1 || day > day_tab[isleap(year)][month - 1])
		PG_RETURN_BOOL(false);
	/* weight of the character i places before the check digit is 2^i mod 11 */
	for (int i = CODE_LENGTH - 2; i >= 0; i--)
	{
		weight = weight * 2 % 11;
		sum += (code[i] - '0') * weight;
	}
	PG_RETURN_BOOL(code[CODE_LENGTH - 1] == "10X98765432"[sum % 11]);
}
