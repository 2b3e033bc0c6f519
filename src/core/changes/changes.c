/* SPDX-License-Identifier: MIT */
#include "core/changes/changes.h"

#include <fcntl.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/changes/file.h"
#include "core/changes/list.h"

#define BACKLOG_MAX ((size_t)64 << 20)

/*
 * Replaces the file by a new one, @end bytes long.  It is flushed, since on XFS
 * the rename may be on disk before the bytes.  The lock is held meanwhile, as
 * an exception: this happens at a mount, or once in ten thousand changes, and
 * the file is short.
 */
int list_swap_locked(struct changes *h, int fd, off_t end)
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
		h->by = NOT_KNOWN;
		return;
	}
	h->backlog = bigger;
	h->backlog_room = room;
	memcpy(h->backlog + h->backlog_size, text, n);
	h->backlog_size += n;
}

int list_write_backlog_locked(struct changes *h)
{
	int r = sys_pwrite_all(h->fd, h->backlog, h->backlog_size, h->end);

	if (r < 0)
		return r;
	h->end += (off_t)h->backlog_size;
	h->backlog_size = h->backlog_room = 0;
	free(steal_ptr(&h->backlog));
	return 0;
}

void list_append_locked(struct changes *h, const char *text, size_t n)
{
	int r = h->backlog_size ? list_write_backlog_locked(h) : 0;

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

/* Where the next line goes. */
struct authors_place list_here_locked(const struct changes *h)
{
	return (struct authors_place){ h->end + (off_t)h->backlog_size, h->by,
				       h->seq };
}

/* What is before @here is now at @first, and without what was told. */
static void move_places_locked(struct changes *h, off_t first,
			       const struct authors_place *here)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *author = &h->authors.items[i];

		if (author->first.at >= 0)
			author->first =
				(struct authors_place){ first, 0, here->seq };
		if (author->last_at >= 0)
			author->last_at = here->at;
		author->begin = *here;
	}
}

/*
 * A new file of the records of @map that are true below h->root.  It ends with
 * author 0.
 */
static int tidy_locked(struct changes *h, struct pathmap *map)
{
	off_t end;
	int fd, r = changes_file_write(h->state->dir, &h->last, &h->authors,
				       map, h->root, &fd, &end);

	if (!r)
		r = list_swap_locked(h, fd, end);
	if (r < 0)
		return r;
	h->root = -1;
	h->by = 0;
	move_places_locked(h, 0, &(struct authors_place){ end, 0, h->seq });
	return 0;
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
	list_append_locked(h, "\n", 1);
	h->by = NOT_KNOWN;
	return 0;
}

/* All sessions have ended, and author 0 owns what they left: @map. */
static void take_over(struct changes *h, const struct pathmap *map)
{
	struct author *nobody = &h->authors.items[0];

	h->seq = (uint64_t)time(NULL) << 20;
	/* Greater than any, also when the file was lost. */
	if (h->last.used > h->seq)
		h->seq = h->last.used;
	if (h->last.last <= h->last.flushed)
		h->last.flushed = h->seq; /* all is on disk */
	if (pathmap_is_empty(map)) {
		h->last.marked = h->seq; /* all is told */
		h->last.mixed = false;
	} else {
		nobody->first = (struct authors_place){ .seq = h->seq };
	}
	nobody->marked = h->last.marked;
	nobody->marked_at = h->last.marked_at;
	nobody->last = h->last.last;
}

static int go_on(struct changes *h, int root)
{
	struct pathmap *map = pathmap_new();
	char boot[CHANGES_BOOT];
	int r = map ? changes_file_load(h->fd, map, &h->last, NULL) : -ENOMEM;

	changes_file_boot(boot);
	/* The same: no power was cut. */
	h->root = strcmp(h->last.boot, boot) ? root : -1;
	memcpy(h->last.boot, boot, sizeof(boot));
	if (!r) {
		take_over(h, map);
		r = tidy_locked(h, map);
	}
	if (is_no_room(r))
		r = keep_old_locked(h);
	pathmap_free(map);
	return r;
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
	h->fd = -1;
	pthread_mutex_init(&h->lock, NULL);
	r = authors_init(&h->authors);
	if (!r)
		h->fd = sys_open_file(state->dir, CHANGES_NAME,
				      O_RDWR | O_CREAT);
	if (!r)
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
	authors_release(&h->authors);
	free(h->backlog);
	free(h);
}

/* Sessions */

