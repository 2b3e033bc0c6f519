/* SPDX-License-Identifier: MIT */
#include "core/backing/backing.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"

#define STATX_WANT (STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID)
#define RESOLVE_SAFE \
	(RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS)

struct backing {
	pthread_mutex_t lock;	/* order: after the version table's lock */
	struct dir *root;	/* const */
	struct dir *marks;	/* const */
	struct file_key hidden; /* const */
	struct dir *by_key;	/* under lock */
	struct dir lru;	   /* under lock: head of the open dirs, newest first */
	unsigned int open; /* under lock: length of lru */
	unsigned int max;  /* const */
	unsigned int made; /* under lock: numbers given to dirs, ever */
	int64_t traits_ms; /* const */
};

int backing_openat(int dirfd, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_SAFE,
	};
	long fd;

	do {
		fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	} while (fd < 0 && errno == EINTR);
	return fd < 0 ? -errno : (int)fd;
}

static int call_statx(int fd, const char *name, int flags, struct statx *ret)
{
	if (statx(fd, name, flags | AT_NO_AUTOMOUNT, STATX_WANT, ret) < 0)
		return -errno;
	return 0;
}

int fd_statx(int fd, struct statx *ret)
{
	return call_statx(fd, "", AT_EMPTY_PATH, ret);
}

struct file_key statx_key(const struct statx *st)
{
	struct file_key key = {
		.dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.ino = st->stx_ino,
	};

	if (st->stx_mask & STATX_BTIME)
		key.born = (uint64_t)st->stx_btime.tv_sec * 1000000000u +
			   st->stx_btime.tv_nsec;
	return key;
}

static struct timespec from_statx(struct statx_timestamp t)
{
	return (struct timespec){ .tv_sec = t.tv_sec, .tv_nsec = t.tv_nsec };
}

void statx_to_stat(const struct statx *st, struct stat *ret)
{
	*ret = (struct stat){
		.st_dev = makedev(st->stx_dev_major, st->stx_dev_minor),
		.st_ino = st->stx_ino,
		.st_mode = st->stx_mode,
		.st_nlink = st->stx_nlink,
		.st_uid = st->stx_uid,
		.st_gid = st->stx_gid,
		.st_rdev = makedev(st->stx_rdev_major, st->stx_rdev_minor),
		.st_size = (off_t)st->stx_size,
		.st_blksize = (blksize_t)st->stx_blksize,
		.st_blocks = (blkcnt_t)st->stx_blocks,
		.st_atim = from_statx(st->stx_atime),
		.st_mtim = from_statx(st->stx_mtime),
		.st_ctim = from_statx(st->stx_ctime),
	};
}

bool file_key_equal(const struct file_key *a, const struct file_key *b)
{
	return a->ino == b->ino && a->dev == b->dev && a->born == b->born;
}

/* The list of open directories */

static void lru_unlink_locked(struct dir *d)
{
	d->lru_prev->lru_next = d->lru_next;
	d->lru_next->lru_prev = d->lru_prev;
	d->lru_prev = d->lru_next = NULL;
	d->backing->open--;
}

static void lru_push_locked(struct dir *d)
{
	struct dir *head = &d->backing->lru;

	d->lru_next = head->lru_next;
	d->lru_prev = head;
	head->lru_next->lru_prev = d;
	head->lru_next = d;
	d->backing->open++;
}

/* Closes directories without a pin, the least recently used first. */
static void lru_trim_locked(struct backing *b)
{
	struct dir *d = b->lru.lru_prev;

	while (b->open > b->max && d != &b->lru) {
		struct dir *prev = d->lru_prev;

		if (!d->pins) {
			lru_unlink_locked(d);
			close_fd(steal_fd(&d->fd));
		}
		d = prev;
	}
}

static struct dir *dir_alloc(struct backing *b, const struct file_key *key)
{
	struct dir *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->backing = b;
	d->key = *key;
	d->refs = 1;
	d->fd = -1;
	d->number = b->made++ % DIR_NUMBERS;
	return d;
}

static int root_new(struct backing *b, int fd, bool marks, struct dir **ret)
{
	struct statx st;
	struct file_key key;
	struct dir *d;
	int r;

	r = fd_statx(fd, &st);
	if (r < 0)
		return r;
	key = statx_key(&st);
	d = dir_alloc(b, &key);
	if (!d)
		return -ENOMEM;
	d->fd = fd;
	d->pins = 1;
	d->marks = marks;
	d->mount = st.stx_mnt_id;
	HASH_ADD(hh, b->by_key, key, sizeof(d->key), d);
	*ret = d;
	return 0;
}

