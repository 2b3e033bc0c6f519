/* SPDX-License-Identifier: MIT */
/*
 * status_json: .status.json, for programs.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/util.h"
#include "core/flush/failures.h"
#include "core/quarantine/quarantine.h"
#include "core/sessions/sessions.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "idemfs/control.h"
#include "mount/checkpoints/status.h"
#include "mount/checkpoints/status_facts.h"
#include "mount/kernel/loop.h"

#define ON_LINES "\n    " /* an item of a list a line */

static void json_mark(void *arg, const struct status_mark *mark)
{
	struct json *j = arg;

	json_object(j, NULL, NULL);
	json_text(j, "name", mark->path);
	json_time(j, "time", &mark->time);
	json_bool(j, "stale", mark->stale);
	if (mark->stale)
		json_text(j, "why", mark->why);
	json_close(j);
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

static void json_step(struct json *j, const struct session_info *i)
{
	json_object(j, NULL, NULL);
	json_text(j, "name", i->name);
	json_time(j, "began", &i->began);
	json_span(j, "took", i->took_ms);
	json_number(j, "pid", i->pid);
	json_number(j, "user", i->user);
	json_text(j, "command", i->command);
}

static void json_running_step(void *arg, const struct session_info *i)
{
	if (!i->running || i->kind != SESSION_STEP)
		return;
	json_step(arg, i);
	json_close(arg);
}

static void json_failed_step(void *arg, const struct session_info *i)
{
	char how[SESSION_HOW];

	if (!i->failed)
		return;
	json_step(arg, i);
	session_how(i->status, how);
	json_number(arg, "status", i->status);
	json_text(arg, "how", how);
	json_close(arg);
}

static void json_overlaps(struct json *j, const struct session_info *i)
{
	json_number(j, "overlap_count", (int64_t)i->overlaps);
	json_array(j, "overlaps", NULL);
	for (size_t k = 0; k < i->named_count; k++) {
		json_object(j, NULL, NULL);
		json_number(j, "id", (int64_t)i->named[k].other);
		json_text(j, "name", i->named[k].name);
		json_text(j, "path", i->named[k].path);
		json_close(j);
	}
	json_close(j);
}

static void json_end(struct json *j, const struct session_info *i)
{
	char how[SESSION_HOW];

	session_how(i->status, how);
	json_time(j, "ended", &i->ended);
	json_number(j, "status", i->status);
	json_text(j, "how", how);
}

static void json_session(void *arg, const struct session_info *i)
{
	struct json *j = arg;

	json_object(j, NULL, NULL);
	json_number(j, "id", (int64_t)i->id);
	json_number(j, "parent", (int64_t)i->parent);
	json_text(j, "kind", session_kind_name(i->kind));
	json_text(j, "name", i->name);
	json_text(j, "command", i->command);
	json_number(j, "pid", i->pid);
	json_number(j, "user", i->user);
	json_time(j, "began", &i->began);
	json_span(j, "took", i->took_ms);
	json_bool(j, "running", i->running);
	if (!i->running)
		json_end(j, i);
	json_bool(j, "learns", i->learn);
	json_number(j, "files", (int64_t)i->files);
	json_overlaps(j, i);
	json_close(j);
}

/* "key value" lines; a key may come often. */
static void json_options(struct fs *fs, struct json *j)
{
	auto_free char *text = status_options(fs);
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

	failures_get_mark(fs->core->rooms.failures, trouble);
	versions_count_all(fs->versions, &n);
	json_number(j, "flushed", (int64_t)n.flushed);
	json_number(j, "flushes", (int64_t)n.flushes);
	json_number(j, "promoted", (int64_t)n.promoted);
	json_number(j, "promoted_bytes", n.promoted_bytes);
	json_number(j, "discarded", (int64_t)n.discarded);
	json_number(j, "failed", (int64_t)n.failed);
	json_number(j, "partials", quarantine_count(fs->state.partial));
	json_number(j, "threads", loop_threads(fs->loop));
	json_number(j, "nodes", (int64_t)node_count(fs->nodes));
	json_text(j, "passthrough", status_passthrough(fs));
	json_number(j, "owners_lost", (int64_t)n.owners_lost);
	json_text(j, "mark_trouble", trouble);
}

void status_json(struct fs *fs, FILE *out)
{
	struct json json = { .out = out }, *j = &json;

	json_object(j, NULL, "\n  ");
	json_number(j, "idemfs", IDEMFS_CONTROL_VERSION);
	json_number(j, "pid", getpid());
	json_text(j, "backing", fs->backing_path);
	json_text(j, "mountpoint", fs->mountpoint);
	json_array(j, "marks", ON_LINES);
	stale_ask(fs->stale, STATUS_LOOK_MS);
	status_each_mark(fs, json_mark, j);
	json_close(j);
	json_array(j, "running", ON_LINES);
	sessions_each(fs->sessions, json_running_step, j);
	json_close(j);
	json_array(j, "failed_steps", ON_LINES);
	sessions_each(fs->sessions, json_failed_step, j);
	json_close(j);
	json_array(j, "sessions", ON_LINES);
	sessions_each(fs->sessions, json_session, j);
	json_close(j);
	json_array(j, "pending", ON_LINES);
	versions_each(fs->versions, json_version, j);
	json_close(j);
	json_counts(fs, j);
	json_options(fs, j);
	json_close(j);
}
