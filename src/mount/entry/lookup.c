/* SPDX-License-Identifier: MIT */
/*
 * lookup: from a name to a node.
 */
#include <fcntl.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/cache.h"
#include "mount/entry/entry.h"
#include "mount/entry/in_place.h"
#include "mount/entry/place.h"
#include "mount/entry/redirect.h"

/* Redirected opens */

/* Not -EAGAIN, which says that a process has a lease (backing.h). */
#define LOOK_AGAIN (-ERESTART)

/*
 * Opens, for a reader, the file that its OPEN will come for, before it can be
 * replaced.  LOOK_AGAIN when it has just been replaced.
 */
static int pin_for_reader(struct fs *fs, struct redirect *r, struct node *n)
{
	int fd, code;

	if (r->fd >= 0 && r->target == n->id)
		return 0;
	code = place_open(fs, n, O_RDONLY, &fd);
	if (code == -ESTALE)
		return LOOK_AGAIN;
	if (code < 0)
		return 0; /* the OPEN will meet the same error */
	close_fd(r->fd);
	r->fd = fd;
	r->target = n->id;
	return 0;
}

/*
 * The LOOKUPs of a thread whose OPEN was answered with ESTALE.  Two come for
 * the last name: the first finds that the old dentry is wrong, the second makes
 * the new one.  The last name is the one that leads to a regular file.  The
 * node that OPEN came for does not tell: its file may have another name by now,
 * and the opener's name may lead to another file.
 */
static int entry_redirected(struct fs *fs, struct redirect *r, struct dir *dir,
			    const char *name, struct entry *f)
{
	struct version *v;
	int code;

	if (!S_ISREG(f->st.st_mode))
		return 0;
	if (!r->write) {
		code = pin_for_reader(fs, r, f->node);
		if (code < 0)
			node_put(fs->nodes, steal_ptr(&f->node));
		f->entry_timeout = f->attr_timeout = 0;
		return code;
	}
	if (in_place_opens(fs, dir, name, r->trunc))
		return 0;
	code = entry_reserve(fs, dir, name, r->tid, r->trunc, &v);
	/* In place, or refused: the OPEN meets the same, and answers. */
	if (code && code != -ENOENT && code != -ESTALE)
		return 0;
	node_put(fs->nodes, steal_ptr(&f->node));
	if (code == -ESTALE)
		return LOOK_AGAIN; /* it is no regular file any more */
	if (!code)
		code = redirect_holds(r, v, dir, name);
	return code < 0 ? code : entry_of_version(fs, v, dir, name, r->tid, f);
}

/* The second LOOKUP finds what the first reserved. */
static bool is_reserved(const struct redirect *r, struct dir *dir,
			const char *name)
{
	return r && r->version && redirect_is_at(r, dir, name);
}

/*
 * A caller that cannot be sent back gets a node of its own each time.  It may
 * be about to open it for writing, and then that open is apart from all others
 * of the file.
 */
static int entry_for_one(struct fs *fs, struct dir *dir, const char *name,
			 const struct statx *st, struct entry *f)
{
	struct file_key key = statx_key(st);
	struct lineage *line;

	f->entry_timeout = 0;
	if (in_place_is(fs, dir, name))
		return 0;
	node_put(fs->nodes, f->node);
	f->node = node_for_one(fs->nodes, &key, st->stx_mode, dir, name);
	if (!f->node)
		return -ENOMEM;
	node_remember(fs->nodes, f->node, &f->st);
	/* Once the file is replaced, its lineage cannot be found any more. */
	if (!versions_line(fs->versions, dir, name, &key, &line)) {
		node_line(fs->nodes, f->node, line);
		lineage_put(line);
	}
	return 0;
}

/* Lookup */

/* A version may be promoted at another name of it, which changes @ret. */
static int look_at_links(struct fs *fs, const struct statx *st,
			 struct entry *ret)
{
	struct file_key key = statx_key(st);
	enum replaced r;

	if (!S_ISREG(st->stx_mode) || st->stx_nlink < 2)
		return 0;
	r = versions_wait_replaced(fs->versions, &key);
	if (r != REPLACED_NOT)
		ret->attr_timeout = 0;
	if (r != REPLACED_NOW)
		return 0;
	node_put(fs->nodes, steal_ptr(&ret->node));
	return LOOK_AGAIN;
}

static int lookup_plain(struct fs *fs, struct dir *dir, const char *name,
			pid_t tid, struct redirect *r, struct entry *ret)
{
	unsigned long epoch = atomic_load(&dir->epoch);
	unsigned long tails = versions_tails(fs->versions);
	auto_version *own = NULL;
	bool pending;
	struct statx st;
	int code;

	versions_find(fs->versions, dir, name, tid, &own, &pending);
	if (own && r && r->write) {
		/* Another thread of it may close it before the OPEN comes. */
		if (!version_hold(own))
			return LOOK_AGAIN;
		code = redirect_holds(r, version_get(own), dir, name);
		if (code < 0)
			return code;
	}
	if (own && !entry_of_version(fs, own, dir, name, tid, ret))
		return 0;
	code = versions_statx(fs->versions, dir, name, &st);
	if (code < 0 && code != -ENOENT)
		return code;
	/* If it was promoted meanwhile, its old state may not be cached. */
	if (!pending)
		pending = versions_any(fs->versions, dir, name) ||
			  atomic_load(&dir->epoch) != epoch;
	ret->entry_timeout = pending ? 0 : cache_name_timeout(fs);
	ret->attr_timeout = pending ? 0 : cache_timeout(fs);
	if (code < 0)
		return code;
	code = entry_of_file(fs, dir, name, &st, ret);
	/* The node may be that of the next version by now. */
	if (!code && versions_tails(fs->versions) != tails) {
		node_put(fs->nodes, steal_ptr(&ret->node));
		return LOOK_AGAIN;
	}
	if (!code)
		code = look_at_links(fs, &st, ret);
	if (!code && !redirect_can(tid) && S_ISREG(ret->st.st_mode))
		return entry_for_one(fs, dir, name, &st, ret);
	if (!code && r && r->rename)
		ret->entry_timeout = 0;
	else if (!code && r)
		code = entry_redirected(fs, r, dir, name, ret);
	return code;
}

static int lookup_name(struct fs *fs, struct dir *dir, const char *name,
		       pid_t tid, struct entry *ret)
{
	struct redirect *r;
	int code;

	r = redirect_take(fs->redirects, tid);
	if (r && redirect_is_over(r, dir, name))
		redirect_end(fs->redirects, steal_ptr(&r));
	if (is_reserved(r, dir, name))
		code = entry_of_version(fs, r->version, dir, name, tid, ret);
	else
		do {
			code = lookup_plain(fs, dir, name, tid, r, ret);
		} while (code == LOOK_AGAIN);
	if (r) {
		redirect_looked(r, dir, name, !code);
		redirect_put(fs->redirects, r);
	}
	return code;
}

int entry_lookup(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
		 struct entry *ret)
{
	*ret = (struct entry){ 0 };
	if (reserved_name(dir, name))
		return -ENOENT;
	return lookup_name(fs, dir, name, tid, ret);
}
