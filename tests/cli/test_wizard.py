"""`init` and `ask`, in a terminal and in scripts: what is guessed, asked, saved, and left alone."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.team_files import GOOD
from ztcheck import catalogue, team
from ztcheck.evidence import Evidence, Finding, Outcome, Place, digest_of, to_json

CATALOGUE = catalogue.load()
TODAY = dt.date(2026, 11, 23)
ON_THAT_DAY = {"SOURCE_DATE_EPOCH": str(int(dt.datetime(2026, 11, 23, tzinfo=dt.UTC).timestamp()))}
terminals = pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals in the standard library")
if os.name != "nt":
    from tests.cli.pseudo import CTRL_C, DOWN, ENTER, SPACE, Terminal


def read(folder: Path) -> team.Team:
    return team.read(folder / "zero-trust.yml", CATALOGUE, dt.datetime.now(dt.UTC).date())


class TestInitInAScript:
    def test_takes_every_answer_from_options(self, ztcheck, folder):
        done = ztcheck(
            "init", "--name", "Orders: the API", "--owner", "Ann & co", "--app-kinds", "web-api,daemon",
            "--audience", "multi-tenant", "--users", "customers", "--calls-apis", "graph", "--acts-as", "itself",
            "--credentials", "managed-identity", "--hosting", "azure", "--features", "none", "--code-host", "github",
            "--answers-for", "app",
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "")
        assert "next: ztcheck report" in done.stderr
        written = read(folder)
        assert (written.name, written.owner) == ("Orders: the API", "Ann & co")
        assert written.profile["app_kinds"] == ("web-api", "daemon")

    def test_yes_takes_the_guesses_and_says_nothing_that_it_does_not_know(self, ztcheck, folder):
        done = ztcheck("init", "--yes")
        assert done.returncode == 2
        assert "error: --app-kinds is missing" in done.stderr
        assert not (folder / "zero-trust.yml").exists()

    def test_without_a_terminal_names_everything_that_is_missing_at_once(self, ztcheck):
        done = ztcheck("init", "--app-kinds", "web-api")
        assert done.returncode == 2
        assert done.stderr.count("is missing, and there is no terminal to ask in") == 9

    def test_names_every_wrong_word_at_once(self, ztcheck):
        done = ztcheck("init", "--app-kinds", "web-apis,spa", "--users", "none,guests", "--code-host", "github,gitlab")
        assert done.returncode == 2
        assert "did you mean 'web-api'?" in done.stderr
        assert "--users: 'none' stands beside other values" in done.stderr
        assert "--code-host: expected one word" in done.stderr

    @pytest.mark.parametrize("kind", ["file", "broken link"])
    def test_never_overwrites(self, ztcheck, folder, kind):
        target = folder / "zero-trust.yml"
        if kind == "file":
            target.write_text("mine")
        else:
            target.symlink_to(folder / "nowhere")
        done = ztcheck("init", "--yes", "--app-kinds", "web-api")
        assert done.returncode == 2
        assert "exists already and is not overwritten" in done.stderr
        assert target.is_symlink() or target.read_text() == "mine"
        assert not (folder / "nowhere").exists()

    def test_the_first_line_names_the_schema_for_editors(self, ztcheck, folder):
        ztcheck("init", "--yes", "--app-kinds", "web-api")
        first = (folder / "zero-trust.yml").read_text().splitlines()[0]
        assert first == f"# yaml-language-server: $schema={team.schema(CATALOGUE)['$id']}"

    def test_a_report_follows_at_once(self, ztcheck):
        ztcheck("init", "--yes", "--app-kinds", "web-api")
        done = ztcheck("report")
        assert done.returncode == 1
        assert "May we ship?" in done.stdout


GUESSES = {
    "a FastAPI service": ({"requirements.txt": "fastapi==1\n"}, "app_kinds", ("web-api",)),
    "a React page": ({"package.json": '{"dependencies": {"react-dom": "1"}}'}, "app_kinds", ("spa",)),
    "a worker": ({"w/W.csproj": '<Project Sdk="Microsoft.NET.Sdk.Worker">'}, "app_kinds", ("daemon",)),
    "an MCP server": ({"pyproject.toml": '[project]\ndependencies = ["mcp>=1"]\n'}, "app_kinds", ("mcp-server",)),
    "a multitenant authority": (
        {"requirements.txt": "flask", "appsettings.json": '{"AzureAd": {"TenantId": "organizations"}}'},
        "audience", ("multi-tenant",),
    ),
    "a registration for Microsoft accounts": (
        {"requirements.txt": "flask", "app.json": json.dumps(
            {"appId": "x", "displayName": "Orders", "signInAudience": "AzureADandPersonalMicrosoftAccount"})},
        "audience", ("multi-tenant", "personal-accounts"),
    ),
    "a client secret": (
        {"requirements.txt": "flask\nazure-identity", ".env": "CLIENT_SECRET=x"}, "credentials", ("secret",),
    ),
    "a workflow": ({"requirements.txt": "flask", ".github/workflows/ci.yml": "on: push"}, "code_host", ("github",)),
    "templates": ({"requirements.txt": "flask", "main.bicep": "param a string"}, "features", ("infrastructure-code",)),
    "a router of Go": ({"go.mod": "require github.com/gorilla/mux v1.8.1"}, "app_kinds", ("web-api",)),
    "no app for telephones": (
        {"package.json": '{"dependencies": {"express": "5"}, "jest": {"ignore": "(?!react-native|react-router)"}}'},
        "app_kinds", ("web-api",),
    ),
    "a secret beside a managed identity in use": (
        {"requirements.txt": "flask", ".env": "CLIENT_SECRET=x",
         "orders.py": "from azure.identity import ManagedIdentityCredential\nme = ManagedIdentityCredential()\n"},
        "credentials", ("secret", "managed-identity"),
    ),
    "a token of its own": (
        {"requirements.txt": "flask", "orders.py": "import msal\ntoken = app.acquire_token_for_client(SCOPES)\n"},
        "acts_as", ("itself",),
    ),
    "passwords that it checks": (
        {"requirements.txt": "flask", "login.py": "import bcrypt\nsame = bcrypt.checkpw(given, stored)  # password\n"},
        "features", ("own-user-store",),
    ),
    "Graph": ({"requirements.txt": "flask\nmsgraph-sdk"}, "calls_apis", ("graph",)),
}  # fmt: skip


@pytest.mark.parametrize("case", GUESSES.values(), ids=GUESSES.keys())
def test_guesses_from_what_lies_in_the_folder(ztcheck, folder, case):
    files, field, expected = case
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    done = ztcheck("init", "--yes")
    assert done.returncode == 0
    assert read(folder).profile[field] == expected
    said = [line.split(": ")[1] for line in done.stderr.splitlines() if line.startswith(f"{field}: ")]
    assert said == list(expected)


def test_a_registration_that_lies_there_becomes_evidence(ztcheck, folder):
    (folder / "registrations").mkdir()
    (folder / "registrations" / "api.json").write_text(
        '{"appId": "x", "displayName": "Orders", "signInAudience": "AzureADMyOrg"}'
    )
    ztcheck("init", "--yes", "--app-kinds", "web-api")
    [declared] = read(folder).evidence
    assert (declared.collector, declared.path, declared.component) == ("manifest", "registrations/api.json", "Orders")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("package.json", "[" * 100_000), ("package.json", '{"name": "\\u001b[2J"}'), ("package.json", "\x00\xff"),
        ("pyproject.toml", "[project"), ("app.json", '{"signInAudience": [], "appId": {}, "displayName": 7}'),
        ("package.json", '{"name": "x", "description": "' + "a" * 2_000_000 + '"}'),
    ],
    ids=["deep", "control sequence", "binary", "broken", "odd registration", "large"],
)  # fmt: skip
def test_hostile_files_do_not_stop_the_wizard_or_reach_the_file(ztcheck, folder, name, text):
    (folder / name).write_text(text, encoding="latin-1")
    done = ztcheck("init", "--yes", "--app-kinds", "web-api")
    assert (done.returncode, "\x1b" in done.stderr) == (0, False)
    assert read(folder).name.isprintable()


class TestAskInAScript:
    @pytest.fixture(autouse=True)
    def _files(self, folder):
        (folder / "zero-trust.yml").write_text(GOOD)
        (folder / "nothing.json").write_text(to_json(Evidence()))

    def test_saves_answers_with_name_day_and_note(self, ztcheck, folder):
        done = ztcheck(
            "ask", "--by", "Ann", "--answer", "check-object-access=partly: attachments: not yet",
            "--answer", "filter-response-fields=yes", env=ON_THAT_DAY,
        )  # fmt: skip
        assert (done.returncode, done.stdout) == (0, "")
        answers = read(folder).answers
        assert (answers["check-object-access"].answer, answers["check-object-access"].note) == (
            "partly", "attachments: not yet",
        )  # fmt: skip
        assert (answers["filter-response-fields"].by, answers["filter-response-fields"].on) == ("Ann", TODAY)
        assert (folder / "zero-trust.yml").read_text().startswith(GOOD[: GOOD.index("waivers:") - 1])

    def test_names_every_mistake_and_saves_none(self, ztcheck, folder):
        done = ztcheck(
            "ask", "--by", "Ann", "--answer", "check-object-access=yes", "--answer", "check-objekt-access=yes",
            "--answer", "filter-response-fields=maybe", "--answer", "filter-response-fields=not-applicable",
            "--answer", "verify-token-signature=not-applicable: x", "--answer", "filter-response-fields",
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.count("error:") == 5
        assert "did you mean 'check-object-access'?" in done.stderr
        assert (folder / "zero-trust.yml").read_text() == GOOD

    def test_without_a_terminal_or_answers_is_wrong_usage(self, ztcheck):
        done = ztcheck("ask")
        assert (done.returncode, "there is no terminal to ask in" in done.stderr) == (2, True)

    def test_an_answer_needs_a_name(self, ztcheck):
        done = ztcheck("ask", "--answer", "check-object-access=yes")
        assert (done.returncode, "help: add --by NAME" in done.stderr) == (2, True)

    def test_keeps_what_evidence_the_answer_was_given_for(self, ztcheck, folder):
        check = next(iter(CATALOGUE.checks.values()))
        finding = Finding(check.id, "refutes", "Seen", Place("a.py", 1), "direct", "0123456789abcdef")
        (folder / "found.json").write_text(to_json(Evidence(outcomes=(Outcome(check.id, "ran"),), findings=(finding,))))
        ztcheck("ask", "--by", "Ann", "--findings", "found.json", "--answer", f"{check.practice}=no")
        assert read(folder).answers[check.practice].seen == digest_of([finding])

    def test_a_file_that_is_read_only_stays(self, ztcheck, folder):
        (folder / "zero-trust.yml").chmod(0o444)
        done = ztcheck("ask", "--by", "Ann", "--answer", "check-object-access=yes")
        assert (done.returncode, "is read-only" in done.stderr) == (2, True)
        assert (folder / "zero-trust.yml").read_text() == GOOD

    def test_misspelt_topics_and_practices_get_the_nearest(self, ztcheck):
        done = ztcheck("ask", "--by", "A", "--topic", "token", "--answer", "check-object-access=yes")
        assert (done.returncode, "did you mean 'tokens'?" in done.stderr) == (2, True)


@terminals
class TestInATerminal:
    def test_a_new_user_gets_from_an_empty_folder_to_a_report(self, folder, ztcheck):
        with Terminal(folder, "init") as terminal:
            terminal.expect("What is the product called? [product]")
            terminal.type(*"Orders", ENTER)
            terminal.expect("Who answers for it")
            terminal.type(*"Ann", ENTER)
            terminal.expect("Which kinds of app")
            terminal.type(ENTER)
            terminal.expect("choose at least one with the space bar")
            terminal.type(DOWN, DOWN, SPACE, ENTER)
            for question in ("Whose directories", "Who uses it?", "Which APIs does it call?"):
                terminal.expect(question)
                terminal.type(ENTER)
            terminal.expect("How does it prove")  # "in whose name" is not asked: it calls nothing
            terminal.type(ENTER)
            for question in ("Where does it run?", "Which of these", "Where is the code", "Whose settings"):
                terminal.expect(question)
                terminal.type(ENTER)
            terminal.expect("practices apply to Orders.")
            terminal.expect("next: ztcheck report")
            assert terminal.end() == 0
        written = read(folder)
        assert (written.name, written.owner, written.profile["app_kinds"]) == ("Orders", "Ann", ("web-api",))
        assert (written.profile["calls_apis"], written.profile["acts_as"]) == (("none",), ("none",))
        assert ztcheck("report").returncode == 1

    def test_shows_what_it_found_and_why(self, folder):
        (folder / "requirements.txt").write_text("fastapi\n")
        with Terminal(folder, "init", "--name", "A", "--owner", "B") as terminal:
            terminal.expect("found web-api: requirements.txt names fastapi")

    def test_ctrl_c_writes_nothing(self, folder):
        with Terminal(folder, "init") as terminal:
            terminal.expect("What is the product called?")
            terminal.type(CTRL_C)
            assert terminal.end() == 130
        assert not (folder / "zero-trust.yml").exists()

    def test_asks_the_most_severe_first_saves_each_answer_and_goes_on_later(self, folder):
        (folder / "zero-trust.yml").write_text(GOOD)
        (folder / "nothing.json").write_text(to_json(Evidence()))
        words = ("ask", "--by", "Cleo", "--findings", "nothing.json")
        with Terminal(folder, *words) as terminal:
            first = terminal.expect("Your answer?")
            assert "critical" in first
            terminal.type("n", ENTER)
            terminal.expect("Why not yet?")
            terminal.type(*"Soon.", ENTER)
            terminal.expect("saved in zero-trust.yml")
            terminal.expect("Your answer?")
            terminal.process.kill()  # as when a laptop's battery dies
        [saved] = [answer for answer in read(folder).answers.values() if answer.by == "Cleo"]
        assert (saved.answer, saved.note) == ("no", "Soon.")
        assert saved.practice in first
        with Terminal(folder, *words) as terminal:
            again = terminal.expect("Your answer?")
            assert saved.practice not in again
            terminal.type("q", ENTER)
            terminal.expect("0 answers saved")
            assert terminal.end() == 0

    def test_enter_alone_attests_nothing(self, folder):
        (folder / "zero-trust.yml").write_text(GOOD)
        (folder / "nothing.json").write_text(to_json(Evidence()))
        with Terminal(folder, "ask", "--by", "Cleo", "--findings", "nothing.json") as terminal:
            terminal.expect("Your answer?")
            terminal.type(ENTER)
            terminal.expect("[2 of ")
            terminal.expect("Your answer?")
            terminal.expect("quit")
            terminal.type(CTRL_C)
            assert terminal.end() == 0
        assert (folder / "zero-trust.yml").read_text() == GOOD

    def test_shows_evidence_beside_the_question_and_offers_no_way_round_what_may_not_be_waived(self, folder):
        check = next(
            check
            for check in CATALOGUE.checks.values()
            if not CATALOGUE.by_id[check.practice].waivable and "refute" in check.can
        )
        head = GOOD[: GOOD.index("answers:")]
        (folder / "zero-trust.yml").write_text(
            f"{head}answers:\n  {check.practice}: {{answer: yes, by: Ann, on: {TODAY}}}\n"
        )
        finding = Finding(check.id, "refutes", "Seen otherwise", Place("a.py", 7), "direct", "0123456789abcdef")
        (folder / "found.json").write_text(to_json(Evidence(outcomes=(Outcome(check.id, "ran"),), findings=(finding,))))
        with Terminal(folder, "ask", "--by", "Cleo", "--findings", "found.json") as terminal:
            shown = terminal.expect("Your answer?")
            assert check.practice in shown  # a contradiction comes first
            assert "Now: contradicted" in shown
            assert "Found: refutes (direct) a.py:7: Seen otherwise" in shown
            assert "Answered: yes by Ann" in shown
            choices = terminal.expect("quit")
            assert "not applicable" not in choices

    @pytest.mark.parametrize(("env", "colored"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)])
    def test_colour_is_for_terminals_that_want_it(self, folder, env, colored):
        (folder / "zero-trust.yml").write_text(GOOD)
        (folder / "nothing.json").write_text(to_json(Evidence()))
        with Terminal(folder, "report", "--findings", "nothing.json", env=env) as terminal:
            terminal.expect("for a page to hand on")
            terminal.end()
        assert ("\x1b[" in terminal.raw) is colored

    def test_a_terminal_without_abilities_is_not_asked_in(self, folder):
        with Terminal(folder, "init", env={"TERM": "dumb"}) as terminal:
            terminal.expect("there is no terminal to ask in")
            assert terminal.end() == 2


def test_git_says_who_answers(ztcheck, folder):
    (folder / "zero-trust.yml").write_text(GOOD)
    (folder / "nothing.json").write_text(to_json(Evidence()))
    subprocess.run(["git", "init", "-q", str(folder)], check=True, capture_output=True)
    subprocess.run(["git", "-C", str(folder), "config", "user.name", "Dora"], check=True, capture_output=True)
    ztcheck("ask", "--findings", "nothing.json", "--answer", "check-object-access=yes")
    assert read(folder).answers["check-object-access"].by == "Dora"
