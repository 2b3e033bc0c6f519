/* SPDX-License-Identifier: MIT */
/*
 * handle: one open file or directory; its address is the kernel's fh.
 *
 * A file handle is on a version that is (or was, when it was opened) pending,
 * or on a descriptor of its own.  It lives from OPEN or CREATE to RELEASE, and
 * the kernel sends nothing for it after that.
 */
#ifndef IDEMFS_MOUNT_NODE_HANDLE_H
#define IDEMFS_MOUNT_NODE_HANDLE_H

#include <fcntl.h>

#include "core/version/version.h"
#include "mount/node/node.h"

struct dir_entry {
	char *name;
	uint64_t ino;
	unsigned char type;
};

struct handle {
	struct node *node;	 /* const: a reference */
	struct caller by;	 /* const: the caller that opened it */
	int flags;		 /* const: of open(2) */
	int fd;			 /* const: of its own, or -1 */
	struct version *version; /* const: a reference, or NULL */
	bool writing;		 /* const: w is one of the version's writers */
	struct writer w;
	bool settles;		 /* set by the gate, read by RELEASE */
	struct lock_wait *freed; /* likewise: requests that its locks held up */
	atomic_bool locked;	 /* atomic: a lock has come through it */
	atomic_int closer;	 /* atomic: the process that closed it last, if
				  *   that may have been dying; or 0 */
	pid_t ended;		 /* set by the gate: RELEASE passes on the locks
				  *   of this process (exit_locks.h); or 0 */
	int backing_id; /* const once the node has it: 0, or passed through */
	struct lineage *line; /* const: of .step: that of its user; or NULL */
	bool apart; /* const: its reads and writes are direct I/O, to us,
			 *   and so like those of no other handle */
	struct handle *prev, *next; /* under the node table's lock */

	/* of a mark that is only read: so many bytes of it */
	struct {
		int fd;		  /* const: or -1 */
		off_t from, size; /* const */
	} mark;

	/* of a mark that is written to, or a control file */
	struct {
		pthread_mutex_t save_lock; /* held while its note is stored,
					    *   before any other lock; only
					    *   savers want it */
		pthread_mutex_t lock;
		struct budget *budget; /* const: the text is counted there */
		char *bytes;	       /* under lock */
		size_t size;	       /* under lock */
		size_t room;	       /* under lock: taken from budget */
		unsigned int edits;    /* under lock: grows with each write */
		unsigned int saved;    /* under lock: as far as it is stored */
		int lost;     /* under lock: -errno: a part of it is lost */
		pid_t opener; /* const: the process that opened it */
	} text;

	/* of a directory: its names, as they were at the last rewind */
	struct {
		pthread_mutex_t lock;
		struct dir_entry *entries; /* under lock */
		size_t count, room;	   /* under lock */
		bool loaded;		   /* under lock */
	} list;
};

struct handle *handle_new(struct node *n, const struct caller *by, int flags);
void handle_free(struct handle *h);

static inline bool handle_can_write(const struct handle *h)
{
	return (h->flags & O_ACCMODE) != O_RDONLY;
}

/* Makes the text @size bytes long, the new ones 0; under h->text.lock. */
int handle_resize_text_locked(struct handle *h, size_t size);

/* A descriptor of its file, of any mode. */
int handle_any_fd(const struct handle *h);
/* The one to use for what is about to be done, as version_fd(). */
int handle_fd(struct handle *h, enum fd_use use, off_t at, int *ret_fd);

void handle_drop_entries(struct handle *h);

#endif
