/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "core/changes/pathmap.h"

static struct pathmap *m;
static uint64_t seq;
static FILE *out;
static char *text;
static size_t text_size;

static void setup(void)
{
	m = pathmap_new();
	cr_assert_not_null(m);
	seq = 0;
}

static void teardown(void)
{
	pathmap_free(m);
}

TestSuite(pathmap, .init = setup, .fini = teardown);

static void apply(struct record r, uint32_t owner)
{
	r.seq = ++seq;
	cr_assert_eq(pathmap_apply(m, &r, owner), 0);
}

static void file(const char *path, int64_t size)
{
	apply((struct record){ .kind = RECORD_FILE,
			       .path = path,
			       .st.size = size },
	      0);
}

static void gone(const char *path)
{
	apply((struct record){ .kind = RECORD_GONE, .path = path }, 0);
}

static void dir(const char *path)
{
	apply((struct record){ .kind = RECORD_NODE,
			       .type = S_IFDIR,
			       .path = path },
	      0);
}

static void moved(const char *from, const char *to)
{
	apply((struct record){ .kind = RECORD_MOVED, .path = from, .to = to },
	      0);
}

/* "path=size", "path-" for gone, "path/" for a directory, "from>to" */
static int print(void *arg, const struct record *r, uint32_t node)
{
	(void)arg;
	cr_assert_eq(node == 0, r->kind == RECORD_MOVED);
	fprintf(out, "%llu:%s", (unsigned long long)r->seq, r->path);
	if (r->kind == RECORD_FILE)
		fprintf(out, "=%lld", (long long)r->st.size);
	else if (r->kind == RECORD_UNREAD)
		fputc('?', out);
	else if (r->kind == RECORD_NODE)
		fputc('/', out);
	else if (r->kind == RECORD_GONE)
		fputc('-', out);
	else if (r->kind == RECORD_MOVED)
		fprintf(out, ">%s", r->to);
	fputc(' ', out);
	return 0;
}

static void is(const char *want)
{
	out = open_memstream(&text, &text_size);
	cr_assert_eq(pathmap_each(m, print, NULL), 0);
	fclose(out);
	cr_assert_str_eq(text, want);
	free(text);
}

Test(pathmap, of_nothing_is_empty)
{
	is("");
}

Test(pathmap, each_path_has_its_newest_record_only)
{
	file("a", 1);
	file("d/b", 2);
	file("a", 3);
	gone("x");
	file("x", 4);
	file("y", 5);
	gone("y");
	is("2:d/b=2 3:a=3 5:x=4 7:y- ");
}

Test(pathmap, what_a_step_has_read_is_no_change)
{
	file("a", 1);
	apply((struct record){ .kind = RECORD_INPUT, .path = "a" }, 0);
	for (int kind = RECORD_LEARNED; kind <= RECORD_CANNOT; kind++)
		apply((struct record){ .kind = (enum record_kind)kind,
				       .path = kind % 2 ? "a" : "." },
		      0);
	is("1:a=1 ");
}

Test(pathmap, names_that_begin_alike_are_others)
{
	file("ab", 1);
	file("a", 2);
	file("abc", 3);
	file("a/b", 4);
	file("a/bc", 5);
	is("1:ab=1 2:a=2 3:abc=3 4:a/b=4 5:a/bc=5 ");
}

Test(pathmap, removed_directory_takes_what_was_in_it_along)
{
	dir("d");
	file("d/a", 1);
	file("d/e/f/b", 2);
	gone("d/a");
	gone("d");
	is("4:d/a- 5:d- 5:d/e/f/b- ");
}

Test(pathmap, file_ends_what_was_below_its_name)
{
	file("d/a", 1);
	file("d", 2);
	is("2:d=2 2:d/a- ");
}

Test(pathmap, renamed_directory_takes_what_is_in_it_along)
{
	file("d/a", 1);
	file("d/e/b", 2);
	file("x", 3);
	moved("d", "n/d2");
	file("d", 5);
	/* what was in d before is known to others */
	is("3:x=3 4:d>n/d2 4:n/d2/a=1 4:n/d2/e/b=2 5:d=5 ");
}

Test(pathmap, directories_that_change_places_are_told_alone)
{
	file("d/x", 1);
	file("e/y", 2);
	moved("d", ".idemfs-tmp.swap");
	moved("e", "d");
	moved(".idemfs-tmp.swap", "e");
	is("3:d>.idemfs-tmp.swap 4:e>d 4:d/y=2 5:.idemfs-tmp.swap>e 5:e/x=1 ");
}

