/*
 * audit_fields.c
 *		The fields of entries about statements.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "port/pg_bswap.h"

#include "audit_fields.h"
#include "audit_image.h"

#define IMAGE_HEADER (VARHDRSZ + 6)

const AuditFieldType audit_field_types[AUDIT_FIELDS] = {
	[FIELD_SESSION] = {"session", "text", 0},
	[FIELD_STATEMENT] = {"statement", "bigint", INT8OID},
	[FIELD_WITHIN] = {"within", "bigint", INT8OID},
	[FIELD_QUERY_ID] = {"query_id", "bigint", INT8OID},
	[FIELD_KIND] = {"kind", "text", 0},
	[FIELD_RELATIONS] = {"relations", "jsonb", 0},
	[FIELD_OUTER_ROLE] = {"outer_role", "text", 0},
	[FIELD_BREAK_GLASS] = {"break_glass", "text", 0},
	[FIELD_CLOCK] = {"clock", "text", 0},
	[FIELD_DETAIL] = {"detail", "text", 0},
	[FIELD_ROWS] = {"rows", "bigint", INT8OID},
	[FIELD_SQLSTATE] = {"sqlstate", "text", 0},
	[FIELD_ENDED_AT] = {"ended_at", "timestamp with time zone", TIMESTAMPTZOID},
	[FIELD_ROLLED_BACK_FROM] = {"rolled_back_from", "bigint", INT8OID},
	[FIELD_STANDBY] = {"standby", "text", 0},
	[FIELD_REPEATED] = {"repeated", "jsonb", 0},	/* in the image as audit_repeat.h says */
	[FIELD_WRITTEN_AT] = {"written_at", "timestamp with time zone", TIMESTAMPTZOID},
};

void
audit_field(AuditFields *fields, AuditField field, const void *value, int length)
{
	Assert(fields->present < (uint32) 1 << field);
	fields->present |= (uint32) 1 << field;
	audit_append_piece(fields->values, value, length);
}

void
audit_field_text(AuditFields *fields, AuditField field, const char *value)
{
	if (value != NULL && *value != '\0')
		audit_field(fields, field, value, strlen(value));
}

void
audit_field_int8(AuditFields *fields, AuditField field, int64 value)
{
	value = (int64) pg_hton64((uint64) value);
	audit_field(fields, field, &value, sizeof(value));
}

void
audit_fields_start(StringInfo image)
{
	resetStringInfo(image);
	enlargeStringInfo(image, IMAGE_HEADER);
	image->len = IMAGE_HEADER;
}

bytea *
audit_fields_end(StringInfo image, uint32 present)
{
	SET_VARSIZE(image->data, image->len);
	image->data[VARHDRSZ] = AUDIT_FIELDS_VERSION;
	image->data[VARHDRSZ + 1] = AUDIT_IMAGE_NEW;
	present = pg_hton32(present);
	memcpy(image->data + VARHDRSZ + AUDIT_FIELDS_PRESENT_AT, &present, sizeof(present));
	return (bytea *) image->data;
}

bool
audit_fields_written_at(const struct varlena *image, TimestampTz *written_at)
{
	const char *bytes = VARDATA_ANY(image);
	int			length = VARSIZE_ANY_EXHDR(image);
	uint32		present;
	uint64		time;

	if (length < IMAGE_HEADER - VARHDRSZ + (int) sizeof(time) || bytes[0] != AUDIT_FIELDS_VERSION)
		return false;
	memcpy(&present, bytes + AUDIT_FIELDS_PRESENT_AT, sizeof(present));
	if ((pg_ntoh32(present) & (uint32) 1 << FIELD_WRITTEN_AT) == 0)
		return false;
	memcpy(&time, bytes + length - sizeof(time), sizeof(time));
	*written_at = (TimestampTz) pg_ntoh64(time);
	return true;
}
