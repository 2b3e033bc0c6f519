/* SPDX-License-Identifier: MIT */
/*
 * redirect: opens that are on their way to another node.
 *
 * OPEN comes for the inode that the path led to, and ESTALE makes the VFS walk
 * the path again, once, with the same thread: Linux's do_filp_open() retries
 * with LOOKUP_REVAL.  The record of it says what the LOOKUP of that thread
 * shall find:
 *
 *	redirect_begin()   OPEN is about to be answered with ESTALE
 *	redirect_take()    by LOOKUP, or by the OPEN that follows; the record
 *	                   is then its caller's alone
 *	redirect_put()     gives it back, for the next request of that thread
 *	redirect_end()     it has done its work
 *
 * All callers in PID namespaces that we do not see have thread 0.  They cannot
 * be told apart, so none is sent back.  Each of their LOOKUPs gets a node of
 * its own, and the OPEN is served on that.
 *
 * A RENAME is sent back likewise when the kernel may not cache the name that it
 * finds, since the kernel would move that cache entry to the new name.
 *
 * For a writer the record holds the version that the LOOKUP handed out, so that
 * it is still pending when its OPEN comes; for a reader, a descriptor of the
 * version that the LOOKUP found.  An opener that has given up (gone, busy with
 * something else, or REDIRECT_MS have passed) loses its record: the sweeper,
 * which calls redirects_sweep(), ends it.
 */
#ifndef IDEMFS_MOUNT_ENTRY_REDIRECT_H
#define IDEMFS_MOUNT_ENTRY_REDIRECT_H

#include "core/version/version.h"

#define REDIRECT_MS 5000 /* an opener that takes longer has given up */

struct redirect {
	pid_t tid;	 /* const */
	uint64_t node;	 /* const: what OPEN came for */
	struct dir *dir; /* a reference; where that node was, and then */
	char *name;	 /*   what the last LOOKUP asked for */
	bool write;	 /* const */
	bool rename;	 /* const: the name found may not be cached */
	bool trunc;	 /* const */
	bool missed;	 /* the last LOOKUP, of @name, failed */
	struct version *version; /* held: what LOOKUP handed out, or NULL */
	uint64_t target;	 /* the node that LOOKUP handed out, or 0 */
	int fd;			 /* of a reader, or -1 */
	int64_t until;		 /* ms */
	bool given_up;		 /* under the list's lock */
	struct redirect *next;	 /* under the list's lock */
};

struct redirects;

int redirects_new(struct redirects **ret);
void redirects_end_all(struct redirects *l); /* when no worker runs */
void redirects_free(struct redirects *l);

/* Can @tid be sent back? */
static inline bool redirect_can(pid_t tid)
{
	return tid > 0;
}
int redirect_begin(struct redirects *l, pid_t tid, uint64_t node,
		   struct dir *dir, const char *name, bool write, bool trunc);
int redirect_begin_rename(struct redirects *l, pid_t tid, struct dir *dir,
			  const char *name);
/* The record of @tid, out of the list, or NULL; always NULL for thread 0. */
struct redirect *redirect_take(struct redirects *l, pid_t tid);
void redirect_put(struct redirects *l, struct redirect *r);
void redirect_end(struct redirects *l, struct redirect *r);
/*
 * @v, with a reference and a hold that are @r's from now on (and are given up
 * on failure), is what LOOKUP hands out for @name in @dir.
 */
int redirect_holds(struct redirect *r, struct version *v, struct dir *dir,
		   const char *name);
bool redirect_is_at(const struct redirect *r, struct dir *dir,
		    const char *name);
/*
 * redirect_looked(): a LOOKUP has been answered.  If nothing was found, the
 * walk is over, or the same name is looked up again, since a dentry is found
 * wrong more than once.  redirect_is_over(): does a LOOKUP belong to another
 * walk?
 */
void redirect_looked(struct redirect *r, struct dir *dir, const char *name,
		     bool found);
bool redirect_is_over(const struct redirect *r, struct dir *dir,
		      const char *name);
/*
 * Is this OPEN the one that was sent back?  If not, that one, or a RENAME, has
 * ended on its way, and this OPEN has not been sent back yet.
 */
bool redirect_is_of(const struct redirect *r, bool write, bool trunc);

/* The gate has seen @tid send a request that is no part of an open. */
void redirect_given_up(struct redirects *l, pid_t tid);
/* Is there any record?  Cheap. */
bool redirects_any(struct redirects *l);

/* Ends records of openers that have given up; sleeps while there is none. */
void redirects_sweep(struct redirects *l);
void redirects_stop(struct redirects *l); /* wakes the sweeper for good */
bool redirects_stopped(struct redirects *l);

#endif
