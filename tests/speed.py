"""Measures how fast the source collector is, as ratios in one run: against ast-grep's own run and against semgrep.

``python tests/speed.py --semgrep /path/to/semgrep FOLDER...`` scans each folder with ztcheck (empty cache, then full
cache), with the ast-grep command line on the same rules, and, where it is named, with semgrep on rules that are
written from the same words: for each check and language one rule, with each call that the check asks for. Those are
fewer rules than ztcheck's (no named values, no strings, no settings files), which favours semgrep. Each number is the
median of three runs; memory is the peak of the largest process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path

from ztcheck.collectors.source import checks as _  # noqa: F401 - registers every check
from ztcheck.collectors.source import registry
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


def run(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run *command*; return seconds and peak MiB."""
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
    return seconds, usage.ru_maxrss / 1024


def median(
    command: list[str], environment: dict[str, str], before: object = None, times: int = 3
) -> tuple[float, float]:
    """Return the medians of *times* runs."""
    found = []
    for _number in range(times):
        if callable(before):
            before()
        found.append(run(command, environment))
    return statistics.median(run[0] for run in found), statistics.median(run[1] for run in found)


def main() -> int:
    """Print one line for each folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--semgrep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        work = Path(place)
        (work / "rules").mkdir()
        # The rules for settings list every key; run over a whole tree they would make ast-grep look slow.
        rules = [rule for rule in compile_rules(registry.words()) if "id: settings-" not in rule]
        (work / "rules" / "all.yml").write_text("\n---\n".join(rules))
        (work / "sgconfig.yml").write_text(
            "ruleDirs: [rules]\nlanguageGlobs: {tsx: ['*.tsx', '*.js', '*.jsx', '*.mjs', '*.cjs'], hcl: ['*.tf']}\n"
        )
        (work / "semgrep.json").write_text(semgrep_rules())
        cache = work / "cache"
        environment = {**os.environ, "PYTHONPATH": str(CHECKS), "ZTCHECK_CACHE": str(cache)}

        def forget() -> None:
            for path in cache.glob("*"):
                path.unlink()

        for folder in options.folders:
            ours = [sys.executable, "-m", "ztcheck", "scan", "-q", "--format", "json", str(folder)]
            first, memory = median(ours, environment, forget)
            again, _ = median(ours, environment)
            engine, engine_memory = median(
                [find_binary(), "scan", "-c", str(work / "sgconfig.yml"), "--json=stream", str(folder)], environment
            )
            line = (
                f"{folder.name}: ztcheck {first:.2f} s, {memory:.0f} MiB; again {again:.2f} s ({again / first:.2f}); "
                f"ast-grep on the same rules {engine:.2f} s, {engine_memory:.0f} MiB "
                f"(ztcheck takes {first / engine:.2f} times)"
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
                other, other_memory = median(command, environment, times=1)
                line += f"; semgrep {other:.1f} s, {other_memory:.0f} MiB ({other / first:.1f} times ztcheck)"
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
