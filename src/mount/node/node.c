/* SPDX-License-Identifier: MIT */
#include "mount/node/node.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/node/handle.h"
#include "mount/node/nodeplaces.h"
#include "mount/node/nodestore.h"

#define ROOT_ID 1 /* FUSE_ROOT_ID: slot 1, generation 0 */

struct node_table {
	pthread_mutex_t lock;
	struct nodestore store; /* under lock */
	struct handle *dirs;	/* under lock: directories that are open */
};

static struct node *alloc_locked(struct node_table *t, mode_t type)
{
	struct node *n = nodestore_take(&t->store);

	if (!n)
		return NULL;
	n->type = type & S_IFMT;
	n->refs = 1;
	return n;
}

static struct node_use *use_locked(struct node *n)
{
	if (n->use)
		return n->use;
	n->use = calloc(1, sizeof(*n->use));
	if (n->use)
		n->use->seen_ns = -1;
	return n->use;
}

static struct version *version_locked(const struct node *n)
{
	return n->use ? n->use->version : NULL;
}

static void key_locked(struct node_table *t, struct node *n,
		       const struct file_key *key)
{
	nodestore_leave(&t->store, n);
	nodestore_enter(&t->store, n, key);
}

static void free_locked(struct node_table *t, struct node *n)
{
	nodestore_leave(&t->store, n);
	dir_put(n->dir);
	nodeplaces_trim(n, 0);
	if (n->use)
		lineage_put(n->use->line);
	free(n->use);
	nodestore_give(&t->store, n);
}

static void free_if_unused_locked(struct node_table *t, struct node *n)
{
	if (!n->refs && !n->nlookup && !version_locked(n))
		free_locked(t, n);
}

int node_table_new(struct dir *root, struct node_table **ret)
{
	struct node_table *t = calloc(1, sizeof(*t));
	struct node *n;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->lock, NULL);
	n = nodestore_init(&t->store) < 0 ? NULL : alloc_locked(t, S_IFDIR);
	if (!n) {
		node_table_free(t);
		return -ENOMEM;
	}
	n->dir = dir_get(root);
	key_locked(t, n, &root->key);
	*ret = t;
	return 0;
}

static void link_locked(struct handle **list, struct handle *h)
{
	h->prev = NULL;
	h->next = *list;
	if (*list)
		(*list)->prev = h;
	*list = h;
}

static void unlink_locked(struct handle **list, struct handle *h)
{
	if (h->prev)
		h->prev->next = h->next;
	else
		*list = h->next;
	if (h->next)
		h->next->prev = h->prev;
}

static void free_all_locked(struct handle **list)
{
	struct handle *h;

	while ((h = *list)) {
		unlink_locked(list, h);
		handle_free(h);
	}
}

static void end_locked(struct node_table *t, struct node *n)
{
	free_all_locked(&n->handles);
	version_put(version_locked(n));
	free_locked(t, n);
}

void node_table_free(struct node_table *t)
{
	if (!t)
		return;
	free_all_locked(&t->dirs);
	nodestore_each(&t->store, end_locked, t);
	nodestore_release(&t->store);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct node *node_get(struct node_table *t, uint64_t id)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = nodestore_get(&t->store, id);
	if (n)
		n->refs++;
	return n;
}

void node_put(struct node_table *t, struct node *n)
{
	if (!n)
		return;
	LOCK_SCOPE(&t->lock);
	n->refs--;
	free_if_unused_locked(t, n);
}

static struct node *find_key_locked(struct node_table *t,
				    const struct file_key *key, mode_t type)
{
	struct node *n;

	n = nodestore_find(&t->store, key);
	/* Another kind of file under an old identity is another file. */
	if (n && n->type != (type & S_IFMT)) {
		nodestore_leave(&t->store, n);
		return NULL;
	}
	if (n)
		n->refs++;
	return n;
}

/* The node of @key, made if there is none: of @kind. */
static struct node *make_key_locked(struct node_table *t,
				    const struct file_key *key, mode_t type,
				    enum node_kind kind)
{
	struct node *n = find_key_locked(t, key, type);

