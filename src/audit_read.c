/*
 * audit_read.c
 *		Reads images back: as jsonb, in clear or as whoever asks may see them, by
 *		key, and compared column by column.
 */
#include "pdauth.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "port/pg_bswap.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

#include "audit_entry.h"
#include "audit_fields.h"
#include "audit_image.h"
#include "audit_read.h"
#include "audit_repeat.h"
#include "decision.h"
#include "identity.h"
#include "progress.h"
#include "registry.h"

PG_FUNCTION_INFO_V1(pdauth_image_json);
PG_FUNCTION_INFO_V1(pdauth_image_key);
PG_FUNCTION_INFO_V1(pdauth_image_difference);
PG_FUNCTION_INFO_V1(pdauth_image_has);
PG_FUNCTION_INFO_V1(pdauth_image_text);
PG_FUNCTION_INFO_V1(pdauth_audit_shown);

typedef struct Piece
{
	const char *data;			/* NULL for SQL NULL */
	int			length;
} Piece;

typedef struct ImageColumn
{
	Piece		name;
	Piece		type_name;
	Oid			binary_type;	/* 0: text */
	Piece		value[2];		/* old, new */
} ImageColumn;

typedef struct Image
{
	int			rows;
	int			count;
	ImageColumn *columns;
} Image;

pg_noreturn static void refuse_image(void);

static void
refuse_image(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("this is not an image of the audit log"),
			 errhint("If it comes from pdauth.audit_entry it was altered: SELECT * FROM pdauth.verify().")));
}

static int64
read_number(Piece *rest, int length)
{
	uint64		number = 0;
	int			i;

	if (rest->length < length)
		refuse_image();
	for (i = 0; i < length; i++)
		number = number << 8 | (uint8) rest->data[i];
	rest->data += length;
	rest->length -= length;
	return (int64) number;
}

static Piece
read_piece(Piece *rest)
{
	Piece		piece = {NULL, (int32) read_number(rest, 4)};

	if (piece.length < 0)
		return piece;
	if (piece.length > rest->length)
		refuse_image();
	piece.data = rest->data;
	rest->data += piece.length;
	rest->length -= piece.length;
	return piece;
}

/* before: the value of the row before, where there is one. */
static Piece
read_short(Piece *rest, const Piece *before)
{
	Piece		piece = {NULL, (int) read_number(rest, 1)};

	if (piece.length == AUDIT_IMAGE_NULL)
		return piece;
	if (piece.length == AUDIT_IMAGE_UNCHANGED)
	{
		if (before == NULL)
			refuse_image();
		return *before;
	}
	if (piece.length == AUDIT_IMAGE_LONG)
		piece.length = (int32) read_number(rest, 4);
	if (piece.length < 0 || piece.length > rest->length)
		refuse_image();
	piece.data = rest->data;
	rest->data += piece.length;
	rest->length -= piece.length;
	return piece;
}

static Piece
constant_piece(const char *text)
{
	return (Piece) {text, strlen(text)};
}

static ImageColumn
read_short_column(Piece *rest)
{
	ImageColumn column = {read_short(rest, NULL)};
	bool		is_binary = read_number(rest, 1) != 0;
	Oid			type = (Oid) read_number(rest, 4);

	if (OidIsValid(type))
	{
		if (type >= FirstGenbkiObjectId || column.name.data == NULL)
			refuse_image();
		column.type_name = constant_piece(audit_image_type_name(type, -1));
	}
	else
	{
		type = (Oid) read_number(rest, 4);
		column.type_name = read_short(rest, NULL);
		if (column.type_name.data == NULL || column.name.data == NULL)
			refuse_image();
	}
	column.binary_type = is_binary ? type : InvalidOid;
	return column;
}

/* Version 3 */
static void
read_short_rows(Image *image, Piece *rest)
{
	const bool	has_old = (image->rows & AUDIT_IMAGE_OLD) != 0;

	image->count = read_number(rest, 2);
	image->columns = palloc0(sizeof(ImageColumn) * Max(image->count, 1));
	for (int i = 0; i < image->count; i++)
		image->columns[i] = read_short_column(rest);
	for (int row = 0; row < 2; row++)
		if (image->rows & (row == 0 ? AUDIT_IMAGE_OLD : AUDIT_IMAGE_NEW))
			for (int i = 0; i < image->count; i++)
				image->columns[i].value[row] = read_short(rest, row == 1 && has_old ? &image->columns[i].value[0] : NULL);
}

