/* SPDX-License-Identifier: MIT */
#include <linux/fs.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "unit/core/version/table.h"

static struct caller me, them;

static void tree_setup(void)
{
	table_setup();
	me = we();
	them = other();
}

TestSuite(tree, .init = tree_setup, .fini = table_teardown);

static int rename_it(const char *from, const char *to, unsigned int flags,
		     const struct caller *by)
{
	return tree_rename(t, root, from, root, to, flags, by);
}

static bool is(const char *name, const char *text)
{
	return scratch_holds(s.dir, name, text);
}

static bool gone(const char *name)
{
	return !scratch_exists(s.dir, name);
}

/* A new version at @name that holds @text. */
static struct version *pending(const char *name, const char *text,
			       struct caller by, struct writer *w)
{
	struct version *v = create(root, name, by, w);

	put(v, text);
	return v;
}

static void finish(struct version *v, struct writer *w)
{
	close_writer(w);
	version_put(v);
}

/* --- reserved names ------------------------------------------------------- */

Test(tree, reserved_are_the_state_directory_and_the_temps)
{
	struct dir *d = subdir(root, "d");

	cr_assert(reserved_name(root, ".idemfs"));
	cr_assert(reserved_name(root, ".idemfs-tmp.1-2"));
	cr_assert(reserved_name(root, ".idemfs-tmp."));
	cr_assert(reserved_name(d, ".idemfs-tmp.1-2"));
	cr_assert_not(reserved_name(d, ".idemfs"));
	cr_assert_not(reserved_name(backing_marks(b), ".idemfs"));
	cr_assert_not(reserved_name(root, ".idemfs-tmp"));
	cr_assert_not(reserved_name(root, ".idemfs2"));
	cr_assert_not(reserved_name(root, "idemfs"));
	cr_assert(reserved_name(root, ""), "no name at all");
	cr_assert(reserved_name(root, "."));
	cr_assert(reserved_name(root, ".."));
	cr_assert(reserved_name(root, "a/b"));
	dir_put(d);
}

Test(tree, reserved_names_are_neither_made_nor_found)
{
	static const char *const names[] = { ".idemfs", ".idemfs-tmp.x" };
	struct file_key key;
	struct writer w;
	struct statx x;
	struct version *v = pending("mine", "x", me, &w);
	int fd = -1;

	scratch_write(s.dir, "f", "f");
	cr_assert_eq(dir_statx(root, "f", &x), 0);
	key = statx_key(&x);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *n = names[i];

		cr_assert_eq(tree_mkdir(t, root, n, 0777, &me), -EPERM);
		cr_assert_eq(tree_mknod(t, root, n, S_IFIFO | 0666, 0, &me),
			     -EPERM);
		cr_assert_eq(tree_create(t, root, n, O_RDWR, 0666, &me, &fd),
			     -EPERM);
		cr_assert_eq(tree_symlink(t, root, n, "x", &me), -EPERM);
		cr_assert_eq(tree_link(t, root, "f", &key, root, n, &me),
			     -EPERM);
		cr_assert_eq(tree_link_version(v, root, n), -EPERM);
		cr_assert_eq(rename_it("f", n, 0, &me), -EPERM);
		cr_assert_eq(rename_it(n, "g", 0, &me), -ENOENT);
		cr_assert_eq(tree_unlink(t, root, n, &me), -ENOENT);
		cr_assert_eq(tree_rmdir(t, root, n, &me), -ENOENT);
	}
	cr_assert_eq(fd, -1);
	cr_assert(is("f", "f"));
	cr_assert_eq(scratch_count(s.dir), 2);
	finish(v, &w);
}

/* --- making --------------------------------------------------------------- */

static unsigned int changes;

static void count_change(void *arg)
{
	(void)arg;
	changes++;
}

