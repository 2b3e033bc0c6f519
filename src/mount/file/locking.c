/* SPDX-License-Identifier: MIT */
/*
 * locks: GETLK, SETLK, SETLKW and flock, and how closing unlocks.
 *
 * What the kernel tells (fs/fuse/file.c): a lock has a number for its owner,
 * which is the process's table of descriptors for a POSIX lock, and the open
 * file for those of open file descriptions and of flock(2).  A FLUSH carries
 * the former, so it gives up POSIX locks.  A RELEASE always carries a handle:
 * whatever came through it is given up then, the locks of descriptions among
 * it, of which the kernel says nothing more.
 *
 * A handle that only reads sends no FLUSH (FOPEN_NOFLUSH) unless something was
 * locked in its file when it was opened; its POSIX locks go with its RELEASE.
 *
 * What a process has locked that ends with its files open goes to a will
 * (exit_locks.h).
 */
#include <fcntl.h>
#include <sys/file.h>

#include "base/util.h"
#include "mount/fs/fs.h"

/* What is known so far, borrowed from what @h refers to; or NULL. */
static struct lineage *line_of(struct fs *fs, struct handle *h)
{
	if (h->line)
		return h->line;
	return h->version ? h->version->line
			  : node_line(fs->nodes, h->node, NULL);
}

static int make_line(struct fs *fs, struct handle *h, struct lineage **ret)
{
	struct lineage *l = NULL;
	int r = -ESTALE;

	*ret = line_of(fs, h);
	for (unsigned int i = 0; !*ret && r == -ESTALE; i++) {
		auto_dir *dir = NULL;
		auto_free char *name = NULL;
		struct file_key key;

		if (node_place(fs->nodes, h->node, i, &dir, &name, &key) < 0)
			break;
		r = versions_line(fs->versions, dir, name, &key, &l);
	}
	/* Nobody finds it by a name. */
	if (!*ret && r == -ESTALE)
		l = lineage_new(fs->core->rooms.lines);
	if (l)
		*ret = node_line(fs->nodes, h->node, l);
	lineage_put(l);
	return *ret ? 0 : -ENOLCK;
}

bool fs_has_locks(struct fs *fs, struct handle *h)
{
	struct lineage *l = line_of(fs, h);

	return l && locks_any(fs->locks, &l->locks);
}

pid_t fs_locks_close(struct fs *fs, struct handle *h, uint64_t owner, pid_t tid)
{
	struct lineage *l = line_of(fs, h);
	pid_t pid, ended = 0;

	if (!l || !locks_any(fs->locks, &l->locks))
		return 0;
	pid = wills_testator(fs->wills, tid);
	atomic_store(&h->closer, pid);
	if (!pid || !wills_leave(fs->wills, l, pid, owner, 0, &ended))
		locks_drop_owner(fs->locks, &l->locks, owner);
	return ended;
}

void fs_locks_release(struct fs *fs, struct handle *h)
{
	struct lineage *l;
	pid_t pid;

	if (!atomic_load(&h->locked))
		return;
	l = line_of(fs, h);
	pid = wills_testator(fs->wills, atomic_load(&h->closer));
	if (!pid || !wills_leave(fs->wills, l, pid, 0, (uintptr_t)h, &h->ended))
		h->freed =
			locks_drop_handle(fs->locks, &l->locks, (uintptr_t)h);
}

void fs_locks_released(struct fs *fs, struct handle *h)
{
	locks_answer(fs->locks, h->freed);
}

/* Answers that come later; the cookie is the request */

static void answer(void *cookie, int r)
{
	reply_result(cookie, r);
}

static bool interrupted(void *cookie)
{
	return fuse_req_interrupted(cookie);
}

const struct lock_hooks fs_lock_hooks = { answer, interrupted };

/* It may have been answered meanwhile: then nothing waits for @req. */
static void interrupt(fuse_req_t req, void *data)
{
	struct fs *fs = data;

	locks_cancel(fs->locks, req);
}

