/* SPDX-License-Identifier: MIT */
/*
 * watch: a live view of a mount, for `idemfs status --watch`.
 *
 * On a terminal it is one screen, drawn anew every second (view.h).  Elsewhere
 * it prints one line for each mark that is made and each failure, and nothing
 * while nothing happens.
 *
 * It keeps no descriptor of the mount open, so that the mount can be unmounted.
 */
#ifndef IDEMFS_CLI_WATCH_WATCH_H
#define IDEMFS_CLI_WATCH_WATCH_H

/* Until the mount is gone (EXIT_DONE) or a signal comes (EXIT_SIGNAL + N). */
int watch(const char *dir);

#endif
