/* SPDX-License-Identifier: MIT */
/*
 * types: a version and the table of versions, as the files of this room see
 * them.
 */
#ifndef IDEMFS_CORE_VERSION_TYPES_H
#define IDEMFS_CORE_VERSION_TYPES_H

#include <uthash.h>

#include "base/lock.h"
#include "core/changes/lost_writes.h"
#include "core/digest/stream.h"
#include "core/temp/temp.h"
#include "core/version/version.h"

enum version_state {
	VERSION_RESERVED,
	VERSION_PENDING,
	VERSION_HELD,
	VERSION_SEALED,
	VERSION_COMMITTED,
	VERSION_DISCARDED,
};

/* One name of a version. */
struct vname {
	struct version *version;
	struct dir *dir;     /* a reference */
	char *temp;	     /* the temp that is renamed to it */
	struct vnames *at;   /* its entry in the table */
	struct vname *next;  /* of the same version */
	struct vname *older; /* version at the same name */
	struct vname *dir_prev, *dir_next;
	bool promoted; /* its promotion has changed the times of dir */
	bool closing;  /* counted in dir->closing */
	bool moved; /* renamed: V5 is for those that were sealed at one name */
};

/* A name and its versions; the key is the dir pointer and the name. */
struct vnames {
	UT_hash_handle hh;
	struct vname *newest;
	size_t key_size;
	char key[];
};

/* Is there a promise in the journal (promise.h)?  Busy states come last. */
enum promise_state {
	PROMISE_NONE,
	PROMISE_MADE,	  /* and its close was answered */
	PROMISE_BEGUN,	  /* not yet: its thread takes the digest */
	PROMISE_WRITTEN,  /* its thread waits for the flush */
	PROMISE_CHANGING, /* a thread writes it, or voids it */
};

struct version {
	struct versions *table; /* const */
	struct temp temp;	/* its file; temp.id grows */
	uint64_t owner;		/* const: the node, for the hooks */
	struct lineage *line;	/* const once it has been opened */
	bool shared;		/* under t->lock: another user has, too */
	bool given;		/* const since it is promoted: to that user */
	atomic_uint refs;	/* atomic */
	atomic_bool is_read;	/* atomic: it may be open for reading, and so is
				*   no tail */
	bool replaces;		/* const: a file was at its name */
	struct file_key base_key; /* const, if it replaces one */
	atomic_int error;	  /* atomic: first -errno of its backing file */
	atomic_bool mappable; /* atomic: a mapping may outlive its writers */
	atomic_bool used;     /* atomic: its first open is known to be over */
	atomic_bool synced;   /* atomic: fsynced since the last write we saw */
	bool good;	   /* under t->lock: a program has fsynced it, when */
	int64_t good_size; /* under t->lock:   it had this size, */
	struct timespec good_mtime; /* under t->lock:   and this mtime */
	atomic_bool unseen;  /* atomic: there may be writes we do not see */
	atomic_bool changed; /* atomic: its attributes, other than by writes */
	struct lost_writes_file writes; /* const until it is SEALED: what a flush
				   *   that failed may have lost of it */
	bool on_disk; /* since it is SEALED: its bytes are on disk,
		       *   before it gets its name */
	bool over;    /* its promoter's: it comes over what is vouched for */
	int64_t opened_ms; /* under t->lock: when it was last opened */
	pthread_mutex_t io;
	struct stream stream; /* with io for its lock */

	enum version_state state; /* under t->lock */
	uint64_t turn; /* under t->lock: since it is SEALED; of next_id */
	bool detached; /* under t->lock: unlinked while pending */
	bool clean;    /* under t->lock: a writer closed cleanly */
	bool flushed;  /* under t->lock: a writer has closed */
	bool named;    /* under t->lock: its temp has had a name */
	struct writer_fate why;	  /* under t->lock: the last bad end */
	struct writer_fate taint; /* under t->lock: why it is bad, unless the
				   *   process that has closed it goes on: */
	pid_t closer;		  /* under t->lock */
	int watch;	      /* under t->lock: on closer (outcome.h), or -1 */
	const char *given_up; /* under t->lock: why it was given up */
	pid_t unflushed;      /* under t->lock: opened, but never closed */
	char command[64]; /* under t->lock: of the process that came to it */
	uid_t *joined;	  /* under t->lock: other users who have opened
				   *   it to write, each once */
	unsigned int joined_count;   /* under t->lock */
	bool joined_lost;	     /* under t->lock: there was no memory */
	unsigned int holds;	     /* under t->lock */
	struct writer *writers;	     /* under t->lock */
	struct vname *names;	     /* under t->lock */
	struct version *prev, *next; /* under t->lock: oldest first */

	atomic_int promise;	     /* changed under the lock of promise.c */
	atomic_ullong promise_order; /* atomic: of the close that it is of */
	struct version *promise_prev, *promise_next; /* under that */
	int64_t promised_ms;	 /* under that: since when */
	pid_t promise_tid;	 /* under that: the thread that has closed it */
	atomic_bool promise_old; /* atomic: it was closed again since, maybe after
			       *   writes that we were not told of */
};

/* What must not be seen while it passes, counted: how often it began, ended. */
struct passing {
	atomic_ulong begun; /* atomic */
	atomic_ulong ended; /* atomic */
};

struct versions {
	const struct rooms *rooms;  /* const: what lies below */
	struct version_hooks hooks; /* const */
	struct promises *promises;  /* const: NULL but at level close */
	int64_t tail_min;	    /* const: a smaller file is copied */
	pthread_mutex_t lining; /* from asking for the lineage of a file until it
				 *   has one: it may have names in directories
				 *   that different threads hold */
	pthread_mutex_t keeping; /* while the room for quarantine is given up */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* with lock: any state has changed */
	unsigned long news;	/* under lock: how often it has */
	struct vnames *by_name; /* under lock */
	struct version *all;	/* under lock: named, not settled */
	uint64_t next_id;      /* under lock: versions, turns, notes: what comes
			   *   later has a greater one */
	unsigned int count;    /* under lock: of all */
	bool ending;	       /* under lock: marks do not wait any more */
	atomic_ulong promoted; /* atomic: counters for status */
	atomic_llong promoted_bytes;
	atomic_ulong discarded;
	atomic_ulong failed;
	struct passing tails; /* of tails that go into a file */
	struct passing times; /* of times of a directory that are what a
				   *   promotion made them */
	atomic_ulong kept;    /* atomic: put into quarantine, ever */
};

#endif
