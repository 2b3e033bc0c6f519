/* SPDX-License-Identifier: MIT */
#include "core/version/placed.h"

#include "core/changes/note.h"
#include "core/digest/digest.h"
#include "core/version/authors.h"
#include "core/version/types.h"

void version_note_promoted(struct version *v, struct dir *dir, const char *name)
{
	struct promoted p = { .writes = &v->writes, .by = version_session(v) };
	struct digest digest;
	int fd = version_promoted_fd(v);

	if (fstat(fd, &p.st) < 0)
		return;
	/*
	 * To wake a thread for a small one takes longer than to read it.  What
	 * was copied may not be what was written once (lost_writes.h).
	 */
	if (stream_digest(&v->stream, p.st.st_size, &digest) ||
	    (v->temp.truncated && digest_cached(fd, p.st.st_size, &digest)))
		p.digest = &digest;
	note_promoted(&v->table->rooms->notes, dir, name, &p);
}
