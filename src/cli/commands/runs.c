/* SPDX-License-Identifier: MIT */
/*
 * idemfs runs: the groups of marks that --run-id made, and their removal.
 *
 * A run is a directory at the top of the marks; one that was made by hand
 * looks the same, and is listed, too.  It began when that directory was made,
 * or with its first mark where the filesystem does not tell.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/screen/human.h"
#include "cli/screen/say.h"
#include "core/manifest/retired.h"

struct run_info {
	char *id;
	struct timespec first, last; /* first: 0 when there is no mark */
	unsigned long marks;
};

struct run_list {
	struct run_info *items;
	size_t count;
};

static void list_release(struct run_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i].id);
	free(l->items);
}

/* --- reading -------------------------------------------------------------- */

static void count_mark(struct run_info *run, struct timespec time)
{
	if (!run->first.tv_sec || human_before(&time, &run->first))
		run->first = time;
	if (human_before(&run->last, &time))
		run->last = time;
	run->marks++;
}

static DIR *open_dir(int at, const char *name)
{
	int fd = sys_open_dir(at, name);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd < 0)
		errno = -fd;
	else if (!d)
		close_fd(fd);
	return d;
}

static struct dirent *next_entry(DIR *d)
{
	struct dirent *e;

	do
		e = readdir(d);
	while (e && (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")));
	return e;
}

static void count_marks(int at, const char *name, struct run_info *run)
{
	DIR *d = open_dir(at, name);
	struct dirent *e;
	struct stat st;

	if (!d)
		return;
	while ((e = next_entry(d))) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISDIR(st.st_mode))
			count_marks(dirfd(d), e->d_name, run);
		else
			count_mark(run, st.st_mtim);
	}
	closedir(d);
}

/* @st is of its directory. */
static int add_run(struct run_list *l, int marks, const char *id,
		   const struct statx *st)
{
	struct run_info run = { .id = strdup(id) };
	struct run_info *bigger =
		reallocarray(l->items, l->count + 1, sizeof(*bigger));

	if (bigger)
		l->items = bigger;
	if (!bigger || !run.id) {
		free(run.id);
		return -ENOMEM;
	}
	count_marks(marks, id, &run);
	if (st->stx_mask & STATX_BTIME)
		run.first = (struct timespec){ st->stx_btime.tv_sec,
					       st->stx_btime.tv_nsec };
	l->items[l->count++] = run;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct run_info *x = a, *y = b;

	return human_before(&x->first, &y->first)
		       ? -1
		       : human_before(&y->first, &x->first);
}

static int read_runs(int marks, struct run_list *ret)
{
	DIR *d = open_dir(marks, ".");
	struct dirent *e;
	struct statx st;
	int r = d ? 0 : -errno;

	while (!r && (e = next_entry(d)))
		if (!statx(marks, e->d_name, AT_SYMLINK_NOFOLLOW,
			   STATX_TYPE | STATX_BTIME, &st) &&
		    S_ISDIR(st.stx_mode))
			r = add_run(ret, marks, e->d_name, &st);
	if (d)
		closedir(d);
	if (!r && ret->count)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_start);
	return r;
}

/* --- list ----------------------------------------------------------------- */

static void print_run(const struct statedir *p, const struct run_info *run)
{
	bool on = p->target.run && !strcmp(p->target.run, run->id);
	auto_free char *id = text_escape(run->id);
	char when[32], took[32] = "-";

	human_when(&run->first, when, sizeof(when));
	if (run->marks)
		human_span(&run->first, &run->last, took, sizeof(took));
	printf("%c %-19s  %5lu  %10s  %s\n", on ? '*' : ' ', when, run->marks,
	       took, id ? id : "?");
}

static int list_runs(const struct statedir *p)
{
	struct run_list l = { 0 };
	int r = read_runs(p->state.marks, &l);

	if (!r && l.count)
		printf("  %-19s  %5s  %10s  %s\n", "BEGAN", "MARKS", "DURATION",
		       "ID");
	for (size_t i = 0; !r && i < l.count; i++)
		print_run(p, &l.items[i]);
	list_release(&l);
	return r;
}

/* --- remove --------------------------------------------------------------- */

