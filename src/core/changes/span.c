/* SPDX-License-Identifier: MIT */
/* span: what one mark tells of the list of changes (changes.h). */
#include <fcntl.h>
#include <stdlib.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/file.h"
#include "core/changes/list.h"

static int told_by_id(const void *a, const void *b)
{
	const struct author_told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static const struct author_told *told_of(const struct changes_span *s,
					 uint64_t id)
{
	const struct author_told key = { .id = id };

	return s->count ? bsearch(&key, s->told, s->count, sizeof(key),
				  told_by_id)
			: NULL;
}

/* Adds @who, or sets its last seq if @s has it. */
static void take_author_locked(struct changes *h, struct changes_span *s,
			       struct author_told *into,
			       const struct author *who)
{
	const struct author_told *had = told_of(s, who->id);

	*into = (struct author_told){ who->id, 0, who->last };
	if (had) {
		into->after = had->after;
	} else {
		into->after = authors_told(&h->authors, who);
		if (into->after < h->last.marked)
			into->after = h->last.marked;
	}
	if (who->first.at >= 0 && who->first.at < s->from.at)
		s->from = who->first;
}

/* Those that have ended, and whose records are told, may be many. */
static bool may_tell(const struct changes_span *s, const struct author *who)
{
	return !who->ended || who->first.at >= 0 || told_of(s, who->id);
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

static int begin_locked(struct changes *h, uint64_t scope,
			struct changes_span *ret)
{
	const struct author *who;
	int r = h->root < 0 ? 0 : list_judge_locked(h);

	if (r < 0)
		return r;
	scope = authors_owner(&h->authors, scope);
	who = authors_find(&h->authors, scope);
	*ret = (struct changes_span){
		.scope = scope,
		.before = who->marked_at.tv_sec ? who->marked_at : who->began,
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

int changes_begin(struct changes *h, uint64_t scope, struct changes_span *ret)
{
	LOCK_SCOPE(&h->lock);
	return begin_locked(h, scope, ret);
}

/* Has any author a record between those of @s?  In the file they are in order. */
static bool has_between_locked(const struct changes *h,
			       const struct changes_span *s)
{
	for (size_t i = 0; i < h->authors.count; i++) {
		const struct author *who = &h->authors.items[i];
		const struct author_told *own = told_of(s, who->id);

		if (who->last && who->last_at >= s->from.at && !own)
			return true;
		/* What it had changed, and an earlier mark has told. */
		if (own && who->last && own->after > s->from.seq)
			return true;
	}
	return h->last.mixed;
}

int changes_cut(struct changes *h, struct changes_span *s)
{
	const struct author *who;
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
	who = authors_find(&h->authors, s->scope);
	s->begin = who->id ? who->begin : s->from;
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
		const struct author *who = &h->authors.items[i];

		if (who->first.at >= 0 && !told_of(s, who->id))
			return false;
	}
	return true;
}

static void note_told_locked(struct changes *h, const struct changes_span *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct author *who = authors_find(&h->authors, s->told[i].id);

		if (who->last <= s->upto)
			who->first.at = -1;
		else if (who->first.at >= 0 && who->first.at < s->to)
			who->first =
				(struct authors_place){ s->to, s->by, s->upto };
	}
}

static void note_mark_locked(struct changes *h, const struct changes_span *s,
			     const struct timespec *made)
{
	const struct author *who = authors_find(&h->authors, s->scope);
	char text[AUTHORS_LINE];

	h->marked++;
	authors_marked(&h->authors, s->scope, s->upto, made);
	note_told_locked(h, s);
	if (!s->scope && s->upto >= who->marked && is_all_told_locked(h, s)) {
		h->last.marked = s->upto;
		h->last.marked_at = *made;
		h->last.mixed = false;
		list_append_locked(h, text,
				   changes_file_marked(&h->last, text));
	} else {
		list_append_locked(h, text, authors_write_told(who, text));
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