/* Requests */

static struct lock_spec spec_of(fuse_req_t req, const struct fuse_file_info *fi,
				const struct flock *lock)
{
	return (struct lock_spec){
		.exclusive = lock->l_type == F_WRLCK,
		.start = (uint64_t)lock->l_start,
		.end = lock->l_len ? (uint64_t)lock->l_start +
					     (uint64_t)lock->l_len - 1
				   : INT64_MAX,
		.owner = fi->lock_owner,
		.handle = fi->fh,
		.pid = lock->l_pid,
		.uid = fuse_req_ctx(req)->uid,
	};
}

static struct flock flock_of(const struct lock_spec *spec)
{
	return (struct flock){
		.l_type = spec->exclusive ? F_WRLCK : F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = (off_t)spec->start,
		.l_len = spec->end < INT64_MAX
				 ? (off_t)(spec->end - spec->start + 1)
				 : 0,
		.l_pid = spec->pid,
	};
}

void fs_op_getlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 struct flock *lock)
{
	struct fs *fs = fs_of(req);
	struct lock_spec spec = spec_of(req, fi, lock), found;
	struct lineage *l;
	int r = make_line(fs, fs_handle(fi), &l);

	(void)ino;
	if (r < 0) {
		reply_result(req, r);
		return;
	}
	lock->l_type = F_UNLCK;
	if (locks_test(fs->locks, &l->locks, &spec, &found)) {
		wills_wait(fs->wills, l);
		if (locks_test(fs->locks, &l->locks, &spec, &found))
			*lock = flock_of(&found);
	}
	fuse_reply_lock(req, lock);
}

static void unlock(fuse_req_t req, struct handle *h,
		   const struct lock_spec *spec)
{
	struct fs *fs = fs_of(req);
	struct lineage *l = line_of(fs, h);

	reply_result(req, l ? locks_clear(fs->locks, &l->locks, spec) : 0);
}

/* Once it may have been answered, @h and @req may be gone. */
static void lock_it(fuse_req_t req, struct handle *h,
		    const struct lock_spec *spec, bool sleep)
{
	struct fs *fs = fs_of(req);
	struct lineage *l;
	int r = make_line(fs, h, &l);

	if (!r) {
		atomic_store(&h->locked, true);
		/* Who sends no FLUSH will not say who closes it. */
		atomic_store(&h->closer, fuse_req_ctx(req)->pid);
		if (sleep)
			fuse_req_interrupt_func(req, interrupt, fs);
		r = locks_set(fs->locks, &l->locks, spec, sleep ? req : NULL);
	}
	if (r == -EAGAIN) {
		wills_wait(fs->wills, l);
		r = locks_set(fs->locks, &l->locks, spec, NULL);
	}
	/* A mark that waits for it need not, if it is but locked. */
	if (!r && h->version)
		versions_wake(fs->versions);
	if (r != -EINPROGRESS)
		reply_result(req, r);
}

void fs_op_setlk(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 struct flock *lock, int sleep)
{
	struct lock_spec spec = spec_of(req, fi, lock);

	(void)ino;
	if (lock->l_type == F_UNLCK)
		unlock(req, fs_handle(fi), &spec);
	else
		lock_it(req, fs_handle(fi), &spec, sleep);
}

void fs_op_flock(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		 int op)
{
	struct lock_spec spec = {
		.flock = true,
		.exclusive = (op & ~LOCK_NB) == LOCK_EX,
		.end = UINT64_MAX,
		.owner = fi->lock_owner,
		.handle = fi->fh,
		.pid = fuse_req_ctx(req)->pid,
		.uid = fuse_req_ctx(req)->uid,
	};

	(void)ino;
	if ((op & ~LOCK_NB) == LOCK_UN)
		unlock(req, fs_handle(fi), &spec);
	else
		lock_it(req, fs_handle(fi), &spec, !(op & LOCK_NB));
}
