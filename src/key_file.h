/*
 * key_file.h
 *		Files with keys, outside the data directory.
 *
 * Backups and whoever reads the data directory must not get a key with it, and
 * nobody but the server's user and root may read or write it.
 */
#ifndef PDAUTH_KEY_FILE_H
#define PDAUTH_KEY_FILE_H

#include "postgres.h"

/* A file with a key has some hundred bytes. */
#define MOST_KEY_BYTES 4096

/*
 * Read the file that the setting names into bytes, which has room for
 * MOST_KEY_BYTES; *length becomes what was read.  Returns what is wrong with
 * the file, in words that do not show its contents, or NULL.
 */
extern const char *key_file_read(const char *setting, const char *path, char *bytes, int *length);

#endif							/* PDAUTH_KEY_FILE_H */
