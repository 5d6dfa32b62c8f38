"""Finds and reads the files of a tree that nobody vouches for: no git command, no link followed, sizes capped.

What git would list counts: tracked files (read from `.git/index`) and the others that no ignore file names.
"""

from __future__ import annotations

import os
import re
import struct
from collections import Counter
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeAlias

from ztcheck.collectors.source.model import Source
from ztcheck.evidence import Unread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pathspec import GitIgnoreSpec

    from ztcheck.collectors.source.model import Language
    from ztcheck.evidence import Context

MAX_BYTES = 2_000_000
MAX_DEPTH = 100
MAX_FILES = 400_000
TEAM_FILES = ("zero-trust.yml", "zero-trust.yaml")
# What `ztcheck report` writes beside the code it read: it would be evidence for itself, and new in every run.
_REPORT = re.compile(r"ztcheck-report\.(?:txt|html|json|md|csv|sarif|xml|svg)")
_VERSION_CONTROL = {".git", ".hg", ".svn", ".jj"}
_THIRD_PARTY = {
    "node_modules", "bower_components", "site-packages", ".venv", "__pycache__", ".tox", ".nox", ".terraform",
    ".gradle", ".mypy_cache", ".pytest_cache", "jspm_packages", ".yarn",
}  # fmt: skip
_VENDOR = ("/vendor", "/third_party", "/thirdparty", "/third-party", "/vendors", "/wwwroot/lib")
_VENDOR_MARKS = {"modules.txt", "github.com", "golang.org", "autoload.php", "gems", "jquery", "bootstrap"}

_CODE: dict[str, tuple[Language, str]] = {
    ".py": ("python", "python"), ".pyi": ("python", "python"), ".cs": ("csharp", "csharp"), ".java": ("java", "java"),
    ".go": ("go", "go"), ".js": ("javascript", "tsx"), ".mjs": ("javascript", "tsx"), ".cjs": ("javascript", "tsx"),
    ".jsx": ("javascript", "tsx"), ".tsx": ("javascript", "tsx"), ".ts": ("javascript", "typescript"),
    ".mts": ("javascript", "typescript"), ".cts": ("javascript", "typescript"), ".vue": ("javascript", "tsx"),
    ".html": ("javascript", "tsx"), ".htm": ("javascript", "tsx"), ".cshtml": ("javascript", "tsx"),
    ".razor": ("javascript", "tsx"), ".jsp": ("javascript", "tsx"),
}  # fmt: skip
_SETTINGS: dict[str, str | None] = {
    ".yml": "yaml", ".yaml": "yaml", ".tf": "hcl", ".tfvars": "hcl", ".hcl": "hcl", ".json": None, ".jsonc": None,
    ".json5": None, ".properties": None, ".ini": None, ".cfg": None, ".toml": None, ".env": None, ".bicep": None,
    ".bicepparam": None, ".config": None, ".conf": None,
}  # fmt: skip
_TEXT = {
    ".xml", ".csproj", ".props", ".gradle", ".kts", ".ps1", ".psm1", ".sh", ".bat", ".cmd", ".md", ".txt", ".sql", ".pem",
    ".key", ".rb", ".php", ".kt", ".swift", ".log", ".lock", ".mod", ".rst", ".ipynb", ".pub", ".crt", ".cer",
    ".keys", ".ppk",
}  # fmt: skip
_EMBEDDED = (".vue", ".html", ".htm", ".cshtml", ".razor", ".jsp")
_NAMED_TEXT = {
    "dockerfile", "containerfile", "makefile", "pipfile", "gemfile", "jenkinsfile", "procfile", "id_rsa", "id_ecdsa",
    "id_ed25519",
}  # fmt: skip
_MINIFIED = re.compile(r"\.min\.[cm]?js$|[.-]bundle\.js$|-lock\.json$|\.lock\.json$|npm-shrinkwrap\.json$|\.map$")

