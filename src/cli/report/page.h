/* SPDX-License-Identifier: MIT */
/*
 * page: writes a report as one page of HTML: facts, a timeline with a bar a
 * step, the steps, the sessions and where they overlap, failures of the log, quarantine, and what each step put in
 * place, up to a bound.
 */
#ifndef IDEMFS_CLI_REPORT_PAGE_H
#define IDEMFS_CLI_REPORT_PAGE_H

#include <stdio.h>

#include "cli/report/data.h"

/* What cannot be written shows in ferror(@out). */
void page_write(const struct report *r, FILE *out);

#endif
