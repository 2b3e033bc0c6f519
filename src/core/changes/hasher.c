/* SPDX-License-Identifier: MIT */
#include "core/changes/hasher.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/util.h"
#include "core/changes/compare.h"
#include "core/digest/digest.h"

#define THREADS 2
#define QUEUE_MAX 8192 /* jobs; each is some 200 bytes */
#define RECENT 4096    /* digests that are remembered; a power of two */
#define NICE 10
#define TICK_MS 20 /* how often a mark that waits looks for a Ctrl-C */

struct job {
	struct dir *dir; /* a reference */
	uint64_t seq;
	struct record_stat st;
	atomic_bool given_up; /* atomic: do not read it any more */
	struct job *next;     /* in the queue, or in hand */
	char name[];
};

struct recent {
	struct content content; /* size -1: none */
	struct digest digest;
};

struct hasher {
	struct changes *changes; /* const */
	int root;		 /* const */
	pthread_t threads[THREADS];
	unsigned int started; /* by start and stop only */
	atomic_bool stop;
	atomic_llong holes; /* atomic: bytes of them, since the last mark */
	pthread_mutex_t lock;
	pthread_cond_t more;	      /* with lock: there is a job, or an end */
	pthread_cond_t done;	      /* with lock: a job has been done */
	struct job *first, **last;    /* under lock */
	struct job *in_hand;	      /* under lock */
	unsigned int queued;	      /* under lock */
	uint64_t added, taken, over;  /* under lock: jobs, ever */
	struct recent recent[RECENT]; /* under lock */
};

/* Digests that are remembered */

static struct recent *slot_locked(struct hasher *h, const struct content *c)
{
	return &h->recent[(c->st.ino ^ c->dev) & (RECENT - 1)];
}

void hasher_remember(struct hasher *h, const struct content *c,
		     const struct digest *d)
{
	LOCK_SCOPE(&h->lock);
	*slot_locked(h, c) = (struct recent){ *c, *d };
}

bool hasher_recall(struct hasher *h, const struct content *c,
		   struct digest *ret)
{
	const struct recent *found;

	LOCK_SCOPE(&h->lock);
	found = slot_locked(h, c);
	if (found->content.dev != c->dev ||
	    !record_stat_equal(&found->content.st, &c->st))
		return false;
	*ret = found->digest;
	return true;
}

void hasher_forget(struct hasher *h, const struct content *c)
{
	LOCK_SCOPE(&h->lock);
	slot_locked(h, c)->content.st.size = -1;
}

/* Reading */

