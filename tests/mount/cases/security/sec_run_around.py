# SPDX-License-Identifier: MIT
# about: cli: COMMAND of idemfs run enters the mount that was made, wherever its path leads by then, or is not run
# mount: no
# needs: root
from mounttest import *

no_leak_check()

home = TMP / "home"
spot, moved, elsewhere = home / "out", home / "moved", TMP / "elsewhere"
SEEN = TMP / "seen"  # the filesystem that COMMAND was in, as it says itself
COMMAND = ("--", "sh", "-c", 'stat -c %%d . > %s; echo x > f' % SEEN)
for d in (home, spot, elsewhere):
    d.mkdir()
bare = {str(os.stat(d).st_dev) for d in (spot, elsewhere)}


def untouched():
    eq(os.listdir(elsewhere), [], "where the link leads")


# Detached just before COMMAND goes to its directory, in whichever way.
for call in ("chdir:%s" % spot, "fchdir"):
    p = subprocess.Popen(
        [HELPERS / "held", call, IDEMFS, "run", spot, *COMMAND],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if p.stdout.readline():
        idemfs("umount", "--lazy", spot)
    said = p.communicate(b"\n")[1].decode()
    check(not SEEN.exists() or SEEN.read_text().strip() not in bare,
          "%s: it ran in the bare directory: %s" % (call, said))
    SEEN.unlink(missing_ok=True)

# Its path leads elsewhere when the mount is made, or just after that.
p = Held("mount", IDEMFS, "run", spot, *COMMAND)
spot.rename(moved)
spot.symlink_to(elsewhere)
said = p.let_go(125)
check(not SEEN.exists(), "COMMAND was run: " + said)
untouched()
spot.unlink()
moved.rename(spot)

# And when it leads to another mount.
with mounted(backing=elsewhere, mnt=elsewhere):
    p = Held("mount", IDEMFS, "run", spot, *COMMAND)
    spot.rename(moved)
    spot.symlink_to(elsewhere)
    said = p.let_go(125)
    check(not SEEN.exists(), "COMMAND was run: " + said)
    absent(elsewhere / "f")
with open("/proc/self/mountinfo") as f:
    check(str(TMP) + "/" not in f.read(), "a mount is left")
