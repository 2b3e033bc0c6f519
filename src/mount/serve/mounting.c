/* SPDX-License-Identifier: MIT */
#include "mount/serve/mounting.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/util.h"
#include "mount/kernel/channel.h"
#include "mount/kernel/passthrough.h"
#include "mount/mountpoint/attach.h"
#include "mount/mountpoint/fuse_log.h"
#include "mount/ops/ops.h"

static int add_arg(struct fuse_args *args, const char *option)
{
	return fuse_opt_add_arg(args, "-o") < 0 ||
			       fuse_opt_add_arg(args, option) < 0
		       ? -ENOMEM
		       : 0;
}

/*
 * What may be run and opened is as below.  But where something inside the tree
 * is mounted nosuid or nodev, which does not show here, that would give users
 * other than root more than they have: so they get FUSE's own nosuid and nodev.
 */
static int add_mount_flags(const struct fs *fs, struct fuse_args *args)
{
	bool alone = geteuid() == 0 && !fs->opt->allow_other;
	struct statvfs st;
	int r = 0;

	if (fstatvfs(fs->root, &st) < 0)
		return -errno;
	if (st.f_flag & ST_NOEXEC)
		r = add_arg(args, "noexec");
	if (!r && alone && !(st.f_flag & ST_NOSUID))
		r = add_arg(args, "suid");
	if (!r && alone && !(st.f_flag & ST_NODEV))
		r = add_arg(args, "dev");
	return r;
}

static int fuse_args_for(const struct fs *fs, const char *fuse_opts,
			 struct fuse_args *args)
{
	auto_free char *fsname = NULL;
	int r = fuse_opt_add_arg(args, "idemfs") < 0 ? -ENOMEM : 0;

	if (asprintf(&fsname, "fsname=%s", fs->backing_path) < 0)
		return -ENOMEM;
	for (char *p = fsname; *p; p++)
		if (*p == ',' || *p == '\\')
			*p = '_'; /* fuse would take it for the next option */
	if (!r)
		r = add_arg(args, "default_permissions");
	if (!r)
		r = add_arg(args, fsname);
	if (!r && fs->opt->allow_other)
		r = add_arg(args, "allow_other");
	if (!r)
		r = add_mount_flags(fs, args);
	if (!r && fs->state.fixed)
		r = add_arg(args, "ro");
	if (!r && fuse_opts && fuse_opts[0])
		r = add_arg(args, fuse_opts);
	/* Last, so that it holds: it tells a mount of idemfs from others. */
	if (!r)
		r = add_arg(args, "subtype=idemfs");
	return r;
}

/* On @dir; -1: the mount point is a channel that is open already. */
static int attach_to(struct fs *fs, int dir, const char *fuse_opts,
		     struct mounted *ret)
{
	const char *at = fs->mountpoint;
	bool by_path = geteuid() != 0 ||
		       (fuse_opts && strstr(fuse_opts, "auto_unmount"));

	if (dir < 0)
		return fuse_session_mount(fs->se, at) < 0 ? -EIO : 0;
	return attach(fs->se, dir, by_path, ret);
}

static int refuse_mount(const struct fs *fs, int code, const char *words,
			const char *fuse_opts, struct err *err)
{
	const char *at = fs->mountpoint;

	if (code == -ESTALE)
		return err_set(err, code,
			       "%s: has become another directory while it was "
			       "mounted. See who can rename what is on this "
			       "path, and try again",
			       at);
	if (*words)
		return err_set(err, code, "%s: cannot be mounted: %s", at,
			       words);
	return err_set(err, code, "%s: cannot be mounted (options \"%s\")", at,
		       fuse_opts ? fuse_opts : "");
}

int mounting_begin(struct fs *fs, int dir, const char *fuse_opts,
		   struct mounted *ret, struct err *err)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	int r = fuse_args_for(fs, fuse_opts, &args);
	const char *words;

	fuse_log_begin();
	if (!r) {
		fs->se = fuse_session_new(&args, &mount_ops, sizeof(mount_ops),
					  fs);
		if (!fs->se)
			r = -EINVAL;
	}
	fuse_opt_free_args(&args);
	if (!r)
		r = attach_to(fs, dir, fuse_opts, ret);
	words = fuse_log_end();
	if (!r)
		r = channel_new(fs->se, &fs->channel);
	if (!r)
		r = passthrough_new(fs->channel, fs->opt, fs->root, &fs->pass);
	if (r < 0)
		return refuse_mount(fs, r, words, fuse_opts, err);
	return 0;
}
