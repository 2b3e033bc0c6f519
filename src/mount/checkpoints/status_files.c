/* SPDX-License-Identifier: MIT */
/*
 * status: what a mount says of itself, in the control files
 * (include/idemfs/control.h).
 */
#include <string.h>

#include "base/json.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/disk/dirty.h"
#include "core/flush/failures.h"
#include "core/marks/running.h"
#include "core/quarantine/quarantine.h"
#include "core/verify/stale.h"
#include "core/version/shown.h"
#include "idemfs/control.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/groups.h"
#include "mount/checkpoints/status.h"
#include "mount/kernel/passthrough.h"
#include "mount/kernel/session.h"
#include "mount/mountpoint/lifetime.h"

#define LOOK_MS 5000 /* how long status waits for a judgement of the marks */

struct status {
	struct fs *fs;
	FILE *out;
	struct json json; /* instead of @out */
	unsigned int n;	  /* items printed so far */
};

/* .control */

static void put_escaped(FILE *out, const char *key, const char *value)
{
	auto_free char *escaped = text_escape(value);

	fprintf(out, "%s %s\n", key, escaped ? escaped : "");
}

static void write_lifetime(struct fs *fs, FILE *out)
{
	int runs = lifetime_runs(fs->lifetime);

	if (fs->end >= 0)
		fprintf(out, "end_fd %d\n", fs->end);
	if (runs >= 0)
		fprintf(out, "runs %d\n", runs);
	if (lifetime_is_ending(fs->lifetime))
		fputs("ending yes\n", out);
}

/* "option KEY VALUE" lines. */
static void write_options(struct fs *fs, FILE *out)
{
	auto_free char *text = NULL, *fuse = text_escape(fs->fuse_opts);
	char *line, *save = NULL;
	size_t size;
	FILE *all = open_memstream(&text, &size);

	if (!all)
		return;
	options_print(fs->opt, all);
	fprintf(all, "o %s\n", fuse ? fuse : "");
	if (fclose(all) != 0)
		return;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		fprintf(out, "option %s\n", line);
}

static void write_control(struct fs *fs, FILE *out)
{
	fprintf(out, "idemfs %d\npid %d\nroot_fd %d\n", IDEMFS_CONTROL_VERSION,
		(int)getpid(), fs->root);
	put_escaped(out, "backing", fs->backing_path);
	put_escaped(out, "mountpoint", fs->mountpoint);
	if (fs->run)
		put_escaped(out, "run", fs->opt->run_id);
	write_lifetime(fs, out);
	write_options(fs, out);
}

/* .progress */

static void progress_version(void *arg, const struct version_info *info)
{
	auto_free char *path = text_escape(info->path);

	fprintf(arg, "pending %lld %lld %d %s\n", (long long)info->size,
		(long long)info->age_ms, (int)info->pid, path ? path : "?");
}

/* Marks, in all groups */

struct mark_walk {
	struct status *s;
	struct dir *dir;
	unsigned int depth;
	void (*each)(struct status *s, const char *path,
		     const struct statx *st);
};

static void walk_mark(void *arg, const char *name)
{
	struct mark_walk *w = arg;
	auto_free char *path = NULL;
	struct file_key key;
	struct statx st;

	if (dir_statx(w->dir, name, &st) < 0)
		return;
	if (S_ISDIR(st.stx_mode) && w->depth < 16) {
		struct mark_walk sub = *w;

		key = statx_key(&st);
		sub.depth++;
		sub.dir = dir_intern(w->dir, name, &key);
		if (sub.dir)
			dir_each_name(sub.dir, walk_mark, &sub);
		dir_put(sub.dir);
		return;
	}
	path = dir_path(w->dir, name);
	if (path)
		w->each(w->s, path, &st);
}

static void each_mark(struct status *s,
		      void (*each)(struct status *s, const char *path,
				   const struct statx *st))
{
	struct mark_walk w = { s, groups_listed(s->fs), 0, each };

	dir_each_name(w.dir, walk_mark, &w);
}

