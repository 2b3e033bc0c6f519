/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include "base/util.h"
#include "core/version/drain.h"
#include "unit/core/version/table.h"

TestSuite(drain, .init = table_setup, .fini = table_teardown);

#define A (geteuid() + 1000)
#define B (geteuid() + 2000)

static struct caller of(uid_t uid)
{
	struct caller by = we();

	by.uid = uid;
	return by;
}

/* Would a mark of @uid wait; and how many files of others would it name? */
static int would(uid_t uid, unsigned int *ret_count)
{
	struct drain d = { .uid = uid };
	int r = drain_versions(t, &d);

	*ret_count = d.count;
	drain_release(&d);
	return r;
}

static void waits(uid_t uid)
{
	unsigned int count;

	cr_assert_eq(would(uid, &count), -EBUSY, "%u", uid);
}

static void passes(uid_t uid, unsigned int others)
{
	unsigned int count;

	cr_assert_eq(would(uid, &count), 0, "%u", uid);
	cr_assert_eq(count, others);
}

Test(drain, a_mark_waits_for_its_own_user_and_for_those_of_the_mount)
{
	struct writer a, us;
	struct version *v = create(root, "a", of(A), &a), *u;

	waits(A);
	passes(B, 1);
	passes(geteuid(), 1);
	passes(0, 1);
	u = create(root, "us", of(geteuid()), &us);
	waits(A);
	waits(B);
	waits(geteuid());
	close_writer(&us);
	passes(B, 1);
	close_writer(&a);
	passes(A, 0);
	version_put(v);
	version_put(u);
}

Test(drain, whoever_has_joined_counts_also_when_it_has_closed)
{
	struct writer a, c;
	struct caller by = of(B);
	struct version *v = create(root, "f", of(A), &a);

	cr_assert_eq(version_open(v, &by, O_WRONLY | O_APPEND, &c), 0);
	waits(B);
	close_writer(&c);
	waits(B);
	passes(geteuid() + 3000, 1);
	close_writer(&a);
	passes(B, 0);
	version_put(v);
}

Test(drain, so_many_are_named)
{
	static struct writer w[DRAIN_NAMED_MAX + 5];
	struct version *v[ARRAY_SIZE(w)];
	struct drain d = { .uid = A };

	for (unsigned int i = 0; i < ARRAY_SIZE(w); i++) {
		char name[16];

		snprintf(name, sizeof(name), "f%u", i);
		v[i] = create(root, name, of(B), &w[i]);
	}
	cr_assert_eq(drain_versions(t, &d), 0);
	cr_assert_eq(d.named, DRAIN_NAMED_MAX);
	cr_assert_eq(d.count, ARRAY_SIZE(w));
	cr_assert_str_eq(d.others[0], "f0");
	drain_release(&d);
	for (unsigned int i = 0; i < ARRAY_SIZE(w); i++) {
		close_writer(&w[i]);
		version_put(v[i]);
	}
}

Test(drain, a_failure_is_told_to_a_mark_of_its_user)
{
	failures_note(core->rooms.failures, A, 0, "a", -EDQUOT);
	failures_note(core->rooms.failures, geteuid(), 0, "us", -EDQUOT);
	cr_assert_eq(failures_take(core->rooms.failures, B, 0, failed,
				   sizeof(failed)),
		     0);
	cr_assert_eq(failure(), -EIO);
	cr_assert_not_null(strstr(failed, "\"us\""));
	cr_assert_eq(failure(), 0, "once");
	cr_assert_eq(failures_take(core->rooms.failures, A, 0, failed,
				   sizeof(failed)),
		     -EIO);
	cr_assert_not_null(strstr(failed, "\"a\""));
	failures_note(core->rooms.failures, FAILURES_OF_ALL, 0, "", -EIO);
	cr_assert_eq(failures_take(core->rooms.failures, B, 0, failed,
				   sizeof(failed)),
		     -EIO);
	cr_assert_not_null(strstr(failed, "not on disk"));
	failures_note(core->rooms.failures, B, 0, "b", -EIO);
	cr_assert_eq(
		failures_take_any(core->rooms.failures, failed, sizeof(failed)),
		-EIO);
	cr_assert_eq(
		failures_take_any(core->rooms.failures, failed, sizeof(failed)),
		0);
}

/* Sessions */

static struct caller in(uint64_t session)
{
	struct caller by = we();

	by.session = session;
	return by;
}

static int would_in(uint64_t session)
{
	struct drain d = { .uid = geteuid(), .session = session };
	int r = drain_versions(t, &d);

	cr_assert_eq(d.count, 0);
	drain_release(&d);
	return r;
}

Test(drain, a_mark_waits_for_what_is_open_in_its_session)
{
	struct writer a, c, none;
	struct version *va = create(root, "a", in(5), &a),
		       *vb = create(root, "b", in(6), &c), *v0;

	cr_assert_eq(would_in(5), -EBUSY);
	cr_assert_eq(would_in(6), -EBUSY);
	cr_assert_eq(would_in(7), 0);
	cr_assert_eq(would_in(0), 0, "a mark by time waits for no session");
	v0 = create(root, "none", in(0), &none);
	cr_assert_eq(would_in(0), -EBUSY);
	close_writer(&none);
	close_writer(&a);
	cr_assert_eq(would_in(5), 0);
	cr_assert_eq(would_in(6), -EBUSY);
	close_writer(&c);
	version_put(va);
	version_put(vb);
	version_put(v0);
}

