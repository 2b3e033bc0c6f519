# SPDX-License-Identifier: MIT
# about: git init, add, commit, status, diff, mv, rm, stash, merge
# needs: git
# volatile: */.git/index */.git/logs/* */.git/ORIG_HEAD

export GIT_AUTHOR_DATE="2020-01-02 03:04:05 +0000" GIT_COMMITTER_DATE="2020-01-02 03:04:05 +0000"
git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git init -q repo
cd repo
seq 100 > numbers
mkdir d
echo one > d/one
git add .
git commit -qm first
sed -i s/50/fifty/ numbers
git diff --stat
git commit -qam second
git mv d/one two
git rm -q numbers
git status --short
git commit -qm third
git checkout -q -b other HEAD~1
echo change >> d/one
git commit -qam fourth
git checkout -q main
git merge -q --no-edit other
echo more >> two
git stash -q
git status --short
git stash pop -q
git status --short
git log --format='%H %s'
git ls-files -s
git fsck --strict --no-progress
