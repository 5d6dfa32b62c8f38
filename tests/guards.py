"""Remove each guard of `guards.toml`, one at a time, and name the test that then fails.

    python3 dev.py guards [--only WORD] [--part 1/4] [--list]

A guard is a piece of a file whose loss must not go unnoticed: a verdict rule, a check of a validator, a test of links.
Works in a copy of the project; the project itself is not touched. Exit code 1 if a guard survives, 2 if an entry is
wrong (its text is not there exactly once, or its tests fail even with the guard in place).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIST = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True, slots=True)
class Guard:
    """One guard: in *file*, *old* stands exactly once; with *new* in its place, *test* (pytest arguments) fails."""

    name: str
    file: str
    old: str
    new: str
    test: str

    def fault(self, root: Path) -> str | None:
        """Return why this entry cannot be tried in the project *root*, or None."""
        path = root / self.file
        if not path.is_file():
            return f"{self.file} does not exist"
        count = path.read_text(encoding="utf-8").count(self.old)
        if count != 1:
            return f"the text to remove stands {count} times in {self.file}, not once"
        missing = [part for part in self.test.split() if not (root / part.split("::")[0]).exists()]
        return f"{missing[0]} does not exist" if missing else None


def read(path: Path = LIST) -> list[Guard]:
    """Return the guards that *path* lists."""
    return [Guard(**entry) for entry in tomllib.loads(path.read_text(encoding="utf-8"))["guard"]]


def copy_project(target: Path) -> None:
    """Copy what git tracks, or would, to *target*, and let it use the npm packages that are here."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split("\0")
    for name in names:
        if name and (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    for name in ("node_modules", ".cache"):
        if (ROOT / name).is_dir():
            (target / name).symlink_to(ROOT / name, target_is_directory=True)
    # Some tests ask git for the files of the project.
    subprocess.run(["git", "init", "--quiet", "."], cwd=target, check=True)


def failing_tests(project: Path, tests: str) -> list[str]:
    """Run *tests* in *project* until one fails; return its name, or nothing.

    Raises RuntimeError where pytest could not run them.
    """
    environment = {**os.environ, "PYTHONPATH": str(project / "checks"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider", "--tb=short"]
    done = subprocess.run(
        [*command, *tests.split()], cwd=project, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    names = re.findall(r"^(?:FAILED|ERROR) (\S+::\S.*?)(?: - .*)?$", done.stdout, re.MULTILINE)
    if done.returncode not in (0, 1) or bool(names) != (done.returncode == 1):
        raise RuntimeError(f"pytest ended with {done.returncode}\n{(done.stdout + done.stderr)[-2000:]}")
    return names


def main(argv: list[str]) -> int:
    """Try the guards that *argv* chooses and return the exit code."""
    parser = argparse.ArgumentParser(prog="dev.py guards", description="Remove each guard, name the failing test.")
    parser.add_argument("--only", default="", metavar="WORD", help="guards with WORD in name, file or test")
    parser.add_argument("--part", default="1/1", metavar="K/N", help="only the K-th of N parts")
    parser.add_argument("--list", action="store_true", help="list the guards and stop")
    arguments = parser.parse_args(argv)
    part, parts = map(int, arguments.part.split("/"))
    chosen = [guard for guard in read() if arguments.only in f"{guard.name} {guard.file} {guard.test}"][
        part - 1 :: parts
    ]
    if arguments.list:
        print("\n".join(f"{guard.file}: {guard.name}" for guard in chosen))
        return 0
    faults = [f"{guard.name}: {fault}" for guard in chosen if (fault := guard.fault(ROOT))]
    survivors = []
    with tempfile.TemporaryDirectory(prefix="guards-") as folder:
        project = Path(folder).resolve() / "project"
        copy_project(project)
        for tests in dict.fromkeys(guard.test for guard in chosen):
            faults += [f"{name} fails with every guard in place" for name in failing_tests(project, tests)]
        if faults:
            print("\n".join(f"error: {fault}" for fault in faults), file=sys.stderr)
            return 2
        for guard in chosen:
            path = project / guard.file
            whole = path.read_bytes()
            path.write_text(whole.decode().replace(guard.old, guard.new), encoding="utf-8", newline="\n")
            names = failing_tests(project, guard.test)
            path.write_bytes(whole)
            print(f"{names[0] if names else 'SURVIVES':<100} {guard.file}: {guard.name}", flush=True)
            survivors += [] if names else [guard.name]
    print(f"{len(chosen)} guards removed, {len(survivors)} not noticed", file=sys.stderr)
    return 1 if survivors or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
