"""`python -m ztcheck`."""

import sys

from ztcheck.cli import main

if __name__ == "__main__":
    sys.exit(main())
