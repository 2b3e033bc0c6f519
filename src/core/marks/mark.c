/* SPDX-License-Identifier: MIT */
#include "core/marks/mark.h"
#include "core/version/version.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/util.h"

int mark_sync_dir(struct dir *dir)
{
	auto_pin pin = { 0 };
	auto_fd fd = -1;
	int r = dir_pin(dir, &pin);

	if (r < 0)
		return r;
	/* fsync() takes no O_PATH descriptor. */
	fd = openat(pin.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : sys.fsync(fd);
}

/* Writing */

int mark_begin(struct versions *t, mode_t mode, struct mark_file *ret)
{
	struct mark_file f = { .t = t };

	snprintf(f.temp, sizeof(f.temp), "mark-%llu",
		 (unsigned long long)versions_new_id(t));
	f.fd = sys.openat(versions_rooms(t)->state->tmp, f.temp,
			  O_RDWR | O_CREAT | O_EXCL, mode);
	if (f.fd < 0)
		return f.fd;
	*ret = f;
	return 0;
}

void mark_abandon(struct mark_file *f)
{
	if (f->temp[0])
		sys.unlinkat(versions_rooms(f->t)->state->tmp, f->temp, 0);
	f->temp[0] = '\0';
	close_fd(steal_fd(&f->fd));
}

static int dress(int fd, const struct mark_place *at)
{
	int r = 0;

	if (at->uid != geteuid() || at->gid != getegid()) {
		r = sys.fchown(fd, at->uid, at->gid);
		if (r == -EPERM && geteuid() != 0)
			r = 0;
	}
	if (!r && at->times)
		r = sys.futimens(fd, at->times);
	return r;
}

int mark_place(struct mark_file *f, const struct mark_place *at)
{
	auto_pin pin = { 0 };
	int r = dress(f->fd, at);
	bool is_new;

	if (!r)
		r = sys.fsync(f->fd);
	if (!r)
		r = dir_pin(at->dir, &pin);
	if (r < 0)
		return r;
	is_new = faccessat(pin.fd, at->name, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
	r = sys.renameat2(versions_rooms(f->t)->state->tmp, f->temp, pin.fd,
			  at->name, at->flags);
	if (r < 0)
		return r;
	f->temp[0] = '\0';
	r = mark_sync_dir(at->dir);
	/* Its maker is told that it failed, so it must not appear (C2). */
	if (r < 0 && is_new)
		sys.unlinkat(pin.fd, at->name, 0);
	return r;
}

/* Reading */

static int open_mark(struct dir *dir, const char *name, struct mark_text *ret,
		     off_t *ret_manifest)
{
	char head[IDEMFS_MARK_HEAD];
	auto_fd fd = -1;
	struct stat st;
	ssize_t n;
	int r = dir_open_file(dir, name, O_RDONLY, NULL, &fd);

	if (r < 0)
		return r;
	n = sys_pread_all(fd, head, sizeof(head), 0);
	if (n < 0)
		return (int)n;
	if (fstat(fd, &st) < 0)
		return -errno;
	r = manifest_parse_size(head, (size_t)n, ret_manifest);
	if (!r && *ret_manifest > st.st_size)
		r = -EBADMSG;
	*ret = (struct mark_text){ .fd = steal_fd(&fd), .size = st.st_size };
	return r;
}

int mark_open(struct dir *dir, const char *name, struct mark_text *ret)
{
	struct mark_text text = { .fd = -1 };
	off_t manifest;
	int r = open_mark(dir, name, &text, &manifest);

	if (r < 0) {
		close_fd(text.fd);
		return r;
	}
	text.noted = text.size > manifest;
	if (text.noted) {
		text.from = manifest;
		text.size -= manifest;
	}
	*ret = text;
	return 0;
}

int mark_size(struct dir *dir, const char *name, off_t *ret_size)
{
	struct mark_text text = { .fd = -1 };
	off_t manifest;
	int r = open_mark(dir, name, &text, &manifest);

	close_fd(text.fd);
	/* A file that is no mark is shown as it is. */
	if (r < 0 && text.fd < 0)
		return r;
	if (!r && text.size > manifest)
		text.size -= manifest;
	*ret_size = text.size;
	return 0;
}

/* The note */

static int copy_manifest(int from, int to, off_t size)
{
	off_t in = 0, out = 0;
	char buf[65536];
	ssize_t n;
	int r = 0;

	while (!r && in < size) {
		n = sys.copy_file_range(from, &in, to, &out,
					(size_t)(size - in));
		if (n <= 0)
			break;
	}
	while (!r && out < size) {
		size_t want = sizeof(buf);

		if ((off_t)want > size - out)
			want = (size_t)(size - out);
		n = sys_pread_all(from, buf, want, out);
		r = n < (ssize_t)want ? n < 0 ? (int)n : -EIO : 0;
		if (!r)
			r = sys_pwrite_all(to, buf, want, out);
		out += n;
	}
	return r;
}

int mark_copy_note(const struct mark_text *from, int to, off_t size)
{
	auto_free char *note = NULL;
	ssize_t n;

	if (!from->noted)
		return 0;
	if (from->size > IDEMFS_NOTE_MAX)
		return -EFBIG;
	note = malloc((size_t)from->size);
	if (!note)
		return -ENOMEM;
	n = sys_pread_all(from->fd, note, (size_t)from->size, from->from);
	return n < 0 ? (int)n : sys_pwrite_all(to, note, (size_t)n, size);
}

static int fill_noted(struct mark_file *f, int from, off_t manifest,
		      const char *note, size_t size)
{
	int r = copy_manifest(from, f->fd, manifest);

	return r ? r : sys_pwrite_all(f->fd, note, size, manifest);
}

int mark_set_note(struct versions *t, struct dir *dir, const char *name,
		  const char *note, size_t size)
{
	struct mark_place at = { .dir = dir, .name = name };
	struct mark_file f = { .fd = -1 };
	struct mark_text old = { .fd = -1 };
	struct timespec times[2];
	struct stat st;
	off_t manifest;
	int r = size > IDEMFS_NOTE_MAX ? -EFBIG : 0;

	if (!r)
		r = open_mark(dir, name, &old, &manifest);
	if (!r && fstat(old.fd, &st) < 0)
		r = -errno;
	if (!r)
		r = mark_begin(t, st.st_mode & 0777, &f);
	if (!r)
		r = fill_noted(&f, old.fd, manifest, note, size);
	if (!r) {
		times[0] = times[1] = st.st_mtim;
		at.times = times;
		at.uid = st.st_uid;
		at.gid = st.st_gid;
		r = mark_place(&f, &at);
	}
	mark_abandon(&f);
	close_fd(old.fd);
	return r;
}
