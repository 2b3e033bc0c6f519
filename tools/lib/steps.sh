# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The steps of tools/test, a function step_NAME each, and what they leave out.
# Sourced by it, after running.sh and machine.sh; uses its WORK, FULL and BRIEF.

FILESYSTEMS=(xfs btrfs tmpfs)

# Cases that do not depend on the filesystem below: they ask for the order of
# requests, in long loops, or for the command line.  With a sanitizer they say
# little more when some of each kind have run.
LOOPS='f02_*|f04_loop_*|f08_at_once*|stress*|cli_*|pipeline_*_daemon*|pipeline_headers*|pipeline_pool*'
LOOPS_ASAN='f02_close_then_[!om]*|f04_loop_[!tm]*|f04_xargs*|pipeline_headers*|pipeline_pool*|pipeline_build_daemon*'

step_build() {
	make release "gcc, Release, without a warning" "${RELEASE[@]}"
}

step_checks() {
	check "format" "$ROOT/tools/check-format"
	check "floors" "$ROOT/tools/check-floors"
	check "house" "$ROOT/tools/check-house"
	check "scripts parse" check_scripts
	check "heads of the cases" "$ROOT/tests/mount/run" --check
	check "documents" "$ROOT/tools/check-docs"
	check "manual" "$ROOT/tools/check-manual" "$BUILD/release/idemfs"
}

check_scripts() {
	local f n=0

	while IFS= read -r f; do
		case $(head -n 1 "$f") in
		*python3) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read())' "$f" || return ;;
		*bash) bash -n "$f" || return ;;
		*sh) sh -n "$f" || return ;;
		*) continue ;;
		esac
		((++n))
	done < <(find "$ROOT/tools" "$ROOT/tests" "$ROOT/docs" "$ROOT/.ci" -type f)
	((n > 0)) && echo "$n scripts"
}

step_unit() {
	have_build release "unit tests" || return
	ctest_step release 'unit|fault' "unit tests"
	ctest_step release stress "threaded stress"
}

step_mount() {
	local why

	if why=$(no_fuse); then
		skip "mount tests: $why"
		return
	fi
	if ((EUID == 0)) && [[ -z $(no_filesystem ext4) ]]; then
		protect 2 1 1 1
		mount_step release "mount tests on ext4" --fs ext4
	else
		mount_step release "mount tests"
	fi
}

# Every program on every filesystem takes as long as all else: --full only.
step_parity() {
	local why

	if why=$(no_fuse); then
		skip "parity: $why"
	elif [[ -n $FULL ]] && ((EUID == 0)); then
		cases_step release "parity" "$ROOT/tests/parity/run" --fs all
	else
		# A minute where nothing else runs.
		cases_step release "parity" "$ROOT/tests/parity/run"
	fi
}

step_examples() {
	local why

	if why=$(no_fuse); then
		skip "examples: $why"
		return
	fi
	have_build release "examples" || return
	check "quickstart" "$ROOT/tools/quickstart"
	check "python example" "$ROOT/tools/quickstart" --python
}

# Fails on errors, never on time.
step_bench() {
	local why

	if why=$(no_fuse); then
		skip "bench: $why"
		return
	elif ((EUID != 0)); then
		skip "bench: a filesystem in memory takes root"
		return
	fi
	have_build release "bench" || return
	check "bench" "$ROOT/tools/bench" --quick
}

step_filesystems() {
	local why kind can=()

	if why=$(no_fuse); then
		skip "mount tests on filesystems: $why"
		return
	elif ((EUID != 0)); then
		skip "mount tests on ${FILESYSTEMS[*]}: mounting them takes root"
		return
	fi
	for kind in "${FILESYSTEMS[@]}"; do
		why=$(no_filesystem "$kind")
		if [[ -n $why ]]; then
			skip "mount tests on $kind: $why"
		else
			can+=("$kind")
		fi
	done
	((${#can[@]})) || return 0
	cases_without "$LOOPS"
	say_left_out "$LOOPS" "the same on every filesystem"
	protect 0 0 0 0
	mount_step release "mount tests on ${can[*]}" \
		--fs "$(IFS=,; echo "${can[*]}")" ${BRIEF:+"$BRIEF"} "${CASES[@]}"
}

say_left_out() {
	[[ -n $FULL ]] || say "  left out: ${1//|/, } ($2; tools/test --full)"
}

step_asan() {
	local why

	make asan "gcc, ASan and UBSan" -DCMAKE_C_COMPILER=gcc -DIDEMFS_ASAN=ON ||
		return
	ctest_step asan 'unit|fault' "unit tests under ASan and UBSan"
	if why=$(no_fuse); then
		skip "mount tests under ASan and UBSan: $why"
		return
	fi
	cases_without "$LOOPS_ASAN"
	say_left_out "$LOOPS_ASAN" "others of their kind are run"
	mount_step asan "mount tests under ASan and UBSan" --scale 3 \
		${BRIEF:+"$BRIEF"} "${CASES[@]}"
}

step_tsan() {
	make tsan "gcc, TSan" -DCMAKE_C_COMPILER=gcc -DIDEMFS_TSAN=ON || return
	ctest_step tsan stress "threaded stress under TSan"
}

step_clang() {
	if ! command -v clang >/dev/null; then
		skip "a build with clang: clang is not there"
		return
	fi
	make clang "clang, Release, without a warning" \
		-DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Release
}

step_fuzz() {
	local f

	if ! compgen -G "$ROOT/tests/fuzz/*.c" >/dev/null; then
		skip "fuzzing: there are no targets"
		return
	elif ! echo 'int main(void){return 0;}' | clang -fsanitize=fuzzer-no-link,address \
		-x c -o "$WORK/probe.out" - 2>/dev/null; then
		skip "fuzzing: clang with libFuzzer is not there"
		return
	fi
	make fuzz "clang, libFuzzer" -DCMAKE_C_COMPILER=clang \
		-DIDEMFS_FUZZ=ON -DIDEMFS_ASAN=ON -DIDEMFS_TESTS=OFF || return
	for f in "$ROOT"/tests/fuzz/*.c; do
		f=${f##*/} f=${f%.c}
		mkdir -p "$WORK/corpus"
		check "fuzz $f" fuzz_one "$BUILD/fuzz/tests/fuzz/$f"
		rm -rf "$WORK/corpus"
	done
}

# A fixed number of inputs from a fixed seed, so that two runs do the same; a
# target that works on a directory says how many in its head ("runs: N").  By
# itself libFuzzer ends with 77 when it finds something, which is a skip here.
fuzz_one() {
	local seeds=$ROOT/tests/fuzz/corpus/${1##*/} runs

	[[ -d $seeds ]] || seeds=
	runs=$(sed -n 's/^ \* runs: \([0-9]*\)$/\1/p' "$ROOT/tests/fuzz/${1##*/}.c")
	runs=${runs:-50000}
	(cd "$WORK" && "${FIXED[@]}" "$1" -runs="$runs" -seed=1 -max_len=4096 \
		-verbosity=0 -print_final_stats=0 -error_exitcode=1 \
		"$WORK/corpus" ${seeds:+"$seeds"}) &&
		echo "$runs inputs"
}
