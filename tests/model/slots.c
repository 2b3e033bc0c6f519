/* SPDX-License-Identifier: MIT */
/* slots: steps on open files and on mappings. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

/* What is read through @of. */
static struct file *current(const struct open_file *of)
{
	return of->version ? version_file(of->version) : of->file;
}

static bool can_read(const struct open_file *of)
{
	return (of->flags & O_ACCMODE) != O_WRONLY;
}

static bool can_write(const struct open_file *of)
{
	return (of->flags & O_ACCMODE) != O_RDONLY;
}

static bool is_pending(const struct open_file *of)
{
	return of->version && !of->version->settled;
}

static void answer_count(char *answer, unsigned int n)
{
	snprintf(answer, ANSWER_SIZE, "%u", n);
}

static void put_bytes(struct open_file *of, unsigned int at, const char *bytes,
		      unsigned int n)
{
	struct file *f = version_writable(of->version);

	memmove(f->data + at, bytes, n);
	if (at + n > f->size)
		f->size = at + n;
	f->mtime = NOW;
}

static bool do_read(struct open_file *of, const struct op *op, char *answer)
{
	struct file *f = current(of);
	unsigned int at = op->kind == OP_READ ? of->at : op->o;

	if (!can_read(of)) {
		answer_code(answer, EBADF);
		return true;
	}
	answer_bytes(answer, f, at, op->l);
	if (op->kind == OP_READ && at < f->size)
		of->at += op->l < f->size - at ? op->l : f->size - at;
	return true;
}

static bool do_write(struct open_file *of, const struct op *op, char *answer)
{
	static char bytes[FILE_MAX];
	unsigned int at = op->kind == OP_WRITE ? of->at : op->o;

	if (!can_write(of)) {
		answer_code(answer, EBADF);
		return true;
	}
	if (of->flags & O_APPEND)
		at = current(of)->size;
	if (at + op->l > FILE_MAX)
		return false;
	op_fill(bytes, op->l, op->v);
	put_bytes(of, at, bytes, op->l);
	if (op->kind == OP_WRITE)
		of->at = at + op->l;
	answer_count(answer, op->l);
	return true;
}

