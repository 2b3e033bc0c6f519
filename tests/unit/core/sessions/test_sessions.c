/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>

#include "table_of.h"

TestSuite(sessions, .init = table_setup, .fini = table_teardown);

static char seen[65536];

static void note(void *arg, const struct session_info *i)
{
	char how[SESSION_HOW] = "runs";

	(void)arg;
	if (!i->running)
		session_how(i->status, how);
	snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen),
		 "%s %s: %s%s\n", session_kind_name(i->kind), i->name, how,
		 i->failed ? ", failed" : "");
}

static const char *list(void)
{
	seen[0] = '\0';
	sessions_each(s, note, NULL);
	return seen;
}

Test(sessions, are_listed_while_they_run_and_after)
{
	uint64_t id;

	cr_assert_eq(begin_as("a", SESSION_STEP, "a.done", getpid(), 0, &id),
		     0);
	cr_assert_eq(begin_as("b", SESSION_RUN, "night", getpid(), 0, &id), 0);
	cr_assert_str_eq(list(), "step a.done: runs\nrun night: runs\n");
	sessions_end(s, "a", 3);
	cr_assert_str_eq(list(),
			 "step a.done: status 3, failed\nrun night: runs\n");
	sessions_drop(s, "b");
	sessions_end(s, "b", 0);
	cr_assert_str_eq(list(),
			 "step a.done: status 3, failed\nrun night: killed\n");
}

Test(sessions, a_step_that_is_done_has_not_failed)
{
	uint64_t id;

	cr_assert_eq(begin_as("a", SESSION_STEP, "x", getpid(), 0, &id), 0);
	sessions_end(s, "a", 137);
	cr_assert_eq(begin_as("a", SESSION_STEP, "x", getpid(), 0, &id), 0);
	sessions_end(s, "a", SESSION_REFUSED);
	cr_assert_str_eq(list(), "step x: status 137 (signal 9)\n"
				 "step x: its mark was not made, failed\n");
	cr_assert_eq(begin_as("a", SESSION_STEP, "x", getpid(), 0, &id), 0);
	sessions_end(s, "a", 0);
	cr_assert_null(strstr(list(), "failed"));
}

Test(sessions, failed_steps_are_remembered_longer)
{
	char name[16];
	uint64_t id;

	cr_assert_eq(begin_as("f", SESSION_STEP, "f", getpid(), 0, &id), 0);
	sessions_end(s, "f", 1);
	for (int i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "n%d", i);
		cr_assert_eq(
			begin_as(name, SESSION_STEP, name, getpid(), 0, &id),
			0);
		sessions_end(s, name, 0);
	}
	list();
	cr_assert(strstr(seen, "step f: status 1, failed\n"));
	cr_assert_null(strstr(seen, "step n35:"));
	cr_assert(strstr(seen, "step n36:"));
	cr_assert(strstr(seen, "step n99:"));
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		cr_assert_eq(
			begin_as(name, SESSION_STEP, name, getpid(), 0, &id),
			0);
		sessions_end(s, name, 1);
	}
	list();
	cr_assert_null(strstr(seen, "step f23:"));
	cr_assert(strstr(seen, "step f24:"));
}

Test(sessions, begin_and_end_are_told)
{
	uint64_t id;
	char begun[64];

	cr_assert_eq(begin_as("a", SESSION_STEP, "a\n\"", getpid(), 0, &id), 0);
	snprintf(begun, sizeof(begun),
		 "session \"a\\n\"\" began (pid %d, cmd)\n", getpid());
	cr_assert(strstr(told, begun), "%s", told);
	sessions_changed(s, id, "x");
	sessions_end(s, "a", 3);
	cr_assert(strstr(told, "step \"a\\n\"\" failed: status 3 after "));
	cr_assert(strstr(told, "session \"a\\n\"\" ended: status 3 after "));
	cr_assert(strstr(told, " s, 1 file changed (pid "), "%s", told);
}

Test(sessions, a_file_that_is_changed_often_counts_once)
{
	uint64_t id = begin("a", getpid());
	char path[32];

	for (int i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "f%d", i % 1000);
		sessions_changed(s, id, path);
	}
	sessions_changed(s, 0, "nobody's");
	sessions_end(s, "a", 0);
	cr_assert(strstr(told, ", 1000 files changed (pid "), "%s", told);
}

Test(sessions, another_process_may_not_be_named)
{
	struct caller by = { .tid = getpid(), .uid = 0 };
	struct session_spec spec = {
		.kind = SESSION_RUN, .name = "r", .command = "c", .by = &by
	};
	uint64_t id;

	spec.pid = getppid();
	cr_assert_eq(sessions_begin(s, "a", &spec, &id), -EPERM);
	spec.pid = 1;
	cr_assert_eq(sessions_begin(s, "a", &spec, &id), -EPERM);
	cr_assert_not(sessions_any(s));
	spec.pid = getpid();
	cr_assert_eq(sessions_begin(s, "a", &spec, &id), 0);
	cr_assert(sessions_any(s));
}

