# SPDX-License-Identifier: MIT
"""What the cases of F8 share: is a version promoted, or in quarantine?"""

from mounttest import *


def start():
    """A committed "f", and a peer that writes it anew and over "new" too."""
    write("f", b"old")
    p = Peer()
    return p, p.put("f", b"partial")


def discarded(path="f", content=b"partial", old=b"old", why=None, at=0):
    """Nothing was promoted, and the content is in quarantine."""
    if old is None:
        absent(path)
    else:
        eq(read(path), old, "content of " + path)
    found = wait_until(lambda: partials()[at:], "%s in quarantine" % path)
    eq(len(found), 1, "partials")
    eq(found[0]["path"], path)
    eq(found[0]["content"], content, "content of the partial")
    eq(int(found[0]["size"]), len(content))
    if why:
        check(why in found[0]["why"], "why: %r has no %r" %
              (found[0]["why"], why))
    return found[0]


def promoted(path="f", content=b"partial"):
    eq(read(path), content, "content of " + path)
    no_partial()