static bool same_times(const struct stat *a, const struct stat *b)
{
	return a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/*
 * A hole costs its maker nothing, and us time.  So the holes that are read are
 * bounded, and a mark does not wait for ever.
 */
static bool has_too_many_holes(struct hasher *h, const struct stat *st)
{
	int64_t holes = st->st_size - (int64_t)st->st_blocks * 512;

	return holes > DIGEST_HOLES_MAX ||
	       (holes > 0 &&
		atomic_fetch_add(&h->holes, holes) + holes > DIGEST_HOLES_MAX);
}

/*
 * The digest of the file of @fd, if that is @want from the beginning to the end
 * of reading.  -ESTALE when it is not, -EFBIG when there are too many holes.
 */
static int read_digest(struct hasher *h, int fd, const struct record_stat *want,
		       const atomic_bool *stop, const atomic_bool *also,
		       struct digest *ret)
{
	struct stat before, after;
	struct record_stat is;
	int64_t size;
	int r;

	if (fstat(fd, &before) < 0)
		return -errno;
	is = record_stat_of(&before);
	if (!S_ISREG(before.st_mode) || !record_stat_equal(&is, want))
		return -ESTALE;
	if (has_too_many_holes(h, &before))
		return -EFBIG;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	r = digest_file_until(fd, stop, also, ret, &size);
	if (r < 0)
		return r;
	if (fstat(fd, &after) < 0)
		return -errno;
	/* Other attributes may have changed; then another job was added. */
	if (size != want->size || !same_times(&before, &after))
		return -ESTALE;
	hasher_remember(h, &(struct content){ before.st_dev, is }, ret);
	return 0;
}

static int open_job(const struct job *job)
{
	int fd = -1, r;

	r = dir_open_to_look(job->dir, job->name, &fd);
	return r < 0 ? r : fd;
}

static void do_job(struct hasher *h, struct job *job, const atomic_bool *stop)
{
	auto_fd fd = atomic_load(&job->given_up) ? -1 : open_job(job);
	struct digest d;

	if (fd >= 0 && !read_digest(h, fd, &job->st, stop, &job->given_up, &d))
		changes_hashed(h->changes, job->seq, job->st.ino, &d);
}

/* The queue */

void hasher_add(struct hasher *h, struct dir *dir, const char *name,
		const struct record *r)
{
	size_t n = strlen(name) + 1;
	struct job *job = malloc(sizeof(*job) + n);

	if (!job)
		return; /* the mark reads it */
	*job = (struct job){ .dir = dir_get(dir), .seq = r->seq, .st = r->st };
	memcpy(job->name, name, n);
	pthread_mutex_lock(&h->lock);
	if (h->queued < QUEUE_MAX && h->started) {
		*h->last = job;
		h->last = &job->next;
		h->queued++;
		h->added++;
		pthread_cond_signal(&h->more);
		job = NULL;
	}
	pthread_mutex_unlock(&h->lock);
	if (!job)
		return;
	dir_put(job->dir);
	free(job);
}

static struct job *take_locked(struct hasher *h)
{
	struct job *job = h->first;

	if (!job)
		return NULL;
	h->first = job->next;
	if (!h->first)
		h->last = &h->first;
	h->queued--;
	h->taken++;
	job->next = h->in_hand;
	h->in_hand = job;
	return job;
}

static void finish_locked(struct hasher *h, struct job *job)
{
	struct job **p = &h->in_hand;

	while (*p != job)
		p = &(*p)->next;
	*p = job->next;
	h->over++;
	pthread_cond_broadcast(&h->done);
	dir_put(job->dir);
	free(job);
}

/* One job of the queue; false when there is none. */
static bool do_one_locked(struct hasher *h, const atomic_bool *stop)
{
	struct job *job = take_locked(h);

	if (!job)
		return false;
	pthread_mutex_unlock(&h->lock);
	do_job(h, job, stop);
	pthread_mutex_lock(&h->lock);
	finish_locked(h, job);
	return true;
}

/* Gives up all jobs for @ino in that list.  Were there any? */
static bool give_up_locked(struct job *job, uint64_t dev, uint64_t ino)
{
	bool any = false;

	for (; job; job = job->next) {
		if (job->st.ino != ino || job->dir->key.dev != dev)
			continue;
		atomic_store(&job->given_up, true);
		any = true;
	}
	return any;
}

void hasher_leave(struct hasher *h, uint64_t dev, uint64_t ino)
{
	if (!h)
		return;
	LOCK_SCOPE(&h->lock);
	give_up_locked(h->first, dev, ino);
	while (give_up_locked(h->in_hand, dev, ino))
		pthread_cond_wait(&h->done, &h->lock);
}

static void wait_a_tick_locked(struct hasher *h)
{
	cond_wait_until(&h->done, &h->lock, now_ms() + TICK_MS);
}

int hasher_drain(struct hasher *h, const atomic_bool *interrupted)
{
	uint64_t upto;

	LOCK_SCOPE(&h->lock);
	upto = h->added;
	while (h->over < upto) {
		if (interrupted && atomic_load(interrupted))
			return -EINTR;
		/* Other threads read the last ones, and end soon. */
		if (h->taken >= upto || !do_one_locked(h, interrupted))
			wait_a_tick_locked(h);
	}
	return 0;
}

static void *work(void *arg)
{
	struct hasher *h = arg;

	/* A thread's priority is its own on Linux. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	LOCK_SCOPE(&h->lock);
	while (!atomic_load(&h->stop)) {
		if (do_one_locked(h, &h->stop))
			continue;
		pthread_mutex_unlock(&h->lock);
		if (changes_is_long(h->changes))
			changes_shorten(h->changes);
		pthread_mutex_lock(&h->lock);
		if (!h->first && !atomic_load(&h->stop))
			pthread_cond_wait(&h->more, &h->lock);
	}
	return NULL;
}

/* Files that the queue had no room for */

struct rest {
	struct hasher *h;
	struct pathmap *map;
	const atomic_bool *interrupted;
};

static int read_rest(void *arg, const struct record *r, uint32_t node)
{
	struct rest *rest = arg;
	char buf[PATHMAP_PATH];
	auto_fd fd = -1;
	struct digest d;

	if (rest->interrupted && atomic_load(rest->interrupted))
		return -EINTR;
	if (r->kind != RECORD_UNREAD)
		return 0;
	fd = backing_openat(rest->h->root, pathmap_now(rest->map, node, r, buf),
			    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 &&
	    !read_digest(rest->h, fd, &r->st, rest->interrupted, NULL, &d))
		pathmap_set_digest(rest->map, node, &d);
	return 0;
}

int hasher_finish(struct hasher *h, struct pathmap *map,
		  const atomic_bool *interrupted)
{
	struct rest rest = { h, map, interrupted };
	int r;

	/* Holes that were read before do not count any more. */
	atomic_store(&h->holes, 0);
	r = pathmap_each(map, read_rest, &rest);
	atomic_store(&h->holes, 0);
	return r;
}

/* Start and end */

int hasher_new(struct changes *changes, int root, struct hasher **ret)
{
	struct hasher *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->changes = changes;
	h->root = root;
	h->last = &h->first;
	for (int i = 0; i < RECENT; i++)
		h->recent[i].content.st.size = -1;
	pthread_mutex_init(&h->lock, NULL);
	pthread_cond_init(&h->more, NULL);
	pthread_cond_init(&h->done, NULL);
	*ret = h;
	return 0;
}

int hasher_start(struct hasher *h)
{
	int r = 0;

	if (!h)
		return 0;
	LOCK_SCOPE(&h->lock);
	while (!r && h->started < THREADS) {
		r = -pthread_create(&h->threads[h->started], NULL, work, h);
		h->started += r == 0;
	}
	return h->started ? 0 : r;
}

void hasher_stop(struct hasher *h)
{
	struct job *job;

	if (!h)
		return;
	pthread_mutex_lock(&h->lock);
	atomic_store(&h->stop, true);
	pthread_cond_broadcast(&h->more);
	pthread_mutex_unlock(&h->lock);
	for (unsigned int i = 0; i < h->started; i++)
		pthread_join(h->threads[i], NULL);
	LOCK_SCOPE(&h->lock);
	h->started = 0;
	while ((job = take_locked(h)))
		finish_locked(h, job);
}

void hasher_free(struct hasher *h)
{
	hasher_stop(h);
	if (!h)
		return;
	pthread_cond_destroy(&h->done);
	pthread_cond_destroy(&h->more);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
