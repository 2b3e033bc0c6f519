/* SPDX-License-Identifier: MIT */
/*
 * step_file: .checkpoints/.step, by which `idemfs step`, `session` and `run`
 * begin and end a session, and a step has a mark made that tells of its command
 * and inputs (core/manifest/step.h).  A session lives as long as its handle.
 */
#include <string.h>

#include "base/util.h"
#include "core/manifest/step.h"
#include "core/marks/former.h"
#include "core/sessions/sessions.h"
#include "core/version/drain.h"
#include "idemfs/control.h"
#include "mount/checkpoints/buffer.h"
#include "mount/checkpoints/checkpoints.h"
#include "mount/checkpoints/files.h"
#include "mount/checkpoints/groups.h"
#include "mount/checkpoints/making.h"
#include "mount/checkpoints/opening.h"
#include "mount/entry/learning.h"
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

/* Where the top of @mark is: no reference. */
static struct dir *top_of(struct fs *fs, const char *mark)
{
	auto_free char *top = strndup(mark, strcspn(mark, "/"));

	return top ? groups_place(fs, backing_marks(fs->backing), top) : NULL;
}

/* Of what its earlier runs have read (core/marks/former.h). */
static int find_key(struct request *q, const struct step *s,
		    char key[FORMER_KEY])
{
	struct dir *top = top_of(q->fs, s->mark);
	auto_free char *path = top ? dir_path(top, s->mark) : NULL;

	if (!path)
		return -ENOMEM;
	former_key(path, q->by.uid, key);
	return 0;
}

/* A run of a step that learns begins. */
static int start(struct request *q, const struct step *s)
{
	auto_free char *mark = strdup(s->mark);
	auto_dir *dir = NULL;
	char key[FORMER_KEY];
	const char *name = NULL;
	int r = mark ? find_key(q, s, key) : -ENOMEM;

	if (r < 0)
		return r;
	r = find_place(q->fs, mark, &q->by, &dir, &name);
	if (r == -ENOMEM)
		return r;
	return former_start(q->fs->core->rooms.state, key, q->by.uid,
			    r < 0 ? NULL : dir, name);
}

/* It ends without a mark.  If that fails, what it has read is lost (former.h). */
static void keep_learned(struct request *q, const struct step *s,
			 uint64_t session)
{
	char key[FORMER_KEY];

	if (!s->learn || !session || find_key(q, s, key) < 0)
		return;
	(void)making_fail(q,
			  &(struct checkpoint){ .dir = top_of(q->fs, s->mark),
						.name = s->mark,
						.session = session,
						.step = s,
						.key = key });
}

static int make(struct request *q, struct step *s, uint64_t session)
{
	char key[FORMER_KEY];
	auto_free char *mark = strdup(s->mark);
	auto_dir *dir = NULL;
	const char *name;
	struct statx st;
	int r = mark ? find_place(q->fs, mark, &q->by, &dir, &name) : -ENOMEM;

	if (!r && !dir_statx(dir, name, &st) && S_ISDIR(st.stx_mode))
		r = -EISDIR;
	if (!r)
		r = find_key(q, s, key);
	if (r < 0)
		return r;
	return making_new(q,
			  &(struct checkpoint){ .dir = dir,
						.name = name,
						.mode = STEP_MODE,
						.session = session,
						.step = s,
						.key = s->learn ? key : NULL });
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

static int begin(struct request *q, struct handle *h, const struct step *s)
{
	const struct session_spec spec = {
		.kind = s->kind,
		.name = s->mark,
		.command = s->command,
		.learn = s->learn,
		.pid = s->pid,
		.began = s->has_ran ? s->ran.began : (struct timespec){ 0 },
		.by = &q->by,
	};
	uint64_t id;
	int r = s->act == STEP_START && s->learn ? start(q, s) : 0;

	if (!r)
		r = sessions_begin(q->fs->sessions, h, &spec, &id);
	/* Its command waits for the answer. */
	if (!r && s->learn && id)
		learning_start(q->fs);
	return r;
}

/* A session that was not begun has the scope of its caller. */
static int mark(struct request *q, struct handle *h, struct step *s,
		uint64_t session)
{
	int r = make(q, s, session);

	if (r < 0)
		keep_learned(q, s, session);
	sessions_end(q->fs->sessions, h, r < 0 ? SESSION_REFUSED : 0);
	return r;
}

static int end(struct request *q, struct handle *h, const struct step *s,
	       uint64_t session)
{
	drain_closed(q->fs->versions, session);
	if (s->act == STEP_FAIL)
		keep_learned(q, s, session);
	sessions_end(q->fs->sessions, h, s->has_ran ? s->ran.status : 1);
	return 0;
}

/*
 * A file may be handed on to another process.  Only the one that has begun a
 * session may speak for it, and only the user who has opened the file may begin
 * one.
 */
static int act(struct request *q, struct handle *h, struct step *s)
{
	enum session_kind kind = s->kind;
	uint64_t session = 0;
	int r = sessions_check(q->fs->sessions, h, &q->by, &session, &kind);

	if (r == -EPERM || q->by.uid != h->by.uid)
		return -EPERM;
	if (s->act == STEP_START || s->act == STEP_BEGIN)
		return begin(q, h, s);
	if (kind != s->kind || (r == -ENOENT && s->act == STEP_END))
		return -EINVAL;
	return s->act == STEP_MARK ? mark(q, h, s, session)
				   : end(q, h, s, session);
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

/* A session whose process has gone without a word was killed. */
static void release_step(struct request *q, struct handle *h)
{
	sessions_drop(q->fs->sessions, h);
}

/* IDEMFS_XATTR_LEARNING is all that it has. */
static ssize_t step_getxattr(struct request *q, struct node *n,
			     const char *name, char *buf, size_t size)
{
	struct fs *fs = q->fs;
	bool told;
	const char *text;

	(void)n;
	if (strcmp(name, IDEMFS_XATTR_LEARNING) != 0)
		return -ENODATA;
	told = learn_any(fs->core->learn) &&
	       learn_is_told(fs->core->learn,
			     sessions_of(fs->sessions, q->by.tid));
	text = told ? "yes" : "no";
	if (size && strlen(text) > size)
		return -ERANGE;
	if (size)
		memcpy(buf, text, strlen(text));
	return (ssize_t)strlen(text);
}

const struct node_ops step_ops = {
	.refusal = -EPERM,
	.xattr_refusal = -EOPNOTSUPP,
	.getattr = control_getattr,
	.getxattr = step_getxattr,
	.open = open_step,
	.unopen = opening_undo,
	.read = buffer_read,
	.write = buffer_write,
	.fsync = fsync_step,
	.release = release_step,
};
