"""The branch is analyzed, lately and without error, and merging depends on it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.snippets.github_programs import CannotSee, GitHubProgram
from tests.snippets.programs import HOSTILE

ANALYSES = "repos/contoso/orders/code-scanning/analyses"
RULES = "repos/contoso/orders/rules/branches/main"
SCANNING = {"type": "code_scanning", "parameters": {"code_scanning_tools": [{"tool": "CodeQL"}]}}
CHECKS = {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "semgrep"}]}}


def analysis(days: int, *, tool: str = "CodeQL", error: str = "", ref: str = "refs/heads/main") -> dict[str, object]:
    created = datetime.now(UTC) - timedelta(days=days, hours=1)
    return {
        "ref": ref,
        "tool": {"name": tool},
        "error": error,
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


@pytest.fixture
def program(code_host: GitHubProgram) -> GitHubProgram:
    resources = {ANALYSES: [analysis(90), analysis(7), analysis(30, error="out of memory")], RULES: [SCANNING]}
    return code_host.prepare("code_scanning.py", "contoso/orders", resources=resources)


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to GitHub."""


def test_accepts_a_new_analysis_that_merging_depends_on(program):
    program.entra.github.page_size = 1
    assert program.run().code == 0


def test_accepts_the_check_that_is_named(program):
    program.resources[RULES] = [CHECKS]
    assert program.run("--check", "semgrep").code == 0


@pytest.mark.parametrize(
    ("analyses", "fault"),
    [
        ([], "never analyzed"),
        ([analysis(1, ref="refs/heads/other")], "never analyzed"),
        ([analysis(8), analysis(90)], "8 days old"),
        ([analysis(1, error=f"out of memory{HOSTILE}"), analysis(2)], "failed"),
        ([analysis(1), analysis(8, tool="Semgrep")], "Semgrep"),
    ],
    ids=["no analysis", "another branch's", "an old one", "one that failed", "one of two tools"],
)
def test_refuses(program, analyses, fault):
    program.resources[ANALYSES] = analyses
    done = program.run()
    assert done.code == 1
    assert fault in done.out


@pytest.mark.parametrize(
    "rules",
    [
        [],
        [CHECKS],
        [{"type": "code_scanning", "parameters": {"code_scanning_tools": []}}],
        [{"type": "code_scanning", "parameters": {"code_scanning_tools": [{"tool": "Other"}]}}],
    ],
    ids=["no rule", "a check that is not named", "no tool", "another tool"],
)
def test_refuses_a_branch_that_merges_without_it(program, rules):
    program.resources[RULES] = rules
    done = program.run()
    assert done.code == 1
    assert done.out == "BAD merging does not depend on the analysis\n"
