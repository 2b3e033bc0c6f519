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
#include "core/version/for_tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "core/version/version.h"

enum version_state {
	VERSION_RESERVED,
	VERSION_PENDING,
	VERSION_HELD,
	VERSION_SEALED,
	VERSION_COMMITTED,
	VERSION_DISCARDED,
};

/*
 * One name of a version.  All under t->lock, but version, which is const; what a
 * rename changes stands still for a thread that holds its directories, too
 * (names.h).
 */
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

/*
 * A name and its versions, newest first: under t->lock.  The key is the dir
 * pointer and the name: const.
 */
struct vnames {
	UT_hash_handle hh;
	struct vname *newest;
	size_t key_size;
	char key[];
};

/* How far the promise of a version is (promise.h).  Busy ones come last. */
enum promise_state {
	PROMISE_NONE,
	PROMISE_MADE,	  /* the close that it is of has been answered */
	PROMISE_BEGUN,	  /* not written yet: the digest is being taken */
	PROMISE_WRITTEN,  /* and is being flushed */
	PROMISE_CHANGING, /* a thread writes it, or takes it back */
};

/* How the writers of a version went.  Under t->lock, like a writer's fate. */
struct ending {
	bool clean;		  /* one closed it, and goes on or ended well */
	struct writer_fate why;	  /* the last bad end */
	struct writer_fate taint; /* why it is bad, unless the process goes on
				   *   that has closed it: */
	pid_t closer;
	int watch;	      /* on that one (outcome.h), or -1 */
	pid_t unflushed;      /* opened it, but never closed it */
	const char *given_up; /* why the mount ended it, or NULL */
	char command[64];     /* of the process that came to a bad end */
};

/* Other opens of a version than the first: whose they are. */
struct joined {
	uid_t uid;
	uint64_t session;
};

/*
 * What may be trusted in which state, and under what.  "const" is set before any
 * other thread can find the version.
 *
 *  RESERVED   const fields, and holds.  It has no temp, no opener and no user;
 *	       its base is open, and has its bytes.
 *  PENDING    besides: temp.by, which the first open has set; temp.fd, or while
 *	       it is a tail temp.tail, as soon as it was needed; writers.
 *  HELD       the same, without writers.
 *  SEALED     besides: turn and ending, which no open or close changes any
 *	       more.  The fields of the settling thread are as they were made.
 *  COMMITTED  const fields, refs, temp.fd and temp.copy.  It has no names, no
 *  DISCARDED  writers and no holds.
 *
 * The settling thread is the one that has sealed it: version_seal() and
 * version_unhold() tell one thread of each version so.
 */
struct version {
	/* const */
	struct versions *table;
	uint64_t owner; /* the node, for the hooks */
	struct lineage *line;
	bool replaces;		  /* a file was at its name: */
	struct file_key base_key; /*   that one */

	struct temp temp; /* its file, with guards of its own; temp.id grows */

	/* atomic */
	atomic_uint refs;
	atomic_int error;     /* first -errno of its backing file, or 0 */
	atomic_bool is_read;  /* a process may read it as it is: no tail */
	atomic_bool mappable; /* a mapping may outlive its writers */
	atomic_bool used;     /* its first open is known to be over */
	atomic_bool synced;   /* fsynced since the last write that was seen */
	atomic_bool unseen;   /* there may be writes that are not seen */
	atomic_bool changed;  /* its attributes, other than by writes */

	pthread_mutex_t io;   /* making its temp, once; its digest */
	struct stream stream; /* under io */

	/* under t->lock */
	enum version_state state;
	unsigned int holds;
	struct writer *writers;
	struct vname *names;
	struct version *prev, *next; /* oldest first */
	uint64_t turn;		     /* since it is SEALED; of next_id */
	bool detached;		     /* unlinked while pending */
	bool going;		    /* SEALED: into the file itself (going.h) */
	bool flushed;		    /* a writer has closed it */
	bool named;		    /* its temp has had a name */
	bool good;		    /* a program has fsynced it, when */
	int64_t good_size;	    /*   it had this size, */
	struct timespec good_mtime; /*   and this mtime */
	int64_t opened_ms;	    /* when it was last opened; 0: never */
	bool shared;		    /* another user than temp.by has, too */
	uint64_t session;	    /* of its first open; 0: of none */
	struct joined *joined;	    /* other opens to write, each kind once */
	unsigned int joined_count;
	bool joined_lost; /* there was no memory for one */
	struct ending ending;

