/* SPDX-License-Identifier: MIT */
#include "core/temp/temp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"
#include "core/temp/filesystems.h"
#include "core/version/names.h"

#define RESERVE_SIZE 65536 /* a record and a directory block */

int temp_home(const struct version *v)
{
	return v->home ? inner_tmp(v->home) : v->table->rooms->state->tmp;
}

struct journal *temp_journal(const struct version *v)
{
	return v->home ? inner_journal(v->home) : v->table->rooms->journal;
}

enum flush_way temp_way(const struct version *v)
{
	return v->home ? inner_way(v->home) : v->table->rooms->way;
}

void temp_flush_record(const struct version *v)
{
	int fd = journal_fd(temp_journal(v));

	if (temp_way(v) == FLUSH_EACH)
		flush_file_in(temp_home(v), fd);
	else /* the flush of the disk comes with that of the bytes */
		flush_bytes(FLUSH_ORDERED, fd);
}

static int begin(struct version *v)
{
	return v->home ? inner_begin(v->table, v->home, v->near) : 0;
}

static struct partial record_of(struct version *v, char *path)
{
	return (struct partial){
		.path = path,
		.command = (char *)"",
		.why = (char *)"the daemon ended before the file was closed",
		.pid = v->pid,
		.began = v->began,
		.time = v->began,
		.origin = { .known = true,
			    .over = v->made_by == NOBODY,
			    .uid = v->by.uid,
			    .gid = v->by.gid },
	};
}

/* 0, which is no inode's, when it cannot be told. */
static uint64_t inode_of(struct dir *dir)
{
	struct statx st;

	return dir_statx(dir, ".", &st) < 0 ? 0 : st.stx_ino;
}

/* Names do not move meanwhile: under t->names. */
int temp_note(struct version *v, const struct journal_note *note)
{
	int r = 0;

	LOCK_SCOPE(&v->table->names);
	for (struct vname *vn = v->names; vn && !r; vn = vn->next) {
		auto_free char *path = dir_path(vn->dir, vname_name(vn));
		struct partial record;

		if (!vn->temp)
			continue;
		if (!path)
			return -ENOMEM;
		record = record_of(v, path);
		if (note)
			record.origin.dir = inode_of(vn->dir);
		r = journal_write(temp_journal(v), vn->temp, &record, note);
	}
	return r;
}

/* Copies of its path and temp; NULL when it has none any more. */
static int first_temp(struct version *v, char **ret_path, char **ret_temp)
{
	LOCK_SCOPE(&v->table->lock);
	for (struct vname *vn = v->names; vn; vn = vn->next) {
		if (!vn->temp)
			continue;
		*ret_path = dir_path(vn->dir, vname_name(vn));
		*ret_temp = strdup(vn->temp);
		return *ret_path && *ret_temp ? 0 : -ENOMEM;
	}
	return 0;
}

int temp_note_tail(struct version *v, const struct journal_note *note)
{
	auto_free char *path = NULL, *temp = NULL;
	struct partial record;
	int r = first_temp(v, &path, &temp);

	if (r < 0 || !temp)
		return r;
	record = record_of(v, path);
	return journal_write(temp_journal(v), temp, &record, note);
}

static int choose_name(struct version *v, char *path, uint64_t id,
		       char **ret_name)
{
	struct partial record = record_of(v, path);
	char name[JOURNAL_NAME_MAX];
	int r = begin(v);

	if (!r)
		r = journal_take(temp_journal(v), id, &record, name);
	if (r < 0)
		return r;
	*ret_name = strdup(name);
	if (!*ret_name) {
		journal_give(temp_journal(v), name);
		return -ENOMEM;
	}
	return 0;
}

void temp_moved(struct version *v, const char *name)
{
	journal_give(temp_journal(v), name);
}

void temp_remove(struct version *v, const char *name)
{
	int r = sys.unlinkat(temp_home(v), name, 0);

	if (r < 0 && r != -ENOENT)
		log_warn("cannot remove the temp \"%s\": %s", name,
			 strerror(-r));
	temp_moved(v, name);
}

