"""Shapes of mistakes, and of code that only looks like one, that public projects were seen to have.

Each entry of `shapes*.toml` is written in words of our own, lies in a folder of its own, and is scanned with all
others.
A shape of several files writes the others into `beside`; one that is told by a whole product is scanned `alone`.
"""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest

from ztcheck.collectors.source.scan import scan

CASES = {
    name: case
    for path in sorted(Path(__file__).parent.glob("shapes*.toml"))
    for name, case in tomllib.loads(path.read_text(encoding="utf-8")).items()
}


def written(case, root):
    for file, text in {case["file"]: case["text"], **case.get("beside", {})}.items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def lines_of(root, checks):
    result = scan(root, checks=checks, use_cache=False)
    assert not [item for item in result.evidence.unread if "engine" in item.reason]
    for finding in result.evidence.findings:
        if finding.effect != "supports":
            yield (finding.place.path or "").split("/")[0], finding.check, finding.place.line


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    root = tmp_path_factory.mktemp("shapes")
    together = [name for name in sorted(CASES) if not CASES[name].get("alone")]
    folders = {name: f"part{number}" for number, name in enumerate(together)}
    found = defaultdict(set)
    for name in together:
        written(CASES[name], root / folders[name])
    for folder, check, line in lines_of(root, {case["check"] for case in CASES.values()}):
        found[(folder, check)].add(line)
    said = {name: found[(folders[name], CASES[name]["check"])] for name in together}
    for name, case in CASES.items():
        if case.get("alone"):
            place = tmp_path_factory.mktemp("alone")
            written(case, place)
            said[name] = {line for _, _, line in lines_of(place, {case["check"]})}
    return said


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.get("lines")])
def test_the_mistake_is_found_on_its_line(name, seen):
    assert seen[name] == set(CASES[name]["lines"])


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.get("lines")])
def test_what_only_looks_like_the_mistake_stays_silent(name, seen):
    assert seen[name] == set()
