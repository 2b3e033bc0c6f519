/* SPDX-License-Identifier: MIT */
/* Which users may open a state directory, and on what filesystem. */
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/backing/state.h"
#include "unit/core/backing/opened.h"

#define NOBODY 65534

TestSuite(state_access, .init = setup, .fini = teardown);

Test(state_access, directory_that_others_can_write_to_is_refused)
{
	open_state();
	state_release(&st);
	cr_assert_eq(fchmodat(s.dir, ".idemfs", 0770, 0), 0);
	refused(-EPERM, "chmod 700");
	cr_assert_eq(fchmodat(s.dir, ".idemfs", 0702, 0), 0);
	refused(-EPERM, "chmod 700");
	cr_assert_eq(mode_of(".idemfs"), S_IFDIR | 0702);
}

Test(state_access, directory_that_others_can_read_is_closed_to_them)
{
	open_state();
	state_release(&st);
	cr_assert_eq(fchmodat(s.dir, ".idemfs", 0755, 0), 0);
	open_state();
	cr_assert_eq(mode_of(".idemfs"), S_IFDIR | 0700);
}

/* Opens as another user: what it gives, and whether it says @word. */
static void as_nobody(int code, const char *word)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(3);
		err.text[0] = '\0';
		if (state_open(s.dir, "/data/out", &st, &err) != code)
			_exit(1);
		_exit(strstr(err.text, word) ? 0 : 2);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status));
	cr_assert_eq(WEXITSTATUS(status), 0, "%d", WEXITSTATUS(status));
}

Test(state_access, directory_of_another_user_is_refused)
{
	if (geteuid() != 0)
		scratch_skip(&s, "needs root to become nobody");
	cr_assert_eq(fchmod(s.dir, 0777), 0);
	cr_assert_eq(mkdirat(s.dir, ".idemfs", 0755), 0);
	as_nobody(-EPERM, "belongs to user 0");
}

Test(state_access, root_that_may_not_be_written_to_is_told)
{
	if (geteuid() != 0)
		scratch_skip(&s, "needs root to become nobody");
	cr_assert_eq(fchmod(s.dir, 0755), 0);
	as_nobody(-EACCES, "permission denied");
}

/* The user may have kept descriptors, and swap what root's daemon writes. */
Test(state_access, root_refuses_what_a_user_made)
{
	if (geteuid() != 0)
		scratch_skip(&s, "needs root to become nobody");
	cr_assert_eq(fchmod(s.dir, 0777), 0);
	as_nobody(0, "");
	refused(-EPERM, "belongs to user");
}

Test(state_access, directories_of_others_in_the_state_are_refused)
{
	static const char *const names[] = { "tmp", "partial" };

	if (geteuid() != 0)
		scratch_skip(&s, "needs root to give something away");
	open_state();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		cr_assert_eq(fchownat(st.dir, names[i], 65534, 65534, 0), 0);
		state_release(&st);
		refused(-EPERM, names[i]);
		st.dir = openat(s.dir, ".idemfs", O_RDONLY | O_DIRECTORY);
		cr_assert_eq(fchownat(st.dir, names[i], 0, 0, 0), 0);
	}
}

/* Mounts a tmpfs over the scratch directory, for this process alone. */
static int cover_with_tmpfs(void)
{
	if (unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", s.path, "tmpfs", 0, "mode=700") < 0)
		return -1;
	return open(s.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void make_read_only(void)
{
	cr_assert_eq(mount("none", s.path, NULL, MS_REMOUNT | MS_RDONLY, NULL),
		     0);
}

Test(state_access, read_only_root_is_refused_with_a_reason)
{
	int outer = s.dir;

	s.dir = cover_with_tmpfs();
	if (s.dir < 0) {
		s.dir = outer;
		scratch_skip(&s, "needs the right to mount");
	}
	make_read_only();
	refused(-EROFS, "read-only");
	refused_readonly(-ENOENT, ".idemfs");
	/* For a mount that only reads, an empty directory stands for it. */
	cr_assert_eq(state_open_fixed(s.dir, "/data/out", &st, &err), 0);
	cr_assert(st.fixed);
	cr_assert_lt(st.lock, 0);
	cr_assert_lt(st.log, 0);
	cr_assert_eq(faccessat(st.marks, "x", F_OK, 0), -1);
	cr_assert_eq(errno, ENOENT);
	cr_assert_eq(openat(st.tmp, "x", O_WRONLY | O_CREAT, 0600), -1);
	cr_assert_eq(errno, EROFS);
	state_release(&st);
	close(s.dir);
	cr_assert_eq(umount2(s.path, MNT_DETACH), 0);
	s.dir = outer;
}

Test(state_access, read_only_root_can_be_looked_at)
{
	int outer = s.dir;

	s.dir = cover_with_tmpfs();
	if (s.dir < 0) {
		s.dir = outer;
		scratch_skip(&s, "needs the right to mount");
	}
	open_state();
	state_release(&st);
	make_read_only();
	refused(-EROFS, "read-only");
	cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err), 0);
	cr_assert_geq(st.marks, 0);
	state_release(&st);
	cr_assert_eq(state_open_fixed(s.dir, "/data/out", &st, &err), 0);
	cr_assert(st.fixed);
	cr_assert_lt(st.lock, 0);
	cr_assert_eq(mkdirat(st.marks, "x", 0700), -1);
	cr_assert_eq(errno, EROFS);
	state_release(&st);
	close(s.dir);
	cr_assert_eq(umount2(s.path, MNT_DETACH), 0);
	s.dir = outer;
}

Test(state_access, who_looks_is_refused_as_who_mounts)
{
	static const char *const dirs[] = { ".idemfs", ".idemfs/tmp",
					    ".idemfs/partial" };

	open_state();
	state_release(&st);
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		cr_assert_eq(fchmodat(s.dir, dirs[i], 0720, 0), 0);
		err.text[0] = '\0';
		cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err),
			     -EPERM);
		cr_assert_not_null(strstr(err.text, dirs[i]));
		cr_assert_eq(fchmodat(s.dir, dirs[i], 0700, 0), 0);
	}
	if (geteuid() != 0)
		scratch_skip(&s, "needs root to give something away");
	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		cr_assert_eq(fchownat(s.dir, dirs[i], NOBODY, NOBODY, 0), 0);
		err.text[0] = '\0';
		cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err),
			     -EPERM);
		cr_assert_not_null(strstr(err.text, "belongs to user 65534"));
		cr_assert_eq(fchownat(s.dir, dirs[i], 0, 0, 0), 0);
	}
	cr_assert_eq(state_open_readonly(s.dir, "/data/out", &st, &err), 0);
	state_release(&st);
}
