/*
 * audit_image.c
 *		Writes rows in the canonical form of audit_image.h.
 */
#include "pdauth.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "audit_image.h"
#include "invalidation.h"

typedef enum ColumnForm
{
	FORM_SKIP,					/* dropped, or computed when read */
	FORM_NUMBER,				/* pass-by-value, written big-endian as its send function does */
	FORM_PAYLOAD,				/* the bytes of a varlena as they are */
	FORM_SEND,					/* send function, for types where it is canonical */
	FORM_OUTPUT,				/* output function */
} ColumnForm;

typedef struct ColumnShape
{
	ColumnForm	form;
	int16		length;
	FmgrInfo	function;
} ColumnShape;

struct AuditShape
{
	Oid			relation;		/* hash key */
	bool		valid;
	bool		pins_settings;	/* some output depends on settings */
	MemoryContext context;
	text	   *name;
	int			count;
	ColumnShape *columns;
	StringInfoData header;		/* from the number of columns up to the rows */
};

static HTAB *shapes = NULL;

/* The one asked for last: a statement asks for the same again with each row. */
static AuditShape *last_shape = NULL;

void
audit_append_piece(StringInfo buffer, const void *data, int length)
{
	pq_sendint32(buffer, data == NULL ? -1 : length);
	if (data != NULL)
		appendBinaryStringInfo(buffer, data, length);
}

/* A short piece: one byte of length where that is enough. */
static void
append_short(StringInfo buffer, const void *data, int length)
{
	char	   *at;

	enlargeStringInfo(buffer, length + 5);
	at = buffer->data + buffer->len;
	if (length < AUDIT_IMAGE_UNCHANGED)
		*at++ = (char) length;
	else
	{
		uint32		bytes = pg_hton32((uint32) length);

		*at++ = (char) AUDIT_IMAGE_LONG;
		memcpy(at, &bytes, sizeof(bytes));
		at += sizeof(bytes);
	}
	memcpy(at, data, length);
	buffer->len = at + length - buffer->data;
}

static ColumnForm
form_of(Oid type)
{
	switch (type)
	{
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case OIDOID:
		case FLOAT4OID:
		case FLOAT8OID:
		case DATEOID:
		case TIMEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return FORM_NUMBER;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case JSONOID:
		case BYTEAOID:
			return FORM_PAYLOAD;
		case NUMERICOID:
		case INTERVALOID:
		case TIMETZOID:
		case UUIDOID:
		case INETOID:
		case CIDROID:
		case MACADDROID:
			return FORM_SEND;
		default:
			return FORM_OUTPUT;
	}
}

/* Does the type's output function ignore all settings?  When in doubt: no. */
static bool
output_is_fixed(Oid type)
{
	Oid			element = get_element_type(type);

	if (OidIsValid(element))
		type = getBaseType(element);
	return form_of(type) == FORM_PAYLOAD ? type != BYTEAOID :
		type == JSONBOID || type == NAMEOID || type == CHAROID || type == INT2OID ||
		type == INT4OID || type == INT8OID || type == BOOLOID || type == NUMERICOID ||
		type == UUIDOID || type_is_enum(type);
}

