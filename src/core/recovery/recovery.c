/* SPDX-License-Identifier: MIT */
#include "core/recovery/recovery.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/backing.h"
#include "core/backing/tree_lock.h"
#include "core/changes/intent.h"
#include "core/changes/note.h"
#include "core/digest/digest.h"
#include "core/flush/write_ahead.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/version/append.h"
#include "core/version/pending.h"
#include "core/version/version.h"

/*
 * Paths that were about to be promoted, each between two NULs, for
 * recovery_tell(), which another process may call after this one was killed.
 */
#define FINISHED_NAME "finished"
#define FINISHED_MAX ((size_t)64 << 20)

/* A temp that was closed before the crash, as its promise says. */
struct closed {
	int home;   /* where temps are: .idemfs/tmp or another (home.h) */
	char *temp; /* name there */
	char *path; /* where it belongs */
	struct journal_note note;
	struct origin origin;
};

struct recovery {
	const struct events *events;
	const struct state *s;
	int root;
	int home; /* that is being looked at */
	struct home *homes;
	size_t home_count;
	struct recovered count;
	struct closed *closed;
	size_t n, room;
};

/* --- finding --------------------------------------------------------------- */

/* Opens the directory of @path; *ret_name is the last name. */
static int open_parent(int root, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	auto_free char *dir = slash ? strndup(path, (size_t)(slash - path))
				    : strdup(".");
	int fd;

	if (!dir)
		return -ENOMEM;
	fd = backing_openat(root, dir, O_RDONLY | O_DIRECTORY);
	if (fd >= 0)
		*ret_name = slash ? slash + 1 : path;
	return fd;
}

/*
 * A filesystem inside the tree may have been made by any user.  So its home is
 * believed about that filesystem alone, and only the bytes of its temps.
 */
static bool is_own(const struct recovery *rec, int home)
{
	return home == rec->s->tmp;
}

static bool may_name(const struct recovery *rec, int home, int dir)
{
	struct stat a, b;

	return is_own(rec, home) ||
	       (!fstat(home, &a) && !fstat(dir, &b) && a.st_dev == b.st_dev);
}

static bool exists(int dirfd, const char *name)
{
	struct stat st;

	return !fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW);
}

/* --- what was closed is promoted ------------------------------------------ */

static bool is_what_was_closed(int fd, const struct journal_note *note)
{
	struct digest digest;
	int64_t bytes;

	return !digest_file(fd, &digest, &bytes) && bytes == note->bytes &&
	       !memcmp(&digest, &note->digest, sizeof(digest));
}

/* @temp in @home becomes @name in @dir; @fd: it is open. */
static int put_in_place(int home, const char *temp, int fd, int dir,
			const char *name)
{
	auto_fd copy = -1;
	struct stat st;
	int r;

	if (!fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) &&
	    S_ISDIR(st.st_mode))
		return -EISDIR;
	r = sys.renameat2(home, temp, dir, name, 0);
	if (r == -EXDEV) {
		r = temp_copy_to(fd, dir, temp, name, &copy);
		if (!r)
			r = sys.unlinkat(home, temp, 0);
	}
	return r;
}

/* If there is no room for the note, the file is promoted all the same. */
static void note_finished(struct recovery *rec, const char *path)
{
	size_t n = strlen(path) + 2;
	auto_free char *text = calloc(1, n);
	auto_fd fd =
		sys_open_file(rec->s->dir, FINISHED_NAME, O_WRONLY | O_CREAT);
	off_t end = fd < 0 ? -1 : lseek(fd, 0, SEEK_END);
	int r = -EIO;

	if (text && end >= 0) {
		memcpy(text + 1, path, n - 2);
		r = sys_pwrite_all(fd, text, n, end);
	}
	if (r < 0)
		events_tell(rec->events, LOG_WARN,
			    "\"%s\": the next mark may not tell of it", path);
}

static bool is_state(const char *path)
{
	size_t n = strlen(STATE_DIR);

	return !strncmp(path, STATE_DIR, n) && (!path[n] || path[n] == '/');
}

