/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>
#include <xxhash.h>

#include "../../scratch.h"
#include "base/util.h"
#include "cli/job/learned.h"

/* A directory in which a step has read, and the mark that tells of it. */
struct place {
	struct scratch s;
	struct timespec began; /* of the step */
	struct record records[16];
	size_t count;
	char why[256];
};

static struct place place_open(void)
{
	struct place p = { .s = scratch_open() };

	clock_gettime(CLOCK_REALTIME, &p.began);
	p.began.tv_sec += 10; /* all that is made now is older */
	return p;
}

static void put(struct place *p, const char *path, const char *text)
{
	int fd = openat(p->s.dir, path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0, "%s: %m", path);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static void put_link(struct place *p, const char *target, const char *path)
{
	cr_assert_eq(symlinkat(target, p->s.dir, path), 0);
}

/* The step began before what comes now. */
static void begin_earlier(struct place *p)
{
	p->began.tv_sec -= 20;
}

static struct digest digest_of(const void *data, size_t n)
{
	XXH128_canonical_t c;
	struct digest d;

	XXH128_canonicalFromHash(&c, XXH3_128bits(data, n));
	memcpy(d.bytes, c.digest, sizeof(d.bytes));
	return d;
}

static struct record *add(struct place *p, enum record_kind kind,
			  const char *path)
{
	struct record *r = &p->records[p->count++];

	*r = (struct record){ .kind = kind, .path = path, .seq = 1 };
	return r;
}

static struct record *add_file(struct place *p, const char *path,
			       const char *text)
{
	struct record *r = add(p, RECORD_LEARNED, path);
	struct stat st;

	r->digest = digest_of(text, strlen(text));
	r->st.size = (int64_t)strlen(text);
	if (fstatat(p->s.dir, path, &st, 0) == 0) {
		r->st.mtime = st.st_mtim;
		r->st.ino = st.st_ino;
	}
	return r;
}

/* @names: "a\0b\0" with @size bytes. */
static void add_listing(struct place *p, const char *dir, const char *names,
			size_t size, uint64_t count)
{
	struct record *r = add(p, RECORD_LISTED, dir);

	r->digest = digest_of(names, size);
	r->count = count;
}
#define LISTED(p, dir, names, n) add_listing(p, dir, names, sizeof(names), n)

static int make_mark(const struct place *p)
{
	struct manifest_head h = { .name = (char *)"x",
				   .host = (char *)"h",
				   .command = (char *)"c" };
	struct manifest_writer *w;
	off_t size;
	int fd = openat(p->s.dir, ".", O_TMPFILE | O_RDWR, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(manifest_create(fd, &h, &w), 0);
	for (size_t i = 0; i < p->count; i++)
		cr_assert_eq(manifest_put(w, &p->records[i]), 0);
	cr_assert_eq(manifest_finish(w, &size), 0);
	return fd;
}

/* Whether all records hold; else p->why says what is different. */
static bool holds(struct place *p)
{
	struct learned *l = learned_new(p->s.dir, &p->began, false);
	struct manifest_reader *m;
	struct record r;
	auto_fd fd = make_mark(p);
	int is = 1, code = 1;

	cr_assert_eq(manifest_open(fd, &m), 0);
	while (is > 0 && (code = manifest_next(m, &r)) > 0)
		is = learned_judge(l, &r);
	cr_assert_geq(code, 0);
	cr_assert_geq(is, 0);
	manifest_close(m);
	*p->why = '\0';
	if (!is) {
		cr_assert_eq(manifest_open(fd, &m), 0);
		snprintf(p->why, sizeof(p->why), "%s", learned_explain(l, m));
		manifest_close(m);
	}
	learned_free(l);
	return is;
}

static void differs(struct place *p, const char *why)
{
	cr_expect_not(holds(p), "want: %s", why);
	cr_expect_str_eq(p->why, why);
}

Test(learned, a_file_holds_by_its_content_and_not_by_its_time)
{
	struct place p = place_open();
	const struct timespec old[2] = { { 5, 5 }, { 5, 5 } };

	mkdirat(p.s.dir, "lib", 0700);
	put(&p, "lib/a.h", "one");
	add_file(&p, "lib/a.h", "one");
	cr_expect(holds(&p));
	utimensat(p.s.dir, "lib/a.h", old, 0);
	cr_expect(holds(&p), "%s", p.why);
	put(&p, "lib/a.h", "ONE");
	differs(&p, "lib/a.h changed");
	put(&p, "lib/a.h", "longer");
	differs(&p, "lib/a.h changed");
	unlinkat(p.s.dir, "lib/a.h", 0);
	put(&p, "lib/a.h", "one");
	cr_expect(holds(&p), "%s", p.why);
	unlinkat(p.s.dir, "lib/a.h", 0);
	differs(&p, "lib/a.h is gone");
	scratch_close(&p.s);
}

Test(learned,
     a_file_that_was_changed_since_is_read_although_its_time_is_the_same)
{
	struct place p = place_open();
	struct timespec times[2] = { { 7, 7 }, { 7, 7 } };

	put(&p, "f", "one");
	utimensat(p.s.dir, "f", times, 0);
	add_file(&p, "f", "one");
	put(&p, "f", "two");
	utimensat(p.s.dir, "f", times, 0);
	cr_expect(holds(&p), "this is what is believed");
	begin_earlier(&p);
	differs(&p, "f changed");
	scratch_close(&p.s);
}

Test(learned, nothing_outside_is_reached)
{
	struct place p = place_open();

	mkdirat(p.s.dir, "in", 0700);
	mkdirat(p.s.dir, "out", 0700);
	put(&p, "in/f", "one");
	put(&p, "out/f", "one");
	add_file(&p, "in/f", "one");
	cr_expect(holds(&p));
	unlinkat(p.s.dir, "in/f", 0);
	put_link(&p, "../out/f", "in/f");
	differs(&p, "in/f is something else now");
	unlinkat(p.s.dir, "in/f", 0);
	mkfifoat(p.s.dir, "in/f", 0600);
	differs(&p, "in/f is something else now");
	unlinkat(p.s.dir, "in/f", 0);
	unlinkat(p.s.dir, "in", AT_REMOVEDIR);
	put_link(&p, "out", "in");
	differs(&p, "in/f is something else now");
	p.count = 0;
	add_file(&p, "../etc/passwd", "x");
	differs(&p, "../etc/passwd is something else now");
	p.count = 0;
	add_file(&p, "/etc/passwd", "x");
	differs(&p, "/etc/passwd is something else now");
	scratch_close(&p.s);
}

Test(learned, a_name_that_was_absent_must_not_be_there)
{
	struct place p = place_open();

	add(&p, RECORD_ABSENT, "lib/a.h");
	cr_expect(holds(&p));
	put(&p, "lib", "a file");
	cr_expect(holds(&p));
	unlinkat(p.s.dir, "lib", 0);
	mkdirat(p.s.dir, "lib", 0700);
	cr_expect(holds(&p));
	put_link(&p, "nowhere", "lib/a.h");
	differs(&p, "lib/a.h is new");
	scratch_close(&p.s);
}

Test(learned, a_link_must_lead_where_it_led)
{
	struct place p = place_open();

	put_link(&p, "v1", "now");
	add(&p, RECORD_LINKED, "now")->digest = digest_of("v1", 2);
	cr_expect(holds(&p));
	unlinkat(p.s.dir, "now", 0);
	differs(&p, "now is gone");
	put_link(&p, "v2", "now");
	differs(&p, "now leads elsewhere");
	unlinkat(p.s.dir, "now", 0);
	put(&p, "now", "v1");
	differs(&p, "now is something else now");
	scratch_close(&p.s);
}

Test(learned, a_directory_must_have_the_names_that_it_had)
{
	struct place p = place_open();

	mkdirat(p.s.dir, "data", 0700);
	put(&p, "data/a.csv", "");
	put(&p, "data/c.csv", "");
	LISTED(&p, "data", "a.csv\0c.csv", 2);
	cr_expect(holds(&p), "%s", p.why);
	begin_earlier(&p);
	put(&p, "data/b.csv", "");
	differs(&p, "data/ has a new file b.csv");
	unlinkat(p.s.dir, "data/b.csv", 0);
	cr_expect(holds(&p));
	mkdirat(p.s.dir, "data/b", 0700);
	differs(&p, "data/ has a new directory b");
	unlinkat(p.s.dir, "data/b", AT_REMOVEDIR);
	renameat(p.s.dir, "data/c.csv", p.s.dir, "data/d.csv");
	differs(&p, "data/ has other names than it had");
	add_file(&p, "data/c.csv", "");
	differs(&p, "data/c.csv is gone");
	unlinkat(p.s.dir, "data/d.csv", 0);
	differs(&p, "data/c.csv is gone");
	unlinkat(p.s.dir, "data/a.csv", 0);
	unlinkat(p.s.dir, "data", AT_REMOVEDIR);
	differs(&p, "data is gone");
	scratch_close(&p.s);
}

Test(learned, the_new_name_is_found_among_those_that_were_changed)
{
	struct place p = place_open();

	put(&p, "a", "");
	put(&p, "c", "");
	LISTED(&p, ".", "a\0c", 2);
	cr_expect(holds(&p), "%s", p.why);
	begin_earlier(&p);
	put(&p, "b", "");
	/* all three have a ctime that is later */
	differs(&p, "./ has a new file b");
	scratch_close(&p.s);
}

Test(learned, what_the_step_has_made_is_no_name_of_a_directory_that_it_lists)
{
	struct place p = place_open();

	mkdirat(p.s.dir, "out", 0700);
	mkdirat(p.s.dir, "out/sub", 0700);
	mkdirat(p.s.dir, ".checkpoints", 0700);
	put(&p, "out/made", "");
	put(&p, "out/read", "");
	add_file(&p, "out/made", "")->kind = RECORD_FILE;
	add(&p, RECORD_NODE, "out/sub")->type = S_IFDIR;
	add(&p, RECORD_MOVED, "out/before")->to = "out/after";
	LISTED(&p, "out", "read", 1);
	LISTED(&p, ".", "out", 1);
	mkdirat(p.s.dir, "out/after", 0700);
	cr_expect(holds(&p), "%s", p.why);
	begin_earlier(&p);
	put(&p, "made", "");
	differs(&p, "./ has a new file made");
	scratch_close(&p.s);
}

Test(learned, a_folder_is_all_files_in_it)
{
	struct place p = place_open();
	char text[64];
	struct digest d;
	struct record *r;
	size_t n = 0;

	mkdirat(p.s.dir, "big", 0700);
	mkdirat(p.s.dir, "big/sub", 0700);
	put_link(&p, "a", "big/link");
	put(&p, "big/a", "one");
	put(&p, "big/b", "two");
	put(&p, "big/made", "by it");
	add_file(&p, "big/made", "by it")->kind = RECORD_FILE;
	for (int i = 0; i < 2; i++) {
		text[n++] = (char)('a' + i);
		text[n++] = '\0';
		d = digest_of(i ? "two" : "one", 3);
		memcpy(text + n, d.bytes, sizeof(d.bytes));
		n += sizeof(d.bytes);
	}
	r = add(&p, RECORD_FOLDED, "big");
	r->digest = digest_of(text, n);
	r->count = 2;
	cr_expect(holds(&p), "%s", p.why);
	put(&p, "big/made", "anew");
	cr_expect(holds(&p), "%s", p.why);
	put(&p, "big/b", "TWO");
	differs(&p, "big/ has other files, or some changed");
	put(&p, "big/b", "two");
	put(&p, "big/c", "");
	differs(&p, "big/ has other files, or some changed");
	scratch_close(&p.s);
}

Test(learned, what_could_not_be_learned_never_holds)
{
	struct place p = place_open();

	put(&p, "f", "one");
	add_file(&p, "f", "one")->kind = RECORD_UNLEARNED;
	differs(&p, "f changed while the step ran");
	p.count = 0;
	add(&p, RECORD_CANNOT, "run.log");
	differs(&p, "it read run.log, which others write in place");
	p.count = 0;
	add(&p, RECORD_CANNOT, ".");
	differs(&p, "it read more than can be learned (.)");
	p.count = 0;
	add(&p, RECORD_SELF, "f");
	cr_expect(holds(&p), "it is an output");
	scratch_close(&p.s);
}

Test(learned, a_name_is_shown_so_that_it_cannot_steer_a_terminal)
{
	struct place p = place_open();

	add_file(&p, "a\033[2J\n", "");
	differs(&p, "a\\x1b[2J\\n is gone");
	scratch_close(&p.s);
}
