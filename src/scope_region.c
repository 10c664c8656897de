/*
 * scope_region.c
 *		Division codes as nodes of a tree.
 *
 * Six digits are GB/T 2260 (province, prefecture, county), nine and twelve add
 * township and village (GB/T 10114 and the statistical bureau's division
 * codes).  Trailing zero groups say "the whole division above", so that
 * 530102000000 is 530102.  Only the structure is checked here: which codes are
 * in use changes every year and is data.
 */
#include "pdauth.h"

#include "port/pg_bswap.h"

#include "scope_internal.h"

/* Digits of province, prefecture, county, township and village. */
static const int group_end[] = {2, 4, 6, 9, 12};

#define GROUP_COUNT 5
#define DEPTH_ANY 0
#define DEPTH_CN 1

/*
 * Depth of the deepest group that is not zero, or 0 if the code has a gap.  A
 * county of 00 above a township is no gap: cities without counties (441900,
 * 442000, 460400 and others) have their townships directly below.
 */
static int
digits_depth(uint64 digits)
{
	bool		prefecture = (digits >> 32 & 0xFF) != 0;
	bool		township = (digits >> 12 & 0xFFF) != 0;

	if ((digits & 0xFFF) != 0)	/* village */
		return prefecture && township ? 6 : 0;
	if (township)
		return prefecture ? 5 : 0;
	if ((digits >> 24 & 0xFF) != 0) /* county */
		return prefecture ? 4 : 0;
	return prefecture ? 3 : 2;
}

/*
 * Six digits, by far the most frequent case, all at once: each a byte, then two
 * of them to a byte, then the three bytes put together.
 */
static bool
six_digits(const char *text, uint64 *digits)
{
	uint64		bytes = 0;

	memcpy(&bytes, text, 6);
	bytes = pg_ntoh64(bytes) >> 16;
	bytes ^= UINT64CONST(0x303030303030);
	/* a byte above 9 carries into its highest bit, or has it already */
	if (((bytes + UINT64CONST(0x767676767676)) | bytes) & UINT64CONST(0x808080808080))
		return false;
	bytes = (bytes | bytes >> 4) & UINT64CONST(0x00FF00FF00FF);
	*digits = (bytes & 0xFF) | (bytes >> 8 & 0xFF00) | (bytes >> 16 & 0xFF0000);
	return true;
}

static bool
some_digits(const char *text, int length, uint64 *digits)
{
	*digits = 0;
	for (int i = 0; i < length; i++)
	{
		unsigned int digit = (unsigned char) text[i] - (unsigned int) '0';

		if (digit > 9)
			return false;
		*digits = *digits << 4 | digit;
	}
	return true;
}

/*
 * The first digit is the greater region; 7 and 8 are Taiwan, Hong Kong and
 * Macao, 9 and 0 are not assigned (GB/T 2260, 4.1).  Called for every row.
 */
bool
scope_region_parse(const char *text, int length, uint64 *region)
{
	uint64		digits;
	int			depth;

	if (length == 2 && memcmp(text, "CN", 2) == 0)
	{
		*region = SCOPE_REGION_CN;
		return true;
	}
	if ((length != 6 && length != 9 && length != 12) || text[0] == '0' || text[0] == '9' ||
		!(length == 6 ? six_digits(text, &digits) : some_digits(text, length, &digits)))
		return false;
	digits <<= 4 * (12 - length);
	depth = digits_depth(digits);
	*region = digits << 16 | depth;
	return depth != 0;
}

/* text must hold SCOPE_REGION_TEXT_SIZE bytes. */
void
scope_region_text(uint64 region, char *text)
{
	int			depth = (int) (region & 0xFF);
	int			length = depth <= 4 ? 6 : depth == 5 ? 9 : 12;

	if (depth == DEPTH_ANY || depth == DEPTH_CN)
	{
		strcpy(text, depth == DEPTH_ANY ? "*" : "CN");
		return;
	}
	for (int i = 0; i < length; i++)
		text[i] = '0' + (int) (region >> (60 - 4 * i) & 0xF);
	text[length] = '\0';
}

/*
 * The region as a key: "0" for CN, then the digit groups, so that the generic
 * tree code gives the same order and cover relation as scope_region_contains.
 */
ScopeKey
scope_region_key(uint64 region)
{
	int			depth = (int) (region & 0xFF);
	char	   *data = palloc(2 + 12 + GROUP_COUNT);
	ScopeKey	key = {data, 0};

	if (depth == DEPTH_ANY)
		return key;
	if (depth == DEPTH_CN || region >> 56 < 0x70)
		data[key.length++] = '0';
	for (int digit = 0, group = 0; group < depth - 1; group++)
	{
		if (key.length > 0)
			data[key.length++] = SCOPE_SEPARATOR;
		for (; digit < group_end[group]; digit++)
			data[key.length++] = '0' + (int) (region >> (60 - 4 * digit) & 0xF);
	}
	return key;
}

uint64
scope_region_from_key(ScopeKey key)
{
	uint64		digits = 0;
	int			depth = 1;
	int			count = 0;

	if (key.length == 0)
		return SCOPE_REGION_ANY;
	if (key.length == 1)
		return SCOPE_REGION_CN;
	for (int i = key.data[0] == '0' ? 2 : 0; i < key.length; i++)
	{
		if (key.data[i] == SCOPE_SEPARATOR)
			continue;
		digits = digits << 4 | (uint64) (key.data[i] - '0');
		count++;
	}
	Assert(count > 0);
	while (group_end[depth - 1] < count)
		depth++;
	return digits << (16 + 4 * (12 - count)) | (depth + 1);
}

int
scope_region_ancestors(uint64 region, uint64 *ancestors)
{
	static const int significant[] = {8, 16, 24, 36, 48};
	int			depth = (int) (region & 0xFF);
	int			count = 0;

	ancestors[count++] = SCOPE_REGION_ANY;
	if (scope_region_contains(SCOPE_REGION_CN, region))
		ancestors[count++] = SCOPE_REGION_CN;
	for (int d = 2; d <= depth; d++)
		ancestors[count++] = (region & ~UINT64CONST(0) << (64 - significant[d - 2])) | d;
	return count;
}

bool
scope_region_covers(const char *ancestor, const char *node)
{
	uint64		above = SCOPE_REGION_ANY;
	uint64		below = SCOPE_REGION_ANY;

	if (strcmp(ancestor, "*") != 0 && !scope_region_parse(ancestor, strlen(ancestor), &above))
		return false;
	if (strcmp(node, "*") != 0 && !scope_region_parse(node, strlen(node), &below))
		return false;
	return scope_region_contains(above, below);
}
