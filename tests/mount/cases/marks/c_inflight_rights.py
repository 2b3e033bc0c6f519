# SPDX-License-Identifier: MIT
# about: C1: in .checkpoints/.inflight only users who could read the file itself can read it
# needs: root setpriv setfacl
# options: --allow-other
from mounttest import *

VIEW = Path(".checkpoints/.inflight")
USER = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def cat(path, status):
    return run(*USER, "cat", path, status=status, stderr=subprocess.DEVNULL)


os.chmod(".", 0o755)
os.mkdir("closed", 0o700)
os.mkdir("open", 0o755)
w = Peer()
w(os.umask, 0)
fds = [w.put("open/public", b"p"), w.put("closed/hidden", b"h")]
fds.append(w.open("open/secret", TRUNC, 0o600))
w(os.write, fds[-1], b"s")
eq(cat(VIEW / "open/public", 0), "p", "a file for all")
cat(VIEW / "open/secret", 1)
cat(VIEW / "closed/hidden", 1)
eq(stat.S_IMODE(os.stat(VIEW / "open/secret").st_mode), 0o400, "mode")
eq(stat.S_IMODE(os.stat(VIEW / "closed").st_mode), 0o500, "mode of closed")
eq(read(VIEW / "closed/hidden"), b"h", "root reads all")

w(os.fchmod, fds[2], 0o644)
eq(cat(VIEW / "open/secret", 0), "s", "once it is for all")
w(os.fchmod, fds[0], 0o600)
cat(VIEW / "open/public", 1)
run("setfacl", "-m", "u:65534:rx", "closed")
eq(cat(VIEW / "closed/hidden", 0), "h", "an ACL lets him in")
w(os.fchown, fds[0], 65534, 65534)
eq(os.stat(VIEW / "open/public").st_uid, 65534, "owner")
eq(cat(VIEW / "open/public", 0), "p", "his own")
for fd in fds:
    w.close(fd)
