/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "core/options/options.h"

#define DEFAULT_IN_PLACE 8 /* rules */
#define DEFAULT_RESUMABLE 3

static struct options o;
static struct err err;

static void setup(void)
{
	options_init(&o);
}

static void teardown(void)
{
	options_release(&o);
}

TestSuite(options, .init = setup, .fini = teardown);

static void set(const char *key, const char *value)
{
	cr_assert_eq(options_set(&o, key, value, &err), 0, "%s %s: %s", key,
		     value ? value : "", err.text);
}

/* Must be refused with a line that holds @word; nothing else is changed. */
static void refuse(const char *key, const char *value, const char *word)
{
	struct options before = o;

	err.text[0] = '\0';
	cr_assert_eq(options_set(&o, key, value, &err), -EINVAL, "%s %s", key,
		     value ? value : "(null)");
	cr_assert_not_null(strstr(err.text, word), "%s %s: %s", key,
			   value ? value : "(null)", err.text);
	cr_assert_eq(options_set(&o, key, value, NULL), -EINVAL);
	cr_assert_eq(o.threads, before.threads);
	cr_assert_eq(o.discard, before.discard);
	cr_assert_eq(o.open_wait_ms, before.open_wait_ms);
	cr_assert_eq(o.drain_ms, before.drain_ms);
	cr_assert_eq(o.cache_ms, before.cache_ms);
	cr_assert_eq(o.durability, before.durability);
	cr_assert_eq(o.sync_interval_ms, before.sync_interval_ms);
	cr_assert_eq(o.partial_keep_size, before.partial_keep_size);
	cr_assert_eq(o.partial_keep_ms, before.partial_keep_ms);
	cr_assert_eq(o.passthrough, before.passthrough);
	cr_assert_eq(o.stale, before.stale);
	cr_assert_eq(o.spin, before.spin);
	cr_assert_eq(o.allow_other, before.allow_other);
	cr_assert_eq(o.log_level, before.log_level);
	cr_assert_eq(o.in_place_none, before.in_place_none);
}

Test(options, defaults)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_geq(o.threads, 2);
	cr_assert_leq(o.threads, 8);
	if (processors >= 2 && processors <= 8)
		cr_assert_eq(o.threads, (unsigned int)processors);
	cr_assert_eq(o.discard, DISCARD_KILLED);
	cr_assert_eq(o.open_wait_ms, 5000);
	cr_assert_eq(o.drain_ms, 10000);
	cr_assert_eq(o.cache_ms, 1000);
	cr_assert_eq(o.durability, DURABILITY_CHECKPOINT);
	cr_assert_eq(o.sync_interval_ms, 5000);
	cr_assert_eq(o.partial_keep_size, INT64_C(1) << 30);
	cr_assert_eq(o.partial_keep_ms, INT64_C(14) * 86400000);
	cr_assert_not(o.allow_other);
	cr_assert_eq(o.log_level, LOG_INFO);
	cr_assert_eq(rules_count(o.in_place), DEFAULT_IN_PLACE);
	cr_assert_str_eq(rules_glob(o.in_place, 0), "*.log");
	cr_assert_eq(rules_count(o.resumable), DEFAULT_RESUMABLE);
	cr_assert(rules_match(o.resumable, "d/a.part"));
	cr_assert_not(rules_match(o.resumable, "d/a.parts"));
}

