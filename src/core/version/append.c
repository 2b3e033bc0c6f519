/* SPDX-License-Identifier: MIT */
#include "core/version/append.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/changes/hasher.h"
#include "core/changes/intent.h"
#include "core/changes/lost_writes.h"
#include "core/changes/note.h"
#include "core/digest/digest.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/temp/temp.h"
#include "core/version/going.h"
#include "core/version/names.h"
#include "core/version/placed.h"
#include "core/version/temp_names.h"

#define TAIL_MAX ((int64_t)16 << 20) /* a longer one is copied */

/* Beginning */

static bool has_room_for_copy(int fd, int64_t size)
{
	struct statvfs st;

	return !fstatvfs(fd, &st) &&
	       (uint64_t)st.f_bavail * st.f_frsize >=
		       (uint64_t)size + (uint64_t)TAIL_MAX;
}

static bool may_be_tail(struct version *v, off_t off)
{
	struct versions *t = v->table;
	struct stat st;

	if (v->temp.truncated || v->temp.home || t->promises ||
	    atomic_load(&v->is_read))
		return false;
	if (v->temp.base < 0 || fstat(v->temp.base, &st) < 0 ||
	    st.st_nlink != 1)
		return false;
	/* Set-id bits would be lost; what is being run cannot be written to. */
	return !(st.st_mode & 07111) && st.st_size >= t->tail_min &&
	       off >= st.st_size && has_room_for_copy(v->temp.base, st.st_size);
}

int version_fd_to_write_at(struct version *v, off_t off, int *ret_fd)
{
	int tail = atomic_load(&v->temp.tail), r = 0;

	if (tail < 0 && atomic_load(&v->temp.fd) < 0 && may_be_tail(v, off)) {
		r = version_materialize(v, TEMP_TAIL);
		tail = atomic_load(&v->temp.tail);
	}
	if (r < 0 || tail < 0 || off < v->temp.tail_from)
		return r < 0 ? r : version_fd_for_write(v, ret_fd);
	atomic_store_explicit(&v->used, true, memory_order_relaxed);
	atomic_store_explicit(&v->synced, false, memory_order_relaxed);
	*ret_fd = tail;
	return 0;
}

/* Using */

int version_fd_to_read_to(struct version *v, off_t end, int *ret_fd)
{
	int r = 0;

	if (atomic_load(&v->temp.tail) >= 0 && end > v->temp.tail_from)
		r = version_fill(v);
	if (!r)
		*ret_fd = version_fd_for_read(v);
	return r;
}

/* It has gone in.  Keeps an O_PATH descriptor, which no lease counts. */
static int reopen(struct version *v)
{
	char path[32];
	auto_fd fd = -1;

	LOCK_SCOPE(&v->io);
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
		 atomic_load(&v->temp.fd));
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 || dup3(fd, atomic_load(&v->temp.fd), O_CLOEXEC) < 0
		       ? -errno
		       : 0;
}

int version_note_reader(struct version *v)
{
	int r;

	atomic_store(&v->is_read, true);
	r = version_fill(v);
	if (r < 0 || atomic_load(&v->temp.tail) < 0)
		return r;
	going_wait(v); /* it has a lease until its record is there */
	return reopen(v);
}

/*
 * The tail is looked at first: when it is filled, the other descriptor is set
 * before this one is cleared.
 */
int version_stat(struct version *v, struct stat *ret)
{
	int tail = atomic_load(&v->temp.tail);
	struct stat st, own;

	if (tail < 0)
		return fstat(version_fd_for_read(v), ret) < 0 ? -errno : 0;
	if (fstat(v->temp.base, &st) < 0 || fstat(tail, &own) < 0)
		return -errno;
	st.st_size = own.st_size;
	st.st_blocks += own.st_blocks;
	st.st_mtim = own.st_mtim;
	st.st_ctim = own.st_ctim;
	*ret = st;
	return 0;
}

