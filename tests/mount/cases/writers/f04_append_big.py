# SPDX-License-Identifier: MIT
# about: F4: an append to a big file does as a small one: joined, read, updated, truncated, renamed, dropped
# quarantine: some
# options: --passthrough auto
# options: --passthrough off
from mounttest import *

OLD = pattern(9 << 20) + b"odd"


def big(name):
    write(name, OLD)
    return Peer()


# Private until the close; its opener sees it.
p = big("private")
fd = p.put("private", b"tail", APPEND)
eq(os.stat("private").st_size, len(OLD))
eq(p(os.fstat, fd).st_size, len(OLD) + 4)
eq(p(os.stat, "private").st_size, len(OLD) + 4)
eq(read("private"), OLD)
eq(p(read, "private"), OLD + b"tail")
p.close(fd)
eq(read("private"), OLD + b"tail")

# One after another, and not one byte lost; sizes as stat has them.
want = OLD
p = big("often")
for i, n in enumerate((1, 100, 4096, 5000, 1, 3 << 20, 7)):
    more = pattern(n, i)
    p.close(p.put("often", more, APPEND))
    want += more
    eq(os.stat("often").st_size, len(want))
    eq(read("often"), want)

# A reader that has the old one open, or mapped, goes on with it.
p = big("open")
with open("open", "rb") as held:
    area = mmap.mmap(held.fileno(), 0, prot=mmap.PROT_READ)
    p.close(p.put("open", b"tail", APPEND))
    eq(os.fstat(held.fileno()).st_size, len(OLD))
    eq(held.read(), OLD)
    eq(read("open"), OLD + b"tail")
p.close(p.put("open", b"more", APPEND))
eq(area[:], OLD)
eq(read("open"), OLD + b"tailmore")
area.close()

# Two append; one updates; one truncates what it has open itself.
p, q = big("two"), Peer()
a, b = p.put("two", b"one ", APPEND), q.put("two", b"two ", APPEND)
p(os.write, a, b"three ")
p.close(a)
eq(read("two"), OLD)
q.close(b)
eq(read("two"), OLD + b"one two three ")
p = big("update")
a = p.put("update", b"tail", APPEND)
b = q.open("update", os.O_RDWR)
eq(q(os.pread, b, 100, len(OLD) - 3), b"oddtail")
q(os.pwrite, b, b"XYZ", 5)
p(os.write, a, b"!")
p.close(a)
q.close(b)
eq(read("update"), OLD[:5] + b"XYZ" + OLD[8:] + b"tail!")
p = big("cut")
a = p.put("cut", b"tail", APPEND)
p(os.ftruncate, a, len(OLD) + 2)
p(os.write, a, b"!")
p.close(a)
eq(read("cut"), OLD + b"ta!")
p = big("empty")
a = p.put("empty", b"tail", APPEND)
b = p.put("empty", b"new")
p.close(a)
p.close(b)
eq(read("empty"), b"new")

# By descriptor: attributes, fsync, a hole before the tail.
p = big("attr")
a = p.put("attr", b"tail", APPEND)
p(os.fchmod, a, 0o600)
p(os.utime, a, (1000, 2000))
eq(os.stat("attr").st_mode & 0o777 != 0o600, True)
p.close(a)
eq(os.stat("attr").st_mode & 0o777, 0o600)
eq(os.stat("attr").st_mtime, 2000)
eq(read("attr"), OLD + b"tail")
p = big("sync")
a = p.put("sync", b"tail", APPEND)
p(os.fsync, a)
p(os.write, a, b"!")
p.close(a)
eq(read("sync"), OLD + b"tail!")
p = big("hole")
a = p.open("hole", os.O_WRONLY)
p(os.pwrite, a, b"end", len(OLD) + 10000)
p.close(a)
eq(read("hole"), OLD + bytes(10000) + b"end")

# By path, meanwhile: attributes reach it; it moves, goes, or loses.
p = big("by path")
a = p.put("by path", b"tail", APPEND)
os.chmod("by path", 0o640)
p.close(a)
eq(os.stat("by path").st_mode & 0o777, 0o640)
p = big("from")
a = p.put("from", b"tail", APPEND)
os.rename("from", "to")
p(os.write, a, b"!")
p.close(a)
eq(read("to"), OLD + b"tail!")
absent("from")
p = big("gone")
a = p.put("gone", b"tail", APPEND)
os.unlink("gone")
p(os.write, a, b"!")
p.close(a)
absent("gone")
p = big("lost")
a = p.put("lost", b"tail", APPEND)
write("lost", b"new")
p.close(a)
eq(read("lost"), OLD + b"tail", "the last close wins")

# Another name keeps the old content.
p = big("linked")
os.link("linked", "other")
p.close(p.put("linked", b"tail", APPEND))
eq(read("linked"), OLD + b"tail")
eq(read("other"), OLD)

# A killed appender: the file is as it was, and the partial is whole.
before = os.stat("other")
p = Peer()
p.put("other", b"half a li", APPEND)
p.kill()
wait_until(partials, "a partial in quarantine")
one_partial("other", OLD + b"half a li")
eq(read("other"), OLD)
eq(os.stat("other").st_mtime_ns, before.st_mtime_ns)
Path(".checkpoints/all.done").touch()
run(IDEMFS, "verify", "--full", MNT)
