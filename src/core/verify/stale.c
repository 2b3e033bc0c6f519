/* SPDX-License-Identifier: MIT */
#include "core/verify/stale.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/changes/changes.h"
#include "core/manifest/manifest.h"
#include "core/manifest/retired.h"
#include "core/verify/verify.h"
#include "core/version/pending.h"
#include "core/version/version.h"

#define REST 10 /* a judgement is good for so many times as long as it took */

struct stale_mark {
	char *path;
	ino_t ino;
	char why[STALE_WHY];
};

/* By path. */
struct stales {
	struct stale_mark *items;
	size_t count;
};

struct stale {
	struct versions *t; /* const */
	int root;	    /* const */
	pthread_t thread;   /* const once it is started */
	bool started;	    /* by start and stop only */
	atomic_bool stop;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* with lock: there is something to do */
	pthread_cond_t over; /* with lock: a judgement has ended */
	bool asked;	     /* under lock */
	bool tidy;	     /* under lock: retired ones */
	unsigned long round; /* under lock: judgements that have ended */
	int64_t good_until;  /* under lock: ms; of the last one */
	struct stales last;  /* under lock */
};

int stale_new(struct versions *t, int root, struct stale **ret)
{
	struct stale *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->t = t;
	s->root = root;
	s->good_until = INT64_MIN;
	s->tidy = true; /* what was removed without a mount */
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	pthread_cond_init(&s->over, NULL);
	*ret = s;
	return 0;
}

static void stales_release(struct stales *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].path);
	free(l->items);
	*l = (struct stales){ 0 };
}

