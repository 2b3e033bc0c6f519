/* SPDX-License-Identifier: MIT */
/*
 * The version that a redirected open will write to: version_reserve().
 */
#include <fcntl.h>
#include <string.h>

#include "base/util.h"
#include "core/backing/obstacle.h"
#include "core/version/names.h"
#include "core/version/version.h"

#define FRESH_MS 20 /* after an answered OPEN, open(2) has returned by then */

/*
 * The newest version that an open without O_TRUNC joins.  Not one that begins
 * empty and has no temp yet: its open may never come.  Nor a new file of
 * another user than @owner, whose file has come to the name meanwhile: the
 * kernel has checked the permissions of that file.
 */
static struct version *joinable_locked(struct versions *t, struct dir *dir,
				       const char *name, uid_t owner)
{
	struct vname *vn = vname_newest_locked(t, dir, name);

	ASSERT_HELD(&t->lock);
	for (; vn; vn = vn->older) {
		struct version *v = vn->version;

		if (v->temp.truncated && atomic_load(&v->temp.fd) < 0)
			continue;
		if (owner != NOBODY && v->temp.made_by != NOBODY &&
		    v->temp.made_by != owner)
			continue;
		if (v->state < VERSION_SEALED)
			return v;
	}
	return NULL;
}

/* The owner of the committed file; NOBODY when there is none. */
static uid_t owner_at(struct dir *dir, const char *name)
{
	struct statx st;

	return dir_statx(dir, name, &st) < 0 ? NOBODY : st.stx_uid;
}

/*
 * To overwrite a file that we may write but not read, only its metadata is
 * needed.  An append or update of a file that cannot be copied is written in
 * place.
 */
static int open_base(struct dir *dir, const char *name, bool trunc, int *ret)
{
	int r = dir_open_file(dir, name, O_RDONLY, NULL, ret);
	auto_fd fd = -1;

	if (r != -EACCES)
		return r;
	if (trunc)
		return dir_open_file(dir, name, O_PATH, NULL, ret);
	r = dir_open_file(dir, name, O_WRONLY, NULL, &fd);
	return r < 0 ? r : VERSION_IN_PLACE;
}

static int add_name(struct version *fresh, struct dir *dir, const char *name,
		    struct lineage *l)
{
	int r;

	LOCK_SCOPE(&fresh->table->lock);
	fresh->line = l;
	fresh->holds = 1;
	r = vname_add_locked(fresh, dir, name, NULL);
	if (r < 0)
		fresh->holds = 0;
	return r;
}

/*
 * A daemon that is not root can write some files that it cannot replace.  That
 * is better said by open than after they have been written.
 */
static int may_rename_over(struct dir *dir, uid_t owner)
{
	struct dir_traits traits;
	auto_pin pin = { 0 };
	int r;

	if (geteuid() == 0)
		return 0;
	r = dir_pin(dir, &pin);
	if (!r)
		r = dir_get_traits(dir, &traits);
	if (r < 0)
		return r;
	if (faccessat(pin.fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return -errno;
	if ((traits.mode & S_ISVTX) && owner != geteuid() &&
	    traits.uid != geteuid())
		return -EACCES;
	return 0;
}

/* @dir is held: nothing in it is promoted, renamed or unlinked now. */
static int reserve_new(struct versions *t, struct dir *dir, const char *name,
		       struct version *fresh)
{
	struct file_key key;
	struct lineage *l;
	struct statx st;
	int fd, r = open_base(dir, name, fresh->temp.truncated, &fd);

	if (r)
		return r;
	fresh->temp.base = fd;
	r = fd_statx(fd, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.stx_mode))
		return -ESTALE;
	r = obstacle_to_write(dir, &st);
	if (!r)
		r = may_rename_over(dir, st.stx_uid);
	if (r)
		return r;
	key = statx_key(&st);
	fresh->base_key = key;
	fresh->replaces = true;
	LOCK_SCOPE(&t->lining);
	l = t->hooks.file_line(t->hooks.arg, &key, NULL);
	r = add_name(fresh, dir, name, l);
	if (r < 0)
		return r;
	/* For processes that have it open; later LOOKUPs find the version. */
	lineage_put(t->hooks.file_line(t->hooks.arg, &key, fresh->line));
	return 0;
}

/*
 * The kernel sets the size of a file to 0 after the answer to an OPEN with
 * O_TRUNC, without a lock (fs/fuse/file.c, fuse_open()).  A process that joined
 * and wrote in between would lose its bytes.  So an open that joins waits until
 * another request has come for the version, or until some time has passed.
 */
static bool is_fresh_locked(const struct version *v)
{
	if (!v)
		return false;
	ASSERT_HELD(&v->table->lock);
	return v->temp.truncated && !atomic_load(&v->used) &&
	       now_ms() - v->opened_ms < FRESH_MS;
}

static void wait_while_fresh(struct versions *t, struct dir *dir,
			     const char *name, uid_t owner)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	bool fresh = true;

	while (fresh) {
		pthread_mutex_lock(&t->lock);
		fresh = is_fresh_locked(joinable_locked(t, dir, name, owner));
		pthread_mutex_unlock(&t->lock);
		if (!fresh)
			return;
		WAIT_SCOPE(&t->rooms->wait);
		nanosleep(&ms, NULL);
	}
}

