/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "core/changes/changes.h"
#include "core/changes/hasher.h"
#include "core/sessions/sessions.h"
#include "unit/core/marks/marked.h"

TestSuite(compose, .init = table_setup, .fini = table_teardown);

/* Sessions, each of a process of its own */

struct running_session {
	uint64_t id;
	pid_t pid;
};

/* A child that does nothing, until it is killed, or we are gone. */
static pid_t idle(void)
{
	pid_t pid = fork();

	cr_assert_geq(pid, 0);
	if (!pid)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!pid)
		pause();
	return pid;
}

static void begin(struct running_session *ret, const char *name)
{
	struct caller by = we();
	struct session_spec spec = {
		.kind = SESSION_STEP, .name = name, .command = "x", .by = &by
	};

	ret->pid = by.tid = idle();
	cr_assert_eq(sessions_begin(core->sessions, ret, &spec, &ret->id), 0);
	cr_assert_neq(ret->id, 0);
}

static void end(struct running_session *one)
{
	sessions_end(core->sessions, one, 0);
	kill(one->pid, SIGKILL);
	waitpid(one->pid, NULL, 0);
}

/* As a thread that removes @path, in a session, adds it. */
static void gone(uint64_t session, const char *path)
{
	struct record r = { .kind = RECORD_GONE,
			    .path = path,
			    .session = session };

	changes_add(core->rooms.changes, &r);
}

static void moved(uint64_t session, const char *path, const char *to)
{
	struct record r = {
		.kind = RECORD_MOVED, .path = path, .to = to, .session = session
	};

	changes_add(core->rooms.changes, &r);
}

/* Marks */

static int make_in(uint64_t session, const char *name)
{
	struct checkpoint c = { .dir = backing_marks(b),
				.name = name,
				.mode = 0666,
				.by = we(),
				.session = session,
				.sessions = core->sessions };

	return checkpoint_make(t, &c);
}

static char text[65536];

static int put_overlap(void *arg, const char *session, const char *path,
		       unsigned int more)
{
	FILE *out = arg;

	if (path)
		fprintf(out, "overlap %s %s\n", session, path);
	else
		fprintf(out, "%u more\n", more);
	return 0;
}

/* "SCOPE: PATH PATH ...", and a line for each overlap. */
static const char *told_by(const char *mark)
{
	FILE *out = fmemopen(text, sizeof(text), "w");
	struct manifest_reader *m;
	auto_fd fd = openat(st.marks, mark, O_RDONLY | O_CLOEXEC);
	struct record r;
	char *name;
	int code;

	cr_assert_eq(manifest_open(fd, &m), 0, "%s", mark);
	name = manifest_head(m)->session;
	fprintf(out, "%s:", name ? name : "time");
	manifest_on_overlap(m, put_overlap, out);
	while ((code = manifest_next(m, &r)) > 0)
		fprintf(out, " %s", r.path);
	cr_assert_eq(code, 0);
	manifest_close(m);
	fclose(out);
	return text;
}

static const char *made_in(uint64_t session, const char *name)
{
	cr_assert_eq(make_in(session, name), 0);
	return told_by(name);
}

Test(compose, a_mark_of_a_session_tells_what_that_session_has_changed)
{
	struct running_session a, c;

	begin(&a, "a");
	gone(0, "before");
	begin(&c, "c");
	gone(a.id, "a1");
	gone(c.id, "c1");
	gone(0, "meanwhile");
	gone(a.id, "a2");
	cr_assert_str_eq(made_in(a.id, "a"), "a: a1 a2");
	cr_assert_str_eq(made_in(c.id, "c"), "c: c1");
	cr_assert_str_eq(made_in(c.id, "c2"), "c:", "%s", text);
	gone(c.id, "c3");
	cr_assert_str_eq(made_in(c.id, "c3"), "c: c3");
	cr_assert_str_eq(made_in(0, "time"), "time: before meanwhile");
	end(&a);
	end(&c);
}

Test(compose, a_mark_by_time_tells_of_no_session_that_runs)
{
	struct running_session a, c;

	begin(&a, "a");
	begin(&c, "c");
	gone(a.id, "a1");
	gone(c.id, "c1");
	end(&a);
	cr_assert_str_eq(made_in(0, "time"), "time: a1");
	end(&c);
	cr_assert_str_eq(made_in(0, "time2"), "time: c1");
	cr_assert_str_eq(made_in(0, "time3"), "time:");
}

