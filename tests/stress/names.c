/* SPDX-License-Identifier: MIT */
/*
 * names [--seconds N] [--seed N]
 * names --slow N
 *
 * Threads make, promote, append to, rename, link and remove names in many
 * directories at once, and rename, exchange and remove the directories, and one
 * makes marks.
 * What the list of changes and the marks say in the end must be what stands in
 * the tree: nothing missing, nothing changed, nothing that no mark knows of.
 * The rest is for the sanitizers to see.  Prints the seed and the counts.
 *
 * --slow: eight threads promote N files each, each in a directory of its own, and
 * every rename takes a millisecond, as on a disk that is busy.  Prints how long
 * that took.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/sys.h"
#include "base/util.h"
#include "core/backing/tree_lock.h"
#include "core/core.h"
#include "core/marks/checkpoint.h"
#include "core/options/options.h"
#include "core/tree/tree.h"
#include "core/verify/verify.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "core/version/testing.h"

#define THREADS 6
#define DIRS 8
#define FILES 3

static struct {
	char path[256];
	int root;
	struct state state;
	struct options opt;
	struct core *core;
	struct versions *t;
	unsigned int seconds, seed;
	int64_t until;
	atomic_ulong did[7];
} k = { .seconds = 15, .state = STATE_CLOSED };

static void check(bool ok, const char *what, int code)
{
	if (ok)
		return;
	fprintf(stderr, "names: seed %u: %s: %s\n", k.seed, what,
		strerror(-code));
	abort();
}

/* Hooks */

static void on_settled(void *arg, struct version *v, struct dir *dir,
		       const char *name)
{
	(void)arg, (void)v, (void)dir, (void)name;
}

static struct lineage *on_line(void *arg, const struct file_key *key,
			       struct lineage *l)
{
	(void)arg, (void)key, (void)l;
	return NULL;
}

static void on_wait(void *arg)
{
	(void)arg;
}

static uint64_t no_owner(void *arg, struct version *v)
{
	(void)arg, (void)v;
	return 1;
}

/* Workers */

struct worker {
	pthread_t thread;
	unsigned int number, random, count;
	struct caller by;
};

static unsigned int pick(struct worker *w, unsigned int n)
{
	return (unsigned int)rand_r(&w->random) % n;
}

/* A directory that is there just now, maybe not for long: a reference. */
static struct dir *some_dir(struct worker *w)
{
	struct dir *root = backing_root(k.core->rooms.backing), *sub = NULL;
	struct file_key key;
	struct statx st;
	char name[16];

	if (pick(w, DIRS + 1) == 0)
		return dir_get(root);
	snprintf(name, sizeof(name), "d%u", pick(w, DIRS));
	/* As the kernel does: no directory is renamed while it is looked up. */
	TREE_SCOPE(k.core->rooms.tree, root);
	if (!dir_statx(root, name, &st) && S_ISDIR(st.stx_mode)) {
		key = statx_key(&st);
		sub = dir_intern(root, name, &key);
	}
	return sub ? sub : dir_get(root);
}

static const char *some_name(struct worker *w, char name[16])
{
	snprintf(name, 16, "f%u", pick(w, FILES));
	return name;
}

static void fill_and_close(struct worker *w, struct version *v,
			   struct writer *open)
{
	char text[32];
	int fd = -1,
	    n = snprintf(text, sizeof(text), "%u %u\n", w->number, w->count++);

	if (!version_fd(v, FD_TO_WRITE, 0, &fd))
		sys_pwrite_all(fd, text, (size_t)n, 0);
	version_flush(open, w->by.tid);
	if (version_seal(open))
		version_settle(v);
}

static int make_new(struct worker *w, struct dir *dir, const char *name)
{
	const struct version_new spec = { .dir = dir,
					  .name = name,
					  .mode = 0644,
					  .excl = true,
					  .owner = 1,
					  .by = w->by };
	struct version *v;
	struct writer open;
	int r = version_create(k.t, &spec, &open, &v);

	if (r < 0)
		return r;
	fill_and_close(w, v, &open);
	version_put(v);
	return 0;
}

static int overwrite(struct worker *w, struct dir *dir, const char *name)
{
	struct version *v;
	struct writer open;
	int r = version_reserve(k.t, dir, name, w->by.tid, true, no_owner, NULL,
				&v);

	if (r)
		return r;
	r = version_open(v, &w->by, O_WRONLY | O_TRUNC, &open);
	version_unhold(v);
	if (!r)
		fill_and_close(w, v, &open);
	version_put(v);
	return r;
}

