/*
 * scope_internal.h
 *		What the scope*.c files share: on-disk layout, keys, the builder that
 *		makes canonical values, and the algebra.
 */
#ifndef PDAUTH_SCOPE_INTERNAL_H
#define PDAUTH_SCOPE_INTERNAL_H

#include "pdauth.h"

#include "lib/stringinfo.h"
#include "nodes/nodes.h"

#include "scope.h"

#define SCOPE_VERSION 1
#define SCOPE_MAX_GRANTS 512		/* in canonical form */
#define SCOPE_MAX_BOXES 16384		/* as written, or on the way to a result */
#define SCOPE_MAX_STRINGS 8192
#define SCOPE_MAX_COLUMN_ENTRIES 8192
#define SCOPE_MAX_DEPTH 15
#define SCOPE_MAX_NAME 255		/* bytes of one component */
#define SCOPE_ACTION_COUNT (SCOPE_TRADE + 1)
#define SCOPE_ALL_ACTIONS ((1 << SCOPE_ACTION_COUNT) - 1)
#define SCOPE_LEVEL_COUNT (SCOPE_CORE + 1)

/*
 * Between the components of a key.  It is smaller than any byte a name may
 * hold, so that memcmp order is tree pre-order and a subtree is contiguous.
 */
#define SCOPE_SEPARATOR '\001'

/*
 * A node of a tree as bytes: components joined by SCOPE_SEPARATOR; the root
 * "*" has length 0.  Columns are a tree of depth one, regions are spelled by
 * division level, so that all four dimensions are compared alike.
 */
typedef struct ScopeKey
{
	const char *data;
	int			length;
} ScopeKey;

typedef struct ScopeRange
{
	DateADT		valid_from;		/* inclusive */
	DateADT		valid_until;	/* exclusive */
} ScopeRange;

/* ---- storage ---- */

/* A stored grant: one path, region, purpose and date range, a set of columns. */
typedef struct ScopeGrant
{
	uint64		region;			/* see scope_region.c */
	DateADT		valid_from;
	DateADT		valid_until;
	uint16		path;			/* string number */
	uint16		purpose;		/* string number */
	uint16		column_first;	/* into the column entries */
	uint16		column_count;	/* 0 means "*" */
	uint16		actions;
	uint8		level;
	uint8		unused[5];		/* zero: values are compared as bytes */
} ScopeGrant;

/*
 * Followed by ScopeGrant[grant_count], uint32 string_end[string_count],
 * uint16 column entries[column_count] (string numbers), and the bytes of the
 * sorted, distinct strings.
 */
struct LicenseScope
{
	int32		vl_len_;
	uint8		version;
	uint8		max_level;
	uint16		actions;		/* union over the grants */
	DateADT		valid_from;		/* hull over the grants */
	DateADT		valid_until;
	uint16		grant_count;
	uint16		string_count;
	uint16		column_count;
	uint16		unused;			/* zero */
	uint64		signature;		/* first path components, see scope_storage.c */
};

#define DatumGetLicenseScopeP(d) ((LicenseScope *) PG_DETOAST_DATUM(d))
#define PG_GETARG_LICENSE_SCOPE_P(n) DatumGetLicenseScopeP(PG_GETARG_DATUM(n))

static inline const ScopeGrant *
scope_grants(const LicenseScope *scope)
{
	return (const ScopeGrant *) (scope + 1);
}

static inline const uint32 *
scope_string_ends(const LicenseScope *scope)
{
	return (const uint32 *) (scope_grants(scope) + scope->grant_count);
}

static inline const uint16 *
scope_columns(const LicenseScope *scope)
{
	return (const uint16 *) (scope_string_ends(scope) + scope->string_count);
}

static inline ScopeKey
scope_string(const LicenseScope *scope, int number)
{
	const uint32 *ends = scope_string_ends(scope);
	uint32		start = number > 0 ? ends[number - 1] : 0;
	ScopeKey	key;

	key.data = (const char *) (scope_columns(scope) + scope->column_count) + start;
	key.length = ends[number] - start;
	return key;
}

