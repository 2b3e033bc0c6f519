# SPDX-License-Identifier: MIT
"""Filesystems to test on: images behind loop devices, RAM, an overlay."""

import ctypes
import os
import stat
import subprocess

CLONE_NEWNS = 0x00020000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MKFS = {
    "ext4": ["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1", "-I", "256"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
    "btrfs": ["mkfs.btrfs", "-q", "-f"],
}


def parse_list(text, known, error):
    names = list(known) if text == "all" else text.split(",")
    for n in names:
        if n not in known:
            error("unknown filesystem '%s': one of %s, or all" %
                  (n, ", ".join(known)))
    if names != ["dir"] and os.geteuid() != 0 and set(names) - {"dir"}:
        error("--fs %s needs root: only 'dir' works without" % text)
    return names


def private_mounts(work):
    """Moves this process into mounts of its own, as far as it may.

    Whatever it and its children mount then goes away with the last of them,
    loop devices included, even after SIGKILL.
    """
    if os.geteuid() != 0:
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS):
        return
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    open_fuse(work)


def open_fuse(work):
    """Lets all users open /dev/fuse, as most machines do, for these mounts."""
    if os.geteuid() != 0 or not os.path.exists("/dev/fuse") or \
            os.stat("/dev/fuse").st_mode & 0o666 == 0o666:
        return
    node = os.path.join(work, "fuse")
    os.mknod(node, stat.S_IFCHR | 0o666, os.stat("/dev/fuse").st_rdev)
    os.chmod(node, 0o666)
    quiet("mount", "--bind", node, "/dev/fuse")


def quiet(*argv):
    """Runs @argv, which must work; what it prints is shown only if not."""
    got = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if got.returncode:
        raise OSError("%s: %s" % (" ".join(argv), got.stdout.decode()))


def mount_image(kind, image, size, where):
    with open(image, "wb") as f:
        f.truncate(size)
    quiet(*MKFS[kind], str(image))
    quiet("mount", "-o", "loop", str(image), str(where))


def mount_new(kind, size, folder):
    """Mounts a new filesystem below @folder; returns (path, mounts made)."""
    os.makedirs(folder, exist_ok=True)
    root = os.path.join(folder, "root")
    os.mkdir(root)
    if kind == "tmpfs":
        quiet("mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", root)
        return root, [root]
    if kind != "overlay":
        mount_image(kind, os.path.join(folder, "image"), size, root)
        return root, [root]
    ram = os.path.join(folder, "ram")
    os.mkdir(ram)
    quiet("mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", ram)
    for d in ("lower", "upper", "work"):
        os.mkdir(os.path.join(ram, d))
    quiet("mount", "-t", "overlay", "overlay", "-o",
          "lowerdir=%s/lower,upperdir=%s/upper,workdir=%s/work" %
          (ram, ram, ram), root)
    return root, [root, ram]


def parse_size(text):
    units = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    return int(text[:-1]) * units[text[-1]]


class Stores:
    """One filesystem for each kind that a run asks for, for all its cases."""

    def __init__(self, work, kinds):
        self.paths = {}
        self.mounts = []
        self.work = str(work)
        self.kinds = kinds

    def __enter__(self):
        try:
            for kind in self.kinds:
                folder = os.path.join(self.work, "fs-" + kind)
                if kind == "dir":
                    os.mkdir(folder)
                    self.paths[kind] = folder
                    continue
                path, made = mount_new(kind, 3 << 30, folder)
                self.mounts += made
                self.paths[kind] = path
            for path in self.paths.values():
                os.chmod(path, 0o755)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for where in self.mounts:
            if subprocess.run(["umount", where], check=False).returncode:
                subprocess.run(["umount", "-l", where], check=False)
        self.mounts = []