int backing_new(int root, int marks, unsigned int max_fds, int64_t traits_ms,
		struct backing **ret)
{
	struct backing *b = calloc(1, sizeof(*b));
	int r;

	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	b->max = max_fds;
	b->traits_ms = traits_ms;
	b->lru.lru_next = b->lru.lru_prev = &b->lru;
	r = root_new(b, root, false, &b->root);
	if (!r)
		r = root_new(b, marks, true, &b->marks);
	if (r < 0) {
		backing_free(b);
		return r;
	}
	*ret = b;
	return 0;
}

void backing_free(struct backing *b)
{
	struct dir *d, *tmp;

	if (!b)
		return;
	HASH_ITER(hh, b->by_key, d, tmp) {
		HASH_DELETE(hh, b->by_key, d);
		if (d != b->root && d != b->marks)
			close_fd(d->fd);
		free(d->name);
		free(d);
	}
	pthread_mutex_destroy(&b->lock);
	free(b);
}

int backing_hide(struct backing *b, int fd)
{
	struct statx st;
	int r = fd_statx(fd, &st);

	if (!r)
		b->hidden = statx_key(&st);
	return r;
}

bool backing_is_hidden(struct backing *b, const struct file_key *key)
{
	return file_key_equal(&b->hidden, key) ||
	       file_key_equal(&b->marks->key, key);
}

struct dir *backing_root(struct backing *b)
{
	return b->root;
}

struct dir *backing_marks(struct backing *b)
{
	return b->marks;
}

static bool set_place_locked(struct dir *d, struct dir *parent,
			     const char *name)
{
	char *copy = strdup(name);

	/* Out of memory: keep the old place; dir_open() gives -ESTALE. */
	if (!copy)
		return false;
	free(d->name);
	d->name = copy;
	parent->refs++;
	d->parent = parent;
	return true;
}

/* Drops a reference, and those on parents of which this was the last. */
static void put_locked(struct dir *d)
{
	while (d && --d->refs == 0) {
		struct dir *parent = d->parent;

		if (!d->gone)
			HASH_DELETE(hh, d->backing->by_key, d);
		if (d->fd >= 0) {
			lru_unlink_locked(d);
			close_fd(d->fd);
		}
		free(d->name);
		free(d);
		d = parent;
	}
}

static void move_locked(struct dir *d, struct dir *parent, const char *name)
{
	struct dir *old = d->parent;

	/* Renamed behind the mount: a dir never becomes its own ancestor. */
	for (struct dir *p = parent; p; p = p->parent)
		if (p == d)
			return;
	if (set_place_locked(d, parent, name))
		put_locked(old);
}

struct dir *dir_intern(struct dir *parent, const char *name,
		       const struct file_key *key)
{
	struct backing *b = parent->backing;
	struct dir *d;

	LOCK_SCOPE(&b->lock);
	HASH_FIND(hh, b->by_key, key, sizeof(*key), d);
	if (d) {
		d->refs++;
		if (d->parent && (d->parent != parent || strcmp(d->name, name)))
			move_locked(d, parent, name);
		return d;
	}
	d = dir_alloc(b, key);
	if (!d)
		return NULL;
	d->marks = parent->marks;
	d->mount = parent->mount;
	set_place_locked(d, parent, name);
	if (!d->name) {
		free(d);
		return NULL;
	}
	HASH_ADD(hh, b->by_key, key, sizeof(d->key), d);
	return d;
}

struct dir *dir_find(struct backing *b, const struct file_key *key)
{
	struct dir *d;

	LOCK_SCOPE(&b->lock);
	HASH_FIND(hh, b->by_key, key, sizeof(*key), d);
	if (d)
		d->refs++;
	return d;
}

struct dir *dir_find_at(struct dir *parent, const char *name,
			const struct file_key *key)
{
	struct backing *b = parent->backing;
	struct dir *d;

	LOCK_SCOPE(&b->lock);
	HASH_FIND(hh, b->by_key, key, sizeof(*key), d);
	if (!d || d->parent != parent || strcmp(d->name, name) != 0)
		return NULL;
	d->refs++;
	return d;
}

struct dir *dir_get(struct dir *d)
{
	LOCK_SCOPE(&d->backing->lock);
	d->refs++;
	return d;
}

void dir_put(struct dir *d)
{
	if (!d)
		return;
	/* The backing outlives its dirs, so its lock may be used after free. */
	LOCK_SCOPE(&d->backing->lock);
	put_locked(d);
}

void dir_moved(struct dir *d, struct dir *parent, const char *name)
{
	LOCK_SCOPE(&d->backing->lock);
	move_locked(d, parent, name);
}

