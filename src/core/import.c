/* SPDX-License-Identifier: MIT */
/*
 * import: a real .checkpoints directory becomes marks (C1), so that a script
 * that ran without idemfs keeps its progress.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/checkpoint.h"
#include "core/durability.h"
#include "core/mark.h"
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

/* Written by temp and rename like every mark; the original goes afterwards. */
static int import_file(int from, int to, const char *name,
		       const struct stat *st)
{
	auto_free char *note = NULL;
	auto_fd fd = -1;
	size_t size = 0;
	int r = sys_read_file(from, name, IDEMFS_NOTE_MAX, &note, &size);

	if (r < 0)
		return r;
	fd = sys.openat(to, IMPORT_TEMP, O_WRONLY | O_CREAT | O_TRUNC,
			st->st_mode & 0666);
	if (fd < 0)
		return fd;
	r = write_imported(fd, name, st, note, size);
	if (!r)
		r = place_imported(fd, to, name, st);
	if (r < 0) {
		sys.unlinkat(to, IMPORT_TEMP, 0);
		return r;
	}
	return sys.unlinkat(from, name, 0);
}

static int import_dir(int parent, const char *name, int to, unsigned int depth);

static int import_entry(int from, int to, const char *name, unsigned int depth)
{
	auto_fd sub = -1;
	struct stat st;
	int r;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	/* Virtual from now on: what it said is said by the view. */
	if (!depth && !strcmp(name, IDEMFS_GITIGNORE))
		return S_ISREG(st.st_mode) ? sys.unlinkat(from, name, 0)
					   : -EINVAL;
	if (S_ISREG(st.st_mode)) {
		r = import_file(from, to, name, &st);
		return r < 0 ? r : 1;
	}
	if (!S_ISDIR(st.st_mode) || depth >= IMPORT_DEPTH)
		return -EINVAL;
	r = sys.mkdirat(to, name, 0755);
	if (r < 0 && r != -EEXIST)
		return r;
	sub = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (sub < 0)
		return -errno;
	return import_dir(from, name, sub, depth + 1);
}

/* The number of marks taken in; what cannot be taken stays, and is said. */
static int import_all(DIR *d, int from, int to, unsigned int depth)
{
	struct dirent *e;
	int count = 0;

	while ((e = readdir(d))) {
		int r;

		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		r = import_entry(from, to, e->d_name, depth);
		if (r < 0)
			log_warn("\"" IDEMFS_CHECKPOINTS "\": \"%s\" cannot be "
				 "imported as a mark: %s",
				 e->d_name, strerror(-r));
		else
			count += r;
	}
	return count;
}

static int import_dir(int parent, const char *name, int to, unsigned int depth)
{
	int count, fd = openat(parent, name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		int r = -errno;

		close_fd(fd);
		return r;
	}
	count = import_all(d, fd, to, depth);
	closedir(d);
	/* Not empty when something was refused: then it stays, hidden. */
	sys.unlinkat(parent, name, AT_REMOVEDIR);
	return count;
}

int checkpoint_import(struct versions *t, int root)
{
	struct stat st;
	int r;

	if (fstatat(root, IDEMFS_CHECKPOINTS, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	/* They are about to be durable: so are first what they stand for (C2). */
	r = durability_barrier(t->durability, NULL);
	if (r < 0)
		return r;
	r = import_dir(root, IDEMFS_CHECKPOINTS, t->state->marks, 0);
	if (r > 0)
		log_event("imported %d marks from \"" IDEMFS_CHECKPOINTS "\"",
			  r);
	return r;
}
