/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "base/util.h"
#include "core/version/drain.h"
#include "core/version/pending.h"
#include "core/version/shown.h"
#include "unit/core/version/table.h"

TestSuite(version_ends, .init = table_setup, .fini = table_teardown);

/* --- a new file ----------------------------------------------------------- */

Test(version_ends, versions_of_a_name_stand_newest_first)
{
	struct version *v[3];
	struct writer w[3];

	v[0] = create(root, "g", we(), &w[0]);
	v[1] = create(root, "f", we(), &w[1]);
	v[2] = create(root, "f", we(), &w[2]);
	cr_assert_eq(versions_move(t, root, "g", root, "f", NULL, true), 0);
	cr_assert_null(testing_at(t, root, "g", 0));
	for (unsigned int i = 0; i < 3; i++)
		cr_assert_eq(testing_at(t, root, "f", i), v[2 - i]);
	cr_assert_null(testing_at(t, root, "f", 3));
	cr_assert_eq(versions_count(t), 3);
	cr_assert_eq(testing_oldest(t), v[0]);
	for (int i = 0; i < 3; i++) {
		char *path = testing_path(v[i]);

		cr_assert_str_eq(path, "f");
		free(path);
		close_writer(&w[i]);
		version_put(v[i]);
	}
}

Test(version_ends, place_and_path_are_of_the_name_it_has_now)
{
	struct dir *d = subdir(root, "d"), *at = NULL;
	struct writer w;
	struct version *v = create(d, "f", we(), &w);
	char *name = NULL, *path = testing_path(v);

	cr_assert_str_eq(path, "d/f");
	free(path);
	cr_assert_eq(version_first_name(v, &at, &name), 0);
	cr_assert_eq(at, d);
	cr_assert_str_eq(name, "f");
	free(name);
	dir_put(at);
	versions_detach(t, d, "f", NULL, true);
	cr_assert_eq(version_first_name(v, &at, &name), -ENOENT);
	path = testing_path(v);
	cr_assert_str_eq(path, "");
	free(path);
	close_writer(&w);
	version_put(v);
	dir_put(d);
}

/* --- which processes see it ----------------------------------------------- */

Test(version_ends, pending_version_is_found_by_its_writer_alone)
{
	struct version *v, *own = NULL;
	bool pending;
	struct writer w;

	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_not(pending);
	v = create(root, "f", we(), &w);
	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_eq(own, v);
	cr_assert(pending);
	version_put(own);
	versions_find(t, root, "f", getppid(), &own, &pending);
	cr_assert_null(own);
	cr_assert(pending);
	versions_find(t, root, "f", 0, &own, &pending);
	cr_assert_null(own);
	versions_find(t, root, "ff", getpid(), &own, &pending);
	cr_assert_null(own);
	cr_assert_not(pending);
	cr_assert(version_is_seen(v, getpid()));
	cr_assert_not(version_is_seen(v, getppid()));
	cr_assert_not(version_is_seen(v, 0));
	close_writer(&w);
	versions_find(t, root, "f", getpid(), &own, &pending);
	cr_assert_null(own);
	cr_assert_not(pending);
	version_put(v);
}

static void count_name(void *arg, const char *name, uint64_t owner)
{
	cr_assert_str_eq(name, "mine");
	cr_assert_eq(owner, 7);
	++*(int *)arg;
}

Test(version_ends, list_has_what_the_caller_writes)
{
	struct writer a, c;
	struct version *v = create(root, "mine", we(), &a);
	struct version *u = create(root, "theirs", other(), &c);
	int n = 0;

	versions_list(t, root, getpid(), count_name, &n);
	cr_assert_eq(n, 1);
	versions_list(t, root, 0, count_name, &n);
	cr_assert_eq(n, 1);
	close_writer(&a);
	close_writer(&c);
	versions_list(t, root, getpid(), count_name, &n);
	cr_assert_eq(n, 1);
	version_put(v);
	version_put(u);
}

static void note_info(void *arg, const struct version_info *info)
{
	cr_assert_str_eq(info->path, "f");
	cr_assert_eq(info->size, 5);
	cr_assert_eq(info->pid, getpid());
	cr_assert_eq(info->writers, 1);
	cr_assert_geq(info->age_ms, 0);
	++*(int *)arg;
}

Test(version_ends, status_tells_each_that_is_pending)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w), *u;
	int n = 0;

	put(v, "12345");
	scratch_write(s.dir, "g", "x");
	u = reserve(root, "g", we(), true);
	versions_each(t, note_info, &n);
	cr_assert_eq(n, 1);
	version_unhold(u);
	version_put(u);
	close_writer(&w);
	version_put(v);
}

/* --- bad ends ------------------------------------------------------------- */

static unsigned long promoted_before; /* over_old() */

