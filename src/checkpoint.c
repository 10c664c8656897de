/*
 * checkpoint.c
 *		The text of signed checkpoints, and their verification.
 */
#include "pdauth.h"

#include <openssl/evp.h>

#include "catalog/pg_type.h"
#include "common/base64.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "checkpoint.h"
#include "merkle_datum.h"

PG_FUNCTION_INFO_V1(pdauth_checkpoint_open);

#define ED25519_NOTE_TYPE 1

/* U+2014 and a space. */
#define SIGNATURE_PREFIX "\xe2\x80\x94 "

char *
checkpoint_base64(const void *data, int length)
{
	int			size = pg_b64_enc_len(length);
	char	   *text = palloc(size + 1);

	size = compat_b64_encode(data, length, text, size);
	text[size] = '\0';
	return text;
}

/* Decodes exactly so many bytes; false if the text is anything else. */
static bool
base64_decode(const char *text, int text_length, uint8 *bytes, int length)
{
	int			size = pg_b64_dec_len(text_length) + 1;
	char	   *buffer = palloc(size);
	int			decoded = compat_b64_decode(text, text_length, buffer, size);

	if (decoded == length)
		memcpy(bytes, buffer, length);
	pfree(buffer);
	return decoded == length;
}

VerifierKey
verifier_key_make(const char *name, const uint8 *public_key)
{
	VerifierKey key;
	Digest		hash;
	uint8		type = ED25519_NOTE_TYPE;

	key.name = pstrdup(name);
	memcpy(key.public_key, public_key, ED25519_KEY_SIZE);
	hash_begin(HASH_SHA256);
	hash_add(name, strlen(name));
	hash_add("\n", 1);
	hash_add(&type, 1);
	hash_add(public_key, ED25519_KEY_SIZE);
	hash = hash_end();
	memcpy(key.id, hash.bytes, KEY_ID_SIZE);
	return key;
}

static char *
key_id_hex(const VerifierKey *key)
{
	return psprintf("%02x%02x%02x%02x", key->id[0], key->id[1], key->id[2], key->id[3]);
}

char *
verifier_key_text(const VerifierKey *key)
{
	uint8		typed[1 + ED25519_KEY_SIZE] = {ED25519_NOTE_TYPE};

	memcpy(typed + 1, key->public_key, ED25519_KEY_SIZE);
	return psprintf("%s+%s+%s", key->name, key_id_hex(key), checkpoint_base64(typed, sizeof(typed)));
}

VerifierKey
verifier_key_parse(const char *text)
{
	const char *id = strchr(text, '+');
	const char *encoded = id == NULL ? NULL : strchr(id + 1, '+');
	uint8		typed[1 + ED25519_KEY_SIZE];
	VerifierKey key;

	if (encoded != NULL && id != text &&
		base64_decode(encoded + 1, strlen(encoded + 1), typed, sizeof(typed)) && typed[0] == ED25519_NOTE_TYPE)
	{
		key = verifier_key_make(pnstrdup(text, id - text), typed + 1);
		if (encoded - id - 1 == 2 * KEY_ID_SIZE && pg_strncasecmp(id + 1, key_id_hex(&key), 2 * KEY_ID_SIZE) == 0)
			return key;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this is not a verifier key"),
			 errhint("A verifier key looks like name+1a2b3c4d+AW...; pdauth.checkpoint_key lists those of this log.")));
}

/* The line at *text without its end, and *text moved behind it; NULL if there is none. */
static char *
next_line(const char **text)
{
	const char *end = strchr(*text, '\n');
	char	   *line;

	if (end == NULL)
		return NULL;
	line = pnstrdup(*text, end - *text);
	*text = end + 1;
	return line;
}

static bool
parse_size(const char *text, int64 *size)
{
	char	   *end;

	errno = 0;
	if (text == NULL || strspn(text, "0123456789") != strlen(text) || *text == '\0' ||
		(text[0] == '0' && text[1] != '\0'))
		return false;
	*size = strtoi64(text, &end, 10);
	return errno == 0;
}

