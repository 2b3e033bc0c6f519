# SPDX-License-Identifier: MIT
# about: mke2fs fills an image, debugfs changes it, e2fsck and resize2fs are content
# needs: mke2fs debugfs e2fsck resize2fs
# volatile: image

mkdir tree
seq 20000 > tree/numbers
ln -s numbers tree/link
truncate -s 16M image
mke2fs -q -F -t ext4 -d tree -U 12345678-1234-1234-1234-123456789abc image
e2fsck -fp image > log || cat log
debugfs -R 'cat /numbers' image 2> /dev/null | cmp - tree/numbers
echo new > new
debugfs -w -R 'write new new' image 2> /dev/null
debugfs -w -R 'rm link' image 2> /dev/null
debugfs -R 'ls -p /' image 2> /dev/null | cut -d/ -f6 | sort
truncate -s 32M image
resize2fs image > log 2>&1 || cat log
e2fsck -fn image > log 2>&1 || cat log
rm log
stat -c %s image
