/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "core/vname.h"
#include "table.h"

TestSuite(version, .init = table_setup, .fini = table_teardown);

static bool is_committed(const char *name, const char *text)
{
	return scratch_holds(s.dir, name, text);
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
	cr_assert(versions_pending(t));
	cr_assert(version_is_open(v));
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert_eq(close_writer(&w), 0);

	cr_assert(is_committed("f", "hello"));
	cr_assert(version_is_settled(v));
	cr_assert_eq(v->state, VERSION_COMMITTED);
	cr_assert_eq(t->promoted, 1);
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

	cr_assert_eq(version_open(v, getpid(), 0, &c), 0);
	put(v, "x");
	version_flush(&a, getpid());
	cr_assert_not(version_seal(&a));
	cr_assert_eq(v->state, VERSION_PENDING);
	version_flush(&c, getpid());
	cr_assert(version_seal(&c));
	cr_assert_eq(v->state, VERSION_SETTLING);
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
	cr_assert_eq(v->state, VERSION_PENDING);
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
	cr_assert_eq(t->promoted, 1);
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
	cr_assert_eq(v->state, VERSION_DISCARDED);
	partial_is("d/f", "could not be promoted", "x");
	cr_assert_neq(t->failed_code, 0);
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
	cr_assert_eq(v->state, VERSION_RESERVED);
	cr_assert_eq(v->owner, 9);
	version_unhold(v);
	cr_assert_eq(v->state, VERSION_DISCARDED);
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
	cr_assert_eq(v->state, VERSION_PENDING);
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
	cr_assert_lt(v->fd, 0);
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
	cr_assert_eq(v->state, VERSION_DISCARDED);
	cr_assert_eq(fstatat(s.dir, "f", &after, 0), 0);
	cr_assert_eq(before.st_ino, after.st_ino);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	cr_assert_eq(before.st_ctim.tv_nsec, after.st_ctim.tv_nsec);
	cr_assert_eq(t->promoted, 0);
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
	cr_assert_eq(t->promoted, 1);
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
	cr_assert_eq(v->state, VERSION_HELD);
	cr_assert(version_is_open(v));
	cr_assert_not(scratch_exists(s.dir, "f"));

	cr_assert_eq(version_open(u, getppid(), 0, &c), 0);
	cr_assert_eq(v->state, VERSION_PENDING);
	version_unhold(u);
	cr_assert_eq(v->state, VERSION_PENDING);
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
	cr_assert_eq(v->state, VERSION_HELD);
	version_unhold(u);
	cr_assert_eq(v->state, VERSION_COMMITTED);
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
	cr_assert_eq(version_open(v, getpid(), O_TRUNC, &x), -ESTALE);
	version_settle(v);
	cr_assert_eq(version_open(v, getpid(), 0, &x), -ESTALE);
	cr_assert_not(version_seal(&w));
	version_put(v);
}

Test(version, truncating_open_of_a_joined_version_empties_it)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);

	put(v, "long content");
	cr_assert_eq(version_open(v, getpid(), O_TRUNC, &c), 0);
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
	cr_assert_not(versions_pending(t));
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
		cr_assert_eq(fgetxattr(v->fd, "user.colour", value, 8), 3);
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
	cr_assert(versions_detach(t, root, "f", getpid(), false));
	cr_assert(v->detached);
	cr_assert_not(versions_any(t, root, "f"));
	put(v, "y");
	close_writer(&w);
	cr_assert_eq(v->state, VERSION_DISCARDED);
	cr_assert_not(scratch_exists(s.dir, "f"));
	cr_assert_eq(quarantine_count(st.partial), 0);
	cr_assert_eq(t->promoted, 0);
	version_put(v);
}

Test(version, update_that_was_unlinked_before_its_copy_is_not_resurrected)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), 0, &w);
	cr_assert(versions_detach(t, root, "f", getpid(), true));
	put(v, "+more");
	close_writer(&w);
	cr_assert(is_committed("f", "old"));
	version_put(v);
}

Test(version, detach_takes_only_what_the_caller_writes)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a);
	struct version *u = create(root, "f", other(), &c);

	cr_assert(versions_detach(t, root, "f", getpid(), false));
	cr_assert(v->detached);
	cr_assert_not(u->detached);
	cr_assert_not(versions_detach(t, root, "f", getpid(), false));
	cr_assert(versions_detach(t, root, "f", getpid(), true));
	cr_assert(u->detached);
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
	cr_assert_eq(versions_move(t, root, "f", d, "g", getpid(), false), 0);
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
	struct caller by = we();
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = create(d, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(tree_rename(t, root, "d", root, "e", 0, &by), 0);
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
	cr_assert_eq(t->promoted, 1);
	version_put(v);
}

