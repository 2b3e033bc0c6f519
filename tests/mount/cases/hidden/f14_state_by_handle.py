# SPDX-License-Identifier: MIT
# about: F14: file handles and descriptors do not lead into the state directory
# needs: root
from mounttest import *

handle = ctypes.create_string_buffer(struct.pack("=Ii", 128, 0) + b"\0" * 128)
mount_id = ctypes.c_int()
got = libc.name_to_handle_at(AT_FDCWD, b".idemfs", handle,
                             ctypes.byref(mount_id), 0)
eq((got, ctypes.get_errno()), (-1, errno.ENOENT))
d = os.open("/", os.O_RDONLY)
root = os.open(".", os.O_RDONLY)
for fd in (d, root):
    name = ".idemfs" if fd == root else str(MNT)[1:] + "/.idemfs"
    raises(errno.ENOENT, os.open, name, os.O_RDONLY, dir_fd=fd)
    raises(errno.ENOENT, os.stat, name, dir_fd=fd)
run("mount", "--bind", MNT, TMP, status=0)
try:
    raises(errno.ENOENT, os.stat, TMP / ".idemfs")
    raises(errno.ENOENT, os.listdir, TMP / ".idemfs/tmp")
finally:
    run("umount", TMP)
