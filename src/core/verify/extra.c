/* SPDX-License-Identifier: MIT */
#include "core/verify/extra.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "core/backing/state.h"
#include "idemfs/control.h"

#define DEPTH_MAX 512 /* each takes a descriptor */

struct walk {
	int (*each)(void *arg, const char *path);
	void *arg;
};

static bool is_ours(const char *path, const char *name)
{
	return !strncmp(name, STATE_TEMP_PREFIX, strlen(STATE_TEMP_PREFIX)) ||
	       (!path[0] && (!strcmp(name, STATE_DIR) ||
			     !strcmp(name, IDEMFS_CHECKPOINTS)));
}

static int walk(struct walk *w, int fd, const char *path, unsigned int depth);

static int walk_entry(struct walk *w, int dir, const char *path,
		      const char *name, unsigned int depth)
{
	auto_free char *sub = NULL;
	struct stat st;
	int fd;

	if (is_ours(path, name) ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	if (asprintf(&sub, "%s%s%s", path, path[0] ? "/" : "", name) < 0)
		return -ENOMEM;
	if (!S_ISDIR(st.st_mode))
		return w->each(w->arg, sub);
	fd = depth < DEPTH_MAX
		     ? openat(dir, name,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
		     : -1;
	return fd < 0 ? 0 : walk(w, fd, sub, depth + 1);
}

/* Takes @fd. */
static int walk(struct walk *w, int fd, const char *path, unsigned int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int r = 0;

	if (!d) {
		close_fd(fd);
		return 0;
	}
	while (!r && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			r = walk_entry(w, dirfd(d), path, e->d_name, depth);
	closedir(d);
	return r;
}

int verify_each_file(int root, int (*each)(void *arg, const char *path),
		     void *arg)
{
	struct walk w = { each, arg };
	int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : walk(&w, fd, "", 0);
}
