/*
 * checkpoint.h
 *		Signed checkpoints in the form of C2SP signed-note and tlog-checkpoint.
 *
 *		<origin>\n<tree size>\n<root in base64>\n[extension lines\n]
 *		\n
 *		— <key name> <base64 of key id 4 || Ed25519 signature 64>\n
 *
 * A verifier key is <key name>+<key id in hex>+<base64 of 0x01 || public key 32>;
 * its id is the first 4 bytes of SHA-256(key name || "\n" || 0x01 || public key).
 */
#ifndef PDAUTH_CHECKPOINT_H
#define PDAUTH_CHECKPOINT_H

#include "postgres.h"

#include "merkle.h"

#define KEY_ID_SIZE 4
#define ED25519_KEY_SIZE 32
#define ED25519_SIGNATURE_SIZE 64

typedef struct VerifierKey
{
	char	   *name;
	uint8		id[KEY_ID_SIZE];
	uint8		public_key[ED25519_KEY_SIZE];
} VerifierKey;

typedef struct Checkpoint
{
	char	   *origin;
	int64		tree_size;
	Digest		root;
} Checkpoint;

/* Raises if it is no verifier key of Ed25519. */
extern VerifierKey verifier_key_parse(const char *text);
extern VerifierKey verifier_key_make(const char *name, const uint8 *public_key);
extern char *verifier_key_text(const VerifierKey *key);

/* False if the note does not have the form of a checkpoint. */
extern bool checkpoint_parse(const char *note, Checkpoint *checkpoint);

/* Is there a signature by this key, and is it good? */
extern bool checkpoint_signed_by(const char *note, const VerifierKey *key);

/* Body and signature as a note. */
extern char *checkpoint_note(const char *body, const VerifierKey *key, const uint8 *signature);

/* Base64 without line breaks. */
extern char *checkpoint_base64(const void *data, int length);

#endif							/* PDAUTH_CHECKPOINT_H */