Test(options, stores_with_a_journal_are_in_place_and_locks_are_not)
{
	static const char *const in_place[] = {
		"x.log",       "d/x.pid",
		".f.swp",      "d/.f.swo",
		".hg/store/a", "d/.hg/a",
		".svn/wc.db",  "d/.ninja_log",
		".ninja_deps", "db/MANIFEST-000012"
	};
	static const char *const atomic[] = { "a.lock",	    "f.swp", ".hg",
					      "hg/a",	    ".f.sw", "MANIFEST",
					      "MANIFEST-1", "a.part" };

	cr_assert_eq(options_finish(&o, &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(in_place); i++)
		cr_assert(rules_match(o.in_place, in_place[i]), "%s",
			  in_place[i]);
	for (size_t i = 0; i < ARRAY_SIZE(atomic); i++)
		cr_assert_not(rules_match(o.in_place, atomic[i]), "%s",
			      atomic[i]);
}

Test(options, threads)
{
	set("threads", "1");
	cr_assert_eq(o.threads, 1);
	set("threads", "64");
	cr_assert_eq(o.threads, 64);
	set("threads", "007");
	cr_assert_eq(o.threads, 7);
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(o.threads, 7);
	refuse("threads", "0", "1 to 64");
	refuse("threads", "65", "1 to 64");
	refuse("threads", "-1", "1 to 64");
	refuse("threads", "4x", "\"4x\"");
	refuse("threads", " 4", "1 to 64");
	refuse("threads", "0x4", "1 to 64");
	refuse("threads", "4.5", "1 to 64");
	refuse("threads", "99999999999999999999999", "1 to 64");
	refuse("threads", "18446744073709551617", "1 to 64");
	refuse("threads", "", "needs a value");
	refuse("threads", NULL, "needs a value");
}

/* What a key means that takes one of a few words. */
static const struct choice {
	const char *key;
	const void *field;    /* of o; an enum */
	const char *words[5]; /* by their number */
	const char *default_word;
	const char *refusal; /* of what is none of them */
} choices[] = {
	{ "discard-on",
	  &o.discard,
	  { [DISCARD_KILLED] = "killed",
	    [DISCARD_FAILED] = "failed",
	    [DISCARD_CRASHED] = "crashed",
	    [DISCARD_NEVER] = "never" },
	  "killed",
	  "killed, failed, crashed, never" },
	{ "durability",
	  &o.durability,
	  { [DURABILITY_NONE] = "none",
	    [DURABILITY_CHECKPOINT] = "checkpoint",
	    [DURABILITY_CLOSE] = "close" },
	  "checkpoint",
	  "none, checkpoint, close" },
	{ "passthrough",
	  &o.passthrough,
	  { [PASSTHROUGH_AUTO] = "auto",
	    [PASSTHROUGH_OFF] = "off",
	    [PASSTHROUGH_ON] = "on" },
	  "auto",
	  "auto, off, on" },
	{ "stale",
	  &o.stale,
	  { [STALE_WARN] = "warn", [STALE_HIDE] = "hide" },
	  "warn",
	  "neither hide nor warn" },
	{ "log-level",
	  &o.log_level,
	  { [LOG_ERROR] = "error",
	    [LOG_WARN] = "warn",
	    [LOG_INFO] = "info",
	    [LOG_DEBUG] = "debug" },
	  "info",
	  "error, warn, info, debug" },
};

static const char *word_of(const struct choice *c)
{
	unsigned int value;

	memcpy(&value, c->field, sizeof(value));
	cr_assert_lt(value, ARRAY_SIZE(c->words), "%s: %u", c->key, value);
	return c->words[value];
}

Test(options, a_choice_is_one_of_its_words)
{
	for (size_t i = 0; i < ARRAY_SIZE(choices); i++) {
		const struct choice *c = &choices[i];

		cr_assert_str_eq(word_of(c), c->default_word, "%s", c->key);
		for (size_t k = 0; k < ARRAY_SIZE(c->words); k++) {
			if (!c->words[k])
				continue;
			set(c->key, c->words[k]);
			cr_assert_eq(word_of(c), c->words[k], "%s %s", c->key,
				     c->words[k]);
		}
		refuse(c->key, "always", c->refusal);
		refuse(c->key, "KILLED", c->refusal);
		refuse(c->key, "", "needs a value");
	}
}

Test(options, choices_have_names)
{
	const struct option_word *w =
		option_find(options_rows, "discard-on")->words;

	cr_assert_str_eq(option_word(w, DISCARD_KILLED), "killed");
	cr_assert_str_eq(option_word(w, DISCARD_FAILED), "failed");
	cr_assert_str_eq(option_word(w, DISCARD_CRASHED), "crashed");
	cr_assert_str_eq(option_word(w, DISCARD_NEVER), "never");
	cr_assert_null(option_word(w, 99));
}

Test(options, a_row_says_all_of_its_option)
{
	for (const struct option_row *r = options_rows; r->key; r++) {
		char text[64];

		cr_assert(r->help && *r->help, "%s", r->key);
		cr_assert(r->manual && *r->manual, "%s", r->key);
		cr_assert_eq(r->kind == OPTION_SWITCH, !r->argument, "%s",
			     r->key);
		cr_assert_eq(r->kind == OPTION_OWN, r->set && r->print, "%s",
			     r->key);
		for (const struct option_word *w = r->words; w && w->word; w++)
			set(r->key, w->word);
		if (r->kind != OPTION_TIME)
			continue;
		snprintf(text, sizeof(text), "(%s)", r->initial);
		cr_assert(strstr(r->help, text), "%s", r->key);
		cr_assert(strstr(r->manual, text), "%s", r->key);
	}
}

Test(options, times_are_seconds_or_say_their_unit)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{ "0", 0 },
		{ "5", 5000 },
		{ "0.5", 500 },
		{ "1.25s", 1250 },
		{ "200ms", 200 },
		{ "2m", 120000 },
		{ "1.5m", 90000 },
		{ "1h", 3600000 },
		{ "0.0019", 1 },
		{ "0.0009", 0 },
		{ "010", 10000 },
		{ "8784h", 31622400000 },
		{ "31622400", 31622400000 },
		{ "0.99999999999999999999999", 999 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set("open-wait", cases[i].text);
		cr_assert_eq(o.open_wait_ms, cases[i].ms, "%s: %ld",
			     cases[i].text, (long)o.open_wait_ms);
	}
}

