/* SPDX-License-Identifier: MIT */
/*
 * fs: what the rooms of one mount share: its parts, and the request that is
 * being answered.
 *
 * serve/serve.c makes the parts, the lowest first, before the first request is
 * read, and frees them after the last one has been answered.  A room uses a
 * part through the header of the part's own room.
 *
 * mount/ops answers each request once.  It finds the node, calls the function
 * of struct node_ops (node_ops.h) that the node's kind has, and replies.  Such
 * a function is called a worker: it gets a struct request, returns 0 or -errno,
 * and leaves the reply to its caller.
 */
#ifndef IDEMFS_MOUNT_FS_FS_H
#define IDEMFS_MOUNT_FS_FS_H

#include <errno.h>
#include <fuse_lowlevel.h>

#include "core/core.h"
#include "core/version/version.h"
#include "mount/node/node.h"

struct budget;
struct channel;
struct learning;
struct lifetime;
struct locks;
struct passthrough;
struct redirects;
struct sessions;
struct loop;
struct trusted;
struct stale;
struct exit_locks;

struct fs {
	const struct options *opt; /* const */
	struct state state;	   /* const */
	int root;		   /* const: the backing directory */
	struct core *core;	 /* const; and its parts that are often used: */
	struct backing *backing; /* const */
	struct dir
		*run; /* const: of --run-id: what .checkpoints shows; or NULL */
	struct versions *versions;     /* const */
	struct stale *stale;	       /* const */
	struct sessions *sessions;     /* const */
	struct node_table *nodes;      /* const */
	struct redirects *redirects;   /* const */
	struct learning *learning;     /* const */
	struct trusted *trusted;       /* const */
	struct locks *locks;	       /* const */
	struct exit_locks *exit_locks; /* const */
	struct budget *texts;	       /* const: what is written to marks */
	struct fuse_session *se;       /* const */
	struct channel *channel;       /* const */
	struct passthrough *pass;      /* const */
	struct loop *loop;	       /* const once it serves */
	struct lifetime *lifetime;     /* const once it serves */
	int end;	    /* const: the end is reported here, or -1 */
	char *fuse_opts;    /* const: the -o options that FUSE was given */
	char *backing_path; /* const */
	char *mountpoint;   /* const */
	int64_t started;    /* const: seconds, wall clock */
	void (*ready)(void *arg); /* const: called by INIT; or NULL */
	void *ready_arg;	  /* const */
};

static inline struct fs *fs_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/* The thread that has sent @req, as the kernel describes it. */
struct caller fs_caller(fuse_req_t req);

/* One request, while it is being answered. */
struct request {
	struct fs *fs;
	struct caller by;
	fuse_req_t req; /* for interrupts, and for replies that come later */
};

static inline struct request request_of(fuse_req_t req)
{
	return (struct request){ fs_of(req), fs_caller(req), req };
}

/*
 * Looks for the session of the caller (q->by.session).  It may read /proc: no
 * lock may be held.
 */
void request_find_session(struct request *q);

/* A request that may change something, or that a session may be told of. */
static inline struct request request_in_session(fuse_req_t req)
{
	struct request q = request_of(req);

	request_find_session(&q);
	return q;
}

/* Answers @req with @r, which is 0 or -errno. */
void reply_result(fuse_req_t req, int r);

/* Nodes as locals: auto_node n = fs_node(fs, ino); n.n is NULL: -ESTALE. */
struct node_ref {
	struct fs *fs;
	struct node *n;
};
static inline void fs_release_node(struct node_ref *r)
{
	if (r->n)
		node_put(r->fs->nodes, r->n);
}
#define auto_node __attribute__((cleanup(fs_release_node))) struct node_ref
static inline struct node_ref fs_node(struct fs *fs, fuse_ino_t ino)
{
	return (struct node_ref){ fs, node_get(fs->nodes, ino) };
}

static inline void util_version_put(struct version **v)
{
	version_put(*v);
}
#define auto_version __attribute__((cleanup(util_version_put))) struct version

static inline void util_dir_put(struct dir **d)
{
	dir_put(*d);
}
#define auto_dir __attribute__((cleanup(util_dir_put))) struct dir

/*
 * The inode number that the mount shows for inode @ino on device @dev.  Files
 * of another filesystem inside the tree get numbers of their own.
 */
uint64_t fs_ino(struct fs *fs, uint64_t dev, uint64_t ino);
/* Puts that number into @st. */
void fs_fix_ino(struct fs *fs, uint64_t dev, struct stat *st);

#endif