static bool do_fallocate(struct open_file *of, const struct op *op,
			 char *answer)
{
	unsigned int end = op->o + op->l;
	struct file *f;

	if (!can_write(of)) {
		answer_code(answer, EBADF);
		return true;
	}
	if (end > FILE_MAX)
		return false;
	f = version_writable(of->version);
	if (op->f & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		memset(f->data + op->o, 0, op->l);
	if (!(op->f & FALLOC_FL_KEEP_SIZE) && end > f->size)
		f->size = end;
	f->any_time = true; /* each filesystem has its own opinion */
	answer_code(answer, 0);
	return true;
}

static bool do_copy(struct open_file *of, struct open_file *to,
		    const struct op *op, char *answer)
{
	unsigned int n = op->l;

	if (!to)
		return false;
	if (!can_read(of) || !can_write(to) || (to->flags & O_APPEND)) {
		answer_code(answer, EBADF);
		return true;
	}
	if (n > current(of)->size)
		n = current(of)->size;
	if (current(of) == current(to) || op->o + n > FILE_MAX)
		return false;
	if (n)
		put_bytes(to, op->o, current(of)->data, n);
	answer_count(answer, n);
	return true;
}

static bool do_ftruncate(struct open_file *of, const struct op *op,
			 char *answer)
{
	answer_code(answer, can_write(of) ? 0 : EINVAL);
	if (can_write(of))
		file_resize(version_writable(of->version), op->o);
	return true;
}

/* An update that has not written yet has that of its base. */
static void set_time(struct model *m, const struct version *v, struct file *f,
		     unsigned int time)
{
	const struct name *base;
	bool at_base = false;

	for (unsigned int i = 0; i < m->count; i++) {
		if (m->names[i].version != v)
			continue;
		base = name_committed(m, m->names[i].dir, m->names[i].name);
		at_base |= base && base->file == f;
	}
	if (!v->file && (f->mtime != time || f->any_time))
		changes_time(m, f, at_base && v->names == 1);
	f->mtime = time;
}

/*
 * By descriptor, so of that version alone (F7).  Of a committed file it cannot
 * be told from one by path.
 */
static bool do_attribute(struct model *m, struct open_file *of,
			 const struct op *op, char *answer)
{
	struct file *f = current(of);

	if (!is_pending(of))
		return false;
	if (op->kind == OP_FCHMOD)
		f->mode = op->v;
	else if (op->kind == OP_FUTIME)
		set_time(m, of->version, f, op->v);
	else
		f->xattr = op->v;
	answer_code(answer, 0);
	return true;
}

/* A file without a name gets one. */
static bool do_link(struct model *m, struct agent *a, struct open_file *of,
		    const struct op *op, char *answer)
{
	struct version *v = of->version;
	struct where at;
	int r;

	if (!is_pending(of) || !v->anonymous ||
	    (v->may_be_copied && v->names > 0))
		return false;
	r = walk(m, a, op->q, &at);
	if (!r && (found_any(look(m, a, &at)) ||
		   name_version(m, at.dir, at.name, NULL, 0)))
		r = EEXIST;
	if (!r && v->was_linked && v->names == 0)
		r = ENOENT;
	if (!r) {
		name_add(m, at.dir, at.name, NULL, v);
		v->was_linked = true;
	}
	answer_code(answer, r);
	return true;
}

static bool do_map(struct agent *a, struct open_file *of, const struct op *op,
		   char *answer)
{
	if (op->t >= MAPS || a->map[op->t])
		return false;
	answer_code(answer, can_read(of) ? 0 : EACCES);
	if (can_read(of))
		a->map[op->t] = open_file_get(of);
	return true;
}

static bool put_slot(struct model *m, struct agent *to, unsigned int slot,
		     struct open_file *of, char *answer)
{
	if (to->slot[slot].of)
		return false;
	to->slot[slot].of = open_file_get(of);
	m->opened_fd = &to->slot[slot].fd;
	answer_code(answer, 0);
	return true;
}

/* Of what passes through, a mapping does not hold the version. */
static bool only_map_is_left(const struct model *m, const struct open_file *of)
{
	unsigned int slots = 0, maps = 0;

	for (unsigned int i = 0; i < AGENTS; i++) {
		for (unsigned int k = 0; k < SLOTS; k++)
			slots += m->agent[i].slot[k].of == of;
		for (unsigned int k = 0; k < MAPS; k++)
			maps += m->agent[i].map[k] == of;
	}
	return slots == 1 && maps > 0;
}

static bool do_close(struct model *m, struct agent *a, const struct op *op,
		     char *answer)
{
	struct open_file *of = a->slot[op->s].of;

	if (m->passes && of->writing && only_map_is_left(m, of))
		return false;
	a->slot[op->s].of = NULL;
	open_file_flush(a, of, (struct ending){ 0 });
	open_file_put(m, of);
	answer_code(answer, 0);
	return true;
}

bool slot_do(struct model *m, struct agent *a, struct op *op, char *answer)
{
	struct open_file *of = a->slot[op->s].of;

	if (!of)
		return false;
	switch (op->kind) {
	case OP_CLOSE:
		return do_close(m, a, op, answer);
	case OP_DUP:
		return put_slot(m, a, op->t, of, answer);
	case OP_PASS:
		return put_slot(m, &m->agent[op->v], op->t, of, answer);
	case OP_READ:
	case OP_PREAD:
		return do_read(of, op, answer);
	case OP_WRITE:
	case OP_PWRITE:
		return do_write(of, op, answer);
	case OP_SEEK:
		of->at = op->o;
		answer_count(answer, op->o);
		return true;
	case OP_FTRUNCATE:
		return do_ftruncate(of, op, answer);
	case OP_FALLOCATE:
		return do_fallocate(of, op, answer);
	case OP_COPY:
		return do_copy(of, a->slot[op->t].of, op, answer);
	case OP_FSYNC:
		if (is_pending(of))
			version_sync(of->version);
		answer_code(answer, 0);
		return true;
	case OP_FSTAT:
		answer_stat(answer, of->version, current(of));
		return true;
	case OP_LINKFD:
		return do_link(m, a, of, op, answer);
	case OP_MAP:
		return do_map(a, of, op, answer);
	default:
		return do_attribute(m, of, op, answer);
	}
}

/* Nothing beyond the end is touched: that is SIGBUS. */
bool map_do(struct model *m, struct agent *a, struct op *op, char *answer)
{
	struct open_file *of = op->t < MAPS ? a->map[op->t] : NULL;
	struct file *f = of ? current(of) : NULL;

	if (!of)
		return false;
	if (op->kind == OP_UNMAP) {
		a->map[op->t] = NULL;
		open_file_put(m, of);
		answer_code(answer, 0);
		return true;
	}
	if (op->kind == OP_MREAD) {
		op->l = f->size;
		answer_bytes(answer, f, 0, f->size);
		return f->size > 0;
	}
	if (!can_write(of) || !can_read(of) || op->o >= f->size)
		return false;
	if (op->l > f->size - op->o)
		op->l = f->size - op->o;
	f = version_writable(of->version);
	op_fill(f->data + op->o, op->l, op->v);
	f->any_time = true;
	answer_code(answer, 0);
	return true;
}
