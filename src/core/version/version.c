/* SPDX-License-Identifier: MIT */
#include "core/version/version.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/obstacle.h"
#include "core/changes/changes.h"
#include "core/changes/hasher.h"
#include "core/changes/intent.h"
#include "core/changes/lost_writes.h"
#include "core/digest/stream.h"
#include "core/disk/dirty.h"
#include "core/flush/failures.h"
#include "core/flush/flush.h"
#include "core/flush/vouched.h"
#include "core/flush/write_ahead.h"
#include "core/process/ancestry.h"
#include "core/temp/filesystems.h"
#include "core/temp/journal.h"
#include "core/temp/temp.h"
#include "core/version/append.h"
#include "core/version/authors.h"
#include "core/version/drain.h"
#include "core/version/names.h"
#include "core/version/owner.h"
#include "core/version/promise.h"
#include "core/version/temp_names.h"

int versions_new(const struct rooms *rooms, const struct version_hooks *hooks,
		 struct versions **ret)
{
	struct versions *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return -ENOMEM;
	t->rooms = rooms;
	t->hooks = *hooks;
	/* A tail goes into a file that has its name already. */
	t->tail_min = rooms->disk.way == WAY_EACH ? INT64_MAX : TAIL_FILE_MIN;
	/* So no temp that an earlier mount may have left has such a name. */
	t->next_id = (uint64_t)time(NULL) << 20;
	pthread_mutex_init(&t->lining, NULL);
	pthread_mutex_init(&t->keeping, NULL);
	lock_init(&t->lock);
	pthread_cond_init(&t->changed, NULL);
	r = promises_new(t, &t->promises);
	if (r < 0) {
		versions_free(t);
		return r;
	}
	*ret = t;
	return 0;
}

void versions_free(struct versions *t)
{
	if (!t)
		return;
	promises_free(t->promises);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	pthread_mutex_destroy(&t->keeping);
	pthread_mutex_destroy(&t->lining);
	free(t);
}

const struct rooms *versions_rooms(const struct versions *t)
{
	return t->rooms;
}

uint64_t versions_new_id(struct versions *t)
{
	LOCK_SCOPE(&t->lock);
	return t->next_id++;
}

int versions_start(struct versions *t)
{
	return promises_start(t->promises);
}

void versions_stop(struct versions *t)
{
	promises_stop(t->promises);
}

/* V1, V2, V3 and V6 of version.h. */
void version_check_locked(const struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	assert((v->state == VERSION_PENDING) == (v->writers != NULL));
	assert((v->state != VERSION_HELD && v->state != VERSION_RESERVED) ||
	       v->holds > 0);
	assert(v->state < VERSION_COMMITTED || !v->names);
	assert(!v->detached || !v->names);
	(void)v;
}

struct version *version_get(struct version *v)
{
	atomic_fetch_add(&v->refs, 1);
	return v;
}

void version_put(struct version *v)
{
	if (!v || atomic_fetch_sub(&v->refs, 1) != 1)
		return;
	temp_release(&v->temp);
	close_fd(v->ending.watch);
	stream_release(&v->stream);
	free(v->joined);
	lineage_put(v->line);
	pthread_mutex_destroy(&v->io);
	free(v);
}

int versions_check_writable(struct versions *t, struct dir *dir)
{
	auto_pin pin = { 0 };
	int r = disk_is_foreign(&t->rooms->disk, dir) ? dir_pin(dir, &pin) : 0;

	/* EACCES of the daemon itself is not what is asked here. */
	if (!r && pin.dir && faccessat(pin.fd, "", W_OK, AT_EMPTY_PATH) < 0 &&
	    errno == EROFS)
		r = -EROFS;
	return r;
}

struct version *version_alloc(struct versions *t, struct dir *dir, pid_t pid)
{
	struct version *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->table = t;
	v->ending.watch = -1;
	v->refs = 1;
	v->writes.failures = lost_writes_failures(t->rooms->lost);
	temp_init(&v->temp, t->rooms->temps, pid);
	lock_init(&v->io);
	stream_init(&v->stream, &v->io);
	pthread_mutex_lock(&t->lock);
	v->temp.id = t->next_id++;
	pthread_mutex_unlock(&t->lock);
	if (dir && temp_go_near(&v->temp, dir) < 0) {
		version_put(v);
		return NULL;
	}
	return v;
}

