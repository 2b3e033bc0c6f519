/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <dirent.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>

#include "base/sys.h"
#include "core/digest/digest.h"
#include "core/flush/flush.h"
#include "core/recovery/recovery.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"
#include "unit/core/quarantine/sample.h"
#include "unit/core/version/held.h"
#include "unit/core/version/table.h"

static int syncs;

static int counted_syncfs(int fd)
{
	(void)fd;
	syncs++;
	return 0;
}

static int failing_inside(int fd)
{
	return fd == st.dir ? 0 : -EIO;
}

/* All that is in the tree is on another filesystem than the state. */
static void be_elsewhere(void)
{
	core->rooms.disk.dev++;
}

static void begin(void)
{
	table_setup();
	sys.syncfs = counted_syncfs;
	be_elsewhere();
}

TestSuite(filesystems, .init = begin, .fini = table_teardown);

/* A mount that has seen nothing of what is inside. */
static void begin_anew(void)
{
	core_free(core);
	start_daemon();
	be_elsewhere();
}

static void restart(void)
{
	begin_anew();
	filesystems_tell(core->rooms.filesystems);
}

static int flushes(void)
{
	int before = syncs;

	cr_assert_eq(flush_sync(core->rooms.flush), 0);
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

/* A directory that was not told of before. */
static struct dir *found_dir(const char *name)
{
	cr_assert_eq(mkdirat(s.dir, name, 0777), 0);
	return dir_at(name);
}

Test(filesystems, one_that_nothing_was_changed_on_is_not_flushed)
{
	cr_assert_eq(flushes(), 1);
}

Test(filesystems, one_is_flushed_once_whatever_was_changed_there)
{
	make_dir(root, "d");
	cr_assert_eq(flushes(), 2);
	make_dir(root, "e");
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, one_is_flushed_when_the_directory_is_gone)
{
	struct dir *d = found_dir("d");
	struct caller by = we();

	make_dir(d, "x");
	cr_assert_eq(tree_rmdir(t, d, "x", &by), 0);
	dir_put(d);
	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, one_that_cannot_be_opened_fails_the_flush_until_it_can)
{
	struct dir *d = found_dir("d");

	cr_assert_eq(unlinkat(s.dir, "d", AT_REMOVEDIR), 0);
	filesystems_note(core->rooms.filesystems, d);
	dir_put(d);
	cr_assert_eq(flush_sync(core->rooms.flush), -ESTALE);
	make_dir(root, "e");
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, one_that_could_not_be_opened_is_tried_again_by_the_flush)
{
	struct dir *d = found_dir("d");

	cr_assert_eq(renameat(s.dir, "d", s.dir, "e"), 0);
	filesystems_note(core->rooms.filesystems, d);
	dir_put(d);
	cr_assert_eq(flush_sync(core->rooms.flush), -ESTALE);
	cr_assert_eq(renameat(s.dir, "e", s.dir, "d"), 0);
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, what_a_crash_left_is_flushed_once)
{
	make_dir(root, "d");
	restart();
	cr_assert_eq(flushes(), 2);
	cr_assert_eq(flushes(), 1);
	make_dir(root, "e");
	cr_assert_eq(flushes(), 2);
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, what_a_crash_left_is_flushed_until_that_goes_well)
{
	make_dir(root, "d");
	restart();
	sys.syncfs = failing_inside;
	cr_assert_eq(flush_sync(core->rooms.flush), -EIO);
	sys.syncfs = counted_syncfs;
	cr_assert_eq(flushes(), 2);
	cr_assert_eq(flushes(), 1);
}

Test(filesystems, what_a_crash_left_is_flushed_where_it_was_renamed_to)
{
	struct dir *d = found_dir("d");

	make_dir(d, "x");
	dir_put(d);
	move("d", "e", 0);
	restart();
	cr_assert_eq(flushes(), 2);
}

Test(filesystems, record_grows_by_what_is_new)
{
	struct stat before, after;

	make_dir(root, "d");
	cr_assert_eq(fstatat(st.dir, FILESYSTEMS_NAME, &before, 0), 0);
	restart();
	make_dir(root, "e");
	cr_assert_eq(fstatat(st.dir, FILESYSTEMS_NAME, &after, 0), 0);
	cr_assert_eq(before.st_size, after.st_size);
}

static int no_room, refusals;

static int openat_but(int fd, const char *name, int flags, mode_t mode)
{
	if (no_room && !strcmp(name, FILESYSTEMS_NAME)) {
		refusals++;
		return -no_room;
	}
	fd = openat(fd, name, flags | O_CLOEXEC, mode);
	return fd < 0 ? -errno : fd;
}

Test(filesystems, place_that_could_not_be_recorded_is_with_the_next_change)
{
	sys.openat = openat_but;
	no_room = ENOSPC;
	make_dir(root, "d");
	cr_assert_eq(refusals, 1);
	no_room = 0;
	make_dir(root, "e");
	cr_assert(scratch_exists(st.dir, FILESYSTEMS_NAME));
}

/* --- homes ----------------------------------------------------------------- */

#define HOME STATE_TEMP_PREFIX "home-"

/* How many there are in @name of the tree. */
static int home_count(const char *name)
{
	int fd = openat(s.dir, name, O_RDONLY | O_DIRECTORY), n = 0;
	DIR *d = fdopendir(fd);
	struct dirent *e;

	while ((e = readdir(d)))
		n += !strncmp(e->d_name, HOME, strlen(HOME));
	closedir(d);
	return n;
}

static void write_one(struct dir *dir)
{
	struct writer w;
	struct version *v = create(dir, "f", we(), &w);

	put(v, "x");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
}

/* The state is there, and a home, but no mount: as after a crash. */
static struct home home_alone(void)
{
	struct home h = HOME_CLOSED;

	make_dir(root, "d"); /* so there is a record */
	cr_assert_eq(home_make(&st, s.dir, &h), 0);
	return h;
}

/* Lets go of it as a crash does. */
static void drop(struct home *h)
{
	close(h->at);
	close(h->tmp);
}

Test(filesystems, temp_is_in_a_home_that_goes_with_the_mount)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	cr_assert_eq(home_count("."), 1);
	cr_assert_eq(scratch_count(st.tmp), 1, "a journal");
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
	cr_assert(scratch_holds(s.dir, "f", ""));
	restart();
	cr_assert_eq(home_count("."), 0);
}

