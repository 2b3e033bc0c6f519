/* SPDX-License-Identifier: MIT */
#include "cli/job/names.h"

#include <dirent.h>
#include <string.h>
#include <xxhash.h>

#include "base/util.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct names *n, size_t *room, const char *name)
{
	if (n->count == *room) {
		size_t more = *room ? 2 * *room : 64;
		char **bigger = reallocarray(n->items, more, sizeof(*bigger));

		if (!bigger)
			return -ENOMEM;
		n->items = bigger;
		*room = more;
	}
	n->items[n->count] = strdup(name);
	if (!n->items[n->count])
		return -ENOMEM;
	n->count++;
	return 0;
}

static int read_all(DIR *d, size_t most, names_skip skip, void *arg,
		    struct names *n)
{
	const struct dirent *e;
	size_t room = 0;
	int r = 0;

	while (!r) {
		errno = 0;
		e = readdir(d);
		if (!e)
			return -errno;
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    skip(arg, e->d_name))
			continue;
		r = n->count < most ? add(n, &room, e->d_name) : 1;
	}
	return r;
}

/* A directory that changes meanwhile may tell a name twice. */
static void sort(struct names *n)
{
	size_t kept = 0;

	if (n->count)
		qsort(n->items, n->count, sizeof(*n->items), compare);
	for (size_t i = 0; i < n->count; i++)
		if (kept && !strcmp(n->items[kept - 1], n->items[i]))
			free(n->items[i]);
		else
			n->items[kept++] = n->items[i];
	n->count = kept;
}

int names_read(int fd, size_t most, names_skip skip, void *arg,
	       struct names *ret)
{
	DIR *d = fdopendir(fd);
	struct names n = { 0 };
	int r;

	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	r = read_all(d, most, skip, arg, &n);
	closedir(d);
	if (r < 0) {
		names_release(&n);
		return r;
	}
	sort(&n);
	*ret = n;
	return r;
}

void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i]);
	free(n->items);
	*n = (struct names){ 0 };
}

bool names_have(const struct names *n, const char *name)
{
	return n->count &&
	       bsearch(&name, n->items, n->count, sizeof(*n->items), compare);
}

int names_digest(const struct names *n, names_skip skip, void *arg,
		 struct digest *ret)
{
	XXH3_state_t *hash = XXH3_createState();
	XXH128_canonical_t c;

	if (!hash)
		return -ENOMEM;
	XXH3_128bits_reset(hash);
	for (size_t i = 0; i < n->count; i++)
		if (!skip || !skip(arg, n->items[i]))
			XXH3_128bits_update(hash, n->items[i],
					    strlen(n->items[i]) + 1);
	XXH128_canonicalFromHash(&c, XXH3_128bits_digest(hash));
	memcpy(ret->bytes, c.digest, sizeof(ret->bytes));
	XXH3_freeState(hash);
	return 0;
}
