# SPDX-License-Identifier: MIT
# about: F13: FIFOs, sockets and nodes are made and work
# native: yes
from mounttest import *

os.mkfifo("p", 0o640)
check(stat.S_ISFIFO(os.stat("p").st_mode), "fifo")
peer = Peer()
peer.send(read, "p")
write("p", b"through the pipe", os.O_WRONLY)
eq(peer.result(), b"through the pipe")
raises(errno.ENXIO, os.open, "p", os.O_WRONLY | os.O_NONBLOCK)
raises(errno.EEXIST, os.mkfifo, "p")

s = socket.socket(socket.AF_UNIX)
s.bind("s")
s.listen()
check(stat.S_ISSOCK(os.stat("s").st_mode), "socket")
c = socket.socket(socket.AF_UNIX)
c.connect("s")
t, _ = s.accept()
c.send(b"hello")
eq(t.recv(10), b"hello")
raises(errno.ENXIO, os.open, "s", os.O_RDONLY)

os.mknod("r", stat.S_IFREG | 0o604)
eq(os.stat("r").st_size, 0)
write("r", b"x")
eq(read("r"), b"x")
for n in ("p", "s", "r"):
    os.rename(n, n + "2")
    os.unlink(n + "2")
if os.geteuid() == 0:
    os.mknod("null", stat.S_IFCHR | 0o600, os.makedev(1, 3))
    st = os.stat("null")
    check(stat.S_ISCHR(st.st_mode), "device")
    eq(st.st_rdev, os.makedev(1, 3))
