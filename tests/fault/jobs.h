/* SPDX-License-Identifier: MIT */
/*
 * jobs: what is interrupted, and what may be true afterwards.
 *
 * A job runs in a world, and says by bits of told->acked what it was told has
 * worked.  A claim is about one name: it holds @before or @after, nothing else,
 * and @after when its bit is set.
 */
#ifndef IDEMFS_TESTS_FAULT_JOBS_H
#define IDEMFS_TESTS_FAULT_JOBS_H

#include "core/manifest/manifest.h"
#include "core/quarantine/restore.h"
#include "world.h"

#define DONE 1U	   /* what the job is there for has worked */
#define WRITTEN 2U /* its bytes were taken: they are not lost any more */
#define MARKED 4U
#define CLAIMS 3

/*
 * A process with a sanitizer takes 10 ms to fork, because of its big table of
 * pages.  Then only every thirteenth moment is tried, and each job begins at a
 * different one.
 */
#if defined(__SANITIZE_ADDRESS__)
#define MOMENTS 13
#else
#define MOMENTS 1
#endif

struct claim {
	const char *name, *before, *after;
};

struct job {
	const char *name;
	enum durability_level level;
	void (*prepare)(int dir); /* or NULL */
	void (*run)(struct world *w);
	struct claim claims[CLAIMS];
	const char *bytes; /* what was WRITTEN; NULL: nothing to keep */
	const char *mark;  /* a mark that has its outputs when it is there */
};

static void ack(unsigned int bits)
{
	atomic_fetch_or(&told->acked, bits);
}

static struct caller me(void)
{
	return (struct caller){ .tid = getpid(),
				.uid = geteuid(),
				.gid = getegid(),
				.umask = 022 };
}

static uint64_t no_owner(void *arg, struct version *v)
{
	(void)arg;
	(void)v;
	return 1;
}

static struct version *begin_new(struct world *w, const char *name,
				 struct writer *wr)
{
	struct version_new spec = {
		.dir = w->dir, .name = name, .mode = 0666, .by = me()
	};
	struct version *v = NULL;

	return version_create(w->t, &spec, wr, &v) < 0 ? NULL : v;
}

static struct version *begin_old(struct world *w, const char *name, int flags,
				 struct writer *wr)
{
	struct version *v;

	if (version_reserve(w->t, w->dir, name, getpid(), flags & O_TRUNC,
			    no_owner, NULL, &v) < 0)
		return NULL;
	if (version_open(v, &(struct caller){ .tid = getpid() }, flags, wr) <
	    0) {
		version_unhold(v);
		version_put(v);
		return NULL;
	}
	version_unhold(v);
	return v;
}

/* As the handler of WRITE does it. */
static bool put(struct version *v, const char *text)
{
	struct stat st;
	int fd, r = version_stat_shown(v, &st);

	if (!r)
		r = version_fd(v, FD_TO_WRITE, st.st_size, &fd);
	if (!r)
		r = sys_pwrite_all(fd, text, strlen(text), st.st_size);
	version_note_error(v, r);
	return r == 0;
}

/* True: close(2) said 0, and what RELEASE did went well, too. */
static bool finish(struct world *w, struct version *v, struct writer *wr)
{
	unsigned long failed = counts(w->t).failed;
	int r = version_flush(wr, getpid());

	/* D7: the rest is for recovery. */
	if (!r && w->opt.durability == DURABILITY_CLOSE)
		ack(DONE);
	if (version_seal(wr))
		version_settle(v);
	version_put(v);
	return !r && counts(w->t).failed == failed;
}

static void write_and_close(struct world *w, struct version *v,
			    struct writer *wr, const char *text)
{
	if (!v)
		return;
	if (put(v, text))
		ack(WRITTEN);
	if (finish(w, v, wr))
		ack(DONE);
}

static void job_create(struct world *w)
{
	struct writer wr;

	write_and_close(w, begin_new(w, "n", &wr), &wr, "new");
}

static void job_overwrite(struct world *w)
{
	struct writer wr;

	write_and_close(w, begin_old(w, "f", O_TRUNC, &wr), &wr, "new");
}

static void job_append(struct world *w)
{
	struct writer wr;

	write_and_close(w, begin_old(w, "f", 0, &wr), &wr, " and new");
}

/* One that goes into the file itself. */
static void job_tail(struct world *w)
{
	testing_set_tail_min(w->t, 1);
	job_append(w);
}

/* Its writer is killed. */
static void end_killed(struct version *v, struct writer *wr)
{
	wr->flushed = true;
	wr->last = (struct writer_fate){ .end = WRITER_KILLED, .code = 9 };
	if (version_seal(wr))
		version_settle(v);
	version_put(v);
}

