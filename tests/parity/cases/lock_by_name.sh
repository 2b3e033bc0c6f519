# SPDX-License-Identifier: MIT
# about: locks made by names: ln, mkdir, set -C and a symlink, by several at once

count() {
	read -r n < $1.count
	echo $((n + 1)) > $1.count
}
for how in link dir excl symlink; do
	echo 0 > $how.count
	for i in 1 2 3; do
		for j in $(seq 8); do
			case $how in
			link)
				echo $i > mine.$i
				until ln mine.$i link.lock 2> /dev/null; do sleep 0.005; done
				;;
			dir) until mkdir dir.lock 2> /dev/null; do sleep 0.005; done ;;
			excl) until (set -C; echo $i > excl.lock) 2> /dev/null; do sleep 0.005; done ;;
			symlink) until ln -s $i symlink.lock 2> /dev/null; do sleep 0.005; done ;;
			esac
			count $how
			rm -r $how.lock
		done &
	done
	wait
done
rm mine.*
tail -n 1 *.count
