/* SPDX-License-Identifier: MIT */
/*
 * lookup: from a name to a node.
 */
#include "core/backing/reserved.h"
#include "mount/fs/fs.h"

#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "idemfs/control.h"

/* Redirected opens */

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

int fs_reserve(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
	       bool trunc, struct version **ret_version)
{
	struct new_node nn = { .fs = fs };
	int code = version_reserve(fs->versions, dir, name, tid, trunc,
				   make_owner, &nn, ret_version);

	if (!nn.node)
		return code;
	/* It joined another version, or there is none: the node is for nothing. */
	if (code || nn.node->id != (*ret_version)->owner)
		node_settled(fs->nodes, nn.node->id, NULL, NULL);
	node_put(fs->nodes, nn.node);
	return code;
}

/* No -EAGAIN, which says that somebody has a lease (backing.h). */
#define LOOK_AGAIN (-ERESTART)

/*
 * Opens for a reader what he is about to open, before it can be replaced.
 * LOOK_AGAIN when it just has been.
 */
static int pin_for_reader(struct fs *fs, struct redirect *r, struct node *n)
{
	int fd, code;

	if (r->fd >= 0 && r->target == n->id)
		return 0;
	code = fs_open_node(fs, n, O_RDONLY, &fd);
	if (code == -ESTALE)
		return LOOK_AGAIN;
	if (code < 0)
		return 0; /* his OPEN will find the same trouble */
	close_fd(r->fd);
	r->fd = fd;
	r->target = n->id;
	return 0;
}

/*
 * The LOOKUPs of a thread whose OPEN was answered with ESTALE.  Two come for
 * the last name: one that finds that the old dentry is wrong, one that makes
 * the new.  The last name is the one that leads to a regular file: what OPEN
 * came for is no evidence, since it may have another name by now, and the
 * opener's may lead to another file.
 */
static int found_redirected(struct fs *fs, struct redirect *r, struct dir *dir,
			    const char *name, struct found *f)
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
	if (fs_opens_in_place(fs, dir, name, r->trunc))
		return 0;
	code = fs_reserve(fs, dir, name, r->tid, r->trunc, &v);
	/* In place, or refused: the OPEN meets the same, and says so. */
	if (code && code != -ENOENT && code != -ESTALE)
		return 0;
	node_put(fs->nodes, steal_ptr(&f->node));
	if (code == -ESTALE)
		return LOOK_AGAIN; /* it is no regular file any more */
	if (!code)
		code = redirect_holds(r, v, dir, name);
	return code < 0 ? code : fs_found_version(fs, v, dir, name, r->tid, f);
}

/* The second LOOKUP finds what the first reserved. */
static bool is_reserved(const struct redirect *r, struct dir *dir,
			const char *name)
{
	return r && r->version && redirect_is_at(r, dir, name);
}

/*
 * Who cannot be sent back is given a node of his own each time: he may be about
 * to open it for writing, which is then apart from all others who have the file.
 */
static int found_unseen(struct fs *fs, struct dir *dir, const char *name,
			const struct statx *st, struct found *f)
{
	struct file_key key = statx_key(st);
	struct lineage *line;

	f->entry_timeout = 0;
	if (fs_in_place(fs, dir, name))
		return 0;
	node_put(fs->nodes, f->node);
	f->node = node_for_one(fs->nodes, &key, st->stx_mode, dir, name);
	if (!f->node)
		return -ENOMEM;
	node_remember(fs->nodes, f->node, &f->st);
	/* Once it is replaced, that can be found no more. */
	if (!versions_line(fs->versions, dir, name, &key, &line)) {
		node_line(fs->nodes, f->node, line);
		lineage_put(line);
	}
	return 0;
}

/* Lookup */

