/* SPDX-License-Identifier: MIT */
/*
 * control_stat: what the control files look like.
 */
#include "base/util.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/status.h"

/* A user that may make files at the root, and so marks, may have one made. */
static void stat_step(struct fs *fs, struct stat *ret)
{
	struct stat root;

	if (fstat(fs->root, &root) < 0)
		return;
	ret->st_mode = S_IFREG | (root.st_mode & 0222) |
		       (root.st_mode & 0222) << 1;
	ret->st_uid = root.st_uid;
	ret->st_gid = root.st_gid;
}

void control_stat(struct fs *fs, struct node *n, struct stat *ret)
{
	bool fixed = n->number == CONTROL_GITIGNORE;
	struct timespec now = { .tv_sec = fs->started };

	if (!fixed)
		clock_gettime(CLOCK_REALTIME, &now);
	*ret = (struct stat){
		.st_ino = n->id,
		.st_mode = S_IFREG | (fixed ? 0444 : 0400),
		.st_nlink = 1,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_blksize = 4096,
		/* git reads as much as this says; the others are made anew */
		.st_size = fixed ? STATUS_GITIGNORE_SIZE : 0,
		.st_mtim = now,
		.st_atim = now,
		.st_ctim = now,
	};
	if (n->number == CONTROL_STEP)
		stat_step(fs, ret);
}

int control_getattr(struct request *q, struct node *n, struct handle *h,
		    struct stat *ret, double *ret_timeout)
{
	(void)h;
	(void)ret_timeout;
	control_stat(q->fs, n, ret);
	return 0;
}