/* Where the signatures begin: behind the last empty line; NULL if there is none. */
static const char *
signatures_of(const char *note)
{
	const char *found = NULL;

	for (const char *at = note; (at = strstr(at, "\n\n")) != NULL; at++)
		found = at + 2;
	return found;
}

bool
checkpoint_parse(const char *note, Checkpoint *checkpoint)
{
	const char *signatures = signatures_of(note);
	const char *at = note;
	char	   *root;

	if (signatures == NULL)
		return false;
	checkpoint->origin = next_line(&at);
	if (!parse_size(next_line(&at), &checkpoint->tree_size))
		return false;
	root = next_line(&at);
	return root != NULL && *checkpoint->origin != '\0' && at < signatures &&
		base64_decode(root, strlen(root), checkpoint->root.bytes, HASH_SIZE);
}

static bool
verify_signature(const VerifierKey *key, const uint8 *signature, const char *body, Size length)
{
	EVP_PKEY   *public_key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->public_key, ED25519_KEY_SIZE);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool		good;

	good = public_key != NULL && context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, public_key) == 1 &&
		EVP_DigestVerify(context, signature, ED25519_SIGNATURE_SIZE, (const uint8 *) body, length) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(public_key);
	return good;
}

bool
checkpoint_signed_by(const char *note, const VerifierKey *key)
{
	const char *signatures = signatures_of(note);
	const char *at = signatures;
	char	   *prefix = psprintf(SIGNATURE_PREFIX "%s ", key->name);
	char	   *line;

	while (at != NULL && (line = next_line(&at)) != NULL)
	{
		uint8		signature[KEY_ID_SIZE + ED25519_SIGNATURE_SIZE];
		char	   *encoded = line + strlen(prefix);

		if (strncmp(line, prefix, strlen(prefix)) == 0 &&
			base64_decode(encoded, strlen(encoded), signature, sizeof(signature)) &&
			memcmp(signature, key->id, KEY_ID_SIZE) == 0 &&
			verify_signature(key, signature + KEY_ID_SIZE, note, signatures - 1 - note))
			return true;
	}
	return false;
}

char *
checkpoint_note(const char *body, const VerifierKey *key, const uint8 *signature)
{
	uint8		bytes[KEY_ID_SIZE + ED25519_SIGNATURE_SIZE];

	memcpy(bytes, key->id, KEY_ID_SIZE);
	memcpy(bytes + KEY_ID_SIZE, signature, ED25519_SIGNATURE_SIZE);
	return psprintf("%s\n" SIGNATURE_PREFIX "%s %s\n", body, key->name, checkpoint_base64(bytes, sizeof(bytes)));
}

/* pdauth.checkpoint_open(note text, vkeys text[], OUT origin text, OUT tree_size bigint, OUT root bytea, OUT signed_by text) */
Datum
pdauth_checkpoint_open(PG_FUNCTION_ARGS)
{
	char	   *note = text_to_cstring(PG_GETARG_TEXT_PP(0));
	Checkpoint	checkpoint = {0};
	TupleDesc	descriptor;
	Datum		values[4] = {0};
	bool		nulls[4] = {true, true, true, true};
	Datum	   *keys;
	bool	   *key_nulls;
	int			count;

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "pdauth.checkpoint_open() must return a row");
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), TEXTOID, -1, false, TYPALIGN_INT, &keys, &key_nulls, &count);
	if (checkpoint_parse(note, &checkpoint))
	{
		nulls[0] = nulls[1] = nulls[2] = false;
		values[0] = CStringGetTextDatum(checkpoint.origin);
		values[1] = Int64GetDatum(checkpoint.tree_size);
		values[2] = digest_datum(&checkpoint.root);
	}
	for (int i = 0; i < count; i++)
	{
		VerifierKey key;

		if (key_nulls[i])
			continue;
		key = verifier_key_parse(TextDatumGetCString(keys[i]));
		if (nulls[0] || !nulls[3] || !checkpoint_signed_by(note, &key))
			continue;
		nulls[3] = false;
		values[3] = keys[i];
	}
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls)));
}
