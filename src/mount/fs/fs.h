/* SPDX-License-Identifier: MIT */
/*
 * fs: what the handlers of one mount share.
 *
 * A handler finds the node, calls core, and answers once.  The handlers are in
 * lookup.c, stat.c, names.c, attr.c, xattr.c, flags.c, open.c, create.c, file.c,
 * dirs.c, locks.c and marks.c; ops.c lists them.
 */
#ifndef IDEMFS_MOUNT_FS_H
#define IDEMFS_MOUNT_FS_H

#define FUSE_USE_VERSION 314

#include <errno.h>
#include <fuse_lowlevel.h>

#include "core/core.h"
#include "core/marks/checkpoint.h"
#include "core/marks/running.h"
#include "core/tree/tree.h"
#include "core/verify/stale.h"
#include "core/version/exit_locks.h"
#include "core/version/version.h"
#include "mount/entry/redirect.h"
#include "mount/node/handle.h"
#include "mount/node/node.h"

struct channel;
struct lifetime;
struct passthrough;
struct session;

struct fs {
	const struct options *opt; /* const */
	struct state state;	   /* const */
	int root;		   /* const: the backing directory */
	struct core *core;	   /* const; and what is often asked of it: */
	struct backing *backing;   /* const */
	struct dir *run; /* const: what .checkpoints shows (--run-id), or NULL */
	struct versions *versions;   /* const */
	struct standing *standing;   /* const */
	struct running *running;     /* const */
	struct node_table *nodes;    /* const */
	struct redirects *redirects; /* const */
	struct locks *locks;	     /* const */
	struct wills *wills;	     /* const */
	struct budget *texts;	     /* const: what is written to marks */
	struct fuse_session *se;     /* const */
	struct channel *channel;     /* const */
	struct passthrough *pass;    /* const */
	struct session *session;     /* const once it serves */
	struct lifetime *lifetime;   /* const once it serves */
	int end;		     /* const: what is told of the end, or -1 */
	char *fuse_opts;	     /* const: what FUSE was told with -o */
	char *backing_path;	     /* const */
	char *mountpoint;	     /* const */
	int64_t started;	     /* const: seconds, wall clock */
	void (*ready)(void *arg);    /* const: called by INIT */
	void *ready_arg;
};

extern const struct fuse_lowlevel_ops fs_ops;

static inline struct fs *fs_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

struct caller fs_caller(fuse_req_t req);

/* Nodes as locals: auto_node n = fs_node(fs, ino); NULL: -ESTALE. */
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

/* What a node that is no file of the tree shows (idemfs/control.h). */
enum {
	CONTROL_NONE,
	CONTROL_CONTROL,
	CONTROL_STATUS,
	CONTROL_JSON,
	CONTROL_PROGRESS,
	CONTROL_GITIGNORE,
	CONTROL_JOIN,
	CONTROL_LEAVE,
	CONTROL_STEP,	  /* can be written to, too */
	CONTROL_INFLIGHT, /* a directory or a file of the view */
};

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
 * The directory of a node that must be one, to change it: *ret is no
 * reference.
 */
static inline int fs_dir(const struct node_ref *r, struct dir **ret)
{
	if (!r->n)
		return -ESTALE;
	if (r->n->control == CONTROL_INFLIGHT)
		return -EROFS;
	if (!r->n->dir)
		return -ENOTDIR;
	*ret = r->n->dir;
	return 0;
}

/*
 * Likewise, with what is done to @name there in mind: with --run-id, the top
 * of the marks is that of the run (marks.c).
 */
struct dir *marks_place(struct fs *fs, struct dir *dir, const char *name);
static inline int fs_dir_of(const struct node_ref *r, const char *name,
			    struct dir **ret)
{
	int code = fs_dir(r, ret);

	if (!code && (*ret)->marks)
		*ret = marks_place(r->fs, *ret, name);
	return code;
}

