# SPDX-License-Identifier: MIT
# about: flock(1) and a lock by descriptor around steps that write and mark
# needs: flock

mkdir -p .checkpoints
flock step.lock -c 'seq 3 > a; touch .checkpoints/a.done'
(
	flock 9
	seq 4 > b
	touch .checkpoints/b.done
) 9> other.lock
exec 8>> third.lock
flock 8
touch .checkpoints/c.done
exec 8>&-
ls .checkpoints *.lock
rm .checkpoints/*.done
