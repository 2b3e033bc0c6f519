/* SPDX-License-Identifier: MIT */
#include "mount/entry/learning.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/sessions/sessions.h"
#include "core/version/authors.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/entry/entry.h"
#include "mount/entry/in_place.h"
#include "mount/entry/place.h"
#include "mount/entry/trusted.h"
#include "mount/kernel/loop.h"
#include "mount/node/handle.h"

/*
 * A file with several names has one node, so an OPEN does not tell which one it
 * came by: the last that its thread has looked up.
 */
struct looked {
	pid_t tid;
	uint64_t node;
	char *path;
};

#define LOOKED_MAX 256 /* threads that are remembered */

struct learning {
	/*
	 * atomic: ms.  Until then the kernel may trust a name that it was told
	 * of before a session learned, when its file had no other, so it is
	 * not looked up.
	 */
	_Atomic int64_t linked_until;
	pthread_mutex_t lock;
	struct looked looked[LOOKED_MAX]; /* under lock: by thread */
};

int learning_new(struct learning **ret)
{
	struct learning *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	pthread_mutex_init(&l->lock, NULL);
	*ret = l;
	return 0;
}

void learning_free(struct learning *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LOOKED_MAX; i++)
		free(l->looked[i].path);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

/* Takes @path. */
static void remember(struct learning *l, pid_t tid, uint64_t node, char *path)
{
	struct looked *slot = &l->looked[(unsigned int)tid % LOOKED_MAX];

	LOCK_SCOPE(&l->lock);
	free(slot->path);
	*slot = (struct looked){ tid, node, path };
}

/* A copy; NULL when it is not known. */
static char *recall(struct learning *l, pid_t tid, uint64_t node)
{
	struct looked *slot = &l->looked[(unsigned int)tid % LOOKED_MAX];

	LOCK_SCOPE(&l->lock);
	return slot->path && slot->tid == tid && slot->node == node
		       ? strdup(slot->path)
		       : NULL;
}

/* A session begins */

void learning_start(struct fs *fs)
{
	loop_wait_begin();
	trusted_drop(fs->trusted, fs->channel);
	loop_wait_end();
}

/* Requests */

/* False when the caller is in no session that learns. */
static bool see(struct request *q, struct learn_seen *ret)
{
	struct fs *fs = q->fs;
	struct changes *changes = fs->core->rooms.changes;

	q->by.session = sessions_of(fs->sessions, q->by.tid);
	if (!changes || !learn_is_told(fs->core->learn, q->by.session))
		return false;
	*ret = (struct learn_seen){ .session = q->by.session,
				    .uid = q->by.uid,
				    .seq = changes_seq(changes) };
	return true;
}

/* Without memory for a path, nothing can be told of all that it has read. */
static const char *path_or_all(const char *path)
{
	return path ? path : "";
}

static void look_link(struct learn *l, const struct learn_seen *s,
		      struct dir *dir, const char *name)
{
	char target[PATH_MAX + 1];
	auto_pin pin = { 0 };
	ssize_t n = dir_pin(dir, &pin);

	if (!n)
		n = readlinkat(pin.fd, name, target, sizeof(target) - 1);
	if (n < 0)
		return; /* it is gone: the READLINK meets the same */
	target[n] = '\0';
	learn_link(l, s, target);
}

void learning_look(struct request *q, struct dir *dir, const char *name,
		   int code, const struct entry *f)
{
	struct fs *fs = q->fs;
	bool linked = !code && S_ISREG(f->st.st_mode) && f->st.st_nlink > 1;
	auto_free char *path = NULL;
	struct learn_seen s;

	if (code != -ENOENT && !linked && (code || !S_ISLNK(f->st.st_mode)))
		return;
	if (!see(q, &s))
		return;
	path = dir_path(dir, name);
	s.path = path_or_all(path);
	if (!path)
		learn_cannot(fs->core->learn, &s);
	else if (code == -ENOENT)
		learn_absent(fs->core->learn, &s);
	else if (linked)
		remember(fs->learning, q->by.tid, f->node->id,
			 steal_ptr(&path));
	else
		look_link(fs->core->learn, &s, dir, name);
}

/* Opens */

struct opening {
	struct request *q;
	struct node *n;
	struct learn_seen s;
	struct stat st;
	bool foreign; /* another session writes it in place */
};