	if (n)
		return n;
	n = alloc_locked(t, type);
	if (!n)
		return NULL;
	n->kind = kind & 7;
	key_locked(t, n, key);
	return n;
}

struct node *node_for_dir(struct node_table *t, struct dir *d)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_key_locked(t, &d->key, S_IFDIR);
	if (n && n->dir == d)
		return n;
	if (n) {
		/* It was removed, and a new one has its identity. */
		nodestore_leave(&t->store, n);
		n->refs--;
		free_if_unused_locked(t, n);
	}
	n = alloc_locked(t, S_IFDIR);
	if (!n)
		return NULL;
	n->kind = d->marks ? NODE_MARKS : NODE_TREE;
	n->dir = dir_get(d);
	key_locked(t, n, &d->key);
	return n;
}

struct node *node_for_file(struct node_table *t, const struct file_key *key,
			   mode_t type, struct dir *parent, const char *name)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = make_key_locked(t, key, type,
			    parent->marks ? NODE_MARK : NODE_TREE);
	if (n)
		nodeplaces_enter(n, parent, name);
	return n;
}

struct node *node_for_one(struct node_table *t, const struct file_key *key,
			  mode_t type, struct dir *parent, const char *name)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = alloc_locked(t, type);
	if (!n)
		return NULL;
	n->key = *key;
	nodeplaces_enter(n, parent, name);
	return n;
}

struct node *node_find_file(struct node_table *t, const struct file_key *key)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = nodestore_find(&t->store, key);
	if (n)
		n->refs++;
	return n;
}

struct node *node_for_new(struct node_table *t, mode_t type)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = alloc_locked(t, type);
	if (!n || use_locked(n))
		return n;
	free_locked(t, n);
	return NULL;
}

struct node *node_for_control(struct node_table *t, enum node_kind kind,
			      unsigned int number)
{
	/* Never the device and inode of a file. */
	struct file_key key = { .dev = UINT64_MAX, .ino = number };
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_key_locked(t, &key, S_IFREG);
	if (n)
		return n;
	n = alloc_locked(t, S_IFREG);
	if (!n)
		return NULL;
	n->kind = kind & 7;
	n->number = number & 31;
	key_locked(t, n, &key);
	return n;
}

struct node *node_for_inflight(struct node_table *t, const struct file_key *key,
			       mode_t type, struct dir *dir, const char *name)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = make_key_locked(t, key, type, NODE_INFLIGHT);
	if (n)
		nodeplaces_enter(n, dir, name);
	return n;
}

void node_set_version(struct node_table *t, struct node *n, struct version *v)
{
	LOCK_SCOPE(&t->lock);
	if (n->use && !n->use->version)
		n->use->version = version_get(v);
}

void node_set_key(struct node_table *t, struct node *n,
		  const struct file_key *key)
{
	struct node *old;

	LOCK_SCOPE(&t->lock);
	if (n->keyed && file_key_equal(&n->key, key))
		return;
	old = nodestore_find(&t->store, key);
	if (old) {
		nodestore_leave(&t->store, old);
		old->gone = true;
	}
	key_locked(t, n, key);
}

bool node_is_gone(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->gone;
}

void node_settled(struct node_table *t, uint64_t id, struct dir *parent,
		  const char *name)
{
	struct version *v = NULL;
	struct node *n;

	pthread_mutex_lock(&t->lock);
	n = nodestore_get(&t->store, id);
	if (n) {
		if (n->use)
			v = steal_ptr(&n->use->version);
		if (parent)
			nodeplaces_enter(n, parent, name);
		else
			nodestore_leave(&t->store, n);
		free_if_unused_locked(t, n);
	}
	pthread_mutex_unlock(&t->lock);
	version_put(v);
}

struct version *node_version(struct node_table *t, struct node *n)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	v = version_locked(n);
	return v ? version_get(v) : NULL;
}

static struct lineage *line_locked(struct node *n, struct lineage *l)
{
	struct node_use *use = l ? use_locked(n) : n->use;

