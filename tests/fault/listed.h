/* SPDX-License-Identifier: MIT */
/*
 * listed: does some mark tell of what a job has changed?
 */
#ifndef IDEMFS_TESTS_FAULT_LISTED_H
#define IDEMFS_TESTS_FAULT_LISTED_H

#include "jobs.h"

static bool is_below(const char *path, const char *above)
{
	size_t n = strlen(above);

	return !strncmp(path, above, n) && (!path[n] || path[n] == '/');
}

/* Does what @r says speak of @name, which is @there or not? */
static bool speaks_of(const struct record *r, const char *name, bool there)
{
	if (r->kind == RECORD_MOVED)
		return is_below(name, there ? r->to : r->path);
	if (r->kind == RECORD_GONE)
		return !there && is_below(name, r->path);
	return there && !strcmp(name, r->path);
}

static bool mark_tells(int dir, const char *mark, const char *name, bool there)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	char path[64];
	bool told_of = false;
	int fd;

	snprintf(path, sizeof(path), ".idemfs/marks/%s", mark);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	cr_assert_eq(manifest_open(fd, &m), 0);
	while (manifest_next(m, &rec) > 0)
		told_of |= speaks_of(&rec, name, there);
	manifest_close(m);
	close(fd);
	return told_of;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* What has changed is told of by a mark: by "next", or by one before it. */
static void changes_are_told(int dir, const struct job *j, long at)
{
	for (int i = 0; i < CLAIMS && j->claims[i].name; i++) {
		const struct claim *c = &j->claims[i];

		if (same_text(c->before, c->after) ||
		    !world_holds(dir, c->name, c->after) ||
		    j->run == job_restore)
			continue;
		cr_assert(mark_tells(dir, "next", c->name, c->after != NULL) ||
				  (j->mark && mark_tells(dir, j->mark, c->name,
							 c->after != NULL)),
			  "%s, %ld: no mark tells of \"%s\"", j->name, at,
			  c->name);
	}
}

#endif
