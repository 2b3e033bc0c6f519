/* SPDX-License-Identifier: MIT */
/*
 * run: --run-id, by which .checkpoints shows the group of one run.
 *
 * The directory at the top keeps a node of its own, and what is done to a name
 * there is done in the run's directory: one directory cannot lie in itself, as
 * .checkpoints/ID would if both had the same node.
 */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/fs/fs.h"

/* A run belongs to whom the tree belongs to, and is as open as that. */
static int own_run(int root, int fd)
{
	struct stat st;
	int r;

	if (fstat(root, &st) < 0)
		return -errno;
	r = sys.fchown(fd, st.st_uid, st.st_gid);
	return r < 0 && geteuid() == 0 ? r : sys.fchmod(fd, st.st_mode & 07777);
}

int marks_start(struct fs *fs)
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

bool marks_is_run(struct fs *fs, struct dir *dir, const char *name)
{
	return fs->run && !dir->parent && !strcmp(name, fs->opt->run_id);
}

struct dir *marks_listed(struct fs *fs)
{
	return fs->run ? fs->run : backing_marks(fs->backing);
}

struct dir *marks_place(struct fs *fs, struct dir *dir, const char *name)
{
	struct statx st;

	if (!fs->run || dir->parent || control_of(dir, name))
		return dir;
	if (dir_statx(fs->run, name, &st) < 0 && !dir_statx(dir, name, &st) &&
	    S_ISDIR(st.stx_mode))
		return dir; /* a run, by its name */
	return fs->run;
}
