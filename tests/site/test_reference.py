"""The reference says what the tool says: help, schemas, the team's file, the addresses that the tool prints."""

import datetime as dt
import json
import re

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from ruamel.yaml import YAML

from tests.site.conftest import ROOT
from tests.site.html import read
from ztcheck import catalogue, team
from ztcheck.catalogue import sources
from ztcheck.errors import SITE
from ztcheck.report import FORMATS
from ztcheck.site import commands


@pytest.mark.parametrize("name", commands.helps())
def test_the_help_of_each_command_stands_on_its_page(site, name):
    text = read(site / "reference" / "cli" / "index.html").body
    assert commands.run(*name.split(), "--help", accepted=(0, 2)).strip() in text


def test_every_command_has_its_help():
    refused = commands.run("nothing", accepted=(2,))
    known = refused.partition("is not one of ")[2].partition("\n")[0]
    assert known.split(", ") == [name for name in commands.helps() if name]


@pytest.mark.parametrize("which", commands.SCHEMAS)
def test_each_schema_is_published_at_the_address_that_it_names(site, which):
    schema = json.loads(commands.run("schema", which))
    assert len(list((site / "reference" / "example-report").iterdir())) == 1 + len(FORMATS)
    published = site / schema["$id"].removeprefix(SITE)
    assert json.loads(published.read_text(encoding="utf-8")) == schema
    Draft202012Validator.check_schema(schema)


def addresses():
    """Yield the addresses on the site that the package's code prints or writes."""
    for path in sorted((ROOT / "checks").rglob("*.py")):
        if "site" in path.relative_to(ROOT).parts:
            continue
        text = path.read_text(encoding="utf-8")
        for match in re.finditer(r'f"\{SITE\}([\w./#-]+)"|SITE \+ "([\w./#-]+)"', text):
            yield f"{path.relative_to(ROOT)}", match[1] or match[2]


def test_every_address_that_the_tool_prints_is_there(site):
    broken = []
    for file, address in addresses():
        path, _, anchor = address.partition("#")
        target = site / path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file() or (anchor and anchor not in read(target).ids):
            broken.append(f"{file}: {address}")
    assert broken == []


def test_every_practice_has_its_anchor_where_the_report_links_to(site):
    missing = []
    for practice in catalogue.load().practices:
        path, _, anchor = practice.path.partition("#")
        if anchor not in read(site / path / "index.html").ids:
            missing.append(practice.path)
    assert missing == []


@pytest.fixture(scope="module")
def example():
    text = (ROOT / "docs" / "reference" / "team-file.md").read_text(encoding="utf-8")
    return text.partition("```yaml\n")[2].partition("```")[0]


def test_the_example_of_the_team_file_is_accepted_as_it_stands(example):
    read_back = team.parse(example.encode(), "zero-trust.yml", catalogue.load(), dt.date(2026, 11, 23))
    assert read_back.name == "Contoso Orders"
    assert read_back.warnings == ()
    assert {answer.answer for answer in read_back.answers.values()} == {"yes", "partly"}


def test_the_example_of_the_team_file_fits_its_schema(example):
    schema = json.loads(commands.run("schema", "team"))
    content = json.loads(json.dumps(YAML(typ="safe", pure=True).load(example), default=str))
    assert list(Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(content)) == []


def test_the_page_names_every_key_of_the_team_file(site):
    text = read(site / "reference" / "team-file" / "index.html").body
    schema = json.loads(commands.run("schema", "team"))
    keys = [*schema["properties"], *schema["$defs"]["answer"]["properties"]]
    for part in ("profile", "evidence", "declared"):
        keys += schema["properties"][part]["properties"]
    keys += schema["properties"]["waivers"]["items"]["properties"]
    assert [key for key in keys if key not in text] == []


def test_each_standard_shows_every_requirement_of_each_chapter_that_it_touches(site):
    used = {(standard, item) for practice in catalogue.load().practices
            for standard, items in practice.standards.items() for item in items}  # fmt: skip
    for standard in sources.standards().values():
        text = read(site / "reference" / "standards" / standard.id / "index.html").body
        touched = {item.group for item in standard.requirements.values() if (standard.id, item.id) in used}
        shown = [item for item in standard.requirements.values() if item.group in touched]
        assert [item.id for item in shown if item.id not in text] == [], standard.id
        gaps = sum((standard.id, item.id) not in used for item in shown)
        assert text.count("not assessed") == gaps, standard.id


def test_the_coverage_matrix_holds_every_recommendation(site):
    text = read(site / "reference" / "coverage" / "index.html").body
    text = re.sub(r"\s+", " ", text)
    assert [item.id for item in sources.recommendations().values() if item.statement not in text] == []


def test_the_corrections_page_holds_every_correction(site):
    page = read(site / "reference" / "corrections" / "index.html")
    for item in sources.recommendations().values():
        if item.correction:
            assert item.correction in page.text[f"correction-{item.id}"]


def test_a_check_shows_the_example_files_that_its_tests_run(site):
    shown = 0
    for practice in catalogue.load().practices:
        for check in practice.checks:
            text = read(site / "reference" / "catalogue" / practice.topic / "index.html").text[f"check-{check.id}"]
            assert check.looks_at.split("`")[0].strip() in text
            folder = ROOT / "tests" / "collectors" / check.collector.replace("-", "_") / "examples" / check.id
            for path in [*folder.glob("bad.*"), *folder.glob("good.*")]:
                if path.suffix != ".py" and path.with_suffix(".py").exists():
                    continue
                code = path.read_text(encoding="utf-8").strip().expandtabs(4)
                if code.count("\n") < 39:
                    assert code in text, path
                    shown += 1
    assert shown > 50


def test_the_example_report_is_the_one_that_the_command_writes(site, tmp_path):
    out = tmp_path / "r.html"
    words = ("report", commands.EXAMPLE, "--date", commands.EXAMPLE_DATE, "--baseline", commands.EXAMPLE_BASELINE)
    commands.run(*words, "-o", str(out), "-q", cwd=ROOT, accepted=(0, 1))
    assert len(list((site / "reference" / "example-report").iterdir())) == 1 + len(FORMATS)
    published = site / "reference" / "example-report" / "ztcheck-report.html"
    assert published.read_bytes() == out.read_bytes()
