/* SPDX-License-Identifier: MIT */
#include "cli/job/given.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "cli/job/input.h"
#include "cli/job/program.h"

void given_release(struct given *g)
{
	free(g->fds);
	free(g->unread);
	*g = (struct given){ 0 };
}

static bool is_known(const struct given *g, const struct record *r)
{
	for (size_t i = 0; i < g->step->count; i++)
		if (!strcmp(g->step->inputs[i].path, r->path) &&
		    g->step->inputs[i].st.ino == r->st.ino)
			return true;
	return false;
}

static int add(struct given *g, const struct record *r, int fd)
{
	int *fds;
	int code;

	if (is_known(g, r))
		return 0;
	fds = reallocarray(g->fds, g->step->count + 1, sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	g->fds = fds;
	fds[g->step->count] = fd;
	code = step_add_input(g->step, r);
	return code;
}

int given_name(struct given *g, const char *path)
{
	auto_free char *name = input_path(g->in->path, path);
	struct record r;
	int code = name ? input_look(g->in->root, name, &r) : -errno;

	return code < 0 ? code : add(g, &r, -1);
}

/* --- the command ---------------------------------------------------------- */

/* A file that is executed. */
static int add_program(struct given *g, const char *path)
{
	int code = given_name(g, path);

	if (code != -EACCES && code != -EPERM)
		return code == -ENOMEM ? code : 0;
	if (!g->unread)
		g->unread = strdup(path);
	return 0;
}

static int add_interpreters(struct given *g, const char *path)
{
	char *all[PROGRAM_MOST];
	int r = 0, n = program_interpreters(path, all);

	for (int i = 0; i < n; i++) {
		if (!r)
			r = add_program(g, all[i]);
		free(all[i]);
	}
	return r;
}

/*
 * The script that a program is given: the first argument that is no option, if
 * it is a file outside the mount.  The mount sees for itself what is read in it.
 */
static int add_script(struct given *g, char *const *argv)
{
	auto_free char *name = NULL;

	while (*++argv && **argv == '-')
		;
	name = *argv ? input_path(g->in->path, *argv) : NULL;
	return name && *name == '/' ? add_program(g, name) : 0;
}

/* --- what is open already ------------------------------------------------- */

static bool is_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD), status = fcntl(fd, F_GETFL);
	struct stat st;

	return flags >= 0 && !(flags & FD_CLOEXEC) && status >= 0 &&
	       !(status & O_PATH) && (status & O_ACCMODE) != O_WRONLY &&
	       fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/*
 * By its path, or, when it has none any more, by its number: a step that is
 * begun in the same way has its input there again.
 */
static int add_open(struct given *g, int fd)
{
	char self[32], path[PATH_MAX];
	auto_free char *name = NULL;
	struct record r = { .kind = RECORD_INPUT };
	struct stat st;
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, path, sizeof(path) - 1);
	if (n < 0 || fstat(fd, &st) < 0)
		return -errno;
	path[n] = '\0';
	name = st.st_nlink ? input_path(g->in->path, path) : NULL;
	r.path = name ? name : self;
	r.st = record_stat_of(&st);
	return add(g, &r, fd);
}

static int add_all_open(struct given *g)
{
	DIR *d = opendir("/proc/self/fd");
	const struct dirent *e;
	int r = d ? 0 : -errno;

	while (!r && (e = readdir(d))) {
		int fd = atoi(e->d_name);

		if (*e->d_name != '.' && is_inherited(fd))
			r = add_open(g, fd);
	}
	if (d)
		closedir(d);
	return r;
}

int given_learn(struct given *g, char *const *argv)
{
	auto_free char *program = program_find(argv[0]);
	int r = 0;

	if (program) {
		r = add_program(g, program);
		if (!r)
			r = add_interpreters(g, program);
	}
	if (!r)
		r = add_script(g, argv);
	return r ? r : add_all_open(g);
}

/* --- their digests -------------------------------------------------------- */

static int read_one(const struct given *g, size_t i)
{
	struct record *r = &g->step->inputs[i], now;
	const char *path = r->path;
	char self[32];
	int code;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", g->fds[i]);
	code = input_read(g->in->root, g->fds[i] < 0 ? path : self, &now);
	if (code < 0)
		return code;
	*r = now;
	r->path = path;
	return 0;
}

int given_read(struct given *g, const char **ret_path)
{
	int r = 0;

	for (size_t i = 0; !r && i < g->step->count; i++) {
		*ret_path = g->step->inputs[i].path;
		r = read_one(g, i);
	}
	return r;
}
