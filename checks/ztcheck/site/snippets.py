"""Snippets as the site shows them: the file's own text, what it imports, and what its tests proved."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RECORD = Path("build/snippet-tests.json")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One file of ``snippets/``.

    *task* is the first line of its docstring up to a colon, *detail* what follows there. *needs* names the other
    snippets that it imports. *proof* says what a test run recorded for exactly this text, or is empty.
    """

    name: str
    code: str
    task: str
    detail: str
    install: str
    libraries: tuple[str, ...]
    needs: tuple[str, ...]
    proof: str

    @classmethod
    def read(cls, root: Path, name: str) -> Snippet | None:
        """Return the snippet *name* of the project *root*, or None when there is no such file."""
        path = root / "snippets" / f"{name}.py"
        if not path.is_file():
            return None
        code = path.read_text(encoding="utf-8")
        requirements = dependencies(code)
        tree = ast.parse(code)
        imported = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        imported += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        task, _, detail = (ast.get_docstring(tree) or name).partition("\n")[0].rstrip(".").partition(":")
        needs = tuple(sorted({other for other in imported if (path.parent / f"{other}.py").is_file()}))
        return cls(
            name=name,
            code=code.rstrip(),
            task=task,
            detail=detail.strip().rstrip("."),
            install=f"python -m pip install {' '.join(quote(item) for item in requirements)}" if requirements else "",
            libraries=tuple(re.split(r"[\[<>=!~; ]", item)[0] for item in requirements),
            needs=needs,
            proof=_proof(root, name, needs),
        )

    @classmethod
    def all(cls, root: Path) -> dict[str, Snippet]:
        """Return every snippet of the project *root*, by name."""
        names = sorted(path.stem for path in (root / "snippets").glob("*.py") if not path.stem.startswith("_"))
        return {name: snippet for name in names if (snippet := cls.read(root, name)) is not None}


def dependencies(code: str) -> list[str]:
    """Return the requirements of a script's PEP 723 block, as written; empty when it has none."""
    match = re.search(r"^# /// script$\s(?P<body>(?:^#(?: .*)?$\s)+)^# ///$", code, re.MULTILINE)
    if match is None:
        return []
    body = "".join(line.removeprefix("#").removeprefix(" ") for line in match["body"].splitlines(keepends=True))
    return [str(item) for item in tomllib.loads(body).get("dependencies", [])]


def quote(requirement: str) -> str:
    """Return *requirement* as one word of a command line, in the shells of all systems."""
    return f'"{requirement}"' if re.search(r"[<>\[\];|&* ]", requirement) else requirement


def digest(*paths: Path) -> str:
    """Return the SHA-256 of the files *paths*, one after the other, in hex."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


def digests(root: Path, name: str, needs: tuple[str, ...]) -> dict[str, str]:
    """Return what a record must hold to speak of the snippet *name* as it is: with what it imports, and its test."""
    folder, tests = root / "snippets", root / "tests" / "snippets"
    return {
        "snippet": digest(*(folder / f"{item}.py" for item in (name, *needs))),
        "test": digest(tests / f"test_{name}.py"),
    }


def _proof(root: Path, name: str, needs: tuple[str, ...]) -> str:
    """Say what the last test run recorded, if it ran this very snippet and this very test; else nothing."""
    test = root / "tests" / "snippets" / f"test_{name}.py"
    record: dict[str, Any] = {}
    if (root / RECORD).is_file():
        record = json.loads((root / RECORD).read_text(encoding="utf-8")).get(name, {})
    if not record or not test.is_file() or record["failed"]:
        return ""
    if any(record[key] != value for key, value in digests(root, name, needs).items()):
        return ""
    versions = ", ".join(f"{library} {version}" for library, version in sorted(record["versions"].items()))
    passed = f"{record['passed']} cases passed on {record['on']} with Python {record['python']}"
    return f"{passed}{' and ' + versions if versions else ''}; it refuses in {record['refused']} of them"
