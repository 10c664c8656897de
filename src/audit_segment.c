/*
 * audit_segment.c
 *		Packs entries into rows of pdauth.audit_segment, and unpacks them.
 */
#include "pdauth.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "audit_segment.h"

/* Which array keeps which column of an entry, and how. */
typedef struct PackedColumn
{
	int			entry;
	int			segment;
	Oid			type;
	int16		length;
	bool		by_value;
	char		alignment;
} PackedColumn;

static const PackedColumn packed[] = {
	{ENTRY_XID, SEGMENT_XIDS, XID8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
	{ENTRY_N, SEGMENT_NS, INT8OID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
	{ENTRY_MADE_AT, SEGMENT_MADE_AT, TIMESTAMPTZOID, 8, FLOAT8PASSBYVAL, TYPALIGN_DOUBLE},
	{ENTRY_RELATION, SEGMENT_RELATION, OIDOID, 4, true, TYPALIGN_INT},
	{ENTRY_OPERATION, SEGMENT_OPERATION, CHAROID, 1, true, TYPALIGN_CHAR},
	{ENTRY_RELATION_NAME, SEGMENT_RELATION_NAME, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_ROLE_NAME, SEGMENT_ROLE_NAME, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_SESSION_ROLE_NAME, SEGMENT_SESSION_ROLE_NAME, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_PURPOSE, SEGMENT_PURPOSE, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_CLIENT, SEGMENT_CLIENT, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_APPLICATION, SEGMENT_APPLICATION, TEXTOID, -1, false, TYPALIGN_INT},
	{ENTRY_IMAGE, SEGMENT_IMAGE, BYTEAOID, -1, false, TYPALIGN_INT},
	{ENTRY_CONTENT, SEGMENT_CONTENT, BYTEAOID, -1, false, TYPALIGN_INT},
};

struct SegmentReader
{
	MemoryContext memory;
	int64		epoch;
	int			count;
	bytea	   *salts;
	int			counts[lengthof(packed)];
	Datum	   *values[lengthof(packed)];
	bool	   *nulls[lengthof(packed)];
};

struct SegmentBuilder
{
	MemoryContext memory;
	int64		epoch;
	int			count;
	Size		bytes;
	char	   *salts;
	Datum	   *values[lengthof(packed)];
	bool	   *nulls[lengthof(packed)];
};

static AuditKey
key_from(Datum epoch, Datum xid, Datum n)
{
	AuditKey	key = {DatumGetInt64(epoch), (uint64) DatumGetInt64(xid), DatumGetInt64(n)};

	return key;
}

SegmentHeader
audit_segment_header(HeapTuple row, TupleDesc descriptor)
{
	Datum		v[SEGMENT_PRUNED_N + 1];
	bool		n[SEGMENT_PRUNED_N + 1];
	SegmentHeader header = {{0}};
	int			i;

	audit_check_layout(descriptor, SEGMENT_COLUMNS, AUDIT_SEGMENT_TABLE);
	for (i = 1; i <= SEGMENT_PRUNED_N; i++)
		v[i] = heap_getattr(row, i, descriptor, &n[i]);
	header.first = key_from(v[SEGMENT_EPOCH], v[SEGMENT_XID], v[SEGMENT_N]);
	header.last = key_from(v[SEGMENT_EPOCH], v[SEGMENT_LAST_XID], v[SEGMENT_LAST_N]);
	header.entries = DatumGetInt32(v[SEGMENT_ENTRIES]);
	header.first_made_at = DatumGetTimestampTz(v[SEGMENT_FIRST_MADE_AT]);
	header.last_made_at = DatumGetTimestampTz(v[SEGMENT_LAST_MADE_AT]);
	header.pruned = !n[SEGMENT_PRUNED_EPOCH] && !n[SEGMENT_PRUNED_XID] && !n[SEGMENT_PRUNED_N];
	if (header.pruned)
		header.pruned_by = key_from(v[SEGMENT_PRUNED_EPOCH], v[SEGMENT_PRUNED_XID], v[SEGMENT_PRUNED_N]);
	return header;
}

/* Of a pruned segment only the keys are left. */
static bool
is_required(const PackedColumn *column, bool pruned)
{
	return column->entry <= (pruned ? ENTRY_N : ENTRY_OPERATION);
}

/* The elements of a column; false, and nothing is set, if the array is none of its kind. */
static bool
take_apart(const PackedColumn *column, ArrayType *elements, Datum **values, bool **nulls, int *count)
{
	if (ARR_NDIM(elements) != 1 || ARR_ELEMTYPE(elements) != column->type)
		return false;
	deconstruct_array(elements, column->type, column->length, column->by_value, column->alignment, values, nulls, count);
	return true;
}

/*
 * Arrays that do not fit each other were altered: of the required ones count
 * the entries that all have, and take the others as NULL beyond their end.
 */
static void
unpack(SegmentReader *reader, bool pruned, int column, Datum array, bool is_null)
{
	if (!is_null)
		(void) take_apart(&packed[column], DatumGetArrayTypeP(array), &reader->values[column], &reader->nulls[column], &reader->counts[column]);
	if (is_required(&packed[column], pruned))
		reader->count = Min(reader->count, reader->counts[column]);
}

/* One of the columns at the front of packed[], which are never NULL: their number, or -1 if the array was altered. */
static int
unpack_numbers(HeapTuple row, TupleDesc descriptor, int column, Datum **values)
{
	bool		is_null;
	Datum		array = heap_getattr(row, packed[column].segment, descriptor, &is_null);
	ArrayType  *elements;
	bool	   *nulls;
	int			count;

	*values = NULL;
	if (is_null)
		return 0;
	elements = DatumGetArrayTypeP(array);
	return !ARR_HASNULL(elements) && take_apart(&packed[column], elements, values, &nulls, &count) ? count : -1;
}

bool
audit_segment_header_fits(const SegmentHeader *header, HeapTuple row, TupleDesc descriptor)
{
	TimestampTz first = DT_NOEND;
	TimestampTz last = DT_NOBEGIN;
	Datum	   *values[3];
	int			counts[3];

	for (int i = 0; i < lengthof(values); i++)
		counts[i] = unpack_numbers(row, descriptor, i, &values[i]);
	if (header->entries <= 0 || counts[0] != header->entries || counts[1] != header->entries ||
		counts[2] != (header->pruned ? 0 : header->entries) ||
		(uint64) DatumGetInt64(values[0][0]) != header->first.xid || DatumGetInt64(values[1][0]) != header->first.n ||
		(uint64) DatumGetInt64(values[0][header->entries - 1]) != header->last.xid ||
		DatumGetInt64(values[1][header->entries - 1]) != header->last.n)
		return false;
	for (int i = 0; i < counts[2]; i++)
	{
		first = Min(first, DatumGetTimestampTz(values[2][i]));
		last = Max(last, DatumGetTimestampTz(values[2][i]));
	}
	return header->pruned || (first == header->first_made_at && last == header->last_made_at);
}

SegmentReader *
audit_segment_open(HeapTuple row, TupleDesc descriptor)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit segment", ALLOCSET_DEFAULT_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(memory);
	SegmentReader *reader = palloc0(sizeof(SegmentReader));
	Datum	   *v = palloc(sizeof(Datum) * SEGMENT_COLUMNS);
	bool	   *n = palloc(sizeof(bool) * SEGMENT_COLUMNS);
	bool		pruned;
	int			i;

	audit_check_layout(descriptor, SEGMENT_COLUMNS, AUDIT_SEGMENT_TABLE);
	heap_deform_tuple(row, descriptor, v, n);
	reader->memory = memory;
	reader->epoch = DatumGetInt64(v[SEGMENT_EPOCH - 1]);
	pruned = !n[SEGMENT_PRUNED_XID - 1];
	if (pruned)
		reader->count = DatumGetInt32(v[SEGMENT_ENTRIES - 1]);
	else if (!n[SEGMENT_SALT - 1])
	{
		reader->salts = DatumGetByteaP(v[SEGMENT_SALT - 1]);
		reader->count = (VARSIZE(reader->salts) - VARHDRSZ) / AUDIT_SALT_SIZE;
	}
	for (i = 0; i < lengthof(packed) && reader->count > 0; i++)
		unpack(reader, pruned, i, v[packed[i].segment - 1], n[packed[i].segment - 1]);
	MemoryContextSwitchTo(caller);
	return reader;
}

void
audit_segment_close(SegmentReader *reader)
{
	MemoryContextDelete(reader->memory);
}

int
audit_segment_count(const SegmentReader *reader)
{
	return reader->count;
}

AuditKey
audit_segment_key(const SegmentReader *reader, int position)
{
	/* the first two of packed[] */
	return key_from(Int64GetDatum(reader->epoch), reader->values[0][position], reader->values[1][position]);
}

void
audit_segment_values(const SegmentReader *reader, int position, Datum *values, bool *nulls)
{
	bytea	   *salt = palloc(VARHDRSZ + AUDIT_SALT_SIZE);
	bool		has_salt;
	int			i;

	memset(nulls, 0, sizeof(bool) * ENTRY_COLUMNS);
	values[ENTRY_EPOCH - 1] = Int64GetDatum(reader->epoch);
	for (i = 0; i < lengthof(packed); i++)
	{
		int			column = packed[i].entry - 1;

		nulls[column] = position >= reader->counts[i] || reader->nulls[i][position];
		values[column] = nulls[column] ? (Datum) 0 : reader->values[i][position];
	}
	nulls[ENTRY_LEAF - 1] = true;
	has_salt = reader->salts != NULL && nulls[ENTRY_CONTENT - 1];
	SET_VARSIZE(salt, VARHDRSZ + (has_salt ? AUDIT_SALT_SIZE : 0));
	if (has_salt)
		memcpy(VARDATA(salt), VARDATA(reader->salts) + position * AUDIT_SALT_SIZE, AUDIT_SALT_SIZE);
	values[ENTRY_SALT - 1] = PointerGetDatum(salt);
}

SegmentBuilder *
audit_segment_start(void)
{
	MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pdauth audit segment", ALLOCSET_DEFAULT_SIZES);
	SegmentBuilder *builder = MemoryContextAllocZero(memory, sizeof(SegmentBuilder));
	int			i;

	builder->memory = memory;
	builder->salts = MemoryContextAllocZero(memory, AUDIT_SALT_SIZE * AUDIT_SEGMENT_ENTRIES);
	for (i = 0; i < lengthof(packed); i++)
	{
		builder->values[i] = MemoryContextAllocZero(memory, sizeof(Datum) * AUDIT_SEGMENT_ENTRIES);
		builder->nulls[i] = MemoryContextAllocZero(memory, sizeof(bool) * AUDIT_SEGMENT_ENTRIES);
	}
	return builder;
}

static Datum
copy_value(SegmentBuilder *builder, const PackedColumn *column, Datum value)
{
	struct varlena *whole;

	if (column->length > 0)
		return value;
	whole = PG_DETOAST_DATUM(value);
	builder->bytes += VARSIZE(whole);
	/* unpacking, if there was anything to unpack, has made a copy already */
	return PointerGetDatum(whole) != value ? PointerGetDatum(whole) : datumCopy(value, false, -1);
}

void
audit_segment_add(SegmentBuilder *builder, const Datum *values, const bool *nulls)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->memory);
	int			at = builder->count++;
	struct varlena *salt;
	int			i;

	Assert(at < AUDIT_SEGMENT_ENTRIES);
	builder->epoch = DatumGetInt64(values[ENTRY_EPOCH - 1]);
	salt = PG_DETOAST_DATUM_PACKED(values[ENTRY_SALT - 1]);
	if (VARSIZE_ANY_EXHDR(salt) == AUDIT_SALT_SIZE)
		memcpy(builder->salts + at * AUDIT_SALT_SIZE, VARDATA_ANY(salt), AUDIT_SALT_SIZE);
	for (i = 0; i < lengthof(packed); i++)
	{
		int			column = packed[i].entry - 1;

		builder->nulls[i][at] = nulls[column];
		if (!nulls[column])
			builder->values[i][at] = copy_value(builder, &packed[i], values[column]);
	}
	MemoryContextSwitchTo(caller);
}

