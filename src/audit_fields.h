/*
 * audit_fields.h
 *		Images of entries about statements: fields of a fixed list, so that
 *		their names need not be in every entry.
 *
 *		1 byte		version, 2
 *		1 byte		rows present: 2, new (they are shown as that)
 *		4 bytes		which fields follow: bit 0 for the first of the list
 *		then a piece for each, in the order of the list
 *
 * The values are those of version 1 (audit_image.h).  The list may grow at its
 * end, and is never changed otherwise: entries outlive libraries.
 */
#ifndef PDAUTH_AUDIT_FIELDS_H
#define PDAUTH_AUDIT_FIELDS_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "lib/stringinfo.h"

/* Version and rows present; which fields follow comes next. */
#define AUDIT_FIELDS_PRESENT_AT 2

/* The list; names and types are in audit_fields.c. */
typedef enum AuditField
{
	FIELD_SESSION, FIELD_STATEMENT, FIELD_WITHIN, FIELD_QUERY_ID, FIELD_KIND, FIELD_RELATIONS, FIELD_OUTER_ROLE,
	FIELD_BREAK_GLASS, FIELD_CLOCK, FIELD_DETAIL, FIELD_ROWS, FIELD_SQLSTATE, FIELD_ENDED_AT, FIELD_ROLLED_BACK_FROM,
	FIELD_STANDBY, FIELD_REPEATED, FIELD_WRITTEN_AT
} AuditField;
#define AUDIT_FIELDS (FIELD_WRITTEN_AT + 1)

#define AUDIT_FIELDS_VERSION 2

typedef struct AuditFieldType
{
	const char *name;
	const char *type_name;
	Oid			binary_type;	/* as in version 1 */
} AuditFieldType;

extern const AuditFieldType audit_field_types[AUDIT_FIELDS];

/* Fields under construction, as pieces at the end of a buffer; they come in ascending order. */
typedef struct AuditFields
{
	uint32		present;
	StringInfo	values;
} AuditFields;

extern void audit_field(AuditFields *fields, AuditField field, const void *value, int length);

/* NULL and the empty text are not there. */
extern void audit_field_text(AuditFields *fields, AuditField field, const char *value);
extern void audit_field_int8(AuditFields *fields, AuditField field, int64 value);

/* An image under construction, and room for what it has: a bytea in the buffer. */
extern void audit_fields_start(StringInfo image);
extern bytea *audit_fields_end(StringInfo image, uint32 present);

/*
 * When the entry of this image came into the log, if that was much later than
 * it says it was made; false otherwise.  It is the last of the list: whoever
 * reads it in SQL (verify_sql) takes the last 8 bytes.
 */
extern bool audit_fields_written_at(const struct varlena *image, TimestampTz *written_at);

#endif							/* PDAUTH_AUDIT_FIELDS_H */
