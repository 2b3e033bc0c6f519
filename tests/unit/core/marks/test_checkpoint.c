/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <semaphore.h>

#include "base/util.h"
#include "core/changes/hasher.h"
#include "core/flush/flush.h"
#include "core/marks/checkpoint.h"
#include "core/version/pending.h"
#include "idemfs/control.h"
#include "unit/core/version/table.h"

static struct sys_calls real;
static atomic_int begun;
static sem_t go;

static int held_syncfs(int fd)
{
	atomic_fetch_add(&begun, 1);
	sem_wait(&go);
	return real.syncfs(fd);
}

/* Of the mark itself, when all else is on disk. */
static int held_fsync(int fd)
{
	atomic_fetch_add(&begun, 1);
	sem_wait(&go);
	return real.fsync(fd);
}

static void start_table(void)
{
	table_setup();
	opt.sync_interval_ms = INT64_C(3600) * 1000; /* just marks flush */
	cr_assert_eq(flush_start(core->rooms.flush), 0);
	cr_assert_eq(hasher_start(core->rooms.hasher), 0);
	real = sys;
	sem_init(&go, 0, 0);
}

static void stop_table(void)
{
	sys = real;
	hasher_stop(core->rooms.hasher);
	flush_stop(core->rooms.flush);
	sem_destroy(&go);
	table_teardown();
}

TestSuite(checkpoint, .init = start_table, .fini = stop_table);

struct marker {
	pthread_t thread;
	const char *name;
	atomic_bool interrupted;
	int result;
};

static void *make_mark(void *arg)
{
	struct marker *m = arg;
	struct checkpoint c = { .dir = backing_marks(b),
				.name = m->name,
				.mode = 0666,
				.by = we(),
				.interrupted = &m->interrupted };

	m->result = checkpoint_make(t, &c);
	return NULL;
}

/* It is in the middle of what is held. */
static void start(struct marker *m)
{
	int before = atomic_load(&begun);

	cr_assert_eq(pthread_create(&m->thread, NULL, make_mark, m), 0);
	while (atomic_load(&begun) == before)
		usleep(1000);
}

/* All that others may do; what they would wait for is never let go here. */
static void everything_goes_on(void)
{
	struct caller by = we();
	struct version *v;
	struct writer w;
	struct statx st_of;
	struct dir *d = subdir(root, "d");

	close_new(root, "new", "x");
	v = open_version(root, "new", we(), O_TRUNC | O_WRONLY, &w);
	put(v, "y");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	v = open_version(root, "new", we(), O_APPEND | O_WRONLY, &w);
	put(v, "z");
	cr_assert_eq(version_fsync(v, true, false), 0);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert(scratch_holds(s.dir, "new", "yz"));
	cr_assert_eq(tree_rename(t, root, "new", d, "moved", 0, &by), 0);
	cr_assert_eq(dir_statx(d, "moved", &st_of), 0);
	cr_assert_eq(tree_unlink(t, d, "moved", &by), 0);
	dir_put(d);
	cr_assert_eq(tree_rmdir(t, root, "d", &by), 0);
	versions_wait_dir(t, root);
}

/* The mark is held; in the end it is let go, and made. */
static void everything_goes_on_meanwhile(struct marker *m)
{
	everything_goes_on();
	cr_assert_eq(scratch_count(st.marks), 0, "it is not made yet");
	sem_post(&go);
	pthread_join(m->thread, NULL);
	cr_assert_eq(m->result, 0);
	cr_assert_eq(scratch_count(st.marks), 1);
}

Test(checkpoint, everything_goes_on_while_a_mark_waits_for_the_disk)
{
	struct marker m = { .name = "a" };

	close_new(root, "output", "x");
	sys.syncfs = held_syncfs;
	start(&m);
	everything_goes_on_meanwhile(&m);
}

Test(checkpoint, everything_goes_on_while_a_mark_is_written)
{
	struct marker m = { .name = "a" };

	sys.fsync = held_fsync;
	start(&m);
	sys.fsync = real.fsync;
	everything_goes_on_meanwhile(&m);
}

/* What was under way when it came is not waited for. */
Test(checkpoint, interrupted_mark_does_not_wait_for_the_disk)
{
	struct marker m = { .name = "a" }, next = { .name = "b" };

	sys.syncfs = held_syncfs;
	start(&m);
	atomic_store(&m.interrupted, true);
	pthread_join(m.thread, NULL);
	cr_assert_eq(m.result, -EINTR);
	cr_assert_eq(scratch_count(st.marks), 0);
	/* The next one needs a flush that began after it came. */
	cr_assert_eq(pthread_create(&next.thread, NULL, make_mark, &next), 0);
	sem_post(&go);
	while (atomic_load(&begun) < 2)
		usleep(1000);
	cr_assert_eq(scratch_count(st.marks), 0);
	sem_post(&go);
	pthread_join(next.thread, NULL);
	cr_assert_eq(next.result, 0);
	cr_assert_eq(scratch_count(st.marks), 1);
}