static struct version *join_held(struct versions *t, struct dir *dir,
				 const char *name, uid_t owner)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	vname_settled_locked(t, dir, name);
	v = joinable_locked(t, dir, name, owner);
	if (!v)
		return NULL;
	v->holds++;
	return version_get(v);
}

/*
 * -EINPROGRESS when a version there is sealed.  Both are looked at under one
 * lock: a version that is sealed just when it was not joined must not be
 * missed, or the new version would begin from the file that it replaces.
 */
static int join_newer(struct versions *t, struct dir *dir, const char *name,
		      bool trunc, uid_t owner, struct version **ret_version)
{
	struct version *v;

	LOCK_SCOPE(&t->lock);
	if (vname_any_sealed_locked(vname_newest_locked(t, dir, name)))
		return -EINPROGRESS;
	v = trunc ? NULL : joinable_locked(t, dir, name, owner);
	if (v)
		v->holds++;
	*ret_version = v ? version_get(v) : NULL;
	return 0;
}

static int reserve_locked_names(struct versions *t, struct dir *dir,
				const char *name, struct version *fresh,
				uid_t owner, struct version **ret_version)
{
	struct version *v = NULL;
	int r;

	TREE_SCOPE(t->rooms->tree, dir);
	r = join_newer(t, dir, name, fresh->temp.truncated, owner, &v);
	if (r < 0)
		return r;
	if (v) {
		*ret_version = v;
		return 0;
	}
	r = reserve_new(t, dir, name, fresh);
	if (!r)
		*ret_version = version_get(fresh);
	return r;
}

int version_reserve(struct versions *t, struct dir *dir, const char *name,
		    pid_t tid, bool trunc,
		    uint64_t (*make_owner)(void *arg, struct version *v),
		    void *arg, struct version **ret_version)
{
	struct version *fresh;
	uid_t owner = NOBODY;
	unsigned int tries = 0;
	int r = versions_check_writable(t, dir);

	if (r < 0)
		return r;
	if (!trunc && atomic_load(&dir->pending)) {
		owner = owner_at(dir, name);
		wait_while_fresh(t, dir, name, owner);
		*ret_version = join_held(t, dir, name, owner);
		if (*ret_version)
			return 0;
	}
	fresh = version_alloc(t, dir, writer_process(tid));
	if (!fresh)
		return -ENOMEM;
	fresh->temp.truncated = fresh->stream.from_empty = trunc;
	fresh->owner = make_owner(arg, fresh);
	do {
		/* @dir is not held, since the thread that settles needs it. */
		versions_wait_settled(t, dir, name);
		/* A version may have come to the name since it was looked at. */
		if (!trunc && owner == NOBODY && atomic_load(&dir->pending))
			owner = owner_at(dir, name);
		r = reserve_locked_names(t, dir, name, fresh, owner,
					 ret_version);
	} while (r == -EINPROGRESS ||
		 (r == -EWOULDBLOCK && versions_wait_lease(t, &tries)));
	version_put(fresh);
	return r;
}

void versions_wait_settled(struct versions *t, struct dir *dir,
			   const char *name)
{
	if (!atomic_load(&dir->pending))
		return;
	LOCK_SCOPE(&t->lock);
	vname_settled_locked(t, dir, name);
}
