/*
 * key_file.c
 *		Reads files with keys, after a look at their place and mode.
 */
#include "pdauth.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "miscadmin.h"
#include "storage/fd.h"

#include "key_file.h"

/* Is the path this directory or below it, all links resolved? */
static bool
is_below(const char *path, const char *directory)
{
	char		resolved[PATH_MAX];
	Size		length;

	if (realpath(directory, resolved) == NULL)
		return false;
	length = strlen(resolved);
	return strncmp(path, resolved, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static const char *
place_problem(const char *path)
{
	char		tablespaces[MAXPGPATH];
	char		wal[MAXPGPATH];
	DIR		   *directory;
	struct dirent *entry;
	const char *problem = NULL;

	snprintf(wal, sizeof(wal), "%s/pg_wal", DataDir);
	if (is_below(path, DataDir) || is_below(path, wal))
		return _("it lies in the data directory");
	snprintf(tablespaces, sizeof(tablespaces), "%s/pg_tblspc", DataDir);
	directory = AllocateDir(tablespaces);
	while (problem == NULL && (entry = ReadDir(directory, tablespaces)) != NULL)
	{
		char		tablespace[MAXPGPATH * 2];

		snprintf(tablespace, sizeof(tablespace), "%s/%s", tablespaces, entry->d_name);
		if (entry->d_name[0] != '.' && is_below(path, tablespace))
			problem = _("it lies in a tablespace");
	}
	FreeDir(directory);
	return problem;
}

static const char *
mode_problem(int file)
{
	struct stat status;

	if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode))
		return _("it is not a regular file");
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return _("it belongs neither to the server's user nor to root");
	if ((status.st_uid == geteuid() && (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) ||
		(status.st_uid == 0 && (status.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO)) != 0))
		return _("others than the server's user may read or write it");
	return NULL;
}

const char *
key_file_read(const char *setting, const char *path, char *bytes, int *length)
{
	char		resolved[PATH_MAX];
	const char *problem;
	int			file;
	ssize_t		got = 0;

	*length = 0;
	if (path == NULL || *path == '\0')
		return psprintf(_("%s is not set"), setting);
	if (!is_absolute_path(path) || realpath(path, resolved) == NULL)
		return _("there is no such file under an absolute path");
	problem = place_problem(resolved);
	if (problem != NULL)
		return problem;
	file = OpenTransientFile(resolved, O_RDONLY | PG_BINARY);
	if (file < 0)
		return _("it cannot be opened");
	problem = mode_problem(file);
	if (problem == NULL)
		got = read(file, bytes, MOST_KEY_BYTES);
	CloseTransientFile(file);
	if (got > 0)
		*length = (int) got;
	return problem;
}
