# SPDX-License-Identifier: MIT
# about: F7: an ACL that is set by an owner who is not in the group takes S_ISGID away
# needs: root setfacl
# options: --allow-other --passthrough off
# options: --allow-other
# native: yes
from mounttest import *
from users import *

GROUP = 4444
let_all_in()


def mode(file):
    return oct(os.stat(file).st_mode & 0o7777)


def prepare(name, bits):
    write(name, b"x")
    os.chown(name, A, GROUP)
    os.chmod(name, bits)


outside, member = Peer(), Peer()
outside(be, A)
member(be, A, GROUP)
SET = ("setfacl", "-m", "u:5555:rwx")

for bits in (0o2755, 0o6775, 0o2640):
    prepare("f", bits)
    outside(run, *SET, "f")
    check("5555" in run("getfacl", "-n", "f"), "no ACL")
    eq(int(mode("f"), 8) & 0o2000, 0, oct(bits))
    prepare("g", bits)
    member(run, *SET, "g")
    eq(int(mode("g"), 8) & 0o2000, 0o2000, oct(bits))
    prepare("h", bits)
    run(*SET, "h")
    eq(int(mode("h"), 8) & 0o2000, 0o2000, oct(bits))
    # Without an ACL it has nothing to say.
    prepare("i", bits)
    outside(run, "setfacl", "-b", "i")
    for name in "fghi":
        os.unlink(name)

# Of what A writes at the moment, too.
prepare("p", 0o2755)
fd = outside.put("p", b"new", os.O_WRONLY | os.O_TRUNC)
outside(run, *SET, "p")
outside.close(fd)
eq(int(mode("p"), 8) & 0o2000, 0)

os.mkdir("d")
os.chown("d", A, GROUP)
os.chmod("d", 0o2775)
outside(run, "setfacl", "-d", "-m", "u:5555:rwx", "d")
eq(mode("d"), "0o2775", "a default ACL leaves the mode alone")
outside(run, *SET, "d")
eq(int(mode("d"), 8) & 0o2000, 0)
outside.exit()
member.exit()
