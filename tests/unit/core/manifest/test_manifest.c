/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/util.h"
#include "core/manifest/manifest.h"
#include "unit/scratch.h"

#define EMPTY "99aa06d3014798d86001c324468d497f  /dev/null\n"

static struct manifest_head sample(const char *name)
{
	return (struct manifest_head){
		.name = (char *)name,
		.host = (char *)"h",
		.command = (char *)"touch .checkpoints/x.done",
		.user = 1000,
		.pid = 4711,
		.time = { 1763890000, 123456789 },
		.since = { 12, 5 },
		.order = 99,
	};
}

static void same(const struct manifest_head *a, const struct manifest_head *b)
{
	cr_assert_str_eq(a->name, b->name);
	cr_assert_str_eq(a->host, b->host);
	cr_assert_str_eq(a->command, b->command);
	cr_assert_eq(!a->session, !b->session);
	if (a->session)
		cr_assert_str_eq(a->session, b->session);
	cr_assert_eq(a->user, b->user);
	cr_assert_eq(a->pid, b->pid);
	cr_assert_eq(a->time.tv_sec, b->time.tv_sec);
	cr_assert_eq(a->time.tv_nsec, b->time.tv_nsec);
	cr_assert_eq(a->since.tv_sec, b->since.tv_sec);
	cr_assert_eq(a->order, b->order);
}

/* A file with @head and @n records named by their number. */
static int made(const struct manifest_head *head, unsigned int n)
{
	int fd = memfd_create("manifest", MFD_CLOEXEC);
	struct manifest_writer *w;
	off_t size = -1;

	cr_assert_geq(fd, 0);
	cr_assert_eq(manifest_create(fd, head, &w), 0);
	for (unsigned int i = 0; i < n; i++) {
		char path[32];
		struct record r = { .kind = i % 3 ? RECORD_FILE : RECORD_GONE,
				    .seq = i + 1,
				    .path = path };

		snprintf(path, sizeof(path), "dir/file \n%u", i);
		cr_assert_eq(manifest_put(w, &r), 0);
	}
	cr_assert_eq(manifest_finish(w, &size), 0);
	cr_assert_eq(size, lseek(fd, 0, SEEK_END));
	return fd;
}

static size_t read_text(int fd, char *buf, size_t room)
{
	ssize_t n = sys_pread_all(fd, buf, room - 1, 0);

	cr_assert_geq(n, 0);
	buf[n] = '\0';
	close(fd);
	return (size_t)n;
}

/* All of it: how many records, or -errno. */
static int read_all(struct manifest_reader *m)
{
	struct record r;
	int n = 0, code;

	while ((code = manifest_next(m, &r)) > 0) {
		char path[32];

		snprintf(path, sizeof(path), "dir/file \n%u", n);
		cr_assert_str_eq(r.path, path);
		cr_assert_eq(r.seq, (uint64_t)++n);
	}
	manifest_close(m);
	return code < 0 ? code : n;
}

static int judged(const char *text, size_t size)
{
	struct manifest_reader *m;
	int r = manifest_open_text(text, size, &m);

	return r < 0 ? r : read_all(m);
}

Test(manifest, what_a_step_knows_comes_back_and_an_old_mark_has_none)
{
	struct manifest_head h = sample("x.done");
	struct manifest_reader *m;
	int fd;

	h.has_argv = h.has_ran = h.learn = true;
	h.ran = (struct step_span){ { 5, 6 }, { 7, 8 }, 0 };
	fd = made(&h, 3);
	cr_assert_eq(manifest_open(fd, &m), 0);
	cr_assert(manifest_head(m)->has_ran);
	cr_assert(manifest_head(m)->learn);
	cr_assert_eq(manifest_head(m)->ran.began.tv_nsec, 6);
	cr_assert_eq(manifest_head(m)->ran.ended.tv_sec, 7);
	manifest_close(m);
	close(fd);

	h.has_ran = h.learn = false;
	fd = made(&h, 3);
	cr_assert_eq(manifest_open(fd, &m), 0);
	cr_assert_not(manifest_head(m)->has_ran);
	cr_assert_not(manifest_head(m)->learn);
	manifest_close(m);
	close(fd);
}

