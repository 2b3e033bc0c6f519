/* SPDX-License-Identifier: MIT */
/* idemfs show: the manifest of a mark, also of one with a note. */
#include <fcntl.h>
#include <string.h>

#include "base/sys.h"
#include "base/text.h"
#include "base/util.h"
#include "cli/args/command.h"
#include "cli/mounts/statedir.h"
#include "cli/screen/say.h"
#include "core/manifest/manifest.h"

static int open_mark(const struct statedir *p, const char *mark,
		     struct err *err)
{
	auto_free char *path = NULL;
	int fd = -ENOENT;

	/* A name of the run that is on comes before one of another. */
	if (p->target.run && asprintf(&path, "%s/%s", p->target.run, mark) > 0)
		fd = sys_open_file(p->state.marks, path, O_RDONLY);
	if (fd < 0)
		fd = sys_open_file(p->state.marks, mark, O_RDONLY);
	if (fd >= 0)
		return fd;
	return err_set(err, fd, "%s: no mark \"%s\": %s. See: ls %s", p->dir,
		       mark, strerror(-fd),
		       p->mounted ? ".checkpoints" : STATE_DIR "/marks");
}

/* A character that the end of the buffer cuts in two. */
static size_t cut_off(const char *buf, size_t n)
{
	size_t cut = 0;

	while (cut < 3 && cut + 1 < n && (buf[n - 1 - cut] & 0xc0) == 0x80)
		cut++;
	return (buf[n - 1 - cut] & 0xc0) == 0xc0 ? cut + 1 : 0;
}

/*
 * Bytes @from to @to of @fd; @to -1: to its end.  As they are, for xxhsum and
 * the like; but a terminal is shown what cannot steer it.
 */
static int copy_out(int fd, off_t from, off_t to)
{
	bool shown = isatty(STDOUT_FILENO) == 1;
	char buf[65536];
	ssize_t n = 1;

	while (n > 0 && (to < 0 || from < to)) {
		size_t want = sizeof(buf);

		if (to >= 0 && (off_t)want > to - from)
			want = (size_t)(to - from);
		n = sys_pread_all(fd, buf, want, from);
		if (n == (ssize_t)sizeof(buf) && shown)
			n -= (ssize_t)cut_off(buf, (size_t)n);
		if (n > 0 && shown)
			text_print(stdout, buf, (size_t)n);
		else if (n > 0)
			fwrite(buf, 1, (size_t)n, stdout);
		from += n;
	}
	return n < 0 ? (int)n : 0;
}

/* Reads it all, so that damage is told. */
static int judge(struct manifest_reader *m)
{
	struct record record;
	int r;

	do
		r = manifest_next(m, &record);
	while (r > 0);
	return r;
}

static int show_mark(const struct statedir *p, const char *mark, bool note,
		     struct err *err)
{
	struct manifest_reader *m;
	auto_fd fd = open_mark(p, mark, err);
	int r = fd < 0 ? fd : manifest_open(fd, &m);

	if (fd >= 0 && r < 0)
		return err_set(err, r, "%s: mark \"%s\": %s", p->dir, mark,
			       r == -EPROTO ? "made by a newer idemfs"
					    : "not a manifest, or damaged");
	if (r < 0)
		return r;
	r = note ? copy_out(fd, manifest_size(m), -1)
		 : copy_out(fd, 0, manifest_size(m));
	if (!r && !note && judge(m) < 0)
		r = err_set(err, -EBADMSG,
			    "%s: mark \"%s\": damaged: its digest is wrong. "
			    "Forget it, and run its step again",
			    p->dir, mark);
	/* On stderr, since the manifest alone is what xxhsum reads. */
	if (!r && !note && manifest_head(m)->learn)
		say_error("mark \"%s\": files outside the mount and the "
			  "environment are not learned",
			  mark);
	manifest_close(m);
	return r;
}

struct show_options {
	bool note;
};

static const struct option_row rows[] = {
	{ "note", 'n', OPTION_SWITCH, offsetof(struct show_options, note),
	  .help = "what was written into the mark instead" },
	{ .key = NULL },
};

static int show_main(int argc, char **argv)
{
	const struct command *c = &command_show;
	struct show_options o = { 0 };
	struct err err = { 0 };
	struct statedir p;
	int r, status;

	if (!command_read(c, argc, argv, &o, &status))
		return status;
	if (argc - optind != 2)
		return command_misuse(c, "name a directory and one mark");
	r = statedir_open(argv[optind], &p, &err);
	if (r == 0) {
		r = show_mark(&p, argv[optind + 1], o.note, &err);
		statedir_release(&p);
	}
	if (r < 0)
		say_failure(&err, argv[optind], r);
	status = say_finish();
	return r < 0 ? EXIT_FAILED : status;
}

const struct command command_show = {
	.name = "show",
	.purpose = "print the manifest of a mark",
	.run = show_main,
	.usage =
		"usage: idemfs show [--note] DIR MARK\n"
		"\n"
		"DIR is a mount point, or a directory that was mounted before. A MARK of another\n"
		"run is ID/NAME. Fails when the manifest is damaged. Its file lines are what\n"
		"xxhsum -c checks at the root of the mount.\n",
	.notes =
		"example: idemfs show out fetch.done\n"
		"         idemfs show out fetch.done | (cd out && xxhsum -c)\n",
	.options = { rows },
};
