"""A released file has verified attestations of its provenance and its parts, for its very bytes.

Signatures are verified by GitHub's command line; a program in its place plays what that prints for good and bad ones.
"""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.snippets.programs import HOSTILE, run_program

DIGEST = hashlib.sha256(b"orders").hexdigest()
SLSA, SPDX, CYCLONEDX = "https://slsa.dev/provenance/v1", "https://spdx.dev/Document/v2.3", "https://cyclonedx.org/bom"
GH = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with (here / "calls").open("a") as calls:
    print(json.dumps(sys.argv[1:]), file=calls)
code, out, err = json.loads((here / "answers").read_text())[sys.argv[sys.argv.index("--predicate-type") + 1]]
print(out)
print(err, file=sys.stderr)
sys.exit(code)
"""
NONE = (1, "", "Error: no attestations found for subject")


def good(kind: str, digest: str = DIGEST, says: str = "") -> tuple[int, str, str]:
    statement = {"subject": [{"name": "a", "digest": {"sha256": digest}}], "predicateType": says or kind}
    return 0, json.dumps([{"verificationResult": {"statement": statement}}]), ""


GOOD = {SLSA: good(SLSA), SPDX: good(SPDX), CYCLONEDX: NONE}


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    made = tmp_path / "bin"
    made.mkdir()
    (made / "gh").write_text(GH.format(python=sys.executable), encoding="utf-8")
    (made / "gh").chmod(0o755)
    monkeypatch.setenv("PATH", str(made))
    return made


@pytest.fixture
def run(folder, tmp_path, monkeypatch):
    def run(answers: dict[str, Any], name: str = "orders.whl"):
        (folder / "answers").write_text(json.dumps(answers), encoding="utf-8")
        (tmp_path / name).write_bytes(b"orders")
        return run_program("release_attestations.py", [str(tmp_path / name), "contoso/orders"], monkeypatch)

    return run


@pytest.mark.parametrize("bill", [SPDX, CYCLONEDX])
def test_accepts_provenance_and_a_bill_of_materials(run, folder, bill):
    done = run({**GOOD, SPDX: NONE, bill: good(bill)})
    assert done.code == 0
    assert DIGEST in done.out
    for line in (folder / "calls").read_text(encoding="utf-8").splitlines():
        assert json.loads(line)[3:5] == ["--repo", "contoso/orders"]
        assert "--deny-self-hosted-runners" in line


BAD = {
    "no provenance": {SLSA: NONE},
    "no bill of materials": {SPDX: NONE},
    "a signature of somebody else": {SLSA: (1, "", "Error: verifying with issuer failed: expected contoso/orders")},
    "provenance of another file": {SLSA: good(SLSA, "0" * 64)},
    "a bill of another file": {SPDX: good(SPDX, "0" * 64)},
    "a bill in place of provenance": {SLSA: good(SLSA, says=SPDX)},
    "a reason with control characters": {SLSA: (1, HOSTILE, HOSTILE)},
}


@pytest.mark.parametrize("members", BAD.values(), ids=BAD)
def test_refuses(run, members):
    done = run(GOOD | members)
    assert done.code == 1
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize(
    "answer",
    [
        (4, "", "To get started with GitHub CLI, please run: gh auth login"),
        (2, "", ""),
        (1, "", f"HTTP 403: rate limit exceeded{HOSTILE}"),
        (1, "", "HTTP 503"),
        (1, "", "dial tcp: lookup api.github.com: no such host"),
        (0, "", ""),
        (0, "[]", ""),
        (0, "null", ""),
        (0, "[{}]", ""),
        (0, "[1]", ""),
        (0, '{"verificationResult": {}}', ""),
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", [SLSA, SPDX])
def test_refuses_to_judge(run, kind, answer):
    assert run(GOOD | {kind: answer}).code == 2


def test_refuses_to_judge_without_the_command(run, folder):
    (folder / "gh").unlink()
    assert run(GOOD).code == 2


def test_refuses_to_judge_a_file_that_is_not_there(folder, tmp_path, monkeypatch):
    (folder / "answers").write_text(json.dumps(GOOD), encoding="utf-8")
    arguments = [str(tmp_path / "none.whl"), "contoso/orders"]
    assert run_program("release_attestations.py", arguments, monkeypatch).code == 2
