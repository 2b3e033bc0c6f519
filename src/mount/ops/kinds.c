/* SPDX-License-Identifier: MIT */
#include "mount/ops/kinds.h"

#include <string.h>

#include "base/util.h"
#include "core/flush/flush.h"
#include "core/version/pending.h"
#include "idemfs/control.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/entry/entry.h"
#include "mount/file/file.h"
#include "mount/metadata/metadata.h"
#include "mount/name/name.h"
#include "mount/node/handle.h"

static int getattr_tree(struct request *q, struct node *n, struct handle *h,
			struct stat *ret, double *ret_timeout)
{
	return entry_getattr(q->fs, n, h, ret, ret_timeout);
}

static int fsyncdir_tree(struct request *q, struct handle *h)
{
	return versions_sync_dir(q->fs->versions, h->node->dir);
}

static const struct node_ops tree_ops = {
	.refusal = -ENOTDIR,
	.lookup = name_lookup,
	.mkdir = name_mkdir,
	.mknod = name_mknod,
	.symlink = name_symlink,
	.link = name_link,
	.unlink = name_unlink,
	.rmdir = name_rmdir,
	.rename = name_rename,
	.create = file_create,
	.tmpfile = file_tmpfile,
	.getattr = getattr_tree,
	.setattr = metadata_setattr,
	.readlink = name_readlink,
	.setxattr = metadata_setxattr,
	.removexattr = metadata_removexattr,
	.getxattr = metadata_getxattr,
	.listxattr = metadata_listxattr,
	.open = file_open,
	.unopen = file_unopen,
	.read = file_read,
	.write = file_write,
	.flush = file_flush,
	.fsync = file_fsync,
	.fallocate = file_fallocate,
	.copy = file_copy,
	.lseek = file_lseek,
	.ioctl = metadata_ioctl,
	.list = name_list,
	.fsyncdir = fsyncdir_tree,
};

static const struct node_ops *const kinds[NODE_KINDS] = {
	[NODE_TREE] = &tree_ops, [NODE_MARKS] = &marks_ops,
	[NODE_MARK] = &mark_ops, [NODE_CONTROL] = &control_ops,
	[NODE_STEP] = &step_ops, [NODE_INFLIGHT] = &inflight_ops,
};

const struct node_ops *kinds_of(const struct node *n)
{
	return kinds[n->kind];
}

/* Of the name @name in directory @in. */
static const struct node_ops *ops_at(const struct node *in, const char *name)
{
	if (in->id == FUSE_ROOT_ID && name[0] == '.' &&
	    !strcmp(name, IDEMFS_CHECKPOINTS))
		return &checkpoints_name_ops;
	return kinds[in->kind];
}

int kinds_check_dir(const struct node *n)
{
	if (!n)
		return -ESTALE;
	return n->type == S_IFDIR ? 0 : -ENOTDIR;
}

int kinds_at(const struct node *in, const char *name,
	     const struct node_ops **ret)
{
	int r = kinds_check_dir(in);

	if (!r)
		*ret = ops_at(in, name);
	return r;
}
