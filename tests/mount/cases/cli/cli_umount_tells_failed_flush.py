# SPDX-License-Identifier: MIT
# about: cli: umount and run end with 1 and say why when what was put in place could not be flushed at the end
# mount: no
# needs: root mkfs.ext4
# log: errors
from baddisk import *
from mounttest import *

QUIET = ("--sync-interval", "1h")


def ends(*argv, status=1, said):
    p = subprocess.run([IDEMFS, *argv], stdin=subprocess.DEVNULL,
                       stderr=subprocess.PIPE, text=True, check=False)
    eq(p.returncode, status, p.stderr)
    for word in said:
        check(word in p.stderr, "no %r: %s" % (word, p.stderr))


with bad_disk("ext4") as tree:
    idemfs("mount", *QUIET, tree)
    write(tree / "f", bad(8192))
    ends("umount", tree, said=[str(tree), "idemfs log"])
    check(not os.path.ismount(tree), "mounted still")
    # What is there the next mount has not to answer for.
    idemfs("mount", *QUIET, tree)
    os.unlink(tree / "f")
    Path(tree / ".checkpoints/a.done").touch()
    idemfs("umount", tree)

    code = "import sys; open('f', 'wb').write(bytes.fromhex(sys.argv[1]))"
    ends("run", *QUIET, tree, "--", sys.executable, "-c", code,
         bad(8192).hex(), status=125, said=[str(tree), "idemfs log"])
    check(not os.path.ismount(tree), "mounted still")
