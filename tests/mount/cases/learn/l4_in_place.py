# SPDX-License-Identifier: MIT
# about: L4: what others write in place cannot be learned, and the step is done again
from learning import *

write("quiet.log", b"1")
write("busy.log", b"1")
eq(learn("quiet", "cat quiet.log").learned(), {"learned": {"quiet.log"}})
skips("quiet", "cat quiet.log")
with open("busy.log", "a") as f:
    eq(learn("busy", "cat busy.log").learned(), {"unlearned": {"busy.log"}})
    redone("busy", "cat busy.log")
learn("busy", "cat busy.log")
skips("busy", "cat busy.log")

# Its own log is none of its inputs.
eq(learn("own", "echo 1 > own.log; cat own.log").learned(), {})
