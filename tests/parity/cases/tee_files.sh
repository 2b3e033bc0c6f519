# SPDX-License-Identifier: MIT
# about: tee into several files, appending, and into a file of a pipe that goes on

seq 20000 | tee a b c > d
cmp a d
seq 10 | tee -a a b > e
seq 20000 | tee >(sha256sum > sum) >(wc -l > lines) | tail -n 1
while [ ! -s sum ] || [ ! -s lines ]; do sleep 0.02; done
cat sum lines
echo x | tee /dev/stderr 2> err > out
echo y | tee -a err out /dev/null
wc -c *
