/* SPDX-License-Identifier: MIT */
/*
 * mountinfo: which mount is this, and whose?
 *
 * A path tells neither: it may lead elsewhere by now, and any directory can hold
 * a file named .checkpoints/.control.  The kernel gives each mount a number
 * (statx(2), STATX_MNT_ID), and tells in /proc/self/mountinfo (proc(5)) of each
 * number what is mounted, where, and by whom.  Neither asks a daemon, so dead
 * mounts, and mounts that do not let us in, are answered for as well.
 *
 *	mountinfo_id()    the number of the mount that a path or descriptor is in
 *	mountinfo_root()  likewise, of what is the root of that mount
 *	mountinfo_get()   what the number stands for
 *	mountinfo_open()  its root, where it is mounted by now
 *
 * The number is the mount's own as long as the mount is there, or somebody
 * holds a descriptor in it; later the kernel gives it to another.
 */
#ifndef IDEMFS_MOUNT_MOUNTINFO_H
#define IDEMFS_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mounted {
	uint64_t id;
	uint64_t parent; /* the mount that it lies in */
	/* Of the filesystem.  It alone does not tell: the kernel gives the
	 * number of one that is gone to the next. */
	dev_t dev;
	char *what;  /* owned; type and source; NULL: nothing */
	char *at;    /* owned; the mount point, from our root directory */
	bool idemfs; /* of type fuse.idemfs, and shown from its root on */
	uid_t owner; /* of an idemfs: the user who mounted it, as the kernel
		       * knows; (uid_t)-1: of something else */
};

/* 0: unknown.  @flags: of statx(2), as AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. */
uint64_t mountinfo_id(int dirfd, const char *path, int flags);
/* 0, too, when it is not the root of a mount. */
uint64_t mountinfo_root(int dirfd, const char *path, int flags);

/* The mount @id, as far as it can be reached by a path; -ENOENT. */
int mountinfo_get(uint64_t id, struct mounted *ret);
/* What is mounted at @mountpoint, an absolute path without links, topmost. */
int mountinfo_find(const char *mountpoint, struct mounted *ret);
/* A mount of idemfs, dead or alive, strictly below @dir; -ENOENT. */
int mountinfo_idemfs_below(const char *dir, struct mounted *ret);
/* Is that filesystem mounted anywhere? */
bool mountinfo_has(const struct mounted *m);
void mounted_clear(struct mounted *m);

/*
 * The root of the mount @id, wherever it was moved to: an O_PATH descriptor
 * for which umount2("/proc/self/fd/N", MNT_DETACH) takes away this mount and
 * no other.  As long as it is open, umount2() without MNT_DETACH is EBUSY.
 * -ENOENT: it is nowhere; -ESTALE: another one lies over it.
 */
int mountinfo_open(uint64_t id);

/* One line of mountinfo, which is changed: pure; false when it is none. */
bool mountinfo_parse(char *line, struct mounted *ret);

#endif
