/* SPDX-License-Identifier: MIT */
#include "core/changes/changes.h"

#include <fcntl.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/compare.h"
#include "core/changes/file.h"

#define BACKLOG_MAX ((size_t)64 << 20)
#define DEAD_MAX ((off_t)1 << 20) /* then what marks have told is cut off */
#define LONG ((off_t)256 << 20)	  /* then it is made shorter */

struct changes {
	const struct state *state;   /* const */
	const struct events *events; /* const */
	pthread_mutex_t lock;
	int fd;		 /* under lock */
	off_t end;	 /* under lock: where the next line goes */
	off_t from;	 /* under lock: where the next mark begins */
	off_t shortened; /* under lock: how long it was then */
	uint64_t seq;	 /* under lock: the last one given away */
	struct changes_file_found
		last;	    /* under lock: boot: const; the mark before */
	unsigned int spans; /* under lock: marks that are being made */
	int root;      /* under lock: records from before a power cut are still
		     to be compared with what is below it; -1: done */
	char *backlog; /* under lock: lines that could not be written yet */
	size_t backlog_size, backlog_room; /* under lock */
	bool lost; /* under lock: there was no memory for some of them, */
	bool gap;  /*   at any time */
};

/*
 * Replaces the file by a new one, @end bytes long.  It is flushed, since on XFS
 * the rename may be on disk before the bytes.  The lock is held meanwhile, as
 * an exception: this happens at a mount, or once in ten thousand changes, and
 * the file is short.
 */
static int swap_locked(struct changes *h, int fd, off_t end)
{
	int r = sys.fdatasync(fd);

	if (!r)
		r = sys.renameat2(h->state->dir, CHANGES_NEW, h->state->dir,
				  CHANGES_NAME, 0);
	if (r < 0) {
		sys.unlinkat(h->state->dir, CHANGES_NEW, 0);
		close_fd(fd);
		return r;
	}
	close_fd(h->fd);
	h->fd = fd;
	h->end = end;
	return 0;
}

/* Appending */

static void keep_locked(struct changes *h, const char *text, size_t n)
{
	size_t room = h->backlog_room ? h->backlog_room : 65536;
	char *bigger;

	while (room < h->backlog_size + n)
		room *= 2;
	bigger = room > BACKLOG_MAX ? NULL : realloc(h->backlog, room);
	if (!bigger) {
		h->lost = h->gap = true;
		return;
	}
	h->backlog = bigger;
	h->backlog_room = room;
	memcpy(h->backlog + h->backlog_size, text, n);
	h->backlog_size += n;
}

static int write_backlog_locked(struct changes *h)
{
	int r = sys_pwrite_all(h->fd, h->backlog, h->backlog_size, h->end);

	if (r < 0)
		return r;
	h->end += (off_t)h->backlog_size;
	h->backlog_size = h->backlog_room = 0;
	free(steal_ptr(&h->backlog));
	return 0;
}

static void append_locked(struct changes *h, const char *text, size_t n)
{
	int r = h->backlog_size ? write_backlog_locked(h) : 0;

	if (!r)
		r = sys_pwrite_all(h->fd, text, n, h->end);
	if (!r) {
		h->end += (off_t)n;
		return;
	}
	if (!h->backlog_size)
		events_tell(h->events, LOG_WARN,
			    STATE_DIR "/" CHANGES_NAME
				      ": %s; no mark can be made "
				      "until that is over",
			    strerror(-r));
	keep_locked(h, text, n);
}

/* Start */

/* A new file of the records of @map that are true below h->root. */
static int tidy_locked(struct changes *h, struct pathmap *map)
{
	off_t end;
	int fd, r = changes_file_write(h->state->dir, &h->last, map, h->root,
				       &fd, &end);

	if (!r)
		r = swap_locked(h, fd, end);
	if (!r)
		h->root = -1;
	return r;
}

/*
 * If there is no room for a new file, the old one is kept until the next mark,
 * since the user may mount to make room.  Its last line may be torn.
 */
static int keep_old_locked(struct changes *h)
{
	h->end = lseek(h->fd, 0, SEEK_END);
	if (h->end < 0)
		return -errno;
	append_locked(h, "\n", 1);
	return 0;
}