Test(pathmap, directory_that_is_new_needs_no_word_of_its_rename)
{
	dir("d.tmp");
	file("d.tmp/a", 1);
	moved("d.tmp", "d");
	file("d/b", 2);
	is("3:d/ 3:d/a=1 3:d.tmp- 4:d/b=2 ");
}

Test(pathmap, new_directory_that_took_an_old_one_in_tells_of_its_rename)
{
	dir("new");
	dir("new/sub");
	moved("old", "new/sub/old");
	moved("new", "d");
	moved("d/sub", "e");
	is("3:old>new/sub/old 3:old- 4:new>d 4:d/ 4:new- 5:d/sub>e 5:e/ "
	   "5:d/sub- ");
}

/* A tree, as it is on a disk: paths, those of directories end with a slash. */
#define TREE_MAX 64

static char tree[TREE_MAX][256];
static size_t tree_size;
static unsigned int dice;

static size_t tree_find(const char *path, bool is_dir)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < tree_size; i++)
		if (!strncmp(tree[i], path, n) &&
		    !strcmp(tree[i] + n, is_dir ? "/" : ""))
			return i;
	return tree_size;
}

static bool tree_is_empty(const char *dir)
{
	size_t n = strlen(dir);

	for (size_t i = 0; i < tree_size; i++)
		if (!strncmp(tree[i], dir, n) && tree[i][n] == '/' &&
		    tree[i][n + 1])
			return false;
	return true;
}

static void tree_add(const char *path, bool is_dir)
{
	snprintf(tree[tree_size++], sizeof(tree[0]), "%s%s", path,
		 is_dir ? "/" : "");
}

static void tree_drop(size_t i)
{
	memmove(tree[i], tree[--tree_size], sizeof(tree[0]));
}

static void tree_move(const char *from, const char *to)
{
	size_t n = strlen(from);
	char rest[256];

	for (size_t i = 0; i < tree_size; i++) {
		if (strncmp(tree[i], from, n) || tree[i][n] != '/')
			continue;
		snprintf(rest, sizeof(rest), "%s", tree[i] + n);
		snprintf(tree[i], sizeof(tree[0]), "%.100s%.150s", to, rest);
	}
}

static unsigned int roll(unsigned int n)
{
	return (unsigned int)rand_r(&dice) % n;
}

/* A name in the root, or in a directory that is there and not too deep. */
static void any_path(char path[256], char type)
{
	const char *at = tree_size ? tree[roll((unsigned int)tree_size)] : "";
	size_t n = strlen(at);
	bool below = n && at[n - 1] == '/' && n < 12 && roll(3);

	snprintf(path, 256, "%.200s%c%u", below ? at : "", type, roll(3));
}

static struct pathmap *others; /* of another author; or NULL */
static bool keep_moves;

static void both(struct pathmap *whole, struct record r)
{
	unsigned int by = others ? roll(2) : 0;

	r.seq = ++seq;
	cr_assert_eq(pathmap_apply(whole, &r, 0), 0);
	cr_assert_eq(pathmap_apply(by ? others : m, &r, 0), 0);
	if (others && r.kind == RECORD_MOVED)
		cr_assert_eq(pathmap_carry(by ? m : others, &r, keep_moves), 0);
}

static void change_file(struct pathmap *whole, const char *path)
{
	size_t at = tree_find(path, false);
	struct record r = { .kind = RECORD_FILE,
			    .path = path,
			    .st.size = (int64_t)seq };

	if (at < tree_size && roll(2)) {
		tree_drop(at);
		r.kind = RECORD_GONE;
	} else if (at == tree_size && tree_size < TREE_MAX) {
		tree_add(path, false);
	} else if (at == tree_size) {
		return;
	}
	both(whole, r);
}

static void change_dir(struct pathmap *whole, const char *path)
{
	size_t at = tree_find(path, true);
	struct record r = { .kind = RECORD_NODE,
			    .type = S_IFDIR,
			    .path = path };

	if (at < tree_size && tree_is_empty(path)) {
		tree_drop(at);
		r.kind = RECORD_GONE;
	} else if (at == tree_size && tree_size < TREE_MAX) {
		tree_add(path, true);
	} else {
		return;
	}
	both(whole, r);
}

static void rename_dir(struct pathmap *whole, const char *from, const char *to)
{
	size_t over = tree_find(to, true), n = strlen(from);

	if (tree_find(from, true) == tree_size || !tree_is_empty(to) ||
	    !strncmp(to, from, n) || strlen(from) + strlen(to) > 60)
		return;
	if (over < tree_size)
		tree_drop(over);
	tree_move(from, to);
	both(whole,
	     (struct record){ .kind = RECORD_MOVED, .path = from, .to = to });
}

