/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/status.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "core/flush/failures.h"
#include "core/quarantine/quarantine.h"
#include "core/sessions/sessions.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "idemfs/control.h"
#include "mount/checkpoints/control_names.h"
#include "mount/checkpoints/status_facts.h"
#include "mount/mountpoint/lifetime.h"

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

static void progress_mark(void *arg, const struct status_mark *mark)
{
	if (mark->stale)
		put_escaped(arg, "stale", mark->path);
}

static void progress_step(void *arg, const struct session_info *i)
{
	auto_free char *name = text_escape(i->name);

	if (i->running && i->kind == SESSION_STEP)
		fprintf(arg, "running %lld %d %s\n", (long long)i->took_ms,
			(int)i->pid, name ? name : "?");
}

static void progress_session(void *arg, const struct session_info *i)
{
	auto_free char *name = text_escape(i->name);

	if (i->running)
		fprintf(arg, "session %llu %llu %s %lld %d %llu %llu %s\n",
			(unsigned long long)i->id,
			(unsigned long long)i->parent,
			session_kind_name(i->kind), (long long)i->took_ms,
			(int)i->pid, (unsigned long long)i->files,
			(unsigned long long)i->overlaps, name ? name : "?");
}

static void write_progress(struct fs *fs, FILE *out)
{
	struct versions_counts n;
	char trouble[UNTOLD_MARK_MAX];

	failures_get_mark(fs->core->rooms.failures, trouble);
	versions_count_all(fs->versions, &n);
	fprintf(out, "idemfs %d\n", IDEMFS_CONTROL_VERSION);
	fprintf(out, "promoted %lu %lld\n", n.promoted, n.promoted_bytes);
	fprintf(out, "discarded %lu\nfailed %lu\npartials %lld\n", n.discarded,
		n.failed, (long long)quarantine_count(fs->state.partial));
	if (trouble[0])
		put_escaped(out, "trouble", trouble);
	sessions_each(fs->sessions, progress_step, out);
	sessions_each(fs->sessions, progress_session, out);
	versions_each(fs->versions, progress_version, out);
	stale_ask(fs->stale, 0); /* for the next reader */
	if (stale_any(fs->stale))
		status_each_mark(fs, progress_mark, out);
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
		status_people(fs, out);
	else
		status_json(fs, out);
	if (fclose(out) != 0)
		free(steal_ptr(&text));
	return text;
}