/* Version 1: names and types of the columns, then the rows. */
static void
read_rows(Image *image, Piece *rest)
{
	image->count = read_number(rest, 2);
	image->columns = palloc0(sizeof(ImageColumn) * Max(image->count, 1));
	for (int i = 0; i < image->count; i++)
	{
		ImageColumn *column = &image->columns[i];

		column->name = read_piece(rest);
		column->type_name = read_piece(rest);
		column->binary_type = read_number(rest, 4);
		if (column->name.data == NULL || column->type_name.data == NULL)
			refuse_image();
	}
	for (int row = 0; row < 2; row++)
		if (image->rows & (row == 0 ? AUDIT_IMAGE_OLD : AUDIT_IMAGE_NEW))
			for (int i = 0; i < image->count; i++)
				image->columns[i].value[row] = read_piece(rest);
}

/* As JSON: nobody reads it otherwise. */
static Piece
repeated_list(const Piece *list, int64 first_number)
{
	Piece		json = {audit_repeat_json(list->data, list->length, first_number)};

	if (json.data == NULL)
		refuse_image();
	json.length = strlen(json.data);
	return json;
}

/* Version 2: fields of a list that we know. */
static void
read_fields(Image *image, Piece *rest)
{
	uint32		present = (uint32) read_number(rest, 4);
	int64		number = 0;		/* of the statement, as it is written */

	if (image->rows != AUDIT_IMAGE_NEW || present >> AUDIT_FIELDS != 0)
		refuse_image();
	image->count = 0;
	image->columns = palloc0(sizeof(ImageColumn) * AUDIT_FIELDS);
	for (int i = 0; i < AUDIT_FIELDS; i++)
	{
		ImageColumn *column = &image->columns[image->count];

		if (!(present & (uint32) 1 << i))
			continue;
		column->name = constant_piece(audit_field_types[i].name);
		column->type_name = constant_piece(audit_field_types[i].type_name);
		column->binary_type = audit_field_types[i].binary_type;
		column->value[1] = read_piece(rest);
		if (i == FIELD_STATEMENT && column->value[1].length == sizeof(int64))
			memcpy(&number, column->value[1].data, sizeof(number));
		if (i == FIELD_REPEATED)
			column->value[1] = repeated_list(&column->value[1], (int64) pg_ntoh64((uint64) number));
		image->count++;
	}
}

static Image
read_image(bytea *bytes)
{
	Piece		rest = {VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes)};
	Image		image;
	int			version = read_number(&rest, 1);

	image.rows = read_number(&rest, 1);
	if (version == 1)
		read_rows(&image, &rest);
	else if (version == AUDIT_FIELDS_VERSION)
		read_fields(&image, &rest);
	else if (version == AUDIT_IMAGE_VERSION)
		read_short_rows(&image, &rest);
	else
		refuse_image();
	if (rest.length != 0)
		refuse_image();
	return image;
}

static char *
piece_string(const Piece *piece)
{
	return pnstrdup(piece->data, piece->length);
}

