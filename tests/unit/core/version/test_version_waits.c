/* SPDX-License-Identifier: MIT */
/* No lock is held over a call that may wait for the disk. */
#include <pthread.h>
#include <signal.h>

#include "base/util.h"
#include "core/recovery/recovery.h"
#include "core/version/pending.h"
#include "unit/core/version/held.h"
#include "unit/core/version/table.h"

TestSuite(version_waits, .init = table_setup, .fini = table_teardown,
	  .timeout = 60);

static pthread_t start(void *(*job)(void *arg), void *arg)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, job, arg), 0);
	held_wait();
	return thread;
}

static void finish(pthread_t thread)
{
	held_let_go();
	pthread_join(thread, NULL);
}

/* Attributes */

/* The committed file comes first, and by O_PATH. */
static int hold_of_pending(int fd, const void *arg)
{
	(void)arg;
	if (!(fcntl(fd, F_GETFL) & O_PATH))
		held_here();
	return 0;
}

static void *change_attributes(void *arg)
{
	const struct tree_change c = { .apply = hold_of_pending,
				       .by = by_us() };

	cr_assert_eq(tree_change_both(t, root, "f", arg, &c), 0);
	return NULL;
}

Test(version_waits, nobody_waits_for_a_chmod_of_what_is_pending)
{
	struct file_key key;
	struct writer w, other;
	struct version *v, *meanwhile;
	pthread_t thread;

	scratch_write(s.dir, "f", "old");
	key = key_at(root, "f");
	v = open_version(root, "f", we(), O_WRONLY | O_TRUNC, &w);
	put(v, "new");
	thread = start(change_attributes, &key);
	meanwhile = create(root, "g", we(), &other);
	cr_assert_eq(versions_count(t), 2);
	finish(thread);
	cr_assert_eq(close_writer(&w), 0);
	cr_assert_eq(close_writer(&other), 0);
	version_put(v);
	version_put(meanwhile);
}

/* Waiting for others */

static void *look_at_it(void *arg)
{
	struct version *own = NULL;
	bool pending;

	(void)arg;
	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_null(own);
	return NULL;
}

/* The hook may make a thread. */
Test(version_waits, whoever_waits_for_a_close_is_told_so_without_a_lock)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);
	pthread_t thread;

	put(v, "x");
	cr_assert_eq(version_flush(&w, getpid()), 0);
	cr_assert(version_seal(&w));
	cr_assert_eq(pthread_create(&thread, NULL, look_at_it, NULL), 0);
	while (!told.waits)
		sched_yield();
	version_settle(v);
	pthread_join(thread, NULL);
	cr_assert_eq(told.under_lock, 0);
	version_put(v);
}

/* Changes of different directories */

static struct sys_calls real;

static int held_mkdirat(int dirfd, const char *name, mode_t mode)
{
	held_here();
	return real.mkdirat(dirfd, name, mode);
}

static int held_renameat2(int fromfd, const char *from, int tofd,
			  const char *to, unsigned int flags)
{
	held_here();
	return real.renameat2(fromfd, from, tofd, to, flags);
}

static void *make_dir(void *dir)
{
	cr_assert_eq(tree_mkdir(t, dir, "new", 0777, by_us()), 0);
	return NULL;
}

static void *close_in(void *dir)
{
	struct writer w;
	struct version *v = create(dir, "promoted", we(), &w);

	put(v, "x");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	return NULL;
}

/* All that may be done to names of @dir, but to directories' own. */
static void change_names_in(struct dir *dir)
{
	make_dir(dir);
	close_in(dir);
	cr_assert_eq(tree_rename(t, dir, "promoted", dir, "moved", 0, by_us()),
		     0);
	cr_assert_eq(tree_unlink(t, dir, "moved", by_us()), 0);
	cr_assert_eq(tree_rmdir(t, dir, "new", by_us()), 0);
}

static void changes_beside(void *(*job)(void *arg))
{
	struct dir *a = subdir(root, "a"), *c = subdir(root, "c");
	pthread_t thread;

	real = sys;
	sys.mkdirat = held_mkdirat;
	sys.renameat2 = held_renameat2;
	thread = start(job, a);
	change_names_in(c);
	finish(thread);
	sys = real;
	dir_put(a);
	dir_put(c);
}

