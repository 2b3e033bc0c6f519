/* SPDX-License-Identifier: MIT */
#include "core/flush/write_ahead.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/compare.h"
#include "core/changes/note.h"
#include "core/manifest/latest.h"

#define NUMBER_MAX 24
#define MANY 65536	/* links that wait for one flush; each takes an inode */
#define TARGET_MAX 4096 /* bytes, with a NUL: more no filesystem has */

struct write_ahead {
	const struct state *state;   /* const */
	const struct disk *disk;     /* const: that it is on */
	const struct events *events; /* const */
	pthread_mutex_t making;	     /* while dir is made */
	atomic_int dir;		     /* atomic: -1 until it is needed */
	atomic_bool warned;
	atomic_ullong next;    /* atomic: the next number */
	uint64_t start;	       /* const: the first of this mount */
	uint64_t first;	       /* its trimmer's: the lowest that may be there */
	atomic_ullong flushed; /* atomic: those below it are on disk */
};

static int open_dir(const struct state *state)
{
	int fd = openat(state->dir, WRITE_AHEAD_DIR,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool parse_number(const char *name, uint64_t *ret)
{
	char end;

	return name[0] >= '0' && name[0] <= '9' &&
	       sscanf(name, "%" SCNu64 "%c", ret, &end) == 1 &&
	       *ret < UINT64_MAX / 2;
}

/* Links that an earlier mount has left keep their numbers. */
static int find_range(struct write_ahead *f)
{
	int fd = openat(f->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	uint64_t n;

	if (!d) {
		int r = -errno;

		close_fd(fd);
		return r;
	}
	while ((e = readdir(d))) {
		if (!parse_number(e->d_name, &n))
			continue;
		f->first = n < f->first ? n : f->first;
		f->next = n >= f->next ? n + 1 : f->next;
	}
	closedir(d);
	/* No mount has left more than that. */
	if (f->next - f->first > 2 * MANY)
		f->first = f->next - 2 * MANY;
	return 0;
}

int write_ahead_new(const struct state *state, const struct disk *disk,
		    const struct events *events, struct write_ahead **ret)
{
	struct write_ahead *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	f->state = state;
	f->disk = disk;
	f->events = events;
	pthread_mutex_init(&f->making, NULL);
	f->next = f->first = 1;
	f->dir = open_dir(state);
	r = f->dir >= 0 ? find_range(f) : f->dir == -ENOENT ? 0 : f->dir;
	f->start = f->next;
	if (r < 0)
		write_ahead_free(f);
	else
		*ret = f;
	return r;
}

void write_ahead_free(struct write_ahead *f)
{
	if (!f)
		return;
	close_fd(f->dir);
	pthread_mutex_destroy(&f->making);
	free(f);
}

/* Before */

static int make_dir(struct write_ahead *f)
{
	int fd, r;

	LOCK_SCOPE(&f->making);
	if (atomic_load(&f->dir) >= 0)
		return 0;
	r = sys.mkdirat(f->state->dir, WRITE_AHEAD_DIR, 0700);
	if (r < 0 && r != -EEXIST)
		return r;
	fd = open_dir(f->state);
	if (fd < 0)
		return fd;
	atomic_store(&f->dir, fd);
	return 0;
}

/* How many were made since the last flush began. */
static uint64_t waiting(const struct write_ahead *f)
{
	uint64_t flushed = atomic_load(&f->flushed);

	return atomic_load(&f->next) -
	       (flushed > f->start ? flushed : f->start);
}

/* A number that is taken for nothing is one that is not there later. */
static int make_link(struct write_ahead *f, const char *target)
{
	char name[NUMBER_MAX];
	int r = atomic_load(&f->dir) >= 0 ? 0 : make_dir(f);

	if (r < 0)
		return r;
	if (waiting(f) > MANY)
		return -ENOSPC;
	snprintf(name, sizeof(name), "%llu", atomic_fetch_add(&f->next, 1));
	return sys.symlinkat(target, atomic_load(&f->dir), name);
}

/* @to NULL: there is only one path. */
static void foretell(struct write_ahead *f, uint64_t ino, const char *path,
		     const char *to, bool exchange)
{
	char target[TARGET_MAX];
	int n = path ? snprintf(target, sizeof(target), "%" PRIu64 "//%s%s%s%s",
				ino, path, to ? "//" : "", to ? to : "",
				exchange ? "//" : "")
		     : -1;
	int r = n < 0 || n >= (int)sizeof(target) ? -ENAMETOOLONG
						  : make_link(f, target);

	if (r < 0 && !atomic_exchange(&f->warned, true))
		events_tell(f->events, LOG_WARN,
			    STATE_DIR
			    "/" WRITE_AHEAD_DIR ": %s; after a power cut "
			    "marks may not know of what was removed or "
			    "renamed just before it",
			    strerror(-r));
}

/* Another disk has a log of its own. */
static bool is_foretold(const struct write_ahead *f, const struct dir *dir)
{
	return f && !dir->marks && dir->key.dev == f->disk->dev;
}

void write_ahead_gone(struct write_ahead *f, struct dir *dir, const char *name)
{
	auto_free char *path = NULL;

	if (!is_foretold(f, dir))
		return;
	path = dir_path(dir, name);
	foretell(f, 0, path, NULL, false);
}

void write_ahead_placed(struct write_ahead *f, struct dir *dir,
			const char *name, int fd)
{
	auto_free char *path = NULL;
	struct stat st;

	if (!is_foretold(f, dir) || fstat(fd, &st) < 0)
		return;
	path = dir_path(dir, name);
	foretell(f, st.st_ino, path, NULL, false);
}

void write_ahead_renamed(struct write_ahead *f,
			 const struct write_ahead_rename *c)
{
	auto_free char *path = NULL, *to = NULL;

	if (!is_foretold(f, c->dir))
		return;
	path = dir_path(c->dir, c->name);
	to = dir_path(c->to, c->to_name);
	foretell(f, c->ino, to ? path : NULL, to, c->exchange);
}

/* After a flush */

uint64_t write_ahead_begin(const struct write_ahead *f)
{
	return f ? f->next : 0;
}

void write_ahead_flushed(struct write_ahead *f, uint64_t begun)
{
	if (f)
		atomic_store(&f->flushed, begun);
}

void write_ahead_trim(struct write_ahead *f)
{
	uint64_t upto = f ? atomic_load(&f->flushed) : 0;
	auto_fd dir = f && f->first < upto ? open_dir(f->state) : -1;
	char name[NUMBER_MAX];

	for (; dir >= 0 && f->first < upto; f->first++) {
		snprintf(name, sizeof(name), "%" PRIu64, f->first);
		sys.unlinkat(dir, name, 0);
	}
}

/* After a crash */

struct telling {
	struct write_ahead *f;
	const struct notes *notes;
	struct latest known; /* by the marks, and by the list of changes */
	int root;
};

static bool stands(const struct telling *x, const char *path, struct stat *ret)
{
	auto_fd fd = backing_openat(x->root, path, O_PATH | O_NOFOLLOW);

	return fd >= 0 && !fstat(fd, ret);
}

static bool is_known(const struct telling *x, const char *path)
{
	return pathmap_find(x->known.map, path) ||
	       pathmap_is_owned(x->known.map, path);
}

/* The record of @path; false: there is none. */
static bool recorded(const struct telling *x, const char *path,
		     struct record *ret)
{
	uint32_t node = pathmap_find(x->known.map, path);
	char buf[PATHMAP_PATH];

	return node && pathmap_get(x->known.map, node, buf, ret);
}

/* By its record it should be there, and is not. */
static void tell_gone(const struct telling *x, char *path)
{
	struct record r;
	struct stat st;

	if (stands(x, path, &st) || !is_known(x, path) ||
	    (recorded(x, path, &r) && r.kind == RECORD_GONE))
		return;
	note_found(x->notes, path);
}

/* Not the recorded file is there, but the one that was to come. */
static void tell_placed(const struct telling *x, char *path, uint64_t ino)
{
	struct record r;
	struct stat st;

	if (!stands(x, path, &st) || st.st_ino != ino ||
	    (recorded(x, path, &r) && compare_stat(&r, &st) == VERDICT_HOLDS))
		return;
	note_found(x->notes, path);
}

static void tell_renamed(const struct telling *x, char *path, char *to,
			 uint64_t ino, bool exchange)
{
	struct stat st, other;

	if (!stands(x, to, &st) || st.st_ino != ino || !S_ISDIR(st.st_mode)) {
		tell_gone(x, path);
		tell_placed(x, to, ino);
	} else if (exchange || (!is_known(x, to) && !stands(x, path, &other))) {
		note_found_renamed(x->notes, path, to);
	}
}

static void tell_target(const struct telling *x, char *target)
{
	char *path = strstr(target, "//"), *to, *more;
	uint64_t ino;

	if (!path || sscanf(target, "%" SCNu64 "//", &ino) != 1)
		return;
	path += 2;
	to = strstr(path, "//");
	if (!to && !ino) {
		tell_gone(x, path);
	} else if (!to) {
		tell_placed(x, path, ino);
	} else {
		*to = '\0';
		to += 2;
		more = strstr(to, "//");
		if (more)
			*more = '\0';
		tell_renamed(x, path, to, ino, more);
	}
}

static void tell_all(const struct telling *x)
{
	struct write_ahead *f = x->f;
	char name[NUMBER_MAX], target[TARGET_MAX];

	for (uint64_t n = f->first; n < f->next; n++) {
		ssize_t len;

		snprintf(name, sizeof(name), "%" PRIu64, n);
		len = readlinkat(f->dir, name, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		tell_target(x, target);
	}
}

void write_ahead_tell(struct write_ahead *f, const struct notes *n)
{
	struct telling x = { .f = f, .notes = n };
	auto_pin pin = { 0 };
	int r;

	if (!f || f->first == f->next)
		return;
	r = dir_pin(backing_root(n->backing), &pin);
	x.root = pin.fd;
	if (!r)
		r = latest_read(f->state, x.root, &x.known);
	if (r < 0) {
		events_tell(f->events, LOG_ERROR,
			    STATE_DIR "/" WRITE_AHEAD_DIR
				      ": %s; marks may not know "
				      "of what was removed or renamed just "
				      "before a crash",
			    strerror(-r));
		return;
	}
	tell_all(&x);
	latest_release(&x.known);
}
