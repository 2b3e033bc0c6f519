/* SPDX-License-Identifier: MIT */
#include "core/version/promise.h"

#include <fcntl.h>
#include <string.h>
#include <utlist.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/digest/digest.h"
#include "core/digest/stream.h"
#include "core/disk/way.h"
#include "core/flush/flush.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/version/names.h"
#include "core/version/temp_names.h"

#define GATHER_FLUSHES 4      /* for so long a leader waits for others, */
#define GATHER_MAX_NS 2000000 /*   and no longer than this */
#define PROMISE_MS 250	      /* the RELEASE of a last close has come by then */

/* A thread that waits for a flush. */
struct closer {
	struct version *v; /* a reference */
	int fd;		   /* of its temp */
	uint64_t order;	   /* of its note; 0: none */
	int result;
	promise_done *done;
	void *arg;
	struct closer *next;
};

struct promises {
	struct versions *t;	/* const */
	enum way way;		/* const */
	int whole;		/* const: to flush the filesystem by, or -1 */
	pthread_t thread;	/* const once it is started */
	bool started;		/* const once it is started */
	pthread_mutex_t lock;	/* order: before the version table's lock */
	pthread_cond_t changed; /* with lock: of a note */
	pthread_cond_t come;	/* with lock: for the leader */
	pthread_cond_t wake;	/* with lock: for the thread */
	struct closer *waiting; /* under lock: newest first */
	unsigned int count;	/* under lock: of them */
	pid_t last;		/* under lock: of the thread that led last */
	int64_t usual_ns;	/* under lock: what a flush has taken lately */
	bool led;		/* under lock: a thread flushes for all */
	bool stop;		/* under lock */
	struct version *made;	/* under lock: oldest first */
	atomic_uint count_made; /* atomic: how many these are */
	unsigned long versions; /* under lock: counters */
	unsigned long flushes;	/* under lock */
};

int promises_new(struct versions *t, struct promises **ret)
{
	struct promises *c;
	int r;

	*ret = NULL;
	if (t->rooms->opt->durability != DURABILITY_CLOSE || !t->rooms->journal)
		return 0; /* or nothing can be written at all */
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->t = t;
	c->way = t->rooms->disk.way;
	/*
	 * The kernel tells each descriptor of an error once.  So marks have
	 * another: an error that one of us gets, the other would never get.
	 */
	c->whole = openat(t->rooms->state->dir, ".",
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->whole < 0) {
		r = -errno;
		free(c);
		return r;
	}
	journal_keep(t->rooms->journal);
	lock_init(&c->lock);
	pthread_cond_init(&c->wake, NULL);
	pthread_cond_init(&c->come, NULL);
	pthread_cond_init(&c->changed, NULL);
	*ret = c;
	return 0;
}

void promises_free(struct promises *c)
{
	if (!c)
		return;
	pthread_cond_destroy(&c->changed);
	pthread_cond_destroy(&c->come);
	pthread_cond_destroy(&c->wake);
	pthread_mutex_destroy(&c->lock);
	close_fd(c->whole);
	free(c);
}

/* The state of a note */

static enum promise_state take_promise_locked(struct promises *c,
					      struct version *v,
					      enum promise_state busy)
{
	enum promise_state was;

	ASSERT_HELD(&c->lock);
	while ((was = atomic_load(&v->promise)) >= busy)
		pthread_cond_wait(&c->changed, &c->lock);
	if (was == PROMISE_MADE) {
		DL_DELETE2(c->made, v, promise_prev, promise_next);
		atomic_fetch_sub(&c->count_made, 1);
	}
	atomic_store(&v->promise, PROMISE_CHANGING);
	return was;
}

/*
 * Waits until the state of the promise of @v is less than @busy, and sets it:
 * the caller has the promise until end_promise().  Returns the previous state.
 */
static enum promise_state begin_promise(struct promises *c, struct version *v,
					enum promise_state busy)
{
	LOCK_SCOPE(&c->lock);
	return take_promise_locked(c, v, busy);
}

static uint64_t next_order(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	return t->next_id++;
}

/*
 * @tid closes @v.  Returns the order of the close, which a thread that sees the
 * note being made can compare.
 */
