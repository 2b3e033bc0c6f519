/* SPDX-License-Identifier: MIT */
#include "core/changes/lost_writes.h"

#include <fcntl.h>
#include <string.h>
#include <uthash.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/compare.h"
#include "core/digest/digest.h"

#define NAMED 3	  /* how many paths a mark that fails names, */
#define LOGGED 50 /*   and the log */

struct content {
	struct record_stat st; /* the key: no byte of it is padding */
	struct digest digest;
	bool known;   /* the digest is of the bytes that were written */
	bool strict;  /* a flush has failed since: no later digest will do */
	bool held;    /* it has been read from the disk since */
	uint64_t seq; /* marks that reach so far vouch for it */
	UT_hash_handle hh;
};

struct lost_writes {
	struct changes *changes;     /* const */
	struct backing *backing;     /* const */
	const struct events *events; /* const */
	atomic_ulong failures;	     /* atomic */
	atomic_bool any;	     /* atomic: contents, or blind */
	pthread_mutex_t lock;
	struct content *contents; /* under lock */
	bool blind; /* under lock: there was no memory for some of them */
};

/* What is in doubt */

static struct content *find_locked(struct lost_writes *d,
				   const struct record_stat *st)
{
	struct content *c;

	HASH_FIND(hh, d->contents, st, sizeof(*st), c);
	return c;
}

static struct content *add_locked(struct lost_writes *d,
				  const struct record_stat *st)
{
	struct content *c = find_locked(d, st);

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	atomic_store(&d->any, true);
	if (!c) {
		d->blind = true;
		return NULL;
	}
	c->st = *st;
	HASH_ADD(hh, d->contents, st, sizeof(c->st), c);
	return c;
}

static void add(struct lost_writes *d, const struct record *r, bool strict)
{
	struct content *c;

	LOCK_SCOPE(&d->lock);
	c = add_locked(d, &r->st);
	if (!c)
		return;
	if (!c->known && !c->strict && r->kind == RECORD_FILE) {
		c->known = true;
		c->digest = r->digest;
	}
	c->strict |= strict;
	c->seq = r->seq > c->seq ? r->seq : c->seq;
}

static int open_record(int root, const struct record *r)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
	int fd = backing_openat(root, r->path, flags | O_NOATIME);

	return fd == -EPERM ? backing_openat(root, r->path, flags) : fd;
}

/*
 * Until one descriptor was told, the kernel tells each one that is opened that
 * pages of the file were lost.  If none were, the page cache still has what was
 * written.
 */
static bool is_sound(int root, const struct record *r)
{
	auto_fd fd = open_record(root, r);

	return fd >= 0 && !sys.write_back(fd, SYNC_FILE_RANGE_WAIT_BEFORE);
}

struct taking {
	struct lost_writes *d;
	int root; /* a flush has failed just now, or -1 */
	uint64_t failed;
	struct pathmap *map;
};

static int take(void *arg, const struct record *r, uint32_t node)
{
	struct taking *t = arg;
	bool strict = r->seq <= t->failed;
	struct record now = *r;
	char buf[PATHMAP_PATH];

	now.path = pathmap_now(t->map, node, r, buf);
	if (r->kind == RECORD_UNREAD && strict && t->root >= 0)
		strict = !is_sound(t->root, &now);
	if (r->kind == RECORD_FILE || r->kind == RECORD_UNREAD)
		add(t->d, r, strict);
	return 0;
}

static int take_unflushed(struct lost_writes *d, int root)
{
	struct pathmap *map = pathmap_new();
	struct taking t = { .d = d, .root = root, .map = map };
	int r = map ? changes_unflushed(d->changes, map, &t.failed) : -ENOMEM;

	if (!r)
		r = pathmap_each(map, take, &t);
	pathmap_free(map);
	return r;
}

int lost_writes_new(struct changes *changes, struct backing *backing,
		    const struct events *events, struct lost_writes **ret)
{
	struct lost_writes *d = calloc(1, sizeof(*d));
	int r;

	if (!d)
		return -ENOMEM;
	d->changes = changes;
	d->backing = backing;
	d->events = events;
	pthread_mutex_init(&d->lock, NULL);
	r = take_unflushed(d, -1);
	if (r < 0)
		lost_writes_free(d);
	else
		*ret = d;
	return r;
}

