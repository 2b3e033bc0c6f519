/* SPDX-License-Identifier: MIT */
#include "core/changes/pathmap.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/util.h"
#include "core/backing/state.h"

#define ROOT 1 /* node 0 is none */

struct node {
	uint32_t parent, child, next, prev; /* next also in the free list */
	uint32_t chain;			    /* the next one in its bucket */
	uint32_t name;	 /* where in names; ends with a NUL */
	uint32_t owners; /* the first, or 0 */
	uint32_t as;	 /* where in names its record's path is; 0: as it is */
	uint8_t kind;	 /* NONE: just on the way to others */
	bool older;	 /* what older maps know may be below it */
	mode_t type;
	uint64_t seq;
	uint64_t moved; /* when it was renamed, with all below it */
	uint64_t session;
	struct record_stat st;
	struct digest digest;
};

struct move {
	uint64_t seq, session;
	uint32_t from, to; /* where in names */
};

struct hashed {
	uint64_t seq, ino;
	struct digest digest;
};

struct owner {
	uint32_t who, next;
};

/* An array that grows; element 0 of each is not used, and zero. */
struct array {
	void *items;
	size_t used, room;
};

struct pathmap {
	struct array nodes, names, moves, hashed, owners;
	uint32_t *buckets;
	uint32_t mask;	 /* one less than how many there are */
	uint32_t unused; /* the first free node */
	uint64_t last_move, last;
	bool mixed;
	bool unseen; /* pathmap_mix_unseen() */
};

#define AT(m, array, type, i) (&((type *)(m)->array.items)[i])
#define NODE(m, i) AT(m, nodes, struct node, i)
#define NAME(m, i) AT(m, names, char, i)

/* The index of @n new elements, zeroed; 0: out of memory. */
static uint32_t array_add(struct array *a, size_t item, size_t n)
{
	size_t room = a->room ? a->room : 64, at = a->used ? a->used : 1;
	size_t fresh = a->used; /* with element 0, at first */
	char *items;

	while (room < at + n)
		room *= 2;
	if (room > UINT32_MAX)
		return 0;
	if (room != a->room) {
		items = realloc(a->items, room * item);
		if (!items)
			return 0;
		a->items = items;
		a->room = room;
	}
	a->used = at + n;
	memset((char *)a->items + fresh * item, 0, (a->used - fresh) * item);
	return (uint32_t)at;
}

static uint32_t add_name(struct pathmap *m, const char *s, size_t n)
{
	uint32_t at = array_add(&m->names, 1, n + 1);

	if (at)
		memcpy(NAME(m, at), s, n);
	return at;
}

/* The table of (parent, name) */

static uint32_t bucket_of(const struct pathmap *m, uint32_t parent,
			  const char *name, size_t n)
{
	return (uint32_t)XXH3_64bits_withSeed(name, n, parent) & m->mask;
}

static uint32_t find_child(const struct pathmap *m, uint32_t parent,
			   const char *name, size_t n)
{
	uint32_t i = m->buckets[bucket_of(m, parent, name, n)];

	while (i && (NODE(m, i)->parent != parent ||
		     strncmp(NAME(m, NODE(m, i)->name), name, n) ||
		     NAME(m, NODE(m, i)->name)[n]))
		i = NODE(m, i)->chain;
	return i;
}

static uint32_t *bucket_of_node(struct pathmap *m, uint32_t i)
{
	const char *name = NAME(m, NODE(m, i)->name);

	return &m->buckets[bucket_of(m, NODE(m, i)->parent, name, strlen(name))];
}

static void enter(struct pathmap *m, uint32_t i)
{
	uint32_t *b = bucket_of_node(m, i);

	NODE(m, i)->chain = *b;
	*b = i;
}

static void leave(struct pathmap *m, uint32_t i)
{
	uint32_t *p = bucket_of_node(m, i);

	while (*p != i)
		p = &NODE(m, *p)->chain;
	*p = NODE(m, i)->chain;
}

