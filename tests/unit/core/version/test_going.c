/* SPDX-License-Identifier: MIT */
/*
 * An append goes into a big file of directory "a", and the copy stands still:
 * what goes on meanwhile, and what waits.
 */
#include <linux/fs.h>
#include <pthread.h>
#include <sched.h>

#include "base/util.h"
#include "core/version/for_tree.h"
#include "core/version/pending.h"
#include "unit/core/version/held.h"
#include "unit/core/version/table.h"

static struct sys_calls real;
static struct dir *a;
static int a_fd;
static atomic_bool done; /* what must wait is over */

static void begin(void)
{
	table_setup();
	real = sys;
	testing_set_tail_min(t, 1);
	a = subdir(root, "a");
	a_fd = openat(s.dir, "a", O_RDONLY | O_DIRECTORY);
	scratch_write(a_fd, "f", "old");
	atomic_store(&done, false);
}

static void end(void)
{
	sys = real;
	close(a_fd);
	dir_put(a);
	table_teardown();
}

TestSuite(going, .init = begin, .fini = end, .timeout = 60);

/* --- an append that stands still -------------------------------------------- */

static bool no_room;

/* Half of the tail is in by then. */
static ssize_t held_copy(int in, off_t *in_off, int out, off_t *out_off,
			 size_t n)
{
	char byte;

	cr_assert_eq(pread(in, &byte, 1, *in_off), 1);
	cr_assert_eq(pwrite(out, &byte, 1, *out_off), 1);
	held_here();
	return no_room ? -ENOSPC
		       : real.copy_file_range(in, in_off, out, out_off, n);
}

static struct version *open_append(struct writer *w)
{
	struct version *v = reserve(a, "f", we(), false);

	cr_assert_eq(version_open(v, by_us(), O_WRONLY | O_APPEND, w), 0);
	version_unhold(v);
	return v;
}

static void *append(void *text)
{
	struct writer w;
	struct version *v = open_append(&w);
	struct stat is;
	int fd;

	cr_assert_eq(version_stat_shown(v, &is), 0);
	cr_assert_eq(version_fd(v, FD_TO_WRITE, is.st_size, &fd), 0);
	cr_assert_eq(pwrite(fd, text, strlen(text), is.st_size),
		     (ssize_t)strlen(text));
	close_writer(&w);
	version_put(v);
	return NULL;
}

static pthread_t start(void *(*job)(void *arg), void *arg)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, job, arg), 0);
	return thread;
}

static pthread_t going(void)
{
	pthread_t thread;

	if (has_reflinks())
		scratch_skip(&s, "bytes are shared here: there are no tails");
	sys.copy_file_range = held_copy;
	thread = start(append, (char[]){ " and new" });
	held_wait();
	return thread;
}

static void let_go(pthread_t thread)
{
	held_let_go();
	pthread_join(thread, NULL);
	sys = real;
}

/* --- what goes on ------------------------------------------------------------ */

Test(going, others_in_the_directory_go_on)
{
	pthread_t thread;
	struct file_key key;
	struct statx is;
	ino_t ino;

	scratch_write(a_fd, "other", "x");
	key = key_at(a, "f");
	ino = key.ino;
	thread = going();
	close_new(a, "g", "x");
	cr_assert_eq(tree_mkdir(t, a, "new", 0777, by_us()), 0);
	cr_assert_eq(tree_rename(t, a, "g", a, "h", 0, by_us()), 0);
	cr_assert_eq(versions_statx(t, a, "h", &is), 0);
	cr_assert_eq(versions_statx(t, a, NULL, &is), 0);
	key = key_at(a, "other");
	cr_assert_eq(tree_link(t, a, "other", &key, a, "link", by_us()), 0);
	cr_assert_eq(tree_unlink(t, a, "h", by_us()), 0);
	cr_assert_eq(tree_rmdir(t, a, "new", by_us()), 0);
	cr_assert_eq(tree_rmdir(t, root, "a", by_us()), -ENOTEMPTY);
	let_go(thread);
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
	cr_assert_eq(key_at(a, "f").ino, ino);
}