static void see_writer(struct handle *h, void *arg)
{
	struct opening *o = arg;

	o->foreign |= handle_can_write(h) && !h->version &&
		      !learn_is_within(o->q->fs->core->learn, h->by.session,
				       o->s.session);
}

static void tell_file(struct opening *o, struct dir *dir, const char *name,
		      const char *path)
{
	struct fs *fs = o->q->fs;
	bool shared = in_place_is(fs, dir, name);

	o->s.path = path;
	if (o->foreign)
		learn_cannot(fs->core->learn, &o->s);
	else
		learn_file(fs->core->learn, &o->s, &o->st, shared);
}

/* All names that the file is known to have. */
static bool tell_all_names(struct opening *o)
{
	struct fs *fs = o->q->fs;
	bool any = false;

	for (unsigned int i = 0;; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL, *path = NULL;
		struct file_key key;

		if (node_place(fs->nodes, o->n, i, &dir, &name, &key) < 0)
			return any;
		if (!dir_has(dir, name, &key))
			continue;
		path = dir_path(dir, name);
		if (path)
			tell_file(o, dir, name, path);
		any |= path != NULL;
	}
}

static void tell_cannot(struct opening *o, const char *path)
{
	o->s.path = path_or_all(path);
	learn_cannot(o->q->fs->core->learn, &o->s);
}

/* @dir, @name: one of the names. */
static void tell_linked(struct opening *o, struct dir *dir, const char *name)
{
	struct learning *l = o->q->fs->learning;
	auto_free char *path = recall(l, o->q->by.tid, o->n->id);
	bool trusted = now_ms() <= atomic_load(&l->linked_until);

	if (path)
		tell_file(o, dir, name, path);
	if ((!path || trusted) && !tell_all_names(o) && !path)
		tell_cannot(o, NULL);
}

/* Of the committed file with attributes o->st. */
static void tell_committed(struct opening *o)
{
	struct fs *fs = o->q->fs;
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *path = NULL;
	struct file_key key;

	node_each_handle(fs->nodes, o->n, see_writer, o);
	if (place_find(fs, o->n, &dir, &name, &key) < 0) {
		tell_cannot(o, NULL);
		return;
	}
	if (o->st.st_nlink > 1) {
		tell_linked(o, dir, name);
		return;
	}
	path = dir_path(dir, name);
	if (path)
		tell_file(o, dir, name, path);
	else
		tell_cannot(o, NULL);
}

static void opened_committed(struct opening *o, const struct handle *h)
{
	if (fstat(h->fd, &o->st) < 0 || !S_ISREG(o->st.st_mode))
		return;
	/* The record that it is written in place has just been made. */
	if (handle_can_write(h))
		o->s.seq--;
	tell_committed(o);
}

/* What it goes on with is what was committed there. */
static void opened_update(struct opening *o, struct dir *dir, const char *name,
			  const char *path)
{
	struct fs *fs = o->q->fs;
	struct statx st;

	if (versions_statx(fs->versions, dir, name, &st) < 0)
		return;
	statx_to_stat(&st, &o->st);
	if (!S_ISREG(o->st.st_mode))
		return;
	o->s.path = path;
	learn_file(fs->core->learn, &o->s, &o->st, false);
}

static void opened_pending(struct opening *o, const struct handle *h)
{
	struct fs *fs = o->q->fs;
	auto_dir *dir = NULL;
	auto_free char *name = NULL, *path = NULL;
	bool own = learn_is_within(fs->core->learn, version_session(h->version),
				   o->s.session);

	/* Without a name nothing can be said of it, nor made of it later. */
	if (version_first_name(h->version, &dir, &name) < 0)
		return;
	path = dir_path(dir, name);
	if (!path || !own)
		tell_cannot(o, path);
	else if (h->writing)
		opened_update(o, dir, name, path);
}

void learning_open(struct request *q, struct node *n, struct handle *h,
		   int flags)
{
	struct opening o = { .q = q, .n = n };

	/* Not those of .checkpoints. */
	if (n->kind != NODE_TREE || n->dir || (flags & O_TRUNC) ||
	    !see(q, &o.s))
		return;
	if (h->version)
		opened_pending(&o, h);
	else if (h->fd >= 0)
		opened_committed(&o, h);
}

