/* SPDX-License-Identifier: MIT */
#include "mount/checkpoints/status_facts.h"

#include <fcntl.h>

#include "base/sys.h"
#include "base/util.h"
#include "mount/checkpoints/groups.h"
#include "mount/kernel/passthrough.h"

#define DEPTH_MAX 16 /* groups in each other; deeper ones are not told */

struct walk {
	struct fs *fs;
	struct dir *dir;
	unsigned int depth;
	void (*each)(void *arg, const struct status_mark *mark);
	void *arg;
};

static void tell(const struct walk *w, const char *name, const struct statx *st)
{
	auto_free char *path = dir_path(w->dir, name);
	struct status_mark m = { .path = path };

	if (!path)
		return;
	m.time = (struct timespec){ st->stx_mtime.tv_sec,
				    st->stx_mtime.tv_nsec };
	m.stale = stale_has(w->fs->stale, path, st->stx_ino, m.why);
	w->each(w->arg, &m);
}

static void walk(void *arg, const char *name)
{
	struct walk *w = arg, sub = *w;
	struct file_key key;
	struct statx st;

	if (dir_statx(w->dir, name, &st) < 0)
		return;
	if (!S_ISDIR(st.stx_mode) || w->depth == DEPTH_MAX) {
		tell(w, name, &st);
		return;
	}
	key = statx_key(&st);
	sub.depth++;
	sub.dir = dir_intern(w->dir, name, &key);
	if (sub.dir)
		dir_each_name(sub.dir, walk, &sub);
	dir_put(sub.dir);
}

void status_each_mark(struct fs *fs,
		      void (*each)(void *arg, const struct status_mark *mark),
		      void *arg)
{
	struct walk w = { fs, groups_listed(fs), 0, each, arg };

	dir_each_name(w.dir, walk, &w);
}

char *status_options(struct fs *fs)
{
	size_t size;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	options_print(fs->opt, out);
	fclose(out);
	return text;
}

const char *status_passthrough(struct fs *fs)
{
	auto_fd probe = sys_open_file(fs->state.dir, "format", O_RDONLY);

	return passthrough_state(fs->pass, probe);
}
