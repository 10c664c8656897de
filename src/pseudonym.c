/*
 * pseudonym.c
 *		Keyed pseudonyms: the mask of values that must still join.
 *
 * The same value under the same domain and key gives the same pseudonym, in
 * every table.  Text and uuid are cut from HMAC (RFC 2104) over the kind, the
 * domain and the value.  Integers are permuted by a Feistel network of ten
 * rounds (as many as FF1 of NIST SP 800-38G has) with that HMAC as its round
 * function, so different numbers stay different and fit their type.
 *
 * Whoever could call this on values of his choice could try all mobile
 * numbers, so it works only inside a mask, or for those who keep the policy.
 * It raises for two reasons, neither of which depends on the value: there is
 * no key, or the caller may not.
 */
#include "pdauth.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "miscadmin.h"
#include "nodes/primnodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "mask.h"
#include "pseudonym_key.h"
#include "rule.h"

PG_FUNCTION_INFO_V1(pdauth_pseudonym_text);
PG_FUNCTION_INFO_V1(pdauth_pseudonym_int4);
PG_FUNCTION_INFO_V1(pdauth_pseudonym_int8);
PG_FUNCTION_INFO_V1(pdauth_pseudonym_uuid);

#define DIGEST_BYTES 32			/* SHA-256 and SM3 alike */
#define TEXT_CHARACTERS 26		/* of five bits each: 130 */
#define FEISTEL_ROUNDS 10

/* One context for each key of the ring, kept while the ring is the same. */
static EVP_MAC_CTX *contexts[PSEUDONYM_MAX_KEYS];
static uint64 contexts_generation = 0;

static void
require_mask_or_policy_admin(FunctionCallInfo fcinfo)
{
	Node	   *expression = fcinfo->flinfo ? fcinfo->flinfo->fn_expr : NULL;
	Oid			admin;

	if (expression != NULL && IsA(expression, FuncExpr) &&
		((FuncExpr *) expression)->location == MASK_LOCATION)
		return;
	admin = get_role_oid("pdauth_policy_admin", true);
	if (OidIsValid(admin) && has_privs_of_role(GetUserId(), admin))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("pdauth.pseudonym() works only as the mask of a column"),
			 errdetail("Whoever could make the pseudonym of a value of his choice could find out whom a pseudonym stands for."),
			 errhint("A member of pdauth_policy_admin sets it: SELECT pdauth.mask('table', 'column', 'FUNCTION pdauth.pseudonym(column, ''domain'')').")));
}

pg_noreturn static void refuse_without_key(const char *problem);

static void
refuse_without_key(const char *problem)
{
	ereport(ERROR,
			(pdauth_errcode(PDAUTH_RULE_FAIL_CLOSED),
			 errmsg("pseudonyms cannot be made: %s", _(problem)),
			 pdauth_errdetail(PDAUTH_RULE_FAIL_CLOSED),
			 errhint("A superuser names the key file in pdauth.pseudonym_key_file and reloads the configuration; pdauth.pseudonym_keys() lists the keys that were read.")));
}

/* The place of the key in the ring: the first one, or the one that the third argument names. */
static int
find_key(FunctionCallInfo fcinfo)
{
	const PseudonymKeyRing *ring = pseudonym_key_ring();
	const text *id;

	if (ring == NULL)
		refuse_without_key("the server has no pseudonym key");
	if (PG_NARGS() < 3)
		return 0;
	id = PG_GETARG_TEXT_PP(2);
	for (int i = 0; i < ring->count; i++)
	{
		if (strlen(ring->keys[i].id) == VARSIZE_ANY_EXHDR(id) &&
			memcmp(ring->keys[i].id, VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id)) == 0)
			return i;
	}
	/* the id is the policy's, from the label, but could be taken from a column: do not print it */
	refuse_without_key("the key file holds no key of the given id");
}

static void
forget_contexts(void)
{
	for (int i = 0; i < PSEUDONYM_MAX_KEYS; i++)
	{
		EVP_MAC_CTX_free(contexts[i]);
		contexts[i] = NULL;
	}
	contexts_generation = pseudonym_key_generation();
}

/* A context that has seen the key and nothing else. */
static EVP_MAC_CTX *
begin_hmac(int key)
{
	if (contexts_generation != pseudonym_key_generation())
		forget_contexts();
	if (contexts[key] == NULL)
	{
		const PseudonymKey *secret = &pseudonym_key_ring()->keys[key];
		OSSL_PARAM	parameters[] = {
			OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, unconstify(char *, secret->digest), 0),
			OSSL_PARAM_construct_end(),
		};
		EVP_MAC    *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
		EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;

		EVP_MAC_free(mac);
		if (context == NULL || !EVP_MAC_init(context, secret->bytes, secret->length, parameters))
		{
			EVP_MAC_CTX_free(context);
			refuse_without_key("OpenSSL does not provide HMAC with the key's digest");
		}
		contexts[key] = context;
	}
	/* without a key: again with the one it has */
	else if (!EVP_MAC_init(contexts[key], NULL, 0, NULL))
		refuse_without_key("OpenSSL failed");
	return contexts[key];
}

