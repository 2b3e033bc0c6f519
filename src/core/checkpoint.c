/* SPDX-License-Identifier: MIT */
#include "core/checkpoint.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/durability.h"
#include "core/mark.h"

static void trouble(struct versions *t, const struct checkpoint *c,
		    const char *why)
{
	auto_free char *path = dir_path(c->dir, c->name);

	log_event("mark \"%s\" not made: %s", path ? path : c->name, why);
	LOCK_SCOPE(&t->lock);
	snprintf(t->mark_trouble, sizeof(t->mark_trouble), "\"%s\": %s",
		 path ? path : c->name, why);
}

/* Step 2: a failure that nobody has been told of is told here, once. */
static int take_failure(struct versions *t, char *why, size_t size)
{
	int code;

	LOCK_SCOPE(&t->lock);
	code = t->failed_code;
	t->failed_code = 0;
	if (code && t->failed_path[0])
		snprintf(why, size, "\"%s\" was not promoted: %s",
			 t->failed_path, strerror(-code));
	else if (code)
		snprintf(why, size,
			 "what was promoted before is not on disk: "
			 "%s",
			 strerror(-code));
	return code ? -EIO : 0;
}

static int barrier(struct versions *t, const struct checkpoint *c)
{
	char why[768] = "";
	int r = versions_drain(t, t->opt->open_wait_ms, c->interrupted, why,
			       sizeof(why));

	if (r == -EBUSY)
		strncat(why,
			"; close it, or mount with --in-place for its "
			"name",
			sizeof(why) - strlen(why) - 1);
	if (!r)
		r = take_failure(t, why, sizeof(why));
	if (!r) {
		r = durability_barrier(t->durability);
		if (r < 0)
			snprintf(why, sizeof(why), "syncfs: %s", strerror(-r));
	}
	if (!r && c->interrupted && atomic_load(c->interrupted))
		r = -EINTR;
	if (r < 0)
		trouble(t, c, why[0] ? why : strerror(-r));
	return r;
}

/* What the step has read: as late as all that the mark speaks of. */
static int put_inputs(struct manifest_writer *w, const struct checkpoint *c,
		      uint64_t order)
{
	int r = 0;

	for (size_t i = 0; c->step && !r && i < c->step->count; i++) {
		struct record rec = c->step->inputs[i];

		rec.seq = order ? order : 1;
		r = manifest_put(w, &rec);
	}
	return r;
}

static int write_manifest(int fd, const struct checkpoint *c)
{
	auto_free char *name = dir_path(c->dir, c->name);
	char host[HOST_NAME_MAX + 1] = "?", command[256];
	struct manifest_writer *w;
	struct manifest_head head = {
		.name = name,
		.host = host,
		.command = command,
		.user = c->by.uid,
		.pid = writer_process(c->by.tid),
		.since.tv_sec = -1,
	};
	off_t size;
	int r;

	if (!name)
		return -ENOMEM;
	clock_gettime(CLOCK_REALTIME, &head.time);
	gethostname(host, sizeof(host));
	writer_command(head.pid, command, sizeof(command));
	if (c->step) {
		head.command = c->step->command;
		head.has_argv = true;
		head.argv = c->step->argv;
	}
	r = manifest_create(fd, &head, &w);
	if (r < 0)
		return r;
	r = put_inputs(w, c, head.order);
	if (r < 0) {
		manifest_abandon(w);
		return r;
	}
	return manifest_finish(w, &size);
}

/* Steps 4 and 5. */
static int write_mark(struct versions *t, const struct checkpoint *c)
{
	const struct mark_place at = { .dir = c->dir,
				       .name = c->name,
				       .uid = c->by.uid,
				       .gid = c->by.gid };
	struct mark_file f;
	int r = mark_begin(t, c->mode & ~c->by.umask & 0666, &f);

	if (r < 0)
		return r;
	r = write_manifest(f.fd, c);
	if (!r)
		r = mark_place(&f, &at);
	mark_abandon(&f);
	return r;
}

static void tell_made(const struct checkpoint *c)
{
	auto_free char *path = dir_path(c->dir, c->name);
	char command[256];
	pid_t pid = writer_process(c->by.tid);

	writer_command(pid, command, sizeof(command));
	log_event("mark \"%s\" made by pid %d (%s)", path ? path : c->name,
		  (int)pid, command);
}

int checkpoint_make(struct versions *t, const struct checkpoint *c)
{
	int r = barrier(t, c);

	if (r < 0)
		return r;
	r = write_mark(t, c);
	if (r < 0) {
		trouble(t, c, strerror(-r));
		return r;
	}
	tell_made(c);
	LOCK_SCOPE(&t->lock);
	t->mark_trouble[0] = '\0';
	return 0;
}

static void tell_renamed(const struct checkpoint *from, struct dir *to,
			 const char *to_name)
{
	auto_free char *old = dir_path(from->dir, from->name);
	auto_free char *path = dir_path(to, to_name);

	log_event("mark \"%s\" renamed to \"%s\"", old ? old : from->name,
		  path ? path : to_name);
}

int checkpoint_rename(struct versions *t, const struct checkpoint *from,
		      struct dir *to, const char *to_name, unsigned int flags)
{
	auto_pin from_pin = { 0 }, to_pin = { 0 };
	int r = barrier(t, from);

	if (!r)
		r = dir_pin(from->dir, &from_pin);
	if (!r)
		r = dir_pin(to, &to_pin);
	if (!r)
		r = sys.renameat2(from_pin.fd, from->name, to_pin.fd, to_name,
				  flags);
	if (!r)
		r = mark_sync_dir(to);
	if (!r && from->dir != to)
		r = mark_sync_dir(from->dir);
	if (!r)
		tell_renamed(from, to, to_name);
	return r;
}

int checkpoint_remove(struct dir *dir, const char *name)
{
	auto_free char *path = NULL;
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	if (!r)
		r = sys.unlinkat(pin.fd, name, 0);
	if (!r)
		r = mark_sync_dir(dir);
	path = dir_path(dir, name);
	if (!r)
		log_event("mark \"%s\" forgotten", path ? path : name);
	return r;
}