Test(filesystems, home_of_another_idemfs_is_left_alone)
{
	struct home theirs = home_alone();

	write_one(root);
	cr_assert_eq(home_count("."), 2);
	cr_assert_eq(scratch_count(theirs.tmp), 0);
	home_release(&theirs);
}

Test(filesystems, home_of_another_user_is_not_believed)
{
	struct home h = home_alone(), *left = NULL;
	size_t count = 0;

	if (geteuid() != 0)
		cr_skip("only root can give it away");
	cr_assert_eq(fchown(h.tmp, 4711, 0), 0);
	drop(&h);
	cr_assert_eq(home_open(&st, s.dir, h.name, &h), -EPERM);
	cr_assert_eq(home_left(&st, s.dir, &left, &count), 0);
	cr_assert_eq(count, 0);
	write_one(root);
	cr_assert_eq(unlinkat(s.dir, h.name, AT_REMOVEDIR), 0);
}

Test(filesystems, names_that_another_user_has_taken_keep_nobody_from_writing)
{
	char name[64];

	if (geteuid() != 0)
		cr_skip("only root can give them away");
	for (int i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), HOME "%d", i);
		cr_assert_eq(mkdirat(s.dir, name, 0700), 0);
		cr_assert_eq(fchownat(s.dir, name, 4711, 0, 0), 0);
	}
	write_one(root);
	cr_assert_eq(home_count("."), 65);
}

static int exchanges;

/* The owner of the directory puts one of its own there as soon as it is made. */
static int mkdirat_exchanged(int fd, const char *name, mode_t mode)
{
	if (mkdirat(fd, name, mode) < 0)
		return -errno;
	if (!strncmp(name, HOME, strlen(HOME)) && exchanges-- > 0)
		cr_assert_eq(fchownat(fd, name, 4711, 0, 0), 0);
	return 0;
}

Test(filesystems, home_that_is_exchanged_is_made_again_with_another_name)
{
	if (geteuid() != 0)
		cr_skip("only root can give it away");
	sys.mkdirat = mkdirat_exchanged;
	exchanges = 3;
	write_one(root);
	cr_assert_eq(home_count("."), 1);
}

Test(filesystems, home_that_is_always_exchanged_is_refused)
{
	struct home h;

	if (geteuid() != 0)
		cr_skip("only root can give it away");
	make_dir(root, "d");
	sys.mkdirat = mkdirat_exchanged;
	exchanges = 1000;
	cr_assert_eq(home_make(&st, s.dir, &h), -EPERM);
	cr_assert_lt(exchanges, 1000);
	cr_assert_gt(exchanges, 900);
}

Test(filesystems, home_that_cannot_be_opened_leaves_nothing)
{
	struct state blind;
	struct home h;

	make_dir(root, "d");
	blind = st;
	blind.dir = -1; /* so its owner cannot be found */
	cr_assert_eq(home_make(&blind, s.dir, &h), -EBADF);
	cr_assert_eq(home_count("."), 0);
}

