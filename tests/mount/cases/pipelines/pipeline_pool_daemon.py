# SPDX-License-Identifier: MIT
# about: D1, C2: the pipeline pool.py, killed together with the daemon, ends as undisturbed
# mount: no
# needs: /etc/services
# quarantine: some
# timeout: 900
from pipeline import killed

killed("pool.py", points=5, daemon=True)