static void remove_locked(struct lost_writes *d, struct content *c)
{
	HASH_DEL(d->contents, c);
	free(c);
}

void lost_writes_free(struct lost_writes *d)
{
	struct content *c, *next;

	if (!d)
		return;
	HASH_ITER(hh, d->contents, c, next)
		remove_locked(d, c);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

bool lost_writes_is_over(struct lost_writes *d)
{
	return !atomic_load(&d->any);
}

unsigned long lost_writes_failures(const struct lost_writes *d)
{
	return d ? atomic_load(&d->failures) : 0;
}

/* A promotion meanwhile sees the count, or is in the list of changes by then. */
void lost_writes_failed(struct lost_writes *d)
{
	auto_pin pin = { 0 };
	int r = dir_pin(backing_root(d->backing), &pin);

	atomic_fetch_add(&d->failures, 1);
	changes_failed(d->changes);
	if (!r)
		r = take_unflushed(d, pin.fd);
	if (!r)
		return;
	events_tell(d->events, LOG_ERROR,
		    "what a flush may have lost cannot be told (%s): no mark "
		    "can be made until the next mount",
		    strerror(-r));
	LOCK_SCOPE(&d->lock);
	d->blind = true;
	atomic_store(&d->any, true);
}

/* On disk a file ends with the last bytes that were written back. */
static bool ends_in_hole(int fd, int64_t size)
{
	return size && lseek(fd, size - 1, SEEK_DATA) < 0 && errno == ENXIO;
}

/* Why @want is not known to be on disk; NULL: it is. */
static const char *look(int fd, const struct digest *want, bool strict,
			const atomic_bool *interrupted, int *ret_code)
{
	struct digest found;
	int64_t size;

	*ret_code = digest_disk(fd, interrupted, &found, &size);
	if (*ret_code < 0)
		return strerror(-*ret_code);
	if (memcmp(&found, want, sizeof(found)) ||
	    (strict && ends_in_hole(fd, size)))
		return "the disk has other bytes";
	return NULL;
}

/* Files that are written */

static bool find(struct lost_writes *d, const struct record_stat *st,
		 struct content *ret)
{
	struct content *c;

	LOCK_SCOPE(&d->lock);
	c = find_locked(d, st);
	if (c)
		*ret = *c;
	return c && !c->held;
}

/* Are the bytes of @base in doubt, and not on disk? */
static bool is_lost(struct lost_writes *d, int base)
{
	struct record_stat key;
	struct content c;
	struct stat st;
	int64_t size;
	int code;

	if (lost_writes_is_over(d) || base < 0 || fstat(base, &st) < 0)
		return false;
	key = (struct record_stat){ st.st_size, st.st_mtim, st.st_ino };
	if (!find(d, &key, &c))
		return false;
	if (!c.known && (c.strict || digest_file(base, &c.digest, &size) < 0))
		return true;
	return look(base, &c.digest, c.strict, NULL, &code) != NULL;
}

int lost_writes_judge(struct lost_writes *d, struct lost_writes_file *f, int fd,
		      int base)
{
	unsigned long now = lost_writes_failures(d);

	if (!d)
		return 0;
	f->doubted = is_lost(d, base);
	if (f->failures == now)
		return 0;
	f->failures = now;
	/* This descriptor was told of all errors of the file so far. */
	return sys.write_back(fd, SYNC_FILE_RANGE_WAIT_BEFORE);
}

void lost_writes_promoted(struct lost_writes *d,
			  const struct lost_writes_file *f,
			  const struct record *r)
{
	if (f->doubted || f->failures != lost_writes_failures(d))
		add(d, r, true);
}

void lost_writes_touched(struct lost_writes *d, const struct record_stat *old,
			 const struct record *r)
{
	struct content *from, *c;

	if (lost_writes_is_over(d))
		return;
	LOCK_SCOPE(&d->lock);
	from = find_locked(d, old);
	c = from ? add_locked(d, &r->st) : NULL;
	if (!c)
		return;
	c->digest = from->digest;
	c->known = from->known;
	c->strict = from->strict;
	c->seq = r->seq;
}

/* Marks */

struct check {
	struct lost_writes *d;
	const struct lost_writes_mark *m;
	int root;
	unsigned int lost;
	size_t used; /* of m->why */
};

static void note_lost(struct check *k, const char *path, const char *why)
{
	const struct lost_writes_mark *m = k->m;
	int n;

	if (k->lost++ < LOGGED)
		events_tell(k->d->events, LOG_ERROR,
			    "\"%s\" is not known to be on disk: %s; write it "
			    "again",
			    path, why);
	if (k->lost > NAMED || k->used >= m->why_size)
		return;
	n = snprintf(m->why + k->used, m->why_size - k->used, "%s\"%.100s\"",
		     k->used ? ", " : "", path);
	k->used += n > 0 ? (size_t)n : 0;
}

/* A file that was replaced or renamed by now is left to a later mark. */
static void put_off(struct check *k, const struct record *r)
{
	struct content *c;

	LOCK_SCOPE(&k->d->lock);
	c = find_locked(k->d, &r->st);
	if (c)
		c->seq = UINT64_MAX;
}

static void note_held(struct check *k, const struct record *r)
{
	struct content *c;

	LOCK_SCOPE(&k->d->lock);
	c = find_locked(k->d, &r->st);
	if (c)
		c->held = true;
}

static int check_one(void *arg, const struct record *r, uint32_t node)
{
	struct check *k = arg;
	char buf[PATHMAP_PATH];
	struct record now = *r;
	auto_fd fd = -1;
	struct content c;
	const char *why;
	struct stat st;
	int code = 0;

	if ((r->kind != RECORD_FILE && r->kind != RECORD_UNREAD) ||
	    !find(k->d, &r->st, &c))
		return 0;
	now.path = pathmap_now(k->m->map, node, r, buf);
	fd = open_record(k->root, &now);
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP ||
	    (fd >= 0 && !fstat(fd, &st) &&
	     compare_stat(r, &st) != VERDICT_HOLDS)) {
		put_off(k, r);
		return 0;
	}
	if (fd < 0)
		why = strerror(-fd);
	else if (c.known || (!c.strict && r->kind == RECORD_FILE))
		why = look(fd, c.known ? &c.digest : &r->digest, c.strict,
			   k->m->interrupted, &code);
	else
		why = "what it was is not known any more";
	if (!why)
		note_held(k, r);
	else if (code != -EINTR)
		note_lost(k, now.path, why);
	return code == -EINTR ? code : 0;
}

