/* SPDX-License-Identifier: MIT */
/*
 * idemfs report: one page of what a directory's marks, quarantine and log say.
 *
 *	gather     the marks, and what each promoted, counted
 *	timeline   a bar a step
 *	steps      a table
 *	files      what each step put in place, up to a bound
 *	failures   of the log; quarantine
 */
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/param.h>

#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/read/logfile.h"
#include "cli/read/marklist.h"
#include "cli/read/stalelist.h"
#include "cli/report/html.h"
#include "cli/report/timeline.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"
#include "core/quarantine/quarantine.h"

#define FILES_OF_STEP 200 /* lines of paths, for one step */
#define FILES_OF_ALL 5000 /* and for all */
#define MANY_STEPS 40	  /* from here on, bars are thin */
#define TICKS 4

struct step_row {
	const struct listed_mark *m;
	uint64_t files, gone, moved, other;
	int64_t bytes;
	bool damaged;
	const char *stale; /* what of it does not hold; NULL: it holds */
};

struct report {
	struct statedir place;
	const char *run;
	struct marklist marks;
	struct step_row *rows; /* one a mark */
	struct stalelist stale;
	struct partial_list partials;
	struct timeline line;
	uint64_t files;
	int64_t bytes, took_ms;
	size_t damaged;
	FILE *out;
};

/* --- gather --------------------------------------------------------------- */

static void count_record(struct step_row *row, const struct record *rec)
{
	switch (rec->kind) {
	case RECORD_FILE:
	case RECORD_UNREAD:
		row->files++;
		row->bytes += rec->st.size;
		break;
	case RECORD_GONE:
		row->gone++;
		break;
	case RECORD_MOVED:
		row->moved++;
		break;
	case RECORD_NODE:
	case RECORD_INPLACE:
		row->other++;
		break;
	default:
		break;
	}
}

static void count_step(struct report *r, struct step_row *row)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	auto_fd fd = -1;
	int code = marklist_open(r->place.state.marks, row->m, &m, &fd);

	while (code >= 0) {
		code = manifest_next(m, &rec);
		if (code <= 0)
			break;
		count_record(row, &rec);
	}
	manifest_close(m);
	row->damaged = code < 0;
	r->damaged += row->damaged;
	r->files += row->files;
	r->bytes += row->bytes;
}

static int64_t ns_of(const struct timespec *t)
{
	return (int64_t)t->tv_sec * 1000000000 + t->tv_nsec;
}

static int64_t begin_of(const struct listed_mark *m)
{
	int64_t ms = marklist_took(m);

	if (!m->damaged && m->head.has_ran)
		return ns_of(&m->head.ran.began);
	return ns_of(&m->head.time) - (ms > 0 ? ms : 0) * 1000000;
}

static int gather(struct report *r)
{
	int code = marklist_read(r->place.state.marks, r->run, &r->marks);

	if (!code)
		code = quarantine_list(r->place.state.partial, &r->partials);
	if (!code) {
		r->rows = calloc(r->marks.count + 1, sizeof(*r->rows));
		code = r->rows ? 0 : -ENOMEM;
	}
	if (!code)
		code = stalelist_read(&r->place, &r->marks, &r->stale);
	for (size_t i = 0; !code && i < r->marks.count; i++) {
		const struct listed_mark *m = &r->marks.items[i];
		int64_t ms = marklist_took(m);

		r->rows[i].m = m;
		r->rows[i].stale = r->stale.why[i];
		count_step(r, &r->rows[i]);
		r->took_ms += ms > 0 ? ms : 0;
		code = timeline_add(&r->line, begin_of(m),
				    ns_of(&m->head.time));
	}
	timeline_finish(&r->line);
	return code;
}

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