void dir_removed(struct dir *d)
{
	LOCK_SCOPE(&d->backing->lock);
	if (d->gone)
		return;
	d->gone = true;
	HASH_DELETE(hh, d->backing->by_key, d);
}

bool dir_was_removed(struct dir *d)
{
	LOCK_SCOPE(&d->backing->lock);
	return d->gone;
}

bool dir_is_gone(struct dir *d)
{
	auto_pin pin = { 0 };
	struct statx st;

	return dir_was_removed(d) || dir_pin(d, &pin) < 0 ||
	       fd_statx(pin.fd, &st) < 0 || st.stx_nlink == 0;
}

/* Paths */

static size_t path_length_locked(struct dir *d, struct dir *top)
{
	size_t n = 0;

	for (; d != top; d = d->parent)
		n += strlen(d->name) + 1;
	return n;
}

/* Writes the path of @d below @top so that it ends just before @end. */
static void path_fill_locked(struct dir *d, struct dir *top, char *end)
{
	bool last = true;

	for (; d != top; d = d->parent) {
		size_t n = strlen(d->name);

		if (!last)
			*--end = '/';
		last = false;
		end -= n;
		memcpy(end, d->name, n);
	}
}

static struct dir *top_locked(struct dir *d)
{
	while (d->parent)
		d = d->parent;
	return d;
}

char *dir_path(struct dir *d, const char *name)
{
	size_t n, m = name ? strlen(name) : 0;
	struct dir *top;
	char *path;

	LOCK_SCOPE(&d->backing->lock);
	top = top_locked(d);
	n = path_length_locked(d, top);
	path = malloc(n + m + 1);
	if (!path)
		return NULL;
	if (n) {
		path_fill_locked(d, top, path + n - 1);
		path[n - 1] = '/';
	}
	memcpy(path + n, name ? name : "", m + 1);
	if (!name && n)
		path[n - 1] = '\0';
	return path;
}

/* Descriptors */

/*
 * Opens @path below @fd in pieces that the kernel takes: a deep tree has
 * paths beyond PATH_MAX.
 */
static int open_long(int fd, char *path, int *ret_fd)
{
	auto_fd at = -1;

	while (strlen(path) >= PATH_MAX) {
		char *cut = memrchr(path, '/', PATH_MAX - 1);
		int next;

		if (!cut)
			return -ENAMETOOLONG;
		*cut = '\0';
		next = backing_openat(at < 0 ? fd : at, path,
				      O_PATH | O_DIRECTORY);
		if (next < 0)
			return next;
		close_fd(at);
		at = next;
		path = cut + 1;
	}
	fd = backing_openat(at < 0 ? fd : at, path, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	*ret_fd = fd;
	return 0;
}

static int check_identity(int fd, const struct file_key *key)
{
	struct statx st;
	struct file_key found;
	int r = fd_statx(fd, &st);

	if (r < 0)
		return r;
	found = statx_key(&st);
	return file_key_equal(&found, key) ? 0 : -ESTALE;
}

/*
 * The nearest ancestor that is open, and the path from there; pins it.  @d is
 * not open itself.
 */
static char *start_locked(struct dir *d, struct dir **ret_from)
{
	struct dir *from = d;
	size_t n;
	char *path;

	while (from->fd < 0 && from->parent)
		from = from->parent;
	n = path_length_locked(d, from);
	path = malloc(n);
	if (!path)
		return NULL;
	path_fill_locked(d, from, path + n - 1);
	path[n - 1] = '\0';
	from->pins++;
	*ret_from = from;
	return path;
}

/* Opens @d at @path below @from, which was pinned for that. */
static int open_below(struct dir *d, struct dir *from, char *path, int *ret_fd)
{
	auto_fd fd = -1;
	int r = open_long(from->fd, path, &fd);

	dir_close(from);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EXDEV)
		return -ESTALE;
	if (!r)
		r = check_identity(fd, &d->key);
	if (!r)
		*ret_fd = steal_fd(&fd);
	return r;
}

static bool pin_open_locked(struct dir *d, int *ret_fd)
{
	if (d->fd < 0)
		return false;
	d->pins++;
	if (d->lru_next) {
		lru_unlink_locked(d);
		lru_push_locked(d);
	}
	*ret_fd = d->fd;
	return true;
}

