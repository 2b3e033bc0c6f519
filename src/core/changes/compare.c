/* SPDX-License-Identifier: MIT */
#include "core/changes/compare.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/util.h"
#include "core/backing/backing.h"

static bool is_file(const struct record *r)
{
	return r->kind == RECORD_FILE || r->kind == RECORD_UNREAD;
}

bool compare_applies(const struct record *r)
{
	return r->kind == RECORD_FILE || r->kind == RECORD_UNREAD ||
	       r->kind == RECORD_NODE;
}

enum verdict compare_stat(const struct record *r, const struct stat *st)
{
	if (r->kind == RECORD_GONE)
		return VERDICT_THERE;
	if (r->kind == RECORD_NODE)
		return (st->st_mode & S_IFMT) == r->type ? VERDICT_HOLDS
							 : VERDICT_TYPE;
	if (!is_file(r))
		return VERDICT_HOLDS;
	if (!S_ISREG(st->st_mode))
		return VERDICT_TYPE;
	if (st->st_size != r->st.size)
		return VERDICT_SIZE;
	if (st->st_ino != r->st.ino)
		return VERDICT_INODE;
	/* The times of a file with several names may be set by another name. */
	if (st->st_nlink == 1 && (st->st_mtim.tv_sec != r->st.mtime.tv_sec ||
				  st->st_mtim.tv_nsec != r->st.mtime.tv_nsec))
		return VERDICT_MTIME;
	return VERDICT_HOLDS;
}

enum verdict compare_path(int root, const struct record *r)
{
	auto_fd fd = -1;
	struct stat st;

	if (!compare_applies(r) && r->kind != RECORD_GONE)
		return VERDICT_HOLDS;
	fd = backing_openat(root, r->path, O_PATH | O_NOFOLLOW);
	/* A directory above has become a link or a file: nothing is there. */
	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return r->kind == RECORD_GONE ? VERDICT_HOLDS : VERDICT_MISSING;
	if (fd < 0 || fstat(fd, &st) < 0)
		return VERDICT_UNKNOWN;
	return compare_stat(r, &st);
}

static bool is_there(int root, const char *path)
{
	auto_fd fd = backing_openat(root, path, O_PATH | O_NOFOLLOW);

	return fd >= 0;
}

static int see_move(void *arg, const struct record *r, uint32_t node)
{
	struct compare_cut *c = arg;

	(void)node;
	if (r->kind == RECORD_MOVED &&
	    (is_there(c->root, r->to) || !is_there(c->root, r->path)))
		c->moved = r->seq;
	return 0;
}

int compare_cut_begin(int root, struct pathmap *map, struct compare_cut *ret)
{
	*ret = (struct compare_cut){ .root = root, .map = map };
	return root < 0 ? 0 : pathmap_each(map, see_move, ret);
}

bool compare_cut_holds(const struct compare_cut *c, const struct record *r,
		       uint32_t node)
{
	struct record now = *r;
	char buf[PATHMAP_PATH];

	if (c->root < 0)
		return true;
	if (r->kind == RECORD_MOVED)
		return r->seq <= c->moved;
	now.path = pathmap_now(c->map, node, r, buf);
	return compare_path(c->root, &now) == VERDICT_HOLDS;
}