Test(drain, marks_of_all_sessions_that_have_opened_a_version_wait_for_it)
{
	struct writer a, c;
	struct caller by = in(6);
	struct version *v = create(root, "rows", in(5), &a);

	cr_assert_eq(version_open(v, &by, O_WRONLY | O_APPEND, &c), 0);
	cr_assert_eq(would_in(5), -EBUSY);
	cr_assert_eq(would_in(6), -EBUSY);
	close_writer(&c);
	cr_assert_eq(would_in(6), -EBUSY, "what it wrote is still pending");
	cr_assert_eq(would_in(7), 0);
	close_writer(&a);
	cr_assert_eq(would_in(5), 0);
	cr_assert_eq(would_in(6), 0);
	version_put(v);
}

Test(drain, what_a_session_leaves_open_passes_to_the_one_around_it)
{
	struct writer a, c;
	struct caller by = in(6);
	struct version *v = create(root, "f", in(5), &a);

	cr_assert_eq(version_open(v, &by, O_WRONLY | O_APPEND, &c), 0);
	versions_pass_session(t, 5, 4);
	cr_assert_eq(would_in(5), 0);
	cr_assert_eq(would_in(4), -EBUSY);
	versions_pass_session(t, 6, 0);
	cr_assert_eq(would_in(6), 0);
	cr_assert_eq(would_in(0), -EBUSY);
	versions_pass_session(t, 4, 0);
	close_writer(&c);
	cr_assert_eq(would_in(0), -EBUSY);
	close_writer(&a);
	cr_assert_eq(would_in(0), 0);
	version_put(v);
}

static bool was_settled;

static void *end_session(void *v)
{
	drain_closed(t, 6); /* has closed nothing */
	drain_closed(t, 5);
	was_settled = version_is_settled(v);
	return NULL;
}

Test(drain, a_session_that_ends_waits_for_what_was_closed_in_it)
{
	struct writer a, c;
	struct version *v = create(root, "f", in(5), &a);
	struct version *open = create(root, "g", in(5), &c);
	pthread_t thread;

	cr_assert(version_seal(&a));
	cr_assert_eq(pthread_create(&thread, NULL, end_session, v), 0);
	while (!told.waits)
		sched_yield();
	version_settle(v);
	pthread_join(thread, NULL);
	cr_assert(was_settled);
	close_writer(&c);
	version_put(v);
	version_put(open);
}

static int taken(uint64_t session)
{
	return failures_take(core->rooms.failures, geteuid(), session, failed,
			     sizeof(failed));
}

Test(drain, a_failure_is_told_to_a_mark_of_its_session)
{
	failures_note(core->rooms.failures, geteuid(), 5, "a", -EDQUOT);
	failures_note(core->rooms.failures, geteuid(), 0, "none", -EDQUOT);
	cr_assert_eq(taken(6), 0);
	cr_assert_eq(taken(5), -EIO);
	cr_assert_not_null(strstr(failed, "\"a\""));
	cr_assert_eq(taken(5), 0, "once");
	cr_assert_eq(taken(0), -EIO);
	cr_assert_not_null(strstr(failed, "\"none\""));

	failures_note(core->rooms.failures, geteuid(), 5, "x", -EDQUOT);
	failures_note(core->rooms.failures, geteuid(), 6, "y", -EDQUOT);
	failures_note(core->rooms.failures, A, 6, "z", -EDQUOT);
	versions_pass_session(t, 6, 5);
	cr_assert_eq(taken(6), 0);
	cr_assert_eq(taken(5), -EIO);
	cr_assert_not_null(strstr(failed, "\"y\""), "the last one: %s", failed);
	cr_assert_eq(taken(5), 0);
	versions_pass_session(t, 5, 0);
	cr_assert_eq(taken(0), 0);
	cr_assert_eq(failures_take(core->rooms.failures, A, 0, failed,
				   sizeof(failed)),
		     -EIO);
	cr_assert_not_null(strstr(failed, "\"z\""));
}

/* What comes to a directory of that name is not promoted, and tells so. */
Test(drain, a_promotion_that_fails_fails_the_mark_of_its_opener)
{
	struct writer w, none;
	struct version *v = create(root, "f", in(5), &w),
		       *u = create(root, "g", in(0), &none);

	put(v, "x");
	put(u, "y");
	cr_assert_eq(mkdirat(s.dir, "f", 0755), 0);
	close_writer(&w);
	close_writer(&none);
	cr_assert_eq(taken(6), 0);
	cr_assert_eq(taken(0), 0);
	cr_assert_eq(taken(5), -EIO);
	cr_assert_not_null(strstr(failed, "\"f\""));
	version_put(v);
	version_put(u);
}