Test(version, version_with_a_name_left_is_not_detached)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(version_add_name(v, root, "g"), 0);
	cr_assert(versions_detach(t, root, "f", getpid(), false));
	cr_assert_not(v->detached);
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

	cr_assert_eq(version_create_anonymous(t, &spec, &a, &v), 0);
	cr_assert_eq(version_create_anonymous(t, &spec, &c, &u), 0);
	put(v, "x");
	put(u, "y");
	cr_assert_not(versions_pending(t));
	cr_assert_eq(version_add_name(u, root, "f"), 0);
	close_writer(&a);
	close_writer(&c);
	cr_assert_eq(v->state, VERSION_DISCARDED);
	cr_assert(is_committed("f", "y"));
	cr_assert_eq(scratch_count(s.dir), 2);
	version_put(v);
	version_put(u);
}

Test(version, versions_of_a_name_stand_newest_first)
{
	struct version *v[3];
	struct writer w[3];
	struct vname *vn;

	v[0] = create(root, "g", we(), &w[0]);
	v[1] = create(root, "f", we(), &w[1]);
	v[2] = create(root, "f", we(), &w[2]);
	cr_assert_eq(versions_move(t, root, "g", root, "f", 0, true), 0);
	pthread_mutex_lock(&t->lock);
	cr_assert_null(vnames_find_locked(t, root, "g"));
	vn = vnames_find_locked(t, root, "f")->newest;
	for (int i = 2; i >= 0; i--, vn = vn->older) {
		cr_assert_eq(vn->version, v[i]);
		cr_assert_str_eq(vname_name(vn), "f");
	}
	cr_assert_null(vn);
	cr_assert_eq(t->count, 3);
	cr_assert_eq(t->all, v[0]);
	pthread_mutex_unlock(&t->lock);
	for (int i = 0; i < 3; i++) {
		close_writer(&w[i]);
		version_put(v[i]);
	}
}

Test(version, place_and_path_are_of_the_name_it_has_now)
{
	struct dir *d = subdir(root, "d"), *at = NULL;
	struct writer w;
	struct version *v = create(d, "f", we(), &w);
	char *name = NULL, *path = version_path(v);

	cr_assert_str_eq(path, "d/f");
	free(path);
	cr_assert_eq(version_place(v, &at, &name), 0);
	cr_assert_eq(at, d);
	cr_assert_str_eq(name, "f");
	free(name);
	dir_put(at);
	versions_detach(t, d, "f", 0, true);
	cr_assert_eq(version_place(v, &at, &name), -ENOENT);
	path = version_path(v);
	cr_assert_str_eq(path, "");
	free(path);
	close_writer(&w);
	version_put(v);
	dir_put(d);
}

/* --- who sees it ---------------------------------------------------------- */

Test(version, pending_version_is_found_by_its_writer_alone)
{
	struct version *v, *own = NULL;
	bool pending;
	struct writer w;

	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_not(pending);
	v = create(root, "f", we(), &w);
	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_eq(own, v);
	cr_assert(pending);
	version_put(own);
	versions_find(t, root, "f", getppid(), &own, &pending);
	cr_assert_null(own);
	cr_assert(pending);
	versions_find(t, root, "f", 0, &own, &pending);
	cr_assert_null(own);
	versions_find(t, root, "ff", getpid(), &own, &pending);
	cr_assert_null(own);
	cr_assert_not(pending);
	cr_assert(version_is_writer(v, getpid()));
	cr_assert_not(version_is_writer(v, getppid()));
	cr_assert_not(version_is_writer(v, 0));
	close_writer(&w);
	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_null(own);
	cr_assert_not(pending);
	version_put(v);
}

static void count_name(void *arg, const char *name, uint64_t owner)
{
	cr_assert_str_eq(name, "mine");
	cr_assert_eq(owner, 7);
	++*(int *)arg;
}

Test(version, list_has_what_the_caller_writes)
{
	struct writer a, c;
	struct version *v = create(root, "mine", we(), &a);
	struct version *u = create(root, "theirs", other(), &c);
	int n = 0;

	versions_list(t, root, getpid(), count_name, &n);
	cr_assert_eq(n, 1);
	versions_list(t, root, 0, count_name, &n);
	cr_assert_eq(n, 1);
	close_writer(&a);
	close_writer(&c);
	versions_list(t, root, getpid(), count_name, &n);
	cr_assert_eq(n, 1);
	version_put(v);
	version_put(u);
}