/* Filling */

int append_fill_locked(struct version *v)
{
	const struct version_hooks *hooks = &v->table->hooks;
	int fd = atomic_load(&v->temp.tail), r;
	auto_access as = { 0 };
	struct stat st;

	ASSERT_HELD(&v->io);
	if (fstat(fd, &st) < 0)
		return -errno;
	hooks->wait_begin(hooks->arg);
	r = access_begin(&as, &v->temp.by);
	if (!r)
		r = copy_extents(v->temp.base, fd, v->temp.tail_from);
	access_end(&as);
	/* Filling is no write of the program; it may be closed already. */
	if (!r)
		r = sys.futimens(fd,
				 (struct timespec[]){ st.st_atim, st.st_mtim });
	hooks->wait_end(hooks->arg);
	if (!r)
		r = version_note_tail(v, NULL);
	if (r < 0)
		return r;
	atomic_store(&v->temp.fd, fd);
	atomic_store(&v->temp.tail, -1);
	return 0;
}

int version_fill(struct version *v)
{
	return atomic_load(&v->temp.tail) < 0
		       ? 0
		       : version_materialize(v, TEMP_COPY);
}

/* Going in */

struct going {
	struct version *v;
	struct dir *dir; /* where it goes: a reference */
	char *name;
	char *temp;
	int64_t bytes;	  /* size of the file in the end */
	int at;		  /* the file: by O_PATH, */
	int to;		  /*   and to write to */
	struct stat base; /* what it was before */
	struct stat tail;
};

static void release(struct going *g)
{
	dir_put(g->dir);
	free(g->name);
	free(g->temp);
	close_fd(g->at);
	close_fd(g->to);
}

/* Its only name. */
static int find_name(struct going *g)
{
	struct vname *vn;

	LOCK_SCOPE(&g->v->table->lock);
	vn = g->v->names;
	if (!vn || vn->next || !vn->temp)
		return -ENOENT;
	g->name = strdup(vname_name(vn));
	g->temp = strdup(vn->temp);
	g->dir = dir_get(vn->dir);
	return g->name && g->temp ? 0 : -ENOMEM;
}

static int write_intent(struct going *g)
{
	struct version *v = g->v;
	struct journal_note note = { .bytes = g->bytes,
				     .from = v->temp.tail_from,
				     .ino = v->base_key.ino,
				     .mtime = v->temp.tail_mtime };
	int64_t size;
	int r = digest_from(v->temp.tail, note.from, &note.digest, &size);

	if (!r && size != note.bytes - note.from)
		r = -EIO;
	if (r < 0)
		return r;
	pthread_mutex_lock(&v->table->lock);
	note.order = v->table->next_id++;
	pthread_mutex_unlock(&v->table->lock);
	return version_note_tail(v, &note);
}

/* Makes durable what recovery needs, before the file is touched. */
static int flush_intent(struct version *v)
{
	struct versions *t = v->table;
	int r = sys.fdatasync(v->temp.tail);

	if (!r)
		r = sys.fdatasync(journal_fd(t->rooms->journal));
	return r < 0 ? r : sys.fsync(t->rooms->state->tmp);
}

/* May a flush have lost bytes of it, or of its base (lost_writes.h)? */
static bool is_in_doubt(const struct version *v)
{
	struct lost_writes *d = v->table->rooms->lost;

	return d && (!lost_writes_is_over(d) ||
		     v->writes.failures != lost_writes_failures(d));
}

/* 1, or 0 when it is to be copied. */
static int prepare(struct going *g)
{
	struct version *v = g->v;

	if (fstat(v->temp.tail, &g->tail) < 0 || is_in_doubt(v))
		return 0;
	g->bytes = g->tail.st_size;
	if (g->bytes <= v->temp.tail_from ||
	    g->bytes - v->temp.tail_from > TAIL_MAX)
		return 0;
	if (find_name(g) < 0 || !dir_has(g->dir, g->name, &v->base_key))
		return 0;
	if (write_intent(g) < 0)
		return 0;
	if (v->table->rooms->opt->durability == DURABILITY_NONE)
		return 1;
	/* An error is told only once, so it must be reported here. */
	return flush_intent(v) < 0 ? -EIO : 1;
}