/* Another name of it may be promoted: @ret was seen before, or not for long. */
static int look_at_links(struct fs *fs, const struct statx *st,
			 struct found *ret)
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
			pid_t tid, struct redirect *r, struct found *ret)
{
	unsigned long epoch = atomic_load(&dir->epoch);
	unsigned long tails = atomic_load(&fs->versions->tails);
	auto_version *own = NULL;
	bool pending;
	struct statx st;
	int code;

	versions_find(fs->versions, dir, name, tid, &own, &pending);
	if (own && r && r->write) {
		/* Another thread of his may close it before his OPEN comes. */
		if (!version_hold(own))
			return LOOK_AGAIN;
		code = redirect_holds(r, version_get(own), dir, name);
		if (code < 0)
			return code;
	}
	if (own && !fs_found_version(fs, own, dir, name, tid, ret))
		return 0;
	code = versions_statx(fs->versions, dir, name, &st);
	if (code < 0 && code != -ENOENT)
		return code;
	/* What was promoted while we looked may not be cached as it was. */
	if (!pending)
		pending = versions_any(fs->versions, dir, name) ||
			  atomic_load(&dir->epoch) != epoch;
	ret->entry_timeout = ret->attr_timeout = pending ? 0
							 : fs_long_timeout(fs);
	if (code < 0)
		return code;
	code = fs_found_file(fs, dir, name, &st, ret);
	/* The node may be that of the next version already. */
	if (!code && atomic_load(&fs->versions->tails) != tails) {
		node_put(fs->nodes, steal_ptr(&ret->node));
		return LOOK_AGAIN;
	}
	if (!code)
		code = look_at_links(fs, &st, ret);
	if (!code && !redirect_can(tid) && S_ISREG(ret->st.st_mode))
		return found_unseen(fs, dir, name, &st, ret);
	if (!code && r && r->rename)
		ret->entry_timeout = 0;
	else if (!code && r)
		code = found_redirected(fs, r, dir, name, ret);
	return code;
}

static int lookup_name(struct fs *fs, struct dir *dir, const char *name,
		       pid_t tid, struct found *ret)
{
	struct redirect *r;
	int code;

	r = redirect_take(fs->redirects, tid);
	if (r && redirect_is_over(r, dir, name))
		redirect_end(fs->redirects, steal_ptr(&r));
	if (is_reserved(r, dir, name))
		code = fs_found_version(fs, r->version, dir, name, tid, ret);
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

int fs_lookup(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
	      struct found *ret)
{
	*ret = (struct found){ 0 };
	if (dir->marks)
		return marks_lookup(fs, dir, name, ret);
	if (reserved_name(dir, name))
		return -ENOENT;
	if (!dir->parent && !strcmp(name, IDEMFS_CHECKPOINTS))
		return marks_lookup(fs, dir, name, ret);
	return lookup_name(fs, dir, name, tid, ret);
}

/* Answers */

static void reply_absent(fuse_req_t req, const struct found *f)
{
	struct fuse_entry_param e = { .entry_timeout = f->entry_timeout };

	/* Node 0: the absence itself may be remembered. */
	if (f->entry_timeout > 0)
		fuse_reply_entry(req, &e);
	else
		fuse_reply_err(req, ENOENT);
}

void reply_name(fuse_req_t req, struct fs *fs, struct dir *dir,
		const char *name)
{
	struct found f;
	int r = fs_lookup(fs, dir, name, fuse_req_ctx(req)->pid, &f);

	if (r < 0)
		reply_result(req, r);
	else
		reply_found(req, fs, &f);
}

void fs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fs *fs = fs_of(req);
	auto_node p = fs_node(fs, parent);
	struct dir *dir;
	struct found f = { 0 };
	int r;

	if (p.n && fs_is_inflight(p.n)) {
		r = inflight_lookup(fs, p.n, name, &f);
	} else {
		r = fs_dir_of(&p, name, &dir);
		if (!r)
			r = fs_lookup(fs, dir, name, fuse_req_ctx(req)->pid,
				      &f);
	}
	if (!r)
		reply_found(req, fs, &f);
	else if (r == -ENOENT)
		reply_absent(req, &f);
	else
		reply_result(req, r);
}

void fs_op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	node_forget(fs_of(req)->nodes, ino, count);
	fuse_reply_none(req);
}

void fs_op_forget_multi(fuse_req_t req, size_t count,
			struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		node_forget(fs_of(req)->nodes, forgets[i].ino,
			    forgets[i].nlookup);
	fuse_reply_none(req);
}
