/*
 * pseudonym_key.h
 *		The secret keys that pseudonyms are made with.
 *
 * They are read from the file that pdauth.pseudonym_key_file names, outside
 * the data directory and readable by the server's user alone, by each process
 * when the setting is read and on every reload.  They are never in a catalog,
 * a plan, a message or a backup of the cluster.  One key in each line:
 *
 *		key-id  sha256|sm3  hexadecimal digits (32 to 64 bytes)
 *
 * Blank lines and lines that begin with # are skipped.  The first key is the
 * current one; older ones stay below it for as long as masks name them.
 */
#ifndef PDAUTH_PSEUDONYM_KEY_H
#define PDAUTH_PSEUDONYM_KEY_H

#include "postgres.h"

#define PSEUDONYM_KEY_ID_SIZE 64
#define PSEUDONYM_KEY_BYTES 64
#define PSEUDONYM_MAX_KEYS 32

typedef struct PseudonymKey
{
	char		id[PSEUDONYM_KEY_ID_SIZE];
	const char *digest;			/* name that OpenSSL knows it by */
	int			length;
	unsigned char bytes[PSEUDONYM_KEY_BYTES];
} PseudonymKey;

typedef struct PseudonymKeyRing
{
	int			count;
	PseudonymKey keys[PSEUDONYM_MAX_KEYS];
} PseudonymKeyRing;

/* The keys, or NULL if there are none. */
extern const PseudonymKeyRing *pseudonym_key_ring(void);

/* Goes up with each reading of the keys. */
extern uint64 pseudonym_key_generation(void);

/* Defines pdauth.pseudonym_key_file. */
extern void pseudonym_key_init(void);

#endif							/* PDAUTH_PSEUDONYM_KEY_H */
