/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/process/writer.h"

#define NOBODY 65534

/* --- the text of /proc/TID/stat ------------------------------------------- */

/* A line of 52 fields with this name, flags and exit code. */
static const char *stat_line(const char *name, unsigned long flags, int code)
{
	static char text[4096];

	snprintf(text, sizeof(text),
		 "4711 (%s) D 1 4711 4711 0 -1 %lu 93 0 0 0 0 0 0 0 20 0 1 0 "
		 "123456 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 "
		 "1 0 0 0 0 0 0 0 0 0 0 0 0 %d\n",
		 name, flags, code);
	return text;
}

static void expect(const char *text, bool readable, enum writer_end end,
		   int code)
{
	struct writer_fate fate = writer_parse_stat(text, readable);

	cr_assert_eq(fate.end, end, "end %d for %s", fate.end, text);
	cr_assert_eq(fate.code, code, "code %d for %s", fate.code, text);
}

Test(writer, a_living_process_closes_of_its_own_will)
{
	expect(stat_line("sh", 0x400000, 0), true, WRITER_CLOSED, 0);
	expect(stat_line("sh", 0x400000, 0), false, WRITER_CLOSED, 0);
	/* stopped by SIGSTOP: a code, but no end */
	expect(stat_line("sh", 0x400000, 19), true, WRITER_CLOSED, 0);
	expect(stat_line("sh", 0x400400, 9), true, WRITER_CLOSED, 0);
}

Test(writer, exit_status_is_told)
{
	expect(stat_line("sh", 0x40000c, 0), true, WRITER_EXITED, 0);
	expect(stat_line("sh", 0x40000c, 256), true, WRITER_FAILED, 1);
	expect(stat_line("sh", 0x40000c, 255 << 8), true, WRITER_FAILED, 255);
}

Test(writer, signal_is_told)
{
	expect(stat_line("sh", 0x40044c, 9), true, WRITER_KILLED, 9);
	expect(stat_line("sh", 0x40044c, 15), true, WRITER_KILLED, 15);
	/* SIGSEGV with a core dump, SIGRTMAX */
	expect(stat_line("sh", 0x40064c, 128 + 11), true, WRITER_KILLED, 11);
	expect(stat_line("sh", 0x40044c, 64), true, WRITER_KILLED, 64);
}

Test(writer, thread_that_exit_group_took_along_was_not_killed)
{
	expect(stat_line("sh", 0x40044c, 0), true, WRITER_EXITED, 0);
	expect(stat_line("sh", 0x40044c, 3 << 8), true, WRITER_FAILED, 3);
}

Test(writer, unreadable_code_leaves_the_flags)
{
	expect(stat_line("sh", 0x40044c, 0), false, WRITER_KILLED, 0);
	expect(stat_line("sh", 0x40000c, 0), false, WRITER_EXITED, 0);
	/* what stands there is not to be believed */
	expect(stat_line("sh", 0x40000c, 9), false, WRITER_EXITED, 0);
}

Test(writer, name_may_hold_anything)
{
	static const char *const names[] = {
		"",	  ")",	  ") R 1 1 1 0 -1 0", "a b c",
		"((()))", "x) S", "a\\nb)",	      "\xff) Z 0 0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		expect(stat_line(names[i], 0x40044c, 9), true, WRITER_KILLED,
		       9);
		expect(stat_line(names[i], 0x400000, 0), true, WRITER_CLOSED,
		       0);
	}
}

Test(writer, later_fields_do_no_harm)
{
	char text[8192];

	snprintf(text, sizeof(text), "%s", stat_line("sh", 0x40044c, 9));
	strcpy(strchr(text, '\n'), " 1 2 3\n");
	expect(text, true, WRITER_KILLED, 9);
}

Test(writer, other_text_counts_as_closed)
{
	static const char *const texts[] = {
		"",
		"\n",
		")",
		"4711",
		"4711 (sh)",
		"4711 (sh) ",
		"4711 (sh) Z",
		"4711 sh Z 1 1 1 0 -1 1100 0 0",
		"4711 (sh) Z 1 1 1 0 -1 4194380",
		"4711 (sh) Z 1 1 1 0 -1 banana 0 0",
		"4711 (sh) Z 1 1 1 0 -1 99999999999999999999999999 0 0",
		"4711 (sh Z 1 1 1 0 -1 1100 0 0",
		"Name:\tsh\nState:\tZ\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		expect(texts[i], true, WRITER_CLOSED, 0);
		expect(texts[i], false, WRITER_CLOSED, 0);
	}
}

