/* SPDX-License-Identifier: MIT */
#include "cli/watch/watch.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/mounts/statedir.h"
#include "cli/read/failures.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"
#include "cli/watch/view.h"

#define FRAME_MS 1000
#define SCREEN_ON "\033[?1049h\033[?25l"
#define SCREEN_OFF "\033[?25h\033[?1049l"

struct watch {
	struct view v;
	struct statedir place;
	struct failures log;   /* as far as it was read */
	int signals;	       /* a signalfd */
	struct termios cooked; /* the terminal as it was before */
	bool unmounted;	       /* that is why it ended */

	/* When quiet, what was told last: */
	struct timespec told; /* the time of a mark */
	int64_t failed, discarded;
	size_t stale;
	char *trouble;
};

/* --- quiet ---------------------------------------------------------------- */

static void tell_mark(const struct listed_mark *m)
{
	auto_free char *name = text_escape(m->name);
	char when[32], took[32];

	human_when(&m->head.time, when, sizeof(when));
	human_ms(marklist_took(m), took, sizeof(took));
	printf("%s  %s%s%s%s\n", when, name ? name : "?",
	       marklist_took(m) < 0 ? "" : " (",
	       marklist_took(m) < 0 ? "" : took,
	       marklist_took(m) < 0 ? "" : ")");
}

/* What is new since the last look; nothing at the first. */
static void tell(struct watch *w, bool first)
{
	const struct progress *p = &w->v.now;

	for (size_t i = 0; i < w->v.marks.count; i++) {
		const struct listed_mark *m = &w->v.marks.items[i];

		if (!human_before(&w->told, &m->head.time))
			continue;
		if (!first)
			tell_mark(m);
		w->told = m->head.time;
	}
	if (!first && p->failed > w->failed)
		printf("%lld failed\n", (long long)(p->failed - w->failed));
	if (!first && p->discarded > w->discarded)
		printf("%lld discarded\n",
		       (long long)(p->discarded - w->discarded));
	if (p->stale_count > w->stale)
		printf("%zu stale\n", p->stale_count);
	if (p->trouble && (!w->trouble || strcmp(p->trouble, w->trouble) != 0))
		printf("mark not made: %s\n", p->trouble);
	w->failed = p->failed;
	w->discarded = p->discarded;
	w->stale = p->stale_count;
	free(w->trouble);
	w->trouble = p->trouble ? strdup(p->trouble) : NULL;
	fflush(stdout);
}

/* --- failures --------------------------------------------------------------- */

static void forget_failures(struct watch *w)
{
	for (size_t i = 0; i < VIEW_FAILURES; i++)
		free(steal_ptr(&w->v.failures[i]));
	w->v.failure_count = 0;
}

/* "10:59:01  TEXT" */
static char *failure_text(const struct logline *l)
{
	auto_free char *text = text_escape(l->text);
	char *line;

	if (!text || asprintf(&line, "%.8s  %s", l->time + 11, text) < 0)
		return NULL;
	return line;
}

static void note_failure(void *arg, const struct logline *l)
{
	struct watch *w = arg;
	char *text;

	if (logline_is_start(l)) {
		forget_failures(w);
		return;
	}
	text = failure_text(l);
	if (!text)
		return;
	free(w->v.failures[VIEW_FAILURES - 1]);
	memmove(w->v.failures + 1, w->v.failures,
		(VIEW_FAILURES - 1) * sizeof(*w->v.failures));
	w->v.failures[0] = text;
	w->v.failure_count++;
}

/* --- the loop ------------------------------------------------------------- */

static int look(struct watch *w)
{
	struct progress now;
	struct marklist marks;
	int r = progress_read(w->v.dir, &now);

	if (r < 0)
		return r;
	r = marklist_read(w->place.state.marks, w->place.target.run, &marks);
	if (r < 0) {
		progress_release(&now);
		return r;
	}
	progress_release(&w->v.before);
	w->v.before = w->v.now;
	w->v.now = now;
	marklist_release(&w->v.marks);
	w->v.marks = marks;
	failures_next(&w->log, w->place.root, note_failure, w);
	return 0;
}

static int block_signals(void)
{
	static const int taken[] = { SIGWINCH, SIGINT, SIGTERM, SIGHUP };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++)
		sigaddset(&set, taken[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Keys come as they are pressed, and are not shown. */
static void take_keys(struct watch *w)
{
	struct termios raw;

	/* In the background the terminal would stop us. */
	if (tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &w->cooked) < 0)
		return;
	raw = w->cooked;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	w->v.keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void give_keys_back(struct watch *w)
{
	if (w->v.keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &w->cooked);
}

/* 'q', or no terminal any more. */
static bool is_quit(struct watch *w)
{
	char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);

	w->v.keys &= n > 0;
	return n > 0 && (c == 'q' || c == 'Q');
}

/* Waits for the next frame.  A signal that ends it; -1: 'q'; 0: go on. */
static int next_event(struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->v.keys ? STDIN_FILENO : -1, .events = POLLIN },
	};
	struct signalfd_siginfo info;

	if (poll(fds, ARRAY_SIZE(fds), FRAME_MS) <= 0)
		return 0;
	if (fds[1].revents && is_quit(w))
		return -1;
	if (!fds[0].revents || read(w->signals, &info, sizeof(info)) < 0 ||
	    info.ssi_signo == SIGWINCH)
		return 0;
	return (int)info.ssi_signo;
}

static int watch_loop(struct watch *w, bool screen)
{
	bool first = true;
	int event = 0;

	while (!event && look(w) == 0) {
		if (screen)
			view_draw(&w->v);
		else
			tell(w, first);
		if (ferror(stdout))
			return EXIT_FAILED;
		first = false;
		event = next_event(w);
	}
	w->unmounted = !event;
	return event > 0 ? EXIT_SIGNAL + event : EXIT_DONE;
}

static int start(struct watch *w, struct err *err)
{
	struct target t;
	int r = target_find(w->v.dir, &t, err); /* says why not */

	if (r < 0)
		return r;
	target_release(&t);
	r = statedir_open(w->v.dir, &w->place, err);
	w->v.run = r < 0 ? NULL : w->place.target.run;
	return r;
}

int watch(const char *dir)
{
	struct watch w = { .v.dir = dir };
	bool screen = isatty(STDOUT_FILENO) == 1;
	const char *none = getenv("NO_COLOR");
	struct err err = { 0 };
	int status, r = start(&w, &err);

	if (r < 0) {
		say_failure(&err, dir, r);
		return EXIT_FAILED;
	}
	w.v.color = screen && !(none && *none);
	w.signals = block_signals();
	if (screen) {
		take_keys(&w);
		fputs(SCREEN_ON, stdout);
	}
	status = watch_loop(&w, screen);
	if (screen) {
		fputs(SCREEN_OFF, stdout);
		give_keys_back(&w);
	}
	fflush(stdout);
	if (w.unmounted)
		say_error("%s: unmounted", dir);
	close_fd(w.signals);
	forget_failures(&w);
	progress_release(&w.v.now);
	progress_release(&w.v.before);
	marklist_release(&w.v.marks);
	free(w.trouble);
	statedir_release(&w.place);
	return status;
}
