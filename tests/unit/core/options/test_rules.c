/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "core/options/rules.h"

/* A list of the globs in @globs, which are separated by commas. */
static struct rules *rules_of(const char *globs)
{
	struct rules *r = rules_new();
	char *copy = strdup(globs), *rest, *glob;
	struct err err;

	for (glob = strtok_r(copy, ",", &rest); glob;
	     glob = strtok_r(NULL, ",", &rest))
		cr_assert_eq(rules_add(r, glob, &err), 0, "%s", err.text);
	free(copy);
	return r;
}

static bool match(const char *globs, const char *path)
{
	struct rules *r = rules_of(globs);
	bool ret = rules_match(r, path);

	rules_free(r);
	return ret;
}

#define yes(globs, path) \
	cr_assert(match(globs, path), "%s should match %s", globs, path)
#define no(globs, path) \
	cr_assert_not(match(globs, path), "%s should not match %s", globs, path)

Test(rules, empty_list_matches_nothing)
{
	struct rules *r = rules_new();

	cr_assert_not(rules_match(r, "a"));
	cr_assert_not(rules_match(r, ""));
	cr_assert_not(rules_need_path(r));
	cr_assert_eq(rules_count(r), 0);
	rules_free(r);
	rules_free(NULL);
}

Test(rules, glob_without_slash_matches_last_component_at_any_depth)
{
	yes("*.log", "a.log");
	yes("*.log", "x/y/z/a.log");
	yes("*.log", ".log");
	yes("*.log", ".hidden.log");
	no("*.log", "a.log/b");
	no("*.log", "a.logs");
	no("*.log", "alog");
	yes("db", "x/db");
	no("db", "db/x");
}

Test(rules, glob_with_slash_matches_whole_path)
{
	yes("a/b", "a/b");
	no("a/b", "x/a/b");
	no("a/b", "a/b/c");
	no("a/b", "b");
	yes("a/*.db", "a/x.db");
	no("a/*.db", "a/b/x.db");
	no("a/*.db", "x.db");
}

Test(rules, leading_slash_anchors)
{
	yes("/a.db", "a.db");
	no("/a.db", "x/a.db");
	yes("/a/b", "a/b");
	no("/a/b", "x/a/b");
	yes("/*", "a");
	no("/*", "a/b");
}

Test(rules, trailing_slash_means_what_is_below)
{
	yes("logs/", "logs/a");
	yes("logs/", "x/logs/y/z");
	no("logs/", "logs");
	no("logs/", "x/logs");
	no("logs/", "catalogs/a");
	yes("/logs/", "logs/a/b");
	no("/logs/", "x/logs/a");
	yes("a/b/", "a/b/c/d");
	no("a/b/", "x/a/b/c");
	yes("a*/", "abc/d");
}

Test(rules, first_match_wins)
{
	yes("!keep.log,*.log", "a.log");
	no("!keep.log,*.log", "keep.log");
	yes("*.log,!keep.log", "keep.log");
	no("!*,*.log", "a.log");
	yes("!x/*.log,*.log", "a.log");
	no("!x/*.log,*.log", "x/a.log");
}

Test(rules, star_does_not_cross_a_slash)
{
	yes("a/*/c", "a/b/c");
	no("a/*/c", "a/b/b/c");
	no("a/*/c", "a/c");
	no("a/*c", "a/b/c");
	no("a/?/c", "a/bb/c");
	yes("*", "a/b");
	yes("a/*", "a/.b");
}

Test(rules, stars_are_tried_at_every_length)
{
	yes("*a*b*c", "xxaxxbxxbcxc");
	no("*a*b*c", "xxaxxbxxcx");
	yes("a*a", "aa");
	no("a*a", "a");
	yes("**", "x");
	yes("a**b", "ab");
	yes("***", "abc");
	yes("*?", "a");
	no("?*?", "a");
}

Test(rules, double_star_matches_any_number_of_components)
{
	yes("**/a", "a");
	yes("**/a", "x/a");
	yes("**/a", "x/y/a");
	no("**/a", "x/ab");
	yes("a/**/b", "a/b");
	yes("a/**/b", "a/x/y/b");
	yes("a/**/b", "a/b/b");
	no("a/**/b", "a/x/y");
	no("a/**/b", "x/a/b");
	yes("a/**", "a/b/c");
	no("a/**", "ab/c");
	yes("**/a/**/b/*.db", "x/a/b/y/b/c.db");
	no("**/a/**/b/*.db", "x/a/y/c.db");
	yes("/**", "a/b");
	yes("**/**/a", "a");
}

