/* SPDX-License-Identifier: MIT */
#include "core/version/across.h"

#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/temp/temp.h"
#include "core/version/names.h"

struct across {
	struct across *next;
	struct dir *dir; /* a reference: where the copy is, */
	char *copy;	 /*   by that name */
	char *temp;	 /* that it is of */
	int fd;
	bool whole;   /* it has all that the temp has, */
	bool durable; /*   on disk */
};

static struct across **find(struct across **all, const struct vname *vn)
{
	while (*all && strcmp((*all)->temp, vn->temp) != 0)
		all = &(*all)->next;
	return all;
}

static void free_one(struct across *a)
{
	dir_put(a->dir);
	free(a->copy);
	free(a->temp);
	close_fd(a->fd);
	free(a);
}

static void drop(struct across **at)
{
	struct across *a = *at;
	auto_pin pin = { 0 };

	*at = a->next;
	if (a->copy && !dir_pin(a->dir, &pin))
		sys.unlinkat(pin.fd, a->copy, 0);
	free_one(a);
}

int across_begin(struct across **all, struct vname *vn, int dirfd)
{
	struct across *a = calloc(1, sizeof(*a));
	int r = a ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	a->dir = dir_get(vn->dir);
	a->temp = strdup(vn->temp);
	a->fd = -1;
	r = a->temp ? temp_copy_begin(dirfd, a->temp, &a->copy, &a->fd)
		    : -ENOMEM;
	if (r < 0) {
		free_one(a);
		return r;
	}
	a->next = *all;
	*all = a;
	return -EXDEV;
}

static int fill_one(struct across *a, struct version *v, bool durable)
{
	int r = 0;

	if (!a->whole)
		r = temp_copy_fill(version_promoted_fd(v), a->fd);
	a->whole = !r;
	if (!r && durable && !a->durable) {
		r = sys.fsync(a->fd);
		a->durable = !r;
	}
	return r;
}

int across_fill(struct across *all, struct version *v, bool durable)
{
	int r = 0;

	WAIT_SCOPE(&v->table->rooms->wait);
	for (struct across *a = all; a && !r; a = a->next)
		r = fill_one(a, v, durable);
	return r;
}

static int rename_copy(struct across **at, struct version *v, struct vname *vn,
		       int dirfd)
{
	struct across *a = *at;
	/* What was changed of the temp while it was copied is, too. */
	int r = temp_copy_attributes(version_promoted_fd(v), a->fd);

	if (!r)
		r = sys.renameat2(dirfd, a->copy, dirfd, vname_name(vn), 0);
	if (r < 0)
		return r;
	close_fd(v->temp.copy);
	v->temp.copy = steal_fd(&a->fd);
	temp_remove(&v->temp, vn->temp);
	*at = a->next;
	free_one(a);
	return 0;
}

int across_place(struct across **all, struct version *v, struct vname *vn,
		 int dirfd, bool durable)
{
	struct across **at = find(all, vn);

	if (!*at)
		return -ENOENT;
	if ((*at)->dir != vn->dir) {
		drop(at);
		return across_begin(all, vn, dirfd);
	}
	if (!(*at)->whole || (durable && !(*at)->durable))
		return -EXDEV;
	return rename_copy(at, v, vn, dirfd);
}

int across_fd(const struct across *all, const struct vname *vn)
{
	struct across *list = (struct across *)all, **at = find(&list, vn);

	return *at ? (*at)->fd : -1;
}

void across_release(struct across **all)
{
	while (*all)
		drop(all);
}