/* 1: promoted.  0: not there, or not the bytes that were closed.  -errno. */
static int finish(struct recovery *rec, const struct closed *c)
{
	const char *name;
	auto_free char *near = NULL;
	auto_fd dir = open_parent(rec->root, c->path, &name), fd = -1;
	bool home = exists(c->home, c->temp);
	const char *temp = c->temp;
	int at, r;

	if (dir < 0)
		return dir;
	if (!may_name(rec, c->home, dir))
		return 0;
	if (!home) {
		if (asprintf(&near, STATE_TEMP_PREFIX "%s", c->temp) < 0)
			return -ENOMEM;
		temp = near;
	}
	if (c->note.from &&
	    (!home || !is_own(rec, c->home) || is_state(c->path)))
		return 0;
	if (c->note.from) {
		note_finished(rec, c->path);
		return append_replay(dir, name, c->home, c->temp, &c->note);
	}
	at = home ? c->home : dir;
	fd = sys_open_file(at, temp, O_RDONLY);
	if (fd < 0 || !is_what_was_closed(fd, &c->note))
		return 0;
	r = origin_settle(&c->origin, fd, dir, name);
	if (r < 0)
		return r;
	note_finished(rec, c->path);
	/* The daemon may have died before its flush: no rename before bytes. */
	r = sys.fsync(fd);
	if (!r)
		r = put_in_place(at, temp, fd, dir, name);
	/* Durable before the journal is emptied; fsync() is not, on btrfs. */
	if (!r)
		r = way_flush_names(dir);
	return r < 0 ? r : 1;
}

static int by_order(const void *a, const void *b)
{
	const struct closed *x = a, *y = b;

	return (x->note.order > y->note.order) -
	       (x->note.order < y->note.order);
}

