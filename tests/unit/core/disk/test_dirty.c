/* SPDX-License-Identifier: MIT */
#include "core/disk/dirty.h"
#include "core/flush/flush.h"
#include "unit/core/marks/marked.h"

static struct sys_calls real;
static atomic_int fsyncs, fail_with;

static int counted_fsync(int fd)
{
	struct stat is;

	if (fstat(fd, &is) < 0 || !S_ISDIR(is.st_mode))
		return real.fsync(fd);
	atomic_fetch_add(&fsyncs, 1);
	return atomic_exchange(&fail_with, 0);
}

static void begin(void)
{
	table_setup();
	real = sys;
	sys.fsync = counted_fsync;
	fsyncs = fail_with = 0;
}

static void end(void)
{
	sys = real;
	table_teardown();
}

TestSuite(dirty, .init = begin, .fini = end);

static struct dir *make_dir(int number)
{
	struct caller by = we();
	struct file_key key;
	struct statx stx;
	char name[16];

	snprintf(name, sizeof(name), "d%d", number);
	cr_assert_eq(tree_mkdir(t, root, name, 0755, &by), 0);
	cr_assert_eq(dir_statx(root, name, &stx), 0);
	key = statx_key(&stx);
	return dir_intern(root, name, &key);
}

Test(dirty, each_directory_is_flushed_once)
{
	struct dir *dirs[30];

	for (int i = 0; i < 30; i++) {
		dirs[i] = make_dir(i);
		dirty_note(core->rooms.disk.dirty, dirs[i]);
		dirty_note(core->rooms.disk.dirty, dirs[i]);
	}
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), 0);
	cr_assert_eq(fsyncs, 30);
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), 0);
	cr_assert_eq(fsyncs, 30);
	dirty_note(core->rooms.disk.dirty, dirs[7]);
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), 0);
	cr_assert_eq(fsyncs, 31);
	for (int i = 0; i < 30; i++)
		dir_put(dirs[i]);
}

Test(dirty, what_failed_is_flushed_again)
{
	dirty_note(core->rooms.disk.dirty, root);
	fail_with = -EIO;
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), -EIO);
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), 0);
	cr_assert_eq(fsyncs, 2);
}

Test(dirty, directory_that_was_removed_needs_none)
{
	struct dir *d = make_dir(0);
	struct caller by = we();

	dirty_note(core->rooms.disk.dirty, d);
	cr_assert_eq(tree_rmdir(t, root, "d0", &by), 0);
	dir_put(d);
	cr_assert_eq(dirty_flush(core->rooms.disk.dirty), 0);
}

Test(dirty, names_are_noted_only_where_no_call_flushes_all)
{
	dir_put(make_dir(0));
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
	cr_assert_eq(fsyncs, 0);
	core->rooms.disk.way = WAY_EACH;
	dir_put(make_dir(1));
	fail_with = -EIO;
	cr_assert_eq(flush_sync(core->rooms.flush), -EIO);
	cr_assert_eq(flush_sync(core->rooms.flush), 0);
	cr_assert_geq(fsyncs, 2);
}

Test(dirty, new_file_is_flushed_before_it_has_its_name)
{
	struct version *v;
	struct writer w;

	core->rooms.disk.way = WAY_EACH;
	v = create(root, "f", we(), &w);
	put(v, "x");
	close_writer(&w);
	cr_assert(testing_is_on_disk(v));
	version_put(v);
}
