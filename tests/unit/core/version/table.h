/* SPDX-License-Identifier: MIT */
/*
 * table: a version table over a scratch directory, and the processes that write
 * there.
 *
 * The suite that uses it has table_setup() and table_teardown() as its init and
 * fini.  "We" are this process; "other" is a process that we do not come from.
 */
#ifndef IDEMFS_TESTS_UNIT_TABLE_H
#define IDEMFS_TESTS_UNIT_TABLE_H

#include <limits.h>

#include "core/core.h"
#include "core/flush/failures.h"
#include "core/process/ancestry.h"
#include "core/quarantine/quarantine.h"
#include "core/tree/tree.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "core/version/testing.h"
#include "unit/core/backing/opened.h"

static struct options opt;
static struct core *core;
static struct backing *b;
static struct versions *t;
static struct dir *root;

/* What the hooks have told. */
static struct {
	atomic_int settled;
	atomic_int waits, waits_over;
	atomic_int under_lock; /* waits that were told under a table's lock */
	struct version *version;
	struct dir *dir;
	char name[256]; /* "" when it is nowhere */
} told;

static inline void hook_settled(void *arg, struct version *v, struct dir *dir,
				const char *name)
{
	cr_assert_eq(arg, &told);
	cr_assert_eq(dir == NULL, name == NULL);
	told.version = v;
	told.dir = dir;
	snprintf(told.name, sizeof(told.name), "%s", name ? name : "");
	atomic_fetch_add(&told.settled, 1);
}

/* The one file that is open for reading: its key, and its lineage. */
static struct {
	struct file_key key;
	struct lineage *line;
} reader;

static inline struct lineage *
hook_file_line(void *arg, const struct file_key *key, struct lineage *l)
{
	(void)arg;
	if (!reader.key.ino || !file_key_equal(&reader.key, key))
		return NULL;
	if (!reader.line && l)
		reader.line = lineage_get(l);
	return reader.line ? lineage_get(reader.line) : NULL;
}

static inline void hook_wait_begin(void *arg)
{
	(void)arg;
	if (t && testing_has_lock(t))
		atomic_fetch_add(&told.under_lock, 1);
	atomic_fetch_add(&told.waits, 1);
}

static inline void hook_wait_end(void *arg)
{
	(void)arg;
	atomic_fetch_add(&told.waits_over, 1);
}

static inline struct versions_counts counts(struct versions *table)
{
	struct versions_counts c;

	versions_count_all(table, &c);
	return c;
}

/* On what is there, as a mount does. */
static inline void start_daemon(void)
{
	const struct core_spec spec = {
		.opt = &opt,
		.state = &st,
		.root = s.dir,
		.dir_fds = 64,
		.hooks = {
			.settled = hook_settled,
			.file_line = hook_file_line,
			.wait_begin = hook_wait_begin,
			.wait_end = hook_wait_end,
			.arg = &told,
		},
	};

	cr_assert_eq(core_new(&spec, &core), 0);
	/* Any number is that of a session that runs. */
	core->rooms.sessions = (struct session_hooks){ 0 };
	b = core->rooms.backing;
	t = core->versions;
	root = backing_root(b);
}

static inline void table_setup_at(enum durability_level level)
{
	setup();
	open_state();
	options_init(&opt);
	opt.cache_ms = 0;
	opt.durability = level;
	start_daemon();
}

static inline void table_setup(void)
{
	table_setup_at(DURABILITY_CHECKPOINT);
}

/* Nothing may be left: no version, no temp, no wait without an end. */
static inline void table_teardown(void)
{
	cr_assert_eq(versions_count(t), 0);
	cr_assert(testing_is_empty(t));
	cr_assert_eq(root->pending, 0);
	cr_assert_eq(told.waits, told.waits_over);
	cr_assert_eq(told.under_lock, 0);
	core_free(core);
	cr_assert_eq(scratch_count(st.tmp), 0);
	options_release(&opt);
	teardown();
}

static inline struct caller we(void)
{
	return (struct caller){ .tid = getpid(),
				.uid = geteuid(),
				.gid = getegid(),
				.umask = 022 };
}

/* We, as the asker for a pending name. */
static inline const struct ancestry *us(void)
{
	static struct ancestry by = { .count = 1 };

	by.line[0] = (struct process){ .pid = getpid() };
	return &by;
}

/* Of no process that we come from, and none that comes from us. */
static inline struct caller other(void)
{
	struct caller c = we();

	c.tid = INT_MAX;
	return c;
}

static inline const struct caller *by_us(void)
{
	static struct caller c;

	c = we();
	return &c;
}

static inline const struct caller *by_other(void)
{
	static struct caller c;

	c = other();
	return &c;
}

/* What the next mark of ours will say, and what it failed with; once. */
static char failed[512];
static inline int failure(void)
{
	return failures_take(core->rooms.failures, geteuid(), 0, failed,
			     sizeof(failed));
}

static inline int try_create(struct dir *dir, const char *name, bool excl,
			     struct caller by, struct writer *w,
			     struct version **ret)
{
	struct version_new spec = { .dir = dir,
				    .name = name,
				    .mode = 0666,
				    .excl = excl,
				    .owner = 7,
				    .by = by };

