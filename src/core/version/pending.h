/* SPDX-License-Identifier: MIT */
/*
 * pending: the table of versions by name: what is pending at a name, which
 * changes of the tree must take along, and all that is pending.
 *
 * Names are those of a directory, which is given with them.  What is pending at
 * a name is a version that is not settled yet; "sees" is as F3 has it: a version
 * is seen by the process that opened it, and by those that come from it.
 *
 * A change of the tree (core/tree) goes so:
 *
 *	versions_wait_settled()	  what was closed before is at its name
 *	versions_asker()	  whose versions the change concerns
 *	NAME_SCOPE()		  the names stand still (for_tree.h)
 *	...			  the call of the backing filesystem
 *	versions_detach(), _move()  the table follows
 *
 * Returned versions are references, unless it is said otherwise; 0 or -errno.
 */
#ifndef IDEMFS_CORE_VERSION_PENDING_H
#define IDEMFS_CORE_VERSION_PENDING_H

#include "core/backing/tree_lock.h"
#include "core/version/version.h"

/*
 * What is at @name in @dir.  Waits until no version there is sealed.
 * *ret_own is the newest version that @tid sees there (a reference, or NULL);
 * *ret_pending says if there is any.
 */
void versions_find(struct versions *t, struct dir *dir, const char *name,
		   pid_t tid, struct version **ret_own, bool *ret_pending);

/*
 * The process of @tid, that asks about @name.  If another process has a version
 * there, also its ancestors, whose versions it sees, too (F3).  Reads /proc: no
 * lock may be held.
 */
void versions_asker(struct versions *t, struct dir *dir, const char *name,
		    pid_t tid, struct ancestry *ret);

/* The newest version at @name, of any process: a reference, or NULL. */
struct version *versions_newest(struct versions *t, struct dir *dir,
				const char *name);

/* Waits until no version at @name is SEALED; HELD ones do not count. */
void versions_wait_settled(struct versions *t, struct dir *dir,
			   const char *name);

/* Waits until no version in @dir is SEALED. */
void versions_wait_dir(struct versions *t, struct dir *dir);
/* Likewise, none that will move its times. */
void versions_wait_times(struct versions *t, struct dir *dir);

/*
 * Is the committed file @key about to be replaced at one of its names, which
 * changes its ctime and link count?  Waits for SEALED versions that do that.
 */
enum replaced {
	REPLACED_NOT,
	REPLACED_SOON, /* a closed version will replace it: do not cache it */
	REPLACED_NOW,  /* it was waited for: look at the file again */
};
enum replaced versions_wait_replaced(struct versions *t,
				     const struct file_key *key);

/*
 * statx(2) of @name in @dir (NULL: of @dir itself).  It never shows the times
 * of a directory that a promotion is about to put back, nor half a tail of a
 * file.
 */
int versions_statx(struct versions *t, struct dir *dir, const char *name,
		   struct statx *ret);

/*
 * dir_open_file() that waits for the end of a lease, a second at most: then
 * -EWOULDBLOCK.  No lock may be held.
 */
int versions_open_file(struct versions *t, struct dir *dir, const char *name,
		       int flags, const struct file_key *key, int *ret_fd);

/*
 * Calls @each for every name in @dir that thread @tid sees and others do not.
 */
void versions_list(struct versions *t, struct dir *dir, pid_t tid,
		   void (*each)(void *arg, const char *name, uint64_t owner),
		   void *arg);

/* The owners of what is pending at @name: how many, @max at most. */
size_t versions_owners(struct versions *t, struct dir *dir, const char *name,
		       uint64_t *owners, size_t max);
/* Likewise of those that have no copy of @key yet, and so look as it does. */
size_t versions_owners_of(struct versions *t, const struct file_key *key,
			  uint64_t *owners, size_t max);
/* Any version at @name that is not settled? */
bool versions_any(struct versions *t, struct dir *dir, const char *name);

/*
 * In a sticky directory: is a new file of another user pending at @name, which
 * @uid may not take away?
 */
bool versions_are_anothers(struct versions *t, struct dir *dir,
			   const char *name, uid_t uid);

/*
 * Takes @name from the versions that @by sees, or from all: unlinked, they are
 * never promoted there.
 */
bool versions_detach(struct versions *t, struct dir *dir, const char *name,
		     const struct ancestry *by, bool all);
/* Likewise moves them.  -ENOMEM. */
int versions_move(struct versions *t, struct dir *dir, const char *name,
		  struct dir *to, const char *to_name,
		  const struct ancestry *by, bool all);

/*
 * Before @name in @dir gets or loses its committed file, other than by a
 * promotion, and not while its name is held: voids the promises of versions
 * there that were closed, but may go on (level close).
 */
int versions_void_promises(struct versions *t, struct dir *dir,
			   const char *name);
/*
 * Around the call that removes directory @dir (NULL: none that is known), which
 * is held: no version begins in it meanwhile.  Threads that would begin one
 * wait, and then find it removed, or not.  -ENOTEMPTY: one is pending there.
 */
int versions_removal_begin(struct versions *t, struct dir *dir);
void versions_removal_end(struct versions *t, struct dir *dir);
/* Gives @v one more name. */
int version_add_name(struct version *v, struct dir *dir, const char *name);

/* Threads that wait for the table look again (drain.h). */
void versions_wake(struct versions *t);
/* The mount ends: marks get -EBUSY at once from here on. */
void versions_end_waits(struct versions *t);

/* How many versions with a name are not settled. */
unsigned int versions_count(struct versions *t);

/* For status: calls @each for every pending version, oldest first. */
struct version_info {
	char *path;
	int64_t size;
	int64_t age_ms;
	pid_t pid;
	unsigned int writers;
};
void versions_each(struct versions *t,
		   void (*each)(void *arg, const struct version_info *info),
		   void *arg);

/*
 * At the end, when no file is open any more but the kernel has dropped the last
 * RELEASEs: settles each version by the FLUSHes that came.
 */
void versions_close_all(struct versions *t);
/* At the end: quarantines all that is still open; returns how many that were. */
unsigned long versions_discard_all(struct versions *t, const char *why);

/* No change of names is under way between these two; @t: struct versions. */
void versions_hold_names(void *t);
void versions_release_names(void *t);

/* What was closed in @dir before is there after a power cut. */
int versions_sync_dir(struct versions *t, struct dir *dir);

/*
 * The lineage of the committed file @key, last seen as @name in @dir: a
 * reference.  -ESTALE when it is not there any more.
 */
int versions_line(struct versions *t, struct dir *dir, const char *name,
		  const struct file_key *key, struct lineage **ret);

/*
 * @name in @dir, which is held, is about to lead elsewhere.  Processes that
 * have the committed file there open keep its lineage: its locks are still
 * those of other versions of it (lineage.h).
 */
void versions_leave_line(struct versions *t, struct dir *dir, const char *name);

/*
 * The committed file @key was found as @name in @dir, and may be opened: if
 * versions are pending there, it is of their lineage.
 */
void versions_share_line(struct versions *t, struct dir *dir, const char *name,
			 const struct file_key *key);

#endif
