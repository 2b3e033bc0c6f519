/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "core/quarantine/quarantine.h"
#include "unit/core/quarantine/sample.h"

static const char sample[] = SAMPLE_TEXT;

Test(quarantine_record, record_is_what_the_header_says)
{
	char path[] = "sub/dir/name";
	struct partial p = sample_record(path);
	auto_free char *text = partial_encode(&p);

	cr_assert_str_eq(text, sample);
}

Test(quarantine_record, record_survives_both_ways)
{
	static char paths[][40] = {
		"a",
		" leading and trailing ",
		"new\nline/tab\t/\x01/\x7f",
		"back\\slash/\\n/\\x41",
		"caf\xc3\xa9/caf\xe9/\xff\xfe",
		"size 7\npath other",
		".../..a/.b/a..",
		"",
	};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct partial p = sample_record(paths[i]), q = { 0 };
		auto_free char *text = NULL;

		p.command = paths[i];
		p.why = paths[i];
		p.size = INT64_MAX;
		p.pid = INT_MAX;
		p.began = (struct timespec){ -5, 999999999 };
		p.time = (struct timespec){ 0, 1 };
		text = partial_encode(&p);
		cr_assert_eq(partial_decode(text, strlen(text), &q), 0, "%s",
			     text);
		sample_same(&p, &q);
		cr_assert_eq(q.id, 0);
		partial_release(&q);
	}
}

Test(quarantine_record, record_without_strings_is_written)
{
	struct partial p = { 0 }, q = { 0 };
	auto_free char *text = partial_encode(&p);

	cr_assert_eq(partial_decode(text, strlen(text), &q), 0, "%s", text);
	cr_assert_str_eq(q.path, "");
	cr_assert_str_eq(q.command, "");
	cr_assert_str_eq(q.why, "");
	partial_release(&q);
	partial_release(&q);
}

Test(quarantine_record, record_that_is_torn_anywhere_is_none)
{
	struct partial q = { .id = 9 };

	for (size_t n = 0; n < strlen(sample); n++)
		cr_assert_eq(partial_decode(sample, n, &q), -EBADMSG, "%zu", n);
	cr_assert_eq(q.id, 9);
	cr_assert_null(q.path);
}

Test(quarantine_record, record_with_keys_of_later_versions_is_read)
{
	char text[1024];
	struct partial q = { 0 };

	snprintf(text, sizeof(text), "%shost a b c\nflag\n\n: \n", sample);
	cr_assert_eq(partial_decode(text, strlen(text), &q), 0);
	cr_assert_str_eq(q.path, "sub/dir/name");
	partial_release(&q);
}

Test(quarantine_record, record_of_a_newer_version_is_told_apart)
{
	static const char text[] = "idemfs-partial 2\nanything\n";
	struct partial q;

	cr_assert_eq(partial_decode(text, strlen(text), &q), -EPROTO);
}

/* The plain record with @line in place of its line of that key. */
static int decode_with(const char *line, size_t n)
{
	size_t key = strcspn(line, " ") + 1;
	const char *old = strstr(sample, "\n") + 1;
	struct partial q = { 0 };
	char text[2048];
	size_t before;
	int r;

	while (strncmp(old, line, key))
		old = strchr(old, '\n') + 1;
	before = (size_t)(old - sample);
	memcpy(text, sample, before);
	memcpy(text + before, line, n);
	strcpy(text + before + n, strchr(old, '\n'));
	r = partial_decode(text, before + n + strlen(strchr(old, '\n')), &q);
	if (r == 0)
		partial_release(&q);
	return r;
}

Test(quarantine_record, bad_values_in_a_record_are_refused)
{
	static const char *const lines[] = {
		"path /etc/passwd",
		"path ../x",
		"path a/../x",
		"path a/..",
		"path .",
		"path a//b",
		"path a/",
		"path a\\x2f\\x2e\\x2e\\x2fb",
		"path a\\q",
		"path a\tb",
		"path \xff",
		"path a\npath b",
		"time 1",
		"time 1.5",
		"time .123456789",
		"time 1.1234567890",
		"time 1.12345678x",
		"time -.000000000",
		"time --1.000000000",
		"time 99999999999999999999.000000000",
		"time  1.000000000",
		"began x",
		"pid -1",
		"pid 2147483648",
		"pid ",
		"pid 1 ",
		"pid 0x1",
		"command \\",
		"why \x01",
		"size -1",
		"size 9223372036854775808",
		"size 1.5",
		"size ",
	};

	cr_assert_eq(decode_with("size 9223372036854775807", 24), 0);
	cr_assert_eq(decode_with("path ", 5), 0);
	cr_assert_eq(decode_with("path a\0b", 8), -EBADMSG);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		cr_assert_eq(decode_with(lines[i], strlen(lines[i])), -EBADMSG,
			     "%s", lines[i]);
}

Test(quarantine_record, other_text_is_no_record)
{
	static const char *const texts[] = {
		"",
		"\n",
		"idemfs-partial",
		"idemfs-partial \n",
		"idemfs-partial 0\n",
		"idemfs-partial x\n",
		"idemfs-partial 1",
		"idemfs-partial 99999999999999999999\n",
		"idemfs-mark 1\n",
		"path a\n",
	};
	struct partial q;

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		cr_assert_eq(partial_decode(texts[i], strlen(texts[i]), &q),
			     -EBADMSG, "%s", texts[i]);
}

Test(quarantine_record, record_of_random_damage_does_no_harm)
{
	char text[sizeof(sample)];
	int refused = 0;

	srandom(7);
	for (int i = 0; i < 50000; i++) {
		struct partial q = { 0 };

		memcpy(text, sample, sizeof(text));
		for (int k = 0; k < 3; k++)
			text[(size_t)random() % (sizeof(text) - 1)] =
				(char)random();
		if (partial_decode(text, sizeof(text) - 1, &q) == 0)
			partial_release(&q);
		else
			refused++;
	}
	cr_assert_gt(refused, 1000);
	cr_assert_lt(refused, 50000);
}

Test(quarantine_record, record_of_a_temp_tells_its_origin)
{
	static const char line[] = "origin 3333 44 over 12345678901234\n";
	char path[] = "a";
	struct partial p = sample_record(path), q = { 0 };
	auto_free char *text = NULL;
	char *at;

	p.origin = (struct origin){ .known = true,
				    .over = true,
				    .uid = 3333,
				    .gid = 44,
				    .dir = 12345678901234 };
	text = partial_encode(&p);
	at = strstr(text, line);
	cr_assert_not_null(at);
	cr_assert_eq(partial_decode(text, strlen(text), &q), 0);
	cr_assert(q.origin.known && q.origin.over);
	cr_assert_eq(q.origin.uid, 3333);
	cr_assert_eq(q.origin.gid, 44);
	cr_assert_eq(q.origin.dir, 12345678901234);
	partial_release(&q);
	at[7] = '-'; /* no number of a user */
	cr_assert_eq(partial_decode(text, strlen(text), &q), -EBADMSG);
}
