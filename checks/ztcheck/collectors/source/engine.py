"""Engines that take facts from source code. One exists: the ast-grep command line, run as a subprocess.

Another engine (the tree-sitter wheels, where no ast-grep binary runs) needs `Engine.extract` only.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ztcheck.collectors.source.model import Fact, Setting, Unit
from ztcheck.errors import MissingExtraError, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ztcheck.collectors.source.model import Kind, Language, Source

RULES = Path(__file__).parent / "rules"
MAX_COMMAND = 24_000 if os.name == "nt" else 200_000
MAX_OUTPUT = 30_000_000  # bytes of facts of one file: more is no program that a person wrote
SECONDS = 120
_SUFFIX = {
    "python": ".py",
    "csharp": ".cs",
    "tsx": ".tsx",
    "typescript": ".ts",
    "java": ".java",
    "go": ".go",
    "yaml": ".yaml",
    "hcl": ".tf",
}
Words = "Mapping[Language, Mapping[Kind, Sequence[str]]]"


class Engine(Protocol):
    """Takes facts from sources."""

    version: str

    def extract(self, sources: Sequence[Source]) -> Iterator[tuple[int, Unit | str]]:
        """Yield the position of each source with its facts, or with the reason why it could not be read."""


@dataclass(frozen=True, slots=True)
class _Item:
    index: int
    name: str


class AstGrep:
    """The ast-grep command line. *words* says which names, calls and strings the checks ask for."""

    def __init__(self, words: Mapping[Language, Mapping[Kind, Sequence[str]]]) -> None:
        self.rules = compile_rules(words)
        self.binary = find_binary()
        self.version = hashlib.sha256((binary_version(self.binary) + self.rules).encode()).hexdigest()

    def extract(
        self, sources: Sequence[Source], done: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Unit | str]]:
        """Yield the position of each source with its facts, or the reason why it could not be read.

        The engine sees copies in a folder of its own: so no name, link, comment or settings file of the scanned
        tree can change what it does.
        """
        with tempfile.TemporaryDirectory(prefix="ztcheck-") as folder:
            base = Path(folder)
            (base / "rules.yml").write_text(self.rules, encoding="utf-8")
            (base / "sgconfig.yml").write_text("ruleDirs: [rules]\nlanguageGlobs: {tsx: ['*.tsx'], hcl: ['*.tf']}\n")
            (base / "rules").mkdir()
            shutil.move(base / "rules.yml", base / "rules" / "rules.yml")
            items = []
            for index, source in enumerate(sources):
                item = _Item(index, f"{index}{_SUFFIX[source.engine or '']}")
                # ast-grep hides what a comment of its own suppresses; suppressing is ours to show.
                text = source.text.replace("ast-grep-ignore", "ast-grep_ignore")
                (base / item.name).write_text(text, encoding="utf-8", errors="replace", newline="\n")
                items.append(item)
            count = 0
            for chunk in _chunks(items):
                yield from self._run(base, chunk, sources)
                count += len(chunk)
                if done:
                    done(count)

    def _run(self, base: Path, items: Sequence[_Item], sources: Sequence[Source]) -> Iterator[tuple[int, Unit | str]]:
        found = {item.name: Unit(sources[item.index]) for item in items}
        raw: dict[str, list[dict[str, Any]]] = {item.name: [] for item in items}
        sizes = dict.fromkeys(found, 0)
        greedy: str | None = None
        command = [
            self.binary,
            "scan",
            "-c",
            str(base / "sgconfig.yml"),
            "--json=stream",
            "--no-ignore",
            "hidden",
            *(item.name for item in items),
        ]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - fixed arguments and names that we made
                command, cwd=base, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=_environment()
            )
            killer = _Deadline(process, SECONDS)
            assert process.stdout is not None  # noqa: S101 - for the type checker: stdout is a pipe
            for line in process.stdout:
                match = json.loads(line)
                name = match["file"]
                sizes[name] += len(line)
                if sizes[name] > MAX_OUTPUT:
                    greedy = name
                    process.kill()
                    break
                raw[name].append(match)
            process.stdout.close()
            code = process.wait()
            late = killer.stop()
        if greedy is None and code in (0, 1) and not late:
            for item in items:
                _fill(found[item.name], raw[item.name])
                yield item.index, found[item.name]
        elif greedy is not None:
            bad = next(item for item in items if item.name == greedy)
            yield bad.index, "the engine finds more in it than in any program that people write"
            yield from self._run_again(base, [item for item in items if item is not bad], sources)
        elif len(items) == 1:
            yield (
                items[0].index,
                "the engine needs too long for it" if late else f"the engine fails on it (exit {code})",
            )
        else:
            half = len(items) // 2
            yield from self._run(base, items[:half], sources)
            yield from self._run(base, items[half:], sources)

    def _run_again(
        self, base: Path, items: Sequence[_Item], sources: Sequence[Source]
    ) -> Iterator[tuple[int, Unit | str]]:
        if items:
            yield from self._run(base, items, sources)


class _Deadline:
    """Kills a process that runs longer than *seconds*."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        from threading import Timer

        self.late = False
        self.process = process
        self.timer = Timer(seconds, self._kill)
        self.timer.daemon = True
        self.timer.start()

    def _kill(self) -> None:
        self.late = True
        self.process.kill()

    def stop(self) -> bool:
        """Cancel; return whether the time had run out."""
        self.timer.cancel()
        return self.late


