/* SPDX-License-Identifier: MIT */
/*
 * reserve: a version for an open that is about to come.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/version/shown.h"
#include "mount/entry/entry.h"
#include "mount/entry/place.h"
#include "mount/entry/redirect.h"

bool entry_is_write(int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

struct new_node {
	struct fs *fs;
	struct node *node;
};

static uint64_t make_owner(void *arg, struct version *v)
{
	struct new_node *nn = arg;

	nn->node = node_for_new(nn->fs->nodes, S_IFREG);
	if (!nn->node)
		return 0;
	node_set_version(nn->fs->nodes, nn->node, v);
	return nn->node->id;
}

int entry_reserve(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
		  bool trunc, struct version **ret_version)
{
	struct new_node nn = { .fs = fs };
	int code = version_reserve(fs->versions, dir, name, tid, trunc,
				   make_owner, &nn, ret_version);

	if (!nn.node)
		return code;
	/*
	 * It joined another version, or there is none: the node is not needed.
	 */
	if (code || nn.node->id != version_facts(*ret_version).owner)
		node_settled(fs->nodes, nn.node->id, NULL, NULL);
	node_put(fs->nodes, nn.node);
	return code;
}

int entry_send_back_to(struct fs *fs, struct node *n, struct dir *dir,
		       const char *name, pid_t tid, int flags)
{
	int r = redirect_begin(fs->redirects, tid, n->id, dir, name,
			       entry_is_write(flags), flags & O_TRUNC);

	return r < 0 ? r : -ESTALE;
}

int entry_send_back(struct fs *fs, struct node *n, pid_t tid, int flags)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, n, &dir, &name, &key);

	return r < 0 ? r : entry_send_back_to(fs, n, dir, name, tid, flags);
}
