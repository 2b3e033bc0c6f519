/* SPDX-License-Identifier: MIT */
#include "cli/watch/watch.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <sys/signalfd.h>
#include <termios.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/mounts/statedir.h"
#include "cli/read/failures.h"
#include "cli/read/marklist.h"
#include "cli/read/progress.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"

#define FAILURES 5  /* the latest, that are shown */
#define LEFT_MIN 10 /* free lines, for failures to be shown */
#define FRAME_MS 1000
#define SCREEN_ON "\033[?1049h\033[?25l"
#define SCREEN_OFF "\033[?25h\033[?1049l"
#define HOME "\033[H"
#define LINE_END "\033[K\r\n"
#define REST_CLEAR "\033[K\033[J"
#define RED "\033[31m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct watch {
	const char *dir;
	struct statedir place;
	struct marklist marks;
	struct progress now, before;
	struct timespec told; /* when quiet: of the last mark that was told, */
	int64_t failed;	      /*   failures, */
	int64_t discarded;    /*   what went to quarantine, */
	size_t stale;	      /*   stale marks, */
	char *trouble;	      /*   and the last trouble */
	struct failures log;  /* as far as it was read */
	char *failures[FAILURES]; /* the latest first; NULL: there is none */
	size_t failure_count;	  /* of this mount, also those not kept */
	int signals;		  /* a signalfd */
	bool keys;		  /* the terminal gives keys one by one */
	struct termios cooked;	  /* as it was before */
	FILE *out;		  /* a frame */
	int rows, cols;		  /* of the terminal */
	int left;		  /* rows that are free in this frame */
	bool color;
	bool unmounted; /* that is why it ended */
};

/* --- lines that fit ------------------------------------------------------- */

/* How many columns @s takes, as far as one a character is right. */
static int columns(const char *s)
{
	uint32_t c;
	int n = 0;

	while (*s) {
		size_t bytes = text_char(s, strlen(s), &c);

		s += bytes ? bytes : 1;
		n++;
	}
	return n;
}

/* The bytes of the first @width columns of @s. */
static size_t bytes_of(const char *s, int width)
{
	const char *p = s;
	uint32_t c;

	for (; width > 0 && *p; width--) {
		size_t bytes = text_char(p, strlen(p), &c);

		p += bytes ? bytes : 1;
	}
	return (size_t)(p - s);
}

/* @s, its beginning left out when it is too long: names differ at their end. */
static void put_fit(struct watch *w, const char *s, int width)
{
	int over = columns(s) - width;
	uint32_t c;

	if (width <= 0)
		return;
	if (over > 0) {
		for (over++; over > 0 && *s; over--) {
			size_t bytes = text_char(s, strlen(s), &c);

			s += bytes ? bytes : 1;
		}
		fputs("\xe2\x80\xa6", w->out); /* an ellipsis */
	}
	fputs(s, w->out);
	for (; over < 0; over++)
		fputc(' ', w->out);
}

static void end_line(struct watch *w)
{
	if (w->color)
		fputs(PLAIN, w->out);
	fputs(LINE_END, w->out);
	w->left--;
}

static void put_style(struct watch *w, const char *style)
{
	if (w->color)
		fputs(style, w->out);
}

/* A whole line of @text, cut to fit. */
static void put_line(struct watch *w, const char *style, const char *text)
{
	if (w->left < 1)
		return;
	put_style(w, style);
	fprintf(w->out, "%.*s", (int)bytes_of(text, w->cols), text);
	end_line(w);
}

/* --- a frame -------------------------------------------------------------- */

/* Where it looks, and when: what is too long is cut at the front, so that the
 * time and the way out are always seen. */
static void put_top(struct watch *w)
{
	char when[32], end[64];
	struct timespec now;
	char *name = NULL;
	int room;

	clock_gettime(CLOCK_REALTIME, &now);
	human_when(&now, when, sizeof(when));
	snprintf(end, sizeof(end), "  %s%s", when, w->keys ? "  q: quit" : "");
	if (w->left < 1 ||
	    asprintf(&name, "idemfs %s%s%s", w->dir,
		     w->place.target.run ? "  run " : "",
		     w->place.target.run ? w->place.target.run : "") < 0)
		return;
	text_mask(name);
	room = w->cols - columns(end);
	put_style(w, BOLD);
	put_fit(w, name, columns(name) < room ? columns(name) : room);
	fprintf(w->out, "%.*s", (int)bytes_of(end, w->cols), end);
	end_line(w);
	free(name);
}