def _chunks(items: Sequence[_Item]) -> Iterator[list[_Item]]:
    chunk: list[_Item] = []
    size = 0
    for item in items:
        if chunk and (size > MAX_COMMAND or len(chunk) >= 2000):
            yield chunk
            chunk, size = [], 0
        chunk.append(item)
        size += len(item.name) + 3
    if chunk:
        yield chunk


def _environment() -> dict[str, str]:
    keep = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE")
    return {name: os.environ[name] for name in keep if name in os.environ} | {"NO_COLOR": "1"}


def find_binary() -> str:
    """Return the path of ast-grep beside this Python, else on the path.

    Raises MissingExtraError when there is none.
    """
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("ast-grep", path=scripts) or shutil.which("ast-grep")
    if found is None:
        raise MissingExtraError(
            Problem(
                "reading source code needs ast-grep, which is not installed",
                help="install ztcheck with its extra: pip install 'ztcheck[scan]'",
            )
        )
    return str(Path(found).resolve())


@cache
def binary_version(binary: str) -> str:
    """Return a text that changes when *binary* does."""
    state = Path(binary).stat()
    return f"{binary} {state.st_size} {state.st_mtime_ns}"


def compile_rules(words: Mapping[Language, Mapping[Kind, Sequence[str]]]) -> str:
    """Return the rules of the folder as one text, with the words that checks ask for, an id per language.

    A kind that no check of a language asks for matches nothing.
    """
    parts = []
    for file in sorted(RULES.glob("*.yml")):
        language = file.stem
        mine = words.get(language, {})  # type: ignore[call-overload]
        for rule in file.read_text(encoding="utf-8").split("\n---\n"):
            text = rule
            for kind in ("call", "name", "string", "annotation"):
                asked = "|".join(dict.fromkeys(mine.get(kind, ()))) or r"^\b$"
                text = text.replace("{" + kind + "}", asked.replace("'", "''"))
            parts.append(re.sub(r"(?m)^id: ", f"id: {language}-", text))
            if language == "javascript":
                parts.append(
                    re.sub(r"(?m)^id: ", "id: typescript-", text).replace("language: Tsx", "language: TypeScript")
                )
    return "\n---\n".join(parts)


def _fill(unit: Unit, matches: list[dict[str, Any]]) -> None:
    if unit.language == "settings":
        unit.settings = _settings(matches)
        return
    for match in matches:
        start, end = match["range"]["start"], match["range"]["end"]
        single = (match.get("metaVariables") or {}).get("single", {})
        kind = match["ruleId"].split("-", 1)[1]
        name = single.get("F", single.get("N", {})).get("text", match["text"])
        unit.facts.append(
            Fact(
                kind,
                name,
                single.get("V", {}).get("text", ""),
                match["text"],
                start["line"] + 1,
                start["column"] + 1,
                end["line"] + 1,
            )
        )
    unit.facts.sort(key=lambda fact: (fact.line, fact.column, fact.kind, fact.end, fact.text))


def _settings(matches: list[dict[str, Any]]) -> list[Setting]:
    """Join keys to paths: those of YAML by their columns, those of HCL stand alone."""
    matches.sort(key=lambda match: match["range"]["byteOffset"]["start"])
    stack: list[tuple[int, str]] = []
    found: list[Setting] = []
    for match in matches:
        rule = match["ruleId"].removeprefix("settings-")
        start = match["range"]["start"]
        column = start["column"]
        single = {k: v["text"] for k, v in (match.get("metaVariables") or {}).get("single", {}).items()}
        key = single.get("N", match["text"]).strip("\"'")
        while stack and stack[-1][0] >= column:
            stack.pop()
        if rule == "yaml-parent":
            stack.append((column, key))
            continue
        if rule == "yaml-item":
            key = "-"
        value = single["V"].strip()
        if value[:1] in "[{" and rule != "yaml-item":
            continue
        path = ".".join([*(name for _, name in stack), key])
        found.append(Setting(path, _scalar(value), start["line"] + 1, column + 1))
    return found


def _scalar(value: str) -> str:
    value = re.sub(r"^(?:[&!][^\s]+\s+)+", "", value)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value
