"""Only listed extensions are installed or recommended."""

import pytest

from tests.snippets.programs import HOSTILE, run_program

ALLOWED = "# reviewed on 2026-01-01\nms-python.python\nGitHub.copilot\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(installed, recommended=None, allowed=ALLOWED):
        files = {"allowed.txt": allowed, "installed.txt": installed, "extensions.json": recommended or ""}
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        arguments = [str(tmp_path / "allowed.txt"), str(tmp_path / "installed.txt")]
        if recommended is not None:
            arguments += ["--recommended", str(tmp_path / "extensions.json")]
        return run_program("editor_extensions.py", arguments, monkeypatch)

    return run


@pytest.mark.parametrize(
    "installed", ["ms-python.python\n", "MS-Python.python@2026.1.0\r\ngithub.copilot\n\n"], ids=ascii
)
def test_accepts_the_listed(run, installed):
    assert run(installed).code == 0


def test_accepts_recommendations_with_comments(run):
    assert run("github.copilot", '{\n // ours\n "recommendations": ["ms-python.Python",],\n}').code == 0


@pytest.mark.parametrize("name", ["ms-python.pythons", "ms-pyth0n.python", "evil.theme", "github.copilot-chat"])
def test_refuses_an_installed_extension(run, name):
    done = run(f"ms-python.python\n{name}\n")
    assert done.code == 1
    assert f"BAD installed: {name!r}" in done.out


def test_refuses_a_recommended_extension(run):
    done = run("github.copilot", f'{{"recommendations": ["evil.theme{HOSTILE[-2]}", "github.copilot"]}}')
    assert done.code == 1
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize(
    "installed",
    ["", "\n", "bash: code: command not found", f"evil.theme{HOSTILE}x", "Extensions installed on WSL:\nevil.theme"],
    ids=ascii,
)
def test_refuses_to_judge_what_is_no_list(run, installed):
    assert run(installed).code == 2
    assert run("github.copilot", allowed=installed).code == 2


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"recommendations": [1]}', '{"recommendations": null}'])
def test_refuses_to_judge_recommendations(run, text):
    assert run("github.copilot", text).code == 2
