/* SPDX-License-Identifier: MIT */
/*
 * control: how programs talk to a mount.
 *
 * Below `.checkpoints/` of every mount are virtual files that are found by name
 * and never listed.  They are read-only, made anew at each open, and belong to
 * the user who mounted (mode 0400).  Any user can make files of these names.
 * So a program first asks the kernel (statx(2), /proc/self/mountinfo) whether
 * the directory is the root of a mount, of type fuse.idemfs, and of a user to
 * be believed.
 *
 *   .checkpoints/.control      "key value" lines for programs:
 *       idemfs 1               the version of this protocol: always first
 *       pid N                  the daemon, as seen in its own pid namespace
 *       root_fd N              its descriptor of the backing directory:
 *                              /proc/PID/fd/N leads to it, also when the mount
 *                              lies over it
 *       backing PATH           as it was given, made absolute; escaped
 *       mountpoint PATH        likewise
 *       run ID                 with --run-id
 *       end_fd N               a descriptor like root_fd.  Once the daemon has
 *                              ended, it holds "+", or what went wrong.  Empty:
 *                              the daemon was killed
 *       runs COUNT             how many `idemfs run` share the mount.  Without
 *                              this line the mount stays until it is unmounted
 *       ending yes             the mount is about to end
 *       option KEY VALUE       all that is in force; "o": what FUSE was told
 *   .checkpoints/.status       for people
 *   .checkpoints/.status.json  for programs
 *   .checkpoints/.progress     what moves, for programs that look often:
 *       idemfs 1
 *       promoted COUNT BYTES   since it was mounted
 *       discarded COUNT
 *       failed COUNT
 *       partials COUNT         in quarantine
 *       trouble TEXT           why the last mark was not made; escaped
 *       stale NAME             a mark that does not hold any more: its path
 *                              below all marks, escaped; one line each
 *       running MS PID NAME    a step that runs, for how long by now, the pid
 *                              of its idemfs step; NAME escaped; one line each
 *       session ID PARENT KIND MS PID FILES OVERLAPS NAME  a session that runs,
 *                              steps too: its number, that of the session it
 *                              was begun in or 0, step, session or run, for how
 *                              long by now, its process, how many files it has
 *                              changed, how many of these (or that it has read)
 *                              overlap with others; NAME escaped; one line each
 *       pending SIZE MS PID PATH  a file that is being written, for how long by
 *                              now, by which process; PATH escaped; one line
 *                              each
 *
 *   .checkpoints/.join         a process that opens it becomes one of the runs
 *                              that share the mount, until it leaves or ends.
 *                              While it is open, the mount is busy.  ESHUTDOWN:
 *                              the mount is about to end; EPERM: there are no
 *                              runs
 *   .checkpoints/.leave        a run that opens it has left.  It reads how many
 *                              other runs there are.  Of two that leave at
 *                              once, the last one reads 0, and unmounts
 *
 * The others are for every user who may look into .checkpoints:
 *
 *   .checkpoints/.gitignore    "*": git leaves the directory out
 *   .checkpoints/.step         begins and ends sessions, and makes the marks of
 *                              steps.  A program writes a message
 *                              (core/manifest/step.h) there.  Then fsync(2)
 *                              takes it, does what it asks for, and answers
 *                              when that is done, or says why not.  See below
 *   .checkpoints/.inflight/    the files that are being written, each at its
 *                              path from the root: a view that grows, and that
 *                              cannot be written to.  A user who could read the
 *                              file may read it here.
 *
 * `.status.json` has, besides what `idemfs status` prints, an array "sessions" of
 * all that run and the last that ended, oldest first.  Each has id, parent, kind,
 * name, command (its beginning), pid, user, began, took (seconds), running,
 * learns, files, overlap_count, and overlaps: id and name of another session, and
 * path.  If it has ended: ended, status (-1: killed, -2: its mark was not made),
 * and how, for people.
 *
 * Sessions
 *
 * A process opens `.checkpoints/.step`, and sends
 *
 *       begin NAME             from here on it is a session, with all processes
 *                              that come from it: changes that they make, and
 *                              marks, belong to the innermost session.  `kind`
 *                              says what it is; a step is named as its mark
 *       end NAME               it has ended, with the status in `ran`
 *       start NAME             begin, of a step
 *       mark NAME              the step is done: its mark is made, and tells of
 *                              what the session has changed; then it has ended
 *       fail NAME              end, of a step
 *
 * The session lives as long as the open file.  When that is closed, or the
 * process is gone, and nothing was said, it was killed.  A program that wants what
 * outlives its children to stay with it is a subreaper (prctl(2)).
 *
 * EINVAL: no message, one of a newer idemfs, a mark or end of another kind, or an
 * end without begin.  EPERM: another process has begun the session of this file,
 * another user has opened it, or `pid` is not the number that the mount knows the
 * caller by; leave that line out in a PID namespace of your own.  EBUSY: the file
 * has a session already; 256 of this user run, or 1,024 of all users (1,024 of
 * root besides); or, for a mark, a file is open.  A mark without start has the
 * scope of its caller.
 *
 * A process that the mount cannot see, since it is in another PID namespace, may
 * begin a session: it is listed with number 0, and no change belongs to it.
 *
 * A user who may create files at the root may make a mark so.  Meanwhile the
 * program holds an exclusive lock of an open file description, on the byte whose
 * number is the XXH3-64 of the mark's name / 2.  Each user has locks of its own
 * there.
 *
 * Marks
 *
 * A mark that does not hold any more has the extended attribute
 * user.idemfs.stale, which says why.  It is not listed, and may be read by the
 * users who may read the mark.  A mark has it, too, if it was made by another
 * user than the caller's, and by neither root nor the owner of the mount.
 *
 * The attribute user.idemfs.learning of .checkpoints/.step says whether what
 * the caller reads is told in the mark of a step that runs: "yes" or "no".
 */
#ifndef IDEMFS_CONTROL_H
#define IDEMFS_CONTROL_H

#define IDEMFS_CHECKPOINTS ".checkpoints"
#define IDEMFS_CONTROL_VERSION 1
#define IDEMFS_CONTROL ".control"
#define IDEMFS_STATUS ".status"
#define IDEMFS_STATUS_JSON ".status.json"
#define IDEMFS_PROGRESS ".progress"
#define IDEMFS_JOIN ".join"
#define IDEMFS_LEAVE ".leave"
#define IDEMFS_STEP ".step"
#define IDEMFS_GITIGNORE ".gitignore"
#define IDEMFS_INFLIGHT ".inflight"

#define IDEMFS_XATTR_STALE "user.idemfs.stale"
#define IDEMFS_XATTR_LEARNING "user.idemfs.learning"

#endif
