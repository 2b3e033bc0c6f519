# SPDX-License-Identifier: MIT
# about: F8, C2: the pipeline packages.sh, killed at random points and run again, ends as undisturbed
# mount: no
# needs: sqlite3 gzip tar
# quarantine: some
# timeout: 900
from pipeline import killed

killed("packages.sh", points=10)
