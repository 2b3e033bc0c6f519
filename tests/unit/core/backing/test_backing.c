/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <pthread.h>

#include "base/util.h"
#include "core/backing/backing.h"
#include "unit/scratch.h"

static struct scratch s;
static struct backing *b;
static struct dir *root;
static int marks;

static void begin(unsigned int max_fds)
{
	s = scratch_open();
	cr_assert_eq(mkdirat(s.dir, "marks", 0700), 0);
	marks = openat(s.dir, "marks", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(backing_new(s.dir, marks, max_fds, 0, &b), 0);
	root = backing_root(b);
}

static void setup(void)
{
	begin(0);
}

static void teardown(void)
{
	backing_free(b);
	close(marks);
	scratch_close(&s);
}

/* No descriptor is kept: every look resolves anew. */
TestSuite(backing, .init = setup, .fini = teardown);

static struct file_key key_at(int dir, const char *name)
{
	struct statx x;

	cr_assert_eq(statx(dir, name, AT_SYMLINK_NOFOLLOW,
			   STATX_BASIC_STATS | STATX_BTIME, &x),
		     0, "%s: %m", name);
	return statx_key(&x);
}

static struct dir *intern(struct dir *parent, const char *name)
{
	struct file_key key;
	struct statx x;
	struct dir *d;

	cr_assert_eq(dir_statx(parent, name, &x), 0, "%s", name);
	key = statx_key(&x);
	d = dir_intern(parent, name, &key);
	cr_assert_not_null(d);
	return d;
}

static struct dir *make(struct dir *parent, const char *name)
{
	auto_pin pin = { 0 };

	cr_assert_eq(dir_pin(parent, &pin), 0);
	cr_assert_eq(mkdirat(pin.fd, name, 0755), 0, "%s: %m", name);
	return intern(parent, name);
}

static int open_code(struct dir *d)
{
	int fd = -1, r = dir_open(d, &fd);

	if (r < 0) {
		cr_assert_eq(fd, -1);
		return r;
	}
	dir_close(d);
	return 0;
}

static int descriptors(void)
{
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY), n;

	cr_assert_geq(fd, 0);
	n = scratch_count(fd);
	close(fd);
	return n;
}

/* --- identity ------------------------------------------------------------- */

Test(backing, one_directory_has_one_dir)
{
	struct dir *a = make(root, "a"), *again = intern(root, "a"), *found;
	struct file_key key = key_at(s.dir, "a");

	cr_assert_eq(a, again);
	found = dir_find(b, &key);
	cr_assert_eq(found, a);
	dir_put(found);
	dir_put(again);
	dir_put(a);
	cr_assert_null(dir_find(b, &key));
}

Test(backing, dir_keeps_its_parents_alive)
{
	struct dir *a = make(root, "a"), *c = make(a, "c"), *d = make(c, "d");
	char *path;

	dir_put(a);
	dir_put(c);
	cr_assert_eq(open_code(d), 0);
	path = dir_path(d, "f");
	cr_assert_str_eq(path, "a/c/d/f");
	free(path);
	dir_put(d);
}

Test(backing, paths_begin_at_the_root)
{
	struct dir *a = make(root, "a");
	char *path = dir_path(root, NULL);

	cr_assert_str_eq(path, "");
	free(path);
	path = dir_path(root, "f");
	cr_assert_str_eq(path, "f");
	free(path);
	path = dir_path(a, NULL);
	cr_assert_str_eq(path, "a");
	free(path);
	dir_put(a);
}

Test(backing, marks_have_a_root_of_their_own)
{
	struct dir *m = make(backing_marks(b), "run"), *a = make(root, "a");
	char *path = dir_path(m, "x.done");

	cr_assert(m->marks);
	cr_assert_not(a->marks);
	cr_assert(scratch_exists(marks, "run"));
	cr_assert_str_eq(path, "run/x.done");
	cr_assert_eq(m->parent, backing_marks(b), "not below the root");
	free(path);
	dir_put(m);
	dir_put(a);
}

