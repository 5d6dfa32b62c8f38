# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Scans the files and the history of a Git repository for secrets and prints what it finds masked."""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

KINDS = {
    "client secret of Microsoft Entra ID": r"(?<![\w.~-])[\w.~-]{3}[78]Q~[\w.~-]{31,34}(?![\w.~-])",
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?-----",
    "account key": r"AccountKey=[A-Za-z0-9+/]{86}==",
    "shared access key": r"SharedAccessKey=[A-Za-z0-9+/]{43}=",
    "token of GitHub": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b",
    "JSON Web Token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
    "shared access signature": r"[?&]sig=[A-Za-z0-9%/+]{43,}",
    "password in an address": r"(?i)\b[a-z]+://[^\s:/@]+:[^\s:/@]{8,}@[\w.-]+",
}


def lines(folder: Path) -> Iterator[tuple[str, str]]:
    """Where it stands and text of every line that is in the work tree or came with a commit, messages included."""
    git = ("git", "-C", str(folder), "-c", "core.fsmonitor=false")  # a program that the repository could name
    shallow = subprocess.run([*git, "rev-parse", "--is-shallow-repository"], capture_output=True, check=True).stdout
    if shallow.strip() != b"false":
        raise ValueError("the clone is shallow: it does not hold the history")
    names = subprocess.run(
        [*git, "ls-files", "-z", "-co", "--exclude-standard"], capture_output=True, check=True
    ).stdout
    for name in sorted(os.fsdecode(names).split("\0")):
        if (folder / name).is_file() and not (folder / name).is_symlink():
            for number, line in enumerate((folder / name).read_text(errors="replace").splitlines(), 1):
                yield f"{name}:{number}", line
    log = [*git, "log", "--all", "-p", "-U0", "-m", "--format=commit %h%n%w(0,1,1)%B"]
    # whatever the settings of this machine and of the repository say
    log += ["--no-ext-diff", "--no-textconv", "--text", "--no-color", "--no-show-signature"]
    commit = ""
    with subprocess.Popen(log, stdout=subprocess.PIPE, text=True, errors="replace") as process:
        for line in process.stdout or ():
            if line.startswith("commit "):
                commit = line.strip()
            elif not line.startswith("-"):
                yield commit, line
    if process.returncode:
        raise OSError("git log failed")


def secrets(folder: Path) -> Iterator[tuple[bool, str]]:
    """Each secret once, where it was seen first, with its first four characters."""
    seen = set[str]()
    for where, line in lines(folder):
        for kind, pattern in KINDS.items():
            for secret in set(re.findall(pattern, line.replace("\0", ""))) - seen:  # UTF-16 has one beside each letter
                seen.add(secret)
                yield False, f"{where!r}: {kind}, {secret[:4]!r} and {len(secret) - 4} more characters"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the root of the repository")
    arguments = parser.parse_args()
    try:
        found = list(secrets(arguments.folder))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
