/* SPDX-License-Identifier: MIT */
/*
 * scratch: an empty directory for one test, and small things to do in it.
 *
 * scratch_open() makes it (below $TMPDIR or /tmp), scratch_close() removes it
 * with all that is in it.  What cannot be done fails the test.
 */
#ifndef IDEMFS_TESTS_UNIT_SCRATCH_H
#define IDEMFS_TESTS_UNIT_SCRATCH_H

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/sys.h"

struct scratch {
	int dir;
	char path[256];
};

static inline struct scratch scratch_open(void)
{
	const char *base = getenv("TMPDIR");
	struct scratch s;
	int n;

	n = snprintf(s.path, sizeof(s.path), "%s/idemfs-unit-XXXXXX",
		     base && *base ? base : "/tmp");
	cr_assert(n > 0 && (size_t)n < sizeof(s.path));
	cr_assert_not_null(mkdtemp(s.path), "mkdtemp %s: %m", s.path);
	s.dir = open(s.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(s.dir, 0, "open %s: %m", s.path);
	return s;
}

/* Removes what is in directory @fd, which it closes. */
static inline void scratch_empty(int fd)
{
	struct dirent *e;
	DIR *d = fdopendir(fd);

	cr_assert_not_null(d);
	while ((e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (unlinkat(fd, e->d_name, 0) == 0)
			continue;
		scratch_empty(openat(fd, e->d_name,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
		cr_assert_eq(unlinkat(fd, e->d_name, AT_REMOVEDIR), 0);
	}
	closedir(d);
}

static inline void scratch_close(struct scratch *s)
{
	scratch_empty(s->dir);
	cr_assert_eq(rmdir(s->path), 0, "rmdir %s: %m", s->path);
}

/* Skips the test: the runner calls no fini then. */
#define scratch_skip(s, why)        \
	do {                        \
		scratch_close(s);   \
		cr_skip("%s", why); \
	} while (0)

/* Makes file @name hold @text. */
static inline void scratch_write(int dir, const char *name, const char *text)
{
	size_t n = strlen(text);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			0644);

	cr_assert_geq(fd, 0, "%s: %m", name);
	cr_assert_eq(write(fd, text, n), (ssize_t)n);
	close(fd);
}

/* Does file @name hold @text? */
static inline int scratch_holds(int dir, const char *name, const char *text)
{
	char *data = NULL;
	size_t size = 0;
	int ret;

	if (sys_read_file(dir, name, 1 << 20, &data, &size) < 0)
		return 0;
	ret = size == strlen(text) && memcmp(data, text, size) == 0;
	free(data);
	return ret;
}

static inline int scratch_exists(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many names directory @dir has. */
static inline int scratch_count(int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	struct dirent *e;
	DIR *d = fdopendir(fd);

	cr_assert_not_null(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

#endif