static uint64_t begin_close(struct promises *c, struct version *v, pid_t tid)
{
	uint64_t order;

	LOCK_SCOPE(&c->lock);
	take_promise_locked(c, v, PROMISE_BEGUN);
	order = next_order(c->t);
	atomic_store(&v->promise_order, order);
	v->promise_tid = tid;
	atomic_store(&v->promise_old, false);
	atomic_store(&v->promise, PROMISE_BEGUN);
	return order;
}

/*
 * Like begin_promise(), of the thread that has closed @v as @order, and left
 * the note as @is.  False: it was made void meanwhile, and is that thread's no
 * more.
 */
static bool resume_promise(struct promises *c, struct version *v,
			   uint64_t order, enum promise_state is)
{
	LOCK_SCOPE(&c->lock);
	if (atomic_load(&v->promise) != (int)is ||
	    atomic_load(&v->promise_order) != order)
		return false;
	atomic_store(&v->promise, PROMISE_CHANGING);
	return true;
}

static void end_promise(struct promises *c, struct version *v,
			enum promise_state state)
{
	LOCK_SCOPE(&c->lock);
	atomic_store(&v->promise, state);
	if (state == PROMISE_MADE) {
		if (!c->made)
			pthread_cond_signal(&c->wake);
		v->promised_ms = now_ms();
		DL_APPEND2(c->made, v, promise_prev, promise_next);
		atomic_fetch_add(&c->count_made, 1);
	}
	pthread_cond_broadcast(&c->changed);
}

/* A flush for all that wait */

/*
 * One commit of the log covers what was changed before it; new times make sure
 * that the journal's inode is of the transaction that is running now.
 */
static int flush_ordered(struct versions *t, struct closer *all)
{
	int fd = journal_fd(t->rooms->journal), r;

	/* All are begun before the first is waited for. */
	for (struct closer *w = all; w && w->next; w = w->next)
		sys.write_back(w->fd, SYNC_FILE_RANGE_WRITE);
	for (struct closer *w = all; w; w = w->next)
		w->result = way_flush_bytes(WAY_ORDERED, w->fd);
	r = sys.futimens(fd, NULL);
	return r < 0 ? r : sys.fsync(fd);
}

static int flush(struct promises *c, struct closer *all)
{
	switch (c->way) {
	case WAY_ORDERED:
		return flush_ordered(c->t, all);
	case WAY_WHOLE:
		return sys.syncfs(c->whole);
	case WAY_EACH:
		return way_flush_file(c->t->rooms->state->tmp,
				      journal_fd(c->t->rooms->journal));
	case WAY_NOTHING:
		break;
	}
	return 0;
}

/*
 * Waits briefly for other closers, so that they share this flush.  A lone
 * writer never waits: the previous flush was its own.
 */
static void gather_locked(struct promises *c, pid_t pid)
{
	int64_t wait = c->usual_ns * GATHER_FLUSHES;
	int64_t until =
		now_ns() + (wait < GATHER_MAX_NS ? wait : GATHER_MAX_NS);

	ASSERT_HELD(&c->lock);
	if (c->last == pid && c->count == 1)
		return;
	while (c->count < versions_count(c->t) &&
	       cond_wait_until_ns(&c->come, &c->lock, until) != ETIMEDOUT)
		;
}

static int flush_batch(struct promises *c, struct closer *all)
{
	uint64_t begun = journal_flush_begin(c->t->rooms->journal);
	int64_t start = now_ns();
	int r = flush(c, all);

	if (!r)
		journal_flush_end(c->t->rooms->journal, begun);
	pthread_mutex_lock(&c->lock);
	c->usual_ns += (now_ns() - start - c->usual_ns) / 4;
	c->flushes++;
	pthread_mutex_unlock(&c->lock);
	return r;
}

/* The result of the flush is @r: keeps the note, or voids it. */
static void close_promise(struct promises *c, struct version *v, uint64_t order,
			  int r)
{
	if (!order || !resume_promise(c, v, order, PROMISE_WRITTEN))
		return;
	if (r < 0)
		version_note_temps(v, NULL);
	end_promise(c, v, r ? PROMISE_NONE : PROMISE_MADE);
}

