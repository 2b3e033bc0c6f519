/* SPDX-License-Identifier: MIT */
#include "core/manifest/merge.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/state.h"

#define DEPTH_MAX 64

static int open_source(const struct merge_source *s, int *ret_fd,
		       struct manifest_reader **ret)
{
	auto_fd fd = sys_open_file(s->dir, s->name, O_RDONLY);
	int r = fd < 0 ? fd : manifest_open(fd, ret);

	if (!r)
		*ret_fd = steal_fd(&fd);
	return r;
}

static void close_source(struct merge_source *s)
{
	manifest_close(steal_ptr(&s->m));
	close_fd(steal_fd(&s->fd));
}

/* Is it whole, with the right digest? */
static int look(struct merge_source *s)
{
	struct record rec;
	int r = open_source(s, &s->fd, &s->m);

	if (r < 0)
		return r;
	while ((r = manifest_next(s->m, &rec)) > 0)
		if (s->first == UINT64_MAX)
			s->first = rec.seq;
	close_source(s);
	return r;
}

/* Takes @name. */
static int add_one(struct merge *s, int dir, char *name, const struct stat *st)
{
	struct merge_source *bigger;

	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 16;
		bigger = reallocarray(s->items, s->room, sizeof(*bigger));
		if (!bigger) {
			free(name);
			return -ENOMEM;
		}
		s->items = bigger;
	}
	bigger = &s->items[s->count++];
	*bigger = (struct merge_source){ .name = name,
					 .dir = dir,
					 .ino = st->st_ino,
					 .mode = st->st_mode,
					 .first = UINT64_MAX,
					 .fd = -1 };
	bigger->code = look(bigger);
	/* Removed since it was listed: as if it had never been there. */
	if (bigger->code == -ENOENT)
		free(s->items[--s->count].name);
	return 0;
}

struct walk {
	struct merge *s;
	int dir; /* the first one */
};

static int walk(struct walk *w, int fd, const char *path, unsigned int depth);

static int walk_entry(struct walk *w, int dirfd, const char *path,
		      const char *name, unsigned int depth)
{
	char *sub = NULL;
	struct stat st;
	int fd, r;

	if (!strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX)) ||
	    fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (asprintf(&sub, "%s%s%s", path, path[0] ? "/" : "", name) < 0)
		return -ENOMEM;
	if (S_ISREG(st.st_mode))
		return add_one(w->s, w->dir, sub, &st);
	fd = S_ISDIR(st.st_mode) && depth < DEPTH_MAX
		     ? sys_open_dir(dirfd, name)
		     : -1;
	r = fd < 0 ? 0 : walk(w, fd, sub, depth + 1);
	free(sub);
	return r;
}

/* Takes @fd. */
static int walk(struct walk *w, int fd, const char *path, unsigned int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	while (!r && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			r = walk_entry(w, dirfd(d), path, e->d_name, depth);
	closedir(d);
	return r;
}

int merge_add(struct merge *s, int dir)
{
	struct walk w = { s, dir };
	int fd = sys_open_dir(dir, ".");

	return fd < 0 ? fd : walk(&w, fd, "", 0);
}

void merge_release(struct merge *s)
{
	for (size_t i = 0; i < s->count; i++) {
		close_source(&s->items[i]);
		free(s->items[i].name);
	}
	free(s->items);
	free(s->order);
	*s = (struct merge){ 0 };
}

/* All records, in the order of seq */

static int by_first(const void *a, const void *b)
{
	const struct merge_source *x = *(struct merge_source *const *)a;
	const struct merge_source *y = *(struct merge_source *const *)b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int advance(struct merge_source *s)
{
	int r = manifest_next(s->m, &s->next);

	if (r <= 0)
		close_source(s);
	return r < 0 ? r : 0;
}

/* Renames come before other records of the same seq. */
static bool is_before(const struct record *a, const struct record *b)
{
	if (a->seq != b->seq)
		return a->seq < b->seq;
	return a->kind == RECORD_MOVED && b->kind != RECORD_MOVED;
}

/* Opens the manifests that may have the next record. */
static int open_next(struct merge *m, const struct merge_source *least)
{
	int r = 0;

	while (!r && m->opened < m->ordered &&
	       (!least || m->order[m->opened]->first <= least->next.seq)) {
		struct merge_source *s = m->order[m->opened++];

		r = open_source(s, &s->fd, &s->m);
		if (r == -ENOENT) {
			r = 0; /* removed meanwhile */
			continue;
		}
		if (!r)
			r = advance(s);
		if (!least && s->m)
			least = s;
	}
	return r;
}

static struct merge_source *find_least(struct merge *m)
{
	struct merge_source *least = NULL;

	while (m->begin < m->opened && !m->order[m->begin]->m)
		m->begin++;
	for (size_t i = m->begin; i < m->opened; i++) {
		struct merge_source *s = m->order[i];

		if (s->m && (!least || is_before(&s->next, &least->next)))
			least = s;
	}
	return least;
}

/* Puts them in order, the first time. */
static int put_in_order(struct merge *m)
{
	if (m->order)
		return 0;
	m->order = calloc(m->count + 1, sizeof(struct merge_source *));
	if (!m->order)
		return -ENOMEM;
	for (size_t i = 0; i < m->count; i++)
		if (!m->items[i].code && m->items[i].first != UINT64_MAX)
			m->order[m->ordered++] = &m->items[i];
	qsort(m->order, m->ordered, sizeof(struct merge_source *), by_first);
	return 0;
}

int merge_before(struct merge *m, const struct record *before,
		 int (*each)(void *arg, const struct record *r, uint32_t who),
		 void *arg)
{
	int r = put_in_order(m);

	while (!r) {
		struct merge_source *least = find_least(m);

		r = open_next(m, least);
		least = r ? NULL : find_least(m);
		if (!least || (before && !is_before(&least->next, before)))
			return r;
		r = each(arg, &least->next, least->who);
		if (!r)
			r = advance(least);
	}
	return r;
}

int merge_each(struct merge *m,
	       int (*each)(void *arg, const struct record *r, uint32_t who),
	       void *arg)
{
	return merge_before(m, NULL, each, arg);
}
