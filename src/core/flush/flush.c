/* SPDX-License-Identifier: MIT */
#include "core/flush/flush.h"

#include <fcntl.h>
#include <string.h>

#include "base/events.h"
#include "base/fstype.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/quarantine/trim.h"

#define TICK_MS 20 /* how often a mark that waits looks for a Ctrl-C */
#define TRIM_MS (60 * 60 * 1000)

struct flush {
	struct flush_spec in; /* const */
	pthread_t thread;     /* const once it is started */
	pthread_t flusher;    /* likewise */
	bool started;	      /* const once it is started */
	int64_t trimmed_ms;   /* its thread's: when quarantine was trimmed */
	atomic_bool kept;     /* atomic: something was put there since */
	atomic_ulong changes; /* atomic: of the tree, ever */
	atomic_bool awake;    /* atomic: the thread looks without being woken */
	pthread_mutex_t lock;
	pthread_cond_t wake;	/* with lock: for the thread */
	pthread_cond_t flushed; /* with lock: a flush has ended */
	bool stop;		/* under lock */
	unsigned long wanted;	/* under lock: the flusher flushes up to it */
	bool flushing;		/* under lock: a thread leads one */
	atomic_ulong next;	/* changed under lock: number of the next one */
	atomic_ulong done;    /* changed under lock: the last that ended well */
	unsigned long failed; /* under lock: the last that did not, */
	int failed_code;      /*   and how */
};

int flush_new(const struct flush_spec *spec, struct flush **ret)
{
	struct flush *d = calloc(1, sizeof(*d));

	if (!d)
		return -ENOMEM;
	d->in = *spec;
	d->next = 1;
	d->trimmed_ms = now_ms();
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->wake, NULL);
	pthread_cond_init(&d->flushed, NULL);
	*ret = d;
	return 0;
}

void flush_free(struct flush *d)
{
	if (!d)
		return;
	pthread_cond_destroy(&d->flushed);
	pthread_cond_destroy(&d->wake);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* A flush of everything */

/* The files of the mount itself, where each needs an fsync. */
static int flush_state(const struct flush_spec *in)
{
	int r = in->changes ? changes_sync(in->changes) : 0;

	if (!r)
		r = sys.fsync(in->state->partial);
	return r < 0 ? r : sys.fsync(in->state->dir);
}

/*
 * The state directory's descriptor is open as long as the mount.  So the kernel
 * tells it of every writeback that has failed since the previous flush.
 */
static int flush_all(const struct flush_spec *in)
{
	int r = sys.syncfs(in->state->dir);

	if (!r)
		r = filesystems_flush(in->filesystems);
	if (!r && in->disk->way == WAY_EACH)
		r = flush_state(in);
	return r < 0 ? r : dirty_flush(in->disk->dirty);
}

static uint64_t begin_foretold(const struct flush_spec *in)
{
	TREE_ALL_SCOPE(in->tree);
	return write_ahead_begin(in->write_ahead);
}

/* The outcome is noted before any thread that waits for it goes on. */
static int flush_and_note(const struct flush_spec *in)
{
	uint64_t begun = journal_flush_begin(in->journal);
	uint64_t seq = in->changes ? changes_seq(in->changes) : 0;
	uint64_t told = in->write_ahead ? begin_foretold(in) : 0;
	int r = flush_all(in);

	if (!r) {
		journal_flush_end(in->journal, begun);
		write_ahead_flushed(in->write_ahead, told);
	}
	if (in->changes && r < 0)
		lost_writes_failed(in->lost);
	else if (in->changes && lost_writes_is_over(in->lost))
		changes_flushed(in->changes, seq);
	return r;
}

/* One thread leads, without the lock; those that come wait for the next. */
static void lead_locked(struct flush *d)
{
	unsigned long number = atomic_fetch_add(&d->next, 1);
	int r;

	d->flushing = true;
	pthread_mutex_unlock(&d->lock);
	r = flush_and_note(&d->in);
	pthread_mutex_lock(&d->lock);
	d->flushing = false;
	if (!r) {
		atomic_store(&d->done, number);
	} else {
		d->failed = number;
		d->failed_code = r;
	}
	pthread_cond_broadcast(&d->flushed);
}

int flush_sync(struct flush *d)
{
	unsigned long mine;

	WAIT_SCOPE(&d->in.wait);
	LOCK_SCOPE(&d->lock);
	mine = atomic_load(&d->next);
	while (atomic_load(&d->done) < mine && d->failed < mine) {
		if (d->flushing)
			pthread_cond_wait(&d->flushed, &d->lock);
		else
			lead_locked(d);
	}
	/* A later success does not bring back what was lost before. */
	return d->failed >= mine ? d->failed_code : 0;
}

static bool is_over_locked(const struct flush *d, unsigned long number)
{
	return atomic_load(&d->done) >= number || d->failed >= number;
}

static void *flush_for_others(void *arg)
{
	struct flush *d = arg;

	LOCK_SCOPE(&d->lock);
	while (!d->stop)
		if (!d->flushing && !is_over_locked(d, d->wanted))
			lead_locked(d);
		else
			pthread_cond_wait(&d->flushed, &d->lock);
	return NULL;
}

static int sync_until(struct flush *d, const atomic_bool *interrupted)
{
	unsigned long mine;
	int r = 0;

	WAIT_SCOPE(&d->in.wait);
	LOCK_SCOPE(&d->lock);
	mine = d->wanted = atomic_load(&d->next);
	pthread_cond_broadcast(&d->flushed);
	while (!r && !is_over_locked(d, mine))
		if (atomic_load(interrupted))
			r = -EINTR;
		else
			cond_wait_until(&d->flushed, &d->lock,
					now_ms() + TICK_MS);
	return !r && d->failed >= mine ? d->failed_code : r;
}

int flush_barrier(struct flush *d, const atomic_bool *interrupted)
{
	if (d->in.opt->durability == DURABILITY_NONE)
		return 0;
	return interrupted && d->started ? sync_until(d, interrupted)
					 : flush_sync(d);
}

/* Directories */

void flush_taint(struct flush *d, struct dir *dir)
{
	/* That flush has not begun, so it will include the name. */
	atomic_store(&dir->tainted, atomic_load(&d->next));
}

/*
 * btrfs: an fsync of a directory writes a log of its names, also of those that
 * were renamed to it a moment ago and have no bytes yet.  After a cut, the
 * replay of the log leaves these out, and the file that was replaced is gone as
 * well.
 */
static bool loses_names(int fd)
{
	return fstype_is(fd, BTRFS_SUPER_MAGIC);
}

static int fsync_dir(struct flush *d, struct dir *dir)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (loses_names(fd))
		return flush_sync(d);
	WAIT_SCOPE(&d->in.wait);
	return sys.fsync(fd);
}

