"""No secret is in the files or in the history, and the report gives none away."""

import pytest

from tests.snippets.programs import HOSTILE, Repository, run_program

SECRETS = {
    "a client secret": "abc8Q~" + "x" * 34,
    "a client secret of another length": "a.~7Q~" + "Y-_" * 10 + "z",
    "a private key": "-----BEGIN " + "PRIVATE KEY-----",
    "an RSA key": "-----BEGIN " + "RSA PRIVATE KEY-----",
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
