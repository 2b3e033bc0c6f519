# SPDX-License-Identifier: MIT
# about: D1, C2: the pipeline packages.sh, killed together with the daemon, ends as undisturbed
# mount: no
# needs: sqlite3 gzip tar
# quarantine: some
# timeout: 900
from pipeline import killed

killed("packages.sh", points=7, daemon=True)