static int collect_closed(void *arg, const char *name,
			  const struct partial *record,
			  const struct journal_note *note)
{
	struct recovery *rec = arg;
	struct closed c = { 0 };

	/* A tail that was not closed goes to quarantine. */
	if (!note || (note->from && !note->bytes))
		return 0;
	if (rec->n == rec->room) {
		size_t room = rec->room ? rec->room * 2 : 16;
		struct closed *bigger =
			reallocarray(rec->closed, room, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		rec->closed = bigger;
		rec->room = room;
	}
	c.home = rec->home;
	c.temp = strdup(name);
	c.path = strdup(record->path);
	c.note = *note;
	c.origin = record->origin;
	rec->closed[rec->n++] = c;
	return c.temp && c.path ? 0 : -ENOMEM;
}

/*
 * In the order of their closes, so that the last wins.  What cannot be promoted
 * stays a temp, and goes to quarantine with the others.
 */
static void finish_all(struct recovery *rec)
{
	int r;

	if (rec->n)
		qsort(rec->closed, rec->n, sizeof(*rec->closed), by_order);
	for (size_t i = 0; i < rec->n; i++) {
		struct closed *c = &rec->closed[i];

		r = finish(rec, c);
		if (r > 0) {
			rec->count.finished++;
			events_tell(
				rec->events, LOG_EVENT,
				"\"%s\": closed before a crash, put in place",
				c->path);
		} else if (r < 0) {
			events_tell(rec->events, LOG_ERROR,
				    "\"%s\": closed before a crash, cannot be "
				    "put in place: %s",
				    c->path, strerror(-r));
		}
	}
}

static void release(struct recovery *rec)
{
	for (size_t i = 0; i < rec->n; i++) {
		free(rec->closed[i].temp);
		free(rec->closed[i].path);
	}
	free(rec->closed);
	for (size_t i = 0; i < rec->home_count; i++)
		home_release(&rec->homes[i]);
	free(rec->homes);
}

/* --- the others go to quarantine ------------------------------------------- */

/* Counts and logs the result @r of putting one away; the rest goes on. */
static void put_away(struct recovery *rec, const char *path, const char *temp,
		     int r)
{
	if (r >= 0) {
		rec->count.kept++;
		return;
	}
	rec->count.left++;
	events_tell(
		rec->events, LOG_ERROR,
		"\"%s\": left by a crash; cannot be put into quarantine: %s; "
		"stays as temp \"%s\" until the next mount",
		path, strerror(-r), temp);
}

/* Gives it to its maker.  May it be restored to where its record says? */
static bool give_to_maker(const struct recovery *rec, int home,
			  const char *temp, const struct partial *p)
{
	const char *name;
	auto_fd fd = sys_open_file(home, temp, O_RDONLY);
	auto_fd dir = open_parent(rec->root, p->path, &name);

	return fd >= 0 && origin_take(&p->origin, fd, dir);
}

/* Puts @p, with bytes @temp of @home, into quarantine. */
static int put(struct recovery *rec, int home, const char *temp,
	       const struct partial *p, uint64_t *ret_id)
{
	auto_free char *why = NULL;
	struct partial kept = *p;

	if (!p->path || !p->command || !p->why)
		return -ENOMEM;
	kept.origin.known = false; /* for the journal alone */
	if (*p->path && !give_to_maker(rec, home, temp, p)) {
		if (asprintf(&why, "%s; says that it is \"%s\"", p->why,
			     p->path) < 0)
			return -ENOMEM;
		kept.why = why;
		kept.path = (char *)"";
	}
	return quarantine_put(rec->s->partial, home, temp, &kept, ret_id);
}

static int quarantine_temp(struct recovery *rec, int home, const char *temp,
			   struct partial *p)
{
	struct stat st;
	uint64_t id;
	int r;

	if (fstatat(home, temp, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!p->began.tv_sec)
		p->began = st.st_ctim;
	clock_gettime(CLOCK_REALTIME, &p->time);
	p->size = st.st_size;
	r = put(rec, home, temp, p, &id);
	if (!r)
		events_tell(rec->events, LOG_EVENT,
			    "\"%s\": left by a crash, kept as partial %llu",
			    p->path, (unsigned long long)id);
	return r;
}

/* Makes the partial of an append whole, or says in it that it is not. */
static void complete_tail(struct recovery *rec, const char *temp,
			  const struct journal_note *note, struct partial *p)
{
	const char *name;
	char *why;
	auto_fd dir = open_parent(rec->root, p->path, &name);
	int r = dir < 0 ? dir
			: append_complete(dir, name, rec->home, temp, note);

	if (r >= 0 ||
	    asprintf(&why,
		     "%s; without its first %lld bytes, which were "
		     "those of the file: %s",
		     p->why, (long long)note->from,
		     r == -ESTALE ? "it has changed since" : strerror(-r)) < 0)
		return;
	free(p->why);
	p->why = why;
}

/* Is its directory on another filesystem than the home that tells of it? */
static bool is_foreign(const struct recovery *rec, const char *path)
{
	const char *name;
	auto_fd dir = open_parent(rec->root, path, &name);

	return dir >= 0 && !may_name(rec, rec->home, dir);
}

/* A path that a home tells of another filesystem is shown, never used. */
static void doubt_path(struct partial *p)
{
	char *why = NULL, *path = strdup("");

	if (asprintf(&why, "%s; says that it is \"%s\"", p->why, p->path) < 0)
		why = NULL;
	free(p->path);
	p->path = path;
	free(p->why);
	p->why = why;
}

static void recover_temp(struct recovery *rec, const char *name)
{
	struct journal_note note = { 0 };
	struct partial p = { 0 };

	if (journal_read(rec->home, name, &p, &note) < 0)
		p = (struct partial){
			.path = strdup(""),
			.command = strdup(""),
			.why = strdup("found after a crash, without a record"),
		};
	if (note.from && is_own(rec, rec->home))
		complete_tail(rec, name, &note, &p);
	if (p.path && p.why && *p.path && is_foreign(rec, p.path))
		doubt_path(&p);
	put_away(rec, p.path ? p.path : "", name,
		 quarantine_temp(rec, rec->home, name, &p));
	partial_release(&p);
}

/*
 * Temps next to their destination: copies, and those that an older idemfs made
 * on another filesystem.
 */
static int recover_near(void *arg, const char *name,
			const struct partial *record,
			const struct journal_note *closed)
{
	struct recovery *rec = arg;
	auto_free char *temp = NULL;
	struct partial p = *record;
	const char *last;
	auto_fd dir = open_parent(rec->root, record->path, &last);

	(void)closed;
	if (asprintf(&temp, STATE_TEMP_PREFIX "%s", name) < 0)
		return -ENOMEM;
	if (dir < 0 || !may_name(rec, rec->home, dir) || !exists(dir, temp))
		return 0;
	/* An incomplete copy of a temp that is still at home. */
	if (exists(rec->home, name))
		sys.unlinkat(dir, temp, 0);
	else
		put_away(rec, p.path, temp,
			 quarantine_temp(rec, dir, temp, &p));
	return 0;
}

static void recover_entry(struct recovery *rec, int dir, const char *name)
{
	int r;

	if (name[0] == '.' || !strcmp(name, JOURNAL_NAME))
		return;
	if (name[0] >= '0' && name[0] <= '9') {
		recover_temp(rec, name);
		return;
	}
	/* The temp of a mark, or a copy, which was never acknowledged. */
	r = sys.unlinkat(dir, name, 0);
	if (r < 0)
		put_away(rec, "", name, r);
}

static int each_name(struct recovery *rec, int dir,
		     void (*each)(struct recovery *rec, int dir,
				  const char *name))
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		int r = -errno;

		close_fd(fd);
		return r;
	}
	while ((e = readdir(d)))
		each(rec, dir, e->d_name);
	closedir(d);
	return 0;
}

