/* SPDX-License-Identifier: MIT */
/* span: what one mark tells of the list of changes (changes.h). */
#include <fcntl.h>
#include <stdlib.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "core/changes/list.h"

static const struct author_told *told_of(const struct changes_span *s,
					 uint64_t id)
{
	return author_told_find(s->told, s->count, id);
}

/* Adds @author, or sets its last seq if @s has it. */
static void take_author_locked(struct changes *h, struct changes_span *s,
			       struct author_told *into,
			       const struct author *author)
{
	const struct author_told *had = told_of(s, author->id);

	*into = (struct author_told){ author->id, 0, author->last };
	if (had) {
		into->after = had->after;
	} else {
		into->after = authors_told(&h->authors, author);
		if (into->after < h->last.marked)
			into->after = h->last.marked;
	}
	if (author->first.at >= 0 && author->first.at < s->from.at)
		s->from = author->first;
}

/* Those that have ended, and whose records are told, may be many. */
static bool may_tell(const struct changes_span *s, const struct author *author)
{
	return !author->ended || author->first.at >= 0 ||
	       told_of(s, author->id);
}

/* Whose records @s has, if it ends now. */
static int take_authors_locked(struct changes *h, struct changes_span *s)
{
	const struct authors *a = &h->authors;
	struct author_told *told = calloc(a->count, sizeof(*told));
	size_t n = 0;

	if (!told)
		return -ENOMEM;
	for (size_t i = 0; i < a->count; i++)
		if (may_tell(s, &a->items[i]) &&
		    authors_owned(a, a->items[i].id, s->scope, h->seq))
			take_author_locked(h, s, &told[n++], &a->items[i]);
	free(s->told);
	s->told = told;
	s->count = n;
	return 0;
}

int changes_begin(struct changes *h, uint64_t scope, struct changes_span *ret)
{
	const struct author *author;
	int r;

	LOCK_SCOPE(&h->lock);
	r = h->root < 0 ? 0 : list_judge_locked(h);
	if (r < 0)
		return r;
	scope = authors_owner(&h->authors, scope);
	author = authors_find(&h->authors, scope);
	*ret = (struct changes_span){
		.scope = scope,
		.before = author->marked_at.tv_sec ? author->marked_at
						   : author->began,
		.from = list_here_locked(h),
	};
	ret->fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	if (ret->fd < 0)
		return -errno;
	r = take_authors_locked(h, ret);
	if (r < 0)
		close_fd(ret->fd);
	else
		h->spans++;
	return r;
}

/* Has any author a record between those of @s?  In the file they are in order. */
static bool has_between_locked(const struct changes *h,
			       const struct changes_span *s)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *author = &h->authors.items[i];
		const struct author_told *own = told_of(s, author->id);

		if (author->last && author->last_at >= s->from.at && !own)
			return true;
		/* What it had changed, and an earlier mark has told. */
		if (own && author->last && own->after > s->from.seq)
			return true;
	}
	return h->last.mixed;
}

int changes_cut(struct changes *h, struct changes_span *s)
{
	const struct author *author;
	int r = 0;

	LOCK_SCOPE(&h->lock);
	if (h->backlog_size)
		r = list_write_backlog_locked(h);
	if (!r && h->lost)
		r = -EIO;
	h->lost &= r == 0; /* said once */
	if (!r)
		r = take_authors_locked(h, s);
	s->to = h->end;
	s->by = h->by;
	s->upto = h->seq;
	s->others = list_is_mixed_locked(h);
	s->mixed = has_between_locked(h, s);
	author = authors_find(&h->authors, s->scope);
	s->begin = author->id ? author->begin : s->from;
	s->since = s->begin.seq;
	return r;
}

bool changes_is_empty(const struct changes_span *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->told[i].last > s->told[i].after)
			return false;
	return true;
}

int changes_replay(const struct changes_span *s, struct pathmap *into)
{
	const struct changes_pick pick = { .told = s->told,
					   .count = s->count,
					   .upto = s->upto,
					   .mixed = s->mixed };

	if (s->mixed)
		pathmap_mix(into);
	/* Read to the end: digests of its records may have come later. */
	return changes_file_read(s->fd, &s->from, &pick, into);
}

int changes_each(const struct changes_span *s,
		 int (*each)(void *arg, const struct record *r), void *arg)
{
	return changes_file_each(s->fd, &s->begin, s->upto, each, arg);
}

/* What marks have told of all authors but those of @s. */
static bool is_all_told_locked(const struct changes *h,
			       const struct changes_span *s)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *author = &h->authors.items[i];

		if (author->first.at >= 0 && !told_of(s, author->id))
			return false;
	}
	return true;
}

static void note_told_locked(struct changes *h, const struct changes_span *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct author *author =
			authors_find(&h->authors, s->told[i].id);

		if (author->last <= s->upto)
			author->first.at = -1;
		else if (author->first.at >= 0 && author->first.at < s->to)
			author->first =
				(struct authors_place){ s->to, s->by, s->upto };
	}
}

static void note_mark_locked(struct changes *h, const struct changes_span *s,
			     const struct timespec *made)
{
	const struct author *author = authors_find(&h->authors, s->scope);
	char text[AUTHORS_LINE];

	h->marked++;
	authors_marked(&h->authors, s->scope, s->upto, made);
	note_told_locked(h, s);
	if (!s->scope && s->upto >= author->marked &&
	    is_all_told_locked(h, s)) {
		h->last.marked = s->upto;
		h->last.marked_at = *made;
		h->last.mixed = false;
		list_append_locked(h, text,
				   changes_file_marked(&h->last, text));
	} else {
		list_append_locked(h, text, authors_write_told(author, text));
	}
	list_cut_off_locked(h);
}

void changes_end(struct changes *h, struct changes_span *s,
		 const struct timespec *made)
{
	close_fd(steal_fd(&s->fd));
	pthread_mutex_lock(&h->lock);
	h->spans--;
	if (made)
		note_mark_locked(h, s, made);
	pthread_mutex_unlock(&h->lock);
	free(steal_ptr(&s->told));
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
