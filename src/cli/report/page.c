/* SPDX-License-Identifier: MIT */
#include "cli/report/page.h"

#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/read/logfile.h"
#include "cli/report/html.h"
#include "cli/screen/human.h"

#define FILES_OF_STEP 200  /* lines of paths, for one step */
#define FILES_OF_ALL 5000  /* and for all */
#define SESSIONS_SHOWN 500 /* the latest, likewise */
#define OVERLAPS_SHOWN 200
#define MANY_STEPS 40 /* from here on, bars are thin */
#define TICKS 4

struct page {
	const struct report *r;
	FILE *out;
};

/* --- parts of a page ------------------------------------------------------ */

static void put_size(FILE *out, int64_t bytes)
{
	char text[32];

	text_size(bytes, text, sizeof(text));
	fputs(text, out);
}

static void put_when(FILE *out, const struct timespec *t)
{
	char text[32];

	human_when(t, text, sizeof(text));
	fputs(text, out);
}

static void put_took(FILE *out, const struct listed_mark *m)
{
	char text[32] = "";

	if (marklist_took(m) >= 0)
		human_ms(marklist_took(m), text, sizeof(text));
	fputs(text, out);
}

static void put_fact(FILE *out, const char *class, const char *value,
		     const char *what)
{
	fprintf(out, "<li class=\"%s\"><b>%s</b>%s</li>\n", class, value, what);
}

static void put_count(FILE *out, const char *class, uint64_t n,
		      const char *what)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, n);
	put_fact(out, class, text, what);
}

static void put_head(const struct page *p)
{
	const char *dir = p->r->place->mounted ? p->r->place->target.backing
					       : NULL;
	auto_free char *real = dir ? NULL : realpath(p->r->place->dir, NULL);
	char text[64];
	struct timespec now;

	if (!dir)
		dir = real ? real : p->r->place->dir;
	clock_gettime(CLOCK_REALTIME, &now);
	html_begin(p->out, dir);
	fputs("<header>\n<h1>", p->out);
	html_text(p->out, dir);
	fputs("</h1>\n<p class=\"soft\">", p->out);
	if (p->r->run) {
		fputs("run <code>", p->out);
		html_text(p->out, p->r->run);
		fputs("</code>, ", p->out);
	}
	fputs("as it was at ", p->out);
	put_when(p->out, &now);
	strftime(text, sizeof(text), " %Z", localtime(&now.tv_sec));
	fprintf(p->out, "%s</p>\n<ul class=\"facts\">\n", text);
	put_count(p->out, "", p->r->marks.count, "steps done");
	human_ms(p->r->took_ms, text, sizeof(text));
	put_fact(p->out, "", text, "in all");
	put_count(p->out, "", p->r->files, "files");
	text_size(p->r->bytes, text, sizeof(text));
	put_fact(p->out, "", text, "written");
	if (p->r->damaged)
		put_count(p->out, "bad", p->r->damaged, "damaged marks");
	if (p->r->stale.count)
		put_count(p->out, "warn", p->r->stale.count, "stale marks");
	put_count(p->out, p->r->partials.count ? "warn" : "",
		  p->r->partials.count, "in quarantine");
	fputs("</ul>\n</header>\n<main>\n", p->out);
}

/* --- timeline ------------------------------------------------------------- */

static void put_tick(const struct page *p, double at)
{
	int64_t ns = timeline_time(&p->r->line, at);
	struct timespec t = { .tv_sec = ns / 1000000000 };
	const struct timeline_span *last =
		&p->r->line.spans[p->r->line.count - 1];
	bool days = last->to - p->r->line.spans[0].from >
		    INT64_C(20) * 3600 * 1000000000;
	char text[32];

	human_when(&t, text, sizeof(text));
	/* "2026-11-23 10:59:01": with the day where there are several */
	fprintf(p->out, "<i>%s</i>", days ? text + 5 : text + 11);
}

static const char *class_of(const struct step_row *row)
{
	return row->damaged ? "bad" : row->stale ? "warn" : "";
}

static void put_span(const struct page *p, const struct step_row *row)
{
	double from = timeline_at(&p->r->line, report_began(row->m));
	double to = timeline_at(&p->r->line, report_ended(row->m));

	/* What begins at the very end must still be seen. */
	fprintf(p->out,
		"<b class=\"%s\" style=\"left:%.3f%%;width:%.3f%%\"></b>",
		class_of(row), MIN(from, 0.995) * 100, (to - from) * 100);
}

static void put_bar(const struct page *p, const struct step_row *row)
{
	fputs("<div class=\"bar\"><span title=\"", p->out);
	html_text(p->out, row->m->name);
	fputs("\">", p->out);
	html_text(p->out, row->m->name);
	fputs("</span><span class=\"track\">", p->out);
	put_span(p, row);
	fputs("</span><span>", p->out);
	put_took(p->out, row->m);
	fputs("</span></div>\n", p->out);
}

