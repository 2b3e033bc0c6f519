/* SPDX-License-Identifier: MIT */
#include "mount/name/listing.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <uthash.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/tree/tree.h"
#include "mount/node/handle.h"

int listing_add(struct handle *h, const char *name, uint64_t ino,
		unsigned char type)
{
	char *copy = strdup(name);

	if (h->list.count == h->list.room) {
		size_t room = h->list.room ? h->list.room * 2 : 64;
		struct dir_entry *bigger =
			reallocarray(h->list.entries, room, sizeof(*bigger));

		if (bigger) {
			h->list.entries = bigger;
			h->list.room = room;
		}
	}
	if (!copy || h->list.count == h->list.room) {
		free(copy);
		return -ENOMEM;
	}
	h->list.entries[h->list.count++] =
		(struct dir_entry){ copy, ino, type };
	return 0;
}

struct noted {
	UT_hash_handle hh;
	uint64_t ino;
	unsigned char type;
	char name[];
};

void listing_note(struct noted **set, const char *name, uint64_t ino,
		  unsigned char type)
{
	size_t n = strlen(name);
	struct noted *e;

	HASH_FIND(hh, *set, name, n, e);
	if (e)
		return;
	e = malloc(sizeof(*e) + n + 1);
	if (!e)
		return;
	e->ino = ino;
	e->type = type;
	strcpy(e->name, name);
	HASH_ADD_KEYPTR(hh, *set, e->name, n, e);
}

static void drop(struct noted **set, struct noted *e)
{
	HASH_DEL(*set, e);
	free(e);
}

int listing_add_noted(struct handle *h, struct noted *set)
{
	struct noted *e, *next;
	int r = 0;

	for (size_t i = 0; i < h->list.count && set; i++) {
		HASH_FIND_STR(set, h->list.entries[i].name, e);
		if (e)
			drop(&set, e);
	}
	HASH_ITER(hh, set, e, next) {
		if (!r)
			r = listing_add(h, e->name, e->ino, e->type);
		drop(&set, e);
	}
	return r;
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

static int read_names(struct fs *fs, struct handle *h, struct dir *dir, DIR *d,
		      const struct listing_filter *filter)
{
	struct dirent *e;
	int r = 0;

	while (!r && (errno = 0, e = readdir(d))) {
		if (!is_dots(e->d_name) && reserved_name(dir, e->d_name))
			continue;
		if (filter->hides(filter->arg, dir, e->d_name, e->d_ino))
			continue;
		r = listing_add(h, e->d_name,
				fs_ino(fs, dir->key.dev, e->d_ino), e->d_type);
	}
	return !r && errno ? -errno : r;
}

int listing_read(struct fs *fs, struct handle *h, struct dir *dir,
		 const struct listing_filter *filter)
{
	auto_pin pin = { 0 };
	DIR *d;
	int fd, r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	r = read_names(fs, h, dir, d, filter);
	closedir(d);
	return r;
}
