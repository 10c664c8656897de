/*
 * merkle.c
 *		SHA-256 by OpenSSL, SM3 by libgcrypt, and RFC 6962 trees by frontier.
 *
 * OpenSSL has SM3 behind its providers only: most of a node of
 * 65 bytes is not hashing there.  SHA-256 has its low-level functions.
 */
#include "pdauth.h"

/* SHA256_Init and friends: half the time of an EVP digest for a node of 65 bytes. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#define GCRYPT_NO_DEPRECATED
#include <gcrypt.h>

#include "port/pg_bitutils.h"
#include "port/pg_bswap.h"

#include "merkle.h"

static HashFunction current;
static SHA256_CTX sha256;

/* Lives as long as the backend: making one for each node would cost more than hashing it. */
static gcry_md_hd_t sm3 = NULL;

static void
check_sha256(int result)
{
	if (result != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("SHA-256 is not available from OpenSSL"),
				 errhint("Look at the OpenSSL configuration of the server (FIPS providers, openssl.cnf).")));
}

static void
refuse_sm3(const char *reason)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("SM3 is not available from libgcrypt"),
			 errdetail_internal("%s", reason),
			 errhint("In FIPS mode libgcrypt has no SM3 (/etc/gcrypt/fips_enabled, /proc/sys/crypto/fips_enabled). Blocks without a second root are verified all the same; pdauth.audit_sm3 = off makes no others.")));
}

/*
 * At the first digest of a process, and not when the library is loaded: who
 * needs no SM3 needs no libgcrypt in working order.  The order of calls is that
 * of its manual ("Initializing the library"); another library of this process
 * may have been there before.
 */
static void
start_sm3(void)
{
	gcry_error_t error;

	if (gcry_check_version(GCRYPT_VERSION) == NULL)
		refuse_sm3("libgcrypt is older than the one pdauth was built with");
	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
	{
		/* no secrets are hashed */
		gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	}
	if ((error = gcry_md_open(&sm3, GCRY_MD_SM3, 0)) != 0)
	{
		sm3 = NULL;
		refuse_sm3(gcry_strerror(error));
	}
}

void
hash_begin(HashFunction function)
{
	current = function;
	if (function == HASH_SHA256)
		check_sha256(SHA256_Init(&sha256));
	else if (sm3 == NULL)
		start_sm3();
	else
		gcry_md_reset(sm3);
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
		gcry_md_write(sm3, data, length);
	else
		check_sha256(SHA256_Update(&sha256, data, length));
}

Digest
hash_end(void)
{
	Digest		hash;

	if (current == HASH_SM3)
		memcpy(hash.bytes, gcry_md_read(sm3, GCRY_MD_SM3), HASH_SIZE);
	else
		check_sha256(SHA256_Final(hash.bytes, &sha256));
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
	check_sha256(SHA256_Init(&sha256));
	check_sha256(SHA256_Update(&sha256, buffer, padded));
	for (int i = 0; i < HASH_SIZE / sizeof(uint32); i++)
	{
		uint32		word = pg_hton32(sha256.h[i]);

		memcpy(hash.bytes + i * sizeof(word), &word, sizeof(word));
	}
	return hash;
}

/* Without a context, which spares the copying into it. */
static Digest
sm3_of_buffer(const uint8 *buffer, Size length)
{
	Digest		hash;

	if (sm3 == NULL)
		start_sm3();
	gcry_md_hash_buffer(GCRY_MD_SM3, hash.bytes, buffer, length);
	return hash;
}

Digest
hash_of_buffer(HashFunction function, uint8 *buffer, Size length)
{
	return function == HASH_SHA256 ? sha256_of_buffer(buffer, length) : sm3_of_buffer(buffer, length);
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