/* Twice as many buckets as there are nodes, at least. */
static int grow_table(struct pathmap *m)
{
	uint32_t want = m->mask + 1, *buckets;

	if (m->nodes.used < want)
		return 0;
	want = want > 1 ? want * 4 : 256;
	buckets = calloc(want, sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	free(m->buckets);
	m->buckets = buckets;
	m->mask = want - 1;
	for (uint32_t i = ROOT + 1; i < m->nodes.used; i++)
		if (NODE(m, i)->parent)
			enter(m, i);
	return 0;
}

/* The tree */

static void link_child(struct pathmap *m, uint32_t parent, uint32_t i)
{
	struct node *n = NODE(m, i), *p = NODE(m, parent);

	n->parent = parent;
	n->prev = 0;
	n->next = p->child;
	if (p->child)
		NODE(m, p->child)->prev = i;
	p->child = i;
	enter(m, i);
}

static void unlink_child(struct pathmap *m, uint32_t i)
{
	struct node *n = NODE(m, i);

	leave(m, i);
	if (n->prev)
		NODE(m, n->prev)->next = n->next;
	else
		NODE(m, n->parent)->child = n->next;
	if (n->next)
		NODE(m, n->next)->prev = n->prev;
	n->parent = 0;
}

static uint32_t new_node(struct pathmap *m)
{
	uint32_t i = m->unused;

	if (!i)
		return array_add(&m->nodes, sizeof(struct node), 1);
	m->unused = NODE(m, i)->next;
	*NODE(m, i) = (struct node){ 0 };
	return i;
}

static uint32_t add_child(struct pathmap *m, uint32_t parent, const char *name,
			  size_t n)
{
	uint32_t at = add_name(m, name, n), i = at ? new_node(m) : 0;

	if (!i || grow_table(m) < 0)
		return 0;
	NODE(m, i)->name = at;
	link_child(m, parent, i);
	return i;
}

/* The node at @path, with or without a record; 0: there is none. */
static uint32_t node_at(const struct pathmap *m, const char *path)
{
	uint32_t at = ROOT;

	while (*path && at) {
		size_t n = strcspn(path, "/");

		at = n ? find_child(m, at, path, n) : at;
		path += n + (path[n] == '/');
	}
	return at;
}

/* The node of @path, made if there is none; 0: out of memory. */
static uint32_t walk(struct pathmap *m, const char *path)
{
	uint32_t at = ROOT;

	while (*path && at) {
		size_t n = strcspn(path, "/");
		uint32_t found = n ? find_child(m, at, path, n) : at;

		at = found ? found : add_child(m, at, path, n);
		path += n + (path[n] == '/');
	}
	return at;
}

/* The node after @i in the tree below @top, children first; 0: no more. */
static uint32_t after(const struct pathmap *m, uint32_t i, uint32_t top)
{
	while (i != top && !NODE(m, i)->next)
		i = NODE(m, i)->parent;
	return i == top ? 0 : NODE(m, i)->next;
}

static uint32_t first_leaf(const struct pathmap *m, uint32_t i)
{
	while (NODE(m, i)->child)
		i = NODE(m, i)->child;
	return i;
}

/* Forgets @i, which is unlinked, and all below it. */
static void drop_tree(struct pathmap *m, uint32_t top)
{
	uint32_t i = first_leaf(m, top);

	while (i != top) {
		uint32_t parent = NODE(m, i)->parent;

		unlink_child(m, i);
		NODE(m, i)->next = m->unused;
		m->unused = i;
		i = first_leaf(m, parent);
	}
	NODE(m, top)->next = m->unused;
	m->unused = top;
}

/*
 * Everything below @top is gone with it.  Below paths that were removed before
 * nothing is left, so each is visited once.
 */
static void end_children(struct pathmap *m, uint32_t top,
			 const struct record *r)
{
	uint32_t i = NODE(m, top)->child;

	while (i) {
		struct node *n = NODE(m, i);
		bool was_gone = n->kind == RECORD_GONE;

		if (!was_gone && n->kind != RECORD_NONE) {
			n->kind = RECORD_GONE;
			n->seq = r->seq;
			n->session = r->session;
			n->as = 0;
		}
		i = n->child && !was_gone ? n->child : after(m, i, top);
	}
}

/* Records */

static int add_owner(struct pathmap *m, uint32_t i, uint32_t who)
{
	uint32_t at;

	for (at = NODE(m, i)->owners; at;
	     at = AT(m, owners, struct owner, at)->next)
		if (AT(m, owners, struct owner, at)->who == who)
			return 0;
	at = array_add(&m->owners, sizeof(struct owner), 1);
	if (!at)
		return -ENOMEM;
	*AT(m, owners, struct owner, at) =
		(struct owner){ who, NODE(m, i)->owners };
	NODE(m, i)->owners = at;
	return 0;
}

uint32_t pathmap_owner(const struct pathmap *m, uint32_t node, uint32_t *at)
{
	*at = *at ? AT(m, owners, struct owner, *at)->next
		  : NODE(m, node)->owners;
	return *at ? AT(m, owners, struct owner, *at)->who : 0;
}

static int set(struct pathmap *m, const struct record *r, uint32_t owner)
{
	uint32_t i = walk(m, r->path);
	struct node *n;

	if (!i)
		return -ENOMEM;
	n = NODE(m, i);
	/* The same record of another mark may know less. */
	if (n->seq != r->seq || n->kind != RECORD_FILE) {
		n->kind = (uint8_t)r->kind;
		n->type = r->type;
		n->st = r->st;
		n->digest = r->digest;
	}
	n->seq = r->seq;
	n->session = r->session;
	n->as = 0;
	if (!m->unseen && (r->kind != RECORD_NODE || !S_ISDIR(r->type)))
		end_children(m, i, r);
	return owner ? add_owner(m, i, owner) : 0;
}

static int note_move(struct pathmap *m, const struct record *r)
{
	uint32_t from = add_name(m, r->path, strlen(r->path));
	uint32_t to = from ? add_name(m, r->to, strlen(r->to)) : 0;
	uint32_t i = to ? array_add(&m->moves, sizeof(struct move), 1) : 0;

	if (!i)
		return -ENOMEM;
	*AT(m, moves, struct move, i) =
		(struct move){ r->seq, r->session, from, to };
	return 0;
}

/* Puts @i, which is unlinked, at @path; what was there is forgotten. */
static int put_at(struct pathmap *m, uint32_t i, const char *path,
		  bool *ret_replaced)
{
	uint32_t old = walk(m, path), parent;
	uint32_t name;

	if (!old)
		return -ENOMEM;
	*ret_replaced = NODE(m, old)->kind != RECORD_NONE ||
			NODE(m, old)->child;
	parent = NODE(m, old)->parent;
	name = NODE(m, old)->name;
	unlink_child(m, old);
	drop_tree(m, old);
	NODE(m, i)->name = name;
	link_child(m, parent, i);
	return 0;
}

static const char *path_of(const struct pathmap *m, uint32_t i, char *buf,
			   size_t size);

static int keep_path(struct pathmap *m, uint32_t i)
{
	char buf[PATHMAP_PATH];
	const char *path;

	if (NODE(m, i)->as || NODE(m, i)->kind == RECORD_NONE)
		return 0;
	path = path_of(m, i, buf, sizeof(buf));
	if (!path)
		return 0;
	NODE(m, i)->as = add_name(m, path, strlen(path));
	return NODE(m, i)->as ? 0 : -ENOMEM;
}

/* Records of @top, and below it, keep the paths that they have. */
static int keep_paths(struct pathmap *m, uint32_t top)
{
	uint32_t i = NODE(m, top)->child;
	int r = keep_path(m, top);

	while (!r && i) {
		r = keep_path(m, i);
		i = NODE(m, i)->child ? NODE(m, i)->child : after(m, i, top);
	}
	return r;
}

/* Among records of others: those below it keep their seq. */
static int move_mixed(struct pathmap *m, uint32_t i, const char *to)
{
	bool replaced;
	int r = keep_paths(m, i);

	if (r < 0)
		return r;
	unlink_child(m, i);
	return put_at(m, i, to, &replaced);
}

/* Older maps know what is below @i, or may from now on. */
static void note_older(struct pathmap *m, uint32_t i)
{
	for (; i != ROOT; i = NODE(m, i)->parent)
		NODE(m, i)->older = true;
}

/* Do two directories that change places only pass through @path? */
static bool is_aside(const char *path)
{
	const char *slash = strrchr(path, '/'),
		   *name = slash ? slash + 1 : path;

	return !strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX));
}

