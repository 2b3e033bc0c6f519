/* SPDX-License-Identifier: MIT */
/*
 * notes: what is written into a mark that is open.
 *
 * The mark itself is there since it was opened: that is what a shell learns.
 * Its note is kept in memory (buffer.h), and is stored whole at close and
 * fsync.  A mark whose note will not come, as it is too long or its opener was
 * killed, is taken back.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_NOTES_H
#define IDEMFS_MOUNT_CHECKPOINTS_NOTES_H

#include "mount/fs/fs.h"

struct handle;

/* By fsync, and each close: stores the note if it has changed. */
int notes_save(struct fs *fs, struct handle *h);
/* By close(2) of thread @tid: likewise, or takes the mark back. */
int notes_flush(struct fs *fs, struct handle *h, pid_t tid);

#endif