static inline struct handle *fs_handle(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static inline bool fs_is_mark(const struct node *n)
{
	return n->control || n->mark;
}

/* Is @name in @dir written in place? */
bool fs_in_place(struct fs *fs, struct dir *dir, const char *name);
/* Likewise by an open for writing, of what is there, that truncates or not. */
bool fs_opens_in_place(struct fs *fs, struct dir *dir, const char *name,
		       bool trunc);
/* @n, that is, is being written to: marks say so. */
void fs_note_in_place(struct fs *fs, struct node *n);

/* The number that inode @ino on device @dev is shown with. */
uint64_t fs_ino(struct fs *fs, uint64_t dev, uint64_t ino);
void fs_fix_ino(struct fs *fs, uint64_t dev, struct stat *st);

/* Answers: fuse_reply_err() for @r, which is 0 or -errno. */
void reply_result(fuse_req_t req, int r);

/* control.c: which of idemfs' own names @name in @dir is, or CONTROL_NONE */
int control_of(const struct dir *dir, const char *name);
void control_stat(struct fs *fs, struct node *n, struct stat *ret);
/* What @req's process reads in @n: malloc'ed text, or -errno. */
int control_open(fuse_req_t req, struct node *n, char **ret, size_t *ret_size);

/* cache.c */

/* Seconds that the kernel may trust what nobody is changing. */
double fs_long_timeout(struct fs *fs);
/* Likewise the attributes of directory @d, in which names may come up; taken
 * when its epoch was @epoch. */
double fs_dir_timeout(struct fs *fs, struct dir *d, unsigned long epoch);

/* Likewise those of a pending version: its promotion changes the ctime. */
double fs_version_timeout(struct fs *fs, struct version *v);

/* Makes the kernel ask for the attributes of @n again, or of @d. */
void fs_forget_node_attr(struct fs *fs, struct node *n);
void fs_forget_attr(struct fs *fs, struct dir *d);
/* Or of the committed file @key. */
void fs_forget_file_attr(struct fs *fs, const struct file_key *key);
/*
 * Makes it look @name up again, when no LOOKUP has told it that a version is
 * pending there.  Waits for whoever has the directory locked in the kernel, and
 * so for other requests: hold nothing, and begin the version before.
 */
void fs_forget_name(struct fs *fs, struct dir *d, const char *name);
/* Likewise of the file that @v came from: who reads it, or another link to it,
 * is to see what was set through the version. */
void fs_forget_base_attr(struct fs *fs, struct version *v);
/* Likewise of a version, or of all that are pending at @name, when they were
 * changed through another node than their own. */
void fs_forget_version(struct fs *fs, struct version *v);
void fs_forget_pending(struct fs *fs, struct dir *dir, const char *name);
/* Likewise of those, at any name, that begin from @key and have no copy yet. */
void fs_forget_based(struct fs *fs, const struct file_key *key);
/* Likewise for all that the promotion of @v, which is being closed, changes. */
void fs_forget_closing(struct fs *fs, struct version *v);

/* found.c */

/*
 * What stands at @name, for the caller: a node (a reference), its attributes,
 * and how long they may be trusted.  -ENOENT with timeouts set, too.
 */
struct found {
	struct node *node;
	struct stat st;
	double entry_timeout;
	double attr_timeout;
};
/* What @st tells of, the committed file or directory of that name. */
int fs_found_file(struct fs *fs, struct dir *dir, const char *name,
		  const struct statx *st, struct found *ret);
/* A directory that is known. */
int fs_found_dir(struct fs *fs, struct dir *d, struct found *ret);
/* A pending version, found by @tid, who may be about to open it. */
int fs_found_version(struct fs *fs, struct version *v, struct dir *dir,
		     const char *name, pid_t tid, struct found *ret);
/* Sends it; takes the reference. */
void reply_found(fuse_req_t req, struct fs *fs, struct found *f);
/* -errno: the kernel did not take it, and will never release the handle. */
int reply_created(fuse_req_t req, struct fs *fs, struct found *f,
		  struct fuse_file_info *fi);

/* lookup.c */
int fs_lookup(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
	      struct found *ret);
/* Looks @name up and answers with it: the end of mkdir and the like. */
void reply_name(fuse_req_t req, struct fs *fs, struct dir *dir,
		const char *name);
/* A version for an open or truncation of @name, held: version_unhold() it. */
int fs_reserve(struct fs *fs, struct dir *dir, const char *name, pid_t tid,
	       bool trunc, struct version **ret_version);
void fs_op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void fs_op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count);
void fs_op_forget_multi(fuse_req_t req, size_t count,
			struct fuse_forget_data *forgets);

/* stat.c */

/*
 * Where @n is: a reference and a copy.  Of several places one where it still
 * is, if any; who goes there compares the key.
 */
