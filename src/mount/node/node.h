/* SPDX-License-Identifier: MIT */
/*
 * node: what the kernel's node numbers stand for.
 *
 * A directory has one node, and so has every version of a file.  The node of a
 * committed version is found again by its identity; hard links share it.  A
 * pending version has the node that its open got, and keeps it when it is
 * promoted, with its page cache.  A node holds no descriptor.
 *
 * There are two counters: `refs` is ours.  `nlookup` is the kernel's, and is
 * believed only as far as it does not underflow.  A node goes when both are
 * zero and no pending version needs it: a FORGET may come between the two
 * LOOKUPs of a redirected open.
 *
 * A number that is used too late finds nothing (nodestore.h).
 *
 * A place is a name where the file was found; one with hard links may have
 * several.  Places are hints: the caller must check that the file is still
 * there.  The kernel asks by number alone, and may have come by any name that
 * it has cached.  So it may cache no name of a file with more than NODE_NAMES
 * names.  Those that it has cached were found when the file had fewer, and all
 * their places are kept, beside the latest ones.
 */
#ifndef IDEMFS_MOUNT_NODE_NODE_H
#define IDEMFS_MOUNT_NODE_NODE_H

#include "core/version/version.h"

#define NODE_NAMES 8 /* a file with more is looked up each time */

struct handle;

/* The kinds of nodes; each has its own struct node_ops (fs/node_ops.h). */
enum node_kind {
	NODE_TREE,     /* the backing tree */
	NODE_MARKS,    /* a directory of marks: .checkpoints, or a group */
	NODE_MARK,     /* a mark */
	NODE_CONTROL,  /* a control file, which is only read */
	NODE_STEP,     /* the control file .step, which is written to, too */
	NODE_INFLIGHT, /* the view .inflight: its directories and files */
	NODE_KINDS,
};

struct place {
	struct place *next; /* found there longer ago */
	struct dir *dir;    /* a reference */
	char name[];
};

/* Only for a node that was opened once, or is pending. */
struct node_use {
	struct version *version; /* under lock: while it is pending */
	struct lineage *line;	 /* under lock: a reference, kept once set */
	pid_t path_tid;		 /* under lock: of the last LOOKUP by path */
	int64_t seen_ns;	 /* under lock: mtime and */
	int64_t seen_size;	 /*   size of what the kernel has cached */
};

/* There may be millions: tools/scale looks at its size. */
struct node {
	uint64_t id;	      /* const */
	uint32_t nlookup;     /* under lock of the table; all ones: for ever */
	uint32_t refs;	      /* under lock */
	uint32_t next;	      /* under lock: of the store */
	uint16_t type;	      /* const: S_IFMT bits */
	uint8_t kind : 3;     /* const: enum node_kind */
	uint8_t number : 5;   /* const: of a control file: which */
	uint8_t : 0;	      /* so that the next ones are a word apart */
	bool live : 1;	      /* under lock: of the store */
	bool keyed : 1;	      /* under lock: found by its key */
	bool gone : 1;	      /* under lock: its file is another node's */
	struct dir *dir;      /* const: of a directory: itself */
	struct place *place;  /* under lock: of a file, the latest first */
	struct node_use *use; /* under lock: NULL, or kept once set */
	struct handle *handles; /* under lock: open on it */
	struct file_key key;	/* under lock */
	mode_t mode;		/* under lock: attributes when last seen, for */
	uid_t uid;	/*   when it has been replaced: an open that is */
	gid_t gid;	/*   under way must still find the file it met */
	uint32_t nlink; /*   as it was then */
	int64_t size, mtime_ns;
};

struct node_table;

int node_table_new(struct dir *root, struct node_table **ret);
void node_table_free(struct node_table *t);

/* A reference, or NULL when there is no such node. */
struct node *node_get(struct node_table *t, uint64_t id);
void node_put(struct node_table *t, struct node *n); /* NULL is fine */

/* The node of directory @d. */
struct node *node_for_dir(struct node_table *t, struct dir *d);
/* The node of the committed file @key, found as @name in @parent. */
struct node *node_for_file(struct node_table *t, const struct file_key *key,
			   mode_t type, struct dir *parent, const char *name);
/* Another node of that file, for one caller alone: not found by its key. */
struct node *node_for_one(struct node_table *t, const struct file_key *key,
			  mode_t type, struct dir *parent, const char *name);
/* That node, if the table has it. */
struct node *node_find_file(struct node_table *t, const struct file_key *key);
/* A new node for a pending version. */
struct node *node_for_new(struct node_table *t, mode_t type);
/* The node of control file @number (1 to 31), of kind @kind. */
struct node *node_for_control(struct node_table *t, enum node_kind kind,
			      unsigned int number);
/* The node that shows @name of @dir in the view .inflight. */
struct node *node_for_inflight(struct node_table *t, const struct file_key *key,
			       mode_t type, struct dir *dir, const char *name);

