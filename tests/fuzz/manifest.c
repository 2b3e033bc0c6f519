/* SPDX-License-Identifier: MIT */
/*
 * manifest: any bytes are read as a manifest, and what is taken for a record
 * comes back as it was when it is written down again.  Lines are also read
 * without a digest around them: nothing that is made up would have the right
 * one.  The map of paths takes whatever records there are.
 */
#include <assert.h>
#include <string.h>

#include "core/changes/pathmap.h"
#include "core/manifest/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_record(const struct record *r)
{
	static struct record_decoder d;
	static char text[RECORD_MAX];
	ssize_t n = record_encode(r, text);
	struct record back;
	const char *line = text;
	int got = 0;

	assert(n > 0 && n <= RECORD_MAX);
	d.half.kind = RECORD_NONE;
	while (!got && line < text + n) {
		const char *nl = memchr(line, '\n', (size_t)(text + n - line));

		assert(nl && nl - line < IDEMFS_LINE_MAX);
		got = record_decode(&d, line, (size_t)(nl - line), &back);
		line = nl + 1;
	}
	assert(got == 1 && line == text + n);
	assert(back.kind == r->kind && back.seq == r->seq);
	assert(!strcmp(back.path, r->path) && back.count == r->count);
	assert(back.kind != RECORD_MOVED || !strcmp(back.to, r->to));
	assert(!memcmp(&back.digest, &r->digest, sizeof(r->digest)));
}

static int each(void *arg, const struct record *r, uint32_t node)
{
	uint32_t at = 0;

	while (node && pathmap_owner(arg, node, &at))
		assert(r->seq);
	return 0;
}

static void read_lines(const char *text, size_t size)
{
	struct pathmap *map = pathmap_new();
	static struct record_decoder d;
	const char *end = text + size;
	struct record r;

	d.half.kind = RECORD_NONE;
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl ? nl : end) - text);

		if (record_decode(&d, text, n, &r) > 0) {
			check_record(&r);
			assert(pathmap_apply(map, &r, r.seq % 5) == 0);
			assert(pathmap_hashed(map, r.seq, r.st.ino,
					      &r.digest) == 0);
		}
		text += n + (nl != NULL);
	}
	assert(pathmap_each(map, each, map) == 0);
	pathmap_free(map);
}

static int see_overlap(void *arg, const char *session, const char *path,
		       unsigned int more)
{
	(void)arg;
	assert(!session == !path);
	assert(!session || !more);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct manifest_reader *m;
	struct record r;

	read_lines(text, size);
	if (manifest_open_text(text, size, &m) < 0)
		return 0;
	manifest_on_overlap(m, see_overlap, NULL);
	while (manifest_next(m, &r) > 0)
		check_record(&r);
	manifest_close(m);
	return 0;
}