Test(options, each_time_has_its_own_key)
{
	set("open-wait", "1");
	set("drain", "2");
	set("cache", "3");
	set("sync-interval", "4d");
	cr_assert_eq(o.open_wait_ms, 1000);
	cr_assert_eq(o.drain_ms, 2000);
	cr_assert_eq(o.cache_ms, 3000);
	cr_assert_eq(o.sync_interval_ms, INT64_C(4) * 86400000);
}

Test(options, bad_times_are_refused)
{
	static const char *const keys[] = { "open-wait", "drain", "cache",
					    "sync-interval" };
	static const char *const bad[] = {
		"-1",
		"x",
		"5x",
		"5 s",
		" 5",
		"1.",
		".5",
		"1.s",
		"1e3",
		"0x10",
		"inf",
		"nan",
		"5ss",
		"m",
		"1,5",
		"--5",
		"31622401",
		"8785h",
		"9223372036854775807h",
		"99999999999999999999999999",
		"1.2.3",
		"5M",
	};

	for (size_t k = 0; k < ARRAY_SIZE(keys); k++) {
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
			refuse(keys[k], bad[i], "say seconds");
		refuse(keys[k], "soon", keys[k]);
		refuse(keys[k], "", "needs a value");
		refuse(keys[k], NULL, "needs a value");
	}
}

Test(options, partial_keep_has_a_size_and_an_age)
{
	static const struct {
		const char *text;
		int64_t size, ms;
	} cases[] = {
		{ "1G,14d", INT64_C(1) << 30, 1209600000 },
		{ "4096,1", 4096, 1000 },
		{ "1.5K,0.5h", 1536, 1800000 },
		{ "2T:3m", INT64_C(2) << 40, 180000 },
		{ "0,0", 0, 0 },
		{ "all,1d", -1, 86400000 },
		{ "1M,all", 1 << 20, -1 },
		{ "all,all", -1, -1 },
	};
	static const char *const bad[] = { "1G",	 "1G,",	 ",1d",
					   "1X,1d",	 "1G,x", "-1,1d",
					   "1GG,1d",	 "all",	 "1G,1d,2",
					   "9999999T,1d" };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set("partial-keep", cases[i].text);
		cr_assert_eq(o.partial_keep_size, cases[i].size, "%s",
			     cases[i].text);
		cr_assert_eq(o.partial_keep_ms, cases[i].ms, "%s",
			     cases[i].text);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		refuse("partial-keep", bad[i], "SIZE,AGE");
}

Test(options, allow_other_takes_no_value)
{
	refuse("allow-other", "yes", "no value");
	set("allow-other", NULL);
	cr_assert(o.allow_other);
	o.allow_other = false;
	set("allow_other", "");
	cr_assert(o.allow_other);
}

