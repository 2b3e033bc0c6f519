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
		struct author *who = add(&a);

		if (who) {
			*who = from->items[i];
			who->line = who->line ? strdup(who->line) : NULL;
		}
		r = who && (!i || who->line) ? 0 : -ENOMEM;
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
		const struct author *who = authors_find(a, id);

		if (!who)
			return 0;
		if (who->id <= seq && (!who->ended || who->ended > seq))
			return id;
		id = who->parent;
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
	struct author *who;
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
	who = add(a);
	if (!who) {
		free(line);
		return -ENOMEM;
	}
	who->id = id;
	who->parent = s->parent;
	who->whole = !strcmp(s->kind, "step");
	who->began = s->time;
	who->line = line;
	return 0;
}

void authors_end(struct authors *a, uint64_t id, uint64_t seq, int status,
		 const struct timespec *at)
{
	struct author *who = id ? authors_find(a, id) : NULL;

	if (!who || who->ended || seq <= id)
		return;
	who->ended = seq;
	who->status = status;
	who->ended_at = *at;
}

void authors_end_all(struct authors *a, uint64_t seq)
{
	const struct timespec never = { 0 };

	for (size_t i = 1; i < a->count; i++)
		authors_end(a, a->items[i].id, seq, AUTHORS_UNKNOWN, &never);
}

/* Marks */

void authors_marked(struct authors *a, uint64_t scope, uint64_t upto,
		    const struct timespec *at)
{
	struct author *who = authors_find(a, scope);

	if (!who)
		return;
	if (upto > who->marked)
		who->marked = upto;
	who->marked_at = *at;
}

bool authors_owned(const struct authors *a, uint64_t id, uint64_t scope,
		   uint64_t upto)
{
	const struct author *s = authors_find(a, scope);

	if (s && s->ended && s->ended <= upto)
		upto = s->ended - 1;
	return s && authors_owner_at(a, id, upto) == scope;
}

uint64_t authors_told(const struct authors *a, const struct author *who)
{
	const struct author *s = who;
	uint64_t told = 0;

	while (s) {
		if (s->marked > told &&
		    authors_owned(a, who->id, s->id, s->marked))
			told = s->marked;
		s = s->id ? authors_find(a, s->parent) : NULL;
	}
	return told;
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

size_t authors_write_ended(const struct author *who, char *out)
{
	return (size_t)sprintf(
		out, "# " ENDED_WORD "%" PRIu64 " %d %lld.%09ld %" PRIu64 "\n",
		who->id, who->status, (long long)who->ended_at.tv_sec,
		who->ended_at.tv_nsec, who->ended);
}

size_t authors_write_told(const struct author *who, char *out)
{
	return (size_t)sprintf(
		out, "# " TOLD_WORD "%" PRIu64 " %lld.%09ld %" PRIu64 "\n",
		who->marked, (long long)who->marked_at.tv_sec,
		who->marked_at.tv_nsec, who->id);
}

size_t authors_write(const struct author *who, char out[2 * AUTHORS_LINE])
{
	size_t n = 0;

	if (who->line)
		n = (size_t)(stpcpy(out, who->line) - out);
	if (who->ended)
		n += authors_write_ended(who, out + n);
	if (who->marked)
		n += authors_write_told(who, out + n);
	return n;
}

/* Tidying up */

void authors_drop(struct authors *a, off_t from)
{
	size_t kept = 1;

	/* From the youngest on: a parent is older, and stays for its child. */
	for (size_t i = a->count; i-- > 1;) {
		struct author *who = &a->items[i];

		who->kept |= !who->ended || who->last_at >= from;
		if (who->kept)
			authors_find(a, who->parent)->kept = true;
	}
	for (size_t i = 1; i < a->count; i++) {
		struct author *who = &a->items[i];

		if (!who->kept)
			free(who->line);
		else
			a->items[kept++] = *who;
	}
	a->count = kept;
	for (size_t i = 0; i < a->count; i++)
		a->items[i].kept = false;
}
