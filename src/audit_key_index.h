/*
 * audit_key_index.h
 *		The index of pdauth.audit_entry, UNIQUE (epoch, xid, n), and the rows that
 *		are not in it yet.
 *
 * All writers would insert at the same end of it, and wait for each other
 * there.  Nobody looks for the entry of a changed row by its key before it is
 * sealed, so a writer of a single row only leaves word in shared memory, when it
 * commits, of where the row is.  Who is about to read by key inserts what has
 * been left, for all: the sealer each second, as a rule.
 *
 * The word is lost when the server stops, so before the first reading by key of
 * its run the table is looked through for rows that the index lacks.  What a
 * block seals is in the index before the block is, also in the WAL.
 *
 * A standby cannot insert: what comes last is in the table and not in the index
 * there.  The planner does not use it on one (R-25-1 wants all entries shown),
 * and scans by key find what is sealed.
 */
#ifndef PDAUTH_AUDIT_KEY_INDEX_H
#define PDAUTH_AUDIT_KEY_INDEX_H

#include "postgres.h"

#include "nodes/plannodes.h"
#include "storage/itemptr.h"
#include "utils/rel.h"

#include "audit_entry.h"

/* Raise unless the table's only index is the one that insertions know. */
extern void audit_key_index_check(Relation table);

/* Insert rows just put into the table, which the caller holds open with RowExclusiveLock. */
extern void audit_key_index_insert(Relation table, const AuditKey *keys, const ItemPointerData *places, int count);

/* Leave one to whoever reads next; false if that cannot be done: insert it. */
extern bool audit_key_index_leave(Relation table, const AuditKey *key, ItemPointer place);

/* Of the transaction at hand: before it commits, before it is prepared, when it is over. */
extern void audit_key_index_publish(void);
extern void audit_key_index_prepare(void);
extern void audit_key_index_forget(void);

/*
 * Insert what others have left and what this transaction has, so that all rows
 * visible to any snapshot taken before are found by key.  Does nothing on a
 * standby.
 */
extern void audit_key_index_complete(void);

/* A piece of that; true if it was the last. */
extern bool audit_key_index_advance(void);

/* The same for a plan, if it reads the table. */
extern void audit_key_index_before(const PlannedStmt *plan);

/* Is so much left that it should not wait for the next seal? */
extern bool audit_key_index_is_behind(void);

extern void audit_key_index_init(bool preloaded);

#endif							/* PDAUTH_AUDIT_KEY_INDEX_H */