Test(options, users_rules_stand_before_the_default)
{
	set("in-place", "*.db");
	set("in-place", "!a.log");
	set("resumable", "!a.part");
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(rules_count(o.in_place), 2 + DEFAULT_IN_PLACE);
	cr_assert_str_eq(rules_glob(o.in_place, 0), "*.db");
	cr_assert_str_eq(rules_glob(o.in_place, 1), "!a.log");
	cr_assert_str_eq(rules_glob(o.in_place, 2), "*.log");
	cr_assert(rules_match(o.in_place, "b.log"));
	cr_assert_not(rules_match(o.in_place, "a.log"));
	cr_assert(rules_match(o.resumable, "b.part"));
	cr_assert_not(rules_match(o.resumable, "a.part"));
}

Test(options, none_forbids_the_default_rules)
{
	set("in-place", "none");
	set("resumable", "none");
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(rules_count(o.in_place), 0);
	cr_assert_eq(rules_count(o.resumable), 0);
}

Test(options, none_leaves_the_users_rules)
{
	set("in-place", "*.db");
	set("in-place", "none");
	set("in-place", "a/b");
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(rules_count(o.in_place), 2);
	cr_assert_not(rules_match(o.in_place, "x.log"));
	cr_assert(rules_match(o.in_place, "x.db"));
}

Test(options, run_id)
{
	char *auto_id;

	cr_assert_null(o.run_id);
	set("run-id", "nightly-7");
	cr_assert_str_eq(o.run_id, "nightly-7");
	refuse("run-id", "a/b", "no name of a run");
	refuse("run-id", ".x", "no name of a run");
	refuse("run-id", "-x", "no name of a run");
	refuse("run-id", "a\nb", "no name of a run");
	refuse("run-id", "", "needs a value");
	cr_assert_str_eq(o.run_id, "nightly-7");
	set("run-id", "auto");
	auto_id = o.run_id;
	cr_assert_gt(strlen(auto_id), strlen("20261123-091500-"));
	cr_assert_eq(strspn(auto_id, "0123456789"), 8);
	cr_assert_eq(auto_id[8], '-');
	cr_assert_eq(strspn(auto_id + 9, "0123456789"), 6);
	cr_assert_eq(auto_id[15], '-');
}

Test(options, bad_glob_is_refused)
{
	refuse("in-place", "[a", "no ]");
	refuse("in-place", "", "needs a value");
	refuse("in-place", NULL, "needs a value");
	cr_assert_eq(rules_count(o.in_place), 0);
}

Test(options, default_rule_that_has_no_room_is_an_error)
{
	for (int i = 0; i < RULES_MAX; i++)
		set("in-place", "a");
	cr_assert_eq(options_finish(&o, &err), -EINVAL);
}

Test(options, finish_twice_adds_the_rule_once)
{
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(options_finish(&o, &err), 0);
	cr_assert_eq(rules_count(o.in_place), DEFAULT_IN_PLACE);
	cr_assert_eq(rules_count(o.resumable), DEFAULT_RESUMABLE);
}

Test(options, underscore_and_dash_are_the_same_in_a_key)
{
	set("open_wait", "7");
	cr_assert_eq(o.open_wait_ms, 7000);
	set("log_level", "warn");
	cr_assert_eq(o.log_level, LOG_WARN);
}

Test(options, unknown_key_is_enoent_and_says_nothing)
{
	static const char *const unknown[] = {
		"",	"thread",    "threadss", "Threads",  "ro",
		"open", "open wait", "-",	 "in-place "
	};

	strcpy(err.text, "as it was");
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		cr_assert_eq(options_set(&o, unknown[i], "1", &err), -ENOENT,
			     "%s", unknown[i]);
	cr_assert_str_eq(err.text, "as it was");
}

Test(options, last_value_of_a_key_counts)
{
	set("threads", "3");
	set("threads", "5");
	cr_assert_eq(o.threads, 5);
}

