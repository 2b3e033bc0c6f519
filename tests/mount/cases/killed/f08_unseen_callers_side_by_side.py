# SPDX-License-Identifier: MIT
# about: F1, F2, F4: callers in PID namespaces that the daemon cannot see do not get in each other's way
# mount: no
# needs: root unshare
import fcntl

from mounttest import *

ROUNDS = 60


def serve(*options):
    daemon = subprocess.Popen(["unshare", "-pf", IDEMFS, "mount", "-f",
                               *options, BACKING, MNT])
    wait_until(lambda: os.path.ismount(MNT), "the mount")
    os.chdir(MNT)
    return daemon


def overwrite_many(name):
    for i in range(ROUNDS):
        data = b"%d of %s" % (i, name.encode())
        write(name, data)
        eq(read(name), data)


def truncate_many(name):
    for i in range(ROUNDS):
        write(name, b"content")
        os.truncate(name, 2)
        eq(read(name), b"co")


def append_many(name):
    for i in range(ROUNDS):
        write(name, b"%d\n" % i, APPEND)


def read_many(name):
    for i in range(ROUNDS):
        check(read(name) in (b"a" * 5000, b"b" * 5000), "a torn file")
        os.stat(name)


def replace_many(name):
    for i in range(ROUNDS):
        write(name, (b"a", b"b")[i % 2] * 5000)


def side_by_side():
    write("busy", b"a" * 5000)
    write("log", b"")
    jobs = [(overwrite_many, "f0"), (overwrite_many, "f1"),
            (truncate_many, "t0"), (truncate_many, "t1"),
            (append_many, "log"), (append_many, "log"),
            (read_many, "busy"), (replace_many, "busy")]
    peers = [Peer() for _ in jobs]
    for p, job in zip(peers, jobs):
        p.send(*job)
    for p in peers:
        p.result()
        p.exit()
    eq(sorted(read("log").split()),
       sorted(2 * [b"%d" % i for i in range(ROUNDS)]), "what was appended")


def one_after_the_other():
    p, q = Peer(), Peer()
    write("f", b"old")
    old = p.open("f", os.O_RDONLY)
    fd = q.put("f", b"longer than it was")
    eq(q(os.fstat, fd).st_size, len(b"longer than it was"))
    eq(read("f"), b"old", "pending")
    q.close(fd)
    eq(read("f"), b"longer than it was")
    eq(p(os.pread, old, 100, 0), b"old", "who opened it before")
    p.close(old)
    write("f", b"!", os.O_RDWR)
    eq(read("f"), b"!onger than it was")
    # A rename over what is pending.
    write("g", b"g")
    fd = q.put("f", b"of f")
    os.rename("g", "f")
    eq(read("f"), b"g")
    q.close(fd)
    # Only the name that was opened is overwritten.
    write("h", b"both")
    os.link("h", "i")
    for name in ("h", "i"):
        eq(read(name), b"both")
    write("h", b"one")
    eq((read("h"), read("i")), (b"one", b"both"))
    os.unlink("i")
    p.exit()
    q.exit()


def mapping_keeps_old():
    write("f", b"old" * 1000)
    with open("f", "rb") as f:
        m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    write("f", b"new")
    eq(m[:], b"old" * 1000, "the mapping")
    eq(read("f"), b"new")


def locks_exclude():
    p = Peer()
    with open("f", "rb") as f:
        fd = p.open("f", os.O_RDONLY)
        write("f", b"next version")
        fcntl.flock(f, fcntl.LOCK_EX)
        raises(errno.EAGAIN, p, fcntl.flock, fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fd = p.open("f", os.O_RDONLY)
        raises(errno.EAGAIN, p, fcntl.flock, fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    p.exit()


for options in ((), ("--passthrough", "off", "--threads", "2")):
    daemon = serve(*options)
    one_after_the_other()
    mapping_keeps_old()
    locks_exclude()
    side_by_side()
    no_partial()
    os.chdir(TMP)
    idemfs("umount", MNT)
    eq(daemon.wait(), 0, "the daemon's status")
