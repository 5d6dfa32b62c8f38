"""The contract of the command line: exit codes and their precedence, streams, errors, help."""

from __future__ import annotations

import ast
import csv
import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.cli.conftest import ROOT, environment
from tests.team_files import GOOD
from ztcheck import catalogue, report
from ztcheck.cli import parser
from ztcheck.evidence import Evidence, Finding, Outcome, Place, to_json

CATALOGUE = catalogue.load()
DAY = ("--date", "2026-11-23")
COMMANDS = ("init", "ask", "report", "scan", "explain", "snippet", "list", "schema", "completion")


def all_answered(word: str = "yes") -> str:
    """Return a team's file in which every practice that applies has this answer."""
    head = GOOD[: GOOD.index("answers:")].replace("declared:", "declared: {}\n#").replace("  owned", "# owned")
    head = head.replace("  credential_days: 90", "").replace("evidence:", "evidence: {}\n#")
    head = head.replace("  source: [src]", "").replace("  manifest:\n", "").replace("    - {component", "# {component")
    answers = "".join(
        f"  {practice.id}: {{answer: {word}, by: Ann, on: 2026-11-22}}\n" for practice in CATALOGUE.practices
    )
    return f"{head}answers:\n{answers}"


def findings_against(practice_id: str) -> str:
    """Return a findings file in which a check of this practice refutes it."""
    check = next(c for c in CATALOGUE.by_id[practice_id].checks if "refute" in c.can)
    finding = Finding(check.id, "refutes", "Seen otherwise", Place("src/app.py", 7), "direct", "0123456789abcdef")
    return to_json(Evidence(outcomes=(Outcome(check.id, "ran"),), findings=(finding,)))


def some_refutable(severity: str) -> str:
    return next(
        practice.id
        for practice in CATALOGUE.practices
        if practice.severity == severity
        and practice.layer != "organization"
        and CATALOGUE.ruled_out_by(practice, CATALOGUE.complete(PROFILE)) is None
        and any("refute" in check.can for check in practice.checks)
    )


PROFILE = {
    "app_kinds": ("web-api", "daemon"), "audience": ("multi-tenant",), "users": ("customers",),
    "calls_apis": ("graph",), "acts_as": ("itself",), "credentials": ("managed-identity",), "hosting": ("azure",),
    "features": ("none",), "code_host": ("github",), "answers_for": ("app", "delivery"),
}  # fmt: skip
NOTHING = to_json(Evidence())