void learning_create(struct request *q, struct dir *dir, const char *name,
		     int flags)
{
	auto_free char *path = NULL;
	struct learn_seen s;

	if (dir->marks || !(flags & (O_TRUNC | O_EXCL)) || !see(q, &s))
		return;
	path = dir_path(dir, name);
	s.path = path;
	if (path)
		learn_created(q->fs->core->learn, &s);
}

/* New names */

/* Of a file that had one name an OPEN has told all. */
static void note_names(struct request *q, struct node *n)
{
	struct fs *fs = q->fs;
	struct trusted_turn at = trusted_begin(fs->trusted, q->by.tid);

	for (unsigned int i = 0;; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;
		struct node *in;

		if (node_place(fs->nodes, n, i, &dir, &name, &key) < 0)
			break;
		in = node_for_dir(fs->nodes, dir);
		if (in)
			trusted_note(&at, in->id, name);
		node_put(fs->nodes, in);
	}
	trusted_end(&at);
}

void learning_linked(struct request *q, struct node *n)
{
	struct fs *fs = q->fs;
	struct opening o = { .q = q, .n = n };
	auto_version *v = NULL;
	double trusted;

	if (n->kind != NODE_TREE || n->dir)
		return;
	note_names(q, n);
	if (!learning_any(fs))
		return;
	atomic_store(&fs->learning->linked_until, now_ms() + fs->opt->cache_ms);
	if (!see(q, &o.s))
		return;
	v = node_version(fs->nodes, n);
	if (v && version_is_open(v))
		return; /* its own */
	if (!entry_getattr(fs, n, NULL, &o.st, &trusted) &&
	    S_ISREG(o.st.st_mode))
		tell_committed(&o);
}

void learning_moving(struct request *q, struct dir *dir, const char *name,
		     struct learning_moved *ret)
{
	struct learn_seen s;
	struct statx st;

	*ret = (struct learning_moved){ 0 };
	if (!learning_any(q->fs) || dir->marks ||
	    versions_statx(q->fs->versions, dir, name, &st) < 0)
		return;
	statx_to_stat(&st, &ret->st);
	if ((!S_ISREG(ret->st.st_mode) && !S_ISDIR(ret->st.st_mode)) ||
	    !see(q, &s))
		return;
	ret->any = true;
	ret->shared = in_place_is(q->fs, dir, name);
	ret->path = dir_path(dir, name);
	ret->session = s.session;
	ret->seq = s.seq;
	ret->uid = s.uid;
}

void learning_moved(struct request *q, struct learning_moved *m, int code)
{
	struct learn *l = q->fs->core->learn;
	const struct learn_seen s = { .session = m->session,
				      .uid = m->uid,
				      .seq = m->seq,
				      .path = path_or_all(m->path) };

	if (m->any && !code && !m->path)
		learn_cannot(l, &s);
	else if (m->any && !code && S_ISDIR(m->st.st_mode))
		learn_moved(l, &s, &m->st);
	else if (m->any && !code)
		learn_file(l, &s, &m->st, m->shared);
	free(m->path);
}

/* Listings */

struct joined {
	char *names; /* each with its NUL */
	size_t size;
	uint64_t count;
};

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* False: no memory. */
static bool join_names(const struct handle *h, struct joined *ret)
{
	size_t size = 0;
	char *at;

	for (size_t i = 0; i < h->list.count; i++)
		size += strlen(h->list.entries[i].name) + 1;
	*ret = (struct joined){ .names = malloc(size + 1) };
	at = ret->names;
	for (size_t i = 0; at && i < h->list.count; i++) {
		if (is_dots(h->list.entries[i].name))
			continue;
		at = stpcpy(at, h->list.entries[i].name) + 1;
		ret->count++;
	}
	ret->size = (size_t)(at - ret->names);
	return ret->names;
}

void learning_list(struct request *q, struct dir *dir, struct handle *h)
{
	struct learn *l = q->fs->core->learn;
	auto_free char *path = NULL;
	struct joined j = { 0 };
	struct learn_seen s;

	if (!see(q, &s))
		return;
	path = dir_path(dir, NULL);
	if (path && learn_has_list(l, s.session, path))
		return;
	s.path = path_or_all(path);
	if (path && join_names(h, &j))
		learn_listed(l, &s, j.names, j.size, j.count);
	else
		learn_cannot(l, &s);
	free(j.names);
}
