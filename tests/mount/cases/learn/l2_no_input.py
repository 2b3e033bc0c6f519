# SPDX-License-Identifier: MIT
# about: L2: what a step has made itself is no input, nor is a stat; what it reads first and changes later is named so
from learning import *

for n in ("in", "log", "format", "gone", "moved"):
    write(n, b"1\n")
os.mkdir("out")
os.mkdir("d")
write("d/x", b"1")

EACH = {
    "stat": ("stat in > /dev/null; ls -d in d > /dev/null", {}),
    "temp": ("echo 1 > tmp; cat tmp; rm tmp", {}),
    "kept": ("echo 1 > made; cat made; cat made", {}),
    "mv": ("cat in > t; mv t new; cat new", {"learned": {"in"}}),
    "link": ("ln -sfn in l; cat l", {"learned": {"in"}}),
    "append": ("echo 2 >> log", {"self-modified": {"log"}}),
    "format": ("sed -i s/1/2/ format", {"self-modified": {"format"}}),
    "gone": ("cat gone; rm gone",
             {"self-modified": {"gone"}, "absent": {"gone"}}),
    "moved": ("cat d/x; mv d e",
              {"self-modified": {"d/x"}, "absent": {"d", "d/x"}}),
    "dir": ("mkdir -p new.d; echo 1 > new.d/f; cat new.d/f", {}),
    "marks": ("ls .checkpoints > /dev/null; cat .checkpoints/*", {}),
    "probe": ("cat in/none 2> /dev/null || true", {}),
}
for name, (script, want) in EACH.items():
    eq(learn(name, script).learned(), want, name)

# A step that lists where it writes settles.
LIST = "ls out; echo 1 > out/f; ls out"
eq(learn("list", LIST).learned(), {"listed": {"out"}})
skips("list", LIST)
write("out/other", b"")
redone("list", LIST)
skips("list", LIST)
os.unlink("out/other")
redone("list", LIST)

# What others change while it runs is not told as what it has read.
write("in", b"one")
m = learn("late", "cat in > /dev/null; %s step other -- sh -c 'echo 2 > in'"
          % IDEMFS)
eq(m.learned().get("learned", set()), set())