Test(version_waits, a_mkdir_in_one_directory_does_not_hold_up_another)
{
	changes_beside(make_dir);
}

Test(version_waits, a_promotion_into_one_directory_does_not_hold_up_another)
{
	changes_beside(close_in);
}

/* Directories that are removed */

static int held_unlinkat(int dirfd, const char *name, int flags)
{
	if (flags & AT_REMOVEDIR)
		held_here();
	return real.unlinkat(dirfd, name, flags);
}

static int removed;

static void *remove_it(void *arg)
{
	(void)arg;
	removed = tree_rmdir(t, root, "d", by_us());
	return NULL;
}

static void *replace_it(void *arg)
{
	(void)arg;
	removed = tree_rename(t, root, "other", root, "d", 0, by_us());
	return NULL;
}

static struct beginning {
	struct dir *dir;
	struct version *v;
	struct writer w;
	int result;
	atomic_bool over;
} begun;

static void *begin_in(void *dir)
{
	begun.result = try_create(dir, "f", false, we(), &begun.w, &begun.v);
	atomic_store(&begun.over, true);
	return NULL;
}

/* "d" is as good as gone when a new file begins in it. */
static void begin_while(void *(*remove)(void *arg))
{
	struct dir *d = subdir(root, "d");
	pthread_t thread, other;

	real = sys;
	sys.unlinkat = held_unlinkat;
	sys.renameat2 = held_renameat2;
	thread = start(remove, NULL);
	cr_assert_eq(pthread_create(&other, NULL, begin_in, d), 0);
	while (!told.waits && !atomic_load(&begun.over))
		sched_yield();
	finish(thread);
	pthread_join(other, NULL);
	sys = real;
	dir_put(d);
}

Test(version_waits, no_file_begins_in_a_directory_that_is_being_removed)
{
	begin_while(remove_it);
	cr_assert_eq(removed, 0);
	cr_assert_eq(begun.result, -ENOENT);
}

Test(version_waits, no_file_begins_in_a_directory_that_is_being_replaced)
{
	dir_put(subdir(root, "other"));
	begin_while(replace_it);
	cr_assert_eq(removed, 0);
	cr_assert_eq(begun.result, -ENOENT);
}

Test(version_waits, file_begins_in_a_directory_that_was_not_removed_after_all)
{
	dir_put(subdir(root, "d"));
	scratch_write(s.dir, "d/there", "x");
	begin_while(remove_it);
	cr_assert_eq(removed, -ENOTEMPTY);
	cr_assert_eq(begun.result, 0);
	put(begun.v, "new");
	cr_assert_eq(close_writer(&begun.w), 0);
	cr_assert(scratch_holds(s.dir, "d/f", "new"));
	version_put(begun.v);
}

/* Promotions across filesystems */

/* No rename leads from the temps to the name "across". */
static int refuses_across(int fromfd, const char *from, int tofd,
			  const char *to, unsigned int flags)
{
	if (fromfd == st.tmp && !strcmp(to, "across"))
		return -EXDEV;
	return real.renameat2(fromfd, from, tofd, to, flags);
}

static int held_clone(int out, int in)
{
	held_here();
	return real.clone(out, in);
}

static void *overwrite_across(void *dir)
{
	struct writer w;
	struct version *v =
		open_version(dir, "across", we(), O_WRONLY | O_TRUNC, &w);

	put(v, "new");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	return NULL;
}

static int apply_mode(int fd, const void *arg)
{
	char path[32];

	(void)arg;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return real.chmod(path, 0640);
}