/* A version over "old", whose content is "part". */
static struct version *over_old(struct writer *w)
{
	struct version *v;

	promoted_before = counts(t).promoted;
	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", we(), O_TRUNC, w);
	put(v, "part");
	return v;
}

static void is_kept(struct version *v, const char *why)
{
	cr_assert_str_eq(testing_state(v), "discarded");
	cr_assert_str_eq(told.name, "");
	cr_assert(is_committed("f", "old"));
	partial_is("f", why, "part");
	cr_assert_eq(counts(t).promoted, promoted_before);
	version_put(v);
}

static void *settle_it(void *arg)
{
	version_settle(arg);
	return NULL;
}

/* Threads settle them in any order: V5. */
Test(version_ends, last_close_wins_whoever_settles_first)
{
	struct writer w[2];
	struct version *v[2];
	pthread_t thread;

	v[0] = create(root, "f", other(), &w[0]);
	v[1] = create(root, "f", we(), &w[1]);
	put(v[0], "closed last");
	put(v[1], "closed first");
	version_flush(&w[1], getpid());
	version_flush(&w[0], getpid());
	cr_assert(version_seal(&w[1]));
	cr_assert(version_seal(&w[0]));
	cr_assert_eq(pthread_create(&thread, NULL, settle_it, v[0]), 0);
	while (!atomic_load(&told.waits))
		sched_yield();
	cr_assert_eq(told.settled, 0);
	version_settle(v[1]);
	pthread_join(thread, NULL);
	cr_assert_eq(told.settled, 2);
	cr_assert(is_committed("f", "closed last"));
	version_put(v[0]);
	version_put(v[1]);
}

Test(version_ends, killed_last_holder_leaves_the_old_one)
{
	struct writer w;
	struct version *v = over_old(&w);

	close_with(&w, WRITER_KILLED, SIGKILL);
	is_kept(v, "SIGKILL");
	cr_assert_eq(counts(t).discarded, 1);
	cr_assert_eq(counts(t).failed, 0);
}

Test(version_ends, killed_opener_leaves_the_old_one_though_others_close_well)
{
	struct writer w;
	struct version *v = over_old(&w);

	w.opener =
		(struct writer_fate){ .end = WRITER_KILLED, .code = SIGTERM };
	close_writer(&w);
	is_kept(v, "SIGTERM");
}

Test(version_ends, opener_that_died_before_its_first_close_was_killed)
{
	pid_t pid = fork();
	struct caller by = we();
	struct version *v;
	struct writer w;

	if (pid == 0)
		for (;;)
			pause();
	by.tid = pid;
	scratch_write(s.dir, "f", "old");
	v = open_version(root, "f", by, O_TRUNC, &w);
	put(v, "part");
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	cr_assert(version_seal(&w));
	version_settle(v);
	is_kept(v, "killed");
}

Test(version_ends, closed_without_a_flush_by_the_living_is_promoted)
{
	struct writer w;
	struct version *v = over_old(&w);

	cr_assert(version_seal(&w));
	version_settle(v);
	cr_assert(is_committed("f", "part"));
	version_put(v);
}

Test(version_ends, failed_exit_counts_only_when_it_was_asked_for)
{
	struct writer w;
	struct version *v = over_old(&w);

	close_with(&w, WRITER_FAILED, 3);
	cr_assert(is_committed("f", "part"));
	version_put(v);
	opt.discard = DISCARD_FAILED;
	v = over_old(&w);
	close_with(&w, WRITER_FAILED, 3);
	is_kept(v, "exited with status 3");
}

Test(version_ends, never_discards_not_even_the_killed)
{
	struct version *v;
	struct writer w;

	opt.discard = DISCARD_NEVER;
	v = over_old(&w);
	close_with(&w, WRITER_KILLED, SIGKILL);
	cr_assert(is_committed("f", "part"));
	cr_assert_eq(quarantine_count(st.partial), 0);
	version_put(v);
}

Test(version_ends, one_clean_close_of_several_is_enough)
{
	static const bool killed_first[] = { true, false };

	for (size_t i = 0; i < ARRAY_SIZE(killed_first); i++) {
		struct writer a, c;
		struct version *v = over_old(&a);

		cr_assert_eq(version_open(v, by_other(), 0, &c), 0);
		if (killed_first[i])
			close_with(&a, WRITER_KILLED, SIGKILL);
		close_writer(&c);
		if (!killed_first[i])
			close_with(&a, WRITER_KILLED, SIGKILL);
		cr_assert(is_committed("f", "part"));
		version_put(v);
	}
	cr_assert_eq(quarantine_count(st.partial), 0);
}