Test(tree, what_is_made_follows_umask_and_is_counted_as_a_change)
{
	char target[8] = "";
	int fd = -1;

	core->rooms.notes.changed = count_change;
	cr_assert_eq(tree_mkdir(t, root, "d", 0777, &me), 0);
	cr_assert_eq(mode_of("d"), S_IFDIR | 0755);
	cr_assert_eq(tree_mknod(t, root, "p", S_IFIFO | 0666, 0, &me), 0);
	cr_assert_eq(mode_of("p"), S_IFIFO | 0644);
	cr_assert_eq(tree_create(t, root, "f", O_RDWR, 0666, &me, &fd), 0);
	cr_assert_eq(mode_of("f"), S_IFREG | 0644);
	close(fd);
	cr_assert_eq(tree_symlink(t, root, "l", "f", &me), 0);
	cr_assert_eq(readlinkat(s.dir, "l", target, 8), 1);
	cr_assert_eq(changes, 4);
	cr_assert_eq(tree_mkdir(t, root, "d", 0777, &me), -EEXIST);
	cr_assert_eq(changes, 4);
}

Test(tree, name_that_a_version_has_taken_is_eexist_for_all_who_make)
{
	struct file_key key;
	struct writer w;
	struct statx x;
	struct version *v = pending("taken", "x", them, &w);
	int fd = -1;

	scratch_write(s.dir, "f", "f");
	cr_assert_eq(dir_statx(root, "f", &x), 0);
	key = statx_key(&x);
	cr_assert_eq(tree_mkdir(t, root, "taken", 0777, &me), -EEXIST);
	cr_assert_eq(tree_mknod(t, root, "taken", S_IFIFO, 0, &me), -EEXIST);
	cr_assert_eq(tree_symlink(t, root, "taken", "x", &me), -EEXIST);
	cr_assert_eq(tree_link(t, root, "f", &key, root, "taken", &me),
		     -EEXIST);
	cr_assert_eq(tree_link_version(v, root, "taken"), -EEXIST);
	cr_assert_eq(tree_link_version(v, root, "f"), -EEXIST);
	cr_assert_eq(tree_create(t, root, "taken", O_RDWR, 0666, &me, &fd),
		     -EEXIST);
	cr_assert(gone("taken"));
	finish(v, &w);
	cr_assert(is("taken", "x"));
}

Test(tree, file_in_place_is_opened_when_it_is_there)
{
	int fd = -1;

	core->rooms.notes.changed = count_change;
	scratch_write(s.dir, "f", "old");
	cr_assert_eq(tree_create(t, root, "f", O_RDWR | O_EXCL, 0666, &me, &fd),
		     -EEXIST);
	cr_assert_eq(tree_create(t, root, "f", O_RDWR, 0666, &me, &fd), 0);
	cr_assert_eq(sys_pwrite_all(fd, "new", 3, 0), 0);
	close(fd);
	cr_assert(is("f", "new"));
	cr_assert_eq(changes, 0);
}

/* --- unlink and rmdir ----------------------------------------------------- */

Test(tree, unlink_of_a_committed_name_takes_all_its_versions)
{
	struct version *v, *u;
	struct writer a, c;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", me, O_TRUNC, &a);
	u = open_version(root, "f", them, O_TRUNC, &c);
	put(v, "x");
	put(u, "y");
	cr_assert_eq(tree_unlink(t, root, "f", &me), 0);
	cr_assert_not(versions_any(t, root, "f"));
	finish(v, &a);
	finish(u, &c);
	cr_assert(gone("f"));
	cr_assert_eq(quarantine_count(st.partial), 0);
}

Test(tree, unlink_of_a_pending_name_takes_the_callers_own)
{
	struct writer a, c;
	struct version *v = pending("f", "x", me, &a);
	struct version *u = pending("f", "y", them, &c);

	cr_assert_eq(tree_unlink(t, root, "f", &me), 0);
	cr_assert_eq(tree_unlink(t, root, "f", &me), -ENOENT);
	finish(v, &a);
	cr_assert(gone("f"));
	finish(u, &c);
	cr_assert(is("f", "y"));
}

Test(tree, unlink_of_what_is_not_there_or_a_directory_fails)
{
	struct dir *d = subdir(root, "d");

	cr_assert_eq(tree_unlink(t, root, "none", &me), -ENOENT);
	cr_assert_eq(tree_unlink(t, root, "d", &me), -EISDIR);
	cr_assert_eq(tree_rmdir(t, root, "none", &me), -ENOENT);
	scratch_write(s.dir, "f", "");
	cr_assert_eq(tree_rmdir(t, root, "f", &me), -ENOTDIR);
	dir_put(d);
}

