/* SPDX-License-Identifier: MIT */
/*
 * mountinfo: any text is read as the kernel's table of mounts, and as a list of
 * trusted users.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/mounts/trust.h"
#include "mount/mountpoint/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lookup(const char *name, uid_t *ret)
{
	*ret = (uid_t)strlen(name);
	return *name != 'x';
}

static void read_line(char *line)
{
	struct mounted m;

	if (!mountinfo_parse(line, &m))
		return;
	assert(m.what && m.at);
	assert(m.idemfs || m.owner == (uid_t)-1);
	assert(!m.idemfs || !strncmp(m.what, "fuse.idemfs ", 12));
	mounted_clear(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size), *rest = text, *line;

	assert(text);
	assert(!trust_lists(text, (uid_t)-1, lookup));
	while ((line = strsep(&rest, "\n")))
		read_line(line);
	free(text);
	return 0;
}
