/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "core/temp/journal.h"
#include "core/version/pending.h"
#include "unit/core/version/table.h"

TestSuite(version, .init = table_setup, .fini = table_teardown);

/* An open that truncates is on its way to committed file @name. */
static struct version *reserve_old(const char *name)
{
	scratch_write(s.dir, name, "old");
	return reserve(root, name, we(), true);
}

static ino_t inode_of(const char *name)
{
	struct stat x;

	cr_assert_eq(fstatat(s.dir, name, &x, AT_SYMLINK_NOFOLLOW), 0);
	return x.st_ino;
}

/* --- a new file ----------------------------------------------------------- */

Test(version, new_file_appears_whole_with_its_last_close)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "hello");
	cr_assert(versions_count(t));
	cr_assert(version_is_open(v));
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert_eq(close_writer(&w), 0);

	cr_assert(is_committed("f", "hello"));
	cr_assert(version_is_settled(v));
	cr_assert_str_eq(testing_state(v), "committed");
	cr_assert_eq(counts(t).promoted, 1);
	cr_assert_eq(told.settled, 1);
	cr_assert_eq(told.version, v);
	cr_assert_eq(told.dir, root);
	cr_assert_str_eq(told.name, "f");
	cr_assert_eq(root->epoch, 1);
	version_put(v);
}

Test(version, seal_of_the_last_writer_alone_asks_for_the_settling)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);

	cr_assert_eq(version_open(v, by_us(), 0, &c), 0);
	put(v, "x");
	version_flush(&a, getpid());
	cr_assert_not(version_seal(&a));
	cr_assert_str_eq(testing_state(v), "pending");
	version_flush(&c, getpid());
	cr_assert(version_seal(&c));
	cr_assert_str_eq(testing_state(v), "sealed");
	cr_assert_not(version_is_open(v));
	cr_assert_not(version_is_settled(v));
	cr_assert_not(scratch_exists(s.dir, "f"));
	version_settle(v);
	cr_assert(is_committed("f", "x"));
	version_put(v);
}

Test(version, first_close_of_a_duplicate_is_not_the_last)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	cr_assert_eq(version_flush(&w, getpid()), 0);
	cr_assert_str_eq(testing_state(v), "pending");
	put(v, "after the close of a dup");
	close_writer(&w);
	cr_assert(is_committed("f", "after the close of a dup"));
	version_put(v);
}

Test(version, empty_new_file_is_promoted_too)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	close_writer(&w);
	cr_assert(is_committed("f", ""));
	version_put(v);
}

Test(version, new_file_has_the_mode_that_the_umask_leaves)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	close_writer(&w);
	cr_assert_eq(mode_of("f"), S_IFREG | 0644);
	version_put(v);
}

Test(version, exclusive_create_of_a_taken_name_is_eexist)
{
	struct version *v, *none = NULL;
	struct writer w, x;

	scratch_write(s.dir, "committed", "old");
	cr_assert_eq(try_create(root, "committed", true, we(), &x, &none),
		     -EEXIST);
	v = create(root, "pending", other(), &w);
	cr_assert_eq(try_create(root, "pending", true, we(), &x, &none),
		     -EEXIST);
	cr_assert_null(none);
	close_writer(&w);
	cr_assert_eq(try_create(root, "pending", true, we(), &x, &none),
		     -EEXIST);
	version_put(v);
	cr_assert(is_committed("committed", "old"));
	cr_assert_eq(counts(t).promoted, 1);
	cr_assert_eq(try_create(root, "free", true, we(), &x, &none), 0);
	close_writer(&x);
	version_put(none);
}

Test(version, last_close_of_two_creators_wins_whole)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);
	struct version *u = create(root, "f", other(), &c);

	put(v, "of the first, and longer");
	put(u, "second");
	close_writer(&c);
	cr_assert(is_committed("f", "second"));
	close_writer(&a);
	cr_assert(is_committed("f", "of the first, and longer"));
	version_put(v);
	version_put(u);
}

