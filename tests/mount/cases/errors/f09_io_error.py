# SPDX-License-Identifier: MIT
# about: F9: bytes that the disk refuses: fsync, the mark or close says so, and the file that is lost is named by no mark
# needs: root mkfs.ext4 plain-build
# mount: no
# quarantine: some
# log: errors
from baddisk import *
from mounttest import *

MARK = Path(".checkpoints/mark.done")


def mark_at_last():
    """Any mark after a failure may be the one that is told of it."""
    with contextlib.suppress(OSError):
        MARK.touch()
        return
    MARK.touch()


with bad_disk("ext4") as tree:
    with mounted("--sync-interval", "1h", backing=tree):
        os.chdir(MNT)
        write("f", b"old")
        MARK.touch()
        # fsync tells the writer; what it failed for is never promoted.
        fd = os.open("f", TRUNC)
        write_all(fd, bad(8192))
        raises(errno.EIO, os.fsync, fd)
        with contextlib.suppress(OSError):
            os.close(fd)
        eq(read("f"), b"old", "after a failed fsync")
        mark_at_last()
        # Without an fsync, the next mark would lie, and is not made.
        write("g", bad(8192))
        raises(errno.EIO, Path(".checkpoints/lie.done").touch)
        absent(".checkpoints/lie.done")
        write("g", b"good")
        mark_at_last()
    idemfs("verify", "--full", tree)
    # Level close: close(2) says so.
    with mounted("--durability", "close", backing=tree):
        os.chdir(MNT)
        write("f", b"newer")
        raises(errno.EIO, write, "f", bad(8192))
        eq(read("f"), b"newer", "after a failed close")
        raises(errno.EIO, write, "new", bad(8192))
        absent("new")
        write("new", b"x")
        mark_at_last()
    idemfs("verify", "--full", tree)
    eq({e["path"] for e in partials(tree)}, {"f", "new"})
    # In the background, with no mark after it: the exit status.
    daemon = subprocess.Popen([IDEMFS, "mount", "-f", tree, MNT],
                              stderr=subprocess.PIPE, text=True)
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    write(MNT / "h", bad(8192))
    idemfs("umount", MNT, status=1)
    said = daemon.communicate()[1]
    eq(daemon.returncode, 1, said)
    check("not on disk" in said, said)
