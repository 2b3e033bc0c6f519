# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tools share: messages, packages, builds, counts.  Source it:
#
#	. "$(dirname "$0")/lib/common.sh"
#
# It sets ROOT (the checkout) and BUILD (ROOT/build, which git ignores), and
# changes nothing else until one of its functions is called.

set -u
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$ROOT/build
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
	warn "$@"
	exit 1
}

# --- packages -----------------------------------------------------------------

# What building idemfs takes, what its tests take besides, and what they run
# where it can be had.
PACKAGES_BUILD=(gcc libc6-dev cmake ninja-build pkg-config libfuse3-dev
	libxxhash-dev uthash-dev fuse3)
PACKAGES_TEST=(libcriterion-dev python3 acl attr clang sqlite3 e2fsprogs xxhash
	xfsprogs btrfs-progs)
PACKAGES_RUN=(binutils bzip2 chromium cpio curl ed fish fuse-overlayfs git
	inotify-tools lld make mercurial parallel patch perl python3-plyvel rsync
	shellcheck strace unzip vim-tiny xz-utils zip zsh zstd)
# What tools/bench compares with.
PACKAGES_PEERS=(bindfs mergerfs fuse-overlayfs unionfs-fuse git tar)

installed() {
	[[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Runs a command as root: by sudo for a user, and without a question when
# no one is there to answer it.
as_root() {
	if ((EUID == 0)); then
		"$@"
	elif [[ -t 0 ]]; then
		sudo env DEBIAN_FRONTEND="$DEBIAN_FRONTEND" "$@"
	else
		sudo -n env DEBIAN_FRONTEND="$DEBIAN_FRONTEND" "$@"
	fi
}

can_be_root() {
	((EUID == 0)) && return
	command -v sudo >/dev/null || return
	[[ -t 0 ]] || sudo -n true 2>/dev/null
}

# Installs those of its arguments that are missing; ends the tool when it
# cannot.  Asks the archive for nothing when nothing is missing.
need_packages() {
	local p missing=()

	if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
		warn "this is not Debian or Ubuntu; it takes what these packages hold: $*"
		return
	fi
	for p; do
		installed "$p" || missing+=("$p")
	done
	((${#missing[@]})) || return 0
	can_be_root || die "packages are missing, and installing them takes root;" \
		"run: sudo apt-get install ${missing[*]}"
	say "installing ${missing[*]}"
	apt_install "${missing[@]}" || die "apt-get could not install: ${missing[*]}"
}

# Installs what it can of its arguments; never fails.
want_packages() {
	local p

	command -v apt-get >/dev/null && can_be_root || return 0
	for p; do
		installed "$p" && continue
		apt-cache show "$p" >/dev/null 2>&1 || continue
		apt_install "$p" || warn "$p could not be installed"
	done
}

# A fresh machine may be updating itself: wait for its lock.
apt_install() {
	local log wait='-oDPkg::Lock::Timeout=300'

	log=$(mktemp)
	if { as_root apt-get "$wait" -qq update &&
		as_root apt-get "$wait" -qq -y --no-install-recommends install "$@"; } \
		>"$log" 2>&1 </dev/null; then
		rm -f "$log"
		return 0
	fi
	tail -n 20 "$log" >&2
	rm -f "$log"
	return 1
}

# --- builds -------------------------------------------------------------------

# What build/release is.
RELEASE=(-DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DIDEMFS_TESTS=ON)

# build NAME [CMAKE-OPTION…]: configures and builds into BUILD/NAME; prints the
# end of the log when it fails.
build() {
	local name=$1 dir=$BUILD/$1 log=$BUILD/$1.log
	shift
	mkdir -p "$BUILD" || return
	forget_moved_build "$dir"
	if ! { cmake -S "$ROOT" -B "$dir" -G Ninja "$@" &&
		cmake --build "$dir"; } >"$log" 2>&1 </dev/null; then
		warn "the build '$name' failed; the end of $log:"
		tail -n 40 "$log" >&2
		return 1
	fi
}

# CMake refuses a build folder that was made for another place.
forget_moved_build() {
	local cache=$1/CMakeCache.txt home

	[[ -e $cache ]] || return 0
	home=$(sed -n 's/^CMAKE_HOME_DIRECTORY:INTERNAL=//p' "$cache")
	[[ $home == "$ROOT" ]] || rm -rf "$1"
}

# --- counts -------------------------------------------------------------------

PASSED=0 FAILED=0 SKIPPED=0
FAILURES=()

# count N-passed N-failed N-skipped WHAT
count() {
	((PASSED += $1, FAILED += $2, SKIPPED += $3))
	(($2 == 0)) || FAILURES+=("$4: $2 failed")
}
pass() {
	count 1 0 0 "$*"
	say "  ok    $*"
}
fail() {
	count 0 1 0 "$*"
	say "  FAIL  $*"
}
skip() {
	count 0 0 1 "$*"
	say "  skip  $*"
}

# check WHAT COMMAND…: one test that passes when COMMAND does, and shows what
# COMMAND said when it does not.  77 is a skip; its last line is the reason.
check() {
	local what=$1 out rc=0
	shift
	out=$("$@" 2>&1 </dev/null) || rc=$?
	case $rc in
	0) pass "$what${out:+ ($(tail -n 1 <<<"$out"))}" ;;
	77) skip "$what: $(tail -n 1 <<<"$out")" ;;
	*)
		fail "$what (exit status $rc)"
		tail -n 60 <<<"$out" | sed 's/^/        /'
		;;
	esac
}

# Prints the sum; fails when anything failed or nothing ran.
summary() {
	local f

	for f in "${FAILURES[@]}"; do
		say "failed: $f"
	done
	say "$PASSED passed, $FAILED failed, $SKIPPED skipped"
	((FAILED == 0 && PASSED > 0))
}
