/* SPDX-License-Identifier: MIT */
/* steps: those on names, and what becomes of a step. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

static void answer_any(char *answer)
{
	snprintf(answer, ANSWER_SIZE, "*");
}

/* --- looking --------------------------------------------------------------- */

static void list_names(struct model *m, struct agent *a, struct file *dir,
		       char *answer)
{
	const char *found[NAMES_MAX];
	unsigned int n = 0, i, k;

	for (i = 0; i < m->count; i++) {
		struct name *c = &m->names[i];

		if (c->dir != dir || (c->version && !writes(m, a, c->version)))
			continue;
		for (k = 0; k < n && strcmp(found[k], c->name); k++)
			;
		if (k == n)
			found[n++] = c->name;
	}
	snprintf(answer, ANSWER_SIZE, "names");
	while (n) {
		size_t at = strlen(answer);

		for (i = k = 0; i < n; i++)
			if (strcmp(found[i], found[k]) < 0)
				k = i;
		snprintf(answer + at, ANSWER_SIZE - at, " %s", found[k]);
		found[k] = found[--n];
	}
}

static void do_look(struct model *m, struct agent *a, const struct op *op,
		    char *answer)
{
	struct found found = { 0 };
	struct where at;
	struct file *f;
	int r;

	if (op->kind == OP_LSTAT) {
		r = walk(m, a, op->p, &at);
		if (!r)
			found = look(m, a, &at);
	} else {
		r = walk_to(m, a, op->p, &at, &found);
	}
	f = r ? NULL : found_file(found);
	if (!f)
		answer_code(answer, r ? r : ENOENT);
	else if (op->kind == OP_STAT || op->kind == OP_LSTAT)
		answer_stat(answer, found.version, f);
	else if (op->kind == OP_GETX && f->any_attr)
		answer_any(answer);
	else if (op->kind == OP_GETX && !f->xattr)
		answer_code(answer, ENODATA);
	else if (op->kind == OP_GETX)
		snprintf(answer, ANSWER_SIZE, "%u", f->xattr);
	else if (op->kind == OP_LIST && f->kind == FILE_DIR)
		list_names(m, a, f, answer);
	else if (op->kind == OP_LIST)
		answer_code(answer, ENOTDIR);
	else if (f->kind == FILE_DIR)
		answer_code(answer, EISDIR);
	else
		answer_bytes(answer, f, 0, f->size);
}

/* --- attributes and sizes ----------------------------------------------------- */

static void set_attribute(struct file *f, const struct op *op)
{
	if (op->kind == OP_CHMOD)
		f->mode = op->v;
	else if (op->kind == OP_UTIME)
		f->mtime = op->v;
	else
		f->xattr = op->v;
}

/*
 * The kernel does not say by which of its names a file is changed: that may
 * reach what is pending at any of them.
 */
static void doubt_linked(struct model *m, const struct file *f)
{
	for (unsigned int i = 0; i < m->count; i++)
		for (unsigned int k = 0; m->names[i].file == f; k++) {
			struct name *n = name_version(
				m, m->names[i].dir, m->names[i].name, NULL, k);
			if (!n)
				break;
			if (n->version->file)
				n->version->file->any_attr = true;
		}
}

/*
 * By path: the committed file, and all versions that are pending there (F7).
 * Where nothing was ever committed, only the agent's own version.  An update
 * that has not written yet has the attributes of the file that it began from.
 */
static int do_attribute(struct model *m, struct agent *a, const struct op *op)
{
	struct found found = { 0 };
	struct name *n;
	struct where at;
	int r = walk_to(m, a, op->p, &at, &found);

	if (r || !found_any(found))
		return r ? r : ENOENT;
	n = name_committed(m, at.dir, at.name);
	if (op->kind == OP_UTIME && n && n->file->kind == FILE_REG &&
	    (n->file->mtime != op->v || n->file->any_time))
		changes_time(m, n->file, true);
	set_attribute(found_file(found), op);
	if (!n || n->file->kind != FILE_REG)
		return 0;
	set_attribute(n->file, op);
	if (n->file->nlink > 1)
		doubt_linked(m, n->file);
	for (unsigned int i = 0;
	     (n = name_version(m, at.dir, at.name, NULL, i)); i++)
		if (n->version->file)
			set_attribute(n->version->file, op);
	return 0;
}

static bool is_pending_at(struct model *m, const struct where *at)
{
	return name_version(m, at->dir, at->name, NULL, 0) != NULL;
}

static bool is_pending_at_any(struct model *m, const struct file *f)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].file == f &&
		    name_version(m, m->names[i].dir, m->names[i].name, NULL, 0))
			return true;
	return false;
}

/*
 * To the length that it has: then only its time moves.  By which of its names
 * the kernel does not say, and that of another may be pending.
 */
static int touch_length(struct model *m, struct file *f)
{
	if (is_pending_at_any(m, f))
		return LEFT_OUT;
	f->mtime = NOW;
	changes_time(m, f, true);
	return 0;
}