Test(tree, directory_with_pending_names_is_not_empty)
{
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = create(d, "f", them, &w);

	cr_assert_eq(tree_rmdir(t, root, "d", &me), -ENOTEMPTY);
	versions_detach(t, d, "f", NULL, true);
	cr_assert_eq(tree_rmdir(t, root, "d", &me), 0);
	cr_assert(d->gone);
	cr_assert(gone("d"));
	finish(v, &w);
	dir_put(d);
}

Test(tree, nothing_comes_to_a_directory_that_was_removed)
{
	struct dir *d = subdir(root, "d");
	struct writer w, other;
	struct version *v = pending("f", "x", me, &w), *u = NULL;

	cr_assert_eq(tree_rmdir(t, root, "d", &me), 0);
	cr_assert_eq(tree_rename(t, root, "f", d, "f", 0, &me), -ENOENT);
	cr_assert_eq(tree_link_version(v, d, "f"), -ENOENT);
	cr_assert_eq(try_create(d, "f", false, me, &other, &u), -ENOENT);
	finish(v, &w);
	cr_assert(is("f", "x"));
	dir_put(d);
}

/* --- rename --------------------------------------------------------------- */

Test(tree, renamed_pending_file_is_promoted_at_its_new_name)
{
	struct writer w;
	struct version *v = pending("f", "x", me, &w);

	cr_assert_eq(rename_it("f", "g", 0, &them), -ENOENT);
	cr_assert_eq(rename_it("f", "g", 0, &me), 0);
	cr_assert(gone("g"));
	finish(v, &w);
	cr_assert(gone("f"));
	cr_assert(is("g", "x"));
}

Test(tree, renamed_committed_file_takes_all_its_versions_along)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", them, O_TRUNC, &w);
	put(v, "new");
	cr_assert_eq(rename_it("f", "g", 0, &me), 0);
	cr_assert(is("g", "old"));
	finish(v, &w);
	cr_assert(is("g", "new"));
	cr_assert(gone("f"));
}

Test(tree, rename_over_a_name_takes_it_from_its_versions)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "f");
	scratch_write(s.dir, "g", "g");
	v = open_version(root, "g", them, O_TRUNC, &w);
	put(v, "never");
	cr_assert_eq(rename_it("f", "g", 0, &me), 0);
	finish(v, &w);
	cr_assert(is("g", "f"));
	cr_assert(gone("f"));
}

Test(tree, rename_onto_a_link_that_the_caller_writes_leaves_one_name)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	cr_assert_eq(linkat(s.dir, "f", s.dir, "g", 0), 0);
	v = open_version(root, "g", me, O_TRUNC, &w);
	put(v, "never");
	cr_assert_eq(rename_it("f", "g", 0, &me), 0);
	cr_assert(gone("f"));
	finish(v, &w);
	cr_assert(is("g", "old"));
}

Test(tree, directory_does_not_come_where_a_file_will_be)
{
	static const unsigned int flags[] = { 0, RENAME_EXCHANGE };
	struct dir *d = subdir(root, "d");
	struct writer w, u;
	struct version *v = pending("f", "x", me, &w);
	struct version *mine = pending("f", "y", them, &u);

	cr_assert_eq(rename_it("d", "f", 0, &them), -ENOTDIR);
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
		cr_assert_eq(rename_it("d", "f", flags[i], &me), -ENOTDIR);
	cr_assert_eq(rename_it("f", "d", RENAME_EXCHANGE, &me), -ENOTDIR);
	cr_assert_eq(rename_it("d", "f", RENAME_NOREPLACE, &me), -EEXIST);
	finish(mine, &u);
	finish(v, &w);
	cr_assert(is("f", "x"));
	dir_put(d);
}

Test(tree, pending_file_renamed_over_a_committed_one_replaces_it_later)
{
	struct writer w;
	struct version *v = pending("tmp", "new", me, &w);

	scratch_write(s.dir, "f", "old");
	cr_assert_eq(rename_it("tmp", "f", 0, &me), 0);
	cr_assert(is("f", "old"));
	finish(v, &w);
	cr_assert(is("f", "new"));
	cr_assert(gone("tmp"));
}

Test(tree, pending_file_renamed_onto_itself_stays)
{
	struct writer w;
	struct version *v = pending("f", "x", me, &w);

	cr_assert_eq(rename_it("f", "f", 0, &me), 0);
	finish(v, &w);
	cr_assert(is("f", "x"));
}

