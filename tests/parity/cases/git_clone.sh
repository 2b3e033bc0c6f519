# SPDX-License-Identifier: MIT
# about: git clone (local, by file://, shared), fetch, push, pull
# needs: git
# volatile: */index */logs/* */FETCH_HEAD *.pack *.idx *.rev

export GIT_AUTHOR_DATE="2020-01-02 03:04:05 +0000" GIT_COMMITTER_DATE="2020-01-02 03:04:05 +0000"
git config --global user.name tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
git config --global advice.detachedHead false
git config --global gc.auto 0
git init -q repo
cp -R "$SOURCE"/src/core repo/core
git -C repo add .
git -C repo commit -qm first
git clone -q repo local
git clone -q "file://$PWD/repo" packed
git clone -q --bare repo bare.git
git clone -q --shared repo shared
cd packed
git remote add bare ../bare.git
echo more >> core/options/rules.h
git commit -qam second
git push -q bare main
cd ../local
git pull -q ../bare.git main
git log --format='%H %s'
for r in repo local packed shared bare.git; do
	git -C ../$r fsck --strict --no-progress --no-dangling
	git -C ../$r rev-parse main
done
diff -r --exclude .git ../local ../packed
