# SPDX-License-Identifier: MIT
# about: F8, C2: the pipeline headers.py, killed at random points and run again, ends as undisturbed
# mount: no
# needs: /usr/include/stdio.h
# quarantine: some
# timeout: 900
from pipeline import killed

killed("headers.py", points=6)
