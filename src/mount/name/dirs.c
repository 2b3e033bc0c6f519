/* SPDX-License-Identifier: MIT */
/*
 * dirs: reading directories.
 *
 * The names are taken at the first READDIR after an open or a rewind, and
 * served from memory: a position is an index, so telldir() and seekdir() hold,
 * nothing comes twice and nothing is missed, whatever changes meanwhile.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <uthash.h>

#include "base/util.h"
#include "core/backing/reserved.h"
#include "core/flush/flush.h"
#include "idemfs/control.h"
#include "mount/fs/fs.h"
#include "mount/kernel/session.h"

static int add_entry(struct handle *h, const char *name, uint64_t ino,
		     unsigned char type)
{
	char *copy = strdup(name);

	if (h->count == h->entry_room) {
		size_t room = h->entry_room ? h->entry_room * 2 : 64;
		struct dir_entry *bigger =
			reallocarray(h->entries, room, sizeof(*bigger));

		if (bigger) {
			h->entries = bigger;
			h->entry_room = room;
		}
	}
	if (!copy || h->count == h->entry_room) {
		free(copy);
		return -ENOMEM;
	}
	h->entries[h->count++] = (struct dir_entry){ copy, ino, type };
	return 0;
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

/* @dir: what @d reads; for the top of the marks, the run that it shows. */
static int read_names(struct fs *fs, struct handle *h, struct dir *dir, DIR *d)
{
	bool root = dir == backing_root(fs->backing);
	struct dirent *e;
	int r = 0;

	while (!r && (errno = 0, e = readdir(d))) {
		if (!is_dots(e->d_name) && reserved_name(dir, e->d_name))
			continue;
		if (dir->marks && marks_hide(fs, dir, e->d_name, e->d_ino))
			continue;
		if (root && !strcmp(e->d_name, IDEMFS_CHECKPOINTS))
			continue;
		r = add_entry(h, e->d_name, fs_ino(fs, dir->key.dev, e->d_ino),
			      e->d_type);
	}
	if (!r && errno)
		r = -errno;
	if (!r && root)
		r = add_entry(h, IDEMFS_CHECKPOINTS,
			      backing_marks(fs->backing)->key.ino, DT_DIR);
	return r;
}

/*
 * What comes from the table of versions: taken down under its lock, each name
 * once, and added to what is there when that has been given back.
 */
struct noted {
	UT_hash_handle hh;
	uint64_t ino;
	unsigned char type;
	char name[];
};

static void note(struct noted **set, const char *name, uint64_t ino,
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

static int add_noted(struct handle *h, struct noted *set)
{
	struct noted *e, *next;
	int r = 0;

	for (size_t i = 0; i < h->count && set; i++) {
		HASH_FIND_STR(set, h->entries[i].name, e);
		if (e)
			drop(&set, e);
	}
	HASH_ITER(hh, set, e, next) {
		if (!r)
			r = add_entry(h, e->name, e->ino, e->type);
		drop(&set, e);
	}
	return r;
}

/* What the reading process itself is writing here, and nobody else sees. */
static void note_own(void *arg, const char *name, uint64_t owner)
{
	note(arg, name, owner, DT_REG);
}

static void note_inflight(void *arg, const char *name, unsigned char type)
{
	/* No number is known yet, and 0 would hide the name. */
	note(arg, name, UINT64_MAX, type);
}

static int load_inflight(struct fs *fs, struct handle *h)
{
	struct noted *set = NULL;
	int r, added;

	handle_drop_entries(h);
	r = inflight_list(fs, h->node, note_inflight, &set);
	added = add_noted(h, set);
	if (!r)
		r = added;
	h->loaded = r == 0;
	return r;
}

static int load(struct fs *fs, struct handle *h, pid_t tid)
{
	struct dir *top = backing_marks(fs->backing);
	struct dir *dir = h->node->dir == top ? marks_listed(fs) : h->node->dir;
	struct noted *own = NULL;
	auto_pin pin = { 0 };
	DIR *d;
	int fd, r;

	handle_drop_entries(h);
	versions_wait_dir(fs->versions, dir);
	r = dir_pin(dir, &pin);
	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	r = read_names(fs, h, dir, d);
	closedir(d);
	if (!r) {
		versions_list(fs->versions, dir, tid, note_own, &own);
		r = add_noted(h, own);
	}
	h->loaded = r == 0;
	return r;
}

void fs_op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct node *n = node_get(fs->nodes, ino);
	struct caller by = fs_caller(req);
	struct handle *h;

	if (!n || n->type != S_IFDIR) {
		fuse_reply_err(req, n ? ENOTDIR : ESTALE);
		node_put(fs->nodes, n);
		return;
	}
	h = handle_new(n, &by, fi->flags);
	if (!h) {
		node_put(fs->nodes, n);
		fuse_reply_err(req, ENOMEM);
		return;
	}
	fi->fh = (uintptr_t)h;
	if (fuse_reply_open(req, fi) < 0) {
		handle_free(h);
		node_put(fs->nodes, n);
	}
}

static size_t fill(fuse_req_t req, struct handle *h, char *buf, size_t size,
		   size_t from)
{
	size_t used = 0;

	for (size_t i = from; i < h->count; i++) {
		const struct dir_entry *e = &h->entries[i];
		struct stat st = { .st_ino = e->ino,
				   .st_mode = (mode_t)DTTOIF(e->type) };
		size_t n = fuse_add_direntry(req, buf + used, size - used,
					     e->name, &st, (off_t)i + 1);

		if (n > size - used)
			break;
		used += n;
	}
	return used;
}

void fs_op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		   struct fuse_file_info *fi)
{
	struct handle *h = fs_handle(fi);
	auto_free char *buf = malloc(size);
	size_t used = 0;
	int r = buf ? 0 : -ENOMEM;

	(void)ino;
	pthread_mutex_lock(&h->dir_lock);
	if (!r && (off == 0 || !h->loaded))
		r = fs_is_inflight(h->node)
			    ? load_inflight(fs_of(req), h)
			    : load(fs_of(req), h, fuse_req_ctx(req)->pid);
	if (!r)
		used = fill(req, h, buf, size, (size_t)off);
	pthread_mutex_unlock(&h->dir_lock);
	/* Once it is answered, the handle may be closed and gone. */
	if (r < 0)
		reply_result(req, r);
	else
		fuse_reply_buf(req, buf, used);
}

void fs_op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);
	struct handle *h = fs_handle(fi);
	struct node *n = h->node;

	(void)ino;
	handle_free(h);
	node_put(fs->nodes, n);
	fuse_reply_err(req, 0);
}

void fs_op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		    struct fuse_file_info *fi)
{
	struct fs *fs = fs_of(req);

	(void)ino;
	(void)datasync; /* names are all that a directory has */
	reply_result(req, durability_sync_dir(fs->core->rooms.durability,
					      fs_handle(fi)->node->dir));
}
