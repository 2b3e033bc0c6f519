/* SPDX-License-Identifier: MIT */
/*
 * status: what a mount tells of itself, as the text of a control file.
 */
#ifndef IDEMFS_MOUNT_CHECKPOINTS_STATUS_H
#define IDEMFS_MOUNT_CHECKPOINTS_STATUS_H

#include <stdio.h>

#include "mount/fs/fs.h"

#define STATUS_LOOK_MS 5000	/* how long it waits for a check of the marks */
#define STATUS_GITIGNORE_SIZE 2 /* bytes of .gitignore, which never changes */

/* The text of control file @number (control_names.h), malloc'ed; or NULL. */
char *status_text(struct fs *fs, unsigned int number, size_t *ret_size);

/* Two of them, which have files of their own. */
void status_people(struct fs *fs, FILE *out);
void status_json(struct fs *fs, FILE *out);

#endif
