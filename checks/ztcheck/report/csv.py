"""CSV (RFC 4180): one row per practice, for a spreadsheet. No cell can start a formula there."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from ztcheck.report import words

if TYPE_CHECKING:
    from ztcheck.assess import Assessment, Result
    from ztcheck.report import Options

COLUMNS = (
    "practice", "title", "topic", "severity", "verdict", "reason", "answer", "answered by", "answered on", "note",
    "refuting", "asking for review", "supporting", "places", "fails the gate", "sequence", "effort", "lapsed since",
    "risk accepted by", "risk accepted until", "risk reason", "review asked", "evidence better", "standards", "url",
)  # fmt: skip
# A program that splits at another separator sees a cell begin after it, so that a formula is stopped there too.
_FORMULA = re.compile(r"(^|[;\t])(\s*)([=+\-@＝＋－＠])")  # noqa: RUF001 - the full-width signs count as well


def render(assessment: Assessment, options: Options) -> str:
    """Return the report as CSV: every cell quoted, lines ending in CRLF, most urgent practice first."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for result in assessment.results:
        writer.writerow(cell(value) for value in _row(result, options))
    return file.getvalue()


def cell(value: object) -> str:
    """Return *value* as a cell of one line that no spreadsheet takes for a formula (CWE-1236)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _FORMULA.sub(r"\1\2'\3", " ".join(str(value).split()))


def _row(result: Result, options: Options) -> list[object]:
    practice, answer = result.practice, result.answer
    effects = [finding.effect for finding in result.findings]
    return [
        practice.id,
        practice.title,
        practice.topic,
        practice.severity,
        result.verdict,
        result.reason,
        answer and answer.answer,
        answer and answer.by,
        answer and answer.on,
        answer and answer.note,
        effects.count("refutes"),
        effects.count("review"),
        effects.count("supports"),
        "; ".join(dict.fromkeys(str(finding.place) for finding in result.findings if finding.effect != "supports")),
        result.gates,
        result.sequence and words.SEQUENCES[result.sequence],
        practice.effort,
        result.lapsed_since,
        "; ".join(waiver.approved_by for waiver in result.waivers),
        min((waiver.until for waiver in result.waivers), default=None),
        "; ".join(waiver.reason for waiver in result.waivers),
        result.review_asked,
        result.evidence_better,
        "; ".join(item for items in practice.standards.values() for item in items),
        options.site + practice.path,
    ]