static void change_any(struct pathmap *whole)
{
	char a[256], b[256];

	any_path(a, 'd');
	any_path(b, 'd');
	switch (roll(4)) {
	case 0:
		rename_dir(whole, a, b);
		break;
	case 1:
		change_dir(whole, a);
		break;
	default:
		any_path(a, 'f');
		change_file(whole, a);
	}
}

static int apply_to(void *arg, const struct record *r, uint32_t node)
{
	(void)node;
	return pathmap_apply(arg, r, 0);
}

/* For messages. */
static const char *which;
static unsigned int round_of;

struct counting {
	const struct pathmap *of;
	size_t n;
};

static int count_there(void *arg, const struct record *r, uint32_t node)
{
	bool is_dir = r->kind == RECORD_NODE;
	struct counting *c = arg;
	char buf[PATHMAP_PATH];
	const char *path;

	if (r->kind == RECORD_GONE || r->kind == RECORD_MOVED)
		return 0;
	path = pathmap_now(c->of, node, r, buf);
	cr_assert_lt(tree_find(path, is_dir), tree_size, "%s of round %u: %s",
		     which, round_of, path);
	c->n++;
	return 0;
}

/* Does @all know of each that is there, and of no other? */
static void is_tree(struct pathmap *all, const char *name, unsigned int round)
{
	char buf[PATHMAP_PATH], path[256];
	struct record r;
	struct counting c = { .of = all };

	which = name;
	round_of = round;
	cr_assert_eq(pathmap_each(all, count_there, &c), 0);
	for (size_t i = 0; i < tree_size; i++) {
		uint32_t node;

		snprintf(path, sizeof(path), "%s", tree[i]);
		node = pathmap_find(all, path);
		cr_assert(node && pathmap_get(all, node, buf, &r) &&
				  r.kind != RECORD_GONE,
			  "%s of round %u: no %s", name, round, path);
	}
	cr_assert_eq(c.n, tree_size, "%s of round %u", name, round);
}

/* Marks, each of what has changed since the one before. */
Test(pathmap, maps_applied_in_turn_give_the_tree)
{
	for (unsigned int round = 1; round < 4000; round++) {
		struct pathmap *whole = pathmap_new(), *joined = pathmap_new();

		tree_size = 0;
		dice = round;
		seq = 0;
		if (roll(2))
			pathmap_mix(joined);
		for (int mark = 0; mark < 3; mark++) {
			pathmap_free(m);
			m = pathmap_new();
			if (roll(3) == 0)
				pathmap_mix(m);
			for (int i = 0; i < 25; i++)
				change_any(whole);
			cr_assert_eq(pathmap_each(m, apply_to, joined), 0);
		}
		is_tree(whole, "whole", round);
		is_tree(joined, "joined", round);
		pathmap_free(whole);
		pathmap_free(joined);
	}
}

static struct kept {
	struct record r;
	char path[256], to[256];
	size_t at;
} all_kept[4096];
static size_t kept;

static int keep_record(void *arg, const struct record *r, uint32_t node)
{
	struct kept *k = &all_kept[kept++];

	(void)arg, (void)node;
	k->r = *r;
	k->at = kept;
	snprintf(k->path, 256, "%s", r->path);
	snprintf(k->to, 256, "%s", r->to ? r->to : "");
	return 0;
}

static int by_seq(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->r.seq != y->r.seq)
		return x->r.seq < y->r.seq ? -1 : 1;
	return x->at < y->at ? -1 : 1;
}

/* What both tell, in the order of seq. */
static void join_both(struct pathmap *joined)
{
	kept = 0;
	cr_assert_eq(pathmap_each(m, keep_record, NULL), 0);
	cr_assert_eq(pathmap_each(others, keep_record, NULL), 0);
	qsort(all_kept, kept, sizeof(all_kept[0]), by_seq);
	for (size_t i = 0; i < kept; i++) {
		struct kept *k = &all_kept[i];

		k->r.path = k->path;
		k->r.to = k->to;
		cr_assert_eq(pathmap_apply(joined, &k->r, 0), 0);
	}
}

static void change_by_two(struct pathmap *whole)
{
	pathmap_free(m);
	m = pathmap_new();
	others = pathmap_new();
	pathmap_mix(m);
	pathmap_mix(others);
	for (int i = 0; i < 25; i++)
		change_any(whole);
}