/* All of them on one line, since not all rows fit on a screen. */
static void put_overview(const struct page *p)
{
	fputs("<div class=\"bar over\"><span>all</span>"
	      "<span class=\"track\">",
	      p->out);
	for (size_t i = 0; i < p->r->marks.count; i++)
		put_span(p, &p->r->rows[i]);
	fputs("</span><span></span></div>\n", p->out);
}

static void put_timeline(const struct page *p)
{
	if (!p->r->marks.count)
		return;
	fprintf(p->out,
		"<section id=\"timeline\">\n<h2>Timeline</h2>\n"
		"<div class=\"box%s\" tabindex=\"0\">\n"
		"<div class=\"bar axis\"><span></span><span>",
		p->r->marks.count > MANY_STEPS ? " many" : "");
	for (int i = 0; i <= TICKS; i++)
		put_tick(p, (double)i / TICKS);
	fputs("</span><span></span></div>\n", p->out);
	if (p->r->marks.count > MANY_STEPS)
		put_overview(p);
	fputs("<div class=\"time\">\n", p->out);
	for (size_t i = 0; i < p->r->marks.count; i++)
		put_bar(p, &p->r->rows[i]);
	fputs("</div>\n</div>\n", p->out);
	if (p->r->line.count > 1)
		fputs("<p class=\"soft\">Stretches in which nothing was done "
		      "are cut short.</p>\n",
		      p->out);
	fputs("</section>\n", p->out);
}

/* --- steps ---------------------------------------------------------------- */

/* @what stands before it where there is no room for a head. */
static void put_number(FILE *out, uint64_t n, const char *what)
{
	fprintf(out, "<td class=\"n\" title=\"%s\">", what);
	if (n)
		fprintf(out, "%" PRIu64, n);
	fputs("</td>", out);
}

static void put_step(const struct page *p, const struct step_row *row)
{
	const struct manifest_head *h = &row->m->head;

	fprintf(p->out, "<tr class=\"%s\"><td class=\"p\">", class_of(row));
	html_text(p->out, row->m->name);
	if (row->damaged)
		fputs(" <strong class=\"bad\">damaged</strong>", p->out);
	if (row->stale) {
		fputs(" <strong class=\"warn\">stale</strong> "
		      "<span class=\"soft\">",
		      p->out);
		html_text(p->out, row->stale);
		fputs("</span>", p->out);
	}
	fputs("</td><td class=\"t\">", p->out);
	put_when(p->out, &h->time);
	fputs("</td><td class=\"n\" title=\"took\">", p->out);
	put_took(p->out, row->m);
	fputs("</td>", p->out);
	put_number(p->out, row->files, "files");
	fputs("<td class=\"n\">", p->out);
	if (row->files)
		put_size(p->out, row->bytes);
	fputs("</td>", p->out);
	put_number(p->out, row->gone, "removed");
	fputs("<td class=\"p\"><code>", p->out);
	html_text(p->out, h->command ? h->command : "");
	fputs("</code>", p->out);
	if (h->host)
		fprintf(p->out, "<br><span class=\"soft\">process %d, user %u",
			(int)h->pid, (unsigned int)h->user);
	if (h->host && *h->host) {
		fputs(", ", p->out);
		html_text(p->out, h->host);
	}
	if (h->host && h->session) {
		fputs(", session ", p->out);
		html_text(p->out, h->session);
	}
	fprintf(p->out, "%s</td></tr>\n", h->host ? "</span>" : "");
}

static void put_steps(const struct page *p)
{
	fputs("<section id=\"steps\">\n<h2>Steps</h2>\n", p->out);
	if (!p->r->marks.count) {
		fputs("<p>No step has been marked as done.</p>\n</section>\n",
		      p->out);
		return;
	}
	fputs("<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"steps stack\">\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Done</th>"
	      "<th scope=\"col\" class=\"n\">Took</th>"
	      "<th scope=\"col\" class=\"n\">Files</th>"
	      "<th scope=\"col\" class=\"n\">Size</th>"
	      "<th scope=\"col\" class=\"n\">Removed</th>"
	      "<th scope=\"col\">By</th></tr></thead>\n<tbody>\n",
	      p->out);
	for (size_t i = 0; i < p->r->marks.count; i++)
		put_step(p, &p->r->rows[i]);
	fputs("</tbody>\n</table>\n</div>\n</section>\n", p->out);
}

/* --- sessions ------------------------------------------------------------- */

static const char *how_of(const struct page *p, const struct logged_session *s)
{
	if (s->ended)
		return s->how;
	return p->r->place->mounted ? "running" : "not known";
}