static bool
piece_equal(const Piece *a, const Piece *b)
{
	if (a->data == NULL || b->data == NULL)
		return a->data == b->data;
	return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

/* The value in its type; only built-in types whose receive function cannot do harm. */
static Datum
receive_value(const ImageColumn *column, const Piece *value)
{
	StringInfoData buffer;
	Oid			function;
	Oid			parameter;

	if (column->binary_type >= FirstGenbkiObjectId)
		refuse_image();
	initStringInfo(&buffer);
	appendBinaryStringInfo(&buffer, value->data, value->length);
	getTypeBinaryInputInfo(column->binary_type, &function, &parameter);
	return OidReceiveFunctionCall(function, &buffer, parameter, -1);
}

static bool
is_json(const Piece *type_name)
{
	static const char *const names[] = {"json", "jsonb", "pg_catalog.json", "pg_catalog.jsonb"};
	int			i;

	for (i = 0; i < lengthof(names); i++)
		if (strlen(names[i]) == type_name->length &&
			memcmp(names[i], type_name->data, type_name->length) == 0)
			return true;
	return false;
}

/*
 * What json may spell and jsonb cannot hold: the character NUL, half a
 * surrogate pair, numbers beyond numeric.  When in doubt it is shown as text.
 */
static bool
fits_jsonb(const char *text)
{
	bool		in_string = false;
	int			digits = 0;

	for (const char *at = text; *at != '\0'; at++)
	{
		if (in_string && *at == '\\')
		{
			at++;
			if (*at == 'u' && (strncmp(at, "u0000", 5) == 0 || pg_strncasecmp(at, "ud", 2) == 0))
				return false;
		}
		else if (*at == '"')
			in_string = !in_string;
		if (in_string || (!isdigit((unsigned char) *at) && digits == 0))
			continue;
		if ((*at == 'e' || *at == 'E') && strspn(at + 1, "+-0123456789") > 3)
			return false;
		digits = isdigit((unsigned char) *at) ? digits + 1 : 0;
		if (digits > 10000)
			return false;
	}
	return true;
}

/* As to_jsonb() would show it. */
static void
append_json(StringInfo json, const ImageColumn *column, const Piece *value)
{
	char		date[MAXDATELEN + 1];
	Datum		datum;
	Oid			function;
	bool		is_varlena;
	char	   *text;
	Oid			type = column->binary_type;

	if (!OidIsValid(type))
	{
		text = piece_string(value);
		if (is_json(&column->type_name) && fits_jsonb(text))
			appendStringInfoString(json, text);
		else
			escape_json(json, text);
		return;
	}
	datum = receive_value(column, value);
	if (type == DATEOID || type == TIMEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID ||
		type == TIMETZOID)
	{
		JsonEncodeDateTime(date, datum, type, NULL);
		escape_json(json, date);
		return;
	}
	getTypeOutputInfo(type, &function, &is_varlena);
	text = OidOutputFunctionCall(function, datum);
	if (type == BOOLOID)
		appendStringInfoString(json, DatumGetBool(datum) ? "true" : "false");
	else if ((type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT4OID ||
			  type == FLOAT8OID || type == NUMERICOID) && strpbrk(text, "Ny") == NULL)
		appendStringInfoString(json, text);
	else
		escape_json(json, text);
}

/* How a column is shown that not everybody sees. */
typedef struct Shown
{
	bool		is_hidden;
	char	   *text;			/* instead of the value; NULL: null */
} Shown;

/* shown: one for each column, or NULL if all are shown as they are. */
static void
append_row(StringInfo json, const Image *image, int row, const Shown *shown)
{
	int			i;

	appendStringInfoChar(json, '{');
	for (i = 0; i < image->count; i++)
	{
		const ImageColumn *column = &image->columns[i];

		if (i > 0)
			appendStringInfoString(json, ", ");
		escape_json(json, piece_string(&column->name));
		appendStringInfoString(json, ": ");
		if (column->value[row].data == NULL ||
			(shown != NULL && shown[i].is_hidden && shown[i].text == NULL))
			appendStringInfoString(json, "null");
		else if (shown != NULL && shown[i].is_hidden)
			escape_json(json, shown[i].text);
		else
			append_json(json, column, &column->value[row]);
	}
	appendStringInfoChar(json, '}');
}

/* {"old": {...}, "new": {...}}, as far as the image has them. */
static Datum
image_datum(const Image *image, const Shown *old_shown, const Shown *new_shown)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	if (image->rows & AUDIT_IMAGE_OLD)
	{
		appendStringInfoString(&json, "\"old\": ");
		append_row(&json, image, 0, old_shown);
	}
	if (image->rows & AUDIT_IMAGE_NEW)
	{
		appendStringInfoString(&json, image->rows & AUDIT_IMAGE_OLD ? ", \"new\": " : "\"new\": ");
		append_row(&json, image, 1, new_shown);
	}
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/* pdauth.image_json(image bytea) returns jsonb */
Datum
pdauth_image_json(PG_FUNCTION_ARGS)
{
	Image		image = read_image(PG_GETARG_BYTEA_PP(0));

	return image_datum(&image, NULL, NULL);
}

static const ImageColumn *
find_column(const Image *image, const char *name, int length)
{
	Piece		wanted = {name, length};
	int			i;

	for (i = 0; i < image->count; i++)
		if (piece_equal(&image->columns[i].name, &wanted))
			return &image->columns[i];
	return NULL;
}

/* A value as its type's output function writes it; NULL for NULL. */
static char *
value_text(const ImageColumn *column, const Piece *value)
{
	Oid			output;
	bool		is_varlena;

	if (value->data == NULL)
		return NULL;
	if (!OidIsValid(column->binary_type))
		return piece_string(value);
	getTypeOutputInfo(column->binary_type, &output, &is_varlena);
	return OidOutputFunctionCall(output, receive_value(column, value));
}

/*
 * The table as it is now: by OID where that means the same, otherwise by name.
 * InvalidOid if it is gone, though another table may have its name by now.
 */
static Oid
find_relation(int64 epoch, Oid relation, const char *name)
{
	RangeVar   *named;

	if (epoch == audit_epoch())
		return get_rel_relkind(relation) != '\0' ? relation : InvalidOid;
	if (name == NULL)
		return InvalidOid;
	named = makeRangeVarFromNameList(compat_qualified_name_list(name));
	return named->schemaname == NULL ? InvalidOid : RangeVarGetRelid(named, NoLock, true);
}

/*
 * Whoever asks.  pdauth's own SECURITY DEFINER functions ask for who called
 * them; their owner, who is a superuser, adds nothing.
 */
static Identity
asking_identity(void)
{
	Identity	identity = identity_of(InvalidOid);
	HeapTuple	schema;

	schema = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(get_namespace_oid(PDAUTH_SCHEMA, false)));
	if (HeapTupleIsValid(schema))
	{
		if (((Form_pg_namespace) GETSTRUCT(schema))->nspowner == GetUserId())
		{
			memset(&identity, 0, sizeof(identity));
			identity.roles[0] = GetOuterUserId();
		}
		ReleaseSysCache(schema);
	}
	return identity;
}