Test(tree, two_names_of_one_pending_file_both_stay_when_renamed)
{
	struct writer w;
	struct version *v = pending("f", "x", me, &w);

	cr_assert_eq(tree_link_version(v, root, "g"), 0);
	cr_assert_eq(rename_it("f", "g", 0, &me), 0);
	finish(v, &w);
	cr_assert(is("f", "x"));
	cr_assert(is("g", "x"));
}

Test(tree, nothing_is_made_in_a_directory_that_is_gone)
{
	struct dir *d = subdir(root, "d");
	struct version *v = NULL;
	struct writer w;

	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	cr_assert_eq(try_create(d, "f", true, me, &w, &v), -ENOENT);
	cr_assert_eq(scratch_count(st.tmp), 1, "the journal alone");
	dir_put(d);
}

Test(tree, pending_file_is_not_renamed_over_a_directory)
{
	struct dir *d = subdir(root, "d");
	struct writer w;
	struct version *v = pending("f", "x", me, &w);

	cr_assert_eq(rename_it("f", "d", 0, &me), -EISDIR);
	finish(v, &w);
	cr_assert(is("f", "x"));
	dir_put(d);
}

Test(tree, noreplace_sees_the_committed_and_the_pending)
{
	struct writer a, c;
	struct version *v = pending("mine", "x", me, &a);
	struct version *u = pending("theirs", "y", them, &c);

	scratch_write(s.dir, "f", "f");
	scratch_write(s.dir, "g", "g");
	cr_assert_eq(rename_it("f", "g", RENAME_NOREPLACE, &me), -EEXIST);
	cr_assert_eq(rename_it("f", "theirs", RENAME_NOREPLACE, &me), -EEXIST);
	cr_assert_eq(rename_it("mine", "g", RENAME_NOREPLACE, &me), -EEXIST);
	cr_assert_eq(rename_it("mine", "theirs", RENAME_NOREPLACE, &me),
		     -EEXIST);
	cr_assert_eq(rename_it("mine", "h", RENAME_NOREPLACE, &me), 0);
	cr_assert_eq(rename_it("f", "i", RENAME_NOREPLACE, &me), 0);
	finish(v, &a);
	finish(u, &c);
	cr_assert(is("h", "x"));
	cr_assert(is("i", "f"));
	cr_assert(is("g", "g"));
	cr_assert(is("theirs", "y"));
}

Test(tree, exchange_of_committed_files_swaps_their_versions_too)
{
	struct version *v, *u;
	struct writer a, c;

	scratch_write(s.dir, "f", "f");
	scratch_write(s.dir, "g", "g");
	v = open_version(root, "f", me, O_TRUNC, &a);
	u = open_version(root, "g", them, O_TRUNC, &c);
	put(v, "f2");
	put(u, "g2");
	cr_assert_eq(rename_it("f", "g", RENAME_EXCHANGE, &me), 0);
	cr_assert(is("f", "g"));
	cr_assert(is("g", "f"));
	finish(v, &a);
	cr_assert(is("g", "f2"));
	finish(u, &c);
	cr_assert(is("f", "g2"));
}

Test(tree, exchange_of_a_pending_and_a_committed_file)
{
	struct writer w;
	struct version *v = pending("new", "n", me, &w);

	scratch_write(s.dir, "old", "o");
	cr_assert_eq(rename_it("new", "old", RENAME_EXCHANGE, &me), 0);
	cr_assert(is("new", "o"));
	cr_assert(gone("old"));
	finish(v, &w);
	cr_assert(is("old", "n"));
	cr_assert(is("new", "o"));
}

Test(tree, exchange_of_two_pending_files)
{
	struct writer a, c;
	struct version *v = pending("f", "f", me, &a);
	struct version *u = pending("g", "g", me, &c);

	cr_assert_eq(rename_it("f", "g", RENAME_EXCHANGE, &me), 0);
	finish(v, &a);
	finish(u, &c);
	cr_assert(is("g", "f"));
	cr_assert(is("f", "g"));
}

