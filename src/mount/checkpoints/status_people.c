/* SPDX-License-Identifier: MIT */
/*
 * status_people: .status, for people.
 *
 * Paths and names of processes may hold anything, and cat(1) shows this file:
 * so it is printed by text_print().
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "core/disk/dirty.h"
#include "core/flush/failures.h"
#include "core/quarantine/quarantine.h"
#include "core/sessions/sessions.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/checkpoints/status.h"
#include "mount/checkpoints/status_facts.h"
#include "mount/kernel/loop.h"

#define ENDED_SHOWN 10 /* sessions that ended, of those that are known */

/* What is printed, and how many items of a list so far. */
struct list {
	FILE *out;
	unsigned int n;
	unsigned int ended; /* sessions that ended, and are still to come */
};

static void text_mark(void *arg, const struct status_mark *mark)
{
	struct list *l = arg;
	char when[32];
	struct tm tm;
	auto_free char *escaped = text_escape(mark->path);

	localtime_r(&mark->time.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	fprintf(l->out, "  %s  %s%s%s\n", when, escaped ? escaped : "?",
		mark->stale ? "  stale: " : "", mark->stale ? mark->why : "");
	l->n++;
}

static void text_version(void *arg, const struct version_info *info)
{
	struct list *l = arg;
	char size[32], command[96];
	auto_free char *path = text_escape(info->path);

	text_size(info->size, size, sizeof(size));
	writer_command(info->pid, command, sizeof(command));
	fprintf(l->out, "  %10s  %7.1f s  pid %d (%s)  %s\n", size,
		(double)info->age_ms / 1000.0, (int)info->pid, command,
		path ? path : "?");
	l->n++;
}

static void indent(FILE *out, const char *text)
{
	for (const char *p = text; *p;) {
		size_t n = strcspn(p, "\n");

		fprintf(out, "  %.*s\n", (int)n, p);
		p += n + (p[n] != '\0');
	}
}

static void text_flushes(struct fs *fs, const struct versions_counts *n,
			 FILE *out)
{
	if (n->at_close)
		fprintf(out, "flushed at close: %lu, with %lu flushes\n",
			n->flushed, n->flushes);
	if (fs->core->rooms.disk.way == WAY_EACH)
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

	failures_get_mark(fs->core->rooms.failures, trouble);
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

static void text_running(void *arg, const struct session_info *i)
{
	struct list *l = arg;
	auto_free char *name = text_escape(i->name);
	auto_free char *command = text_escape(i->command);

	if (!i->running || i->kind != SESSION_STEP)
		return;
	if (!l->n++)
		fprintf(l->out, "running steps:\n");
	fprintf(l->out, "  %7.1f s  pid %d  %s  (%s)\n",
		(double)i->took_ms / 1000.0, (int)i->pid, name ? name : "?",
		command ? command : "?");
}

static void text_failed(void *arg, const struct session_info *i)
{
	struct list *l = arg;
	auto_free char *name = text_escape(i->name);
	auto_free char *command = text_escape(i->command);
	char how[SESSION_HOW];

	if (!i->failed)
		return;
	if (!l->n++)
		fprintf(l->out, "failed steps:\n");
	session_how(i->status, how);
	fprintf(l->out, "  %s  %s after %.1f s  (%s)\n", name ? name : "?", how,
		(double)i->took_ms / 1000.0, command ? command : "?");
}

static void count_ended(void *arg, const struct session_info *i)
{
	struct list *l = arg;

	l->ended += !i->running;
}

static void text_session(void *arg, const struct session_info *i)
{
	struct list *l = arg;
	auto_free char *name = text_escape(i->name);
	auto_free char *command = text_escape(i->command);
	char how[SESSION_HOW] = "runs";

	if (!i->running && l->ended-- > ENDED_SHOWN)
		return;
	if (!l->n++)
		fprintf(l->out, "sessions:\n");
	if (!i->running)
		session_how(i->status, how);
	fprintf(l->out, "  %7.1f s  pid %d  %s  %s %s  %llu file%s  (%s)\n",
		(double)i->took_ms / 1000.0, (int)i->pid, how,
		session_kind_name(i->kind), name ? name : "?",
		(unsigned long long)i->files, i->files == 1 ? "" : "s",
		command ? command : "?");
}

/* Both know it: the one that began later tells it. */
static void text_overlap(const struct list *l, const struct session_info *i,
			 const struct session_overlap *o)
{
	auto_free char *name = text_escape(i->name);
	auto_free char *other = text_escape(o->name);
	auto_free char *path = text_escape(o->path);

	fprintf(l->out, "  %s and %s: %s\n", name ? name : "?",
		other ? other : "?", path ? path : "?");
}

static void text_overlaps(void *arg, const struct session_info *i)
{
	struct list *l = arg;

	if (i->overlaps && !l->n++)
		fprintf(l->out, "sessions that overlap:\n");
	for (size_t k = 0; k < i->named_count; k++)
		if (i->named[k].other < i->id)
			text_overlap(l, i, &i->named[k]);
	if (i->overlaps > i->named_count)
		fprintf(l->out, "  and %llu more\n",
			(unsigned long long)(i->overlaps - i->named_count));
}

static void text_sessions(struct fs *fs, FILE *out)
{
	struct list l = { out, 0, 0 };

	sessions_each(fs->sessions, text_running, &l);
	l.n = 0;
	sessions_each(fs->sessions, text_failed, &l);
	l.n = 0;
	sessions_each(fs->sessions, count_ended, &l);
	sessions_each(fs->sessions, text_session, &l);
	l.n = 0;
	sessions_each(fs->sessions, text_overlaps, &l);
}

/* The backing directory itself: then what is written goes nowhere. */
static bool is_removed(struct fs *fs)
{
	struct stat st;

	return !fstat(fs->root, &st) && !st.st_nlink;
}

static void write_text(struct fs *fs, FILE *out)
{
	struct list l = { out, 0, 0 };
	auto_free char *options = status_options(fs);

	fprintf(out, "idemfs on %s (backing %s), pid %d\n", fs->mountpoint,
		fs->backing_path, (int)getpid());
	if (is_removed(fs))
		fprintf(out,
			"%s has been removed: what is written here is lost. "
			"Unmount, and make it anew\n",
			fs->backing_path);
	stale_ask(fs->stale, STATUS_LOOK_MS);
	fprintf(out, "marks:\n");
	status_each_mark(fs, text_mark, &l);
	if (!l.n)
		fprintf(out, "  none\n");
	l.n = 0;
	text_sessions(fs, out);
	fprintf(out, "pending versions:\n");
	versions_each(fs->versions, text_version, &l);
	if (!l.n)
		fprintf(out, "  none\n");
	text_troubles(fs, out);
	fprintf(out, "threads: %u  nodes: %zu\n", loop_threads(fs->loop),
		node_count(fs->nodes));
	fprintf(out, "passthrough: %s\n", status_passthrough(fs));
	text_owners(fs, out);
	fprintf(out, "options:\n");
	indent(out, options ? options : "");
}

void status_people(struct fs *fs, FILE *out)
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