static void put_head(struct watch *w)
{
	const struct progress *p = &w->now, *was = &w->before;
	int64_t ms = p->at_ms - was->at_ms;
	char bytes[32], rate[32], line[512];

	put_top(w);
	text_size(p->bytes, bytes, sizeof(bytes));
	text_size(was->at_ms && ms > 0 ? (p->bytes - was->bytes) * 1000 / ms
				       : 0,
		  rate, sizeof(rate));
	snprintf(line, sizeof(line),
		 "promoted %lld (%s, %s/s)  discarded %lld  failed %lld  "
		 "in quarantine %lld",
		 (long long)p->promoted, bytes, rate, (long long)p->discarded,
		 (long long)p->failed, (long long)p->partials);
	put_line(w, p->failed ? RED : "", line);
	if (p->stale_count) {
		snprintf(line, sizeof(line),
			 "stale marks %zu: what they made "
			 "was deleted or changed",
			 p->stale_count);
		put_line(w, RED, line);
	}
	if (p->trouble) {
		snprintf(line, sizeof(line), "last mark not made: %s",
			 p->trouble);
		put_line(w, RED, line);
	}
}

static void put_mark(struct watch *w, const struct listed_mark *m)
{
	auto_free char *name = text_escape(m->name);
	bool stale = name && progress_is_stale(&w->now, name);
	char when[32], took[32];

	human_when(&m->head.time, when, sizeof(when));
	human_ms(marklist_took(m), took, sizeof(took));
	put_style(w, m->damaged || stale ? RED : "");
	put_fit(w, name ? name : "?", w->cols - 27);
	fprintf(w->out, "  %8s  %12s", when + 11,
		m->damaged	       ? "damaged"
		: stale		       ? "stale"
		: marklist_took(m) < 0 ? ""
				       : took);
	end_line(w);
}

static void put_file(struct watch *w, const struct progress_file *f)
{
	double rate = progress_rate(&w->now, f, &w->before);
	char size[32], speed[32], age[32];

	text_size(f->size, size, sizeof(size));
	text_size((int64_t)rate, speed, sizeof(speed));
	human_ms(f->age_ms, age, sizeof(age));
	put_fit(w, f->path, w->cols - 41);
	fprintf(w->out, "  %10s  %10s/s  %12s", size, speed, age);
	end_line(w);
}

static void put_title(struct watch *w, const char *what, size_t count,
		      size_t shown)
{
	char line[128];

	if (shown < count)
		snprintf(line, sizeof(line), "%s (%zu, %zu not shown)", what,
			 count, count - shown);
	else
		snprintf(line, sizeof(line), "%s (%zu)", what, count);
	put_line(w, BOLD, line);
}

/* The oldest, on a quarter of the screen at most. */
static void put_running(struct watch *w)
{
	size_t shown = MIN(w->now.step_count, (size_t)w->left / 4);
	char line[512], age[32];

	if (!shown || w->left < LEFT_MIN)
		return;
	put_line(w, "", "");
	put_title(w, "running", w->now.step_count, shown);
	for (size_t i = 0; i < shown; i++) {
		const struct progress_step *s = &w->now.steps[i];

		human_ms(s->age_ms, age, sizeof(age));
		snprintf(line, sizeof(line), "%-*s  %12s", w->cols - 16,
			 s->name, age);
		put_line(w, "", line);
	}
}

/* The latest, with path and reason, on a quarter of the screen at most. */
static void put_failures(struct watch *w)
{
	size_t kept = MIN(MIN(w->failure_count, (size_t)FAILURES),
			  (size_t)w->left / 4);

	if (!kept || w->left < LEFT_MIN)
		return;
	put_line(w, "", "");
	put_title(w, "failures", w->failure_count, kept);
	for (size_t i = 0; i < kept; i++)
		put_line(w, RED, w->failures[i]);
}