static int say_lost(struct check *k)
{
	const struct lost_writes_mark *m = k->m;
	size_t room = m->why_size > k->used ? m->why_size - k->used : 0;
	char more[32] = "";

	if (k->lost > NAMED)
		snprintf(more, sizeof(more), " and %u more", k->lost - NAMED);
	snprintf(
		m->why + k->used, room,
		"%s not known to be on disk after a crash or a failed flush: write %s "
		"again (run the step again), and then make the mark",
		more, k->lost > 1 ? "them" : "it");
	return -EIO;
}

/* @some: only what was looked at. */
static void settle(struct lost_writes *d, uint64_t upto, bool some)
{
	struct content *c, *next;

	LOCK_SCOPE(&d->lock);
	HASH_ITER(hh, d->contents, c, next)
		if (c->seq <= upto && (c->held || !some))
			remove_locked(d, c);
	if (!d->contents && !d->blind)
		atomic_store(&d->any, false);
}

static bool is_blind(struct lost_writes *d)
{
	LOCK_SCOPE(&d->lock);
	return d->blind;
}

int lost_writes_check(struct lost_writes *d, const struct lost_writes_mark *m)
{
	struct check k = { .d = d, .m = m };
	auto_pin pin = { 0 };
	int r;

	if (lost_writes_is_over(d))
		return 0;
	if (is_blind(d)) {
		snprintf(m->why, m->why_size,
			 "a flush failed, and what it lost is not known: "
			 "unmount, and mount again");
		return -EIO;
	}
	r = dir_pin(backing_root(d->backing), &pin);
	k.root = pin.fd;
	if (!r)
		r = pathmap_each(m->map, check_one, &k);
	if (!r && k.lost)
		r = say_lost(&k);
	if (!r)
		settle(d, m->upto, m->some);
	return r;
}
