# SPDX-License-Identifier: MIT
# about: D1, C2: the pipeline headers.py, killed together with the daemon, ends as undisturbed
# mount: no
# needs: /usr/include/stdio.h
# quarantine: some
# timeout: 900
from pipeline import killed

killed("headers.py", points=5, daemon=True)
