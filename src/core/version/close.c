/* SPDX-License-Identifier: MIT */
/*
 * How writers close: FLUSH, RELEASE, and the end of a mount (version.h).
 */
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "core/process/outcome.h"
#include "core/version/names.h"
#include "core/version/owner.h"
#include "core/version/promise.h"
#include "core/version/version.h"

/* Signals by which people, terminals and pipes end a program. */
static bool asks_to_end(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP ||
	       sig == SIGPIPE;
}

static bool is_bad(const struct versions *t, struct writer_fate fate)
{
	enum discard_on discard = t->rooms->opt->discard;

	if (discard == DISCARD_NEVER)
		return false;
	if (fate.end == WRITER_FAILED)
		return discard == DISCARD_FAILED;
	return fate.end == WRITER_KILLED &&
	       !(discard == DISCARD_CRASHED && asks_to_end(fate.code));
}

/*
 * Does such an end of a process other than the opener taint the version?  Not
 * by SIGPIPE: so may end all programs of a pipeline except the last.
 */
static bool taints(const struct versions *t, struct writer_fate fate)
{
	return fate.end == WRITER_KILLED && fate.code != SIGPIPE &&
	       is_bad(t, fate);
}

static void note_end(struct writer *w, struct writer_fate fate, pid_t tid,
		     bool opener)
{
	struct version *v = w->version;
	char command[sizeof(v->ending.command)] = "";
	pid_t ender = fate.end == WRITER_CLOSED ? 0 : writer_process(tid);

	if (is_bad(v->table, fate))
		writer_command(tid, command, sizeof(command));
	LOCK_SCOPE(&v->table->lock);
	w->ender = ender;
	w->last = fate;
	w->flushed = v->flushed = true;
	for (struct vname *vn = v->names; vn; vn = vn->next)
		vname_closed_locked(vn);
	if (opener)
		w->opener = fate;
	else if (taints(v->table, fate))
		w->taint = fate;
	if (command[0])
		memcpy(v->ending.command, command, sizeof(command));
}

/*
 * The opener closes a version that a killed process had open.  Does it go on,
 * or is it about to end with an error?  That is asked when the version is
 * settled.
 */
static void watch_opener(struct writer *w, pid_t tid)
{
	struct version *v = w->version;
	int watch, old;
	bool tainted;

	pthread_mutex_lock(&v->table->lock);
	tainted = w->taint.end == WRITER_KILLED;
	pthread_mutex_unlock(&v->table->lock);
	if (!tainted || (tid != w->pid && !writer_is_thread_of(tid, w->pid)))
		return;
	watch = outcome_watch(w->pid);
	pthread_mutex_lock(&v->table->lock);
	old = v->ending.watch;
	v->ending.watch = watch;
	v->ending.closer = w->pid;
	pthread_mutex_unlock(&v->table->lock);
	close_fd(old);
}

/* Checked here, since an error of RELEASE would reach no process. */
static int may_be_promoted(struct version *v)
{
	auto_free char *name = NULL;
	struct dir *dir;
	int r;

	if (v->temp.made_by == NOBODY && !owner_differs(v))
		return 0;
	if (version_first_name(v, &dir, &name) < 0)
		return 0;
	r = version_may_replace(v, dir, name);
	dir_put(dir);
	return r;
}

/*
 * May this close be the last, so that close(2) must wait until the version is
 * durable?  Not of one that is empty and untouched: a shell has opened it for a
 * command that it is about to start.
 */
static bool may_be_last(struct writer *w)
{
	struct version *v = w->version;
	int fd = atomic_load(&v->temp.fd);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return false;
	if (st.st_size == 0 && !atomic_load(&v->used))
		return false;
	LOCK_SCOPE(&v->table->lock);
	return v->writers == w && !w->next && !v->holds && v->names;
}

int version_flush_later(struct writer *w, pid_t tid,
			void (*done)(void *arg, struct version *v, int result),
			void *arg)
{
	struct writer_fate fate = writer_fate(tid);
	struct version *v = w->version;
	struct promises *commit = v->table->promises;
	bool opener = (commit || fate.end != WRITER_CLOSED) &&
		      (tid == w->pid || writer_is_thread_of(tid, w->pid));
	int r;

	note_end(w, fate, tid, opener && fate.end != WRITER_CLOSED);
	if (fate.end == WRITER_CLOSED)
		watch_opener(w, tid);
	atomic_store(&v->promise_old, true);
	r = atomic_load(&v->error);
	if (!r)
		r = may_be_promoted(v);
	if (r < 0 || !commit || !opener || is_bad(v->table, fate))
		return r;
	if (!may_be_last(w))
		return 0;
	r = promise_make(commit, v, tid, done, arg);
	version_note_error(v, r);
	return r < 0 ? r : VERSION_LATER;
}