/* A process that comes from the first one. */
Test(compose, what_an_inner_session_leaves_is_told_by_the_outer_one)
{
	struct running_session outer, inner;
	struct changes_session spec = { .kind = "step", .name = "inner" };

	begin(&outer, "outer");
	spec.parent = outer.id;
	cr_assert_eq(
		changes_session_begin(core->rooms.changes, &spec, &inner.id),
		0);
	gone(inner.id, "in");
	gone(outer.id, "out");
	cr_assert_str_eq(made_in(outer.id, "m"), "outer: out");
	gone(inner.id, "in2");
	changes_session_end(core->rooms.changes, inner.id, 1);
	cr_assert_str_eq(made_in(outer.id, "n"), "outer: in in2");
	end(&outer);
}

Test(compose, a_mark_of_a_session_that_has_ended_is_one_of_the_session_around)
{
	struct running_session a;

	begin(&a, "a");
	gone(a.id, "x");
	end(&a);
	cr_assert_str_eq(made_in(a.id, "m"), "time: x");
}

static struct timespec since_of(const char *mark)
{
	auto_fd fd = openat(st.marks, mark, O_RDONLY | O_CLOEXEC);
	struct manifest_reader *m;
	struct timespec since;

	cr_assert_eq(manifest_open(fd, &m), 0);
	since = manifest_head(m)->since;
	manifest_close(m);
	return since;
}

Test(compose, time_is_counted_from_the_mark_before_of_the_same_session)
{
	struct running_session a;

	cr_assert_eq(make_in(0, "time"), 0);
	cr_assert_eq(since_of("time").tv_sec, -1, "it is the first");
	begin(&a, "a");
	cr_assert_eq(make_in(a.id, "a1"), 0);
	cr_assert_eq(since_of("a1").tv_sec, 0, "since it began");
	cr_assert_eq(make_in(a.id, "a2"), 0);
	cr_assert_eq(since_of("a2").tv_sec, 0);
	end(&a);
}

/* Overlaps */

Test(compose, two_sessions_that_write_one_path_overlap)
{
	struct running_session a, c;

	begin(&a, "a b");
	begin(&c, "c");
	gone(a.id, "both");
	gone(a.id, "mine");
	cr_assert_str_eq(made_in(a.id, "early"), "a b: both mine");
	gone(c.id, "both");
	gone(c.id, "other");
	gone(0, "other");
	cr_assert_str_eq(made_in(c.id, "late"),
			 "c: both otheroverlap a b both\n");
	gone(a.id, "both");
	cr_assert_str_eq(made_in(a.id, "again"), "a b: bothoverlap c both\n");
	end(&a);
	end(&c);
	cr_assert_str_eq(made_in(0, "time"), "time: other");
}

Test(compose, what_another_wrote_before_this_one_began_is_no_overlap)
{
	struct running_session a, c;

	begin(&a, "a");
	gone(a.id, "p");
	end(&a);
	begin(&c, "c");
	gone(c.id, "p");
	cr_assert_str_eq(made_in(c.id, "m"), "c: p");
	end(&c);
}

Test(compose, overlap_is_told_also_when_the_other_one_has_ended)
{
	struct running_session a, c;

	begin(&a, "a");
	begin(&c, "c");
	gone(c.id, "p");
	end(&c);
	gone(a.id, "p");
	cr_assert_str_eq(made_in(a.id, "m"), "a: poverlap c p\n");
	end(&a);
}

Test(compose, only_so_many_overlaps_are_named)
{
	struct running_session a, c;
	char path[16];

	begin(&a, "a");
	begin(&c, "c");
	for (int i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "p%d", i);
		gone(a.id, path);
		gone(c.id, path);
		gone(c.id, path);
	}
	made_in(a.id, "m");
	cr_assert_not_null(strstr(text, "overlap c p0\n"));
	cr_assert_not_null(strstr(text, "overlap c p63\n36 more\n"));
	end(&a);
	end(&c);
}

/* Marks that are made anew */