# The comment that publishers leave in what they publish: name and version of a library.
_PUBLISHED = re.compile(r"\s*/\*!(?:\s|\*)*@?\w[\w./@ -]{1,60}?\bv?\d+\.\d+\.\d+")
# The head of a file that a program writes anew each time: https://go.dev/s/generatedcode, and what analyzers of .NET
# pass over (learn.microsoft.com/dotnet/fundamentals/code-analysis/configuration-options#exclude-generated-code).
_WRITTEN: dict[Language, re.Pattern[str]] = {
    "go": re.compile(r"(?m)^// Code generated .* DO NOT EDIT\.$"),
    "csharp": re.compile(r"\A\s*(?:(?://|/?\*)[^\n]*\n\s*)*?(?://+|/?\*+)[ \t]*<auto-?generated\b"),
}

_TEST = re.compile(
    r"(?:^|/)(?:[tT]ests?|\.ci|(?!con)[a-z0-9]{2,}tests|(?:oauth|http|auth|api|store|db|net|load|perf|smoke)test|__tests__|specs?|e2e|testing|testdata|test_?data|test-?utils?|testutils?|fixtures?|mocks?|__mocks__|"
    r"cypress|k6|acceptance|[tT]est[-_]?[sS]uites?(?:\.\w+)*|it|integration[-_]?tests?|unit[-_]?tests?|ui[-_]?tests?|[\w.-]*(?:\.|_|-)[tT]ests?(?:\.[\w.]+)?|[\w.]*[a-z]Tests?|"
    r"tests?[_-]\w+)/"
    r"|(?:^|/)(?:test_[^/]*|test(?:store|helpers?|utils?|data)|[^/]*_(?:test|mock)|conftest|[^/]*[a-z]Tests?|[^/]*[.-](?:spec|(?:client|server|unit|api|dom)?test|e2e|mock|stories)|[^/]*IT|tests)\.\w+$"
    r"|(?:^|/)\.env\.(?:test|testing|ci|e2e)(?:\.\w+)?$|^(?:unit|integration)/|(?:^|/)test-[\w-]+\.(?:py|[cm]?[jt]s)$"
)
_SAMPLE = re.compile(
    r"(?i)(?:^|/)(?:samples?|examples?|demos?|tutorials?|docs?|documentation|snippets|playgrounds?|"
    r"demo[-_]\w+|\w+[-_ ](?:samples?|examples?|demo))/"
    r"|(?:^|/)[^/]*(?:\.example|\.sample|\.template|\.dist|-sample|_sample|\.md|\.rst)(?:\.\w+)?$"
    r"|\.(?:sample|example)\.[^/]*$"
)


_PACKAGE = re.compile(r"(?<=src/main/)(?:java|kotlin|scala)/.*")
_Spec: TypeAlias = "tuple[str, GitIgnoreSpec, re.Pattern[str] | None]"


def context(path: str) -> Context:
    """Return whether *path* is production, test or sample code, by its folders and name."""
    folder, _, name = path.rpartition("/")
    test, sample = _of_folder(folder + "/")
    if test or _TEST.search(name):
        return "test"
    return "sample" if sample or _SAMPLE.search(name) else "production"


@lru_cache(10_000)
def _of_folder(folder: str) -> tuple[bool, bool]:
    # Below the root of Java's sources the folders name a package, such as com.example, and not what the code is for.
    return bool(_TEST.search(folder)), bool(_SAMPLE.search(_PACKAGE.sub("", folder)))


def printable(path: str) -> str:
    """Return *path* (with surrogates for bytes that are no UTF-8) as text that can be written anywhere."""
    if path.isascii() and path.isprintable():
        return path
    clean = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", clean)


