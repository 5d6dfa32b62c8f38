"""Guesses at the profile from what lies in a folder: names of files, and words in small ones. Runs nothing in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.errors import InputError
from ztcheck.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILES = 5_000
MAX_DEPTH = 6
MAX_BYTES = 256 * 1024
_SKIPPED = frozenset(
    {".git", ".hg", ".svn", ".tox", ".venv", "venv", "node_modules", "bin", "obj", "dist", "build", "vendor", "target",
     "__pycache__", "site-packages"}
)  # fmt: skip

# What the value of signInAudience in an app registration means for the profile.
_AUDIENCES = {
    "AzureADMyOrg": ("single-tenant",),
    "AzureADMultipleOrgs": ("multi-tenant",),
    "AzureADandPersonalMicrosoftAccount": ("multi-tenant", "personal-accounts"),
    "PersonalMicrosoftAccount": ("personal-accounts",),
}


@dataclass(slots=True)
class Guess:
    """What a folder suggests: *values* by profile field, the *reasons* in words, app registrations that lie there.

    *manifests* maps the path of an exported registration to its display name; *seen* holds what the code shows in use.
    """

    name: str
    values: dict[str, list[str]] = field(default_factory=dict)
    reasons: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)
    seen: dict[str, list[str]] = field(default_factory=dict)

    def add(self, profile_field: str, value: str, reason: str) -> None:
        """Record that *value* is likely, once."""
        values = self.values.setdefault(profile_field, [])
        if value not in values:
            values.append(value)
            self.reasons.setdefault(profile_field, []).append(f"{value}: {reason}")


def guess(root: Path) -> Guess:
    """Return what the folder *root* suggests; `complete` adds what usually goes with it."""
    found = Guess(root.resolve().name or "app")
    kinds = [
        (re.compile(kind["files"], re.IGNORECASE), kind["suggests"])
        for kind in tomllib.loads((Path(__file__).parent / "guess.toml").read_text(encoding="utf-8"))["kind"]
    ]
    for path, shown in _files(root):
        suggests = [
            row
            for files, rows in kinds
            if files.fullmatch(shown if "/" in files.pattern else path.name)
            for row in rows
        ]
        if not suggests and path.suffix != ".json":
            continue
        text = _text(path)
        if shown in ("pyproject.toml", "package.json"):
            found.name = _named(path.suffix, text) or found.name
        for profile_field, value, *patterns in suggests:
            for pattern in patterns:
                if match := re.search(pattern, text, re.IGNORECASE | re.MULTILINE):
                    word = match[0].strip(' ":')
                    found.add(profile_field, value, f"{shown} names {word}" if len(word) > 1 else f"there is {shown}")
        if path.suffix == ".json":
            _registration(found, text, shown)
    _code_host(found, root)
    return found


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    count = 0
    for folder, folders, files in os.walk(root, followlinks=False):
        here = Path(folder)
        depth = len(here.relative_to(root).parts)
        folders[:] = sorted(name for name in folders if name not in _SKIPPED) if depth < MAX_DEPTH else []
        for name in sorted(files):
            path = here / name
            if path.is_symlink():
                continue
            count += 1
            if count > MAX_FILES:
                return
            yield path, path.relative_to(root).as_posix()


def _text(path: Path) -> str:
    try:
        return read_bytes(path, MAX_BYTES).decode("utf-8", errors="replace")
    except InputError:
        return ""


def _named(suffix: str, text: str) -> str | None:
    try:
        name: Any = json.loads(text)["name"] if suffix == ".json" else tomllib.loads(text)["project"]["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return _usable(name)


def _usable(name: Any) -> str | None:
    """Return *name* if it can stand for a product or component."""
    return name if isinstance(name, str) and name.isprintable() and 0 < len(name.strip()) <= 100 else None


def _registration(found: Guess, text: str, shown: str) -> None:
    if '"signInAudience"' not in text:
        return
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(data, dict) or "appId" not in data:
        return
    found.manifests[shown] = _usable(data.get("displayName")) or Path(shown).stem
    for value in _AUDIENCES.get(str(data.get("signInAudience")), ()):
        found.add("audience", value, f"signInAudience in {shown}")


def _code_host(found: Guess, root: Path) -> None:
    for marker, host in {
        ".github": "github", "azure-pipelines.yml": "azure-devops", ".gitlab-ci.yml": "gitlab",
    }.items():  # fmt: skip
        if (root / marker).exists():
            found.add("code_host", host, f"there is {marker}")
            return
    remote = git(root, "remote", "get-url", "origin") or ""
    for word, host in {"github.com": "github", "dev.azure.com": "azure-devops", "gitlab": "gitlab"}.items():
        if word in remote:
            found.add("code_host", host, "git's remote 'origin'")
            return
    if remote:
        found.add("code_host", "other", "git's remote 'origin'")


def complete(found: Guess) -> None:
    """Fill in what usually goes with what was found."""
    kinds = found.values.get("app_kinds", [])
    if "secret" in found.values.get("credentials", []) and "managed-identity" not in found.seen.get("credentials", []):
        found.values["credentials"] = [word for word in found.values["credentials"] if word != "managed-identity"]
    usual = {
        "audience": "single-tenant",
        "calls_apis": "own-api" if {"spa", "mobile", "desktop"} & set(kinds) and "web-api" in kinds else "none",
        "credentials": "none",
        "hosting": "azure",
        "features": "none",
        "code_host": "none",
    }
    for profile_field, value in usual.items():
        if profile_field not in found.values:
            found.values[profile_field] = [value]
    outside = {"multi-tenant", "personal-accounts", "external-customers"} & set(found.values["audience"])
    found.values["users"] = ["customers"] if outside else ["workforce"]
    found.values["answers_for"] = ["app", "delivery"]
    if found.seen.get("acts_as"):
        found.values["acts_as"] = found.seen["acts_as"]
        if found.values["calls_apis"] == ["none"]:
            found.values["calls_apis"] = ["own-api"]
    elif found.values["calls_apis"] == ["none"]:
        found.values["acts_as"] = ["none"]
    else:
        alone = {"daemon"} & set(kinds)
        found.values["acts_as"] = [*(["signed-in-user"] if set(kinds) - alone else []), *(["itself"] if alone else [])]
        found.values["acts_as"] = found.values["acts_as"] or ["signed-in-user"]


def git(root: Path, *words: str) -> str | None:
    """Return what git says, or None where there is no git or no answer."""
    try:
        done = subprocess.run(  # noqa: S603 - the words are ours
            ["git", "-C", str(root), "-c", "log.showSignature=false", *words],  # noqa: S607 - found on the PATH
            capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=10, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None