/* truncate(2) is an open, a truncation and a close. */
static int do_truncate(struct model *m, struct agent *a, const struct op *op)
{
	struct found found = { 0 };
	struct version *v;
	struct name *joined;
	struct where at;
	int r = walk_to(m, a, op->p, &at, &found);

	if (r || !found_any(found))
		return r ? r : ENOENT;
	if (found_file(found)->kind == FILE_DIR)
		return EISDIR;
	if (found.file && found.file->size == op->o && !is_pending_at(m, &at))
		return touch_length(m, found.file);
	v = found.version;
	joined = op->o ? name_version(m, at.dir, at.name, NULL, 0) : NULL;
	if (!v && joined)
		v = joined->version;
	if (v) {
		v->refs++;
		version_join(m, v);
	} else {
		v = version_new(m, found.file, op->o == 0);
		name_add(m, at.dir, at.name, NULL, v);
	}
	file_resize(version_writable(v), op->o);
	version_touch(m, v);
	version_put(v);
	return 0;
}

/* --- names ------------------------------------------------------------------ */

/* The versions that @a writes lose the name, or all. */
static void detach(struct model *m, const struct where *at,
		   const struct agent *a, bool all)
{
	struct name *n;

	while ((n = name_version(m, at->dir, at->name, all ? NULL : a, 0)))
		name_taken(m, n, a);
}

static int do_unlink(struct model *m, struct agent *a, const struct op *op)
{
	struct found found;
	struct name *n;
	struct where at;
	int r = walk(m, a, op->p, &at);

	if (r)
		return r;
	found = look(m, a, &at);
	if (!found_any(found))
		return ENOENT;
	if (found_file(found)->kind == FILE_DIR)
		return EISDIR;
	n = name_committed(m, at.dir, at.name);
	/* A committed name goes for all agents, another for this one alone. */
	detach(m, &at, a, n != NULL);
	n = name_committed(m, at.dir, at.name);
	if (n)
		name_replaced(m, n, found);
	return 0;
}

static int do_rmdir(struct model *m, struct agent *a, const struct op *op)
{
	struct found found;
	struct where at;
	int r = walk(m, a, op->p, &at);

	if (r)
		return r;
	found = look(m, a, &at);
	if (!found_any(found))
		return ENOENT;
	if (found_file(found)->kind != FILE_DIR)
		return ENOTDIR;
	if (!dir_is_empty(m, found.file))
		return ENOTEMPTY;
	name_remove(m, name_committed(m, at.dir, at.name));
	return 0;
}

/* Is there a place for a new name at @path? */
static int place(struct model *m, struct agent *a, const char *path,
		 struct where *ret)
{
	int r = walk(m, a, path, ret);

	if (!r && found_any(look(m, a, ret)))
		r = EEXIST;
	return r;
}

static int do_make(struct model *m, struct agent *a, const struct op *op)
{
	struct where at;
	struct file *f;
	int r = place(m, a, op->p, &at);

	if (!r && is_pending_at(m, &at))
		r = EEXIST;
	if (r)
		return r;
	f = file_new(op->kind == OP_MKDIR ? FILE_DIR : FILE_LINK, 0755);
	if (f->kind == FILE_LINK)
		snprintf(f->target, sizeof(f->target), "%s", op->q);
	name_add(m, at.dir, at.name, f, NULL);
	file_put(f);
	return 0;
}

static int do_link(struct model *m, struct agent *a, const struct op *op)
{
	struct where from, to;
	struct found found = { 0 };
	int r = walk(m, a, op->p, &from);

	if (!r) {
		found = look(m, a, &from);
		r = found_any(found) ? place(m, a, op->q, &to) : ENOENT;
	}
	if (!r && found_file(found)->kind == FILE_DIR)
		r = EPERM;
	if (!r && is_pending_at(m, &to))
		r = EEXIST;
	if (r)
		return r;
	/* What is promoted as copies would be no links of each other. */
	if (found.version && found.version->may_be_copied)
		return LEFT_OUT;
	if (found.version)
		version_writable(found.version);
	name_add(m, to.dir, to.name, found.file, found.version);
	return 0;
}

static int do_change(struct model *m, struct agent *a, const struct op *op)
{
	switch (op->kind) {
	case OP_TRUNCATE:
		return do_truncate(m, a, op);
	case OP_CHMOD:
	case OP_UTIME:
	case OP_SETX:
		return do_attribute(m, a, op);
	case OP_UNLINK:
		return do_unlink(m, a, op);
	case OP_RMDIR:
		return do_rmdir(m, a, op);
	case OP_MKDIR:
	case OP_SYMLINK:
		return do_make(m, a, op);
	case OP_LINK:
		return do_link(m, a, op);
	default:
		return rename_do(m, a, op);
	}
}

bool name_do(struct model *m, struct agent *a, const struct op *op,
	     char *answer)
{
	int r;

	if ((op->kind >= OP_STAT && op->kind <= OP_LIST) ||
	    op->kind == OP_GETX) {
		do_look(m, a, op, answer);
		return true;
	}
	r = do_change(m, a, op);
	if (r != LEFT_OUT)
		answer_code(answer, r);
	return r != LEFT_OUT;
}
