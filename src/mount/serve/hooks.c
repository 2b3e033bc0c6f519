/* SPDX-License-Identifier: MIT */
#include "mount/serve/hooks.h"

#include "mount/kernel/session.h"

static void on_settled(void *arg, struct version *v, struct dir *dir,
		       const char *name)
{
	struct fs *fs = arg;
	int fd = atomic_load(&v->fd);
	struct file_key key;
	struct node *n;
	struct statx st;

	n = dir ? node_get(fs->nodes, v->owner) : NULL;
	if (n && fd >= 0 && !fd_statx(fd, &st)) {
		struct stat seen;

		key = statx_key(&st);
		node_set_key(fs->nodes, n, &key);
		statx_to_stat(&st, &seen);
		node_remember(fs->nodes, n, &seen);
	}
	node_put(fs->nodes, n);
	node_settled(fs->nodes, v->owner, dir, name);
}

static struct lineage *on_file_line(void *arg, const struct file_key *key,
				    struct lineage *l)
{
	struct fs *fs = arg;

	return node_line_by_key(fs->nodes, key, l);
}

static void on_wait_begin(void *arg)
{
	(void)arg;
	session_wait_begin();
}

static void on_wait_end(void *arg)
{
	(void)arg;
	session_wait_end();
}

struct version_hooks version_hooks_of(struct fs *fs)
{
	return (struct version_hooks){ on_settled, on_file_line, on_wait_begin,
				       on_wait_end, fs };
}