	/* the settling thread's alone */
	struct lost_writes_file
		writes; /* what a flush that failed may have lost */
	bool on_disk;	/* its bytes are, before it gets its name */
	bool over;	/* it comes over what is vouched for */
	bool given;	/* it belongs to temp.by now */

	/* its promise (promise.h): the list and what goes with it under the
	 * lock of the promises; atomic fields are changed under that, too */
	atomic_int promise;
	atomic_ullong promise_order; /* of the close that it is of */
	atomic_bool promise_old;     /* closed again since, by a process that
				      *   may have written what was not seen */
	struct version *promise_prev, *promise_next;
	int64_t promised_ms; /* since when */
	pid_t promise_tid;   /* the thread that has closed it */
};

/* What must not be seen while it passes, counted: how often it began, ended. */
struct passing {
	atomic_ulong begun; /* atomic */
	atomic_ulong ended; /* atomic */
};

struct versions {
	/* const */
	const struct rooms *rooms; /* what lies below */
	struct version_hooks hooks;
	struct promises *promises; /* NULL but at level close */
	int64_t tail_min;	   /* a smaller file is copied */

	pthread_mutex_t lining; /* from asking for the lineage of a file until it
				 *   has one: it may have names in directories
				 *   that different threads hold */
	pthread_mutex_t keeping; /* while the room for quarantine is given up */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* with lock: a state has changed */

	/* under lock */
	unsigned long news; /* how often it has */
	struct vnames *by_name;
	struct version *all; /* named, not settled; circular, oldest first */
	unsigned int count;  /* of all */
	uint64_t next_id;   /* versions, turns, promises: what comes later has a
			      *   greater one */
	bool ending;	    /* marks wait for no open file */
	unsigned int alone; /* threads that wait for the whole tree */

	/* atomic: for status */
	atomic_ulong promoted;
	atomic_llong promoted_bytes;
	atomic_ulong discarded;
	atomic_ulong failed;
	atomic_ulong kept; /* put into quarantine, ever */

	struct passing tails; /* of tails that go into a file (going.h); also
			       *   changed under lock */
	struct passing times; /* of times of a directory that are what a
			       *   promotion made them */
};

/* For each version of @t->all, oldest first; under t->lock. */
#define EACH_VERSION(t, v)                                               \
	for (unsigned int each_ = (v = (t)->all, 0); each_ < (t)->count; \
	     each_++, v = v->next)

/* A version that is in no table yet, with one reference. */
struct version *version_alloc(struct versions *t, struct dir *dir, pid_t pid);
/* @v is SEALED from now on. */
void version_sealed_locked(struct version *v);
/* Asserts V1, V2, V3 and V6 where asserts are checked (base/lock.h). */
void version_check_locked(const struct version *v);
/* -EROFS if something read-only is mounted there: an open says so. */
int versions_check_writable(struct versions *t, struct dir *dir);
/* A state has changed: those that wait look again. */
void versions_changed_locked(struct versions *t);

/*
 * Waits for that, and tells the hooks; the second until now_ms() is @until (-1:
 * for ever) at the latest: 0, or ETIMEDOUT.  t->lock is given up meanwhile, so
 * whatever was found under it must be looked up again.
 */
void versions_wait_locked(struct versions *t);
int versions_wait_until_locked(struct versions *t, int64_t until);
/* For another kind of open: waits before the next try.  False: no more. */
bool versions_wait_lease(struct versions *t, unsigned int *tries);

/* version_fd(): for FD_TO_LINK; to write to what is no tail; append.c. */
int version_fd_to_keep(struct version *v, int *ret_fd);
int version_fd_for_write(struct version *v, int *ret_fd);
int version_fd_to_write_at(struct version *v, off_t off, int *ret_fd);
int version_fd_to_read_to(struct version *v, off_t end, int *ret_fd);

/* The attributes of its bytes. */
int version_stat(struct version *v, struct stat *ret);
/* The path of its first name, malloc'ed; "" when it has none. */
char *version_path(struct version *v);
/* The file at its name: during its promotion, and after it. */
int version_promoted_fd(const struct version *v);
/* Was it fsynced so, and not written to since? */
bool version_is_good(struct version *v);
/* In a sticky directory: may it replace what is at @name in @dir? */
int version_may_replace(struct version *v, struct dir *dir, const char *name);
bool version_is_named(struct version *v);
bool version_is_seen_locked(const struct version *v, const struct ancestry *by);

#endif
