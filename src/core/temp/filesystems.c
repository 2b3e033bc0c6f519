/* SPDX-License-Identifier: MIT */
#include "core/temp/filesystems.h"

#include <fcntl.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/disk/dirty.h"
#include "core/temp/journal.h"

#define PLACES_MAX ((size_t)16 << 20)

struct filesystem {
	struct dir *top;  /* under lock: a reference to the first directory on
			  *   it, or to the one that its home is in */
	char *path;	  /* under lock: where that is, as recorded; or NULL */
	int recorded;	  /* under lock: result of the last try: 0 or -errno */
	atomic_int older; /* atomic, changed under making: last result of
			   *   void_left(); 1: not yet */
	bool told;	  /* under making: it was told that it gets no home */
	uint64_t dev, mount;	     /* const */
	const struct events *events; /* const */
	atomic_int fd;		     /* atomic: a directory of it, or -errno */
	pthread_mutex_t making;	     /* order: after v->io, before lock */
	atomic_bool begun;	     /* atomic: it has a home */
	struct home home;	     /* const once it is begun */
	struct journal *journal;     /* likewise */
	enum way way;		     /* under lock; const once it is begun */
	bool used; /* under lock: this mount has changed something there, or is
		    *   about to; else it was only told of by the list */
	bool over; /* of the flush: nothing from before is left there */
	struct filesystem *next; /* under lock; only the flush takes one out */
};

#define UNCHANGED (-EAGAIN) /* in place of fd: there is nothing to flush */

struct filesystems {
	struct filesystems_spec in; /* const */
	pthread_mutex_t lock; /* order: after tree_lock.h, before the backing's */
	struct filesystem *first; /* under lock */
	int code; /* under lock: -ENOMEM: one is not in the list */
};

int filesystems_new(const struct filesystems_spec *spec,
		    struct filesystems **ret)
{
	struct filesystems *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->in = *spec;
	pthread_mutex_init(&s->lock, NULL);
	*ret = s;
	return 0;
}

static void filesystem_free(struct filesystem *in)
{
	close_fd(in->fd);
	journal_free(in->journal);
	home_release(&in->home);
	pthread_mutex_destroy(&in->making);
	dir_put(in->top);
	free(in->path);
	free(in);
}