/* Two files of one directory: the second goes in while the first stands. */
Test(going, another_append_goes_in)
{
	pthread_t thread;
	struct writer w;
	struct version *v;
	struct stat is;
	int fd;

	scratch_write(a_fd, "other", "old");
	thread = going();
	v = reserve(a, "other", we(), false);
	cr_assert_eq(version_open(v, by_us(), O_WRONLY | O_APPEND, &w), 0);
	version_unhold(v);
	cr_assert_eq(version_stat_shown(v, &is), 0);
	cr_assert_eq(version_fd(v, FD_TO_WRITE, is.st_size, &fd), 0);
	cr_assert_eq(pwrite(fd, "!", 1, is.st_size), 1);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert(scratch_holds(a_fd, "other", "old!"));
	let_go(thread);
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
}

/* --- what waits -------------------------------------------------------------- */

struct waiting {
	void (*act)(void);
};

static void *act_and_say(void *arg)
{
	((struct waiting *)arg)->act();
	atomic_store(&done, true);
	return NULL;
}

/* @act is told to wait, and waits until the tail is in. */
static void waits(void (*act)(void))
{
	struct waiting w = { act };
	pthread_t goes = going(), thread;
	int before = told.waits;

	thread = start(act_and_say, &w);
	while (told.waits == before)
		sched_yield();
	cr_assert_not(atomic_load(&done));
	/* No name is held by the one that waits, either. */
	close_new(a, "meanwhile", "x");
	cr_assert_not(atomic_load(&done));
	let_go(goes);
	pthread_join(thread, NULL);
}

static struct file_key of_f;
static struct statx seen;

static void unlink_f(void)
{
	cr_assert_eq(tree_unlink(t, a, "f", by_us()), 0);
}

Test(going, unlink_waits)
{
	waits(unlink_f);
	cr_assert_not(scratch_exists(a_fd, "f"));
}

static void rename_f(void)
{
	cr_assert_eq(tree_rename(t, a, "f", root, "moved", 0, by_us()), 0);
}

Test(going, rename_waits)
{
	waits(rename_f);
	cr_assert(is_committed("moved", "old and new"));
	cr_assert_not(scratch_exists(a_fd, "f"));
}

static void rename_over_f(void)
{
	cr_assert_eq(tree_rename(t, root, "over", a, "f", 0, by_us()), 0);
}

Test(going, rename_over_it_waits)
{
	scratch_write(s.dir, "over", "over");
	waits(rename_over_f);
	cr_assert(scratch_holds(a_fd, "f", "over"));
}

static void exchange_f(void)
{
	cr_assert_eq(
		tree_rename(t, root, "x", a, "f", RENAME_EXCHANGE, by_us()), 0);
}

Test(going, exchange_waits)
{
	scratch_write(s.dir, "x", "x");
	waits(exchange_f);
	cr_assert(is_committed("x", "old and new"));
	cr_assert(scratch_holds(a_fd, "f", "x"));
}

/* Recovery finds the file by its path. */
static void rename_a(void)
{
	cr_assert_eq(tree_rename(t, root, "a", root, "b", 0, by_us()), 0);
}

Test(going, rename_of_the_directory_waits)
{
	waits(rename_a);
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
	cr_assert_not(scratch_exists(s.dir, "a"));
}

static void link_f(void)
{
	cr_assert_eq(tree_link(t, a, "f", &of_f, root, "link", by_us()), 0);
}

Test(going, link_waits)
{
	of_f = key_at(a, "f");
	waits(link_f);
	cr_assert(is_committed("link", "old and new"));
}

static int apply_mode(int fd, const void *arg)
{
	char path[32];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return real.chmod(path, 0640);
}

static void chmod_f(void)
{
	const struct tree_change c = { .apply = apply_mode, .by = by_us() };

	cr_assert_eq(tree_change_both(t, a, "f", &of_f, &c), 0);
}

Test(going, chmod_waits)
{
	of_f = key_at(a, "f");
	waits(chmod_f);
	cr_assert_eq(versions_statx(t, a, "f", &seen), 0);
	cr_assert_eq(seen.stx_mode & 07777, 0640);
}

static void stat_f(void)
{
	cr_assert_eq(versions_statx(t, a, "f", &seen), 0);
}