static void put_session(const struct page *p, const struct logged_session *s)
{
	fputs("<tr><td class=\"p\">", p->out);
	html_text(p->out, s->name);
	fprintf(p->out, "</td><td class=\"t\">%.19s</td><td class=\"p\">",
		s->began);
	html_text(p->out, how_of(p, s));
	fputs("</td><td class=\"p\"><code>", p->out);
	html_text(p->out, s->command);
	fprintf(p->out, "</code><br><span class=\"soft\">process %d</span>",
		s->pid);
	fputs("</td></tr>\n", p->out);
}

static void put_overlaps(const struct page *p)
{
	size_t n = p->r->sessions.overlap_count;
	size_t i = n > OVERLAPS_SHOWN ? n - OVERLAPS_SHOWN : 0;

	if (!n)
		return;
	fputs("<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"stack\">\n",
	      p->out);
	for (; i < n; i++) {
		const struct logged_overlap *o = &p->r->sessions.overlaps[i];

		fprintf(p->out,
			"<tr class=\"warn\"><td class=\"t\">%.19s</td>"
			"<td class=\"p\">",
			o->when);
		html_text(p->out, o->text);
		fputs("</td></tr>\n", p->out);
	}
	fputs("</table>\n</div>\n", p->out);
}

static void put_sessions(const struct page *p)
{
	size_t n = p->r->sessions.count;
	size_t i = n > SESSIONS_SHOWN ? n - SESSIONS_SHOWN : 0;

	if (!n)
		return;
	fputs("<section id=\"sessions\">\n<h2>Sessions</h2>\n"
	      "<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"stack\">\n<thead><tr>"
	      "<th scope=\"col\">Session</th><th scope=\"col\">Began</th>"
	      "<th scope=\"col\">Ended</th><th scope=\"col\">Command</th>"
	      "</tr></thead>\n<tbody>\n",
	      p->out);
	for (; i < n; i++)
		put_session(p, &p->r->sessions.items[i]);
	fputs("</tbody>\n</table>\n</div>\n", p->out);
	put_overlaps(p);
	fputs("</section>\n", p->out);
}

/* --- files ---------------------------------------------------------------- */

/* One line for what became of a path, or was read of it. */
static bool put_record(FILE *out, const struct record *rec)
{
	static const char *const words[] = {
		[RECORD_GONE] = "removed",
		[RECORD_MOVED] = "renamed",
		[RECORD_NODE] = "made",
		[RECORD_INPLACE] = "in place",
		[RECORD_INPUT] = "read",
		[RECORD_LEARNED] = "read",
		[RECORD_UNLEARNED] = "read, and changed meanwhile",
		[RECORD_ABSENT] = "looked for, not there",
		[RECORD_LISTED] = "listed",
		[RECORD_LINKED] = "followed",
		[RECORD_FOLDED] = "files in it read",
		[RECORD_SELF] = "read, then changed",
		[RECORD_CANNOT] = "read, cannot be learned",
	};
	bool file = rec->kind == RECORD_FILE || rec->kind == RECORD_UNREAD;
	bool sized = file || rec->kind == RECORD_INPUT ||
		     rec->kind == RECORD_LEARNED;

	if (!file && (rec->kind >= ARRAY_SIZE(words) || !words[rec->kind]))
		return false;
	fputs("<tr><td class=\"p\"><code>", out);
	html_text(out, rec->path);
	if (rec->kind == RECORD_MOVED) {
		fputs(" to ", out);
		html_text(out, rec->to);
	}
	fputs("</code></td><td class=\"n\">", out);
	if (sized)
		put_size(out, rec->st.size);
	fprintf(out, "</td><td>%s</td></tr>\n", file ? "" : words[rec->kind]);
	return true;
}

static int put_overlap(void *arg, const char *session, const char *path,
		       unsigned int more)
{
	FILE *out = arg;

	if (!path) {
		fprintf(out,
			"<tr class=\"warn\"><td class=\"p\">and %u more"
			"</td><td></td><td>overlaps</td></tr>\n",
			more);
		return 0;
	}
	fputs("<tr class=\"warn\"><td class=\"p\"><code>", out);
	html_text(out, path);
	fputs("</code></td><td></td><td>overlaps with session ", out);
	html_text(out, session);
	fputs("</td></tr>\n", out);
	return 0;
}

/* At most @room lines: how many. */
static size_t put_records(const struct page *p, const struct step_row *row,
			  size_t room)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	auto_fd fd = -1;
	size_t n = 0;

	if (marklist_open(p->r->place->state.marks, row->m, &m, &fd) < 0)
		return 0;
	manifest_on_overlap(m, put_overlap, p->out);
	while (n < room && manifest_next(m, &rec) > 0)
		n += put_record(p->out, &rec);
	manifest_close(m);
	return n;
}