int version_flush(struct writer *w, pid_t tid)
{
	struct promise_wait wait;
	int r;

	promise_wait_begin(&wait);
	r = version_flush_later(w, tid, promise_wait_done, &wait);
	return promise_wait_end(&wait, r == VERSION_LATER, r);
}

void version_mapped_write(struct version *v)
{
	struct writer *w;
	struct writer_fate fate;
	pid_t pid;

	pthread_mutex_lock(&v->table->lock);
	w = v->writers;
	pid = w ? w->pid : 0;
	pthread_mutex_unlock(&v->table->lock);
	fate = writer_fate(pid);
	if (fate.end == WRITER_CLOSED)
		return;
	LOCK_SCOPE(&v->table->lock);
	for (w = v->writers; w; w = w->next)
		if (w->pid == pid)
			w->opener = fate;
}

static void remove_writer_locked(struct version *v, struct writer *w)
{
	struct writer **p = &v->writers;

	ASSERT_HELD(&v->table->lock);
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
}

static void seal_locked(struct writer *w)
{
	struct version *v = w->version;
	struct versions *t = v->table;

	ASSERT_HELD(&w->version->table->lock);
	remove_writer_locked(v, w);
	if (is_bad(t, w->opener))
		v->ending.why = w->opener;
	else if (is_bad(t, w->last))
		v->ending.why = w->last;
	else if (w->taint.end == WRITER_KILLED &&
		 w->opener.end == WRITER_FAILED)
		v->ending.why = w->taint; /* sudo(1), or a shell with set -e */
	else if (w->taint.end == WRITER_KILLED &&
		 w->opener.end == WRITER_CLOSED && v->ending.watch >= 0)
		v->ending.taint = w->taint; /* timeout(1) */
	else if (!w->flushed && w->pid > 0)
		v->ending.unflushed = w->pid; /* judged when it is settled */
	else
		v->ending.clean = true;
	if (!v->writers && v->holds)
		v->state = VERSION_HELD;
	else if (!v->writers)
		version_sealed_locked(v);
	version_check_locked(v);
}

bool version_seal(struct writer *w)
{
	struct version *v = w->version;

	LOCK_SCOPE(&v->table->lock);
	if (v->state != VERSION_PENDING)
		return false; /* given up, or closed, at unmount */
	seal_locked(w);
	return v->state == VERSION_SEALED;
}

static bool has_open(struct versions *t, pid_t pid)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	EACH_VERSION(t, v)
	for (struct writer *w = v->writers; w; w = w->next)
		if (w->pid == pid || w->ender == pid)
			return true;
	return false;
}

/* This is rare, and one or two rounds: not worth a signal at each seal. */
void versions_wait_sealed(struct versions *t, pid_t pid, int64_t ms)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	int64_t until = now_ms() + ms;

	while (has_open(t, pid) && now_ms() < until)
		nanosleep(&nap, NULL);
}

/* At the end: the oldest that is open, SEALED from now on; or NULL. */
static struct version *seal_one(struct versions *t, const char *given_up)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	EACH_VERSION(t, v)
	{
		if (v->state >= VERSION_SEALED)
			continue;
		v->ending.given_up = given_up;
		if (given_up)
			v->writers = NULL;
		version_sealed_locked(v);
		while (v->writers) {
			v->state = VERSION_PENDING;
			seal_locked(v->writers);
		}
		return version_get(v);
	}
	return NULL;
}

static void end_all(struct versions *t, const char *given_up)
{
	struct version *v;

	while ((v = seal_one(t, given_up))) {
		version_settle(v);
		version_put(v);
	}
}

void versions_close_all(struct versions *t)
{
	end_all(t, NULL);
}

unsigned long versions_discard_all(struct versions *t, const char *why)
{
	unsigned long before = atomic_load(&t->kept);

	end_all(t, why);
	return atomic_load(&t->kept) - before;
}
