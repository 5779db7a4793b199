"""Run an Azure ML job on this machine: ``python scripts/run_local.py [PIPELINE] [--set KEY=VALUE ...]``."""

import sys

from azml.runner.command import main

if __name__ == "__main__":
    sys.exit(main())
