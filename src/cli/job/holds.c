/* SPDX-License-Identifier: MIT */
#include "cli/job/holds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/util.h"
#include "cli/job/input.h"
#include "cli/mounts/statedir.h"
#include "core/manifest/manifest.h"
#include "idemfs/control.h"

/* As .checkpoints shows it: its manifest, or what was written into it. */
static int open_mark(const struct holds *h)
{
	auto_free char *path = NULL;
	int fd;

	if (asprintf(&path, IDEMFS_CHECKPOINTS "/%s", h->name) < 0)
		return -ENOMEM;
	fd = openat(h->in->root, path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool is_same_file(int a, int b)
{
	struct stat x, y;

	return fstat(a, &x) == 0 && fstat(b, &y) == 0 && x.st_ino == y.st_ino;
}

/* The file of @mark, in the state directory. */
static int open_kept(const struct holds *h, int mark)
{
	auto_free char *kept = NULL;
	auto_fd fd = -1;
	struct statedir p;
	/* Not statedir_open(), which may change the user: COMMAND comes later. */
	int r = statedir_open_root(h->in->path, &p, NULL);

	if (r < 0)
		return r;
	r = asprintf(&kept, STATE_DIR "/marks/%s%s%s",
		     p.target.run ? p.target.run : "", p.target.run ? "/" : "",
		     h->name);
	fd = r < 0 ? -ENOMEM : sys_open_file(p.root, kept, O_RDONLY);
	r = fd < 0 ? fd : 0;
	statedir_release(&p);
	/* The mark is another file by now, of whichever user. */
	if (!r && !is_same_file(fd, mark))
		r = -ESTALE;
	return r < 0 ? r : steal_fd(&fd);
}

static int open_manifest(const struct holds *h, int mark, int *ret_fd,
			 struct manifest_reader **ret)
{
	int r = manifest_open(mark, ret);

	if (r != -EBADMSG)
		return r;
	*ret_fd = open_kept(h, mark);
	return *ret_fd < 0 ? *ret_fd : manifest_open(*ret_fd, ret);
}

/* 1: the input is the same; 0: not; -errno. */
static int judge_input(struct holds *h, const struct record *r, bool *known)
{
	int holds = input_holds(h->in->root, r);

	for (size_t i = 0; i < h->step->count; i++)
		if (!strcmp(h->step->inputs[i].path, r->path))
			known[i] = true;
	if (holds == 0)
		h->why = "an input has changed";
	return holds;
}

/* 1: they hold; 0: not; -errno. */
static int judge_records(struct holds *h, struct manifest_reader *m)
{
	auto_free bool *known = calloc(h->step->count + 1, sizeof(*known));
	struct record rec;
	int holds = 1, r = known ? 1 : -ENOMEM;

	while (r > 0 && holds > 0) {
		r = manifest_next(m, &rec);
		if (r > 0 && rec.kind == RECORD_INPUT)
			holds = judge_input(h, &rec, known);
	}
	if (r < 0 || holds < 1)
		return r < 0 ? r : holds;
	for (size_t i = 0; i < h->step->count; i++) {
		if (known[i])
			continue;
		h->why = "an input is new";
		return 0;
	}
	return 1;
}

static int judge_mark(struct holds *h, struct manifest_reader *m)
{
	const struct manifest_head *head = manifest_head(m);

	if (h->command &&
	    (!head->has_argv ||
	     memcmp(&head->argv, &h->step->argv, sizeof(head->argv)) != 0)) {
		h->why = "the command has changed";
		return 0;
	}
	return judge_records(h, m);
}

/*
 * Is the user who has made it believed, and is what it tells of still there?
 * 1, 0 or -errno.
 */
static int judge_stale(struct holds *h, int mark)
{
	ssize_t n = fgetxattr(mark, IDEMFS_XATTR_STALE, h->stale,
			      sizeof(h->stale) - 1);

	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP ? 1 : -errno;
	h->stale[n] = '\0';
	h->why = h->stale;
	return 0;
}

/*
 * The inputs are opened only if the mark is believed, since its maker has chosen
 * their names.
 */
static int judge(struct holds *h, int mark)
{
	struct manifest_reader *m = NULL;
	auto_fd fd = -1;
	int r = judge_stale(h, mark);

	if (r > 0) {
		r = open_manifest(h, mark, &fd, &m);
		r = r < 0 ? r : judge_mark(h, m);
	}
	if (r > 0)
		h->made = manifest_head(m)->time;
	manifest_close(m);
	return r;
}

int holds_ask(struct holds *h)
{
	auto_fd mark = open_mark(h);

	/* A mark that may not be read is neither ours nor the mount owner's. */
	h->why = "its mark is another user's";
	return mark == -EACCES ? 0 : mark < 0 ? mark : judge(h, mark);
}
