/* SPDX-License-Identifier: MIT */
/*
 * step_file: .checkpoints/.step, by which `idemfs step` says what runs, and has
 * a mark made that tells of its command and inputs (core/manifest/step.h).
 */
#include <string.h>

#include "base/util.h"
#include "core/manifest/step.h"
#include "core/marks/running.h"
#include "mount/checkpoints/buffer.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/groups.h"
#include "mount/checkpoints/making.h"
#include "mount/checkpoints/opening.h"
#include "mount/node/handle.h"

#define STEP_MODE 0644 /* of the mark: an fsync carries no umask */

/*
 * The kernel has checked whether the user may make a mark at the top, but has
 * seen nothing of the groups.  @last: the mark is to be in this one.
 */
static int enter_group(struct dir *d, const char *name, const struct caller *by,
		       bool last, struct dir **ret)
{
	auto_dir *group = NULL;
	auto_pin pin = { 0 };
	struct file_key key;
	struct statx st;
	int r = dir_statx(d, name, &st);

	if (!r && !S_ISDIR(st.stx_mode))
		r = -ENOTDIR;
	if (r < 0)
		return r;
	key = statx_key(&st);
	group = dir_intern(d, name, &key);
	r = group ? dir_pin(group, &pin) : -ENOMEM;
	if (!r)
		r = access_dir(pin.fd, by, last);
	if (!r)
		*ret = steal_ptr(&group);
	return r;
}

/* The directory (a reference) and the last part of @mark, which is cut up. */
static int find_place(struct fs *fs, char *mark, const struct caller *by,
		      struct dir **ret_dir, const char **ret_name)
{
	char *name = strsep(&mark, "/");
	auto_dir *d =
		dir_get(groups_place(fs, backing_marks(fs->backing), name));

	while (mark) {
		struct dir *next = NULL;
		int r = enter_group(d, name, by, !strchr(mark, '/'), &next);

		if (r < 0)
			return r;
		dir_put(d);
		d = next;
		name = strsep(&mark, "/");
	}
	*ret_dir = steal_ptr(&d);
	*ret_name = name;
	return 0;
}

static int make(struct request *q, struct step *s)
{
	auto_free char *mark = strdup(s->mark);
	auto_dir *dir = NULL;
	const char *name;
	struct statx st;
	int r = mark ? find_place(q->fs, mark, &q->by, &dir, &name) : -ENOMEM;

	if (!r && !dir_statx(dir, name, &st) && S_ISDIR(st.stx_mode))
		r = -EISDIR;
	if (r < 0)
		return r;
	return making_new(q, &(struct checkpoint){ .dir = dir,
						   .name = name,
						   .mode = STEP_MODE,
						   .step = s });
}

/*
 * A lock here keeps others of the same user from the same step.  Each user has
 * locks of its own, under a name that no file can have.
 */
static int set_line(struct request *q, struct handle *h)
{
	struct fs *fs = q->fs;
	char name[32];

	snprintf(name, sizeof(name), "/step/%u", (unsigned int)h->by.uid);
	h->line = lineage_at(fs->core->rooms.lines, backing_marks(fs->backing),
			     name);
	return h->line ? 0 : -ENOMEM;
}

static int open_step(struct request *q, struct node *n,
		     struct fuse_file_info *fi, struct handle **ret)
{
	return opening_open(q, n, fi, set_line, ret);
}

static int act(struct request *q, struct handle *h, struct step *s)
{
	struct running *running = q->fs->running;
	int r;

	if (s->act == STEP_BEGIN || s->act == STEP_END)
		return -EINVAL;
	if (s->act == STEP_START)
		return running_begin(running, h, s, h->by.uid, h->by.tid);
	if (s->act == STEP_FAIL) {
		running_end(running, h, s->has_ran ? s->ran.status : 1);
		return 0;
	}
	r = make(q, s);
	running_end(running, h, r < 0 ? RUNNING_REFUSED : 0);
	return r;
}

/* The message that was written, which is taken away; NULL: no memory. */
static char *take_message(struct handle *h, size_t *ret_size)
{
	char *text;

	LOCK_SCOPE(&h->text.lock);
	text = malloc(h->text.size + 1);
	if (text && h->text.size)
		memcpy(text, h->text.bytes, h->text.size);
	*ret_size = h->text.size;
	handle_resize_text_locked(h, 0); /* the next message begins anew */
	return text;
}

/* An fsync ends a message, and does what it asks for. */
static int fsync_step(struct request *q, struct handle *h, int datasync)
{
	size_t size;
	auto_free char *text = take_message(h, &size);
	struct step s;
	int r = text ? step_decode(text, size, &s) : -ENOMEM;

	(void)datasync;
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	r = act(q, h, &s);
	step_release(&s);
	return r;
}

/* A step whose process has gone without a word has failed. */
static void release_step(struct request *q, struct handle *h)
{
	running_drop(q->fs->running, h);
}

const struct node_ops step_ops = {
	.refusal = -EPERM,
	.xattr_refusal = -EOPNOTSUPP,
	.getattr = control_getattr,
	.open = open_step,
	.unopen = opening_undo,
	.read = buffer_read,
	.write = buffer_write,
	.fsync = fsync_step,
	.release = release_step,
};