Test(version, new_file_whose_directory_vanished_is_quarantined)
{
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = create(d, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	close_writer(&w);
	cr_assert_str_eq(testing_state(v), "discarded");
	partial_is("d/f", "could not be promoted", "x");
	cr_assert_eq(failure(), -EIO);
	version_put(v);
	dir_put(d);
}

/* --- reserving ------------------------------------------------------------ */

Test(version, reservation_that_nobody_came_for_is_dropped)
{
	struct version *v;
	ino_t before;

	scratch_write(s.dir, "f", "old");
	before = inode_of("f");
	v = reserve(root, "f", we(), true);
	cr_assert_str_eq(testing_state(v), "reserved");
	cr_assert_eq(version_facts(v).owner, 9);
	version_unhold(v);
	cr_assert_str_eq(testing_state(v), "discarded");
	cr_assert_str_eq(told.name, "");
	cr_assert_eq(told.settled, 1);
	cr_assert(is_committed("f", "old"));
	cr_assert_eq(inode_of("f"), before);
	version_put(v);
}

Test(version, overwrite_replaces_the_file_at_its_last_close)
{
	struct version *v;
	struct writer w;
	ino_t before;

	scratch_write(s.dir, "f", "the old content");
	before = inode_of("f");
	v = open_version(root, "f", we(), O_TRUNC, &w);
	cr_assert_str_eq(testing_state(v), "pending");
	put(v, "new");
	cr_assert(is_committed("f", "the old content"));
	close_writer(&w);
	cr_assert(is_committed("f", "new"));
	cr_assert_neq(inode_of("f"), before);
	version_put(v);
}

Test(version, overwrite_without_a_write_truncates)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), O_TRUNC, &w);
	close_writer(&w);
	cr_assert(is_committed("f", ""));
	version_put(v);
}

Test(version, update_begins_with_what_is_there)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), 0, &w);
	cr_assert_lt(version_temp_fd(v), 0);
	put(v, "+new");
	cr_assert(is_committed("f", "old"));
	close_writer(&w);
	cr_assert(is_committed("f", "old+new"));
	version_put(v);
}

Test(version, update_that_wrote_nothing_replaces_nothing)
{
	struct stat before, after;
	struct version *v;
	struct writer w;
	char text[4] = "";

	scratch_write(s.dir, "f", "old");
	cr_assert_eq(fstatat(s.dir, "f", &before, 0), 0);
	v = open_version(root, "f", we(), 0, &w);
	cr_assert_eq(pread(version_fd_for_read(v), text, 3, 0), 3);
	cr_assert_str_eq(text, "old");
	close_writer(&w);
	cr_assert_str_eq(testing_state(v), "discarded");
	cr_assert_eq(fstatat(s.dir, "f", &after, 0), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	cr_assert_eq(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	cr_assert_eq(counts(t).promoted, 0);
	cr_assert_eq(quarantine_count(st.partial), 0);
	version_put(v);
}

Test(version, truncating_opens_of_two_get_versions_of_their_own)
{
	struct version *v, *u;
	struct writer a, c;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), O_TRUNC, &a);
	u = open_version(root, "f", other(), O_TRUNC, &c);
	cr_assert_neq(v, u);
	put(v, "one");
	put(u, "two");
	close_writer(&a);
	cr_assert(is_committed("f", "one"));
	close_writer(&c);
	cr_assert(is_committed("f", "two"));
	version_put(v);
	version_put(u);
}

Test(version, update_joins_the_newest_that_is_pending)
{
	struct version *v, *u;
	struct writer a, c;

	v = create(root, "f", other(), &a);
	put(v, "one");
	u = open_version(root, "f", we(), 0, &c);
	cr_assert_eq(u, v);
	put(u, "+two");
	close_writer(&a);
	cr_assert_not(scratch_exists(s.dir, "f"));
	close_writer(&c);
	cr_assert(is_committed("f", "one+two"));
	cr_assert_eq(counts(t).promoted, 1);
	version_put(v);
	version_put(u);
}

Test(version, version_that_an_open_is_coming_for_is_held)
{
	struct version *v, *u;
	struct writer a, c;

	v = create(root, "f", we(), &a);
	put(v, "one");
	u = reserve(root, "f", other(), false);
	cr_assert_eq(u, v);
	version_flush(&a, getpid());
	cr_assert_not(version_seal(&a));
	cr_assert_str_eq(testing_state(v), "held");
	cr_assert(version_is_open(v));
	cr_assert_not(scratch_exists(s.dir, "f"));

	cr_assert_eq(version_open(u, by_other(), 0, &c), 0);
	cr_assert_str_eq(testing_state(v), "pending");
	version_unhold(u);
	cr_assert_str_eq(testing_state(v), "pending");
	put(u, "+two");
	close_writer(&c);
	cr_assert(is_committed("f", "one+two"));
	version_put(v);
	version_put(u);
}

