# SPDX-License-Identifier: MIT
# about: F7: what users make belongs to them from birth: groups, setgid directories, ACLs and set-id bits as ever
# needs: root setfacl
# options: --allow-other
# options: --allow-other --in-place *
# native: yes
from mounttest import *
from users import *

G, H = 4444, 5555


def make_all(where, umask):
    os.umask(umask)
    where = Path(where)
    write(where / "file", b"x")
    os.close(os.open(where / "excl", EXCL, 0o640))
    os.mkdir(where / "dir", 0o777)
    os.mkdir(where / "sticky", 0o1777)
    os.symlink("x", where / "link")
    os.mkfifo(where / "fifo", 0o666)
    os.mknod(where / "node", 0o600 | stat.S_IFREG)
    os.mknod(where / "suid", 0o4755 | stat.S_IFREG)
    s = socket.socket(socket.AF_UNIX)
    s.bind(str(where / "sock"))
    fd = os.open(where, os.O_TMPFILE | os.O_RDWR, 0o600)
    link_fd(fd, where / "tmpfile")
    os.close(fd)


MADE = ("file", "excl", "dir", "sticky", "link", "fifo", "node", "suid", "sock",
        "tmpfile")


def modes(where):
    return [oct(os.lstat(Path(where) / n).st_mode) for n in MADE]


def owners(where, uid, gid):
    for n in MADE:
        st = os.lstat(Path(where) / n)
        eq((n, st.st_uid, st.st_gid), (n, uid, gid))


p = Peer()
p(be, A, H, gid=G)
os.mkdir("plain")
os.mkdir("bygroup")
os.mkdir("setgid")
os.mkdir("acl")
os.chmod("plain", 0o777)
# only a supplementary group allows it
os.chown("bygroup", 0, H)
os.chmod("bygroup", 0o770)
os.chown("setgid", 0, H)
os.chmod("setgid", 0o2775)
os.chmod("acl", 0o777)
run("setfacl", "-d", "-m", "u:%d:rwx,g::r-x,o::---" % (A + 1), "acl")

p(make_all, "plain", 0o022)
owners("plain", A, G)
eq(modes("plain"), ["0o100644", "0o100640", "0o40755", "0o41755", "0o120777",
                    "0o10644", "0o100600", "0o104755", "0o140755", "0o100600"])
p(make_all, "bygroup", 0o077)
owners("bygroup", A, G)
p(make_all, "setgid", 0o002)
owners("setgid", A, H)
eq(oct(os.stat("setgid/dir").st_mode), "0o42775")
p(make_all, "acl", 0o777)
owners("acl", A, G)
eq(modes("acl")[:3], ["0o100660", "0o100640", "0o40770"])
for n in ("file", "dir", "node"):
    check("user:%d:rwx" % (A + 1) in run("getfacl", "-pn", "acl/" + n), n)

# An owner may chgrp to an own group, and to no other.
p(os.chown, "plain/file", -1, H)
raises(errno.EPERM, p, os.chown, "plain/file", -1, 7777)
raises(errno.EPERM, p, os.chown, "plain/file", 0, -1)
# A set-gid bit for a group that the owner is not in is dropped.
os.chown("plain/file", A, 7777)
p(os.chmod, "plain/file", 0o2755)
eq(oct(os.stat("plain/file").st_mode), "0o100755")
# Nothing of all this was root's, and nothing is in the user's way now.
p(run, "rm", "-rf", "plain/dir", "plain/file", "plain/link")
p.exit()
