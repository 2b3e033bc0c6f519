/* SPDX-License-Identifier: MIT */
/*
 * mountinfo: is our mount still there?
 *
 * When the connection ends, an unmount and an abort look the same from
 * /dev/fuse; but after an unmount nobody has a file open any more, and the
 * mount is gone from /proc/self/mountinfo (proc(5)).
 */
#ifndef IDEMFS_MOUNT_MOUNTINFO_H
#define IDEMFS_MOUNT_MOUNTINFO_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * What is mounted.  The device alone does not tell: the kernel gives the
 * number of a filesystem that is gone to the next.
 */
struct mounted {
	dev_t dev;
	char *what; /* owned; type and source; NULL: nothing */
};

/* What is mounted at @mountpoint, topmost; -ENOENT.  @ret is clear before. */
int mountinfo_find(const char *mountpoint, struct mounted *ret);
/* Is it mounted anywhere? */
bool mountinfo_has(const struct mounted *m);
void mounted_clear(struct mounted *m);

#endif
