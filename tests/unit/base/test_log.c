/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <regex.h>

#include "base/log.h"
#include "unit/scratch.h"

static struct scratch s;
static int fd;

static void setup(void)
{
	s = scratch_open();
	fd = openat(s.dir, "log", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);
	cr_assert_geq(fd, 0);
}

static void teardown(void)
{
	close(fd);
	scratch_close(&s);
}

TestSuite(log, .init = setup, .fini = teardown);

/* What the log holds; the caller's to free. */
static char *logged(void)
{
	char *text = NULL;
	size_t size = 0;

	cr_assert_eq(sys_read_file(s.dir, "log", 1 << 24, &text, &size), 0);
	return text;
}

static int matches(const char *text, const char *pattern)
{
	regex_t re;
	int r;

	cr_assert_eq(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	r = regexec(&re, text, 0, NULL, 0);
	regfree(&re);
	return r == 0;
}

Test(log, line_has_time_level_and_text)
{
	char *text;

	log_init(LOG_INFO, fd, false);
	log_warn("disk of %s is full", "x");
	text = logged();
	cr_assert(matches(text, "^[0-9]{4}-[0-9]{2}-[0-9]{2} "
				"[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3} "
				"warn: disk of x is full\n$"),
		  "%s", text);
	free(text);
}

Test(log, level_decides_what_is_written)
{
	char *text;

	log_init(LOG_WARN, fd, false);
	cr_assert(log_wants(LOG_ERROR));
	cr_assert(log_wants(LOG_WARN));
	cr_assert_not(log_wants(LOG_INFO));
	cr_assert_not(log_wants(LOG_DEBUG));
	log_info("no");
	log_debug("no");
	log_error("yes");
	text = logged();
	cr_assert(matches(text, "^[^\n]*error: yes\n$"), "%s", text);
	free(text);
}

/* The end of stderr while @file is the log. */
static char *said_with_log(const char *file)
{
	int log = open(file, O_WRONLY | O_CLOEXEC), saved = dup(STDERR_FILENO);

	cr_assert_geq(log, 0);
	cr_assert_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
	log_init(LOG_INFO, log, false);
	log_error("the last flush failed");
	cr_assert_eq(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);
	close(log);
	return logged();
}

Test(log, what_the_log_cannot_take_is_on_stderr)
{
	char *text = said_with_log("/dev/null");

	cr_assert_str_empty(text);
	free(text);
	text = said_with_log("/dev/full");
	cr_assert(matches(text, "^[^\n]*error: the last flush failed\n$"), "%s",
		  text);
	free(text);
}

Test(log, wants_nothing_when_it_goes_nowhere)
{
	log_init(LOG_DEBUG, -1, false);
	cr_assert_not(log_wants(LOG_ERROR));
}

Test(log, hostile_text_stays_one_line)
{
	char *text;

	log_init(LOG_INFO, fd, false);
	log_info("%s", "a\n2025-01-01 00:00:00.000 error: forged\x1b[2J");
	text = logged();
	cr_assert_eq(strchr(text, '\n'), text + strlen(text) - 1);
	cr_assert_null(strchr(text, '\x1b'));
	cr_assert_not_null(strstr(text, "a?2025"));
	free(text);
}

Test(log, long_text_is_cut_and_still_ends_its_line)
{
	static char word[20000];
	char *text;

	memset(word, 'y', sizeof(word) - 1);
	log_init(LOG_INFO, fd, false);
	log_info("%s", word);
	log_info("next");
	text = logged();
	cr_assert(matches(text, "^[^\n]*info: y+\n[^\n]*info: next\n$"));
	free(text);
}

Test(log, keeps_errno)
{
	log_init(LOG_INFO, fd, true);
	errno = ENOTTY;
	log_info("hello");
	cr_assert_eq(errno, ENOTTY);
	log_init(LOG_INFO, -1, false);
	log_info("hello");
	cr_assert_eq(errno, ENOTTY);
}

static void *chatter(void *arg)
{
	for (int i = 0; i < 500; i++)
		log_info("thread %c says a line", *(char *)arg);
	return NULL;
}

Test(log, lines_of_threads_do_not_mix)
{
	char names[] = "abcd", *text, *line, *rest;
	pthread_t threads[4];
	int lines = 0;

	log_init(LOG_INFO, fd, false);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(
			pthread_create(&threads[i], NULL, chatter, &names[i]),
			0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);

	text = logged();
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest), lines++)
		cr_assert(matches(line, "^[-0-9]{10} [:.0-9]{12} info: thread "
					"[abcd] says a line$"),
			  "%s", line);
	cr_assert_eq(lines, 2000);
	free(text);
}

Test(log, also_goes_to_stderr_when_asked)
{
	int saved = dup(STDERR_FILENO);
	char *text;

	dup2(fd, STDERR_FILENO);
	log_init(LOG_INFO, -1, true);
	log_info("both");
	dup2(saved, STDERR_FILENO);
	close(saved);
	text = logged();
	cr_assert(matches(text, "info: both\n$"));
	free(text);
}

Test(log, level_names_go_both_ways)
{
	enum log_level level;

	for (int i = LOG_ERROR; i <= LOG_DEBUG; i++) {
		const char *name = log_level_name((enum log_level)i);

		cr_assert_eq(log_level_parse(name, &level), 0);
		cr_assert_eq((int)level, i);
	}
	cr_assert_str_eq(log_level_name(LOG_WARN), "warn");
}

Test(log, unknown_level_is_refused_and_leaves_the_result)
{
	enum log_level level = LOG_WARN;

	cr_assert_eq(log_level_parse("loud", &level), -EINVAL);
	cr_assert_eq(log_level_parse("", &level), -EINVAL);
	cr_assert_eq(log_level_parse("WARN", &level), -EINVAL);
	cr_assert_eq(log_level_parse("warning", &level), -EINVAL);
	cr_assert_eq(level, LOG_WARN);
}

Test(log, events_are_written_whatever_the_level)
{
	enum log_level level;
	char *text;

	log_init(LOG_ERROR, fd, false);
	log_event("a mark");
	text = logged();
	cr_assert(matches(text, " event: a mark\n$"), "%s", text);
	free(text);
	cr_assert_eq(log_level_parse("event", &level), -EINVAL);
}

static int emptied;

static int empty_log(void *arg)
{
	emptied++;
	return ftruncate(*(int *)arg, 0) < 0 ? -errno : 0;
}

Test(log, log_that_is_full_is_made_room_in)
{
	char *text;

	log_init(LOG_INFO, fd, false);
	log_bound(200, empty_log, &fd);
	for (int i = 0; i < 100; i++)
		log_warn("line %d", i);
	text = logged();
	cr_assert_geq(emptied, 100 * 35 / 240);
	cr_assert_leq(strlen(text), 240);
	free(text);
}

Test(log, log_that_was_full_already_is_made_room_in_at_once)
{
	char *text;

	log_init(LOG_INFO, fd, false);
	for (int i = 0; i < 100; i++)
		log_warn("line %d", i);
	log_bound(200, empty_log, &fd);
	cr_assert_eq(emptied, 1);
	log_warn("after");
	text = logged();
	cr_assert_leq(strlen(text), 100);
	cr_assert(matches(text, "after"), "%s", text);
	free(text);
}
