/*
 * audit_entry.h
 *		One entry of the audit log: its row, its key, its leaf hash.
 *
 * Writers never wait for each other: an entry is inserted straight into the
 * heap of pdauth.audit_entry, its key (epoch, top-level xid, n) is unique by
 * construction, and nothing is chained until pdauth.seal() comes by.
 *
 *		leaf = H(0x00 || 'E' || 0x01 || header || H(piece(salt) || piece(image)))
 *		header = epoch 8, xid 8, n 8, made_at 8 (microseconds since 2000),
 *				 relation 4, operation 1, then as pieces: relation_name,
 *				 role_name, session_role_name, purpose, client, application
 *
 * so that an image can be erased and the proof of everything else survives:
 * column content then keeps the inner hash.  Integers and pieces are those of
 * audit_image.h.
 */
#ifndef PDAUTH_AUDIT_ENTRY_H
#define PDAUTH_AUDIT_ENTRY_H

#include "postgres.h"

#include "access/htup.h"
#include "datatype/timestamp.h"
#include "utils/rel.h"
#include "utils/snapshot.h"

#include "merkle.h"

#define AUDIT_ENTRY_TABLE "audit_entry"
#define AUDIT_ENTRY_INDEX "audit_entry_key"

#define AUDIT_SALT_SIZE 16

/* Column content of an erased entry: its digests by both functions, then the key of the entry that records it. */
#define ERASED_CONTENT_SIZE (HASH_FUNCTIONS * HASH_SIZE + 24)

/* What an entry records. */
typedef enum AuditOperation
{
	AUDIT_INSERT = 'I',
	AUDIT_UPDATE = 'U',
	AUDIT_DELETE = 'D',
	AUDIT_TRUNCATE = 'T',
	AUDIT_BASELINE = 'B',		/* a row found when auditing began */
	AUDIT_BEGIN = 'A',
	AUDIT_END = 'Z',
	AUDIT_DEFINITION = 'C',		/* DDL on an audited table */
	AUDIT_ERASE = 'X',			/* an image of the log was erased */
	AUDIT_PRUNE = 'P',			/* a segment of the log was pruned */
	AUDIT_STATEMENT = 'R',		/* a statement began that uses protected relations */
	AUDIT_OUTCOME = 'O',		/* how it ended, if that was not known when it was written */
	AUDIT_REFUSAL = 'N',
	AUDIT_POLICY = 'L',			/* a change of labels, roles' memberships or settings */
} AuditOperation;

/* Columns of pdauth.audit_entry, in the order of 500_audit.sql. */
enum
{
	ENTRY_EPOCH = 1, ENTRY_XID, ENTRY_N, ENTRY_MADE_AT, ENTRY_RELATION, ENTRY_OPERATION,
	ENTRY_RELATION_NAME, ENTRY_ROLE_NAME, ENTRY_SESSION_ROLE_NAME, ENTRY_PURPOSE,
	ENTRY_CLIENT, ENTRY_APPLICATION, ENTRY_SALT, ENTRY_LEAF, ENTRY_IMAGE, ENTRY_CONTENT
};
#define ENTRY_COLUMNS ENTRY_CONTENT

/* Key order is (epoch, xid, n). */
typedef struct AuditKey
{
	int64		epoch;
	uint64		xid;
	int64		n;
} AuditKey;

/* An entry read back, and the leaf hashes that follow from it. */
typedef struct AuditEntry
{
	AuditKey	key;
	TimestampTz made_at;
	TimestampTz written_at;		/* made_at, or what the entry says it was written at later; DT_NOBEGIN: erased */
	const struct varlena *relation_name;	/* NULL for none */
	Digest		stored;			/* the leaf column; all zero if it is no hash */
	Digest		computed[HASH_FUNCTIONS];	/* SM3 only where asked for */
	bool		pruned;			/* lawfully gone, and recorded: nothing but the key is known */
} AuditEntry;

/* Append an entry and return its key; relation_name and image may be NULL. */
extern AuditKey audit_entry_write(AuditOperation operation, Oid relation, const struct varlena *relation_name,
								  bytea *image);
/* Who did what is written now, and when. */
typedef struct AuditActor
{
	TimestampTz made_at;
	const struct varlena *texts[ENTRY_APPLICATION - ENTRY_RELATION_NAME];	/* role_name .. application, or NULL */
} AuditActor;

/* Append an entry on behalf of another session, from its record. */
extern AuditKey audit_entry_write_for(const AuditActor *actor, AuditOperation operation, Oid relation,
									  const struct varlena *relation_name, bytea *image);

/* Read an entry from the columns of its row; what it points to lives as long as they do. */
extern AuditEntry audit_entry_from(const Datum *values, const bool *nulls, bool with_sm3);

/* For messages: NULL if the entry has none. */
extern char *audit_entry_relation_name(const AuditEntry *entry);

/*
 * By the first of the hash functions, or by all of them: what both hash is put
 * together once.  The content is H(piece(salt) || piece(image)), and all that an
 * erased entry keeps of them.
 */
extern void audit_entry_contents(const Datum *values, const bool *nulls, int functions, Digest *contents);
extern void audit_entry_leaves(const Datum *values, const bool *nulls, int functions, Digest *leaves);

/* A digest from a bytea; all zero if it is none. */
extern Digest audit_digest_of(Datum value);

/* The key in the columns of a row. */
static inline AuditKey
audit_key_of(const Datum *values)
{
	return (AuditKey) {DatumGetInt64(values[ENTRY_EPOCH - 1]), (uint64) DatumGetInt64(values[ENTRY_XID - 1]),
		DatumGetInt64(values[ENTRY_N - 1])};
}

extern int	audit_key_compare(const AuditKey *a, const AuditKey *b);

/*
 * The epoch of this server and database: a fingerprint of system identifier,
 * database and timeline, so that restored entries and their transaction
 * numbers can never be taken for new ones, and no writer has to ask a table.
 */
extern int64 audit_epoch(void);
extern int64 audit_epoch_of(uint64 system_identifier, Oid database, uint32 timeline);
extern uint32 audit_timeline(void);

/* Raise unless the table has just the columns this library was built for. */
extern void audit_check_layout(TupleDesc descriptor, int columns, const char *table);

/* Raise unless the table has one index: CatalogTupleInsert() knows neither expressions nor predicates. */
extern void audit_check_only_index(Relation table);

#endif							/* PDAUTH_AUDIT_ENTRY_H */
