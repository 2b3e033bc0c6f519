/* SPDX-License-Identifier: MIT */
/*
 * quarantine: any bytes are the record of a partial.  What is taken for one leads
 * nowhere outside, and is the same when it is written down and read again; what is
 * not is listed all the same, without a path.
 */
#include "folder.h"

#include "core/quarantine/quarantine.h"

static void check_path(const char *path)
{
	char copy[4096], *rest, *name;

	assert(*path != '/');
	snprintf(copy, sizeof(copy), "%s", path);
	for (name = strtok_r(copy, "/", &rest); name;
	     name = strtok_r(NULL, "/", &rest))
		assert(strcmp(name, "..") && strcmp(name, "."));
}

static void check_again(const struct partial *p)
{
	struct partial q = { 0 };
	char *text = partial_encode(p);

	assert(text && partial_decode(text, strlen(text), &q) == 0);
	assert(!strcmp(q.path, p->path) && !strcmp(q.why, p->why) &&
	       !strcmp(q.command, p->command));
	assert(q.size == p->size && q.pid == p->pid);
	assert(q.time.tv_sec == p->time.tv_sec &&
	       q.began.tv_nsec == p->began.tv_nsec);
	partial_release(&q);
	free(text);
}

static void check_list(int dir, const uint8_t *data, size_t size, bool known)
{
	struct partial_list l;

	folder_write(dir, "7", "x", 1);
	folder_write(dir, "7.txt", data, size);
	folder_write(dir, "last", data, size);
	assert(quarantine_list(dir, &l) == 0);
	assert(l.count == 1 && l.items[0].id == 7);
	assert(known || !*l.items[0].path);
	partial_list_release(&l);
	assert(quarantine_drop(dir, 7) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *st = folder_begin();
	struct partial p = { 0 };
	bool known = partial_decode((const char *)data, size, &p) == 0;

	if (known) {
		check_path(p.path);
		check_again(&p);
		partial_release(&p);
	}
	check_list(st->partial, data, size, known);
	return 0;
}
