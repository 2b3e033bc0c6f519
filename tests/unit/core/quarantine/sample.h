/* SPDX-License-Identifier: MIT */
/*
 * sample: one record of the quarantine, for the tests that need any.
 */
#ifndef IDEMFS_TESTS_UNIT_SAMPLE_H
#define IDEMFS_TESTS_UNIT_SAMPLE_H

#include <criterion/criterion.h>

#include "core/quarantine/quarantine.h"

/* What partial_encode() makes of sample_record("sub/dir/name"). */
#define SAMPLE_TEXT                          \
	"idemfs-partial 1\n"                 \
	"path sub/dir/name\n"                \
	"time 1763890000.123456789\n"        \
	"began 1763889990.000000000\n"       \
	"pid 4711\n"                         \
	"command sort -o big big\n"          \
	"why killed by signal 9 (SIGKILL)\n" \
	"size 5\n"

/* A record whose strings are literals: not to be released. */
static inline struct partial sample_record(char *path)
{
	static char command[] = "sort -o big big";
	static char why[] = "killed by signal 9 (SIGKILL)";

	return (struct partial){
		.path = path,
		.command = command,
		.why = why,
		.pid = 4711,
		.time = { 1763890000, 123456789 },
		.began = { 1763889990, 0 },
		.size = 5,
	};
}

static inline void sample_same(const struct partial *a, const struct partial *b)
{
	cr_assert_str_eq(a->path, b->path);
	cr_assert_str_eq(a->command, b->command);
	cr_assert_str_eq(a->why, b->why);
	cr_assert_eq(a->pid, b->pid);
	cr_assert_eq(a->time.tv_sec, b->time.tv_sec);
	cr_assert_eq(a->time.tv_nsec, b->time.tv_nsec);
	cr_assert_eq(a->began.tv_sec, b->began.tv_sec);
	cr_assert_eq(a->began.tv_nsec, b->began.tv_nsec);
	cr_assert_eq(a->size, b->size);
}

#endif