	return version_create(t, &spec, w, ret);
}

static inline struct version *create(struct dir *dir, const char *name,
				     struct caller by, struct writer *w)
{
	struct version *v = NULL;

	cr_assert_eq(try_create(dir, name, false, by, w, &v), 0, "%s", name);
	return v;
}

/* Writes @text at the end of what is there. */
static inline void put(struct version *v, const char *text)
{
	struct stat b2;
	int fd = -1;

	cr_assert_eq(version_fd(v, FD_TO_WRITE, 0, &fd), 0);
	cr_assert_eq(fstat(fd, &b2), 0);
	cr_assert_eq(sys_pwrite_all(fd, text, strlen(text), b2.st_size), 0);
}

static inline uint64_t owner_of(void *arg, struct version *v)
{
	(void)v;
	return *(uint64_t *)arg;
}

static inline int try_reserve(struct dir *dir, const char *name,
			      struct caller by, bool trunc,
			      struct version **ret)
{
	uint64_t owner = 9;

	return version_reserve(t, dir, name, by.tid, trunc, owner_of, &owner,
			       ret);
}

static inline struct version *reserve(struct dir *dir, const char *name,
				      struct caller by, bool trunc)
{
	struct version *v = NULL;

	cr_assert_eq(try_reserve(dir, name, by, trunc, &v), 0, "%s", name);
	return v;
}

/* Reserves, opens, and lets the reservation go, as an OPEN does it. */
static inline struct version *open_version(struct dir *dir, const char *name,
					   struct caller by, int flags,
					   struct writer *w)
{
	struct version *v = reserve(dir, name, by, flags & O_TRUNC);

	cr_assert_eq(version_open(v, &by, flags, w), 0);
	version_unhold(v);
	return v;
}

/* The last close of @w, as a living process makes it; its error. */
static inline int close_writer(struct writer *w)
{
	struct version *v = w->version;
	int r = version_flush(w, getpid());

	if (version_seal(w))
		version_settle(v);
	return r;
}

/* ... as one that ended so. */
static inline void close_with(struct writer *w, enum writer_end end, int code)
{
	struct version *v = w->version;

	w->flushed = true;
	w->last = (struct writer_fate){ .end = end, .code = code };
	if (version_seal(w))
		version_settle(v);
}

/* A new file, written and closed by us. */
static inline void close_new(struct dir *dir, const char *name,
			     const char *text)
{
	struct writer w;
	struct version *v = create(dir, name, we(), &w);

	put(v, text);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
}

/* What is there, overwritten and closed by us. */
static inline void replace(const char *name, const char *text)
{
	struct writer w;
	struct version *v = open_version(root, name, we(), O_TRUNC, &w);

	put(v, text);
	cr_assert_eq(close_writer(&w), 0);
	version_put(v);
}

static inline bool is_committed(const char *name, const char *text)
{
	return scratch_holds(s.dir, name, text);
}

static inline void move(const char *from, const char *to, unsigned int flags)
{
	cr_assert_eq(tree_rename(t, root, from, root, to, flags, by_us()), 0);
}

static inline void unlink_it(const char *name)
{
	cr_assert_eq(tree_unlink(t, root, name, by_us()), 0);
}

static inline void mkdir_it(const char *name)
{
	cr_assert_eq(tree_mkdir(t, root, name, 0755, by_us()), 0);
}

static inline struct file_key key_at(struct dir *dir, const char *name)
{
	struct statx x;

	cr_assert_eq(dir_statx(dir, name, &x), 0, "%s", name);
	return statx_key(&x);
}

/* The struct dir of subdirectory @name, made if it is not there: a reference */
static inline struct dir *subdir(struct dir *dir, const char *name)
{
	struct file_key key;
	struct dir *d;
	struct caller by = we();
	int r = tree_mkdir(t, dir, name, 0777, &by);

	cr_assert(r == 0 || r == -EEXIST, "%s: %d", name, r);
	key = key_at(dir, name);
	d = dir_intern(dir, name, &key);
	cr_assert_not_null(d);
	return d;
}

/* Is there one partial, of this path and content, put there for @why? */
static inline void partial_is(const char *path, const char *why,
			      const char *content)
{
	struct partial_list l = { 0 };
	char name[32];

	cr_assert_eq(quarantine_list(st.partial, &l), 0);
	cr_assert_eq(l.count, 1);
	cr_assert_str_eq(l.items[0].path, path);
	cr_assert_not_null(strstr(l.items[0].why, why), "%s", l.items[0].why);
	snprintf(name, sizeof(name), "%lu", l.items[0].id);
	cr_assert(scratch_holds(st.partial, name, content));
	partial_list_release(&l);
}

/* Can bytes be shared here?  Then there are no tails. */
static inline bool has_reflinks(void)
{
	int from, to, r;

	scratch_write(s.dir, "one", "bytes");
	scratch_write(s.dir, "two", "");
	from = openat(s.dir, "one", O_RDONLY);
	to = openat(s.dir, "two", O_WRONLY);
	r = sys.clone(to, from);
	close(from);
	close(to);
	return r == 0;
}

#endif
