/*
 * merkle.c
 *		SHA-256 by a reused OpenSSL context, and RFC 6962 trees by frontier.
 */
#include "pdauth.h"

#include <openssl/evp.h>

#include "port/pg_bitutils.h"

#include "merkle.h"

/*
 * Both live as long as the backend: creating and freeing a context for each
 * 65-byte node, as pg_cryptohash does, costs nine times the hash itself.
 */
static EVP_MD_CTX *context = NULL;
static const EVP_MD *algorithm = NULL;

static void
check(int result)
{
	if (result != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("SHA-256 is not available from OpenSSL"),
				 errhint("Look at the OpenSSL configuration of the server (FIPS providers, openssl.cnf).")));
}

void
hash_begin(void)
{
	if (context == NULL)
	{
		context = EVP_MD_CTX_new();
		check(context != NULL);
	}
	if (algorithm == NULL)
	{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
		/* fetched once: EVP_sha256() would search the providers at each use */
		algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
#else
		algorithm = EVP_sha256();
#endif
		check(algorithm != NULL);
	}
	check(EVP_DigestInit_ex(context, algorithm, NULL));
}

void
hash_begin_leaf(void)
{
	hash_begin();
	hash_add("\0", 1);
}

void
hash_add(const void *data, Size length)
{
	check(EVP_DigestUpdate(context, data, length));
}

Digest
hash_end(void)
{
	Digest		hash;

	check(EVP_DigestFinal_ex(context, hash.bytes, NULL));
	return hash;
}

Digest
hash_of(const void *data, Size length)
{
	hash_begin();
	hash_add(data, length);
	return hash_end();
}

static Digest
node_of(const Digest *left, const Digest *right)
{
	hash_begin();
	hash_add("\1", 1);
	hash_add(left->bytes, HASH_SIZE);
	hash_add(right->bytes, HASH_SIZE);
	return hash_end();
}

void
merkle_start(MerkleTree *tree)
{
	tree->size = 0;
	tree->height = 0;
}

/* Like adding one to a binary number: each carry joins two equal subtrees. */
void
merkle_append(MerkleTree *tree, const Digest *leaf)
{
	Digest		hash = *leaf;
	uint64		carry;

	for (carry = tree->size; carry & 1; carry >>= 1)
		hash = node_of(&tree->frontier[--tree->height], &hash);
	tree->frontier[tree->height++] = hash;
	tree->size++;
}

Digest
merkle_root(const MerkleTree *tree)
{
	Digest		hash;
	int			i;

	if (tree->height == 0)
		return hash_of("", 0);
	hash = tree->frontier[tree->height - 1];
	for (i = tree->height - 2; i >= 0; i--)
		hash = node_of(&tree->frontier[i], &hash);
	return hash;
}

bool
merkle_resume(MerkleTree *tree, uint64 size, const void *frontier, Size length)
{
	tree->size = size;
	tree->height = pg_popcount((const char *) &size, sizeof(size));
	if (length != tree->height * HASH_SIZE)
		return false;
	memcpy(tree->frontier, frontier, length);
	return true;
}