char *
audit_image_type_name(Oid type, int32 modifier)
{
	return format_type_extended(type, modifier, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

static void
shape_column(AuditShape *shape, ColumnShape *column, Form_pg_attribute attribute)
{
	Oid			type;
	Oid			function;
	bool		is_varlena;
	char	   *type_name;

	/* 18: virtual generated columns are computed when read and have no value here */
	if (attribute->attisdropped || attribute->attgenerated == 'v')
	{
		column->form = FORM_SKIP;
		return;
	}
	type = getBaseType(attribute->atttypid);
	column->form = form_of(type);
	column->length = attribute->attlen;
	if (column->form == FORM_SEND)
		getTypeBinaryOutputInfo(type, &function, &is_varlena);
	else
		getTypeOutputInfo(type, &function, &is_varlena);
	fmgr_info_cxt(function, &column->function, shape->context);
	if (column->form == FORM_OUTPUT && !output_is_fixed(type))
		shape->pins_settings = true;

	append_short(&shape->header, NameStr(attribute->attname), strlen(NameStr(attribute->attname)));
	pq_sendint8(&shape->header, column->form != FORM_OUTPUT &&
				(column->form != FORM_PAYLOAD || type == BYTEAOID));
	/* of a built-in type everybody knows the name */
	type = attribute->atttypmod < 0 && attribute->atttypid < FirstGenbkiObjectId ? attribute->atttypid : InvalidOid;
	pq_sendint32(&shape->header, type);
	if (OidIsValid(type))
		return;
	pq_sendint32(&shape->header, getBaseType(attribute->atttypid));
	type_name = audit_image_type_name(attribute->atttypid, attribute->atttypmod);
	append_short(&shape->header, type_name, strlen(type_name));
}

static void
shape_build(AuditShape *shape, Relation relation)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	MemoryContext caller;
	int			present = 0;
	int			i;

	/* an output function that got us here may still read the old shape */
	if (shape->context != NULL)
		MemoryContextSetParent(shape->context, TopTransactionContext);
	shape->context = AllocSetContextCreate(TopMemoryContext, "pdauth audit shape",
										   ALLOCSET_SMALL_SIZES);
	caller = MemoryContextSwitchTo(shape->context);
	shape->name = cstring_to_text(quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
															 RelationGetRelationName(relation)));
	shape->pins_settings = false;
	shape->count = descriptor->natts;
	shape->columns = palloc0(sizeof(ColumnShape) * Max(shape->count, 1));
	initStringInfo(&shape->header);
	pq_sendint16(&shape->header, 0);
	for (i = 0; i < shape->count; i++)
	{
		shape_column(shape, &shape->columns[i], TupleDescAttr(descriptor, i));
		if (shape->columns[i].form != FORM_SKIP)
			present++;
	}
	present = pg_hton16((uint16) present);
	memcpy(shape->header.data, &present, sizeof(uint16));
	MemoryContextSwitchTo(caller);
	shape->valid = true;
}

const AuditShape *
audit_shape(Relation relation)
{
	Oid			oid = RelationGetRelid(relation);
	bool		found;
	AuditShape *shape = last_shape;

	if (shape == NULL || shape->relation != oid)
	{
		shape = hash_search(shapes, &oid, HASH_ENTER, &found);
		if (!found)
		{
			shape->valid = false;
			shape->context = NULL;
		}
		last_shape = shape;
	}
	if (!shape->valid || shape->count != RelationGetNumberOfAttributes(relation))
		shape_build(shape, relation);
	return shape;
}

const text *
audit_shape_name(const AuditShape *shape)
{
	return shape->name;
}

/* Pass-by-value types are sent as the big-endian bytes of their length. */
static void
append_number(StringInfo image, Datum value, int length)
{
	pq_sendint8(image, length);
	switch (length)
	{
		case 1:
			pq_sendint8(image, DatumGetUInt8(value));
			break;
		case 2:
			pq_sendint16(image, DatumGetUInt16(value));
			break;
		case 4:
			pq_sendint32(image, DatumGetUInt32(value));
			break;
		default:
			pq_sendint64(image, DatumGetUInt64(value));
			break;
	}
}

