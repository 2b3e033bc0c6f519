/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/util.h"
#include "mount/mountpoint/lifetime.h"

static struct lifetime *l;
static int ended[2]; /* readable: the kernel has let go */

static void setup(void)
{
	cr_assert_eq(lifetime_new(&l), 0);
	cr_assert_eq(pipe(ended), 0);
}

static void teardown(void)
{
	lifetime_free(l);
	close(ended[0]);
	close(ended[1]);
}

TestSuite(lifetime, .init = setup, .fini = teardown, .timeout = 60);

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static bool wait_end(void)
{
	return lifetime_wait(l, ended[0]);
}

Test(lifetime, tied_to_nobody_it_lasts_until_it_is_unmounted)
{
	cr_assert_eq(lifetime_runs(l), -1);
	cr_assert_eq(lifetime_join(l, getpid()), -EPERM);
	cr_assert_not(lifetime_is_ending(l));
	cr_assert_eq(write(ended[1], "", 1), 1);
	cr_assert(wait_end());
	cr_assert(lifetime_is_ending(l));
}

Test(lifetime, a_signal_ends_it_and_nobody_joins_from_then_on)
{
	cr_assert_eq(lifetime_tie(l, getpid()), 0);
	kill(getpid(), SIGTERM);
	cr_assert(lifetime_is_ending(l));
	cr_assert_eq(lifetime_join(l, getpid()), -ESHUTDOWN);
	cr_assert_not(wait_end());
	cr_assert(lifetime_is_ending(l));
}

Test(lifetime, the_last_of_those_that_share_it_ends_it)
{
	pid_t a = start(), b = start();

	cr_assert_eq(lifetime_tie(l, a), 0);
	cr_assert_eq(lifetime_join(l, b), 0);
	cr_assert_eq(lifetime_runs(l), 2);
	end(a);
	cr_assert_eq(lifetime_runs(l), 1);
	cr_assert_not(lifetime_is_ending(l));
	end(b);
	/* The first to ask takes nothing from the thread that waits. */
	cr_assert(lifetime_is_ending(l));
	cr_assert_eq(lifetime_runs(l), 0);
	cr_assert_eq(lifetime_join(l, getpid()), -ESHUTDOWN);
	cr_assert_not(wait_end());
}

Test(lifetime, of_two_that_leave_at_once_the_last_is_told)
{
	pid_t a = start(), b = start();

	cr_assert_eq(lifetime_tie(l, a), 0);
	cr_assert_eq(lifetime_join(l, b), 0);
	cr_assert_eq(lifetime_leave(l, a), 1);
	cr_assert_eq(lifetime_leave(l, b), 0);
	/* They may be unmounting, and do not end it yet. */
	cr_assert_not(lifetime_is_ending(l));
	/* A third may come, and one that has left come back. */
	cr_assert_eq(lifetime_join(l, getpid()), 0);
	cr_assert_eq(lifetime_join(l, a), 0);
	cr_assert_eq(lifetime_runs(l), 2);
	cr_assert_eq(lifetime_leave(l, b), 2);
	end(a);
	end(b);
	cr_assert_eq(lifetime_leave(l, getpid()), 0);
	cr_assert_eq(write(ended[1], "", 1), 1);
	cr_assert(wait_end());
}

Test(lifetime, a_process_that_cannot_be_seen_joins_nothing)
{
	pid_t gone = start();

	end(gone);
	cr_assert_eq(lifetime_tie(l, gone), -ESRCH);
	cr_assert_eq(lifetime_tie(l, getpid()), 0);
	cr_assert_eq(lifetime_join(l, 0), -ESRCH);
	cr_assert_eq(lifetime_join(l, gone), -ESRCH);
}