Test(going, stat_waits_and_sees_all_of_it)
{
	waits(stat_f);
	cr_assert_eq(seen.stx_size, strlen("old and new"));
}

Test(going, stat_of_one_that_fails_sees_nothing_of_it)
{
	no_room = true;
	waits(stat_f);
	cr_assert_eq(seen.stx_size, strlen("old"));
	cr_assert(scratch_holds(a_fd, "f", "old"));
	cr_assert_eq(counts(t).failed, 1);
	no_room = false;
}

static void append_more(void)
{
	append((char[]){ " and more" });
}

Test(going, second_append_waits)
{
	waits(append_more);
	cr_assert(scratch_holds(a_fd, "f", "old and new and more"));
}

static void hold_all(void)
{
	auto_hold hold = versions_hold_all(t);

	cr_assert(scratch_holds(a_fd, "f", "old and new"));
}

Test(going, hold_of_the_whole_tree_waits)
{
	waits(hold_all);
}

static void *hold_names(void *arg)
{
	(void)arg;
	versions_hold_names(t);
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
	versions_release_names(t);
	return NULL;
}

/* What a flush does on the way is no wait of its own: the hook knows. */
Test(going, hold_for_a_mark_waits)
{
	pthread_t goes = going(), thread;
	int before = told.waits;

	thread = start(hold_names, NULL);
	while (!testing_alone(t))
		sched_yield();
	close_new(a, "meanwhile", "x");
	let_go(goes);
	pthread_join(thread, NULL);
	cr_assert_eq(told.waits, before);
}

static void *fill(void *v)
{
	cr_assert_eq(version_fill(v), 0);
	return NULL;
}

/* For fstat(2) of its own process, say. */
Test(going, filling_it_comes_too_late)
{
	ino_t ino = key_at(a, "f").ino;
	pthread_t goes = going(), thread;
	struct version *v = version_get(testing_at(t, a, "f", 0));

	thread = start(fill, v);
	let_go(goes);
	pthread_join(thread, NULL);
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
	cr_assert_eq(key_at(a, "f").ino, ino);
	version_put(v);
}

static void hold_f(void)
{
	NAME_SCOPE(t, a, "f");
	cr_assert(scratch_holds(a_fd, "f", "old and new"));
}

Test(going, hold_of_its_name_waits)
{
	waits(hold_f);
}

static void hold_f_and_g(void)
{
	auto_hold hold = versions_hold_both(t, root, "g", a, "f");

	cr_assert(scratch_holds(a_fd, "f", "old and new"));
}

Test(going, hold_of_it_and_another_waits)
{
	waits(hold_f_and_g);
}

/* --- one after the other ------------------------------------------------------ */

static void *read_it(void *v)
{
	char text[32] = "";

	cr_assert_eq(version_note_reader(v), 0);
	cr_assert_eq(pread(version_fd_for_read(v), text, sizeof(text), 0), 11);
	cr_assert_str_eq(text, "old and new");
	return NULL;
}

/* Its own process opens it to read, just when it goes in. */
Test(going, reader_of_the_version_gets_the_file)
{
	pthread_t goes = going(), thread;
	struct version *v = version_get(testing_at(t, a, "f", 0));

	thread = start(read_it, v);
	let_go(goes);
	pthread_join(thread, NULL);
	version_put(v);
}

static void *rename_there_and_back(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++) {
		const char *from = i % 2 ? "b" : "a", *to = i % 2 ? "a" : "b";

		cr_assert_eq(tree_rename(t, root, from, root, to, 0, by_us()),
			     0);
	}
	atomic_store(&done, true);
	return NULL;
}

/* An append that begins meanwhile waits for the rename, and not for ever. */
Test(going, renames_of_the_directory_and_appends_take_turns)
{
	pthread_t goes = going(), thread;
	int before = told.waits;

	thread = start(rename_there_and_back, NULL);
	while (told.waits == before)
		sched_yield();
	let_go(goes);
	for (int i = 0; !atomic_load(&done); i++)
		append((char[]){ "." });
	pthread_join(thread, NULL);
	cr_assert(scratch_exists(a_fd, "f"));
}
