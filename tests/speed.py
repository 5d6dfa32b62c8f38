"""Measures how fast the source collector is, as ratios in one run: against ast-grep's own run and against semgrep.

``python tests/speed.py --semgrep /path/to/semgrep FOLDER...`` scans each folder with ztcheck (empty cache, then full
cache) and with the ast-grep command line on all the same rules: over copies of the very files that ztcheck reads, and
over the folder itself, where ast-grep also reads what ztcheck leaves out (minified and third-party code). The runs
take turns, and each number is the least of ``--times`` of them; "CPU" is the time of all threads and child processes.
Python's byte code is made in a run before, as an installation makes it. Memory is the peak of the largest process.

Where semgrep is named, it runs on rules that are written from the same words: for each check and language one rule,
with each call that the check asks for. Those are fewer rules than ztcheck's (no named values, no strings, no settings
files), which favours semgrep.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from ztcheck.collectors.source import checks as _  # noqa: F401 - registers every check
from ztcheck.collectors.source import discover, registry
from ztcheck.collectors.source.engine import compile_rules, find_binary

LANGUAGES = {
    "python": ["python"],
    "csharp": ["csharp"],
    "javascript": ["javascript", "typescript"],
    "java": ["java"],
    "go": ["go"],
}
CHECKS = Path(__file__).parents[1] / "checks"


def semgrep_rules() -> str:
    """Return semgrep rules, as JSON, with the calls that the checks ask for."""
    rules = []
    for check in sorted(registry.READS):
        for language, names in LANGUAGES.items():
            calls = sorted(
                {
                    word
                    for rule in registry.FACTS
                    if rule.check == check and rule.kind == "call" and language in rule.languages
                    for word in rule.words.split("|")
                    if re.fullmatch(r"[A-Za-z_]\w+", word)
                }
            )
            patterns = [{"pattern": f"$X.{word}(...)"} for word in calls]
            patterns += [{"pattern": f"{word}(...)"} for word in calls if language in ("python", "javascript", "go")]
            patterns += [
                {"pattern": f"new {word}(...)"}
                for word in calls
                if word[:1].isupper() and language in ("csharp", "java")
            ]
            if patterns:
                rules.append(
                    {
                        "id": f"{check}-{language}",
                        "languages": names,
                        "severity": "WARNING",
                        "message": check,
                        "pattern-either": patterns,
                    }
                )
    return json.dumps({"rules": rules})


class Cost(NamedTuple):
    """What a run, or the least of several, took: seconds, seconds of all processors, peak MiB."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:.2f} s, CPU {self.cpu:.2f} s, {self.memory:.0f} MiB"


def run(command: list[str], environment: dict[str, str]) -> Cost:
    """Run *command*."""
    with tempfile.TemporaryFile() as sink:
        began = time.perf_counter()
        child = os.posix_spawnp(
            command[0], command, environment,
            file_actions=[(os.POSIX_SPAWN_DUP2, sink.fileno(), 1), (os.POSIX_SPAWN_DUP2, sink.fileno(), 2)],
        )  # fmt: skip
        _, status, usage = os.wait4(child, 0)
        seconds = time.perf_counter() - began
        if os.waitstatus_to_exitcode(status) not in (0, 1):
            sink.seek(0)
            raise SystemExit(f"{' '.join(command)[:200]} failed: {sink.read()[-2000:].decode(errors='replace')}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def copy(folder: Path, target: Path) -> int:
    """Copy the files of *folder* that ztcheck hands to its engine; return how many they are."""
    count = 0
    for path in discover.walk(folder)[0]:
        sources = discover.read(folder, path)
        if isinstance(sources, list) and sources[0].engine:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / path, target / path)
            count += 1
    return count


def least(runs: list[Cost]) -> Cost:
    """Return the least of each number."""
    return Cost(*map(min, zip(*runs, strict=True)))


def main() -> int:
    """Print one line for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--semgrep")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        (work / "rules").mkdir()
        (work / "rules" / "all.yml").write_text("\n---\n".join(compile_rules(registry.words())))
        (work / "sgconfig.yml").write_text(
            "ruleDirs: [rules]\nlanguageGlobs: {tsx: ['*.tsx', '*.js', '*.jsx', '*.mjs', '*.cjs'], "
            "hcl: ['*.tf', '*.tfvars', '*.hcl']}\n"
        )
        (work / "semgrep.json").write_text(semgrep_rules())
        cache = work / "cache"
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": str(CHECKS),
            "PYTHONPYCACHEPREFIX": str(work / "bytecode"),
            "ZTCHECK_CACHE": str(cache),
        }
        for number, folder in enumerate(options.folders):
            same = work / str(number)
            files = copy(folder, same)
            ours = [sys.executable, "-m", "ztcheck", "scan", "-q", "--format", "json", str(folder)]
            engine = [find_binary(), "scan", "-c", str(work / "sgconfig.yml"), "--json=stream", "--no-ignore", "hidden"]
            run(ours, environment)
            runs: dict[str, list[Cost]] = defaultdict(list)
            for _turn in range(options.times):
                shutil.rmtree(cache)
                runs["first"].append(run(ours, environment))
                runs["again"].append(run(ours, environment))
                runs["same"].append(run([*engine, str(same)], environment))
                runs["whole"].append(run([*engine, str(folder)], environment))
            first, again, alone, whole = (least(runs[name]) for name in ("first", "again", "same", "whole"))
            line = (
                f"{folder.name}: ztcheck {first}; again {again.wall:.2f} s ({again.wall / first.wall:.2f}); "
                f"ast-grep over the same {files} files {alone} (ztcheck takes {first.wall / alone.wall:.2f} times, "
                f"CPU {first.cpu / alone.cpu:.2f}), over the folder {whole} (ztcheck takes "
                f"{first.wall / whole.wall:.2f} times, CPU {first.cpu / whole.cpu:.2f})"
            )
            if options.semgrep:
                flags = [
                    "--metrics",
                    "off",
                    "--disable-version-check",
                    "--no-git-ignore",
                    "-j",
                    "2",
                    "--json",
                    "--quiet",
                ]
                command = [options.semgrep, "scan", *flags, "--config", str(work / "semgrep.json"), str(folder)]
                other = run(command, environment)
                line += (
                    f"; semgrep {other} ({other.wall / first.wall:.1f} times ztcheck, CPU {other.cpu / first.cpu:.1f})"
                )
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
