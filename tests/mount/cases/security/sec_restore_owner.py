# SPDX-License-Identifier: MIT
# about: F11: a partial is restored without set-id bits and capabilities, and by root only where its owner may write, unless the place is named
# needs: root
# options: --allow-other
# quarantine: some
from mounttest import *
from users import *

CAPS = b"\x01\x00\x00\x02\x00\x04\x00\x00" + bytes(12)  # cap_net_bind_service


def killed(path, flags=TRUNC, before=None):
    """The number of what user A leaves of @path."""
    a = Peer()
    a(be, A)
    fd = a.put(path, b"of A", flags)
    if before:
        a(before, fd)
    had = {e["id"] for e in partials()}
    a.kill()
    new = wait_until(lambda: [e for e in partials() if e["id"] not in had],
                     "a partial")
    return new[0]["id"]


def set_uid(fd):
    os.fchmod(fd, 0o6755)


def restore(number, *options):
    got = subprocess.run([IDEMFS, "partial", "restore", *options, MNT,
                          str(number)], stdout=subprocess.PIPE, check=False,
                         stderr=subprocess.STDOUT)
    return got.returncode, got.stdout.decode()


def refused(number, *options):
    code, text = restore(number, *options)
    eq(code, 1, text)
    check("is of user 3333" in text and "--to PATH" in text, text)


def bits(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


# What root has blessed is not what is restored.
os.mkdir("open")
os.chmod("open", 0o777)
for mode, options in ((0o4777, ()), (0o2777, ()), (0o6777, ("--to", "open/f"))):
    write("open/f", b"of root")
    os.chmod("open/f", 0o777)
    number = killed("open/f")
    os.chmod("open/f", mode)
    os.setxattr("open/f", "security.capability", CAPS)
    os.chmod("open/f", mode)
    code, text = restore(number, "--force", *options)
    eq(code, 0, text)
    eq(read("open/f"), b"of A")
    eq(oct(bits("open/f")), "0o777", "over one of %o" % mode)
    raises(errno.ENODATA, os.getxattr, "open/f", "security.capability")
    os.unlink("open/f")
number = killed("open/own", before=set_uid)
eq(restore(number)[0], 0)
eq(oct(bits("open/own")), "0o755", "one that bears them itself")
eq(os.stat("open/own").st_uid, A)

# Into a directory that has become another's.
os.mkdir("taken")
os.chmod("taken", 0o777)
first, second = killed("taken/x"), killed("taken/y")
os.chmod("taken", 0o755)
refused(first)
refused(first, "--force")
eq(names("taken"), [])
code, text = restore(first, "--to", "taken/x")
eq(code, 0, text)
eq(read("taken/x"), b"of A")
os.chmod("taken", 0o757)
eq(restore(second)[0], 0)
eq(os.stat("taken/y").st_uid, A)

# Over a file of another user; but one that A could write is restored as before.
number = killed("open/new")
write("open/new", b"of B")
os.chown("open/new", B, B)
os.chmod("open/new", 0o644)
refused(number, "--force")
eq(read("open/new"), b"of B")
os.chmod("open/new", 0o666)
eq(restore(number, "--force")[0], 0)
eq(read("open/new"), b"of A")
eq(os.stat("open/new").st_uid, B)
number = killed("open/new", UPDATE)
eq(restore(number, "--force")[0], 0)
eq(os.stat("open/new").st_uid, B)
