/* SPDX-License-Identifier: MIT */
/* tree: files, and the names that they and versions have. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"

#define LINKS_MAX 40 /* symlinks on a way, as in the kernel */

static void *need(void *p)
{
	if (p)
		return p;
	fprintf(stderr, "model: out of memory\n");
	exit(2);
}

struct file *file_new(enum file_kind kind, unsigned int mode)
{
	struct file *f = need(calloc(1, sizeof(*f)));

	f->refs = 1;
	f->kind = kind;
	f->mode = mode;
	f->mtime = NOW;
	if (kind == FILE_REG)
		f->data = need(calloc(1, FILE_MAX));
	return f;
}

struct file *file_get(struct file *f)
{
	f->refs++;
	return f;
}

void file_put(struct file *f)
{
	if (!f || --f->refs)
		return;
	free(f->data);
	free(f);
}

/* A new version keeps mode and extended attributes (F7). */
struct file *file_copy(const struct file *from, bool bytes)
{
	struct file *f = file_new(FILE_REG, from->mode);

	f->xattr = from->xattr;
	f->any_attr = from->any_attr;
	if (!bytes)
		return f;
	memcpy(f->data, from->data, FILE_MAX);
	f->size = from->size;
	return f;
}

void file_resize(struct file *f, unsigned int size)
{
	if (size < f->size)
		memset(f->data + size, 0, f->size - size);
	f->size = size;
	f->mtime = NOW;
}

/* --- names --------------------------------------------------------------- */

static bool is_at(const struct name *n, const struct file *dir,
		  const char *name)
{
	return n->dir == dir && !strcmp(n->name, name);
}

struct name *name_committed(struct model *m, const struct file *dir,
			    const char *name)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].file && is_at(&m->names[i], dir, name))
			return &m->names[i];
	return NULL;
}

static bool life_writes(const struct model *m, unsigned int life,
			const struct version *v)
{
	for (unsigned int i = 0; i < AGENTS; i++) {
		const struct agent *b = &m->agent[i];

		for (unsigned int s = 0; s < SLOTS; s++)
			if (b->slot[s].of && b->slot[s].of->writing &&
			    b->slot[s].of->version == v &&
			    b->slot[s].of->who == life)
				return true;
		for (unsigned int s = 0; s < MAPS; s++)
			if (b->map[s] && b->map[s]->writing &&
			    b->map[s]->version == v && b->map[s]->who == life)
				return true;
	}
	return false;
}

bool writes(const struct model *m, const struct agent *a,
	    const struct version *v)
{
	return life_writes(m, a->life, v);
}

struct name *name_version(struct model *m, const struct file *dir,
			  const char *name, const struct agent *a,
			  unsigned int n)
{
	unsigned int below = ~0u;
	struct name *best;

	do {
		best = NULL;
		for (unsigned int i = 0; i < m->count; i++) {
			struct name *c = &m->names[i];

			if (c->version && is_at(c, dir, name) &&
			    c->version->id < below &&
			    (!a || writes(m, a, c->version)) &&
			    (!best || c->version->id > best->version->id))
				best = c;
		}
		if (best)
			below = best->version->id;
	} while (best && n--);
	return best;
}

void name_add(struct model *m, struct file *dir, const char *name,
	      struct file *f, struct version *v)
{
	struct name *n = &m->names[m->count++];

	if (m->count == NAMES_MAX) {
		fprintf(stderr, "model: too many names\n");
		exit(2);
	}
	*n = (struct name){ .dir = file_get(dir), .file = f, .version = v };
	snprintf(n->name, sizeof(n->name), "%s", name);
	if (f) {
		changes_touch(m, dir, name, f->kind == FILE_DIR);
		file_get(f);
		f->nlink++;
		if (f->kind == FILE_DIR)
			f->parent = dir;
	} else {
		v->refs++;
		v->names++;
		if (v->file)
			v->file->nlink++;
	}
}

void name_remove(struct model *m, struct name *n)
{
	struct name was = *n;

	*n = m->names[--m->count];
	if (was.file) {
		changes_touch(m, was.dir, was.name, was.file->kind == FILE_DIR);
		was.file->nlink--;
		if (was.file->kind == FILE_DIR)
			was.file->parent = NULL;
	} else {
		was.version->names--;
		if (was.version->file)
			was.version->file->nlink--;
		version_put(was.version);
	}
	file_put(was.file);
	file_put(was.dir);
}

