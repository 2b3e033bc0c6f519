# SPDX-License-Identifier: MIT
# about: F8: a killed update that wrote nothing leaves nothing in quarantine
from f8 import *

write("f", b"old")
p = Peer()
p.open("f", os.O_RDWR)
p.open("f", os.O_WRONLY | os.O_APPEND)
p.kill()
eq(read("f"), b"old")
no_partial()
