/* SPDX-License-Identifier: MIT */
/*
 * step: .checkpoints/.step, by which `idemfs step` says what runs, and has a mark
 * made that tells of its command and inputs (core/manifest/step.h).
 */
#include <string.h>

#include "base/util.h"
#include "core/manifest/step.h"
#include "mount/fs/fs.h"

#define STEP_MODE 0644 /* of the mark: an fsync carries no umask */

/*
 * The kernel has judged who may make a mark at the top; of the groups it has
 * seen nothing.  @last: the mark is to be in this one.
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
		dir_get(marks_place(fs, backing_marks(fs->backing), name));

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

static int make(fuse_req_t req, struct step *s)
{
	struct fs *fs = fs_of(req);
	struct caller by = fs_caller(req);
	auto_free char *mark = strdup(s->mark);
	auto_dir *dir = NULL;
	const char *name;
	struct statx st;
	int r = mark ? find_place(fs, mark, &by, &dir, &name) : -ENOMEM;

	if (!r && !dir_statx(dir, name, &st) && S_ISDIR(st.stx_mode))
		r = -EISDIR;
	return r < 0 ? r : marks_make(req, dir, name, STEP_MODE, s);
}

/*
 * A lock here keeps others of the same user from the same step.  Each user has
 * locks of its own, under a name that no file can have.
 */
int marks_line_of_step(struct fs *fs, struct handle *h)
{
	struct versions *t = fs->versions;
	char name[32];

	snprintf(name, sizeof(name), "/step/%u", (unsigned int)h->by.uid);
	h->line = lineage_at(t->rooms->lines, backing_marks(fs->backing), name);
	return h->line ? 0 : -ENOMEM;
}

static int act(fuse_req_t req, struct handle *h, struct step *s)
{
	struct running *running = fs_of(req)->running;
	int r;

	if (s->act == STEP_START)
		return running_begin(running, h, s, h->by.uid, h->by.tid);
	if (s->act == STEP_FAIL) {
		running_end(running, h, s->has_ran ? s->ran.status : 1);
		return 0;
	}
	r = make(req, s);
	running_end(running, h, r < 0 ? RUNNING_REFUSED : 0);
	return r;
}

int marks_step(fuse_req_t req, struct handle *h)
{
	auto_free char *text = NULL;
	struct step s;
	size_t size;
	int r;

	pthread_mutex_lock(&h->text_lock);
	size = h->size;
	text = malloc(size + 1);
	if (text && size)
		memcpy(text, h->text, size);
	handle_resize_text_locked(h, 0); /* the next message begins anew */
	pthread_mutex_unlock(&h->text_lock);
	r = text ? step_decode(text, size, &s) : -ENOMEM;
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL;
	r = act(req, h, &s);
	step_release(&s);
	return r;
}
