"""Markdown for a pull request: changes first, then what is open. For GitHub, and plain enough for others.

Text from outside is escaped so that it stays text: no markup, HTML, links, mentions or references (GitHub Flavored
Markdown, sections 2.4 and 6.9).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ztcheck import assess
from ztcheck.catalogue import SEVERITIES
from ztcheck.report import words

if TYPE_CHECKING:
    from ztcheck.assess import Assessment, Result, Verdict
    from ztcheck.report import Options

_PUNCTUATION = re.compile(r"([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")
_SHOWN = 20
_LONGEST = 300  # characters of one text
LIMIT = 60_000
"""Characters of the whole; GitHub refuses a comment of more than 65,536."""


def render(assessment: Assessment, options: Options) -> str:
    """Return the report as Markdown: the headline, then as many whole parts as LIMIT has room for, then the counts."""
    a = assessment
    ship, sentence = words.shipping(a)
    head = [
        f"## {'✅' if a.passed else '❌'} Zero Trust: {escape(a.app)}",
        "",
        f"**May we ship? {ship}.** {sentence}",
        "",
        f"**{a.score.percent} %** ({a.score.met} of {a.score.of} met). {words.sureness(a)} {words.criticals(a)}",
        "",
    ]
    if not a.waivers_used:
        head += ["Waivers were left out of this assessment.", ""]
    made = f"Assessed for {a.date} with ztcheck {escape(a.tool_version)}, catalogue {escape(a.catalogue_version)}."
    tail = [*_counts(a), f"{made} {escape(assess.FORMULA)}."]
    parts = [
        _changes(a, options),
        _profile(a),
        _expired(a),
        _section(a, "contradicted", options),
        _section(a, "failed", options),
        _section(a, "unknown", options),
        _section(a, "unanswered", options),
        _section(a, "accepted-risk", options),
    ]
    room = LIMIT - len("\n".join([*head, *tail]))
    shown: list[str] = []
    left_out = False
    for part in parts:
        room -= len("\n".join(part)) + 1
        if room > 0:
            shown += part
        else:
            left_out = True
    if left_out:
        shown += ["Some parts are too long for a comment and stand in the full report only.", ""]
    return "\n".join([*head, *shown, *tail]) + "\n"


def _profile(a: Assessment) -> list[str]:
    lines = [f"- {escape(item.message)} {_places(item.places[:5])}".rstrip() for item in a.profile_contradictions]
    return ["### The profile is contradicted by evidence", "", *lines, ""] if lines else []


def _expired(a: Assessment) -> list[str]:
    lines = [
        f"- {code(waiver.practice)}, accepted by {escape(waiver.approved_by)} until {waiver.until}: "
        f"{escape(waiver.reason)}"
        for waiver in a.expired_waivers
    ]
    return ["### Expired waivers", "", *lines, ""] if lines else []


def _flat(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def escape(text: str) -> str:
    """Return *text* as one line of Markdown in which every character stands for itself.

    A comment that shows nothing keeps ``@name`` and ``#1`` from becoming a mention or a reference.
    """
    flat = _flat(text)
    return re.sub(r"(\\[@#])(?=\w)", r"\1<!-- -->", _PUNCTUATION.sub(r"\\\1", flat))


def code(text: str) -> str:
    """Return *text* as a code span that it cannot leave, safe in a table too."""
    flat = _flat(text).replace("|", "¦")
    longest = max((len(run) for run in re.findall("`+", flat)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if flat.startswith("`") or flat.endswith("`") or not flat else ""
    return f"{fence}{pad}{flat}{pad}{fence}"


def _places(places: tuple[str, ...]) -> str:
    return " ".join(code(place) for place in places)


def _link(result: Result, options: Options) -> str:
    return f"[{escape(result.practice.title)}]({options.site}{result.practice.path})"


def _changes(a: Assessment, options: Options) -> list[str]:
    if a.changes is None:
        return ["Not compared with an earlier assessment: no baseline was given.", ""]
    by_id = {result.practice.id: result for result in a.results}
    lines = [f"### Changes since {a.baseline_date}", ""]
    found = words.changes(a)
    if not found:
        lines += ["None.", ""]
    for kind, items in found:
        lines += [f"**{words.CHANGES[kind]}: {len(items)}**", ""]
        for change in items[:_SHOWN]:
            result = by_id.get(change.practice or "")
            if result and change.before and change.after:
                lines.append(f"- {_link(result, options)}: {escape(change.before)} → {escape(change.after)}")
            else:
                lines.append(f"- {escape(change.message)}")
        if len(items) > _SHOWN:
            lines.append(f"- and {len(items) - _SHOWN} more")
        lines.append("")
    return lines


def _section(a: Assessment, verdict: Verdict, options: Options) -> list[str]:
    rows = words.having(a, verdict)
    if not rows:
        return []
    lines = [f"<details{' open' if verdict == 'contradicted' else ''}>"]
    lines += [f"<summary>{words.TITLES[verdict]}: {len(rows)}</summary>", ""]
    for result in rows:
        flags = "".join(f", {escape(flag)}" for flag in words.flags(result))
        lines.append(f"- {_link(result, options)} ({result.practice.severity}{flags})")
        if verdict == "unanswered" and not result.answer:
            continue
        lines.append(f"  - {escape(result.reason)}")
        told = [finding for finding in result.findings if finding.effect != "supports"]
        for finding in told[:3]:
            effect = words.EFFECTS[finding.effect].lower()
            lines.append(f"  - {effect}: {code(str(finding.place))} {escape(finding.message)}")
        if len(told) > 3:
            lines.append(f"  - {words.count(len(told) - 3, 'more finding')}")
    return [*lines, "", "</details>", ""]


def _counts(a: Assessment) -> list[str]:
    heads = [words.SEVERITY_LABELS[severity] for severity in SEVERITIES]
    lines = [f"| Verdict | {' | '.join(heads)} | All |", "|---|" + "---:|" * (len(heads) + 1)]
    for verdict in assess.VERDICTS:
        numbers = (*words.counts_by_severity(a, verdict), a.counts[verdict])
        lines.append(f"| {words.LABELS[verdict]} | {' | '.join(map(str, numbers))} |")
    scores = [*(a.by_severity[severity] for severity in SEVERITIES), a.score]
    lines.append(f"| **Score** | {' | '.join(f'{score.percent} %' for score in scores)} |")
    return [*lines, ""]
