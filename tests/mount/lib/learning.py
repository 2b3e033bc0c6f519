# SPDX-License-Identifier: MIT
"""What cases of steps that learn share: from learning import *

    learn("a", "cat f")    a step that learns has run this script: its Manifest
    skips("a", "cat f")    the step has nothing to do; redone(...): it has
"""

from manifest import *


def step(name, script):
    got = subprocess.run([IDEMFS, "step", "--learn", name, "--", "bash", "-c",
                          script], cwd=MNT, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         check=False)
    eq(got.returncode, 0, "%s: %s" % (script, got.stderr.decode()))
    return got


def learn(name, script):
    step(name, script)
    return Manifest(name)


def skips(name, script):
    check(b"skipped" in step(name, script).stderr, "%s is redone" % name)


def redone(name, script):
    check(b"skipped" not in step(name, script).stderr, "%s is skipped" % name)
