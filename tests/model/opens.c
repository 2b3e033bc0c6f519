/* SPDX-License-Identifier: MIT */
/* opens: what an open gets, and the answers that all steps share. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

void answer_code(char *answer, int code)
{
	snprintf(answer, ANSWER_SIZE, "%s",
		 code ? strerrorname_np(code) : "ok");
}

void answer_stat(char *answer, const struct version *v, const struct file *f)
{
	/* Of an update that has not written yet the links are its base's. */
	bool links_known = !(v && !v->file) && !f->any_time && !f->any_links;
	char mode[16], time[16] = "now", links[16];

	if (f->kind != FILE_REG) {
		snprintf(answer, ANSWER_SIZE, "%s",
			 f->kind == FILE_DIR ? "dir" : "link");
		return;
	}
	snprintf(mode, sizeof(mode), "%o", f->mode);
	snprintf(links, sizeof(links), "%u", f->nlink);
	if (f->mtime != NOW)
		snprintf(time, sizeof(time), "t%u", f->mtime);
	snprintf(answer, ANSWER_SIZE, "file %s %s %u %s",
		 f->any_attr ? "*" : mode, links_known ? links : "*", f->size,
		 f->any_time || f->any_attr ? "*" : time);
}

void answer_bytes(char *answer, const struct file *f, unsigned int at,
		  unsigned int size)
{
	if (at > f->size)
		at = f->size;
	if (size > f->size - at)
		size = f->size - at;
	snprintf(answer, ANSWER_SIZE, "%u %08x", size,
		 op_sum(f->data + at, size));
}

static bool is_write(unsigned int flags)
{
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

/* An open of a version that is pending. */
static int on_version(struct model *m, struct agent *a, struct version *v,
		      unsigned int flags, struct open_file **ret)
{
	struct open_file *of;

	/* A version that may be promoted as copies has one name here. */
	if (m->passes && v->names > 1 && (flags & O_ACCMODE) == O_RDWR)
		return LEFT_OUT;
	of = open_file_new(a, flags, v, NULL);
	if (is_write(flags))
		open_file_writes(m, of);
	if (flags & O_TRUNC)
		version_truncate(v);
	*ret = of;
	return 0;
}

/* Begins a version: none is pending here, or the open truncates. */
static struct open_file *on_new(struct model *m, struct agent *a,
				const struct where *at, struct file *base,
				unsigned int flags, unsigned int mode)
{
	struct version *v = version_new(m, base, !base || (flags & O_TRUNC));
	struct open_file *of = open_file_new(a, flags, v, NULL);

	if (!base)
		v->file->mode = mode & ~022u;
	name_add(m, at->dir, at->name, NULL, v);
	open_file_writes(m, of);
	version_put(v);
	return of;
}

/* Made by an open for reading: it is never written, so it is there at once. */
static struct open_file *on_empty(struct model *m, struct agent *a,
				  const struct where *at, unsigned int flags,
				  unsigned int mode)
{
	struct file *f = file_new(FILE_REG, mode & ~022u);
	struct open_file *of = open_file_new(a, flags, NULL, f);

	name_add(m, at->dir, at->name, f, NULL);
	file_put(f);
	return of;
}

static int open_committed(struct model *m, struct agent *a,
			  const struct where *at, struct file *f,
			  unsigned int flags, struct open_file **ret)
{
	struct name *joined;

	if (f->kind == FILE_LINK)
		return ELOOP;
	if (f->kind == FILE_DIR)
		return EISDIR;
	if (!is_write(flags)) {
		*ret = open_file_new(a, flags, NULL, f);
		return 0;
	}
	/* What does not truncate joins the newest (F4). */
	joined = flags & O_TRUNC ? NULL
				 : name_version(m, at->dir, at->name, NULL, 0);
	if (joined)
		return on_version(m, a, joined->version, flags, ret);
	*ret = on_new(m, a, at, f, flags, 0);
	return 0;
}

static int open_absent(struct model *m, struct agent *a, const struct where *at,
		       const struct op *op, struct open_file **ret)
{
	struct name *others = name_version(m, at->dir, at->name, NULL, 0);
	bool writes;

	if (!(op->f & O_CREAT))
		return ENOENT;
	if (others && (op->f & O_EXCL))
		return EEXIST;
	if (others && !(op->f & O_TRUNC))
		return on_version(m, a, others->version, op->f, ret);
	/* With O_EXCL the kernel does not pass O_TRUNC on. */
	writes = is_write(op->f & O_EXCL ? op->f & ~(unsigned int)O_TRUNC
					 : op->f);
	*ret = writes ? on_new(m, a, at, NULL, op->f, op->v)
		      : on_empty(m, a, at, op->f, op->v);
	return 0;
}

int open_path(struct model *m, struct agent *a, const struct op *op,
	      struct open_file **ret)
{
	struct found found = { 0 };
	struct where at;
	int r;

	if ((op->f & O_NOFOLLOW) || (op->f & O_EXCL)) {
		r = walk(m, a, op->p, &at);
		if (!r)
			found = look(m, a, &at);
	} else {
		r = walk_to(m, a, op->p, &at, &found);
	}
	if (r)
		return r;
	if (!found_any(found))
		return open_absent(m, a, &at, op, ret);
	if (op->f & O_EXCL)
		return EEXIST;
	if (found.file)
		return open_committed(m, a, &at, found.file, op->f, ret);
	return on_version(m, a, found.version, op->f, ret);
}

int open_tmpfile(struct model *m, struct agent *a, const struct op *op,
		 struct open_file **ret)
{
	struct found found = { 0 };
	struct version *v;
	struct where at;
	int r = walk_to(m, a, op->p, &at, &found);

	if (r)
		return r;
	if (!found_any(found))
		return ENOENT;
	if (found_file(found)->kind != FILE_DIR)
		return ENOTDIR;
	v = version_new(m, NULL, true);
	v->anonymous = true;
	*ret = open_file_new(a, op->f, v, NULL);
	open_file_writes(m, *ret);
	version_put(v);
	return 0;
}

/* By descriptor: of a version that is pending, it joins it. */
int open_again(struct model *m, struct agent *a, const struct op *op,
	       struct open_file **ret)
{
	struct open_file *of = a->slot[op->s].of;
	struct version *v = of->version;

	if (v && !v->settled)
		return on_version(m, a, v, op->f, ret);
	if (is_write(op->f))
		return LEFT_OUT;
	*ret = open_file_new(a, op->f, NULL, v ? version_file(v) : of->file);
	return 0;
}