void stale_free(struct stale *s)
{
	if (!s)
		return;
	stales_release(&s->last);
	pthread_cond_destroy(&s->wake);
	pthread_cond_destroy(&s->over);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

/* A judgement */

struct judging {
	struct stale *s;
	struct latest c;
	struct verify v;
	const struct verify_problem **worst; /* verify_blame() */
	struct stales found;
};

/*
 * Reads all changes that are complete so far: a thread that changes the tree
 * adds its change to the list of changes before it releases the names that it holds.
 */
static int read_latest(struct stale *s, struct latest *ret)
{
	struct tree_hold hold = tree_hold_all(versions_rooms(s->t)->tree);

	tree_release(&hold);
	if (versions_rooms(s->t)->changes &&
	    !changes_is_whole(versions_rooms(s->t)->changes))
		return -EAGAIN;
	return latest_read(versions_rooms(s->t)->state, s->root, ret);
}

static int look(struct judging *j)
{
	struct latest later = { 0 };
	int r = read_latest(j->s, &j->c);

	j->v = (struct verify){ .root = j->s->root, .cancel = &j->s->stop };
	if (!r)
		r = verify_run(&j->v, &j->c);
	if (r || !j->v.count)
		return r;
	r = read_latest(j->s, &later);
	if (!r)
		verify_confirm(&j->v, &later);
	latest_release(&later);
	return r;
}

static void say_why(const struct verify_problem *p, char buf[STALE_WHY])
{
	auto_free char *text = verify_text(p);
	auto_free char *escaped = text ? text_escape(text) : NULL;

	snprintf(buf, STALE_WHY, "%s", escaped ? escaped : verify_kind(p));
}

/* Is all that the mark told of as it was when the mark was made? */
static bool is_back(struct stale *s, const char *path)
{
	auto_fd fd = sys_open_file(versions_rooms(s->t)->state->marks, path,
				   O_RDONLY);
	struct manifest_reader *m;
	bool holds = true;
	struct record rec;
	int r = fd < 0 ? fd : manifest_open(fd, &m);

	if (r < 0)
		return false;
	while (holds && (r = manifest_next(m, &rec)) > 0)
		holds = !compare_applies(&rec) ||
			compare_path(s->root, &rec) == VERDICT_HOLDS;
	manifest_close(m);
	return holds && r == 0;
}

/*
 * Sets the sticky bit, which says that a script was told that the mark is not
 * there, and logs @why; clears it when @why is NULL.
 */
static void set_hidden(struct stale *s, const struct latest_mark *m,
		       const char *why)
{
	bool hidden = why != NULL;
	auto_fd fd = sys_open_file(versions_rooms(s->t)->state->marks, m->name,
				   O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_ino != m->ino ||
	    !(st.st_mode & S_ISVTX) == !hidden)
		return;
	sys.fchmod(fd, (st.st_mode & 0777) | (hidden ? S_ISVTX : 0));
	if (hidden)
		events_tell(versions_rooms(s->t)->events, LOG_EVENT,
			    "mark \"%s\" is stale, and hidden: %s", m->name,
			    why);
	else
		events_tell(versions_rooms(s->t)->events, LOG_EVENT,
			    "mark \"%s\" is shown again: all is back as it was",
			    m->name);
}

/* Does mark @i hold?  If not, it is added to the stale ones. */
static int judge_mark(struct judging *j, size_t i)
{
	const struct latest_mark *m = &j->c.marks[i];
	struct stale_mark *found = &j->found.items[j->found.count];
	bool hides = versions_rooms(j->s->t)->opt->stale == STALE_HIDE &&
		     !versions_rooms(j->s->t)->state->fixed;

	if (m->code == -EBADMSG)
		strcpy(found->why, "its manifest is damaged");
	else if (j->worst[i])
		say_why(j->worst[i], found->why);
	else if (!(m->mode & S_ISVTX))
		return 0;
	else if (!is_back(j->s, m->name))
		strcpy(found->why, "what it told of is not back as it was");
	else {
		set_hidden(j->s, m, NULL);
		return 0;
	}
	found->path = strdup(m->name);
	if (!found->path)
		return -ENOMEM;
	found->ino = m->ino;
	j->found.count++;
	if (hides)
		set_hidden(j->s, m, found->why);
	return 0;
}

static int judge_all(struct judging *j)
{
	int r = look(j);

	if (r < 0)
		return r;
	j->worst = verify_blame(&j->v, &j->c);
	j->found.items = calloc(j->c.count + 1, sizeof(*j->found.items));
	if (!j->worst || !j->found.items)
		return -ENOMEM;
	for (size_t i = 0; !r && i < j->c.count; i++)
		r = judge_mark(j, i);
	return r;
}

/* The thread */

/* When it fails, the previous judgement still counts. */
static void judge(struct stale *s)
{
	struct judging j = { .s = s };
	int64_t began = now_ms(), rest;
	int r = judge_all(&j);

	verify_release(&j.v);
	latest_release(&j.c);
	free(j.worst);
	if (r < 0 && r != -EINTR && r != -EAGAIN)
		events_tell(versions_rooms(s->t)->events, LOG_WARN,
			    "marks cannot be judged: %s", strerror(-r));
	LOCK_SCOPE(&s->lock);
	rest = REST * (now_ms() - began);
	s->good_until = began + (rest > versions_rooms(s->t)->opt->cache_ms
					 ? rest
					 : versions_rooms(s->t)->opt->cache_ms);
	if (!r) {
		struct stales old = s->last;

		s->last = j.found;
		j.found = old;
	}
	stales_release(&j.found);
	s->asked = false;
	s->round++;
	pthread_cond_broadcast(&s->over);
}

static void tidy_up(struct stale *s)
{
	int r = retired_tidy(versions_rooms(s->t)->state);

	if (r < 0)
		events_tell(versions_rooms(s->t)->events, LOG_WARN,
			    STATE_DIR "/" RETIRED_DIR ": cannot be tidied up: "
				      "%s",
			    strerror(-r));
}

static bool wait_for_work(struct stale *s, bool *ret_tidy)
{
	LOCK_SCOPE(&s->lock);
	while (!s->asked && !s->tidy && !atomic_load(&s->stop))
		pthread_cond_wait(&s->wake, &s->lock);
	*ret_tidy = !s->asked;
	if (*ret_tidy)
		s->tidy = false;
	return !atomic_load(&s->stop);
}

/*
 * A thread of its own, since a judgement may take seconds, and since all
 * requests that ask at a time share one.
 */
static void *work(void *arg)
{
	struct stale *s = arg;
	bool tidy;

	/* The programs of steps come first. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), 5);
	while (wait_for_work(s, &tidy))
		if (tidy)
			tidy_up(s);
		else
			judge(s);
	return NULL;
}

int stale_start(struct stale *s)
{
	int r;

	s->tidy &= !versions_rooms(s->t)->state->fixed;
	r = -pthread_create(&s->thread, NULL, work, s);
	s->started = !r;
	return r;
}

void stale_stop(struct stale *s)
{
	if (!s->started)
		return;
	pthread_mutex_lock(&s->lock);
	atomic_store(&s->stop, true);
	pthread_cond_broadcast(&s->wake);
	pthread_cond_broadcast(&s->over);
	pthread_mutex_unlock(&s->lock);
	pthread_join(s->thread, NULL);
	s->started = false;
}

void stale_tidy(struct stale *s)
{
	LOCK_SCOPE(&s->lock);
	s->tidy = true;
	pthread_cond_signal(&s->wake);
}

/* Asking */

static void wait_locked(struct stale *s, int64_t until)
{
	unsigned long round = s->round;
	int r = 0;

	while (!r && s->round == round && !atomic_load(&s->stop))
		r = cond_wait_until(&s->over, &s->lock, until);
}

void stale_ask(struct stale *s, int64_t wait_ms)
{
	int64_t now = now_ms();
	bool wait;

	pthread_mutex_lock(&s->lock);
	wait = now >= s->good_until && !atomic_load(&s->stop);
	if (wait && !s->asked) {
		s->asked = true;
		pthread_cond_signal(&s->wake);
	}
	pthread_mutex_unlock(&s->lock);
	if (!wait || !wait_ms)
		return;
	WAIT_SCOPE(&versions_rooms(s->t)->wait);
	LOCK_SCOPE(&s->lock);
	if (s->asked)
		wait_locked(s, now + wait_ms);
}

static int by_path(const void *a, const void *b)
{
	const struct stale_mark *x = a, *y = b;

	return strcmp(x->path, y->path);
}

bool stale_any(struct stale *s)
{
	LOCK_SCOPE(&s->lock);
	return s->last.count > 0;
}

bool stale_has(struct stale *s, const char *path, ino_t ino,
	       char why[STALE_WHY])
{
	struct stale_mark key = { .path = (char *)path }, *found;

	LOCK_SCOPE(&s->lock);
	found = s->last.count ? bsearch(&key, s->last.items, s->last.count,
					sizeof(key), by_path)
			      : NULL;
	if (!found || found->ino != ino)
		return false;
	if (why)
		memcpy(why, found->why, STALE_WHY);
	return true;
}
