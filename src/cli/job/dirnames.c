/* SPDX-License-Identifier: MIT */
#include "cli/job/dirnames.h"

#include <dirent.h>
#include <string.h>

#include "base/util.h"
#include "core/learn/names.h"

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add(struct dirnames *n, size_t *room, const char *name)
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

static int read_all(DIR *d, size_t most, dirnames_skip skip, void *arg,
		    struct dirnames *n)
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
static void sort(struct dirnames *n)
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

int dirnames_read(int fd, size_t most, dirnames_skip skip, void *arg,
		  struct dirnames *ret)
{
	DIR *d = fdopendir(fd);
	struct dirnames n = { 0 };
	int r;

	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	r = read_all(d, most, skip, arg, &n);
	closedir(d);
	if (r < 0) {
		dirnames_release(&n);
		return r;
	}
	sort(&n);
	*ret = n;
	return r;
}

void dirnames_release(struct dirnames *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i]);
	free(n->items);
	*n = (struct dirnames){ 0 };
}

bool dirnames_have(const struct dirnames *n, const char *name)
{
	return n->count &&
	       bsearch(&name, n->items, n->count, sizeof(*n->items), compare);
}

int dirnames_digest(const struct dirnames *n, dirnames_skip skip, void *arg,
		    struct digest *ret)
{
	XXH3_state_t *hash = names_hash_new();

	if (!hash)
		return -ENOMEM;
	for (size_t i = 0; i < n->count; i++)
		if (!skip || !skip(arg, n->items[i]))
			names_hash_add(hash, n->items[i], NULL);
	*ret = names_hash_end(hash);
	return 0;
}
