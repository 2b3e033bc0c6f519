# SPDX-License-Identifier: MIT
# about: a script removes, moves, reads and fills by name what it holds open

exec 3> t
rm -f t
ls -A
exec 3>&-
exec 3> t
echo one >&3
cat t
wc -c < t
mv t u
echo two >&3
exec 3>&-
cat u
python3 -c '
import subprocess, tempfile
with tempfile.NamedTemporaryFile(dir=".") as f:
    subprocess.run(["sh", "-c", "seq 3 > " + f.name], check=True)
    print(f.read())
'
ls -A