	if (!use)
		return NULL;
	if (!use->line && l)
		use->line = lineage_get(l);
	return use->line;
}

struct lineage *node_line(struct node_table *t, struct node *n,
			  struct lineage *l)
{
	LOCK_SCOPE(&t->lock);
	return line_locked(n, l);
}

struct lineage *node_line_by_key(struct node_table *t,
				 const struct file_key *key, struct lineage *l)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = nodestore_find(&t->store, key);
	l = n ? line_locked(n, l) : NULL;
	return l ? lineage_get(l) : NULL;
}

int node_place(struct node_table *t, struct node *n, unsigned int i,
	       struct dir **ret_parent, char **ret_name,
	       struct file_key *ret_key)
{
	struct place *p;
	char *name;

	LOCK_SCOPE(&t->lock);
	for (p = n->place; p && i; i--)
		p = p->next;
	if (!p)
		return -ESTALE;
	name = strdup(p->name);
	if (!name)
		return -ENOMEM;
	*ret_parent = dir_get(p->dir);
	*ret_name = name;
	*ret_key = n->gone ? (struct file_key){ 0 } : n->key;
	return 0;
}

bool node_is_linked(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->place && n->place->next;
}

bool node_is_shared(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->nlink > 1 || n->handles;
}

bool node_is_crowded(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->nlink <= NODE_NAMES && nodeplaces_are_crowded(n);
}

bool node_unplace(struct node_table *t, struct node *n, struct dir *parent,
		  const char *name)
{
	struct place **at, *p;

	LOCK_SCOPE(&t->lock);
	at = nodeplaces_find(n, parent, name);
	p = *at;
	if (!p || !n->place->next)
		return false;
	*at = p->next;
	nodeplaces_free(p);
	return true;
}

void node_linked(struct node_table *t, struct node *n, struct dir *parent,
		 const char *name)
{
	LOCK_SCOPE(&t->lock);
	nodeplaces_enter(n, parent, name);
}

void node_moved(struct node_table *t, struct node *n, struct dir *parent,
		const char *name)
{
	LOCK_SCOPE(&t->lock);
	nodeplaces_enter(n, parent, name);
	nodeplaces_trim(n, 1);
}

void node_told(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	if (n->nlookup < UINT32_MAX)
		n->nlookup++;
}

void node_forget(struct node_table *t, uint64_t id, uint64_t count)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = nodestore_get(&t->store, id);
	if (!n || n->id == ROOT_ID)
		return;
	if (n->nlookup < UINT32_MAX)
		n->nlookup -= count < n->nlookup ? (uint32_t)count : n->nlookup;
	free_if_unused_locked(t, n);
}

/* Handles */

static struct handle *alike_locked(const struct node *n)
{
	struct handle *h = n->handles;

	while (h && h->apart && !h->backing_id)
		h = h->next;
	return h;
}

bool node_is_first_handle(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return !alike_locked(n);
}

bool node_passes(struct node_table *t, struct node *n)
{
	struct handle *h;

	LOCK_SCOPE(&t->lock);
	h = alike_locked(n);
	return h && h->backing_id;
}

int node_add_handle(struct node_table *t, struct node *n, struct handle *h,
		    int backing_id)
{
	struct handle *other;

	LOCK_SCOPE(&t->lock);
	other = alike_locked(n);
	if (!h->apart || (h->flags & O_ACCMODE) != O_RDWR)
		h->backing_id = other ? other->backing_id : backing_id;
	link_locked(&n->handles, h);
	return other ? backing_id : 0;
}

int node_remove_handle(struct node_table *t, struct node *n, struct handle *h)
{
	LOCK_SCOPE(&t->lock);
	unlink_locked(&n->handles, h);
	for (struct handle *o = n->handles; o; o = o->next)
		if (o->backing_id)
			return 0;
	return h->backing_id;
}

void node_add_dir(struct node_table *t, struct handle *h)
{
	LOCK_SCOPE(&t->lock);
	link_locked(&t->dirs, h);
}

