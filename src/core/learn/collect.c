/* SPDX-License-Identifier: MIT */
#include "core/learn/collect.h"

#include <string.h>

#include "base/util.h"
#include "core/learn/names.h"

static int put_unread(struct collect *c, const struct item *i)
{
	struct record r = { .kind = i->shared ? RECORD_CANNOT
					      : RECORD_UNLEARNED,
			    .st = i->file.st };

	return collect_put(c, &r, i->path);
}

static int put_file(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_LEARNED, .st = i->file.st };
	int code;

	if (i->own)
		return 0;
	if (own_has_changed(c, i)) {
		r.kind = RECORD_SELF;
		return collect_put(c, &r, i->path);
	}
	if (fold_has(c, i))
		return content_is_as_read(c, i) ? 0 : put_unread(c, i);
	code = content_digest(c, i, &r.digest);
	if (code == -EINTR || code == -ENOMEM)
		return code;
	return code < 0 ? put_unread(c, i) : collect_put(c, &r, i->path);
}

static int put_absent(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_ABSENT };

	return i->own || own_has_changed(c, i) ? 0
					       : collect_put(c, &r, i->path);
}

static int put_link(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_LINKED, .digest = i->target };

	if (i->own)
		return 0;
	if (own_has_changed(c, i))
		r.kind = RECORD_SELF;
	return collect_put(c, &r, i->path);
}

static int take_names(const struct collect *c, const struct item *i,
		      struct names *ret)
{
	const char *end = i->list.names + i->list.size;
	int r = 0;

	for (const char *name = i->list.names; !r && name < end;
	     name += strlen(name) + 1) {
		auto_free char *path = NULL;

		if (asprintf(&path, "%s%s%s", i->path, *i->path ? "/" : "",
			     name) < 0)
			return -ENOMEM;
		if (!own_is_told(c, path))
			r = names_add(ret, name, NULL);
	}
	return r;
}

static int put_list(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_LISTED };
	struct names names = { 0 };
	int code;

	if (own_has_changed(c, i))
		return 0;
	code = take_names(c, i, &names);
	if (!code)
		code = names_digest(&names, false, &r.digest);
	r.count = names.count;
	names_release(&names);
	return code < 0 ? code : collect_put(c, &r, i->path);
}

static int put_cannot(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_CANNOT };

	return collect_put(c, &r, i->path);
}

static int put_item(struct collect *c, const struct item *i)
{
	static int (*const put[])(struct collect *, const struct item *) = {
		[ITEM_FILE] = put_file,	    [ITEM_ABSENT] = put_absent,
		[ITEM_LINK] = put_link,	    [ITEM_LIST] = put_list,
		[ITEM_CANNOT] = put_cannot,
	};
	const atomic_bool *interrupted = c->mark->interrupted;

	if (interrupted && atomic_load(interrupted))
		return -EINTR;
	return put[i->kind](c, i);
}

static int by_path(const void *a, const void *b)
{
	const struct item *x = *(struct item *const *)a;
	const struct item *y = *(struct item *const *)b;
	int d = strcmp(x->path, y->path);

	return d ? d : x->kind - y->kind;
}

static int put_all(struct collect *c)
{
	auto_free struct item **items =
		calloc(c->set->count + 1, sizeof(struct item *));
	size_t count = 0;
	int r = items ? 0 : -ENOMEM;

	for (size_t kind = 0; !r && kind < ITEM_KINDS; kind++)
		for (struct item *i = c->set->kinds[kind]; i; i = i->hh.next)
			items[count++] = i;
	if (!r)
		qsort(items, count, sizeof(*items), by_path);
	for (size_t n = 0; !r && n < count; n++)
		r = put_item(c, items[n]);
	return r;
}

int collect_run(struct collect *c)
{
	struct record all = { .kind = RECORD_CANNOT };
	int r = own_find(c);

	if (!r)
		fold_choose(c);
	if (!r)
		r = put_all(c);
	if (!r)
		r = fold_put(c);
	if (!r && c->set->full)
		r = collect_put(c, &all, "");
	own_release(c);
	return r;
}
