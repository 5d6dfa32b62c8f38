"""Secrets in earlier commits: what is found, what a hostile repository can make of the search, and what is said."""

import os
import shutil
import subprocess
from types import SimpleNamespace

import pytest

from ztcheck.collectors.source import discover, history
from ztcheck.collectors.source.scan import scan

CHECK = "secrets-in-history"
SECRET = "ghp_" + "a1B2c3D4e5F6" * 3
OTHER = "AKIA" + "Q7RTZ4MK2WXP5LNB"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ZTCHECK_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def repository(tmp_path):
    """A repository with one commit: its folder, `git` to command it, `commit` to write files and commit them."""
    root = tmp_path / "product"
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}

    def git(*arguments, at=root):
        done = subprocess.run(
            ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.com", *arguments],
            cwd=at, env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout.strip()

    def commit(**files):
        for name, text in files.items():
            path = root / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        git("add", "-A")
        git("commit", "-q", "-m", "a change")
        return git("rev-parse", "HEAD")

    root.mkdir()
    git("init", "-q")
    commit(main_py="print('orders')\n")
    return SimpleNamespace(root=root, git=git, commit=commit)


def seen(root, **options):
    evidence = scan(root, checks={CHECK}, history=True, **options).evidence
    return [(f.place.path, f.effect, f.message) for f in evidence.findings], [item.reason for item in evidence.unread]


def test_a_secret_that_was_removed_is_found_masked_with_its_commit_and_its_line(repository):
    first = repository.commit(conf_py=f"# settings\nTOKEN = '{SECRET}'\n")
    repository.commit(conf_py=None)
    (finding,) = scan(repository.root, checks={CHECK}, history=True).evidence.findings
    assert (finding.effect, finding.sure, finding.place.path, finding.place.line) == (
        "refutes",
        "direct",
        "conf.py",
        None,
    )
    assert f"commit {first[:10]}, line 2" in finding.message
    assert finding.excerpt == "TOKEN = 'gh***'"
    assert finding.why
    assert finding.advice


def test_without_the_flag_nothing_of_it_is_read_and_that_is_said(repository):
    repository.commit(conf_py=f"TOKEN = '{SECRET}'\n")
    repository.commit(conf_py=None)
    evidence = scan(repository.root, checks={CHECK}).evidence
    assert evidence.findings == ()
    assert [(u.path, u.reason) for u in evidence.unread] == [(".git", "earlier commits: only --history reads them")]


def test_where_there_is_no_repository_the_flag_says_so(tmp_path):
    (tmp_path / "a.py").write_text("print(1)\n")
    assert seen(tmp_path) == ([], ["earlier commits: there is no repository in this folder"])
    assert scan(tmp_path, checks={CHECK}).evidence.unread == ()


def test_a_secret_that_stands_in_the_tree_has_the_finding_of_the_tree_alone(repository):
    repository.commit(conf_py=f"TOKEN = '{SECRET}'\n")
    repository.commit(conf_py=f"OLD = 1\nTOKEN = '{SECRET}'\n")
    found, _ = seen(repository.root)
    assert [(path, "history" in message) for path, _, message in found] == [("conf.py", False)]


def test_one_finding_for_a_secret_however_often_it_was_committed_and_on_whatever_branch(repository):
    repository.git("checkout", "-q", "-b", "side")
    repository.commit(conf_py=f"TOKEN = '{SECRET}'\n")
    repository.commit(conf_py=f"TOKEN = '{SECRET}'\nKEY = '{OTHER}'\n")
    repository.git("checkout", "-q", "-")
    repository.git("branch", "-D", "side")
    found, _ = seen(repository.root)
    assert [path for path, _, _ in found] == ["conf.py", "conf.py"]


@pytest.mark.parametrize(
    ("path", "effect"), [("tests__test_conf.py", []), ("samples__conf.py", ["review"]), ("src__conf.py", ["refutes"])]
)
def test_test_code_does_not_count_and_samples_ask_for_review(repository, path, effect):
    name = path.replace(".", "_")
    repository.commit(**{name: f"TOKEN = '{SECRET}'\n"})
    repository.commit(**{name: None})
    found, _ = seen(repository.root)
    assert [effect for _, effect, _ in found] == effect


def test_a_suppression_beside_it_at_that_time_counts(repository):
    repository.commit(conf_py=f"# ztcheck: ignore[{CHECK}] revoked in May\nTOKEN = '{SECRET}'\n")
    repository.commit(conf_py=None)
    (finding,) = scan(repository.root, checks={CHECK}, history=True).evidence.findings
    assert finding.suppressed == "revoked in May"


def test_only_the_history_of_the_folder_that_is_scanned_is_read(repository):
    repository.commit(api__conf_py=f"TOKEN = '{SECRET}'\n", web__conf_py=f"KEY = '{OTHER}'\n", web__app_py="print(1)\n")
    repository.commit(api__conf_py=None, web__conf_py=None)
    found, _ = seen(repository.root / "web", top=repository.root)
    assert [path for path, _, _ in found] == ["web/conf.py"]


def test_utf_16_is_read_and_what_no_check_reads_or_is_no_text_is_not(repository):
    repository.commit(a_ps1=f"$t = '{SECRET}'".encode("utf-16"), b_png=OTHER.encode(), c_py=b"\0\1" + OTHER.encode())
    repository.commit(a_ps1=None, b_png=None, c_py=None)
    found, _ = seen(repository.root)
    assert [path for path, _, _ in found] == ["a.ps1"]


def test_names_that_are_no_text_are_shown_with_escapes(repository):
    odd = repository.root / os.fsdecode(b"conf\xff.py")
    odd.write_text(f"TOKEN = '{SECRET}'\n")
    repository.commit(main_py="print(2)\n")
    odd.unlink()
    repository.commit(main_py="print(3)\n")
    found, _ = seen(repository.root)
    assert [path for path, _, _ in found] == ["conf\\xff.py"]


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_packed_histories_of_either_hash_are_read(tmp_path, repository, kind):
    root = tmp_path / "other"
    root.mkdir()
    repository.git("init", "-q", f"--object-format={kind}", at=root)
    for text in (f"TOKEN = '{SECRET}'\n", "TOKEN = load()\n"):
        (root / "conf.py").write_text(text)
        repository.git("add", "-A", at=root)
        repository.git("commit", "-q", "-m", "a change", at=root)
    repository.git("gc", "-q", at=root)
    found, _ = seen(root)
    assert [path for path, _, _ in found] == ["conf.py"]


def test_what_is_too_large_is_counted_and_said(repository, monkeypatch):
    monkeypatch.setattr(discover, "MAX_BYTES", 2_000_000)
    repository.commit(conf_py=f"TOKEN = '{SECRET}'\n" + "#" * 2_000_000)
    repository.commit(conf_py=None)
    assert seen(repository.root) == ([], ["earlier commits: 1 of their files are larger than 2 MB"])


def test_many_files_come_in_several_reads(repository, monkeypatch):
    monkeypatch.setattr(history, "AT_ONCE", 10)
    repository.commit(a_py=f"TOKEN = '{SECRET}'\n", b_py=f"KEY = '{OTHER}'\n", c_py="print(3)\n")
    repository.commit(a_py=None, b_py=None)
    found, _ = seen(repository.root)
    assert sorted(path for path, _, _ in found) == ["a.py", "b.py"]


def test_a_shallow_clone_is_read_as_far_as_it_goes_and_named(tmp_path, repository):
    repository.commit(old_py=f"KEY = '{OTHER}'\n")
    repository.commit(old_py=None, conf_py=f"TOKEN = '{SECRET}'\n")
    repository.commit(conf_py=None)
    repository.git("clone", "-q", "--depth", "2", repository.root.as_uri(), str(tmp_path / "clone"))
    found, reasons = seen(tmp_path / "clone")
    assert [path for path, _, _ in found] == ["conf.py"]
    assert reasons == ["earlier commits: a shallow clone holds only the last ones"]


class TestAHostileRepository:
    def test_runs_nothing(self, repository, tmp_path):
        mark = tmp_path / "ran"
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
        program.chmod(0o755)
        repository.commit(conf_py=f"TOKEN = '{SECRET}'\n", _gitattributes="*.py diff=x filter=x\n")
        repository.commit(conf_py=None)
        for name in (
            "core.fsmonitor", "core.pager", "core.hooksPath", "core.sshCommand", "core.alternateRefsCommand",
            "diff.external", "diff.x.textconv", "filter.x.smudge", "filter.x.clean", "gpg.program", "log.showSignature",
            "alias.cat-file", "alias.rev-list", "credential.helper", "pack.packSizeLimit",
        ):  # fmt: skip
            repository.git("config", name, str(program))
        (repository.root / ".git" / "hooks").mkdir(exist_ok=True)
        for name in ("post-checkout", "reference-transaction", "post-index-change"):
            (repository.root / ".git" / "hooks" / name).symlink_to(program)
        found, reasons = seen(repository.root)
        assert ([path for path, _, _ in found], reasons) == (["conf.py"], [])
        assert not mark.exists()

    def test_replaces_no_object(self, repository):
        before = repository.commit(conf_py=f"TOKEN = '{SECRET}'\n")
        repository.commit(conf_py=None)
        repository.git("replace", before, repository.git("rev-parse", "HEAD"))
        assert len(seen(repository.root)[0]) == 1

    @pytest.mark.parametrize(
        ("make", "reason"),
        [
            (lambda git, _: (git / "objects" / "info" / "alternates").write_text("/\n"), "another repository"),
            (lambda git, other: (git / "objects" / "pack" / "x.pack").symlink_to(other), "links are not followed"),
            (lambda git, other: (git / "objects" / "ab").symlink_to(other), "links are not followed"),
            (lambda git, other: (git.rename(other / "moved"), git.symlink_to(other / "moved")), "lies elsewhere"),
            (
                lambda git, other: (git.rename(other / "moved"), git.write_text(f"gitdir: {other}/moved\n")),
                "lies elsewhere",
            ),
            (lambda git, _: (git / "objects").rename(git / "gone"), "cannot be listed"),
        ],
        ids=[
            "alternates",
            "a linked pack",
            "a linked folder",
            "a linked repository",
            "a repository named by a file",
            "none",
        ],
    )
    def test_cannot_send_the_search_elsewhere(self, repository, tmp_path, make, reason):
        other = tmp_path / "elsewhere"
        other.mkdir()
        make(repository.root / ".git", other)
        found, reasons = seen(repository.root)
        assert found == []
        assert [reason in said for said in reasons if said.startswith("earlier commits")] == [True]

    def test_that_is_broken_takes_nothing_else_with_it(self, repository):
        repository.commit(conf_py=f"KEY = '{OTHER}'\n")
        repository.git("gc", "-q")
        (pack,) = (repository.root / ".git" / "objects" / "pack").glob("*.pack")
        pack.chmod(0o644)
        pack.write_bytes(pack.read_bytes()[:60])
        found, (reason,) = seen(repository.root)
        assert [path for path, _, _ in found] == ["conf.py"]
        assert reason.startswith("earlier commits: git cannot read it: ")

    def test_that_takes_too_long_is_left(self, repository, monkeypatch):
        monkeypatch.setattr(history, "SECONDS", 0)
        assert seen(repository.root) == ([], ["earlier commits: git needs longer than 0 s"])


def test_without_git_the_rest_is_read(repository, monkeypatch):
    repository.commit(conf_py=f"KEY = '{OTHER}'\n")
    which = shutil.which
    monkeypatch.setattr("shutil.which", lambda name, **where: None if name == "git" else which(name, **where))
    found, reasons = seen(repository.root)
    assert [path for path, _, _ in found] == ["conf.py"]
    assert reasons == ["earlier commits: git is not installed"]
