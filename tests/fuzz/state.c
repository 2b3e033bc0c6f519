/* SPDX-License-Identifier: MIT */
/*
 * state: .idemfs/format and .idemfs/lock hold any bytes.  A command that opens
 * the state directory to look gets a printable line that says what is wrong.  A
 * second mount gets one that names the process of the first.
 */
#include "folder.h"

#include <errno.h>

static void check_line(const struct err *err)
{
	for (const char *p = err->text; *p; p++)
		assert((unsigned char)*p >= ' ' && *p != 0x7f);
	assert(!strstr(err->text, "\xc2\x9b"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *own = folder_begin(), st;
	struct err err = { 0 };
	const char *part;
	size_t n = folder_part(&data, &size, &part);
	int r;

	folder_write(own->dir, "format", part, n);
	folder_write(own->dir, "lock", data, size);
	r = state_open_readonly(folder_root, "/data", &st, &err);
	assert(r == 0 || (r == -EPROTO && err.text[0]));
	if (r == 0)
		state_release(&st);
	check_line(&err);
	err.text[0] = '\0';
	assert(state_open(folder_root, "/data", &st, &err) ==
	       (r == 0 ? -EBUSY : r));
	assert(strstr(err.text, "/data"));
	check_line(&err);
	return 0;
}