def kind(name: str) -> tuple[Language, str | None] | None:
    """Return language and engine language of a file called *name*, or None for a file that no check reads."""
    lower = name.lower()
    stem, _, last = lower.rpartition(".")
    stem, suffix = (stem, "." + last) if stem else (lower, "")
    if lower == ".env" or lower.startswith(".env.") or stem.endswith(".env") or suffix == ".env":
        return "settings", None
    if suffix in _CODE:
        return _CODE[suffix]
    if suffix in _SETTINGS:
        return "settings", _SETTINGS[suffix]
    if suffix in _TEXT or lower in _NAMED_TEXT or stem in ("dockerfile", "containerfile") or lower.endswith("file"):
        return "text", None
    return None


def walk(root: Path, top: Path | None = None) -> tuple[list[str], list[Unread], Counter[str]]:
    """List the files to read under *root* (relative, forward slashes), what is left out, and kinds nobody reads.

    Paths may hold surrogates for bytes that are no UTF-8.
    """
    top = top or root
    inside = "" if top == root else root.relative_to(top).as_posix() + "/"
    tracked = frozenset(path.removeprefix(inside) for path in _tracked(top) if path.startswith(inside))
    specs: list[_Spec] = []
    paths: list[str] = []
    unread: list[Unread] = []
    others: Counter[str] = Counter()
    stack: list[tuple[str, int, int]] = [("", 0, 0)]
    while stack:
        folder, depth, keep = stack.pop()
        del specs[keep:]
        try:
            with os.scandir(root / folder if folder else root) as entries:
                listing = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            unread.append(Unread(printable(folder or "."), f"cannot be listed: {error.strerror}"))
            continue
        names = {entry.name for entry in listing}
        reason = _others(folder, names)
        if reason:
            unread.append(Unread(printable(folder), reason))
            continue
        if folder and names & set(TEAM_FILES):
            unread.append(Unread(printable(folder), "a product of its own: it has its own team file"))
            continue
        if ".gitignore" in names:
            spec = _ignore(root / folder / ".gitignore", printable(f"{folder}/.gitignore".lstrip("/")), unread)
            if spec is not None:
                specs.append((folder + "/" if folder else "", spec, _any(spec)))
        children: list[tuple[str, int, int]] = []
        for entry in listing:
            path = f"{folder}/{entry.name}" if folder else entry.name
            try:
                link = entry.is_symlink()
                is_folder = entry.is_dir(follow_symlinks=False)
                is_file = entry.is_file(follow_symlinks=False)
            except OSError as error:
                unread.append(Unread(printable(path), f"cannot be read: {error.strerror}"))
                continue
            if link:
                unread.append(Unread(printable(path), "a link: links are not followed"))
            elif is_folder:
                why = None
                if entry.name.lower() in _VERSION_CONTROL:
                    continue
                if depth >= MAX_DEPTH:
                    why = f"more than {MAX_DEPTH} folders deep"
                elif entry.name.lower() in _THIRD_PARTY:
                    why = "code of others: packages or caches"
                elif specs and not _has_tracked(tracked, path) and _ignored(specs, path + "/"):
                    why = _others(path, _names(entry)) or "ignored by a .gitignore"
                if why:
                    unread.append(Unread(printable(path), why))
                else:
                    children.append((path, depth + 1, len(specs)))
            elif is_file:
                known = kind(entry.name)
                if entry.name in TEAM_FILES:
                    continue  # read for itself; a folder that holds nothing else holds no source
                if _REPORT.fullmatch(entry.name):
                    unread.append(Unread(printable(path), "a report that ztcheck wrote"))
                elif known is None:
                    others[PurePosixPath(entry.name).suffix.lower() or "no suffix"] += 1
                elif specs and path not in tracked and _ignored(specs, path):
                    unread.append(Unread(printable(path), "ignored by a .gitignore"))
                elif len(paths) >= MAX_FILES:
                    unread.append(Unread(printable(path), f"more than {MAX_FILES:,} files"))
                else:
                    paths.append(path)
            else:
                unread.append(Unread(printable(path), "no regular file"))
        stack.extend(reversed(children))
    return paths, unread, others


