# SPDX-License-Identifier: MIT
"""The programs that a tool works with: tools/build makes its own defaults."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent.parent
RELEASE = ROOT / "build/release"


def need(*programs, peers=False):
    """Ends the tool when one of @programs cannot be had."""
    if any(RELEASE in p.parents for p in programs):
        argv = [str(ROOT / "tools/build")] + ["--peers"] * peers
        if subprocess.run(argv, stdout=sys.stderr, check=False).returncode:
            sys.exit(1)
    for p in programs:
        if not os.access(p, os.X_OK):
            sys.exit("%s: %s: no such program" % (Path(sys.argv[0]).name, p))
