# SPDX-License-Identifier: MIT
"""Reads the lines at the head of a case that tell the runner what it wants."""

import os
import re
import shutil

DEFAULTS = dict(about="", native="no", mount="yes", backing="", daemon="stays",
                quarantine="none", log="quiet", timeout="120", status="0")
DEFAULTS["as"] = ""
ALLOWED = dict(native=("yes", "no"), mount=("yes", "no", "over"),
               daemon=("stays", "ends"), quarantine=("none", "some"),
               log=("quiet", "errors"))
# What of the contract a case shows: a promise of docs/contract.md or of
# docs/durability.md (F2, C6, D11), several with commas; the command line has
# none there.
PROMISES = re.compile(r"(?:cli|[A-Z]\d+(?:, [A-Z]\d+)*): \S")
# Debian's package of a program, where it is not the program's name.
PACKAGES = {
    "/usr/bin/python3": "python3", "ar": "binutils", "btrfs": "btrfs-progs", "cc": "gcc",
    "debugfs": "e2fsprogs", "diff": "diffutils", "dpkg-deb": "dpkg",
    "e2fsck": "e2fsprogs", "ex": "vim-tiny", "fallocate": "util-linux",
    "flock": "util-linux", "hg": "mercurial", "gcov": "gcc", "getfattr": "attr",
    "inotifywait": "inotify-tools", "jar": "openjdk-17-jdk-headless",
    "java": "openjdk-17-jre-headless", "javac": "openjdk-17-jdk-headless",
    "ld.bfd": "binutils", "ld.gold": "binutils", "ld.lld": "lld",
    "mke2fs": "e2fsprogs", "mkfs.btrfs": "btrfs-progs",
    "mkfs.ext4": "e2fsprogs", "mkfs.xfs": "xfsprogs", "ninja": "ninja-build",
    "node": "nodejs", "resize2fs": "e2fsprogs", "setfacl": "acl",
    "setfattr": "attr", "strip": "binutils", "xz": "xz-utils",
}


def read(path, **more):
    """The header of one case; a word it does not know is an error.

    @more: words that only some runners know, and what they are unless said.
    """
    head = dict(DEFAULTS, options=[], needs=[], **more)
    with open(path, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                break
            key, colon, value = line[1:].strip().partition(":")
            value = value.strip()
            if line.startswith("#!") or not colon or " " in key:
                continue
            if key == "options":
                head["options"].append(value)
            elif isinstance(head.get(key), list):
                head[key] = head[key] + value.split()
            elif key in head:
                head[key] = value
            elif key != "SPDX-License-Identifier":
                raise SystemExit("%s: unknown header '%s'" % (path, key))
    for key, words in ALLOWED.items():
        if head[key] not in words:
            raise SystemExit("%s: '%s: %s' is none of %s" %
                             (path, key, head[key], ", ".join(words)))
    if not head["about"]:
        raise SystemExit("%s: no '# about:' line" % path)
    return head


def check_promises(path, head):
    """Ends the runner when a case does not say what of the contract it shows."""
    if not PROMISES.match(head["about"]):
        raise SystemExit("%s: '# about:' does not begin with what it shows of "
                         "the contract ('F2: ', 'C2, C5: '), or with 'cli: '" %
                         path)


def missing(needs, idemfs):
    """The reason why a case cannot run here, or None."""
    for need in needs:
        if need == "root":
            if os.geteuid() != 0:
                return "needs root"
        elif need == "user":
            if os.geteuid() == 0:
                return "needs an ordinary user"
        elif need.startswith("/"):
            if not os.path.exists(need):
                return "needs %s" % need
        elif need == "plain-build":
            if sanitized(idemfs):
                return "needs a build without sanitizers"
        elif not shutil.which(need):
            return "needs %s, which is not installed (package %s)" % (
                need, PACKAGES.get(need, need))
    return None


def sanitized(program):
    with open(program, "rb") as f:
        data = f.read()
    return b"__asan_init" in data or b"__tsan_init" in data
