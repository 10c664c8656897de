/*
 * merkle_proof.c
 *		Proofs in trees of SHA-256, and the SQL functions over given leaves.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "merkle_datum.h"
#include "merkle_proof.h"

PG_FUNCTION_INFO_V1(pdauth_merkle_leaf_hash);
PG_FUNCTION_INFO_V1(pdauth_merkle_root);
PG_FUNCTION_INFO_V1(pdauth_merkle_inclusion_proof);
PG_FUNCTION_INFO_V1(pdauth_merkle_consistency_proof);
PG_FUNCTION_INFO_V1(pdauth_verify_inclusion);
PG_FUNCTION_INFO_V1(pdauth_verify_consistency);

/* The largest power of two below size (2 or more). */
static uint64
split_at(uint64 size)
{
	return UINT64CONST(1) << pg_leftmost_one_pos64(size - 1);
}

/* MTH(D[first:first + size]); first is a multiple of every subtree on the way. */
static Digest
range_root(const MerkleSource *source, uint64 first, uint64 size)
{
	uint64		left_size;
	Digest		left;
	Digest		right;

	if ((size & (size - 1)) == 0)
	{
		int			height = pg_leftmost_one_pos64(size);

		return source->node(source->argument, height, first >> height);
	}
	left_size = split_at(size);
	left = range_root(source, first, left_size);
	right = range_root(source, first + left_size, size - left_size);
	return hash_of_nodes(HASH_SHA256, &left, &right);
}

Digest
merkle_source_root(const MerkleSource *source, uint64 size)
{
	return size == 0 ? hash_of(HASH_SHA256, "", 0) : range_root(source, 0, size);
}

static void
add_node(MerkleProof *proof, Digest node)
{
	proof->nodes[proof->length++] = node;
}

/* PATH(leaf, D[first:first + size]) of RFC 6962, section 2.1.1. */
static void
add_path(MerkleProof *proof, const MerkleSource *source, uint64 leaf, uint64 first, uint64 size)
{
	uint64		left;

	if (size == 1)
		return;
	left = split_at(size);
	if (leaf < left)
	{
		add_path(proof, source, leaf, first, left);
		add_node(proof, range_root(source, first + left, size - left));
	}
	else
	{
		add_path(proof, source, leaf - left, first + left, size - left);
		add_node(proof, range_root(source, first, left));
	}
}

MerkleProof
merkle_inclusion_proof(const MerkleSource *source, uint64 leaf, uint64 size)
{
	MerkleProof proof = {0};

	add_path(&proof, source, leaf, 0, size);
	return proof;
}

/* SUBPROOF(old_size, D[first:first + size], is_whole) of RFC 6962, section 2.1.2. */
static void
add_subproof(MerkleProof *proof, const MerkleSource *source, uint64 old_size, uint64 first, uint64 size, bool is_whole)
{
	uint64		left;

	if (old_size == size)
	{
		if (!is_whole)
			add_node(proof, range_root(source, first, size));
		return;
	}
	left = split_at(size);
	if (old_size <= left)
	{
		add_subproof(proof, source, old_size, first, left, is_whole);
		add_node(proof, range_root(source, first + left, size - left));
	}
	else
	{
		add_subproof(proof, source, old_size - left, first + left, size - left, false);
		add_node(proof, range_root(source, first, left));
	}
}

MerkleProof
merkle_consistency_proof(const MerkleSource *source, uint64 old_size, uint64 size)
{
	MerkleProof proof = {0};

	add_subproof(&proof, source, old_size, 0, size, true);
	return proof;
}

/* Climb while both are left children, as the RFC's "right-shift until LSB is set or it is 0". */
static void
climb(uint64 *node, uint64 *last)
{
	while (*node != 0 && !(*node & 1))
	{
		*node >>= 1;
		*last >>= 1;
	}
}

