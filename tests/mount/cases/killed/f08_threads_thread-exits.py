# SPDX-License-Identifier: MIT
# about: F8: a program of many threads that ends normally is promoted (thread-exits)
# options: --threads 1
# options: --threads 8
from f8 import *

for _ in range(30):
    write("f", b"old")
    run(HELPERS / "threads", "thread-exits", "f", status=0)
    promoted("f", b"content")
