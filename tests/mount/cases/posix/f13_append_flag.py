# SPDX-License-Identifier: MIT
# about: F13: O_APPEND writes at the end, whatever the offset; it may be turned off
# native: yes
from mounttest import *
import fcntl

write("f", b"0123456789")
fd = os.open("f", os.O_RDWR | os.O_APPEND)
os.lseek(fd, 2, os.SEEK_SET)
os.write(fd, b"ab")
eq(os.lseek(fd, 0, os.SEEK_CUR), 12)
os.pwrite(fd, b"cd", 0)  # Linux appends here too
eq(os.fstat(fd).st_size, 14)
fcntl.fcntl(fd, fcntl.F_SETFL, 0)
os.pwrite(fd, b"X", 0)
os.close(fd)
eq(read("f"), b"X123456789abcd")
a = os.open("f", os.O_WRONLY | os.O_APPEND)
b = os.open("f", os.O_WRONLY | os.O_APPEND)
for i in range(5):
    os.write(a, b"a")
    os.write(b, b"b")
os.close(a)
os.close(b)
eq(read("f"), b"X123456789abcdababababab")
