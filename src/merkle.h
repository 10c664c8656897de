/*
 * merkle.h
 *		Hash functions and the append-only Merkle tree of RFC 6962 section 2.1.
 *
 * Leaf hashes are H(0x00 || data), nodes H(0x01 || left || right), so that
 * nobody can present a node as a leaf.  A tree is kept as its frontier: the
 * roots of its perfect subtrees, largest first, one per one-bit of its size.
 */
#ifndef PDAUTH_MERKLE_H
#define PDAUTH_MERKLE_H

#include "postgres.h"

#define HASH_SIZE 32

/* SM3 is GB/T 32905-2016; both have digests of 32 bytes. */
typedef enum HashFunction
{
	HASH_SHA256,
	HASH_SM3,
} HashFunction;
#define HASH_FUNCTIONS 2

typedef struct Digest
{
	uint8		bytes[HASH_SIZE];
} Digest;

/* One digest at a time per backend: begin, add any number of times, end. */
extern void hash_begin(HashFunction function);
extern void hash_begin_leaf(HashFunction function);
extern void hash_add(const void *data, Size length);
extern Digest hash_end(void);
extern Digest hash_of(HashFunction function, const void *data, Size length);

/* As hash_of(), faster; the buffer has room for HASH_PADDING bytes more, which are overwritten. */
#define HASH_PADDING 72
extern Digest hash_of_buffer(HashFunction function, uint8 *buffer, Size length);
extern Digest hash_of_nodes(HashFunction function, const Digest *left, const Digest *right);

static inline bool
hash_equal(const Digest *a, const Digest *b)
{
	return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

/*
 * A tile is the roots of 256 perfect subtrees side by side (C2SP tlog-tiles).
 * Those of level 0 are leaves; one of level n is the root of 256 of level n - 1.
 */
#define TILE_HEIGHT 8
#define TILE_HASHES (1 << TILE_HEIGHT)

/* Called for each subtree of 256^level leaves (level 1 and up) as it becomes complete. */
typedef void (*merkle_visitor) (void *argument, int level, uint64 position, const Digest *root);

typedef struct MerkleTree
{
	HashFunction function;
	uint64		size;			/* leaves */
	int			height;			/* entries of frontier in use */
	Digest		frontier[64];
	merkle_visitor visit;		/* may be NULL */
	void	   *argument;
} MerkleTree;

extern void merkle_start(MerkleTree *tree, HashFunction function);
extern void merkle_append(MerkleTree *tree, const Digest *leaf);

/* The root; of the empty tree H() as RFC 6962 says. */
extern Digest merkle_root(const MerkleTree *tree);

/* Continue a started tree whose size and frontier were stored; false, and unchanged, if they do not fit. */
extern bool merkle_resume(MerkleTree *tree, uint64 size, const void *frontier, Size length);

#endif							/* PDAUTH_MERKLE_H */
