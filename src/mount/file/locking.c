/* SPDX-License-Identifier: MIT */
#include "mount/file/locking.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/util.h"
#include "core/exit_locks/exit_locks.h"
#include "core/locks/locks.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "mount/node/handle.h"

/* The lineage that is locked for @h: borrowed; NULL when there is none yet. */
static struct lineage *line_of(struct fs *fs, struct handle *h)
{
	if (h->line)
		return h->line;
	return h->version ? version_facts(h->version).line
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
	/* No open can find the file by a name. */
	if (!*ret && r == -ESTALE)
		l = lineage_new(fs->core->rooms.lines);
	if (l)
		*ret = node_line(fs->nodes, h->node, l);
	lineage_put(l);
	return *ret ? 0 : -ENOLCK;
}

bool locking_any(struct fs *fs, struct handle *h)
{
	struct lineage *l = line_of(fs, h);

	return l && locks_any(fs->locks, &l->locks);
}

pid_t locking_close(struct fs *fs, struct handle *h, uint64_t owner, pid_t tid)
{
	struct lineage *l = line_of(fs, h);
	pid_t pid, ended = 0;

	if (!l || !locks_any(fs->locks, &l->locks))
		return 0;
	pid = exit_locks_process(fs->exit_locks, tid);
	atomic_store(&h->closer, pid);
	if (!pid || !exit_locks_leave(fs->exit_locks, l, pid, owner, 0, &ended))
		locks_drop_owner(fs->locks, &l->locks, owner);
	return ended;
}

void locking_release(struct fs *fs, struct handle *h)
{
	struct lineage *l;
	pid_t pid;

	if (!atomic_load(&h->locked))
		return;
	l = line_of(fs, h);
	pid = exit_locks_process(fs->exit_locks, atomic_load(&h->closer));
	if (!pid || !exit_locks_leave(fs->exit_locks, l, pid, 0, (uintptr_t)h,
				      &h->ended))
		h->freed =
			locks_drop_handle(fs->locks, &l->locks, (uintptr_t)h);
}

void locking_released(struct fs *fs, struct handle *h)
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

const struct lock_hooks locking_hooks = { answer, interrupted };

/* It may have been answered meanwhile: then nothing waits for @req. */
static void interrupt(fuse_req_t req, void *data)
{
	struct fs *fs = data;

	locks_cancel(fs->locks, req);
}

/* Requests */

static struct lock_spec spec_of(const struct request *q,
				const struct fuse_file_info *fi,
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
		.uid = q->by.uid,
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

int locking_get(struct request *q, struct handle *h,
		const struct fuse_file_info *fi, struct flock *lock)
{
	struct fs *fs = q->fs;
	struct lock_spec spec = spec_of(q, fi, lock), found;
	struct lineage *l;
	int r = make_line(fs, h, &l);

	if (r < 0)
		return r;
	lock->l_type = F_UNLCK;
	if (!locks_test(fs->locks, &l->locks, &spec, &found))
		return 0;
	exit_locks_wait(fs->exit_locks, l);
	if (locks_test(fs->locks, &l->locks, &spec, &found))
		*lock = flock_of(&found);
	return 0;
}

static int unlock(struct fs *fs, struct handle *h, const struct lock_spec *spec)
{
	struct lineage *l = line_of(fs, h);

	return l ? locks_clear(fs->locks, &l->locks, spec) : 0;
}

static int lock_it(struct request *q, struct handle *h,
		   const struct lock_spec *spec, bool sleep)
{
	struct fs *fs = q->fs;
	struct lineage *l;
	int r = make_line(fs, h, &l);

	if (r < 0)
		return r;
	atomic_store(&h->locked, true);
	/* A process that sends no FLUSH will not say that it closes it. */
	atomic_store(&h->closer, q->by.tid);
	if (sleep)
		fuse_req_interrupt_func(q->req, interrupt, fs);
	/* Once it may have been answered, @h and the request may be gone. */
	r = locks_set(fs->locks, &l->locks, spec, sleep ? q->req : NULL);
	if (r == -EAGAIN) {
		exit_locks_wait(fs->exit_locks, l);
		r = locks_set(fs->locks, &l->locks, spec, NULL);
	}
	/* A mark that waits for the file need not, if it is but locked. */
	if (!r && h->version)
		versions_wake(fs->versions);
	return r;
}

int locking_set(struct request *q, struct handle *h,
		const struct fuse_file_info *fi, const struct flock *lock,
		bool sleep)
{
	struct lock_spec spec = spec_of(q, fi, lock);

	return lock->l_type == F_UNLCK ? unlock(q->fs, h, &spec)
				       : lock_it(q, h, &spec, sleep);
}

int locking_flock(struct request *q, struct handle *h,
		  const struct fuse_file_info *fi, int op)
{
	struct lock_spec spec = {
		.flock = true,
		.exclusive = (op & ~LOCK_NB) == LOCK_EX,
		.end = UINT64_MAX,
		.owner = fi->lock_owner,
		.handle = fi->fh,
		.pid = q->by.tid,
		.uid = q->by.uid,
	};

	return (op & ~LOCK_NB) == LOCK_UN
		       ? unlock(q->fs, h, &spec)
		       : lock_it(q, h, &spec, !(op & LOCK_NB));
}