class TestReport:
    """Exit codes of `ztcheck report`, each with what it must and must not write."""

    @pytest.fixture(autouse=True)
    def _files(self, folder):
        (folder / "zero-trust.yml").write_text(all_answered())
        (folder / "nothing.json").write_text(NOTHING)

    def test_0_when_the_gate_passes(self, ztcheck, folder):
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "--output", "report.html")
        assert (done.returncode, done.stdout) == (0, "")
        assert "the gate passes" in done.stderr
        assert (folder / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")

    def test_1_when_evidence_contradicts_an_answer_even_of_low_severity(self, ztcheck, folder):
        (folder / "found.json").write_text(findings_against(some_refutable("medium")))
        done = ztcheck("report", *DAY, "--findings", "found.json", "--format", "json")
        assert done.returncode == 1
        data = json.loads(done.stdout)
        assert data["results"][0]["verdict"] == "contradicted"
        assert "src/app.py:7" in done.stdout or '"line": 7' in done.stdout
        assert "the gate FAILS" in done.stderr

    @pytest.mark.parametrize(("fail_on", "code"), [("critical", 0), ("high", 0), ("medium", 1), ("low", 1)])
    def test_1_from_the_severity_of_fail_on(self, ztcheck, folder, fail_on, code):
        applies = [p for p in CATALOGUE.practices if CATALOGUE.ruled_out_by(p, CATALOGUE.complete(PROFILE)) is None]
        medium = next(p.id for p in applies if p.severity == "medium")
        text = all_answered().replace(f"{medium}: {{answer: yes", f"{medium}: {{answer: no")
        (folder / "zero-trust.yml").write_text(text)
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "--fail-on", fail_on)
        assert done.returncode == code

    def test_2_for_a_mistake_in_the_team_file_and_nothing_is_written(self, ztcheck, folder):
        (folder / "zero-trust.yml").write_text(all_answered().replace("app_kinds", "app_kind"))
        done = ztcheck("report", *DAY, "--output", "report.html")
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr == (
            "error: zero-trust.yml:6:3: unknown profile field 'app_kind' in 'profile'\n"
            "  help: did you mean 'app_kinds'?\n"
        )
        assert not (folder / "report.html").exists()

    def test_2_comes_before_1(self, ztcheck, folder):
        (folder / "zero-trust.yml").write_text(all_answered("no") + "extra: 1\n")
        assert ztcheck("report", *DAY, "--findings", "nothing.json").returncode == 2

    def test_2_comes_before_3(self, ztcheck, folder):
        failed = Evidence(failures=("the source collector failed: boom",))
        (folder / "failed.json").write_text(to_json(failed))
        (folder / "zero-trust.yml").write_text(all_answered() + "extra: 1\n")
        assert ztcheck("report", *DAY, "--findings", "failed.json").returncode == 2

    @pytest.mark.parametrize("word", ["yes", "no"])
    def test_3_when_a_collector_failed_comes_before_1_and_the_report_is_written(self, ztcheck, folder, word):
        (folder / "failed.json").write_text(to_json(Evidence(failures=("the source collector failed: boom",))))
        (folder / "zero-trust.yml").write_text(all_answered(word))
        done = ztcheck("report", *DAY, "--findings", "failed.json", "--output", "report.md")
        assert done.returncode == 3
        assert "error: the source collector failed: boom" in done.stderr
        assert (folder / "report.md").read_text(encoding="utf-8").startswith("#")

    @pytest.mark.parametrize(
        ("words", "says"),
        [
            (["--date", "2026-02-30"], "--date: '2026-02-30' is not a day"),
            (["--date", "11/23/2026"], "--date: '11/23/2026' is not a day"),
            (["--format", "htm"], "did you mean 'html'?"),
            (["--format", "html", "--format", "json"], "several formats do not fit on standard output"),
            (["--format", "all", "--output", "nothing.json"], "is a file; several formats need a folder"),
            (["--baseline", "missing.json"], "missing.json"),
            (["--baseline", "nothing.json"], "is not a JSON report of ztcheck"),
            (["--findings", "missing.json"], "missing.json"),
            (["--fail-on", "huge"], "'huge' is not one of critical, high, medium, low"),
            (["--unknown"], "unrecognized arguments: --unknown"),
            (["elsewhere"], "elsewhere: does not exist"),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_2_for_wrong_usage_with_cause_and_help(self, ztcheck, words, says):
        done = ztcheck("report", *words)
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert says in done.stderr

    def test_an_expired_waiver_warns_and_with_strict_is_an_error(self, ztcheck, folder):
        waiver = (
            "waivers:\n  - {practice: enforce-token-lifetime, owner: A, approved_by: B, reason: R, "
            "on: 2026-10-01, until: 2026-10-20}\n"
        )
        (folder / "zero-trust.yml").write_text(all_answered() + waiver)
        done = ztcheck("report", *DAY, "--findings", "nothing.json")
        assert done.returncode == 0
        assert "warning: zero-trust.yml:" in done.stderr
        assert "the waiver of 'enforce-token-lifetime' expired on 2026-10-20 and is ignored" in done.stderr
        strict = ztcheck("report", *DAY, "--findings", "nothing.json", "--strict", "--output", "report.html")
        assert strict.returncode == 2
        assert "error: zero-trust.yml:" in strict.stderr
        assert not (folder / "report.html").exists()

    def test_an_unused_waiver_warns_and_with_strict_is_an_error(self, ztcheck, folder):
        waiver = (
            "waivers:\n  - {practice: enforce-token-lifetime, owner: A, approved_by: B, reason: R, "
            "on: 2026-11-20, until: 2026-12-01}\n"
        )
        (folder / "zero-trust.yml").write_text(all_answered() + waiver)
        done = ztcheck("report", *DAY, "--findings", "nothing.json")
        assert (done.returncode, "is not used" in done.stderr) == (0, True)
        assert ztcheck("report", *DAY, "--findings", "nothing.json", "--strict").returncode == 2

    def test_no_waivers_shows_the_truth(self, ztcheck, folder):
        text = all_answered().replace("enforce-token-lifetime: {answer: yes", "enforce-token-lifetime: {answer: no")
        waiver = (
            "waivers:\n  - {practice: enforce-token-lifetime, owner: A, approved_by: B, reason: R, "
            "on: 2026-11-20, until: 2026-12-01}\n"
        )
        (folder / "zero-trust.yml").write_text(text + waiver)
        assert ztcheck("report", *DAY, "--findings", "nothing.json").returncode == 0
        assert ztcheck("report", *DAY, "--findings", "nothing.json", "--no-waivers").returncode == 1

    def test_all_formats_go_to_one_folder_and_are_the_same_bytes_each_time(self, ztcheck, folder):
        for name in ("one", "two"):
            done = ztcheck("report", *DAY, "--findings", "nothing.json", "--format", "all", "--output", name)
            assert done.returncode == 0
        one = {path.name: path.read_bytes() for path in (folder / "one").iterdir()}
        two = {path.name: path.read_bytes() for path in (folder / "two").iterdir()}
        assert one == two
        assert {name.rpartition(".")[2] for name in one} == set(report.FORMATS.values())

    def test_source_date_epoch_is_the_day_and_the_time(self, ztcheck):
        epoch = str(int(dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC).timestamp()))
        words = ("report", "--findings", "nothing.json", "--format", "json")
        first, second = (ztcheck(*words, env={"SOURCE_DATE_EPOCH": epoch}).stdout for _ in range(2))
        assert first == second
        assert json.loads(first)["date"] == "2026-11-23"

    def test_a_nonsense_epoch_is_wrong_usage(self, ztcheck):
        done = ztcheck("report", env={"SOURCE_DATE_EPOCH": "soon"})
        assert (done.returncode, "SOURCE_DATE_EPOCH: 'soon'" in done.stderr) == (2, True)

    def test_the_ending_of_output_picks_the_format(self, ztcheck, folder):
        ztcheck("report", *DAY, "--findings", "nothing.json", "--output", "r.csv")
        rows = list(csv.reader(io.StringIO((folder / "r.csv").read_text(encoding="utf-8"), newline="")))
        assert len(rows) == len(CATALOGUE.practices) + 1

    def test_a_baseline_says_what_changed(self, ztcheck, folder):
        ztcheck("report", *DAY, "--findings", "nothing.json", "--output", "before.json")
        text = all_answered().replace("enforce-token-lifetime: {answer: yes", "enforce-token-lifetime: {answer: no")
        (folder / "zero-trust.yml").write_text(text)
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "--baseline", "before.json", "-f", "json")
        assert "enforce-token-lifetime" in json.dumps(json.loads(done.stdout)["changes"])
        assert "regressed" in json.dumps(json.loads(done.stdout)["changes"])

    def test_quiet_leaves_only_data(self, ztcheck):
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "-q")
        assert done.stderr == ""
        assert "Contoso Orders" in done.stdout

    def test_no_colour_outside_a_terminal(self, ztcheck):
        done = ztcheck("report", *DAY, "--findings", "nothing.json", env={"FORCE_COLOR": "1", "TERM": "xterm"})
        assert "\x1b" not in done.stdout + done.stderr

    def test_an_output_folder_that_cannot_be_made_is_named(self, ztcheck, folder):
        (folder / "file").write_text("")
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "--output", "file/report.html")
        assert (done.returncode, "file" in done.stderr, "Traceback" in done.stderr) == (2, True, False)

    def test_a_read_only_report_is_not_replaced(self, ztcheck, folder):
        (folder / "report.html").write_text("old")
        (folder / "report.html").chmod(0o444)
        done = ztcheck("report", *DAY, "--findings", "nothing.json", "--output", "report.html")
        assert (done.returncode, "report.html: is read-only" in done.stderr) == (2, True)
        assert (folder / "report.html").read_text() == "old"