int fs_place(struct fs *fs, struct node *n, struct dir **ret_dir,
	     char **ret_name, struct file_key *ret_key);
/* Forgets those where it is not any more, when there are many. */
void fs_tidy_places(struct fs *fs, struct node *n);
/*
 * Does @name still lead to @n, whose key is @key, or to a newer version of that
 * file?  Else it is unlinked, or replaced by another file.
 */
bool fs_leads_to(struct fs *fs, struct node *n, struct dir *dir,
		 const char *name, const struct file_key *key);
/* A descriptor (O_PATH) of what @n is. */
int fs_open_node(struct fs *fs, struct node *n, int flags, int *ret_fd);
/* The attributes of @n now; @h may be NULL. */
int fs_getattr(struct fs *fs, struct node *n, struct handle *h,
	       struct stat *ret, double *ret_timeout);
/* Those of a pending version, with the number of its node. */
int fs_stat_version(struct version *v, struct stat *ret);
void fs_op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);

/* attr.c, xattr.c */
void fs_op_statfs(fuse_req_t req, fuse_ino_t ino);
void fs_op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr,
		   int to_set, struct fuse_file_info *fi);
void fs_op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		    const char *value, size_t size, int flags);
void fs_op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name,
		    size_t size);
void fs_op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size);
void fs_op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name);

/* names.c */
void fs_op_readlink(fuse_req_t req, fuse_ino_t ino);
void fs_op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		 mode_t mode, dev_t rdev);
void fs_op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		 mode_t mode);
void fs_op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void fs_op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void fs_op_symlink(fuse_req_t req, const char *link, fuse_ino_t parent,
		   const char *name);
void fs_op_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
		  fuse_ino_t newparent, const char *newname,
		  unsigned int flags);
void fs_op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent,
		const char *newname);

/* open.c, create.c, file.c */

/*
 * Sends who comes to @n, to open it with @flags, back to walk his path again
 * (redirect.h): -ESTALE.
 */
int fs_send_back(struct fs *fs, struct node *n, pid_t tid, int flags);
void fs_op_create(fuse_req_t req, fuse_ino_t parent, const char *name,
		  mode_t mode, struct fuse_file_info *fi);
void fs_tmpfile(fuse_req_t req, fuse_ino_t parent, mode_t mode,
		struct fuse_file_info *fi);
void fs_op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		struct fuse_file_info *fi);
void fs_op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t size,
		 off_t off, struct fuse_file_info *fi);
void fs_op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync,
		 struct fuse_file_info *fi);
void fs_op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset,
		     off_t length, struct fuse_file_info *fi);
void fs_op_copy_file_range(fuse_req_t req, fuse_ino_t ino_in, off_t off_in,
			   struct fuse_file_info *fi_in, fuse_ino_t ino_out,
			   off_t off_out, struct fuse_file_info *fi_out,
			   size_t len, int flags);
void fs_op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence,
		 struct fuse_file_info *fi);

/* flags.c */
void fs_op_ioctl(fuse_req_t req, fuse_ino_t ino, unsigned int cmd, void *arg,
		 struct fuse_file_info *fi, unsigned int flags, const void *in,
		 size_t in_size, size_t out_size);

/* locks.c */
/* How requests that wait for a lock are answered. */
extern const struct lock_hooks fs_lock_hooks;
void fs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 struct flock *lock);
void fs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 struct flock *lock, int sleep);
void fs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 int op);
/* Is anything locked in the file that @h is open on? */
bool fs_has_locks(struct fs *fs, struct handle *h);
/*
 * Thread @tid of @owner closes a descriptor of @h: his POSIX locks of that file
 * are gone, or left to a will.  Whose wills the caller is to execute once he has
 * answered, or 0.
 */
pid_t fs_locks_close(struct fs *fs, struct handle *h, uint64_t owner,
		     pid_t tid);
/*
 * By the gate, in the order of the kernel's queue: what came through @h is
 * unlocked; and by RELEASE: who waited for that is answered.
 */
void fs_locks_release(struct fs *fs, struct handle *h);
void fs_locks_released(struct fs *fs, struct handle *h);

/* dirs.c */
void fs_op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void fs_op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		   struct fuse_file_info *fi);
void fs_op_releasedir(fuse_req_t req, fuse_ino_t ino,
		      struct fuse_file_info *fi);
void fs_op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync,
		    struct fuse_file_info *fi);

