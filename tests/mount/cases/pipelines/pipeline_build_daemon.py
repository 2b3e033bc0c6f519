# SPDX-License-Identifier: MIT
# about: D1, C2: the pipeline build.sh, killed together with the daemon, ends as undisturbed
# mount: no
# needs: gcc make ar gzip
# quarantine: some
# timeout: 900
from pipeline import killed

killed("build.sh", points=5, daemon=True)
