# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Completion of idemfs for bash.  Subcommands and options are what --help says,
# and what options take is written by tools/check-manual --fix.

_idemfs_commands() {
	idemfs --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

# _idemfs_options COMMAND
_idemfs_options() {
	idemfs "$1" --help 2>/dev/null |
		sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

# _idemfs_values OPTION: the words that an option takes, if they are few
_idemfs_values() {
	case $1 in
	# words: made by tools/check-manual --fix
	--discard-on) echo killed failed crashed never ;;
	--durability) echo none checkpoint close ;;
	--spin) echo auto off ;;
	--passthrough) echo auto off on ;;
	--stale) echo hide warn ;;
	--log-level) echo error warn info debug ;;
	--run-id) echo auto ;;
	# words: end
	esac
}

# _idemfs_takes_path OPTION
_idemfs_takes_path() {
	case $1 in
	# paths: made by tools/check-manual --fix
	-i | --input | -t | --to) return 0 ;;
	# paths: end
	esac
	return 1
}

# _idemfs_marks DIR: the marks there, mounted or not
_idemfs_marks() {
	local at

	for at in "$1/.checkpoints" "$1/.idemfs/marks"; do
		[[ -d $at ]] || continue
		find "$at" -mindepth 1 -name '.*' -prune -o -type f \
			-printf '%P\n' 2>/dev/null
		return
	done
}

# The words between the subcommand and this one that are no options.
_idemfs_plain_words() {
	local i

	for ((i = 2; i < COMP_CWORD; i++)); do
		[[ ${COMP_WORDS[i]} == -* ]] || echo "${COMP_WORDS[i]}"
	done
}

_idemfs() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} values plain

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_idemfs_commands) \
			--help --version" -- "$cur")
		return
	fi
	values=$(_idemfs_values "$prev")
	if [[ $values ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
		return
	fi
	if [[ $cur == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_idemfs_options "$command")" -- "$cur")
		return
	fi
	if _idemfs_takes_path "$prev"; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
	fi
	mapfile -t plain < <(_idemfs_plain_words)
	case $command:${#plain[@]} in
	step:* | session:* | run:[1-9]*)
		mapfile -t COMPREPLY < <(compgen -c -f -- "$cur")
		;;
	partial:0)
		mapfile -t COMPREPLY < <(compgen -W "list restore drop" -- "$cur")
		;;
	show:1 | wait:[1-9]* | verify:[1-9]*)
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_idemfs_marks "${plain[0]}")" -- "$cur")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		;;
	esac
}

complete -o filenames -o nosort -F _idemfs idemfs
