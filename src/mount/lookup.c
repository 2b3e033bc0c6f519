/* SPDX-License-Identifier: MIT */
/*
 * lookup: from a name to a node, and from a node to its attributes.
 */
#include "mount/fs.h"

#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/change.h"
#include "idemfs/control.h"
#include "mount/session.h"

#define NEW_OFTEN_MS 20	    /* see dir_timeout() */
#define PENDING_TOLD_MAX 64 /* versions of one name: far more than there are */

void reply_result(fuse_req_t req, int r)
{
	fuse_reply_err(req, -r);
}

struct caller fs_caller(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct caller){ .tid = ctx->pid,
				.uid = ctx->uid,
				.gid = ctx->gid,
				.umask = ctx->umask };
}

bool fs_in_place(struct fs *fs, struct dir *dir, const char *name)
{
	auto_free char *path = NULL;

	if (!rules_count(fs->opt->in_place))
		return false;
	if (!rules_need_path(fs->opt->in_place))
		return rules_match(fs->opt->in_place, name);
	path = dir_path(dir, name);
	return path && rules_match(fs->opt->in_place, path);
}

void fs_note_in_place(struct fs *fs, struct node *n)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;

	if (!fs_place(fs, n, &dir, &name, &key))
		change_in_place(fs->versions, dir, name);
}

double fs_long_timeout(struct fs *fs)
{
	return (double)fs->opt->cache_ms / 1000.0;
}

/* A file on another filesystem inside the tree gets a number of its own. */
uint64_t fs_ino(struct fs *fs, uint64_t dev, uint64_t ino)
{
	return dev == backing_root(fs->backing)->key.dev
		       ? ino
		       : ino ^ (dev << 40 | dev >> 24);
}

void fs_fix_ino(struct fs *fs, uint64_t dev, struct stat *st)
{
	st->st_ino = fs_ino(fs, dev, st->st_ino);
}

static void forget_node(struct fs *fs, uint64_t id)
{
	fuse_lowlevel_notify_inval_inode(fs->se, id, -1, 0);
}

void fs_forget_attr(struct fs *fs, struct dir *d)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void fs_forget_version(struct fs *fs, struct version *v)
{
	forget_node(fs, v->owner);
}

void fs_forget_pending(struct fs *fs, struct dir *dir, const char *name)
{
	uint64_t owners[PENDING_TOLD_MAX];
	size_t n = versions_owners(fs->versions, dir, name, owners,
				   PENDING_TOLD_MAX);

	while (n > 0)
		forget_node(fs, owners[--n]);
}

void fs_forget_closing(struct fs *fs, struct version *v)
{
	struct dir *d;

	while ((d = version_stale_dir(v))) {
		fs_forget_attr(fs, d);
		dir_put(d);
	}
}

void fs_forget_base_attr(struct fs *fs, struct version *v)
{
	struct file_key key;
	struct statx st;
	struct node *n;

	if (v->base < 0 || fd_statx(v->base, &st) < 0)
		return;
	key = statx_key(&st);
	n = node_find_file(fs->nodes, &key);
	if (n)
		forget_node(fs, n->id);
	node_put(fs->nodes, n);
}

void fs_forget_name(struct fs *fs, struct dir *d, const char *name)
{
	struct node *n = node_for_dir(fs->nodes, d);

	if (n) {
		session_wait_begin();
		fuse_lowlevel_notify_inval_entry(fs->se, n->id, name,
						 strlen(name));
		session_wait_end();
	}
	node_put(fs->nodes, n);
}

/* Found things */

/*
 * When a new name is about to appear, a directory's times will move.  If that
 * happens often, it does not pay to tell the kernel each time.  The flag comes
 * first: who closes looks at it after he is counted (fs_forget_closing()).
 */
static double dir_timeout(struct fs *fs, struct dir *d)
{
	if (atomic_load(&d->closing) ||
	    now_ms() < atomic_load(&d->new_ms) + NEW_OFTEN_MS)
		return 0;
	atomic_store(&d->attr_cached, true);
	return atomic_load(&d->closing) ? 0 : fs_long_timeout(fs);
}

