/* SPDX-License-Identifier: MIT */
/*
 * world: a backing directory in a known state, and a mount of it without FUSE.
 *
 * world_make() makes the directory: f and g hold "old f" and "old g".  What is
 * tried runs in a child (world_try()), which opens the rest by world_open();
 * the parent only looks.  Everything lies below $TMPDIR, or in memory.
 */
#ifndef IDEMFS_TESTS_FAULT_WORLD_H
#define IDEMFS_TESTS_FAULT_WORLD_H

#include <stdint.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/util.h"
#include "core/core.h"
#include "core/flush/flush.h"
#include "core/marks/checkpoint.h"
#include "core/quarantine/quarantine.h"
#include "core/recovery/recovery.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "core/version/testing.h"
#include "fault.h"
#include "unit/scratch.h"

#define BROKEN_STATUS 98 /* the child could not even begin */

struct world {
	int root;
	struct options opt;
	struct state st;
	struct backing *b;
	struct core *core;
	struct versions *t;
	struct dir *dir;
};

/* What a child tells, even when it dies: in memory that is shared. */
struct told {
	atomic_uint acked; /* bits: what it was told has worked */
	atomic_long calls; /* how many the job has made, when it ended */
	atomic_ulong failed;
	const char *what; /* the call that failed */
};
static struct told *told;

static void world_settled(void *arg, struct version *v, struct dir *dir,
			  const char *name)
{
	(void)arg;
	(void)v;
	(void)dir;
	(void)name;
}

static struct lineage *world_line(void *arg, const struct file_key *key,
				  struct lineage *l)
{
	(void)arg;
	(void)key;
	(void)l;
	return NULL;
}

static void world_wait(void *arg)
{
	(void)arg;
}

static void world_left(const char *path, const char *why)
{
	(void)path;
	(void)why;
}

static int world_core(struct world *w)
{
	const struct core_spec spec = {
		.opt = &w->opt,
		.state = &w->st,
		.root = w->root,
		.dir_fds = 64,
		.hooks = { world_settled, world_line, world_wait, world_wait,
			   w },
	};
	int r = core_new(&spec, &w->core);

	if (r < 0)
		return r;
	w->t = w->core->versions;
	w->b = w->core->rooms.backing;
	return 0;
}

/* All that a mount does before it serves; -errno. */
static int world_open(struct world *w, enum durability_level level)
{
	struct recovered rec = { 0 };
	int r;

	w->st = (struct state)STATE_CLOSED;
	options_init(&w->opt);
	w->opt.cache_ms = 0;
	w->opt.durability = level;
	w->opt.open_wait_ms = 0;
	w->root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = state_open(w->root, ".", &w->st, NULL);
	if (!r)
		r = recovery_run(&w->st, w->root, NULL, &rec);
	if (!r)
		r = world_core(w);
	if (!r)
		recovery_tell(w->t, NULL);
	if (!r)
		r = checkpoint_import(w->t, w->root, world_left, NULL);
	if (r < 0)
		return r;
	w->dir = backing_root(w->b);
	return 0;
}

static struct versions_counts counts(struct versions *table)
{
	struct versions_counts c;

	versions_count_all(table, &c);
	return c;
}

static void world_close(struct world *w)
{
	if (w->t) {
		versions_discard_all(w->t, "the end of the test");
		atomic_store(&told->failed, counts(w->t).failed);
	}
	core_free(w->core);
	state_release(&w->st);
	close_fd(w->root);
	options_release(&w->opt);
}

/* For world_try(): a mount that begins and ends. */
static void world_mount(const void *arg)
{
	struct world w = { 0 };

	(void)arg;
	if (world_open(&w, DURABILITY_CHECKPOINT) < 0)
		_exit(BROKEN_STATUS);
	world_close(&w);
}

static struct scratch world_make(void)
{
	struct scratch s;

	if (!getenv("TMPDIR") && access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 1);
	s = scratch_open();
	scratch_write(s.dir, "f", "old f");
	scratch_write(s.dir, "g", "old g");
	return s;
}

/* Runs @fn in a child that stands in @dir; its exit status. */
static int world_try(int dir, void (*fn)(const void *arg), const void *arg)
{
	pid_t pid = fork();
	int status;

	cr_assert_geq(pid, 0);
	if (pid == 0) {
		if (fchdir(dir) < 0)
			_exit(BROKEN_STATUS);
		log_init(LOG_ERROR, open("/dev/null", O_WRONLY), false);
		umask(0);
		fn(arg);
		_exit(0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "killed by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* Memory for what children tell. */
static void world_share(void)
{
	told = mmap(NULL, sizeof(*told), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(told, MAP_FAILED);
}

/* Is @text what stands at @name; NULL: is nothing there? */
static bool world_holds(int dir, const char *name, const char *text)
{
	return text ? scratch_holds(dir, name, text)
		    : !scratch_exists(dir, name);
}

/*
 * Of one that could not be made whole, its record says what is missing; a torn
 * record says nothing, and what is missing is a hole.
 */
static bool is_kept(int partial, const struct partial *p, const char *text)
{
	const char *lacks = strstr(p->why, "its first ");
	size_t from = lacks ? strtoul(lacks + strlen("its first "), NULL, 10)
			    : 0;
	char name[32], buf[64];
	auto_fd fd = -1;
	ssize_t n;

	snprintf(name, sizeof(name), "%lu", p->id);
	fd = openat(partial, name, O_RDONLY | O_CLOEXEC);
	n = pread(fd, buf, sizeof(buf), 0);
	while (!*p->path && (ssize_t)from < n && !buf[from])
		from++;
	return n == (ssize_t)strlen(text) && from < (size_t)n &&
	       !memcmp(buf + from, text + from, (size_t)n - from);
}

/* Is there a partial of these bytes? */
static bool world_kept(int dir, const char *text)
{
	int partial = openat(dir, ".idemfs/partial",
			     O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct partial_list l = { 0 };
	bool found = false;

	if (partial < 0 || quarantine_list(partial, &l) < 0)
		return false;
	for (size_t i = 0; i < l.count; i++)
		found |= is_kept(partial, &l.items[i], text);
	partial_list_release(&l);
	close(partial);
	return found;
}

/* Temps below @dir, called @what in messages, that no recovery would remove. */
static int world_leaks(int dir, const char *what)
{
	int fd = openat(dir, what, O_RDONLY | O_DIRECTORY | O_CLOEXEC), n = 0;
	struct dirent *e;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	while (d && (e = readdir(d)))
		n += !strncmp(e->d_name, STATE_TEMP_PREFIX,
			      strlen(STATE_TEMP_PREFIX));
	if (d)
		closedir(d);
	return n;
}

#endif