int flush_sync_dir(struct flush *d, struct dir *dir)
{
	if (atomic_load(&dir->tainted) > atomic_load(&d->done))
		return flush_sync(d);
	return fsync_dir(d, dir);
}

/* The thread */

void flush_kept(struct flush *d)
{
	atomic_store(&d->kept, true);
}

void flush_touch(struct flush *d)
{
	atomic_fetch_add(&d->changes, 1);
	if (!d->started || atomic_load(&d->awake))
		return;
	LOCK_SCOPE(&d->lock);
	atomic_store(&d->awake, true);
	pthread_cond_signal(&d->wake);
}

/* Sleeps until something is not durable; false: the end has come. */
static bool sleep_until_changed(struct flush *d, unsigned long seen)
{
	LOCK_SCOPE(&d->lock);
	atomic_store(&d->awake, false);
	/* A thread that makes a change from now on sees that we sleep. */
	while (!d->stop && !atomic_load(&d->awake)) {
		if (atomic_load(&d->changes) != seen)
			atomic_store(&d->awake, true);
		else
			pthread_cond_wait(&d->wake, &d->lock);
	}
	return !d->stop;
}

/* Half of the promised time: the flush itself takes time, too. */
static void sleep_interval(struct flush *d)
{
	int64_t until = now_ms() + d->in.opt->sync_interval_ms / 2;

	LOCK_SCOPE(&d->lock);
	while (!d->stop &&
	       cond_wait_until(&d->wake, &d->lock, until) != ETIMEDOUT)
		;
}

static unsigned long flush_changes(struct flush *d, unsigned long seen)
{
	unsigned long now = atomic_load(&d->changes);
	int r = now == seen ? 0 : flush_barrier(d, NULL);

	if (r < 0) {
		events_tell(d->in.events, LOG_ERROR,
			    "flushing what was put in place: %s", strerror(-r));
		/* No caller waits for it, so the next mark fails with it. */
		failures_note(d->in.failures, FAILURES_OF_ALL, 0, "", r);
	}
	return now;
}

/* May a partial be too old by now?  That is looked at once an hour. */
static bool may_have_aged(const struct flush *d)
{
	int64_t age = d->in.opt->partial_keep_ms;

	return age >= 0 &&
	       now_ms() - d->trimmed_ms >= (age < TRIM_MS ? age : TRIM_MS);
}

static void trim(struct flush *d)
{
	if (!atomic_exchange(&d->kept, false) && !may_have_aged(d))
		return;
	d->trimmed_ms = now_ms();
	trim_quarantine(d->in.state->partial, d->in.opt, d->in.events);
}

static void *keep(void *arg)
{
	struct flush *d = arg;
	unsigned long seen = 0;

	while (sleep_until_changed(d, seen)) {
		sleep_interval(d);
		seen = flush_changes(d, seen);
		write_ahead_trim(d->in.write_ahead);
		trim(d);
	}
	flush_changes(d, seen);
	write_ahead_trim(d->in.write_ahead);
	trim(d);
	return NULL;
}

int flush_start(struct flush *d)
{
	int r = -pthread_create(&d->thread, NULL, keep, d);

	if (r < 0)
		return r;
	d->started = true;
	r = -pthread_create(&d->flusher, NULL, flush_for_others, d);
	if (r < 0) {
		d->flusher = d->thread;
		flush_stop(d);
	}
	return r;
}

void flush_stop(struct flush *d)
{
	if (!d->started)
		return;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->wake);
	pthread_cond_broadcast(&d->flushed);
	pthread_mutex_unlock(&d->lock);
	if (!pthread_equal(d->flusher, d->thread))
		pthread_join(d->flusher, NULL);
	pthread_join(d->thread, NULL);
	d->started = false;
}
