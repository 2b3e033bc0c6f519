/* SPDX-License-Identifier: MIT */
#include "cli/watch/view.h"

#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/screen/human.h"

#define LEFT_MIN 10 /* free lines, for failures to be shown */
#define HOME "\033[H"
#define LINE_END "\033[K\r\n"
#define REST_CLEAR "\033[K\033[J"
#define RED "\033[31m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

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
static void put_fit(struct view *v, const char *s, int width)
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
		fputs("\xe2\x80\xa6", v->out); /* an ellipsis */
	}
	fputs(s, v->out);
	for (; over < 0; over++)
		fputc(' ', v->out);
}

static void end_line(struct view *v)
{
	if (v->color)
		fputs(PLAIN, v->out);
	fputs(LINE_END, v->out);
	v->left--;
}

static void put_style(struct view *v, const char *style)
{
	if (v->color)
		fputs(style, v->out);
}

/* A whole line of @text, cut to fit. */
static void put_line(struct view *v, const char *style, const char *text)
{
	if (v->left < 1)
		return;
	put_style(v, style);
	fprintf(v->out, "%.*s", (int)bytes_of(text, v->cols), text);
	end_line(v);
}

/* --- a frame -------------------------------------------------------------- */

/* Where it looks, and when: what is too long is cut at the front, so that the
 * time and the way out are always seen. */
static void put_top(struct view *v)
{
	char when[32], end[64];
	struct timespec now;
	char *name = NULL;
	int room;

	clock_gettime(CLOCK_REALTIME, &now);
	human_when(&now, when, sizeof(when));
	snprintf(end, sizeof(end), "  %s%s", when, v->keys ? "  q: quit" : "");
	if (v->left < 1 ||
	    asprintf(&name, "idemfs %s%s%s", v->dir, v->run ? "  run " : "",
		     v->run ? v->run : "") < 0)
		return;
	text_mask(name);
	room = v->cols - columns(end);
	put_style(v, BOLD);
	put_fit(v, name, columns(name) < room ? columns(name) : room);
	fprintf(v->out, "%.*s", (int)bytes_of(end, v->cols), end);
	end_line(v);
	free(name);
}

static void put_head(struct view *v)
{
	const struct progress *p = &v->now, *was = &v->before;
	int64_t ms = p->at_ms - was->at_ms;
	char bytes[32], rate[32], line[512];

	put_top(v);
	text_size(p->bytes, bytes, sizeof(bytes));
	text_size(was->at_ms && ms > 0 ? (p->bytes - was->bytes) * 1000 / ms
				       : 0,
		  rate, sizeof(rate));
	snprintf(line, sizeof(line),
		 "promoted %lld (%s, %s/s)  discarded %lld  failed %lld  "
		 "in quarantine %lld",
		 (long long)p->promoted, bytes, rate, (long long)p->discarded,
		 (long long)p->failed, (long long)p->partials);
	put_line(v, p->failed ? RED : "", line);
	if (p->stale_count) {
		snprintf(line, sizeof(line),
			 "stale marks %zu: what they made "
			 "was deleted or changed",
			 p->stale_count);
		put_line(v, RED, line);
	}
	if (p->trouble) {
		snprintf(line, sizeof(line), "last mark not made: %s",
			 p->trouble);
		put_line(v, RED, line);
	}
}

static void put_mark(struct view *v, const struct listed_mark *m)
{
	auto_free char *name = text_escape(m->name);
	bool stale = name && progress_is_stale(&v->now, name);
	char when[32], took[32];

	human_when(&m->head.time, when, sizeof(when));
	human_ms(marklist_took(m), took, sizeof(took));
	put_style(v, m->damaged || stale ? RED : "");
	put_fit(v, name ? name : "?", v->cols - 27);
	fprintf(v->out, "  %8s  %12s", when + 11,
		m->damaged	       ? "damaged"
		: stale		       ? "stale"
		: marklist_took(m) < 0 ? ""
				       : took);
	end_line(v);
}