/* The latest marks and the oldest files; the files get up to half. */
static void put_lists(struct watch *w)
{
	size_t room = w->left > 4 ? (size_t)w->left - 4 : 0;
	size_t files = MIN(w->now.count, room / 2);
	size_t marks = MIN(w->marks.count, room - files);

	files = MIN(w->now.count, room - marks);
	put_line(w, "", "");
	put_title(w, "marks", w->marks.count, marks);
	for (size_t i = w->marks.count - marks; i < w->marks.count; i++)
		put_mark(w, &w->marks.items[i]);
	put_line(w, "", "");
	put_title(w, "being written", w->now.count, files);
	for (size_t i = 0; i < files; i++)
		put_file(w, &w->now.files[i]);
}

static void draw(struct watch *w)
{
	struct winsize size = { 0 };
	char *frame = NULL;
	size_t n = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	w->rows = MAX(size.ws_row, 8);
	w->cols = MAX(size.ws_col, 48);
	w->left = w->rows - 1; /* the last one would scroll */
	w->out = open_memstream(&frame, &n);
	if (!w->out)
		return;
	fputs(HOME, w->out);
	put_head(w);
	put_running(w);
	put_failures(w);
	put_lists(w);
	fputs(REST_CLEAR, w->out);
	if (fclose(w->out) == 0) {
		fwrite(frame, 1, n, stdout);
		fflush(stdout);
	}
	free(frame);
}

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
	const struct progress *p = &w->now;

	for (size_t i = 0; i < w->marks.count; i++) {
		const struct listed_mark *m = &w->marks.items[i];

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
	for (size_t i = 0; i < FAILURES; i++)
		free(steal_ptr(&w->failures[i]));
	w->failure_count = 0;
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
	free(w->failures[FAILURES - 1]);
	memmove(w->failures + 1, w->failures,
		(FAILURES - 1) * sizeof(*w->failures));
	w->failures[0] = text;
	w->failure_count++;
}

/* --- the loop ------------------------------------------------------------- */

static int look(struct watch *w)
{
	struct progress now;
	struct marklist marks;
	int r = progress_read(w->dir, &now);

	if (r < 0)
		return r;
	r = marklist_read(w->place.state.marks, w->place.target.run, &marks);
	if (r < 0) {
		progress_release(&now);
		return r;
	}
	progress_release(&w->before);
	w->before = w->now;
	w->now = now;
	marklist_release(&w->marks);
	w->marks = marks;
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
	w->keys = tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

static void give_keys_back(struct watch *w)
{
	if (w->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &w->cooked);
}

/* 'q', or no terminal any more. */
static bool is_quit(struct watch *w)
{
	char c;
	ssize_t n = read(STDIN_FILENO, &c, 1);

	w->keys &= n > 0;
	return n > 0 && (c == 'q' || c == 'Q');
}

/* Waits for the next frame.  A signal that ends it; -1: 'q'; 0: go on. */
static int next_event(struct watch *w)
{
	struct pollfd fds[] = {
		{ .fd = w->signals, .events = POLLIN },
		{ .fd = w->keys ? STDIN_FILENO : -1, .events = POLLIN },
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
			draw(w);
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
	int r = target_find(w->dir, &t, err); /* says why not */

	if (r < 0)
		return r;
	target_release(&t);
	return statedir_open(w->dir, &w->place, err);
}

int watch(const char *dir)
{
	struct watch w = { .dir = dir };
	bool screen = isatty(STDOUT_FILENO) == 1;
	const char *none = getenv("NO_COLOR");
	struct err err = { 0 };
	int status, r = start(&w, &err);

	if (r < 0) {
		say_failure(&err, dir, r);
		return EXIT_FAILED;
	}
	w.color = screen && !(none && *none);
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
	progress_release(&w.now);
	progress_release(&w.before);
	marklist_release(&w.marks);
	free(w.trouble);
	statedir_release(&w.place);
	return status;
}