static void job_tail_killed(struct world *w)
{
	struct writer wr;
	struct version *v;

	testing_set_tail_min(w->t, 1);
	v = begin_old(w, "f", 0, &wr);
	if (!v)
		return;
	if (put(v, " and new"))
		ack(WRITTEN);
	end_killed(v, &wr);
}

/* What editors do: a temp of their own, renamed while it is still open. */
static void job_rename_pending(struct world *w)
{
	struct writer wr;
	struct version *v = begin_new(w, "p", &wr);
	struct caller by = me();

	if (!v)
		return;
	if (put(v, "new"))
		ack(WRITTEN);
	if (tree_rename(w->t, w->dir, "p", w->dir, "f", 0, &by) < 0)
		version_note_error(v, -EIO); /* not at "p" either */
	if (finish(w, v, &wr))
		ack(DONE);
}

static void job_rename(struct world *w)
{
	struct caller by = me();

	if (!tree_rename(w->t, w->dir, "g", w->dir, "f", 0, &by))
		ack(DONE);
}

static void job_link(struct world *w)
{
	struct writer wr;
	struct version *v = begin_new(w, "n", &wr);

	if (!v)
		return;
	if (put(v, "new"))
		ack(WRITTEN);
	if (tree_link_version(v, w->dir, "m") < 0)
		version_note_error(v, -EIO);
	if (finish(w, v, &wr))
		ack(DONE);
}

static void job_unlink(struct world *w)
{
	struct writer wr;
	struct version *v = begin_old(w, "f", O_TRUNC, &wr);
	struct caller by = me();
	bool gone;

	if (!v)
		return;
	put(v, "never");
	gone = !tree_unlink(w->t, w->dir, "f", &by);
	if (gone && finish(w, v, &wr))
		ack(DONE);
}

static void job_killed(struct world *w)
{
	struct writer wr;
	struct version *v = begin_old(w, "f", O_TRUNC, &wr);

	if (!v)
		return;
	if (put(v, "half"))
		ack(WRITTEN);
	end_killed(v, &wr);
}

static int make_mark(struct world *w, const char *name)
{
	struct checkpoint c = { .dir = backing_marks(w->b),
				.name = name,
				.mode = 0666,
				.by = me() };

	return checkpoint_make(w->t, &c);
}

static void job_mark(struct world *w)
{
	job_overwrite(w);
	if ((atomic_load(&told->acked) & DONE) && !make_mark(w, "done"))
		ack(MARKED);
}

static void job_mark_again(struct world *w)
{
	job_overwrite(w);
	if (!(atomic_load(&told->acked) & DONE) || make_mark(w, "done") < 0)
		return;
	ack(MARKED);
	job_create(w);
	make_mark(w, "done");
}