static void note_info(void *arg, const struct version_info *info)
{
	cr_assert_str_eq(info->path, "f");
	cr_assert_eq(info->size, 5);
	cr_assert_eq(info->pid, getpid());
	cr_assert_eq(info->writers, 1);
	cr_assert_geq(info->age_ms, 0);
	++*(int *)arg;
}

Test(version, status_tells_each_that_is_pending)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w), *u;
	int n = 0;

	put(v, "12345");
	scratch_write(s.dir, "g", "x");
	u = reserve(root, "g", we(), true);
	versions_each(t, note_info, &n);
	cr_assert_eq(n, 1);
	version_unhold(u);
	version_put(u);
	close_writer(&w);
	version_put(v);
}

/* --- bad ends ------------------------------------------------------------- */

/* A version over "old", whose content is "part". */
static struct version *over_old(struct writer *w)
{
	struct version *v;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), O_TRUNC, w);
	put(v, "part");
	return v;
}

static void is_kept(struct version *v, const char *why)
{
	cr_assert_eq(v->state, VERSION_DISCARDED);
	cr_assert_str_eq(told.name, "");
	cr_assert(is_committed("f", "old"));
	partial_is("f", why, "part");
	cr_assert_eq(t->promoted, 0);
	version_put(v);
}

Test(version, killed_last_holder_leaves_the_old_one)
{
	struct writer w;
	struct version *v = over_old(&w);

	close_with(&w, WRITER_KILLED, SIGKILL);
	is_kept(v, "SIGKILL");
	cr_assert_eq(t->discarded, 1);
	cr_assert_eq(t->failed, 0);
}

Test(version, killed_opener_leaves_the_old_one_though_others_close_well)
{
	struct writer w;
	struct version *v = over_old(&w);

	w.opener =
		(struct writer_fate){ .end = WRITER_KILLED, .code = SIGTERM };
	close_writer(&w);
	is_kept(v, "SIGTERM");
}

Test(version, opener_that_died_before_its_first_close_was_killed)
{
	pid_t pid = fork();
	struct caller by = we();
	struct version *v;
	struct writer w;

	if (pid == 0)
		for (;;)
			pause();
	by.tid = pid;
	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", by, O_TRUNC, &w);
	put(v, "part");
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_assert(version_seal(&w));
	version_settle(v);
	is_kept(v, "killed");
}

Test(version, closed_without_a_flush_by_the_living_is_promoted)
{
	struct writer w;
	struct version *v = over_old(&w);

	cr_assert(version_seal(&w));
	version_settle(v);
	cr_assert(is_committed("f", "part"));
	version_put(v);
}

Test(version, failed_exit_counts_only_when_it_was_asked_for)
{
	struct writer w;
	struct version *v = over_old(&w);

	close_with(&w, WRITER_FAILED, 3);
	cr_assert(is_committed("f", "part"));
	version_put(v);
	opt.discard = DISCARD_FAILED;
	t->promoted = 0;
	v = over_old(&w);
	close_with(&w, WRITER_FAILED, 3);
	is_kept(v, "exited with status 3");
}

Test(version, never_discards_not_even_the_killed)
{
	struct version *v;
	struct writer w;

	opt.discard = DISCARD_NEVER;
	v = over_old(&w);
	close_with(&w, WRITER_KILLED, SIGKILL);
	cr_assert(is_committed("f", "part"));
	cr_assert_eq(quarantine_count(st.partial), 0);
	version_put(v);
}

Test(version, one_clean_close_of_several_is_enough)
{
	static const bool killed_first[] = { true, false };

	for (size_t i = 0; i < ARRAY_SIZE(killed_first); i++) {
		struct writer a, c;
		struct version *v = over_old(&a);

		cr_assert_eq(version_open(v, getppid(), 0, &c), 0);
		if (killed_first[i])
			close_with(&a, WRITER_KILLED, SIGKILL);
		close_writer(&c);
		if (!killed_first[i])
			close_with(&a, WRITER_KILLED, SIGKILL);
		cr_assert(is_committed("f", "part"));
		version_put(v);
	}
	cr_assert_eq(quarantine_count(st.partial), 0);
}

Test(version, write_error_is_told_at_every_close_and_quarantined)
{
	struct writer w;
	struct version *v = over_old(&w);

	version_note_error(v, -ENOSPC);
	version_note_error(v, -EIO);
	cr_assert_eq(version_flush(&w, getpid()), -ENOSPC);
	cr_assert_eq(close_writer(&w), -ENOSPC);
	is_kept(v, strerror(ENOSPC));
	cr_assert_eq(t->failed, 1);
	/* its writer knows: no mark fails for it */
	cr_assert_eq(t->failed_code, 0);
}