static int mkdirat_but(int fd, const char *name, mode_t mode)
{
	if (faccessat(fd, "not here", F_OK, 0) == 0)
		return -EACCES;
	return mkdirat(fd, name, mode) < 0 ? -errno : 0;
}

Test(filesystems, home_is_where_the_file_is_when_the_top_is_not_ours)
{
	struct dir *d;

	make_dir(root, "d");
	d = dir_at("d");
	scratch_write(s.dir, "not here", "");
	sys.mkdirat = mkdirat_but;
	write_one(d);
	cr_assert_eq(home_count("."), 0);
	cr_assert_eq(home_count("d"), 1);
	dir_put(d);
}

Test(filesystems, full_disk_outside_keeps_nobody_from_writing_here)
{
	sys.openat = openat_but;
	no_room = ENOSPC;
	write_one(root);
	cr_assert(scratch_holds(s.dir, "f", "x"));
	no_room = 0;
	make_dir(root, "d");
	cr_assert(scratch_exists(st.dir, FILESYSTEMS_NAME));
}

static void begin_at_close(void)
{
	table_setup_at(DURABILITY_CLOSE);
	be_elsewhere();
}

TestSuite(filesystems_close, .init = begin_at_close, .fini = table_teardown);

Test(filesystems_close, place_that_cannot_be_recorded_promises_nothing)
{
	struct version *v;
	struct writer w;

	sys.openat = openat_but;
	no_room = ENOSPC;
	cr_assert_eq(try_create(root, "f", false, we(), &w, &v), -ENOSPC);
	no_room = 0;
	write_one(root);
}

/* --- after a crash --------------------------------------------------------- */

/* A filesystem of its own, "disk", and a home there, of no daemon. */
static struct mounted {
	char path[300];
	struct dir *dir;
	struct home home;
	struct journal *journal;
} disk;

/* Descriptors stay in the namespace that they are opened in: that is first. */
static void begin_with_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		cr_skip("needs the right to mount");
	begin();
}

static void mount_disk(void)
{
	int at;

	snprintf(disk.path, sizeof(disk.path), "%s/disk", s.path);
	cr_assert_eq(mkdirat(s.dir, "disk", 0777), 0);
	cr_assert_eq(mount("none", disk.path, "tmpfs", 0, "mode=700"), 0);
	disk.dir = dir_at("disk");
	make_dir(disk.dir, "d");
	at = open(disk.path, O_PATH);
	cr_assert_eq(home_make(&st, at, &disk.home), 0);
	close(at);
	cr_assert_eq(journal_new(disk.home.tmp, &disk.journal), 0);
}

static void unmount_disk(void)
{
	dir_put(disk.dir);
	cr_assert_eq(umount2(disk.path, MNT_DETACH), 0);
}

TestSuite(filesystems_disk, .init = begin_with_mounts, .fini = table_teardown);

static void note_bytes(const char *temp, struct journal_note *note)
{
	int fd = openat(disk.home.tmp, temp, O_RDONLY);
	struct stat is;

	cr_assert_eq(fstat(fd, &is), 0);
	cr_assert_eq(digest_from(fd, note->from, &note->digest, &note->bytes),
		     0);
	note->bytes = is.st_size;
	close(fd);
}

/* A temp with @text, which belongs at @path; @note: it was closed, so. */
static void leave(char *path, const char *text, struct journal_note *note)
{
	struct partial p = sample_record(path);
	char name[JOURNAL_NAME_MAX];

	cr_assert_eq(journal_take(disk.journal, 5, &p, name), 0);
	scratch_write(disk.home.tmp, name, text);
	if (!note)
		return;
	note_bytes(name, note);
	cr_assert_eq(journal_write(disk.journal, name, &p, note), 0);
}

static void crash(void)
{
	journal_free(disk.journal);
	drop(&disk.home);
}

/* The daemon dies, and a mount comes. */
static struct recovered recover(void)
{
	struct recovered rec = { 0 };

	crash();
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	return rec;
}

/* Another daemon, whose recovery has not found the disk, or has if @rec. */
static void take_over(struct recovered *rec)
{
	dir_put(disk.dir);
	begin_anew();
	if (rec)
		cr_assert_eq(recovery_run(&st, s.dir, NULL, rec), 0);
	disk.dir = dir_at("disk");
}

static void one_is_kept_as(const char *path, const char *why)
{
	struct partial_list list;

	cr_assert_eq(quarantine_list(st.partial, &list), 0);
	cr_assert_eq(list.count, 1);
	cr_assert_str_eq(list.items[0].path, path);
	cr_assert_not_null(strstr(list.items[0].why, why));
	partial_list_release(&list);
}

static void one_is_kept(const char *path)
{
	one_is_kept_as(path, "");
}

static void older_is_kept(void)
{
	struct recovered rec = { 0 };

	take_over(&rec);
	cr_assert_eq(rec.finished, 0);
	cr_assert_eq(rec.kept, 1);
	one_is_kept("disk/f");
}

