# SPDX-License-Identifier: MIT
# about: cli: bash, zsh and fish complete every subcommand, every option of each, marks and values
# needs: bash
import re
import shutil

from mounttest import *

FROM = TESTS.parent.parent / "docs/completions"
os.symlink(IDEMFS, TMP / "idemfs")
os.environ["PATH"] = "%s:%s" % (TMP, os.environ["PATH"])


def bash(*words):
    script = """
        source %s
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _idemfs
        printf '%%s\\n' "${COMPREPLY[@]}"
    """ % (FROM / "idemfs.bash")
    return run("bash", "-c", script, "bash", "idemfs", *words).split()


def fish(*words):
    line = " ".join(("idemfs",) + words)
    got = run("fish", "--no-config", "-c",
              "source %s; complete -C '%s'" % (FROM / "idemfs.fish", line))
    return [x.split("\t")[0] for x in got.splitlines()]


def zsh(*words):
    script = """
        compadd() { shift; print -l -- "$@"; }
        _files() { print -l -- *(N); }
        _command_names() { : }
        words=("$@") CURRENT=$#
        source %s
    """ % (FROM / "_idemfs")
    found = run("zsh", "-f", "-c", script, "zsh", "idemfs", *words).split()
    return [x for x in found if x.startswith(words[-1])]


def help_of(*words):
    return idemfs(*words, "--help")


COMMANDS = re.findall(r"^  ([a-z]+)  ", help_of(), re.M)
check(len(COMMANDS) > 9, COMMANDS)
os.mkdir(".checkpoints/group")
write(".checkpoints/fetch.done", b"")
write(".checkpoints/group/sum.done", b"")
os.mkdir("some-dir")

shells = {f.__name__: f for f in (bash, fish, zsh) if shutil.which(f.__name__)}
for name, complete in shells.items():
    found = complete("")
    for c in COMMANDS:
        check(c in found, "%s: no %s in %s" % (name, c, found))
    eq([x for x in complete("rep") if x.startswith("rep")], ["report"], name)
    for c in COMMANDS:
        want = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+",
                              "\n".join(l[:24] for l in
                                        help_of(c).splitlines()
                                        if re.match("  -", l))))
        check("--help" in want, c)
        found = set(complete(c, "--"))
        eq(found & want, want, "%s: options of %s" % (name, c))
        eq({x for x in found - want if x.startswith("--")}, set(), name)
    for key, least in (("discard-on", 3), ("log-level", 4), ("durability", 3),
                       ("passthrough", 3), ("run-id", 1), ("stale", 2)):
        values = complete("mount", "--" + key, "")
        check(len(values) >= least, "%s: %s: %s" % (name, key, values))
        for v in values:
            idemfs("mount", "--" + key, v, "--help")
    check({"list", "restore", "drop"} <= set(complete("partial", "")), name)
    found = complete("show", str(MNT), "")
    check({"fetch.done", "group/sum.done"} <= set(found),
          "%s: marks: %s" % (name, found))
    check(any("some-dir" in x for x in complete("status", "some")), name)
missing = {"bash", "fish", "zsh"} - set(shells)
if missing:
    skip("completed in %s; not here: %s" %
         (", ".join(shells), ", ".join(sorted(missing))))