Test(rules, double_star_within_a_component_is_a_star)
{
	no("a/b**c", "a/b/c");
	yes("a/b**c", "a/bxc");
}

Test(rules, brackets_match_sets_and_ranges)
{
	yes("[abc]", "b");
	no("[abc]", "d");
	no("[abc]", "ab");
	yes("[a-c]x", "bx");
	no("[a-c]x", "dx");
	yes("[!a-c]", "d");
	no("[!a-c]", "b");
	yes("[^a]", "b");
	yes("[]]", "]");
	yes("[]a]", "a");
	no("[!]]", "]");
	yes("[!]]", "a");
	yes("[a-]", "-");
	yes("[-a]", "-");
	no("[a-]", "b");
	yes("[a\\-z]", "-");
	no("[a\\-z]", "b");
	yes("[\\]]", "]");
	yes("[[]", "[");
	yes("[*?]", "*");
	no("[*?]", "a");
	yes("x[0-9][0-9].db", "x42.db");
	yes("[a-a]", "a");
	no("[!a]", "");
}

Test(rules, negated_bracket_does_not_match_a_slash)
{
	no("a[!x]b/c", "a/b/c");
	no("/a[!x]b", "a/b");
}

Test(rules, backslash_takes_the_meaning)
{
	yes("\\*.log", "*.log");
	no("\\*.log", "a.log");
	yes("\\!a", "!a");
	no("\\!a", "a");
	yes("\\[a]", "[a]");
	yes("a\\?", "a?");
	no("a\\?", "ab");
	yes("\\\\", "\\");
	yes("\\a", "a");
}

Test(rules, exclamation_mark_is_special_only_in_front)
{
	yes("a!", "a!");
	no("!!a,!a,*", "!a");
	yes("!!a,*", "a");
}

Test(rules, a_character_is_a_utf8_one)
{
	yes("?", "\xc3\xa9");
	yes("caf?", "caf\xc3\xa9");
	no("??", "\xe2\x82\xac");
	yes("[\xc3\xa8-\xc3\xaa]", "\xc3\xa9");
	no("[\xc3\xa8-\xc3\xaa]", "e");
	yes("[!a]", "\xf0\x9f\x98\x80");
	yes("*\xc3\xa9", "x\xc3\xa9\xc3\xa9");
}

Test(rules, bytes_that_are_no_utf8_match_themselves_only)
{
	yes("?", "\xff");
	yes("a\xff", "a\xff");
	no("a\xff", "a\xfe");
	no("\xff", "\xc3\xbf"); /* U+00FF is another thing */
	yes("*\xe2\x82", "x\xe2\x82");
	yes("??", "\xe2\x82");
	yes("[\xfe\xff]", "\xff");
	no("[!\xff]", "\xff");
	yes("*.log", "\x80\xc0\xff.log");
}

Test(rules, path_with_odd_slashes_is_read_as_the_plain_one)
{
	yes("a/b", "/a/b");
	yes("a/b", "a//b");
	yes("a/b", "a/b/");
	yes("*.log", "a.log/");
	no("*", "");
	no("*", "/");
	no("**/*", "");
}

/* Adds @glob, which must be refused with a reason that holds @word. */
static void refused(const char *glob, const char *word)
{
	struct rules *r = rules_of("a,b");
	struct err err = { "" };

	cr_assert_eq(rules_add(r, glob, &err), -EINVAL, "%s", glob);
	cr_assert_not_null(strstr(err.text, word), "%s: %s", glob, err.text);
	cr_assert_eq(rules_add(r, glob, NULL), -EINVAL);
	cr_assert_eq(rules_count(r), 2);
	cr_assert(rules_match(r, "b"));
	rules_free(r);
}

Test(rules, bad_globs_are_refused_with_a_reason)
{
	refused("", "nothing");
	refused("!", "nothing");
	refused("/", "nothing");
	refused("!/", "nothing");
	refused("//", "nothing");
	refused("a//b", "empty");
	refused("a//", "empty");
	refused("//a", "empty");
	refused("[", "no ]");
	refused("[a", "no ]");
	refused("[]", "no ]");
	refused("[!]", "no ]");
	refused("[!", "no ]");
	refused("[a-", "no ]");
	refused("[a\\]", "no ]");
	refused("[a/b]", "no ]");
	refused("x/[a/y", "no ]");
	refused("[z-a]", "backwards");
	refused("[[:alpha:]]", "range");
	refused("a\\", "last \\");
	refused("a\\/b", "last \\");
	refused("./a", "\".\"");
	refused("a/../b", "\"..\"");
	refused("..", "\"..\"");
}