static int go_on(struct changes *h, int root)
{
	struct pathmap *map = pathmap_new();
	char boot[CHANGES_BOOT];
	int r = map ? changes_file_load(h->fd, map, &h->last) : -ENOMEM;

	changes_file_boot(boot);
	/* The same: no power was cut. */
	h->root = strcmp(h->last.boot, boot) ? root : -1;
	memcpy(h->last.boot, boot, sizeof(boot));
	if (!r)
		r = tidy_locked(h, map);
	if (is_no_room(r))
		r = keep_old_locked(h);
	pathmap_free(map);
	if (r < 0)
		return r;
	/* Greater than any, also when the file was lost. */
	h->seq = (uint64_t)time(NULL) << 20;
	if (h->last.last > h->seq)
		h->seq = h->last.last;
	if (h->last.marked > h->seq)
		h->seq = h->last.marked;
	if (h->last.last <= h->last.marked)
		h->last.marked = h->seq; /* all is told */
	if (h->last.last <= h->last.flushed)
		h->last.flushed = h->seq; /* and on disk */
	return 0;
}

int changes_open(const struct state *state, int root,
		 const struct events *events, struct changes **ret)
{
	struct changes *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->state = state;
	h->events = events;
	pthread_mutex_init(&h->lock, NULL);
	h->fd = sys_open_file(state->dir, CHANGES_NAME, O_RDWR | O_CREAT);
	r = h->fd < 0 ? h->fd : go_on(h, root);
	if (r < 0)
		changes_close(h);
	else
		*ret = h;
	return r;
}

void changes_close(struct changes *h)
{
	if (!h)
		return;
	close_fd(h->fd);
	pthread_mutex_destroy(&h->lock);
	free(h->backlog);
	free(h);
}

struct merge {
	struct pathmap *into;
	struct compare_cut cut;
};

static int merge_record(void *arg, const struct record *r, uint32_t node)
{
	struct merge *m = arg;

	(void)node;
	return compare_cut_holds(&m->cut, r) ? pathmap_apply(m->into, r, 0) : 0;
}

int changes_read(const struct state *state, int root, struct pathmap *into)
{
	auto_fd fd = sys_open_file(state->dir, CHANGES_NAME, O_RDONLY);
	struct pathmap *map = NULL;
	struct merge m = { .into = into };
	struct changes_file_found found;
	char boot[CHANGES_BOOT];
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	map = pathmap_new();
	r = map ? changes_file_load(fd, map, &found) : -ENOMEM;
	changes_file_boot(boot);
	/* The same: no power was cut. */
	if (!r)
		r = compare_cut_begin(strcmp(boot, found.boot) ? root : -1, map,
				      &m.cut);
	if (!r)
		r = pathmap_each(map, merge_record, &m);
	pathmap_free(map);
	return r;
}

/* Changes */

void changes_add(struct changes *h, struct record *r)
{
	char text[RECORD_MAX];
	ssize_t n;

	LOCK_SCOPE(&h->lock);
	r->seq = ++h->seq;
	n = record_encode(r, text);
	if (n > 0) {
		append_locked(h, text, (size_t)n);
		return;
	}
	events_tell(h->events, LOG_WARN,
		    "a path of more than %d bytes was changed: the next mark "
		    "fails, since it cannot tell so",
		    IDEMFS_PATH_MAX);
	h->lost = h->gap = true;
}

void changes_hashed(struct changes *h, uint64_t seq, uint64_t ino,
		    const struct digest *d)
{
	char text[CHANGES_LINE];
	size_t n = changes_file_hashed(seq, ino, d, text);

	LOCK_SCOPE(&h->lock);
	append_locked(h, text, n);
}

/* Flushes */

uint64_t changes_seq(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->seq;
}

void changes_flushed(struct changes *h, uint64_t seq)
{
	char text[CHANGES_LINE];

	LOCK_SCOPE(&h->lock);
	if (seq <= h->last.flushed)
		return;
	h->last.flushed = seq;
	append_locked(h, text, changes_file_flushed(seq, text));
}

int changes_sync(struct changes *h)
{
	auto_fd fd = -1;

	pthread_mutex_lock(&h->lock);
	fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	pthread_mutex_unlock(&h->lock);
	return fd < 0 ? -errno : sys.fdatasync(fd);
}

void changes_failed(struct changes *h)
{
	char text[CHANGES_LINE];

	LOCK_SCOPE(&h->lock);
	h->last.failed = h->seq;
	append_locked(h, text, changes_file_failed(h->seq, text));
}

int changes_unflushed(struct changes *h, struct pathmap *into,
		      uint64_t *ret_failed)
{
	auto_fd fd = -1;
	uint64_t after;
	off_t from;

	pthread_mutex_lock(&h->lock);
	fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	from = h->from;
	after = h->last.flushed > h->last.marked ? h->last.flushed
						 : h->last.marked;
	*ret_failed = h->last.failed;
	pthread_mutex_unlock(&h->lock);
	if (fd < 0)
		return -errno;
	return changes_file_read(fd, from, after, UINT64_MAX, into);
}

/* Spans */

