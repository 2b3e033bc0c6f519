/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/groups.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/checkpoints/control_names.h"

/* A run belongs to the owner of the tree, and has its mode. */
static int own_run(int root, int fd)
{
	struct stat st;
	int r;

	if (fstat(root, &st) < 0)
		return -errno;
	r = sys.fchown(fd, st.st_uid, st.st_gid);
	return r < 0 && geteuid() == 0 ? r : sys.fchmod(fd, st.st_mode & 07777);
}

int groups_start(struct fs *fs)
{
	struct dir *top = backing_marks(fs->backing);
	const char *id = fs->opt->run_id;
	struct file_key key;
	struct statx st;
	int r;

	if (!id)
		return 0;
	r = sys.mkdirat(fs->state.marks, id, 0755);
	if (r < 0 && r != -EEXIST)
		return r;
	auto_fd fd = sys_open_dir(fs->state.marks, id);
	if (fd < 0)
		return fd;
	if (!r)
		r = own_run(fs->root, fd);
	if (!r || r == -EEXIST)
		r = fd_statx(fd, &st);
	if (r < 0)
		return r;
	key = statx_key(&st);
	fs->run = dir_intern(top, id, &key);
	return fs->run ? 0 : -ENOMEM;
}

bool groups_is_run(struct fs *fs, struct dir *dir, const char *name)
{
	return fs->run && !dir->parent && !strcmp(name, fs->opt->run_id);
}

struct dir *groups_listed(struct fs *fs)
{
	return fs->run ? fs->run : backing_marks(fs->backing);
}

struct dir *groups_place(struct fs *fs, struct dir *dir, const char *name)
{
	struct statx st;

	if (!fs->run || dir->parent || control_of(dir, name))
		return dir;
	if (dir_statx(fs->run, name, &st) < 0 && !dir_statx(dir, name, &st) &&
	    S_ISDIR(st.stx_mode))
		return dir; /* a run, by its name */
	return fs->run;
}

/* A user that may make files at the root may make marks: it has that mode. */
static int stat_top(struct fs *fs, struct stat *ret)
{
	struct stat root;

	if (fstat(fs->root, &root) < 0)
		return -errno;
	/* Its own number, also when it shows a run that lies below it. */
	ret->st_ino = backing_marks(fs->backing)->key.ino;
	ret->st_mode = S_IFDIR | (root.st_mode & 07777);
	ret->st_uid = root.st_uid;
	ret->st_gid = root.st_gid;
	return 0;
}

int groups_stat(struct fs *fs, struct dir *d, struct stat *ret)
{
	auto_pin pin = { 0 };
	struct statx st;
	int r = dir_pin(d->parent ? d : groups_listed(fs), &pin);

	if (!r)
		r = fd_statx(pin.fd, &st);
	if (r < 0)
		return r;
	statx_to_stat(&st, ret);
	if (!ret->st_nlink)
		ret->st_nlink = 2; /* removed: state_open_fixed() */
	return d->parent ? 0 : stat_top(fs, ret);
}