Test(pathmap, maps_of_two_authors_give_the_tree)
{
	for (unsigned int round = 1; round < 4000; round++) {
		struct pathmap *whole = pathmap_new(), *joined = pathmap_new();

		tree_size = 0;
		dice = round;
		seq = 0;
		keep_moves = roll(2);
		pathmap_mix(joined);
		for (int mark = 0; mark < 3; mark++) {
			change_by_two(whole);
			join_both(joined);
			pathmap_free(others);
		}
		is_tree(whole, "whole", round);
		is_tree(joined, "joined", round);
		pathmap_free(whole);
		pathmap_free(joined);
	}
}

Test(pathmap, new_directory_in_the_place_of_another_is_told)
{
	gone("d/x");
	gone("d");
	dir("d.tmp");
	moved("d.tmp", "d");
	is("4:d.tmp>d 4:d.tmp- 4:d/ ");
}

Test(pathmap, directories_are_renamed_again_and_again)
{
	file("a/x", 1);
	moved("a", "b");
	moved("b", "c/b");
	moved("c", "d");
	file("d/b/y", 2);
	is("2:a>b 2:a- 3:b>c/b 3:b- 4:c>d 4:d/b/x=1 4:c- 5:d/b/y=2 ");
}

Test(pathmap, rename_is_applied_once)
{
	struct record r = {
		.kind = RECORD_MOVED, .seq = 2, .path = "a", .to = "b"
	};

	file("a/x", 1);
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	seq = 2;
	file("a/y", 3);
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	is("2:a>b 2:b/x=1 2:a- 3:a/y=3 ");
}

Test(pathmap, rename_that_cannot_be_changes_nothing)
{
	file("a/x", 1);
	moved("a", "a/b");
	moved("a/x", "a");
	moved("a", "a");
	moved("a", "/");
	moved("/", "a");
	is("1:a/x=1 ");
}

Test(pathmap, what_one_gives_can_be_applied_to_another)
{
	/* as it was before: */
	file("d/old", 1);
	file("d/e/deep", 2);
	file("other", 3);
	/* since then, as a map of its own would tell it: */
	moved("d", "n");
	file("n/new", 4);
	gone("n/old");
	dir("d");
	file("d/old", 5);
	is("3:other=3 4:d>n 4:n/e/deep=2 5:n/new=4 6:n/old- 7:d/ "
	   "8:d/old=5 ");
}

Test(pathmap, digest_finds_its_record)
{
	struct record r = { .kind = RECORD_UNREAD, .seq = 1, .path = "a" };
	struct digest d = { { 1 } };

	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	r.seq = 2;
	r.path = "b";
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	r.seq = 3;
	r.path = "c";
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	/* of an older content of b, of a, of another file, and of none */
	seq = 3;
	file("b", 2);
	cr_assert_eq(pathmap_hashed(m, 2, 0, &d), 0);
	cr_assert_eq(pathmap_hashed(m, 1, 0, &d), 0);
	cr_assert_eq(pathmap_hashed(m, 3, 1, &d), 0);
	cr_assert_eq(pathmap_hashed(m, 9, 0, &d), 0);
	is("1:a=0 3:c? 4:b=2 ");
}

Test(pathmap, record_that_knows_less_does_not_replace_its_like)
{
	struct record r = {
		.kind = RECORD_FILE, .seq = 1, .path = "a", .st.size = 7
	};

	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	r.kind = RECORD_UNREAD;
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	is("1:a=7 ");
}

static int owners(void *arg, const struct record *r, uint32_t node)
{
	uint32_t at = 0, who, *sum = arg;

	(void)r;
	while ((who = pathmap_owner(m, node, &at)))
		*sum = *sum * 10 + who;
	*sum *= 10;
	return 0;
}

Test(pathmap, path_knows_whose_it_was_wherever_it_is)
{
	uint32_t sum = 0;

	apply((struct record){ .kind = RECORD_FILE, .path = "d/a" }, 1);
	apply((struct record){ .kind = RECORD_FILE, .path = "b" }, 2);
	apply((struct record){ .kind = RECORD_FILE, .path = "d/a" }, 3);
	apply((struct record){ .kind = RECORD_FILE, .path = "d/a" }, 1);
	apply((struct record){ .kind = RECORD_MOVED, .path = "d", .to = "e" },
	      4);
	cr_assert_eq(pathmap_each(m, owners, &sum), 0);
	/* b: 2; the move: none; e/a: 3 and 1; d: none */
	cr_assert_eq(sum, 2003100);
}

