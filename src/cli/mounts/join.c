/* SPDX-License-Identifier: MIT */
#include "cli/mounts/join.h"

#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/screen/say.h"
#include "core/options/options.h"
#include "idemfs/control.h"
#include "mount/mountpoint/mountinfo.h"

/* --- options -------------------------------------------------------------- */

/* All values of @key in "KEY VALUE" lines, one a line: malloc'ed. */
static char *values_of(const char *lines, const char *key)
{
	size_t n = strlen(key), size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	for (; out && *lines; lines += *lines == '\n') {
		size_t len = strcspn(lines, "\n");

		if (len > n && !strncmp(lines, key, n) && lines[n] == ' ')
			fprintf(out, "%.*s\n", (int)len, lines);
		lines += len;
	}
	return out && fclose(out) == 0 ? text : NULL;
}

static bool differs(const char *a, const char *b, const char *key)
{
	auto_free char *in_a = values_of(a, key), *in_b = values_of(b, key);

	return !in_a || !in_b || strcmp(in_a, in_b) != 0;
}

/* As .control has them. */
static char *own_options(const struct args *a)
{
	auto_free char *fuse = text_escape(a->fuse_opts ? a->fuse_opts : "");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	options_print(&a->opt, out);
	fprintf(out, "o %s\n", fuse ? fuse : "");
	return fclose(out) == 0 ? text : NULL;
}

int join_agrees(const struct target *t, const struct args *a, struct err *err)
{
	auto_free char *own = own_options(a);
	const char *theirs = t->options ? t->options : "", *key;
	char list[512] = "";
	size_t n = 0;

	for (unsigned int i = 0; own && (key = options_key(i)); i++)
		if (differs(own, theirs, key) && n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n,
					      "%s--%s", n ? ", " : "", key);
	if (own && differs(own, theirs, "o") && n < sizeof(list))
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s-o",
				      n ? ", " : "");
	if (own && !n)
		return 0;
	return err_set(err, -EBUSY,
		       "%s: already the mount of another idemfs run (process "
		       "%d), with other options: %s. Say the same, or wait "
		       "until it has ended: --wait",
		       a->dir, t->pid, own ? list : "?");
}

/* --- in and out ----------------------------------------------------------- */

/* .checkpoints/@name of this mount and no other. */
static int open_control(uint64_t id, const char *dir, const char *name)
{
	auto_fd root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char path[64];
	int fd;

	if (root < 0)
		return -errno;
	if (mountinfo_root(root, "", AT_EMPTY_PATH) != id)
		return -ENOENT;
	snprintf(path, sizeof(path), IDEMFS_CHECKPOINTS "/%s", name);
	fd = openat(root, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

static int refuse_unseen(const struct target *t, const char *dir, int code,
			 struct err *err)
{
	if (code == -ESRCH || code == -EACCES)
		return err_set(err, code,
			       "%s: its daemon (process %d) cannot be reached "
			       "from here, or does not see this process: "
			       "another PID namespace, or another user",
			       dir, t->pid);
	return err_set(err, code, "%s: the mount cannot be joined: %s", dir,
		       strerror(-code));
}

static bool is_passing(int code)
{
	return code == -ESHUTDOWN || code == -ENOENT || code == -ENOTCONN ||
	       code == -ECONNABORTED || code == -ESTALE;
}

static int enter(const char *dir, const struct target *t, struct join *j,
		 struct err *err)
{
	if (t->kind != TARGET_ALIVE || t->ending)
		return -EAGAIN;
	j->mount_id = t->mount_id;
	j->handle = open_control(t->mount_id, dir, IDEMFS_JOIN);
	if (is_passing(j->handle))
		return -EAGAIN;
	if (j->handle < 0)
		return refuse_unseen(t, dir, j->handle, err);
	j->root = target_open_root(t);
	if (j->root < 0)
		return refuse_unseen(t, dir, j->root, err);
	ending_watch(t, &j->ending);
	return 0;
}

int join_enter(const char *dir, struct join *ret, struct err *err)
{
	struct join j = JOIN_CLOSED;
	struct target t = { .root_fd = -1 };
	int r = target_look(dir, &t, err);

	if (r == 0)
		r = enter(dir, &t, &j, err);
	target_release(&t);
	if (r < 0)
		join_release(&j);
	else
		*ret = j;
	return r;
}

/* How many others there are; 0, too, when the mount has gone. */
static int count_others(const struct join *j, const char *dir)
{
	auto_fd fd = open_control(j->mount_id, dir, IDEMFS_LEAVE);
	auto_free char *text = NULL;
	size_t size;

	if (fd < 0 || sys_read_fd(fd, 64, &text, &size) < 0)
		return 0;
	return (int)strtol(text, NULL, 10);
}

static int flush(const struct join *j, const char *dir, struct err *err)
{
	auto_fd fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || mountinfo_root(fd, "", AT_EMPTY_PATH) != j->mount_id)
		return 0; /* its end will tell */
	if (fsync(fd) == 0)
		return 0;
	return err_set(err, -errno,
		       "%s: not on the disk: %s. See: idemfs log %s", dir,
		       strerror(errno), dir);
}

int join_leave(struct join *j, const char *dir, struct err *err)
{
	int others = count_others(j, dir), r;

	close_fd(j->handle);
	j->handle = -1;
	r = others ? flush(j, dir, err) : 0;
	return r < 0 ? r : others;
}

void join_release(struct join *j)
{
	close_fd(j->handle);
	close_fd(j->root);
	ending_release(&j->ending);
	*j = (struct join)JOIN_CLOSED;
}
