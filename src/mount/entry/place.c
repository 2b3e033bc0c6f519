/* SPDX-License-Identifier: MIT */
#include "mount/entry/place.h"

#include "base/util.h"
#include "core/version/pending.h"

/* Of several places the latest at which the file is. */
static int linked_place(struct fs *fs, struct node *n, struct dir **ret_dir,
			char **ret_name, struct file_key *ret_key)
{
	for (unsigned int i = 0;; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;
		int r = node_place(fs->nodes, n, i, &dir, &name, &key);

		if (r < 0)
			return r;
		if (!dir_has(dir, name, &key))
			continue;
		*ret_dir = steal_ptr(&dir);
		*ret_name = steal_ptr(&name);
		*ret_key = key;
		return 0;
	}
}

void place_tidy(struct fs *fs, struct node *n)
{
	bool crowded = node_is_crowded(fs->nodes, n);

	for (unsigned int i = 0; crowded;) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;

		if (node_place(fs->nodes, n, i, &dir, &name, &key) < 0)
			return;
		if (dir_has(dir, name, &key))
			i++;
		else if (!node_unplace(fs->nodes, n, dir, name))
			return;
	}
}

int place_find(struct fs *fs, struct node *n, struct dir **ret_dir,
	       char **ret_name, struct file_key *ret_key)
{
	if (node_is_linked(fs->nodes, n) &&
	    !linked_place(fs, n, ret_dir, ret_name, ret_key))
		return 0;
	return node_place(fs->nodes, n, 0, ret_dir, ret_name, ret_key);
}

bool place_leads_to(struct fs *fs, struct node *n, struct dir *dir,
		    const char *name, const struct file_key *key)
{
	struct lineage *l;
	bool same;

	if (dir_has(dir, name, key))
		return true;
	l = lineage_find(fs->core->rooms.lines, dir, name);
	same = l && l == node_line(fs->nodes, n, NULL);
	lineage_put(l);
	return same;
}

int place_open(struct fs *fs, struct node *n, int flags, int *ret_fd)
{
	auto_dir *parent = NULL;
	auto_free char *name = NULL;
	struct file_key key;
	int r = place_find(fs, n, &parent, &name, &key);

	if (!r)
		r = versions_open_file(fs->versions, parent, name, flags, &key,
				       ret_fd);
	/* A tail has gone in meanwhile: these bytes have another node. */
	if (!r && node_is_gone(fs->nodes, n)) {
		close_fd(*ret_fd);
		r = -ESTALE;
	}
	/* Replaced or gone, but a handle may have it open. */
	if (r == -ESTALE || r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		r = node_reopen(fs->nodes, n, flags, ret_fd);
	return r;
}
