/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "core/learn/learn.h"
#include "core/learn/names.h"

#define STEP 10 /* a session that learns */

static struct learn *l;
static struct pathmap *map;
static char root_path[] = "/tmp/idemfs-learn-XXXXXX";
static int root;

static struct record changes[32];
static size_t changed;

static char *text; /* of what was collected */
static size_t text_size;
static FILE *out;

static void begin_with(const struct learn_spec *spec)
{
	cr_assert_eq(learn_new(spec, &l), 0);
	learn_begin(l, STEP, 0, true, 0);
}

static void setup(void)
{
	begin_with(&(struct learn_spec){ 0 });
	map = pathmap_new();
	cr_assert_not_null(map);
	cr_assert_not_null(mkdtemp(root_path));
	root = open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_geq(root, 0);
	changed = 0;
}

static void teardown(void)
{
	char command[128];

	close(root);
	snprintf(command, sizeof(command), "rm -r %s", root_path);
	cr_assert_eq(system(command), 0);
	pathmap_free(map);
	learn_free(l);
	free(text);
}

TestSuite(learn, .init = setup, .fini = teardown);

static void put_file(const char *name, const char *content)
{
	int fd = openat(root, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, content, strlen(content)),
		     (ssize_t)strlen(content));
	close(fd);
}

static struct stat stat_of(const char *name)
{
	struct stat st;