void filesystems_free(struct filesystems *s)
{
	struct filesystem *next;

	if (!s)
		return;
	for (struct filesystem *in = s->first; in; in = next) {
		next = in->next;
		filesystem_free(in);
	}
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* Finding them */

static bool is_same(struct dir *a, struct dir *b)
{
	return a->key.dev == b->key.dev &&
	       atomic_load(&a->mount) == atomic_load(&b->mount);
}

/* Directory @name of @dir, whose reference it takes; or NULL. */
static struct dir *step(struct dir *dir, const char *name)
{
	struct dir *sub = NULL;
	struct file_key key;
	struct statx st;

	if (!dir_statx(dir, name, &st) && S_ISDIR(st.stx_mode)) {
		key = statx_key(&st);
		sub = dir_intern(dir, name, &key);
	}
	if (sub)
		atomic_store(&sub->mount, st.stx_mnt_id);
	dir_put(dir);
	return sub;
}

/* From the root to @path, or to the first that is on one with @end. */
static struct dir *walk(struct filesystems *s, char *path, struct dir *end)
{
	struct dir *dir = dir_get(backing_root(s->in.backing));
	char *rest;

	for (char *name = strtok_r(path, "/", &rest); name && dir;
	     name = strtok_r(NULL, "/", &rest)) {
		dir = step(dir, name);
		if (dir && end && is_same(dir, end))
			break;
	}
	return dir;
}

static int open_dir(struct dir *dir)
{
	auto_pin pin = { 0 };
	int fd, r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The record */

static bool is_recorded(const char *text, size_t size, const char *path)
{
	for (const char *p = text; p < text + size; p += strlen(p) + 1)
		if (!strcmp(p, path))
			return true;
	return false;
}

static int record(const struct state *state, const char *path)
{
	size_t n = strlen(path) + 2, size = 0;
	auto_free char *old = NULL;
	auto_free char *text = calloc(1, n);
	auto_fd fd = -1;
	int r = sys_read_file(state->dir, FILESYSTEMS_NAME, PLACES_MAX, &old,
			      &size);

	if (!text || (r < 0 && r != -ENOENT))
		return r < 0 ? r : -ENOMEM;
	if (!r && is_recorded(old, size, path))
		return 0;
	memcpy(text + 1, path, n - 2);
	fd = sys_open_file(state->dir, FILESYSTEMS_NAME, O_WRONLY | O_CREAT);
	return fd < 0 ? fd : sys_pwrite_all(fd, text, n, (off_t)size);
}

/* "/" for the root: malloc'ed, or NULL. */
static char *place_of(struct dir *dir)
{
	auto_free char *path = dir_path(dir, NULL);
	char *place;

	return path && asprintf(&place, "/%s", path) >= 0 ? place : NULL;
}

/* Records where @in is; again if that failed, or if it has moved. */
static int record_locked(struct filesystems *s, struct filesystem *in)
{
	auto_free char *path = place_of(in->top);
	int r;

	if (!path)
		return -ENOMEM;
	if (in->path && !strcmp(path, in->path))
		return 0;
	r = record(s->in.state, path);
	if (r < 0 && r != in->recorded)
		events_tell(s->in.events, LOG_WARN,
			    STATE_DIR "/" FILESYSTEMS_NAME
				      ": %s; after a crash marks may not flush "
				      "\"%s\"",
			    strerror(-r), path);
	in->recorded = r;
	if (r < 0)
		return r;
	free(in->path);
	in->path = steal_ptr(&path);
	return 0;
}

/* After a crash */

/*
 * Is @fd on filesystem @dev (0: any), and not on that of .idemfs?  A home that
 * was copied to a place where nothing is mounted is none.
 */
static bool is_elsewhere(const struct state *s, int fd, uint64_t dev)
{
	struct statx st, own;

	if (fd_statx(fd, &st) < 0 || fd_statx(s->tmp, &own) < 0)
		return false;
	if (dev && statx_key(&st).dev != dev)
		return false;
	return statx_key(&st).dev != statx_key(&own).dev ||
	       st.stx_mnt_id != own.stx_mnt_id;
}

/* If a directory cannot be listed, the others go on. */
static int add_left(const struct state *s, int at, const char *path,
		    const struct events *events, struct home **list,
		    size_t *count)
{
	int r = home_left(s, at, list, count);

	if (r == 0 || r == -ENOMEM)
		return r;
	events_tell(events, LOG_WARN,
		    "\"%s\": %s; what a crash has left there is not looked for",
		    path + 1, strerror(-r));
	return 0;
}

static int left_on(const struct state *s, int root, uint64_t dev,
		   const struct events *events, struct home **ret,
		   size_t *ret_count)
{
	auto_free char *text = NULL;
	size_t size;
	int r = sys_read_file(s->dir, FILESYSTEMS_NAME, PLACES_MAX, &text,
			      &size);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (char *p = text; p < text + size && !r; p += strlen(p) + 1) {
		auto_fd at = -1;

		if (*p != '/')
			continue;
		at = backing_openat(root, p[1] ? p + 1 : ".",
				    O_PATH | O_DIRECTORY);
		if (at >= 0 && is_elsewhere(s, at, dev))
			r = add_left(s, at, p, events, ret, ret_count);
	}
	return r;
}

int filesystems_left(const struct state *s, int root,
		     const struct events *events, struct home **ret,
		     size_t *ret_count)
{
	return left_on(s, root, 0, events, ret, ret_count);
}

/*
 * The filesystem may have been mounted later than idemfs.  Then versions that
 * an earlier mount has closed here, and that recovery has not seen, are older
 * than those that come now.
 */
static int void_left(struct filesystems *s, const struct filesystem *in)
{
	auto_free struct home *left = NULL;
	auto_pin pin = { 0 };
	size_t count = 0;
	int r = dir_pin(backing_root(s->in.backing), &pin);

	if (!r)
		r = left_on(s->in.state, pin.fd, in->dev, in->events, &left,
			    &count);
	for (size_t i = 0; i < count; i++) {
		if (!r)
			r = journal_void(left[i].tmp);
		home_release(&left[i]);
	}
	return r;
}

/* Flushes: under making alone. */
static int void_once(struct filesystems *s, struct filesystem *in)
{
	int r, was = atomic_load(&in->older);

	if (!was)
		return 0;
	r = void_left(s, in);
	if (r < 0 && r != was)
		events_tell(s->in.events, LOG_ERROR,
			    "a journal inside the tree: %s; what was closed "
			    "before a crash may come over what is newer",
			    strerror(-r));
	atomic_store(&in->older, r);
	return r;
}

/* All of them */

static struct filesystem *find_locked(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in = s->first;

	while (in && (in->dev != dir->key.dev ||
		      in->mount != atomic_load(&dir->mount)))
		in = in->next;
	return in;
}

static struct filesystem *add_locked(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in = calloc(1, sizeof(*in));
	auto_free char *path = dir_path(dir, NULL);

	if (!in) {
		s->code = -ENOMEM;
		return NULL;
	}
	in->top = path ? walk(s, path, dir) : NULL;
	if (!in->top)
		in->top = dir_get(dir);
	in->events = s->in.events;
	in->dev = dir->key.dev;
	in->mount = atomic_load(&dir->mount);
	in->fd = UNCHANGED;
	in->way = WAY_EACH; /* until it is known */
	in->older = 1;
	in->home = (struct home)HOME_CLOSED;
	pthread_mutex_init(&in->making, NULL);
	in->next = s->first;
	s->first = in;
	return in;
}

static struct filesystem *of_locked(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in = find_locked(s, dir);

	return in ? in : add_locked(s, dir);
}

struct filesystem *filesystem_of(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in;

	LOCK_SCOPE(&s->lock);
	in = of_locked(s, dir);
	if (in)
		in->used = true;
	return in;
}

static void move_top_locked(struct filesystem *in, struct dir *dir)
{
	struct dir *old = in->top;

	in->top = dir_get(dir);
	dir_put(old);
	free(steal_ptr(&in->path));
}

/*
 * The top may belong to another user.  Then a directory that can be opened is
 * recorded for the next mount, unless the home is recorded.
 */
static int open_any_locked(struct filesystem *in, struct dir *dir)
{
	int fd = open_dir(in->top);

	if (fd >= 0 || dir == in->top)
		return fd;
	fd = open_dir(dir);
	if (fd >= 0 && !atomic_load(&in->begun))
		move_top_locked(in, dir);
	return fd;
}

static void open_locked(struct filesystem *in, struct dir *dir)
{
	auto_free char *path = NULL;
	int was = in->fd;

	if (was >= 0)
		return;
	in->fd = open_any_locked(in, dir);
	if (in->fd >= 0)
		in->way = way_of(in->fd);
	if (in->fd >= 0 || in->fd == was)
		return;
	path = dir_path(dir, NULL);
	events_tell(
		in->events, LOG_ERROR,
		"\"%s\": a filesystem of its own that cannot be flushed: %s; "
		"%s",
		path ? path : "", strerror(-in->fd),
		in->used ? "no mark can be made until it can"
			 : "if it stays so, the next mark fails");
}

static void note(struct filesystems *s, struct dir *dir, bool used)
{
	struct filesystem *in;

	if (dir->key.dev == s->in.disk->dev) {
		if (s->in.disk->way == WAY_EACH)
			dirty_note(s->in.disk->dirty, dir);
		return;
	}
	LOCK_SCOPE(&s->lock);
	in = of_locked(s, dir);
	if (!in)
		return;
	in->used |= used;
	open_locked(in, dir);
	if (used && in->way == WAY_EACH)
		dirty_note(s->in.disk->dirty, dir);
	if (!in->path)
		record_locked(s, in);
}

void filesystems_prepare(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in;

	if (dir->key.dev == s->in.disk->dev)
		return;
	in = filesystem_of(s, dir);
	if (!in || !atomic_load(&in->older))
		return;
	LOCK_SCOPE(&in->making);
	void_once(s, in);
}

void filesystems_note(struct filesystems *s, struct dir *dir)
{
	note(s, dir, true);
}

void filesystems_moved(struct filesystems *s)
{
	LOCK_SCOPE(&s->lock);
	for (struct filesystem *in = s->first; in; in = in->next)
		record_locked(s, in);
}

/* Nothing is changed yet, and nothing flushed: it stays in the list. */
static void tell_one(struct filesystems *s, struct dir *dir)
{
	struct filesystem *in;

	note(s, dir, false);
	pthread_mutex_lock(&s->lock);
	in = find_locked(s, dir);
	pthread_mutex_unlock(&s->lock);
	if (!in)
		return;
	LOCK_SCOPE(&in->making);
	void_once(s, in);
}

void filesystems_tell(struct filesystems *s)
{
	auto_free char *text = NULL;
	size_t size, n;
	int r = sys_read_file(s->in.state->dir, FILESYSTEMS_NAME, PLACES_MAX,
			      &text, &size);

	if (r < 0 && r != -ENOENT)
		events_tell(s->in.events, LOG_ERROR,
			    STATE_DIR "/" FILESYSTEMS_NAME
				      ": %s; the next mark may not flush all "
				      "that a crash has left",
			    strerror(-r));
	for (char *p = text; p && p < text + size; p += n) {
		struct dir *dir;

		n = strlen(p) + 1;
		dir = *p ? walk(s, p, NULL) : NULL;
		if (dir)
			tell_one(s, dir);
		dir_put(dir);
	}
}

/* A filesystem that could not be opened before is tried again. */
static int open_for_flush(struct filesystems *s, struct filesystem *in)
{
	int fd = atomic_load(&in->fd);

	if (fd >= 0 || fd == UNCHANGED)
		return fd;
	LOCK_SCOPE(&s->lock);
	open_locked(in, in->top);
	return in->fd;
}

/* Slots of temps that have left their home are free after the flush. */
static int flush_one(struct filesystems *s, struct filesystem *in)
{
	struct journal *j = atomic_load(&in->begun) ? in->journal : NULL;
	uint64_t begun = journal_flush_begin(j);
	int fd = open_for_flush(s, in), r;

	if (fd == UNCHANGED)
		return 0;
	r = fd < 0 ? fd : sys.syncfs(fd);
	if (!r)
		journal_flush_end(j, begun);
	in->over = !r || fd < 0;
	return r;
}

/*
 * A filesystem that this mount does not use is flushed once, or makes one mark
 * fail.  Then it may be unmounted.
 */
static void drop_unused(struct filesystems *s)
{
	struct filesystem **at = &s->first, *in;

	LOCK_SCOPE(&s->lock);
	while ((in = *at)) {
		if (in->used || !in->over) {
			at = &in->next;
			continue;
		}
		*at = in->next;
		filesystem_free(in);
	}
}

int filesystems_flush(struct filesystems *s)
{
	struct filesystem *in;
	int r;

	pthread_mutex_lock(&s->lock);
	in = s->first;
	r = s->code;
	pthread_mutex_unlock(&s->lock);
	for (; !r && in; in = in->next)
		r = flush_one(s, in);
	drop_unused(s);
	return r;
}

/* Homes */

static int open_home(struct filesystems *s, struct filesystem *in,
		     struct dir *dir)
{
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	return r < 0 ? r : home_make(s->in.state, pin.fd, &in->home);
}

static int open_home_at_top(struct filesystems *s, struct filesystem *in)
{
	struct dir *top;
	int r;

	pthread_mutex_lock(&s->lock);
	top = dir_get(in->top);
	pthread_mutex_unlock(&s->lock);
	r = open_home(s, in, top);
	dir_put(top);
	return r;
}

static void move_top(struct filesystems *s, struct filesystem *in,
		     struct dir *dir)
{
	LOCK_SCOPE(&s->lock);
	move_top_locked(in, dir);
}

static int flush_record(const struct state *state)
{
	auto_fd fd = sys_open_file(state->dir, FILESYSTEMS_NAME, O_RDONLY);
	int r = fd < 0 ? fd : sys.fsync(fd);

	return r < 0 ? r : sys.fsync(state->dir);
}

/*
 * Records where it is, for recovery after a power cut.  Only level close needs
 * that.  At other levels, if the disk of .idemfs is full, writing here goes on.
 */
static int make_found(struct filesystems *s, struct filesystem *in)
{
	int r, recorded;

	pthread_mutex_lock(&s->lock);
	open_locked(in, in->top);
	recorded = record_locked(s, in);
	pthread_mutex_unlock(&s->lock);
	r = void_once(s, in);
	if (!recorded)
		recorded = flush_record(s->in.state);
	if (!r && s->in.promises)
		r = recorded;
	return r < 0 ? r : way_flush_names(in->home.tmp);
}

static int begin_locked(struct filesystems *s, struct filesystem *in,
			struct dir *dir)
{
	int r = !s->in.state->fixed ? open_home_at_top(s, in) : -EROFS;

	/* The top may belong to another user. */
	if (r == -EACCES || r == -EPERM) {
		r = open_home(s, in, dir);
		if (!r)
			move_top(s, in, dir);
	}
	if (!r)
		r = make_found(s, in);
	/* It belongs to another tree, or is not in the list. */
	if (!r)
		r = journal_void(in->home.tmp);
	if (!r)
		r = journal_new(in->home.tmp, &in->journal);
	if (r < 0) {
		home_release(&in->home);
		return r;
	}
	if (s->in.promises)
		journal_keep(in->journal);
	atomic_store(&in->begun, true);
	return 0;
}

/* No file can be written there without a home.  Told once. */
static void tell_homeless_locked(struct filesystem *in, struct dir *dir,
				 int code)
{
	auto_free char *path = NULL;

	if (in->told)
		return;
	in->told = true;
	path = dir_path(dir, NULL);
	events_tell(
		in->events, LOG_ERROR,
		"\"%s\": a filesystem of its own with no directory for temps: "
		"%s; nothing can be written there",
		path ? path : "", strerror(-code));
}

int filesystem_begin(struct filesystems *s, struct filesystem *in,
		     struct dir *dir)
{
	int r;

	if (atomic_load(&in->begun))
		return 0;
	LOCK_SCOPE(&in->making);
	r = atomic_load(&in->begun) ? 0 : begin_locked(s, in, dir);
	/* A read-only filesystem is not worth a line. */
	if (r < 0 && r != -EROFS)
		tell_homeless_locked(in, dir, r);
	return r;
}

int filesystem_tmp(const struct filesystem *in)
{
	return in->home.tmp;
}

enum way filesystem_way(const struct filesystem *in)
{
	return in->way;
}

struct journal *filesystem_journal(const struct filesystem *in)
{
	return in->journal;
}
