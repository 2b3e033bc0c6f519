/* SPDX-License-Identifier: MIT */
/* rename: of what is committed, and of what is pending (F6). */
#include <errno.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

struct side {
	struct where at;
	struct found found;
	bool committed;
};

static int look_at(struct model *m, const struct agent *a, const char *path,
		   struct side *ret)
{
	int r = walk(m, a, path, &ret->at);

	if (r)
		return r;
	ret->found = look(m, a, &ret->at);
	ret->committed = name_committed(m, ret->at.dir, ret->at.name) != NULL;
	return 0;
}

static bool is_dir(const struct side *s)
{
	return s->found.file && s->found.file->kind == FILE_DIR;
}

/* What the kernel refuses, in its order. */
static int refused(const struct side *from, const struct side *to,
		   unsigned int flags)
{
	if (!found_any(from->found))
		return ENOENT;
	if ((flags & RENAME_NOREPLACE) && found_any(to->found))
		return EEXIST;
	if ((flags & RENAME_EXCHANGE) && !found_any(to->found))
		return ENOENT;
	if (is_dir(from) && dir_is_below(to->at.dir, from->found.file))
		return EINVAL;
	if (is_dir(to) && dir_is_below(from->at.dir, to->found.file))
		return flags & RENAME_EXCHANGE ? EINVAL : ENOTEMPTY;
	if (!found_any(to->found) || (flags & RENAME_EXCHANGE))
		return 0;
	if (is_dir(from) && !is_dir(to))
		return ENOTDIR;
	if (!is_dir(from) && is_dir(to))
		return EISDIR;
	return 0;
}

static void move_name(struct model *m, struct name *n, const struct where *to)
{
	struct file *f = n->file ? file_get(n->file) : NULL;
	struct version *v = n->version;

	if (v)
		v->refs++;
	name_remove(m, n);
	name_add(m, to->dir, to->name, f, v);
	file_put(f);
	version_put(v);
}

/* Of @a, or all. */
static void move_versions(struct model *m, const struct where *from,
			  const struct where *to, const struct agent *a)
{
	struct name *n;

	while ((n = name_version(m, from->dir, from->name, a, 0)))
		move_name(m, n, to);
}

static void move_committed(struct model *m, const struct where *from,
			   const struct where *to)
{
	struct name *n = name_committed(m, to->dir, to->name);

	if (n)
		name_remove(m, n);
	n = name_committed(m, from->dir, from->name);
	if (n)
		move_name(m, n, to);
}

static int exchange(struct model *m, const struct agent *a,
		    const struct side *from, const struct side *to)
{
	struct where aside = { .dir = from->at.dir, .name = ASIDE };

	move_versions(m, &from->at, &aside, from->committed ? NULL : a);
	move_committed(m, &from->at, &aside);
	move_versions(m, &to->at, &from->at, to->committed ? NULL : a);
	move_committed(m, &to->at, &from->at);
	move_versions(m, &aside, &to->at, NULL);
	move_committed(m, &aside, &to->at);
	return 0;
}

/* Versions of others stay where a name was never committed. */
static bool others_stay(struct model *m, const struct agent *a,
			const struct side *s)
{
	struct name *n;

	if (s->committed)
		return false;
	for (unsigned int i = 0;
	     (n = name_version(m, s->at.dir, s->at.name, NULL, i)); i++)
		if (!writes(m, a, n->version))
			return true;
	return false;
}

static int plain(struct model *m, const struct agent *a, struct side *from,
		 struct side *to)
{
	struct name *n;

	if (is_dir(to) && !dir_is_empty(m, to->found.file))
		return ENOTEMPTY;
	while ((n = name_version(m, to->at.dir, to->at.name,
				 to->committed ? NULL : a, 0)))
		name_taken(m, n, a);
	n = name_committed(m, to->at.dir, to->at.name);
	if (n && from->committed)
		name_replaced(m, n, to->found);
	if (from->committed)
		move_committed(m, &from->at, &to->at);
	move_versions(m, &from->at, &to->at, from->committed ? NULL : a);
	return 0;
}

int rename_do(struct model *m, const struct agent *a, const struct op *op)
{
	struct side from = { 0 }, to = { 0 };
	int r = look_at(m, a, op->p, &from);

	if (!r)
		r = look_at(m, a, op->q, &to);
	if (!r)
		r = refused(&from, &to, op->f);
	if (r)
		return r;
	/* Two names of one file: nothing is done. */
	if (from.found.file == to.found.file &&
	    from.found.version == to.found.version)
		return 0;
	if ((op->f & RENAME_NOREPLACE) &&
	    name_version(m, to.at.dir, to.at.name, NULL, 0))
		return EEXIST;
	/* A directory is never renamed to a name where a file is pending. */
	if ((is_dir(&from) && others_stay(m, a, &to)) ||
	    ((op->f & RENAME_EXCHANGE) && is_dir(&to) &&
	     others_stay(m, a, &from)))
		return ENOTDIR;
	return op->f & RENAME_EXCHANGE ? exchange(m, a, &from, &to)
				       : plain(m, a, &from, &to);
}