/* --- what moves behind our back ------------------------------------------- */

Test(backing, directory_that_moved_behind_our_back_is_stale)
{
	struct dir *a = make(root, "a"), *c = make(a, "c");

	cr_assert_eq(renameat(s.dir, "a", s.dir, "b"), 0);
	cr_assert_eq(open_code(a), -ESTALE);
	cr_assert_eq(open_code(c), -ESTALE);
	/* found again under its new name, it is the same, and so is c */
	dir_put(intern(root, "b"));
	cr_assert_eq(open_code(a), 0);
	cr_assert_eq(open_code(c), 0);
	dir_put(c);
	dir_put(a);
}

Test(backing, other_directory_in_its_place_is_stale)
{
	struct dir *a = make(root, "a"), *other;

	cr_assert_eq(renameat(s.dir, "a", s.dir, "b"), 0);
	cr_assert_eq(mkdirat(s.dir, "a", 0755), 0);
	cr_assert_eq(open_code(a), -ESTALE);
	other = intern(root, "a");
	cr_assert_neq(other, a);
	cr_assert_eq(open_code(other), 0);
	cr_assert_eq(open_code(a), -ESTALE);
	dir_put(other);
	dir_put(a);
}

/* Where there is no birth time, or in one tick of the clock. */
Test(backing, removed_directory_is_not_one_in_its_place_with_its_key)
{
	struct dir *a = make(root, "a"), *again;

	dir_removed(a);
	cr_assert(dir_was_removed(a));
	cr_assert(dir_is_gone(a));
	again = intern(root, "a");
	cr_assert_neq(again, a);
	cr_assert(file_key_equal(&again->key, &a->key));
	cr_assert_eq(open_code(a), -ESTALE);
	cr_assert_eq(open_code(again), 0);
	dir_put(again);
	dir_put(a);
}

Test(backing, file_or_link_in_its_place_is_stale_and_not_followed)
{
	struct dir *a = make(root, "a"), *c = make(a, "c");

	cr_assert_eq(renameat(s.dir, "a", s.dir, "b"), 0);
	scratch_write(s.dir, "a", "a file");
	cr_assert_eq(open_code(a), -ESTALE);
	cr_assert_eq(open_code(c), -ESTALE);
	cr_assert_eq(unlinkat(s.dir, "a", 0), 0);
	cr_assert_eq(symlinkat("b", s.dir, "a"), 0);
	cr_assert_eq(open_code(a), -ESTALE);
	cr_assert_eq(open_code(c), -ESTALE);
	dir_put(c);
	dir_put(a);
}

Test(backing, inode_number_that_is_used_again_is_another_directory)
{
	struct dir *a = make(root, "a"), *again;
	struct file_key old = key_at(s.dir, "a");

	if (!old.born) {
		dir_put(a);
		backing_free(b);
		close(marks);
		scratch_skip(&s, "the filesystem has no birth times");
	}
	for (int i = 0; i < 50; i++) {
		cr_assert_eq(unlinkat(s.dir, "a", AT_REMOVEDIR), 0);
		cr_assert_eq(mkdirat(s.dir, "a", 0755), 0);
		cr_assert_eq(open_code(a), -ESTALE);
	}
	again = intern(root, "a");
	cr_assert_neq(again, a);
	cr_assert_eq(open_code(again), 0);
	dir_put(again);
	dir_put(a);
}

Test(backing, keys_differ_in_any_part)
{
	struct file_key a = { 1, 2, 3 }, c = a;

	cr_assert(file_key_equal(&a, &c));
	c.dev++;
	cr_assert_not(file_key_equal(&a, &c));
	c = a;
	c.ino++;
	cr_assert_not(file_key_equal(&a, &c));
	c = a;
	c.born++;
	cr_assert_not(file_key_equal(&a, &c));
}

