/* SPDX-License-Identifier: MIT */
/*
 * fold: where too many files were read, those of a directory become one record,
 * the directories of most files first.
 */
#include <string.h>

#include "base/util.h"
#include "core/learn/collect.h"
#include "core/learn/names.h"

static struct place *place_of(const struct collect *c, const struct item *i)
{
	struct place *p;

	HASH_FIND(hh, c->places, i->path, path_parent(i->path), p);
	return p;
}

static int by_files(const struct place *a, const struct place *b)
{
	if (a->files != b->files)
		return a->files > b->files ? -1 : 1;
	return strcmp(a->path, b->path);
}

void fold_choose(struct collect *c)
{
	size_t left = 0;

	for (size_t n = 0; n < c->files; n++) {
		struct item *i = c->by_ino[n];

		if (i->own || own_has_changed(c, i))
			continue;
		place_of(c, i)->files++;
		left++;
	}
	if (left <= c->files_max)
		return;
	HASH_SORT(c->places, by_files);
	for (struct place *p = c->places; p && left > c->files_max;
	     p = p->hh.next) {
		if (p->files < 2)
			return;
		p->folded = true;
		left -= p->files - 1;
	}
}

bool fold_has(const struct collect *c, const struct item *i)
{
	return place_of(c, i)->folded;
}

static bool leaves_out(void *arg, const char *path)
{
	return own_is_told(arg, path);
}

static int digest_at(void *arg, int dir, const char *name, struct digest *ret)
{
	return content_digest_at(arg, dir, name, ret);
}

static int put_one(struct collect *c, const struct place *p)
{
	const struct names_filter f = { .leaves_out = leaves_out,
					.digest = digest_at,
					.arg = c,
					.stop = c->mark->interrupted };
	struct record r = { .kind = RECORD_FOLDED };
	int code = names_fold(c->mark->root, p->path, &f, &r.digest, &r.count);

	if (code == -EINTR || code == -ENOMEM)
		return code;
	if (code < 0)
		r.kind = RECORD_CANNOT;
	return collect_put(c, &r, p->path);
}

int fold_put(struct collect *c)
{
	int r = 0;

	for (struct place *p = c->places; !r && p; p = p->hh.next)
		if (p->folded)
			r = put_one(c, p);
	return r;
}
