# SPDX-License-Identifier: MIT
# about: python3 -m venv, twice, then --clear; the interpreter runs from it
# needs: /usr/bin/python3
# volatile: c/bin/python*

/usr/bin/python3 -m venv --without-pip --symlinks v
/usr/bin/python3 -m venv --without-pip --copies c 2>&1
/usr/bin/python3 -m venv --without-pip --symlinks v
v/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'
cat > v/thing.py <<- 'EOF'
	VALUE = 42
EOF
PYTHONDONTWRITEBYTECODE= v/bin/python -c 'import sys; sys.path.insert(0, "v"); import thing; print(thing.VALUE)'
ls v/__pycache__ | wc -l
rm -r v/__pycache__
/usr/bin/python3 -m venv --without-pip --clear --symlinks v
find v -type l -printf '%P %l\n' | sort
cat v/pyvenv.cfg