/* Answers one.  After that its thread and its version may be gone. */
static void answer(struct promises *c, struct closer *w, int code)
{
	struct version *v = w->v;
	int r = w->result ? w->result : code;

	version_note_error(v, r);
	close_promise(c, v, w->order, r);
	w->done(w->arg, v, r);
	version_put(v);
	free(w);
}

static void answer_all(struct promises *c, struct closer *all, int code)
{
	struct closer *next;

	for (; all; all = next) {
		next = all->next;
		answer(c, all, code);
	}
}

/* Flushes for all that wait, and for all that come meanwhile. */
static void lead_locked(struct promises *c, pid_t pid)
{
	ASSERT_HELD(&c->lock);
	c->led = true;
	while (c->waiting) {
		struct closer *all;

		gather_locked(c, pid);
		all = steal_ptr(&c->waiting);
		c->versions += c->count;
		c->count = 0;
		c->last = pid;
		pthread_mutex_unlock(&c->lock);
		answer_all(c, all, flush_batch(c, all));
		pthread_mutex_lock(&c->lock);
	}
	c->led = false;
}

static void wait_for_flush(struct promises *c, struct closer *w)
{
	pid_t pid = w->v->temp.pid;

	LOCK_SCOPE(&c->lock);
	w->next = c->waiting;
	c->waiting = w;
	c->count++;
	if (c->led)
		pthread_cond_signal(&c->come);
	else
		lead_locked(c, pid);
}

/*
 * A temp on another filesystem is flushed alone, with its name and its note.
 * Its own bytes go first, since an error of the whole filesystem is told only
 * once.
 */
static int flush_foreign(struct version *v, int fd)
{
	int r = sys.fdatasync(fd);

	if (!r)
		r = sys.syncfs(temp_home(&v->temp));
	if (!r && temp_way(&v->temp) == WAY_EACH)
		r = way_flush_file(temp_home(&v->temp),
				   journal_fd(temp_journal(&v->temp)));
	return r;
}

/* Flushes what the leader, which flushes for all, does not. */
static int flush_own(struct promises *c, struct version *v, int fd)
{
	if (v->temp.home)
		return flush_foreign(v, fd);
	return c->way == WAY_EACH ? sys.fdatasync(fd) : 0;
}

/*
 * Has @v flushed.  @done may be called before it returns, or later by another
 * thread; not at all when it fails.
 */
static int flush_version(struct promises *c, struct version *v, uint64_t order,
			 promise_done *done, void *arg)
{
	struct closer *w;
	int fd = atomic_load(&v->temp.fd), r = flush_own(c, v, fd);

	if (r < 0)
		return r;
	w = malloc(sizeof(*w));
	if (!w)
		return -ENOMEM;
	*w = (struct closer){ .v = version_get(v),
			      .fd = fd,
			      .order = order,
			      .done = done,
			      .arg = arg };
	wait_for_flush(c, w);
	return 0;
}

/* Notes */

/* The digest of the file as it is now; reading it leaves its times alone. */
static int digest_version(struct version *v, struct journal_note *note)
{
	char path[32];
	auto_fd fd = -1;
	struct stat st;

	if (fstat(atomic_load(&v->temp.fd), &st) < 0)
		return -errno;
	note->bytes = st.st_size;
	if (stream_digest(&v->stream, st.st_size, &note->digest))
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d",
		 atomic_load(&v->temp.fd));
	fd = open(path, O_RDONLY | O_NOATIME | O_CLOEXEC);
	/* Only the owner may ask for O_NOATIME. */
	return digest_file_within(fd < 0 ? atomic_load(&v->temp.fd) : fd,
				  DIGEST_HOLES_MAX, &note->digest,
				  &note->bytes);
}

/* -ECANCELED: it was voided before it was written. */
static int write_promise(struct promises *c, struct version *v, uint64_t order)
{
	struct journal_note note = { .order = order };
	int r = digest_version(v, &note);

	if (!resume_promise(c, v, order, PROMISE_BEGUN))
		return r < 0 ? r : -ECANCELED;
	if (!r)
		r = version_note_temps(v, &note);
	if (r < 0)
		version_note_temps(v, NULL); /* nor that of an earlier close */
	end_promise(c, v, r ? PROMISE_NONE : PROMISE_WRITTEN);
	return r;
}

