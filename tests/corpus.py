"""Measures the source collector on code that we did not write: recall, and look-alikes touched.

`corpus_labels.csv` holds places in public repositories (repository, commit, path, line) that were labelled by reading,
before the rules were written. The repositories are not part of this one: check them out under a folder, each in
``owner+name`` at its commit, and run ``python tests/corpus.py FOLDER``. Half of the repositories (``half`` = tune) may
be looked at while rules are improved; numbers are reported on the others.

A mistake is found where its check has a finding that refutes or asks for review, in production or sample code, at most
three lines away. A look-alike is touched where its check has one at most one line away, and no labelled mistake of that
check is nearer.

What the rules make of code that they never saw was measured on lots of repositories that were labelled
before they were scanned for the first time (``half`` = unseen-1 to unseen-9b, lots 8 and 9 on 2026-11-24, the others
the day before; 4a to 9a are Python, JavaScript and TypeScript, 4b to 9b are C#, Java, Go and configuration):

========  ============  ========  ==================  =============================================
lot       repositories  recall    look-alikes hit     refuting findings that were wrong, all read
========  ============  ========  ==================  =============================================
unseen-1  29            85 / 159  14 / 145            76 of 290
unseen-2  10            42 / 57   3 / 54              45 of 183, 32 of them one placeholder, ``sk-??``
unseen-3  9             23 / 26   1 / 43              26 of 102, 11 of them one translated word
unseen-4a 28            85 / 196  8 / 276             44 of 370
unseen-4b 27            70 / 168  12 / 227            43 of 238
unseen-5a 8             23 / 40   5 / 77              9 of 44
unseen-5b 6             23 / 31   5 / 58              102 of 137, 97 in test folders of unknown name
unseen-6a 22            42 / 117  6 / 202             31 of 105, 15 of them one file of sample users
unseen-6b 24            58 / 168  12 / 250            137 of 216, 116 of them translations of one program
unseen-7a 7             22 / 41   0 / 43              0 of 8
unseen-7b 6             24 / 54   4 / 49              11 of 87
unseen-8a 9             57 / 129  4 / 118             187 of 267, 159 of them made-up people of one demonstration
unseen-8b 11            53 / 78   4 / 96              8 of 175
unseen-9a 8             37 / 59   3 / 76              8 of 85
unseen-9b 11            52 / 104  5 / 126             25 of 124
========  ============  ========  ==================  =============================================

After each lot, rules were mended on what it had shown. So the last lines say what to expect elsewhere: their places
were sought for all checks, also those that few places of the earlier lots spoke of. What is printed now for any lot
says only that nothing was lost again. Some labels were corrected after the first scans, when the code was read again;
the figures above are from before.

``--first LOT`` scans one lot and writes into the column ``first`` of its labels what this scan made of them: ``hit``
(found, or touched) or ``miss``. It writes only where nothing stands yet, so that a first scan stays the first. Of the
lots before the fourth, no single results were kept.

``--record`` writes to the catalogue (`measured.toml`) what the half that is reported on gives today, and with it what
the first scans of code never seen gave (the labels with ``first``), for every check with at least as many look-alikes
as say something. Pages show it, and it decides which heuristics may refute. The labels were made by reading; those of
look-alikes that only a check's own false alarms brought to light were added after it, and those of token requests,
sessions and routes in JavaScript, Go and minimal APIs while their checks were written.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck.catalogue import FOLDER, LEAST_LOOK_ALIKES, MEASURED
from ztcheck.collectors.source.scan import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LABELS = Path(__file__).with_name("corpus_labels.csv")
FIELDS = ("repository", "commit", "path", "line", "check", "label", "half", "first")
LANGUAGES = {
    ".py": "python", ".cs": "csharp", ".java": "java", ".go": "go", ".js": "javascript", ".ts": "javascript",
    ".jsx": "javascript", ".tsx": "javascript", ".vue": "javascript", ".html": "javascript",
}  # fmt: skip


def main() -> int:
    """Scan every labelled repository that is there and print the measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", default="all", help="tune, report, unseen, one lot such as unseen-4a, or all")
    parser.add_argument("--verbose", action="store_true", help="print what was missed and touched")
    parser.add_argument("--first", metavar="LOT", help="keep what this scan makes of the labels of a lot never scanned")
    parser.add_argument("--record", action="store_true", help="write figures: the half reported on, and first scans")
    options = parser.parse_args()
    if options.record:
        options.half = "report"
    elif options.first:
        options.half = options.first
    with LABELS.open(encoding="utf-8", newline="") as file:
        known = list(csv.DictReader(file))
    labels = [row for row in known if options.half in ("all", row["half"], row["half"].split("-")[0])]
    if not labels:
        print(f"no label is of {options.half}", file=sys.stderr)
        return 1
    by_repository = defaultdict(list)
    for row in labels:
        by_repository[row["repository"]].append(row)
    counts: Counter[tuple[str, str, str]] = Counter()
    beside: Counter[str] = Counter()
    skipped = []
    for repository, rows in sorted(by_repository.items()):
        root = options.folder / repository.replace("/", "+", 1)
        if not root.is_dir():
            skipped.append(repository)
            continue
        began = time.perf_counter()
        result = scan(root)
        seconds = time.perf_counter() - began
        shown = [f for f in result.evidence.findings if f.effect != "supports" and f.suppressed is None]
        places = defaultdict(list)
        for finding in shown:
            places[(finding.check, finding.place.path)].append((finding.place.line or 0, finding.effect))
        mistakes = {(r["check"], r["path"], int(r["line"])) for r in rows if r["label"] == "mistake"}
        for row in rows:
            check, path, line = row["check"], row["path"], int(row["line"])
            hits = places.get((check, path), [])
            language = LANGUAGES.get(Path(path).suffix, "configuration")
            if row["label"] == "mistake":
                hit = any(abs(place - line) <= 3 for place, _ in hits)
            else:
                hit = any(
                    abs(place - line) <= 1 and not any((check, path, place + d) in mistakes for d in (-1, 0, 1))
                    for place, _ in hits
                )
            if options.first and not row["first"]:
                row["first"] = "hit" if hit else "miss"
            for group in ("all", f"check {check}", f"language {language}"):
                counts[(group, row["label"], "all")] += 1
                counts[(group, row["label"], "hit")] += hit
            if options.verbose and hit == (row["label"] == "lookalike"):
                word = "TOUCHED" if hit else "missed"
                print(f"{word} {check} {repository.replace('/', '+', 1)}/{path}:{line}")
        for finding in shown:
            beside[finding.check] += 1
        print(f"{repository}: {result.files} files, {len(shown)} findings, {seconds:.1f} s", file=sys.stderr)
    for group in sorted({group for group, _, _ in counts}, key=lambda g: (g != "all", not g.startswith("language"), g)):
        found, mistakes_all = counts[(group, "mistake", "hit")], counts[(group, "mistake", "all")]
        touched, alike = counts[(group, "lookalike", "hit")], counts[(group, "lookalike", "all")]
        recall = f"{100 * found / mistakes_all:3.0f} %" if mistakes_all else "    -"
        share = f"{100 * touched / alike:3.0f} %" if alike else "    -"
        print(f"{group:40} recall {recall} ({found}/{mistakes_all})   look-alikes touched {share} ({touched}/{alike})")
    print("findings in all:", ", ".join(f"{check} {count}" for check, count in beside.most_common()))
    if skipped:
        print("not there:", ", ".join(skipped), file=sys.stderr)
    if skipped and (options.record or options.first):
        print("nothing is recorded: repositories are missing", file=sys.stderr)
        return 1
    if options.first:
        keep(known)
    if options.record:
        record(counts + first_scans(known))
    return 0


