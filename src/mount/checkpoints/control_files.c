/* SPDX-License-Identifier: MIT */
/*
 * control: the names in .checkpoints that are idemfs' own (idemfs/control.h).
 */
#include <string.h>

#include "base/util.h"
#include "idemfs/control.h"
#include "mount/fs/fs.h"
#include "mount/mountpoint/lifetime.h"

static const struct {
	const char *name;
	int control;
} names[] = {
	{ IDEMFS_CONTROL, CONTROL_CONTROL },
	{ IDEMFS_STATUS, CONTROL_STATUS },
	{ IDEMFS_STATUS_JSON, CONTROL_JSON },
	{ IDEMFS_PROGRESS, CONTROL_PROGRESS },
	{ IDEMFS_JOIN, CONTROL_JOIN },
	{ IDEMFS_LEAVE, CONTROL_LEAVE },
	{ IDEMFS_STEP, CONTROL_STEP },
	{ IDEMFS_GITIGNORE, CONTROL_GITIGNORE },
	{ IDEMFS_INFLIGHT, CONTROL_INFLIGHT },
};

int control_of(const struct dir *dir, const char *name)
{
	/* Of the top only: not of a group, nor of a run that is named. */
	for (size_t i = 0; !dir->parent && i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].control;
	return CONTROL_NONE;
}

/* Who may make files at the root, and so marks, may have one made. */
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
	bool fixed = n->control == CONTROL_GITIGNORE;
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
	if (n->control == CONTROL_STEP)
		stat_step(fs, ret);
}

/* To open it is what counts: the runs that share a mount (lifetime.h). */
static int join_or_leave(fuse_req_t req, struct node *n, char **ret,
			 size_t *ret_size)
{
	struct lifetime *l = fs_of(req)->lifetime;
	pid_t pid = fuse_req_ctx(req)->pid;
	int others = 0, r = 0;

	if (n->control == CONTROL_JOIN)
		r = lifetime_join(l, pid);
	else
		others = lifetime_leave(l, pid);
	if (r < 0)
		return r;
	r = asprintf(ret, "%d\n", others);
	*ret_size = (size_t)r;
	return r < 0 ? -ENOMEM : 0;
}

int control_open(fuse_req_t req, struct node *n, char **ret, size_t *ret_size)
{
	if (n->control == CONTROL_JOIN || n->control == CONTROL_LEAVE)
		return join_or_leave(req, n, ret, ret_size);
	*ret = status_text(fs_of(req), n->control, ret_size);
	return *ret ? 0 : -ENOMEM;
}
