/*
 * scope_canonical.c
 *		Brings a list of boxes to the one form that equal sets share.
 *
 * The canonical form is nested residuals in the order path, region, purpose,
 * column, rights (actions, level, dates).  For a node of a tree the residual
 * is what is permitted there, inherited rights included; a node is kept only
 * where its residual differs from that of the nearest node above it.
 *
 * Two ideas keep this cheap.  A residual depends on the node only through the
 * set of boxes that cover it, so results are remembered by (dimension, set of
 * boxes).  And residuals are interned by content: equal ones have equal
 * numbers, so "differs" is an integer comparison.
 *
 * Intersection needs no algebra of its own: with the boxes of the two operands
 * told apart, the residual of the intersection at a node is the intersection of
 * the residuals, and only the innermost step has to do it.
 */
#include "pdauth.h"

#include "common/hashfn.h"
#include "miscadmin.h"

#include "scope_internal.h"

#define BITS_PER_WORD 64

/* Steps after which a value is refused; a legal license takes a few thousand. */
#define WORK_LIMIT INT64CONST(50000000)

typedef struct ScopeAxisNodes
{
	ScopeKey   *nodes;			/* sorted, distinct */
	int		   *parent;			/* nearest covering node, or -1 */
	uint64	   *cover;			/* per node the set of boxes that cover it */
	int			count;
} ScopeAxisNodes;

/* One item of a residual: below this node, that residual. */
typedef struct ResidualItem
{
	int32		node;
	int32		below;			/* residual number */
} ResidualItem;

/* One item of the innermost residual. */
typedef struct RightsItem
{
	uint16		actions;
	uint16		level;
	ScopeRange	range;
} RightsItem;

typedef struct Residual
{
	const void *items;			/* ResidualItem[] or, innermost, RightsItem[] */
	int			count;
} Residual;

/* A remembered answer: bytes under a tag have a number. */
typedef struct InternEntry
{
	const void *bytes;
	int			size;
	int			tag;
	uint32		hash;
	int32		number;
} InternEntry;

struct ScopeBuilder
{
	ScopeBox   *boxes;
	int			box_count;
	int			box_capacity;

	/* the rest is used while finishing */
	bool		intersect;
	int			words;			/* per set of boxes */
	uint64	   *side[2];		/* boxes of each operand */
	ScopeAxisNodes axis[SCOPE_AXIS_COUNT];
	InternEntry *entries;		/* open addressing, size a power of two */
	int			entry_size;
	int			entry_count;
	Residual   *residuals;		/* number 0 is the empty one */
	int			residual_count;
	int			residual_capacity;
	int64		work;
};

/* ---- collecting boxes ---- */

/* What is written may be longer than what is stored, but not without bound. */
static void
check_limit(int count, int limit, const char *what)
{
	if (count >= limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("license_scope with more than %d %s", limit, _(what)),
				 errhint("Split the license into several, by resource or by region.")));
}

void
scope_key_list_add(ScopeKeyList *list, ScopeKey key)
{
	check_limit(list->count, SCOPE_MAX_STRINGS, "items in a list");
	if (list->count == list->capacity)
	{
		list->capacity = Max(4, list->capacity * 2);
		list->keys = list->keys == NULL ?
			palloc(list->capacity * sizeof(ScopeKey)) :
			repalloc(list->keys, list->capacity * sizeof(ScopeKey));
	}
	list->keys[list->count++] = key;
}

/* Empty ranges add nothing. */
void
scope_box_add_range(ScopeBox *box, DateADT valid_from, DateADT valid_until)
{
	if (valid_from >= valid_until)
		return;
	if (box->range_count == box->range_capacity)
	{
		box->range_capacity = Max(2, box->range_capacity * 2);
		box->ranges = box->ranges == NULL ?
			palloc(box->range_capacity * sizeof(ScopeRange)) :
			repalloc(box->ranges, box->range_capacity * sizeof(ScopeRange));
	}
	box->ranges[box->range_count].valid_from = valid_from;
	box->ranges[box->range_count++].valid_until = valid_until;
}

ScopeBuilder *
scope_builder_create(void)
{
	return palloc0(sizeof(ScopeBuilder));
}