def read(root: Path, path: str) -> list[Source] | Unread | None:
    """Read one file: its source, for a page its scripts too, or why it is not read; None for an empty file."""
    shown = printable(path)
    name = path.rsplit("/", 1)[-1]
    known = kind(name)
    assert known is not None  # noqa: S101 - walk lists known kinds only
    language, engine = known
    try:
        raw = _bytes(f"{root}/{path}")
    except OSError as error:
        return Unread(shown, f"cannot be read: {error.strerror}")
    if not raw:
        return None
    if len(raw) > MAX_BYTES:
        return Unread(shown, f"larger than {MAX_BYTES // 1_000_000} MB")
    text = decode(raw)
    if text is None:
        return Unread(shown, "not text")
    if language != "text" and _MINIFIED.search(name.lower()):
        return Unread(shown, "generated: minified code, a bundle or a lock file")
    if language in ("javascript", "csharp", "java", "go", "python") and _machine_made(text):
        return Unread(shown, "generated: minified code")
    if language == "javascript" and _PUBLISHED.match(text):
        return Unread(shown, "third-party: a copy of a published library")
    written = _WRITTEN.get(language)
    if written and written.search(text, 0, 2000):
        return Unread(shown, "generated: a program wrote it, as its head says")
    where = context(shown)
    if language == "go" and ('"testing"\n' in text or "ory/dockertest" in text):
        where = "test"
    if name.lower().endswith(_EMBEDDED):
        return [Source(shown, language, scripts(text), where, "typescript" if _typed(text) else engine)]
    return [Source(shown, language, text, where, engine)]


def _bytes(path: str) -> bytes:
    """Return what the file at *path* holds, no more than a byte above `MAX_BYTES` of it."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    try:
        parts = []
        # The size is asked first: room for the largest file would be made for each of them otherwise.
        left = min(os.fstat(descriptor).st_size, MAX_BYTES + 1)
        while left and (part := os.read(descriptor, left)):
            parts.append(part)
            left -= len(part)
    finally:
        os.close(descriptor)
    return b"".join(parts)


def decode(raw: bytes) -> str | None:
    """Return the text of *raw* in UTF-8, UTF-16 or Windows-1252, with ``\\n`` line ends; None where it is not text."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = raw.decode("utf-16", "replace")
    elif b"\0" in raw[:8192]:
        wide = _utf16_without_mark(raw)
        if not wide:
            return None
        text = wide
    else:
        try:
            text = raw.removeprefix(b"\xef\xbb\xbf").decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text


def scripts(page: str) -> str:
    """Return *page* with everything but its scripts blanked, so that lines and columns stay."""
    keep = [match.span(1) for match in re.finditer(r"(?is)<script\b[^>]{0,1000}>(.*?)</script\s*>", page)]
    out = []
    end = 0
    for first, last in [*keep, (len(page), len(page))]:
        out.append(re.sub(r"[^\n]+", lambda match: " " * len(match[0]), page[end:first]))
        out.append(page[first:last])
        end = last
    return "".join(out)


def _typed(page: str) -> bool:
    return bool(re.search(r"<script\b[^>]*\blang=[\"']ts[\"']", page))


def _utf16_without_mark(raw: bytes) -> str | None:
    head = raw[:512]
    for codec, zeros in (("utf-16-le", head[1::2]), ("utf-16-be", head[::2])):
        if zeros and zeros.count(0) > 0.7 * len(zeros):
            return raw.decode(codec, "replace")
    return None


def _machine_made(text: str) -> bool:
    if len(text) < 5000:
        return False
    lines = text.count("\n") + 1
    return len(text) / lines > 400


def _others(folder: str, names: Collection[str]) -> str | None:
    """Return why a folder that holds *names* is left out as code of others, or None."""
    if folder and "pyvenv.cfg" in names:
        return "code of others: a virtual environment"
    if f"/{folder.lower()}".endswith(_VENDOR) and not _VENDOR_MARKS.isdisjoint(names):
        return "code of others: packages or caches"
    return None


