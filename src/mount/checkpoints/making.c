/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/making.h"

#include "base/util.h"
#include "core/version/pending.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/groups.h"
#include "mount/checkpoints/hidden.h"
#include "mount/entry/place.h"

struct barrier {
	struct fs *fs;
	atomic_bool interrupted;
};

static void interrupt(fuse_req_t req, void *data)
{
	struct barrier *b = data;

	(void)req;
	atomic_store(&b->interrupted, true);
	versions_wake(b->fs->versions);
}

/* Makes the mark, or renames it to @to_name; Ctrl-C ends the wait (C7). */
static int behind_barrier(struct request *q, struct checkpoint *c,
			  struct dir *to, const char *to_name,
			  unsigned int flags)
{
	struct fs *fs = q->fs;
	struct barrier b = { .fs = fs };
	int r;

	request_find_session(q);
	/* A step has said by its handle which session it is. */
	if (!c->session)
		c->session = q->by.session;
	c->by = q->by;
	c->learn = fs->core->learn;
	c->sessions = fs->sessions;
	c->interrupted = &b.interrupted;
	fuse_req_interrupt_func(q->req, interrupt, &b);
	r = to ? checkpoint_rename(fs->versions, c, to, to_name, flags)
	       : checkpoint_make(fs->versions, c);
	fuse_req_interrupt_func(q->req, NULL, NULL);
	return r;
}

static int make_mark(struct request *q, struct checkpoint *c)
{
	/* Dot names are idemfs' own; a temp name of mktemp may begin so. */
	int r = control_of(c->dir, c->name)
			? -EACCES
			: hidden_clear(q->fs, c->dir, c->name);

	return r ? r : behind_barrier(q, c, NULL, NULL, 0);
}

int making_new(struct request *q, const struct checkpoint *spec)
{
	struct fs *fs = q->fs;
	struct checkpoint c = *spec;
	struct stat in;
	/* The top is what it is shown as, be it a run. */
	bool top = c.dir == groups_listed(fs);
	int r = groups_stat(fs, top ? backing_marks(fs->backing) : c.dir, &in);

	c.in = &in;
	return r < 0 ? r : make_mark(q, &c);
}

int making_fail(struct request *q, const struct checkpoint *spec)
{
	struct checkpoint c = *spec;

	c.by = q->by;
	c.learn = q->fs->core->learn;
	c.sessions = q->fs->sessions;
	return checkpoint_fail(q->fs->versions, &c);
}

int making_again(struct request *q, struct node *n)
{
	auto_dir *dir = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(q->fs, n, &dir, &name, &key);
	struct checkpoint c = { .dir = dir, .name = name };
	struct statx st;

	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	c.mode = st.stx_mode & 0777;
	r = make_mark(q, &c);
	/* From here on the node is that of the new file. */
	if (!r && !dir_statx(dir, name, &st)) {
		key = statx_key(&st);
		node_set_key(q->fs->nodes, n, &key);
	}
	return r;
}

int making_rename(struct request *q, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name, unsigned int flags)
{
	struct checkpoint c = { .dir = dir, .name = name };

	return behind_barrier(q, &c, to, to_name, flags);
}