/*
 * Older maps need not be told of the rename of a directory that was made later,
 * unless it has replaced something that they know, or has something in it that
 * they know, from a rename before.
 */
static int move(struct pathmap *m, const struct record *r)
{
	uint32_t i = walk(m, r->path), hole;
	bool made, replaced;
	int code;

	if (!i)
		return -ENOMEM;
	if (i == ROOT || walk(m, r->to) == ROOT)
		return 0; /* no rename has ever done that, either */
	if (m->mixed) {
		code = move_mixed(m, i, r->to);
		return code ? code : note_move(m, r);
	}
	made = NODE(m, i)->kind == RECORD_NODE;
	unlink_child(m, i);
	code = put_at(m, i, r->to, &replaced);
	if (code < 0)
		return code;
	NODE(m, i)->moved = r->seq;
	if (made) {
		NODE(m, i)->seq = r->seq;
		NODE(m, i)->session = r->session;
	}
	if (!made || replaced || NODE(m, i)->older) {
		note_older(m, i);
		code = note_move(m, r);
	}
	if (is_aside(r->path))
		return code;
	hole = walk(m, r->path);
	if (!hole)
		return -ENOMEM;
	NODE(m, hole)->kind = RECORD_GONE;
	NODE(m, hole)->seq = r->seq;
	NODE(m, hole)->session = r->session;
	return code;
}

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return !strncmp(path, above, n) && (!path[n] || path[n] == '/');
}