Test(version_waits, a_copy_to_another_filesystem_holds_nothing_up)
{
	const struct tree_change c = { .apply = apply_mode, .by = by_us() };
	struct dir *a = subdir(root, "a"), *other = subdir(root, "c");
	struct file_key key;
	struct stat before, now;
	pthread_t thread;
	int fd;

	fd = openat(s.dir, "a", O_RDONLY | O_DIRECTORY);
	scratch_write(fd, "across", "old");
	cr_assert_eq(fstat(fd, &before), 0);
	key = key_at(a, "across");
	real = sys;
	sys.renameat2 = refuses_across;
	sys.clone = held_clone;
	thread = start(overwrite_across, a);
	cr_assert_eq(fstat(fd, &now), 0);
	cr_assert_eq(now.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	change_names_in(a);
	change_names_in(other);
	/* What is changed of it meanwhile is not lost. */
	cr_assert_eq(tree_change_both(t, a, "across", &key, &c), 0);
	finish(thread);
	sys = real;
	cr_assert(scratch_holds(fd, "across", "new"));
	cr_assert_eq(fstatat(fd, "across", &now, 0), 0);
	cr_assert_eq(now.st_mode & 07777, 0640);
	cr_assert_eq(scratch_count(fd), 1);
	close(fd);
	dir_put(a);
	dir_put(other);
}

/* Quarantine across filesystems */

static int refuses_partial(int fromfd, const char *from, int tofd,
			   const char *to, unsigned int flags)
{
	if (fromfd == st.tmp && tofd == st.partial)
		return -EXDEV;
	return real.renameat2(fromfd, from, tofd, to, flags);
}

static int held_no_clone(int out, int in)
{
	(void)out;
	(void)in;
	held_here();
	return -EOPNOTSUPP;
}

static void *write_and_die(void *dir)
{
	struct writer w;
	struct version *v = create(dir, "f", we(), &w);

	put(v, "part");
	close_with(&w, WRITER_KILLED, SIGKILL);
	cr_assert_str_eq(testing_state(v), "discarded");
	version_put(v);
	return NULL;
}

/* Of a temp on another filesystem: "f" in @dir, and the copy stands still. */
static pthread_t quarantine_of(struct dir *dir)
{
	real = sys;
	sys.renameat2 = refuses_partial;
	sys.clone = held_no_clone;
	return start(write_and_die, dir);
}

static void is_quarantined(pthread_t thread)
{
	finish(thread);
	sys = real;
	cr_assert_not(scratch_exists(st.partial, STATE_TEMP_PREFIX "copy-0"));
}

Test(version_waits, a_copy_into_quarantine_holds_nothing_up)
{
	struct dir *a = subdir(root, "a"), *other = subdir(root, "c");
	pthread_t thread = quarantine_of(a);

	change_names_in(a);
	change_names_in(other);
	/* Not even another that goes there. */
	sys.renameat2 = real.renameat2;
	write_and_die(other);
	cr_assert_eq(quarantine_count(st.partial), 1);
	is_quarantined(thread);
	cr_assert_eq(quarantine_count(st.partial), 2);
	dir_put(a);
	dir_put(other);
}

/* An unlink that looked before the close, and held the name after it. */
Test(version_waits, what_is_unlinked_on_its_way_to_quarantine_is_not_kept)
{
	struct dir *a = subdir(root, "a");
	pthread_t thread = quarantine_of(a);

	{
		TREE_SCOPE(core->rooms.tree, a);
		cr_assert(versions_detach(t, a, "f", us(), true));
	}
	is_quarantined(thread);
	cr_assert_eq(quarantine_count(st.partial), 0);
	dir_put(a);
}

Test(version_waits, what_is_renamed_on_its_way_to_quarantine_is_kept_so)
{
	struct dir *a = subdir(root, "a");
	pthread_t thread = quarantine_of(a);

	{
		TREE_SCOPE(core->rooms.tree, a);
		cr_assert_eq(versions_move(t, a, "f", a, "g", us(), true), 0);
	}
	is_quarantined(thread);
	partial_is("a/g", "killed", "part");
	dir_put(a);
}

static ssize_t no_room(int in, off_t *in_off, int out, off_t *out_off, size_t n)
{
	(void)in;
	(void)in_off;
	(void)out;
	(void)out_off;
	(void)n;
	return -ENOSPC;
}

/* Then it stays where it is, for the next mount. */
Test(version_waits, copy_into_quarantine_that_fails_loses_no_byte)
{
	struct dir *a = subdir(root, "a");
	pthread_t thread = quarantine_of(a);
	struct recovered found;

	sys.copy_file_range = no_room;
	finish(thread);
	sys = real;
	cr_assert_eq(quarantine_count(st.partial), 0);
	cr_assert_not(scratch_exists(st.partial, STATE_TEMP_PREFIX "copy-0"));
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &found), 0);
	cr_assert_eq(found.kept, 1);
	partial_is("a/f", "", "part");
	dir_put(a);
}
