"""What the measurement on public code keeps, and what it counts into the catalogue's figures."""

import csv
import sys
import tomllib

import pytest

from tests import corpus
from ztcheck import catalogue

MISTAKE = 'client = requests.get("https://orders.contoso.com", verify=False)\n'
CHECK = "certificate-check-off"


@pytest.fixture
def labels(tmp_path, monkeypatch):
    """A corpus of one file whose third line is the mistake; returns a function that labels its lines and runs."""
    monkeypatch.setattr(corpus, "LABELS", tmp_path / "labels.csv")
    monkeypatch.setattr(corpus, "FOLDER", tmp_path)
    (tmp_path / "code" / "contoso+orders").mkdir(parents=True)
    (tmp_path / "code" / "contoso+orders" / "client.py").write_text("import requests\n\n" + MISTAKE + "\n" * 20)

    def run(rows, *options):
        corpus.keep(
            {
                "repository": "contoso/orders",
                "commit": "0",
                "path": "client.py",
                "line": str(line),
                "check": CHECK,
                "label": label,
                "half": half,
                "first": first,
            }
            for line, label, half, first in rows
        )
        monkeypatch.setattr(sys, "argv", ["corpus.py", str(tmp_path / "code"), *options])
        status = corpus.main()
        with corpus.LABELS.open(newline="") as file:
            kept = [row["first"] for row in csv.DictReader(file)]
        figures = tmp_path / catalogue.MEASURED
        return status, kept, tomllib.loads(figures.read_text())["checks"] if figures.exists() else None

    return run


def test_a_first_scan_keeps_what_it_found_and_touched_of_its_own_lot_only(labels):
    rows = [(3, "mistake", "unseen-9", ""), (20, "mistake", "unseen-9", ""), (3, "mistake", "unseen-8", "")]
    assert labels(rows, "--first", "unseen-9")[:2] == (0, ["hit", "miss", ""])


def test_a_later_scan_leaves_the_result_of_the_first(labels):
    assert labels([(3, "mistake", "unseen-9", "miss")], "--first", "unseen-9")[:2] == (0, ["miss"])


def test_the_figures_are_todays_of_the_half_reported_on_and_those_of_first_scans(labels):
    rows = [
        *[(line, "lookalike", "report", "") for line in (10, 12, 14, 16)],
        (3, "mistake", "report", ""),
        (3, "mistake", "tune", ""),
        (3, "mistake", "unseen-1", ""),
        (3, "mistake", "unseen-9", "miss"),
        (18, "lookalike", "unseen-9", "hit"),
    ]
    status, _, figures = labels(rows, "--record")
    assert (status, figures) == (0, {CHECK: {"mistakes": 2, "found": 1, "lookalikes": 5, "touched": 1}})


@pytest.mark.parametrize("options", [("--record",), ("--first", "report")])
def test_nothing_is_written_where_a_repository_is_missing(labels, tmp_path, options):
    (tmp_path / "code" / "contoso+orders").rename(tmp_path / "elsewhere")
    rows = [(line, "lookalike", "report", "") for line in range(1, 9)]
    assert labels(rows, *options) == (1, [""] * 8, None)


def test_a_lot_without_labels_is_an_error(labels):
    assert labels([(3, "mistake", "tune", "")], "--first", "unseen-9")[0] == 1
