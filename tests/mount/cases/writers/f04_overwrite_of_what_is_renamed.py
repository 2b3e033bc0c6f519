#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# about: F4: an open never fails with ESTALE when what it came for has another name by then, and the name another file
# options: --threads 1
# options: --threads 2
# options: --threads 8
import os
import time

END = time.monotonic() + 5


def overwrite(flags, size):
    n = 0
    while time.monotonic() < END:
        fd = os.open("a", flags, 0o644)
        os.write(fd, b"x" * size)
        os.close(fd)
        n += 1
    return n


def rename():
    n = 0
    while time.monotonic() < END:
        os.close(os.open("t", os.O_WRONLY | os.O_CREAT, 0o644))
        for old, new in (("a", "b"), ("t", "a")):
            try:
                os.rename(old, new)
            except FileNotFoundError:
                pass  # the others make it
        n += 1
    return n


def read():
    n = 0
    while time.monotonic() < END:
        try:
            with open("a", "rb") as f:
                data = f.read()
        except FileNotFoundError:
            continue
        assert data.strip(b"x") == b"", data
        n += 1
    return n


TRUNC = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
JOBS = [
    lambda: overwrite(TRUNC, 10),
    lambda: overwrite(TRUNC, 5000),
    lambda: overwrite(APPEND, 10),
    rename,
    rename,
    read,
]
children = []
for job in JOBS:
    pid = os.fork()
    if pid == 0:
        try:
            rounds = job()
            os._exit(0 if rounds else 2)
        except BaseException as e:  # noqa: BLE001
            os.write(2, f"{type(e).__name__}: {e}\n".encode())
            os._exit(1)
    children.append(pid)
codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
assert codes == [0] * len(JOBS), codes
