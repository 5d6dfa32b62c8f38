"""Secrets that stand in earlier commits: taking one out of the tree does not take it back.

Git's own program reads the objects, for packs and deltas are its business, but never the repository: it is started in
an empty one of ours that borrows the objects. So no setting, hook, filter, replacement or alternate of the scanned
tree has a say in what runs or what is read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from ztcheck.collectors.source import discover, secret, suppress, texts
from ztcheck.collectors.source.model import Source, Unit
from ztcheck.evidence import Evidence, Finding, Place, Unread, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CHECK = "secrets-in-history"
SECONDS = 600
MAX_OBJECTS = 5_000_000
AT_ONCE = 50_000_000  # bytes of files that are held
_ID = re.compile(rb"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"(?im)^\s*objectformat\s*=\s*sha256\s*$")


class _UnusableError(Exception):
    """The history cannot be read; the text says why."""


def unread(top: Path) -> Evidence:
    """Say that the history of the repository at *top* was not read, where there is one."""
    return Evidence(unread=(_left("only --history reads them"),) if (top / ".git").exists() else ())


def read(
    top: Path, inside: str, present: set[str], component: str | None, progress: Callable[[str, int, int], None] | None
) -> Evidence:
    """Return a finding for each secret that only earlier commits of the repository at *top* hold.

    *inside* is the folder that is scanned, relative to *top* ("" for all), *present* holds the secrets of the tree,
    which have findings of their own. Only what is a secret by its shape counts. The place is the path that the file
    had, without a line; the message names commit and line.
    """
    try:
        if not (top / ".git").exists():
            raise _UnusableError("there is no repository in this folder")
        with tempfile.TemporaryDirectory(prefix="ztcheck-") as folder:
            objects = _Objects(top / ".git", Path(folder))
            found = tuple(_findings(objects, inside, set(present), component, progress))
    except _UnusableError as error:
        return Evidence(unread=(_left(str(error)),))
    reasons = ["a shallow clone holds only the last ones"] if objects.shallow else []
    if objects.large:
        reasons.append(f"{objects.large} of their files are larger than {discover.MAX_BYTES // 1_000_000} MB")
    return Evidence(findings=found, unread=tuple(map(_left, reasons)))


def _left(reason: str) -> Unread:
    return Unread(".git", f"earlier commits: {reason}")


def _findings(
    objects: _Objects,
    inside: str,
    known: set[str],
    component: str | None,
    progress: Callable[[str, int, int], None] | None,
) -> Iterator[Finding]:
    why, advice = texts.of(CHECK)
    paths = {name: place for name, place in objects.files().items() if place[0].startswith(inside)}
    seen: Counter[tuple[str, str]] = Counter()
    for number, (name, raw) in enumerate(objects.contents(list(paths))):
        if progress:
            progress("earlier commits", number, len(paths))
        path, commit = paths[name]
        text = discover.decode(raw)
        secrets = [(offset, value) for offset, value in secret.strong(text or "") if value not in known]
        context = discover.context(path)
        if text is None or not secrets or context == "test":
            continue
        unit = Unit(Source(path, "text", text, context))
        comments = suppress.read(unit)
        for offset, value in secrets:
            if value in known:
                continue
            known.add(value)
            line = unit.line_of(offset)
            shown = secret.redact(unit.lines[line - 1].strip()[:2000], value)[:300]
            seen[path, shown] += 1
            comment = suppress.find(comments, CHECK, line)
            yield Finding(
                check=CHECK,
                effect="review" if context == "sample" else "refutes",
                message=f"{secret.kind(value)} is in the history still: commit {commit[:10]}, line {line} of this file",
                place=Place(path),
                sure="direct",
                fingerprint=fingerprint(CHECK, path, f"history {shown} #{seen[path, shown]}"),
                why=why,
                advice=advice,
                excerpt=shown,
                component=component,
                context=context,
                suppressed=comment.reason if comment else None,
            )


class _Objects:
    """The objects of a repository, read from an empty one in *folder* that borrows them."""

    def __init__(self, repository: Path, folder: Path) -> None:
        git = shutil.which("git")
        if git is None:
            raise _UnusableError("git is not installed")
        store = repository / "objects"
        if repository.is_symlink() or not repository.is_dir():
            raise _UnusableError("the repository lies elsewhere")
        if any(entry.is_symlink() for entry in (store, store / "info", store / "pack", *_inside(store))):
            raise _UnusableError("links are not followed")
        if (store / "info" / "alternates").exists():
            raise _UnusableError("its objects lie in another repository")
        (folder / "objects").mkdir()
        (folder / "refs").mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n")
        kind = "\n[extensions]\n\tobjectformat = sha256\n" if _SHA256.search(_text(repository / "config")) else ""
        (folder / "config").write_text(f"[core]\n\trepositoryformatversion = {1 if kind else 0}\n\tbare = true\n{kind}")
        cut = [line for line in _text(repository / "shallow").split() if _ID.fullmatch(line.encode())]
        if cut:
            (folder / "shallow").write_text("\n".join(cut) + "\n")
        self.command = [git, f"--git-dir={folder}", "--no-replace-objects"]
        keep = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR") if name in os.environ
        }
        self.environment = keep | {
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(str(store.resolve())),
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
        }
        self.shallow = bool(cut)
        self.large = 0
        self.sizes: dict[bytes, int] = {}
        self.commits: list[bytes] = []
        listing = (
            "cat-file",
            "--batch-all-objects",
            "--unordered",
            "--batch-check=%(objectname) %(objecttype) %(objectsize)",
        )
        for number, row in enumerate(self._run(listing, b"").splitlines()):
            if number >= MAX_OBJECTS:
                raise _UnusableError(f"more than {MAX_OBJECTS:,} objects")
            name, kind_, size = row.split(b" ")
            if kind_ == b"commit":
                self.commits.append(name)
            elif kind_ == b"blob" and int(size) > discover.MAX_BYTES:
                self.large += 1
            elif kind_ == b"blob" and int(size):
                self.sizes[name] = int(size)

    def _run(self, arguments: tuple[str, ...], given: bytes) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - our own arguments; names of objects go through standard input
                [*self.command, *arguments], input=given, capture_output=True, env=self.environment, timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise _UnusableError(f"git needs longer than {SECONDS} s") from error
        if done.returncode:
            complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise _UnusableError(f"git cannot read it: {complaint[0][:200] if complaint else done.returncode}")
        return done.stdout

    def files(self) -> Mapping[bytes, tuple[str, str]]:
        """The contents that some check reads: a path that each had, and a commit in which it had it."""
        found: dict[bytes, tuple[str, str]] = {}
        commit = ""
        flags = ("rev-list", "--objects", "--in-commit-order", "--missing=allow-any", "--stdin")
        for row in self._run(flags, b"\n".join([*self.commits, b""])).splitlines():
            name, separator, path = row.partition(b" ")
            if not separator:
                commit = name.decode()
            elif name in self.sizes and name not in found:
                shown = discover.printable(os.fsdecode(path))
                if discover.kind(shown.rsplit("/", 1)[-1]) is not None:
                    found[name] = (shown, commit)
        return found

    def contents(self, names: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Yield the bytes of each of the blobs called *names*, `AT_ONCE` bytes of them at a time."""
        while names:
            size = count = 0
            while count < len(names) and (not count or size + self.sizes[names[count]] <= AT_ONCE):
                size += self.sizes[names[count]]
                count += 1
            raw = self._run(("cat-file", "--batch"), b"\n".join([*names[:count], b""]))
            at = 0
            for name in names[:count]:
                end = raw.index(b"\n", at)
                length = int(raw[at:end].rsplit(b" ", 1)[1])  # all were listed, so none is missing
                yield name, raw[end + 1 : end + 1 + length]
                at = end + length + 2
            names = names[count:]


def _inside(store: Path) -> list[Path]:
    try:
        return [*store.iterdir(), *(store / "pack").iterdir()]
    except OSError as error:
        raise _UnusableError(f"its objects cannot be listed: {error.strerror}") from error


def _text(path: Path) -> str:
    """The text of a small file of the repository, "" where there is none."""
    if path.is_symlink():
        return ""
    try:
        with path.open("rb") as file:
            return file.read(1_000_000).decode("utf-8", "replace")
    except OSError:
        return ""


def _quoted(path: str) -> str:
    """*path* as an entry of git's list of object directories, where a quote begins an entry with escapes."""
    return (
        '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if os.pathsep in path or path.startswith('"')
        else path
    )
