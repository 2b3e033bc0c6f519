# SPDX-License-Identifier: MIT
# about: S1, S2: a session is one of the mount that it was begun in; in another one its process is in none
# mount: no
from manifest import *

a, b = TMP / "a", TMP / "b"
for d in (a, b):
    d.mkdir()
with mounted(backing=a, mnt=a), mounted(backing=b, mnt=b):
    idemfs("session", "--name", "of a", a, "--", "sh", "-c",
           "echo 1 > %s/f; echo 2 > %s/g; touch %s/.checkpoints/m; "
           "touch %s/.checkpoints/m" % (a, b, b, a))
    (ended,) = status_json(a)["sessions"]
    eq((ended["name"], ended["files"], ended["status"]), ("of a", 1, 0))
    eq(status_json(b)["sessions"], [])
    for mnt, scope, name in ((a, "session of a", "f"), (b, "time", "g")):
        text = read(mnt / ".checkpoints/m").decode()
        check("\n# scope %s\n" % scope in text, text)
        check(text.count("\n# file ") == 1 and "  %s\n" % name in text, text)
