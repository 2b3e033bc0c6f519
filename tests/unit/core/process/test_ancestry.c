/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"
#include "core/process/ancestry.h"

#define WORLD 1000 /* numbers of processes */

/* What /proc would tell. */
static struct {
	pid_t parent;
	uint64_t start; /* 0: there is none */
} world[WORLD];
static unsigned int reads;

static struct ancestries *a;
static struct ancestry line;

static size_t read_world(void *arg, pid_t pid, char *buf, size_t size)
{
	int n;

	cr_assert_eq(arg, world);
	__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	if (pid >= WORLD || !world[pid].start)
		return 0;
	n = snprintf(
		buf, size,
		"%d (a) (b) S %d 1 1 0 -1 4194304 1 2 3 4 5 6 7 8 20 0 1 0 "
		"%llu 10 11 12\n",
		pid, world[pid].parent, (unsigned long long)world[pid].start);
	return (size_t)n;
}

/* 1 <- 10 <- 20 <- 30, started in that order. */
static void setup(void)
{
	memset(world, 0, sizeof(world));
	world[1].start = 1;
	world[10] = (__typeof__(world[0])){ 1, 100 };
	world[20] = (__typeof__(world[0])){ 10, 200 };
	world[30] = (__typeof__(world[0])){ 20, 300 };
	cr_assert_eq(ancestries_new_with(read_world, world, &a), 0);
}

static void teardown(void)
{
	ancestries_free(a);
}

TestSuite(ancestry, .init = setup, .fini = teardown);

static void is_line(const pid_t *pids, unsigned int n)
{
	cr_assert_eq(line.count, n);
	for (unsigned int i = 0; i < n; i++)
		cr_assert_eq(line.line[i].pid, pids[i]);
}
#define IS_LINE(...)                                           \
	do {                                                   \
		const pid_t pids[] = { __VA_ARGS__ };          \
		is_line(pids, (unsigned int)ARRAY_SIZE(pids)); \
	} while (0)

Test(ancestry, the_nearest_comes_first)
{
	ancestry_of(a, 30, &line);
	IS_LINE(30, 20, 10, 1);
	ancestry_of(a, 10, &line);
	IS_LINE(10, 1);
	cr_assert(ancestry_has(&line, 10, 100));
	cr_assert(ancestry_has(&line, 1, 100));
	cr_assert_not(ancestry_has(&line, 20, 1000));
}

Test(ancestry, a_process_that_was_started_later_is_another)
{
	ancestry_of(a, 30, &line);
	cr_assert(ancestry_has(&line, 20, 200));
	cr_assert_not(ancestry_has(&line, 20, 199));
}

Test(ancestry, one_that_cannot_be_looked_at_is_itself)
{
	ancestry_of(a, 77, &line);
	IS_LINE(77);
	cr_assert(ancestry_has(&line, 77, 0));
}

Test(ancestry, no_thread_has_none)
{
	ancestry_of(a, 0, &line);
	cr_assert_eq(line.count, 0);
	cr_assert_not(ancestry_has(&line, 0, 1000));
	ancestry_of(a, -1, &line);
	cr_assert_eq(line.count, 0);
}

Test(ancestry, what_is_known_is_read_once)
{
	ancestry_of(a, 30, &line);
	reads = 0;
	ancestry_of(a, 30, &line);
	IS_LINE(30, 20, 10, 1);
	cr_assert_eq(reads, 1);
	world[31] = (__typeof__(world[0])){ 30, 310 };
	reads = 0;
	ancestry_of(a, 31, &line);
	IS_LINE(31, 30, 20, 10, 1);
	cr_assert_eq(reads, 2);
}

Test(ancestry, who_has_lost_a_parent_keeps_its_ancestors)
{
	ancestry_of(a, 30, &line);
	world[20].start = 0;
	world[30].parent = 1;
	ancestry_of(a, 30, &line);
	IS_LINE(30, 20, 10, 1);
}

Test(ancestry, a_number_that_is_used_again_is_another_process)
{
	ancestry_of(a, 30, &line);
	world[30] = (__typeof__(world[0])){ 1, 900 };
	ancestry_of(a, 30, &line);
	IS_LINE(30, 1);
}

Test(ancestry, a_parent_is_not_younger)
{
	/* It has ended, and its number is another's, before we looked. */
	world[20].start = 301;
	ancestry_of(a, 30, &line);
	IS_LINE(30);
}

