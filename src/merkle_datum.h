/*
 * merkle_datum.h
 *		Digests and proofs as bytea and bytea[].
 */
#ifndef PDAUTH_MERKLE_DATUM_H
#define PDAUTH_MERKLE_DATUM_H

#include "postgres.h"

#include "utils/array.h"

#include "merkle_proof.h"

extern Datum digest_datum(const Digest *digest);
extern Datum proof_datum(MerkleProof proof);

/* False if it is not of 32 bytes, or not so many. */
extern bool digest_of_datum(Datum value, Digest *digest);
extern bool proof_of_array(ArrayType *array, MerkleProof *proof);

/* Raises if an element is NULL or not of 32 bytes. */
extern Digest *digests_of_array(ArrayType *array, int *count);

/* Raise unless the argument lies between both. */
extern void merkle_check_range(const char *argument, int64 value, int64 least, int64 most);

#endif							/* PDAUTH_MERKLE_DATUM_H */
