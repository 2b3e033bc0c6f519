/* SPDX-License-Identifier: MIT */
/* read: the list of changes without a mount. */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/changes/changes.h"
#include "core/changes/compare.h"
#include "core/changes/file.h"

struct reading {
	int (*each)(void *arg, const struct record *r);
	void *arg;
	struct compare_cut cut;
};

static int read_one(void *arg, const struct record *r, uint32_t node)
{
	struct reading *m = arg;

	return compare_cut_holds(&m->cut, r, node) ? m->each(m->arg, r) : 0;
}

int changes_read_each(const struct state *state, int root,
		      int (*each)(void *arg, const struct record *r), void *arg)
{
	auto_fd fd = sys_open_file(state->dir, CHANGES_NAME, O_RDONLY);
	struct reading m = { .each = each, .arg = arg };
	struct changes_file_found found;
	struct pathmap *map = NULL;
	char boot[CHANGES_BOOT];
	int r;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	map = pathmap_new();
	r = map ? changes_file_load(fd, map, &found, NULL) : -ENOMEM;
	changes_file_boot(boot);
	/* The same: no power was cut. */
	if (!r)
		r = compare_cut_begin(strcmp(boot, found.boot) ? root : -1, map,
				      &m.cut);
	if (!r)
		r = pathmap_each(map, read_one, &m);
	pathmap_free(map);
	return r;
}

static int apply_one(void *arg, const struct record *r)
{
	return pathmap_apply(arg, r, 0);
}

int changes_read(const struct state *state, int root, struct pathmap *into)
{
	return changes_read_each(state, root, apply_one, into);
}

static int first_one(void *arg, const struct record *r, uint32_t node)
{
	uint64_t *first = arg;

	(void)node;
	*first = r->seq;
	return 1;
}

int changes_read_first(const struct state *state, uint64_t *ret)
{
	auto_fd fd = sys_open_file(state->dir, CHANGES_NAME, O_RDONLY);
	struct changes_file_found found;
	struct pathmap *map = NULL;
	int r;

	*ret = UINT64_MAX;
	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	map = pathmap_new();
	r = map ? changes_file_load(fd, map, &found, NULL) : -ENOMEM;
	if (!r)
		r = pathmap_each(map, first_one, ret);
	pathmap_free(map);
	return r < 0 ? r : 0;
}
