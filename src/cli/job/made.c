/* SPDX-License-Identifier: MIT */
#include "cli/job/made.h"

#include <string.h>

#include "base/util.h"

static int compare(const void *a, const void *b)
{
	return XXH128_cmp(a, b);
}

int made_init(struct made *m)
{
	*m = (struct made){ .hash = XXH3_createState() };
	return m->hash ? 0 : -ENOMEM;
}

void made_release(struct made *m)
{
	XXH3_freeState(m->hash);
	free(m->items);
	*m = (struct made){ 0 };
}

static const char *path_made(const struct record *r)
{
	switch (r->kind) {
	case RECORD_FILE:
	case RECORD_UNREAD:
	case RECORD_NODE:
	case RECORD_INPLACE:
		return r->path;
	case RECORD_MOVED:
		return r->to;
	default:
		return NULL;
	}
}

int made_add(struct made *m, const struct record *r)
{
	const char *path = path_made(r);

	if (!path)
		return 0;
	if (m->count == m->room) {
		size_t more = m->room ? 2 * m->room : 256;
		XXH128_hash_t *bigger =
			reallocarray(m->items, more, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		m->items = bigger;
		m->room = more;
	}
	m->items[m->count++] = XXH3_128bits(path, strlen(path));
	m->sorted = false;
	return 0;
}

bool made_has(struct made *m, const char *dir, const char *name)
{
	XXH128_hash_t key;

	if (!m->count)
		return false;
	if (!m->sorted)
		qsort(m->items, m->count, sizeof(*m->items), compare);
	m->sorted = true;
	XXH3_128bits_reset(m->hash);
	if (strcmp(dir, ".") != 0) {
		XXH3_128bits_update(m->hash, dir, strlen(dir));
		XXH3_128bits_update(m->hash, "/", 1);
	}
	XXH3_128bits_update(m->hash, name, strlen(name));
	key = XXH3_128bits_digest(m->hash);
	return bsearch(&key, m->items, m->count, sizeof(*m->items), compare);
}