Test(compose, a_mark_that_is_made_anew_keeps_what_another_session_told)
{
	struct running_session a, c;

	begin(&a, "a");
	begin(&c, "c");
	gone(c.id, "p");
	gone(c.id, "q");
	gone(a.id, "p");
	gone(a.id, "r");
	cr_assert_str_eq(made_in(a.id, "m"), "a: p roverlap c p\n");
	/* What c has told comes before that. */
	cr_assert_str_eq(made_in(c.id, "m"), "c: q p roverlap a p\n", "%s",
			 text);
	end(&a);
	gone(c.id, "p");
	cr_assert_str_eq(made_in(c.id, "m"), "c: q r poverlap a p\n", "%s",
			 text);
	end(&c);
}

Test(compose, a_rename_by_another_session_stays_between_the_changes)
{
	struct running_session a, c;

	begin(&a, "a");
	begin(&c, "c");
	gone(c.id, "d/old");
	moved(a.id, "d", "e");
	gone(c.id, "d/new");
	cr_assert_str_eq(made_in(a.id, "m"), "a: d", "%s", text);
	cr_assert_str_eq(made_in(c.id, "m"), "c: d/old d d/new", "%s", text);
	end(&a);
	end(&c);
}

Test(compose, a_rename_takes_along_no_older_state_than_others_have_told)
{
	gone(0, "d/x");
	cr_assert_str_eq(made_in(0, "m"), "time: d/x", "%s", text);
	gone(0, "d/x");
	cr_assert_str_eq(made_in(0, "n"), "time: d/x", "%s", text);
	moved(0, "d", "e");
	/* It was moved, and is gone. */
	cr_assert_str_eq(made_in(0, "m"), "time: d/x d d", "%s", text);
}

static int rename_in(uint64_t session, const char *from, const char *to)
{
	struct checkpoint c = { .dir = backing_marks(b),
				.name = from,
				.by = we(),
				.session = session,
				.sessions = core->sessions };

	return checkpoint_rename(t, &c, backing_marks(b), to, 0);
}

Test(compose, a_mark_that_is_renamed_tells_what_the_session_has_changed_since)
{
	struct running_session a, c;

	begin(&a, "a");
	begin(&c, "c");
	gone(a.id, "x");
	gone(c.id, "x");
	cr_assert_eq(make_in(a.id, "tmp"), 0);
	cr_assert_eq(rename_in(a.id, "tmp", "m"), 0);
	cr_assert_str_eq(told_by("m"), "a: xoverlap c x\n", "%s", text);
	gone(c.id, "y");
	cr_assert_eq(rename_in(a.id, "m", "n"), 0, "nothing of a is new");
	cr_assert_str_eq(told_by("n"), "a: xoverlap c x\n", "%s", text);
	gone(a.id, "z");
	cr_assert_eq(rename_in(a.id, "n", "o"), 0);
	cr_assert_str_eq(told_by("o"), "a: x zoverlap c x\n", "%s", text);
	end(&a);
	end(&c);
}

/* Files */

static struct caller in(const struct running_session *one)
{
	struct caller by = we();

	by.session = one->id;
	return by;
}

Test(compose, a_mark_waits_for_open_files_of_its_session_only)
{
	struct running_session a, c;
	struct version *v;
	struct writer w;

	begin(&a, "a");
	begin(&c, "c");
	opt.open_wait_ms = 1;
	v = create(root, "open", in(&c), &w);
	cr_assert_eq(make_in(a.id, "a"), 0);
	cr_assert_eq(make_in(0, "time"), 0);
	cr_assert_eq(make_in(c.id, "c"), -EBUSY);
	close_writer(&w);
	version_put(v);
	cr_assert_eq(make_in(c.id, "c"), 0);
	end(&a);
	end(&c);
}

Test(compose, a_failure_fails_the_mark_of_its_session_only)
{
	struct running_session a, c;
	struct version *v;
	struct writer w;

	begin(&a, "a");
	begin(&c, "c");
	v = create(root, "f", in(&a), &w);
	put(v, "x");
	cr_assert_eq(mkdirat(s.dir, "f", 0755), 0);
	close_writer(&w);
	version_put(v);
	cr_assert_eq(make_in(c.id, "c"), 0);
	cr_assert_eq(make_in(0, "time"), 0);
	cr_assert_eq(make_in(a.id, "a"), -EIO);
	cr_assert_eq(make_in(a.id, "a"), 0, "it is said once");
	end(&a);
	end(&c);
}
