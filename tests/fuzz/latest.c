/* SPDX-License-Identifier: MIT */
/*
 * latest: any records are what two marks and a forgotten one told, and any
 * bytes are what has changed since: all are read as one, by verify, by report and
 * by a mount that judges its marks.  Forgotten ones can be put together.
 * runs: 10000
 */
#include "folder.h"

#include "core/changes/file.h"
#include "core/manifest/latest.h"
#include "core/manifest/manifest.h"
#include "core/manifest/retired.h"

/* The records among the lines at @text, as a manifest. */
static void write_manifest(int dir, const char *name, const char *text,
			   size_t size)
{
	struct manifest_head head = { .name = (char *)"m",
				      .host = (char *)"h",
				      .command = (char *)"c",
				      .since = { .tv_sec = -1 } };
	int fd =
		openat(dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	static struct record_decoder d;
	struct manifest_writer *w;
	const char *end = text + size;
	struct record r;
	off_t length;

	d.half.kind = RECORD_NONE;
	assert(fd >= 0 && manifest_create(fd, &head, &w) == 0);
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		if (record_decode(&d, text, n, &r) > 0)
			assert(manifest_put(w, &r) == 0);
		text += n + (nl != NULL);
	}
	assert(manifest_finish(w, &length) == 0);
	close(fd);
}

static int count(void *arg, const struct record *r, uint32_t node)
{
	uint64_t *last = arg;

	(void)node;
	assert(r->seq >= *last && r->path);
	*last = r->seq;
	return 0;
}

static void read_all(const struct state *st)
{
	struct latest c = { 0 };
	uint64_t last = 0;

	assert(latest_read(st, folder_root, &c) == 0);
	assert(c.count == 2 && latest_find(&c, "a"));
	assert(!c.marks[0].code && !c.marks[1].code);
	assert(pathmap_each(c.map, count, &last) == 0);
	latest_release(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *st = folder_begin();
	const char *part;
	size_t n = folder_part(&data, &size, &part);

	if (mkdirat(st->dir, RETIRED_DIR, 0700) < 0)
		assert(faccessat(st->dir, RETIRED_DIR, F_OK, 0) == 0);
	write_manifest(st->marks, "a", part, n);
	n = folder_part(&data, &size, &part);
	write_manifest(st->marks, "b", part, n);
	n = folder_part(&data, &size, &part);
	write_manifest(st->dir, RETIRED_DIR "/1", part, n);
	folder_write(st->dir, CHANGES_NAME, data, size);
	read_all(st);
	folder_write(st->dir, RETIRED_DIR "/2", part, n); /* damaged */
	read_all(st);
	assert(unlinkat(st->dir, RETIRED_DIR "/2", 0) == 0);
	return 0;
}