Test(version_ends, write_error_is_told_at_every_close_and_quarantined)
{
	struct writer w;
	struct version *v = over_old(&w);

	version_note_error(v, -ENOSPC);
	version_note_error(v, -EIO);
	cr_assert_eq(version_flush(&w, getpid()), -ENOSPC);
	cr_assert_eq(close_writer(&w), -ENOSPC);
	is_kept(v, strerror(ENOSPC));
	cr_assert_eq(counts(t).failed, 1);
	/* its writer knows: no mark fails for it */
	cr_assert_eq(failure(), 0);
}

Test(version_ends, refusals_are_no_write_errors)
{
	struct writer w;
	struct version *v = over_old(&w);

	version_note_error(v, -EINVAL);
	version_note_error(v, -EFBIG);
	cr_assert_eq(close_writer(&w), 0);
	cr_assert(is_committed("f", "part"));
	version_put(v);
}

Test(version_ends, truncation_voids_what_could_not_be_written)
{
	struct writer a, c;
	struct version *v = over_old(&a);

	version_note_error(v, -ENOSPC);
	cr_assert_eq(version_open(v, by_us(), O_TRUNC, &c), 0);
	put(v, "fits");
	cr_assert_eq(close_writer(&a), 0);
	cr_assert_eq(close_writer(&c), 0);
	cr_assert(is_committed("f", "fits"));
	version_put(v);
}

static struct sys_calls real;
static int promotion_error;

static int fails_promotion(int fromfd, const char *from, int tofd,
			   const char *to, unsigned int flags)
{
	if (fromfd == st.tmp && !strcmp(to, "f"))
		return promotion_error;
	return real.renameat2(fromfd, from, tofd, to, flags);
}

Test(version_ends, promotion_that_fails_is_quarantined_and_noted)
{
	struct writer w;
	struct version *v = over_old(&w);

	real = sys;
	promotion_error = -EDQUOT;
	sys.renameat2 = fails_promotion;
	close_writer(&w);
	sys = real;
	is_kept(v, strerror(EDQUOT));
	cr_assert_eq(counts(t).failed, 1);
	cr_assert_eq(failure(), -EIO);
	cr_assert_not_null(strstr(failed, "\"f\" was not promoted"));
	cr_assert_not_null(strstr(failed, strerror(EDQUOT)));
}

Test(version_ends, promotion_across_filesystems_copies_and_renames)
{
	struct writer w;
	struct version *v = over_old(&w);

	real = sys;
	promotion_error = -EXDEV;
	sys.renameat2 = fails_promotion;
	close_writer(&w);
	sys = real;
	cr_assert(is_committed("f", "part"));
	cr_assert_eq(counts(t).failed, 0);
	cr_assert_eq(quarantine_count(st.partial), 0);
	cr_assert_eq(scratch_count(s.dir), 2); /* f and .idemfs */
	version_put(v);
}

/* --- waiting -------------------------------------------------------------- */

static void wait_for_a_wait(int more_than)
{
	while (atomic_load(&told.waits) <= more_than)
		sched_yield();
}

static void *find_it(void *arg)
{
	struct version *own = NULL;
	bool pending = true;

	versions_find(t, root, "f", getpid(), &own, &pending);
	return own || pending || !is_committed("f", "x") ? arg : NULL;
}

static void *wait_for_it(void *arg)
{
	version_wait_settled(arg);
	return is_committed("f", "x") ? NULL : arg;
}

static void *wait_for_dir(void *arg)
{
	versions_wait_dir(t, root);
	return is_committed("f", "x") ? NULL : arg;
}

static void *wait_for_name(void *arg)
{
	versions_wait_settled(t, root, "f");
	return is_committed("f", "x") ? NULL : arg;
}

static void *reserve_it(void *arg)
{
	struct version *v = NULL;
	int r = try_reserve(root, "f", we(), false, &v);
	bool good = !r && v != arg && is_committed("f", "x");

	if (!r) {
		version_unhold(v);
		version_put(v);
	}
	return good ? NULL : arg;
}

Test(version_ends, who_comes_for_a_settling_name_waits_until_it_is_there)
{
	static void *(*const ways[])(void *) = {
		find_it, wait_for_it, wait_for_dir, wait_for_name, reserve_it,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		struct writer w;
		struct version *v = create(root, "f", we(), &w);
		int before = told.waits;
		pthread_t thread;
		void *bad;

		put(v, "x");
		version_flush(&w, getpid());
		cr_assert(version_seal(&w));
		cr_assert_eq(pthread_create(&thread, NULL, ways[i], v), 0);
		wait_for_a_wait(before);
		version_settle(v);
		pthread_join(thread, &bad);
		cr_assert_null(bad, "way %zu", i);
		cr_assert_eq(unlinkat(s.dir, "f", 0), 0);
		version_put(v);
	}
}

Test(version_ends, nobody_waits_for_what_is_only_pending)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);

	version_wait_settled(v);
	versions_wait_dir(t, root);
	versions_wait_settled(t, root, "f");
	cr_assert_eq(told.waits, 0);
	close_writer(&w);
	version_put(v);
}

