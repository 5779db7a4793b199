"""Check Azure ML specs: ``python scripts/validate.py [--format text|json|github] [PATH ...]``."""

import sys

from azml.validator.command import main

if __name__ == "__main__":
    sys.exit(main())