bool version_is_settled(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->state >= VERSION_COMMITTED;
}

bool version_is_moving(struct version *v)
{
	if (!atomic_load(&v->is_read) && !owner_differs(v))
		return false;
	LOCK_SCOPE(&v->table->lock);
	return v->flushed;
}

bool version_is_open(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	return v->state < VERSION_SEALED;
}

void version_sealed_locked(struct version *v)
{
	ASSERT_HELD(&v->table->lock);
	v->state = VERSION_SEALED;
	v->turn = v->table->next_id++;
	vnames_to_front_locked(v);
}

/* Waiting */

void versions_changed_locked(struct versions *t)
{
	ASSERT_HELD(&t->lock);
	t->news++;
	pthread_cond_broadcast(&t->changed);
}

/* The hooks may make a thread, so they are called without the lock. */
static void tell_locked(struct versions *t, void (*hook)(void *arg))
{
	ASSERT_HELD(&t->lock);
	pthread_mutex_unlock(&t->lock);
	hook(t->rooms->wait.arg);
	pthread_mutex_lock(&t->lock);
}

int versions_wait_until_locked(struct versions *t, int64_t until)
{
	unsigned long seen = t->news;
	int r = 0;

	ASSERT_HELD(&t->lock);
	tell_locked(t, t->rooms->wait.begin);
	/* If a state has changed while the hook was called, do not wait. */
	if (t->news != seen)
		r = until >= 0 && now_ms() >= until ? ETIMEDOUT : 0;
	else if (until < 0)
		pthread_cond_wait(&t->changed, &t->lock);
	else
		r = cond_wait_until(&t->changed, &t->lock, until);
	tell_locked(t, t->rooms->wait.end);
	return r;
}

void versions_wait_locked(struct versions *t)
{
	ASSERT_HELD(&t->lock);
	versions_wait_until_locked(t, -1);
}

void version_wait_settled(struct version *v)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	while (v->state == VERSION_SEALED)
		versions_wait_locked(t);
}

void versions_wait_dir(struct versions *t, struct dir *dir)
{
	if (!atomic_load(&dir->pending))
		return;
	LOCK_SCOPE(&t->lock);
	while (dir_has_sealed_locked(dir, false))
		versions_wait_locked(t);
}

void versions_wait_times(struct versions *t, struct dir *dir)
{
	if (!atomic_load(&dir->closing))
		return;
	LOCK_SCOPE(&t->lock);
	while (dir_has_sealed_locked(dir, true))
		versions_wait_locked(t);
}

/* Beginning */

static void add_writer_locked(struct version *v, struct writer *w,
			      const struct caller *by, pid_t pid)
{
	uint64_t session = authors_owner_locked(v->table, by->session);

	ASSERT_HELD(&v->table->lock);
	*w = (struct writer){
		.version = v,
		.pid = pid,
		.since = ancestry_now(),
		.uid = by->uid,
		.next = v->writers,
	};
	if (!v->opened_ms) {
		v->temp.by = *by;
		v->session = session;
	} else {
		drain_note_joined_locked(v, by->uid, session);
	}
	authors_compare_locked(v, session);
	v->shared |= v->temp.by.uid != by->uid;
	v->opened_ms = now_ms();
	v->writers = w;
	v->state = VERSION_PENDING;
}

/*
 * In a sticky directory the first user to make a name has it: a file of another
 * user may not replace it.
 */
static bool must_share(struct dir *dir, uid_t uid)
{
	struct dir_traits traits;

	return uid != 0 && atomic_load(&dir->pending) &&
	       dir_get_traits(dir, &traits) == 0 && (traits.mode & S_ISVTX) &&
	       traits.uid != uid;
}

static bool is_anothers_locked(struct versions *t, struct dir *dir,
			       const char *name, uid_t uid)
{
	struct vname *vn = vname_newest_locked(t, dir, name);

	ASSERT_HELD(&t->lock);
	for (; vn; vn = vn->older)
		if (vn->version->temp.made_by != NOBODY &&
		    vn->version->temp.made_by != uid)
			return true;
	return false;
}

