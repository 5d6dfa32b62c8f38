"""No secret is in the files or in the history, and the report gives none away."""

import os

import pytest

from tests.snippets.programs import HOSTILE, Repository, run_program

SECRETS = {
    "a client secret": "abc8Q~" + "x" * 34,
    "a client secret of another length": "a.~7Q~" + "Y-_" * 10 + "z",
    "a private key": "-----BEGIN " + "PRIVATE KEY-----",
    "an RSA key": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "a key of PGP": "-----BEGIN " + "PGP PRIVATE KEY BLOCK-----",
    "a shared access signature": "https://orders.blob.core.windows.net/c?sv=2022-11-02&sig=" + "h" * 43 + "%3D",
    "a password behind capitals": "HTTPS://orders:" + "correct-horse" + "@contoso.com",
    "a storage key": "AccountKey=" + "A" * 86 + "==",
    "a bus key": "SharedAccessKey=" + "B" * 43 + "=",
    "a GitHub token": "ghp_" + "c" * 36,
    "a fine-grained token": "github_pat_" + "d" * 82,
    "a JSON Web Token": "eyJ" + "e" * 20 + ".eyJ" + "f" * 20 + "." + "g" * 43,
    "a database password": "postgres://orders:" + "correct-horse" + "@db.contoso.com",
}


@pytest.fixture
def repository(tmp_path):
    made = Repository(tmp_path / "orders")
    made.commit({"README.md": "Orders\n", "app.py": "client_id = '11111111-1111-4111-8111-111111111111'\n"})
    return made


@pytest.fixture
def run(repository, monkeypatch):
    def run():
        return run_program("find_secrets.py", [str(repository.folder)], monkeypatch, *SECRETS.values())

    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return run


def test_accepts_a_repository_without_secrets(run):
    assert run().code == 0


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_refuses_in_a_file(run, repository, secret):
    repository.commit({"src/config.py": f"first = 1\nvalue = '{secret}'\n"})
    done = run()
    assert done.code == 1
    assert done.out.count("BAD") == 1
    assert "'src/config.py:2'" in done.out


def test_refuses_what_is_not_committed_yet(run, repository):
    (repository.folder / "new.txt").write_text(SECRETS["a client secret"], encoding="utf-8")
    assert run().code == 1


def test_refuses_what_was_removed(run, repository):
    repository.commit({"old.env": SECRETS["a client secret"]})
    repository.commit({"old.env": None})
    done = run()
    assert done.code == 1
    assert "'commit " in done.out


def test_refuses_what_is_on_another_branch(run, repository):
    repository.git("checkout", "-q", "-b", "experiment")
    repository.commit({"old.env": SECRETS["a client secret"]})
    repository.git("checkout", "-q", "main")
    assert run().code == 1


def test_refuses_a_file_with_a_hostile_name_and_bytes(run, repository):
    (repository.folder / f"a{HOSTILE}.env").write_bytes(b"\xff\x00" + SECRETS["a client secret"].encode())
    assert run().code == 1


def test_refuses_a_file_in_utf_16(run, repository):
    (repository.folder / "old.env").write_text(SECRETS["a client secret"], encoding="utf-16")
    assert run().code == 1


def test_refuses_a_file_in_utf_16_that_was_removed(run, repository):
    (repository.folder / "old.env").write_text("a\n" + SECRETS["a client secret"], encoding="utf-16")
    repository.commit({})
    repository.commit({"old.env": None})
    assert run().code == 1


@pytest.mark.parametrize("message", ["{}", "Change\n\n- a secret: {}", "Change\n\ncommit {}"], ids=ascii)
def test_refuses_in_the_message_of_a_commit(message, run, repository):
    repository.git("commit", "-q", "--allow-empty", "-m", message.format(SECRETS["a client secret"]))
    done = run()
    assert done.code == 1
    assert "'commit " in done.out


SETTINGS = {
    "color.ui": "always",
    "diff.noprefix": "true",
    "diff.external": "true",
    "log.diffMerges": "off",
    "format.pretty": "oneline",
    "diff.renames": "copies",
    "log.showSignature": "true",
}


@pytest.mark.parametrize("name", SETTINGS)
def test_refuses_what_was_removed_whatever_git_is_set_to(name, run, repository):
    repository.git("config", name, SETTINGS[name])
    repository.commit({"old.env": SECRETS["a client secret"]})
    repository.commit({"old.env": None})
    assert run().code == 1


def test_refuses_to_run_a_program_that_the_repository_names(run, repository, tmp_path):
    repository.git("config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    assert run().code == 0
    assert not (tmp_path / "ran").exists()


def test_refuses_a_file_whose_name_is_no_text(run, repository):
    name = os.fsencode(repository.folder) + b"/\xff.env"
    with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - a path of bytes
        file.write(SECRETS["a client secret"])
    assert run().code == 1


def test_refuses_to_judge_a_folder_without_repository(run, repository):
    (repository.folder / ".git").rename(repository.folder / "git")
    assert run().code == 2


def test_refuses_to_judge_a_shallow_clone(repository, tmp_path, monkeypatch):
    repository.commit({"old.env": "1"})
    repository.git("clone", "-q", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "shallow"))
    assert run_program("find_secrets.py", [str(tmp_path / "shallow")], monkeypatch).code == 2


def test_does_not_follow_a_link_out_of_the_repository(run, repository, tmp_path):
    (tmp_path / "outside.env").write_text(SECRETS["a client secret"], encoding="utf-8")
    (repository.folder / "inside.env").symlink_to(tmp_path / "outside.env")
    assert run().code == 0
