/* SPDX-License-Identifier: MIT */
#include "cli/read/marklist.h"

#include "cli/screen/human.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"

#define DEPTH_MAX 64

struct walk {
	struct marklist *list;
	int marks;
};

void marklist_release(struct marklist *l)
{
	for (size_t i = 0; i < l->count; i++) {
		free(l->items[i].name);
		manifest_head_release(&l->items[i].head);
	}
	free(l->items);
	*l = (struct marklist){ 0 };
}

int marklist_open(int marks, const struct listed_mark *m,
		  struct manifest_reader **ret, int *ret_fd)
{
	auto_fd fd = sys_open_file(marks, m->name, O_RDONLY);
	int r = fd < 0 ? fd : manifest_open(fd, ret);

	if (!r)
		*ret_fd = steal_fd(&fd);
	return r;
}

int64_t marklist_took(const struct listed_mark *m)
{
	const struct timespec *since = &m->head.since;

	if (!m->damaged && m->head.has_ran)
		return human_between(&m->head.ran.began, &m->head.ran.ended);
	if (m->damaged || since->tv_sec < 0)
		return -1;
	return since->tv_sec * 1000 + since->tv_nsec / 1000000;
}

/* The head outlives its reader. */
static int copy_head(struct manifest_head *to, const struct manifest_head *from)
{
	*to = *from;
	to->name = strdup(from->name);
	to->host = strdup(from->host);
	to->command = strdup(from->command);
	to->session = from->session ? strdup(from->session) : NULL;
	return to->name && to->host && to->command &&
			       !to->session == !from->session
		       ? 0
		       : -ENOMEM;
}

static int read_head(struct walk *w, struct listed_mark *m,
		     const struct stat *st)
{
	struct manifest_reader *reader;
	auto_fd fd = -1;
	int r = marklist_open(w->marks, m, &reader, &fd);

	if (r < 0) {
		m->damaged = true;
		m->head.time = st->st_mtim;
		m->head.since.tv_sec = -1;
		return 0;
	}
	r = copy_head(&m->head, manifest_head(reader));
	manifest_close(reader);
	return r;
}

/* Takes @path. */
static int add_mark(struct walk *w, char *path, const struct stat *st)
{
	struct marklist *l = w->list;
	struct listed_mark *bigger, *m;

	bigger = reallocarray(l->items, l->count + 1, sizeof(*bigger));
	if (!bigger) {
		free(path);
		return -ENOMEM;
	}
	l->items = bigger;
	m = &l->items[l->count++];
	*m = (struct listed_mark){ .name = path };
	return read_head(w, m, st);
}

static int walk_dir(struct walk *w, int at, const char *dir, const char *path,
		    unsigned int depth);

static int walk_entry(struct walk *w, int at, const char *name,
		      const char *path, unsigned int depth)
{
	auto_free char *full = NULL;
	struct stat st;

	if (asprintf(&full, "%s%s%s", path, *path ? "/" : "", name) < 0)
		return -ENOMEM;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0; /* forgotten meanwhile */
	if (S_ISDIR(st.st_mode))
		return depth < DEPTH_MAX
			       ? walk_dir(w, at, name, full, depth + 1)
			       : 0;
	return S_ISREG(st.st_mode) ? add_mark(w, steal_ptr(&full), &st) : 0;
}

static int walk_dir(struct walk *w, int at, const char *name, const char *path,
		    unsigned int depth)
{
	int fd = sys_open_dir(at, name), r = fd < 0 ? fd : 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		r = r ? r : -errno;
		close_fd(fd);
		return r == -ENOENT ? 0 : r;
	}
	while (!r && (e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			r = walk_entry(w, fd, e->d_name, path, depth);
	closedir(d);
	return r;
}

static int by_time(const void *a, const void *b)
{
	const struct listed_mark *x = a, *y = b;
	const struct timespec *s = &x->head.time, *t = &y->head.time;

	if (s->tv_sec != t->tv_sec)
		return s->tv_sec < t->tv_sec ? -1 : 1;
	if (s->tv_nsec != t->tv_nsec)
		return s->tv_nsec < t->tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

int marklist_read(int marks, const char *run, struct marklist *ret)
{
	struct marklist l = { 0 };
	struct walk w = { .list = &l, .marks = marks };
	int r = walk_dir(&w, marks, run ? run : ".", run ? run : "", 0);

	if (r < 0) {
		marklist_release(&l);
		return r;
	}
	if (l.count)
		qsort(l.items, l.count, sizeof(*l.items), by_time);
	*ret = l;
	return 0;
}
