# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What tools/test finds on a machine, what it sets there for the tests and puts
# back, and what a run has left behind.  Sourced by it, after common.sh; uses
# its WORK.

no_fuse() {
	[[ -e /dev/fuse ]] || { echo "/dev/fuse is not there" && return; }
	[[ -w /dev/fuse ]] || { echo "no permission on /dev/fuse" && return; }
	((EUID == 0)) || command -v fusermount3 >/dev/null || {
		echo "fusermount3 is not there"
		return
	}
	return 1
}

# Why a filesystem cannot be tried here, or nothing.
no_filesystem() {
	local kind=$1 dir=$WORK/probe out

	mkdir -p "$dir"
	if [[ $kind == tmpfs ]]; then
		out=$(mount -t tmpfs tmpfs "$dir" 2>&1) || echo "${out##*: }"
	elif ! command -v "mkfs.$kind" >/dev/null; then
		echo "mkfs.$kind is not there"
	else
		truncate -s 400M "$WORK/image"
		out=$(mkfs."$kind" -q "$WORK/image" 2>&1 &&
			mount -o loop "$WORK/image" "$dir" 2>&1) ||
			echo "cannot mount one: $(tail -n 1 <<<"${out##*: }")"
	fi
	! mountpoint -q "$dir" || umount "$dir"
	rm -f "$WORK/image"
}

# --- what the kernel forbids in sticky directories -----------------------------

PROTECTED=(regular fifos hardlinks symlinks)
FOUND_PROTECTED=() # what they were before this tool set them

# protect REGULAR FIFOS HARDLINKS SYMLINKS: sets fs.protected_*.
protect() {
	local -a now

	if ((EUID != 0)) || ! mapfile -t now < <(read_protected) ||
		((${#now[@]} != ${#PROTECTED[@]})); then
		skip "fs.protected_* as $*: they cannot be read or set here"
		return
	fi
	((${#FOUND_PROTECTED[@]})) || FOUND_PROTECTED=("${now[@]}")
	write_protected "$@" ||
		skip "fs.protected_* as $*: they cannot be set here"
}

read_protected() {
	local name

	for name in "${PROTECTED[@]}"; do
		cat "/proc/sys/fs/protected_$name" || return
	done 2>/dev/null
}

write_protected() {
	local name

	for name in "${PROTECTED[@]}"; do
		{ echo "$1" >"/proc/sys/fs/protected_$name"; } 2>/dev/null || return
		shift
	done
}

unprotect() {
	((${#FOUND_PROTECTED[@]} == 0)) || write_protected "${FOUND_PROTECTED[@]}"
}

# --- what is left -------------------------------------------------------------

# Mounts, loop devices, files and processes of this run that are still there.
leftovers() {
	local p exe

	awk -v w="$WORK/" 'index($5, w) == 1 { print "mount " $5 }' \
		/proc/self/mountinfo
	if ((EUID == 0)); then
		losetup -nl -O BACK-FILE 2>/dev/null | grep -F "$WORK/" |
			sed 's/^/loop device of /'
	fi
	find "$WORK" -mindepth 1 -maxdepth 1 ! -name probe ! -name probe.out \
		-printf 'file %p\n'
	# Every process of this run has TMPDIR at or below $WORK.
	for p in /proc/[0-9]*; do
		exe=$(readlink "$p/exe" 2>/dev/null) || continue
		[[ $exe == "$BUILD"/* ]] || continue
		! grep -q -a -F "TMPDIR=$WORK" "$p/environ" 2>/dev/null ||
			echo "process ${p#/proc/} $exe"
	done
	return 0
}

check_leftovers() {
	local left

	left=$(leftovers)
	[[ -z $left ]] && return
	echo "$left"
	return 1
}