Test(manifest, is_the_text_that_is_written_down)
{
	struct manifest_head h = sample("x.done");
	char text[4096], *digest;
	size_t n = read_text(made(&h, 0), text, sizeof(text));

	digest = strstr(text, "# digest ");
	cr_assert_not_null(digest);
	cr_assert_eq(strlen(digest), strlen("# digest ") + 32 + 1);
	*digest = '\0';
	cr_assert_str_eq(text, "# idemfs-mark 1 0000000289\n"
			       "# name x.done\n"
			       "# time 1763890000.123456789 "
			       "2025-11-23T09:26:40Z\n"
			       "# since 12.000000005\n"
			       "# host h\n"
			       "# user 1000\n"
			       "# pid 4711\n"
			       "# command touch .checkpoints/x.done\n"
			       "# scope time\n"
			       "# order 99\n" EMPTY);
	cr_assert_eq(n, 289);
}

/* @text as a manifest, with a first line and a digest that are right. */
static int opened_as(const char *lines, struct manifest_reader **ret)
{
	static char text[4096];
	struct digest d;
	char hex[DIGEST_TEXT];
	XXH128_canonical_t c;

	XXH128_canonicalFromHash(&c, XXH3_128bits(lines, strlen(lines)));
	memcpy(d.bytes, c.digest, sizeof(d.bytes));
	digest_text(&d, hex);
	snprintf(text, sizeof(text), "# idemfs-mark 1 %010zu\n%s# digest %s\n",
		 IDEMFS_MARK_HEAD + strlen(lines) + 42, lines, hex);
	return manifest_open_text(text, strlen(text), ret);
}

#define OLD_HEAD                                             \
	"# name x\n# time 5.000000000\n# host h\n# user 1\n" \
	"# pid 2\n# command c\n"

Test(manifest, one_of_an_older_idemfs_is_one_by_time)
{
	struct manifest_reader *m;

	cr_assert_eq(opened_as(OLD_HEAD "# order 9\n" EMPTY, &m), 0);
	cr_assert_null(manifest_head(m)->session);
	cr_assert_eq(read_all(m), 0);
}

Test(manifest, scope_that_is_not_known_is_passed_over_and_two_are_refused)
{
	struct manifest_reader *m;

	cr_assert_eq(
		opened_as(OLD_HEAD "# scope moon x y\n# order 9\n" EMPTY, &m),
		0);
	cr_assert_null(manifest_head(m)->session);
	manifest_close(m);
	cr_assert_eq(opened_as(OLD_HEAD "# scope session a\n"
					"# scope session b\n# order 9\n" EMPTY,
			       &m),
		     -EBADMSG);
	cr_assert_eq(opened_as(OLD_HEAD "# scope session \\q\n# order 9\n", &m),
		     -EBADMSG);
}

struct seen {
	char text[512];
	int code;
};

static int see(void *arg, const char *session, const char *path,
	       unsigned int more)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	snprintf(s->text + n, sizeof(s->text) - n, "[%s|%s|%u]",
		 session ? session : "-", path ? path : "-", more);
	return s->code;
}

Test(manifest, overlaps_come_back_whatever_the_names)
{
	struct manifest_head h = sample("x");
	struct record r = { .kind = RECORD_GONE, .seq = 1, .path = "p" };
	struct seen seen = { .text = "" };
	struct manifest_writer *w;
	struct manifest_reader *m;
	auto_fd fd = memfd_create("manifest", MFD_CLOEXEC);
	off_t size;

	h.session = (char *)"align";
	cr_assert_eq(manifest_create(fd, &h, &w), 0);
	cr_assert_eq(manifest_put(w, &r), 0);
	cr_assert_eq(manifest_put_overlap(w, "b c\n", " d e"), 0);
	cr_assert_eq(manifest_put_overlap(w, "", "x\\ y"), 0);
	cr_assert_eq(manifest_put_overlaps(w, 7), 0);
	cr_assert_eq(manifest_finish(w, &size), 0);

	cr_assert_eq(manifest_open(fd, &m), 0);
	cr_assert_str_eq(manifest_head(m)->session, "align");
	manifest_on_overlap(m, see, &seen);
	cr_assert_eq(manifest_next(m, &r), 1);
	cr_assert_str_eq(seen.text, "");
	cr_assert_eq(manifest_next(m, &r), 0);
	cr_assert_str_eq(seen.text, "[b c\n| d e|0][?|x\\ y|0][-|-|7]");
	manifest_close(m);

	seen.code = -ENOSPC;
	cr_assert_eq(manifest_open(fd, &m), 0);
	manifest_on_overlap(m, see, &seen);
	cr_assert_eq(manifest_next(m, &r), 1);
	cr_assert_eq(manifest_next(m, &r), -ENOSPC);
	manifest_close(m);
}

