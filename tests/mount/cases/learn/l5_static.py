# SPDX-License-Identifier: MIT
# about: L5: a static program, and a program that uses no libc call, is seen to read; what the kernel has cached hides nothing
# needs: gcc
from learn import *

write(TMP / "r.c", b"""
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
int main(int argc, char **argv)
{
	int fd = open(argv[1], O_RDONLY);
	char *p = mmap(0, 4, PROT_READ, MAP_PRIVATE, fd, 0);
	return fd < 0 || write(1, p, 4) != 4 || access(argv[2], F_OK) == 0;
}
""")
run("gcc", "-static", "-o", TMP / "r", TMP / "r.c")
s = Steps()
write("in", b"one\n")
DO = ("sh", "-c", "%s in lib/none > out" % (TMP / "r"))
os.mkdir("lib")
for _ in range(3):     # it is all in the kernel's caches
    read("in")
    absent("lib/none")
    os.listdir("lib")
s.runs("a.done", *DO)
eq(read("out"), b"one\n")
s.skips("a.done", *DO)
m = Manifest("a.done")
eq(m.of["in"].kind, "learned")
eq(m.of["lib/none"].kind, "absent")
write("in", b"two\n")
s.runs("a.done", *DO, why="in changed")
write("lib/none", b"")
s.step("a.done", *DO, status=1)
