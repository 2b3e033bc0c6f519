/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <semaphore.h>

#include "base/util.h"
#include "core/flush/flush.h"
#include "core/version/pending.h"
#include "unit/core/version/table.h"

TestSuite(flush, .init = table_setup, .fini = table_teardown);

static struct sys_calls real;
static atomic_int syncs, fsyncs, begun;
static atomic_int fail_with; /* the next flush of everything does so */
static sem_t go;

static int counted_syncfs(int fd)
{
	int code = atomic_exchange(&fail_with, 0);

	(void)fd;
	atomic_fetch_add(&syncs, 1);
	return code;
}

static int held_syncfs(int fd)
{
	(void)fd;
	atomic_fetch_add(&begun, 1);
	sem_wait(&go);
	return counted_syncfs(fd);
}

static int counted_fsync(int fd)
{
	atomic_fetch_add(&fsyncs, 1);
	return real.fsync(fd);
}

static void count_flushes(void)
{
	real = sys;
	sem_init(&go, 0, 0);
	sys.syncfs = counted_syncfs;
	sys.fsync = counted_fsync;
}

static void wait_for(atomic_int *value, int at_least)
{
	while (atomic_load(value) < at_least)
		usleep(1000);
}

static void close_new_one(const char *name, bool fsynced)
{
	struct writer w;
	struct version *v = create(root, name, we(), &w);

	put(v, "x");
	if (fsynced)
		cr_assert_eq(version_fsync(v, true, false), 0);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
}

/* --- a flush of everything ------------------------------------------------ */

struct flusher {
	pthread_t thread;
	int result;
};

static void *flush(void *arg)
{
	struct flusher *f = arg;

	f->result = flush_sync(core->rooms.flush);
	return NULL;
}

static void start(struct flusher *f, int n)
{
	int waiting = atomic_load(&told.waits);

	for (int i = 0; i < n; i++)
		cr_assert_eq(pthread_create(&f[i].thread, NULL, flush, &f[i]),
			     0);
	/* They say that they wait once they know for which one. */
	wait_for(&told.waits, waiting + n);
}

Test(flush, those_who_come_during_a_flush_share_the_next)
{
	struct flusher first, rest[5];

	count_flushes();
	sys.syncfs = held_syncfs;
	start(&first, 1);
	wait_for(&begun, 1);
	start(rest, 5);
	cr_assert_eq(begun, 1, "nobody else has begun one");
	sem_post(&go);
	wait_for(&begun, 2);
	sem_post(&go);
	pthread_join(first.thread, NULL);
	for (int i = 0; i < 5; i++)
		pthread_join(rest[i].thread, NULL);
	cr_assert_eq(syncs, 2);
	sem_destroy(&go);
}

Test(flush, flush_that_fails_fails_for_all_who_waited_for_it)
{
	struct flusher first, rest[3];

	count_flushes();
	sys.syncfs = held_syncfs;
	start(&first, 1);
	wait_for(&begun, 1);
	start(rest, 3);
	sem_post(&go);
	wait_for(&begun, 2);
	atomic_store(&fail_with, -EIO);
	sem_post(&go);
	pthread_join(first.thread, NULL);
	cr_assert_eq(first.result, 0);
	for (int i = 0; i < 3; i++) {
		pthread_join(rest[i].thread, NULL);
		cr_assert_eq(rest[i].result, -EIO);
	}
	sys.syncfs = counted_syncfs;
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
}

Test(flush, marks_flush_but_at_level_none)
{
	count_flushes();
	cr_assert_eq(flush_barrier(core->rooms.flush, NULL), 0);
	cr_assert_eq(syncs, 1);
	opt.durability = DURABILITY_NONE;
	cr_assert_eq(flush_barrier(core->rooms.flush, NULL), 0);
	cr_assert_eq(syncs, 1);
}

/* --- directories ---------------------------------------------------------- */