Test(version, held_version_is_settled_when_its_open_never_comes)
{
	struct version *v, *u;
	struct writer a;

	v = create(root, "f", we(), &a);
	put(v, "one");
	u = reserve(root, "f", other(), false);
	close_writer(&a);
	cr_assert_str_eq(testing_state(v), "held");
	version_unhold(u);
	cr_assert_str_eq(testing_state(v), "committed");
	cr_assert(is_committed("f", "one"));
	version_put(v);
	version_put(u);
}

Test(version, settled_version_is_not_opened_again)
{
	struct writer w, x;
	struct version *v = create(root, "f", we(), &w);

	version_flush(&w, getpid());
	cr_assert(version_seal(&w));
	cr_assert_eq(version_open(v, by_us(), O_TRUNC, &x), -ESTALE);
	version_settle(v);
	cr_assert_eq(version_open(v, by_us(), 0, &x), -ESTALE);
	cr_assert_not(version_seal(&w));
	version_put(v);
}

Test(version, truncating_open_of_a_joined_version_empties_it)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);

	put(v, "long content");
	cr_assert_eq(version_open(v, by_us(), O_TRUNC, &c), 0);
	put(v, "short");
	close_writer(&a);
	close_writer(&c);
	cr_assert(is_committed("f", "short"));
	version_put(v);
}

Test(version, name_that_is_not_there_or_no_file_is_not_reserved)
{
	struct version *v = NULL;

	cr_assert_eq(try_reserve(root, "none", we(), true, &v), -ENOENT);
	cr_assert_eq(try_reserve(root, "none", we(), false, &v), -ENOENT);
	cr_assert_eq(mkdirat(s.dir, "d", 0755), 0);
	cr_assert_lt(try_reserve(root, "d", we(), true, &v), 0);
	cr_assert_eq(symlinkat("x", s.dir, "l"), 0);
	cr_assert_lt(try_reserve(root, "l", we(), true, &v), 0);
	cr_assert_eq(mkfifoat(s.dir, "p", 0600), 0);
	cr_assert_eq(try_reserve(root, "p", we(), true, &v), -ESTALE);
	cr_assert_eq(versions_count(t), 0);
}

Test(version, metadata_is_kept_on_overwrite)
{
	struct stat before, after;
	struct version *v;
	struct writer w;
	char value[8] = "";
	bool xattrs;
	int fd;

	scratch_write(s.dir, "f", "old");
	fd = openat(s.dir, "f", O_RDONLY | O_CLOEXEC);
	cr_assert_geq(fd, 0);
	xattrs = fsetxattr(fd, "user.colour", "red", 3, 0) == 0;
	if (geteuid() == 0)
		cr_assert_eq(fchown(fd, 12, 34), 0);
	cr_assert_eq(fchmod(fd, 02751), 0);
	cr_assert_eq(fstat(fd, &before), 0);
	close(fd);
	v = open_version(root, "f", we(), O_TRUNC, &w);
	put(v, "new");
	close_writer(&w);
	cr_assert_eq(fstatat(s.dir, "f", &after, 0), 0);
	cr_assert_eq(after.st_mode, before.st_mode);
	cr_assert_eq(after.st_uid, before.st_uid);
	cr_assert_eq(after.st_gid, before.st_gid);
	if (xattrs) {
		cr_assert_eq(
			fgetxattr(version_temp_fd(v), "user.colour", value, 8),
			3);
		cr_assert_str_eq(value, "red");
	}
	version_put(v);
}

/* --- names ---------------------------------------------------------------- */

Test(version, detached_version_is_never_resurrected)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	cr_assert(versions_detach(t, root, "f", us(), false));
	cr_assert(testing_is_detached(v));
	cr_assert_not(versions_any(t, root, "f"));
	put(v, "y");
	close_writer(&w);
	cr_assert_str_eq(testing_state(v), "discarded");
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert_eq(quarantine_count(st.partial), 0);
	cr_assert_eq(counts(t).promoted, 0);
	version_put(v);
}

