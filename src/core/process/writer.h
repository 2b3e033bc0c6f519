/* SPDX-License-Identifier: MIT */
/*
 * writer: which process closes a file, and how that process is ending (F8).
 *
 * A FLUSH says which thread closes.  Until the FLUSH is answered that thread
 * exists.  So /proc tells whether it is closing of its own will or dying, and
 * of what.  Kernel facts, from Linux's fs/proc/array.c and kernel/exit.c:
 *
 *  - A process gives up its memory before it closes its files, and without
 *    memory /proc/TID/statm is all zeros.  That is one cheap look which says
 *    "not exiting".
 *  - An exec closes the close-on-exec descriptors under a lock.  The kernel
 *    takes the same lock for each read of /proc that needs a permission (since
 *    2026 exe, stat, fd and more).  The exec waits for our answer to that
 *    FLUSH, so a thread that reads such a file first waits for ever.  statm,
 *    status, comm and cmdline need no permission.  A thread without memory is
 *    not in an exec.
 *  - For cmdline, alone of these, the kernel takes the lock of the process'
 *    memory, which may be held for ever.
 *  - /proc/TID/stat: field 9 holds the task flags, PF_EXITING (0x4) and
 *    PF_SIGNALED (0x400).  Field 52 is the exit code as wait(2) gives it, or 0
 *    when the reader lacks permission.
 *  - /proc/TID/exe of an exiting process gives ENOENT to a reader that is shown
 *    field 52, and EACCES to others: both need the same permission.
 *  - A thread that dies because another one called exit_group(0) has
 *    PF_SIGNALED, too.  Then only the exit code tells the truth, if it can be
 *    read.
 */
#ifndef IDEMFS_CORE_PROCESS_WRITER_H
#define IDEMFS_CORE_PROCESS_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum writer_end {
	WRITER_CLOSED, /* alive, or unseen: the close is its own will */
	WRITER_EXITED, /* exiting with status 0 */
	WRITER_FAILED, /* exiting with another status */
	WRITER_KILLED, /* dying of a signal */
};

struct writer_fate {
	enum writer_end end;
	int code; /* exit status for FAILED, signal for KILLED (0: unknown) */
};

/* The number in field @field (3 or more) of such a text; -1 without one. */
long long writer_stat_field(const char *text, int field);

/*
 * Reads the text of a /proc/TID/stat: pure.  @code_readable: the caller may
 * read field 52 of that process.  Any other text counts as closed.
 */
struct writer_fate writer_parse_stat(const char *text, bool code_readable);

/* How thread @tid is ending, if it is; @tid 0 (an unseen namespace): closed. */
struct writer_fate writer_fate(pid_t tid);

/*
 * The process of thread @tid: two cheap system calls in the common case, /proc
 * otherwise.  @tid itself when it is gone or unseen.
 */
pid_t writer_process(pid_t tid);

/* Is thread @tid one of process @pid? One system call. */
bool writer_is_thread_of(pid_t tid, pid_t pid);

/*
 * Has thread @tid given up its memory, as a thread that exits does first, or is
 * it gone?  One look at a file of /proc that needs no permission.
 */
bool writer_is_dying(pid_t tid);
/* Waits until process @pid is dead: a zombie, or gone; @ms at most. */
void writer_wait_dead(pid_t pid, int ms);

/*
 * Its command line, for people, on one line and cut to fit.  Only the name of a
 * process that is dying, or whose memory cannot be read (cmdline.h); "?" when
 * there is neither.  It may take half a second: hold no lock meanwhile.
 */
void writer_command(pid_t pid, char *buf, size_t size);

/*
 * "killed by signal 9 (SIGKILL)", "exited with status 1", "exited", "closed".
 */
void writer_describe(struct writer_fate fate, char *buf, size_t size);

#endif
