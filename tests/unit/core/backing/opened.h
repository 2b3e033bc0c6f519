/* SPDX-License-Identifier: MIT */
/*
 * opened: a state directory in a scratch one, and how it is refused.
 *
 * The suite that uses it has setup() and teardown() as its init and fini.
 */
#ifndef IDEMFS_TESTS_UNIT_OPENED_H
#define IDEMFS_TESTS_UNIT_OPENED_H

#include "core/backing/state.h"
#include "unit/scratch.h"

static struct scratch s;
static struct state st = STATE_CLOSED;
static struct err err;

static inline void setup(void)
{
	s = scratch_open();
}

static inline void teardown(void)
{
	state_release(&st);
	scratch_close(&s);
}

static inline void open_state(void)
{
	cr_assert_eq(state_open(s.dir, "/data/out", &st, &err), 0, "%s",
		     err.text);
}

/* state_open() must fail so, in one line with @word, and touch no output. */
static inline void refused(int code, const char *word)
{
	struct state none = { .dir = 77 };

	err.text[0] = '\0';
	cr_assert_eq(state_open(s.dir, "/data/out", &none, &err), code, "%s",
		     err.text);
	cr_assert_not_null(strstr(err.text, word), "%s", err.text);
	cr_assert_not_null(strstr(err.text, "/data/out"), "%s", err.text);
	cr_assert_null(strchr(err.text, '\n'));
	cr_assert_eq(state_open(s.dir, "/data/out", &none, NULL), code);
	cr_assert_eq(none.dir, 77);
}

static inline void refused_readonly(int code, const char *word)
{
	struct state none = { .dir = 77 };

	err.text[0] = '\0';
	cr_assert_eq(state_open_readonly(s.dir, "/data/out", &none, &err), code,
		     "%s", err.text);
	cr_assert_not_null(strstr(err.text, word), "%s", err.text);
	cr_assert_eq(none.dir, 77);
}

static inline mode_t mode_of(const char *name)
{
	struct stat b;

	cr_assert_eq(fstatat(s.dir, name, &b, AT_SYMLINK_NOFOLLOW), 0, "%s",
		     name);
	return b.st_mode;
}

#endif
