# SPDX-License-Identifier: MIT
# about: F8, C2: the pipeline pool.py, killed at random points and run again, ends as undisturbed
# mount: no
# needs: /etc/services
# quarantine: some
# timeout: 900
from pipeline import killed

killed("pool.py", points=6)