/*
 * Without a promise goes a version whose path has no room in the journal, one
 * with too many holes, and one whose promise another thread has voided.  It is
 * as safe as its rename.
 */
static bool goes_without(int r)
{
	return r == -ENAMETOOLONG || r == -EFBIG || r == -ECANCELED;
}

static int take_promise_back(struct version *v)
{
	int r = version_note_temps(v, NULL);

	return r < 0 ? r : sys.fdatasync(journal_fd(temp_journal(&v->temp)));
}

int promise_make(struct promises *c, struct version *v, pid_t tid,
		 promise_done *done, void *arg)
{
	uint64_t order;
	int r;

	WAIT_SCOPE(&c->t->rooms->wait);
	order = begin_close(c, v, tid);
	r = write_promise(c, v, order);
	if (goes_without(r))
		order = r = 0;
	if (!r)
		r = flush_version(c, v, order, done, arg);
	if (r < 0)
		close_promise(c, v, order, r);
	return r;
}

int promise_void(struct promises *c, struct version *v)
{
	int r = 0;

	if (!c || atomic_load(&v->promise) == PROMISE_NONE)
		return 0;
	WAIT_SCOPE(&c->t->rooms->wait);
	/*
	 * A thread that closes it is waited for only while it writes: it sees
	 * that its note is void.  If it has not written it, the note of an
	 * earlier close may be there.
	 */
	if (begin_promise(c, v, PROMISE_CHANGING) != PROMISE_NONE)
		r = take_promise_back(v);
	end_promise(c, v, PROMISE_NONE);
	return r;
}

void promise_wait_begin(struct promise_wait *w)
{
	sem_init(&w->done, 0, 0);
}

void promise_wait_done(void *arg, struct version *v, int result)
{
	struct promise_wait *w = arg;

	(void)v;
	w->result = result;
	sem_post(&w->done);
}

int promise_wait_end(struct promise_wait *w, bool later, int r)
{
	while (later && sem_wait(&w->done) < 0)
		; /* EINTR: on to the same wait */
	sem_destroy(&w->done);
	return later ? w->result : r;
}

static int flush_and_wait(struct promises *c, struct version *v)
{
	struct promise_wait w;
	int r;

	promise_wait_begin(&w);
	r = flush_version(c, v, 0, promise_wait_done, &w);
	return promise_wait_end(&w, !r, r);
}

/*
 * A version at @n that was closed before @order, but may go on.  One that is
 * SEALED will be promoted after the caller's (V5): its promise is right.
 */
static struct version *find_older_locked(struct vname *vn, uint64_t order)
{
	for (; vn; vn = vn->older) {
		struct version *v = vn->version;

		ASSERT_HELD(&v->table->lock);
		if (v->state < VERSION_SEALED &&
		    atomic_load(&v->promise) != PROMISE_NONE &&
		    atomic_load(&v->promise_order) < order)
			return version_get(v);
	}
	return NULL;
}

static struct version *older_at(struct versions *t, struct dir *dir,
				const char *name, uint64_t order)
{
	LOCK_SCOPE(&t->lock);
	return find_older_locked(vname_newest_locked(t, dir, name), order);
}

static struct version *older_than(struct version *v)
{
	struct version *older = NULL;

	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn && !older; vn = vn->next)
		older = find_older_locked(vn->at->newest, v->turn);
	return older;
}

static int reopen_and_put(struct promises *c, struct version *v)
{
	int r = promise_void(c, v);

	version_put(v);
	return r;
}

int versions_void_promises(struct versions *t, struct dir *dir,
			   const char *name)
{
	struct promises *c = t->promises;
	struct version *v;
	uint64_t now;
	int r = 0;

	if (!c || !atomic_load(&dir->pending))
		return 0;
	now = next_order(c->t);
	while (!r && (v = older_at(c->t, dir, name, now)))
		r = reopen_and_put(c, v);
	return r;
}

/* After the rename it has no promise, and theirs would be put over it. */
static int reopen_older(struct promises *c, struct version *v)
{
	struct version *older;
	int r = 0;

	while (!r && (older = older_than(v)))
		r = reopen_and_put(c, older);
	return r;
}

