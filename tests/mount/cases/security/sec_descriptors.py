# SPDX-License-Identifier: MIT
# about: F9: a user who uses up the daemon's descriptors gets ENFILE; what others have begun is promoted, and marks are made
# mount: no
# options: --cache 60
from mounttest import *
import resource

LIMIT = 600


def limited():
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


for options in ([], ["--in-place", "g*"], ["--passthrough", "off"]):
    run(IDEMFS, "mount", *options, BACKING, MNT, preexec_fn=limited)
    os.chdir(MNT)
    for i in range(30):
        os.makedirs("d%d/sub" % i, exist_ok=True)
    write("f", b"x")
    begun = [Peer() for _ in range(20)]
    fds = [p.put("d%d/sub/begun" % i, b"content %d" % i)
           for i, p in enumerate(begun)]
    held = []
    for open_one in (lambda i: os.open("f", os.O_RDONLY),
                     lambda i: os.open("g%d" % i, TRUNC),
                     lambda i: os.open("g%d" % i, os.O_RDWR | os.O_CREAT)):
        try:
            while len(held) < 3 * LIMIT:
                held.append(open_one(len(held)))
            fail("as many as one likes")
        except OSError as e:
            eq(e.errno, errno.ENFILE)
    check(len(held) > 100, "%d only" % len(held))
    check("higher hard limit than %d" % LIMIT in
          (BACKING / ".idemfs/log").read_text(), "no word in the log")
    # A walk, the end of what was begun, and a mark.
    eq(len(list(os.walk("."))) > 60, True, "directories")
    for i, (p, fd) in enumerate(zip(begun, fds)):
        p.close(fd)
        p.exit()
        eq(os.stat("d%d/sub/begun" % i).st_size, len(b"content %d" % i))
        eq((BACKING / ("d%d/sub/begun" % i)).read_bytes(), b"content %d" % i)
    for fd in held:
        os.close(fd)
    eq(read("f"), b"x")
    write("g1", b"again")
    eq(read("g1"), b"again")
    os.close(os.open(".checkpoints/m", TRUNC))
    eq(status_json()["failed"], 0)
    os.chdir(TMP)
    idemfs("umount", MNT)
    no_partial()