bool versions_are_anothers(struct versions *t, struct dir *dir,
			   const char *name, uid_t uid)
{
	if (!must_share(dir, uid))
		return false;
	LOCK_SCOPE(&t->lock);
	return is_anothers_locked(t, dir, name, uid);
}

static int claim_locked(struct version *v, const struct version_new *spec,
			bool share)
{
	struct versions *t = v->table;

	ASSERT_HELD(&v->table->lock);
	while (spec->dir->removing)
		versions_wait_locked(t);
	if (dir_was_removed(spec->dir))
		return -ENOENT;
	if (spec->excl && vname_newest_locked(t, spec->dir, spec->name))
		return -EEXIST;
	if (share && is_anothers_locked(t, spec->dir, spec->name, spec->by.uid))
		return -EACCES;
	return vname_add_locked(v, spec->dir, spec->name, NULL);
}

/*
 * Takes the name before looking at the disk: a promotion renames first, and
 * leaves the table after that.  So no version is missed between the two looks.
 */
static int claim(struct version *v, const struct version_new *spec,
		 struct writer *w, pid_t pid)
{
	struct versions *t = v->table;
	bool share = must_share(spec->dir, spec->by.uid);
	struct statx st;
	int r;

	pthread_mutex_lock(&t->lock);
	r = claim_locked(v, spec, share);
	if (!r)
		add_writer_locked(v, w, &spec->by, pid);
	pthread_mutex_unlock(&t->lock);
	if (r < 0 || !spec->excl)
		return r;
	r = dir_statx(spec->dir, spec->name, &st);
	if (!r)
		return -EEXIST;
	if (r != -ENOENT && r != -ESTALE)
		return r;
	return dir_is_gone(spec->dir) ? -ENOENT : 0;
}

/* Undoes claim() for a version that never came to be. */
static void unclaim(struct version *v)
{
	struct versions *t = v->table;

	LOCK_SCOPE(&t->lock);
	while (v->names)
		vname_remove_locked(v->names);
	v->writers = NULL;
	v->state = VERSION_DISCARDED;
	versions_changed_locked(t);
}

/* The name that is still without a temp: link(2) may have added others. */
static struct vname *bare_name_locked(struct version *v)
{
	struct vname *vn = v->names;

	ASSERT_HELD(&v->table->lock);
	while (vn && vn->temp)
		vn = vn->next;
	return vn;
}

static void set_temp(struct version *v, char *temp)
{
	struct vname *vn;

	pthread_mutex_lock(&v->table->lock);
	vn = bare_name_locked(v);
	if (vn) {
		vn->temp = steal_ptr(&temp);
		v->named = true;
	}
	pthread_mutex_unlock(&v->table->lock);
	if (!temp)
		return;
	/* It was unlinked meanwhile: its bytes live on without a name. */
	temp_remove(&v->temp, temp);
	free(temp);
}

static int make_named(struct version *v, const struct version_new *spec,
		      const struct temp_new *file, struct writer *w, pid_t pid)
{
	char *temp = NULL;
	int r = claim(v, spec, w, pid);

	if (!r)
		r = versions_check_writable(v->table, spec->dir);
	if (!r)
		r = obstacle_to_new(spec->dir);
	if (!r)
		r = temp_new_file(&v->temp, file, &temp);
	if (r < 0)
		unclaim(v);
	else
		set_temp(v, temp);
	return r;
}

static int make_anonymous(struct version *v, const struct version_new *spec,
			  const struct temp_new *file, struct writer *w,
			  pid_t pid)
{
	int r;

	v->line = lineage_new(v->table->rooms->lines);
	r = v->line ? obstacle_to_new(spec->dir) : -ENOMEM;
	if (!r)
		r = temp_anonymous(&v->temp, file);
	if (r < 0)
		return r;
	LOCK_SCOPE(&v->table->lock);
	add_writer_locked(v, w, &spec->by, pid);
	return 0;
}

