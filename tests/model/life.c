/* SPDX-License-Identifier: MIT */
/* life: versions, from the open for writing to the last close. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct file *version_file(const struct version *v)
{
	return v->file ? v->file : v->base;
}

struct file *version_writable(struct version *v)
{
	v->synced = false;
	if (!v->file) {
		v->file = file_copy(v->base, true);
		v->file->nlink = v->names;
	}
	return v->file;
}

void version_sync(struct version *v)
{
	v->synced = true;
	v->synced_mtime = version_file(v)->mtime;
}

/* Is it promoted, if it is not unlinked? */
static bool is_good(const struct version *v)
{
	return v->clean || (v->synced && v->file->mtime == v->synced_mtime);
}

void version_truncate(struct version *v)
{
	v->synced = false;
	if (!v->file) {
		v->file = file_copy(v->base, false);
		v->file->nlink = v->names;
	}
	file_resize(v->file, 0);
}

struct version *version_new(struct model *m, struct file *base, bool trunc)
{
	struct version *v = calloc(1, sizeof(*v));

	if (!v)
		abort();
	v->refs = 1;
	v->id = ++m->versions;
	v->session = m->by;
	v->base = base ? file_get(base) : NULL;
	if (trunc)
		v->file = base ? file_copy(base, false)
			       : file_new(FILE_REG, 0644);
	return v;
}

void version_join(const struct model *m, struct version *v)
{
	if (v->joined_count < SESSIONS_JOINED)
		v->joined[v->joined_count++] = m->by;
}

void version_put(struct version *v)
{
	if (!v || --v->refs)
		return;
	file_put(v->file);
	file_put(v->base);
	file_put(v->copy);
	free(v);
}

/* --- the end ----------------------------------------------------------------- */

static struct name *any_name(struct model *m, const struct version *v)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].version == v)
			return &m->names[i];
	return NULL;
}

/* One rename to @n; what is there goes, but for a directory. */
static bool promote_one(struct model *m, struct version *v, struct name *n)
{
	struct file *dir = file_get(n->dir);
	char name[NAME_SIZE];
	struct name *old = name_committed(m, dir, n->name);
	bool can = !old || old->file->kind != FILE_DIR;

	memcpy(name, n->name, sizeof(name));
	name_remove(m, n);
	if (can) {
		old = name_committed(m, dir, name);
		if (old)
			name_replaced(m, old, (struct found){ .version = v });
		name_add(m, dir, name, v->copy ? v->copy : v->file, NULL);
	}
	file_put(dir);
	return can;
}

/*
 * The promoted file may be a copy.  Then an agent that has the version open
 * does not see changes of it.
 */
static void make_copy(struct version *v)
{
	v->copy = file_copy(v->file, true);
	v->copy->mtime = v->file->mtime;
	v->copy->any_time = v->file->any_time;
	v->file->any_links = v->file->any_attr = true;
}

static void settle(struct model *m, struct version *v)
{
	bool failed = false;
	struct name *n;

	changes_settle(m, m->by);
	v->settled = true;
	if (v->names && v->file && !is_good(v)) {
		v->file->any_links = true; /* it has another name there */
		m->quarantined++;
	}
	if (v->may_be_copied && v->names && v->file && is_good(v))
		make_copy(v);
	while ((n = any_name(m, v))) {
		if (!v->file || !is_good(v))
			name_remove(m, n);
		else if (!promote_one(m, v, n))
			failed = true;
	}
	changes_settle(m, v->session);
	if (!failed)
		return;
	m->quarantined++;
	session_failed(m, v->session);
}

static void seal(struct model *m, struct open_file *of)
{
	struct version *v = of->version;

	if (!of->opener_bad && !of->last_bad &&
	    !(of->tainted && of->opener_failed))
		v->clean = true;
	if (--v->writers == 0)
		settle(m, v);
}

void version_touch(struct model *m, struct version *v)
{
	v->clean = true;
	if (v->writers == 0)
		settle(m, v);
}

/* --- open files ------------------------------------------------------------- */

struct open_file *open_file_new(const struct agent *a, unsigned int flags,
				struct version *v, struct file *f)
{
	struct open_file *of = calloc(1, sizeof(*of));

	if (!of)
		abort();
	of->refs = 1;
	of->flags = flags;
	of->who = a->life;
	of->version = v;
	of->file = f;
	if (v)
		v->refs++;
	if (f)
		file_get(f);
	return of;
}

struct open_file *open_file_get(struct open_file *of)
{
	of->refs++;
	return of;
}

void open_file_writes(struct model *m, struct open_file *of)
{
	/* One that joins for reading and writing may map what is shared. */
	if (m->passes && of->version->writers > 0 &&
	    (of->flags & O_ACCMODE) == O_RDWR)
		of->version->may_be_copied = true;
	if (of->version->writers > 0)
		version_join(m, of->version);
	of->writing = true;
	of->version->writers++;
}

void open_file_put(struct model *m, struct open_file *of)
{
	if (--of->refs)
		return;
	if (of->writing)
		seal(m, of);
	version_put(of->version);
	file_put(of->file);
	free(of);
}

void open_file_flush(struct agent *a, struct open_file *of, struct ending end)
{
	bool opener = of->who == a->life;

	of->last_bad = end.bad;
	if (opener) {
		of->opener_bad |= end.bad;
		of->opener_failed |= end.failed && !end.killed;
		a->watched |= of->tainted;
	} else if (end.killed && end.bad) {
		of->tainted = true;
	}
}