static int found_dir(struct fs *fs, struct dir *d, const struct statx *st,
		     struct found *ret)
{
	ret->node = node_for_dir(fs->nodes, d);
	if (!ret->node)
		return -ENOMEM;
	statx_to_stat(st, &ret->st);
	fs_fix_ino(fs, d->key.dev, &ret->st);
	ret->entry_timeout = fs_long_timeout(fs);
	ret->attr_timeout = dir_timeout(fs, d);
	return 0;
}

int fs_found_dir(struct fs *fs, struct dir *d, struct found *ret)
{
	auto_pin pin = { 0 };
	struct statx st;
	int r = dir_pin(d, &pin);

	if (!r)
		r = fd_statx(pin.fd, &st);
	return r < 0 ? r : found_dir(fs, d, &st, ret);
}

int fs_stat_version(struct version *v, struct stat *ret)
{
	struct stat base;

	if (fstat(version_fd_for_read(v), ret) < 0)
		return -errno;
	/* It will replace its base; until it is opened it has no temp. */
	if (v->truncated && atomic_load(&v->fd) < 0)
		ret->st_size = ret->st_blocks = 0;
	/*
	 * Who updates a file may check that it stays the one he opened, as
	 * SQLite does: the copy gets its own number when it is promoted.  Until
	 * then that of the base is not given to another file.
	 */
	if (!v->truncated && v->base >= 0 && !fstat(v->base, &base)) {
		ret->st_dev = base.st_dev;
		ret->st_ino = base.st_ino;
	}
	/* The kernel lets nobody link what has no link. */
	if (!ret->st_nlink && version_is_named(v))
		ret->st_nlink = 1;
	return 0;
}

/*
 * What a pending version looks like.  Its name is looked up each time; its
 * attributes change through its own node, or fs_forget_pending() is called.
 */
static int found_version(struct fs *fs, struct version *v, struct dir *dir,
			 const char *name, pid_t tid, struct found *ret)
{
	int r = fs_stat_version(v, &ret->st);

	if (r < 0)
		return r;
	fs_fix_ino(fs, ret->st.st_dev, &ret->st);
	ret->node = node_get(fs->nodes, v->owner);
	if (!ret->node)
		return -ESTALE;
	/*
	 * It may be settled, even dropped, before the GETATTR and OPEN of this
	 * walk come: they must be answered, and be led back here.
	 */
	node_moved(fs->nodes, ret->node, dir, name);
	node_remember(fs->nodes, ret->node, &ret->st);
	node_note_path(fs->nodes, ret->node, tid);
	ret->entry_timeout = 0;
	ret->attr_timeout = fs_long_timeout(fs);
	return 0;
}

int fs_found_file(struct fs *fs, struct dir *dir, const char *name,
		  const struct statx *st, struct found *ret)
{
	struct file_key key = statx_key(st);

	if (S_ISDIR(st->stx_mode) && backing_is_hidden(fs->backing, &key))
		return -ENOENT;
	if (S_ISDIR(st->stx_mode)) {
		auto_dir *d = dir_intern(dir, name, &key);

		if (d)
			atomic_store(&d->mount, st->stx_mnt_id);
		return d ? found_dir(fs, d, st, ret) : -ENOMEM;
	}
	ret->node = node_for_file(fs->nodes, &key, st->stx_mode, dir, name);
	if (!ret->node)
		return -ENOMEM;
	versions_share_line(fs->versions, dir, name, &key);
	statx_to_stat(st, &ret->st);
	node_remember(fs->nodes, ret->node, &ret->st);
	fs_fix_ino(fs, key.dev, &ret->st);
	return 0;
}

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
	if (code < 0 || nn.node->id != (*ret_version)->owner)
		node_settled(fs->nodes, nn.node->id, NULL, NULL);
	node_put(fs->nodes, nn.node);
	return code;
}