Test(version, refusals_are_no_write_errors)
{
	struct writer w;
	struct version *v = over_old(&w);

	version_note_error(v, -EINVAL);
	version_note_error(v, -EFBIG);
	cr_assert_eq(close_writer(&w), 0);
	cr_assert(is_committed("f", "part"));
	version_put(v);
}

Test(version, truncation_voids_what_could_not_be_written)
{
	struct writer a, c;
	struct version *v = over_old(&a);

	version_note_error(v, -ENOSPC);
	cr_assert_eq(version_open(v, getpid(), O_TRUNC, &c), 0);
	put(v, "fits");
	cr_assert_eq(close_writer(&a), 0);
	cr_assert_eq(close_writer(&c), 0);
	cr_assert(is_committed("f", "fits"));
	version_put(v);
}

static struct sys_calls real;
static int promotion_error;

static int fails_promotion(int fromfd, const char *from, int tofd,
			   const char *to, unsigned int flags)
{
	if (fromfd == st.tmp && !strcmp(to, "f"))
		return promotion_error;
	return real.renameat2(fromfd, from, tofd, to, flags);
}

Test(version, promotion_that_fails_is_quarantined_and_noted)
{
	struct writer w;
	struct version *v = over_old(&w);

	real = sys;
	promotion_error = -EDQUOT;
	sys.renameat2 = fails_promotion;
	close_writer(&w);
	sys = real;
	is_kept(v, strerror(EDQUOT));
	cr_assert_eq(t->failed, 1);
	cr_assert_eq(t->failed_code, -EDQUOT);
	cr_assert_str_eq(t->failed_path, "f");
}

Test(version, promotion_across_filesystems_copies_and_renames)
{
	struct writer w;
	struct version *v = over_old(&w);

	real = sys;
	promotion_error = -EXDEV;
	sys.renameat2 = fails_promotion;
	close_writer(&w);
	sys = real;
	cr_assert(is_committed("f", "part"));
	cr_assert_eq(t->failed, 0);
	cr_assert_eq(quarantine_count(st.partial), 0);
	cr_assert_eq(scratch_count(s.dir), 2); /* f and .idemfs */
	version_put(v);
}

/* --- waiting -------------------------------------------------------------- */

static void wait_for_a_wait(int more_than)
{
	while (atomic_load(&told.waits) <= more_than)
		sched_yield();
}

static void *find_it(void *arg)
{
	struct version *own = NULL;
	bool pending = true;

	versions_find(t, root, "f", getpid(), &own, &pending);
	return own || pending || !is_committed("f", "x") ? arg : NULL;
}

static void *wait_for_it(void *arg)
{
	version_wait(arg);
	return is_committed("f", "x") ? NULL : arg;
}

static void *wait_for_dir(void *arg)
{
	versions_wait_dir(t, root);
	return is_committed("f", "x") ? NULL : arg;
}

static void *wait_for_name(void *arg)
{
	versions_wait_settling(t, root, "f");
	return is_committed("f", "x") ? NULL : arg;
}

static void *reserve_it(void *arg)
{
	struct version *v = NULL;
	int r = try_reserve(root, "f", we(), false, &v);
	bool good = !r && v != arg && is_committed("f", "x");

	if (!r) {
		version_unhold(v);
		version_put(v);
	}
	return good ? NULL : arg;
}

Test(version, who_comes_for_a_settling_name_waits_until_it_is_there)
{
	static void *(*const ways[])(void *) = {
		find_it, wait_for_it, wait_for_dir, wait_for_name, reserve_it,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct writer w;
		struct version *v = create(root, "f", we(), &w);
		int before = told.waits;
		pthread_t thread;
		void *bad;

		put(v, "x");
		version_flush(&w, getpid());
		cr_assert(version_seal(&w));
		cr_assert_eq(pthread_create(&thread, NULL, ways[i], v), 0);
		wait_for_a_wait(before);
		version_settle(v);
		pthread_join(thread, &bad);
		cr_assert_null(bad, "way %zu", i);
		cr_assert_eq(unlinkat(s.dir, "f", 0), 0);
		version_put(v);
	}
}

Test(version, nobody_waits_for_what_is_only_pending)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	version_wait(v);
	versions_wait_dir(t, root);
	versions_wait_settling(t, root, "f");
	cr_assert_eq(told.waits, 0);
	close_writer(&w);
	version_put(v);
}