static int count(void *arg, const struct record *r, uint32_t node)
{
	uint64_t *last = arg;

	(void)node;
	cr_assert_geq(r->seq, last[0]);
	last[0] = r->seq;
	last[1]++;
	return 0;
}

Test(pathmap, many_paths_are_no_trouble)
{
	uint64_t last[2] = { 0, 0 };
	char path[64];

	for (int i = 0; i < 200000; i++) {
		snprintf(path, sizeof(path), "dir.%d/sub/file.%d", i % 1000, i);
		file(path, i);
	}
	for (int i = 0; i < 1000; i++) {
		char to[64];

		snprintf(path, sizeof(path), "dir.%d", i);
		snprintf(to, sizeof(to), "moved/%d", i);
		moved(path, to);
	}
	cr_assert_eq(pathmap_each(m, count, last), 0);
	cr_assert_eq(last[1], 200000 + 2000);
}

static int stop(void *arg, const struct record *r, uint32_t node)
{
	(void)r;
	(void)node;
	return ++*(int *)arg == 2 ? -EINTR : 0;
}

Test(pathmap, walk_ends_when_it_is_told_so)
{
	int n = 0;

	file("a", 1);
	file("b", 1);
	file("c", 1);
	cr_assert_eq(pathmap_each(m, stop, &n), -EINTR);
	cr_assert_eq(n, 2);
}

/* Records of others come in between. */

static void carry(const char *from, const char *to, bool keep)
{
	struct record r = { .kind = RECORD_MOVED, .path = from, .to = to };

	r.seq = ++seq;
	cr_assert_eq(pathmap_carry(m, &r, keep), 0);
}

Test(pathmap, mixed_record_keeps_its_seq_and_path)
{
	pathmap_mix(m);
	dir("d");
	file("d/x", 2);
	moved("d", "e");
	file("d/x", 4);
	file("e/x", 5);
	is("1:d/ 3:d>e 4:d/x=4 5:e/x=5 ");
}

Test(pathmap, mixed_record_is_replaced_where_it_is_by_now)
{
	pathmap_mix(m);
	file("d/x", 1);
	carry("d", "e", false);
	file("d/x", 3);
	is("1:d/x=1 3:d/x=3 ");
	file("e/x", 4);
	is("3:d/x=3 4:e/x=4 ");
	gone("e");
	is("3:d/x=3 5:e- 5:e/x- ");
}

Test(pathmap, rename_by_others_is_kept_where_it_moves_something)
{
	pathmap_mix(m);
	carry("c", "f", true);
	file("d/x", 2);
	carry("d", "e", true);
	carry("d", "f", true);
	is("2:d/x=2 3:d>e ");
}

Test(pathmap, rename_by_others_that_is_known_is_passed_over)
{
	struct record r = { .kind = RECORD_MOVED, .path = "d", .to = "e" };

	pathmap_mix(m);
	file("d/x", 1);
	r.seq = 1;
	cr_assert_eq(pathmap_carry(m, &r, true), 0);
	is("1:d/x=1 ");
	carry("d", "e", false);
	r.seq = seq;
	cr_assert_eq(pathmap_apply(m, &r, 0), 0);
	is("1:d/x=1 ");
}

struct at {
	const char *want;
};

static int is_now(void *arg, const struct record *r, uint32_t node)
{
	const struct at *at = arg;
	char buf[PATHMAP_PATH];
	struct record by_node;

	if (r->kind == RECORD_MOVED)
		return 0;
	cr_assert_str_eq(pathmap_now(m, node, r, buf), at->want);
	cr_assert(pathmap_get(m, node, buf, &by_node));
	cr_assert_str_eq(by_node.path, at->want);
	return 0;
}

Test(pathmap, where_a_record_is_by_now)
{
	struct at at = { "f/e/x" };

	pathmap_mix(m);
	file("d/x", 1);
	is("1:d/x=1 ");
	carry("d", "e", false);
	moved("e", "f/e");
	is("1:d/x=1 3:e>f/e ");
	cr_assert_eq(pathmap_each(m, is_now, &at), 0);
}

Test(pathmap, what_others_have_renamed_is_not_ended_by_what_came_to_its_place)
{
	pathmap_mix_unseen(m);
	file("d/x", 1);
	gone("d");
	is("1:d/x=1 2:d- ");
}

Test(pathmap, exchange_of_directories_by_others)
{
	pathmap_mix(m);
	file("d/x", 1);
	file("e/y", 2);
	carry("d", ".swap", false);
	carry("e", "d", false);
	carry(".swap", "e", false);
	file("e/x", 6);
	is("2:e/y=2 6:e/x=6 ");
}