int
scope_builder_size(const ScopeBuilder *builder)
{
	return builder->box_count;
}

void
scope_builder_add(ScopeBuilder *builder, const ScopeBox *box)
{
	if (box->range_count == 0 || box->actions == 0)
		return;
	for (int i = 0; i < SCOPE_AXIS_COUNT; i++)
	{
		if (box->axis[i].count == 0)
			return;
	}
	check_limit(builder->box_count, SCOPE_MAX_BOXES, "grants as written");
	if (builder->box_count == builder->box_capacity)
	{
		builder->box_capacity = Max(8, builder->box_capacity * 2);
		builder->boxes = builder->boxes == NULL ?
			palloc(builder->box_capacity * sizeof(ScopeBox)) :
			repalloc(builder->boxes, builder->box_capacity * sizeof(ScopeBox));
	}
	builder->boxes[builder->box_count++] = *box;
}

void
scope_builder_add_scope(ScopeBuilder *builder, const LicenseScope *scope, int side)
{
	const ScopeGrant *grants = scope_grants(scope);
	const uint16 *columns = scope_columns(scope);
	ScopeKey	everything = {"", 0};

	for (int i = 0; i < scope->grant_count; i++)
	{
		const ScopeGrant *grant = &grants[i];
		ScopeBox	box = {0};

		scope_key_list_add(&box.axis[SCOPE_AXIS_PATH], scope_string(scope, grant->path));
		scope_key_list_add(&box.axis[SCOPE_AXIS_REGION], scope_region_key(grant->region));
		scope_key_list_add(&box.axis[SCOPE_AXIS_PURPOSE], scope_string(scope, grant->purpose));
		if (grant->column_count == 0)
			scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], everything);
		for (int c = 0; c < grant->column_count; c++)
			scope_key_list_add(&box.axis[SCOPE_AXIS_COLUMN], scope_string(scope, columns[grant->column_first + c]));
		scope_box_add_range(&box, grant->valid_from, grant->valid_until);
		box.actions = grant->actions;
		box.level = grant->level;
		box.side = side;
		scope_builder_add(builder, &box);
	}
}

/* ---- the nodes of each dimension ---- */

static int
compare_keys(const void *a, const void *b)
{
	return scope_key_compare(*(const ScopeKey *) a, *(const ScopeKey *) b);
}

static void
spend(ScopeBuilder *builder, int64 steps)
{
	builder->work += steps;
	if (builder->work > WORK_LIMIT)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("license_scope is too complex to bring to canonical form"),
				 errhint("Split the license into several, by resource or by region.")));
	CHECK_FOR_INTERRUPTS();
}

/* Sorted distinct keys of all boxes, and the nearest node above each. */
static void
collect_nodes(ScopeBuilder *builder, ScopeAxisNodes *nodes, int axis)
{
	int64		total = 0;

	for (int i = 0; i < builder->box_count; i++)
		total += builder->boxes[i].axis[axis].count;
	spend(builder, total);
	nodes->nodes = palloc_extended(total * sizeof(ScopeKey), MCXT_ALLOC_HUGE);
	for (int i = 0; i < builder->box_count; i++)
	{
		const ScopeKeyList *list = &builder->boxes[i].axis[axis];

		memcpy(nodes->nodes + nodes->count, list->keys, list->count * sizeof(ScopeKey));
		nodes->count += list->count;
	}
	qsort(nodes->nodes, nodes->count, sizeof(ScopeKey), compare_keys);
	total = nodes->count;
	nodes->count = 0;
	for (int i = 0; i < total; i++)
	{
		if (nodes->count == 0 || compare_keys(&nodes->nodes[nodes->count - 1], &nodes->nodes[i]) != 0)
			nodes->nodes[nodes->count++] = nodes->nodes[i];
	}
	nodes->parent = palloc(nodes->count * sizeof(int));
	for (int i = 0; i < nodes->count; i++)
	{
		/* pre-order: what covers this node covers the previous one, or is it */
		nodes->parent[i] = i - 1;
		while (nodes->parent[i] >= 0 && !scope_key_covers(nodes->nodes[nodes->parent[i]], nodes->nodes[i]))
			nodes->parent[i] = nodes->parent[nodes->parent[i]];
	}
}