/*
 * Does reading a value of the type from text run no code but the type's own?
 * The condition of a domain, also one within an array or a row, can be any
 * function of the table's owner, and we may be running as a superuser.
 */
static bool
reads_harmlessly(Oid type)
{
	Oid			element;

	check_stack_depth();
	switch (get_typtype(type))
	{
		case TYPTYPE_BASE:
			element = get_element_type(type);
			return !OidIsValid(element) || reads_harmlessly(element);
		case TYPTYPE_ENUM:
			return true;
		case TYPTYPE_RANGE:
			return reads_harmlessly(get_range_subtype(type));
		case TYPTYPE_MULTIRANGE:
			return reads_harmlessly(get_multirange_range(type));
		default:
			return false;
	}
}

/*
 * A row of the table with the values of the image that still fit it.  Of a
 * domain the value is read as its base type's: it met the condition once.
 */
static TupleTableSlot *
image_slot(TupleDesc descriptor, const Image *image, int row)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);
	int			i;

	ExecStoreAllNullTuple(slot);
	for (i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		const ImageColumn *column = attribute->attisdropped ? NULL :
			find_column(image, NameStr(attribute->attname), strlen(NameStr(attribute->attname)));
		char	   *type;
		Oid			input;
		Oid			parameter;
		Oid			base;
		int32		modifier = attribute->atttypmod;

		if (column == NULL || column->value[row].data == NULL)
			continue;
		base = getBaseTypeAndTypmod(attribute->atttypid, &modifier);
		if (!reads_harmlessly(base))
			continue;
		type = audit_image_type_name(attribute->atttypid, attribute->atttypmod);
		if (strlen(type) != column->type_name.length ||
			memcmp(type, column->type_name.data, column->type_name.length) != 0)
			continue;
		getTypeInputInfo(base, &input, &parameter);
		slot->tts_values[i] = OidIsValid(column->binary_type) ? receive_value(column, &column->value[row]) :
			OidInputFunctionCall(input, piece_string(&column->value[row]), parameter, modifier);
		slot->tts_isnull[i] = false;
	}
	return slot;
}

