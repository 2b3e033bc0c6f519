/* SPDX-License-Identifier: MIT */
/*
 * find: the session of a thread, looked for once for a process.
 *
 * The kernel tells the number of the thread that asks.  A thread is known as
 * one of a process, and the process as one of a session.  Numbers are used
 * again.  So a pidfd is kept with each thread that is known: while the process
 * of a pidfd has not ended, none other has its number, and tgkill(2) says
 * whether the thread is one of it.
 *
 * A miss reads /proc from the process up to the first ancestor that is known,
 * or is the process of a session.  It is kept for all that were on the way.
 * When a session begins or ends, nothing is known any more (turn).
 */
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/process/outcome.h"
#include "core/process/writer.h"
#include "core/sessions/sessions.h"
#include "core/sessions/table.h"

#define WAY_MAX 64 /* ancestors that a walk keeps what it found for */

struct walk {
	struct sessions *s;
	unsigned long turn;
	uint64_t found;
	unsigned int count;
	struct process way[WAY_MAX];
};

static struct known_process *slot_of(struct sessions *s, pid_t pid)
{
	return &s->known[(unsigned int)pid % KNOWN_PROCESSES];
}

static bool look(void *arg, const struct process *p)
{
	struct walk *w = arg;
	const struct known_process *k = slot_of(w->s, p->pid);
	const struct session *e;

	LOCK_SCOPE(&w->s->lock);
	if (k->turn == w->turn && k->process.pid == p->pid &&
	    k->process.start == p->start) {
		w->found = k->session;
		return true;
	}
	e = sessions_by_process_locked(w->s, p);
	if (w->count < WAY_MAX)
		w->way[w->count++] = *p;
	w->found = e ? e->id : 0;
	return e != NULL;
}

/* What was found holds for all that were on the way. */
static void keep_way(const struct walk *w)
{
	LOCK_SCOPE(&w->s->lock);
	for (unsigned int i = 0; i < w->count; i++)
		*slot_of(w->s, w->way[i].pid) =
			(struct known_process){ w->way[i], w->found, w->turn };
}

static uint64_t find_of_process(struct sessions *s, pid_t pid,
				unsigned long turn)
{
	struct walk w = { .s = s, .turn = turn };

	wait_begin(&s->rooms->wait);
	ancestry_walk(s->rooms->ancestries, pid, look, &w);
	wait_end(&s->rooms->wait);
	keep_way(&w);
	return w.found;
}

static struct stripe *stripe_of(struct sessions *s, pid_t tid)
{
	return &s->stripes[(unsigned int)tid % STRIPES];
}

static struct known_thread *thread_at(struct stripe *st, pid_t tid)
{
	return &st->threads[(unsigned int)tid / STRIPES % STRIPE_THREADS];
}

/* Two system calls, neither of which waits. */
static bool recall(struct sessions *s, pid_t tid, unsigned long turn,
		   uint64_t *ret)
{
	struct stripe *st = stripe_of(s, tid);
	const struct known_thread *k = thread_at(st, tid);

	LOCK_SCOPE(&st->lock);
	if (k->tid != tid || k->watch < 0 || k->turn != turn ||
	    outcome_is_over(k->watch) || !writer_is_thread_of(tid, k->pid))
		return false;
	*ret = k->session;
	return true;
}

static void keep_thread(struct sessions *s, const struct known_thread *known)
{
	struct stripe *st = stripe_of(s, known->tid);
	struct known_thread *k = thread_at(st, known->tid);
	int old;

	{
		LOCK_SCOPE(&st->lock);
		old = k->watch;
		*k = *known;
	}
	close_fd(old);
}

uint64_t sessions_of(struct sessions *s, pid_t tid)
{
	struct known_thread k = { .tid = tid, .watch = -1 };

	if (!sessions_any(s) || tid <= 0)
		return 0;
	k.turn = atomic_load(&s->turn);
	if (recall(s, tid, k.turn, &k.session))
		return k.session;
	k.pid = writer_process(tid);
	/* From here on the number is of this process, until it has ended. */
	k.watch = sys_keep_fd(outcome_watch(k.pid));
	k.session = find_of_process(s, k.pid, k.turn);
	if (k.watch >= 0 && !outcome_is_over(k.watch))
		keep_thread(s, &k);
	else
		close_fd(k.watch);
	return k.session;
}
