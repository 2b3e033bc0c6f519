# SPDX-License-Identifier: MIT
# about: git worktree, checkout back and forth, clean, rebase, cherry-pick
# needs: git
# volatile: *index *logs/* */gitdir */ORIG_HEAD */REBASE_HEAD

export GIT_AUTHOR_DATE="2020-01-02 03:04:05 +0000" GIT_COMMITTER_DATE="2020-01-02 03:04:05 +0000"
git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git init -q repo
cd repo
for i in 1 2 3; do
	seq $((i * 10)) > f
	echo $i > g$i
	git add .
	git commit -qm "number $i"
done
git worktree add -q ../tree HEAD~1
git worktree add -q -b side ../side HEAD~2
git -C ../side worktree list --porcelain | sed "s|$PWD||"
for i in 1 2 3; do
	git checkout -q HEAD~2
	ls
	git checkout -q main
	ls
done
cd ../side
echo side > s
git add s
git commit -qm side
git rebase -q main
git cherry-pick --allow-empty --keep-redundant-commits HEAD > "$TMP/pick"
touch junk
git clean -fdq
git status --short
git log --format='%H %s'
cd ../repo
git worktree remove ../tree
git fsck --strict --no-progress