static void prepare_checkpoints(int dir)
{
	int fd;

	cr_assert_eq(mkdirat(dir, ".checkpoints", 0755), 0);
	fd = openat(dir, ".checkpoints", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_write(fd, "a.done", "a note");
	close(fd);
}

/* The import is a part of every mount: world_open() has tried it. */
static void job_import(struct world *w)
{
	(void)w;
	ack(DONE);
}

/* What world_open() does to a directory that was never mounted. */
static void job_nothing(struct world *w)
{
	(void)w;
}

static void prepare_partial(int dir)
{
	int partial;

	cr_assert_eq(mkdirat(dir, ".idemfs", 0700), 0);
	cr_assert_eq(mkdirat(dir, ".idemfs/partial", 0700), 0);
	partial = openat(dir, ".idemfs/partial",
			 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scratch_write(partial, "1", "half");
	close(partial);
}

static void job_restore(struct world *w)
{
	int from = quarantine_open(w->st.partial, 1);
	struct restore r = { .from = from,
			     .dir = ".",
			     .path = "f",
			     .beneath = true,
			     .force = true,
			     .tmp = w->st.tmp };

	if (from < 0 || restore_file(&r, NULL) < 0)
		return;
	ack(DONE);
	quarantine_drop(w->st.partial, 1);
}

static void prepare_dir(int dir)
{
	int fd;

	cr_assert_eq(mkdirat(dir, "d", 0755), 0);
	fd = openat(dir, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cr_assert_eq(mkdirat(fd, "sub", 0755), 0);
	scratch_write(fd, "x", "old x");
	scratch_write(fd, "sub/y", "old y");
	close(fd);
}

static void job_rename_dir(struct world *w)
{
	struct caller by = me();

	if (!tree_rename(w->t, w->dir, "d", w->dir, "e", 0, &by))
		ack(DONE);
}

static void prepare_dirs(int dir)
{
	prepare_dir(dir);
	cr_assert_eq(mkdirat(dir, "e", 0755), 0);
	scratch_write(dir, "e/z", "old z");
}

static void job_exchange(struct world *w)
{
	struct caller by = me();

	if (!tree_rename(w->t, w->dir, "d", w->dir, "e", RENAME_EXCHANGE, &by))
		ack(DONE);
}

static void job_remove(struct world *w)
{
	struct caller by = me();

	if (!tree_unlink(w->t, w->dir, "f", &by))
		ack(DONE);
}

static void job_link_committed(struct world *w)
{
	struct caller by = me();
	struct file_key key;
	struct statx st;

	if (dir_statx(w->dir, "f", &st) < 0)
		return;
	key = statx_key(&st);
	if (!tree_link(w->t, w->dir, "f", &key, w->dir, "n", &by))
		ack(DONE);
}

#define OLD_F                         \
	{                             \
		"f", "old f", "old f" \
	}
#define NEW_F                       \
	{                           \
		"f", "old f", "new" \
	}
#define AT(level_) .level = DURABILITY_##level_

static const struct job jobs[] = {
	{ "create",
	  AT(CHECKPOINT),
	  NULL,
	  job_create,
	  { { "n", NULL, "new" }, OLD_F },
	  "new",
	  NULL },
	{ "create, durable",
	  AT(CLOSE),
	  NULL,
	  job_create,
	  { { "n", NULL, "new" }, OLD_F },
	  "new",
	  NULL },
	{ "overwrite",
	  AT(CHECKPOINT),
	  NULL,
	  job_overwrite,
	  { NEW_F },
	  "new",
	  NULL },
	{ "overwrite, durable",
	  AT(CLOSE),
	  NULL,
	  job_overwrite,
	  { NEW_F },
	  "new",
	  NULL },
	{ "overwrite, never flushed",
	  AT(NONE),
	  NULL,
	  job_overwrite,
	  { NEW_F },
	  "new",
	  NULL },
	{ "append",
	  AT(CHECKPOINT),
	  NULL,
	  job_append,
	  { { "f", "old f", "old f and new" } },
	  "old f and new",
	  NULL },
	{ "append, durable",
	  AT(CLOSE),
	  NULL,
	  job_append,
	  { { "f", "old f", "old f and new" } },
	  "old f and new",
	  NULL },
	{ "append to a big file",
	  AT(CHECKPOINT),
	  NULL,
	  job_tail,
	  { { "f", "old f", "old f and new" } },
	  "old f and new",
	  NULL },
	{ "append to a big file, never flushed",
	  AT(NONE),
	  NULL,
	  job_tail,
	  { { "f", "old f", "old f and new" } },
	  "old f and new",
	  NULL },
	{ "killed appender of a big file",
	  AT(CHECKPOINT),
	  NULL,
	  job_tail_killed,
	  { OLD_F },
	  "old f and new",
	  NULL },
	{ "rename a pending file over another",
	  AT(CHECKPOINT),
	  NULL,
	  job_rename_pending,
	  { NEW_F, { "p", NULL, NULL } },
	  "new",
	  NULL },
	{ "rename a pending file, durable",
	  AT(CLOSE),
	  NULL,
	  job_rename_pending,
	  { NEW_F, { "p", NULL, NULL } },
	  "new",
	  NULL },
	{ "rename",
	  AT(CHECKPOINT),
	  NULL,
	  job_rename,
	  { { "f", "old f", "old g" }, { "g", "old g", NULL } },
	  NULL,
	  NULL },
	{ "link",
	  AT(CHECKPOINT),
	  NULL,
	  job_link,
	  { { "n", NULL, "new" }, { "m", NULL, "new" } },
	  "new",
	  NULL },
	{ "unlink",
	  AT(CHECKPOINT),
	  NULL,
	  job_unlink,
	  { { "f", "old f", NULL } },
	  NULL,
	  NULL },
	{ "unlink what nobody writes",
	  AT(CHECKPOINT),
	  NULL,
	  job_remove,
	  { { "f", "old f", NULL } },
	  NULL,
	  NULL },
	{ "link what nobody writes",
	  AT(CHECKPOINT),
	  NULL,
	  job_link_committed,
	  { { "n", NULL, "old f" }, OLD_F },
	  NULL,
	  NULL },
	{ "rename a directory",
	  AT(CHECKPOINT),
	  prepare_dir,
	  job_rename_dir,
	  { { "d/x", "old x", NULL },
	    { "e/x", NULL, "old x" },
	    { "e/sub/y", NULL, "old y" } },
	  NULL,
	  NULL },
	{ "exchange two directories",
	  AT(CHECKPOINT),
	  prepare_dirs,
	  job_exchange,
	  { { "d/z", NULL, "old z" },
	    { "e/z", "old z", NULL },
	    { "e/sub/y", NULL, "old y" } },
	  NULL,
	  NULL },
	{ "killed writer",
	  AT(CHECKPOINT),
	  NULL,
	  job_killed,
	  { OLD_F },
	  "half",
	  NULL },
	{ "killed writer, durable",
	  AT(CLOSE),
	  NULL,
	  job_killed,
	  { OLD_F },
	  "half",
	  NULL },
	{ "mark", AT(CHECKPOINT), NULL, job_mark, { NEW_F }, "new", "done" },
	{ "mark over mark",
	  AT(CHECKPOINT),
	  NULL,
	  job_mark_again,
	  { NEW_F, { "n", NULL, NULL } },
	  "new",
	  "done" },
	{ "mark, durable", AT(CLOSE), NULL, job_mark, { NEW_F }, "new", "done" },
	{ "import",
	  AT(CHECKPOINT),
	  prepare_checkpoints,
	  job_import,
	  { OLD_F },
	  NULL,
	  NULL },
	{ "first mount",
	  AT(CHECKPOINT),
	  NULL,
	  job_nothing,
	  { OLD_F },
	  NULL,
	  NULL },
	{ "restore",
	  AT(CHECKPOINT),
	  prepare_partial,
	  job_restore,
	  { { "f", "old f", "half" } },
	  NULL,
	  NULL },
};

/* The manifest of a mark is whole, down to its digest. */
static void mark_is_whole(int dir, const struct job *j)
{
	struct manifest_reader *m = NULL;
	struct record rec;
	char path[64];
	int fd, r;

	snprintf(path, sizeof(path), ".idemfs/marks/%s", j->mark);
	fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		cr_assert_not(atomic_load(&told->acked) & MARKED,
			      "%s: the mark is lost", j->name);
		return;
	}
	cr_assert_eq(manifest_open(fd, &m), 0, "%s: torn mark", j->name);
	while ((r = manifest_next(m, &rec)) > 0)
		;
	cr_assert_eq(r, 0, "%s: torn mark", j->name);
	manifest_close(m);
	close(fd);
	cr_assert(scratch_holds(dir, "f", "new"), "%s: the mark lies", j->name);
}

static void import_is_whole(int dir)
{
	cr_assert(scratch_exists(dir, ".checkpoints/a.done") ||
			  scratch_exists(dir, ".idemfs/marks/a.done"),
		  "import: a mark is lost");
}

/* What no moment may break; @settled: no work is left to recovery. */
static void claims_hold(int dir, const struct job *j, bool settled, long at)
{
	unsigned int acked = atomic_load(&told->acked);
	bool in_place = false;

	/* What goes into a file may be there in part, until the next mount. */
	if (!settled && j->run == job_tail)
		return;

	for (int i = 0; i < CLAIMS && j->claims[i].name; i++) {
		const struct claim *c = &j->claims[i];
		bool after = world_holds(dir, c->name, c->after);
		bool any = j->run == job_mark_again && !strcmp(c->name, "n");

		cr_assert(after || any || world_holds(dir, c->name, c->before),
			  "%s, %ld: \"%s\" is neither old nor new", j->name, at,
			  c->name);
		cr_assert(after || any || !settled || !(acked & DONE),
			  "%s, %ld: \"%s\" was acknowledged, and is lost (%s)",
			  j->name, at, c->name, told->what ? told->what : "");
		in_place |= after && c->after && c->after != c->before;
	}
	if (settled && j->bytes && (acked & WRITTEN) && !in_place)
		cr_assert(world_kept(dir, j->bytes),
			  "%s, %ld: what was written is lost", j->name, at);
	if (j->mark)
		mark_is_whole(dir, j);
	if (j->run == job_import)
		import_is_whole(dir);
}

/* Nothing of ours is left that a mount would not clean up. */
static void nothing_leaked(int dir, const struct job *j, long at)
{
	static const char *const places[] = { ".", ".idemfs", ".idemfs/partial",
					      ".idemfs/marks" };
	int tmp =
		openat(dir, ".idemfs/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr_assert_geq(tmp, 0);
	cr_assert_eq(scratch_count(tmp), 0, "%s, %ld: temps are left", j->name,
		     at);
	close(tmp);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		cr_assert_eq(world_leaks(dir, places[i]), 0,
			     "%s, %ld: a temp is left in %s", j->name, at,
			     places[i]);
}

#endif
