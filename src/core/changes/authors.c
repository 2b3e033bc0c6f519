/* SPDX-License-Identifier: MIT */
#include "core/changes/authors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/util.h"
#include "core/record/record.h"

#define SESSION_WORD "session "
#define ENDED_WORD "ended "
#define TOLD_WORD "told "

static struct author *add(struct authors *a)
{
	struct author *bigger;

	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 4;

		bigger = reallocarray(a->items, room, sizeof(*bigger));
		if (!bigger)
			return NULL;
		a->items = bigger;
		a->room = room;
	}
	bigger = &a->items[a->count++];
	*bigger = (struct author){ .begin = { .at = -1 },
				   .first = { .at = -1 },
				   .last_at = -1 };
	return bigger;
}

int authors_init(struct authors *a)
{
	*a = (struct authors){ 0 };
	return add(a) ? 0 : -ENOMEM;
}

void authors_release(struct authors *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->items[i].line);
	free(a->items);
	*a = (struct authors){ 0 };
}

int authors_copy(const struct authors *from, struct authors *ret)
{
	struct authors a = { 0 };
	int r = 0;

	for (size_t i = 0; !r && i < from->count; i++) {
		struct author *author = add(&a);

		if (author) {
			*author = from->items[i];
			author->line = author->line ? strdup(author->line)
						    : NULL;
		}
		r = author && (!i || author->line) ? 0 : -ENOMEM;
	}
	if (r < 0)
		authors_release(&a);
	else
		*ret = a;
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct author *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

struct author *authors_find(const struct authors *a, uint64_t id)
{
	const struct author key = { .id = id };

	if (!id)
		return a->items;
	return bsearch(&key, a->items, a->count, sizeof(key), by_id);
}

/* Whose owner it is at @seq. */
uint64_t authors_owner_at(const struct authors *a, uint64_t id, uint64_t seq)
{
	while (id) {
		const struct author *author = authors_find(a, id);

		if (!author)
			return 0;
		if (author->id <= seq &&
		    (!author->ended || author->ended > seq))
			return id;
		id = author->parent;
	}
	return 0;
}

uint64_t authors_owner(const struct authors *a, uint64_t id)
{
	return authors_owner_at(a, id, UINT64_MAX);
}

/* Sessions */

static bool is_word(const char *s)
{
	return *s && !strpbrk(s, " \n");
}

int authors_begin(struct authors *a, uint64_t id,
		  const struct changes_session *s)
{
	char name[4 * AUTHORS_NAME_MAX + 1];
	struct author *author;
	char *line;

	if (strlen(s->name) > AUTHORS_NAME_MAX || !is_word(s->kind) ||
	    strlen(s->kind) > 16)
		return -EINVAL;
	text_escape_to(name, s->name);
	if (asprintf(&line,
		     "# " SESSION_WORD "%" PRIu64 " %" PRIu64 " %s %d %" PRIu64
		     " %u %lld.%09ld %s\n",
		     id, s->parent, s->kind, (int)s->pid, s->start, s->uid,
		     (long long)s->time.tv_sec, s->time.tv_nsec, name) < 0)
		return -ENOMEM;
	author = add(a);
	if (!author) {
		free(line);
		return -ENOMEM;
	}
	author->id = id;
	author->parent = s->parent;
	author->whole = !strcmp(s->kind, "step");
	author->began = s->time;
	author->line = line;
	return 0;
}

void authors_end(struct authors *a, uint64_t id, uint64_t seq, int status,
		 const struct timespec *at)
{
	struct author *author = id ? authors_find(a, id) : NULL;

	if (!author || author->ended || seq <= id)
		return;
	author->ended = seq;
	author->status = status;
	author->ended_at = *at;
}

/* Marks */

void authors_marked(struct authors *a, uint64_t scope, uint64_t upto,
		    const struct timespec *at)
{
	struct author *author = authors_find(a, scope);

	if (!author)
		return;
	if (upto > author->marked)
		author->marked = upto;
	author->marked_at = *at;
}

bool authors_owned(const struct authors *a, uint64_t id, uint64_t scope,
		   uint64_t upto)
{
	const struct author *s = authors_find(a, scope);

	if (s && s->ended && s->ended <= upto)
		upto = s->ended - 1;
	return s && authors_owner_at(a, id, upto) == scope;
}

uint64_t authors_told(const struct authors *a, const struct author *author)
{
	const struct author *s = author;
	uint64_t told = 0;

	while (s) {
		if (s->marked > told &&
		    authors_owned(a, author->id, s->id, s->marked))
			told = s->marked;
		s = s->id ? authors_find(a, s->parent) : NULL;
	}
	return told;
}

static int told_by_id(const void *a, const void *b)
{
	const struct author_told *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

const struct author_told *author_told_find(const struct author_told *told,
					   size_t count, uint64_t id)
{
	const struct author_told key = { .id = id };

	return count ? bsearch(&key, told, count, sizeof(key), told_by_id)
		     : NULL;
}

/* Lines */

static bool take_word(const char **p, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*p, word, n))
		return false;
	*p += n;
	return true;
}