def _names(folder: os.DirEntry[str]) -> set[str]:
    try:
        return {child.name for child, _ in zip(Path(folder.path).iterdir(), range(5000), strict=False)}
    except OSError:
        return set()


def _has_tracked(tracked: frozenset[str], folder: str) -> bool:
    return folder + "/" in tracked


def _tracked(root: Path) -> frozenset[str]:
    """Return the paths that git tracks, and every folder above them, from the index file itself."""
    index = root / ".git" / "index"
    try:
        if index.is_symlink() or index.stat().st_size > 200_000_000:
            return frozenset()
        raw = index.read_bytes()
    except OSError:
        return frozenset()
    found: set[str] = set()
    for path in _index_paths(raw):
        text = os.fsdecode(path)
        found.add(text)
        folder = text
        while "/" in folder:
            folder = folder.rsplit("/", 1)[0]
            if folder + "/" in found:
                break
            found.add(folder + "/")
    return frozenset(found)


def _index_paths(raw: bytes) -> Iterator[bytes]:
    """Yield the paths of an index file of version 2, 3 or 4 (git's Documentation/gitformat-index); none if broken."""
    if len(raw) < 12 or raw[:4] != b"DIRC":
        return
    version, count = struct.unpack(">II", raw[4:12])
    offset = 12
    previous = b""
    try:
        for _ in range(min(count, 5_000_000)):
            flags = struct.unpack(">H", raw[offset + 60 : offset + 62])[0]
            start = offset + 62 + (2 if flags & 0x4000 and version >= 3 else 0)
            if version == 4:
                strip = shift = 0
                while True:
                    byte = raw[start]
                    start += 1
                    strip = (strip << 7) | (byte & 0x7F)
                    if not byte & 0x80:
                        break
                    strip += 1
                    shift += 1
                    if shift > 9:
                        return
                end = raw.index(b"\0", start)
                previous = previous[: len(previous) - strip] + raw[start:end]
                offset = end + 1
            else:
                end = raw.index(b"\0", start)
                previous = raw[start:end]
                offset += (end - offset + 8) & ~7
            yield previous
    except (struct.error, ValueError, IndexError):
        return


def _ignore(path: Path, shown: str, unread: list[Unread]) -> GitIgnoreSpec | None:
    """Read an ignore file; patterns that could make matching explode are left out and said."""
    from pathspec import GitIgnoreSpec

    try:
        if path.is_symlink():
            return None
        with path.open("rb") as file:
            raw = file.read(500_001)
    except OSError:
        return None
    if len(raw) > 500_000:
        unread.append(Unread(shown, "larger than 500 kB: its patterns are not used"))
        return None
    good = []
    bad = 0
    for line in raw.decode("utf-8", "replace").splitlines():
        if line.count("*") > 6 or len(line) > 1000 or line.count("[") > 4:
            bad += 1
        else:
            good.append(line)
    if bad:
        unread.append(Unread(shown, f"{bad} patterns are not used: too costly to match"))
    try:
        return GitIgnoreSpec.from_lines(good[:2000])
    except ValueError:
        unread.append(Unread(shown, "its patterns are not valid and are not used"))
        return None


def _any(spec: GitIgnoreSpec) -> re.Pattern[str] | None:
    """One expression for all patterns of *spec*, to tell in one step that none of them matches."""
    parts = [re.sub(r"\(\?P<\w+>", "(?:", item.regex.pattern) for item in spec.patterns if item.regex is not None]
    try:
        return re.compile("|".join(f"(?:{part})" for part in parts)) if parts else None
    except re.error:
        return None


def _ignored(specs: list[_Spec], path: str) -> bool:
    for base, spec, quick in reversed(specs):
        if path.startswith(base):
            if quick is not None and not quick.match(path[len(base) :]):
                continue
            verdict = spec.check_file(path[len(base) :]).include
            if verdict is not None:
                return verdict
    return False
