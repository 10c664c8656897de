/*
 * audit_segment.h
 *		Segments: sealed entries packed side by side, column by column.
 *
 * A row of pdauth.audit_segment holds some hundred entries of one epoch in key
 * order, each column as an array, so that the server's TOAST compression takes
 * the repetition out of them and plain SQL can still read them.  Their leaves
 * are not kept: the block that seals them has them.
 */
#ifndef PDAUTH_AUDIT_SEGMENT_H
#define PDAUTH_AUDIT_SEGMENT_H

#include "postgres.h"

#include "access/htup.h"
#include "access/tupdesc.h"

#include "audit_entry.h"

#define AUDIT_SEGMENT_TABLE "audit_segment"
#define AUDIT_SEGMENT_INDEX "audit_segment_key"

/* A megabyte at most for ordinary rows: what reading one entry has to unpack. */
#define AUDIT_SEGMENT_ENTRIES 1024
#define AUDIT_SEGMENT_BYTES (1024 * 1024)

/* Columns of pdauth.audit_segment, in the order of 505_audit_segment.sql. */
enum
{
	SEGMENT_EPOCH = 1, SEGMENT_XID, SEGMENT_N, SEGMENT_LAST_XID, SEGMENT_LAST_N, SEGMENT_ENTRIES,
	SEGMENT_FIRST_MADE_AT, SEGMENT_LAST_MADE_AT, SEGMENT_PRUNED_EPOCH, SEGMENT_PRUNED_XID, SEGMENT_PRUNED_N,
	SEGMENT_XIDS, SEGMENT_NS, SEGMENT_MADE_AT, SEGMENT_RELATION, SEGMENT_OPERATION, SEGMENT_RELATION_NAME,
	SEGMENT_ROLE_NAME, SEGMENT_SESSION_ROLE_NAME, SEGMENT_PURPOSE, SEGMENT_CLIENT, SEGMENT_APPLICATION,
	SEGMENT_SALT, SEGMENT_IMAGE, SEGMENT_CONTENT
};
#define SEGMENT_COLUMNS SEGMENT_CONTENT

/* What a segment says of itself, without unpacking it. */
typedef struct SegmentHeader
{
	AuditKey	first;
	AuditKey	last;
	int			entries;
	TimestampTz first_made_at;
	TimestampTz last_made_at;
	bool		pruned;			/* the entries are gone, as entry pruned_by says */
	AuditKey	pruned_by;
} SegmentHeader;

typedef struct SegmentReader SegmentReader;
typedef struct SegmentBuilder SegmentBuilder;

extern SegmentHeader audit_segment_header(HeapTuple row, TupleDesc descriptor);

/* Does what a segment says of itself follow from its entries?  Of a pruned one, from the keys left. */
extern bool audit_segment_header_fits(const SegmentHeader *header, HeapTuple row, TupleDesc descriptor);

/* Unpack a segment into a memory context of its own; of a pruned one only the keys. */
extern SegmentReader *audit_segment_open(HeapTuple row, TupleDesc descriptor);
extern void audit_segment_close(SegmentReader *reader);

/* Number of entries, or keys, that can be read. */
extern int	audit_segment_count(const SegmentReader *reader);
extern AuditKey audit_segment_key(const SegmentReader *reader, int position);

/* The entry's columns, as they would be in audit_entry but for leaf, which is NULL. */
extern void audit_segment_values(const SegmentReader *reader, int position, Datum *values, bool *nulls);

/* Build a row: start, add copies of entries in key order, finish. */
extern SegmentBuilder *audit_segment_start(void);
extern void audit_segment_add(SegmentBuilder *builder, const Datum *values, const bool *nulls);
extern int	audit_segment_added(const SegmentBuilder *builder);
extern bool audit_segment_full(const SegmentBuilder *builder);
extern HeapTuple audit_segment_finish(SegmentBuilder *builder, TupleDesc descriptor);
extern void audit_segment_discard(SegmentBuilder *builder);

#endif							/* PDAUTH_AUDIT_SEGMENT_H */
