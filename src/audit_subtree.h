/*
 * audit_subtree.h
 *		Roots of the perfect subtrees of 256^level leaves, level 1 and up.
 *
 * Together with the leaves in the blocks they are the tiles of the log: a proof
 * reads some hundred hashes, however large the log.  They follow from the
 * leaves, so a wrong one spoils proofs and pdauth.verify() names it, but it
 * cannot make a proof of something false succeed.
 */
#ifndef PDAUTH_AUDIT_SUBTREE_H
#define PDAUTH_AUDIT_SUBTREE_H

#include "postgres.h"

#include "utils/snapshot.h"

#include "merkle.h"

#define AUDIT_SUBTREE_TABLE "audit_subtree"
#define AUDIT_SUBTREE_INDEX "audit_subtree_key"

/* Columns of pdauth.audit_subtree. */
enum
{
	SUBTREE_LEVEL = 1, SUBTREE_POSITION, SUBTREE_HASH
};
#define SUBTREE_COLUMNS SUBTREE_HASH

/* A merkle_visitor that stores what becomes complete; the argument is not used. */
extern void audit_subtree_insert(void *argument, int level, uint64 position, const Digest *root);

/* Copies up to count roots from a position on; returns how many are there without a gap. */
extern int	audit_subtree_read(Snapshot snapshot, int level, uint64 position, int count, Digest *roots);

/* Calls back for each row, in order of level and position. */
extern void audit_subtree_visit_all(Snapshot snapshot, merkle_visitor visit, void *argument);

#endif							/* PDAUTH_AUDIT_SUBTREE_H */
