/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <sys/stat.h>

#include "../../scratch.h"
#include "base/util.h"
#include "cli/job/program.h"

static void put(struct scratch *s, const char *name, mode_t mode,
		const char *text)
{
	int fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0700);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	cr_assert_eq(fchmod(fd, mode), 0);
	close(fd);
}

static void expect_found(const char *name, const char *dir, const char *want)
{
	auto_free char *path = program_find(name), *full = NULL;

	cr_assert_geq(asprintf(&full, "%s/%s", dir, want), 0);
	cr_assert_not_null(path, "%s", name);
	cr_expect_str_eq(path, full);
}

Test(program, is_found_as_a_shell_finds_it)
{
	struct scratch s = scratch_open();
	auto_free char *dirs = NULL;

	mkdirat(s.dir, "a", 0700);
	mkdirat(s.dir, "b", 0700);
	mkdirat(s.dir, "a/dir", 0700);
	put(&s, "a/no", 0600, "");
	put(&s, "b/no", 0700, "");
	put(&s, "b/dir", 0700, "");
	cr_assert_geq(asprintf(&dirs, "/nowhere:%s/a:%s/b", s.path, s.path), 0);
	setenv("PATH", dirs, 1);
	expect_found("no", s.path, "b/no");
	expect_found("dir", s.path, "b/dir");
	cr_expect_null(program_find("none"));
	cr_expect_null(program_find("./none"));
	cr_assert_eq(chdir(s.path), 0);
	setenv("PATH", "", 1);
	cr_expect_null(program_find("no"));
	expect_found("b/no", "b", "no");
	cr_assert_eq(chdir("b"), 0);
	expect_found("no", ".", "no");
	cr_assert_eq(chdir("/"), 0);
	scratch_close(&s);
}

static void expect_interpreters(struct scratch *s, const char *first,
				const char *one, const char *two)
{
	auto_free char *path = NULL;
	const char *want[2] = { one, two };
	char *got[PROGRAM_MOST];
	int n, all = (one != NULL) + (two != NULL);

	put(s, "script", 0700, first);
	cr_assert_geq(asprintf(&path, "%s/script", s->path), 0);
	n = program_interpreters(path, got);
	cr_expect_eq(n, all, "%s", first);
	for (int i = 0; i < n; i++) {
		if (i < all)
			cr_expect_str_eq(strrchr(got[i], '/'), want[i]);
		free(got[i]);
	}
}

Test(program, a_script_names_its_interpreter_or_has_env_find_it)
{
	struct scratch s = scratch_open();

	setenv("PATH", "/usr/bin:/bin", 1);
	expect_interpreters(&s, "#!/bin/sh\nexit\n", "/sh", NULL);
	expect_interpreters(&s, "#! /bin/sh -e", "/sh", NULL);
	expect_interpreters(&s, "#!/usr/bin/env sh\n", "/env", "/sh");
	expect_interpreters(&s, "#!/usr/bin/env -S A=1 sh -e\n", "/env", "/sh");
	expect_interpreters(&s, "#!/usr/bin/env\n", "/env", NULL);
	expect_interpreters(&s, "#!/usr/bin/env no-such-program\n", "/env",
			    NULL);
	expect_interpreters(&s, "#!/no/such/program\n", NULL, NULL);
	expect_interpreters(&s, "#!\n", NULL, NULL);
	expect_interpreters(&s, "#", NULL, NULL);
	expect_interpreters(&s, "", NULL, NULL);
	expect_interpreters(&s, "\177ELF", NULL, NULL);
	scratch_close(&s);
}