Test(writer, line_that_is_cut_anywhere_tells_no_lie)
{
	char text[4096];
	size_t n;

	snprintf(text, sizeof(text), "%s", stat_line("a) b", 0x40044c, 11));
	n = strlen(text);
	text[n - 1] = '\0'; /* the newline: the line is whole without it */
	expect(text, true, WRITER_KILLED, 11);
	for (n -= 3; n > 0; n--) {
		text[n] = '\0';
		expect(text, true, WRITER_CLOSED, 0);
	}
}

Test(writer, numbers_with_tails_are_none)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s", stat_line("sh", 0x40044c, 9));
	strcpy(strchr(text, '\n'), "x\n");
	expect(text, true, WRITER_CLOSED, 0);
}

/* --- processes that really end -------------------------------------------- */

/* For a child: waits to be killed, at the latest when the test ends. */
static void __attribute__((noreturn)) wait_for_the_end(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* Waits until @pid has ended, and leaves it in /proc for us to look at. */
static void await_zombie(pid_t pid)
{
	siginfo_t info;

	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
}

static void no_core(void)
{
	struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
}

static struct writer_fate fate_of_zombie(pid_t pid)
{
	struct writer_fate fate;

	await_zombie(pid);
	fate = writer_fate(pid);
	waitpid(pid, NULL, 0);
	return fate;
}

Test(writer, fate_of_a_child_that_exits)
{
	static const int statuses[] = { 0, 1, 2, 127, 255 };

	for (size_t i = 0; i < ARRAY_SIZE(statuses); i++) {
		struct writer_fate fate;
		pid_t pid = fork();

		if (pid == 0)
			_exit(statuses[i]);
		fate = fate_of_zombie(pid);
		cr_assert_eq(fate.end,
			     statuses[i] ? WRITER_FAILED : WRITER_EXITED);
		cr_assert_eq(fate.code, statuses[i]);
	}
}

Test(writer, fate_of_a_child_that_is_killed)
{
	static const int signals[] = { SIGKILL, SIGTERM, SIGINT,
				       SIGSEGV, SIGPIPE, SIGABRT };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct writer_fate fate;
		pid_t pid = fork();

		if (pid == 0) {
			no_core();
			signal(signals[i], SIG_DFL);
			raise(signals[i]);
			_exit(0);
		}
		fate = fate_of_zombie(pid);
		cr_assert_eq(fate.end, WRITER_KILLED, "signal %d", signals[i]);
		cr_assert_eq(fate.code, signals[i]);
	}
}

Test(writer, fate_of_a_child_with_an_ugly_name)
{
	struct writer_fate fate;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, ") R 1 1 (");
		raise(SIGKILL);
	}
	fate = fate_of_zombie(pid);
	cr_assert_eq(fate.end, WRITER_KILLED);
	cr_assert_eq(fate.code, SIGKILL);
}

static void *exit_from_here(void *arg)
{
	_exit(*(int *)arg);
}

Test(writer, fate_of_a_leader_that_another_threads_exit_took_along)
{
	for (int status = 0; status < 2; status++) {
		struct writer_fate fate;
		pid_t pid = fork();

		if (pid == 0) {
			pthread_t thread;

			pthread_create(&thread, NULL, exit_from_here, &status);
			wait_for_the_end();
		}
		fate = fate_of_zombie(pid);
		cr_assert_eq(fate.end, status ? WRITER_FAILED : WRITER_EXITED);
		cr_assert_eq(fate.code, status);
	}
}

Test(writer, fate_of_the_living_is_to_close)
{
	struct writer_fate fate;
	pid_t pid = fork();

	if (pid == 0)
		wait_for_the_end();
	fate = writer_fate(pid);
	cr_assert_eq(fate.end, WRITER_CLOSED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cr_assert_eq(writer_fate(getpid()).end, WRITER_CLOSED);
}

Test(writer, fate_of_the_stopped_is_to_close)
{
	siginfo_t info;
	pid_t pid = fork();

	if (pid == 0)
		wait_for_the_end();
	kill(pid, SIGSTOP);
	cr_assert_eq(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT), 0);
	cr_assert_eq(writer_fate(pid).end, WRITER_CLOSED);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A pid that no process has. */
static pid_t gone_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(1);
	waitpid(pid, NULL, 0);
	return pid;
}

Test(writer, fate_of_the_unseen_is_to_close)
{
	cr_assert_eq(writer_fate(0).end, WRITER_CLOSED);
	cr_assert_eq(writer_fate(-1).end, WRITER_CLOSED);
	cr_assert_eq(writer_fate(gone_pid()).end, WRITER_CLOSED);
}

/* Runs @look(@pid) as another user, whose exit status is the result. */
static int as_nobody(int (*look)(pid_t pid), pid_t pid)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(99);
		_exit(look(pid));
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int look_at_fate(pid_t pid)
{
	struct writer_fate fate = writer_fate(pid);

	return fate.end * 10 + (fate.code != 0);
}

