/*
 * audit_image.h
 *		Canonical binary form of the rows in the audit log.
 *
 * An image tells by itself what it holds, so it reads back after ALTER TABLE,
 * after dump and restore, and without the table.  All integers are big-endian;
 * a "piece" is a 4-byte length (-1: NULL) and that many bytes.
 *
 *		1 byte		version, 1
 *		1 byte		rows present: 1 old, 2 new, 3 both
 *		2 bytes		number of columns, then for each column
 *			piece	name
 *			piece	type name, for people
 *			4 bytes	OID of the built-in type whose receive function reads the
 *					values; 0 if they are text
 *		then, old row before new, one piece for each column
 *
 * Values never depend on the session: text is in the database's encoding,
 * anything that goes through an output function is written with DateStyle ISO,
 * IntervalStyle postgres, TimeZone UTC and an empty search_path.
 *
 * That is how notes are written.  Version 2, of entries about statements, is
 * described in audit_fields.h.  Version 3, of rows, is version 1 in fewer bytes:
 * a "short piece" is 1 byte of length (255: NULL; 254: 4 bytes of length follow;
 * 253: the value that the old row has in this column, in the new row only) and
 * that many bytes, and a column is
 *
 *		short piece	name
 *		1 byte		1: its values are read by the receive function; 0: they are text
 *		4 bytes		OID of its type, if that is built in and has no modifier;
 *					else 0, and then
 *			4 bytes		OID of the type that a domain rests on, or the type itself
 *			short piece	type name, for people
 *
 * and its values are short pieces.
 */
#ifndef PDAUTH_AUDIT_IMAGE_H
#define PDAUTH_AUDIT_IMAGE_H

#include "postgres.h"

#include "access/htup.h"
#include "lib/stringinfo.h"
#include "utils/rel.h"

#define AUDIT_IMAGE_OLD 1
#define AUDIT_IMAGE_NEW 2

#define AUDIT_IMAGE_VERSION 3
#define AUDIT_IMAGE_UNCHANGED 253
#define AUDIT_IMAGE_LONG 254
#define AUDIT_IMAGE_NULL 255

typedef struct AuditShape AuditShape;

/* A type's name in images. */
extern char *audit_image_type_name(Oid type, int32 modifier);

/* How to write rows of this relation; cached, good until the end of the transaction. */
extern const AuditShape *audit_shape(Relation relation);

/* "schema.table", quoted as SQL needs it. */
extern const text *audit_shape_name(const AuditShape *shape);

/* Image of the row or rows (either may be NULL) as bytea. */
extern bytea *audit_image_of(const AuditShape *shape, Relation relation,
							 HeapTuple old_row, HeapTuple new_row);

/* Images with text columns, for entries that are not about rows; a value may be NULL. */
extern bytea *audit_image_note(const char *name, const char *value);
extern bytea *audit_image_notes(int count, const char *const *names, const char *const *values);

/* A piece: data of NULL stands for SQL NULL. */
extern void audit_append_piece(StringInfo buffer, const void *data, int length);

extern void audit_image_init(void);

#endif							/* PDAUTH_AUDIT_IMAGE_H */
