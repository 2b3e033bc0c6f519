/* SPDX-License-Identifier: MIT */
/*
 * create: files that are made where they are to stay, a part of tree.h.
 */
#include <fcntl.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/changes/intent.h"
#include "core/changes/note.h"
#include "core/temp/filesystems.h"
#include "core/tree/make.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"

static int make_file(struct dir *dir, const char *name, int flags, mode_t mode,
		     const struct caller *by, int *ret_fd)
{
	auto_access as = { 0 };
	auto_pin pin = { 0 };
	int fd, r = dir_pin(dir, &pin);

	mode = tree_mode_for(dir, mode, by) & 07777;
	if (!r)
		r = access_begin(&as, by);
	if (r < 0)
		return r;
	fd = sys.openat(pin.fd, name, flags | O_CREAT | O_EXCL | O_NOFOLLOW,
			mode);
	if (fd < 0)
		return fd;
	fd = sys_keep_fd(fd);
	if (fd < 0) {
		sys.unlinkat(pin.fd, name, 0);
		return fd;
	}
	*ret_fd = fd;
	return 0;
}

/*
 * Another process has made it since the kernel looked, so the permissions of
 * that file count.  -ESTALE when it is no file any more: the kernel looks
 * again.
 */
static int open_made(struct versions *t, struct dir *dir, const char *name,
		     int flags, const struct caller *by, int *ret_fd)
{
	auto_fd fd = -1;
	struct stat st;
	int r = versions_open_file(t, dir, name, flags & ~O_TRUNC, NULL, &fd);

	if (r == -ENXIO || r == -ELOOP || r == -EISDIR || r == -ENOENT)
		return -ESTALE;
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = S_ISREG(st.st_mode) ? access_open(fd, by, flags) : -ESTALE;
	if (!r && (flags & O_TRUNC))
		r = sys.ftruncate(fd, 0);
	if (!r)
		*ret_fd = steal_fd(&fd);
	return r;
}

int tree_create(struct versions *t, struct dir *dir, const char *name,
		int flags, mode_t mode, const struct caller *by, int *ret_fd)
{
	int r = tree_may_make(t, dir, name), fd = -1;

	if (r < 0)
		return r;
	r = make_file(dir, name, flags, mode, by, &fd);
	if (!r)
		note_in_place(&versions_rooms(t)->notes, dir, name,
			      by->session);
	else if (r == -EEXIST && !(flags & O_EXCL))
		r = open_made(t, dir, name, flags, by, &fd);
	if (!r)
		*ret_fd = fd;
	return r;
}

int tree_create_empty(struct versions *t, struct dir *dir, const char *name,
		      int flags, mode_t mode, const struct caller *by,
		      int *ret_fd)
{
	int r = tree_may_make(t, dir, name);

	if (r < 0)
		return r;
	filesystems_prepare(versions_rooms(t)->filesystems, dir);
	TREE_SCOPE(versions_rooms(t)->tree, dir);
	INTENT_SCOPE(versions_rooms(t)->intent, dir, name);
	r = make_file(dir, name, flags, mode, by, ret_fd);
	if (!r)
		note_made(&versions_rooms(t)->notes, dir, name, by->session);
	return r;
}
