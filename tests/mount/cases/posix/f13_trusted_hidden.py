# SPDX-License-Identifier: MIT
# about: F13: trusted attributes are listed to root alone
# needs: root setpriv
# options: --allow-other
from mounttest import *

write("f", b"f")
os.setxattr("f", "user.mine", b"x")
os.setxattr("f", "trusted.ours", b"x")
eq(sorted(os.listxattr("f")), ["trusted.ours", "user.mine"])
as_user = ("setpriv", "--reuid", "3333", "--regid", "3333", "--clear-groups",
           sys.executable, "-c")
eq(run(*as_user, "import os; print(os.listxattr('f'))"), "['user.mine']\n")
# The size that is asked for is of what is given.
got = run(*as_user, """
import ctypes
libc = ctypes.CDLL(None)
print(libc.listxattr(b"f", None, 0), libc.listxattr(b"f", b" " * 10, 10),
      libc.listxattr(b"f", b" " * 9, 9))
""")
eq(got, "10 10 -1\n")
