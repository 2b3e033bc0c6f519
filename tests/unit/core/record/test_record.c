/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "core/record/record.h"

static const struct record_stat st = { 12, { 1763890000, 5 }, 4711 };
static const struct digest digest = { { 0x01, 0x23, 0xab, 0xff } };
#define DIGEST "0123abff000000000000000000000000"

static char text[RECORD_MAX + 1];
static struct record_decoder decoder;

static const char *encoded(const struct record *r)
{
	ssize_t n = record_encode(r, text);

	cr_assert_gt(n, 0);
	text[n] = '\0';
	return text;
}

/* Decodes all lines of @lines; the code of the last. */
static int decode(const char *lines, struct record *ret)
{
	int r = 0;

	decoder.half.kind = RECORD_NONE;
	while (*lines && r == 0) {
		size_t n = strcspn(lines, "\n");
		/* a room of that size, so that a sanitizer sees more */
		char *line = malloc(n + 1);

		memcpy(line, lines, n);
		r = record_decode(&decoder, line, n, ret);
		free(line);
		lines += n + (lines[n] == '\n');
	}
	if (r > 0)
		cr_assert_str_eq(lines, "");
	return r;
}

static void comes_back(const struct record *r)
{
	struct record back = { 0 };

	cr_assert_eq(decode(encoded(r), &back), 1, "%s", text);
	cr_assert_eq(back.kind, r->kind);
	cr_assert_eq(back.seq, r->seq);
	cr_assert_str_eq(back.path, r->path);
	cr_assert_eq(back.st.size, r->st.size);
	cr_assert_eq(back.st.mtime.tv_sec, r->st.mtime.tv_sec);
	cr_assert_eq(back.st.mtime.tv_nsec, r->st.mtime.tv_nsec);
	cr_assert_eq(back.st.ino, r->st.ino);
	cr_assert_eq(back.type, r->type);
	cr_assert_eq(back.count, r->count);
	cr_assert_arr_eq(back.digest.bytes, r->digest.bytes, 16);
	if (r->to)
		cr_assert_str_eq(back.to, r->to);
}

static struct record file(const char *path)
{
	return (struct record){ .kind = RECORD_FILE,
				.seq = 7,
				.path = path,
				.st = st,
				.digest = digest };
}

Test(record, is_the_text_that_is_written_down)
{
	struct record r = file("a b");

	cr_assert_str_eq(encoded(&r),
			 "# file 7 12 1763890000.000000005 4711\n" DIGEST
			 "  a b\n");
	r.kind = RECORD_UNREAD;
	cr_assert_str_eq(encoded(&r),
			 "# unread 7 12 1763890000.000000005 4711 a b\n");
	r = (struct record){
		.kind = RECORD_NODE, .seq = 8, .path = "d", .type = S_IFDIR
	};
	cr_assert_str_eq(encoded(&r), "# node 8 dir d\n");
	r = (struct record){ .kind = RECORD_GONE, .seq = 9, .path = "x" };
	cr_assert_str_eq(encoded(&r), "# gone 9 x\n");
	r.kind = RECORD_INPLACE;
	cr_assert_str_eq(encoded(&r), "# inplace 9 x\n");
	r.kind = RECORD_MOVED;
	r.to = "y\n";
	cr_assert_str_eq(encoded(&r), "# moved 9 x\n# to y\\n\n");
}

Test(record, what_a_step_has_read_is_written_down)
{
	struct record r = file("a b");

	r.kind = RECORD_LEARNED;
	cr_assert_str_eq(encoded(&r),
			 "# learned 7 12 1763890000.000000005 4711\n" DIGEST
			 "  a b\n");
	r.kind = RECORD_UNLEARNED;
	cr_assert_str_eq(encoded(&r), "# learned-unread 7 12 "
				      "1763890000.000000005 4711 a b\n");
	r = (struct record){ .seq = 9, .path = ".", .digest = digest };
	r.count = 3;
	r.kind = RECORD_LISTED;
	cr_assert_str_eq(encoded(&r), "# listed 9 3 " DIGEST " .\n");
	r.kind = RECORD_FOLDED;
	cr_assert_str_eq(encoded(&r), "# folded 9 3 " DIGEST " .\n");
	r.kind = RECORD_LINKED;
	cr_assert_str_eq(encoded(&r), "# linked 9 " DIGEST " .\n");
	r.kind = RECORD_ABSENT;
	cr_assert_str_eq(encoded(&r), "# absent 9 .\n");
	r.kind = RECORD_SELF;
	cr_assert_str_eq(encoded(&r), "# self-modified 9 .\n");
	r.kind = RECORD_CANNOT;
	cr_assert_str_eq(encoded(&r), "# unlearned 9 .\n");
}

