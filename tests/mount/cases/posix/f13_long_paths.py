# SPDX-License-Identifier: MIT
# about: F13: paths of 4,095 bytes work for everything, 4,096 are ENAMETOOLONG, and what lies deeper is reached from there
# native: yes
from mounttest import *

NAME = "n" * 255
dirs = "/".join([NAME] * 15)  # 3,839 bytes
longest = dirs + "/" + NAME
eq(len(longest), 4095)

os.makedirs(dirs)
write(longest, b"old")
write(longest, b"new")
write(longest, b"+", APPEND)
eq(read(longest), b"new+")
eq(os.stat(longest).st_size, 4)
os.chmod(longest, 0o600)
os.setxattr(longest, "user.a", b"1")
os.truncate(longest, 3)
os.rename(longest, "short")
os.rename("short", longest)
os.link(longest, "linked")
os.unlink("linked")
for call, args in ((os.stat, ()), (os.open, (TRUNC,)), (os.mkdir, ()),
                   (os.unlink, ()), (os.truncate, (0,))):
    raises(errno.ENAMETOOLONG, call, "./" + longest[:-1], *args)
    raises(errno.ENAMETOOLONG, call, longest + "x", *args)
raises(errno.ENAMETOOLONG, os.symlink, "x" * 4096, "too-long")

# Deeper than any path can say.
here = os.open(dirs, os.O_RDONLY | os.O_DIRECTORY)
for _ in range(8):
    os.mkdir("d" * 255, dir_fd=here)
    deeper = os.open("d" * 255, os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
    os.close(here)
    here = deeper
for content in (b"old", b"new"):
    fd = os.open("f", TRUNC, 0o644, dir_fd=here)
    os.write(fd, content)
    os.close(fd)
fd = os.open("f", os.O_WRONLY | os.O_APPEND, dir_fd=here)
os.write(fd, b"+")
os.close(fd)
fd = os.open("f", os.O_RDONLY, dir_fd=here)
eq(os.read(fd, 10), b"new+")
os.close(fd)
os.rename("f", "g", src_dir_fd=here, dst_dir_fd=here)
fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
eq(os.listdir(fd), ["g"])
os.close(fd)
if not NATIVE:
    os.close(os.open(".checkpoints/deep", TRUNC))
    check(longest.encode() in read(".checkpoints/deep"),
          "the mark does not tell of the longest path")
os.close(here)
run("rm", "-rf", NAME)
absent(NAME)
