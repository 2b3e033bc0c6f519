/* SPDX-License-Identifier: MIT */
/* All subcommands, in the order of idemfs --help: a line each, and no other. */
#include "cli/args/command.h"

const struct command *const subcommands[] = {
	&command_mount,	  &command_umount,
	&command_run,	  &command_step,
	&command_session, &command_status,
	&command_show,	  &command_log,
	&command_wait,	  &command_verify,
	&command_report,  &command_runs,
	&command_partial, NULL,
};