/* Why it does not stand; false when it does. */
static bool is_stale(struct status *s, const char *path, const struct statx *st,
		     char why[STANDING_WHY])
{
	return standing_is_stale(s->fs->standing, path, st->stx_ino, why);
}

static void progress_mark(struct status *s, const char *path,
			  const struct statx *st)
{
	if (is_stale(s, path, st, NULL))
		put_escaped(s->out, "stale", path);
}

static void progress_running(void *arg, const struct running_step *step)
{
	auto_free char *name = text_escape(step->name);

	fprintf(arg, "running %lld %d %s\n", (long long)step->took_ms,
		(int)step->pid, name ? name : "?");
}

static void write_progress(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .out = out };
	struct versions_counts n;
	char trouble[UNTOLD_MARK_MAX];

	untold_get_mark(fs->core->rooms.untold, trouble);
	versions_count_all(fs->versions, &n);
	fprintf(out, "idemfs %d\n", IDEMFS_CONTROL_VERSION);
	fprintf(out, "promoted %lu %lld\n", n.promoted, n.promoted_bytes);
	fprintf(out, "discarded %lu\nfailed %lu\npartials %lld\n", n.discarded,
		n.failed, (long long)quarantine_count(fs->state.partial));
	if (trouble[0])
		put_escaped(out, "trouble", trouble);
	running_each(fs->running, progress_running, out);
	versions_each(fs->versions, progress_version, out);
	standing_ask(fs->standing, 0); /* for the next look */
	if (standing_any(fs->standing))
		each_mark(&s, progress_mark);
}

/* For people */

static void text_mark(struct status *s, const char *path,
		      const struct statx *st)
{
	time_t at = st->stx_mtime.tv_sec;
	char when[32], why[STANDING_WHY];
	bool stale = is_stale(s, path, st, why);
	struct tm tm;
	auto_free char *escaped = text_escape(path);

	localtime_r(&at, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(s->out, "  %s  %s%s%s\n", when, escaped ? escaped : "?",
		stale ? "  stale: " : "", stale ? why : "");
	s->n++;
}

static void text_version(void *arg, const struct version_info *info)
{
	struct status *s = arg;
	char size[32], command[96];
	auto_free char *path = text_escape(info->path);

	text_size(info->size, size, sizeof(size));
	writer_command(info->pid, command, sizeof(command));
	fprintf(s->out, "  %10s  %7.1f s  pid %d (%s)  %s\n", size,
		(double)info->age_ms / 1000.0, (int)info->pid, command,
		path ? path : "?");
	s->n++;
}

static void indent(FILE *out, const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		fprintf(out, "  %.*s\n", (int)n, p);
		p += n + (p[n] != '\0');
	}
}

static char *options_text(struct fs *fs)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	options_print(fs->opt, out);
	fclose(out);
	return text;
}

static const char *passthrough(struct fs *fs)
{
	auto_fd probe = sys_open_file(fs->state.dir, "format", O_RDONLY);

	return passthrough_state(fs->pass, probe);
}

static void text_flushes(struct fs *fs, const struct versions_counts *n,
			 FILE *out)
{
	if (n->at_close)
		fprintf(out, "flushed at close: %lu, with %lu flushes\n",
			n->flushed, n->flushes);
	if (fs->core->rooms.disk.way == FLUSH_EACH)
		fprintf(out,
			"directories flushed one by one: %lu (syncfs does "
			"nothing there)\n",
			dirty_count(fs->core->rooms.disk.dirty));
}

static void text_troubles(struct fs *fs, FILE *out)
{
	int64_t partials = quarantine_count(fs->state.partial);
	char trouble[UNTOLD_MARK_MAX], bytes[32];
	struct versions_counts n;

	untold_get_mark(fs->core->rooms.untold, trouble);
	versions_count_all(fs->versions, &n);
	text_size(n.promoted_bytes, bytes, sizeof(bytes));
	fprintf(out, "promoted: %lu (%s)  discarded: %lu  failed: %lu\n",
		n.promoted, bytes, n.discarded, n.failed);
	text_flushes(fs, &n, out);
	fprintf(out, "in quarantine: %lld\n", (long long)partials);
	if (trouble[0])
		fprintf(out, "last mark not made: %s\n", trouble);
}

