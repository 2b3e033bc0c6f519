/* SPDX-License-Identifier: MIT */
/*
 * shorten: keeps the list of changes from growing for ever.  What marks have
 * told is cut off; where no mark is made, the latest state of each path is kept.
 */
#include <fcntl.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "core/changes/list.h"

#define DEAD_MAX ((off_t)1 << 20) /* then what marks have told is cut off */
#define LONG ((off_t)256 << 20)	  /* then it is made shorter */

/* From where on the file is needed. */
static struct authors_place needed_locked(const struct changes *h)
{
	struct authors_place from = list_first_locked(h);

	for (size_t i = 1; i < h->authors.count; i++) {
		const struct author *author = &h->authors.items[i];

		if (author->whole && !author->ended &&
		    author->begin.at < from.at)
			from = author->begin;
	}
	return from;
}

/* The file was cut off at @from, which is at @begin now. */
static void shift_places_locked(struct changes *h,
				const struct authors_place *from, off_t begin)
{
	off_t by = begin - from->at;

	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *author = &h->authors.items[i];

		if (author->first.at >= 0)
			author->first.at += by;
		author->last_at += by;
		if (author->begin.at < from->at)
			author->begin = *from;
		author->begin.at += by;
	}
}

/* Takes the records that marks have told out of the file. */
static void take_off_locked(struct changes *h, const struct authors_place *from)
{
	off_t begin, end;
	int fd, r;

	authors_drop(&h->authors, from->at);
	r = changes_file_write_rest(h->state->dir, &h->last, &h->authors, h->fd,
				    from, &fd, &begin, &end);
	if (!r)
		r = list_swap_locked(h, fd, end);
	if (!r)
		shift_places_locked(h, from, begin);
}

void list_cut_off_locked(struct changes *h)
{
	struct authors_place from;

	if (h->spans || h->backlog_size || h->end <= DEAD_MAX)
		return;
	from = needed_locked(h);
	if (from.at > DEAD_MAX && from.at > h->end - from.at)
		take_off_locked(h, &from);
}

bool changes_is_long(struct changes *h)
{
	LOCK_SCOPE(&h->lock);
	return h->end > LONG && h->end > 4 * h->shortened && !h->spans;
}

/* All that no mark has told, to be written into a shorter file. */
struct shorter {
	struct author_told *told;
	struct authors authors; /* as they were at to */
	struct changes_file_found last;
	struct authors_place from, to; /* what comes later is copied */
	uint64_t upto;
	unsigned long marked;
	bool begun;
	int fd;	   /* of the old file */
	int new;   /* and of the new one */
	off_t end; /* of the new one */
};

static int begin_shorter_locked(struct changes *h, struct shorter *s)
{
	int r = h->spans ? -EAGAIN : 0;

	if (!r && h->root >= 0)
		r = list_judge_locked(h);
	if (!r && h->backlog_size)
		r = list_write_backlog_locked(h);
	if (!r)
		r = authors_copy(&h->authors, &s->authors);
	if (r < 0)
		return r;
	s->told = changes_file_told(&h->authors, h->last.marked);
	s->last = h->last;
	s->last.used = s->upto = h->seq;
	s->last.mixed = list_is_mixed_locked(h);
	s->from = list_first_locked(h);
	s->to = list_here_locked(h);
	s->marked = h->marked;
	s->fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	if (s->fd < 0)
		return -errno;
	if (!s->told)
		return -ENOMEM;
	h->spans++;
	s->begun = true;
	return 0;
}

static int write_shorter(struct changes *h, struct shorter *s)
{
	struct pathmap *map = pathmap_new();
	const struct changes_pick pick = { .told = s->told,
					   .count = s->authors.count,
					   .upto = s->upto,
					   .mixed = s->last.mixed,
					   .moves = true };
	int r = map ? 0 : -ENOMEM;

	if (!r && pick.mixed)
		pathmap_mix(map);
	if (!r)
		r = changes_file_read(s->fd, &s->from, &pick, map);
	if (!r)
		r = changes_file_write(h->state->dir, &s->last, &s->authors,
				       map, -1, &s->new, &s->end);
	pathmap_free(map);
	/* What is long is flushed without the lock. */
	if (!r)
		(void)sys.fdatasync(s->new);
	return r;
}

static int copy_later_locked(struct changes *h, struct shorter *s)
{
	char buf[16384];
	ssize_t n = 1;
	int r = 0;

	if (s->to.by && s->to.by != NOT_KNOWN) {
		n = (ssize_t)changes_file_by(s->to.by, buf);
		r = sys_pwrite_all(s->new, buf, (size_t)n, s->end);
		s->end += n;
	}
	for (off_t at = s->to.at; !r && n > 0; at += n) {
		n = sys_pread_all(h->fd, buf, sizeof(buf), at);
		r = n < 0 ? (int)n
			  : sys_pwrite_all(s->new, buf, (size_t)n, s->end);
		s->end += n > 0 ? n : 0;
	}
	return r;
}

/* What came before s->to has got shorter, and now ends at @end. */
static void shorten_places_locked(struct changes *h, const struct shorter *s,
				  off_t end)
{
	const struct authors_place junction = { end, s->to.by, s->upto };

	for (size_t i = 0; i < h->authors.count; i++) {
		struct author *author = &h->authors.items[i];

		if (author->last_at >= s->to.at)
			author->last_at += end - s->to.at;
		else
			author->last_at = author->first.at < 0 ? -1 : 0;
		if (author->first.at >= s->to.at)
			author->first.at += end - s->to.at;
		else if (author->first.at >= 0)
			author->first =
				(struct authors_place){ .seq = s->upto };
		if (author->begin.at >= s->to.at)
			author->begin.at += end - s->to.at;
		else
			author->begin = junction;
	}
	authors_drop(&h->authors, 0);
}

/* Copies what has been appended meanwhile, if nothing else has happened. */
static int finish_shorter(struct changes *h, struct shorter *s)
{
	off_t first;
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->spans > 1 || h->marked != s->marked || h->backlog_size)
		r = -EAGAIN;
	if (!r)
		r = copy_later_locked(h, s);
	if (r < 0) {
		sys.unlinkat(h->state->dir, CHANGES_NEW, 0);
		close_fd(s->new);
		return r;
	}
	first = s->end - (h->end - s->to.at);
	r = list_swap_locked(h, s->new, s->end);
	if (!r)
		shorten_places_locked(h, s, first);
	h->shortened = h->end;
	return r;
}

int changes_shorten(struct changes *h)
{
	struct shorter s = { .fd = -1 };
	int r;

	pthread_mutex_lock(&h->lock);
	r = begin_shorter_locked(h, &s);
	pthread_mutex_unlock(&h->lock);
	if (!r)
		r = write_shorter(h, &s);
	if (!r)
		r = finish_shorter(h, &s);
	pthread_mutex_lock(&h->lock);
	h->spans -= s.begun;
	pthread_mutex_unlock(&h->lock);
	close_fd(s.fd);
	authors_release(&s.authors);
	free(s.told);
	return r;
}
