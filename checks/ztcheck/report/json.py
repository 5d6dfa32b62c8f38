"""JSON: the whole assessment as data, in a published and versioned shape; what `--baseline` reads back.

The shape is `assessment.schema.json` beside this file. VERSION counts up with every change that a reader of the
earlier shape would notice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck import assess
from ztcheck.catalogue import SEVERITIES, Practice
from ztcheck.errors import SITE, InputError, Problem
from ztcheck.jsonfile import load, pointer

if TYPE_CHECKING:
    from ztcheck.assess import Assessment, Baseline
    from ztcheck.report import Options

VERSION = 1
SCHEMA_URL = f"{SITE}reference/assessment-{VERSION}.schema.json"
_KIND = "ztcheck assessment"
_MAX_RESULTS = 10_000


def schema() -> str:
    """Return the JSON Schema (draft 2020-12) of the JSON report, as text."""
    return (Path(__file__).parent / "assessment.schema.json").read_text(encoding="utf-8")


def render(assessment: Assessment, options: Options) -> str:
    """Return the assessment as one JSON document."""
    return json.dumps(model(assessment, options), indent=1, ensure_ascii=False) + "\n"


def model(assessment: Assessment, options: Options) -> dict[str, Any]:
    """Return the assessment as plain data, in the order in which the schema names it."""
    a = assessment
    return {
        "$schema": SCHEMA_URL,
        "kind": _KIND,
        "version": VERSION,
        "app": {"name": a.app, "owner": a.owner},
        "date": a.date.isoformat(),
        "run_at": options.at.strftime("%Y-%m-%dT%H:%M:%SZ") if options.at else None,
        "tool": {"name": "ztcheck", "version": a.tool_version},
        "catalogue": {"version": a.catalogue_version, "sha256": a.catalogue_digest},
        "team_file": {"path": a.team_path, "sha256": a.team_digest},
        "waivers_used": a.waivers_used,
        "gate": {"passed": a.passed, "reasons": list(a.gate_reasons)},
        "score": {
            "formula": assess.FORMULA,
            **_score(a.score),
            "by_severity": {severity: _score(a.by_severity[severity]) for severity in SEVERITIES},
        },
        "coverage": dict(a.coverage),
        "counts": {verdict: a.counts[verdict] for verdict in assess.VERDICTS},
        "open_criticals": a.open_criticals,
        "profile": {field: list(values) for field, values in a.profile.items()},
        "profile_contradictions": _plain(a.profile_contradictions),
        "expired_waivers": _plain(a.expired_waivers),
        "unused_waivers": _plain(a.unused_waivers),
        "declared": list(a.declared),
        "changes": None if a.changes is None else {"since": _plain(a.baseline_date), "items": _plain(a.changes)},
        "results": [_result(result, options) for result in a.results],
        "suppressed": _plain(a.suppressed),
        "inputs": _plain(a.inputs),
        "unread": _plain(a.unread),
        "warnings": list(a.warnings),
        "notes": list(a.notes),
    }


def _result(result: assess.Result, options: Options) -> dict[str, Any]:
    practice = result.practice
    return {
        "practice": practice.id,
        "title": practice.title,
        "question": practice.question,
        "topic": practice.topic,
        "severity": practice.severity,
        "effort": practice.effort,
        "url": options.site + practice.path,
        "standards": {name: list(items) for name, items in practice.standards.items()},
        **{field.name: _plain(getattr(result, field.name)) for field in fields(result) if field.name != "practice"},
    }


def _score(score: assess.Score) -> dict[str, int]:
    return {"met": score.met, "of": score.of, "percent": score.percent}


def _plain(value: Any) -> Any:
    """Return *value* as JSON's own types: dataclasses as objects, tuples as arrays, dates as ISO 8601."""
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, Practice):
        return value.id
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value


def read_json(path: Path) -> Baseline:
    """Return what the JSON report *path* says, to compare a new assessment with.

    Raises InputError with every problem found when it is not a report of a version that is known here.
    """
    data = load(path)
    name = str(path)
    remedy = "give a file that `ztcheck report --format json` wrote"
    if not isinstance(data, dict) or data.get("kind") != _KIND:
        raise InputError(Problem("is not a JSON report of ztcheck", path=name, help=remedy))
    if data.get("version") != VERSION:
        raise InputError(
            Problem(
                f"has version {data.get('version')!r} of the report's shape; this ztcheck reads {VERSION}",
                path=name,
                help="make the baseline again with this version of ztcheck",
            )
        )
    problems: list[Problem] = []

    def bad(where: str, message: str) -> None:
        problems.append(Problem(f"{where}: {message}", path=name, help=remedy))

    date = dt.date.min
    try:
        date = dt.date.fromisoformat(data.get("date"))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        bad("/date", "must be a date like 2026-11-23")
    catalogue = data.get("catalogue")
    version = catalogue.get("version") if isinstance(catalogue, dict) else None
    if not isinstance(version, str):
        bad("/catalogue/version", "must be a string")
    declared = data.get("declared")
    if not isinstance(declared, list) or not all(isinstance(item, str) for item in declared):
        bad("/declared", "must be a list of strings")
        declared = []
    results = data.get("results")
    if not isinstance(results, list) or len(results) > _MAX_RESULTS:
        bad("/results", f"must be a list of at most {_MAX_RESULTS:,} results")
        results = []
    verdicts: dict[str, assess.Verdict] = {}
    for index, result in enumerate(results):
        where = pointer("results", index)
        practice = result.get("practice") if isinstance(result, dict) else None
        verdict = result.get("verdict") if isinstance(result, dict) else None
        if not isinstance(practice, str) or not isinstance(verdict, str) or verdict not in assess.VERDICTS:
            bad(where, "must hold a practice and one of the verdicts")
        elif practice in verdicts:
            bad(where, f"holds the practice '{practice}' a second time")
        else:
            verdicts[practice] = verdict
    if problems:
        raise InputError(problems[:50])
    return assess.Baseline(date, str(version), verdicts, tuple(declared))