Test(flush, directory_with_flushed_files_is_fsynced_alone)
{
	count_flushes();
	close_new_one("f", true);
	cr_assert_eq(fsyncs, 0, "of the file, it is fdatasync");
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(fsyncs, 1);
	cr_assert_eq(syncs, 0);
}

Test(flush, directory_takes_the_bytes_that_nobody_flushed_along)
{
	count_flushes();
	close_new_one("f", false);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 1);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 1, "once is enough");
	cr_assert_eq(fsyncs, 1);
}

Test(flush, directory_is_not_done_when_the_flush_has_failed)
{
	count_flushes();
	close_new_one("f", false);
	atomic_store(&fail_with, -EIO);
	cr_assert_eq(versions_sync_dir(t, root), -EIO);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 2);
}

Test(flush, copy_of_what_was_fsynced_is_fsynced)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	count_flushes();
	version_note_mappable(v);
	put(v, "x");
	cr_assert_eq(version_fsync(v, true, false), 0);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert_eq(fsyncs, 1, "what is promoted is not the temp itself");
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 0);
}

Test(flush, write_after_an_fsync_is_not_flushed)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	count_flushes();
	put(v, "x");
	cr_assert_eq(version_fsync(v, false, false), 0);
	put(v, "y");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 1);
}

static struct version *written;

static int written_during_fsync(int fd)
{
	put(written, "y");
	return real.fdatasync(fd);
}

Test(flush, write_during_an_fsync_is_not_flushed)
{
	struct writer w;

	written = create(root, "f", we(), &w);
	count_flushes();
	sys.fdatasync = written_during_fsync;
	put(written, "x");
	cr_assert_eq(version_fsync(written, true, false), 0);
	cr_assert_eq(close_writer(&w), 0);
	version_put(written);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 1);
}

Test(flush, fsync_of_what_is_written_unseen_may_have_missed_some)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	count_flushes();
	version_note_unseen(v);
	put(v, "x");
	cr_assert_eq(version_fsync(v, false, false), 0);
	cr_assert_eq(sys_pwrite_all(version_temp_fd(v), "y", 1, 1), 0);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert_eq(versions_sync_dir(t, root), 0);
	cr_assert_eq(syncs, 1);
}

/* --- the thread ----------------------------------------------------------- */

Test(flush, what_was_promoted_is_flushed_by_itself)
{
	count_flushes();
	opt.sync_interval_ms = 0;
	cr_assert_eq(flush_start(core->rooms.flush), 0);
	close_new_one("f", false);
	wait_for(&syncs, 1);
	close_new_one("g", false);
	wait_for(&syncs, 2);
	flush_stop(core->rooms.flush);
	cr_assert_eq(syncs, 2, "it does nothing when nothing changes");
}

Test(flush, end_flushes_what_is_left)
{
	count_flushes();
	opt.sync_interval_ms = 3600000;
	cr_assert_eq(flush_start(core->rooms.flush), 0);
	close_new_one("f", false);
	flush_stop(core->rooms.flush);
	cr_assert_eq(syncs, 1);
}

Test(flush, nothing_is_flushed_at_level_none)
{
	count_flushes();
	opt.durability = DURABILITY_NONE;
	opt.sync_interval_ms = 0;
	cr_assert_eq(flush_start(core->rooms.flush), 0);
	close_new_one("f", false);
	flush_stop(core->rooms.flush);
	cr_assert_eq(syncs, 0);
}

Test(flush, failed_flush_is_told_to_the_next_mark)
{
	count_flushes();
	opt.sync_interval_ms = 0;
	atomic_store(&fail_with, -ENOSPC);
	cr_assert_eq(flush_start(core->rooms.flush), 0);
	close_new_one("f", false);
	wait_for(&syncs, 1);
	flush_stop(core->rooms.flush);
	cr_assert_eq(failure(), -EIO);
	cr_assert_not_null(strstr(failed, strerror(ENOSPC)));
}