/* What mode and owner a new file gets from its caller and directory. */
static mode_t new_mode(const struct version_new *spec,
		       const struct dir_traits *traits)
{
	mode_t mode = spec->mode & 07777;

	return traits->default_acl ? mode : mode & ~spec->by.umask;
}

static int give_to_caller(struct versions *t, int fd,
			  const struct version_new *spec,
			  const struct dir_traits *traits, mode_t mode)
{
	gid_t gid = traits->mode & S_ISGID ? traits->gid : spec->by.gid;
	int r;

	if (spec->by.uid == geteuid() && gid == getegid())
		return 0;
	r = sys.fchown(fd, spec->by.uid, gid);
	if (r == -EPERM || r == -EINVAL) {
		if (spec->by.uid != geteuid())
			temp_note_owner(t, spec->name, spec->by.uid);
		return 0;
	}
	/* chown has cleared what chmod set */
	if (!r && (mode & (S_ISUID | S_ISGID)))
		r = sys.fchmod(fd, mode);
	return r;
}

/*
 * A default ACL is applied by the kernel, at birth in the directory that has
 * it, and so is the group of a set-gid one, which a daemon that is not root can
 * give only to files of its own groups: so the temp is born there, without a
 * name, and linked home.  A descriptor, or -errno.
 */
static int born_in(struct dir *dir, mode_t mode, int home, const char *name)
{
	auto_pin pin = { 0 };
	char proc[64];
	int fd, r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	fd = sys_keep_fd(sys.openat(pin.fd, ".", O_TMPFILE | O_RDWR, mode));
	if (fd < 0)
		return fd;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	if (name)
		r = sys.linkat(AT_FDCWD, proc, home, name, AT_SYMLINK_FOLLOW);
	if (r < 0) {
		close_fd(fd);
		return r;
	}
	return fd;
}

/* Does its group come with birth there, and from nowhere else? */
static bool gives_group(const struct dir_traits *traits, gid_t gid)
{
	return geteuid() != 0 && gid != getegid() && gid == traits->gid &&
	       (traits->mode & S_ISGID);
}

/* The temp of a new file in @dir; @name NULL: without a name. */
static int make_temp(struct version *v, struct dir *dir,
		     const struct dir_traits *traits, mode_t mode,
		     const char *name)
{
	int home = temp_home(v), fd = -EOPNOTSUPP;

	if (traits->default_acl || gives_group(traits, traits->gid))
		fd = born_in(dir, mode, home, name);
	if (fd == -EOPNOTSUPP && !traits->default_acl)
		fd = sys_keep_fd(sys.openat(
			home, name ? name : ".",
			O_RDWR | (name ? O_CREAT | O_EXCL : O_TMPFILE), mode));
	return fd;
}

static int make_file(struct version *v, const struct version_new *spec,
		     const char *name)
{
	struct dir_traits traits;
	int fd, r = begin(v);
	mode_t mode;

	if (!r)
		r = dir_get_traits(spec->dir, &traits);
	if (r < 0)
		return r;
	mode = new_mode(spec, &traits);
	fd = make_temp(v, spec->dir, &traits, mode, name);
	if (fd < 0)
		return fd;
	v->fd = fd;
	return give_to_caller(v->table, fd, spec, &traits, mode);
}