Test(writer, fate_of_anothers_child_is_read_from_its_flags)
{
	pid_t killed, failed, living;

	if (geteuid() != 0)
		cr_skip("needs root: it looks with another user's eyes");
	killed = fork();
	if (killed == 0)
		raise(SIGKILL);
	failed = fork();
	if (failed == 0)
		_exit(7);
	living = fork();
	if (living == 0)
		wait_for_the_end();
	await_zombie(killed);
	await_zombie(failed);

	cr_assert_eq(as_nobody(look_at_fate, killed), WRITER_KILLED * 10);
	cr_assert_eq(as_nobody(look_at_fate, failed), WRITER_EXITED * 10);
	cr_assert_eq(as_nobody(look_at_fate, living), WRITER_CLOSED * 10);
	kill(living, SIGKILL);
	while (wait(NULL) > 0)
		;
}

/* The fate of such a child of user nobody, looked at by user nobody. */
static struct writer_fate fate_of_own_child(bool killed, bool dumpable)
{
	pid_t pid;

	/* A process that changed its user is closed to others of that user,
	 * and so are its children, until this. */
	prctl(PR_SET_DUMPABLE, dumpable);
	pid = fork();
	if (pid == 0) {
		if (killed)
			raise(SIGKILL);
		_exit(7);
	}
	return fate_of_zombie(pid);
}

static int look_at_own_failure(pid_t unused)
{
	struct writer_fate fate = fate_of_own_child(false, true);

	(void)unused;
	return fate.end == WRITER_FAILED ? fate.code : 50;
}

static int look_at_own_killed(pid_t unused)
{
	struct writer_fate fate = fate_of_own_child(true, true);

	(void)unused;
	return fate.end == WRITER_KILLED ? fate.code : 50;
}

/* Whether the code can be read here depends on the kernel; the end must not. */
static int look_at_own_killed_that_is_closed(pid_t unused)
{
	(void)unused;
	return fate_of_own_child(true, false).end == WRITER_KILLED;
}

Test(writer, fate_of_ones_own_child_needs_no_privilege)
{
	if (geteuid() != 0)
		cr_skip("needs root to become nobody");
	cr_assert_eq(as_nobody(look_at_own_failure, 0), 7);
	cr_assert_eq(as_nobody(look_at_own_killed, 0), SIGKILL);
}

Test(writer, owner_alone_does_not_make_the_code_readable)
{
	if (geteuid() != 0)
		cr_skip("needs root to become nobody");
	cr_assert_eq(as_nobody(look_at_own_killed_that_is_closed, 0), 1);
}

/* --- threads and processes ------------------------------------------------ */

struct helper {
	pthread_t thread;
	pthread_barrier_t started, done;
	pid_t tid;
};

static void *helper_main(void *arg)
{
	struct helper *h = arg;

	h->tid = gettid();
	pthread_barrier_wait(&h->started);
	pthread_barrier_wait(&h->done);
	return NULL;
}

static void helper_start(struct helper *h)
{
	pthread_barrier_init(&h->started, NULL, 2);
	pthread_barrier_init(&h->done, NULL, 2);
	cr_assert_eq(pthread_create(&h->thread, NULL, helper_main, h), 0);
	pthread_barrier_wait(&h->started);
}

static void helper_stop(struct helper *h)
{
	pthread_barrier_wait(&h->done);
	pthread_join(h->thread, NULL);
}

Test(writer, process_of_a_thread_is_its_leader)
{
	struct helper h;

	helper_start(&h);
	cr_assert_neq(h.tid, getpid());
	cr_assert_eq(writer_process(h.tid), getpid());
	cr_assert_eq(writer_process(getpid()), getpid());
	helper_stop(&h);
}

Test(writer, process_of_the_unseen_is_itself)
{
	pid_t gone = gone_pid();

	cr_assert_eq(writer_process(gone), gone);
	cr_assert_eq(writer_process(0), 0);
	cr_assert_eq(writer_process(-5), -5);
}

Test(writer, thread_of_tells_its_own_from_others)
{
	struct helper h;
	pid_t child = fork();

	if (child == 0)
		wait_for_the_end();
	helper_start(&h);
	cr_assert(writer_is_thread_of(h.tid, getpid()));
	cr_assert(writer_is_thread_of(getpid(), getpid()));
	cr_assert(writer_is_thread_of(child, child));
	cr_assert_not(writer_is_thread_of(getpid(), h.tid));
	cr_assert_not(writer_is_thread_of(child, getpid()));
	cr_assert_not(writer_is_thread_of(getpid(), child));
	cr_assert_not(writer_is_thread_of(0, getpid()));
	cr_assert_not(writer_is_thread_of(getpid(), 0));
	cr_assert_not(writer_is_thread_of(-1, -1));
	helper_stop(&h);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_not(writer_is_thread_of(child, child));
}