/* What the mask makes of a row, as text; NULL for NULL. */
static char *
masked_text(const ProtectedColumn *column, TupleTableSlot *row)
{
	ExprContext *context = CreateStandaloneExprContext();
	ExprState  *mask = ExecInitExpr(expression_planner((Expr *) copyObject(column->mask)), NULL);
	Datum		value;
	bool		is_null;
	Oid			output;
	bool		is_varlena;

	context->ecxt_scantuple = row;
	value = ExecEvalExpr(mask, context, &is_null);
	if (is_null)
		return NULL;
	getTypeOutputInfo(exprType(column->mask), &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

/* The division of a row: its column's value as text, or that of the whole table; NULL if unknown. */
static const char *
row_region(Relation relation, const ProtectedRelation *protected, const Image *image, int row)
{
	const ImageColumn *column;
	const char *name;

	if (protected->region_attribute == 0)
		return protected->region;
	name = get_attname(RelationGetRelid(relation), protected->region_attribute, false);
	column = find_column(image, name, strlen(name));
	return column == NULL ? NULL : value_text(column, &column->value[row]);
}

/* Would the table show the column's value of this row in clear? */
static bool
is_clear(const Decision *decision, AttrNumber attribute, const char *region)
{
	const ColumnDecision *column;

	if (attribute <= 0 || attribute > decision->column_count)
		return false;			/* a column that the table no longer has */
	column = &decision->columns[attribute - 1];
	return column->visibility == COLUMN_CLEAR ||
		(column->visibility == COLUMN_BY_REGION &&
		 decision_regions_cover(column->clear_regions, region, region ? strlen(region) : 0));
}

/* Masks for the columns that whoever asks may not see in clear; NULL if there are none. */
static Shown *
shown_row(Relation relation, const Image *image, int row)
{
	const ProtectedRelation *protected = registry_lookup(RelationGetRelid(relation));
	Identity	identity = asking_identity();
	const Decision *decision;
	Shown	   *shown;
	TupleTableSlot *slot;
	const char *region;
	bool		is_row_shown;
	int			i;

	if (protected == NULL || !protected->is_protected)
		return NULL;
	decision = decision_for(protected, &identity);
	if (decision->unrestricted)
		return NULL;
	shown = palloc0(sizeof(Shown) * Max(image->count, 1));
	slot = image_slot(RelationGetDescr(relation), image, row);
	region = row_region(relation, protected, image, row);
	/* a license's condition cannot be tested on an old row: then none is shown */
	is_row_shown = decision->may_read && decision->row_filters == NIL &&
		decision_regions_cover(decision->row_regions, region, region ? strlen(region) : 0);
	for (i = 0; i < image->count; i++)
	{
		AttrNumber	attribute = get_attnum(RelationGetRelid(relation), piece_string(&image->columns[i].name));

		shown[i].is_hidden = !is_row_shown || !is_clear(decision, attribute, region);
		if (shown[i].is_hidden && attribute > 0 && attribute <= protected->column_count &&
			protected->columns[attribute - 1].mask != NULL)
			shown[i].text = masked_text(&protected->columns[attribute - 1], slot);
	}
	ExecDropSingleTupleTableSlot(slot);
	return shown;
}

/* Does the operation come with rows of a table, which not everybody sees? */
static bool
has_rows(char operation)
{
	return strchr("IUDB", operation) != NULL;
}

bool
audit_read_is_open(int64 epoch, Oid relation, const char *relation_name, char operation, bool *gone)
{
	Identity	identity = asking_identity();
	Oid			table;
	const ProtectedRelation *protected;

	*gone = false;
	if (!has_rows(operation))
		return true;
	table = find_relation(epoch, relation, relation_name);
	*gone = !OidIsValid(table);
	if (*gone)
		return false;
	protected = registry_lookup(table);
	return protected == NULL || !protected->is_protected || decision_for(protected, &identity)->unrestricted;
}

/* All of it hidden, for want of a table that would tell. */
static Datum
hidden_image(const Image *image)
{
	Shown	   *shown = palloc0(sizeof(Shown) * Max(image->count, 1));
	int			i;

	for (i = 0; i < image->count; i++)
		shown[i].is_hidden = true;
	return image_datum(image, shown, shown);
}

/*
 * pdauth.audit_shown(epoch bigint, relation oid, relation_name text, operation
 * "char", image bytea) returns jsonb
 */
Datum
pdauth_audit_shown(PG_FUNCTION_ARGS)
{
	Image		image;
	Identity	identity = asking_identity();
	Oid			oid;
	Relation	relation;
	Datum		result;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(3) || PG_ARGISNULL(4))
		PG_RETURN_NULL();
	image = read_image(PG_GETARG_BYTEA_PP(4));
	if (!has_rows(PG_GETARG_CHAR(3)) || decision_break_glass(&identity))
		return image_datum(&image, NULL, NULL);
	oid = find_relation(PG_GETARG_INT64(0), PG_GETARG_OID(1),
						PG_ARGISNULL(2) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(2)));
	relation = OidIsValid(oid) ? try_relation_open(oid, AccessShareLock) : NULL;
	if (relation == NULL)
		return hidden_image(&image);
	result = image_datum(&image,
						 image.rows & AUDIT_IMAGE_OLD ? shown_row(relation, &image, 0) : NULL,
						 image.rows & AUDIT_IMAGE_NEW ? shown_row(relation, &image, 1) : NULL);
	relation_close(relation, AccessShareLock);
	return result;
}