/* A line behind what is there; most go into the file itself (append.h). */
static void do_append(struct worker *w)
{
	struct dir *dir = some_dir(w);
	struct version *v = NULL;
	struct writer open;
	struct stat st;
	char name[16];
	int fd = -1, r;

	r = version_reserve(k.t, dir, some_name(w, name), w->by.tid, false,
			    no_owner, NULL, &v);
	dir_put(dir);
	if (r)
		return;
	r = version_open(v, &w->by, O_WRONLY | O_APPEND, &open);
	version_unhold(v);
	if (!r && !version_stat_shown(v, &st) &&
	    !version_fd(v, FD_TO_WRITE, st.st_size, &fd))
		sys_pwrite_all(fd, "more\n", 5, st.st_size);
	if (!r) {
		version_flush(&open, w->by.tid);
		if (version_seal(&open))
			version_settle(v);
	}
	version_put(v);
}

static void do_stat(struct worker *w)
{
	struct dir *dir = some_dir(w);
	struct statx st;
	char name[16];

	versions_statx(k.t, dir, some_name(w, name), &st);
	dir_put(dir);
}

static void do_write(struct worker *w)
{
	struct dir *dir = some_dir(w);
	char name[16];

	some_name(w, name);
	if (make_new(w, dir, name) == -EEXIST)
		overwrite(w, dir, name);
	dir_put(dir);
}

static void do_move(struct worker *w)
{
	struct dir *dir = some_dir(w), *to = some_dir(w);
	unsigned int flags = pick(w, 4) ? 0 : RENAME_EXCHANGE;
	char name[16], to_name[16];

	some_name(w, name);
	some_name(w, to_name);
	tree_rename(k.t, dir, name, to, to_name, flags, &w->by);
	dir_put(dir);
	dir_put(to);
}

static void do_remove(struct worker *w)
{
	struct dir *dir = some_dir(w);
	char name[16];

	tree_unlink(k.t, dir, some_name(w, name), &w->by);
	dir_put(dir);
}

static void do_link(struct worker *w)
{
	struct dir *dir = some_dir(w), *to = some_dir(w);
	char name[16], to_name[16];
	struct file_key key;
	struct statx st;

	some_name(w, name);
	some_name(w, to_name);
	if (!dir_statx(dir, name, &st)) {
		key = statx_key(&st);
		tree_link(k.t, dir, name, &key, to, to_name, &w->by);
	}
	dir_put(dir);
	dir_put(to);
}

/* Directories of the root, and one below others. */
static void do_dirs(struct worker *w)
{
	struct dir *root = backing_root(k.core->rooms.backing);
	struct dir *at = pick(w, 3) ? dir_get(root) : some_dir(w);
	char a[16], b[16];

	snprintf(a, sizeof(a), "d%u", pick(w, DIRS));
	snprintf(b, sizeof(b), "d%u", pick(w, DIRS));
	switch (pick(w, 5)) {
	case 0:
		tree_rmdir(k.t, at, a, &w->by);
		break;
	case 1:
		tree_rename(k.t, root, a, at, b, 0, &w->by);
		break;
	case 2:
		tree_rename(k.t, at, a, root, b, RENAME_EXCHANGE, &w->by);
		break;
	default:
		tree_mkdir(k.t, at, a, 0755, &w->by);
	}
	dir_put(at);
}

static void do_mark(struct worker *w)
{
	const struct checkpoint c = {
		.dir = backing_marks(k.core->rooms.backing),
		.name = "middle",
		.mode = 0644,
		.by = w->by,
	};
	int r = checkpoint_make(k.t, &c);

	if (r < 0)
		fprintf(stderr, "names: %s\n", testing_mark_trouble(k.t));
	check(r == 0, "a mark", r);
}

static void (*const jobs[])(struct worker *w) = {
	do_write,  do_write, do_append, do_append, do_move,
	do_remove, do_link,  do_dirs,	do_stat,
};

static void *work(void *arg)
{
	struct worker *w = arg;

	w->by.tid = gettid();
	while (now_ms() < k.until)
		if (w->number == 0 && pick(w, 200) == 0) {
			do_mark(w);
			atomic_fetch_add(&k.did[6], 1);
		} else {
			unsigned int i = pick(w, ARRAY_SIZE(jobs));

			jobs[i](w);
			atomic_fetch_add(&k.did[i < 4 ? 0 : i - 3], 1);
		}
	return NULL;
}

static struct sys_calls real;

/* So that many wait to tell of a change when another is made. */
static ssize_t slow_pwrite(int fd, const void *buf, size_t n, off_t off)
{
	const struct timespec nap = { .tv_nsec = 200000 };

	nanosleep(&nap, NULL);
	return real.pwrite(fd, buf, n, off);
}

/* Writers in directories of their own */

#define WRITERS 8

static int files;