/*
 * marks.c: the virtual directory .checkpoints.  With --run-id, it shows the
 * group of that run; other runs are there for who names them.
 */
int marks_start(struct fs *fs);
/* Is @name in @dir the run that is on?  It stays where it is. */
bool marks_is_run(struct fs *fs, struct dir *dir, const char *name);
/* The directory whose names .checkpoints lists; no reference. */
struct dir *marks_listed(struct fs *fs);
int marks_lookup(struct fs *fs, struct dir *dir, const char *name,
		 struct found *ret);
int marks_stat(struct fs *fs, struct node *n, struct stat *ret);
void marks_create(fuse_req_t req, struct dir *dir, const char *name,
		  mode_t mode, struct fuse_file_info *fi);
void marks_open(fuse_req_t req, struct node *n, struct fuse_file_info *fi);
void marks_setattr(fuse_req_t req, struct node *n, struct stat *attr,
		   int to_set, struct fuse_file_info *fi);
int marks_unlink(fuse_req_t req, struct dir *dir, const char *name);
int marks_rmdir(struct fs *fs, struct dir *dir, const char *name);
/* A file of the tree becomes a mark, its content the note. */
int marks_adopt(fuse_req_t req, struct dir *dir, const char *name,
		struct dir *to, const char *to_name, unsigned int flags);
int marks_rename(fuse_req_t req, struct dir *dir, const char *name,
		 struct dir *to, const char *to_name, unsigned int flags);
bool marks_are_empty(struct fs *fs);
/*
 * The barrier, and a mark that is new: in a sticky directory it replaces none of
 * another user.  @step may be NULL.
 */
int marks_make(fuse_req_t req, struct dir *dir, const char *name, mode_t mode,
	       const struct step *step);
/* What is locked in .step by way of @h, which is being opened. */
int marks_line_of_step(struct fs *fs, struct handle *h);
/* fsync of .step: the mark that was asked for, made by @req's process. */
int marks_step(fuse_req_t req, struct handle *h);
/* notes.c: fsync, close by thread @tid, and what is between */
int marks_save(struct fs *fs, struct handle *h);
int marks_flush(struct fs *fs, struct handle *h, pid_t tid);
int notes_truncate(struct handle *h, off_t size);
int marks_write(struct handle *h, const char *buf, size_t size, off_t off);

/*
 * hidden.c: with --stale hide, a mark that does not stand reads as absent.
 * @ino: of the file at @name.  May wait for a judgement (core/verify/stale.h).
 */
bool marks_hide(struct fs *fs, struct dir *dir, const char *name, ino_t ino);
/*
 * Why the mark @n does not stand for @by, whatever --stale says: the length of
 * @why; -ENODATA: it does.
 */
int marks_why_stale(struct fs *fs, struct node *n, const struct caller *by,
		    char why[STANDING_WHY]);
/* Before anything is made at @name: a mark that is not shown is forgotten. */
int marks_clear(struct fs *fs, struct dir *dir, const char *name);
/* Likewise all of them in the group @name. */
int marks_clear_group(struct fs *fs, struct dir *dir, const char *name);
/* Does @dir have anything that is shown? */
bool marks_have_any(struct fs *fs, struct dir *dir);

/*
 * inflight.c: .checkpoints/.inflight, what is being written, for readers.  Its
 * directories show the backing ones of the same path, its files the newest
 * version that is under way there; modes, owners and ACLs are theirs, without
 * the right to write.
 */
static inline bool fs_is_inflight(const struct node *n)
{
	return n->control == CONTROL_INFLIGHT;
}
int inflight_top(struct fs *fs, struct found *ret);
int inflight_lookup(struct fs *fs, struct node *n, const char *name,
		    struct found *ret);
int inflight_stat(struct fs *fs, struct node *n, struct stat *ret);
/* A descriptor of what @n shows, to ask for its ACL. */
int inflight_fd(struct fs *fs, struct node *n, int *ret_fd);
int inflight_open(struct fs *fs, struct handle *h);
/* Calls @each for every name; 0 or -errno. */
int inflight_list(struct fs *fs, struct node *n,
		  void (*each)(void *arg, const char *name, unsigned char type),
		  void *arg);

/* status.c: the text of a control file, malloc'ed */
#define STATUS_GITIGNORE_SIZE 2
char *status_text(struct fs *fs, int control, size_t *ret_size);

#endif