Test(record, change_input_and_what_was_learned_are_told_apart)
{
	cr_assert(!record_is_change(RECORD_NONE));
	cr_assert(!record_is_change(RECORD_INPUT));
	cr_assert(!record_is_learned(RECORD_INPUT));
	for (int i = RECORD_FILE; i <= RECORD_CANNOT; i++) {
		enum record_kind kind = (enum record_kind)i;

		if (kind != RECORD_INPUT)
			cr_assert_neq(record_is_change(kind),
				      record_is_learned(kind), "%d", i);
	}
	cr_assert(record_is_change(RECORD_INPLACE));
	cr_assert(record_is_learned(RECORD_LEARNED));
}

Test(record, names_are_written_as_xxhsum_reads_them)
{
	static const struct {
		const char *path, *line;
	} names[] = {
		{ "back\\slash\r\xff", DIGEST "  back\\slash\r\xff\n" },
		{ "new\nline\\n\r", "\\" DIGEST "  new\\nline\\\\n\\r\n" },
		{ "stdin", DIGEST "  ./stdin\n" },
		{ "d/stdin", DIGEST "  d/stdin\n" },
		{ "(x) = y", DIGEST "  (x) = y\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct record r = file(names[i].path);

		cr_assert_str_eq(strchr(encoded(&r), '\n') + 1, names[i].line);
	}
}

static void learned_comes_back(const char *path)
{
	struct record r = { .seq = 3, .path = path };

	for (int i = RECORD_ABSENT; i <= RECORD_CANNOT; i++) {
		r.kind = (enum record_kind)i;
		r.count = i == RECORD_LISTED || i == RECORD_FOLDED ? 1000 : 0;
		memset(&r.digest, 0, sizeof(r.digest));
		if (r.count || i == RECORD_LINKED)
			r.digest = digest;
		comes_back(&r);
	}
}

Test(record, every_kind_and_name_comes_back)
{
	static const char *const names[] = {
		"a",	 " a ",		"new\nline", "\n",	 "back\\slash",
		"\\",	 "\\n",		"\r\n",	     "\xff\xfe", "# gone 1 x",
		"stdin", "./odd/../..", "\t",	     "'\"`$(x)", "a  b",
		"\x01",	 "/etc/passwd", "dev/null",  "*",	 "(a) = b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct record r = file(names[i]);

		/* "./" is only written where a path has none */
		if (names[i][0] == '.')
			r.path += 2;
		comes_back(&r);
		r.kind = RECORD_INPUT;
		comes_back(&r);
		r.kind = RECORD_LEARNED;
		comes_back(&r);
		learned_comes_back(r.path);
		r.digest = (struct digest){ 0 };
		r.kind = RECORD_UNREAD;
		comes_back(&r);
		r.kind = RECORD_UNLEARNED;
		comes_back(&r);
		r.st = (struct record_stat){ 0 };
		r.kind = RECORD_GONE;
		comes_back(&r);
		r.kind = RECORD_INPLACE;
		comes_back(&r);
		r.kind = RECORD_MOVED;
		r.to = names[ARRAY_SIZE(names) - 1 - i];
		comes_back(&r);
	}
}

Test(record, every_type_comes_back)
{
	static const mode_t types[] = { S_IFDIR,  S_IFLNK, S_IFIFO,
					S_IFSOCK, S_IFBLK, S_IFCHR };

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		comes_back(&(struct record){ .kind = RECORD_NODE,
					     .seq = 1,
					     .path = "p",
					     .type = types[i] });
}

Test(record, extreme_numbers_come_back)
{
	struct record r = file("x");

	r.seq = UINT64_MAX;
	r.st = (struct record_stat){ INT64_MAX,
				     { INT64_MAX, 999999999 },
				     UINT64_MAX };
	comes_back(&r);
	r.st.mtime.tv_sec = -1;
	comes_back(&r);
}

Test(record, longest_path_fits_and_a_longer_one_is_refused)
{
	char path[IDEMFS_PATH_MAX + 2] = "";
	struct record r = file(path);

	memset(path, '\n', sizeof(path));
	path[IDEMFS_PATH_MAX] = '\0';
	comes_back(&r);
	r.kind = RECORD_MOVED;
	r.to = path;
	memset(path, '\x01', IDEMFS_PATH_MAX);
	r.st = (struct record_stat){ 0 };
	r.digest = (struct digest){ 0 };
	comes_back(&r);
	path[IDEMFS_PATH_MAX] = 'x';
	path[IDEMFS_PATH_MAX + 1] = '\0';
	cr_assert_eq(record_encode(&r, text), -ENAMETOOLONG);
	r.path = "x";
	cr_assert_eq(record_encode(&r, text), -ENAMETOOLONG);
	r = file(path);
	cr_assert_eq(record_encode(&r, text), -ENAMETOOLONG);
}

Test(record, lines_of_a_later_version_are_passed_over)
{
	struct record r;

	cr_assert_eq(decode("# later 1 2 3\n# x\n", &r), 0);
	cr_assert_eq(decode(IDEMFS_EMPTY_LINE, &r), 0);
}

static void are_refused(const char *const bad[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct record r = { .seq = 42 };
		int code = decode(bad[i], &r);

		/* only the first line of two is not wrong, yet unfinished */
		if (code == 0)
			cr_assert_neq(decoder.half.kind, RECORD_NONE, "%s",
				      bad[i]);
		else
			cr_assert_eq(code, -EBADMSG, "%s", bad[i]);
		cr_assert_eq(r.seq, 42);
	}
}

Test(record, what_is_none_is_refused)
{
	static const char *const bad[] = {
		"#",
		"gone 1 x",
		"#gone 1 x",
		"# gone 0 x",
		"# gone -1 x",
		"# gone 1",
		"# gone 1 ",
		"# gone  1 x",
		"# gone 99999999999999999999 x",
		"# gone 1 \\q",
		"# gone 1 \x01",
		"# gone 1 \xff",
		"# gone 1 \\x00",
		"# node 1 file x",
		"# node 1 dirx",
		"# node 1 dir",
		"# unread 1 2 3 4 x",
		"# unread 1 2 3.5 4 x",
		"# unread 1 -2 3.000000000 4 x",
		"# unread 1 2 3.0000000000 4 x",
		"# unread 1 2 3.000000000 4",
		"# file 1 2 3.000000000 4 x",
		"# file 1 2 3.000000000",
		"# file 1 2 3.000000000 4\n# gone 1 x",
		"# file 1 2 3.000000000 4\n" DIGEST " x",
		"# file 1 2 3.000000000 4\n" DIGEST "  ",
		"# file 1 2 3.000000000 4\n" DIGEST,
		"# file 1 2 3.000000000 4\n" DIGEST "0  x",
		"# file 1 2 3.000000000 4\n\\" DIGEST "  \\x",
		"# file 1 2 3.000000000 4\n\\" DIGEST "  x\\",
		"# file 1 2 3.000000000 4\n\\\\" DIGEST "  x",
		"# file 1 2 3.000000000 4\nABCDEF00000000000000000000000000  x",
		"# moved 1 x\n# gone 2 y",
		"# moved 1 x\n# to ",
		"# moved 1 x\n",
		DIGEST "  x",
		"99aa06d3014798d86001c324468d497f  /dev/nul",
	};

	are_refused(bad, ARRAY_SIZE(bad));
}

Test(record, what_says_nothing_that_was_read_is_refused)
{
	static const char *const bad[] = {
		"# learned 1 2 3.000000000 4 x",
		"# learned 1 2 3.000000000 4\n# absent 1 x",
		"# learned-unread 1 2 3.000000000 4",
		"# absent 1",
		"# absent 0 x",
		"# listed 1 2 " DIGEST,
		"# listed 1 2 " DIGEST "0 x",
		"# listed 1 " DIGEST " x",
		"# listed 1 2 012 x",
		"# listed 1 -2 " DIGEST " x",
		"# listed 1 99999999999999999999 " DIGEST " x",
		"# folded 1 2 " DIGEST,
		"# linked 1 x",
		"# linked 1 2 " DIGEST " x",
		"# linked 1 " DIGEST " ",
		"# self-modified 1",
		"# unlearned 1",
	};

	are_refused(bad, ARRAY_SIZE(bad));
}
