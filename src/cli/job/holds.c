/* SPDX-License-Identifier: MIT */
#include "cli/job/holds.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/job/input.h"
#include "cli/job/learned.h"
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

/* What is judged, one record after the other. */
struct judged {
	struct holds *h;
	const struct manifest_head *head;
	bool *known;		 /* which of the step's inputs the mark tells */
	struct learned *learned; /* or NULL: it does not count */
};

static bool is_input(struct judged *j, const struct record *r)
{
	const struct step *s = j->h->step;
	bool found = false;

	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->inputs[i].path, r->path))
			found = j->known[i] = true;
	return found;
}

/* Of an input that was given.  1: it is the same; 0: not; -errno. */
static int judge_input(struct judged *j, const struct record *r)
{
	struct holds *h = j->h;
	auto_free char *path = text_escape(r->path);
	int holds;

	if (!path)
		return -ENOMEM;
	h->why = "an input has changed";
	if (!is_input(j, r) && h->learn) {
		snprintf(h->words, sizeof(h->words), "%s is no input any more",
			 path);
		h->why = h->words;
		return 0;
	}
	holds = input_holds(h->in->root, r, &j->head->ran.began);
	if (h->learn)
		snprintf(h->words, sizeof(h->words), "%s changed", path);
	if (h->learn)
		h->why = h->words;
	if (holds > 0)
		h->why = NULL;
	return holds;
}

static int judge_record(struct judged *j, const struct record *r)
{
	if (r->kind == RECORD_INPUT)
		return judge_input(j, r);
	return j->learned ? learned_judge(j->learned, r) : 1;
}

/* 1: they hold; 0: not; -errno. */
static int judge_records(struct judged *j, struct manifest_reader *m)
{
	struct holds *h = j->h;
	struct record rec;
	int holds = 1, r = 1;

	while (r > 0 && holds > 0) {
		r = manifest_next(m, &rec);
		if (r > 0)
			holds = judge_record(j, &rec);
	}
	if (r < 0 || holds < 1)
		return r < 0 ? r : holds;
	for (size_t i = 0; i < h->step->count; i++) {
		if (j->known[i])
			continue;
		h->why = "an input is new";
		return 0;
	}
	return 1;
}

/* It is read once more, from its beginning. */
static void explain(struct judged *j, int fd)
{
	struct manifest_reader *m = NULL;

	if (manifest_open(fd, &m) < 0)
		m = NULL;
	snprintf(j->h->words, sizeof(j->h->words), "%s",
		 learned_explain(j->learned, m));
	j->h->why = j->h->words;
	manifest_close(m);
}

/*
 * Is this a part of a step that learns?  If the mount does not say that it is
 * not, it may be.
 */
static bool is_learned_of(const struct holds *h)
{
	char text[8];
	ssize_t n = fgetxattr(h->control, IDEMFS_XATTR_LEARNING, text,
			      sizeof(text));

	return n != 2 || memcmp(text, "no", 2) != 0;
}

static int judge_all(struct judged *j, struct manifest_reader *m, int fd)
{
	struct holds *h = j->h;
	int r = -ENOMEM;

	h->why = NULL;
	j->known = calloc(h->step->count + 1, sizeof(*j->known));
	if (h->learn)
		j->learned = learned_new(h->in->root, &j->head->ran.began,
					 is_learned_of(h));
	if (j->known && (j->learned || !h->learn))
		r = judge_records(j, m);
	if (r == 0 && !h->why)
		explain(j, fd);
	learned_free(j->learned);
	free(j->known);
	return r;
}

/* @fd: the file that @m reads. */
static int judge_mark(struct holds *h, struct manifest_reader *m, int fd)
{
	const struct manifest_head *head = manifest_head(m);
	struct judged j = { .h = h, .head = head };

	if (h->learn && !head->learn) {
		h->why = "what it reads was not learned";
		return 0;
	}
	if (h->command &&
	    (!head->has_argv ||
	     memcmp(&head->argv, &h->step->argv, sizeof(head->argv)) != 0)) {
		h->why = h->learn ? "the command, or where it is run, has "
				    "changed"
				  : "the command has changed";
		return 0;
	}
	return judge_all(&j, m, fd);
}

/*
 * Is the user who has made it believed, and is what it tells of still there?
 * 1, 0 or -errno.
 */
static int judge_stale(struct holds *h, int mark)
{
	ssize_t n = fgetxattr(mark, IDEMFS_XATTR_STALE, h->words,
			      sizeof(h->words) - 1);

	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP ? 1 : -errno;
	h->words[n] = '\0';
	h->why = h->words;
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
		r = r < 0 ? r : judge_mark(h, m, fd < 0 ? mark : fd);
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