Test(ancestry, a_circle_ends)
{
	world[10] = (__typeof__(world[0])){ 20, 200 };
	ancestry_of(a, 30, &line);
	cr_assert_leq(line.count, ANCESTRY_MAX);
	cr_assert(ancestry_has(&line, 20, 200));
}

Test(ancestry, as_many_generations_as_there_is_room_for)
{
	for (pid_t i = 100; i < 200; i++)
		world[i] = (__typeof__(world[0])){ i - 1, (uint64_t)i + 1000 };
	world[99] = (__typeof__(world[0])){ 1, 1000 };
	ancestry_of(a, 199, &line);
	cr_assert_eq(line.count, ANCESTRY_MAX);
	cr_assert_eq(line.line[ANCESTRY_MAX - 1].pid, 199 - ANCESTRY_MAX + 1);
	/* Those in between know theirs by now or not; nothing overflows. */
	ancestry_of(a, 198, &line);
	cr_assert_eq(line.count, ANCESTRY_MAX);
	ancestry_of(a, 199, &line);
	cr_assert_eq(line.count, ANCESTRY_MAX);
}

static bool count(void *arg, const struct process *p)
{
	unsigned int *n = arg;

	(void)p;
	++*n;
	return false;
}

static bool is_20(void *arg, const struct process *p)
{
	(void)arg;
	return p->pid == 20;
}

Test(ancestry, a_walk_has_no_limit_and_ends_when_it_is_told)
{
	unsigned int n = 0;

	for (unsigned int i = 100; i < 900; i++)
		world[i] = (__typeof__(world[0])){ i > 100 ? (pid_t)i - 1 : 30,
						   i + 300 };
	cr_assert_not(ancestry_walk(a, 899, count, &n));
	cr_assert_eq(n, 804);
	cr_assert(ancestry_walk(a, 899, is_20, NULL));
	cr_assert_not(ancestry_walk(a, 10, is_20, NULL));
	cr_assert_not(ancestry_walk(a, 0, is_20, NULL));
	cr_assert_not(ancestry_walk(a, 999, is_20, NULL));
}

/* When 30 has been looked at, 25 ends, and 20 gets its child. */
static uint64_t came_again; /* the start of what gets number 25 then; or 0 */

static size_t read_moving(void *arg, pid_t pid, char *buf, size_t size)
{
	size_t n = read_world(arg, pid, buf, size);

	if (pid == 30 && world[30].parent == 25) {
		world[30].parent = 20;
		world[25].start = came_again;
	}
	return n;
}

Test(ancestry, a_walk_goes_on_from_a_parent_that_ends_meanwhile)
{
	ancestries_free(a);
	cr_assert_eq(ancestries_new_with(read_moving, world, &a), 0);
	for (came_again = 0; came_again <= 350; came_again += 350) {
		world[30].parent = 25;
		world[25] = (__typeof__(world[0])){ 20, 250 };
		cr_assert(ancestry_walk(a, 30, is_20, NULL));
	}
}

static void *ask_often(void *arg)
{
	struct ancestry own;

	(void)arg;
	for (unsigned int i = 0; i < 20000; i++) {
		pid_t pid = i % 3 ? 30 : 20;

		ancestry_of(a, pid, &own);
		cr_assert_eq(own.line[0].pid, pid);
		cr_assert_eq(own.line[own.count - 1].pid, 1);
	}
	return NULL;
}

Test(ancestry, threads_share_a_cache)
{
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, ask_often, NULL),
			     0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
}

Test(ancestry, real_processes)
{
	struct ancestries *real;
	uint64_t before = ancestry_now();
	int out[2], go[2];
	pid_t child;
	char c;

	cr_assert_eq(ancestries_new(&real), 0);
	cr_assert_eq(pipe(out), 0);
	cr_assert_eq(pipe(go), 0);
	child = fork();
	if (!child) {
		cr_assert_eq(write(out[1], "x", 1), 1);
		_exit(read(go[0], &c, 1) != 1);
	}
	cr_assert_eq(read(out[0], &c, 1), 1);
	ancestry_of(real, child, &line);
	cr_assert_eq(line.line[0].pid, child);
	cr_assert_eq(line.line[1].pid, getpid());
	cr_assert(ancestry_has(&line, getpid(), before));
	cr_assert(ancestry_has(&line, child, ancestry_now()));
	cr_assert_not(ancestry_has(&line, child, before - 100));
	cr_assert_eq(write(go[1], "x", 1), 1);
	waitpid(child, NULL, 0);
	ancestry_of(real, getpid(), &line);
	cr_assert_not(ancestry_has(&line, child, ancestry_now()));
	ancestries_free(real);
}
