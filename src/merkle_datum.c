/*
 * merkle_datum.c
 *		Digests and proofs to and from SQL values.
 */
#include "pdauth.h"

#include "catalog/pg_type.h"
#include "utils/array.h"

#include "merkle_datum.h"

Datum
digest_datum(const Digest *digest)
{
	bytea	   *bytes = palloc(VARHDRSZ + HASH_SIZE);

	SET_VARSIZE(bytes, VARHDRSZ + HASH_SIZE);
	memcpy(VARDATA(bytes), digest->bytes, HASH_SIZE);
	return PointerGetDatum(bytes);
}

Datum
proof_datum(MerkleProof proof)
{
	Datum		nodes[lengthof(proof.nodes)];

	for (int i = 0; i < proof.length; i++)
		nodes[i] = digest_datum(&proof.nodes[i]);
	return PointerGetDatum(construct_array(nodes, proof.length, BYTEAOID, -1, false, TYPALIGN_INT));
}

bool
digest_of_datum(Datum value, Digest *digest)
{
	struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

	if (VARSIZE_ANY_EXHDR(bytes) != HASH_SIZE)
		return false;
	memcpy(digest->bytes, VARDATA_ANY(bytes), HASH_SIZE);
	return true;
}

bool
proof_of_array(ArrayType *array, MerkleProof *proof)
{
	Datum	   *nodes;
	bool	   *nulls;
	int			count;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &nodes, &nulls, &count);
	if (count > lengthof(proof->nodes))
		return false;
	proof->length = count;
	for (int i = 0; i < count; i++)
		if (nulls[i] || !digest_of_datum(nodes[i], &proof->nodes[i]))
			return false;
	return true;
}

Digest *
digests_of_array(ArrayType *array, int *count)
{
	Datum	   *values;
	bool	   *nulls;
	Digest	   *digests;

	deconstruct_array(array, BYTEAOID, -1, false, TYPALIGN_INT, &values, &nulls, count);
	digests = palloc(sizeof(Digest) * Max(*count, 1));
	for (int i = 0; i < *count; i++)
		if (nulls[i] || !digest_of_datum(values[i], &digests[i]))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("element %d is not a hash of %d bytes", i + 1, HASH_SIZE),
					 errhint("pdauth.merkle_leaf_hash(data) makes one.")));
	return digests;
}

void
merkle_check_range(const char *argument, int64 value, int64 least, int64 most)
{
	if (value >= least && value <= most)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s is %lld, but must be from %lld to %lld", argument,
					(long long) value, (long long) least, (long long) most)));
}