static void put_head(struct report *r)
{
	const char *dir = r->place.mounted ? r->place.target.backing : NULL;
	auto_free char *real = dir ? NULL : realpath(r->place.dir, NULL);
	char text[64];
	struct timespec now;

	if (!dir)
		dir = real ? real : r->place.dir;
	clock_gettime(CLOCK_REALTIME, &now);
	html_begin(r->out, dir);
	fputs("<header>\n<h1>", r->out);
	html_text(r->out, dir);
	fputs("</h1>\n<p class=\"soft\">", r->out);
	if (r->run) {
		fputs("run <code>", r->out);
		html_text(r->out, r->run);
		fputs("</code>, ", r->out);
	}
	fputs("as it was at ", r->out);
	put_when(r->out, &now);
	strftime(text, sizeof(text), " %Z", localtime(&now.tv_sec));
	fprintf(r->out, "%s</p>\n<ul class=\"facts\">\n", text);
	put_count(r->out, "", r->marks.count, "steps done");
	human_ms(r->took_ms, text, sizeof(text));
	put_fact(r->out, "", text, "in all");
	put_count(r->out, "", r->files, "files");
	text_size(r->bytes, text, sizeof(text));
	put_fact(r->out, "", text, "written");
	if (r->damaged)
		put_count(r->out, "bad", r->damaged, "damaged marks");
	if (r->stale.count)
		put_count(r->out, "warn", r->stale.count, "stale marks");
	put_count(r->out, r->partials.count ? "warn" : "", r->partials.count,
		  "in quarantine");
	fputs("</ul>\n</header>\n<main>\n", r->out);
}

/* --- timeline ------------------------------------------------------------- */

static void put_tick(struct report *r, double at)
{
	int64_t ns = timeline_time(&r->line, at);
	struct timespec t = { .tv_sec = ns / 1000000000 };
	const struct timeline_span *last = &r->line.spans[r->line.count - 1];
	bool days = last->to - r->line.spans[0].from >
		    INT64_C(20) * 3600 * 1000000000;
	char text[32];

	human_when(&t, text, sizeof(text));
	/* "2026-11-23 10:59:01": with the day where there are several */
	fprintf(r->out, "<i>%s</i>", days ? text + 5 : text + 11);
}

static const char *class_of(const struct step_row *row)
{
	return row->damaged ? "bad" : row->stale ? "warn" : "";
}

static void put_span(struct report *r, const struct step_row *row)
{
	double from = timeline_at(&r->line, begin_of(row->m));
	double to = timeline_at(&r->line, ns_of(&row->m->head.time));

	/* What begins at the very end must still be seen. */
	fprintf(r->out,
		"<b class=\"%s\" style=\"left:%.3f%%;width:%.3f%%\"></b>",
		class_of(row), MIN(from, 0.995) * 100, (to - from) * 100);
}

static void put_bar(struct report *r, const struct step_row *row)
{
	fputs("<div class=\"bar\"><span title=\"", r->out);
	html_text(r->out, row->m->name);
	fputs("\">", r->out);
	html_text(r->out, row->m->name);
	fputs("</span><span class=\"track\">", r->out);
	put_span(r, row);
	fputs("</span><span>", r->out);
	put_took(r->out, row->m);
	fputs("</span></div>\n", r->out);
}

/* All of them on one line, since not all rows fit on a screen. */
static void put_overview(struct report *r)
{
	fputs("<div class=\"bar over\"><span>all</span>"
	      "<span class=\"track\">",
	      r->out);
	for (size_t i = 0; i < r->marks.count; i++)
		put_span(r, &r->rows[i]);
	fputs("</span><span></span></div>\n", r->out);
}