int pathmap_apply(struct pathmap *m, const struct record *r, uint32_t owner)
{
	if (!record_is_change(r->kind))
		return 0;
	if (r->seq > m->last)
		m->last = r->seq;
	if (r->kind != RECORD_MOVED)
		return set(m, r, owner);
	if (r->seq <= m->last_move)
		return 0;
	m->last_move = r->seq;
	/* No rename has ever done that. */
	if (is_below(r->to, r->path) || is_below(r->path, r->to))
		return 0;
	return move(m, r);
}

void pathmap_mix(struct pathmap *m)
{
	m->mixed = true;
}

void pathmap_mix_unseen(struct pathmap *m)
{
	m->mixed = m->unseen = true;
}

int pathmap_carry(struct pathmap *m, const struct record *r, bool keep)
{
	uint32_t i = node_at(m, r->path);
	int code;

	/* A mark that is made anew has told of it before. */
	if (r->seq <= m->last)
		return 0;
	m->last = m->last_move = r->seq;
	if (i <= ROOT || is_below(r->to, r->path) || is_below(r->path, r->to))
		return 0;
	code = move_mixed(m, i, r->to);
	return code || !keep ? code : note_move(m, r);
}

int pathmap_hashed(struct pathmap *m, uint64_t seq, uint64_t ino,
		   const struct digest *d)
{
	uint32_t i = array_add(&m->hashed, sizeof(struct hashed), 1);

	if (!i)
		return -ENOMEM;
	*AT(m, hashed, struct hashed, i) = (struct hashed){ seq, ino, *d };
	return 0;
}

void pathmap_set_digest(struct pathmap *m, uint32_t node,
			const struct digest *d)
{
	NODE(m, node)->kind = RECORD_FILE;
	NODE(m, node)->digest = *d;
}

/* Records, in order */

struct item {
	uint64_t seq;
	uint32_t index;
	bool is_move; /* before other records of its seq */
};

