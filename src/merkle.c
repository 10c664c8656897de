/*
 * merkle.c
 *		SHA-256 and SM3 by OpenSSL, and RFC 6962 trees by frontier.
 */
#include "pdauth.h"

/* SHA256_Init and friends: half the time of an EVP digest for a node of 65 bytes. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

#include "merkle.h"

static HashFunction current;
static SHA256_CTX sha256;

/* Lives as long as the backend: making one for each node would cost more than hashing it. */
static EVP_MD_CTX *sm3 = NULL;
static EVP_MD_CTX *sm3_ready = NULL;

static void
check(int result)
{
	if (result != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("%s is not available from OpenSSL", current == HASH_SM3 ? "SM3" : "SHA-256"),
				 errhint("Look at the OpenSSL configuration of the server (FIPS providers, openssl.cnf).")));
}

/* A context that has begun: copying it is cheaper than to begin again. */
static EVP_MD_CTX *
make_sm3(void)
{
	EVP_MD_CTX *ready = EVP_MD_CTX_new();
	const EVP_MD *algorithm;

#if OPENSSL_VERSION_NUMBER >= 0x30000000L
	/* EVP_sm3() would search the providers at each use */
	algorithm = EVP_MD_fetch(NULL, "SM3", NULL);
#else
	algorithm = EVP_get_digestbyname("SM3");
#endif
	check(ready != NULL && algorithm != NULL && EVP_DigestInit_ex(ready, algorithm, NULL));
	return ready;
}

static void
begin_sm3(void)
{
	if (sm3_ready == NULL)
		sm3_ready = make_sm3();
	if (sm3 == NULL)
		check((sm3 = EVP_MD_CTX_new()) != NULL);
	check(EVP_MD_CTX_copy_ex(sm3, sm3_ready));
}

void
hash_begin(HashFunction function)
{
	current = function;
	if (function == HASH_SM3)
		begin_sm3();
	else
		check(SHA256_Init(&sha256));
}

void
hash_begin_leaf(HashFunction function)
{
	hash_begin(function);
	hash_add("\0", 1);
}

void
hash_add(const void *data, Size length)
{
	if (current == HASH_SM3)
		check(EVP_DigestUpdate(sm3, data, length));
	else
		check(SHA256_Update(&sha256, data, length));
}

Digest
hash_end(void)
{
	Digest		hash;

	if (current == HASH_SM3)
		check(EVP_DigestFinal_ex(sm3, hash.bytes, NULL));
	else
		check(SHA256_Final(hash.bytes, &sha256));
	return hash;
}

Digest
hash_of(HashFunction function, const void *data, Size length)
{
	hash_begin(function);
	hash_add(data, length);
	return hash_end();
}

/*
 * SHA-256 of a whole message: padded as FIPS 180-4 section 5.1.1 says, it is
 * hashed where it is, without SHA256_Final() and the copying around it, which
 * costs as much as a block.
 */
static Digest
sha256_of_buffer(uint8 *buffer, Size length)
{
	Size		padded = TYPEALIGN(64, length + 1 + sizeof(uint64));
	uint64		bits = pg_hton64((uint64) length * 8);
	Digest		hash;

	memset(buffer + length, 0, padded - length);
	buffer[length] = 0x80;
	memcpy(buffer + padded - sizeof(bits), &bits, sizeof(bits));
	check(SHA256_Init(&sha256));
	check(SHA256_Update(&sha256, buffer, padded));
	for (int i = 0; i < HASH_SIZE / sizeof(uint32); i++)
	{
		uint32		word = pg_hton32(sha256.h[i]);

		memcpy(hash.bytes + i * sizeof(word), &word, sizeof(word));
	}
	return hash;
}

Digest
hash_of_buffer(HashFunction function, uint8 *buffer, Size length)
{
	current = function;
	return function == HASH_SHA256 ? sha256_of_buffer(buffer, length) : hash_of(function, buffer, length);
}

Digest
hash_of_nodes(HashFunction function, const Digest *left, const Digest *right)
{
	uint8		node[1 + 2 * HASH_SIZE + HASH_PADDING];

	node[0] = 1;
	memcpy(node + 1, left->bytes, HASH_SIZE);
	memcpy(node + 1 + HASH_SIZE, right->bytes, HASH_SIZE);
	return hash_of_buffer(function, node, 1 + 2 * HASH_SIZE);
}

void
merkle_start(MerkleTree *tree, HashFunction function)
{
	tree->function = function;
	tree->size = 0;
	tree->height = 0;
	tree->visit = NULL;
	tree->argument = NULL;
}

/* Like adding one to a binary number: each carry joins two equal subtrees. */
void
merkle_append(MerkleTree *tree, const Digest *leaf)
{
	Digest		hash = *leaf;
	uint64		carry;
	int			height = 0;

	for (carry = tree->size; carry & 1; carry >>= 1)
	{
		hash = hash_of_nodes(tree->function, &tree->frontier[--tree->height], &hash);
		if (++height % TILE_HEIGHT == 0 && tree->visit != NULL)
			tree->visit(tree->argument, height / TILE_HEIGHT, tree->size >> height, &hash);
	}
	tree->frontier[tree->height++] = hash;
	tree->size++;
}

Digest
merkle_root(const MerkleTree *tree)
{
	Digest		hash;
	int			i;

	if (tree->height == 0)
		return hash_of(tree->function, "", 0);
	hash = tree->frontier[tree->height - 1];
	for (i = tree->height - 2; i >= 0; i--)
		hash = hash_of_nodes(tree->function, &tree->frontier[i], &hash);
	return hash;
}

bool
merkle_resume(MerkleTree *tree, uint64 size, const void *frontier, Size length)
{
	int			height = pg_popcount((const char *) &size, sizeof(size));

	if (length != height * HASH_SIZE)
		return false;
	tree->size = size;
	tree->height = height;
	memcpy(tree->frontier, frontier, length);
	return true;
}