Test(tree, exchange_needs_both)
{
	struct writer w;
	struct version *v = pending("theirs", "x", them, &w);

	scratch_write(s.dir, "f", "f");
	cr_assert_eq(rename_it("f", "none", RENAME_EXCHANGE, &me), -ENOENT);
	cr_assert_eq(rename_it("none", "f", RENAME_EXCHANGE, &me), -ENOENT);
	cr_assert_eq(rename_it("f", "theirs", RENAME_EXCHANGE, &me), -ENOENT);
	finish(v, &w);
	cr_assert(is("f", "f"));
}

Test(tree, directory_is_not_renamed_over_one_with_pending_names)
{
	struct dir *d = subdir(root, "d"), *e = subdir(root, "e");
	struct writer w;
	struct version *v = create(e, "f", them, &w);
	char *path;

	put(v, "x");
	cr_assert_eq(rename_it("d", "e", 0, &me), -ENOTEMPTY);
	finish(v, &w);
	cr_assert(is("e/f", "x"));
	cr_assert_eq(unlinkat(s.dir, "e/f", 0), 0);
	cr_assert_eq(rename_it("d", "e", 0, &me), 0);
	path = dir_path(d, NULL);
	cr_assert_str_eq(path, "e");
	cr_assert(e->gone);
	free(path);
	dir_put(d);
	dir_put(e);
}

Test(tree, exchanged_directories_know_where_they_are)
{
	struct dir *d = subdir(root, "d"), *e = subdir(d, "e");
	struct dir *f = subdir(root, "f");
	struct writer a, c;
	struct version *v = create(e, "x", me, &a);
	struct version *u = create(f, "y", them, &c);

	put(v, "x");
	put(u, "y");
	cr_assert_eq(tree_rename(t, d, "e", root, "f", RENAME_EXCHANGE, &me),
		     0);
	finish(v, &a);
	finish(u, &c);
	cr_assert(is("f/x", "x"));
	cr_assert(is("d/e/y", "y"));
	dir_put(e);
	dir_put(d);
	dir_put(f);
}

/* --- links ---------------------------------------------------------------- */

Test(tree, directory_is_known_where_it_is_now)
{
	struct dir *old = subdir(root, "d"), *found = NULL;
	struct file_key key;
	struct statx x;

	dir_statx(root, "d", &x);
	key = statx_key(&x); /* as a lookup saw it, before */
	cr_assert_eq(rename_it("d", "e", 0, &me), 0);
	cr_assert_null(dir_find_at(root, "d", &key));
	cr_assert_eq(tree_know_dir(t, root, "d", &x, &found), -ENOENT);
	cr_assert_eq(tree_know_dir(t, root, "e", &x, &found), 0);
	cr_assert_eq(found, old);
	dir_put(found);
	found = dir_find_at(root, "e", &key);
	cr_assert_eq(found, old);
	dir_put(found);
	scratch_write(s.dir, "f", "a file");
	cr_assert_eq(tree_know_dir(t, root, "f", &x, &found), -ENOTDIR);
	dir_put(old);
}

Test(tree, link_is_made_only_to_the_file_that_was_meant)
{
	struct stat x, y;
	struct file_key key;
	struct statx sx;

	scratch_write(s.dir, "f", "f");
	scratch_write(s.dir, "other", "o");
	cr_assert_eq(dir_statx(root, "f", &sx), 0);
	key = statx_key(&sx);
	cr_assert_eq(tree_link(t, root, "other", &key, root, "g", &me),
		     -ESTALE);
	cr_assert_eq(tree_link(t, root, "none", &key, root, "g", &me), -ENOENT);
	cr_assert_eq(tree_link(t, root, "f", &key, root, "other", &me),
		     -EEXIST);
	cr_assert(gone("g"));
	cr_assert_eq(tree_link(t, root, "f", &key, root, "g", &me), 0);
	cr_assert_eq(fstatat(s.dir, "f", &x, 0), 0);
	cr_assert_eq(fstatat(s.dir, "g", &y, 0), 0);
	cr_assert_eq(x.st_ino, y.st_ino);
}

Test(tree, overwriting_one_link_leaves_the_other)
{
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	cr_assert_eq(linkat(s.dir, "f", s.dir, "g", 0), 0);
	v = open_version(root, "f", me, O_TRUNC, &w);
	put(v, "new");
	finish(v, &w);
	cr_assert(is("f", "new"));
	cr_assert(is("g", "old"));
}

