# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Searches dependency files and source for identity packages, hosts and cmdlets that are retired."""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

RETIRED = {
    "ADAL": r"(?<![\w.@/-])(adal|adal-node|adal-angular4?|react-adal|adal4j)(?![\w-])",
    "ADAL for .NET": r"Microsoft\.IdentityModel\.Clients\.ActiveDirectory",
    "AAD Graph": r"graph\.windows\.net|azure-graphrbac|Microsoft\.Azure\.ActiveDirectory\.GraphClient",
    "passport-azure-ad": r"(?<![\w-])passport-azure-ad(?![\w-])",
    "the AzureAD module": r"\b(Connect|Get|New|Set|Remove)-AzureAD\w*|Import-Module\s+['\"]?AzureAD",
    "the MSOnline module": r"\b(Connect|Get|New|Set|Remove)-Msol\w*|Import-Module\s+['\"]?MSOnline",
}
ENDINGS = re.compile(
    r"\.(bicep|cs|csproj|go|gradle|java|jsx?|json|kts?|mod|props|ps1|py|rb|sh|tf|toml|tsx?|txt|xml|ya?ml)",
    re.IGNORECASE,
)
SKIPPED = {".git", "node_modules", ".venv", "venv", "bin", "obj", "dist"}


def retired(folder: Path) -> Iterator[tuple[bool, str]]:
    """Each line that names a retired component; comments count, since a search cannot tell."""
    count = 0
    for parent, folders, files in os.walk(folder, onerror=fail):
        folders[:] = sorted(set(folders) - SKIPPED)
        for file in (Path(parent) / name for name in sorted(files)):
            if not ENDINGS.fullmatch(file.suffix) or file.is_symlink():
                continue
            count += 1
            for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
                for name, pattern in RETIRED.items():
                    if re.search(pattern, line, re.IGNORECASE):
                        yield False, f"{str(file.relative_to(folder))!r}, line {number}: {name}"
    if not count:
        raise ValueError(f"{folder} holds no source")
    yield True, f"{count} files were read"


def fail(error: OSError) -> None:
    """What cannot be read is not passed over."""
    raise error


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    try:
        found = list(retired(arguments.folder))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