int
audit_segment_added(const SegmentBuilder *builder)
{
	return builder->count;
}

bool
audit_segment_full(const SegmentBuilder *builder)
{
	return builder->count == AUDIT_SEGMENT_ENTRIES || builder->bytes >= AUDIT_SEGMENT_BYTES;
}

/* The array of one column; NULL if it has no values at all. */
static Datum
pack(const SegmentBuilder *builder, int column, bool *is_null)
{
	const PackedColumn *p = &packed[column];
	int			lower = 1;
	int			count = builder->count;
	int			i;

	for (i = 0; i < count && builder->nulls[column][i]; i++)
		 /* look for a value */ ;
	*is_null = i == count;
	if (*is_null)
		return (Datum) 0;
	return PointerGetDatum(construct_md_array(builder->values[column], builder->nulls[column], 1, &count, &lower,
											  p->type, p->length, p->by_value, p->alignment));
}

static void
made_between(const SegmentBuilder *builder, TimestampTz *first, TimestampTz *last)
{
	int			i;

	*first = *last = DatumGetTimestampTz(builder->values[2][0]);
	for (i = 1; i < builder->count; i++)
	{
		TimestampTz made_at = DatumGetTimestampTz(builder->values[2][i]);

		*first = Min(*first, made_at);
		*last = Max(*last, made_at);
	}
}