static bool take_time(const char *p, struct timespec *ret)
{
	return record_parse_time(p, strlen(p), ret) > 0;
}

static int read_session(struct authors *a, const char *p)
{
	struct changes_session s = { 0 };
	auto_free char *name = NULL;
	char kind[17];
	uint64_t id;
	int used = 0;

	if (sscanf(p, "%" SCNu64 " %" SCNu64 " %16s %d %" SCNu64 " %u %n", &id,
		   &s.parent, kind, &s.pid, &s.start, &s.uid, &used) != 6 ||
	    !used || !take_time(p + used, &s.time))
		return 0;
	p = strchr(p + used, ' ');
	name = p ? text_unescape(p + 1, strlen(p + 1)) : NULL;
	if (!name || id <= a->items[a->count - 1].id || s.parent >= id ||
	    !authors_find(a, s.parent))
		return 0;
	s.kind = kind;
	s.name = name;
	return authors_begin(a, id, &s) == -ENOMEM ? -ENOMEM : 0;
}

static void read_ended(struct authors *a, const char *p)
{
	struct timespec at;
	uint64_t id, seq;
	int status, used = 0;

	if (sscanf(p, "%" SCNu64 " %d %n", &id, &status, &used) != 2 || !used ||
	    !take_time(p + used, &at))
		return;
	p = strchr(p + used, ' ');
	if (p && sscanf(p, "%" SCNu64, &seq) == 1)
		authors_end(a, id, seq, status, &at);
}

static void read_told(struct authors *a, const char *p)
{
	struct timespec at;
	uint64_t seq, id;
	int used = 0;

	if (sscanf(p, "%" SCNu64 " %n", &seq, &used) != 1 || !used ||
	    !take_time(p + used, &at))
		return;
	p = strchr(p + used, ' ');
	if (p && sscanf(p, "%" SCNu64, &id) == 1)
		authors_marked(a, id, seq, &at);
}

int authors_read(struct authors *a, const char *p)
{
	if (take_word(&p, SESSION_WORD))
		return read_session(a, p);
	if (take_word(&p, ENDED_WORD))
		read_ended(a, p);
	else if (take_word(&p, TOLD_WORD))
		read_told(a, p);
	return 0;
}

size_t authors_write_ended(const struct author *author, char *out)
{
	return (size_t)sprintf(
		out, "# " ENDED_WORD "%" PRIu64 " %d %lld.%09ld %" PRIu64 "\n",
		author->id, author->status, (long long)author->ended_at.tv_sec,
		author->ended_at.tv_nsec, author->ended);
}

size_t authors_write_told(const struct author *author, char *out)
{
	return (size_t)sprintf(
		out, "# " TOLD_WORD "%" PRIu64 " %lld.%09ld %" PRIu64 "\n",
		author->marked, (long long)author->marked_at.tv_sec,
		author->marked_at.tv_nsec, author->id);
}

size_t authors_write(const struct author *author, char out[2 * AUTHORS_LINE])
{
	size_t n = 0;

	if (author->line)
		n = (size_t)(stpcpy(out, author->line) - out);
	if (author->ended)
		n += authors_write_ended(author, out + n);
	if (author->marked)
		n += authors_write_told(author, out + n);
	return n;
}

/* Tidying up */

void authors_drop(struct authors *a, off_t from)
{
	size_t kept = 1;

	/* From the youngest on: a parent is older, and stays for its child. */
	for (size_t i = a->count; i-- > 1;) {
		struct author *author = &a->items[i];

		author->kept |= !author->ended || author->last_at >= from;
		if (author->kept)
			authors_find(a, author->parent)->kept = true;
	}
	for (size_t i = 1; i < a->count; i++) {
		struct author *author = &a->items[i];

		if (!author->kept)
			free(author->line);
		else
			a->items[kept++] = *author;
	}
	a->count = kept;
	for (size_t i = 0; i < a->count; i++)
		a->items[i].kept = false;
}