int temp_new_file(struct version *v, const struct version_new *spec,
		  char **ret_name)
{
	auto_free char *path = dir_path(spec->dir, spec->name);
	auto_free char *name = NULL;
	int r;

	if (!path)
		return -ENOMEM;
	r = choose_name(v, path, v->id, &name);
	if (r < 0)
		return r;
	r = make_file(v, spec, name);
	if (r < 0) {
		temp_remove(v, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}

int temp_anonymous(struct version *v, const struct version_new *spec)
{
	return make_file(v, spec, NULL);
}

int temp_link(struct version *v, struct dir *dir, const char *to,
	      char **ret_name)
{
	auto_free char *path = dir_path(dir, to), *name = NULL;
	char proc[64];
	int r = path ? choose_name(v, path, v->id, &name) : -ENOMEM;

	if (r < 0)
		return r;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", v->fd);
	r = sys.linkat(AT_FDCWD, proc, temp_home(v), name, AT_SYMLINK_FOLLOW);
	if (r < 0) {
		temp_moved(v, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}

void temp_reserve(struct versions *t)
{
	if (t->reserve >= 0)
		sys.fallocate(t->reserve, 0, 0, RESERVE_SIZE);
}

void temp_release_reserve(struct versions *t)
{
	if (t->reserve >= 0)
		sys.ftruncate(t->reserve, 0);
}

/* Copies */

void temp_note_owner(struct versions *t, const char *path, uid_t uid)
{
	if (atomic_fetch_add(&t->owners_lost, 1) == 0)
		log_warn("\"%s\": cannot be given to user %u by user %u, who "
			 "is not root, and belongs to him; so will others: "
			 "mount as root to keep owners",
			 path, uid, geteuid());
}

/* The room is taken by @by (access.h); set-id bits stay. */
static int copy_for(const struct caller *by, int from, int to)
{
	auto_access as = { 0 };
	int r = access_begin(&as, by);

	return r < 0 ? r : copy_bytes(from, to);
}

/* A write moves the other times, not this one. */
static int keep_atime(int fd, const struct stat *base)
{
	struct timespec times[2] = { base->st_atim, { .tv_nsec = UTIME_OMIT } };

	return sys.futimens(fd, times);
}

static int copy_times(int from, int to)
{
	struct timespec times[2];
	struct stat st;

	if (fstat(from, &st) < 0)
		return -errno;
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	return sys.futimens(to, times);
}

/* The same once more, as @temp in @dirfd, for @by. */
static int copy_as(int from, int dirfd, const char *temp,
		   const struct caller *by, bool durable, int *ret_fd)
{
	struct copied copied;
	auto_fd fd = -1;
	int r;

	/* A crash may have left the beginning of one. */
	sys.unlinkat(dirfd, temp, 0);
	fd = sys.openat(dirfd, temp, O_RDWR | O_CREAT | O_EXCL, 0600);
	if (fd < 0)
		return fd;
	/* A write would take capabilities away. */
	r = copy_for(by, from, fd);
	if (!r)
		r = copy_attributes(from, fd, true, &copied);
	if (!r)
		r = copy_times(from, fd);
	if (!r && durable)
		r = sys.fsync(fd);
	if (r < 0)
		sys.unlinkat(dirfd, temp, 0);
	else
		*ret_fd = steal_fd(&fd);
	return r;
}

int temp_copy_to(int from, int dirfd, const char *temp, const char *name,
		 bool durable, int *ret_fd)
{
	const struct caller us = { .uid = geteuid(), .gid = getegid() };
	auto_free char *copy = NULL;
	auto_fd fd = -1;
	int r;

	if (asprintf(&copy, STATE_TEMP_PREFIX "%s", temp) < 0)
		return -ENOMEM;
	r = copy_as(from, dirfd, copy, &us, durable, &fd);
	if (r < 0)
		return r;
	r = sys.renameat2(dirfd, copy, dirfd, name, 0);
	if (r < 0)
		sys.unlinkat(dirfd, copy, 0);
	else
		*ret_fd = steal_fd(&fd);
	return r;
}

/* Recovery knows neither, by the names that they have: so it removes them. */
static int put_for_temps(struct version *v, int home, const char *copy)
{
	auto_free char *link = NULL;
	int r = 0;

	if (asprintf(&link, "%s-link", copy) < 0)
		return -ENOMEM;
	LOCK_SCOPE(&v->table->names);
	for (struct vname *vn = v->names; vn && !r; vn = vn->next) {
		if (!vn->temp)
			continue;
		r = sys.linkat(home, copy, home, link, 0);
		if (!r)
			r = sys.renameat2(home, link, home, vn->temp, 0);
	}
	if (r < 0)
		sys.unlinkat(home, link, 0);
	return r;
}

int temp_renew(struct version *v, bool durable)
{
	const struct version_hooks *hooks = &v->table->hooks;
	auto_fd fd = -1;
	char copy[64];
	int home = temp_home(v), r;

	snprintf(copy, sizeof(copy), "copy-%" PRIu64, v->id);
	hooks->wait_begin(hooks->arg);
	r = copy_as(v->fd, home, copy, &v->by, durable, &fd);
	hooks->wait_end(hooks->arg);
	if (r < 0)
		return r;
	r = put_for_temps(v, home, copy);
	sys.unlinkat(home, copy, 0);
	if (!r)
		v->copy = steal_fd(&fd);
	return r;
}

/*
 * Makes @fd the temp.  A version that begins empty needs its base no more: the
 * temp takes its number over, since somebody may be about to use that.
 */
static int keep_temp(struct version *v, int fd)
{
	int base = v->base;

	if (!v->truncated) {
		v->fd = fd;
		return 0;
	}
	if (dup3(fd, base, O_CLOEXEC) < 0)
		return -errno;
	close_fd(fd);
	v->fd = base;
	v->base = -1;
	return 0;
}

/* Likewise the temp that holds what comes after its base. */
static int keep_tail(struct version *v, int fd, const char *path,
		     const char *name, const struct stat *base)
{
	struct journal_note note = { .from = base->st_size,
				     .ino = base->st_ino,
				     .mtime = base->st_mtim };
	struct partial record = record_of(v, (char *)path);
	int r = sys.ftruncate(fd, base->st_size);

	if (!r)
		r = journal_write(temp_journal(v), name, &record, &note);
	if (r < 0) {
		close_fd(fd);
		return r;
	}
	v->tail_from = base->st_size;
	v->tail_mtime = base->st_mtim;
	v->tail = fd;
	return 0;
}

/* The temp of what will replace @st, if possible in the same group. */
static int make_replacement(struct version *v, const struct stat *st,
			    const char *name)
{
	mode_t mode = st->st_mode & 0777;
	auto_free char *at = NULL;
	struct dir *dir = NULL;
	struct dir_traits traits;
	int fd = -EOPNOTSUPP;

	if (geteuid() != 0 && !version_place(v, &dir, &at) &&
	    !dir_get_traits(dir, &traits) && !traits.default_acl &&
	    gives_group(&traits, st->st_gid))
		fd = born_in(dir, mode, temp_home(v), name);
	dir_put(dir);
	if (fd == -EOPNOTSUPP)
		fd = sys_keep_fd(sys.openat(temp_home(v), name,
					    O_RDWR | O_CREAT | O_EXCL, mode));
	return fd;
}

static int fill_from_base(struct version *v, const char *path,
			  enum temp_content content, const char *name)
{
	struct stat st;
	struct copied copied;
	int fd, r;

	if (fstat(v->base, &st) < 0)
		return -errno;
	fd = make_replacement(v, &st, name);
	if (fd < 0)
		return fd;
	/* Root alone keeps them when it writes. */
	r = copy_attributes(v->base, fd, version_is_of(v, 0), &copied);
	if (!r && !copied.owner)
		temp_note_owner(v->table, path, st.st_uid);
	v->bare = !r && copied.bare;
	if (!r && content == TEMP_COPY)
		r = copy_for(&v->by, v->base, fd);
	if (!r)
		r = keep_atime(fd, &st);
	/* Else it is whole: its bytes are shared. */
	if (!r && content == TEMP_TAIL && sys.clone(fd, v->base) < 0)
		return keep_tail(v, fd, path, name, &st);
	if (!r)
		r = keep_temp(v, fd);
	if (r < 0)
		close_fd(fd);
	return r;
}

int temp_replace(struct version *v, const char *path, enum temp_content content,
		 char **ret_name)
{
	auto_free char *name = NULL;
	int r = choose_name(v, (char *)path, v->id, &name);

	if (r < 0)
		return r;
	r = fill_from_base(v, path, content, name);
	if (r < 0) {
		temp_remove(v, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}
