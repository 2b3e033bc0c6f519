/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <string.h>

#include "base/util.h"
#include "core/mark.h"

static struct mark sample(char *name)
{
	static char host[] = "h", command[] = "touch .checkpoints/x.done";

	return (struct mark){
		.name = name,
		.host = host,
		.command = command,
		.user = 1000,
		.pid = 4711,
		.time = { 1763890000, 123456789 },
	};
}

static void same(const struct mark *a, const struct mark *b)
{
	cr_assert_str_eq(a->name, b->name);
	cr_assert_str_eq(a->host, b->host);
	cr_assert_str_eq(a->command, b->command);
	cr_assert_eq(a->user, b->user);
	cr_assert_eq(a->pid, b->pid);
	cr_assert_eq(a->time.tv_sec, b->time.tv_sec);
	cr_assert_eq(a->time.tv_nsec, b->time.tv_nsec);
}

static char *encoded(void)
{
	struct mark m = sample((char[]){ "run 1/x.done" });
	char *text = mark_encode(&m);

	cr_assert_not_null(text);
	return text;
}

/* Must fail, and leave the results alone: the code. */
static int refused(const char *text, size_t size)
{
	struct mark m = { .pid = 77 };
	size_t n = 99;
	int r = mark_decode(text, size, &m, &n);

	cr_assert_lt(r, 0);
	cr_assert_eq(m.pid, 77);
	cr_assert_null(m.name);
	cr_assert_eq(n, 99);
	return r;
}

Test(mark, manifest_is_the_text_that_is_written_down)
{
	struct mark m = sample((char[]){ "x.done" });
	char *text = mark_encode(&m), *digest;

	cr_assert_not_null(text);
	digest = strstr(text, "# digest ");
	cr_assert_not_null(digest);
	cr_assert_eq(strlen(digest), strlen("# digest ") + 32 + 1);
	*digest = '\0';
	cr_assert_str_eq(text, "# idemfs-mark 1 0000000200\n"
			       "# name x.done\n"
			       "# time 1763890000.123456789 "
			       "2025-11-23T09:26:40Z\n"
			       "# host h\n"
			       "# user 1000\n"
			       "# pid 4711\n"
			       "# command touch .checkpoints/x.done\n");
	free(text);
}

Test(mark, what_was_encoded_is_decoded)
{
	static const char *const names[] = {
		"x.done",	"a/b/c",     "-rf",	 " ",
		"a b  c ",	"new\nline", "\n\n# ",	 "# digest 00",
		"back\\slash",	"\\n",	     "\r\t\x7f", "\xff\xfe\x80",
		"# name other", "\x01",	     "",	 "\xe2\x82\xac",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char name[64];
		struct mark m, back;
		size_t n = 0;
		char *text;

		strcpy(name, names[i]);
		m = sample(name);
		m.command = m.host = name;
		text = mark_encode(&m);
		cr_assert_not_null(text);
		cr_assert_eq(mark_decode(text, strlen(text), &back, &n), 0,
			     "%s", text);
		cr_assert_eq(n, strlen(text));
		same(&m, &back);
		mark_release(&back);
		free(text);
	}
}

Test(mark, every_byte_of_a_name_comes_back)
{
	for (int c = 1; c < 256; c++) {
		char name[] = { 'a', (char)c, 'b', '\0' };
		struct mark m = sample(name), back;
		char *text = mark_encode(&m);
		size_t n;

		cr_assert_not_null(text);
		cr_assert_eq(mark_decode(text, strlen(text), &back, &n), 0,
			     "byte %d", c);
		same(&m, &back);
		mark_release(&back);
		free(text);
	}
}

Test(mark, extreme_numbers_come_back)
{
	struct mark m = sample((char[]){ "x" }), back;
	char *text;
	size_t n;

	m.user = (uid_t)-2;
	m.pid = INT32_MAX;
	m.time = (struct timespec){ 253402300799, 1 };
	text = mark_encode(&m);
	cr_assert_eq(mark_decode(text, strlen(text), &back, &n), 0);
	same(&m, &back);
	mark_release(&back);
	free(text);
}