static void text_owners(struct fs *fs, FILE *out)
{
	struct versions_counts n;

	versions_count_all(fs->versions, &n);
	if (geteuid() == 0 && !n.owners_lost)
		fprintf(out, "owners: kept\n");
	else
		fprintf(out,
			"owners: cannot be kept, all belongs to user %u: "
			"%lu file%s of others so far\n",
			geteuid(), n.owners_lost,
			n.owners_lost == 1 ? "" : "s");
}

static void text_running(void *arg, const struct running_step *step)
{
	struct status *s = arg;
	auto_free char *name = text_escape(step->name);
	auto_free char *command = text_escape(step->command);

	if (!s->n++)
		fprintf(s->out, "running steps:\n");
	fprintf(s->out, "  %7.1f s  pid %d  %s  (%s)\n",
		(double)step->took_ms / 1000.0, (int)step->pid,
		name ? name : "?", command ? command : "?");
}

static void text_failed(void *arg, const struct running_step *step)
{
	struct status *s = arg;
	auto_free char *name = text_escape(step->name);
	auto_free char *command = text_escape(step->command);
	char how[RUNNING_HOW];

	if (!s->n++)
		fprintf(s->out, "failed steps:\n");
	running_how(step->status, how);
	fprintf(s->out, "  %s  %s after %.1f s  (%s)\n", name ? name : "?", how,
		(double)step->took_ms / 1000.0, command ? command : "?");
}

static void text_steps(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .out = out };

	running_each(fs->running, text_running, &s);
	s.n = 0;
	failed_each(fs->running, text_failed, &s);
}

/* What is written to it goes nowhere. */
static bool is_removed(struct fs *fs)
{
	struct stat st;

	return !fstat(fs->root, &st) && !st.st_nlink;
}

static void write_text(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .out = out };
	auto_free char *options = options_text(fs);

	fprintf(out, "idemfs on %s (backing %s), pid %d\n", fs->mountpoint,
		fs->backing_path, (int)getpid());
	if (is_removed(fs))
		fprintf(out,
			"%s has been removed: what is written here is lost. "
			"Unmount, and make it anew\n",
			fs->backing_path);
	standing_ask(fs->standing, LOOK_MS);
	fprintf(out, "marks:\n");
	each_mark(&s, text_mark);
	if (!s.n)
		fprintf(out, "  none\n");
	s.n = 0;
	text_steps(fs, out);
	fprintf(out, "pending versions:\n");
	versions_each(fs->versions, text_version, &s);
	if (!s.n)
		fprintf(out, "  none\n");
	text_troubles(fs, out);
	fprintf(out, "threads: %u  nodes: %zu\n", session_threads(fs->session),
		node_count(fs->nodes));
	fprintf(out, "passthrough: %s\n", passthrough(fs));
	text_owners(fs, out);
	fprintf(out, "options:\n");
	indent(out, options ? options : "");
}

/* For programs */

#define ON_LINES "\n    " /* an item of a list a line */

static void json_mark(struct status *s, const char *path,
		      const struct statx *st)
{
	struct timespec time = { .tv_sec = st->stx_mtime.tv_sec,
				 .tv_nsec = st->stx_mtime.tv_nsec };
	char why[STANDING_WHY];
	bool stale = is_stale(s, path, st, why);

	json_object(&s->json, NULL, NULL);
	json_text(&s->json, "name", path);
	json_time(&s->json, "time", &time);
	json_bool(&s->json, "stale", stale);
	if (stale)
		json_text(&s->json, "why", why);
	json_close(&s->json);
}

static void json_version(void *arg, const struct version_info *info)
{
	struct json *j = arg;
	char command[256];

	writer_command(info->pid, command, sizeof(command));
	json_object(j, NULL, NULL);
	json_text(j, "path", info->path);
	json_number(j, "size", info->size);
	json_span(j, "age", info->age_ms);
	json_number(j, "pid", info->pid);
	json_number(j, "writers", info->writers);
	json_text(j, "command", command);
	json_close(j);
}