void node_remove_dir(struct node_table *t, struct handle *h)
{
	LOCK_SCOPE(&t->lock);
	unlink_locked(&t->dirs, h);
}

void node_drop_handle(struct node_table *t, struct handle *h)
{
	struct node *n = h->node;

	handle_free(h);
	node_put(t, n);
}

struct version *node_written(struct node_table *t, struct node *n)
{
	struct handle *h;

	LOCK_SCOPE(&t->lock);
	h = n->keyed ? NULL : n->handles;
	while (h && !(h->apart && h->writing))
		h = h->next;
	return h ? version_get(h->version) : NULL;
}

bool node_is_written(struct node_table *t, struct node *n)
{
	struct handle *h;

	LOCK_SCOPE(&t->lock);
	h = n->handles;
	while (h && (h->version || !handle_can_write(h)))
		h = h->next;
	return h;
}

/* Under the lock, so that the handle's descriptor is not closed meanwhile. */
int node_reopen(struct node_table *t, struct node *n, int flags, int *ret_fd)
{
	struct handle *h;
	char proc[64];
	int fd;

	LOCK_SCOPE(&t->lock);
	h = n->handles;
	while (h && h->apart) /* of another file */
		h = h->next;
	if (!h)
		return -ESTALE;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", handle_any_fd(h));
	/* Under the lock, it may not wait for a lease. */
	flags &= ~(O_CREAT | O_EXCL | O_NOFOLLOW);
	fd = open(proc, flags | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	fd = sys_keep_fd(fd);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

void node_each_handle(struct node_table *t, struct node *n,
		      void (*each)(struct handle *h, void *arg), void *arg)
{
	LOCK_SCOPE(&t->lock);
	for (struct handle *h = n->handles; h; h = h->next)
		each(h, arg);
}

static int64_t to_ns(struct timespec t)
{
	return t.tv_sec * 1000000000 + t.tv_nsec;
}

void node_remember(struct node_table *t, struct node *n, const struct stat *st)
{
	LOCK_SCOPE(&t->lock);
	n->mode = st->st_mode;
	n->uid = st->st_uid;
	n->gid = st->st_gid;
	n->nlink = (uint32_t)st->st_nlink;
	n->size = st->st_size;
	n->mtime_ns = to_ns(st->st_mtim);
}

void node_recall(struct node_table *t, struct node *n, struct stat *ret)
{
	struct timespec time;

	LOCK_SCOPE(&t->lock);
	time = (struct timespec){ n->mtime_ns / 1000000000,
				  n->mtime_ns % 1000000000 };
	*ret = (struct stat){
		.st_dev = n->key.dev,
		.st_ino = n->key.ino,
		.st_mode = n->mode,
		.st_uid = n->uid,
		.st_gid = n->gid,
		.st_nlink = n->nlink,
		.st_size = n->size,
		.st_blocks = (n->size + 511) / 512,
		.st_blksize = 4096,
		.st_atim = time,
		.st_mtim = time,
		.st_ctim = time,
	};
}

void node_note_path(struct node_table *t, struct node *n, pid_t tid)
{
	LOCK_SCOPE(&t->lock);
	if (n->use)
		n->use->path_tid = tid;
}

bool node_take_path(struct node_table *t, struct node *n, pid_t tid)
{
	bool was;

	LOCK_SCOPE(&t->lock);
	if (!n->use)
		return false;
	was = tid && n->use->path_tid == tid;
	n->use->path_tid = 0;
	return was;
}

bool node_cache_holds(struct node_table *t, struct node *n,
		      const struct stat *st)
{
	int64_t ns = to_ns(st->st_mtim);
	struct node_use *use;
	bool same;

	LOCK_SCOPE(&t->lock);
	use = use_locked(n);
	if (!use)
		return false;
	same = use->seen_ns == ns && use->seen_size == st->st_size;
	use->seen_ns = ns;
	use->seen_size = st->st_size;
	return same;
}

size_t node_count(struct node_table *t)
{
	LOCK_SCOPE(&t->lock);
	return t->store.count;
}