static int by_seq(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	if (x->is_move != y->is_move)
		return x->is_move ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static int hashed_by_seq(const void *a, const void *b)
{
	const struct hashed *x = a, *y = b;

	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

/* Gives digests that have become known to their records. */
static void settle_digests(struct pathmap *m)
{
	size_t n = m->hashed.used ? m->hashed.used - 1 : 0;
	struct hashed *first;

	if (!n)
		return;
	first = AT(m, hashed, struct hashed, 1);
	qsort(first, n, sizeof(*first), hashed_by_seq);
	for (uint32_t i = ROOT + 1; i < m->nodes.used; i++) {
		struct hashed key = { .seq = NODE(m, i)->seq,
				      .ino = NODE(m, i)->st.ino };
		struct hashed *found;

		if (NODE(m, i)->kind != RECORD_UNREAD || !NODE(m, i)->parent)
			continue;
		found = bsearch(&key, first, n, sizeof(key), hashed_by_seq);
		if (!found)
			continue;
		NODE(m, i)->kind = RECORD_FILE;
		NODE(m, i)->digest = found->digest;
	}
	m->hashed.used = 0;
}

/* No earlier than the renames of the directories above. */
static uint64_t seq_of(const struct pathmap *m, uint32_t i)
{
	uint64_t seq = NODE(m, i)->seq;

	for (; i != ROOT; i = NODE(m, i)->parent)
		if (NODE(m, i)->moved > seq)
			seq = NODE(m, i)->moved;
	return seq;
}

static size_t collect(const struct pathmap *m, struct item *items)
{
	size_t n = 0;

	for (uint32_t i = 1; i < m->moves.used; i++)
		items[n++] = (struct item){ AT(m, moves, struct move, i)->seq,
					    i, true };
	for (uint32_t i = ROOT + 1; i < m->nodes.used; i++)
		if (NODE(m, i)->parent && NODE(m, i)->kind != RECORD_NONE)
			items[n++] = (struct item){ seq_of(m, i), i, false };
	return n;
}

/* Writes the path of @i so that it ends at the end of @buf. */
static const char *path_of(const struct pathmap *m, uint32_t i, char *buf,
			   size_t size)
{
	char *p = buf + size - 1;

	*p = '\0';
	for (; i != ROOT; i = NODE(m, i)->parent) {
		const char *name = NAME(m, NODE(m, i)->name);
		size_t n = strlen(name);

		if ((size_t)(p - buf) < n + 1)
			return NULL;
		if (*p)
			*--p = '/';
		p -= n;
		memcpy(p, name, n);
	}
	return p;
}

bool pathmap_get(const struct pathmap *m, uint32_t node, char buf[PATHMAP_PATH],
		 struct record *ret)
{
	const struct node *n = NODE(m, node);

	*ret = (struct record){
		.kind = n->kind,
		.seq = seq_of(m, node),
		.path = path_of(m, node, buf, PATHMAP_PATH),
		.type = n->type,
		.st = n->st,
		.digest = n->digest,
		.session = n->session,
	};
	return ret->path && n->kind != RECORD_NONE;
}

const char *pathmap_now(const struct pathmap *m, uint32_t node,
			const struct record *r, char buf[PATHMAP_PATH])
{
	const char *path = NULL;

	if (node && NODE(m, node)->as)
		path = path_of(m, node, buf, PATHMAP_PATH);
	return path ? path : r->path;
}

uint32_t pathmap_find(const struct pathmap *m, const char *path)
{
	uint32_t at = node_at(m, path);

	return at > ROOT && NODE(m, at)->kind != RECORD_NONE ? at : 0;
}

bool pathmap_look(const struct pathmap *m, const char *path,
		  char buf[PATHMAP_PATH], struct record *ret)
{
	uint32_t node = pathmap_find(m, path);

	return node && pathmap_get(m, node, buf, ret);
}

bool pathmap_is_owned(const struct pathmap *m, const char *path)
{
	uint32_t top = node_at(m, path), i = top;

	while (i && !NODE(m, i)->owners)
		i = NODE(m, i)->child ? NODE(m, i)->child : after(m, i, top);
	return i != 0;
}

static int give(const struct pathmap *m, const struct item *item,
		int (*each)(void *arg, const struct record *r, uint32_t node),
		void *arg)
{
	char buf[PATHMAP_PATH];
	struct record r = { .seq = item->seq };

	if (item->is_move) {
		const struct move *mv = AT(m, moves, struct move, item->index);

		r.kind = RECORD_MOVED;
		r.session = mv->session;
		r.path = NAME(m, mv->from);
		r.to = NAME(m, mv->to);
		return each(arg, &r, 0);
	}
	/* Too long a path after a rename: no process can reach it. */
	if (!pathmap_get(m, item->index, buf, &r) && !NODE(m, item->index)->as)
		return 0;
	if (NODE(m, item->index)->as)
		r.path = NAME(m, NODE(m, item->index)->as);
	return each(arg, &r, item->index);
}

int pathmap_each(struct pathmap *m,
		 int (*each)(void *arg, const struct record *r, uint32_t node),
		 void *arg)
{
	auto_free struct item *items =
		calloc(m->nodes.used + m->moves.used, sizeof(*items));
	size_t n;
	int r = 0;

	if (!items)
		return -ENOMEM;
	settle_digests(m);
	n = collect(m, items);
	qsort(items, n, sizeof(*items), by_seq);
	for (size_t i = 0; !r && i < n; i++)
		r = give(m, &items[i], each, arg);
	return r;
}

bool pathmap_is_empty(const struct pathmap *m)
{
	return m->nodes.used <= ROOT + 1 && m->moves.used <= 1;
}

struct pathmap *pathmap_new(void)
{
	struct pathmap *m = calloc(1, sizeof(*m));

	if (m && array_add(&m->nodes, sizeof(struct node), 1) == ROOT &&
	    grow_table(m) == 0 && array_add(&m->names, 1, 1))
		return m;
	pathmap_free(m);
	return NULL;
}

void pathmap_free(struct pathmap *m)
{
	if (!m)
		return;
	free(m->nodes.items);
	free(m->names.items);
	free(m->moves.items);
	free(m->hashed.items);
	free(m->owners.items);
	free(m->buckets);
	free(m);
}