	cr_assert_eq(fstatat(root, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	return st;
}

/* What happens, at @seq */

static void reads_as(uint64_t session, uint64_t seq, const char *path,
		     bool shared)
{
	struct stat st = stat_of(path);

	learn_file(l, &(struct learn_seen){ session, 0, seq, path }, &st,
		   shared);
}

static void reads(uint64_t seq, const char *path)
{
	reads_as(STEP, seq, path, false);
}

static void misses(uint64_t seq, const char *path)
{
	learn_absent(l, &(struct learn_seen){ STEP, 0, seq, path });
}

static void follows(uint64_t seq, const char *path, const char *target)
{
	learn_link(l, &(struct learn_seen){ STEP, 0, seq, path }, target);
}

static void lists(uint64_t seq, const char *path, const char *names,
		  size_t size)
{
	uint64_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += !names[i];
	learn_listed(l, &(struct learn_seen){ STEP, 0, seq, path }, names, size,
		     count);
}
#define LISTS(seq, path, names) lists(seq, path, names, sizeof(names))

static void change(struct record r)
{
	cr_assert_lt(changed, ARRAY_SIZE(changes));
	changes[changed++] = r;
	/* The mark tells of what the session has done. */
	if (r.session)
		cr_assert_eq(pathmap_apply(map, &r, 0), 0);
}

static void writes_as(uint64_t session, uint64_t seq, const char *path)
{
	struct stat st = stat_of(path);

	change((struct record){ .kind = RECORD_FILE,
				.seq = seq,
				.path = path,
				.session = session,
				.st = { .size = st.st_size,
					.mtime = st.st_mtim,
					.ino = st.st_ino } });
}

static void writes(uint64_t seq, const char *path)
{
	writes_as(STEP, seq, path);
}

static void removes(uint64_t seq, const char *path)
{
	change((struct record){ .kind = RECORD_GONE,
				.seq = seq,
				.path = path,
				.session = STEP });
}

/* The mark */

static int each_change(void *arg, learn_change each, void *each_arg)
{
	int r = 0;

	(void)arg;
	for (size_t i = 0; !r && i < changed; i++)
		r = each(each_arg, &changes[i]);
	return r;
}

static struct digest digest_of(const char *content)
{
	struct names n = { 0 };
	struct digest d;

	/* That of bytes that end with a NUL. */
	cr_assert_eq(names_add(&n, content, NULL), 0);
	cr_assert_eq(names_digest(&n, false, &d), 0);
	names_release(&n);
	return d;
}

static int print(void *arg, const struct record *r)
{
	static const char *const words[] = {
		[RECORD_LEARNED] = "learned", [RECORD_UNLEARNED] = "unread",
		[RECORD_ABSENT] = "absent",   [RECORD_LISTED] = "listed",
		[RECORD_LINKED] = "linked",   [RECORD_FOLDED] = "folded",
		[RECORD_SELF] = "self",	      [RECORD_CANNOT] = "cannot",
	};
	static char buf[RECORD_MAX];

	(void)arg;
	cr_assert(record_is_learned(r->kind));
	cr_assert_eq(r->seq, 99);
	cr_assert_gt(record_encode(r, buf), 0);
	fprintf(out, "%s %s", words[r->kind], r->path);
	if (r->kind == RECORD_LISTED || r->kind == RECORD_FOLDED)
		fprintf(out, " %llu", (unsigned long long)r->count);
	fputs("; ", out);
	return 0;
}

static int collect_of(uint64_t session)
{
	struct learn_mark m = { .session = session,
				.seq = 99,
				.root = root,
				.map = map,
				.changes = each_change };
	int r;

	free(text);
	text = NULL;
	out = open_memstream(&text, &text_size);
	r = learn_collect(l, &m, print, NULL);
	fclose(out);
	return r;
}

static void is(const char *want)
{
	cr_assert_eq(collect_of(STEP), 0);
	cr_assert_str_eq(text, want);
}

/* Which sessions learn */

Test(learn, no_session_learns_unless_it_says_so)
{
	learn_end(l, STEP);
	cr_assert(!learn_any(l));
	learn_begin(l, 11, 0, false, 0);
	cr_assert(!learn_any(l));
	cr_assert(!learn_is_told(l, 11));
	learn_begin(l, 12, 11, true, 0);
	cr_assert(learn_any(l));
	cr_assert(learn_is_told(l, 12));
	cr_assert(!learn_is_told(l, 11));
	cr_assert(!learn_is_told(l, 0));
	learn_end(l, 12);
	cr_assert(!learn_any(l));
}

Test(learn, what_a_session_within_reads_the_outer_one_has_read)
{
	put_file("a", "1");
	learn_begin(l, 11, STEP, false, 0);
	learn_begin(l, 12, 11, true, 0);
	cr_assert(learn_is_within(l, 12, STEP));
	cr_assert(learn_is_within(l, STEP, 12));
	cr_assert(!learn_is_within(l, STEP, 13));
	reads_as(12, 1, "a", false);
	cr_assert_eq(collect_of(12), 0);
	cr_assert_str_eq(text, "learned a; ");
	is("learned a; ");
	cr_assert_eq(collect_of(11), 0);
	cr_assert_str_eq(text, "");
}

Test(learn, what_a_session_beside_it_reads_is_not_its_own)
{
	put_file("a", "1");
	learn_begin(l, 11, 0, true, 0);
	reads_as(11, 1, "a", false);
	is("");
}

Test(learn, what_a_session_within_has_written_is_the_work_of_the_outer_one)
{
	put_file("a", "1");
	learn_begin(l, 11, STEP, false, 0);
	writes_as(11, 1, "a");
	learn_end(l, 11);
	reads(2, "a");
	is("");
}

Test(learn, session_that_has_ended_has_read_nothing)
{
	put_file("a", "1");
	reads(1, "a");
	learn_end(l, STEP);
	is("");
}

Test(learn, only_a_session_that_learns_can_say_so)
{
	learn_begin(l, 11, STEP, false, 0);
	cr_assert(learn_is_learning(l, STEP));
	cr_assert(!learn_is_learning(l, 11));
	learn_end(l, STEP);
	cr_assert(!learn_is_learning(l, STEP));
}

Test(learn, session_without_room_makes_the_outer_one_read_too_much)
{
	learn_free(l);
	begin_with(&(struct learn_spec){ .room = 1000 });
	misses(1, "a");
	learn_begin(l, 11, STEP, false, geteuid() + 1);
	cr_assert(!learn_is_told(l, 11));
	is("absent a; cannot .; ");
}

/* Files */

Test(learn, file_that_was_read_is_told_once_with_its_digest)
{
	put_file("a", "1");
	put_file("b", "2");
	reads(1, "b");
	reads(1, "a");
	reads(2, "a");
	is("learned a; learned b; ");
}

Test(learn, file_of_others_is_told_whether_they_wrote_it_before_or_not)
{
	put_file("a", "1");
	writes_as(0, 1, "a");
	reads(2, "a");
	is("learned a; ");
}

Test(learn, file_that_was_written_first_is_no_input)
{
	put_file("a", "1");
	writes(1, "a");
	reads(1, "a");
	is("");
}

Test(learn, file_that_was_written_first_and_then_renamed_is_no_input)
{
	put_file("a.tmp", "1");
	writes(1, "a.tmp");
	cr_assert_eq(renameat(root, "a.tmp", root, "a"), 0);
	change((struct record){ .kind = RECORD_MOVED,
				.seq = 2,
				.path = "d",
				.to = "e",
				.session = STEP });
	reads(3, "a");
	is("");
}

Test(learn, file_that_others_have_replaced_since_is_an_input)
{
	put_file("a", "1");
	writes(1, "a");
	put_file("b", "22");
	cr_assert_eq(renameat(root, "b", root, "a"), 0);
	writes_as(0, 2, "a");
	reads(3, "a");
	is("learned a; ");
}

Test(learn, file_that_was_read_first_and_written_later_is_self_modified)
{
	put_file("a", "1");
	reads(1, "a");
	put_file("a", "12");
	writes(2, "a");
	is("self a; ");
}

Test(learn, file_that_was_read_and_then_removed_is_self_modified)
{
	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	put_file("d/a", "1");
	put_file("b", "1");
	reads(1, "d/a");
	reads(1, "b");
	cr_assert_eq(unlinkat(root, "b", 0), 0);
	removes(2, "b");
	removes(3, "d");
	is("self b; absent b; self d/a; ");
}

Test(learn, file_that_was_renamed_away_with_its_directory_is_self_modified)
{
	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	put_file("d/a", "1");
	reads(1, "d/a");
	change((struct record){ .kind = RECORD_MOVED,
				.seq = 2,
				.path = "d",
				.to = "e",
				.session = STEP });
	is("self d/a; ");
}

Test(learn, file_that_others_have_changed_meanwhile_is_told_as_unread)
{
	put_file("a", "1");
	reads(1, "a");
	put_file("a", "other");
	writes_as(0, 2, "a");
	is("unread a; ");
}

Test(learn, file_that_others_have_removed_meanwhile_is_told_as_unread)
{
	put_file("a", "1");
	reads(1, "a");
	cr_assert_eq(unlinkat(root, "a", 0), 0);
	is("unread a; ");
}

Test(learn, file_in_place_is_told_while_it_stays_as_it_was)
{
	put_file("a.log", "1");
	put_file("b.log", "1");
	reads_as(STEP, 1, "a.log", true);
	reads_as(STEP, 1, "b.log", true);
	put_file("b.log", "12");
	is("learned a.log; cannot b.log; ");
}

Test(learn, file_in_place_that_it_writes_itself_is_no_input)
{
	put_file("a.log", "1");
	change((struct record){ .kind = RECORD_INPLACE,
				.seq = 1,
				.path = "a.log",
				.session = STEP });
	reads_as(STEP, 1, "a.log", true);
	is("");
}

Test(learn, what_cannot_be_told_is_named)
{
	learn_cannot(l, &(struct learn_seen){ STEP, 0, 1, "d/x" });
	is("cannot d/x; ");
}

/* Names */

Test(learn, absent_name_is_told)
{
	misses(1, "d/x.h");
	misses(2, "d/x.h");
	is("absent d/x.h; ");
}

Test(learn, absent_name_that_it_makes_later_is_no_input)
{
	put_file("a", "1");
	misses(1, "a");
	writes(2, "a");
	is("");
}

Test(learn, absent_name_that_others_make_later_is_an_input)
{
	put_file("a", "1");
	misses(1, "a");
	writes_as(0, 2, "a");
	is("absent a; ");
}

Test(learn, name_that_it_has_removed_itself_is_no_absent_one)
{
	removes(1, "a");
	misses(2, "a");
	is("");
}

Test(learn, link_that_was_followed_is_told)
{
	follows(1, "current", "v1");
	follows(2, "current", "v2");
	is("linked current; ");
}

Test(learn, link_that_it_has_made_itself_is_no_input)
{
	change((struct record){ .kind = RECORD_NODE,
				.type = S_IFLNK,
				.seq = 1,
				.path = "current",
				.session = STEP });
	follows(2, "current", "v1");
	is("");
}

Test(learn, link_that_it_replaces_later_is_self_modified)
{
	follows(1, "current", "v1");
	change((struct record){ .kind = RECORD_NODE,
				.type = S_IFLNK,
				.seq = 2,
				.path = "current",
				.session = STEP });
	cr_assert_eq(symlinkat("v2", root, "current"), 0);
	is("self current; ");
}

/* Listings */

static struct digest last_digest;

static int keep_digest(void *arg, const struct record *r)
{
	(void)arg;
	last_digest = r->digest;
	return 0;
}

static void collect_digest_of_last(void)
{
	struct learn_mark m = { .session = STEP,
				.seq = 99,
				.root = root,
				.map = map,
				.changes = each_change };

	cr_assert_eq(learn_collect(l, &m, keep_digest, NULL), 0);
}

Test(learn, listing_is_the_digest_of_sorted_names)
{
	const struct names_filter all = { 0 };
	struct digest d, one = digest_of("a");
	uint64_t count;

	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	put_file("d/b", "");
	put_file("d/a", "");
	LISTS(1, "d", "b\0a");
	is("listed d 2; ");
	collect_digest_of_last();
	cr_assert_eq(names_list(root, "d", &all, &d, &count), 0);
	cr_assert_eq(count, 2);
	cr_assert_arr_eq(d.bytes, last_digest.bytes, 16);
	cr_assert_eq(unlinkat(root, "d/b", 0), 0);
	cr_assert_eq(names_list(root, "d", &all, &d, &count), 0);
	cr_assert_arr_eq(d.bytes, one.bytes, 16);
}

Test(learn, listing_of_the_root_has_a_dot)
{
	LISTS(1, "", "b\0a");
	is("listed . 2; ");
}

Test(learn, names_that_it_makes_are_left_out_of_a_listing)
{
	struct digest one = digest_of("in");

	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	put_file("d/out", "");
	/* The second run finds what the first has made. */
	LISTS(1, "d", "in\0out");
	writes(2, "d/out");
	change((struct record){ .kind = RECORD_MOVED,
				.seq = 3,
				.path = "d/tmp",
				.to = "d/end",
				.session = STEP });
	is("listed d 1; ");
	collect_digest_of_last();
	cr_assert_arr_eq(one.bytes, last_digest.bytes, 16);
}

Test(learn, directory_that_it_has_listed_and_removed_is_one_that_must_be_absent)
{
	LISTS(1, "d", "a");
	removes(2, "d");
	is("absent d; ");
}

static void keeps(uint64_t seq, const char *path, uint64_t session)
{
	struct stat st;

	cr_assert_eq(fstatat(root, path, &st, 0), 0);
	change((struct record){ .kind = RECORD_FILE,
				.seq = seq,
				.path = path,
				.kept = true,
				.st = { .size = st.st_size,
					.mtime = st.st_mtim,
					.ino = st.st_ino },
				.session = session });
}

Test(learn, content_of_others_is_an_input_though_it_has_a_new_name_or_time)
{
	put_file("a", "1");
	keeps(1, "a", STEP);
	reads(2, "a");
	collect_of(STEP);
	cr_assert(strstr(text, "learned a"), "%s", text);
}

Test(learn, content_of_its_own_is_none_though_it_has_a_new_name_or_time)
{
	put_file("a", "1");
	writes(1, "a");
	keeps(2, "a", STEP);
	reads(3, "a");
	is("");
}

Test(learn, file_that_is_touched_after_it_was_read_is_an_input)
{
	put_file("a", "1");
	reads(1, "a");
	keeps(2, "a", STEP);
	collect_of(STEP);
	cr_assert(strstr(text, "learned a"), "%s", text);
}

Test(learn,
     file_that_others_replaced_is_no_change_of_its_own_when_it_is_touched)
{
	put_file("a", "1");
	reads(1, "a");
	put_file("b", "2");
	cr_assert_eq(renameat(root, "b", root, "a"), 0);
	writes_as(0, 2, "a");
	keeps(3, "a", STEP);
	is("unread a; ");
}

Test(learn, file_of_which_two_reads_found_two_versions_is_told_as_unread)
{
	put_file("a", "1");
	writes(1, "a");
	reads(2, "a");
	put_file("b", "2");
	cr_assert_eq(renameat(root, "b", root, "a"), 0);
	writes_as(0, 3, "a");
	reads(4, "a");
	is("unread a; ");
}

Test(learn, empty_directory_that_was_listed_is_told)
{
	lists(1, "d", "", 0);
	cr_assert(learn_has_list(l, STEP, "d"));
	cr_assert(!learn_has_list(l, STEP, "e"));
	is("listed d 0; ");
}

/* Bounds */

static void again_with(const struct learn_spec *spec)
{
	learn_free(l);
	begin_with(spec);
}

Test(learn, many_files_of_a_directory_become_one_record)
{
	again_with(&(struct learn_spec){ .files_max = 3 });
	cr_assert_eq(mkdirat(root, "d", 0700), 0);
	cr_assert_eq(mkdirat(root, "e", 0700), 0);
	put_file("d/a", "1");
	put_file("d/b", "2");
	put_file("d/c", "3");
	put_file("d/not read", "3");
	put_file("d/out", "3");
	put_file("e/a", "1");
	put_file("f", "1");
	reads(1, "d/a");
	reads(1, "d/b");
	reads(1, "d/c");
	reads(1, "e/a");
	writes(1, "d/out");
	is("learned e/a; folded d 4; ");
}

Test(learn, folded_directory_changes_with_any_file_in_it)
{
	struct digest before;

	again_with(&(struct learn_spec){ .files_max = 1 });
	put_file("a", "1");
	put_file("b", "2");
	put_file("c", "3");
	reads(1, "a");
	reads(1, "b");
	is("folded . 3; ");
	collect_digest_of_last();
	before = last_digest;
	put_file("c", "4");
	collect_digest_of_last();
	cr_assert_neq(memcmp(&before, &last_digest, sizeof(before)), 0);
}

Test(learn, file_of_a_folded_directory_that_has_changed_meanwhile_is_unread)
{
	again_with(&(struct learn_spec){ .files_max = 1 });
	put_file("a", "1");
	put_file("b", "2");
	reads(1, "a");
	reads(1, "b");
	put_file("b", "other");
	is("unread b; folded . 2; ");
}

Test(learn, too_much_is_told_of_as_what_cannot_be_learned)
{
	again_with(&(struct learn_spec){ .items_max = 2 });
	misses(1, "a");
	misses(1, "b");
	is("absent a; absent b; ");
	misses(1, "b");
	is("absent a; absent b; ");
	misses(1, "c");
	is("absent a; absent b; cannot .; ");
}

Test(learn, user_gets_no_more_memory_than_its_share)
{
	char path[1000];

	again_with(&(struct learn_spec){ .room = 80 << 10 });
	learn_begin(l, 11, 0, true, geteuid() + 1);
	for (int i = 0; i < 30; i++) {
		memset(path, 'x', sizeof(path));
		snprintf(path + 900, 90, "%d", i);
		learn_absent(
			l, &(struct learn_seen){ 11, geteuid() + 1, 1, path });
	}
	cr_assert_eq(collect_of(11), 0);
	cr_assert_str_eq(text + strlen(text) - 10, "cannot .; ");
	/* There is still some for others. */
	misses(1, "a");
	is("absent a; ");
	/* And for the user, once its session has ended. */
	learn_end(l, 11);
	learn_begin(l, 12, 0, true, geteuid() + 1);
	learn_absent(l, &(struct learn_seen){ 12, geteuid() + 1, 1, "a" });
	cr_assert_eq(collect_of(12), 0);
	cr_assert_str_eq(text, "absent a; ");
}

/* As by a set-id program. */
Test(learn, what_another_user_has_read_cannot_be_told_to_a_user)
{
	uid_t user = geteuid() + 1;

	learn_begin(l, 11, 0, true, user);
	learn_absent(l, &(struct learn_seen){ 11, user, 1, "a" });
	learn_absent(l, &(struct learn_seen){ 11, 0, 1, "secret" });
	cr_assert_eq(collect_of(11), 0);
	cr_assert_str_eq(text, "absent a; cannot .; ");
}

Test(learn, what_all_users_have_read_is_told_to_root)
{
	learn_absent(l, &(struct learn_seen){ STEP, geteuid() + 1, 1, "a" });
	is("absent a; ");
}

Test(learn, path_that_no_record_can_have_cannot_be_told)
{
	char path[IDEMFS_PATH_MAX + 2];

	memset(path, 'x', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	misses(1, path);
	is("cannot .; ");
}

/* Marks */

Test(learn, mark_that_is_made_once_more_tells_the_same)
{
	put_file("a", "1");
	reads(1, "a");
	misses(1, "b");
	is("learned a; absent b; ");
	is("learned a; absent b; ");
	put_file("c", "1");
	reads(2, "c");
	is("learned a; absent b; learned c; ");
}

static int read_more(void *arg, const struct record *r)
{
	(void)arg;
	misses(5, "late");
	return r->kind == RECORD_LEARNED ? -EIO : 0;
}

Test(learn, what_is_read_while_a_mark_is_made_is_kept_for_the_next)
{
	struct learn_mark m = { .session = STEP,
				.seq = 99,
				.root = root,
				.map = map,
				.changes = each_change };

	put_file("a", "1");
	reads(1, "a");
	cr_assert_eq(learn_collect(l, &m, read_more, NULL), -EIO);
	is("learned a; absent late; ");
}

Test(learn, interrupted_mark_ends_early)
{
	atomic_bool interrupted = true;
	struct learn_mark m = { .session = STEP,
				.seq = 99,
				.root = root,
				.map = map,
				.changes = each_change,
				.interrupted = &interrupted };

	misses(1, "a");
	cr_assert_eq(learn_collect(l, &m, keep_digest, NULL), -EINTR);
	is("absent a; ");
}