/* Removes a temp that was to replace a file of the state directory itself. */
static void sweep(struct recovery *rec, int dir, const char *name)
{
	int r;

	if (strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX)))
		return;
	r = sys.unlinkat(dir, name, 0);
	if (r < 0)
		put_away(rec, "", name, r);
}

static int collect_home(struct recovery *rec)
{
	return journal_each(rec->home, collect_closed, rec);
}

static int clean_home(struct recovery *rec)
{
	int r = journal_each(rec->home, recover_near, rec);

	return r < 0 ? r : each_name(rec, rec->home, recover_entry);
}

static int end_home(struct recovery *rec)
{
	sys.unlinkat(rec->home, JOURNAL_NAME, 0);
	return 0;
}

/* Later versions are newer than the temps that had to stay. */
static int void_home(struct recovery *rec)
{
	int r = journal_void(rec->home);

	if (r < 0)
		events_tell(
			rec->events, LOG_ERROR,
			"a journal: %s; what was closed before the crash may "
			"come over what is newer",
			strerror(-r));
	return 0;
}

/* If a filesystem inside the tree cannot be read, the others go on. */
static int each_home(struct recovery *rec, int (*each)(struct recovery *rec))
{
	int r;

	rec->home = rec->s->tmp;
	r = each(rec);
	for (size_t i = 0; !r && i < rec->home_count; i++) {
		int code;

		rec->home = rec->homes[i].tmp;
		code = each(rec);
		if (code < 0)
			put_away(rec, "", "?", code);
	}
	return r;
}

static int recover_all(struct recovery *rec)
{
	const struct state *s = rec->s;
	int r = filesystems_left(s, rec->root, rec->events, &rec->homes,
				 &rec->home_count);

	if (!r)
		r = each_home(rec, collect_home);
	if (!r) {
		finish_all(rec);
		r = each_home(rec, clean_home);
	}
	if (!r)
		r = each_name(rec, s->dir, sweep);
	if (!r)
		r = each_name(rec, s->partial, sweep);
	if (!r)
		r = each_name(rec, s->marks, sweep);
	if (r < 0)
		return r;
	/*
	 * The records of the journal are needed as long as a temp is left, and
	 * until those in quarantine are on disk.
	 */
	if (!rec->count.left &&
	    (!rec->count.kept || !way_flush_names(s->partial)))
		each_home(rec, end_home);
	else
		each_home(rec, void_home);
	return 0;
}

int recovery_run(const struct state *s, int root, const struct events *events,
		 struct recovered *ret)
{
	struct recovery rec = { .s = s, .root = root, .events = events };
	int r = recover_all(&rec);

	release(&rec);
	if (!r)
		*ret = rec.count;
	return r;
}

/* --- what is added to the changes ----------------------------------------- */

static void tell_finished(struct versions *t, const struct events *events)
{
	auto_free char *text = NULL;
	size_t size;
	int r = sys_read_file(versions_rooms(t)->state->dir, FINISHED_NAME,
			      FINISHED_MAX, &text, &size);

	if (r == -ENOENT)
		return;
	if (r < 0)
		events_tell(events, LOG_ERROR,
			    STATE_DIR
			    "/" FINISHED_NAME
			    ": %s; the next mark may not tell of files "
			    "that were put in place",
			    strerror(-r));
	for (char *p = text; p && p < text + size; p += strlen(p) + 1)
		if (*p)
			note_found(&versions_rooms(t)->notes, p);
	sys.unlinkat(versions_rooms(t)->state->dir, FINISHED_NAME, 0);
}

void recovery_tell(struct versions *t, const struct events *events)
{
	if (!versions_rooms(t)->changes)
		return; /* read only */
	filesystems_tell(versions_rooms(t)->filesystems);
	TREE_ALL_SCOPE(versions_rooms(t)->tree);
	tell_finished(t, events);
	intent_tell(versions_rooms(t)->intent, &versions_rooms(t)->notes);
	write_ahead_tell(versions_rooms(t)->write_ahead,
			 &versions_rooms(t)->notes);
}
