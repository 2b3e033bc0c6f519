/* SPDX-License-Identifier: MIT */
#include "core/learn/names.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/util.h"
#include "core/backing/backing.h"
#include "core/backing/state.h"
#include "core/digest/digest.h"
#include "idemfs/control.h"

XXH3_state_t *names_hash_new(void)
{
	XXH3_state_t *hash = XXH3_createState();

	if (hash)
		XXH3_128bits_reset(hash);
	return hash;
}

void names_hash_add(XXH3_state_t *hash, const char *name,
		    const struct digest *content)
{
	XXH3_128bits_update(hash, name, strlen(name) + 1);
	if (content)
		XXH3_128bits_update(hash, content->bytes,
				    sizeof(content->bytes));
}

struct digest names_hash_end(XXH3_state_t *hash)
{
	struct digest d = digest_hash(XXH3_128bits_digest(hash));

	XXH3_freeState(hash);
	return d;
}

int names_add(struct names *n, const char *name, const struct digest *content)
{
	struct name_of *bigger;
	char *copy;

	if (n->count == n->room) {
		size_t room = n->room ? 2 * n->room : 64;

		bigger = reallocarray(n->items, room, sizeof(*bigger));
		if (!bigger)
			return -ENOMEM;
		n->items = bigger;
		n->room = room;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	bigger = &n->items[n->count++];
	memset(bigger, 0, sizeof(*bigger));
	bigger->name = copy;
	if (content)
		bigger->digest = *content;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct name_of *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int names_digest(struct names *n, bool with, struct digest *ret)
{
	XXH3_state_t *hash = names_hash_new();

	if (!hash)
		return -ENOMEM;
	if (n->count)
		qsort(n->items, n->count, sizeof(*n->items), by_name);
	for (size_t i = 0; i < n->count; i++)
		names_hash_add(hash, n->items[i].name,
			       with ? &n->items[i].digest : NULL);
	*ret = names_hash_end(hash);
	return 0;
}

void names_release(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->items[i].name);
	free(n->items);
	*n = (struct names){ 0 };
}

bool names_are_ours(const char *dir, const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, "..") ||
	    !strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX)))
		return true;
	return !*dir &&
	       (!strcmp(name, STATE_DIR) || !strcmp(name, IDEMFS_CHECKPOINTS));
}

struct reading {
	const char *dir;
	const struct names_filter *f;
	bool fold;
	struct names names;
};

static bool is_left_out(const struct reading *r, const char *name)
{
	auto_free char *path = NULL;

	if (names_are_ours(r->dir, name))
		return true;
	if (!r->f->leaves_out)
		return false;
	if (asprintf(&path, "%s%s%s", r->dir, *r->dir ? "/" : "", name) < 0)
		return false;
	return r->f->leaves_out(r->f->arg, path);
}

static int read_digest(const struct reading *r, int dir, const char *name,
		       struct digest *ret)
{
	auto_fd fd = -1;
	int64_t size;

	if (r->f->digest)
		return r->f->digest(r->f->arg, dir, name, ret);
	fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	return fd < 0 ? -errno
		      : digest_file_until(fd, r->f->stop, NULL, ret, &size);
}

static int take_file(struct reading *r, int dir, const char *name)
{
	struct digest d;
	struct stat st;
	int code;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return 0;
	code = read_digest(r, dir, name, &d);
	return code < 0 ? code : names_add(&r->names, name, &d);
}

static int read_all(struct reading *r, DIR *d)
{
	struct dirent *e;
	int code = 0;

	while (!code && (errno = 0, e = readdir(d))) {
		if (r->f->stop && atomic_load(r->f->stop))
			return -EINTR;
		if (is_left_out(r, e->d_name))
			continue;
		code = r->fold ? take_file(r, dirfd(d), e->d_name)
			       : names_add(&r->names, e->d_name, NULL);
	}
	return !code && errno ? -errno : code;
}

static int read_dir(int root, struct reading *r, struct digest *ret,
		    uint64_t *ret_count)
{
	int code, fd = backing_openat(root, *r->dir ? r->dir : ".",
				      O_RDONLY | O_DIRECTORY);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		code = fd < 0 ? fd : -errno;
		close_fd(fd);
		return code;
	}
	code = read_all(r, d);
	closedir(d);
	if (!code)
		code = names_digest(&r->names, r->fold, ret);
	if (!code)
		*ret_count = r->names.count;
	names_release(&r->names);
	return code;
}

int names_list(int root, const char *path, const struct names_filter *f,
	       struct digest *ret, uint64_t *ret_count)
{
	struct reading r = { .dir = path, .f = f };

	return read_dir(root, &r, ret, ret_count);
}

int names_fold(int root, const char *path, const struct names_filter *f,
	       struct digest *ret, uint64_t *ret_count)
{
	struct reading r = { .dir = path, .f = f, .fold = true };

	return read_dir(root, &r, ret, ret_count);
}
