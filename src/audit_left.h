/*
 * audit_left.h
 *		Rows of pdauth.audit_entry that writers have left out of its index: one
 *		ring for each database in shared memory.
 *
 * All writers come by at each commit, so they take no lock.  One process at a
 * time takes rows out; who that is it settles by a lock of its own
 * (audit_key_index.c).
 */
#ifndef PDAUTH_AUDIT_LEFT_H
#define PDAUTH_AUDIT_LEFT_H

#include "postgres.h"

#include "storage/block.h"
#include "storage/itemptr.h"

#include "audit_entry.h"

typedef struct LeftRow
{
	AuditKey	key;
	ItemPointerData place;
	bool		doubtful;		/* can be in the index already */
	Oid			file;			/* of the table, which can be rewritten */
	uint64		position;		/* the ring's own */
} LeftRow;

/* What whoever completes the index has to know, from one to the next. */
typedef struct LeftState
{
	bool		searched;		/* the table was looked through for rows that nobody left word of, */
	BlockNumber next;			/* ... or up to this page, */
	Oid			index_file;		/* ... for this file of the index: another one can lack others */
	bool		inserting;		/* someone is, or could not finish */
} LeftState;

typedef struct LeftRows LeftRows;

/* Those of this database; NULL: nothing can be left here. */
extern LeftRows *audit_left_mine(void);
extern LeftState *audit_left_state(LeftRows *left);

/* All of the rows or, if there is no room, none; wakes the worker when there are many. */
extern bool audit_left_add(LeftRows *left, const LeftRow *rows, int count);

extern uint64 audit_left_waiting(LeftRows *left);
extern bool audit_left_are_many(LeftRows *left);

/* A copy of what there is, and where it ends; then take it out, but for those kept. */
extern LeftRow *audit_left_copy(LeftRows *left, int *count, uint64 *end);
extern void audit_left_take(LeftRows *left, uint64 end, const LeftRow *kept, int count);

/* The database is dropped: another one can get its number. */
extern void audit_left_drop(Oid database);

extern void audit_left_init(void);

#endif							/* PDAUTH_AUDIT_LEFT_H */