/* Has the file still only this name, and no other version? */
static bool is_alone(struct going *g)
{
	struct vname *vn;

	LOCK_SCOPE(&g->v->table->lock);
	vn = g->v->names;
	return vn && !vn->next && vn->dir == g->dir &&
	       !strcmp(vname_name(vn), g->name) && vn->at->newest == vn &&
	       !vn->older;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_as_it_was(const struct going *g)
{
	const struct stat *st = &g->base;

	return st->st_nlink == 1 && !(st->st_mode & 07111) &&
	       st->st_size == g->v->temp.tail_from &&
	       same_time(&st->st_mtim, &g->v->temp.tail_mtime);
}

/* Opens the base for reading again, or keeps only an O_PATH descriptor. */
static int have_base_open(struct going *g, bool open_it)
{
	char path[32];
	auto_fd fd = -1;

	if (!open_it)
		return dup3(g->at, g->v->temp.base, O_CLOEXEC) < 0 ? -errno : 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", g->at);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 || dup3(fd, g->v->temp.base, O_CLOEXEC) < 0 ? -errno : 0;
}

/* A process that breaks it waits until it is given back; SIGURG is ignored. */
static bool take_lease(struct going *g)
{
	return fcntl(g->to, F_SETSIG, SIGURG) == 0 &&
	       fcntl(g->to, F_SETLEASE, F_WRLCK) == 0;
}

static int open_it(struct going *g)
{
	const struct file_key *key = &g->v->base_key;
	int r = dir_open_file(g->dir, g->name, O_PATH, key, &g->at);

	if (!r && fstat(g->at, &g->base) < 0)
		r = -errno;
	if (!r && !is_as_it_was(g))
		r = -ESTALE;
	if (!r)
		r = dir_open_file(g->dir, g->name, O_WRONLY, key, &g->to);
	return r;
}

static int cut(struct going *g)
{
	struct timespec times[2] = { g->base.st_atim, g->base.st_mtim };
	int r = sys.ftruncate(g->to, g->base.st_size);

	return r < 0 ? r : sys.futimens(g->to, times);
}

static int append(struct going *g)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
				     g->tail.st_mtim };
	auto_access as = { 0 };
	struct stat st;
	int r = access_write(&as, &g->v->temp.by, g->to);

	if (!r)
		r = copy_range(g->v->temp.tail, g->to, g->v->temp.tail_from,
			       g->bytes);
	access_end(&as);
	if (!r && (fstat(g->to, &st) < 0 || st.st_size != g->bytes))
		r = -EIO;
	return r < 0 ? r : sys.futimens(g->to, times);
}

static void account(struct going *g)
{
	struct version *v = g->v;
	struct versions *t = v->table;

	pthread_mutex_lock(&t->lock);
	free(steal_ptr(&v->names->temp));
	pthread_mutex_unlock(&t->lock);
	atomic_fetch_add(&g->dir->epoch, 1);
	if (!atomic_load(&v->synced))
		flush_taint(t->rooms->flush, g->dir);
	version_note_promoted(v, g->dir, g->name);
	atomic_fetch_add(&t->promoted, 1);
	atomic_fetch_add(&t->promoted_bytes, g->bytes - v->temp.tail_from);
}

static void give_back_lease(struct going *g)
{
	fcntl(g->to, F_SETLEASE, F_UNLCK);
}

/*
 * With the lease, and v->io, so that no thread fills it meanwhile.  1: it is in,
 * and the file of the version is the committed one.  0: the file is as it was.
 */
