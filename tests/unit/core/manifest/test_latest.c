/* SPDX-License-Identifier: MIT */
/*
 * Sessions that begin and end at random change a small tree, side by side, and
 * marks of them tell of it.  Whatever has been told and what has not, together
 * they know the tree as it is; and no mark tells what is not its own.
 */
#include <sys/stat.h>

#include "base/util.h"
#include "core/changes/changes.h"
#include "core/manifest/latest.h"
#include "core/manifest/manifest.h"
#include "core/manifest/retired.h"
#include "unit/core/backing/opened.h"

TestSuite(latest, .init = setup, .fini = teardown);

#define DIRS 4
#define FILES 3
#define SESSIONS 5 /* that run at a time */
#define SPANS 3	   /* likewise, marks that are made */
#define RECORDS 4096

struct change {
	uint64_t seq, owner; /* the session that it belongs to by now */
	bool told;
};

struct open_span {
	bool open, cut;
	struct changes_span s;
	uint64_t upto;
	bool told[RECORDS]; /* when it began */
};

static struct {
	unsigned int seed, marks;
	struct changes *h;
	bool dir[DIRS], file[DIRS][FILES];
	uint64_t session[SESSIONS], parent[SESSIONS]; /* 0: none */
	struct change changes[RECORDS];
	size_t count;
	struct open_span spans[SPANS];
	struct pathmap *is; /* the tree as it is */
} world;

static unsigned int roll(unsigned int n)
{
	return (unsigned int)rand_r(&world.seed) % n;
}

/* Sessions */

static uint64_t any_session(void)
{
	unsigned int i = roll(SESSIONS + 1);

	return i < SESSIONS ? world.session[i] : 0;
}

static uint64_t owner_of(uint64_t id)
{
	for (int i = 0; i < SESSIONS; i++)
		if (world.session[i] == id)
			return id;
	return 0;
}

static void begin_session(unsigned int i)
{
	const struct changes_session spec = { .parent = any_session(),
					      .kind = "step",
					      .pid = 7,
					      .time = { 1000, 1 },
					      .name = "a b\n" };

	world.parent[i] = spec.parent;
	cr_assert_eq(changes_session_begin(world.h, &spec, &world.session[i]),
		     0);
}

/* What it has passes to its parent, and so do the sessions in it. */
static void pass_up(unsigned int i)
{
	uint64_t id = world.session[i], up = owner_of(world.parent[i]);

	world.session[i] = 0;
	for (size_t n = 0; n < world.count; n++)
		if (world.changes[n].owner == id)
			world.changes[n].owner = up;
	for (int n = 0; n < SESSIONS; n++)
		if (world.parent[n] == id)
			world.parent[n] = up;
}

static bool is_marking(uint64_t scope)
{
	for (int i = 0; i < SPANS; i++)
		if (world.spans[i].open && world.spans[i].s.scope == scope)
			return true;
	return false;
}

static void change_session(void)
{
	unsigned int i = roll(SESSIONS);
	uint64_t id = world.session[i];

	if (!id) {
		begin_session(i);
	} else if (!is_marking(id)) {
		changes_session_end(world.h, id, 0);
		pass_up(i);
	}
}

/* The tree */

static void tell(enum record_kind kind, const char *path, const char *to)
{
	struct record r = { .kind = kind,
			    .path = path,
			    .to = to,
			    .type = S_IFDIR,
			    .session = any_session() };

	if (world.count == RECORDS)
		return;
	/* Which write it was can be told from its size. */
	r.st.size = (int64_t)world.count + 1;
	changes_add(world.h, &r);
	world.changes[world.count++] =
		(struct change){ r.seq, r.session, false };
	cr_assert_eq(pathmap_apply(world.is, &r, 0), 0);
}

static void change_dir(unsigned int d)
{
	char path[16], to[16];
	unsigned int e = roll(DIRS);

	snprintf(path, sizeof(path), "d%u", d);
	snprintf(to, sizeof(to), "d%u", e);
	if (!world.dir[d]) {
		tell(RECORD_NODE, path, NULL);
		world.dir[d] = true;
	} else if (!world.dir[e]) {
		tell(RECORD_MOVED, path, to);
		memcpy(world.file[e], world.file[d], sizeof(world.file[d]));
		memset(world.file[d], 0, sizeof(world.file[d]));
		world.dir[d] = false;
		world.dir[e] = true;
	} else if (!memchr(world.file[d], 1, sizeof(world.file[d]))) {
		tell(RECORD_GONE, path, NULL);
		world.dir[d] = false;
	}
}

static void change(void)
{
	unsigned int d = roll(DIRS), f = roll(FILES);
	char path[16];

	snprintf(path, sizeof(path), "d%u/f%u", d, f);
	if (!world.dir[d] || roll(6) == 0) {
		change_dir(d);
	} else if (world.file[d][f] && roll(3) == 0) {
		tell(RECORD_GONE, path, NULL);
		world.file[d][f] = false;
	} else {
		tell(RECORD_FILE, path, NULL);
		world.file[d][f] = true;
	}
}

/* Marks */

static bool is_own(const struct open_span *p, uint64_t seq)
{
	for (size_t i = 0; i < world.count; i++)
		if (world.changes[i].seq == seq)
			return world.changes[i].owner == p->s.scope &&
			       !p->told[i];
	return false;
}

struct put {
	struct manifest_writer *w;
	const struct open_span *p;
};

static int put(void *arg, const struct record *r, uint32_t node)
{
	struct put *to = arg;

	(void)node;
	/* When the daemon begins, a rename may pass to no session again. */
	cr_assert((is_own(to->p, r->seq) && r->seq <= to->p->s.upto) ||
			  (r->kind == RECORD_MOVED && !to->p->s.scope),
		  "seed %u: %s is not its own", world.seed, r->path);
	return manifest_put(to->w, r);
}