int dir_open(struct dir *d, int *ret_fd)
{
	struct backing *b = d->backing;
	auto_free char *path = NULL;
	struct dir *from = NULL;
	auto_fd fd = -1;
	bool open, gone;
	int r;

	/* Under one lock: when @d is open there is no need for a path. */
	pthread_mutex_lock(&b->lock);
	open = pin_open_locked(d, ret_fd);
	/* What has come to its place may have its key, too. */
	gone = !open && d->gone;
	if (!open && !gone)
		path = start_locked(d, &from);
	pthread_mutex_unlock(&b->lock);
	if (open || gone)
		return open ? 0 : -ESTALE;
	r = path ? open_below(d, from, path, &fd) : -ENOMEM;
	if (r < 0)
		return r;
	LOCK_SCOPE(&b->lock);
	if (!pin_open_locked(d, ret_fd)) {
		d->fd = *ret_fd = steal_fd(&fd);
		d->pins++;
		lru_push_locked(d);
		lru_trim_locked(b);
	}
	return 0;
}

void dir_close(struct dir *d)
{
	LOCK_SCOPE(&d->backing->lock);
	d->pins--;
	lru_trim_locked(d->backing);
}

int dir_pin(struct dir *d, struct dir_pin *p)
{
	int r = dir_open(d, &p->fd);

	if (!r)
		p->dir = d;
	return r;
}

void dir_unpin(struct dir_pin *p)
{
	if (p->dir)
		dir_close(p->dir);
}

/* What is in a directory */

int dir_statx(struct dir *d, const char *name, struct statx *ret)
{
	auto_pin pin = { 0 };
	int r = dir_pin(d, &pin);

	if (r < 0)
		return r;
	return call_statx(pin.fd, name, AT_SYMLINK_NOFOLLOW, ret);
}

int dir_open_file(struct dir *d, const char *name, int flags,
		  const struct file_key *key, int *ret_fd)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(d, &pin);

	if (r < 0)
		return r;
	/* O_TRUNC comes later, once it is known to be the right file. */
	flags |= O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	fd = openat(pin.fd, name, flags & ~O_TRUNC);
	if (fd < 0)
		return -errno;
	fd = sys_keep_fd(fd);
	if (fd < 0)
		return fd;
	if (key)
		r = check_identity(fd, key);
	if (!r && (flags & O_TRUNC))
		r = sys.ftruncate(fd, 0);
	if (r < 0)
		return r;
	*ret_fd = steal_fd(&fd);
	return 0;
}

int dir_open_to_look(struct dir *d, const char *name, int *ret_fd)
{
	int r = dir_open_file(d, name, O_RDONLY | O_NOATIME, NULL, ret_fd);

	if (r == -EPERM) /* of another user */
		r = dir_open_file(d, name, O_RDONLY, NULL, ret_fd);
	return r;
}

int dir_each_name(struct dir *d, void (*each)(void *arg, const char *name),
		  void *arg)
{
	auto_pin pin = { 0 };
	struct dirent *e;
	DIR *stream;
	int fd, r = dir_pin(d, &pin);

	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	stream = fd < 0 ? NULL : fdopendir(fd);
	if (!stream) {
		r = -errno;
		close_fd(fd);
		return r;
	}
	while ((e = readdir(stream)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			each(arg, e->d_name);
	closedir(stream);
	return 0;
}

static int read_traits(struct dir *d, struct dir_traits *ret)
{
	auto_pin pin = { 0 };
	char proc[64];
	struct statx st;
	int r = dir_pin(d, &pin);

	if (!r)
		r = fd_statx(pin.fd, &st);
	if (r < 0)
		return r;
	/* An O_PATH descriptor has no fgetxattr(). */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", pin.fd);
	*ret = (struct dir_traits){
		.mode = st.stx_mode,
		.uid = st.stx_uid,
		.gid = st.stx_gid,
		.immutable = st.stx_attributes & STATX_ATTR_IMMUTABLE,
		.append_only = st.stx_attributes & STATX_ATTR_APPEND,
		.default_acl =
			getxattr(proc, "system.posix_acl_default", NULL, 0) > 0,
	};
	return 0;
}

int dir_get_traits(struct dir *d, struct dir_traits *ret)
{
	struct backing *b = d->backing;
	int64_t now = now_ms();
	bool known;
	int r;

	pthread_mutex_lock(&b->lock);
	known = now < d->traits_until;
	if (known)
		*ret = d->traits;
	pthread_mutex_unlock(&b->lock);
	if (known)
		return 0;
	r = read_traits(d, ret);
	if (r < 0)
		return r;
	LOCK_SCOPE(&b->lock);
	d->traits = *ret;
	d->traits_until = now + b->traits_ms;
	return 0;
}

void dir_forget_traits(struct dir *d)
{
	LOCK_SCOPE(&d->backing->lock);
	d->traits_until = 0;
}
