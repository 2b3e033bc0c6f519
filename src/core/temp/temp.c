/* SPDX-License-Identifier: MIT */
#include "core/temp/temp.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/events.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/backing/copy.h"

#define RESERVE_SIZE 65536 /* a record and a directory block */

struct temps {
	struct temps_spec in; /* const */
	int reserve;	      /* const: room for a record when the disk is full,
			       *   or -1 */
	atomic_ulong owners_lost; /* atomic: could not be given away */
};

int temps_new(const struct temps_spec *spec, struct temps **ret)
{
	struct temps *all = calloc(1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	all->in = *spec;
	all->reserve =
		sys.openat(spec->state->tmp, ".", O_TMPFILE | O_RDWR, 0600);
	temp_reserve(all);
	*ret = all;
	return 0;
}

void temps_free(struct temps *all)
{
	if (!all)
		return;
	close_fd(all->reserve);
	free(all);
}

unsigned long temps_owners_lost(const struct temps *all)
{
	return atomic_load(&all->owners_lost);
}

void temp_init(struct temp *t, struct temps *all, pid_t pid)
{
	*t = (struct temp){
		.all = all,
		.pid = pid,
		.made_by = NOBODY,
		.fd = -1,
		.tail = -1,
		.base = -1,
		.copy = -1,
	};
	clock_gettime(CLOCK_REALTIME, &t->began);
}

int temp_go_near(struct temp *t, struct dir *dir)
{
	if (!disk_is_foreign(t->all->in.disk, dir))
		return 0;
	t->near = dir_get(dir);
	t->home = filesystem_of(t->all->in.filesystems, dir);
	return t->home ? 0 : -ENOMEM;
}

void temp_release(struct temp *t)
{
	close_fd(t->fd);
	close_fd(t->tail);
	close_fd(t->base);
	close_fd(t->copy);
	dir_put(t->near);
}

int temp_home(const struct temp *t)
{
	return t->home ? filesystem_tmp(t->home) : t->all->in.state->tmp;
}

struct journal *temp_journal(const struct temp *t)
{
	return t->home ? filesystem_journal(t->home) : t->all->in.journal;
}

enum way temp_way(const struct temp *t)
{
	return t->home ? filesystem_way(t->home) : t->all->in.disk->way;
}

void temp_flush_record(const struct temp *t)
{
	int fd = journal_fd(temp_journal(t));

	if (temp_way(t) == WAY_EACH)
		way_flush_file(temp_home(t), fd);
	else /* the flush of the disk comes with that of the bytes */
		way_flush_bytes(WAY_ORDERED, fd);
}

static int begin(struct temp *t)
{
	return t->home ? filesystem_begin(t->all->in.filesystems, t->home,
					  t->near)
		       : 0;
}

static struct partial record_of(struct temp *t, char *path)
{
	return (struct partial){
		.path = path,
		.command = (char *)"",
		.why = (char *)"the daemon ended before the file was closed",
		.pid = t->pid,
		.began = t->began,
		.time = t->began,
		.origin = { .known = true,
			    .over = t->made_by == NOBODY,
			    .uid = t->by.uid,
			    .gid = t->by.gid },
	};
}

/* 0, which no inode has, when it is not known. */
static uint64_t inode_of(struct dir *dir)
{
	struct statx st;

	return dir_statx(dir, ".", &st) < 0 ? 0 : st.stx_ino;
}

int temp_note(struct temp *t, const char *name, char *path, struct dir *dir,
	      const struct journal_note *note)
{
	struct partial record = record_of(t, path);

	if (dir)
		record.origin.dir = inode_of(dir);
	return journal_write(temp_journal(t), name, &record, note);
}

static int choose_name(struct temp *t, char *path, char **ret_name)
{
	struct partial record = record_of(t, path);
	char name[JOURNAL_NAME_MAX];
	int r = begin(t);

	if (!r)
		r = journal_take(temp_journal(t), t->id, &record, name);
	if (r < 0)
		return r;
	*ret_name = strdup(name);
	if (!*ret_name) {
		journal_give(temp_journal(t), name);
		return -ENOMEM;
	}
	return 0;
}

void temp_moved(struct temp *t, const char *name)
{
	journal_give(temp_journal(t), name);
}

void temp_remove(struct temp *t, const char *name)
{
	int r = sys.unlinkat(temp_home(t), name, 0);

	if (r < 0 && r != -ENOENT)
		events_tell(t->all->in.events, LOG_WARN,
			    "cannot remove the temp \"%s\": %s", name,
			    strerror(-r));
	temp_moved(t, name);
}

/* The mode of a new file, by its caller and directory. */
static mode_t new_mode(const struct temp_new *spec,
		       const struct dir_traits *traits)
{
	mode_t mode = spec->mode & 07777;

	return traits->default_acl ? mode : mode & ~spec->by.umask;
}

/* Counts, and says once, that @path could not be given to @uid. */
static void note_owner(struct temps *all, const char *path, uid_t uid)
{
	if (atomic_fetch_add(&all->owners_lost, 1) == 0)
		events_tell(
			all->in.events, LOG_WARN,
			"\"%s\": cannot be given to user %u by user %u, who "
			"is not root, and belongs to him; so will others: "
			"mount as root to keep owners",
			path, uid, geteuid());
}

static int give_to_caller(struct temps *all, int fd,
			  const struct temp_new *spec,
			  const struct dir_traits *traits, mode_t mode)
{
	gid_t gid = traits->mode & S_ISGID ? traits->gid : spec->by.gid;
	int r;

	if (spec->by.uid == geteuid() && gid == getegid())
		return 0;
	r = sys.fchown(fd, spec->by.uid, gid);
	if (r == -EPERM || r == -EINVAL) {
		if (spec->by.uid != geteuid())
			note_owner(all, spec->name, spec->by.uid);
		return 0;
	}
	/* chown has cleared what chmod set */
	if (!r && (mode & (S_ISUID | S_ISGID)))
		r = sys.fchmod(fd, mode);
	return r;
}

/*
 * The kernel applies a default ACL when a file is made in the directory that
 * has it, and so the group of a set-gid directory, which a daemon that is not
 * root can give only if it is in the group.  So the temp is made there, without
 * a name, and linked home.  A descriptor, or -errno.
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

/* Can a new file get its group only by being made there? */
static bool gives_group(const struct dir_traits *traits, gid_t gid)
{
	return geteuid() != 0 && gid != getegid() && gid == traits->gid &&
	       (traits->mode & S_ISGID);
}

/* The temp of a new file in @dir; @name NULL: without a name. */
static int make_temp(struct temp *t, struct dir *dir,
		     const struct dir_traits *traits, mode_t mode,
		     const char *name)
{
	int home = temp_home(t), fd = -EOPNOTSUPP;

	if (traits->default_acl || gives_group(traits, traits->gid))
		fd = born_in(dir, mode, home, name);
	if (fd == -EOPNOTSUPP && !traits->default_acl)
		fd = sys_keep_fd(sys.openat(
			home, name ? name : ".",
			O_RDWR | (name ? O_CREAT | O_EXCL : O_TMPFILE), mode));
	return fd;
}

static int make_file(struct temp *t, const struct temp_new *spec,
		     const char *name)
{
	struct dir_traits traits;
	int fd, r = begin(t);
	mode_t mode;

	if (!r)
		r = dir_get_traits(spec->dir, &traits);
	if (r < 0)
		return r;
	mode = new_mode(spec, &traits);
	fd = make_temp(t, spec->dir, &traits, mode, name);
	if (fd < 0)
		return fd;
	t->fd = fd;
	return give_to_caller(t->all, fd, spec, &traits, mode);
}

int temp_new_file(struct temp *t, const struct temp_new *spec, char **ret_name)
{
	auto_free char *path = dir_path(spec->dir, spec->name);
	auto_free char *name = NULL;
	int r;

	if (!path)
		return -ENOMEM;
	r = choose_name(t, path, &name);
	if (r < 0)
		return r;
	r = make_file(t, spec, name);
	if (r < 0) {
		temp_remove(t, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}

int temp_anonymous(struct temp *t, const struct temp_new *spec)
{
	return make_file(t, spec, NULL);
}

int temp_link(struct temp *t, struct dir *dir, const char *to, char **ret_name)
{
	auto_free char *path = dir_path(dir, to), *name = NULL;
	char proc[64];
	int r = path ? choose_name(t, path, &name) : -ENOMEM;

	if (r < 0)
		return r;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", t->fd);
	r = sys.linkat(AT_FDCWD, proc, temp_home(t), name, AT_SYMLINK_FOLLOW);
	if (r < 0) {
		temp_moved(t, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}

void temp_reserve(struct temps *all)
{
	if (all->reserve >= 0)
		sys.fallocate(all->reserve, 0, 0, RESERVE_SIZE);
}

void temp_release_reserve(struct temps *all)
{
	if (all->reserve >= 0)
		sys.ftruncate(all->reserve, 0);
}

/* Copies */

/* The blocks are charged to @by (access.h); set-id bits stay. */
static int copy_for(const struct caller *by, int from, int to)
{
	auto_access as = { 0 };
	int r = access_begin(&as, by);

	return r < 0 ? r : copy_bytes(from, to);
}

/* Keeps the atime: a write moves the other times, not this one. */
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

/* An empty file @name in @dirfd: a descriptor, or -errno. */
static int begin_copy(int dirfd, const char *name)
{
	/* A crash may have left an incomplete copy. */
	sys.unlinkat(dirfd, name, 0);
	return sys.openat(dirfd, name, O_RDWR | O_CREAT | O_EXCL, 0600);
}

int temp_copy_attributes(int from, int to)
{
	struct copied copied;
	int r = copy_attributes(from, to, true, &copied);

	return r < 0 ? r : copy_times(from, to);
}

/* All that file @from has, for @by. */
static int fill_copy(int from, int to, const struct caller *by)
{
	/* A write would take capabilities away. */
	int r = copy_for(by, from, to);

	return r < 0 ? r : temp_copy_attributes(from, to);
}

/* Copies file @from as @temp in @dirfd, for @by. */
static int copy_as(int from, int dirfd, const char *temp,
		   const struct caller *by, bool durable, int *ret_fd)
{
	auto_fd fd = begin_copy(dirfd, temp);
	int r;

	if (fd < 0)
		return fd;
	r = fill_copy(from, fd, by);
	if (!r && durable)
		r = sys.fsync(fd);
	if (r < 0)
		sys.unlinkat(dirfd, temp, 0);
	else
		*ret_fd = steal_fd(&fd);
	return r;
}

int temp_copy_begin(int dirfd, const char *temp, char **ret_name, int *ret_fd)
{
	auto_free char *name = NULL;
	int fd;

	if (asprintf(&name, STATE_TEMP_PREFIX "%s", temp) < 0)
		return -ENOMEM;
	fd = begin_copy(dirfd, name);
	if (fd < 0)
		return fd;
	*ret_name = steal_ptr(&name);
	*ret_fd = fd;
	return 0;
}

int temp_copy_fill(int from, int to)
{
	const struct caller us = { .uid = geteuid(), .gid = getegid() };

	return fill_copy(from, to, &us);
}

int temp_copy_to(int from, int dirfd, const char *temp, const char *name,
		 int *ret_fd)
{
	auto_free char *copy = NULL;
	auto_fd fd = -1;
	int r = temp_copy_begin(dirfd, temp, &copy, &fd);

	if (r < 0)
		return r;
	r = temp_copy_fill(from, fd);
	if (!r)
		r = sys.fsync(fd);
	if (!r)
		r = sys.renameat2(dirfd, copy, dirfd, name, 0);
	if (r < 0)
		sys.unlinkat(dirfd, copy, 0);
	else
		*ret_fd = steal_fd(&fd);
	return r;
}

int temp_duplicate(struct temp *t, const char *copy, bool durable, int *ret_fd)
{
	WAIT_SCOPE(&t->all->in.wait);
	return copy_as(t->fd, temp_home(t), copy, &t->by, durable, ret_fd);
}

/*
 * Makes @fd the temp.  A version that begins empty does not need its base any
 * more.  The temp takes over the number of that descriptor, since another
 * thread may be about to use it.
 */
static int keep_temp(struct temp *t, int fd)
{
	int base = t->base;

	if (!t->truncated) {
		t->fd = fd;
		return 0;
	}
	if (dup3(fd, base, O_CLOEXEC) < 0)
		return -errno;
	close_fd(fd);
	t->fd = base;
	t->base = -1;
	return 0;
}

/* Likewise a tail: the temp has only the bytes that come after its base. */
static int keep_tail(struct temp *t, int fd, const char *path, const char *name,
		     const struct stat *base)
{
	struct journal_note note = { .from = base->st_size,
				     .ino = base->st_ino,
				     .mtime = base->st_mtim };
	struct partial record = record_of(t, (char *)path);
	int r = sys.ftruncate(fd, base->st_size);

	if (!r)
		r = journal_write(temp_journal(t), name, &record, &note);
	if (r < 0) {
		close_fd(fd);
		return r;
	}
	t->tail_from = base->st_size;
	t->tail_mtime = base->st_mtim;
	t->tail = fd;
	return 0;
}

/* The temp that will replace @st, if possible in the same group. */
static int make_replacement(struct temp *t, const struct stat *st,
			    struct dir *dir, const char *name)
{
	mode_t mode = st->st_mode & 0777;
	struct dir_traits traits;
	int fd = -EOPNOTSUPP;

	if (geteuid() != 0 && dir && !dir_get_traits(dir, &traits) &&
	    !traits.default_acl && gives_group(&traits, st->st_gid))
		fd = born_in(dir, mode, temp_home(t), name);
	if (fd == -EOPNOTSUPP)
		fd = sys_keep_fd(sys.openat(temp_home(t), name,
					    O_RDWR | O_CREAT | O_EXCL, mode));
	return fd;
}

static int fill_from_base(struct temp *t, const struct temp_old *old,
			  const char *name)
{
	struct stat st;
	struct copied copied;
	int fd, r;

	if (fstat(t->base, &st) < 0)
		return -errno;
	fd = make_replacement(t, &st, old->dir, name);
	if (fd < 0)
		return fd;
	r = copy_attributes(t->base, fd, old->powers, &copied);
	if (!r && !copied.owner)
		note_owner(t->all, old->path, st.st_uid);
	t->bare = !r && copied.bare;
	if (!r && old->content == TEMP_COPY)
		r = copy_for(&t->by, t->base, fd);
	if (!r)
		r = keep_atime(fd, &st);
	/* If the bytes can be shared, it is a whole copy and no tail. */
	if (!r && old->content == TEMP_TAIL && sys.clone(fd, t->base) < 0)
		return keep_tail(t, fd, old->path, name, &st);
	if (!r)
		r = keep_temp(t, fd);
	if (r < 0)
		close_fd(fd);
	return r;
}

int temp_replace(struct temp *t, const struct temp_old *old, char **ret_name)
{
	auto_free char *name = NULL;
	int r = choose_name(t, (char *)old->path, &name);

	if (r < 0)
		return r;
	r = fill_from_base(t, old, name);
	if (r < 0) {
		temp_remove(t, name);
		return r;
	}
	*ret_name = steal_ptr(&name);
	return 0;
}
