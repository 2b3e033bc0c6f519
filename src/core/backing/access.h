/* SPDX-License-Identifier: MIT */
/*
 * access: permissions that the kernel has not checked.
 *
 * The mount has default_permissions.  So the kernel checks each open, listing
 * and change of what a LOOKUP has found, with groups and ACLs.  Five things it
 * cannot check:
 *
 *  - A CREATE.  The kernel believes that nothing is there, and has checked the
 *    directory alone.  If there is a file after all (a pending version that the
 *    kernel was not shown, or a file that came a moment ago), access_open()
 *    checks it.
 *  - A promotion.  It is a rename, made by the daemon, long after the open.  In
 *    a sticky directory access_replace() checks whether the user who opened the
 *    new file may replace the one that is there.
 *  - A mark that `idemfs step` asks for by a message.  access_dir() checks the
 *    directories on its way, access_replace() the mark that is there.
 *  - The owner of a new file.  access_begin() makes this thread create files as
 *    the caller.  So they belong to the caller from birth, and are never given
 *    away by name.  For a daemon that is not root it does nothing, and files
 *    belong to the daemon's user.
 *  - What a write may use up, and what it clears.  access_write() makes this
 *    thread write as the caller.
 *
 * This is the one place where the capabilities of a thread are set.  Before the
 * first thread is started, access_confine() gives up those that no request
 * needs.
 */
#ifndef IDEMFS_CORE_BACKING_ACCESS_H
#define IDEMFS_CORE_BACKING_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* The caller: the thread of a request, and the owner of its new files. */
struct caller {
	pid_t tid; /* 0: it is in a PID namespace that we do not see */
	uid_t uid;
	gid_t gid;
	mode_t umask;
	uint64_t session; /* that tid belongs to; 0: none, or not asked for */
};

/*
 * May @by open the file of @fd (O_PATH will do) with @flags of open(2)?  0 or
 * -EACCES.  If the file has an ACL, only its owner and root are let in.
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
 * capabilities that no request needs.  One of them is CAP_SYS_RESOURCE: with it
 * a write takes the blocks that a filesystem keeps for root, and passes quotas.
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
/* -EPERM when this user namespace has no such user as @by. */
int access_begin(struct access *a, const struct caller *by);
/*
 * Likewise, to change the content of @fd for @by, unless @by is root.  The
 * blocks are charged to @by: ext4 gives those that it keeps for root to a
 * thread with user 0 for files.  And the kernel clears set-id bits, as it does
 * for a writer without CAP_FSETID.
 */
int access_write(struct access *a, const struct caller *by, int fd);
/*
 * Likewise, to change what only an owner may.  The filesystem checks once more
 * that @by owns the file, as a member of group @gid: the kernel has checked the
 * attributes that it was told of, maybe a while ago.
 */
int access_change(struct access *a, const struct caller *by, gid_t gid);
/* Takes CAP_FSETID from this thread, and changes nothing else. */
int access_without_set_id(struct access *a);
void access_end(struct access *a);
#define auto_access __attribute__((cleanup(access_end))) struct access

#endif