Test(version, update_that_was_unlinked_before_its_copy_is_not_resurrected)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), 0, &w);
	cr_assert(versions_detach(t, root, "f", us(), true));
	put(v, "+more");
	close_writer(&w);
	cr_assert(is_committed("f", "old"));
	version_put(v);
}

Test(version, temp_goes_to_the_name_that_has_none_yet)
{
	struct version *v = reserve_old("f");
	struct partial record = { 0 };
	char temp[JOURNAL_NAME_MAX];
	struct writer w;

	/* A link(2) that comes before the temp is there. */
	cr_assert_eq(journal_take(core->rooms.journal, 99, &record, temp), 0);
	scratch_write(st.tmp, temp, "g");
	cr_assert_eq(testing_add_name(v, root, "g", temp), 0);

	cr_assert_eq(version_open(v, by_us(), O_TRUNC, &w), 0);
	version_unhold(v);
	put(v, "new");
	cr_assert_eq(close_writer(&w), 0);
	cr_assert(is_committed("f", "new"));
	cr_assert(is_committed("g", "g"));
	version_put(v);
}

Test(version, detach_takes_only_what_the_caller_writes)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);
	struct version *u = create(root, "f", other(), &c);

	cr_assert(versions_detach(t, root, "f", us(), false));
	cr_assert(testing_is_detached(v));
	cr_assert_not(testing_is_detached(u));
	cr_assert_not(versions_detach(t, root, "f", us(), false));
	cr_assert(versions_detach(t, root, "f", us(), true));
	cr_assert(testing_is_detached(u));
	close_writer(&a);
	close_writer(&c);
	cr_assert_not(scratch_exists(s.dir, "f"));
	version_put(v);
	version_put(u);
}

Test(version, moved_version_is_promoted_at_its_new_name)
{
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(versions_move(t, root, "f", d, "g", us(), false), 0);
	cr_assert_eq(root->pending, 0);
	cr_assert_eq(d->pending, 1);
	close_writer(&w);
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert(is_committed("d/g", "x"));
	cr_assert_eq(told.dir, d);
	cr_assert_str_eq(told.name, "g");
	version_put(v);
	dir_put(d);
}

Test(version, moved_directory_takes_its_pending_names_along)
{
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = create(d, "f", we(), &w);

	put(v, "x");
	move("d", "e", 0);
	close_writer(&w);
	cr_assert(is_committed("e/f", "x"));
	version_put(v);
	dir_put(d);
}

Test(version, several_names_are_promoted_as_one_file)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(version_add_name(v, root, "g"), 0);
	put(v, "y");
	close_writer(&w);
	cr_assert(is_committed("f", "xy"));
	cr_assert(is_committed("g", "xy"));
	cr_assert_eq(inode_of("f"), inode_of("g"));
	cr_assert_eq(counts(t).promoted, 1);
	version_put(v);
}

Test(version, version_with_a_name_left_is_not_detached)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(version_add_name(v, root, "g"), 0);
	cr_assert(versions_detach(t, root, "f", us(), false));
	cr_assert_not(testing_is_detached(v));
	close_writer(&w);
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert(is_committed("g", "x"));
	version_put(v);
}

Test(version, anonymous_file_is_dropped_unless_it_gets_a_name)
{
	struct version_new spec = { .dir = root, .mode = 0600, .by = we() };
	struct version *v = NULL, *u = NULL;
	struct writer a, c;

	cr_assert_eq(version_create(t, &spec, &a, &v), 0);
	cr_assert_eq(version_create(t, &spec, &c, &u), 0);
	put(v, "x");
	put(u, "y");
	cr_assert_eq(versions_count(t), 0);
	cr_assert_eq(version_add_name(u, root, "f"), 0);
	close_writer(&a);
	close_writer(&c);
	cr_assert_str_eq(testing_state(v), "discarded");
	cr_assert(is_committed("f", "y"));
	cr_assert_eq(scratch_count(s.dir), 2);
	version_put(v);
	version_put(u);
}
