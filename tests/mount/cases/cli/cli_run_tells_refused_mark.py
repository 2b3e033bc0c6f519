# SPDX-License-Identifier: MIT
# about: cli: idemfs run says at its end which marks were refused, and why, unless they were made after all
# mount: no
# quarantine: some
import re

from mounttest import *

out = TMP / "out"
out.mkdir()


def told(script):
    p = subprocess.run([IDEMFS, "run", "--open-wait", "0.1", out, "--", "bash",
                        "-c", script], stdin=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True, check=False)
    return [x for x in p.stderr.splitlines() if "idemfs:" in x]


lines = told("exec 3> big; echo x >&3; : > .checkpoints/a.done")
eq(len(lines), 1, lines)
check('%s: mark "a.done" not made: ' % out in lines[0] and "big" in lines[0],
      lines[0])
# What an earlier run was told is not told again, nor what was mended.
eq(told("true"), [])
eq(told("exec 3> big; echo x >&3; : > .checkpoints/b.done; exec 3>&-;"
        ": > .checkpoints/b.done"), [])
check((out / ".idemfs/marks/b.done").exists(), "it was made after all")
lines = told("exec 3> big; echo x >&3; for i in 1 2 3; do "
             ": > .checkpoints/c.done; done; : > .checkpoints/d.done")
eq([re.search(r'mark "(.*?)"', x)[1] for x in lines], ["c.done", "d.done"])