HeapTuple
audit_segment_finish(SegmentBuilder *builder, TupleDesc descriptor)
{
	MemoryContext caller = MemoryContextSwitchTo(builder->memory);
	Datum		v[SEGMENT_COLUMNS] = {0};
	bool		n[SEGMENT_COLUMNS] = {0};
	int			last = builder->count - 1;
	bytea	   *salts = palloc(VARHDRSZ + builder->count * AUDIT_SALT_SIZE);
	TimestampTz made_at[2];
	HeapTuple	row;
	int			i;

	audit_check_layout(descriptor, SEGMENT_COLUMNS, AUDIT_SEGMENT_TABLE);
	made_between(builder, &made_at[0], &made_at[1]);
	v[SEGMENT_EPOCH - 1] = Int64GetDatum(builder->epoch);
	v[SEGMENT_XID - 1] = builder->values[0][0];
	v[SEGMENT_N - 1] = builder->values[1][0];
	v[SEGMENT_LAST_XID - 1] = builder->values[0][last];
	v[SEGMENT_LAST_N - 1] = builder->values[1][last];
	v[SEGMENT_ENTRIES - 1] = Int32GetDatum(builder->count);
	v[SEGMENT_FIRST_MADE_AT - 1] = TimestampTzGetDatum(made_at[0]);
	v[SEGMENT_LAST_MADE_AT - 1] = TimestampTzGetDatum(made_at[1]);
	n[SEGMENT_PRUNED_EPOCH - 1] = n[SEGMENT_PRUNED_XID - 1] = n[SEGMENT_PRUNED_N - 1] = true;
	SET_VARSIZE(salts, VARHDRSZ + builder->count * AUDIT_SALT_SIZE);
	memcpy(VARDATA(salts), builder->salts, builder->count * AUDIT_SALT_SIZE);
	v[SEGMENT_SALT - 1] = PointerGetDatum(salts);
	for (i = 0; i < lengthof(packed); i++)
		v[packed[i].segment - 1] = pack(builder, i, &n[packed[i].segment - 1]);
	MemoryContextSwitchTo(caller);
	row = heap_form_tuple(descriptor, v, n);
	MemoryContextDelete(builder->memory);
	return row;
}

void
audit_segment_discard(SegmentBuilder *builder)
{
	MemoryContextDelete(builder->memory);
}