static int failing(int fd)
{
	(void)fd;
	return -EIO;
}

/* The mark itself is flushed, its name cannot be. */
static int failing_for_directories(int fd)
{
	struct stat is;

	return !fstat(fd, &is) && S_ISDIR(is.st_mode) ? -EIO : real.fsync(fd);
}

/* Neither then nor later, and why is known. */
static void is_refused(const char *name, const char *why)
{
	struct marker m = { .name = name };

	make_mark(&m);
	cr_assert_eq(m.result, -EIO);
	cr_assert_eq(scratch_count(st.marks), 0);
	cr_assert_not_null(strstr(testing_mark_trouble(t), name), "%s",
			   testing_mark_trouble(t));
	cr_assert_not_null(strstr(testing_mark_trouble(t), why), "%s",
			   testing_mark_trouble(t));
}

Test(checkpoint, mark_that_cannot_be_made_durable_is_not_made_and_says_so)
{
	struct marker m = { .name = "made" };

	close_new(root, "output", "x");
	sys.syncfs = failing;
	is_refused("no flush", "syncfs");
	sys.syncfs = real.syncfs;
	sys.fsync = failing;
	is_refused("no fsync", "Input/output error");
	sys.fsync = failing_for_directories;
	is_refused("no name", "Input/output error");
	sys.fsync = real.fsync;
	make_mark(&m);
	cr_assert_eq(m.result, 0);
	cr_assert_str_eq(testing_mark_trouble(t), "");
}

static int synced;

static int counted_syncfs(int fd)
{
	synced++;
	return real.syncfs(fd);
}

static int never_before_a_flush(int from, const char *name, int to,
				const char *to_name, unsigned int flags)
{
	cr_assert_gt(synced, 0, "%s is there before its outputs", to_name);
	return real.renameat2(from, name, to, to_name, flags);
}

static void nothing_left(const char *path, const char *why)
{
	cr_assert_fail("%s: %s", path, why);
}

Test(checkpoint, marks_of_before_are_taken_in_when_all_is_flushed)
{
	cr_assert_eq(mkdirat(s.dir, IDEMFS_CHECKPOINTS, 0755), 0);
	scratch_write(s.dir, IDEMFS_CHECKPOINTS "/old.done", "");
	synced = 0;
	sys.syncfs = counted_syncfs;
	sys.renameat2 = never_before_a_flush;
	cr_assert_eq(checkpoint_import(t, s.dir, nothing_left, NULL), 1);
	sys.syncfs = real.syncfs;
	sys.renameat2 = real.renameat2;
	cr_assert(scratch_exists(st.marks, "old.done"));
}

/* --- what cannot be taken in ---------------------------------------------- */

static char left[256];

static void note_left(const char *path, const char *why)
{
	size_t n = strlen(left);

	snprintf(left + n, sizeof(left) - n, "%s: %s\n", path, why);
}

static void make_group(void)
{
	cr_assert_eq(mkdirat(s.dir, IDEMFS_CHECKPOINTS, 0755), 0);
	cr_assert_eq(mkdirat(s.dir, IDEMFS_CHECKPOINTS "/run1", 0755), 0);
	left[0] = '\0';
}

Test(checkpoint, what_can_be_no_mark_is_told_and_stays)
{
	int fd;

	make_group();
	scratch_write(s.dir, IDEMFS_CHECKPOINTS "/good.done", "");
	cr_assert_eq(symlinkat("good.done", s.dir,
			       IDEMFS_CHECKPOINTS "/run1/link.done"),
		     0);
	cr_assert_eq(checkpoint_import(t, s.dir, note_left, NULL), 1);
	cr_expect_str_eq(left, "run1/link.done: not a plain file\n");
	cr_assert(scratch_exists(s.dir, IDEMFS_CHECKPOINTS "/run1/link.done"));

	left[0] = '\0';
	unlinkat(s.dir, IDEMFS_CHECKPOINTS "/run1/link.done", 0);
	scratch_write(s.dir, IDEMFS_CHECKPOINTS "/run1/big.done", "");
	fd = openat(s.dir, IDEMFS_CHECKPOINTS "/run1/big.done", O_WRONLY);
	cr_assert_eq(ftruncate(fd, 3 << 20), 0);
	close_fd(fd);
	cr_assert_eq(checkpoint_import(t, s.dir, note_left, NULL), 0);
	cr_expect_str_eq(left, "run1/big.done: of more than 1 MiB\n");
	cr_assert(scratch_exists(s.dir, IDEMFS_CHECKPOINTS "/run1/big.done"));
}
