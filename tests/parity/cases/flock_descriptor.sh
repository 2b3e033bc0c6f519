# SPDX-License-Identifier: MIT
# about: flock(1) of a descriptor that is open for writing excludes one that opens the file to read
# needs: flock

exec 9> held
flock -n 9 && echo mine
(flock -n held true) || echo not mine
exec 9>&-
flock -n held echo free again