Test(options, nearest_finds_slips)
{
	cr_assert_str_eq(options_nearest("thread"), "threads");
	cr_assert_str_eq(options_nearest("discard"), "discard-on");
	cr_assert_str_eq(options_nearest("open-wiat"), "open-wait");
	cr_assert_str_eq(options_nearest("openwait"), "open-wait");
	cr_assert_str_eq(options_nearest("drian"), "drain");
	cr_assert_str_eq(options_nearest("cash"), "cache");
	cr_assert_str_eq(options_nearest("allow_othr"), "allow-other");
	cr_assert_str_eq(options_nearest("loglevel"), "log-level");
	cr_assert_str_eq(options_nearest("inplace"), "in-place");
	cr_assert_str_eq(options_nearest("threads"), "threads");
}

Test(options, nearest_is_null_when_none_is_near)
{
	char word[300];

	memset(word, 'w', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	cr_assert_null(options_nearest(word));
	cr_assert_null(options_nearest(""));
	cr_assert_null(options_nearest("ro"));
	cr_assert_null(options_nearest("noexec"));
	cr_assert_null(options_nearest("verbosity"));
}

Test(options, every_key_is_listed_and_known)
{
	unsigned int n = 0;

	for (; options_key(n); n++) {
		cr_assert_neq(options_set(&o, options_key(n), "\x01", NULL),
			      -ENOENT);
		cr_assert_str_eq(options_nearest(options_key(n)),
				 options_key(n));
	}
	cr_assert_eq(n, 16);
	cr_assert_null(options_key(n));
	cr_assert_null(options_key(~0U));
}

static char *printed(void)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	options_print(&o, f);
	fclose(f);
	return text;
}

Test(options, spin)
{
	cr_assert(o.spin);
	set("spin", "off");
	cr_assert_not(o.spin);
	refuse("spin", "on", "neither auto nor off");
	set("spin", "auto");
	cr_assert(o.spin);
}

Test(options, print_writes_all_that_is_in_force)
{
	auto_free char *text = NULL;

	set("threads", "4");
	set("discard-on", "failed");
	set("open-wait", "1.05");
	set("drain", "0.002");
	set("cache", "0");
	set("sync-interval", "500ms");
	set("partial-keep", "all,1h");
	set("passthrough", "off");
	set("stale", "hide");
	set("spin", "off");
	set("allow-other", NULL);
	set("log-level", "debug");
	set("in-place", "a b\n\xff");
	set("resumable", "*.half");
	set("resumable", "none");
	cr_assert_eq(options_finish(&o, &err), 0);
	text = printed();
	cr_assert_str_eq(text, "threads 4\n"
			       "discard-on failed\n"
			       "open-wait 1.05\n"
			       "drain 0.002\n"
			       "cache 0\n"
			       "durability checkpoint\n"
			       "sync-interval 0.5\n"
			       "partial-keep all,3600\n"
			       "spin off\n"
			       "passthrough off\n"
			       "stale hide\n"
			       "allow-other yes\n"
			       "log-level debug\n"
			       "in-place a b\\n\\xff\n"
			       "in-place *.log\n"
			       "in-place *.pid\n"
			       "in-place .*.sw?\n"
			       "in-place .hg/\n"
			       "in-place .svn/\n"
			       "in-place .ninja_log\n"
			       "in-place .ninja_deps\n"
			       "in-place MANIFEST-[0-9][0-9][0-9][0-9][0-9]"
			       "[0-9]\n"
			       "resumable *.half\n");
}

Test(options, print_says_that_there_are_no_rules)
{
	auto_free char *text = NULL;

	set("threads", "2");
	set("in-place", "none");
	cr_assert_eq(options_finish(&o, &err), 0);
	text = printed();
	cr_assert_str_eq(text, "threads 2\n"
			       "discard-on killed\n"
			       "open-wait 5\n"
			       "drain 10\n"
			       "cache 1\n"
			       "durability checkpoint\n"
			       "sync-interval 5\n"
			       "partial-keep 1073741824,1209600\n"
			       "spin auto\n"
			       "passthrough auto\n"
			       "stale warn\n"
			       "allow-other no\n"
			       "log-level info\n"
			       "in-place none\n"
			       "resumable *.part\n"
			       "resumable *.aria2\n"
			       "resumable *.joblog\n");
}
