/*
 * merkle_proof.h
 *		Audit paths and consistency proofs of RFC 6962 section 2.1, and how
 *		they are verified (RFC 9162 sections 2.1.3.2 and 2.1.4.2).
 */
#ifndef PDAUTH_MERKLE_PROOF_H
#define PDAUTH_MERKLE_PROOF_H

#include "postgres.h"

#include "utils/array.h"

#include "merkle.h"

/* Where a tree's hashes come from: the root of the perfect subtree of 2^height leaves at a position. */
typedef struct MerkleSource
{
	Digest		(*node) (void *argument, int height, uint64 position);
	void	   *argument;
} MerkleSource;

/* A proof has no more nodes than a tree of 2^63 leaves has levels. */
typedef struct MerkleProof
{
	int			length;
	Digest		nodes[128];
} MerkleProof;

/* Root of the tree of the first leaves. */
extern Digest merkle_source_root(const MerkleSource *source, uint64 size);

/* leaf < size; 0 < old_size <= size. */
extern MerkleProof merkle_inclusion_proof(const MerkleSource *source, uint64 leaf, uint64 size);
extern MerkleProof merkle_consistency_proof(const MerkleSource *source, uint64 old_size, uint64 size);

extern bool merkle_verify_inclusion(const Digest *hash, uint64 leaf, uint64 size,
									const MerkleProof *proof, const Digest *root);
extern bool merkle_verify_consistency(uint64 old_size, uint64 size, const Digest *old_root,
									  const Digest *root, const MerkleProof *proof);

#endif							/* PDAUTH_MERKLE_PROOF_H */
