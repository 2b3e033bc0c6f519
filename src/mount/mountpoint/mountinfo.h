/* SPDX-License-Identifier: MIT */
/*
 * mountinfo: which mount is this, and of which user?
 *
 * A path does not tell: it may lead elsewhere by now, and any directory can
 * hold a file named .checkpoints/.control.  The kernel gives each mount a
 * number (statx(2), STATX_MNT_ID).  /proc/self/mountinfo (proc(5)) tells of
 * each number what is mounted, where, and by which user.  Neither sends a
 * request to a daemon.  So they also answer for dead mounts, and for mounts
 * that do not let us in.
 *
 *	mountinfo_id()    the number of the mount of a path or descriptor
 *	mountinfo_root()  likewise, if that is the root of the mount
 *	mountinfo_get()   the mount of a number
 *	mountinfo_open()  its root, where it is mounted by now
 *
 * The number is the mount's own as long as the mount is there, or a process
 * holds a descriptor in it.  Later the kernel may give it to another mount.
 */
#ifndef IDEMFS_MOUNT_MOUNTPOINT_MOUNTINFO_H
#define IDEMFS_MOUNT_MOUNTPOINT_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct mounted {
	uint64_t id;
	uint64_t parent; /* the mount that it lies in */
	/*
	 * Of the filesystem.  It alone does not tell: the kernel gives the
	 * number of a filesystem that is gone to the next.
	 */
	dev_t dev;
	char *what;  /* owned; type and source; NULL: nothing */
	char *at;    /* owned; the mount point, from our root directory */
	bool idemfs; /* of type fuse.idemfs, and shown from its root on */
	uid_t owner; /* of an idemfs: that mounted it, by the kernel;
		       * (uid_t)-1: of any other filesystem */
};

/* 0: unknown.  @flags: of statx(2), as AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW. */
uint64_t mountinfo_id(int dirfd, const char *path, int flags);
/* Likewise; 0 also when it is not the root of a mount. */
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

/* Parses one line of mountinfo, and changes it: pure.  False: not one. */
bool mountinfo_parse(char *line, struct mounted *ret);

#endif
