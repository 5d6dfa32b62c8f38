# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Verifies provenance and bill of materials of a release file with GitHub's command line, and compares its digest."""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROVENANCE = ("https://slsa.dev/provenance/v1",)
BILLS = ("https://spdx.dev/Document/v2.3", "https://cyclonedx.org/bom")
NOT_REACHED = re.compile(
    r"HTTP (401|403|408|429|5\d\d)|dial tcp|lookup |timeout|timed out|connection|TLS|certificate signed"
)


def verified(file: Path, repository: str, kind: str) -> list[Any]:
    """The attestations of this kind whose signature gh has verified: made for the file by a workflow of the repository.

    Needs gh, signed in or with GH_TOKEN; for a private repository with read access to attestations.
    """
    command = ["gh", "attestation", "verify", str(file.resolve()), "--repo", repository, "--predicate-type", kind]
    done = subprocess.run(
        [*command, "--deny-self-hosted-runners", "--format", "json"], capture_output=True, timeout=120
    )
    if done.returncode == 0:
        found = json.loads(done.stdout)
        if not isinstance(found, list) or not found:
            raise ValueError("gh verified nothing and said nothing")
        return found
    reason = done.stderr.decode(errors="replace").strip()[-200:]
    if done.returncode != 1 or NOT_REACHED.search(reason):
        raise OSError(f"gh ended with {done.returncode}: {reason!r}")
    return []


def attested(file: Path, repository: str) -> Iterator[tuple[bool, str]]:
    """Whether both are there for these very bytes, whatever the file is called."""
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    for label, kinds in (("provenance", PROVENANCE), ("bill of materials", BILLS)):
        good = False
        for kind in kinds:
            for entry in verified(file, repository, kind):
                statement = entry["verificationResult"]["statement"]
                named = [subject["digest"]["sha256"] for subject in statement["subject"]]
                good |= statement["predicateType"] == kind and digest in named
        yield good, f"{label} of {file.name!r}, SHA-256 {digest}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="the file that was released")
    parser.add_argument("repository", help="where it was built, such as contoso/orders")
    arguments = parser.parse_args()
    try:
        found = list(attested(arguments.file, arguments.repository))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