def keep(labels: Iterable[Mapping[str, str]]) -> None:
    """Write the labels back, with what a first scan made of them."""
    with LABELS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(labels)


def first_scans(labels: Iterable[Mapping[str, str]]) -> Counter[tuple[str, str, str]]:
    """Count what the first scans of code never seen made of the labels, by check."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for row in labels:
        if row["first"]:
            group = f"check {row['check']}"
            counts[(group, row["label"], "all")] += 1
            counts[(group, row["label"], "hit")] += row["first"] == "hit"
    return counts


def record(counts: Counter[tuple[str, str, str]]) -> None:
    """Write the figures of every check with enough look-alikes into the catalogue."""
    lines = [
        "# How the checks did on code that was not written for them: written by tests/corpus.py --record.",
        "# The half of the repositories that is reported on, today, and the first scans of repositories never seen;",
        "# found of mistakes, touched of look-alikes.",
        f"date = {dt.datetime.now(dt.UTC).date()}",
        'script = "tests/corpus.py"',
    ]
    for group in sorted({group for group, _, _ in counts if group.startswith("check ")}):
        if counts[(group, "lookalike", "all")] >= LEAST_LOOK_ALIKES:
            lines += ["", f"[checks.{group.removeprefix('check ')}]"]
            for key, label, part in (
                ("mistakes", "mistake", "all"),
                ("found", "mistake", "hit"),
                ("lookalikes", "lookalike", "all"),
                ("touched", "lookalike", "hit"),
            ):
                lines.append(f"{key} = {counts[(group, label, part)]}")
    (FOLDER / MEASURED).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
