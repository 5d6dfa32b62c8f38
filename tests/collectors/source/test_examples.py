"""Every check refutes its bad example in every language that it speaks for, and is silent on what only looks bad."""

import datetime as dt
import json
import shutil
from functools import cache
from pathlib import Path

import pytest

from ztcheck import catalogue
from ztcheck.collectors import Request
from ztcheck.collectors import source as collector
from ztcheck.collectors.source import checks as _  # noqa: F401 - registers every check
from ztcheck.collectors.source import registry, texts
from ztcheck.collectors.source.model import CODE
from ztcheck.collectors.source.scan import scan
from ztcheck.team import Team

CONTEXT = "context.json"  # what the team's file declares beside the examples of a check
EXAMPLES = Path(__file__).parent / "examples"
LISTED = {check.id: check for check in catalogue.default().checks.values() if check.collector == "source"}
SUFFIXES = {"python": ".py", "csharp": ".cs", "javascript": ".js", "java": ".java", "go": ".go"}
# These only ask for a look: what they see is a heuristic, or proves nothing alone.
REVIEW = {
    "app-only-call-for-user", "broad-initial-scopes", "credential-read-once", "denial-without-log",
    "privileged-change-without-log", "route-without-scope-check", "unguarded-privileged-route",
}  # fmt: skip
CASES = sorted(
    (folder.name, suffix)
    for folder in EXAMPLES.iterdir()
    for suffix in {path.suffix or path.name for path in folder.rglob("*") if path.is_file() and path.name != CONTEXT}
)


@cache
def effects(check: str, kind: str, suffix: str, workplace: Path) -> frozenset[str]:
    """What *check* says of its example *kind*: of the file with this suffix, or of such files in the folder."""
    folder = EXAMPLES / check
    root = workplace / check / kind / suffix.strip(".")
    single = folder / f"{kind}{suffix}"
    if single.exists():
        root.mkdir(parents=True)
        shutil.copy(single, root / f"orders{suffix}")
    else:
        shutil.copytree(folder / kind, root)
    context = folder / CONTEXT
    declared = json.loads(context.read_text())["declared"] if context.exists() else {}
    if check in collector.DOCUMENTS:
        return declared_files(check, root)
    result = scan(root, checks={check}, declared=declared, use_cache=False)
    assert not [item for item in result.evidence.unread if "engine" in item.reason]
    return frozenset(
        finding.effect
        for finding in (*result.evidence.findings, *(f for f in result.tests if check == "bad-token-tests"))
        if single.exists() or (finding.place.path or "").endswith(suffix)
    )


def declared_files(check, root):
    """What *check* says of the files in *root* when the team's file declares all of them."""
    names = [path.name for path in root.iterdir()]
    keys = {collector.DOCUMENTS[check][0]: names}
    team = Team("zero-trust.yml", "Contoso Orders", "orders team", {}, declared=keys)
    found = collector.collect(Request(team, root, (), {check: LISTED[check]}, dt.date(2026, 11, 23))).evidence
    return frozenset(finding.effect for finding in found.findings)


@pytest.fixture(scope="session")
def workplace(tmp_path_factory):
    return tmp_path_factory.mktemp("examples")


def supports_only(check):
    return LISTED[check].can == ("support",)


@pytest.mark.parametrize("check", sorted(registry.READS))
def test_every_check_has_three_examples_in_every_language_that_it_speaks_for(check):
    folder = EXAMPLES / check
    for language in registry.READS[check]:
        if language in CODE:
            for kind in ("bad", "good", "lookalike"):
                found = [*folder.glob(f"{kind}{SUFFIXES[language]}"), *(folder / kind).rglob(f"*{SUFFIXES[language]}")]
                assert found, f"{check} has no {kind} example in {language}"
    assert any(folder.iterdir())


def test_every_rule_is_in_the_catalogue_with_texts_and_every_check_of_the_catalogue_has_a_rule():
    documents = {check for check in LISTED if check in collector.DOCUMENTS}
    assert set(LISTED) == set(registry.READS) | documents
    for check in LISTED:
        assert all(texts.of(check))


@pytest.mark.parametrize(("check", "suffix"), CASES, ids=lambda value: str(value))
def test_bad_example_is_found(check, suffix, workplace):
    found = effects(check, "bad", suffix, workplace)
    if supports_only(check):
        assert "supports" not in found
    elif (check, suffix) == ("stored-credential-on-azure", ".tf") or check not in REVIEW:
        assert found & {"refutes", "review"}
    else:
        assert found == {"review"}


@pytest.mark.parametrize(("check", "suffix"), CASES, ids=lambda value: str(value))
def test_good_example_is_accepted(check, suffix, workplace):
    found = effects(check, "good", suffix, workplace)
    assert not found & {"refutes", "review"}
    if supports_only(check):
        assert found == {"supports"}


@pytest.mark.parametrize(("check", "suffix"), CASES, ids=lambda value: str(value))
def test_look_alike_stays_silent(check, suffix, workplace):
    found = effects(check, "lookalike", suffix, workplace)
    assert not found & {"refutes", "review"}
    if supports_only(check):
        assert not found
