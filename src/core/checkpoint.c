/* SPDX-License-Identifier: MIT */
#include "core/checkpoint.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/util.h"
#include "core/mark.h"

#define MARK_FILE_MAX ((size_t)1 << 31)

static void trouble(struct versions *t, const struct checkpoint *c,
		    const char *why)
{
	auto_free char *path = dir_path(c->dir, c->name);

	log_event("mark \"%s\" not made: %s", path ? path : c->name, why);
	LOCK_SCOPE(&t->lock);
	snprintf(t->mark_trouble, sizeof(t->mark_trouble), "\"%s\": %s",
		 path ? path : c->name, why);
}

/* Step 2: a failure that nobody has been told of is told here, once. */
static int take_failure(struct versions *t, char *why, size_t size)
{
	int code;

	LOCK_SCOPE(&t->lock);
	code = t->failed_code;
	t->failed_code = 0;
	if (code)
		snprintf(why, size, "\"%s\" was not promoted: %s",
			 t->failed_path, strerror(-code));
	return code ? -EIO : 0;
}

static int sync_filesystem(struct versions *t, struct dir *dir)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	/* syncfs() takes no O_PATH descriptor. */
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	t->hooks.wait_begin(t->hooks.arg);
	r = sys.syncfs(fd);
	t->hooks.wait_end(t->hooks.arg);
	return r;
}

static int sync_backing(struct versions *t)
{
	int r = sync_filesystem(t, backing_root(t->backing));
	struct dir *dir;

	for (unsigned int i = 0; !r && (dir = versions_foreign(t, i)); i++) {
		r = sync_filesystem(t, dir);
		/* A directory that is gone has nothing to sync. */
		if (r == -ESTALE)
			r = 0;
		dir_put(dir);
	}
	return r;
}

static int barrier(struct versions *t, const struct checkpoint *c)
{
	char why[768] = "";
	int r = versions_drain(t, t->opt->open_wait_ms, c->interrupted, why,
			       sizeof(why));

	if (r == -EBUSY)
		strncat(why,
			"; close it, or mount with --in-place for its "
			"name",
			sizeof(why) - strlen(why) - 1);
	if (!r)
		r = take_failure(t, why, sizeof(why));
	if (!r) {
		r = sync_backing(t);
		if (r < 0)
			snprintf(why, sizeof(why), "syncfs: %s", strerror(-r));
	}
	if (!r && c->interrupted && atomic_load(c->interrupted))
		r = -EINTR;
	if (r < 0)
		trouble(t, c, why[0] ? why : strerror(-r));
	return r;
}

static int sync_dir(struct dir *dir)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : sys.fsync(fd);
}

/* Steps 4 and 5. */

struct mark_file {
	struct dir *dir;
	const char *name;
	const char *manifest;
	size_t manifest_size;
	const char *note;
	size_t note_size;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	const struct timespec *times; /* NULL: now */
};

static int fill_mark(int fd, const struct mark_file *f)
{
	int r = sys_pwrite_all(fd, f->manifest, f->manifest_size, 0);

	if (!r && f->note_size)
		r = sys_pwrite_all(fd, f->note, f->note_size,
				   (off_t)f->manifest_size);
	if (!r && (f->uid != geteuid() || f->gid != getegid())) {
		r = sys.fchown(fd, f->uid, f->gid);
		if (r == -EPERM && geteuid() != 0)
			r = 0;
	}
	if (!r && f->times)
		r = sys.futimens(fd, f->times);
	if (!r)
		r = sys.fsync(fd);
	return r;
}

static int place_mark(struct versions *t, const struct mark_file *f)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	char temp[64];
	int tmp = t->state->tmp, r = dir_pin(f->dir, &pin);

	if (r < 0)
		return r;
	pthread_mutex_lock(&t->lock);
	snprintf(temp, sizeof(temp), "mark-%llu",
		 (unsigned long long)t->next_id++);
	pthread_mutex_unlock(&t->lock);
	fd = sys.openat(tmp, temp, O_WRONLY | O_CREAT | O_EXCL, f->mode);
	if (fd < 0)
		return fd;
	r = fill_mark(fd, f);
	if (!r)
		r = sys.renameat2(tmp, temp, pin.fd, f->name, 0);
	if (r < 0) {
		sys.unlinkat(tmp, temp, 0);
		return r;
	}
	return sync_dir(f->dir);
}

static char *make_manifest(struct versions *t, const struct checkpoint *c,
			   const struct timespec *time)
{
	auto_free char *name = dir_path(c->dir, c->name);
	char host[HOST_NAME_MAX + 1] = "?", command[256];
	struct mark m = {
		.name = name,
		.host = host,
		.command = command,
		.user = c->by.uid,
		.pid = writer_process(c->by.tid),
		.time = *time,
	};

	(void)t;
	if (!name)
		return NULL;
	gethostname(host, sizeof(host));
	writer_command(m.pid, command, sizeof(command));
	return mark_encode(&m);
}

static void tell_made(const struct checkpoint *c)
{
	auto_free char *path = dir_path(c->dir, c->name);
	char command[256];
	pid_t pid = writer_process(c->by.tid);

	writer_command(pid, command, sizeof(command));
	log_event("mark \"%s\" made by pid %d (%s)", path ? path : c->name,
		  (int)pid, command);
}

