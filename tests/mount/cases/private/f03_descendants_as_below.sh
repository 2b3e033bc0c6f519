# SPDX-License-Identifier: MIT
# about: F3: scripts remove, move, read and fill by name what they hold open
# native: yes
. "$TESTS/lib/lib.sh"

exec 3> t
echo x >&3
rm -f t
[ ! -e t ] || fail "t is there"
exec 3>&-
[ ! -e t ] || fail "t has come back"

exec 3> u
echo one >&3
eq "$(cat u)" one
eq "$(wc -c < u)" 4
mv u v
echo two >&3
exec 3>&-
has v "one
two"
[ ! -e u ] || fail "u is there"

# A file of a parent's that a child fills by name (tempfile, R's system2).
python3 - <<'END'
import os, subprocess, tempfile
with tempfile.NamedTemporaryFile(dir=".", suffix=".out") as f:
    subprocess.run("echo by name > '%s'" % f.name, shell=True, check=True)
    assert open(f.name).read() == "by name\n"
    assert f.read() == b"by name\n"
assert not [n for n in os.listdir(".") if n.endswith(".out")]
with tempfile.NamedTemporaryFile(dir=".", delete=False) as f:
    subprocess.run(["sh", "-c", "echo kept > '%s'" % f.name], check=True)
assert open(f.name).read() == "kept\n"
os.unlink(f.name)
END

# A daemon's pid file and lock, removed by a child as it ends.
(
	exec 9> lock
	flock 9
	trap 'rm -f lock' EXIT
	sh -c 'rm -f lock'
	[ ! -e lock ] || fail "lock is there"
)
[ ! -e lock ] || fail "lock has come back"
sort -n > s << END
2
1
END
(sort -o s s) && has s "1
2"