static int
find_node(const ScopeAxisNodes *nodes, ScopeKey key)
{
	int			low = 0;
	int			high = nodes->count - 1;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (scope_key_compare(nodes->nodes[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Marks each box at the nodes it names, then hands the marks down the tree. */
static void
mark_cover(ScopeBuilder *builder, ScopeAxisNodes *nodes, int axis)
{
	int			words = builder->words;

	spend(builder, (int64) nodes->count * words);
	nodes->cover = palloc_extended((Size) nodes->count * words * sizeof(uint64), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int i = 0; i < builder->box_count; i++)
	{
		const ScopeKeyList *list = &builder->boxes[i].axis[axis];

		for (int k = 0; k < list->count; k++)
		{
			uint64	   *set = nodes->cover + (Size) find_node(nodes, list->keys[k]) * words;

			set[i / BITS_PER_WORD] |= UINT64CONST(1) << i % BITS_PER_WORD;
		}
	}
	for (int i = 0; i < nodes->count; i++)
	{
		if (nodes->parent[i] < 0)
			continue;
		for (int w = 0; w < words; w++)
			nodes->cover[(Size) i * words + w] |= nodes->cover[(Size) nodes->parent[i] * words + w];
	}
}

/* ---- interning ---- */

static InternEntry *
intern_slot(InternEntry *entries, int size, const InternEntry *wanted)
{
	uint32		slot = wanted->hash & (size - 1);

	while (entries[slot].bytes != NULL)
	{
		if (entries[slot].hash == wanted->hash && entries[slot].tag == wanted->tag &&
			entries[slot].size == wanted->size && memcmp(entries[slot].bytes, wanted->bytes, wanted->size) == 0)
			break;
		slot = (slot + 1) & (size - 1);
	}
	return &entries[slot];
}

static void
intern_grow(ScopeBuilder *builder)
{
	int			size = builder->entry_size == 0 ? 64 : builder->entry_size * 2;
	InternEntry *entries = palloc0(size * sizeof(InternEntry));

	for (int i = 0; i < builder->entry_size; i++)
	{
		if (builder->entries[i].bytes != NULL)
			*intern_slot(entries, size, &builder->entries[i]) = builder->entries[i];
	}
	builder->entries = entries;
	builder->entry_size = size;
}

/*
 * The entry of these bytes under this tag, made with number -1 if it is new.
 * The bytes are copied.  The pointer holds until the next call.
 */
static InternEntry *
intern(ScopeBuilder *builder, int tag, const void *bytes, int size)
{
	InternEntry wanted = {bytes, size, tag, 0, -1};
	InternEntry *entry;

	if (builder->entry_count * 2 >= builder->entry_size)
		intern_grow(builder);
	wanted.hash = hash_bytes(bytes, size) ^ tag * 0x9E3779B1;
	entry = intern_slot(builder->entries, builder->entry_size, &wanted);
	if (entry->bytes == NULL)
	{
		void	   *copy = palloc(size);

		memcpy(copy, bytes, size);
		wanted.bytes = copy;
		*entry = wanted;
		builder->entry_count++;
	}
	return entry;
}

/* Tags: residuals by content count up from 0, remembered sets of boxes follow. */
#define TAG_RESIDUAL(axis) (axis)
#define TAG_BOXES(axis) ((axis) + SCOPE_AXIS_COUNT + 1)

static int
intern_residual(ScopeBuilder *builder, int axis, const void *items, int count, int item_size)
{
	InternEntry *entry;

	if (count == 0)
		return 0;
	entry = intern(builder, TAG_RESIDUAL(axis), items, count * item_size);
	if (entry->number >= 0)
		return entry->number;
	if (builder->residual_count == builder->residual_capacity)
	{
		builder->residual_capacity = Max(64, builder->residual_capacity * 2);
		builder->residuals = builder->residuals == NULL ?
			palloc(builder->residual_capacity * sizeof(Residual)) :
			repalloc(builder->residuals, builder->residual_capacity * sizeof(Residual));
		builder->residual_count = Max(builder->residual_count, 1);
	}
	entry->number = builder->residual_count++;
	builder->residuals[entry->number].items = entry->bytes;
	builder->residuals[entry->number].count = count;
	return entry->number;
}

/* ---- rights: actions, level, dates ---- */

static int
compare_ranges(const void *a, const void *b)
{
	DateADT		from_a = ((const ScopeRange *) a)->valid_from;
	DateADT		from_b = ((const ScopeRange *) b)->valid_from;

	return (from_a > from_b) - (from_a < from_b);
}

/* Sorts and joins ranges that touch; returns how many are left. */
static int
merge_ranges(ScopeRange *ranges, int count)
{
	int			kept = 0;

	qsort(ranges, count, sizeof(ScopeRange), compare_ranges);
	for (int i = 0; i < count; i++)
	{
		if (kept > 0 && ranges[i].valid_from <= ranges[kept - 1].valid_until)
			ranges[kept - 1].valid_until = Max(ranges[kept - 1].valid_until, ranges[i].valid_until);
		else
			ranges[kept++] = ranges[i];
	}
	return kept;
}

/* Dates on which the live boxes of one side permit the action at the level. */
static ScopeRange *
dates_of(ScopeBuilder *builder, const uint64 *live, int side, int action, int level, int *count)
{
	int			capacity = 0;
	ScopeRange *ranges;

	*count = 0;
	for (int pass = 0; pass < 2; pass++)
	{
		if (pass == 1)
			ranges = palloc(capacity * sizeof(ScopeRange) + 1);
		for (int i = 0; i < builder->box_count; i++)
		{
			const ScopeBox *box = &builder->boxes[i];

			if ((live[i / BITS_PER_WORD] >> i % BITS_PER_WORD & 1) == 0 || box->side != side ||
				box->level < level || (box->actions >> action & 1) == 0)
				continue;
			if (pass == 1)
				memcpy(ranges + *count, box->ranges, box->range_count * sizeof(ScopeRange));
			else
				capacity += box->range_count;
			*count += pass * box->range_count;
		}
	}
	*count = merge_ranges(ranges, *count);
	return ranges;
}

/* Both lists sorted and merged; so is the result. */
static ScopeRange *
intersect_ranges(const ScopeRange *a, int count_a, const ScopeRange *b, int count_b, int *count)
{
	ScopeRange *ranges = palloc((count_a + count_b) * sizeof(ScopeRange) + 1);

	*count = 0;
	for (int i = 0, j = 0; i < count_a && j < count_b;)
	{
		ScopeRange	meet = {Max(a[i].valid_from, b[j].valid_from), Min(a[i].valid_until, b[j].valid_until)};

		if (meet.valid_from < meet.valid_until)
			ranges[(*count)++] = meet;
		if (a[i].valid_until < b[j].valid_until)
			i++;
		else
			j++;
	}
	return ranges;
}

static ScopeRange *
permitted_dates(ScopeBuilder *builder, const uint64 *live, int action, int level, int *count)
{
	ScopeRange *ranges = dates_of(builder, live, 0, action, level, count);
	ScopeRange *other;
	int			other_count;

	if (!builder->intersect || *count == 0)
		return ranges;
	other = dates_of(builder, live, 1, action, level, &other_count);
	return intersect_ranges(ranges, *count, other, other_count, count);
}

/*
 * What one action may do: a run of items by level and date.  A level is left
 * out when the next higher one permits the same dates.
 */
static void
append_profile(StringInfo items, ScopeBuilder *builder, const uint64 *live, int action)
{
	ScopeRange *ranges[SCOPE_LEVEL_COUNT + 1] = {NULL};
	int			count[SCOPE_LEVEL_COUNT + 1] = {0};

	for (int level = 0; level < SCOPE_LEVEL_COUNT; level++)
		ranges[level] = permitted_dates(builder, live, action, level, &count[level]);
	for (int level = 0; level < SCOPE_LEVEL_COUNT; level++)
	{
		if (count[level] == 0 ||
			(count[level] == count[level + 1] &&
			 /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): neither is empty */
			 memcmp(ranges[level], ranges[level + 1], count[level] * sizeof(ScopeRange)) == 0))
			continue;
		for (int i = 0; i < count[level]; i++)
		{
			RightsItem	item = {0, level, ranges[level][i]};

			appendBinaryStringInfo(items, (const char *) &item, sizeof(item));
		}
	}
}

/* Actions with the same profile share its items. */
static int
rights_residual(ScopeBuilder *builder, const uint64 *live)
{
	StringInfoData items;
	StringInfoData profile[SCOPE_ACTION_COUNT];
	uint16		actions[SCOPE_ACTION_COUNT];
	int			profiles = 0;

	spend(builder, (int64) builder->box_count * SCOPE_ACTION_COUNT);
	initStringInfo(&items);
	for (int action = 0; action < SCOPE_ACTION_COUNT; action++)
	{
		int			same = 0;

		initStringInfo(&profile[profiles]);
		append_profile(&profile[profiles], builder, live, action);
		if (profile[profiles].len == 0)
			continue;
		while (same < profiles && (profile[same].len != profile[profiles].len ||
								   memcmp(profile[same].data, profile[profiles].data, profile[same].len) != 0))
			same++;
		if (same == profiles)
			actions[profiles++] = 0;
		actions[same] |= 1 << action;
	}
	for (int p = 0; p < profiles; p++)
	{
		for (int offset = 0; offset < profile[p].len; offset += sizeof(RightsItem))
			((RightsItem *) (profile[p].data + offset))->actions = actions[p];
		appendBinaryStringInfo(&items, profile[p].data, profile[p].len);
	}
	return intern_residual(builder, SCOPE_AXIS_COUNT, items.data, items.len / sizeof(RightsItem), sizeof(RightsItem));
}

/* ---- the residuals of the trees ---- */

/* Does the set permit anything?  An intersection needs boxes of both sides. */
static bool
set_is_live(const ScopeBuilder *builder, const uint64 *set)
{
	uint64		any[2] = {0, 0};

	for (int w = 0; w < builder->words; w++)
	{
		any[0] |= set[w] & builder->side[0][w];
		any[1] |= set[w] & builder->side[1][w];
	}
	return any[0] != 0 && (any[1] != 0 || !builder->intersect);
}

static int residual(ScopeBuilder *builder, int axis, const uint64 *live);

static int
tree_residual(ScopeBuilder *builder, int axis, const uint64 *live)
{
	const ScopeAxisNodes *nodes = &builder->axis[axis];
	int		   *below = palloc(nodes->count * sizeof(int));
	ResidualItem *items = palloc(nodes->count * sizeof(ResidualItem));
	uint64	   *set = palloc(builder->words * sizeof(uint64));
	int			count = 0;
	int			number;

	spend(builder, (int64) nodes->count * builder->words);
	for (int i = 0; i < nodes->count; i++)
	{
		int			above = nodes->parent[i] >= 0 ? below[nodes->parent[i]] : 0;

		for (int w = 0; w < builder->words; w++)
			set[w] = live[w] & nodes->cover[(Size) i * builder->words + w];
		below[i] = set_is_live(builder, set) ? residual(builder, axis + 1, set) : 0;
		if (below[i] != above)
		{
			items[count].node = i;
			items[count++].below = below[i];
		}
	}
	number = intern_residual(builder, axis, items, count, sizeof(ResidualItem));
	pfree(set);
	pfree(items);
	pfree(below);
	return number;
}

/* The number of what the live boxes permit in this dimension and those within. */
static int
residual(ScopeBuilder *builder, int axis, const uint64 *live)
{
	int			size = builder->words * sizeof(uint64);
	InternEntry *entry = intern(builder, TAG_BOXES(axis), live, size);
	int			number = entry->number;

	if (number < 0)
	{
		number = axis < SCOPE_AXIS_COUNT ? tree_residual(builder, axis, live) : rights_residual(builder, live);
		intern(builder, TAG_BOXES(axis), live, size)->number = number;
	}
	return number;
}

/* ---- reading the result out ---- */

typedef struct DraftList
{
	ScopeDraftGrant *grants;
	int			count;
} DraftList;

static void
append_drafts(const ScopeBuilder *builder, DraftList *list, const ScopeDraftGrant *draft, int rights)
{
	const RightsItem *items = builder->residuals[rights].items;

	for (int i = 0; i < builder->residuals[rights].count; i++)
	{
		ScopeDraftGrant *grant = &list->grants[list->count];

		if (list->count++ == SCOPE_MAX_GRANTS)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("license_scope has more than %d grants in canonical form", SCOPE_MAX_GRANTS),
					 errdetail("One grant is counted for each resource path, region, purpose, set of columns and date range."),
					 errhint("Split the license into several, by resource or by region.")));
		*grant = *draft;
		grant->actions = items[i].actions;
		grant->level = items[i].level;
		grant->range = items[i].range;
	}
}

/* Columns with the same rights become one set. */
static void
expand_columns(const ScopeBuilder *builder, DraftList *list, ScopeDraftGrant *draft, int number)
{
	const Residual *columns = &builder->residuals[number];
	const ResidualItem *items = columns->items;
	bool	   *taken = palloc0(columns->count * sizeof(bool));

	for (int i = 0; i < columns->count; i++)
	{
		ScopeKey   *set;

		if (taken[i])
			continue;
		set = palloc(columns->count * sizeof(ScopeKey));
		draft->column_count = 0;
		for (int j = i; j < columns->count; j++)
		{
			if (taken[j] || items[j].below != items[i].below)
				continue;
			taken[j] = true;
			set[draft->column_count++] = builder->axis[SCOPE_AXIS_COLUMN].nodes[items[j].node];
		}
		draft->columns = set;
		append_drafts(builder, list, draft, items[i].below);
	}
	pfree(taken);
}

static void
expand(const ScopeBuilder *builder, DraftList *list, ScopeDraftGrant *draft, int axis, int number)
{
	const ResidualItem *items = builder->residuals[number].items;

	if (axis == SCOPE_AXIS_COLUMN)
	{
		expand_columns(builder, list, draft, number);
		return;
	}
	for (int i = 0; i < builder->residuals[number].count; i++)
	{
		ScopeKey	key = builder->axis[axis].nodes[items[i].node];

		if (axis == SCOPE_AXIS_PATH)
			draft->path = key;
		else if (axis == SCOPE_AXIS_REGION)
			draft->region = key;
		else
			draft->purpose = key;
		expand(builder, list, draft, axis + 1, items[i].below);
	}
}

static LicenseScope *
finish(ScopeBuilder *builder, bool intersect)
{
	DraftList	list = {palloc(SCOPE_MAX_GRANTS * sizeof(ScopeDraftGrant)), 0};
	ScopeDraftGrant draft = {{NULL}};
	uint64	   *all;
	int			number = 0;

	builder->intersect = intersect;
	builder->words = builder->box_count / BITS_PER_WORD + 1;
	for (int side = 0; side < 2; side++)
		builder->side[side] = palloc0(builder->words * sizeof(uint64));
	all = palloc0(builder->words * sizeof(uint64));
	for (int i = 0; i < builder->box_count; i++)
	{
		uint64		bit = UINT64CONST(1) << i % BITS_PER_WORD;

		builder->side[builder->boxes[i].side][i / BITS_PER_WORD] |= bit;
		all[i / BITS_PER_WORD] |= bit;
	}
	if (set_is_live(builder, all))
	{
		for (int axis = 0; axis < SCOPE_AXIS_COUNT; axis++)
		{
			collect_nodes(builder, &builder->axis[axis], axis);
			mark_cover(builder, &builder->axis[axis], axis);
		}
		number = residual(builder, SCOPE_AXIS_PATH, all);
	}
	if (number != 0)
		expand(builder, &list, &draft, SCOPE_AXIS_PATH, number);
	return scope_pack(list.grants, list.count);
}

LicenseScope *
scope_builder_union(ScopeBuilder *builder)
{
	for (int i = 0; i < builder->box_count; i++)
		builder->boxes[i].side = 0;
	return finish(builder, false);
}

LicenseScope *
scope_builder_intersection(ScopeBuilder *builder)
{
	return finish(builder, true);
}