int version_create(struct versions *t, const struct version_new *spec,
		   struct writer *w, struct version **ret_version)
{
	const struct temp_new file = { spec->dir, spec->name, spec->mode,
				       spec->by };
	pid_t pid = writer_process(spec->by.tid);
	struct version *v = version_alloc(t, spec->dir, pid);
	int r;

	if (!v)
		return -ENOMEM;
	v->owner = spec->owner;
	v->temp.made_by = spec->by.uid;
	v->temp.truncated = v->stream.from_empty = true;
	r = spec->name ? make_named(v, spec, &file, w, pid)
		       : make_anonymous(v, spec, &file, w, pid);
	if (r < 0)
		version_put(v);
	else
		*ret_version = v;
	return r;
}

bool version_hold(struct version *v)
{
	LOCK_SCOPE(&v->table->lock);
	if (v->state >= VERSION_SEALED)
		return false;
	v->holds++;
	return true;
}

void version_unhold(struct version *v)
{
	struct versions *t = v->table;
	bool settle = false;

	pthread_mutex_lock(&t->lock);
	if (--v->holds == 0) {
		settle = v->state == VERSION_HELD ||
			 v->state == VERSION_RESERVED;
		if (settle)
			version_sealed_locked(v);
	}
	version_check_locked(v);
	pthread_mutex_unlock(&t->lock);
	if (settle)
		version_settle(v);
}

/* Opening, writing, closing */

static int replace_base(struct version *v, const char *path,
			enum temp_content content, char **ret_temp)
{
	auto_free char *name = NULL;
	struct dir *dir = NULL;
	struct temp_old old = {
		.path = path,
		.content = content,
		/* Only root keeps set-id bits when it writes. */
		.powers = version_is_of(v, 0),
	};
	int r;

	/* Its group may come from the directory that it is made in. */
	if (geteuid() != 0 && !version_first_name(v, &dir, &name))
		old.dir = dir;
	WAIT_SCOPE(&v->table->rooms->wait);
	r = temp_replace(&v->temp, &old, ret_temp);
	if (r < 0 && content == TEMP_TAIL) {
		old.content = TEMP_COPY;
		r = temp_replace(&v->temp, &old, ret_temp);
	}
	dir_put(dir);
	return r;
}

int version_materialize(struct version *v, enum temp_content content)
{
	auto_free char *path = NULL;
	char *temp = NULL;
	int r;

	LOCK_SCOPE(&v->io);
	if (v->temp.fd >= 0)
		return 0;
	if (v->temp.tail >= 0)
		return content == TEMP_TAIL ? 0 : append_fill_locked(v);
	if (content == TEMP_TAIL && v->is_read)
		content = TEMP_COPY;
	path = version_path(v);
	if (!path)
		return -ENOMEM;
	r = replace_base(v, path, content, &temp);
	if (r < 0)
		return r;
	if (content == TEMP_EMPTY)
		atomic_store(&v->stream.emptied, true);
	set_temp(v, temp);
	return 0;
}

static int begin_open(struct version *v, const struct caller *by,
		      struct writer *w)
{
	pid_t pid = writer_process(by->tid);

	LOCK_SCOPE(&v->table->lock);
	if (v->state >= VERSION_SEALED)
		return -ESTALE;
	add_writer_locked(v, w, by, pid);
	version_check_locked(v);
	return 0;
}

int version_open(struct version *v, const struct caller *by, int flags,
		 struct writer *w)
{
	bool trunc = flags & O_TRUNC;
	const struct caller user = owner_caller(v, by);
	int r = begin_open(v, &user, w);

	if (r < 0)
		return r;
	if (trunc) {
		atomic_store(&v->synced, false);
		r = version_fill(v);
	}
	if (r < 0) {
		;
	} else if (v->temp.fd < 0 && (v->temp.truncated || trunc)) {
		r = version_materialize(v, TEMP_EMPTY);
	} else if (trunc) {
		r = promise_void(v->table->promises, v);
		if (!r)
			r = stream_truncate(&v->stream, v->temp.fd, 0);
		if (!r)
			v->error = 0; /* earlier write errors count no more */
	}
	if (r < 0 && version_seal(w))
		version_settle(v);
	return r;
}