bool
merkle_verify_inclusion(const Digest *hash, uint64 leaf, uint64 size, const MerkleProof *proof, const Digest *root)
{
	uint64		node = leaf;
	uint64		last = size - 1;
	Digest		result = *hash;

	if (leaf >= size)
		return false;
	for (int i = 0; i < proof->length; i++)
	{
		if (last == 0)
			return false;
		if ((node & 1) || node == last)
		{
			result = hash_of_nodes(HASH_SHA256, &proof->nodes[i], &result);
			climb(&node, &last);
		}
		else
			result = hash_of_nodes(HASH_SHA256, &result, &proof->nodes[i]);
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && hash_equal(&result, root);
}

bool
merkle_verify_consistency(uint64 old_size, uint64 size, const Digest *old_root, const Digest *root, const MerkleProof *proof)
{
	bool		is_perfect = (old_size & (old_size - 1)) == 0;
	uint64		node = old_size - 1;
	uint64		last = size - 1;
	int			next = is_perfect ? 0 : 1;
	Digest		old_result;
	Digest		result;

	if (old_size > size)
		return false;
	if (old_size == size)
		return proof->length == 0 && hash_equal(old_root, root);
	if (old_size == 0)
	{
		Digest		empty = hash_of(HASH_SHA256, "", 0);

		return proof->length == 0 && hash_equal(old_root, &empty);
	}
	if (proof->length == 0)
		return false;
	for (; node & 1; node >>= 1)
		last >>= 1;
	old_result = result = is_perfect ? *old_root : proof->nodes[0];
	for (; next < proof->length; next++)
	{
		const Digest *other = &proof->nodes[next];

		if (last == 0)
			return false;
		if ((node & 1) || node == last)
		{
			old_result = hash_of_nodes(HASH_SHA256, other, &old_result);
			result = hash_of_nodes(HASH_SHA256, other, &result);
			climb(&node, &last);
		}
		else
			result = hash_of_nodes(HASH_SHA256, &result, other);
		node >>= 1;
		last >>= 1;
	}
	return last == 0 && hash_equal(&old_result, old_root) && hash_equal(&result, root);
}

/* The SQL functions. */

static Digest
node_of_leaves(void *argument, int height, uint64 position)
{
	const Digest *leaves = argument;
	MerkleTree	tree;
	uint64		first = position << height;

	merkle_start(&tree, HASH_SHA256);
	for (uint64 i = first; i < first + (UINT64CONST(1) << height); i++)
		merkle_append(&tree, &leaves[i]);
	return merkle_root(&tree);
}

/* pdauth.merkle_leaf_hash(data bytea) returns bytea */
Datum
pdauth_merkle_leaf_hash(PG_FUNCTION_ARGS)
{
	bytea	   *data = PG_GETARG_BYTEA_PP(0);
	Digest		hash;

	hash_begin_leaf(HASH_SHA256);
	hash_add(VARDATA_ANY(data), VARSIZE_ANY_EXHDR(data));
	hash = hash_end();
	PG_RETURN_DATUM(digest_datum(&hash));
}

/* pdauth.merkle_root(leaf_hashes bytea[]) returns bytea */
Datum
pdauth_merkle_root(PG_FUNCTION_ARGS)
{
	int			count;
	MerkleSource source = {node_of_leaves, digests_of_array(PG_GETARG_ARRAYTYPE_P(0), &count)};
	Digest		root = merkle_source_root(&source, count);

	PG_RETURN_DATUM(digest_datum(&root));
}

/* pdauth.merkle_inclusion_proof(leaf_index bigint, leaf_hashes bytea[]) returns bytea[] */
Datum
pdauth_merkle_inclusion_proof(PG_FUNCTION_ARGS)
{
	int64		leaf = PG_GETARG_INT64(0);
	int			count;
	MerkleSource source = {node_of_leaves, digests_of_array(PG_GETARG_ARRAYTYPE_P(1), &count)};

	merkle_check_range("leaf_index", leaf, 0, (int64) count - 1);
	PG_RETURN_DATUM(proof_datum(merkle_inclusion_proof(&source, leaf, count)));
}

/* pdauth.merkle_consistency_proof(old_size bigint, leaf_hashes bytea[]) returns bytea[] */
Datum
pdauth_merkle_consistency_proof(PG_FUNCTION_ARGS)
{
	int64		old_size = PG_GETARG_INT64(0);
	int			count;
	MerkleSource source = {node_of_leaves, digests_of_array(PG_GETARG_ARRAYTYPE_P(1), &count)};

	merkle_check_range("old_size", old_size, 1, count);
	PG_RETURN_DATUM(proof_datum(merkle_consistency_proof(&source, old_size, count)));
}

/* pdauth.verify_inclusion(leaf_hash bytea, leaf_index bigint, tree_size bigint, proof bytea[], root bytea) returns boolean */
Datum
pdauth_verify_inclusion(PG_FUNCTION_ARGS)
{
	int64		leaf = PG_GETARG_INT64(1);
	int64		size = PG_GETARG_INT64(2);
	Digest		hash;
	Digest		root;
	MerkleProof proof;

	if (leaf < 0 || size < 0 || !digest_of_datum(PG_GETARG_DATUM(0), &hash) ||
		!digest_of_datum(PG_GETARG_DATUM(4), &root) || !proof_of_array(PG_GETARG_ARRAYTYPE_P(3), &proof))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(merkle_verify_inclusion(&hash, leaf, size, &proof, &root));
}

/* pdauth.verify_consistency(old_size bigint, new_size bigint, old_root bytea, new_root bytea, proof bytea[]) returns boolean */
Datum
pdauth_verify_consistency(PG_FUNCTION_ARGS)
{
	int64		old_size = PG_GETARG_INT64(0);
	int64		size = PG_GETARG_INT64(1);
	Digest		old_root;
	Digest		root;
	MerkleProof proof;

	if (old_size < 0 || size < 0 || !digest_of_datum(PG_GETARG_DATUM(2), &old_root) ||
		!digest_of_datum(PG_GETARG_DATUM(3), &root) || !proof_of_array(PG_GETARG_ARRAYTYPE_P(4), &proof))
		PG_RETURN_BOOL(false);
	PG_RETURN_BOOL(merkle_verify_consistency(old_size, size, &old_root, &root, &proof));
}