/* Appends `# by` to @text, if @id is another author than that of the line before. */
static size_t turn_to_locked(struct changes *h, uint64_t id,
			     char text[CHANGES_LINE])
{
	if (id == h->by)
		return 0;
	h->by = id;
	return changes_file_by(id, text);
}

int changes_session_begin(struct changes *h, const struct changes_session *s,
			  uint64_t *ret_id)
{
	struct changes_session spec = *s;
	struct author *author;
	int r;

	LOCK_SCOPE(&h->lock);
	spec.parent = authors_owner(&h->authors, s->parent);
	r = authors_begin(&h->authors, h->seq + 1, &spec);
	if (r < 0)
		return r;
	author = authors_find(&h->authors, ++h->seq);
	author->begin = list_here_locked(h);
	list_append_locked(h, author->line, strlen(author->line));
	*ret_id = h->seq;
	return 0;
}

void changes_session_end(struct changes *h, uint64_t id, int status)
{
	struct timespec now;
	char text[CHANGES_LINE];
	struct author *author;

	clock_gettime(CLOCK_REALTIME, &now);
	LOCK_SCOPE(&h->lock);
	author = id ? authors_find(&h->authors, id) : NULL;
	if (!author || author->ended)
		return;
	authors_end(&h->authors, id, ++h->seq, status, &now);
	list_append_locked(h, text, authors_write_ended(author, text));
}

/* Changes */

static void note_author_locked(struct changes *h, const struct record *r,
			       const struct authors_place *here)
{
	struct author *author = authors_find(&h->authors, r->session);

	author->last = r->seq;
	author->last_at = here->at;
	if (author->first.at < 0)
		author->first = *here;
}

void changes_add(struct changes *h, struct record *r)
{
	char text[CHANGES_LINE + RECORD_MAX];
	struct authors_place here;
	size_t used;
	ssize_t n;

	LOCK_SCOPE(&h->lock);
	here = list_here_locked(h);
	r->seq = ++h->seq;
	if (r->session)
		r->session = authors_owner(&h->authors, r->session);
	used = turn_to_locked(h, r->session, text);
	/* Only what a session has read makes a difference of it. */
	if (r->kept && r->session)
		used += changes_file_kept(text + used);
	n = record_encode(r, text + used);
	note_author_locked(h, r, &here);
	if (n > 0) {
		list_append_locked(h, text, used + (size_t)n);
		return;
	}
	list_append_locked(h, text, used);
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
	list_append_locked(h, text, n);
}

/* May what marks have told come between what they have not? */
bool list_is_mixed_locked(const struct changes *h)
{
	return h->last.mixed || h->authors.count > 1;
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
	list_append_locked(h, text, changes_file_flushed(seq, text));
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
	list_append_locked(h, text, changes_file_failed(h->seq, text));
}

/* The earliest place of what no mark has told. */
struct authors_place list_first_locked(const struct changes *h)
{
	struct authors_place first = list_here_locked(h);

	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *author = &h->authors.items[i];

		if (author->first.at >= 0 && author->first.at < first.at)
			first = author->first;
	}
	return first;
}

/* Of all authors, what is neither told nor on disk. */
static struct author_told *unflushed_locked(const struct changes *h)
{
	uint64_t after = h->last.flushed > h->last.marked ? h->last.flushed
							  : h->last.marked;

	return changes_file_told(&h->authors, after);
}

int changes_unflushed(struct changes *h, struct pathmap *into,
		      uint64_t *ret_failed)
{
	auto_free struct author_told *told = NULL;
	struct changes_pick pick = { .upto = UINT64_MAX };
	struct authors_place from;
	auto_fd fd = -1;

	pthread_mutex_lock(&h->lock);
	fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	from = list_first_locked(h);
	told = unflushed_locked(h);
	pick.count = h->authors.count;
	pick.mixed = list_is_mixed_locked(h);
	*ret_failed = h->last.failed;
	pthread_mutex_unlock(&h->lock);
	if (fd < 0)
		return -errno;
	if (!told)
		return -ENOMEM;
	pick.told = told;
	if (pick.mixed)
		pathmap_mix(into);
	return changes_file_read(fd, &from, &pick, into);
}

/* Does what changes_open() had no room for. */
int list_judge_locked(struct changes *h)
{
	struct pathmap *map = pathmap_new();
	struct changes_file_found found;
	int r = map ? 0 : -ENOMEM;

	if (!r && h->backlog_size)
		r = list_write_backlog_locked(h);
	if (!r)
		r = changes_file_load(h->fd, map, &found, NULL);
	if (!r)
		r = tidy_locked(h, map);
	pathmap_free(map);
	return r;
}