int promise_prepare(struct promises *c, struct version *v)
{
	enum promise_state was;
	int r;

	if (!c)
		return 0;
	r = reopen_older(c, v);
	WAIT_SCOPE(&c->t->rooms->wait);
	was = begin_promise(c, v, PROMISE_BEGUN);
	if ((was == PROMISE_NONE || atomic_load(&v->promise_old)) && !r) {
		r = flush_and_wait(c, v);
		r = r < 0 ? r : 1;
	}
	end_promise(c, v, PROMISE_NONE);
	return r;
}

/* Each directory alone, where one flush does not cover all. */
static int flush_names(struct promises *c, struct version *v)
{
	WAIT_SCOPE(&c->t->rooms->wait);
	return temp_way(&v->temp) == WAY_EACH ? flush_sync(c->t->rooms->flush)
					      : flush_and_wait(c, v);
}

void promise_flush_names(struct promises *c, struct version *v)
{
	int r = flush_names(c, v);

	/* It is promoted, and will be flushed with the next one. */
	if (r < 0)
		events_tell(c->t->rooms->events, LOG_ERROR,
			    "flushing names: %s", strerror(-r));
}

void promises_seen(struct promises *c, pid_t tid)
{
	struct version *v, *next;

	if (!c || !atomic_load(&c->count_made))
		return;
	LOCK_SCOPE(&c->lock);
	DL_FOREACH_SAFE2(c->made, v, next, promise_next)
	{
		if (v->promise_tid != tid || !version_is_open(v))
			continue;
		v->promised_ms = 0;
		DL_DELETE2(c->made, v, promise_prev, promise_next);
		DL_PREPEND2(c->made, v, promise_prev, promise_next);
		pthread_cond_signal(&c->wake);
	}
}

void promise_forget(struct promises *c, struct version *v)
{
	if (!c)
		return;
	begin_promise(c, v, PROMISE_BEGUN);
	end_promise(c, v, PROMISE_NONE);
}

/* The thread */

/* The first may be promoted at any moment: then it becomes the last. */
static bool pick_locked(struct promises *c)
{
	struct version *v = c->made;

	ASSERT_HELD(&c->lock);
	if (version_is_open(v))
		return true;
	DL_DELETE2(c->made, v, promise_prev, promise_next);
	v->promised_ms = now_ms();
	DL_APPEND2(c->made, v, promise_prev, promise_next);
	return false;
}

/* Waits for a promise to be voided: a reference.  NULL: the thread ends. */
static struct version *next_over(struct promises *c)
{
	int64_t until;

	LOCK_SCOPE(&c->lock);
	while (!c->stop) {
		if (!c->made) {
			pthread_cond_wait(&c->wake, &c->lock);
			continue;
		}
		until = c->made->promised_ms + PROMISE_MS;
		if (until <= now_ms() && pick_locked(c))
			return version_get(c->made);
		if (until <= now_ms())
			continue;
		cond_wait_until(&c->wake, &c->lock, until);
	}
	return NULL;
}

static void *take_back(void *arg)
{
	struct promises *c = arg;
	struct version *v;

	while ((v = next_over(c))) {
		int r = promise_void(c, v);

		if (r < 0)
			events_tell(c->t->rooms->events, LOG_ERROR,
				    "the journal cannot be written: %s",
				    strerror(-r));
		version_put(v);
	}
	return NULL;
}

int promises_start(struct promises *c)
{
	int r = c ? -pthread_create(&c->thread, NULL, take_back, c) : 0;

	if (c)
		c->started = !r;
	return r;
}

void promises_stop(struct promises *c)
{
	if (!c || !c->started)
		return;
	pthread_mutex_lock(&c->lock);
	c->stop = true;
	pthread_cond_signal(&c->wake);
	pthread_mutex_unlock(&c->lock);
	pthread_join(c->thread, NULL);
	c->started = false;
}

void promises_count(struct promises *c, unsigned long *ret_versions,
		    unsigned long *ret_flushes)
{
	*ret_versions = *ret_flushes = 0;
	if (!c)
		return;
	LOCK_SCOPE(&c->lock);
	*ret_versions = c->versions;
	*ret_flushes = c->flushes;
}
