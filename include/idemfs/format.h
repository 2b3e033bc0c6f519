/* SPDX-License-Identifier: MIT */
/*
 * format: what is in a mark, format 1.
 *
 * A mark is a plain file below .idemfs/marks, whose path is its name.  It
 * begins with the manifest, text of SIZE bytes.  What follows is the note, the
 * bytes that a program wrote into the mark, as they are:
 *
 *	# idemfs-mark 1 SIZE
 *	# name NAME
 *	# time SECONDS.NNNNNNNNN 2025-11-23T09:26:40Z
 *	# since SECONDS.NNNNNNNNN
 *	# host HOST
 *	# user UID
 *	# pid PID
 *	# command COMMAND
 *	# argv DIGEST
 *	# ran SECONDS.NNNNNNNNN SECONDS.NNNNNNNNN STATUS
 *	# learn yes
 *	# scope session NAME
 *	# order SEQ
 *	(records)
 *	# digest DIGEST
 *
 * The first line always has IDEMFS_MARK_HEAD bytes: SIZE is ten digits, with
 * zeros in front.  It counts every line from the first to the last.  A mark has
 * a note if and only if its file is longer than SIZE.  The digest is of all
 * bytes between the first line and the last.  Every line ends with a newline,
 * has at most IDEMFS_LINE_MAX bytes with it, and no byte of it is NUL.
 *
 * Header lines come in the order above.  `since`, the time since the mark
 * before was made, is missing when there was none.  `order` says up to where in
 * the order of all changes the mark reaches.  `command` is the command line of
 * the process that made it.  Two lines are there when `idemfs step` made it:
 * `argv`, the digest of the arguments of COMMAND, each with its NUL, and `ran`,
 * when COMMAND began and ended and its exit status.  Older marks have no `ran`.
 * `learn yes` is there when COMMAND was under `idemfs step --learn`: all that it
 * has read in the mount is told, and the digest in `argv` goes on with the
 * directory that it was run in: "/PATH" from the root, "" for the root.
 * `scope` says whose changes the mark tells: those of the session NAME since the
 * mark before of that session; or, with `scope time`, all since the mark before
 * but those of sessions that were running.  A mark without the line has the
 * latter.  `since` is counted from the mark before of the same scope.
 *
 * NAME, HOST, COMMAND, PATH in lines that begin with '#' are escaped: printable
 * ASCII and UTF-8 as they are, but \\ \n \r \t for a backslash, a newline, a
 * carriage return, a tab, and \xHH for every other byte; a leading space is
 * \x20.  A PATH is relative to the root of the mount, without "./" or "//", and
 * has at most IDEMFS_PATH_MAX bytes before it is escaped.  A DIGEST is XXH3-128
 * in 32 small hexadecimal digits, most significant first.
 *
 * A record says what has become of one path since the mark before, its latest
 * state only.  SEQ, which is never 0, orders records of all marks in time; in
 * one mark they never go down.
 *
 *	# file SEQ SIZE MTIME INODE	a file, written or renamed to here, and
 *	DIGEST  PATH			the digest of its content
 *
 *	# input SEQ SIZE MTIME INODE	a file that was only read; its path may
 *	DIGEST  PATH			begin with '/'
 *
 *	# unread SEQ SIZE MTIME INODE PATH
 *					a file, whose digest is not known
 *	# node SEQ TYPE PATH		something else was made: dir, link, fifo,
 *					socket, block or char
 *	# gone SEQ PATH			removed, or renamed away
 *	# moved SEQ PATH		a directory was renamed, with all that
 *	# to PATH			was in it; comes before the records of
 *					what was there already
 *	# inplace SEQ PATH		written in place: not vouched for
 *
 * What `idemfs step --learn` saw its command read comes behind these, with the
 * seq of the last of them.  It says nothing of what became of a path:
 *
 *	# learned SEQ SIZE MTIME INODE	a file that was read or executed, and
 *	DIGEST  PATH			the digest of what was read
 *	# learned-unread SEQ SIZE MTIME INODE PATH
 *					likewise; the digest is not known
 *	# absent SEQ PATH		looked for, and not there
 *	# listed SEQ COUNT DIGEST PATH	a directory that was listed: of COUNT
 *					names
 *	# linked SEQ DIGEST PATH	a symbolic link that was followed: of
 *					the bytes of its target
 *	# folded SEQ COUNT DIGEST PATH	a directory of which many files were
 *					read: of all COUNT files in it
 *	# self-modified SEQ PATH	read first, and changed by it later
 *	# unlearned SEQ PATH		read, but written in place by others; of
 *					".", more than can be told
 *
 * PATH is "." for the root of the mount.  The DIGEST of `listed` is that of the
 * names in the directory, sorted by their bytes, each with a NUL behind it.
 * Left out are those that a record of the same mark tells of (file, unread,
 * node, gone, inplace, and both paths of moved), and at the root
 * IDEMFS_CHECKPOINTS.  That of `folded` is likewise of all regular files in the
 * directory, with the 16 bytes of the digest of each, most significant first,
 * behind its NUL.
 *
 * After the records come, for people, files that other users had open for
 * writing when the mark was made: it vouches for what was committed before.
 *
 *	# open PATH			one of 64 at most
 *	# opens COUNT			and so many more
 *
 * Then come, likewise, paths that this session and another one have written
 * while both were running.  In NAME, spaces are escaped, too.
 *
 *	# overlap NAME PATH		the other session: one of 64 at most
 *	# overlaps COUNT		and so many more
 *
 * MTIME is SECONDS.NNNNNNNNN.  The line of a DIGEST is one that `xxhsum -c`
 * takes when it is run at the root of the mount:
 *
 *	DIGEST  PATH	the bytes of PATH as they are, when none is a newline;
 *			the file "stdin" is written "./stdin", since xxhsum
 *			would read its standard input
 *	\DIGEST  PATH	when there is a newline: \\ \n \r stand for a backslash,
 *			a newline and a carriage return.  xxhsum takes such
 *			lines from 0.8.2 on, and 0.8.1 passes over them
 *
 * xxhsum fails when there is nothing that it can check.  A manifest without
 * any DIGEST line of the first kind therefore ends its records with
 * IDEMFS_EMPTY_LINE, which says nothing of the tree.
 *
 * A reader passes over lines that begin with "# " and another word, and refuses
 * a number behind "idemfs-mark" that is greater than it knows.
 */
#ifndef IDEMFS_FORMAT_H
#define IDEMFS_FORMAT_H

#define IDEMFS_MARK_FORMAT 1
#define IDEMFS_MARK_HEAD 27	  /* bytes of the first line */
#define IDEMFS_NOTE_MAX (1 << 20) /* bytes of a note */
#define IDEMFS_LINE_MAX 32700	  /* xxhsum stops at 32 KiB */
#define IDEMFS_PATH_MAX 8000
#define IDEMFS_EMPTY_LINE "99aa06d3014798d86001c324468d497f  /dev/null\n"

#endif
