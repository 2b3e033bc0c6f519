/* SPDX-License-Identifier: MIT */
/*
 * recovery: any bytes are what a crash has left in .idemfs/inner, finished and
 * intent, and among the changes.  A mount begins with it, and what its history then
 * has are paths inside the tree.
 * runs: 2000
 */
#include "folder.h"

#include "core/backing/backing.h"
#include "core/changes/file.h"
#include "core/changes/intent.h"
#include "core/core.h"
#include "core/options/options.h"
#include "core/recovery/recovery.h"
#include "core/temp/filesystems.h"

static void on_settled(void *arg, struct version *v, struct dir *dir,
		       const char *name)
{
	(void)arg;
	(void)v;
	(void)dir;
	(void)name;
}

static void on_wait(void *arg)
{
	(void)arg;
}

static void write_intent(int dir, const char *text, size_t size)
{
	static struct intent_slot slot;
	const char *nl = memchr(text, '\n', size);
	size_t n = nl ? (size_t)(nl - text) : size;

	memset(&slot, 0xff, sizeof(slot));
	slot.armed = nl ? 2 : 1;
	memcpy(slot.path[0], text, n);
	slot.path[0][n] = '\0';
	if (nl) {
		memcpy(slot.path[1], nl + 1, size - n - 1);
		slot.path[1][size - n - 1] = '\0';
	}
	folder_write(dir, INTENT_NAME, &slot, sizeof(slot));
}

static int check_path(void *arg, const struct record *r, uint32_t node)
{
	char copy[IDEMFS_PATH_MAX + 1], *rest, *name;

	(void)arg;
	(void)node;
	assert(*r->path != '/');
	strcpy(copy, r->path);
	for (name = strtok_r(copy, "/", &rest); name;
	     name = strtok_r(NULL, "/", &rest))
		assert(strcmp(name, "..") && strcmp(name, "."));
	return 0;
}

static void mount_once(struct state *st)
{
	struct core_spec spec = { .state = st,
				  .root = folder_root,
				  .dir_fds = 64,
				  .hooks = { .settled = on_settled,
					     .wait_begin = on_wait,
					     .wait_end = on_wait } };
	struct recovered rec = { 0 };
	struct options opt;
	struct core *core;

	options_init(&opt);
	opt.cache_ms = 0;
	spec.opt = &opt;
	assert(recovery_run(st, folder_root, NULL, &rec) == 0);
	assert(!rec.finished && !rec.kept);
	assert(core_new(&spec, &core) == 0);
	recovery_tell(core->versions, NULL);
	core_free(core);
	options_release(&opt);
}

static void check_changes(const struct state *st)
{
	int fd = openat(st->dir, CHANGES_NAME, O_RDONLY | O_CLOEXEC);
	struct pathmap *map = pathmap_new();
	struct changes_file_found found;

	assert(fd >= 0 && map);
	assert(changes_file_load(fd, map, &found, NULL) == 0);
	assert(pathmap_each(map, check_path, NULL) == 0);
	pathmap_free(map);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct state *st = folder_begin();
	const char *part;
	size_t n = folder_part(&data, &size, &part);

	if (size > IDEMFS_PATH_MAX)
		return 0;
	mkdirat(folder_root, "d", 0700);
	folder_write(folder_root, "d/f", "x", 1);
	folder_write(st->dir, FILESYSTEMS_NAME, part, n);
	n = folder_part(&data, &size, &part);
	folder_write(st->dir, "finished", part, n);
	write_intent(st->dir, (const char *)data, size);
	unlinkat(st->dir, CHANGES_NAME, 0);
	mount_once(st);
	check_changes(st);
	return 0;
}