static int drain(int64_t wait_ms, const atomic_bool *interrupted, char *who)
{
	struct drain d = { .uid = geteuid(),
			   .wait_ms = wait_ms,
			   .interrupted = interrupted };
	int r = drain_versions(t, &d);

	strcpy(who, d.who);
	drain_release(&d);
	return r;
}

Test(version_ends, drain_without_open_versions_is_done)
{
	char who[640] = "";

	cr_assert_eq(drain(0, NULL, who), 0);
	cr_assert_str_eq(who, "");
	cr_assert_eq(told.waits, 0);
}

Test(version_ends, drain_that_times_out_is_busy_and_names_the_oldest)
{
	char who[640] = "", pid[32];
	struct writer a, c;
	struct version *v = create(root, "first", we(), &a);
	struct version *u = create(root, "second", we(), &c);

	snprintf(pid, sizeof(pid), "pid %d", getpid());
	cr_assert_eq(drain(0, NULL, who), -EBUSY);
	cr_assert_not_null(strstr(who, "\"first\""), "%s", who);
	cr_assert_not_null(strstr(who, pid), "%s", who);
	close_writer(&a);
	cr_assert_eq(drain(1, NULL, who), -EBUSY);
	cr_assert_not_null(strstr(who, "\"second\""), "%s", who);
	close_writer(&c);
	cr_assert_eq(drain(1, NULL, who), 0);
	version_put(v);
	version_put(u);
}

Test(version_ends, drain_does_not_count_reservations_and_the_unlinked)
{
	struct version *v, *u;
	struct writer w;
	char who[640];

	scratch_write(s.dir, "f", "old");
	v = reserve(root, "f", we(), true);
	u = create(root, "g", we(), &w);
	versions_detach(t, root, "g", NULL, true);
	cr_assert_eq(drain(0, NULL, who), 0);
	version_unhold(v);
	close_writer(&w);
	version_put(v);
	version_put(u);
}

static atomic_bool interrupted;

static void *drain_long(void *arg)
{
	char who[640];

	*(int *)arg = drain(600000, &interrupted, who);
	return NULL;
}

Test(version_ends, interrupted_drain_is_eintr)
{
	struct writer w;
	struct version *v = create(root, "f", we(), &w);
	pthread_t thread;
	int r = 99;

	cr_assert_eq(pthread_create(&thread, NULL, drain_long, &r), 0);
	wait_for_a_wait(0);
	atomic_store(&interrupted, true);
	versions_wake(t);
	pthread_join(thread, NULL);
	cr_assert_eq(r, -EINTR);
	close_writer(&w);
	version_put(v);
}

Test(version_ends, drain_waits_for_the_old_and_not_for_the_new)
{
	struct writer a, c;
	struct version *v = create(root, "f", we(), &a), *u;
	pthread_t thread;
	int r = 99;

	cr_assert_eq(pthread_create(&thread, NULL, drain_long, &r), 0);
	wait_for_a_wait(0);
	u = create(root, "g", we(), &c);
	close_writer(&a);
	pthread_join(thread, NULL);
	cr_assert_eq(r, 0);
	cr_assert(version_is_open(u));
	close_writer(&c);
	version_put(v);
	version_put(u);
}

/* --- the end -------------------------------------------------------------- */

Test(version_ends, close_all_judges_by_the_closes_that_came)
{
	struct writer a, c, d;
	struct version *v = create(root, "closed", we(), &a);
	struct version *u = create(root, "killed", we(), &c), *x;

	put(v, "x");
	put(u, "y");
	version_flush(&a, getpid());
	c.flushed = true;
	c.last = (struct writer_fate){ .end = WRITER_KILLED, .code = SIGKILL };
	scratch_write(s.dir, "f", "old");
	x = open_version(root, "f", we(), 0, &d);
	versions_close_all(t);
	cr_assert_eq(versions_count(t), 0);
	cr_assert(is_committed("closed", "x"));
	cr_assert_not(scratch_exists(s.dir, "killed"));
	partial_is("killed", "SIGKILL", "y");
	cr_assert(is_committed("f", "old"));
	cr_assert_not(version_seal(&a));
	version_put(v);
	version_put(u);
	version_put(x);
}

Test(version_ends, abandon_quarantines_all_that_is_open)
{
	struct writer a, c;
	struct version *v = over_old(&a), *u;

	scratch_write(s.dir, "g", "x");
	u = open_version(root, "g", we(), 0, &c);
	versions_discard_all(t, "the mount ended");
	cr_assert_eq(versions_count(t), 0);
	cr_assert(is_committed("g", "x"));
	cr_assert_not(version_seal(&a));
	cr_assert_not(version_seal(&c));
	version_put(u);
	is_kept(v, "the mount ended");
}