Test(manifest, overlap_that_no_line_can_hold_is_refused_and_leaves_no_trace)
{
	struct manifest_head h = sample("x");
	char name[NAME_MAX + 2], path[IDEMFS_PATH_MAX + 1];
	struct manifest_writer *w;
	struct manifest_reader *m;
	auto_fd fd = memfd_create("manifest", MFD_CLOEXEC);
	struct record r;
	off_t size;

	memset(name, '\x01', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(path, '\x01', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	cr_assert_eq(manifest_create(fd, &h, &w), 0);
	cr_assert_eq(manifest_put_overlap(w, name, "x"), -ENAMETOOLONG);
	name[NAME_MAX] = '\0';
	cr_assert_eq(manifest_put_overlap(w, name, path), -ENAMETOOLONG);
	cr_assert_eq(manifest_put_overlap(w, name, "x"), 0);
	cr_assert_eq(manifest_put_overlap(w, "x", path), 0);
	cr_assert_eq(manifest_finish(w, &size), 0);
	cr_assert_eq(manifest_open(fd, &m), 0);
	cr_assert_eq(manifest_next(m, &r), 0);
	manifest_close(m);
}

Test(manifest, head_comes_back_whatever_the_names)
{
	static const char *const names[] = {
		"x.done",	"a/b/c",     "-rf",	 " ",
		"a b  c ",	"new\nline", "\n\n# ",	 "# digest 00",
		"back\\slash",	"\\n",	     "\r\t\x7f", "\xff\xfe\x80",
		"# name other", "\x01",	     "",	 "\xe2\x82\xac",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct manifest_head h = sample(names[i]);
		struct manifest_reader *m;
		int fd;

		h.host = h.command = h.session = h.name;
		fd = made(&h, 0);
		cr_assert_eq(manifest_open(fd, &m), 0, "%s", names[i]);
		same(&h, manifest_head(m));
		cr_assert_eq(manifest_size(m), lseek(fd, 0, SEEK_END));
		cr_assert_eq(read_all(m), 0);
		close(fd);
	}
}

Test(manifest, first_mark_has_none_before)
{
	struct manifest_head h = sample("x");
	struct manifest_reader *m;
	int fd;

	h.since.tv_sec = -1;
	h.user = (uid_t)-2;
	h.pid = INT32_MAX;
	h.time = (struct timespec){ 253402300799, 1 };
	fd = made(&h, 0);
	cr_assert_eq(manifest_open(fd, &m), 0);
	same(&h, manifest_head(m));
	cr_assert_eq(read_all(m), 0);
	close(fd);
}

Test(manifest, records_come_back_however_many)
{
	static const unsigned int counts[] = { 1, 2, 3, 100, 5000, 20000 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct manifest_head h = sample("x");
		struct manifest_reader *m;
		int fd = made(&h, counts[i]);

		cr_assert_eq(manifest_open(fd, &m), 0);
		cr_assert_eq(read_all(m), (int)counts[i]);
		close(fd);
	}
}

Test(manifest, one_without_a_line_for_xxhsum_gets_one)
{
	struct manifest_head h = sample("x");
	char text[4096];

	/* the first is gone, and the second has a newline in its name */
	read_text(made(&h, 2), text, sizeof(text));
	cr_assert_not_null(strstr(text, "\n" EMPTY "# digest "));
}

Test(manifest, path_that_is_too_long_is_refused)
{
	struct manifest_head h = sample("x");
	char name[IDEMFS_PATH_MAX + 2];
	struct record r = { .kind = RECORD_GONE, .seq = 1, .path = name };
	struct manifest_writer *w = NULL;
	int fd = memfd_create("manifest", MFD_CLOEXEC);

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_assert_eq(manifest_create(fd, &h, &w), 0);
	cr_assert_eq(manifest_put(w, &r), -ENAMETOOLONG);
	manifest_abandon(w);
	h.name = name;
	cr_assert_eq(manifest_create(fd, &h, &w), -ENAMETOOLONG);
	close(fd);
}

Test(manifest, what_follows_it_is_the_note)
{
	static const char note[] = "a note\n# digest nothing\n\0\xff";
	struct manifest_head h = sample("x");
	struct manifest_reader *m;
	char whole[4096];
	size_t n = read_text(made(&h, 3), whole, sizeof(whole));

	memcpy(whole + n, note, sizeof(note));
	cr_assert_eq(manifest_open_text(whole, n + sizeof(note), &m), 0);
	cr_assert_eq(manifest_size(m), (off_t)n);
	cr_assert_eq(read_all(m), 3);
}

Test(manifest, every_truncation_is_refused)
{
	struct manifest_head h = sample("x");
	char text[4096];
	size_t size = read_text(made(&h, 4), text, sizeof(text));

	for (size_t n = 0; n < size; n++) {
		/* a room of that size, so that a sanitizer sees more */
		char *cut = malloc(n + 1);

		memcpy(cut, text, n);
		cr_assert_eq(judged(cut, n), -EBADMSG, "%zu", n);
		free(cut);
	}
}

Test(manifest, every_changed_byte_is_refused)
{
	struct manifest_head h = sample("x");
	char text[4096];
	size_t size = read_text(made(&h, 0), text, sizeof(text));

	for (size_t i = 0; i < size; i++) {
		char was = text[i];

		for (int c = 0; c < 256; c++) {
			text[i] = (char)c;
			if (text[i] != was)
				cr_assert_lt(judged(text, size), 0, "%zu %d", i,
					     c);
		}
		text[i] = was;
	}
	cr_assert_eq(judged(text, size), 0);
}

Test(manifest, changed_size_does_not_reach_into_the_note)
{
	struct manifest_head h = sample("x");
	char whole[4096];
	size_t size = read_text(made(&h, 0), whole, sizeof(whole));

	memset(whole + size, '#', sizeof(whole) - size);
	for (size_t n = 0; n < 2 * sizeof(whole); n++) {
		char head[IDEMFS_MARK_HEAD + 1];

		snprintf(head, sizeof(head), "# idemfs-mark 1 %010zu\n", n);
		memcpy(whole, head, IDEMFS_MARK_HEAD);
		if (n == size)
			cr_assert_eq(judged(whole, sizeof(whole)), 0);
		else
			cr_assert_eq(judged(whole, sizeof(whole)), -EBADMSG);
	}
}

Test(manifest, newer_format_is_told_apart)
{
	struct manifest_head h = sample("x");
	char text[4096];
	size_t size = read_text(made(&h, 0), text, sizeof(text));
	off_t n = 42;

	text[strlen("# idemfs-mark ")] = '2';
	cr_assert_eq(judged(text, size), -EPROTO);
	cr_assert_eq(manifest_parse_size("# idemfs-mark 99 anything at all",
					 IDEMFS_MARK_HEAD, &n),
		     -EPROTO);
	cr_assert_eq(n, 42);
}

Test(manifest, head_that_is_none_is_refused)
{
	static const char *const heads[] = {
		"# idemfs-mark 1 0000000000\n", "# idemfs-mark 1 0000000001\n",
		"# idemfs-mark 1 0000000217 ",	"# idemfs-mark 1 00000002170",
		"# idemfs-mark 1 000000021x\n", "# idemfs-mark 1  217      \n",
		"# idemfs-mark 0 0000000217\n", "# idemfs-mark x 0000000217\n",
		"# idemfs-mork 1 0000000217\n", "## idemfs-mark 1 000000021\n",
		"                           ",	"#                          ",
		"# idemfs-mark 1 +000000217\n",
	};
	off_t n = 42;

	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		cr_assert_geq(strlen(heads[i]), IDEMFS_MARK_HEAD);
		cr_assert_eq(
			manifest_parse_size(heads[i], IDEMFS_MARK_HEAD, &n),
			-EBADMSG, "%s", heads[i]);
		cr_assert_eq(n, 42);
	}
}

Test(manifest, full_disk_is_said)
{
	struct manifest_head h = sample("x");
	struct manifest_writer *w;
	off_t size = 42;
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0);
	cr_assert_eq(manifest_create(fd, &h, &w), 0);
	cr_assert_eq(manifest_finish(w, &size), -ENOSPC);
	cr_assert_eq(size, 42);
	close(fd);
}