static void put_timeline(struct report *r)
{
	if (!r->marks.count)
		return;
	fprintf(r->out,
		"<section id=\"timeline\">\n<h2>Timeline</h2>\n"
		"<div class=\"box%s\" tabindex=\"0\">\n"
		"<div class=\"bar axis\"><span></span><span>",
		r->marks.count > MANY_STEPS ? " many" : "");
	for (int i = 0; i <= TICKS; i++)
		put_tick(r, (double)i / TICKS);
	fputs("</span><span></span></div>\n", r->out);
	if (r->marks.count > MANY_STEPS)
		put_overview(r);
	fputs("<div class=\"time\">\n", r->out);
	for (size_t i = 0; i < r->marks.count; i++)
		put_bar(r, &r->rows[i]);
	fputs("</div>\n</div>\n", r->out);
	if (r->line.count > 1)
		fputs("<p class=\"soft\">Stretches in which nothing was done "
		      "are cut short.</p>\n",
		      r->out);
	fputs("</section>\n", r->out);
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

static void put_step(struct report *r, const struct step_row *row)
{
	const struct manifest_head *h = &row->m->head;

	fprintf(r->out, "<tr class=\"%s\"><td class=\"p\">", class_of(row));
	html_text(r->out, row->m->name);
	if (row->damaged)
		fputs(" <strong class=\"bad\">damaged</strong>", r->out);
	if (row->stale) {
		fputs(" <strong class=\"warn\">stale</strong> "
		      "<span class=\"soft\">",
		      r->out);
		html_text(r->out, row->stale);
		fputs("</span>", r->out);
	}
	fputs("</td><td class=\"t\">", r->out);
	put_when(r->out, &h->time);
	fputs("</td><td class=\"n\" title=\"took\">", r->out);
	put_took(r->out, row->m);
	fputs("</td>", r->out);
	put_number(r->out, row->files, "files");
	fputs("<td class=\"n\">", r->out);
	if (row->files)
		put_size(r->out, row->bytes);
	fputs("</td>", r->out);
	put_number(r->out, row->gone, "removed");
	fputs("<td class=\"p\"><code>", r->out);
	html_text(r->out, h->command ? h->command : "");
	fputs("</code>", r->out);
	if (h->host)
		fprintf(r->out, "<br><span class=\"soft\">process %d, user %u",
			(int)h->pid, (unsigned int)h->user);
	if (h->host && *h->host) {
		fputs(", ", r->out);
		html_text(r->out, h->host);
	}
	fprintf(r->out, "%s</td></tr>\n", h->host ? "</span>" : "");
}

static void put_steps(struct report *r)
{
	fputs("<section id=\"steps\">\n<h2>Steps</h2>\n", r->out);
	if (!r->marks.count) {
		fputs("<p>No step has been marked as done.</p>\n</section>\n",
		      r->out);
		return;
	}
	fputs("<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"steps stack\">\n<thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Done</th>"
	      "<th scope=\"col\" class=\"n\">Took</th>"
	      "<th scope=\"col\" class=\"n\">Files</th>"
	      "<th scope=\"col\" class=\"n\">Size</th>"
	      "<th scope=\"col\" class=\"n\">Removed</th>"
	      "<th scope=\"col\">By</th></tr></thead>\n<tbody>\n",
	      r->out);
	for (size_t i = 0; i < r->marks.count; i++)
		put_step(r, &r->rows[i]);
	fputs("</tbody>\n</table>\n</div>\n</section>\n", r->out);
}

/* --- files ---------------------------------------------------------------- */

/* One line for what became of a path; false for what is no output. */
static bool put_record(FILE *out, const struct record *rec)
{
	static const char *const words[] = {
		[RECORD_GONE] = "removed", [RECORD_MOVED] = "renamed",
		[RECORD_NODE] = "made",	   [RECORD_INPLACE] = "in place",
		[RECORD_INPUT] = "read",
	};
	bool file = rec->kind == RECORD_FILE || rec->kind == RECORD_UNREAD;

	if (!file && !words[rec->kind])
		return false;
	fputs("<tr><td class=\"p\"><code>", out);
	html_text(out, rec->path);
	if (rec->kind == RECORD_MOVED) {
		fputs(" to ", out);
		html_text(out, rec->to);
	}
	fputs("</code></td><td class=\"n\">", out);
	if (file || rec->kind == RECORD_INPUT)
		put_size(out, rec->st.size);
	fprintf(out, "</td><td>%s</td></tr>\n", file ? "" : words[rec->kind]);
	return true;
}

/* At most @room lines: how many. */
static size_t put_records(struct report *r, const struct step_row *row,
			  size_t room)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	auto_fd fd = -1;
	size_t n = 0;

	if (marklist_open(r->place.state.marks, row->m, &m, &fd) < 0)
		return 0;
	while (n < room && manifest_next(m, &rec) > 0)
		n += put_record(r->out, &rec);
	manifest_close(m);
	return n;
}

static uint64_t records_of(const struct step_row *row)
{
	return row->files + row->gone + row->moved + row->other;
}

static void put_files_of(struct report *r, const struct step_row *row,
			 size_t *room)
{
	uint64_t all = records_of(row);
	size_t n;

	fputs("<details><summary>", r->out);
	html_text(r->out, row->m->name);
	fprintf(r->out,
		" <span class=\"soft\">(%" PRIu64 ")</span></summary>\n"
		"<table>\n",
		all);
	n = put_records(r, row, MIN((size_t)FILES_OF_STEP, *room));
	fputs("</table>\n", r->out);
	if (n < all) {
		fprintf(r->out,
			"<p class=\"soft\">And %" PRIu64 " more: <code>idemfs "
			"show DIR ",
			all - n);
		html_text(r->out, row->m->name);
		fputs("</code></p>\n", r->out);
	}
	fputs("</details>\n", r->out);
	*room -= MIN(n, *room);
}

