"""Minimum versions: no snippet allows a release with a known hole, and the tests run with none."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from ztcheck.site.snippets import dependencies

ROOT = Path(__file__).parents[2]
FLOORS = tomllib.loads((ROOT / "docs" / "floors.toml").read_text(encoding="utf-8"))
OLDEST = {item["name"]: Version(item["oldest"]) for item in FLOORS["library"]}
SNIPPETS = sorted((ROOT / "snippets").glob("*.py"))


def too_old(requirement: Requirement) -> bool:
    lower = [Version(part.version) for part in requirement.specifier if part.operator in (">=", "==", "~=")]
    return requirement.name in OLDEST and (not lower or max(lower) < OLDEST[requirement.name])


@pytest.mark.parametrize("text", ["pyjwt", "pyjwt>=2.14", "pyjwt[crypto]<3", "cryptography~=46.0"])
def test_a_requirement_below_its_floor_is_noticed(text):
    assert too_old(Requirement(text))


@pytest.mark.parametrize("path", SNIPPETS, ids=lambda path: path.stem)
def test_a_snippet_allows_no_release_below_the_floor_and_no_library_to_avoid(path):
    needed = [Requirement(text) for text in dependencies(path.read_text(encoding="utf-8"))]
    assert [str(item) for item in needed if too_old(item)] == []
    assert {item.name for item in needed}.isdisjoint(item["name"] for item in FLOORS["avoid"])


@pytest.mark.parametrize("name", OLDEST)
def test_the_tests_run_with_a_release_at_or_above_the_floor(name):
    assert Version(version(name)) >= OLDEST[name]