/* HMAC over kind, domain and value, with a zero byte (which text cannot hold) after the first two. */
static void
hmac(int key, const char *kind, const text *domain, const void *value, size_t length,
	 unsigned char digest[DIGEST_BYTES])
{
	EVP_MAC_CTX *context = begin_hmac(key);
	size_t		size = 0;

	if (!EVP_MAC_update(context, (const unsigned char *) kind, strlen(kind) + 1) ||
		!EVP_MAC_update(context, (const unsigned char *) VARDATA_ANY(domain), VARSIZE_ANY_EXHDR(domain)) ||
		!EVP_MAC_update(context, (const unsigned char *) "", 1) ||
		!EVP_MAC_update(context, value, length) ||
		!EVP_MAC_final(context, digest, &size, DIGEST_BYTES) || size != DIGEST_BYTES)
		refuse_without_key("OpenSSL failed");
}

/* pdauth.pseudonym(value text, domain text [, key_id text]): 26 letters and digits (base32 of RFC 4648) */
Datum
pdauth_pseudonym_text(PG_FUNCTION_ARGS)
{
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
	text	   *value;
	text	   *result;
	unsigned char digest[DIGEST_BYTES];
	int			key;

	require_mask_or_policy_admin(fcinfo);
	key = find_key(fcinfo);
	value = PG_GETARG_TEXT_PP(0);
	hmac(key, "text", PG_GETARG_TEXT_PP(1), VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), digest);
	result = (text *) palloc(VARHDRSZ + TEXT_CHARACTERS);
	SET_VARSIZE(result, VARHDRSZ + TEXT_CHARACTERS);
	for (int i = 0; i < TEXT_CHARACTERS; i++)
	{
		int			bit = i * 5;
		int			pair = digest[bit / 8] << 8 | digest[bit / 8 + 1];

		VARDATA(result)[i] = alphabet[(pair >> (11 - bit % 8)) & 31];
	}
	PG_RETURN_TEXT_P(result);
}

/* A permutation of the numbers of half_bits * 2 bits. */
static uint64
permute(int key, const char *kind, const text *domain, uint64 value, int half_bits)
{
	uint64		mask = (UINT64CONST(1) << half_bits) - 1;
	uint32		left = (uint32) (value >> half_bits & mask);
	uint32		right = (uint32) (value & mask);

	for (int round = 0; round < FEISTEL_ROUNDS; round++)
	{
		unsigned char input[] = {(unsigned char) round, (unsigned char) (right >> 24),
			(unsigned char) (right >> 16), (unsigned char) (right >> 8), (unsigned char) right,
		};
		unsigned char digest[DIGEST_BYTES];
		uint32		mixed;

		hmac(key, kind, domain, input, sizeof(input), digest);
		mixed = (uint32) digest[0] << 24 | digest[1] << 16 | digest[2] << 8 | digest[3];
		mixed = (uint32) ((left ^ mixed) & mask);
		left = right;
		right = mixed;
	}
	return (uint64) left << half_bits | right;
}

/* pdauth.pseudonym(value integer, domain text [, key_id text]) */
Datum
pdauth_pseudonym_int4(PG_FUNCTION_ARGS)
{
	int			key;

	require_mask_or_policy_admin(fcinfo);
	key = find_key(fcinfo);
	PG_RETURN_INT32((int32) permute(key, "integer", PG_GETARG_TEXT_PP(1), (uint32) PG_GETARG_INT32(0), 16));
}

/* pdauth.pseudonym(value bigint, domain text [, key_id text]) */
Datum
pdauth_pseudonym_int8(PG_FUNCTION_ARGS)
{
	int			key;

	require_mask_or_policy_admin(fcinfo);
	key = find_key(fcinfo);
	PG_RETURN_INT64((int64) permute(key, "bigint", PG_GETARG_TEXT_PP(1), (uint64) PG_GETARG_INT64(0), 32));
}

/* pdauth.pseudonym(value uuid, domain text [, key_id text]): a UUID of version 8 (RFC 9562) */
Datum
pdauth_pseudonym_uuid(PG_FUNCTION_ARGS)
{
	unsigned char digest[DIGEST_BYTES];
	pg_uuid_t  *result;
	int			key;

	require_mask_or_policy_admin(fcinfo);
	key = find_key(fcinfo);
	hmac(key, "uuid", PG_GETARG_TEXT_PP(1), PG_GETARG_UUID_P(0)->data, UUID_LEN, digest);
	result = (pg_uuid_t *) palloc(UUID_LEN);
	memcpy(result->data, digest, UUID_LEN);
	result->data[6] = (result->data[6] & 0x0F) | 0x80;
	result->data[8] = (result->data[8] & 0x3F) | 0x80;
	PG_RETURN_UUID_P(result);
}
