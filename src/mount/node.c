/* SPDX-License-Identifier: MIT */
#include "mount/node.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/handle.h"

#define ROOT_ID 1    /* FUSE_ROOT_ID: slot 1, generation 0 */
#define PLACES_MAX 8 /* names of one file that are remembered */

struct slot {
	struct node *node; /* NULL: free */
	uint32_t generation;
	uint32_t next_free;
};

struct node_table {
	pthread_mutex_t lock;
	struct slot *slots;  /* under lock; slot 0 is never used */
	uint32_t room;	     /* under lock */
	uint32_t used;	     /* under lock: slots ever taken */
	uint32_t free;	     /* under lock: first free one, 0: none */
	size_t count;	     /* under lock */
	struct node *by_key; /* under lock */
};

static int grow_locked(struct node_table *t)
{
	uint32_t room = t->room ? t->room * 2 : 256;
	struct slot *bigger;

	if (t->used < t->room)
		return 0;
	bigger = realloc(t->slots, room * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	memset(bigger + t->room, 0, (room - t->room) * sizeof(*bigger));
	t->slots = bigger;
	t->room = room;
	return 0;
}

static struct node *alloc_locked(struct node_table *t, mode_t type)
{
	struct node *n = calloc(1, sizeof(*n));
	uint32_t s = t->free;

	if (!n || (!s && grow_locked(t) < 0)) {
		free(n);
		return NULL;
	}
	if (s)
		t->free = t->slots[s].next_free;
	else
		s = t->used++;
	t->slots[s].node = n;
	t->count++;
	n->id = (uint64_t)t->slots[s].generation << 32 | s;
	n->type = type & S_IFMT;
	n->refs = 1;
	n->seen_ns = -1;
	return n;
}

static struct node *find_id_locked(struct node_table *t, uint64_t id)
{
	uint32_t s = (uint32_t)id;

	if (s >= t->used || !t->slots[s].node)
		return NULL;
	return t->slots[s].node->id == id ? t->slots[s].node : NULL;
}

static void unkey_locked(struct node_table *t, struct node *n)
{
	if (n->keyed)
		HASH_DELETE(hh, t->by_key, n);
	n->keyed = false;
}

static void key_locked(struct node_table *t, struct node *n,
		       const struct file_key *key)
{
	unkey_locked(t, n);
	n->key = *key;
	n->keyed = true;
	HASH_ADD(hh, t->by_key, key, sizeof(n->key), n);
}

static void place_free(struct place *p)
{
	dir_put(p->dir);
	free(p);
}

static struct place **find_place_locked(struct node *n, struct dir *parent,
					const char *name)
{
	struct place **p = &n->place;

	while (*p && ((*p)->dir != parent || strcmp((*p)->name, name)))
		p = &(*p)->next;
	return p;
}

static struct place *place_new(struct dir *parent, const char *name)
{
	struct place *p = malloc(sizeof(*p) + strlen(name) + 1);

	if (!p)
		return NULL;
	p->dir = dir_get(parent);
	strcpy(p->name, name);
	return p;
}

/* Keeps the latest @most. */
static void trim_places_locked(struct node *n, int most)
{
	struct place **p = &n->place;

	for (int i = 0; i < most && *p; i++)
		p = &(*p)->next;
	while (*p) {
		struct place *old = *p;

		*p = old->next;
		place_free(old);
	}
}

static void place_locked(struct node *n, struct dir *parent, const char *name)
{
	struct place **at = find_place_locked(n, parent, name);
	struct place *p = *at;

	if (p && p == n->place)
		return;
	if (p)
		*at = p->next;
	else
		p = place_new(parent, name);
	if (!p)
		return; /* found again by a LOOKUP after ESTALE */
	p->next = n->place;
	n->place = p;
	trim_places_locked(n, PLACES_MAX);
}

static void free_locked(struct node_table *t, struct node *n)
{
	uint32_t s = (uint32_t)n->id;

	unkey_locked(t, n);
	t->slots[s].node = NULL;
	t->slots[s].generation++;
	t->slots[s].next_free = t->free;
	t->free = s;
	t->count--;
	dir_put(n->dir);
	trim_places_locked(n, 0);
	lineage_put(n->line);
	free(n);
}

static void free_if_unused_locked(struct node_table *t, struct node *n)
{
	if (!n->refs && !n->nlookup && !n->version)
		free_locked(t, n);
}

int node_table_new(struct dir *root, struct node_table **ret)
{
	struct node_table *t = calloc(1, sizeof(*t));
	struct node *n;

	if (!t)
		return -ENOMEM;
	pthread_mutex_init(&t->lock, NULL);
	t->used = ROOT_ID;
	n = alloc_locked(t, S_IFDIR);
	if (!n) {
		node_table_free(t);
		return -ENOMEM;
	}
	n->dir = dir_get(root);
	key_locked(t, n, &root->key);
	*ret = t;
	return 0;
}

void node_table_free(struct node_table *t)
{
	if (!t)
		return;
	for (uint32_t s = 1; s < t->used; s++) {
		struct node *n = t->slots[s].node;

		if (!n)
			continue;
		while (n->handles) {
			struct handle *h = n->handles;

			n->handles = h->next;
			handle_free(h);
		}
		version_put(n->version);
		n->version = NULL;
		free_locked(t, n);
	}
	free(t->slots);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct node *node_get(struct node_table *t, uint64_t id)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_id_locked(t, id);
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

	HASH_FIND(hh, t->by_key, key, sizeof(*key), n);
	/* Another kind of file under an old identity is another file. */
	if (n && n->type != (type & S_IFMT)) {
		unkey_locked(t, n);
		return NULL;
	}
	if (n)
		n->refs++;
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
		unkey_locked(t, n);
		n->refs--;
		free_if_unused_locked(t, n);
	}
	n = alloc_locked(t, S_IFDIR);
	if (!n)
		return NULL;
	n->dir = dir_get(d);
	key_locked(t, n, &d->key);
	return n;
}