int checkpoint_make(struct versions *t, const struct checkpoint *c)
{
	auto_free char *manifest = NULL;
	struct timespec now;
	struct mark_file f = {
		.dir = c->dir,
		.name = c->name,
		.mode = c->mode & ~c->by.umask & 0666,
		.uid = c->by.uid,
		.gid = c->by.gid,
	};
	int r = barrier(t, c);

	if (r < 0)
		return r;
	clock_gettime(CLOCK_REALTIME, &now);
	manifest = make_manifest(t, c, &now);
	if (!manifest)
		return -ENOMEM;
	f.manifest = manifest;
	f.manifest_size = strlen(manifest);
	r = place_mark(t, &f);
	if (r < 0) {
		trouble(t, c, strerror(-r));
		return r;
	}
	tell_made(c);
	LOCK_SCOPE(&t->lock);
	t->mark_trouble[0] = '\0';
	return 0;
}

static void tell_renamed(const struct checkpoint *from, struct dir *to,
			 const char *to_name)
{
	auto_free char *old = dir_path(from->dir, from->name);
	auto_free char *path = dir_path(to, to_name);

	log_event("mark \"%s\" renamed to \"%s\"", old ? old : from->name,
		  path ? path : to_name);
}

int checkpoint_rename(struct versions *t, const struct checkpoint *from,
		      struct dir *to, const char *to_name, unsigned int flags)
{
	auto_pin from_pin = { 0 }, to_pin = { 0 };
	int r = barrier(t, from);

	if (!r)
		r = dir_pin(from->dir, &from_pin);
	if (!r)
		r = dir_pin(to, &to_pin);
	if (!r)
		r = sys.renameat2(from_pin.fd, from->name, to_pin.fd, to_name,
				  flags);
	if (!r)
		r = sync_dir(to);
	if (!r && from->dir != to)
		r = sync_dir(from->dir);
	if (!r)
		tell_renamed(from, to, to_name);
	return r;
}

int checkpoint_remove(struct dir *dir, const char *name)
{
	auto_free char *path = NULL;
	auto_pin pin = { 0 };
	int r = dir_pin(dir, &pin);

	if (!r)
		r = sys.unlinkat(pin.fd, name, 0);
	if (!r)
		r = sync_dir(dir);
	path = dir_path(dir, name);
	if (!r)
		log_event("mark \"%s\" forgotten", path ? path : name);
	return r;
}

/* Reading */

static int load(struct dir *dir, const char *name, char **ret_text,
		size_t *ret_size, size_t *ret_manifest)
{
	auto_pin pin = { 0 };
	auto_free char *text = NULL;
	size_t size;
	int r = dir_pin(dir, &pin);

	if (!r)
		r = sys_read_file(pin.fd, name, MARK_FILE_MAX, &text, &size);
	if (!r)
		r = mark_parse_head(text, size, ret_manifest);
	if (!r && *ret_manifest > size)
		r = -EBADMSG;
	if (r < 0)
		return r;
	*ret_text = steal_ptr(&text);
	*ret_size = size;
	return 0;
}

int checkpoint_read(struct dir *dir, const char *name, char **ret_text,
		    size_t *ret_size, bool *ret_noted)
{
	char *text;
	size_t size, manifest;
	int r = load(dir, name, &text, &size, &manifest);

	if (r < 0)
		return r;
	*ret_noted = size > manifest;
	if (*ret_noted)
		memmove(text, text + manifest, size - manifest);
	*ret_size = *ret_noted ? size - manifest : manifest;
	text[*ret_size] = '\0';
	*ret_text = text;
	return 0;
}

int checkpoint_size(struct dir *dir, const char *name, off_t *ret_size)
{
	char head[MARK_HEAD];
	auto_fd fd = -1;
	struct stat st;
	size_t manifest;
	ssize_t n;
	int r = dir_open_file(dir, name, O_RDONLY, NULL, &fd);

	if (r < 0)
		return r;
	n = sys_pread_all(fd, head, sizeof(head), 0);
	if (n < 0)
		return (int)n;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = mark_parse_head(head, (size_t)n, &manifest);
	if (r < 0 || st.st_size < (off_t)manifest)
		*ret_size = st.st_size; /* not a mark: shown as it is */
	else if (st.st_size > (off_t)manifest)
		*ret_size = st.st_size - (off_t)manifest;
	else
		*ret_size = (off_t)manifest;
	return 0;
}

int checkpoint_set_note(struct versions *t, struct dir *dir, const char *name,
			const char *note, size_t size)
{
	auto_free char *text = NULL;
	size_t old, manifest;
	struct statx st;
	struct timespec times[2];
	struct mark_file f = { .dir = dir,
			       .name = name,
			       .note = note,
			       .note_size = size,
			       .times = times };
	int r = size > MARK_NOTE_MAX ? -EFBIG : 0;

	if (!r)
		r = load(dir, name, &text, &old, &manifest);
	if (!r)
		r = dir_statx(dir, name, &st);
	if (r < 0)
		return r;
	f.manifest = text;
	f.manifest_size = manifest;
	f.mode = st.stx_mode & 0777;
	f.uid = st.stx_uid;
	f.gid = st.stx_gid;
	for (int i = 0; i < 2; i++)
		times[i] = (struct timespec){ st.stx_mtime.tv_sec,
					      st.stx_mtime.tv_nsec };
	return place_mark(t, &f);
}
