# SPDX-License-Identifier: MIT
# about: F7: a daemon that is not root gives the group of a set-gid directory, and appends to its user's 0200 file
# needs: root fusermount3
# mount: no
from mounttest import *

ME, OTHER = 65534, 3333
os.chmod(TMP, 0o711)
os.chown(BACKING, ME, ME)
os.chown(MNT, ME, ME)
os.mkdir(BACKING / "s")
os.chown(BACKING / "s", ME, OTHER)
os.chmod(BACKING / "s", 0o2775)
(BACKING / "w").write_bytes(b"old\n")
os.chown(BACKING / "w", ME, ME)
os.chmod(BACKING / "w", 0o200)


def as_me(argv):
    run("setpriv", "--reuid", ME, "--regid", ME, "--clear-groups", *argv)


def write_as_me(script):
    """The look through the mount waits until it is in place."""
    as_me(["bash", "-c", "cd '%s' && { %s; } && ls -lR > /dev/null" %
           (MNT, script)])


as_me([IDEMFS, "mount", BACKING, MNT])
try:
    # New, overwritten, appended to: always in the directory's group.
    for script in ("echo a > s/f", "echo b > s/f", "echo c >> s/f",
                   "mkdir s/d; echo d > s/d/g", "umask 077; echo e > s/h"):
        write_as_me(script)
    for name in ("s/f", "s/d", "s/d/g", "s/h"):
        st = os.stat(BACKING / name)
        eq((st.st_uid, st.st_gid), (ME, OTHER), name)
    eq(read(BACKING / "s/f"), b"b\nc\n")
    eq(os.stat(BACKING / "s/h").st_mode & 0o7777, 0o600)
    # What may be written, but not read.
    write_as_me("echo more >> w")
    eq(read(BACKING / "w"), b"old\nmore\n")
    as_me(["dd", "if=/dev/zero", "of=%s/w" % MNT, "bs=1", "count=1", "seek=1",
           "conv=notrunc", "status=none"])
    eq(read(BACKING / "w"), b"o\0d\nmore\n")
    write_as_me("echo new > w")
    eq(read(BACKING / "w"), b"new\n")
    eq(os.stat(BACKING / "w").st_mode & 0o7777, 0o200)
finally:
    as_me([IDEMFS, "umount", MNT])