struct node *node_for_file(struct node_table *t, const struct file_key *key,
			   mode_t type, struct dir *parent, const char *name)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_key_locked(t, key, type);
	if (!n) {
		n = alloc_locked(t, type);
		if (!n)
			return NULL;
		n->mark = parent->marks;
		key_locked(t, n, key);
	}
	place_locked(n, parent, name);
	return n;
}

struct node *node_find_file(struct node_table *t, const struct file_key *key)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	HASH_FIND(hh, t->by_key, key, sizeof(*key), n);
	if (n)
		n->refs++;
	return n;
}

struct node *node_for_new(struct node_table *t, mode_t type)
{
	LOCK_SCOPE(&t->lock);
	return alloc_locked(t, type);
}

struct node *node_for_control(struct node_table *t, int control)
{
	/* Never the device and inode of a file. */
	struct file_key key = { .dev = UINT64_MAX, .ino = (uint64_t)control };
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_key_locked(t, &key, S_IFREG);
	if (n)
		return n;
	n = alloc_locked(t, S_IFREG);
	if (!n)
		return NULL;
	n->control = control;
	key_locked(t, n, &key);
	return n;
}

struct node *node_for_view(struct node_table *t, int control,
			   const struct file_key *key, mode_t type,
			   struct dir *dir, const char *name)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_key_locked(t, key, type);
	if (!n) {
		n = alloc_locked(t, type);
		if (!n)
			return NULL;
		n->control = control;
		key_locked(t, n, key);
	}
	place_locked(n, dir, name);
	return n;
}

void node_set_version(struct node_table *t, struct node *n, struct version *v)
{
	LOCK_SCOPE(&t->lock);
	if (!n->version)
		n->version = version_get(v);
}

void node_set_key(struct node_table *t, struct node *n,
		  const struct file_key *key)
{
	struct node *old;

	LOCK_SCOPE(&t->lock);
	if (n->keyed && file_key_equal(&n->key, key))
		return;
	HASH_FIND(hh, t->by_key, key, sizeof(*key), old);
	if (old)
		unkey_locked(t, old);
	key_locked(t, n, key);
}