/* What its marks told stays true, as when rm(1) removes them in a mount. */
static int remove_mark(const struct state *state, int dir, const char *name)
{
	int r = retired_keep(state, dir, name);

	return r < 0 ? r : sys.unlinkat(dir, name, 0);
}

static int remove_below(const struct state *state, int at, const char *name)
{
	DIR *d = open_dir(at, name);
	struct dirent *e;
	struct stat st;
	int r = d ? 0 : -errno;

	while (!r && (e = next_entry(d))) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			r = -errno;
		else if (S_ISDIR(st.st_mode))
			r = remove_below(state, dirfd(d), e->d_name);
		else
			r = remove_mark(state, dirfd(d), e->d_name);
	}
	if (d)
		closedir(d);
	return r < 0 ? r : sys.unlinkat(at, name, AT_REMOVEDIR);
}

/* An event in the log of the directory, as a mount would write it. */
static void tell_removed(const struct statedir *p, const char *id)
{
	auto_fd fd = sys_open_file(p->state.dir, "log", O_WRONLY | O_APPEND);

	log_init(LOG_INFO, fd, false);
	log_event("run \"%s\" removed", id);
	log_init(LOG_INFO, -1, false);
}

static int remove_run(const struct statedir *p, const char *id, struct err *err)
{
	struct stat st;
	int r;

	if (!*id || strchr(id, '/') || !strcmp(id, ".") || !strcmp(id, "..") ||
	    fstatat(p->state.marks, id, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISDIR(st.st_mode))
		return err_set(err, -ENOENT,
			       "%s: no run \"%s\". See: idemfs runs %s", p->dir,
			       id, p->dir);
	if (p->target.run && !strcmp(p->target.run, id))
		return err_set(err, -EBUSY,
			       "%s: run \"%s\" is on. Unmount first, or remove "
			       "its marks: rm %s/.checkpoints/NAME",
			       p->dir, id, p->dir);
	if (statedir_is_served(p))
		return err_set(err, -EBUSY,
			       "%s: a mount elsewhere serves it. Name that "
			       "mount point instead",
			       p->dir);
	r = remove_below(&p->state, p->state.marks, id);
	if (r < 0)
		return err_set(err, r, "%s: run \"%s\": %s", p->dir, id,
			       strerror(-r));
	tell_removed(p, id);
	return sys.fsync(p->state.marks);
}

/* --- command line --------------------------------------------------------- */

static int act(const char *dir, const char **remove, size_t count)
{
	int status = EXIT_DONE, r;
	struct err err = { 0 };
	struct statedir p;

	r = statedir_open(dir, &p, &err);
	if (r < 0) {
		say_failure(&err, dir, r);
		return EXIT_FAILED;
	}
	for (size_t i = 0; i < count; i++) {
		err.text[0] = '\0';
		r = remove_run(&p, remove[i], &err);
		if (r < 0)
			status = EXIT_FAILED;
		if (r < 0)
			say_failure(&err, dir, r);
	}
	if (!count) {
		r = list_runs(&p);
		if (r < 0)
			say_failure(NULL, dir, r);
		status = r < 0 ? EXIT_FAILED : say_finish();
	}
	statedir_release(&p);
	return status;
}

struct runs_options {
	struct option_list remove;
};

static const struct option_row rows[] = {
	{ "remove", 'r', OPTION_LIST, offsetof(struct runs_options, remove),
	  .argument = "ID", .help = "forget that run" },
	{ .key = NULL },
};

static int runs_main(int argc, char **argv)
{
	const struct command *c = &command_runs;
	struct runs_options o = { 0 };
	int status;

	if (command_read(c, argc, argv, &o, &status) &&
	    command_one(c, argc, "name a directory", &status))
		status = act(argv[optind], o.remove.items, o.remove.count);
	free(o.remove.items);
	return status;
}

const struct command command_runs = {
	.name = "runs",
	.purpose = "list the runs that --run-id made, or remove some",
	.run = runs_main,
	.usage =
		"usage: idemfs runs DIR\n"
		"       idemfs runs --remove ID [--remove ID]... DIR\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before. The run that is on\n"
		"bears a star. A removed run loses its marks, and no file.\n",
	.notes = "example: idemfs run --run-id auto out -- ./pipeline.sh\n"
		 "         idemfs runs out\n",
	.options = { rows },
};
