/* SPDX-License-Identifier: MIT */
/*
 * The daemon dies after each call that it makes, and in each call that writes;
 * then the recovery dies after each of its own, again and again, until one
 * comes through.  FAULT_ALL=1 begins each recovery anew, from the same state.
 */
#include "jobs.h"
#include "listed.h"

static long states;

static void child_job(const void *arg)
{
	const struct job *j = arg;
	struct world w = { 0 };

	if (world_open(&w, j->level) < 0)
		_exit(BROKEN_STATUS);
	j->run(&w);
	atomic_store(&told->calls, atomic_load(&fault.calls));
	world_close(&w);
}

static void child_mark(const void *arg)
{
	struct world w = { 0 };

	(void)arg;
	if (world_open(&w, DURABILITY_CHECKPOINT) < 0 ||
	    make_mark(&w, "next") < 0)
		_exit(BROKEN_STATUS);
	world_close(&w);
}

/* A world in which @j has died at its call @at; false: it came through. */
static bool die(const struct job *j, enum fault_how how, long at,
		struct scratch *ret)
{
	int status;

	*ret = world_make();
	if (j->prepare)
		j->prepare(ret->dir);
	atomic_store(&told->acked, 0);
	fault_arm(how, at, 0);
	status = world_try(ret->dir, child_job, j);
	cr_assert(status == 0 || status == FAULT_STATUS, "%s: status %d",
		  j->name, status);
	claims_hold(ret->dir, j, false, at);
	states++;
	return status == FAULT_STATUS;
}

/* A mount that dies at its call @at, or (0) does not. */
static bool mount_dies(const struct job *j, struct scratch *s, long at)
{
	int status;

	fault_arm(at ? FAULT_DIE : FAULT_COUNT, at, 0);
	status = world_try(s->dir, world_mount, NULL);
	cr_assert(status == 0 || status == FAULT_STATUS, "%s: status %d",
		  j->name, status);
	claims_hold(s->dir, j, status == 0, at);
	states++;
	return status == FAULT_STATUS;
}

static void recover(const struct job *j, struct scratch *s, long at)
{
	mount_dies(j, s, 0);
	nothing_leaked(s->dir, j, at);
	/* There is nothing left to do, but for the next mark. */
	fault_arm(FAULT_COUNT, 0, 0);
	cr_assert_eq(world_try(s->dir, child_mark, NULL), 0, "%s, %ld: no mark",
		     j->name, at);
	changes_are_told(s->dir, j, at);
	nothing_leaked(s->dir, j, at);
	scratch_close(s);
}

/* One recovery after another dies, each a call later. */
static void die_and_recover(const struct job *j, enum fault_how how, long at)
{
	bool all = getenv("FAULT_ALL");
	struct scratch s;
	bool died;

	for (long m = 1;; m++) {
		if (m == 1 || all)
			die(j, how, at, &s);
		died = mount_dies(j, &s, m);
		if (all || !died)
			recover(j, &s, at);
		if (!died)
			return;
	}
}

static void try_job(const struct job *j, long first)
{
	struct scratch s;
	long at;

	for (at = first; die(j, FAULT_DIE, at, &s); at += MOMENTS) {
		scratch_close(&s);
		die_and_recover(j, FAULT_DIE, at);
		die_and_recover(j, FAULT_TEAR, at);
	}
	/* It came through: after that many calls. */
	recover(j, &s, at);
	cr_assert_gt(at, 3, "%s: makes no calls", j->name);
}

Test(crash, every_moment_leaves_old_or_new)
{
	world_share();
	fault_install();
	for (size_t i = 0; i < ARRAY_SIZE(jobs); i++) {
		long before = states;

		try_job(&jobs[i], 1 + (long)i % MOMENTS);
		fprintf(stderr, "%6ld states: %s\n", states - before,
			jobs[i].name);
	}
	fprintf(stderr, "%6ld states in all\n", states);
	cr_assert_gt(states, 1000 / MOMENTS);
}
