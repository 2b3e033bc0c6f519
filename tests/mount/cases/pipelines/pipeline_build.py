# SPDX-License-Identifier: MIT
# about: F8, C2: the pipeline build.sh, killed at random points and run again, ends as undisturbed
# mount: no
# needs: gcc make ar gzip
# quarantine: some
# timeout: 900
from pipeline import killed

killed("build.sh", points=6)
