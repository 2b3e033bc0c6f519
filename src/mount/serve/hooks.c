/* SPDX-License-Identifier: MIT */
#include "mount/serve/hooks.h"

#include "core/version/shown.h"
#include "mount/entry/redirect.h"
#include "mount/file/file.h"
#include "mount/kernel/gate.h"
#include "mount/node/handle.h"

static void on_settled(void *arg, struct version *v, struct dir *dir,
		       const char *name)
{
	struct fs *fs = arg;
	int fd = version_temp_fd(v);
	struct file_key key;
	struct node *n;
	struct statx st;

	n = dir ? node_get(fs->nodes, version_facts(v).owner) : NULL;
	if (n && fd >= 0 && !fd_statx(fd, &st)) {
		struct stat seen;

		key = statx_key(&st);
		node_set_key(fs->nodes, n, &key);
		statx_to_stat(&st, &seen);
		node_remember(fs->nodes, n, &seen);
	}
	node_put(fs->nodes, n);
	node_settled(fs->nodes, version_facts(v).owner, dir, name);
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
	loop_wait_begin();
}

static void on_wait_end(void *arg)
{
	(void)arg;
	loop_wait_end();
}

struct version_hooks version_hooks_of(struct fs *fs)
{
	return (struct version_hooks){ on_settled, on_file_line, on_wait_begin,
				       on_wait_end, fs };
}

static void on_request(void *arg, const struct gate_verdict *v)
{
	struct fs *fs = arg;

	if (v->release)
		file_passes_release(fs, (struct handle *)(uintptr_t)v->release);
	if (v->busy_thread && redirects_any(fs->redirects))
		redirect_given_up(fs->redirects, v->busy_thread);
	if (v->thread)
		versions_thread_seen(fs->versions, v->thread);
}

struct loop_hooks loop_hooks_of(struct fs *fs)
{
	return (struct loop_hooks){ on_request, fs };
}
