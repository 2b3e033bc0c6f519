/* SPDX-License-Identifier: MIT */
/*
 * holders: which processes keep a mount busy, as far as /proc tells.
 *
 * Open files, working and root directories and programs are found by the
 * mount's number, so that a name below the mount that was opened before it was
 * mounted does not count.  Processes of other users stay unseen unless root
 * asks, and the caller itself does not count.
 *
 * To look at a process may mean to wait for the end of its exec, which may wait
 * for the very mount.  So a child looks, and a process at which it gets stuck
 * is passed over.
 */
#ifndef IDEMFS_CLI_MOUNTS_HOLDERS_H
#define IDEMFS_CLI_MOUNTS_HOLDERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct holder {
	pid_t pid;
	char command[64];
	char what[256]; /* "working directory", or the path of an open file */
};

struct holders {
	struct holder *items; /* one a process, at most HOLDERS_MAX */
	size_t count;
};

#define HOLDERS_MAX 64

/* @mount_id: of target_mount_id(); 0 finds none.  0 or -errno. */
int holders_find(uint64_t mount_id, struct holders *ret);
void holders_release(struct holders *h);

/* "4711 (sort -o big big: /out/big), 4712 (bash: working directory)". */
void holders_describe(const struct holders *h, char *buf, size_t size);

#endif
