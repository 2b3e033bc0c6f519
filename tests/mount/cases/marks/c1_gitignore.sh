# SPDX-License-Identifier: MIT
# about: C1: git leaves .checkpoints out; what idemfs has there is found by name, not listed
# needs: git
. "$TESTS/lib/lib.sh"
cd "$MNT"
has .checkpoints/.gitignore '*'
eq "$(stat -c '%s %a' .checkpoints/.gitignore)" "2 444"
eq "$(ls -A .checkpoints)" ""
touch .checkpoints/a.done
eq "$(ls -A .checkpoints)" a.done
for name in .gitignore .control .status .status.json .inflight; do
	[ -e ".checkpoints/$name" ] || fail "$name is not found"
	if rm -rf ".checkpoints/$name" 2> "$TMP/err"; then
		fail "$name was removed"
	fi
done
git init -q .
echo x > x
git add -A 2> "$TMP/err" || fail "git add: $(cat "$TMP/err")"
eq "$(git ls-files)" x "what git took"
eq "$(git status --porcelain --untracked-files=all)" "A  x"
rm -rf .git x