int version_fd_to_keep(struct version *v, int *ret_fd)
{
	int r = 0;

	if (atomic_load(&v->temp.fd) < 0)
		r = version_materialize(v, v->temp.truncated ? TEMP_EMPTY
							     : TEMP_COPY);
	if (!r)
		*ret_fd = atomic_load(&v->temp.fd);
	return r;
}

int version_fd_for_write(struct version *v, int *ret_fd)
{
	int r = promise_void(v->table->promises, v);

	atomic_store_explicit(&v->used, true, memory_order_relaxed);
	atomic_store_explicit(&v->synced, false, memory_order_relaxed);
	return r < 0 ? r : version_fd_to_keep(v, ret_fd);
}

int version_fd(struct version *v, enum fd_use use, off_t at, int *ret_fd)
{
	int r = 0;

	switch (use) {
	case FD_TO_READ:
		return version_fd_to_read_to(v, at, ret_fd);
	case FD_TO_WRITE:
		return version_fd_to_write_at(v, at, ret_fd);
	case FD_TO_EMPTY:
		r = version_materialize(v, TEMP_EMPTY);
		return r < 0 ? r : version_fd_for_write(v, ret_fd);
	case FD_TO_LINK:
		break;
	}
	return version_fd_to_keep(v, ret_fd);
}

int version_fd_for_read(struct version *v)
{
	int fd = atomic_load(&v->temp.fd);

	if (fd < 0)
		fd = atomic_load(&v->temp.base);
	/* In between it may have got its temp (temp.c). */
	return fd < 0 ? atomic_load(&v->temp.fd) : fd;
}

int version_promoted_fd(const struct version *v)
{
	return v->temp.copy >= 0 ? v->temp.copy : v->temp.fd;
}

void version_note_mappable(struct version *v)
{
	atomic_store(&v->mappable, true);
}

void version_note_unseen(struct version *v)
{
	atomic_store(&v->unseen, true);
}

void version_note_error(struct version *v, int code)
{
	int none = 0;

	if (code == -ENOSPC || code == -EDQUOT || code == -EIO ||
	    code == -EROFS || code == -ENOMEM)
		atomic_compare_exchange_strong(&v->error, &none, code);
}

static void note_good(struct version *v, const struct stat *st)
{
	LOCK_SCOPE(&v->table->lock);
	v->good = true;
	v->good_size = st->st_size;
	v->good_mtime = st->st_mtim;
}

/* Of writes that pass through, only size and time tell. */
bool version_is_good(struct version *v)
{
	struct stat st;

	if (!atomic_load(&v->synced) || fstat(v->temp.fd, &st) < 0)
		return false;
	LOCK_SCOPE(&v->table->lock);
	return v->good && st.st_size == v->good_size &&
	       st.st_mtim.tv_sec == v->good_mtime.tv_sec &&
	       st.st_mtim.tv_nsec == v->good_mtime.tv_nsec;
}

static int fsync_bytes(struct version *v, int fd, bool datasync)
{
	WAIT_SCOPE(&v->table->rooms->wait);
	/* Before it: a write meanwhile may come too late, and clears this. */
	atomic_store(&v->synced, true);
	if (temp_journal(&v->temp))
		temp_flush_record(&v->temp);
	return datasync ? sys.fdatasync(fd) : sys.fsync(fd);
}

int version_fsync(struct version *v, bool datasync, bool by_write)
{
	int r = version_fill(v), fd = version_fd_for_read(v);
	/* A second one without a write in between is not of an O_SYNC write. */
	bool asked = !by_write || atomic_load(&v->synced);
	struct stat st;

	if (r < 0)
		return r;
	/* Before it: the fsync vouches for no write that comes meanwhile. */
	asked = asked && fstat(fd, &st) == 0;
	r = fsync_bytes(v, fd, datasync);
	version_note_error(v, r);
	if (r < 0)
		atomic_store(&v->synced, false);
	else if (asked)
		note_good(v, &st);
	return r;
}

int versions_sync_dir(struct versions *t, struct dir *dir)
{
	versions_wait_dir(t, dir);
	return flush_sync_dir(t->rooms->flush, dir);
}

struct stream *version_stream(struct version *v)
{
	return &v->stream;
}