static void put_files(struct report *r)
{
	size_t room = FILES_OF_ALL;

	fputs("<section id=\"files\">\n<h2>Files of each step</h2>\n", r->out);
	if (!r->files)
		fputs("<p>None.</p>\n", r->out);
	for (size_t i = 0; i < r->marks.count; i++)
		if (records_of(&r->rows[i]))
			put_files_of(r, &r->rows[i], &room);
	fputs("</section>\n", r->out);
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

static void put_quarantine(struct report *r)
{
	fputs("<section id=\"quarantine\">\n<h2>Quarantine</h2>\n", r->out);
	if (!r->partials.count) {
		fputs("<p>Empty: nothing that was written was left out.</p>\n"
		      "</section>\n",
		      r->out);
		return;
	}
	fputs("<div class=\"box\" tabindex=\"0\">\n"
	      "<table class=\"stack\">\n<thead><tr>"
	      "<th scope=\"col\">File</th><th scope=\"col\">Put there</th>"
	      "<th scope=\"col\" class=\"n\">Size</th><th scope=\"col\">Why"
	      "</th><th scope=\"col\" class=\"n\">Number</th></tr></thead>\n"
	      "<tbody>\n",
	      r->out);
	for (size_t i = 0; i < r->partials.count; i++)
		put_partial(r->out, &r->partials.items[i]);
	fputs("</tbody>\n</table>\n</div>\n<p class=\"soft\"><code>idemfs "
	      "partial restore DIR NUMBER</code> puts one at its name.</p>\n"
	      "</section>\n",
	      r->out);
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

static void put_failures(struct report *r)
{
	struct failures_table t = { .out = r->out };

	fputs("<section id=\"failures\">\n<h2>Failures</h2>\n", r->out);
	logfile_each(r->place.state.dir, put_failure, &t);
	fputs(t.any ? "</table>\n</div>\n" : "<p>None in the log.</p>\n",
	      r->out);
	fputs("</section>\n", r->out);
}

/* --- from start to end ---------------------------------------------------- */

static int print_report(struct report *r)
{
	int code = gather(r);

	if (code < 0)
		return code;
	put_head(r);
	put_timeline(r);
	put_steps(r);
	put_failures(r);
	put_quarantine(r);
	put_files(r);
	fputs("</main>\n", r->out);
	html_end(r->out);
	return 0;
}

static int has_run(const struct report *r, struct err *err)
{
	if (!r->run || faccessat(r->place.state.marks, r->run, F_OK,
				 AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return err_set(err, -ENOENT, "%s: no run \"%s\". See: idemfs runs %s",
		       r->place.dir, r->run, r->place.dir);
}

static int report(const char *dir, const char *run)
{
	struct report r = { .out = stdout };
	struct err err = { 0 };
	int code = statedir_open(dir, &r.place, &err), status;

	if (code < 0) {
		say_failure(&err, dir, code);
		return EXIT_FAILED;
	}
	r.run = run ? run : r.place.target.run;
	code = has_run(&r, &err);
	if (!code)
		code = print_report(&r);
	if (code < 0)
		say_failure(&err, dir, code);
	status = say_finish();
	timeline_release(&r.line);
	partial_list_release(&r.partials);
	stalelist_release(&r.stale);
	free(r.rows);
	marklist_release(&r.marks);
	statedir_release(&r.place);
	return code < 0 ? EXIT_FAILED : status;
}

struct report_options {
	const char *run;
};

static const struct option_row rows[] = {
	{ "run", 'r', OPTION_TEXT, offsetof(struct report_options, run),
	  .argument = "ID", .help = "of this run only (see idemfs runs)" },
	{ .key = NULL },
};

static int report_main(int argc, char **argv)
{
	const struct command *c = &command_report;
	struct report_options o = { 0 };
	int status;

	if (!command_read(c, argc, argv, &o, &status) ||
	    !command_one(c, argc, "name a directory", &status))
		return status;
	if (o.run && (!*o.run || *o.run == '.' || strchr(o.run, '/')))
		return command_misuse(c, "--run takes the name of a run");
	return report(argv[optind], o.run);
}

const struct command command_report = {
	.name = "report",
	.purpose = "a page of steps, their files, failures and quarantine",
	.run = report_main,
	.usage =
		"usage: idemfs report [--run ID] DIR > FILE.html\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before. The page needs\n"
		"neither network nor scripts. Of a mount with --run-id, it tells of that run.\n",
	.notes = "example: idemfs report out > report.html\n",
	.options = { rows },
};