static int put_in(struct going *g)
{
	int r = append(g);

	if (!r) {
		atomic_store(&g->v->temp.fd, steal_fd(&g->at));
		return 1;
	}
	r = cut(g);
	if (r < 0)
		events_tell(g->v->table->rooms->events, LOG_ERROR,
			    "\"%s\": cannot be cut back to what it was (%lld "
			    "bytes) after an append has failed: %s",
			    g->name, (long long)g->base.st_size, strerror(-r));
	give_back_lease(g);
	return have_base_open(g, true);
}

/*
 * 1: it goes in from here on, with the lease.  0: a process might see it.  Its
 * name is held, and v->io.
 */
static int begin_alone(struct going *g)
{
	struct version *v = g->v;

	if (!is_alone(g) || v->temp.fd >= 0 || v->is_read || open_it(g) < 0)
		return 0;
	hasher_leave(v->table->rooms->hasher, g->base.st_dev, g->base.st_ino);
	if (have_base_open(g, false) < 0)
		return 0;
	if (!take_lease(g))
		return have_base_open(g, true);
	going_begin(v);
	return 1;
}

/* Both, and no name is held while v->io is waited for: it may be filled. */
static struct tree_hold hold_with_io(struct version *v)
{
	struct tree_hold hold = going_hold(v);

	while (pthread_mutex_trylock(&v->io)) {
		tree_release(&hold);
		pthread_mutex_lock(&v->io);
		pthread_mutex_unlock(&v->io);
		hold = going_hold(v);
	}
	return hold;
}

/* As begin_alone(): 1 when it is in.  Nothing is held over the copy but v->io. */
static int copy_alone(struct going *g)
{
	struct version *v = g->v;
	struct tree_hold hold = hold_with_io(v);
	int r = begin_alone(g);

	tree_release(&hold);
	if (r > 0) {
		r = put_in(g);
		if (r <= 0)
			going_end(v);
	}
	pthread_mutex_unlock(&v->io);
	return r;
}

/* It is in, and its name has stood still. */
static void finish(struct going *g)
{
	struct version *v = g->v;
	struct versions *t = v->table;

	VERSION_NAMES_SCOPE(v, 0);
	INTENT_SCOPE(t->rooms->intent, g->dir, g->name);
	t->hooks.settled(t->hooks.arg, v, g->dir, g->name);
	give_back_lease(g);
	account(g);
	going_end(v);
}

static int go_in(struct going *g)
{
	int r;

	/* Ends the hasher's read of the file before its name waits for it. */
	hasher_leave(g->v->table->rooms->hasher, g->v->base_key.dev,
		     g->v->base_key.ino);
	r = copy_alone(g);
	if (r > 0)
		finish(g);
	return r;
}

/* The tail is in; only the disk may not have it yet. */
static void flush_file(struct going *g)
{
	struct versions *t = g->v->table;
	auto_free char *path = NULL;
	int r = 0;

	if (t->rooms->opt->durability != DURABILITY_NONE)
		r = sys.fdatasync(g->to);
	if (!r)
		return;
	path = dir_path(g->dir, g->name);
	events_tell(t->rooms->events, LOG_ERROR,
		    "\"%s\": what was appended is not on disk: %s",
		    path ? path : g->name, strerror(-r));
	failures_note(t->rooms->failures, FAILURES_OF_ALL, 0, "", r);
}

int append_promote(struct version *v)
{
	__attribute__((cleanup(release))) struct going g = { .v = v,
							     .at = -1,
							     .to = -1 };
	int r;

	if (atomic_load(&v->temp.tail) < 0)
		return 0;
	WAIT_SCOPE(&v->table->rooms->wait);
	r = prepare(&g);
	if (r > 0)
		r = go_in(&g);
	if (r > 0) {
		flush_file(&g);
		/* Before the next append looks whether it is open. */
		close_fd(steal_fd(&g.to));
		temp_remove(&v->temp, g.temp);
	}
	return r;
}
