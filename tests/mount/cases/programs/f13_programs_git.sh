# SPDX-License-Identifier: MIT
# about: F13: git works in the mount: init, add, commit, branch, gc, clone
# needs: git
# native: yes
# timeout: 300
. "$TESTS/lib/lib.sh"

git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git init -q repo
cd repo
cp /usr/include/std*.h .
git add .
git commit -qm first
seq 1000 > numbers
git add numbers
git commit -qm second
git checkout -q -b other HEAD~1
echo change >> stdio.h
git commit -qam third
git checkout -q main
git merge -q --no-edit other
eq "$(git status --porcelain)" ""
git gc -q
git fsck --strict 2> "$TMP/fsck"
git worktree add -q ../tree HEAD~1
cd ..
git clone -q repo copy
diff -r --exclude .git repo copy
eq "$(git -C copy log --oneline | wc -l)" 4
find . -name '*.lock' | grep . && fail "a lock file is left"
exit 0