Test(version, drain_without_open_versions_is_done)
{
	char who[256] = "";

	cr_assert_eq(versions_drain(t, 0, NULL, who, sizeof(who)), 0);
	cr_assert_str_eq(who, "");
	cr_assert_eq(told.waits, 0);
}

Test(version, drain_that_times_out_is_busy_and_names_the_oldest)
{
	char who[256] = "", pid[32];
	struct writer a, c;
	struct version *v = create(root, "first", we(), &a);
	struct version *u = create(root, "second", we(), &c);

	snprintf(pid, sizeof(pid), "pid %d", getpid());
	cr_assert_eq(versions_drain(t, 0, NULL, who, sizeof(who)), -EBUSY);
	cr_assert_not_null(strstr(who, "\"first\""), "%s", who);
	cr_assert_not_null(strstr(who, pid), "%s", who);
	close_writer(&a);
	cr_assert_eq(versions_drain(t, 1, NULL, who, sizeof(who)), -EBUSY);
	cr_assert_not_null(strstr(who, "\"second\""), "%s", who);
	close_writer(&c);
	cr_assert_eq(versions_drain(t, 1, NULL, who, sizeof(who)), 0);
	version_put(v);
	version_put(u);
}

Test(version, drain_does_not_count_reservations_and_the_unlinked)
{
	struct version *v, *u;
	struct writer w;
	char who[256];

	scratch_write(s.dir, "f", "old");
	v = reserve(root, "f", we(), true);
	u = create(root, "g", we(), &w);
	versions_detach(t, root, "g", 0, true);
	cr_assert_eq(versions_drain(t, 0, NULL, who, sizeof(who)), 0);
	version_unhold(v);
	close_writer(&w);
	version_put(v);
	version_put(u);
}

static atomic_bool interrupted;

static void *drain_long(void *arg)
{
	char who[256];

	*(int *)arg = versions_drain(t, 600000, &interrupted, who, sizeof(who));
	return NULL;
}

Test(version, interrupted_drain_is_eintr)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);
	pthread_t thread;
	int r = 99;

	cr_assert_eq(pthread_create(&thread, NULL, drain_long, &r), 0);
	wait_for_a_wait(0);
	atomic_store(&interrupted, true);
	versions_wake(t);
	pthread_join(thread, NULL);
	cr_assert_eq(r, -EINTR);
	close_writer(&w);
	version_put(v);
}

Test(version, drain_waits_for_the_old_and_not_for_the_new)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a), *u;
	pthread_t thread;
	int r = 99;

	cr_assert_eq(pthread_create(&thread, NULL, drain_long, &r), 0);
	wait_for_a_wait(0);
	u = create(root, "g", we(), &c);
	close_writer(&a);
	pthread_join(thread, NULL);
	cr_assert_eq(r, 0);
	cr_assert(version_is_open(u));
	close_writer(&c);
	version_put(v);
	version_put(u);
}

/* --- the end -------------------------------------------------------------- */

Test(version, close_all_judges_by_the_closes_that_came)
{
	struct writer a, c, d;
	struct version *v = create(root, "closed", we(), &a);
	struct version *u = create(root, "killed", we(), &c), *x;

	put(v, "x");
	put(u, "y");
	version_flush(&a, getpid());
	c.flushed = true;
	c.last = (struct writer_fate){ .end = WRITER_KILLED, .code = SIGKILL };
	scratch_write(s.dir, "f", "old");
	x = open_version(root, "f", we(), 0, &d);
	versions_close_all(t);
	cr_assert_not(versions_pending(t));
	cr_assert(is_committed("closed", "x"));
	cr_assert_not(scratch_exists(s.dir, "killed"));
	partial_is("killed", "SIGKILL", "y");
	cr_assert(is_committed("f", "old"));
	cr_assert_not(version_seal(&a));
	version_put(v);
	version_put(u);
	version_put(x);
}

Test(version, abandon_quarantines_all_that_is_open)
{
	struct writer a, c;
	struct version *v = over_old(&a), *u;

	scratch_write(s.dir, "g", "x");
	u = open_version(root, "g", we(), 0, &c);
	versions_abandon(t, "the mount ended");
	cr_assert_not(versions_pending(t));
	cr_assert(is_committed("g", "x"));
	cr_assert_not(version_seal(&a));
	cr_assert_not(version_seal(&c));
	version_put(u);
	is_kept(v, "the mount ended");
}