Test(filesystems_disk, what_a_crash_left_in_a_home_is_kept)
{
	struct recovered rec = { 0 };

	mount_disk();
	leave((char[]){ "disk/x" }, "bytes", NULL);
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	cr_assert_eq(rec.kept, 0, "its idemfs lives");
	cr_assert_eq(recover().kept, 1);
	one_is_kept("disk/x");
	cr_assert_eq(home_count("disk"), 0);
	unmount_disk();
}

Test(filesystems_disk, what_was_closed_is_put_in_place_on_its_own_filesystem)
{
	struct journal_note note = { .order = 1 };

	mount_disk();
	leave((char[]){ "disk/x" }, "bytes", &note);
	cr_assert_eq(recover().finished, 1);
	cr_assert(scratch_holds(s.dir, "disk/x", "bytes"));
	unmount_disk();
}

Test(filesystems_disk, what_was_closed_does_not_come_over_what_is_newer)
{
	struct journal_note note = { .order = 1 };

	mount_disk();
	leave((char[]){ "disk/f" }, "older", &note);
	crash();
	take_over(NULL);
	write_one(disk.dir);
	older_is_kept();
	cr_assert(scratch_holds(s.dir, "disk/f", "x"));
	unmount_disk();
}

Test(filesystems_disk, what_was_closed_does_not_come_over_what_is_renamed)
{
	struct journal_note note = { .order = 1 };
	struct caller by = we();

	mount_disk();
	leave((char[]){ "disk/f" }, "older", &note);
	scratch_write(s.dir, "disk/g", "newer");
	crash();
	take_over(NULL);
	cr_assert_eq(tree_rename(t, disk.dir, "g", disk.dir, "f", 0, &by), 0);
	older_is_kept();
	cr_assert(scratch_holds(s.dir, "disk/f", "newer"));
	unmount_disk();
}

static struct sys_calls real;

static int held_fsync(int fd)
{
	held_here();
	return real.fsync(fd);
}

static void *rename_there(void *arg)
{
	struct caller by = we();

	(void)arg;
	cr_assert_eq(tree_rename(t, disk.dir, "g", disk.dir, "f", 0, &by), 0);
	return NULL;
}

/* What was closed there is taken back, durably, before anything changes. */
Test(filesystems_disk, first_change_there_holds_up_no_other, .timeout = 60)
{
	struct journal_note note = { .order = 1 };
	struct caller by = we();
	pthread_t thread;

	mount_disk();
	leave((char[]){ "disk/f" }, "older", &note);
	scratch_write(s.dir, "disk/g", "newer");
	crash();
	take_over(NULL);
	real = sys;
	sys.fsync = held_fsync;
	cr_assert_eq(pthread_create(&thread, NULL, rename_there, NULL), 0);
	held_wait();
	make_dir(root, "meanwhile");
	cr_assert_eq(tree_rename(t, root, "meanwhile", root, "moved", 0, &by),
		     0);
	held_let_go();
	pthread_join(thread, NULL);
	sys.fsync = real.fsync;
	older_is_kept();
	unmount_disk();
}

Test(filesystems_disk, home_says_nothing_of_another_filesystem)
{
	struct journal_note note = { .order = 1 };

	mount_disk();
	scratch_write(s.dir, "secret", "good");
	leave((char[]){ "secret" }, "evil", &note);
	cr_assert_eq(recover().kept, 1);
	cr_assert(scratch_holds(s.dir, "secret", "good"));
	/* nor where it may be restored to */
	one_is_kept_as("", "says that it is \"secret\"");
	unmount_disk();
}

Test(filesystems_disk, home_has_no_tails)
{
	struct journal_note note = { .order = 1, .from = 4 };
	struct stat is;

	mount_disk();
	scratch_write(s.dir, "disk/log", "good");
	cr_assert_eq(fstatat(s.dir, "disk/log", &is, 0), 0);
	note.ino = is.st_ino;
	note.mtime = is.st_mtim;
	leave((char[]){ "disk/log" }, "....evil", &note);
	cr_assert_eq(recover().kept, 1);
	cr_assert(scratch_holds(s.dir, "disk/log", "good"));
	unmount_disk();
}

Test(filesystems, home_where_nothing_is_mounted_is_not_believed)
{
	struct home h = home_alone();
	struct recovered rec = { 0 };

	scratch_write(h.tmp, "1-1", "bytes");
	drop(&h);
	cr_assert_eq(recovery_run(&st, s.dir, NULL, &rec), 0);
	cr_assert_eq(rec.kept, 0);
	cr_assert_eq(scratch_count(openat(s.dir, h.name, O_RDONLY)), 1);
}
