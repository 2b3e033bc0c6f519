/* SPDX-License-Identifier: MIT */
/*
 * Each call that changes the disk fails once, with each error a disk may give.
 * Then a caller or a mark is told, each name is old or new, nothing written is
 * lost, and the next operation works again.
 */
#include "jobs.h"

#define STUCK_STATUS 97 /* the next file could not be written */

/* Never EINTR: the table itself tries again (sys.h). */
static const int codes[] = { -EIO, -ENOSPC, -EDQUOT, -EROFS, -ENOMEM };

static long states;

/* It was one call that failed: what comes next works. */
static void write_another(struct world *w)
{
	unsigned int acked = atomic_load(&told->acked);
	struct writer wr;
	struct version *v = begin_new(w, "later", &wr);

	if (!v || !put(v, "later") || !finish(w, v, &wr))
		_exit(STUCK_STATUS);
	atomic_store(&told->acked, acked);
}

static void child_job(const void *arg)
{
	const struct job *j = arg;
	struct world w = { 0 };

	if (world_open(&w, j->level) < 0)
		_exit(BROKEN_STATUS);
	j->run(&w);
	told->what = fault.what;
	if (fault.what)
		write_another(&w);
	else
		atomic_store(&told->calls, atomic_load(&fault.calls));
	world_close(&w);
}

/* A failed promotion has been told otherwise: counted, and to the next mark. */
static void forget_what_failed(void)
{
	if (atomic_load(&told->failed))
		atomic_fetch_and(&told->acked, ~DONE);
}

/* False: the job came through before its call @at. */
static bool try_call(const struct job *j, long at, int code)
{
	struct scratch s = world_make();
	int status;

	if (j->prepare)
		j->prepare(s.dir);
	*told = (struct told){ 0 };
	fault_arm(FAULT_FAIL, at, code);
	status = world_try(s.dir, child_job, j);
	/* A mount that cannot begin says so. */
	cr_assert(status == 0 || status == BROKEN_STATUS,
		  "%s, %ld, %s: status %d", j->name, at, strerror(-code),
		  status);
	fault_arm(FAULT_COUNT, 0, 0);
	forget_what_failed();
	claims_hold(s.dir, j, false, at);
	cr_assert_eq(world_try(s.dir, world_mount, NULL), 0, "%s, %ld, %s",
		     j->name, at, strerror(-code));
	claims_hold(s.dir, j, true, at);
	nothing_leaked(s.dir, j, at);
	scratch_close(&s);
	states++;
	return !atomic_load(&told->calls);
}

Test(errors, every_call_may_fail)
{
	world_share();
	fault_install();
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		long before = states;

		for (size_t c = 0; c < ARRAY_SIZE(codes); c++)
			for (long at = 1 + (long)(i + c) % MOMENTS;
			     try_call(&jobs[i], at, codes[c]); at += MOMENTS)
				;
		fprintf(stderr, "%6ld states: %s\n", states - before,
			jobs[i].name);
	}
	fprintf(stderr, "%6ld states in all\n", states);
	cr_assert_gt(states, 1000 / MOMENTS);
}