def test_the_reader_of_the_output_may_go_away(folder):
    process = subprocess.Popen(
        [sys.executable, "-m", "ztcheck", "list", "--format", "json"], cwd=folder, env=environment(folder.parent),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.read(10) == b"[\n  {\n    "
    process.stdout.close()
    assert (process.wait(timeout=30), process.stderr.read()) == (141, b"")
    process.stderr.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to a process")
def test_ctrl_c_stops_without_a_traceback(folder):
    code = (
        "import signal, sys, time, ztcheck.cli.report as r\n"
        # A shell starts what runs in its background with the signal ignored.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "r.run = lambda args: (print('ready', flush=True), time.sleep(60))\n"
        "from ztcheck.cli import main\nsys.exit(main(['report']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=environment(folder.parent), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (130, "\nstopped\n")


def test_a_fault_of_our_own_is_3_and_no_traceback(folder):
    code = (
        "import sys, ztcheck.cli.show as s\ns.explain = lambda args: 1 / 0\n"
        "from ztcheck.cli import main\nsys.exit(main(['explain', 'x']))\n"
    )
    for env, traceback in (({}, False), ({"ZTCHECK_TRACEBACK": "1"}, True)):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=folder, env=environment(folder.parent, env), capture_output=True,
            text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ("Traceback" in done.stderr) is traceback
        if not traceback:
            assert done.returncode == 3
            assert "error: ztcheck itself failed: ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_with_examples_and_exit_codes_whatever_the_width(ztcheck, command):
    wide = ztcheck(command, "--help", env={"COLUMNS": "200"})
    narrow = ztcheck(command, "--help", env={"COLUMNS": "40"})
    assert (wide.returncode, wide.stderr) == (0, "")
    assert wide.stdout == narrow.stdout
    assert max(map(len, wide.stdout.splitlines())) <= 100
    for part in ("usage: ztcheck", "examples:", f"  ztcheck {command}", "exit codes:"):
        assert part in wide.stdout


def test_help_names_every_command(ztcheck):
    text = ztcheck("--help").stdout
    assert all(f"\n    {command} " in text for command in (*COMMANDS, "authority"))


def test_help_of_init_names_every_value_of_the_profile(ztcheck):
    text = " ".join(ztcheck("init", "--help").stdout.split())
    for field in CATALOGUE.profile:
        option = f"--{field.id.replace('_', '-')} WORD[,WORD]"
        assert f"{option} {field.question} {', '.join(field.values)} " in text


def test_no_command_is_wrong_usage_and_shows_help(ztcheck):
    done = ztcheck()
    assert (done.returncode, done.stdout) == (2, "")
    assert "start here:" in done.stderr


def test_a_misspelt_command_gets_the_nearest(ztcheck):
    done = ztcheck("reprot")
    assert done.returncode == 2
    assert "no such command: 'reprot'" in done.stderr
    assert "did you mean 'report'?" in done.stderr


@pytest.mark.parametrize("words", [["--version"], ["-V"], ["-V", "--version"]])
def test_version(ztcheck, words):
    assert ztcheck(*words).stdout.startswith("ztcheck ")


def test_version_and_help_import_nothing_heavy(folder):
    code = "import sys\nfrom ztcheck.cli import main\nmain(sys.argv[1:])\nprint(sorted(sys.modules), file=sys.stderr)\n"
    heavy = {"ruamel.yaml", "rich", "questionary", "jinja2", "tomllib", "json", "subprocess", "ztcheck.catalogue"}
    for word, more in (("--version", {"argparse", "re", "typing", "dataclasses", "enum"}), ("--help", set())):
        done = subprocess.run(
            [sys.executable, "-S", "-c", code, word], cwd=folder, env=environment(folder.parent),
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        loaded = set(ast.literal_eval(done.stderr))
        assert loaded & (heavy | more) == set()


def test_the_formats_and_words_that_help_names_are_those_that_exist():
    assert set(parser.FORMATS) == set(report.FORMATS)
    assert parser.SEVERITIES == catalogue.SEVERITIES


class TestList:
    def test_json_holds_what_others_build_on(self, ztcheck):
        entries = json.loads(ztcheck("list", "--format", "json").stdout)
        assert [entry["id"] for entry in entries] == [practice.id for practice in CATALOGUE.practices]
        needed = {"id", "title", "topic", "page", "severity", "question", "snippets", "checks", "recommendations",
                  "standards"}  # fmt: skip
        assert all(needed <= entry.keys() for entry in entries)

    def test_csv_has_one_row_for_each_practice(self, ztcheck):
        rows = list(csv.DictReader(io.StringIO(ztcheck("list", "--format", "csv").stdout, newline="")))
        assert [row["id"] for row in rows] == [practice.id for practice in CATALOGUE.practices]

    def test_filters_narrow_each_other_down(self, ztcheck):
        done = ztcheck("list", "--severity", "critical", "--severity", "high", "--topic", "tokens")
        expected = [
            practice.id
            for practice in CATALOGUE.practices
            if practice.topic == "tokens" and practice.severity in ("critical", "high")
        ]
        assert [line.split()[0] for line in done.stdout.splitlines()] == expected

    def test_a_profile_leaves_out_what_does_not_apply(self, ztcheck, folder):
        (folder / "zero-trust.yml").write_text(GOOD)
        listed = ztcheck("list", "--team", "zero-trust.yml").stdout
        assert "verify-token-signature" in listed
        assert "harden-session-cookies" not in listed

    @pytest.mark.parametrize(
        ("words", "says"),
        [(["--topic", "token"], "did you mean 'tokens'?"), (["--standard", "rfc-870"], "did you mean 'rfc-8707'?"),
         (["--severity", "hihg"], "did you mean 'high'?")],
        ids=["topic", "standard", "severity"],
    )  # fmt: skip
    def test_misspelt_filters_are_wrong_usage(self, ztcheck, words, says):
        done = ztcheck("list", *words)
        assert (done.returncode, says in done.stderr) == (2, True)


class TestExplain:
    def test_names_every_path_that_belongs_to_the_id_and_each_exists(self, ztcheck):
        text = ztcheck("explain", "verify-token-signature").stdout
        paths = [line.strip() for line in text[text.index("\npaths\n") :].splitlines()[2:]]
        assert "checks/ztcheck/catalogue/practices/api-protection.toml" in paths
        assert "snippets/verify_access_token.py" in paths
        assert "tests/snippets/test_verify_access_token.py" in paths
        generated = ("docs/reference/catalogue/",)
        assert [path for path in paths if not path.startswith(generated)] == [
            path for path in paths if (ROOT / path.partition("#")[0]).is_file()
        ]

    def test_takes_the_id_of_a_check(self, ztcheck):
        check = next(iter(CATALOGUE.checks.values()))
        assert check.practice in ztcheck("explain", check.id).stdout

    @pytest.mark.parametrize("practice", CATALOGUE.practices[::15], ids=lambda practice: practice.id)
    def test_tells_question_severity_and_address(self, ztcheck, practice):
        text = " ".join(ztcheck("explain", practice.id).stdout.split())
        for part in (practice.title, practice.question, practice.severity, practice.url):
            assert part in text

    def test_an_unknown_practice_gets_the_nearest(self, ztcheck):
        done = ztcheck("explain", "verify-token-signatur")
        assert (done.returncode, done.stdout) == (2, "")
        assert "did you mean 'verify-token-signature'?" in done.stderr


class TestSnippet:
    def test_prints_exactly_the_tested_file(self, ztcheck):
        expected = (ROOT / "snippets" / "verify_access_token.py").read_text(encoding="utf-8")
        assert ztcheck("snippet", "verify_access_token").stdout == expected

    def test_lists_all_of_them(self, ztcheck):
        listed = [line.split()[0] for line in ztcheck("snippet").stdout.splitlines()]
        assert listed == sorted(path.stem for path in (ROOT / "snippets").glob("*.py"))

    def test_an_unknown_one_gets_the_nearest(self, ztcheck):
        done = ztcheck("snippet", "verify_acces_token")
        assert (done.returncode, "did you mean 'verify_access_token'?" in done.stderr) == (2, True)

    @pytest.mark.parametrize("name", ["../pyproject", "/etc/passwd", ".", ""])
    def test_no_path_leads_out_of_the_folder(self, ztcheck, name):
        assert ztcheck("snippet", name).returncode == 2


class TestScan:
    def test_nothing_to_scan_is_not_called_clean(self, ztcheck):
        done = ztcheck("scan")
        assert (done.returncode, done.stdout) == (0, "")
        assert "nothing to scan, which does not mean that nothing is wrong" in done.stderr

    def test_a_missing_folder_is_wrong_usage(self, ztcheck):
        done = ztcheck("scan", "elsewhere")
        assert (done.returncode, "elsewhere: does not exist" in done.stderr) == (2, True)

    @pytest.mark.parametrize("name", ["json", "sarif"])
    def test_other_tools_get_json(self, ztcheck, folder, name):
        (folder / "app.py").write_text("print('hello')\n")
        assert json.loads(ztcheck("scan", "--format", name).stdout)["version"] in (1, "2.1.0")

    def test_earlier_commits_are_read_on_demand_by_scan_and_by_report(self, ztcheck, folder):
        def git(*words):
            subprocess.run(
                ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", *words], cwd=folder, check=True
            )

        (folder / "zero-trust.yml").write_text(all_answered())
        (folder / "conf.py").write_text(f"TOKEN = 'ghp_{'a1B2c3D4e5F6' * 3}'\n")
        git("init", "-q")
        git("add", "conf.py")
        git("commit", "-q", "-m", "a secret")
        (folder / "conf.py").write_text("TOKEN = load()\n")
        git("commit", "-q", "-a", "-m", "no secret")
        plain, deep = ztcheck("scan"), ztcheck("scan", "--history")
        assert (plain.returncode, ".git: earlier commits: only --history reads them" in plain.stderr) == (0, True)
        assert (deep.returncode, "conf.py: refutes: a credential is in the history still" in deep.stdout) == (1, True)
        verdicts = [
            {
                row["practice"]: row["verdict"]
                for row in json.loads(ztcheck("report", "-f", "json", *DAY, *flag).stdout)["results"]
            }
            for flag in ([], ["--history"])
        ]
        assert [row["keep-secrets-out-of-code"] for row in verdicts] == ["attested", "contradicted"]

    def test_without_its_engine_a_scan_fails_and_a_report_says_that_it_did_not_look(self, folder):
        (folder / "app.py").write_text("print('hello')\n")
        (folder / "zero-trust.yml").write_text(all_answered())
        code = (
            "import sys\nfrom ztcheck.collectors.source import engine\nfrom ztcheck.errors import MissingExtraError\n"
            "def gone(): raise MissingExtraError('reading source code needs ast-grep')\nengine.find_binary = gone\n"
            "from ztcheck.cli import main\nsys.exit(main(sys.argv[1:]))\n"
        )
        scan, assessed = (
            subprocess.run(
                [sys.executable, "-c", code, *words], cwd=folder, env=environment(folder.parent), capture_output=True,
                text=True, timeout=60, check=False,
            )
            for words in (["scan"], ["report", *DAY])
        )  # fmt: skip
        assert (scan.returncode, scan.stdout) == (3, "")
        assert "reading source code needs ast-grep" in scan.stderr
        assert assessed.returncode in (0, 1)


@pytest.mark.parametrize("which", ["team", "report", "findings"])
def test_schemas_are_json_schemas(ztcheck, which):
    import jsonschema

    jsonschema.Draft202012Validator.check_schema(json.loads(ztcheck("schema", which).stdout))


def test_a_schema_is_written_whole_to_a_file(ztcheck, folder):
    done = ztcheck("schema", "--output", "team.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((folder / "team.json").read_text())["title"]


@pytest.mark.parametrize("shell", parser.SHELLS)
def test_completion_knows_the_commands(ztcheck, shell):
    done = ztcheck("completion", shell)
    assert done.returncode == 0
    assert all(command in done.stdout for command in COMMANDS)


def test_the_authority_says_which_extra_it_needs(folder):
    code = (
        "import sys, importlib.util as u\nold = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'trustme' else old(name, *a)\n"
        "from ztcheck.cli import main\nsys.exit(main(['authority', '--once']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment(folder.parent), capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "help: pip install 'ztcheck[authority]'" in done.stderr


def test_the_example_is_a_right_file_with_every_kind_of_answer(ztcheck):
    example = ROOT / "examples" / "contoso-orders"
    done = ztcheck("report", str(example), "--date", "2026-11-16", "--format", "json")
    data = json.loads(done.stdout)
    assert done.returncode == 1
    answers = {(result["answer"] or {}).get("answer") for result in data["results"]}
    assert answers >= {"yes", "partly", "no", "not-applicable"}
    verdicts = {result["practice"]["id"] if isinstance(result["practice"], dict) else result["practice"]:
                result["verdict"] for result in data["results"]}  # fmt: skip
    assert verdicts["replace-client-secrets"] == "accepted-risk"
    assert verdicts["log-access-decisions"] == "unanswered"  # lapsed