static void write_manifest(const struct open_span *p)
{
	struct manifest_head head = { .name = (char *)"",
				      .host = (char *)"",
				      .command = (char *)"",
				      .since = { .tv_sec = -1 } };
	struct pathmap *map = pathmap_new();
	struct put to = { .p = p };
	char name[32];
	auto_fd fd = -1;
	off_t size;

	snprintf(name, sizeof(name), "m%u", world.marks++);
	fd = openat(st.marks, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		    0600);
	cr_assert(fd >= 0 && map);
	cr_assert_eq(changes_replay(&p->s, map), 0);
	cr_assert_eq(manifest_create(fd, &head, &to.w), 0);
	cr_assert_eq(pathmap_each(map, put, &to), 0);
	cr_assert_eq(manifest_finish(to.w, &size), 0);
	pathmap_free(map);
}

static void begin_mark(struct open_span *p)
{
	*p = (struct open_span){ .open = true };
	cr_assert_eq(changes_begin(world.h, any_session(), &p->s), 0);
	for (size_t i = 0; i < world.count; i++)
		p->told[i] = world.changes[i].told;
}

static void cut_mark(struct open_span *p)
{
	bool any = false;

	cr_assert_eq(changes_cut(world.h, &p->s), 0);
	p->cut = true;
	for (size_t i = 0; i < world.count; i++) {
		/* What the marks of a session told that has ended meanwhile. */
		if (world.changes[i].owner != p->s.scope)
			p->told[i] = true;
		any |= !p->told[i];
	}
	cr_assert(any != changes_is_empty(&p->s) || !any);
	write_manifest(p);
}

static void end_mark(struct open_span *p)
{
	struct timespec at = { 2000, 5 };
	bool made = roll(4) != 0;

	changes_end(world.h, &p->s, made ? &at : NULL);
	for (size_t i = 0; made && i < world.count; i++)
		if (!p->told[i] && world.changes[i].seq <= p->s.upto)
			world.changes[i].told = true;
	p->open = false;
}

static void mark(void)
{
	struct open_span *p = &world.spans[roll(SPANS)];

	if (!p->open)
		begin_mark(p);
	else if (!p->cut)
		cut_mark(p);
	else
		end_mark(p);
}

/* The daemon */

static void open_changes(void)
{
	cr_assert_eq(changes_open(&st, s.dir, NULL, &world.h), 0);
}

static void end_marks(void)
{
	for (int i = 0; i < SPANS; i++)
		if (world.spans[i].open)
			changes_end(world.h, &world.spans[i].s, NULL);
	memset(world.spans, 0, sizeof(world.spans));
}

static void shorten(void)
{
	end_marks();
	cr_assert_eq(changes_shorten(world.h), 0);
}

static void restart(void)
{
	end_marks();
	changes_close(world.h);
	for (unsigned int i = 0; i < SESSIONS; i++)
		if (world.session[i])
			pass_up(i);
	open_changes();
}

static int compare(void *arg, const struct record *r, uint32_t node)
{
	const struct latest *c = arg;
	uint32_t twin = pathmap_find(c->map, r->path);
	char path[PATHMAP_PATH];
	struct record other;

	(void)node;
	if (r->kind == RECORD_MOVED || r->kind == RECORD_GONE)
		return 0;
	cr_assert(twin && pathmap_get(c->map, twin, path, &other),
		  "%s is forgotten", r->path);
	cr_assert_eq(other.kind, r->kind, "%s", r->path);
	cr_assert(r->kind != RECORD_FILE || other.st.size == r->st.size,
		  "%s: %ld, and is %ld", r->path, (long)other.st.size,
		  (long)r->st.size);
	return 0;
}

/* No path is known that is not there. */
static int compare_back(void *arg, const struct record *r, uint32_t node)
{
	(void)arg;
	(void)node;
	if (r->kind == RECORD_FILE || r->kind == RECORD_NODE) {
		uint32_t twin = pathmap_find(world.is, r->path);
		char path[PATHMAP_PATH];
		struct record other;

		cr_assert(twin && pathmap_get(world.is, twin, path, &other) &&
				  other.kind == r->kind,
			  "%s is not there", r->path);
	}
	return 0;
}

static void all_is_known(void)
{
	struct latest c = { 0 };

	cr_assert_eq(latest_read(&st, s.dir, &c), 0);
	cr_assert_eq(pathmap_each(world.is, compare, &c), 0);
	cr_assert_eq(pathmap_each(c.map, compare_back, NULL), 0);
	latest_release(&c);
}

static void play(unsigned int seed, bool shortens)
{
	memset(&world, 0, sizeof(world));
	world.seed = seed;
	world.is = pathmap_new();
	cr_assert_not_null(world.is);
	open_changes();
	for (int i = 0; i < 600; i++) {
		unsigned int what = roll(40);

		if (what < 6)
			mark();
		else if (what < 10)
			change_session();
		else if (what == 10 && shortens)
			shorten();
		else if (what == 11)
			restart();
		else
			change();
		if (i % 50 == 0)
			all_is_known();
	}
	restart();
	all_is_known();
	changes_close(world.h);
	pathmap_free(world.is);
}

static void play_all(bool shortens)
{
	for (unsigned int seed = 1; seed <= 25; seed++) {
		open_state();
		play(seed, shortens);
		teardown();
		setup();
	}
}

Test(latest, knows_the_tree_though_sessions_run_side_by_side)
{
	play_all(false);
}

Test(latest, likewise_when_the_changes_are_made_shorter)
{
	play_all(true);
}
