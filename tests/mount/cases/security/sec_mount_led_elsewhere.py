# SPDX-License-Identifier: MIT
# about: cli: a mount goes on the directory that was looked at, though a link stands at its path by then; else it is refused
# mount: no
# needs: root
from mounttest import *

no_leak_check()

home = TMP / "home"  # a directory of the user who exchanges what is in it
spot, moved, elsewhere = home / "out", home / "moved", TMP / "elsewhere"
data = TMP / "data"


def fresh():
    for d in (home, spot, elsewhere, data):
        d.mkdir()
    (elsewhere / "precious").write_text("as it was")


def gone():
    if spot.is_symlink():
        spot.unlink()
    for d in (elsewhere, data, home):
        run("rm", "-rf", d)


def exchange(path, for_what=elsewhere):
    path.rename(moved)
    path.symlink_to(for_what)


def mount_points():
    with open("/proc/self/mountinfo") as f:
        return [line.split()[4] for line in f if str(TMP) + "/" in line]


def untouched():
    eq(os.listdir(elsewhere), ["precious"], "where the link leads")
    check(str(elsewhere) not in mount_points(), "mounted where the link leads")


# Between the last look and the mount itself: it is on what was opened.
for argv in ([spot], [data, spot]):
    fresh()
    m = Held("mount", IDEMFS, "mount", *argv)
    exchange(spot)
    m.let_go()
    untouched()
    eq(mount_points(), [str(moved)])
    write(moved / "f", b"whole")
    idemfs("umount", moved)
    eq(read((moved if len(argv) == 1 else data) / "f"), b"whole")
    gone()

# Between the first look and the daemon's: refused, and nothing was begun.
for argv, path in (([spot], spot), ([data, spot], spot), ([data, spot], data)):
    fresh()
    m = Held("setsid", IDEMFS, "mount", *argv)
    exchange(path)
    said = m.let_go(1)
    check("link" in said, said)
    untouched()
    eq(mount_points(), [])
    eq(os.listdir(moved), [])
    if path == data:
        data.unlink()
        moved.rename(data)
    gone()

# Something else was mounted there meanwhile: no mount lies on that.
fresh()
m = Held("mount", IDEMFS, "mount", spot)
run("mount", "-t", "tmpfs", "none", spot)
said = m.let_go(1)
check("another directory" in said, said)
eq(mount_points(), [str(spot)], "what is left")
run("umount", spot)
gone()

# The daemon takes away its own mount, not what is found at its path by then.
fresh()
idemfs("mount", spot)
pid = daemon_pid(spot)
home.rename(TMP / "away")
home.symlink_to(elsewhere)
(elsewhere / "out").mkdir()
run("mount", "-t", "tmpfs", "none", elsewhere / "out")
os.kill(pid, signal.SIGTERM)
wait_until(lambda: str(TMP / "away/out") not in mount_points(), "its end")
eq(mount_points(), [str(elsewhere / "out")])
run("umount", elsewhere / "out")
