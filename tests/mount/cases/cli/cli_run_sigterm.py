# SPDX-License-Identifier: MIT
# about: cli: run told to end by SIGTERM passes it on, and always takes the mount down
# mount: no
# quarantine: some
import signal

from runsignal import *

told_to_end(signal.SIGTERM)