static uint64_t records_of(const struct step_row *row)
{
	return row->files + row->gone + row->moved + row->other + row->inputs;
}

static void put_files_of(const struct page *p, const struct step_row *row,
			 size_t *room)
{
	uint64_t all = records_of(row);
	size_t n;

	fputs("<details><summary>", p->out);
	html_text(p->out, row->m->name);
	fprintf(p->out,
		" <span class=\"soft\">(%" PRIu64 ")</span></summary>\n"
		"<table>\n",
		all);
	n = put_records(p, row, MIN((size_t)FILES_OF_STEP, *room));
	fputs("</table>\n", p->out);
	if (n < all) {
		fprintf(p->out,
			"<p class=\"soft\">And %" PRIu64 " more: <code>idemfs "
			"show DIR ",
			all - n);
		html_text(p->out, row->m->name);
		fputs("</code></p>\n", p->out);
	}
	fputs("</details>\n", p->out);
	*room -= MIN(n, *room);
}

static void put_files(const struct page *p)
{
	size_t room = FILES_OF_ALL;

	fputs("<section id=\"files\">\n<h2>Files of each step</h2>\n", p->out);
	if (!p->r->files)
		fputs("<p>None.</p>\n", p->out);
	for (size_t i = 0; i < p->r->marks.count; i++)
		if (records_of(&p->r->rows[i]))
			put_files_of(p, &p->r->rows[i], &room);
	fputs("</section>\n", p->out);
}

/* --- what went wrong ------------------------------------------------------ */

static void put_partial(FILE *out, const struct partial *p)
{
	fputs("<tr><td class=\"p\"><code>", out);
	html_text(out, *p->path ? p->path : "?");
	fputs("</code></td><td class=\"t\">", out);
	put_when(out, &p->time);
	fputs("</td><td class=\"n\">", out);
	put_size(out, p->size);
	fputs("</td><td class=\"p\">", out);
	html_text(out, p->why);
	if (*p->command) {
		fputs("<br><code>", out);
		html_text(out, p->command);
		fputs("</code>", out);
	}
	fprintf(out,
		"</td><td class=\"n\" title=\"number\">%" PRIu64 "</td></tr>\n",
		p->id);
}

static void put_quarantine(const struct page *p)
{
	fputs("<section id=\"quarantine\">\n<h2>Quarantine</h2>\n", p->out);
	if (!p->r->partials.count) {
		fputs("<p>Empty: nothing that was written was left out.</p>\n"
		      "</section>\n",
		      p->out);
		return;
	}
	fputs("<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"stack\">\n<thead><tr>"
	      "<th scope=\"col\">File</th><th scope=\"col\">Put there</th>"
	      "<th scope=\"col\" class=\"n\">Size</th><th scope=\"col\">Why"
	      "</th><th scope=\"col\" class=\"n\">Number</th></tr></thead>\n"
	      "<tbody>\n",
	      p->out);
	for (size_t i = 0; i < p->r->partials.count; i++)
		put_partial(p->out, &p->r->partials.items[i]);
	fputs("</tbody>\n</table>\n</div>\n<p class=\"soft\"><code>idemfs "
	      "partial restore DIR NUMBER</code> puts one at its name.</p>\n"
	      "</section>\n",
	      p->out);
}

struct failures_table {
	FILE *out;
	bool any;
};

static void put_failure(void *arg, const struct logline *l)
{
	struct failures_table *t = arg;

	if (!logline_is_failure(l))
		return;
	if (!t->any)
		fputs("<div class=\"box\" tabindex=\"0\">\n"
		      "<table class=\"stack\">\n",
		      t->out);
	t->any = true;
	fprintf(t->out, "<tr><td class=\"t\">%.19s</td><td class=\"p\">",
		l->time);
	html_text(t->out, l->text);
	fputs("</td></tr>\n", t->out);
}

static void put_failures(const struct page *p)
{
	struct failures_table t = { .out = p->out };

	fputs("<section id=\"failures\">\n<h2>Failures</h2>\n", p->out);
	logfile_each(p->r->place->state.dir, put_failure, &t);
	fputs(t.any ? "</table>\n</div>\n" : "<p>None in the log.</p>\n",
	      p->out);
	fputs("</section>\n", p->out);
}

/* --- from start to end ---------------------------------------------------- */

void page_write(const struct report *r, FILE *out)
{
	struct page p = { .r = r, .out = out };

	put_head(&p);
	put_timeline(&p);
	put_steps(&p);
	put_sessions(&p);
	put_failures(&p);
	put_quarantine(&p);
	put_files(&p);
	fputs("</main>\n", out);
	html_end(out);
}
