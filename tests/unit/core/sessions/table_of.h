/* SPDX-License-Identifier: MIT */
/* table_of: a table of sessions without a mount, and children of this test. */
#ifndef TESTS_UNIT_CORE_SESSIONS_TABLE_OF_H
#define TESTS_UNIT_CORE_SESSIONS_TABLE_OF_H

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "base/util.h"
#include "core/process/ancestry.h"
#include "core/sessions/sessions.h"
#include "core/version/rooms.h"

static char told[65536];
static unsigned int waits;
static struct rooms rooms;
static struct sessions *s;

static void on_event(void *arg, enum log_level level, const char *text)
{
	(void)arg;
	(void)level;
	strncat(told, text, sizeof(told) - strlen(told) - 2);
	strcat(told, "\n");
}

static void on_wait(void *arg)
{
	(void)arg;
	__atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
}

static const struct events events = { on_event, NULL };

static inline void table_setup(void)
{
	rooms = (struct rooms){ .events = &events,
				.wait = { on_wait, on_wait, NULL } };
	cr_assert_eq(ancestries_new(&rooms.ancestries), 0);
	cr_assert_eq(sessions_new(&rooms, NULL, &s), 0);
}

static inline void table_teardown(void)
{
	sessions_free(s);
	ancestries_free(rooms.ancestries);
}

static inline int begin_as(const void *key, enum session_kind kind,
			   const char *name, pid_t tid, uid_t uid,
			   uint64_t *ret_id)
{
	struct caller by = { .tid = tid, .uid = uid };

	return sessions_begin(s, key,
			      &(struct session_spec){ .kind = kind,
						      .name = name,
						      .command = "cmd",
						      .by = &by },
			      ret_id);
}

/* The session of process @pid begins. */
static inline uint64_t begin(const void *key, pid_t pid)
{
	uint64_t id = 0;

	cr_assert_eq(begin_as(key, SESSION_SESSION, key, pid, 1000, &id), 0);
	return id;
}

/* A child process that does nothing until it is killed. */
static inline pid_t child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	cr_assert_gt(pid, 0);
	return pid;
}

static inline void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
}

#endif
