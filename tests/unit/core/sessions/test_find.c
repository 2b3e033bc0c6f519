/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sys/syscall.h>

#include "table_of.h"

TestSuite(find, .init = table_setup, .fini = table_teardown);

/* What children say, and what they wait for. */
static int up[2], down[2];

static void open_pipes(void)
{
	cr_assert_eq(pipe(up), 0);
	cr_assert_eq(pipe(down), 0);
}

static void say(int fd, pid_t pid)
{
	cr_assert_eq(write(fd, &pid, sizeof(pid)), (ssize_t)sizeof(pid));
}

static pid_t hear(int fd)
{
	pid_t pid = -1;

	cr_assert_eq(read(fd, &pid, sizeof(pid)), (ssize_t)sizeof(pid));
	return pid;
}

/* A process that is @depth generations below this one; say() ends all. */
static pid_t descendant(int depth, pid_t *ret_first)
{
	pid_t pid = fork();

	if (pid == 0) {
		for (; depth > 1; depth--) {
			pid = fork();
			if (pid > 0) {
				waitpid(pid, NULL, 0);
				_exit(0);
			}
		}
		say(up[1], getpid());
		hear(down[0]);
		_exit(0);
	}
	*ret_first = pid;
	return hear(up[0]);
}

Test(find, without_a_session_nobodys)
{
	unsigned int before = waits;

	cr_assert_eq(sessions_of(s, getpid()), 0);
	cr_assert_eq(waits, before);
}

Test(find, the_process_itself_and_its_descendants_belong_to_it)
{
	uint64_t id = begin("a", getpid());
	pid_t first, last;

	open_pipes();
	last = descendant(3, &first);
	cr_assert_eq(sessions_of(s, getpid()), id);
	cr_assert_eq(sessions_of(s, first), id);
	cr_assert_eq(sessions_of(s, last), id);
	cr_assert_eq(sessions_of(s, getppid()), 0);
	cr_assert_eq(sessions_of(s, 0), 0);
	cr_assert_eq(sessions_of(s, -1), 0);
	say(down[1], 0);
	waitpid(first, NULL, 0);
}

Test(find, however_many_generations_there_are)
{
	uint64_t id = begin("a", getpid());
	pid_t first, last;

	open_pipes();
	last = descendant(3 * ANCESTRY_MAX, &first);
	cr_assert_eq(sessions_of(s, last), id);
	say(down[1], 0);
	waitpid(first, NULL, 0);
}

Test(find, the_innermost_counts_until_it_ends)
{
	pid_t a = child();
	uint64_t outer = begin("outer", getpid()), inner;

	cr_assert_eq(sessions_of(s, a), outer);
	inner = begin("inner", a);
	cr_assert_eq(sessions_of(s, a), inner);
	cr_assert_eq(sessions_of(s, getpid()), outer);
	sessions_end(s, "inner", 0);
	cr_assert_eq(sessions_of(s, a), outer);
	sessions_end(s, "outer", 0);
	cr_assert_eq(sessions_of(s, a), 0);
	end_child(a);
}

Test(find, of_two_of_one_process_the_last_counts)
{
	uint64_t a = begin("a", getpid()), b = begin("b", getpid());

	cr_assert_eq(sessions_of(s, getpid()), b);
	sessions_end(s, "b", 0);
	cr_assert_eq(sessions_of(s, getpid()), a);
}

Test(find, a_process_that_is_known_is_not_looked_for_again)
{
	uint64_t id = begin("a", getpid());
	unsigned int before;

	cr_assert_eq(sessions_of(s, getpid()), id);
	before = waits;
	for (int i = 0; i < 100; i++)
		cr_assert_eq(sessions_of(s, getpid()), id);
	cr_assert_eq(waits, before);
	begin("b", getpid());
	sessions_of(s, getpid());
	cr_assert_gt(waits, before);
}

static void *thread(void *arg)
{
	(void)arg;
	say(up[1], (pid_t)syscall(SYS_gettid));
	hear(down[0]);
	return NULL;
}

Test(find, a_thread_belongs_to_the_session_of_its_process)
{
	uint64_t id = begin("a", getpid());
	pthread_t t;
	pid_t tid;

	open_pipes();
	pthread_create(&t, NULL, thread, NULL);
	tid = hear(up[0]);
	cr_assert_neq(tid, getpid());
	for (int i = 0; i < 3; i++)
		cr_assert_eq(sessions_of(s, tid), id);
	say(down[1], 0);
	pthread_join(t, NULL);
}

Test(find, a_process_whose_parent_ends_stays_below_the_subreaper)
{
	uint64_t id;
	pid_t first, last;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	open_pipes();
	id = begin("a", getpid());
	last = descendant(2, &first);
	end_child(first);
	cr_assert_eq(sessions_of(s, last), id);
	say(down[1], 0);
	waitpid(last, NULL, 0);
}

Test(find, without_a_subreaper_what_is_left_is_the_outer_ones)
{
	pid_t first, last;
	uint64_t outer, inner;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	open_pipes();
	outer = begin("outer", getpid());
	last = descendant(2, &first);
	inner = begin("inner", first);
	cr_assert_eq(sessions_of(s, last), inner);
	end_child(first);
	sessions_drop(s, "inner");
	cr_assert_eq(sessions_of(s, last), outer);
	say(down[1], 0);
	waitpid(last, NULL, 0);
}

/* --- numbers that come again, as a /proc of our own tells them ------------- */

static struct {
	pid_t pid, parent;
	unsigned long start;
} world[8];

static size_t read_world(void *arg, pid_t pid, char *buf, size_t size)
{
	(void)arg;
	for (size_t i = 0; i < ARRAY_SIZE(world); i++)
		if (world[i].pid == pid)
			return (size_t)snprintf(
				buf, size,
				"%d (x) S %d 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 "
				"1 0 %lu 10 11",
				pid, world[i].parent, world[i].start);
	return 0;
}

static void use_world(void)
{
	ancestries_free(rooms.ancestries);
	cr_assert_eq(ancestries_new_with(read_world, NULL, &rooms.ancestries),
		     0);
}

Test(find, the_start_tells_a_number_that_came_again)
{
	const pid_t pid = 1 << 30; /* no process has such a number */
	uint64_t id;

	use_world();
	world[0].pid = pid;
	world[0].parent = 0;
	world[0].start = 100;
	id = begin("a", pid);
	cr_assert_eq(sessions_of(s, pid), id);
	world[0].start = 200;
	cr_assert_eq(sessions_of(s, pid), 0);
}

Test(find, a_parent_that_was_started_later_is_another_process)
{
	const pid_t pid = 1 << 30;
	uint64_t id;

	use_world();
	world[0].pid = pid;
	world[0].start = 300;
	id = begin("a", pid);
	world[1].pid = pid + 1;
	world[1].parent = pid;
	world[1].start = 400;
	world[2].pid = pid + 2;
	world[2].parent = pid;
	world[2].start = 200;
	cr_assert_eq(sessions_of(s, pid + 1), id);
	cr_assert_eq(sessions_of(s, pid + 2), 0);
}

Test(find, an_ancestor_that_is_not_told_makes_it_nobodys)
{
	const pid_t pid = 1 << 30;

	use_world();
	world[0].pid = pid;
	world[0].start = 100;
	begin("a", pid);
	world[1].pid = pid + 2;
	world[1].parent = pid + 1; /* is not there */
	world[1].start = 200;
	cr_assert_eq(sessions_of(s, pid + 2), 0);
}