void name_taken(struct model *m, struct name *n, const struct agent *a)
{
	if (!writes(m, a, n->version))
		version_file(n->version)->any_links = true;
	name_remove(m, n);
}

void name_replaced(struct model *m, struct name *n, struct found seen)
{
	if (seen.file != n->file)
		n->file->any_links = true;
	name_remove(m, n);
}

bool dir_is_empty(const struct model *m, const struct file *dir)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].dir == dir)
			return false;
	return true;
}

bool dir_is_below(const struct file *dir, const struct file *above)
{
	while (dir && dir != above)
		dir = dir->parent;
	return dir != NULL;
}

/* --- ways ------------------------------------------------------------------ */

bool found_any(struct found f)
{
	return f.version || f.file;
}

struct file *found_file(struct found f)
{
	return f.version ? version_file(f.version) : f.file;
}

/*
 * Is it of a version that an agent writes that is, or once was, above @a?
 * Whether one still sees it whose parent has ended is left open.
 */
static bool is_from_above(const struct model *m, const struct agent *a,
			  const struct name *n)
{
	unsigned int life = a->life;

	while (n->version && (life = m->above[life]))
		if (life_writes(m, life, n->version))
			return true;
	return false;
}

void look_into(struct model *m, const struct agent *a, const struct file *dir)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->names[i].dir == dir)
			m->unsure |= is_from_above(m, a, &m->names[i]);
}

struct found look(struct model *m, const struct agent *a,
		  const struct where *at)
{
	struct found ret = { 0 };
	struct name *n;

	for (unsigned int i = 0; i < m->count; i++)
		if (is_at(&m->names[i], at->dir, at->name))
			m->unsure |= is_from_above(m, a, &m->names[i]);
	if (!strcmp(at->name, ".")) {
		ret.file = at->dir;
		return ret;
	}
	n = name_version(m, at->dir, at->name, a, 0);
	if (n) {
		ret.version = n->version;
		return ret;
	}
	n = name_committed(m, at->dir, at->name);
	if (n)
		ret.file = n->file;
	return ret;
}

/* From @dir on; *links counts down. */
static int walk_from(struct model *m, const struct agent *a, struct file *dir,
		     const char *path, struct where *ret, int *links);

/* The directory that @f is, or leads to. */
static int enter(struct model *m, const struct agent *a, struct file *in,
		 struct file *f, int *links, struct file **ret)
{
	struct where at;
	struct found found;
	int r;

	if (!f)
		return ENOENT;
	if (f->kind == FILE_REG)
		return ENOTDIR;
	if (f->kind == FILE_DIR) {
		*ret = f;
		return 0;
	}
	if (!(*links)--)
		return ELOOP;
	r = walk_from(m, a, in, f->target, &at, links);
	if (r)
		return r;
	found = look(m, a, &at);
	return enter(m, a, at.dir, found_file(found), links, ret);
}

static int walk_from(struct model *m, const struct agent *a, struct file *dir,
		     const char *path, struct where *ret, int *links)
{
	struct where at = { .dir = dir };
	char *slash;
	int r;

	snprintf(at.text, sizeof(at.text), "%s", path);
	at.name = at.text;
	while ((slash = strchr(at.name, '/'))) {
		*slash = '\0';
		r = enter(m, a, at.dir, found_file(look(m, a, &at)), links,
			  &at.dir);
		if (r)
			return r;
		at.name = slash + 1;
	}
	*ret = at;
	ret->name = ret->text + (at.name - at.text);
	return 0;
}

int walk(struct model *m, const struct agent *a, const char *path,
	 struct where *ret)
{
	int links = LINKS_MAX;

	return walk_from(m, a, m->root, path, ret, &links);
}

int walk_to(struct model *m, const struct agent *a, const char *path,
	    struct where *ret, struct found *ret_found)
{
	int links = LINKS_MAX;
	int r = walk_from(m, a, m->root, path, ret, &links);
	struct file *f;

	while (!r) {
		*ret_found = look(m, a, ret);
		f = found_file(*ret_found);
		if (!f || f->kind != FILE_LINK)
			return 0;
		if (!links--)
			return ELOOP;
		r = walk_from(m, a, ret->dir, f->target, ret, &links);
	}
	return r;
}
