/* SPDX-License-Identifier: MIT */
/*
 * backing: directories of the backing tree, and how to reach them.
 *
 * A struct dir is one directory that has a user in this process: a node, a
 * pending version, or a directory below it.  It knows its parent and its name
 * there, so that it can be found again after its descriptor was closed.  So a
 * walk over a million files needs few descriptors.  A directory has one struct
 * dir, whatever its names.  Its identity is device, inode number and birth
 * time, and dir_open() checks it.
 *
 * Resolution starts at the nearest open ancestor and uses openat2() below it,
 * never a path from '/', never a symbolic link.
 *
 * Ownership: functions that return a struct dir return a reference, which
 * dir_put() gives back.  A dir holds a reference on its parent.
 */
#ifndef IDEMFS_CORE_BACKING_BACKING_H
#define IDEMFS_CORE_BACKING_BACKING_H

#include <limits.h>
#include <linux/stat.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <uthash.h>

/* The identity of a file.  An inode number alone may be used again. */
struct file_key {
	uint64_t dev;
	uint64_t ino;
	uint64_t born; /* birth time in ns; 0 where the filesystem has none */
};

struct backing;

/* What a directory means for new files in it, and for replacing them. */
struct dir_traits {
	mode_t mode;
	bool default_acl;
	uid_t uid;
	gid_t gid;
	bool immutable;	  /* chattr +i: no name may be made in it */
	bool append_only; /* chattr +a: nor may one be replaced */
};

struct vname;

#define DIR_NUMBERS 16

struct dir {
	struct backing *backing; /* const */
	struct file_key key;	 /* const */
	struct dir *parent;	 /* under b->lock; NULL for a root */
	char *name;		 /* under b->lock */
	unsigned int refs;	 /* under b->lock */
	unsigned int pins;	 /* under b->lock: users of fd now */
	int fd;			 /* under b->lock: O_PATH, or -1 */
	bool marks;		 /* const: below .idemfs/marks */
	bool gone;		 /* under b->lock: removed */
	unsigned char number;	 /* const: below DIR_NUMBERS (tree_lock.h) */
	struct dir *lru_prev;	 /* under b->lock */
	struct dir *lru_next;	 /* under b->lock */
	UT_hash_handle hh;	 /* under b->lock: by key */

	struct dir_traits traits; /* under b->lock */
	int64_t traits_until;	  /* under b->lock: ms; 0 when unknown */

	struct vname *vnames;	 /* under the version table's lock */
	bool removing;		 /* likewise: no name comes to it now */
	atomic_uint pending;	 /* atomic: how many vnames */
	atomic_uint closing;	 /* atomic: those of new files, closing */
	atomic_ulong epoch;	 /* atomic: names promoted into it so far */
	atomic_ulong tainted;	 /* atomic: the flush it needs (flush.h) */
	atomic_bool attr_cached; /* atomic: the kernel may hold its attr */
	atomic_bool dirty;	 /* atomic: it is in the list of dirty.c */
	atomic_ulong mount;	 /* atomic: which mount it was found on */
};

/*
 * @root and @marks: descriptors of the backing root and of .idemfs/marks; they
 * stay the caller's.  @max_fds: how many directory descriptors to keep open.
 */
int backing_new(int root, int marks, unsigned int max_fds, int64_t traits_ms,
		struct backing **ret);
void backing_free(struct backing *b);
/*
 * Call it before the first use.  @fd is the state directory, which must not be
 * found by any name.  Its name alone does not tell: a filesystem may fold case,
 * and a directory may be moved or bound elsewhere.
 */
int backing_hide(struct backing *b, int fd);
bool backing_is_hidden(struct backing *b, const struct file_key *key);

/* The two roots; no reference is taken, they live as long as @b. */
struct dir *backing_root(struct backing *b);
struct dir *backing_marks(struct backing *b);

/* The struct dir for directory @key, found as @name in @parent. */
struct dir *dir_intern(struct dir *parent, const char *name,
		       const struct file_key *key);
struct dir *dir_get(struct dir *d);
void dir_put(struct dir *d); /* NULL is fine */

/*
 * An O_PATH descriptor of @d, which stays open until dir_close(@d).  -ESTALE
 * when @d is not where it was.
 */
int dir_open(struct dir *d, int *ret_fd);
void dir_close(struct dir *d);

/*
 * openat(2) that stays below @dirfd and follows no symbolic link on the way.
 * Returns a descriptor or -errno.  It does not retry -EAGAIN, which may be a
 * lease, with O_NONBLOCK, or a path with "..".
 */
int backing_openat(int dirfd, const char *path, int flags);

struct dir_pin {
	struct dir *dir;
	int fd;
};
void dir_unpin(struct dir_pin *p);
/* auto_pin p = {0}; r = dir_pin(d, &p); … p.fd … */
#define auto_pin __attribute__((cleanup(dir_unpin))) struct dir_pin
int dir_pin(struct dir *d, struct dir_pin *p);

/* Tells that @d has been renamed, or removed. */
void dir_moved(struct dir *d, struct dir *parent, const char *name);
void dir_removed(struct dir *d);
/* Has dir_removed() been called? */
bool dir_was_removed(struct dir *d);
/* Has it been removed, by us or behind the mount? */
bool dir_is_gone(struct dir *d);
struct dir *dir_find(struct backing *b, const struct file_key *key);
/* Likewise, if it is known as @name in @parent. */
struct dir *dir_find_at(struct dir *parent, const char *name,
			const struct file_key *key);

int dir_get_traits(struct dir *d, struct dir_traits *ret);
void dir_forget_traits(struct dir *d);

/*
 * The path of @name in @d from the root, malloc'ed; @name NULL for @d itself
 * ("" for the root).
 */
char *dir_path(struct dir *d, const char *name);

/* statx() of @name in @d, no symlink followed. */
int dir_statx(struct dir *d, const char *name, struct statx *ret);
int fd_statx(int fd, struct statx *ret);
struct file_key statx_key(const struct statx *st);
void statx_to_stat(const struct statx *st, struct stat *ret);
bool file_key_equal(const struct file_key *a, const struct file_key *b);

/* Calls @each for every name in @d but . and .. */
int dir_each_name(struct dir *d, void (*each)(void *arg, const char *name),
		  void *arg);

/*
 * Opens @name in @d (no symlink followed, never blocking on a FIFO) and checks
 * that it is file @key: -ESTALE when it is another one.  @key NULL: any.
 * -EWOULDBLOCK when a process has a lease that forbids the open.  That process
 * may be this one, for a moment (append.h).
 */
int dir_open_file(struct dir *d, const char *name, int flags,
		  const struct file_key *key, int *ret_fd);
/* Likewise to read it, without moving its atime where that is allowed. */
int dir_open_to_look(struct dir *d, const char *name, int *ret_fd);

/* Makes the key of @name in @dir for a hash table; returns its size. */
#define DIR_KEY_MAX (sizeof(struct dir *) + NAME_MAX + 1)
static inline size_t dir_key(char key[DIR_KEY_MAX], struct dir *dir,
			     const char *name)
{
	size_t n = strnlen(name, NAME_MAX + 1);

	memcpy(key, &dir, sizeof(dir));
	memcpy(key + sizeof(dir), name, n);
	return sizeof(dir) + n;
}

/* Is file @key at @name? */
static inline bool dir_has(struct dir *d, const char *name,
			   const struct file_key *key)
{
	struct file_key found;
	struct statx st;

	if (dir_statx(d, name, &st) < 0)
		return false;
	found = statx_key(&st);
	return file_key_equal(&found, key);
}

#endif
