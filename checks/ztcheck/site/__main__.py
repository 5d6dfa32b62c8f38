"""`python -m ztcheck.site [PROJECT]`: write the generated pages into the docs folder."""

from __future__ import annotations

import sys
from pathlib import Path

from ztcheck.errors import ZtcheckError
from ztcheck.site.generate import write_generated
from ztcheck.site.model import Site


def main(argv: list[str]) -> int:
    """Write the generated pages of the project in *argv*, by default the current folder."""
    root = Path(argv[0] if argv else ".").resolve()
    try:
        written = write_generated(Site.read(root, root / "docs"))
    except ZtcheckError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{written} files written", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