/* One grant on its way into storage: the node keys resolved, columns a list. */
typedef struct ScopeDraftGrant
{
	ScopeKey	path;
	ScopeKey	region;
	ScopeKey	purpose;
	const ScopeKey *columns;	/* sorted; "*" is one key of length 0 */
	int			column_count;
	uint16		actions;
	uint8		level;
	ScopeRange	range;
} ScopeDraftGrant;

/* Lays out canonical grants as a value; ereports program_limit_exceeded. */
extern LicenseScope *scope_pack(const ScopeDraftGrant *grants, int count);

/* The bits that the first component of a path sets in the signature. */
extern uint64 scope_path_signature(ScopeKey path);

/* ---- keys, names, regions, words ---- */

static inline bool
scope_key_covers(ScopeKey ancestor, ScopeKey node)
{
	if (ancestor.length == 0)
		return true;
	if (node.length < ancestor.length)
		return false;
	if (node.length > ancestor.length && node.data[ancestor.length] != SCOPE_SEPARATOR)
		return false;
	return memcmp(ancestor.data, node.data, ancestor.length) == 0;
}

static inline int
scope_key_compare(ScopeKey a, ScopeKey b)
{
	int			common = Min(a.length, b.length);
	int			order = common > 0 ? memcmp(a.data, b.data, common) : 0;

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

/* Path or column key as canonical text, quoting components where needed. */
extern void scope_append_key(StringInfo out, ScopeKey key);

/* A bare column name, unquoted ("*" for the root); palloc'd. */
extern char *scope_key_raw(ScopeKey key);

/*
 * Region numbers: twelve BCD digits above a byte that holds the depth.
 * scope_region_parse() takes "CN" or digits and returns false if malformed.
 */
#define SCOPE_REGION_ANY UINT64CONST(0)
#define SCOPE_REGION_CN UINT64CONST(1)
#define SCOPE_REGION_TEXT_SIZE 13
extern bool scope_region_parse(const char *text, int length, uint64 *region);
extern void scope_region_text(uint64 region, char *text);
extern ScopeKey scope_region_key(uint64 region);
extern uint64 scope_region_from_key(ScopeKey key);

/* The region and all above it; returns how many. */
#define SCOPE_REGION_DEPTHS 7
extern int	scope_region_ancestors(uint64 region, uint64 *ancestors);

static inline bool
scope_region_contains(uint64 ancestor, uint64 node)
{
	/* significant bits by depth: any, CN, province, prefecture, county, township, village */
	static const uint64 mask[] = {
		0, 0,
		UINT64CONST(0xFF00000000000000), UINT64CONST(0xFFFF000000000000),
		UINT64CONST(0xFFFFFF0000000000), UINT64CONST(0xFFFFFFFFF0000000),
		UINT64CONST(0xFFFFFFFFFFFF0000)
	};
	int			depth = (int) (ancestor & 0xFF);

	if (depth > (int) (node & 0xFF))
		return false;
	/* Taiwan (7x), Hong Kong and Macao (8x) lie outside the mainland tree. */
	if (depth == 1)
		return (node >> 56) < 0x70;
	return ((ancestor ^ node) & mask[depth]) == 0;
}

extern const char *const scope_action_names[SCOPE_ACTION_COUNT];
extern const char *const scope_level_names[SCOPE_LEVEL_COUNT];
extern bool scope_action_parse(const char *text, int length, ScopeAction *action);
extern bool scope_level_parse_bytes(const char *text, int length, ScopeLevel *level);
/* Finite, and not before year 1, which the text form cannot spell. */
extern bool scope_date_is_valid(DateADT date);
/* Raises 22008 unless valid. */
extern void scope_check_date(DateADT date);
extern void scope_append_range(StringInfo out, ScopeRange range);

/* ---- building canonical values ---- */

typedef enum ScopeAxis
{
	SCOPE_AXIS_PATH,
	SCOPE_AXIS_REGION,
	SCOPE_AXIS_PURPOSE,
	SCOPE_AXIS_COLUMN
} ScopeAxis;

#define SCOPE_AXIS_COUNT (SCOPE_AXIS_COLUMN + 1)

typedef struct ScopeKeyList
{
	ScopeKey   *keys;
	int			count;
	int			capacity;
} ScopeKeyList;

/* One grant as written: lists in every dimension, in any order. */
typedef struct ScopeBox
{
	ScopeKeyList axis[SCOPE_AXIS_COUNT];
	ScopeRange *ranges;
	int			range_count;
	int			range_capacity;
	uint16		actions;
	uint8		level;
	uint8		side;			/* operand number, for intersections */
} ScopeBox;

typedef struct ScopeBuilder ScopeBuilder;

extern void scope_key_list_add(ScopeKeyList *list, ScopeKey key);
extern void scope_box_add_range(ScopeBox *box, DateADT valid_from, DateADT valid_until);

/* Everything lives in the current memory context; keys are not copied. */
extern ScopeBuilder *scope_builder_create(void);
extern void scope_builder_add(ScopeBuilder *builder, const ScopeBox *box);
extern void scope_builder_add_scope(ScopeBuilder *builder, const LicenseScope *scope, int side);
extern int	scope_builder_size(const ScopeBuilder *builder);

/* The canonical value of the union of the boxes. */
extern LicenseScope *scope_builder_union(ScopeBuilder *builder);

/* The canonical value of (union of side 0) intersected with (union of side 1). */
extern LicenseScope *scope_builder_intersection(ScopeBuilder *builder);

/* ---- text ---- */

/* Parses; on bad input reports to escontext (soft) or ereports, and returns NULL. */
extern LicenseScope *scope_parse(const char *text, Node *escontext);

/* Parses a path ("*" or components); same error contract, key.length -1 on failure. */
extern ScopeKey scope_parse_path(const char *text, Node *escontext);

/* A column name given as is, not as grammar text ("*" for all); validated, NFC; ereports 22P02. */
extern ScopeKey scope_column_key(const char *name);

/* Checks one name and brings it to NFC; NULL and *complaint if it cannot be a name. */
extern char *scope_name_normalize(const char *name, int length, const char **complaint);
extern bool scope_is_keyword(const char *name, int length);
extern bool scope_is_bare(const char *name, int length);

extern void scope_append_text(StringInfo out, const LicenseScope *scope);

/* A grant as shown: the stored grants that differ in nothing but list items, together. */
typedef struct ScopeShownGrant
{
	uint16		actions;
	uint8		level;
	const ScopeGrant **paths;	/* read ->path of each */
	int			path_count;
	const ScopeGrant **regions;
	int			region_count;
	const ScopeGrant **purposes;
	int			purpose_count;
	const ScopeGrant *first;	/* columns are ->column_first, ->column_count */
	int			range_count;	/* of consecutive grants from first */
} ScopeShownGrant;

typedef void (*scope_shown_callback) (const LicenseScope *scope, const ScopeShownGrant *grant, void *argument);
extern void scope_for_each_shown(const LicenseScope *scope, scope_shown_callback callback, void *argument);

/* ---- algebra ---- */

extern bool scope_contains(const LicenseScope *license, const LicenseScope *request);

/* For each grant: does another grant of the same scope cover all of it?  palloc'd. */
extern bool *scope_implied_grants(const LicenseScope *scope);
extern bool scope_overlaps(const LicenseScope *a, const LicenseScope *b);

extern LicenseScope *scope_meet(const LicenseScope *a, const LicenseScope *b);

/*
 * Parts of request that license lacks; empty exactly when license contains
 * request.  Stops after so many parts: a message needs but a few.
 */
#define SCOPE_ALL_PARTS SCOPE_MAX_BOXES
#define SCOPE_SOME_PARTS 16
extern LicenseScope *scope_missing(const LicenseScope *request, const LicenseScope *license, int limit);

#endif							/* PDAUTH_SCOPE_INTERNAL_H */