Test(mark, fields_that_are_missing_are_empty)
{
	struct mark m = { 0 }, back;
	char *text = mark_encode(&m);
	size_t n;

	cr_assert_eq(mark_decode(text, strlen(text), &back, &n), 0);
	cr_assert_str_eq(back.name, "");
	cr_assert_str_eq(back.host, "");
	cr_assert_str_eq(back.command, "");
	mark_release(&back);
	cr_assert_null(back.name);
	mark_release(&back);
	free(text);
}

Test(mark, what_follows_the_manifest_is_the_note)
{
	static const char note[] = "a note\n# digest nothing\n\0\xff";
	char *text = encoded(), whole[4096];
	size_t size = strlen(text), n = 0;
	struct mark back;

	memcpy(whole, text, size);
	memcpy(whole + size, note, sizeof(note));
	cr_assert_eq(mark_decode(whole, size + sizeof(note), &back, &n), 0);
	cr_assert_eq(n, size);
	mark_release(&back);
	free(text);
}

Test(mark, every_truncation_is_refused)
{
	char *text = encoded();
	size_t size = strlen(text);

	for (size_t n = 0; n < size; n++) {
		/* a room of that size, so that a sanitizer sees more */
		char *cut = malloc(n + 1);

		memcpy(cut, text, n);
		cut[n] = 'x';
		cr_assert_eq(refused(cut, n), -EBADMSG, "%zu", n);
		free(cut);
	}
	free(text);
}

Test(mark, every_changed_byte_is_refused)
{
	char *text = encoded();
	size_t size = strlen(text);

	for (size_t i = 0; i < size; i++) {
		char was = text[i];

		for (int c = 0; c < 256; c++) {
			text[i] = (char)c;
			if (text[i] != was)
				refused(text, size);
		}
		text[i] = was;
	}
	free(text);
}

Test(mark, changed_size_does_not_reach_into_the_note)
{
	char whole[4096], *text = encoded();
	size_t size = strlen(text);

	memset(whole, '#', sizeof(whole));
	memcpy(whole, text, size);
	for (size_t n = 0; n < 2 * sizeof(whole); n++) {
		char head[MARK_HEAD + 1];

		if (n == size)
			continue;
		snprintf(head, sizeof(head), "# idemfs-mark 1 %010zu\n", n);
		memcpy(whole, head, MARK_HEAD);
		cr_assert_eq(refused(whole, sizeof(whole)), -EBADMSG);
	}
	free(text);
}

Test(mark, newer_format_is_told_apart)
{
	char *text = encoded();
	size_t n;

	text[strlen("# idemfs-mark ")] = '2';
	cr_assert_eq(refused(text, strlen(text)), -EPROTO);
	cr_assert_eq(mark_parse_head(text, MARK_HEAD, &n), -EPROTO);
	/* whatever a newer one says behind its number */
	cr_assert_eq(
		mark_parse_head("# idemfs-mark 99 anything at all", 27, &n),
		-EPROTO);
	free(text);
}

Test(mark, head_tells_the_size_of_the_manifest)
{
	char *text = encoded();
	size_t n = 0;

	cr_assert_eq(mark_parse_head(text, MARK_HEAD, &n), 0);
	cr_assert_eq(n, strlen(text));
	for (size_t size = 0; size < MARK_HEAD; size++)
		cr_assert_eq(mark_parse_head(text, size, &n), -EBADMSG);
	free(text);
}

Test(mark, head_that_is_none_is_refused)
{
	static const char *const heads[] = {
		"# idemfs-mark 1 0000000000\n", "# idemfs-mark 1 0000000001\n",
		"# idemfs-mark 1 0000000217 ",	"# idemfs-mark 1 00000002170",
		"# idemfs-mark 1 000000021x\n", "# idemfs-mark 1  217      \n",
		"# idemfs-mark 0 0000000217\n", "# idemfs-mark x 0000000217\n",
		"# idemfs-mork 1 0000000217\n", "## idemfs-mark 1 000000021\n",
		"                           ",	"#                          ",
	};
	size_t n = 42;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		cr_assert_geq(strlen(heads[i]), MARK_HEAD);
		cr_assert_eq(mark_parse_head(heads[i], MARK_HEAD, &n), -EBADMSG,
			     "%s", heads[i]);
		cr_assert_eq(n, 42);
	}
}
