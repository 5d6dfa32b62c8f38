"""Shapes of mistakes, and of code that only looks like one, that public projects were seen to have.

Each entry of `shapes.toml` and `shapes_go.toml` is written in words of our own, lies in a folder of its own, and is
scanned with all others.
"""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from ztcheck.collectors.source.scan import scan

CASES = {
    name: case
    for file in ("shapes.toml", "shapes_go.toml")
    for name, case in tomllib.loads(Path(__file__).with_name(file).read_text(encoding="utf-8")).items()
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    root = tmp_path_factory.mktemp("shapes")
    folders = {name: f"part{number}" for number, name in enumerate(sorted(CASES))}
    for name, case in CASES.items():
        path = root / folders[name] / case["file"]
        path.parent.mkdir(parents=True)
        path.write_text(case["text"], encoding="utf-8")
    result = scan(root, checks={case["check"] for case in CASES.values()}, use_cache=False)
    assert not [item for item in result.evidence.unread if "engine" in item.reason]
    found = defaultdict(set)
    for finding in result.evidence.findings:
        folder = (finding.place.path or "").split("/")[0]
        if finding.effect != "supports":
            found[(folder, finding.check)].add(finding.place.line)
    return {name: found[(folders[name], case["check"])] for name, case in CASES.items()}


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.get("lines")])
def test_the_mistake_is_found_on_its_line(name, seen):
    assert seen[name] == set(CASES[name]["lines"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.get("lines")])
def test_what_only_looks_like_the_mistake_stays_silent(name, seen):
    assert seen[name] == set()