/* Gives @n its version (a reference is taken). */
void node_set_version(struct node_table *t, struct node *n, struct version *v);
/*
 * Once the version has a file of its own, the node is found by that.  The node
 * that was found by it until then is gone: its file is nowhere any more.
 */
void node_set_key(struct node_table *t, struct node *n,
		  const struct file_key *key);
/* The version is settled; it is at @name in @parent now, or nowhere (NULL). */
void node_settled(struct node_table *t, uint64_t id, struct dir *parent,
		  const char *name);
bool node_is_gone(struct node_table *t, struct node *n);
/* A reference to the pending version of @n, or NULL. */
struct version *node_version(struct node_table *t, struct node *n);

/*
 * The lineage of a node, borrowed: it lives as long as the node does.  One that
 * has none gets @l, unless that is NULL.
 */
struct lineage *node_line(struct node_table *t, struct node *n,
			  struct lineage *l);
/* Likewise of the node of the committed file @key, a reference; NULL: none. */
struct lineage *node_line_by_key(struct node_table *t,
				 const struct file_key *key, struct lineage *l);

/*
 * Where @n was found: a reference to the directory, a copy of the name, and the
 * key.  @i: 0 for the latest place, and so on.  -ESTALE when there are not so
 * many.
 */
int node_place(struct node_table *t, struct node *n, unsigned int i,
	       struct dir **ret_parent, char **ret_name,
	       struct file_key *ret_key);
/* Has it been found at several names? */
bool node_is_linked(struct node_table *t, struct node *n);
/*
 * Are so many places known that some must be wrong?  The caller removes wrong
 * ones until this is false, before it adds another one.
 */
bool node_is_crowded(struct node_table *t, struct node *n);
bool node_unplace(struct node_table *t, struct node *n, struct dir *parent,
		  const char *name);
/* When it is replaced at a name, has it another name, or is it still open? */
bool node_is_shared(struct node_table *t, struct node *n);
/* It is at that place and nowhere else; or at that place, too. */
void node_moved(struct node_table *t, struct node *n, struct dir *parent,
		const char *name);
void node_linked(struct node_table *t, struct node *n, struct dir *parent,
		 const char *name);

/* The kernel was told of @n once more; it forgets @n @count times. */
void node_told(struct node_table *t, struct node *n);
void node_forget(struct node_table *t, uint64_t id, uint64_t count);

/* Handles */
/*
 * All handles of a node pass through to one backing id, or none does, except
 * those that are apart.  So @h becomes like those that are there, and takes
 * @backing_id (0: not passed through) only when it is the first.  Returns the
 * id that is not needed, or 0.
 *
 * A mapping of a node that passes through is one of the file of that id, also
 * by a handle that is apart.  So a handle that could write there never gets the
 * id.  If others have it, the kernel refuses the open, and node_passes() says
 * so before.
 */
int node_add_handle(struct node_table *t, struct node *n, struct handle *h,
		    int backing_id);
int node_remove_handle(struct node_table *t, struct node *n, struct handle *h);

/*
 * Handles of directories.  A connection that is cut sends no RELEASEDIR: what
 * is left is freed with the table.
 */
void node_add_dir(struct node_table *t, struct handle *h);
void node_remove_dir(struct node_table *t, struct handle *h);

/* Frees a handle that was removed, or never added, and puts its node. */
void node_drop_handle(struct node_table *t, struct handle *h);
/* Would one more handle be the first that is not apart? */
bool node_is_first_handle(struct node_table *t, struct node *n);
/* Do handles of @n pass through? */
bool node_passes(struct node_table *t, struct node *n);
/* The version that the one caller of @n is writing: a reference, or NULL. */
struct version *node_written(struct node_table *t, struct node *n);
/* Is @n open for a write in place? */
bool node_is_written(struct node_table *t, struct node *n);
/* A new descriptor of the file of a handle of @n; -ESTALE without a handle. */
int node_reopen(struct node_table *t, struct node *n, int flags, int *ret_fd);

/* Calls @each for every handle, under the lock. */
void node_each_handle(struct node_table *t, struct node *n,
		      void (*each)(struct handle *h, void *arg), void *arg);

/* Remembers the attributes of @n, for requests after it was replaced. */
void node_remember(struct node_table *t, struct node *n, const struct stat *st);
void node_recall(struct node_table *t, struct node *n, struct stat *ret);

/* The thread that resolved a path to @n last; it can be taken once. */
void node_note_path(struct node_table *t, struct node *n, pid_t tid);
bool node_take_path(struct node_table *t, struct node *n, pid_t tid);

/* Is what the kernel cached of @n still right? Notes what it caches now. */
bool node_cache_holds(struct node_table *t, struct node *n,
		      const struct stat *st);

size_t node_count(struct node_table *t);

#endif
