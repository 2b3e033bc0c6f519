# SPDX-License-Identifier: MIT
# about: git gc, repack and prune, with packs that are mapped, and fsck
# needs: git
# volatile: */.git/index */.git/logs/*

export GIT_AUTHOR_DATE="2020-01-02 03:04:05 +0000" GIT_COMMITTER_DATE="2020-01-02 03:04:05 +0000"
git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git config --global pack.threads 1
git init -q repo
cd repo
for i in 1 2 3 4 5; do
	seq $((i * 1000)) > numbers
	echo $i > file$i
	git add .
	git commit -qm "number $i"
done
git count-objects | cut -d, -f1
git gc -q --prune=now
git count-objects -v | grep -v size
git branch old HEAD~2
git pack-refs --all
git reset -q --hard HEAD~1
git reflog expire --expire=now --all
git repack -q -a -d --no-write-bitmap-index
git prune
git gc -q --aggressive --prune=now
git fsck --strict --no-progress
git log --format='%H %s' --all
git cat-file -p HEAD:numbers | sha256sum
find .git -name '*.lock' -o -name 'tmp_*'
