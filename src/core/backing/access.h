/* SPDX-License-Identifier: MIT */
/*
 * access: what the kernel has not judged.
 *
 * The mount has default_permissions: whoever opens, lists or changes what a
 * LOOKUP has found is judged by the kernel, groups and ACLs included.  Five
 * things it cannot judge:
 *
 *  - A CREATE: it believes that nothing is there, and has asked the directory
 *    alone.  When there is something after all (pending versions that it was
 *    not shown, what came a moment ago), access_open() judges.
 *  - A promotion: a rename, made by the daemon, of what was opened long ago.
 *    In a sticky directory access_replace() judges whether he who opened the
 *    new file may take the place of the one that is there.
 *  - A mark that `idemfs step` asks for by a message: access_dir() judges the
 *    directories on its way, access_replace() the mark that is there.
 *  - Whom a new file belongs to: access_begin() makes this thread create
 *    files as the caller, so that they are his from birth and nothing has to be
 *    given to him by name.  For a daemon that is not root it does nothing, and
 *    files belong to the daemon's user.
 *  - What a write may use up, and what it clears: access_write() makes this
 *    thread write as the caller.
 *
 * This is the one place where the capabilities of a thread are set.  What no
 * request needs, access_confine() gives up before the first thread is started.
 */
#ifndef IDEMFS_CORE_BACKING_ACCESS_H
#define IDEMFS_CORE_BACKING_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Who asks: the thread of a request, and whom its new files belong to. */
struct caller {
	pid_t tid; /* 0: in a namespace that cannot be seen */
	uid_t uid;
	gid_t gid;
	mode_t umask;
};

/*
 * May @by open what @fd (O_PATH will do) is open on, with @flags of open(2)?
 * 0 or -EACCES.  Of an ACL only what is plain is granted: to the owner, and
 * to root.
 */
int access_open(int fd, const struct caller *by, int flags);

/*
 * Likewise of directory @fd: may @by find a name in it, and, with @make, make
 * one?
 */
int access_dir(int fd, const struct caller *by, bool make);

/*
 * May a file of @file's owner, made by user @by, replace file @there in @dir?
 * 0 or -EPERM: rename(2)'s rule for sticky directories.
 */
int access_replace(const struct stat *dir, const struct stat *there,
		   const struct stat *file, uid_t by);

/*
 * Reads the text of a /proc/TID/status: is @gid one of its supplementary
 * groups?  Pure.
 */
bool access_parse_groups(const char *text, gid_t gid);
/* Is @by in group @gid?  A process that cannot be seen is not. */
bool access_in_group(const struct caller *by, gid_t gid);

/*
 * Gives up, for good, in this thread and in those that it starts, the
 * capabilities that serving needs nowhere: CAP_SYS_RESOURCE, by which a write
 * takes the blocks that a filesystem keeps for root, and passes quotas.
 */
int access_confine(void);

struct access_caps {
	uint64_t effective, permitted, inheritable;
};

/* The thread's own identity for files, to go back to. */
struct access {
	bool changed;
	uid_t uid;
	gid_t gid;
	struct access_caps caps;
};
/* -EPERM when files cannot be made as @by, in a user namespace without him. */
int access_begin(struct access *a, const struct caller *by);
/*
 * Likewise, to change what is in @fd, for @by, who is not root: the blocks
 * are taken by him, since ext4 gives those that it keeps for root to whoever
 * has user 0 for files; and the kernel clears set-id bits, as it does where the
 * writer has no CAP_FSETID.
 */
int access_write(struct access *a, const struct caller *by, int fd);
/*
 * Likewise, to change what only an owner may: the filesystem judges once more if
 * the file is @by's, who counts as one of group @gid.  What the kernel has judged
 * is what it was told of the file, a while ago maybe.
 */
int access_change(struct access *a, const struct caller *by, gid_t gid);
/* This thread, whoever it is, without CAP_FSETID. */
int access_without_set_id(struct access *a);
void access_end(struct access *a);
#define auto_access __attribute__((cleanup(access_end))) struct access

#endif
