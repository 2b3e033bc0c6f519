# SPDX-License-Identifier: MIT
# about: F13: a read through the page cache sees what asynchronous direct I/O has written
# native: yes
# options: --passthrough off
from mounttest import *

SIZE = 1 << 16
ROUNDS = 100
IO_SETUP, IO_DESTROY, IO_GETEVENTS, IO_SUBMIT = 206, 207, 208, 209
PWRITE = 1

ctx = ctypes.c_ulong()
sys_result(libc.syscall(IO_SETUP, 8, ctypes.byref(ctx)))
buf = mmap.mmap(-1, SIZE)
address = ctypes.addressof(ctypes.c_char.from_buffer(buf))


def aio_write(fd, data):
    """As io_submit(2) has it; returns when it is done."""
    buf[:] = data
    iocb = ctypes.create_string_buffer(struct.pack(
        "<QIiHhIQQqQII", 0, 0, 0, PWRITE, 0, fd, address, SIZE, 0, 0, 0, 0))
    one = ctypes.c_void_p(ctypes.addressof(iocb))
    sys_result(libc.syscall(IO_SUBMIT, ctx, 1, ctypes.byref(one)))
    event = ctypes.create_string_buffer(32)
    sys_result(libc.syscall(IO_GETEVENTS, ctx, 1, 1, event, None))
    eq(struct.unpack("<QQqq", event.raw)[2], SIZE, "written")


def read_on(path):
    """Keeps pages of it in the cache, until it is killed."""
    fd = os.open(path, os.O_RDONLY)
    while True:
        for at in range(0, SIZE, 4096):
            os.pread(fd, 4096, at)


def stale(fd):
    data = os.pread(fd, SIZE, 0)
    return sorted(set(data))


for path, flags in (("f.log", os.O_WRONLY), ("f.log", os.O_RDWR)):
    write(path, b"\0" * SIZE)
    readers = []
    for _ in range(2):
        pid = os.fork()
        if not pid:
            read_on(path)
        readers.append(pid)
    fd = os.open(path, flags | os.O_DIRECT)
    reader = os.open(path, os.O_RDONLY)
    for i in range(ROUNDS):
        aio_write(fd, bytes([i % 250 + 1]) * SIZE)
        eq(stale(reader), [i % 250 + 1], "round %d" % i)
    os.close(fd)
    os.close(reader)
    for pid in readers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    eq(sorted(set(read(path))), [(ROUNDS - 1) % 250 + 1], "when all have closed")