Test(sessions, only_the_process_that_began_it_may_speak_for_it)
{
	pid_t other = child();
	enum session_kind kind;
	uint64_t id = begin("a", getpid()), again = 0;

	cr_assert_eq(
		sessions_check(s, "a",
			       &(struct caller){ .tid = getpid(), .uid = 1000 },
			       &again, &kind),
		0);
	cr_assert_eq(again, id);
	cr_assert_eq((int)kind, SESSION_SESSION);
	cr_assert_eq(
		sessions_check(s, "a",
			       &(struct caller){ .tid = other, .uid = 1000 },
			       &again, &kind),
		-EPERM);
	cr_assert_eq(
		sessions_check(s, "a",
			       &(struct caller){ .tid = getpid(), .uid = 1001 },
			       &again, &kind),
		-EPERM);
	cr_assert_eq(sessions_check(s, "a", &(struct caller){ .uid = 1000 },
				    &again, &kind),
		     -EPERM);
	cr_assert_eq(
		sessions_check(s, "b",
			       &(struct caller){ .tid = getpid(), .uid = 1000 },
			       &again, &kind),
		-ENOENT);
	end_child(other);
}

Test(sessions, a_file_has_one_session_at_a_time)
{
	uint64_t id;

	cr_assert_neq(begin("a", getpid()), 0);
	cr_assert_eq(begin_as("a", SESSION_STEP, "b", getpid(), 1000, &id),
		     -EBUSY);
	sessions_end(s, "a", 0);
	cr_assert_neq(begin("a", getpid()), 0);
}

Test(sessions, one_user_cannot_take_all_places)
{
	static char keys[2000], more[2000];
	uint64_t id;
	size_t n = 0;
	int r = 0;

	while (!r && n < sizeof(keys))
		r = begin_as(&keys[n++], SESSION_SESSION, "h", getpid(), 1000,
			     &id);
	cr_assert_eq(r, -EBUSY);
	cr_assert_eq(n - 1, 256);
	cr_assert_eq(begin_as("o", SESSION_SESSION, "o", getpid(), 1001, &id),
		     0);
	for (n = 0; n < sizeof(more); n++)
		(void)begin_as(&more[n], SESSION_SESSION, "h", getpid(),
			       2000 + (uid_t)n / 100, &id);
	/* Now the places of users are all taken, but not those of root. */
	cr_assert_eq(begin_as("p", SESSION_SESSION, "p", getpid(), 1002, &id),
		     -EBUSY);
	cr_assert_eq(begin_as("r", SESSION_SESSION, "r", getpid(), 0, &id), 0);
	sessions_end(s, &keys[0], 0);
	cr_assert_eq(begin_as("p", SESSION_SESSION, "p", getpid(), 1002, &id),
		     0);
}

Test(sessions, whose_process_cannot_be_seen_is_nobodys)
{
	uint64_t id = 9;

	cr_assert_eq(begin_as("a", SESSION_STEP, "a", 0, 1000, &id), 0);
	cr_assert_eq(id, 0);
	cr_assert_not(sessions_any(s));
	cr_assert_str_eq(list(), "step a: runs\n");
	sessions_end(s, "a", 0);
	cr_assert_str_eq(list(), "step a: status 0\n");
}

static bool is_running(uint64_t id)
{
	return sessions_owner(s, id) == id;
}

Test(sessions, whose_process_is_gone_ends_though_its_file_is_open)
{
	pid_t pid = child();
	uint64_t id = begin("a", pid);

	cr_assert(is_running(id));
	end_child(pid);
	cr_assert_str_eq(list(), "session a: killed\n");
	cr_assert_not(is_running(id));
	cr_assert_not(sessions_any(s));
}

Test(sessions, what_ends_passes_up_to_what_runs)
{
	pid_t a = child();
	uint64_t outer = begin("outer", getpid()), inner, last;

	inner = begin("inner", a); /* a child of this process */
	cr_assert_eq(sessions_owner(s, inner), inner);
	last = begin("last", a);
	sessions_end(s, "inner", 0);
	cr_assert_eq(sessions_owner(s, inner), outer);
	cr_assert_eq(sessions_owner(s, last), last);
	sessions_end(s, "last", 0);
	cr_assert_eq(sessions_owner(s, last), outer);
	sessions_end(s, "outer", 0);
	cr_assert_eq(sessions_owner(s, last), 0);
	cr_assert_eq(sessions_owner(s, inner), 0);
	cr_assert_eq(sessions_owner(s, outer), 0);
	cr_assert_eq(sessions_owner(s, 0), 0);
	end_child(a);
}

Test(sessions, names_are_told_as_long_as_they_are_remembered)
{
	uint64_t id = begin("a", getpid());
	char *name = sessions_name(s, id);

	cr_assert_str_eq(name, "a");
	free(name);
	sessions_end(s, "a", 0);
	name = sessions_name(s, id);
	cr_assert_str_eq(name, "a");
	free(name);
	cr_assert_null(sessions_name(s, 0));
}

struct learning {
	uint64_t id;
	bool found;
};

static void see_learning(void *arg, const struct session_info *info)
{
	struct learning *l = arg;

	l->found |= info->id == l->id && info->running && info->learn;
}

static bool learns(uint64_t id)
{
	struct learning l = { .id = id };

	sessions_each(s, see_learning, &l);
	return l.found;
}

Test(sessions, one_that_learns_says_so_while_it_runs)
{
	struct caller by = { .tid = getpid() };
	uint64_t plain = begin("p", getpid()), id;

	cr_assert_eq(sessions_begin(s, "a",
				    &(struct session_spec){ .name = "a",
							    .command = "c",
							    .learn = true,
							    .by = &by },
				    &id),
		     0);
	cr_assert(learns(id));
	cr_assert_not(learns(plain));
	cr_assert_not(learns(0));
	sessions_end(s, "a", 0);
	cr_assert_not(learns(id));
}