void node_settled(struct node_table *t, uint64_t id, struct dir *parent,
		  const char *name)
{
	struct version *v = NULL;
	struct node *n;

	pthread_mutex_lock(&t->lock);
	n = find_id_locked(t, id);
	if (n) {
		v = steal_ptr(&n->version);
		if (parent)
			place_locked(n, parent, name);
		else
			unkey_locked(t, n);
		free_if_unused_locked(t, n);
	}
	pthread_mutex_unlock(&t->lock);
	version_put(v);
}

struct version *node_version(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->version ? version_get(n->version) : NULL;
}

static struct lineage *line_locked(struct node *n, struct lineage *l)
{
	if (!n->line && l)
		n->line = lineage_get(l);
	return n->line;
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
	HASH_FIND(hh, t->by_key, key, sizeof(*key), n);
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
	*ret_key = n->key;
	return 0;
}

bool node_is_linked(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	return n->place && n->place->next;
}

void node_linked(struct node_table *t, struct node *n, struct dir *parent,
		 const char *name)
{
	LOCK_SCOPE(&t->lock);
	place_locked(n, parent, name);
}

void node_moved(struct node_table *t, struct node *n, struct dir *parent,
		const char *name)
{
	LOCK_SCOPE(&t->lock);
	place_locked(n, parent, name);
	trim_places_locked(n, 1);
}

void node_told(struct node_table *t, struct node *n)
{
	LOCK_SCOPE(&t->lock);
	n->nlookup++;
}

void node_forget(struct node_table *t, uint64_t id, uint64_t count)
{
	struct node *n;

	LOCK_SCOPE(&t->lock);
	n = find_id_locked(t, id);
	if (!n || n->id == ROOT_ID)
		return;
	n->nlookup -= count < n->nlookup ? count : n->nlookup;
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

int node_add_handle(struct node_table *t, struct node *n, struct handle *h,
		    int backing_id)
{
	struct handle *other;

	LOCK_SCOPE(&t->lock);
	other = alike_locked(n);
	h->backing_id = other ? other->backing_id : backing_id;
	h->prev = NULL;
	h->next = n->handles;
	if (n->handles)
		n->handles->prev = h;
	n->handles = h;
	return other ? backing_id : 0;
}

int node_remove_handle(struct node_table *t, struct node *n, struct handle *h)
{
	LOCK_SCOPE(&t->lock);
	if (h->prev)
		h->prev->next = h->next;
	else
		n->handles = h->next;
	if (h->next)
		h->next->prev = h->prev;
	for (struct handle *o = n->handles; o; o = o->next)
		if (o->backing_id)
			return 0;
	return h->backing_id;
}

/* Under the lock, so that the handle's descriptor is not closed meanwhile. */
int node_reopen(struct node_table *t, struct node *n, int flags, int *ret_fd)
{
	char proc[64];
	int fd;

	LOCK_SCOPE(&t->lock);
	if (!n->handles)
		return -ESTALE;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d",
		 handle_any_fd(n->handles));
	fd = open(proc, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_CLOEXEC);
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
	n->path_tid = tid;
}

bool node_take_path(struct node_table *t, struct node *n, pid_t tid)
{
	bool was;

	LOCK_SCOPE(&t->lock);
	was = tid && n->path_tid == tid;
	n->path_tid = 0;
	return was;
}

bool node_cache_holds(struct node_table *t, struct node *n,
		      const struct stat *st)
{
	int64_t ns = to_ns(st->st_mtim);
	bool same;

	LOCK_SCOPE(&t->lock);
	same = n->seen_ns == ns && n->seen_size == st->st_size;
	n->seen_ns = ns;
	n->seen_size = st->st_size;
	return same;
}

size_t node_count(struct node_table *t)
{
	LOCK_SCOPE(&t->lock);
	return t->count;
}