/* pdauth.image_text(image bytea, old_row boolean, column_name text) returns text */
Datum
pdauth_image_text(PG_FUNCTION_ARGS)
{
	Image		image = read_image(PG_GETARG_BYTEA_PP(0));
	text	   *name = PG_GETARG_TEXT_PP(2);
	const ImageColumn *column = find_column(&image, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	char	   *value = column == NULL ? NULL : value_text(column, &column->value[PG_GETARG_BOOL(1) ? 0 : 1]);

	if (value == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(value));
}

/*
 * pdauth.image_has(image bytea, column_name text, value text) returns boolean:
 * does the old or the new row hold this value, as text, in that column?
 */
Datum
pdauth_image_has(PG_FUNCTION_ARGS)
{
	Image		image = read_image(PG_GETARG_BYTEA_PP(0));
	text	   *name = PG_GETARG_TEXT_PP(1);
	char	   *wanted = text_to_cstring(PG_GETARG_TEXT_PP(2));
	const ImageColumn *column = find_column(&image, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	int			row;

	for (row = 0; column != NULL && row < 2; row++)
	{
		char	   *value = value_text(column, &column->value[row]);

		if (value != NULL && strcmp(value, wanted) == 0)
			PG_RETURN_BOOL(true);
	}
	PG_RETURN_BOOL(false);
}

/*
 * pdauth.image_key(image bytea, old_row boolean, columns text[]) returns jsonb:
 * {column: value} of the named columns; NULL if that row or a column is not there.
 */
Datum
pdauth_image_key(PG_FUNCTION_ARGS)
{
	Image		image = read_image(PG_GETARG_BYTEA_PP(0));
	int			row = PG_GETARG_BOOL(1) ? 0 : 1;
	Datum	   *names;
	int			count;
	Image		key;
	StringInfoData json;
	int			i;

	progress_advance(1);		/* of pdauth.verify_relation() */
	if (!(image.rows & (row == 0 ? AUDIT_IMAGE_OLD : AUDIT_IMAGE_NEW)))
		PG_RETURN_NULL();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(2), TEXTOID, -1, false, TYPALIGN_INT, &names, NULL, &count);
	key.rows = image.rows;
	key.count = count;
	key.columns = palloc(sizeof(ImageColumn) * Max(count, 1));
	for (i = 0; i < count; i++)
	{
		text	   *name = DatumGetTextPP(names[i]);
		const ImageColumn *column = find_column(&image, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));

		if (column == NULL)
			PG_RETURN_NULL();
		key.columns[i] = *column;
	}
	initStringInfo(&json);
	append_row(&json, &key, row, NULL);
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}

/*
 * pdauth.image_difference(logged bytea, live bytea) returns text[]: columns of
 * both new rows whose values differ.  A column added or dropped since the entry
 * was made has nothing to compare with; one whose type changed is compared as
 * text.
 */
Datum
pdauth_image_difference(PG_FUNCTION_ARGS)
{
	Image		logged = read_image(PG_GETARG_BYTEA_PP(0));
	Image		live = read_image(PG_GETARG_BYTEA_PP(1));
	ArrayBuildState *names = initArrayResult(TEXTOID, CurrentMemoryContext, false);
	int			i;

	for (i = 0; i < live.count; i++)
	{
		const ImageColumn *after = &live.columns[i];
		const ImageColumn *before = find_column(&logged, after->name.data, after->name.length);
		StringInfoData texts[2];

		if (before == NULL || (before->binary_type == after->binary_type &&
							   piece_equal(&before->value[1], &after->value[1])))
			continue;
		if (before->binary_type != after->binary_type &&
			before->value[1].data != NULL && after->value[1].data != NULL)
		{
			initStringInfo(&texts[0]);
			initStringInfo(&texts[1]);
			append_json(&texts[0], before, &before->value[1]);
			append_json(&texts[1], after, &after->value[1]);
			if (strcmp(texts[0].data, texts[1].data) == 0)
				continue;
		}
		accumArrayResult(names, PointerGetDatum(cstring_to_text(piece_string(&after->name))),
						 false, TEXTOID, CurrentMemoryContext);
	}
	PG_RETURN_DATUM(makeArrayResult(names, CurrentMemoryContext));
}