/*
 * Opens for a reader what he is about to open, before it can be replaced.
 * -EAGAIN when it just has been: then it is looked up again.
 */
static int pin_for_reader(struct fs *fs, struct redirect *r, struct node *n)
{
	int fd, code;

	if (r->fd >= 0 && r->target == n->id)
		return 0;
	code = fs_open_node(fs, n, O_RDONLY, &fd);
	if (code == -ESTALE)
		return -EAGAIN;
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
	if (fs_in_place(fs, dir, name))
		return 0;
	code = fs_reserve(fs, dir, name, r->tid, r->trunc, &v);
	node_put(fs->nodes, steal_ptr(&f->node));
	if (code == -ESTALE)
		return -EAGAIN; /* it is no regular file any more */
	if (!code)
		code = redirect_holds(r, v, dir, name);
	return code < 0 ? code : found_version(fs, v, dir, name, r->tid, f);
}

/* The second LOOKUP finds what the first reserved. */
static bool is_reserved(const struct redirect *r, struct dir *dir,
			const char *name)
{
	return r && r->version && redirect_is_at(r, dir, name);
}

/* Lookup */

static int lookup_plain(struct fs *fs, struct dir *dir, const char *name,
			pid_t tid, struct redirect *r, struct found *ret)
{
	unsigned long epoch = atomic_load(&dir->epoch);
	auto_version *own = NULL;
	bool pending;
	struct statx st;
	int code;

	versions_find(fs->versions, dir, name, tid, &own, &pending);
	if (own && r && r->write) {
		/* Another thread of his may close it before his OPEN comes. */
		if (!version_hold(own))
			return -EAGAIN;
		code = redirect_holds(r, version_get(own), dir, name);
		if (code < 0)
			return code;
	}
	if (own && !found_version(fs, own, dir, name, tid, ret))
		return 0;
	code = dir_statx(dir, name, &st);
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
		code = found_version(fs, r->version, dir, name, tid, ret);
	else
		do {
			code = lookup_plain(fs, dir, name, tid, r, ret);
		} while (code == -EAGAIN);
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
	if (tree_reserved(dir, name))
		return -ENOENT;
	if (!dir->parent && !strcmp(name, IDEMFS_CHECKPOINTS))
		return marks_lookup(fs, dir, name, ret);
	return lookup_name(fs, dir, name, tid, ret);
}

/* Answers */

static struct fuse_entry_param entry_param(const struct found *f)
{
	return (struct fuse_entry_param){
		.ino = f->node->id,
		.generation = 0,
		.attr = f->st,
		.attr_timeout = f->attr_timeout,
		.entry_timeout = f->entry_timeout,
	};
}

void reply_found(fuse_req_t req, struct fs *fs, struct found *f)
{
	struct fuse_entry_param e = entry_param(f);

	node_told(fs->nodes, f->node);
	if (fuse_reply_entry(req, &e) < 0)
		node_forget(fs->nodes, e.ino, 1);
	node_put(fs->nodes, f->node);
}

int reply_created(fuse_req_t req, struct fs *fs, struct found *f,
		  struct fuse_file_info *fi)
{
	struct fuse_entry_param e = entry_param(f);
	int r;

	node_told(fs->nodes, f->node);
	r = fuse_reply_create(req, &e, fi);
	if (r < 0)
		node_forget(fs->nodes, e.ino, 1);
	node_put(fs->nodes, f->node);
	return r;
}

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

/* Places */

bool fs_is_at(struct dir *dir, const char *name, const struct file_key *key)
{
	struct file_key found;
	struct statx st;

	if (dir_statx(dir, name, &st) < 0)
		return false;
	found = statx_key(&st);
	return file_key_equal(&found, key);
}