Test(tree, linked_pending_file_comes_to_both_names)
{
	struct writer w;
	struct version *v = pending("f", "x", me, &w);

	cr_assert_eq(tree_link_version(v, root, "g"), 0);
	cr_assert_eq(tree_unlink(t, root, "f", &me), 0);
	cr_assert_eq(tree_link_version(v, root, "h"), 0);
	finish(v, &w);
	cr_assert(gone("f"));
	cr_assert(is("g", "x"));
	cr_assert(is("h", "x"));
}

/* --- attributes ----------------------------------------------------------- */

static int set_mode(int fd, const void *arg)
{
	return attr_change_fd(fd, arg);
}

static int change_both(const struct file_key *key, const struct attr_change *c)
{
	const struct tree_change change = {
		.apply = set_mode, .arg = c, .harmless = c, .by = &me
	};

	return tree_change_both(t, root, "f", key, &change);
}

static mode_t version_mode(struct version *v)
{
	struct stat x;

	cr_assert_eq(fstat(version_fd_for_read(v), &x), 0);
	return x.st_mode;
}

Test(tree, change_by_path_reaches_the_committed_and_the_pending)
{
	struct attr_change c = { .set_mode = true, .mode = 0600 };
	struct file_key key;
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", them, O_TRUNC, &w);
	key = key_at(root, "f");
	cr_assert_eq(change_both(&key, &c), 0);
	cr_assert_eq(mode_of("f"), S_IFREG | 0600);
	cr_assert_eq(version_mode(v), S_IFREG | 0600);
	put(v, "new");
	finish(v, &w);
	cr_assert(is("f", "new"));
	cr_assert_eq(mode_of("f"), S_IFREG | 0600);
}

Test(tree, change_through_a_version_is_of_the_file_that_was_judged)
{
	struct attr_change c = { .set_mode = true, .mode = 0666 };
	struct file_key key;
	struct version *v;
	struct writer w;
	mode_t was;

	scratch_write(s.dir, "f", "old");
	scratch_write(s.dir, "g", "another's, it may be");
	v = open_version(root, "f", me, O_TRUNC, &w);
	cr_assert_eq(fchmodat(s.dir, "g", 0600, 0), 0);
	was = version_mode(v);
	cr_assert_eq(version_same_owner(v, root, "f", &key), 0);
	cr_assert_eq(renameat(s.dir, "g", s.dir, "f"), 0);
	cr_assert_eq(change_both(&key, &c), -ESTALE);
	cr_assert_eq(mode_of("f"), S_IFREG | 0600);
	cr_assert_eq(version_mode(v), was);
	cr_assert_eq(unlinkat(s.dir, "f", 0), 0);
	cr_assert_eq(version_same_owner(v, root, "f", &key), -ENOENT);
	finish(v, &w);
}

Test(tree, update_without_a_copy_yet_takes_the_change_over)
{
	struct attr_change c = { .set_mode = true, .mode = 0640 };
	struct file_key key;
	struct version *v;
	struct writer w;

	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", me, 0, &w);
	key = key_at(root, "f");
	cr_assert_eq(change_both(&key, &c), 0);
	put(v, "+");
	finish(v, &w);
	cr_assert(is("f", "old+"));
	cr_assert_eq(mode_of("f"), S_IFREG | 0640);
}

Test(tree, times_of_what_an_update_began_from_are_noted_where_it_still_is)
{
	struct attr_change c = { .set_times = true,
				 .times = { { .tv_nsec = UTIME_OMIT },
					    { .tv_sec = 1 } } };
	struct version *v, *over;
	struct writer w, x;

	scratch_write(s.dir, "f", "old");
	core->rooms.notes.changed = count_change;
	v = open_version(root, "f", me, 0, &w);
	changes = 0;
	cr_assert_eq(tree_change_version(v, &c), 0);
	cr_assert_eq(changes, 1);
	over = open_version(root, "f", them, O_TRUNC, &x);
	put(over, "new");
	finish(over, &x);
	changes = 0;
	c.times[1].tv_sec = 2;
	cr_assert_eq(tree_change_version(v, &c), 0);
	cr_assert_eq(changes, 0, "another file is there");
	finish(v, &w);
	cr_assert(is("f", "new"));
}
