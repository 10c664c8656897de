/*
 * pseudonym_key.c
 *		Reads the file of pseudonym keys.
 *
 * No message here shows more of the file than the number of a line.
 */
#include "pdauth.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "access/parallel.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "pseudonym_key.h"

PG_FUNCTION_INFO_V1(pdauth_pseudonym_keys);

#define FILE_SIZE_LIMIT 16384
#define KEY_MIN_BYTES 32

static char *key_file_setting = NULL;
static const PseudonymKeyRing *ring = NULL;
static uint64 generation = 1;

const PseudonymKeyRing *
pseudonym_key_ring(void)
{
	return ring != NULL && ring->count > 0 ? ring : NULL;
}

uint64
pseudonym_key_generation(void)
{
	return generation;
}

/* Backups and file functions reach what is in the data directory, by whatever name. */
static bool
is_in_data_directory(const char *path)
{
	char		real_path[PATH_MAX];
	char		real_data[PATH_MAX];

	if (realpath(path, real_path) == NULL || DataDir == NULL || realpath(DataDir, real_data) == NULL)
		return true;
	return path_is_prefix_of_path(real_data, real_path);
}

/* The rule that be-secure-common.c has for the private key of TLS. */
static bool
is_private(const struct stat *status)
{
	if (status->st_uid == geteuid())
		return (status->st_mode & (S_IRWXG | S_IRWXO)) == 0;
	return status->st_uid == 0 && (status->st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) == 0;
}

/* Reads the file into a buffer of FILE_SIZE_LIMIT bytes; -1: not acceptable, and the detail says why. */
static int
read_key_file(const char *path, char *buffer)
{
	struct stat status;
	int			file;
	ssize_t		length;

	if (!is_absolute_path(path))
	{
		GUC_check_errdetail("It must be an absolute path.");
		return -1;
	}
	file = BasicOpenFile(path, O_RDONLY | PG_BINARY);
	if (file < 0)
	{
		GUC_check_errdetail("The server cannot open the file: %m.");
		return -1;
	}
	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		GUC_check_errdetail("It is not a regular file.");
	else if (!is_private(&status))
		GUC_check_errdetail("Others than the server's user can read or write it. Its mode must be 0600 or less, or 0640 or less if root owns it.");
	else if (is_in_data_directory(path))
		GUC_check_errdetail("It is inside the data directory, where every backup would contain it.");
	else if ((length = read(file, buffer, FILE_SIZE_LIMIT)) < 0 || length == FILE_SIZE_LIMIT)
		GUC_check_errdetail("It cannot be read or is longer than %d bytes.", FILE_SIZE_LIMIT - 1);
	else
	{
		close(file);
		return (int) length;
	}
	close(file);
	return -1;
}

static bool
set_key_id(PseudonymKey *key, const char *id)
{
	if (strlen(id) >= PSEUDONYM_KEY_ID_SIZE || strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(id))
		return false;
	strlcpy(key->id, id, PSEUDONYM_KEY_ID_SIZE);
	return true;
}

static bool
set_key_digest(PseudonymKey *key, const char *name)
{
	if (strcmp(name, "sha256") == 0)
		key->digest = "SHA256";
	else if (strcmp(name, "sm3") == 0)
		key->digest = "SM3";
	else
		return false;
	return EVP_get_digestbyname(key->digest) != NULL;
}

static bool
set_key_bytes(PseudonymKey *key, const char *hex)
{
	static const char digits[] = "0123456789abcdef";
	size_t		length = strlen(hex);

	if (length % 2 != 0 || length < 2 * KEY_MIN_BYTES || length > 2 * PSEUDONYM_KEY_BYTES)
		return false;
	for (size_t i = 0; i < length; i++)
	{
		const char *digit = strchr(digits, pg_tolower((unsigned char) hex[i]));

		if (digit == NULL)
			return false;
		key->bytes[i / 2] = (unsigned char) (key->bytes[i / 2] << 4 | (digit - digits));
	}
	key->length = (int) (length / 2);
	return true;
}

