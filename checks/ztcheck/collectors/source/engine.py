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
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ztcheck.collectors.source.model import Fact, Setting, Unit
from ztcheck.errors import MissingExtraError, Problem, ToolError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from ztcheck.collectors.source.model import Kind, Language, Source

RULES = Path(__file__).parent / "rules"
MAX_COMMAND = 24_000 if os.name == "nt" else 200_000
MAX_COPIES = 20_000_000  # characters
MAX_OUTPUT = 30_000_000  # bytes of facts of one file: more is no program that a person wrote
SECONDS = 120
_REFUSED, _CRASHED = 2, 100  # ast-grep leaves with 0 or 1; a wrong call or rule gives a small code, a panic 101
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


class Engine(Protocol):
    """Takes facts from sources."""

    version: str

    def extract(self, sources: Sequence[Source]) -> Iterator[tuple[int, Unit | str]]:
        """Yield the position of each source with its facts, or with the reason why it could not be read."""


class AstGrep:
    """The ast-grep command line. *words* says which names, calls and strings the checks ask for."""

    def __init__(self, words: Mapping[Language, Mapping[Kind, Sequence[str]]]) -> None:
        self.rules = compile_rules(words)
        self.binary = find_binary()
        self.version = hashlib.sha256((binary_version(self.binary) + "\n".join(self.rules)).encode()).hexdigest()

    def extract(
        self, sources: Sequence[Source], done: Callable[[int], None] | None = None
    ) -> Iterator[tuple[int, Unit | str]]:
        """Yield the position of each source with its facts, or the reason why it could not be read.

        The engine sees copies in a folder of its own: so no name, link, comment or settings file of the scanned
        tree can change what it does.
        """
        count = 0
        for chunk in _chunks(sources):
            with tempfile.TemporaryDirectory(prefix="ztcheck-", dir=_memory(chunk)) as folder:
                self._copy(folder, chunk)
                yield from self._run(folder, list(chunk), chunk)
            count += len(chunk)
            if done:
                done(count)

    def _copy(self, folder: str, chunk: Mapping[str, tuple[int, Source]]) -> None:
        asked = {source.engine for _, source in chunk.values()}
        texts = {
            # The engine reads every rule that it is given, so it is given those of the languages at hand.
            "rules/rules.yml": "\n---\n".join(rule for rule in self.rules if _language(rule) in asked),
            "sgconfig.yml": "ruleDirs: [rules]\nlanguageGlobs: {tsx: ['*.tsx'], hcl: ['*.tf']}\n",
        }
        Path(folder, "rules").mkdir()
        for name, text in texts.items():
            _write(f"{folder}/{name}", text)
        for name, (_, source) in chunk.items():
            # ast-grep hides what a comment of its own suppresses; suppressing is ours to show.
            _write(f"{folder}/{name}", source.text.replace("ast-grep-ignore", "ast-grep_ignore"))

    def _run(
        self, folder: str, names: Sequence[str], chunk: Mapping[str, tuple[int, Source]]
    ) -> Iterator[tuple[int, Unit | str]]:
        if not names:
            return
        raw: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
        sizes = dict.fromkeys(names, 0)
        greedy: str | None = None
        command = [self.binary, "scan", "-c", "sgconfig.yml", "--json=stream", "--no-ignore", "hidden", *names]
        with tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(  # noqa: S603 - fixed arguments and names that we made
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=_environment()
            )
            killer = _Deadline(process, SECONDS)
            assert process.stdout is not None  # noqa: S101 - for the type checker: stdout is a pipe
            for line in process.stdout:
                match = _match(line)
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
            errors.seek(0)
            complaint = errors.read(4000).decode("utf-8", "replace").strip()
        if greedy is None and _REFUSED <= code < _CRASHED and not late:
            raise ToolError(
                Problem(
                    f"ast-grep refuses the rules (exit {code}): {complaint.splitlines()[0] if complaint else 'no reason'}",
                    path=self.binary,
                    help="install the version that ztcheck was tested with: pip install --upgrade 'ztcheck[scan]'",
                )
            )
        if greedy is None and code in (0, 1) and not late:
            for name in names:
                index, source = chunk[name]
                unit = Unit(source)
                _fill(unit, raw[name])
                yield index, unit
        elif greedy is not None:
            yield chunk[greedy][0], "the engine finds more in it than in any program that people write"
            yield from self._run(folder, [name for name in names if name != greedy], chunk)
        elif len(names) == 1:
            yield (
                chunk[names[0]][0],
                "the engine needs too long for it" if late else f"the engine fails on it (exit {code})",
            )
        else:
            half = len(names) // 2
            yield from self._run(folder, names[:half], chunk)
            yield from self._run(folder, names[half:], chunk)


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
        self.timer.join()
        return self.late


def _match(line: bytes) -> dict[str, Any]:
    """Parse a match without the parts that repeat its texts and that nobody reads.

    A quote inside a text is escaped, so the bytes of a key and its quotes are found at the key alone.
    """
    for first, last in ((b',"lines":"', b',"charCount":'), (b',"multi":{', b'},"ruleId":'), (b',"severity":', b"}\n")):
        start = line.find(first)
        end = line.find(last, start)
        if 0 <= start < end:
            line = line[:start] + line[end:]
    found: dict[str, Any] = json.loads(line.decode())
    return found


def _chunks(sources: Sequence[Source]) -> Iterator[dict[str, tuple[int, Source]]]:
    """Split *sources* by what one command line and its folder may hold: name of the copy to position and source."""
    chunk: dict[str, tuple[int, Source]] = {}
    size = command = 0
    for index, source in enumerate(sources):
        name = f"{index}{_SUFFIX[source.engine or '']}"
        if chunk and (command > MAX_COMMAND or size > MAX_COPIES or len(chunk) >= 2000):
            yield chunk
            chunk, size, command = {}, 0, 0
        chunk[name] = (index, source)
        size += len(source.text)
        command += len(name) + 3
    if chunk:
        yield chunk


def _memory(chunk: Mapping[str, tuple[int, Source]]) -> str | None:
    """Return a folder in memory that holds the copies of *chunk*, where there is one.

    On a disk it takes longer to make a small file than to parse it.
    """
    place = "/dev/shm"  # noqa: S108 - the folder made in it is the user's alone
    need = sum(4 * len(source.text) + 8192 for _, source in chunk.values())
    try:
        return place if os.access(place, os.W_OK) and shutil.disk_usage(place).free > need + 10_000_000 else None
    except OSError:
        return None


def _write(path: str, text: str) -> None:
    Path(path).write_bytes(text.encode("utf-8", "replace"))


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


def _language(rule: str) -> str:
    found = re.search(r"(?m)^language: (\w+)$", rule)
    return found[1].lower() if found else ""


def compile_rules(words: Mapping[Language, Mapping[Kind, Sequence[str]]]) -> list[str]:
    """Return the rules of the folder, with the words that checks ask for, an id per language.

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
    return parts


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
