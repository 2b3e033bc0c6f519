/* SPDX-License-Identifier: MIT */
/*
 * import: a real .checkpoints directory becomes marks (C1), so that a script
 * that ran without idemfs keeps its progress.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/flush/flush.h"
#include "core/marks/checkpoint.h"
#include "core/marks/mark.h"
#include "core/version/version.h"
#include "idemfs/control.h"

#define IMPORT_DEPTH 64
#define IMPORT_TEMP STATE_TEMP_PREFIX "import"

static int write_imported(int fd, const char *name, const struct stat *st,
			  const char *note, size_t note_size)
{
	struct manifest_head head = {
		.name = (char *)name,
		.host = (char *)"",
		.command = (char *)"imported from a directory .checkpoints",
		.user = st->st_uid,
		.time = st->st_mtim,
		.since.tv_sec = -1,
	};
	struct manifest_writer *w;
	off_t size;
	int r = manifest_create(fd, &head, &w);

	if (!r)
		r = manifest_finish(w, &size);
	return r < 0 ? r : sys_pwrite_all(fd, note, note_size, size);
}

static int place_imported(int fd, int to, const char *name,
			  const struct stat *st)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };
	int r = sys.fchown(fd, st->st_uid, st->st_gid);

	if (!r || (r == -EPERM && geteuid() != 0))
		r = sys.futimens(fd, times);
	if (!r)
		r = sys.fsync(fd);
	if (!r)
		r = sys.renameat2(to, IMPORT_TEMP, to, name, 0);
	return r < 0 ? r : sys.fsync(to);
}

/* The import, and the callback for files that cannot become marks. */
struct import {
	import_left left;
	int count;
};

static int open_temp(int to, mode_t mode)
{
	int r = sys.unlinkat(to, IMPORT_TEMP, 0);

	if (r < 0 && r != -ENOENT)
		return r;
	return sys.openat(to, IMPORT_TEMP,
			  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
			  mode & 0666);
}

/* Written by temp and rename like every mark. */
static int write_mark(int from, int to, const char *name, const struct stat *st)
{
	auto_free char *note = NULL;
	auto_fd fd = -1;
	size_t size = 0;
	int r = sys_read_fd(from, IDEMFS_NOTE_MAX, &note, &size);

	if (r < 0)
		return r;
	fd = open_temp(to, st->st_mode);
	if (fd < 0)
		return fd;
	r = write_imported(fd, name, st, note, size);
	if (!r)
		r = place_imported(fd, to, name, st);
	if (r < 0)
		sys.unlinkat(to, IMPORT_TEMP, 0);
	return r;
}

/*
 * The file is opened before it is looked at.  A user who exchanges files at the
 * name must not get the content of one with the rights of another.
 */
static int import_file(int from, int to, const char *name)
{
	auto_fd fd = openat(from, name,
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
				    O_CLOEXEC);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	r = write_mark(fd, to, name, &st);
	return r < 0 ? r : sys.unlinkat(from, name, 0);
}

/* @path: where @name is, from .checkpoints on. */
static int import_dir(struct import *i, int parent, const char *name, int to,
		      const char *path, unsigned int depth);

static int import_group(struct import *i, int from, int to, const char *name,
			const char *path, unsigned int depth)
{
	auto_fd sub = -1;
	int r = depth < IMPORT_DEPTH ? sys.mkdirat(to, name, 0755) : -ELOOP;

	if (r < 0 && r != -EEXIST)
		return r;
	sub = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return sub < 0 ? -errno
		       : import_dir(i, from, name, sub, path, depth + 1);
}

/* By its type now; the functions that are called check again. */
static int import_entry(struct import *i, int from, int to, const char *name,
			const char *path, unsigned int depth)
{
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return import_group(i, from, to, name, path, depth);
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	/* From now on .gitignore is a virtual file, with the same effect. */
	if (!depth && !strcmp(name, IDEMFS_GITIGNORE))
		return sys.unlinkat(from, name, 0);
	r = import_file(from, to, name);
	i->count += !r;
	return r;
}

static const char *why_not(int code)
{
	switch (code) {
	case -EBADF:
	case -ENXIO: /* a socket, or a device that is not there */
		return "not a plain file";
	case -EFBIG:
		return "of more than 1 MiB";
	case -ELOOP:
		return "a link, or too deep";
	default:
		return strerror(-code);
	}
}

/* A file that cannot be imported stays, and @left is told. */
static void import_all(struct import *i, DIR *d, int to, const char *dir,
		       unsigned int depth)
{
	struct dirent *e;

	while ((e = readdir(d))) {
		auto_free char *path = NULL;
		int r;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (asprintf(&path, "%s%s%s", dir, *dir ? "/" : "", e->d_name) <
		    0)
			return;
		r = import_entry(i, dirfd(d), to, e->d_name, path, depth);
		if (r < 0)
			i->left(path, why_not(r));
	}
}

static int import_dir(struct import *i, int parent, const char *name, int to,
		      const char *path, unsigned int depth)
{
	int fd = openat(parent, name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		int r = -errno;

		close_fd(fd);
		return r;
	}
	import_all(i, d, to, path, depth);
	closedir(d);
	/* Not empty when something was refused: then it stays, hidden. */
	sys.unlinkat(parent, name, AT_REMOVEDIR);
	return 0;
}

int checkpoint_import(struct versions *t, int root, import_left left,
		      const struct events *events)
{
	struct import i = { .left = left };
	struct stat st;
	int r;

	if (fstatat(root, IDEMFS_CHECKPOINTS, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* First what they stand for is made durable, then they are (C2). */
	r = flush_barrier(versions_rooms(t)->flush, NULL);
	if (r < 0)
		return r;
	r = import_dir(&i, root, IDEMFS_CHECKPOINTS,
		       versions_rooms(t)->state->marks, "", 0);
	if (i.count)
		events_tell(events, LOG_EVENT,
			    "imported %d marks from \"" IDEMFS_CHECKPOINTS "\"",
			    i.count);
	return r < 0 ? r : i.count;
}