static int slow_renameat2(int fromfd, const char *from, int tofd,
			  const char *to, unsigned int flags)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	nanosleep(&ms, NULL);
	return real.renameat2(fromfd, from, tofd, to, flags);
}

static void *write_apart(void *arg)
{
	struct dir *root = backing_root(k.core->rooms.backing), *dir;
	struct worker *w = arg;
	struct file_key key;
	struct statx st;
	char name[16];

	w->by.tid = gettid();
	snprintf(name, sizeof(name), "d%u", w->number);
	check(!tree_mkdir(k.t, root, name, 0755, &w->by) &&
		      !dir_statx(root, name, &st),
	      "mkdir", 0);
	key = statx_key(&st);
	dir = dir_intern(root, name, &key);
	for (int i = 0; i < files; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		make_new(w, dir, name);
	}
	dir_put(dir);
	return NULL;
}

/* Before and after */

static void setup(void)
{
	const char *tmp = getenv("TMPDIR");
	struct core_spec spec = {
		.opt = &k.opt,
		.state = &k.state,
		.dir_fds = 16,
		.hooks = { .settled = on_settled,
			   .file_line = on_line,
			   .wait_begin = on_wait,
			   .wait_end = on_wait },
	};
	int r;

	snprintf(k.path, sizeof(k.path), "%s/names.XXXXXX", tmp ? tmp : "/tmp");
	check(mkdtemp(k.path), "mkdtemp", -errno);
	k.root = spec.root = open(k.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r = state_open(k.root, k.path, &k.state, NULL);
	check(r == 0, "state", r);
	options_init(&k.opt);
	r = core_new(&spec, &k.core);
	if (!r)
		r = core_start(k.core);
	check(r == 0, "core", r);
	k.t = k.core->versions;
	testing_set_tail_min(k.t, 1);
}

/* As `idemfs verify --full --extra` does it. */
static size_t count_wrong(void)
{
	struct verify v = { .root = k.root, .full = true, .extra = true };
	struct latest c;
	size_t wrong;
	int r = latest_read(&k.state, k.root, &c);

	if (!r)
		r = verify_run(&v, &c);
	check(r == 0, "verify", r);
	wrong = v.count;
	for (size_t i = 0; i < v.count; i++) {
		auto_free char *text = verify_text(&v.problems[i]);

		fprintf(stderr, "names: seed %u: %s\n", k.seed, text);
	}
	verify_release(&v);
	latest_release(&c);
	return wrong;
}

static void teardown(void)
{
	char command[300];

	core_stop(k.core);
	core_free(k.core);
	state_release(&k.state);
	options_release(&k.opt);
	close(k.root);
	snprintf(command, sizeof(command), "rm -rf '%s'", k.path);
	check(system(command) == 0, "rm", 0);
}

static void start_workers(struct worker *w, unsigned int n,
			  void *(*job)(void *arg))
{
	for (unsigned int i = 0; i < n; i++) {
		w[i] = (struct worker){ .number = i,
					.random = k.seed * THREADS + i,
					.by = { .uid = geteuid(),
						.gid = getegid(),
						.umask = 022 } };
		pthread_create(&w[i].thread, NULL, job, &w[i]);
	}
	for (unsigned int i = 0; i < n; i++)
		pthread_join(w[i].thread, NULL);
}

static int measure_slow(void)
{
	static struct worker w[WRITERS];
	int64_t start;

	setup();
	real = sys;
	sys.renameat2 = slow_renameat2;
	start = now_ms();
	start_workers(w, WRITERS, write_apart);
	printf("%d promotions: %lld ms\n", WRITERS * files,
	       (long long)(now_ms() - start));
	sys = real;
	teardown();
	return 0;
}

int main(int argc, char **argv)
{
	static struct worker w[THREADS];
	unsigned long tails;
	size_t wrong;

	k.seed = (unsigned int)time(NULL);
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--seconds"))
			k.seconds = (unsigned int)atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--seed"))
			k.seed = (unsigned int)atoi(argv[i + 1]);
		if (!strcmp(argv[i], "--slow"))
			files = atoi(argv[i + 1]);
	}
	if (files)
		return measure_slow();
	setup();
	real = sys;
	sys.pwrite = slow_pwrite;
	k.until = now_ms() + k.seconds * 1000;
	start_workers(w, THREADS, work);
	do_mark(&w[0]);
	wrong = count_wrong();
	tails = versions_tails(k.t);
	teardown();
	printf("seed %u: %lu writes, %lu appended in place, %lu moves, %lu removals, %lu links, "
	       "%lu of directories, %lu marks, %zu wrong\n",
	       k.seed, k.did[0], tails, k.did[1], k.did[2], k.did[3], k.did[4],
	       k.did[6], wrong);
	return wrong > 0;
}
