# SPDX-License-Identifier: MIT
# about: L1, L3: a new file that a glob matches, one that is gone, a name that was looked for, and a link that leads elsewhere have a step done again
from learn import *

s = Steps()
os.mkdir("data")
write("data/a.csv", b"1\n")
write("data/c.csv", b"3\n")
DO = ("sh", "-c", "cat data/*.csv > sum")
s.runs("sum.done", *DO)
s.skips("sum.done", *DO)
write("data/b.csv", b"2\n")
s.runs("sum.done", *DO, why="data/ has a new file b.csv")
eq(read("sum"), b"1\n2\n3\n")
s.skips("sum.done", *DO)
os.unlink("data/c.csv")
s.runs("sum.done", *DO, why="data/c.csv is gone")
eq(read("sum"), b"1\n2\n")
s.skips("sum.done", *DO)
write("data/a.csv", b"0\n")
s.runs("sum.done", *DO, why="data/a.csv changed")
os.mkdir("data/d")
s.runs("sum.done", *DO, why="data/ has a new directory d")
s.skips("sum.done", *DO)

# A name that was looked for, and was not there.
LOOK = ("sh", "-c", "for d in local share; do if [ -e $d/conf ]; then "
        "cat $d/conf; break; fi; done > conf")
os.mkdir("share")
write("share/conf", b"shared")
s.runs("conf.done", *LOOK)
s.skips("conf.done", *LOOK)
os.mkdir("local")
write("local/conf", b"mine")
s.runs("conf.done", *LOOK, why="local is new")
eq(read("conf"), b"mine")
s.skips("conf.done", *LOOK)

# A link.
os.mkdir("v1")
os.mkdir("v2")
write("v1/f", b"one")
write("v2/f", b"two")
os.symlink("v1", "now")
LINK = ("sh", "-c", "cat now/f > got")
s.runs("link.done", *LINK)
s.skips("link.done", *LINK)
os.unlink("now")
os.symlink("v2", "now")
s.runs("link.done", *LINK, why="now leads elsewhere")
eq(read("got"), b"two")
s.skips("link.done", *LINK)

page = idemfs("report", MNT)
for words in ("<td>listed", "<td>followed", "<td>read"):
    check(words in page, words)