/* Does what changes_open() had no room for. */
static int judge_locked(struct changes *h)
{
	struct pathmap *map = pathmap_new();
	struct changes_file_found found;
	int r = map ? 0 : -ENOMEM;

	if (!r && h->backlog_size)
		r = write_backlog_locked(h);
	if (!r)
		r = changes_file_load(h->fd, map, &found);
	if (!r)
		r = tidy_locked(h, map);
	pathmap_free(map);
	return r;
}

int changes_begin(struct changes *h, struct changes_span *ret)
{
	int r;

	LOCK_SCOPE(&h->lock);
	r = h->root < 0 ? 0 : judge_locked(h);
	if (r < 0)
		return r;
	*ret = (struct changes_span){
		.fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3),
		.from = h->from,
		.after = h->last.marked,
		.before = h->last.marked_at,
		.flushed = h->last.flushed,
		.failed = h->last.failed,
	};
	if (ret->fd < 0)
		return -errno;
	h->spans++;
	return 0;
}

int changes_cut(struct changes *h, struct changes_span *s)
{
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->backlog_size)
		r = write_backlog_locked(h);
	if (!r && h->lost)
		r = -EIO;
	h->lost &= r == 0; /* said once */
	s->to = h->end;
	s->upto = h->seq;
	return r;
}

bool changes_is_empty(const struct changes_span *s)
{
	return s->after == s->upto;
}

int changes_replay(const struct changes_span *s, struct pathmap *into)
{
	/* Read to the end: digests of its records may have come later. */
	return changes_file_read(s->fd, s->from, s->after, s->upto, into);
}

/* Takes the records that marks have told out of the file. */
static void cut_off_locked(struct changes *h)
{
	off_t end;
	int fd, r = changes_file_write_rest(h->state->dir, &h->last, h->fd,
					    h->from, &fd, &end);

	if (!r)
		r = swap_locked(h, fd, end);
	if (!r)
		h->from = 0;
}

static void note_mark_locked(struct changes *h, const struct changes_span *s,
			     const struct timespec *made)
{
	char text[CHANGES_LINE];

	h->last.marked_at = *made;
	if (s->upto > h->last.marked) {
		h->last.marked = s->upto;
		h->from = s->to;
	}
	append_locked(h, text, changes_file_marked(&h->last, text));
	if (!h->spans && h->from > DEAD_MAX && !h->backlog_size)
		cut_off_locked(h);
}

void changes_end(struct changes *h, struct changes_span *s,
		 const struct timespec *made)
{
	close_fd(steal_fd(&s->fd));
	LOCK_SCOPE(&h->lock);
	h->spans--;
	if (made)
		note_mark_locked(h, s, made);
}

bool changes_is_whole(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return !h->backlog_size && !h->gap;
}

bool changes_is_told(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->spans > 0;
}

/* Shorter */

bool changes_is_long(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->end - h->from > LONG && h->end > 4 * h->shortened &&
	       !h->spans;
}

/* Copies what has been appended meanwhile, if nothing else has happened. */
static int finish_shorter(struct changes *h, int fd, off_t end,
			  const struct changes_span *s)
{
	char buf[16384];
	ssize_t n = 1;
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->spans > 1 || h->last.marked != s->after)
		r = -EAGAIN;
	for (off_t at = s->to; !r && n > 0; at += n) {
		n = sys_pread_all(h->fd, buf, sizeof(buf), at);
		r = n < 0 ? (int)n : sys_pwrite_all(fd, buf, (size_t)n, end);
		end += n > 0 ? n : 0;
	}
	if (r < 0) {
		sys.unlinkat(h->state->dir, CHANGES_NEW, 0);
		close_fd(fd);
		return r;
	}
	r = swap_locked(h, fd, end);
	if (!r)
		h->from = 0;
	h->shortened = h->end;
	return r;
}

int changes_shorten(struct changes *h)
{
	struct pathmap *map = pathmap_new();
	struct changes_span s;
	struct changes_file_found last = { 0 };
	int fd, r = map ? changes_begin(h, &s) : -ENOMEM;
	off_t end;

	if (r < 0) {
		pathmap_free(map);
		return r;
	}
	r = changes_cut(h, &s);
	if (!r)
		r = changes_replay(&s, map);
	last.marked = s.after;
	last.marked_at = s.before;
	last.flushed = s.flushed;
	last.failed = s.failed;
	changes_file_boot(last.boot);
	if (!r)
		r = changes_file_write(h->state->dir, &last, map, -1, &fd,
				       &end);
	/* What is long is flushed without the lock. */
	if (!r)
		(void)sys.fdatasync(fd);
	if (!r)
		r = finish_shorter(h, fd, end, &s);
	pathmap_free(map);
	changes_end(h, &s, NULL);
	return r;
}
