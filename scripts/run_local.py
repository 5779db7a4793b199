"""Run an Azure ML job on this machine: ``azml run`` for those who call it by path."""

import sys

from azml.cli import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
