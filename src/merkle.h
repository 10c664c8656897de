/*
 * merkle.h
 *		SHA-256 and the append-only Merkle tree of RFC 6962 section 2.1.
 *
 * Leaf hashes are H(0x00 || data), nodes H(0x01 || left || right), so that
 * nobody can present a node as a leaf.  A tree is kept as its frontier: the
 * roots of its perfect subtrees, largest first, one per one-bit of its size.
 */
#ifndef PDAUTH_MERKLE_H
#define PDAUTH_MERKLE_H

#include "postgres.h"

#define HASH_SIZE 32

typedef struct Digest
{
	uint8		bytes[HASH_SIZE];
} Digest;

/* One digest at a time per backend: begin, add any number of times, end. */
extern void hash_begin(void);
extern void hash_begin_leaf(void);
extern void hash_add(const void *data, Size length);
extern Digest hash_end(void);
extern Digest hash_of(const void *data, Size length);

static inline bool
hash_equal(const Digest *a, const Digest *b)
{
	return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

typedef struct MerkleTree
{
	uint64		size;			/* leaves */
	int			height;			/* entries of frontier in use */
	Digest		frontier[64];
} MerkleTree;

extern void merkle_start(MerkleTree *tree);
extern void merkle_append(MerkleTree *tree, const Digest *leaf);

/* The root; of the empty tree H() as RFC 6962 says. */
extern Digest merkle_root(const MerkleTree *tree);

/* Continue a tree whose size and frontier were stored; false if they do not fit. */
extern bool merkle_resume(MerkleTree *tree, uint64 size, const void *frontier, Size length);

#endif							/* PDAUTH_MERKLE_H */