static void put_file(struct view *v, const struct progress_file *f)
{
	double rate = progress_rate(&v->now, f, &v->before);
	char size[32], speed[32], age[32];

	text_size(f->size, size, sizeof(size));
	text_size((int64_t)rate, speed, sizeof(speed));
	human_ms(f->age_ms, age, sizeof(age));
	put_fit(v, f->path, v->cols - 41);
	fprintf(v->out, "  %10s  %10s/s  %12s", size, speed, age);
	end_line(v);
}

static void put_title(struct view *v, const char *what, size_t count,
		      size_t shown)
{
	char line[128];

	if (shown < count)
		snprintf(line, sizeof(line), "%s (%zu, %zu not shown)", what,
			 count, count - shown);
	else
		snprintf(line, sizeof(line), "%s (%zu)", what, count);
	put_line(v, BOLD, line);
}

static void put_session(struct view *v, const struct progress_session *s)
{
	char age[32], more[64], overlaps[32] = "";

	human_ms(s->age_ms, age, sizeof(age));
	if (s->overlaps)
		snprintf(overlaps, sizeof(overlaps), "%llu overlap%s  ",
			 (unsigned long long)s->overlaps,
			 s->overlaps == 1 ? "" : "s");
	snprintf(more, sizeof(more), "%s%7s %6llu file%s", overlaps, s->kind,
		 (unsigned long long)s->files, s->files == 1 ? " " : "s");
	put_style(v, s->overlaps ? RED : "");
	put_fit(v, s->name, v->cols - 16 - columns(more));
	fprintf(v->out, "  %s  %12s", more, age);
	end_line(v);
}

/* The oldest, on a quarter of the screen at most. */
static void put_running(struct view *v)
{
	size_t shown = MIN(v->now.session_count, (size_t)v->left / 4);

	if (!shown || v->left < LEFT_MIN)
		return;
	put_line(v, "", "");
	put_title(v, "running", v->now.session_count, shown);
	for (size_t i = 0; i < shown; i++)
		put_session(v, &v->now.sessions[i]);
}

/* The latest, with path and reason, on a quarter of the screen at most. */
static void put_failures(struct view *v)
{
	size_t kept = MIN(MIN(v->failure_count, (size_t)VIEW_FAILURES),
			  (size_t)v->left / 4);

	if (!kept || v->left < LEFT_MIN)
		return;
	put_line(v, "", "");
	put_title(v, "failures", v->failure_count, kept);
	for (size_t i = 0; i < kept; i++)
		put_line(v, RED, v->failures[i]);
}

/* The latest marks and the oldest files; the files get up to half. */
static void put_lists(struct view *v)
{
	size_t room = v->left > 4 ? (size_t)v->left - 4 : 0;
	size_t files = MIN(v->now.count, room / 2);
	size_t marks = MIN(v->marks.count, room - files);

	files = MIN(v->now.count, room - marks);
	put_line(v, "", "");
	put_title(v, "marks", v->marks.count, marks);
	for (size_t i = v->marks.count - marks; i < v->marks.count; i++)
		put_mark(v, &v->marks.items[i]);
	put_line(v, "", "");
	put_title(v, "being written", v->now.count, files);
	for (size_t i = 0; i < files; i++)
		put_file(v, &v->now.files[i]);
}

void view_draw(struct view *v)
{
	struct winsize size = { 0 };
	char *frame = NULL;
	size_t n = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row)
		size = (struct winsize){ .ws_row = 24, .ws_col = 80 };
	v->cols = MAX(size.ws_col, 48);
	v->left = MAX(size.ws_row, 8) - 1; /* the last one would scroll */
	v->out = open_memstream(&frame, &n);
	if (!v->out)
		return;
	fputs(HOME, v->out);
	put_head(v);
	put_running(v);
	put_failures(v);
	put_lists(v);
	fputs(REST_CLEAR, v->out);
	if (fclose(v->out) == 0) {
		fwrite(frame, 1, n, stdout);
		fflush(stdout);
	}
	free(frame);
}