Test(backing, told_move_and_removal_are_known)
{
	struct dir *a = make(root, "a"), *c = make(root, "c"), *other;
	struct file_key key = key_at(s.dir, "a");
	char *path;

	cr_assert_eq(renameat(s.dir, "a", s.dir, "c/d"), 0);
	dir_moved(a, c, "d");
	cr_assert_eq(open_code(a), 0);
	path = dir_path(a, NULL);
	cr_assert_str_eq(path, "c/d");
	free(path);
	cr_assert_eq(a->parent, c);

	cr_assert_eq(unlinkat(s.dir, "c/d", AT_REMOVEDIR), 0);
	dir_removed(a);
	dir_removed(a);
	cr_assert_null(dir_find(b, &key));
	other = make(c, "d");
	cr_assert_neq(other, a);
	dir_put(other);
	dir_put(a);
	dir_put(c);
}

Test(backing, directory_that_is_in_use_stays_open_though_it_moves)
{
	struct dir *a = make(root, "a");
	int fd = -1, again = -1;

	cr_assert_eq(dir_open(a, &fd), 0);
	cr_assert_eq(renameat(s.dir, "a", s.dir, "b"), 0);
	cr_assert_eq(dir_open(a, &again), 0);
	cr_assert_eq(again, fd);
	dir_close(a);
	cr_assert_geq(fcntl(fd, F_GETFD), 0);
	dir_close(a);
	cr_assert_lt(fcntl(fd, F_GETFD), 0);
	dir_put(a);
}

/* --- few descriptors ------------------------------------------------------ */

static void begin_16(void)
{
	begin(16);
}

TestSuite(few, .init = begin_16, .fini = teardown);

Test(few, walk_over_many_directories_needs_few_descriptors)
{
	static struct dir *dirs[2000];
	int before = descriptors(), most = 0;
	char name[16];

	for (int i = 0; i < 2000; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		dirs[i] = make(i % 10 ? dirs[i - i % 10] : root, name);
		cr_assert_eq(open_code(dirs[i]), 0);
		if (descriptors() > most)
			most = descriptors();
	}
	cr_assert_leq(most, before + 16);
	cr_assert_gt(most, before);
	for (int i = 1999; i >= 0; i--)
		cr_assert_eq(open_code(dirs[i]), 0);
	cr_assert_leq(descriptors(), before + 16);
	for (int i = 0; i < 2000; i++)
		dir_put(dirs[i]);
	cr_assert_eq(descriptors(), before);
}

Test(few, directories_in_use_are_not_closed)
{
	struct dir *dirs[40];
	int before = descriptors(), fds[40];
	char name[16];

	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		dirs[i] = make(root, name);
		cr_assert_eq(dir_open(dirs[i], &fds[i]), 0);
	}
	cr_assert_eq(descriptors(), before + 40);
	for (int i = 0; i < 40; i++) {
		struct file_key key = key_at(fds[i], ".");

		cr_assert(file_key_equal(&key, &dirs[i]->key));
	}
	for (int i = 0; i < 40; i++)
		dir_close(dirs[i]);
	cr_assert_eq(descriptors(), before + 16);
	for (int i = 0; i < 40; i++)
		dir_put(dirs[i]);
}

Test(few, directories_used_longest_ago_go_first)
{
	struct dir *first = make(root, "first"), *dirs[100];
	int fd = -1, again = -1;
	char name[16];

	for (int i = 0; i < 100; i++) {
		cr_assert_eq(dir_open(first, &again), 0);
		cr_assert(fd < 0 || fd == again);
		fd = again;
		dir_close(first);
		snprintf(name, sizeof(name), "d%d", i);
		dirs[i] = make(root, name);
		cr_assert_eq(open_code(dirs[i]), 0);
	}
	cr_assert_geq(fcntl(fd, F_GETFD), 0);
	for (int i = 0; i < 100; i++)
		dir_put(dirs[i]);
	dir_put(first);
}

/* --- depth ---------------------------------------------------------------- */