static pid_t other_process;

/* Of a process that one may not signal. */
static int look_at_thread(pid_t tid)
{
	return writer_is_thread_of(tid, other_process) * 2 +
	       (writer_process(tid) == other_process);
}

Test(writer, threads_of_other_users_are_told_as_well)
{
	struct helper h;

	if (geteuid() != 0)
		cr_skip("needs root: it looks with another user's eyes");
	other_process = getpid();
	helper_start(&h);
	cr_assert_eq(as_nobody(look_at_thread, h.tid), 3);
	cr_assert_eq(as_nobody(look_at_thread, getpid()), 3);
	helper_stop(&h);
}

/* --- for people ----------------------------------------------------------- */

/* Starts sh with these words as its arguments; it reads until it is killed. */
static pid_t start_sh(const char *a, const char *b)
{
	char c;
	int ready[2];
	pid_t pid;

	cr_assert_eq(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ready[1], STDOUT_FILENO);
		close(ready[0]);
		execlp("sh", "sh", "-c", "echo; kill -STOP $$; :", a, b,
		       (char *)NULL);
		_exit(127);
	}
	cr_assert_eq(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void stop_sh(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

Test(writer, command_is_the_command_line)
{
	char buf[256];
	pid_t pid = start_sh("in put", "");

	writer_command(pid, buf, sizeof(buf));
	cr_assert_str_eq(buf, "sh -c echo; kill -STOP $$; : in put");
	stop_sh(pid);
}

Test(writer, command_is_one_line)
{
	char buf[256];
	pid_t pid = start_sh("a\nb\x1b[2J", "x");

	writer_command(pid, buf, sizeof(buf));
	cr_assert_str_eq(buf, "sh -c echo; kill -STOP $$; : a b [2J x");
	stop_sh(pid);
}

Test(writer, command_is_cut_to_fit)
{
	pid_t pid = start_sh("\xc3\xa9\xc3\xa9\xc3\xa9", "end");
	char buf[64];

	writer_command(pid, buf, 16);
	cr_assert_str_eq(buf, "sh -c echo; ...");
	/* not within a character */
	writer_command(pid, buf, 34);
	cr_assert_str_eq(buf, "sh -c echo; kill -STOP $$; : ...");
	writer_command(pid, buf, 35);
	cr_assert_str_eq(buf, "sh -c echo; kill -STOP $$; : \xc3\xa9...");
	writer_command(pid, buf, 4);
	cr_assert_str_eq(buf, "sh");
	writer_command(pid, buf, 3);
	cr_assert_str_eq(buf, "sh");
	writer_command(pid, buf, 2);
	cr_assert_str_eq(buf, "s");
	writer_command(pid, buf, 1);
	cr_assert_str_eq(buf, "");
	buf[0] = 'k';
	writer_command(pid, buf, 0);
	cr_assert_eq(buf[0], 'k');
	stop_sh(pid);
}

Test(writer, command_of_the_dying_is_its_name)
{
	char buf[64];
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_NAME, "so long)");
		_exit(0);
	}
	await_zombie(pid);
	writer_command(pid, buf, sizeof(buf));
	cr_assert_str_eq(buf, "so long)");
	waitpid(pid, NULL, 0);
}

Test(writer, command_of_the_unseen_is_a_question_mark)
{
	char buf[64];

	writer_command(gone_pid(), buf, sizeof(buf));
	cr_assert_str_eq(buf, "?");
	writer_command(0, buf, sizeof(buf));
	cr_assert_str_eq(buf, "?");
	writer_command(-3, buf, sizeof(buf));
	cr_assert_str_eq(buf, "?");
}

Test(writer, describe_says_how_it_ended)
{
	static const struct {
		struct writer_fate fate;
		const char *text;
	} cases[] = {
		{ { WRITER_CLOSED, 0 }, "closed" },
		{ { WRITER_EXITED, 0 }, "exited" },
		{ { WRITER_FAILED, 1 }, "exited with status 1" },
		{ { WRITER_KILLED, 9 }, "killed by signal 9 (SIGKILL)" },
		{ { WRITER_KILLED, 11 }, "killed by signal 11 (SIGSEGV)" },
		{ { WRITER_KILLED, 64 }, "killed by signal 64" },
		{ { WRITER_KILLED, 0 }, "killed by a signal" },
	};
	char buf[64];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		writer_describe(cases[i].fate, buf, sizeof(buf));
		cr_assert_str_eq(buf, cases[i].text);
	}
	writer_describe(cases[3].fate, buf, 7);
	cr_assert_str_eq(buf, "killed");
}
