/* SPDX-License-Identifier: MIT */
/*
 * marked: makes marks of a version table (table.h), and reads them.
 */
#ifndef IDEMFS_TESTS_UNIT_MARKED_H
#define IDEMFS_TESTS_UNIT_MARKED_H

#include "base/util.h"
#include "core/manifest/manifest.h"
#include "core/marks/checkpoint.h"
#include "unit/core/version/table.h"

static inline void make_mark(const char *name)
{
	struct checkpoint c = {
		.dir = backing_marks(b), .name = name, .mode = 0666, .by = we()
	};

	cr_assert_eq(checkpoint_make(t, &c), 0);
}

/* The records of the mark "m", which is made anew, a line each: "KIND PATH". */
static char lines[65536];

static inline void read_mark(void)
{
	static const char *const kinds[] = {
		[RECORD_FILE] = "file",	  [RECORD_UNREAD] = "unread",
		[RECORD_NODE] = "node",	  [RECORD_GONE] = "gone",
		[RECORD_MOVED] = "moved",
	};
	struct manifest_reader *m;
	struct record r;
	auto_fd fd = -1;

	unlinkat(st.marks, "m", 0);
	make_mark("m");
	fd = openat(st.marks, "m", O_RDONLY);
	cr_assert_eq(manifest_open(fd, &m), 0);
	lines[0] = '\0';
	while (manifest_next(m, &r) > 0)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
			 "%s %s\n", kinds[r.kind], r.path);
	manifest_close(m);
}

#endif
