/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <semaphore.h>

#include "core/flush/vouched.h"
#include "core/version/drain.h"
#include "unit/core/marks/marked.h"

static struct sys_calls real;
static int written, renamed; /* so many, in the end */
static int written_first;    /* before the last rename */
static int fail_with;

static int counted_write_back(int fd, unsigned int flags)
{
	if (!(flags & SYNC_FILE_RANGE_WRITE))
		return real.write_back(fd, flags);
	written++;
	return fail_with;
}

static int counted_rename(int from, const char *name, int to,
			  const char *to_name, unsigned int flags)
{
	renamed++;
	written_first = written;
	return real.renameat2(from, name, to, to_name, flags);
}

static void begin(void)
{
	table_setup();
	core->rooms.disk.way = WAY_ORDERED;
	real = sys;
	sys.write_back = counted_write_back;
	sys.renameat2 = counted_rename;
	written = renamed = fail_with = 0;
}

static void end(void)
{
	sys = real;
	table_teardown();
}

TestSuite(vouched, .init = begin, .fini = end);

/* Writes @name, new or in the place of what is there; what was flushed for it. */
static int flushes_of(const char *name)
{
	struct version *v;
	struct writer w;
	int before = written;

	if (faccessat(s.dir, name, F_OK, 0) < 0)
		v = create(root, name, we(), &w);
	else
		v = open_version(root, name, we(), O_WRONLY | O_TRUNC, &w);
	put(v, "x");
	close_writer(&w);
	version_put(v);
	if (written > before)
		cr_assert_eq(written_first, written, "flushed too late");
	return written - before;
}

static int flushes_of_rename(const char *name, const char *to,
			     unsigned int flags)
{
	struct caller by = we();
	int before = written;

	cr_assert_eq(tree_rename(t, root, name, root, to, flags, &by), 0);
	if (written > before)
		cr_assert_eq(written_first, written, "flushed too late");
	return written - before;
}

Test(vouched, nothing_is_before_the_first_mark)
{
	cr_assert_eq(flushes_of("a"), 0);
	cr_assert_eq(flushes_of("a"), 0);
	cr_assert_eq(flushes_of("b"), 0);
	cr_assert_eq(flushes_of_rename("b", "a", 0), 0);
}

Test(vouched, file_of_a_mark_is_replaced_by_what_is_on_disk)
{
	flushes_of("a");
	make_mark("m");
	cr_assert_eq(flushes_of("a"), 1);
	cr_assert_eq(flushes_of("a"), 1, "the mark is still there");
}

Test(vouched, new_name_costs_nothing)
{
	make_mark("m");
	cr_assert_eq(flushes_of("a"), 0);
	cr_assert_eq(flushes_of("a"), 0, "no mark tells of it");
	make_mark("n");
	cr_assert_eq(flushes_of("a"), 1);
}

Test(vouched, rename_over_file_of_a_mark_has_its_bytes_on_disk)
{
	flushes_of("a");
	make_mark("m");
	flushes_of("b");
	cr_assert_eq(flushes_of_rename("b", "a", 0), 1);
	cr_assert_eq(flushes_of("a"), 1, "what came over it stands for it");
}

Test(vouched, rename_over_a_new_file_costs_nothing)
{
	flushes_of("old");
	make_mark("m");
	flushes_of("new");
	cr_assert_eq(flushes_of_rename("old", "new", 0), 0);
	flushes_of("a");
	flushes_of("b");
	cr_assert_eq(flushes_of_rename("b", "a", 0), 0);
	cr_assert_eq(flushes_of("a"), 0);
}

Test(vouched, exchange_has_both_on_disk)
{
	flushes_of("a");
	make_mark("m");
	flushes_of("b");
	cr_assert_geq(flushes_of_rename("a", "b", RENAME_EXCHANGE), 1);
	cr_assert_eq(flushes_of("a"), 1);
	cr_assert_eq(flushes_of("b"), 1, "that is the one of the mark");
}

