/* SPDX-License-Identifier: MIT */
#include "core/version/sqlite.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/version/pending.h"

/* The head of a database, from SQLite's "Database File Format", 1.3. */
#define MAGIC "SQLite format 3" /* and its NUL */
#define WRITE_VERSION 18	/* offsets of one byte each, 2 in WAL mode */
#define READ_VERSION 19
#define HEAD_SIZE 20
#define IN_WAL_MODE 2

static const char journal[] = "-journal", wal[] = "-wal", shm[] = "-shm";

/* The length of @name without @end, or 0. */
static size_t without(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end) ? n - m : 0;
}

bool sqlite_is_journal(const char *name)
{
	return without(name, journal) || without(name, wal);
}

char *sqlite_database_of(const char *name)
{
	size_t n = without(name, journal);

	if (!n)
		n = without(name, wal);
	if (!n)
		n = without(name, shm);
	return n ? strndup(name, n) : NULL;
}

static bool read_head(struct dir *dir, const char *name,
		      unsigned char head[HEAD_SIZE])
{
	auto_fd fd = -1;

	return dir_open_to_look(dir, name, &fd) == 0 &&
	       sys_pread_all(fd, head, HEAD_SIZE, 0) == HEAD_SIZE &&
	       !memcmp(head, MAGIC, sizeof(MAGIC));
}

static bool has_journal(struct dir *dir, const char *name)
{
	auto_free char *path = NULL;
	struct statx st;

	return asprintf(&path, "%s%s", name, journal) >= 0 &&
	       dir_statx(dir, path, &st) == 0;
}

bool sqlite_is_live(struct dir *dir, const char *name)
{
	unsigned char head[HEAD_SIZE];

	if (!read_head(dir, name, head))
		return false;
	return head[WRITE_VERSION] == IN_WAL_MODE ||
	       head[READ_VERSION] == IN_WAL_MODE || has_journal(dir, name);
}

bool sqlite_is_in_place(struct versions *t, struct dir *dir, const char *name)
{
	unsigned char head[HEAD_SIZE];

	return !versions_any(t, dir, name) && read_head(dir, name, head);
}