static void
append_value(StringInfo image, ColumnShape *column, Datum value)
{
	bytea	   *sent;
	char	   *text;

	switch (column->form)
	{
		case FORM_NUMBER:
			append_number(image, value, column->length);
			break;
		case FORM_PAYLOAD:
			{
				struct varlena *payload = PG_DETOAST_DATUM_PACKED(value);

				append_short(image, VARDATA_ANY(payload), VARSIZE_ANY_EXHDR(payload));
				break;
			}
		case FORM_SEND:
			sent = SendFunctionCall(&column->function, value);
			append_short(image, VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
			break;
		default:
			text = OutputFunctionCall(&column->function, value);
			append_short(image, text, strlen(text));
			break;
	}
}

typedef struct RowValues
{
	Datum	   *values;
	bool	   *nulls;
} RowValues;

static RowValues
row_values(const AuditShape *shape, TupleDesc descriptor, HeapTuple row)
{
	RowValues	result = {palloc(sizeof(Datum) * shape->count), palloc(sizeof(bool) * shape->count)};

	heap_deform_tuple(row, descriptor, result.values, result.nulls);
	return result;
}

/* As they are stored: equal pointers into a TOAST table are equal values, which nobody has to fetch. */
static bool
is_unchanged(Form_pg_attribute attribute, const RowValues *before, const RowValues *row)
{
	int			i = attribute->attnum - 1;

	return !before->nulls[i] && !row->nulls[i] &&
		datumIsEqual(before->values[i], row->values[i], attribute->attbyval, attribute->attlen);
}

/* before: the row that comes before it in the image, or NULL. */
static void
append_row(StringInfo image, const AuditShape *shape, TupleDesc descriptor, const RowValues *row, const RowValues *before)
{
	for (int i = 0; i < shape->count; i++)
	{
		if (shape->columns[i].form == FORM_SKIP)
			continue;
		if (row->nulls[i])
			pq_sendint8(image, AUDIT_IMAGE_NULL);
		else if (before != NULL && is_unchanged(TupleDescAttr(descriptor, i), before, row))
			pq_sendint8(image, AUDIT_IMAGE_UNCHANGED);
		else
			append_value(image, &shape->columns[i], row->values[i]);
	}
}

static void
append_rows(StringInfo image, const AuditShape *shape, TupleDesc descriptor, HeapTuple old_row, HeapTuple new_row)
{
	RowValues	before;
	RowValues	after;

	if (old_row != NULL)
	{
		before = row_values(shape, descriptor, old_row);
		append_row(image, shape, descriptor, &before, NULL);
	}
	if (new_row != NULL)
	{
		after = row_values(shape, descriptor, new_row);
		append_row(image, shape, descriptor, &after, old_row == NULL ? NULL : &before);
	}
}

static int
pin_settings(void)
{
	static const char *const settings[][2] = {
		{"datestyle", "ISO"}, {"intervalstyle", "postgres"}, {"timezone", "UTC"},
		{"extra_float_digits", "1"}, {"bytea_output", "hex"}, {"lc_monetary", "C"},
		{"search_path", "pg_catalog"},
	};
	int			nest = NewGUCNestLevel();
	int			i;

	for (i = 0; i < lengthof(settings); i++)
		(void) set_config_option(settings[i][0], settings[i][1], PGC_SUSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	return nest;
}

/* A bytea under construction: room for its header comes first. */
static void
image_start(StringInfo image, int version, int rows)
{
	initStringInfo(image);
	enlargeStringInfo(image, VARHDRSZ);
	image->len = VARHDRSZ;
	pq_sendint8(image, version);
	pq_sendint8(image, rows);
}

static bytea *
image_end(StringInfo image)
{
	SET_VARSIZE(image->data, image->len);
	return (bytea *) image->data;
}

bytea *
audit_image_of(const AuditShape *shape, Relation relation, HeapTuple old_row, HeapTuple new_row)
{
	StringInfoData image;
	int			nest = shape->pins_settings ? pin_settings() : 0;

	image_start(&image, AUDIT_IMAGE_VERSION, (old_row ? AUDIT_IMAGE_OLD : 0) | (new_row ? AUDIT_IMAGE_NEW : 0));
	appendBinaryStringInfo(&image, shape->header.data, shape->header.len);
	append_rows(&image, shape, RelationGetDescr(relation), old_row, new_row);
	if (shape->pins_settings)
		AtEOXact_GUC(true, nest);
	return image_end(&image);
}

bytea *
audit_image_notes(int count, const char *const *names, const char *const *values)
{
	StringInfoData image;
	int			i;

	image_start(&image, 1, AUDIT_IMAGE_NEW);
	pq_sendint16(&image, count);
	for (i = 0; i < count; i++)
	{
		audit_append_piece(&image, names[i], strlen(names[i]));
		audit_append_piece(&image, "text", 4);
		pq_sendint32(&image, 0);
	}
	for (i = 0; i < count; i++)
		audit_append_piece(&image, values[i], values[i] == NULL ? 0 : strlen(values[i]));
	return image_end(&image);
}

bytea *
audit_image_note(const char *name, const char *value)
{
	return audit_image_notes(1, &name, &value);
}

static void
forget_relation(Datum argument, Oid relation)
{
	HASH_SEQ_STATUS scan;
	AuditShape *shape;

	if (OidIsValid(relation))
	{
		shape = hash_search(shapes, &relation, HASH_FIND, NULL);
		if (shape != NULL)
			shape->valid = false;
		return;
	}
	hash_seq_init(&scan, shapes);
	while ((shape = hash_seq_search(&scan)) != NULL)
		shape->valid = false;
}

/* Renamed schemas and changed types send no relcache invalidation. */
static void
forget_all(Datum argument, int cache, uint32 hash_value)
{
	forget_relation(argument, InvalidOid);
}

void
audit_image_init(void)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(AuditShape);
	shapes = hash_create("pdauth audit shapes", 64, &control, HASH_ELEM | HASH_BLOBS);
	invalidation_call(forget_relation);
	CacheRegisterSyscacheCallback(NAMESPACEOID, forget_all, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, forget_all, (Datum) 0);
}