/* One line: nothing, a comment or a key. */
static bool
parse_line(PseudonymKeyRing *keys, char *line)
{
	char	   *rest = NULL;
	char	   *id = strtok_r(line, " \t\r", &rest);
	char	   *digest,
			   *hex;
	PseudonymKey *key;

	if (id == NULL || id[0] == '#')
		return true;
	digest = strtok_r(NULL, " \t\r", &rest);
	hex = strtok_r(NULL, " \t\r", &rest);
	if (digest == NULL || hex == NULL || strtok_r(NULL, " \t\r", &rest) != NULL ||
		keys->count == PSEUDONYM_MAX_KEYS)
		return false;
	key = &keys->keys[keys->count];
	if (!set_key_id(key, id) || !set_key_digest(key, digest) || !set_key_bytes(key, hex))
		return false;
	for (int i = 0; i < keys->count; i++)
	{
		if (strcmp(keys->keys[i].id, key->id) == 0)
			return false;
	}
	keys->count++;
	return true;
}

static bool
parse_keys(PseudonymKeyRing *keys, char *text)
{
	int			number = 1;

	while (text != NULL)
	{
		char	   *line = strsep(&text, "\n");

		if (!parse_line(keys, line))
		{
			GUC_check_errdetail("Line %d of the file is not a key (id, sha256 or sm3, %d to %d hexadecimal digits), repeats an id, or is one too many.",
								number, 2 * KEY_MIN_BYTES, 2 * PSEUDONYM_KEY_BYTES);
			return false;
		}
		number++;
	}
	if (keys->count == 0)
		GUC_check_errdetail("The file holds no key.");
	return keys->count > 0;
}

/*
 * Parallel workers take over all settings of their leader, but make no
 * pseudonyms (the functions are parallel restricted), so they need no keys.
 */
static bool
check_key_file(char **value, void **extra, GucSource source)
{
	char		buffer[FILE_SIZE_LIMIT];
	PseudonymKeyRing *keys;
	int			length;
	bool		usable;

	*extra = NULL;
	if (*value == NULL || (*value)[0] == '\0' || InitializingParallelWorker)
		return true;
	length = read_key_file(*value, buffer);
	if (length < 0)
		return false;
	buffer[length] = '\0';
	keys = compat_guc_malloc(sizeof(PseudonymKeyRing));
	if (keys == NULL)
		return false;
	memset(keys, 0, sizeof(PseudonymKeyRing));
	usable = parse_keys(keys, buffer);
	OPENSSL_cleanse(buffer, sizeof(buffer));
	if (!usable)
	{
		OPENSSL_cleanse(keys, sizeof(PseudonymKeyRing));
		compat_guc_free(keys);
		return false;
	}
	*extra = keys;
	return true;
}

static void
assign_key_file(const char *value, void *extra)
{
	ring = extra;
	generation++;
}

/* pdauth.pseudonym_keys(): one row for each key, without the key itself */
Datum
pdauth_pseudonym_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const PseudonymKeyRing *keys = pseudonym_key_ring();

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; keys != NULL && i < keys->count; i++)
	{
		const PseudonymKey *key = &keys->keys[i];
		Datum		values[] = {CStringGetTextDatum(key->id),
			CStringGetTextDatum(strcmp(key->digest, "SM3") == 0 ? "sm3" : "sha256"),
		BoolGetDatum(i == 0)};
		bool		nulls[lengthof(values)] = {0};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

void
pseudonym_key_init(void)
{
	DefineCustomStringVariable("pdauth.pseudonym_key_file",
							   "File of the secret keys that pseudonyms are made with.",
							   "An absolute path outside the data directory, readable by the server's user alone. One key in each line: id, sha256 or sm3, hexadecimal digits. The first is the current one.",
							   &key_file_setting, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY,
							   check_key_file, assign_key_file, NULL);
}