Test(backing, path_beyond_what_the_kernel_takes_is_resolved)
{
	struct dir *d = dir_get(root), *next;
	char name[201], *path;

	memset(name, 'n', 200);
	name[200] = '\0';
	for (int i = 0; i < 50; i++) {
		next = make(d, name);
		dir_put(d);
		d = next;
	}
	path = dir_path(d, NULL);
	cr_assert_eq(strlen(path), 50 * 201 - 1);
	cr_assert_gt(strlen(path), 2 * PATH_MAX);
	free(path);
	cr_assert_eq(open_code(d), 0);
	dir_put(d);
}

/* --- what is inside ------------------------------------------------------- */

static void count_names(void *arg, const char *name)
{
	cr_assert_str_neq(name, ".");
	cr_assert_str_neq(name, "..");
	++*(int *)arg;
}

Test(backing, each_name_comes_once_and_every_time)
{
	struct dir *a = make(root, "a");
	int n = 0;

	cr_assert_eq(dir_each_name(a, count_names, &n), 0);
	cr_assert_eq(n, 0);
	scratch_write(s.dir, "a/f", "");
	cr_assert_eq(symlinkat("nowhere", s.dir, "a/l"), 0);
	cr_assert_eq(mkdirat(s.dir, "a/.hidden", 0755), 0);
	for (int i = 1; i < 3; i++) {
		cr_assert_eq(dir_each_name(a, count_names, &n), 0);
		cr_assert_eq(n, 3 * i);
	}
	dir_put(a);
}

static void *open_often(void *dir)
{
	intptr_t bad = 0;

	for (int i = 0; i < 200000; i++)
		bad += open_code(dir) < 0;
	return (void *)bad;
}

Test(backing, many_may_open_one_directory_at_once)
{
	struct dir *a = make(root, "a"), *d = make(a, "d");
	pthread_t threads[4];
	void *bad;

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, open_often, d),
			     0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		cr_assert_eq(pthread_join(threads[i], &bad), 0);
		cr_assert_null(bad, "%ld opens failed", (long)bad);
	}
	dir_put(d);
	dir_put(a);
}

Test(backing, file_is_opened_only_when_it_is_the_one)
{
	struct file_key key, other;
	int fd = -1;

	scratch_write(s.dir, "f", "x");
	scratch_write(s.dir, "g", "x");
	key = key_at(s.dir, "f");
	other = key_at(s.dir, "g");
	cr_assert_eq(dir_open_file(root, "f", O_RDONLY, &other, &fd), -ESTALE);
	cr_assert_eq(dir_open_file(root, "h", O_RDONLY, &key, &fd), -ENOENT);
	cr_assert_eq(symlinkat("f", s.dir, "l"), 0);
	cr_assert_eq(dir_open_file(root, "l", O_RDONLY, NULL, &fd), -ELOOP);
	cr_assert_eq(fd, -1);
	cr_assert_eq(dir_open_file(root, "f", O_RDONLY, &key, &fd), 0);
	close(fd);
	/* it has no writer, and yet the open does not wait */
	cr_assert_eq(mkfifoat(s.dir, "p", 0600), 0);
	cr_assert_eq(dir_open_file(root, "p", O_RDONLY, NULL, &fd), 0);
	close(fd);
}

Test(backing, traits_tell_setgid_and_group)
{
	struct dir *a = make(root, "a");
	struct dir_traits traits;
	struct stat x;

	cr_assert_eq(dir_get_traits(a, &traits), 0);
	cr_assert_not(traits.mode & S_ISGID);
	cr_assert_not(traits.default_acl);
	cr_assert_eq(fchmodat(s.dir, "a", 02755, 0), 0);
	cr_assert_eq(fstatat(s.dir, "a", &x, 0), 0);
	dir_forget_traits(a);
	cr_assert_eq(dir_get_traits(a, &traits), 0);
	cr_assert(traits.mode & S_ISGID);
	cr_assert_eq(traits.gid, x.st_gid);
	dir_put(a);
}
