"""What holds for every snippet: it stands alone, reads well, and has a test that refuses something."""

import ast
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ztcheck.site.snippets import dependencies

ROOT = Path(__file__).parents[2]
SNIPPETS = sorted((ROOT / "snippets").glob("*.py"))
NAMES = {path.stem for path in SNIPPETS}
MAX_LINES = 160
MAX_COLUMNS = 120

# A line with one of these would have to be deleted by a reader, or hurt one who did not.
BANNED = [
    r"verify\s*=\s*False",
    r"verify_signature",
    r"instance_discovery\s*=\s*False",
    r"validate_authority\s*=\s*False",
    r"CERT_NONE|_create_unverified_context|check_hostname",
    r"localhost[:/]|127\.0\.0\.1|0\.0\.0\.0|::1",
    r"(?i)\b(todo|fixme|xxx|hack|dummy|changeme)\b",
    r"(?i)\b(pytest|unittest|mock|monkeypatch)\b",
    r"\bztcheck\b",
    r"noqa|type: ignore|pragma",
    r"(?i)azure ad\b",
    r"\beval\(|\bexec\(|shell\s*=\s*True|pickle",
]

# Import names that differ from the name under which pip installs them, or that come along with another.
INSTALLED_BY = {
    "jwt": "pyjwt",
    "ruamel": "ruamel.yaml",
    "starlette": "fastapi",
    "werkzeug": "flask",
    "azure.core": "azure-identity",
    "azure.keyvault": "azure-keyvault-secrets",
    "yaml": "pyyaml",
}


def first_name(module: str) -> str:
    """The name by which to look for the package: its first part, for the shared namespace azure the first two."""
    return ".".join(module.split(".")[: 2 if module.startswith("azure.") else 1])


def third_party(path: Path) -> set[str]:
    """The top-level names that a snippet imports and Python does not bring, those of the snippets it needs included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {first_name(alias.name) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(first_name(node.module or ""))
    siblings = names & NAMES
    outside = names - NAMES - set(sys.stdlib_module_names)
    return outside.union(*(third_party(ROOT / "snippets" / f"{name}.py") for name in siblings))


def needed(path: Path) -> list[Path]:
    """The snippet and every snippet that it imports, directly or not."""
    found, todo = [path], [path]
    while todo:
        text = todo.pop().read_text(encoding="utf-8")
        for name in re.findall(r"^from (\w+) import", text, re.MULTILINE):
            sibling = ROOT / "snippets" / f"{name}.py"
            if name in NAMES and sibling not in found:
                found.append(sibling)
                todo.append(sibling)
    return found


def requires(name: str) -> list[str]:
    """What the distribution needs; nothing if it is not here: the broker's package is for machines with a desktop."""
    try:
        return importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        return []


def installed_with(requirements: list[str]) -> set[str]:
    """The distributions, by normalized name, that pip would install for these requirements."""
    found: set[tuple[str, str]] = set()
    todo = [(Requirement(text), "") for text in requirements]
    while todo:
        requirement, extra = todo.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        for wanted in ("", *requirement.extras):
            if (name, wanted) not in found:
                found.add((name, wanted))
                todo += [(Requirement(text), wanted) for text in requires(name)]
    return {name for name, _ in found}


@pytest.fixture(params=SNIPPETS, ids=lambda path: path.stem)
def snippet(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_is_short_enough_to_show_whole(snippet):
    lines = snippet.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= MAX_COLUMNS


def test_says_in_one_sentence_what_it_does(snippet):
    docstring = ast.get_docstring(ast.parse(snippet.read_text(encoding="utf-8")))
    assert docstring
    sentence = docstring.split("\n\n")[0]
    assert re.fullmatch(r"[A-Z][^\n]{20,}[^.]\.", sentence)
    assert "\n" not in sentence


PROGRAMS = [path for path in SNIPPETS if "__main__" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_a_program_says_in_its_help_what_it_signs_in_with(path):
    text = path.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(text)) or ""
    assert ("description=__doc__" in text) or "argparse" not in text
    assert ("DefaultAzureCredential" in text) <= ("Sign in " in told or "AZURE_CLIENT_ID" in told)
    for variable in ("GH_TOKEN", "USER_TOKEN"):
        assert (f'"{variable}"' in text) <= (f"{variable} must hold" in told)
    assert not re.search(r"os\.environ\[['\"]\w+_TOKEN", text), "a KeyError tells nobody what to do"


@pytest.mark.parametrize("pattern", BANNED)
def test_holds_nothing_that_a_reader_must_delete(snippet, pattern):
    assert not re.search(pattern, snippet.read_text(encoding="utf-8"))


def test_declares_what_it_imports_and_no_more(snippet):
    declared = {re.split(r"[\[<>=!~; ]", text)[0] for text in dependencies(snippet.read_text(encoding="utf-8"))}
    assert {INSTALLED_BY.get(name, re.sub(r"[_.]", "-", name)) for name in third_party(snippet)} == declared


def test_declares_python_and_a_floor_for_each_requirement_that_the_lock_meets(snippet):
    text = snippet.read_text(encoding="utf-8")
    assert text.startswith('# /// script\n# requires-python = ">=3.11"\n# dependencies = [')
    for line in dependencies(text):
        requirement = Requirement(line)
        assert ">=" in str(requirement.specifier), line
        assert requirement.specifier.contains(importlib.metadata.version(requirement.name)), line


def test_has_a_test_of_its_own_that_refuses_something(snippet):
    test = ROOT / "tests" / "snippets" / f"test_{snippet.stem}.py"
    assert re.search(
        rf"^(from {snippet.stem} import|import {snippet.stem}$)|{snippet.stem}\.py",
        test.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert re.search(r"^def test_\w*refuse\w*\(", test.read_text(encoding="utf-8"), re.MULTILINE)


# Runs in a process of its own: no socket may be made, and only what was declared may be imported.
ALONE = """
import json, re, socket, sys

def refused(*args, **kwargs):
    raise OSError("a snippet must not use the network when it is imported")

socket.socket.connect = socket.getaddrinfo = refused
name, allowed, owners = sys.argv[1], set(json.loads(sys.argv[2])), json.loads(sys.argv[3])
sys.path.insert(0, ".")
before = set(sys.modules)
module = __import__(name)
loaded = {key.partition(".")[0] for key in set(sys.modules) - before}
normal = lambda text: re.sub(r"[-_.]+", "-", text).lower()
undeclared = {key for key in loaded if key in owners and not {normal(owner) for owner in owners[key]} & allowed}
sys.exit(f"imports what it does not declare: {sorted(undeclared)}" if undeclared else 0)
"""


@pytest.fixture(scope="module")
def owners() -> str:
    """The distributions that each name which can be imported comes from, as JSON."""
    return json.dumps(importlib.metadata.packages_distributions())


def test_runs_alone_in_an_empty_folder_with_what_it_declares(snippet, tmp_path, owners):
    for path in needed(snippet):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    allowed = json.dumps(sorted(installed_with(dependencies(snippet.read_text(encoding="utf-8")))))
    run = subprocess.run(
        [sys.executable, "-P", "-W", "error", "-c", ALONE, snippet.stem, allowed, owners],
        cwd=tmp_path,
        env={"PATH": "", "SYSTEMROOT": "C:\\Windows"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy", "--strict"]], ids=" ".join)
def test_all_pass(tool):
    settings = ["--config-file", str(ROOT / "pyproject.toml")] if tool[0] == "mypy" else []
    run = subprocess.run(
        [sys.executable, "-m", *tool, *settings, *map(str, SNIPPETS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
