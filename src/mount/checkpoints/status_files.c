/* SPDX-License-Identifier: MIT */
/*
 * status: what a mount says of itself, in the control files
 * (include/idemfs/control.h).
 */
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "core/disk/dirty.h"
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
	unsigned int n; /* items printed so far */
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
	char trouble[VERSIONS_TROUBLE];

	versions_trouble(fs->versions, trouble);
	versions_count_all(fs->versions, &n);
	fprintf(out, "idemfs %d\n", IDEMFS_CONTROL_VERSION);
	fprintf(out, "promoted %lu %lld\n", n.promoted, n.promoted_bytes);
	fprintf(out, "discarded %lu\nfailed %lu\npartials %lld\n", n.discarded,
		n.failed, (long long)quarantine_count(fs->state.partial));
	if (trouble[0])
		put_escaped(out, "trouble", trouble);
	running_each(fs->running, progress_running, out);
	versions_each(fs->versions, progress_version, out);
	standing_ask(fs->standing, 0); /* the next one who looks will see */
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
	if (fs->core->rooms.way == FLUSH_EACH)
		fprintf(out,
			"directories flushed one by one: %lu (syncfs does "
			"nothing there)\n",
			dirty_count(fs->core->rooms.dirty));
}

static void text_troubles(struct fs *fs, FILE *out)
{
	int64_t partials = quarantine_count(fs->state.partial);
	char trouble[VERSIONS_TROUBLE], bytes[32];
	struct versions_counts n;

	versions_trouble(fs->versions, trouble);
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

static void json_mark(struct status *s, const char *path,
		      const struct statx *st)
{
	char why[STANDING_WHY];
	bool stale = is_stale(s, path, st, why);

	fprintf(s->out, "%s\n    {\"name\": ", s->n++ ? "," : "");
	text_json(s->out, path);
	fprintf(s->out, ", \"time\": %lld.%09u, \"stale\": %s",
		(long long)st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec,
		stale ? "true, \"why\": " : "false");
	if (stale)
		text_json(s->out, why);
	fprintf(s->out, "}");
}

static void json_version(void *arg, const struct version_info *info)
{
	struct status *s = arg;
	char command[256];

	writer_command(info->pid, command, sizeof(command));
	fprintf(s->out, "%s\n    {\"path\": ", s->n++ ? "," : "");
	text_json(s->out, info->path);
	fprintf(s->out,
		", \"size\": %lld, \"age\": %.3f, \"pid\": %d, "
		"\"writers\": %u, \"command\": ",
		(long long)info->size, (double)info->age_ms / 1000.0,
		(int)info->pid, info->writers);
	text_json(s->out, command);
	fprintf(s->out, "}");
}

static void json_running(void *arg, const struct running_step *step)
{
	struct status *s = arg;

	fprintf(s->out, "%s\n    {\"name\": ", s->n++ ? "," : "");
	text_json(s->out, step->name);
	fprintf(s->out,
		", \"began\": %lld.%09ld, \"took\": %.3f, "
		"\"pid\": %d, \"user\": %u, \"command\": ",
		(long long)step->began.tv_sec, step->began.tv_nsec,
		(double)step->took_ms / 1000.0, (int)step->pid, step->user);
	text_json(s->out, step->command);
}

static void json_running_step(void *arg, const struct running_step *step)
{
	struct status *s = arg;

	json_running(s, step);
	fprintf(s->out, "}");
}

static void json_failed_step(void *arg, const struct running_step *step)
{
	struct status *s = arg;
	char how[RUNNING_HOW];

	json_running(s, step);
	running_how(step->status, how);
	fprintf(s->out, ", \"status\": %d, \"how\": ", step->status);
	text_json(s->out, how);
	fprintf(s->out, "}");
}

static void json_steps(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .out = out };

	fprintf(out, "  \"running\": [");
	running_each(fs->running, json_running_step, &s);
	s.n = 0;
	fprintf(out, "],\n  \"failed_steps\": [");
	failed_each(fs->running, json_failed_step, &s);
	fprintf(out, "],\n");
}

/* "key value" lines as an object; a repeated key gives a list of its own. */
static void json_options(struct fs *fs, FILE *out)
{
	auto_free char *text = options_text(fs);
	char *save = NULL, *line = text ? strtok_r(text, "\n", &save) : NULL;

	fprintf(out, "  \"options\": [");
	for (bool first = true; line; first = false) {
		char *value = strchr(line, ' ');

		if (value)
			*value++ = '\0';
		fprintf(out, "%s\n    {\"key\": ", first ? "" : ",");
		text_json(out, line);
		fprintf(out, ", \"value\": ");
		text_json(out, value ? value : "");
		fprintf(out, "}");
		line = strtok_r(NULL, "\n", &save);
	}
	fprintf(out, "]\n");
}

static void json_counts(struct fs *fs, FILE *out)
{
	char trouble[VERSIONS_TROUBLE];
	struct versions_counts n;

	versions_trouble(fs->versions, trouble);
	versions_count_all(fs->versions, &n);
	fprintf(out, "  \"flushed\": %lu,\n  \"flushes\": %lu,\n", n.flushed,
		n.flushes);
	fprintf(out,
		"  \"promoted\": %lu,\n  \"promoted_bytes\": %lld,\n"
		"  \"discarded\": %lu,\n"
		"  \"failed\": %lu,\n  \"partials\": %lld,\n"
		"  \"threads\": %u,\n  \"nodes\": %zu,\n",
		n.promoted, n.promoted_bytes, n.discarded, n.failed,
		(long long)quarantine_count(fs->state.partial),
		session_threads(fs->session), node_count(fs->nodes));
	fprintf(out, "  \"passthrough\": \"%s\",\n", passthrough(fs));
	fprintf(out, "  \"owners_lost\": %lu,\n", n.owners_lost);
	fprintf(out, "  \"mark_trouble\": ");
	text_json(out, trouble);
	fprintf(out, ",\n");
}

static void write_json(struct fs *fs, FILE *out)
{
	struct status s = { .fs = fs, .out = out };

	fprintf(out, "{\n  \"idemfs\": %d,\n  \"pid\": %d,\n  \"backing\": ",
		IDEMFS_CONTROL_VERSION, (int)getpid());
	text_json(out, fs->backing_path);
	fprintf(out, ",\n  \"mountpoint\": ");
	text_json(out, fs->mountpoint);
	fprintf(out, ",\n  \"marks\": [");
	standing_ask(fs->standing, LOOK_MS);
	each_mark(&s, json_mark);
	s.n = 0;
	fprintf(out, "],\n");
	json_steps(fs, out);
	fprintf(out, "  \"pending\": [");
	versions_each(fs->versions, json_version, &s);
	fprintf(out, "],\n");
	json_counts(fs, out);
	json_options(fs, out);
	fprintf(out, "}\n");
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