Test(rules, glob_may_be_as_long_as_the_limit_and_no_longer)
{
	struct rules *r = rules_new();
	char glob[RULES_GLOB_MAX + 2];
	struct err err = { "" };

	memset(glob, 'g', sizeof(glob));
	glob[RULES_GLOB_MAX + 1] = '\0';
	cr_assert_eq(rules_add(r, glob, &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "4096"));
	glob[RULES_GLOB_MAX] = '\0';
	cr_assert_eq(rules_add(r, glob, &err), 0);
	cr_assert(rules_match(r, glob));
	rules_free(r);
}

Test(rules, list_may_be_as_long_as_the_limit_and_no_longer)
{
	struct rules *r = rules_new();
	struct err err = { "" };

	for (int i = 0; i < RULES_MAX; i++)
		cr_assert_eq(rules_add(r, i ? "a" : "z", &err), 0);
	cr_assert_eq(rules_add(r, "b", &err), -EINVAL);
	cr_assert_not_null(strstr(err.text, "1024"));
	cr_assert_eq(rules_count(r), RULES_MAX);
	cr_assert(rules_match(r, "z"));
	cr_assert_not(rules_match(r, "b"));
	rules_free(r);
}

Test(rules, globs_are_kept_as_given)
{
	struct rules *r = rules_of("*.log,!/a/b/,x[!y]\\*");

	cr_assert_eq(rules_count(r), 3);
	cr_assert_str_eq(rules_glob(r, 0), "*.log");
	cr_assert_str_eq(rules_glob(r, 1), "!/a/b/");
	cr_assert_str_eq(rules_glob(r, 2), "x[!y]\\*");
	rules_free(r);
}

static bool need_path(const char *globs)
{
	struct rules *r = rules_of(globs);
	bool ret = rules_need_path(r);

	rules_free(r);
	return ret;
}

Test(rules, need_path_only_when_a_rule_looks_at_more)
{
	cr_assert_not(need_path("*.log,!a,**,[a]"));
	cr_assert(need_path("*.log,a/b"));
	cr_assert(need_path("/a"));
	cr_assert(need_path("a/"));
	cr_assert(need_path("!a/b"));
}

/*
 * With a matcher that tries every way to share the name out among the stars
 * this would take longer than a human life, and the runner would end it.
 */
Test(rules, many_stars_are_no_trap, .timeout = 60)
{
	char glob[RULES_GLOB_MAX + 1], name[4096], path[4096];
	struct rules *r = rules_new();
	size_t n = 0;

	while (n + 3 < sizeof(glob))
		n += (size_t)sprintf(glob + n, "a*");
	strcpy(glob + n, "b");
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_assert_eq(rules_add(r, glob, NULL), 0);
	cr_assert_not(rules_match(r, name));
	rules_free(r);

	for (n = 0; n + 8 < 1024;)
		n += (size_t)sprintf(glob + n, "**/a/");
	strcpy(glob + n, "b");
	for (n = 0; n + 4 < sizeof(path);)
		n += (size_t)sprintf(path + n, "a/");
	strcpy(path + n, "c");
	r = rules_new();
	cr_assert_eq(rules_add(r, glob, NULL), 0);
	cr_assert_not(rules_match(r, path));
	path[n] = 'b';
	cr_assert(rules_match(r, path));
	rules_free(r);
}

/* Whatever bytes a glob has, it is refused or it matches without harm. */
Test(rules, random_bytes_do_no_harm)
{
	static const char alphabet[] = "ab*?[]!^-\\/.\xc3\xa9\xff";
	char glob[16], path[16];
	int added = 0, matched = 0;

	srandom(42);
	for (int i = 0; i < 100000; i++) {
		struct rules *r = rules_new();
		size_t g = (size_t)random() % 12, p = (size_t)random() % 12;

		for (size_t k = 0; k < g; k++)
			glob[k] = alphabet[(size_t)random() %
					   (sizeof(alphabet) - 1)];
		glob[g] = '\0';
		for (size_t k = 0; k < p; k++)
			path[k] = alphabet[(size_t)random() %
					   (sizeof(alphabet) - 1)];
		path[p] = '\0';
		if (rules_add(r, glob, NULL) == 0) {
			added++;
			matched += rules_match(r, path);
		}
		rules_free(r);
	}
	cr_assert_gt(added, 1000);
	cr_assert_gt(matched, 100);
}
