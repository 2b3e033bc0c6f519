# SPDX-License-Identifier: MIT
# about: F5: a version is pending across exec, by the opener and by a child
from mounttest import *

write("f", b"old\n")
script = """exec > f; echo one
exec bash -c 'echo two; echo step >&9; read x <&8; echo three; exec cat <&7'
"""
ask, told = os.pipe(), os.pipe()
data = os.pipe()
pid = os.fork()
if pid == 0:
    # Out of the way first, since the numbers wanted may be among them.
    for i, fd in enumerate((data[0], told[0], ask[1])):
        os.dup2(fd, 20 + i)
    for i in range(3):
        os.dup2(20 + i, 7 + i)
    os.closerange(10, 100)
    os.execvp("bash", ["bash", "-c", script])
os.close(ask[1])
os.close(data[0])
eq(os.read(ask[0], 10), b"step\n")
eq(read("f"), b"old\n")
os.write(told[1], b"go\n")
os.write(data[1], b"four\n")
os.close(data[1])
eq(os.waitpid(pid, 0)[1], 0)
eq(read("f"), b"one\ntwo\nthree\nfour\n")
