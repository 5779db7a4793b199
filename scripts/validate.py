"""Check Azure ML specs: ``azml validate`` for those who call it by path."""

import sys

from azml.cli import main

if __name__ == "__main__":
    sys.exit(main(["validate", *sys.argv[1:]]))
