"""Runs a collector on the example files of one check; the same files are shown on the practices' pages."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from ztcheck import catalogue
from ztcheck.collectors import Request, locate
from ztcheck.collectors.facts import Fact
from ztcheck.evidence import Evidence, Place
from ztcheck.team import Declared, Team

FOLDER = Path(__file__).parent
ON = dt.date(2026, 11, 23)


def folders(kind: str) -> list[str]:
    """Return the names of all example folders of the collector *kind*: one per check."""
    return sorted(path.name for path in (FOLDER / kind / "examples").iterdir())


def run(collector: Any, kind: str, check: str, example: str, root: Path) -> Evidence:
    """Run *collector* on the file *example* of *check*, with what the folder's context.json declares beside it.

    *example* is a path below the check's example folder; a folder is copied as the product's tree. *root* is an empty
    folder to work in.
    """
    folder = FOLDER / kind / "examples" / check
    context = json.loads((folder / "context.json").read_text()) if (folder / "context.json").exists() else {}
    source = folder / example
    declared = []
    name: Any = kind.replace("_", "-")
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.is_file():
                target = root / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
                if path.suffix in (".json", ".sarif") and path.parent == source:
                    declared.append(path.name)
    else:
        (root / source.name).write_bytes(source.read_bytes())
        declared.append(source.name)
    for path, text in context.get("files", {}).items():
        (root / path).write_text(text)
    team = Team(
        "zero-trust.yml",
        "Contoso Orders",
        "orders team",
        {field: tuple(values) for field, values in context.get("profile", {}).items()},
        evidence=tuple(Declared(name, path, context.get("component"), ON) for path in declared),
        declared=context.get("declared", {}),
    )
    assert all(locate(item.path, root)[0] is None for item in team.evidence)
    facts = tuple(Fact(f["kind"], f["value"], Place(f["path"], f["line"])) for f in context.get("facts", ()))
    known = {check: catalogue.default().checks[check]}
    found: Evidence = collector.collect(Request(team, root, team.evidence, known, ON, facts)).evidence
    return found