static void json_step(struct json *j, const struct running_step *step)
{
	json_object(j, NULL, NULL);
	json_text(j, "name", step->name);
	json_time(j, "began", &step->began);
	json_span(j, "took", step->took_ms);
	json_number(j, "pid", step->pid);
	json_number(j, "user", step->user);
	json_text(j, "command", step->command);
}

static void json_running_step(void *arg, const struct running_step *step)
{
	json_step(arg, step);
	json_close(arg);
}

static void json_failed_step(void *arg, const struct running_step *step)
{
	char how[RUNNING_HOW];

	json_step(arg, step);
	running_how(step->status, how);
	json_number(arg, "status", step->status);
	json_text(arg, "how", how);
	json_close(arg);
}

/* "key value" lines; a key may come often. */
static void json_options(struct fs *fs, struct json *j)
{
	auto_free char *text = options_text(fs);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;

	json_array(j, "options", ON_LINES);
	for (; line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		json_object(j, NULL, NULL);
		json_text(j, "key", line);
		json_text(j, "value", value ? value : "");
		json_close(j);
	}
	json_close(j);
}

static void json_counts(struct fs *fs, struct json *j)
{
	char trouble[UNTOLD_MARK_MAX];
	struct versions_counts n;

	untold_get_mark(fs->core->rooms.untold, trouble);
	versions_count_all(fs->versions, &n);
	json_number(j, "flushed", (int64_t)n.flushed);
	json_number(j, "flushes", (int64_t)n.flushes);
	json_number(j, "promoted", (int64_t)n.promoted);
	json_number(j, "promoted_bytes", n.promoted_bytes);
	json_number(j, "discarded", (int64_t)n.discarded);
	json_number(j, "failed", (int64_t)n.failed);
	json_number(j, "partials", quarantine_count(fs->state.partial));
	json_number(j, "threads", session_threads(fs->session));
	json_number(j, "nodes", (int64_t)node_count(fs->nodes));
	json_text(j, "passthrough", passthrough(fs));
	json_number(j, "owners_lost", (int64_t)n.owners_lost);
	json_text(j, "mark_trouble", trouble);
}

static void write_json(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .json = { .out = out } };
	struct json *j = &s.json;

	json_object(j, NULL, "\n  ");
	json_number(j, "idemfs", IDEMFS_CONTROL_VERSION);
	json_number(j, "pid", getpid());
	json_text(j, "backing", fs->backing_path);
	json_text(j, "mountpoint", fs->mountpoint);
	json_array(j, "marks", ON_LINES);
	standing_ask(fs->standing, LOOK_MS);
	each_mark(&s, json_mark);
	json_close(j);
	json_array(j, "running", ON_LINES);
	running_each(fs->running, json_running_step, j);
	json_close(j);
	json_array(j, "failed_steps", ON_LINES);
	failed_each(fs->running, json_failed_step, j);
	json_close(j);
	json_array(j, "pending", ON_LINES);
	versions_each(fs->versions, json_version, j);
	json_close(j);
	json_counts(fs, j);
	json_options(fs, j);
	json_close(j);
}

/* Names of processes and paths are anything, and cat(1) is to show this. */
static void write_safe_text(struct fs *fs, FILE *out)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	write_text(fs, f);
	if (fclose(f) == 0)
		text_print(out, text, size);
}

char *status_text(struct fs *fs, unsigned int number, size_t *ret_size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, ret_size);

	if (!out)
		return NULL;
	if (number == CONTROL_CONTROL)
		write_control(fs, out);
	else if (number == CONTROL_PROGRESS)
		write_progress(fs, out);
	else if (number == CONTROL_GITIGNORE)
		fputs("*\n", out);
	else if (number == CONTROL_STATUS)
		write_safe_text(fs, out);
	else
		write_json(fs, out);
	if (fclose(out) != 0)
		free(steal_ptr(&text));
	return text;
}
