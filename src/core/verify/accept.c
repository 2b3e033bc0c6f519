/* SPDX-License-Identifier: MIT */
#include "core/verify/accept.h"

#include <fcntl.h>
#include <libgen.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/backing.h"
#include "core/changes/file.h"
#include "core/manifest/merge.h"
#include "core/manifest/retired.h"
#include "core/marks/mark.h"

#define TEMP "accept"

/* A file, as records have it and as it is now. */
struct now {
	struct record_stat was, st;
	struct digest digest;
	char *path; /* where it is now */
};

struct accept {
	const struct state *state;
	int root;
	struct now *items; /* by the inode number that records have */
	size_t count, room;
	bool changed; /* by the manifest in hand */
};

/* The files, as they are now */

static int add(struct accept *a, const struct record *r, const struct stat *st)
{
	struct now *bigger;

	if (a->count == a->room) {
		a->room = a->room ? 2 * a->room : 256;
		bigger = reallocarray(a->items, a->room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		a->items = bigger;
	}
	bigger = &a->items[a->count];
	*bigger = (struct now){
		.was = r->st,
		.st = record_stat_of(st),
		.digest = r->digest,
		.path = strdup(r->path),
	};
	if (!bigger->path)
		return -ENOMEM;
	a->count++;
	return 0;
}

static int collect(void *arg, const struct record *r, uint32_t node)
{
	struct accept *a = arg;
	struct stat st;
	auto_fd fd = -1;

	(void)node;
	if (r->kind != RECORD_FILE)
		return 0;
	fd = backing_openat(a->root, r->path, O_PATH | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size != r->st.size || record_stat_is(&r->st, &st))
		return 0;
	return add(a, r, &st);
}

static int by_ino(const void *a, const void *b)
{
	const struct now *x = a, *y = b;

	return x->was.ino < y->was.ino ? -1 : x->was.ino > y->was.ino;
}

static bool is_of(const struct now *now, const struct record *r)
{
	return record_stat_equal(&now->was, &r->st) &&
	       !memcmp(&now->digest, &r->digest, sizeof(r->digest));
}

/*
 * Found by the inode number in the record, since a directory above it may have
 * been renamed after the record was made.  Hard links may have become files of
 * their own in a copy.  Then the path decides.
 */
static const struct now *find(const struct accept *a, const struct record *r)
{
	const struct now key = { .was = r->st }, *found = NULL, *i;

	if (r->kind != RECORD_FILE || !a->count)
		return NULL;
	i = bsearch(&key, a->items, a->count, sizeof(*a->items), by_ino);
	while (i && i > a->items && i[-1].was.ino == r->st.ino)
		i--;
	for (; i && i < a->items + a->count && i->was.ino == r->st.ino; i++) {
		if (!is_of(i, r))
			continue;
		if (!found || !strcmp(i->path, r->path))
			found = i;
	}
	return found;
}

/* A manifest */

static int copy_overlap(void *arg, const char *session, const char *path,
			unsigned int more)
{
	return path ? manifest_put_overlap(arg, session, path)
		    : manifest_put_overlaps(arg, more);
}

static int copy_records(struct accept *a, struct manifest_reader *from,
			struct manifest_writer *to)
{
	struct record r;
	int code;

	manifest_on_overlap(from, copy_overlap, to);
	while ((code = manifest_next(from, &r)) > 0) {
		const struct now *now = find(a, &r);

		if (now)
			r.st = now->st;
		a->changed |= now != NULL;
		code = manifest_put(to, &r);
		if (code < 0)
			return code;
	}
	return code;
}

/* The note comes after the manifest. */
static int copy_note(int from, off_t at, int to, off_t size)
{
	struct mark_text text = { .fd = from, .from = at };
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	text.size = st.st_size - at;
	text.noted = text.size > 0;
	return mark_copy_note(&text, to, size);
}

static int write_anew(struct accept *a, int from, int to)
{
	struct manifest_writer *w;
	struct manifest_reader *m;
	off_t size = 0;
	int r = manifest_open(from, &m);

	if (r < 0)
		return r;
	r = manifest_create(to, manifest_head(m), &w);
	if (!r) {
		r = copy_records(a, m, w);
		if (r < 0)
			manifest_abandon(w);
		else
			r = manifest_finish(w, &size);
	}
	if (!r)
		r = copy_note(from, manifest_size(m), to, size);
	manifest_close(m);
	return r;
}

/* Keeps owner, mode and time of the mark: scripts may look at its time. */
static int dress(int from, int to)
{
	struct stat st;
	int r;

	if (fstat(from, &st) < 0)
		return -errno;
	r = sys.fchown(to, st.st_uid, st.st_gid);
	if (r == -EPERM && geteuid() != 0)
		r = 0;
	if (!r)
		r = sys.fchmod(to, st.st_mode & 01777);
	if (!r)
		r = sys.futimens(to,
				 (struct timespec[]){ st.st_atim, st.st_mtim });
	return r ? r : sys.fsync(to);
}

static int sync_parent(int dir, const char *name)
{
	auto_free char *copy = strdup(name);
	auto_fd fd = -1;

	if (!copy)
		return -ENOMEM;
	fd = backing_openat(dir, dirname(copy), O_RDONLY | O_DIRECTORY);
	return fd < 0 ? fd : sys.fsync(fd);
}

static int replace(struct accept *a, const struct merge_source *s)
{
	auto_fd from = sys_open_file(s->dir, s->name, O_RDONLY), to = -1;
	int tmp = a->state->tmp, r;

	if (from < 0)
		return from;
	r = sys.unlinkat(tmp, TEMP, 0); /* of a run that was killed */
	if (r < 0 && r != -ENOENT)
		return r;
	to = sys.openat(tmp, TEMP, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
			0600);
	if (to < 0)
		return to;
	a->changed = false;
	r = write_anew(a, from, to);
	if (!r && a->changed)
		r = dress(from, to);
	if (!r && a->changed)
		r = sys.renameat2(tmp, TEMP, s->dir, s->name, 0);
	if (r < 0 || !a->changed) {
		sys.unlinkat(tmp, TEMP, 0);
		return r;
	}
	return sync_parent(s->dir, s->name);
}

static int replace_all(struct accept *a)
{
	struct merge s = { 0 };
	auto_fd retired = retired_open(a->state);
	int r = merge_add(&s, a->state->marks);

	if (!r && retired >= 0)
		r = merge_add(&s, retired);
	for (size_t i = 0; !r && i < s.count; i++)
		if (!s.items[i].code)
			r = replace(a, &s.items[i]);
	merge_release(&s);
	return r;
}

/* The changes since the last mark */

struct copying {
	const struct accept *a;
	struct pathmap *to;
};

static int copy_change(void *arg, const struct record *r, uint32_t node)
{
	struct copying *c = arg;
	const struct now *now = find(c->a, r);
	struct record rec = *r;

	(void)node;
	if (now)
		rec.st = now->st;
	return pathmap_apply(c->to, &rec, 0);
}

static int write_changes(const struct accept *a,
			 const struct changes_file_found *f,
			 struct pathmap *map)
{
	int dir = a->state->dir, r;
	auto_fd fd = -1;
	off_t end;

	r = changes_file_write(dir, f, NULL, map, -1, &fd, &end);
	if (!r)
		r = sys.fsync(fd);
	if (!r)
		r = sys.renameat2(dir, CHANGES_NEW, dir, CHANGES_NAME, 0);
	return r ? r : sync_parent(dir, CHANGES_NAME);
}

static int replace_changes(const struct accept *a)
{
	auto_fd fd = sys_open_file(a->state->dir, CHANGES_NAME, O_RDONLY);
	struct pathmap *from = pathmap_new(), *to = pathmap_new();
	struct changes_file_found found;
	int r = from && to ? 0 : -ENOMEM;

	if (!r && fd >= 0)
		r = changes_file_load(fd, from, &found, NULL);
	if (!r && fd >= 0 && found.mixed)
		pathmap_mix(to);
	if (!r && fd >= 0)
		r = pathmap_each(from, copy_change, &(struct copying){ a, to });
	if (!r && fd >= 0)
		r = write_changes(a, &found, to);
	pathmap_free(from);
	pathmap_free(to);
	return r ? r : (fd < 0 && fd != -ENOENT ? fd : 0);
}

int accept_files(const struct state *state, int root, struct latest *c,
		 size_t *ret_files)
{
	struct accept a = { .state = state, .root = root };
	int r = pathmap_each(c->map, collect, &a);

	if (a.count)
		qsort(a.items, a.count, sizeof(*a.items), by_ino);
	if (!r && a.count)
		r = replace_all(&a);
	if (!r && a.count)
		r = replace_changes(&a);
	if (!r)
		*ret_files = a.count;
	for (size_t i = 0; i < a.count; i++)
		free(a.items[i].path);
	free(a.items);
	return r;
}