/* Of several places the latest at which the file is. */
static int linked_place(struct fs *fs, struct node *n, struct dir **ret_dir,
			char **ret_name, struct file_key *ret_key)
{
	for (unsigned int i = 0;; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;
		int r = node_place(fs->nodes, n, i, &dir, &name, &key);

		if (r < 0)
			return r;
		if (!fs_is_at(dir, name, &key))
			continue;
		*ret_dir = steal_ptr(&dir);
		*ret_name = steal_ptr(&name);
		*ret_key = key;
		return 0;
	}
}

int fs_place(struct fs *fs, struct node *n, struct dir **ret_dir,
	     char **ret_name, struct file_key *ret_key)
{
	if (node_is_linked(fs->nodes, n) &&
	    !linked_place(fs, n, ret_dir, ret_name, ret_key))
		return 0;
	return node_place(fs->nodes, n, 0, ret_dir, ret_name, ret_key);
}

/* Attributes */

int fs_open_node(struct fs *fs, struct node *n, int flags, int *ret_fd)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = fs_place(fs, n, &parent, &name, &key);

	if (!r)
		r = dir_open_file(parent, name, flags, &key, ret_fd);
	/* Replaced or gone, but somebody here may have it open. */
	if (r == -ESTALE || r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		r = node_reopen(fs->nodes, n, flags, ret_fd);
	return r;
}

static int stat_committed(struct fs *fs, struct node *n, struct stat *ret,
			  double *ret_timeout)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct statx st;
	struct file_key key, found;
	auto_fd fd = -1;
	int r = fs_place(fs, n, &parent, &name, &key);

	if (!r)
		r = dir_statx(parent, name, &st);
	if (!r) {
		found = statx_key(&st);
		statx_to_stat(&st, ret);
		if (file_key_equal(&found, &key)) {
			node_remember(fs->nodes, n, ret);
			*ret_timeout = fs_long_timeout(fs);
			return 0;
		}
	}
	r = node_reopen(fs->nodes, n, O_PATH, &fd);
	if (!r)
		return fstat(fd, ret) < 0 ? -errno : 0;
	/*
	 * Replaced between somebody's LOOKUP and this GETATTR, which the VFS
	 * sends for a permission check: an error would cost him the one retry
	 * that his OPEN may need.
	 */
	node_recall(fs->nodes, n, ret);
	return ret->st_mode ? 0 : -ESTALE;
}

static int stat_dir(struct fs *fs, struct dir *d, struct stat *ret,
		    double *ret_timeout)
{
	struct found f;
	int r;

	versions_wait_times(fs->versions, d);
	r = fs_found_dir(fs, d, &f);
	if (r < 0)
		return r;
	node_put(fs->nodes, f.node);
	*ret = f.st;
	*ret_timeout = f.attr_timeout;
	return 0;
}

int fs_getattr(struct fs *fs, struct node *n, struct handle *h,
	       struct stat *ret, double *ret_timeout)
{
	auto_version *v = NULL;
	int r;

	*ret_timeout = 0;
	if (n->dir)
		return n->dir->marks ? marks_stat(fs, n, ret)
				     : stat_dir(fs, n->dir, ret, ret_timeout);
	if (fs_is_mark(n))
		return marks_stat(fs, n, ret);
	v = node_version(fs->nodes, n);
	if (v) {
		r = fs_stat_version(v, ret);
		*ret_timeout = fs_long_timeout(fs);
	} else if (h) {
		r = fstat(handle_any_fd(h), ret) < 0 ? -errno : 0;
	} else {
		r = stat_committed(fs, n, ret, ret_timeout);
	}
	if (!r)
		fs_fix_ino(fs, ret->st_dev, ret);
	return r;
}

void fs_op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	auto_node n = fs_node(fs, ino);
	double timeout = 0;
	struct stat st;
	int r = -ESTALE;

	if (n.n)
		r = fs_getattr(fs, n.n, fi ? fs_handle(fi) : NULL, &st,
			       &timeout);
	if (r < 0)
		reply_result(req, r == -ENOENT ? -ESTALE : r);
	else
		fuse_reply_attr(req, &st, timeout);
}