Test(vouched, pending_file_that_is_renamed_over_one_of_a_mark_is_flushed)
{
	struct version *v;
	struct writer w;
	int before;

	flushes_of("a");
	make_mark("m");
	v = create(root, "new", we(), &w);
	put(v, "x");
	before = written;
	cr_assert_eq(flushes_of_rename("new", "a", 0), 0);
	close_writer(&w);
	version_put(v);
	cr_assert_eq(written - before, 1);
}

Test(vouched, what_an_earlier_mount_has_left_counts_as_vouched_for)
{
	flushes_of("a");
	make_mark("m");
	flushes_of("b");
	core_free(core);
	start_daemon();
	core->rooms.disk.way = WAY_ORDERED;
	cr_assert_eq(flushes_of("b"), 1);
	cr_assert_eq(flushes_of("c"), 0);
}

Test(vouched, what_cannot_be_flushed_replaces_nothing)
{
	struct version *v;
	struct writer w;
	int before;

	flushes_of("a");
	make_mark("m");
	v = open_version(root, "a", we(), O_WRONLY | O_TRUNC, &w);
	put(v, "lost");
	before = renamed;
	fail_with = -EIO;
	close_writer(&w);
	version_put(v);
	cr_assert_eq(counts(t).failed, 1);
	cr_assert(scratch_holds(s.dir, "a", "x"));
	cr_assert_gt(renamed, before, "it is in quarantine");
	cr_assert_eq(scratch_count(st.partial), 2);
}

static sem_t go;

static int held_write_back(int fd, unsigned int flags)
{
	if (flags & SYNC_FILE_RANGE_WRITE)
		sem_wait(&go);
	return real.write_back(fd, flags);
}

static void *close_it(void *arg)
{
	close_writer(arg);
	return NULL;
}

static void *drain(void *arg)
{
	struct drain d = { .uid = geteuid(), .wait_ms = 1 };

	*(int *)arg = drain_versions(t, &d);
	drain_release(&d);
	return NULL;
}

/* The wait for open files ends after a while; this one is closed. */
Test(vouched, mark_waits_for_a_slow_disk)
{
	pthread_t closer, marker;
	struct version *v;
	struct writer w;
	int r = 1;

	sem_init(&go, 0, 0);
	flushes_of("a");
	make_mark("m");
	v = open_version(root, "a", we(), O_WRONLY | O_TRUNC, &w);
	put(v, "x");
	sys.write_back = held_write_back;
	cr_assert_eq(pthread_create(&closer, NULL, close_it, &w), 0);
	while (version_is_open(v))
		usleep(1000);
	cr_assert_eq(pthread_create(&marker, NULL, drain, &r), 0);
	usleep(50000); /* longer than it waits for what is open */
	sem_post(&go);
	pthread_join(closer, NULL);
	pthread_join(marker, NULL);
	cr_assert_eq(r, 0, "%d", r);
	version_put(v);
}

Test(vouched, many_new_files_are_told_apart)
{
	char name[16];

	make_mark("m");
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		cr_assert_eq(flushes_of(name), 0);
	}
	/* Every third comes over what is vouched for, and is no more new. */
	for (int i = 0; i < 2000; i += 3) {
		struct statx stx;

		snprintf(name, sizeof(name), "f%d", i);
		cr_assert_eq(dir_statx(root, name, &stx), 0);
		vouched_placed(core->rooms.vouched, &stx, true);
	}
	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		cr_assert_eq(vouched_at(core->rooms.vouched, root, name),
			     i % 3 == 0, "%d", i);
	}
}

Test(vouched, level_none_flushes_nothing)
{
	core_free(core);
	opt.durability = DURABILITY_NONE;
	start_daemon();
	flushes_of("a");
	make_mark("m");
	cr_assert_eq(flushes_of("a"), 0);
}
