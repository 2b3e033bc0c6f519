# SPDX-License-Identifier: MIT
# about: F3: with passthrough and without, what is pending is in its temp alone
# needs: root
# options: --passthrough on
# options: --passthrough off
from mounttest import *

PASSES = "--passthrough on" in OPTIONS
SIZE = 8 << 20


def big_temps():
    return [f for f in (BACKING / ".idemfs" / "tmp").iterdir()
            if f.stat().st_size == SIZE]


def daemon_wrote():
    """Bytes that the daemon itself has written to files, so far."""
    text = Path("/proc/%d/io" % DAEMON).read_text()
    return int(text.split("wchar: ")[1].split()[0])


state = status_json()["passthrough"]
if PASSES and "does not offer" in state:
    skip("the kernel has no passthrough")
eq(state, "on" if PASSES else "off: --passthrough off")

old, new = pattern(4096, 1), pattern(SIZE, 2)
write("f", old)
reader = os.open("f", os.O_RDONLY)
mapped = mmap.mmap(reader, 4096, prot=mmap.PROT_READ)
before = daemon_wrote()

p = Peer()
for name in ("f", "fresh"):
    fd = p.put(name, new)
    eq([f.read_bytes() for f in big_temps()], [new], "the temp of " + name)
    eq((BACKING / "f").read_bytes(), old if name == "f" else new)
    check(not (BACKING / "fresh").exists(), "there before it is closed")
    eq(read("f"), old if name == "f" else new)
    eq(p(read, name), new, "to the writer himself")
    if name == "fresh":
        absent("fresh")
    p.close(fd)
    eq(read(name), new)
    eq((BACKING / name).read_bytes(), new)
    eq(big_temps(), [])
    eq(os.pread(reader, SIZE, 0), old, "a reader of the old version")
    eq(mapped[:], old, "a mapping of the old version")

through = daemon_wrote() - before
check(through < SIZE if PASSES else through > SIZE,
      "%d bytes went through the daemon" % through)
