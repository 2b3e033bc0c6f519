# SPDX-License-Identifier: MIT
# about: F6: a program that rewrites a file by a temp of its own pays for its bytes once: no rename copies them again
# needs: sed perl rsync inotifywait /proc/self/io
from mounttest import *

SIZE = 8 << 20
SLACK = 1 << 20  # records, listings, what the daemon says
DATA = (b"x" * 1023 + b"\n") * (SIZE // 1024)


def written():
    """Bytes that the daemon has written, copied or sent to a reader so far."""
    with open("/proc/%d/io" % DAEMON) as f:
        return int(dict(line.split(": ") for line in f)["wchar"])


class Watch:
    """Which names come and go in the directory below, and how."""

    def __init__(self):
        self.out = open(TMP / "events", "wb")
        self.child = subprocess.Popen(
            ["inotifywait", "-m", "-e", "create,moved_to,moved_from,delete",
             "--format", "%e %f", str(BACKING / "d")],
            stdout=self.out, stderr=open(TMP / "watching", "wb"))
        wait_until(lambda: b"established" in read(TMP / "watching"), "watch")

    def end(self):
        (BACKING / "d" / "end").touch()
        wait_until(lambda: b" end\n" in read(TMP / "events"), "last event")
        self.child.terminate()
        self.child.wait()
        os.unlink(BACKING / "d" / "end")
        return [line for line in read(TMP / "events").decode().splitlines()
                if not line.endswith(" end")]


def cost(what, fn, most, renames):
    """fn() writes at most @most bytes, and that many names come and go."""
    os.makedirs("d", exist_ok=True)
    write("d/f", DATA)
    os.stat("d/f")  # it is in place
    before, watch = written(), Watch()
    fn()
    events = watch.end()
    bytes_ = written() - before
    print("%-22s %.2f of its bytes, %d names: %s" %
          (what, bytes_ / SIZE, len(events), ", ".join(events)))
    check(bytes_ <= most, "%s: %d bytes written for %d" % (what, bytes_, SIZE))
    check(len(events) <= renames, "%s: %s" % (what, events))
    return bytes_


def replace_open():
    fd = os.open("d/t", EXCL)
    write_all(fd, DATA)
    os.rename("d/t", "d/f")
    os.close(fd)


def replace_closed():
    write("d/t", DATA)
    os.rename("d/t", "d/f")


def append():
    write("d/f", b"more", APPEND)


def update():
    write("d/f", b"more", os.O_WRONLY)


write(TMP / "new", DATA.upper())
once = SIZE + SLACK
and_read = 2 * SIZE + SLACK
# Renamed while it is open: straight to its name; closed first: one more.
cost("renamed while open", replace_open, once, 1)
cost("closed, then renamed", replace_closed, once, 3)
cost("overwritten", lambda: write("d/f", DATA), once, 1)
cost("sed -i", lambda: run("sed", "-i", "s/x/y/", "d/f"),
     and_read, 3)
cost("perl -pi", lambda: run("perl", "-pi", "-e", "s/x/y/", "d/f"),
     and_read, 5)
cost("rsync", lambda: run("rsync", "-I", TMP / "new", "d/f"), once, 3)
cost("mv across", lambda: run("mv", TMP / "new", "d/f"), once, 2)
# An update begins from a copy, by reference where that can be had: once. What is
# appended to a big file needs none.
cost("append", append, SLACK, 1)
copied = cost("update", update, once, 1)
if os.environ["FS"] in ("ext4", "tmpfs"):
    check(copied >= SIZE, "the meter does not see a copy: %d bytes" % copied)
