/* SPDX-License-Identifier: MIT */
#include "core/learn/collect.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "core/backing/backing.h"
#include "core/digest/digest.h"
#include "core/learn/names.h"

static int put_unread(struct collect *c, const struct item *i)
{
	struct record r = { .kind = i->shared ? RECORD_CANNOT
					      : RECORD_UNLEARNED,
			    .st = i->file.st };

	return collect_put(c, &r, i->path);
}

/* What is there now at the path of @i: 1; nothing: 0. */
static int look(const struct collect *c, const struct item *i, struct stat *ret)
{
	auto_fd fd = backing_openat(c->mark->root, *i->path ? i->path : ".",
				    O_PATH | O_NOFOLLOW);

	return fd >= 0 && fstat(fd, ret) == 0;
}

/*
 * It has changed what it found at the path of @i.  If it has left nothing there,
 * it would find again what comes there later.
 */
static int put_left(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_ABSENT };
	struct stat st;

	return look(c, i, &st) ? 0 : collect_put(c, &r, i->path);
}

static int put_self(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_SELF };
	int code = collect_put(c, &r, i->path);

	return code < 0 ? code : put_left(c, i);
}

static int put_file(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_LEARNED, .st = i->file.st };
	bool changed = own_has_changed(c, i);
	int code;

	if (i->own && (changed || !i->mixed))
		return 0;
	if (changed)
		return put_self(c, i);
	if (i->mixed)
		return put_unread(c, i);
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
	struct stat st;

	if (i->own)
		return 0;
	if (!own_has_changed(c, i))
		return collect_put(c, &r, i->path);
	/* Files in it may have been read under other names. */
	if (i->file.st.ino && look(c, i, &st) &&
	    (uint64_t)st.st_ino == i->file.st.ino) {
		r.kind = RECORD_UNLEARNED;
		r.st = i->file.st;
		return collect_put(c, &r, i->path);
	}
	return i->file.looked > i->file.made ? put_left(c, i) : 0;
}

static bool leads_as_read(const struct collect *c, const struct item *i)
{
	auto_fd fd =
		backing_openat(c->mark->root, i->path, O_PATH | O_NOFOLLOW);
	struct digest d;

	return fd >= 0 && digest_link(fd, &d) == 0 &&
	       !memcmp(&d, &i->target, sizeof(d));
}

static int put_link(struct collect *c, const struct item *i)
{
	struct record r = { .kind = RECORD_LINKED, .digest = i->target };

	if (i->own)
		return 0;
	/* It may have been moved away and back. */
	if (own_has_changed(c, i) && !leads_as_read(c, i))
		return put_self(c, i);
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
		return put_left(c, i);
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
