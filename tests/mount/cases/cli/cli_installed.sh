# SPDX-License-Identifier: MIT
# needs: cmake
# about: cli: cmake --install puts the program, its manual pages and the completions of three shells where they are looked for
# mount: no
. "$TESTS/lib/lib.sh"

build=$(dirname "$HELPERS")
[ -e "$build/cmake_install.cmake" ] || skip "needs the build, not just the program"
cmake --install "$build" --prefix "$TMP/prefix" > "$TMP/out" || fail "$(cat "$TMP/out")"
cd "$TMP/prefix"
eq "$(bin/idemfs --version)" "$("$IDEMFS" --version)"
for file in share/bash-completion/completions/idemfs \
		share/zsh/site-functions/_idemfs \
		share/fish/vendor_completions.d/idemfs.fish \
		include/idemfs/format.h include/idemfs/control.h; do
	[ -s "$file" ] || fail "$file is not there: $(find . -type f)"
done
# The default of share/man may have been changed where it was configured.
for page in idemfs.1 idemfs-step.1; do
	[ -n "$(find . -path "*/man1/$page")" ] || fail "$page: $(find . -type f)"
done
