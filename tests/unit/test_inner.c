/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "base/sys.h"
#include "core/durability.h"
#include "core/inner.h"
#include "table.h"

static int syncs;

static int counted_syncfs(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

/* All that is in the tree is on another filesystem than the state. */
static void be_elsewhere(void)
{
	t->home_dev++;
}

static void begin(void)
{
	table_setup();
	sys.syncfs = counted_syncfs;
	be_elsewhere();
}

TestSuite(inner, .init = begin, .fini = table_teardown);

static void restart(void)
{
	versions_free(t);
	backing_free(b);
	start_daemon();
	be_elsewhere();
	inner_tell(t);
}

static int flushes(void)
{
	int before = syncs;

	cr_assert_eq(durability_sync(t->durability), 0);
	return syncs - before;
}

static void make_dir(struct dir *dir, const char *name)
{
	struct caller by = we();

	cr_assert_eq(tree_mkdir(t, dir, name, 0777, &by), 0);
}

static struct dir *dir_at(const char *name)
{
	struct file_key key;
	struct statx stx;

	cr_assert_eq(dir_statx(root, name, &stx), 0);
	key = statx_key(&stx);
	return dir_intern(root, name, &key);
}

/* A directory that nobody has told of. */
static struct dir *found_dir(const char *name)
{
	cr_assert_eq(mkdirat(s.dir, name, 0777), 0);
	return dir_at(name);
}

Test(inner, one_that_nothing_was_changed_on_is_not_flushed)
{
	cr_assert_eq(flushes(), 1);
}

Test(inner, one_is_flushed_once_whatever_was_changed_there)
{
	make_dir(root, "d");
	cr_assert_eq(flushes(), 2);
	make_dir(root, "e");
	cr_assert_eq(flushes(), 2);
}

Test(inner, one_is_flushed_when_the_directory_is_gone)
{
	struct dir *d = found_dir("d");

	make_dir(d, "x");
	cr_assert_eq(tree_rmdir(t, d, "x"), 0);
	dir_put(d);
	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	cr_assert_eq(flushes(), 2);
}

Test(inner, one_that_cannot_be_opened_fails_the_flush_until_it_can)
{
	struct dir *d = found_dir("d");

	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	inner_note(t, d);
	dir_put(d);
	cr_assert_eq(durability_sync(t->durability), -ESTALE);
	make_dir(root, "e");
	cr_assert_eq(flushes(), 2);
}

Test(inner, what_a_crash_left_is_flushed)
{
	make_dir(root, "d");
	restart();
	cr_assert_eq(flushes(), 2);
}

Test(inner, what_a_crash_left_is_flushed_where_it_was_renamed_to)
{
	struct dir *d = found_dir("d");
	struct caller by = we();

	make_dir(d, "x");
	dir_put(d);
	cr_assert_eq(tree_rename(t, root, "d", root, "e", 0, &by), 0);
	restart();
	cr_assert_eq(flushes(), 2);
}

Test(inner, record_grows_by_what_is_new)
{
	struct stat before, after;

	make_dir(root, "d");
	cr_assert_eq(fstatat(st.dir, INNER_NAME, &before, 0), 0);
	restart();
	make_dir(root, "e");
	cr_assert_eq(fstatat(st.dir, INNER_NAME, &after, 0), 0);
	cr_assert_eq(before.st_size, after.st_size);
}
