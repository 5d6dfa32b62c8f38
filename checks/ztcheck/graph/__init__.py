"""Microsoft Graph's permissions: names, ids, privilege levels, and which calls accept which.

The table is Microsoft's own data (`source()` names commit and date), which has gaps and errors; `overrides.toml`
corrects those that are known. What is derived from it is advice: a call that is not in the table proves nothing.
"""

from __future__ import annotations

import gzip
import json
import re
import tomllib
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

Scheme = Literal["delegated", "application"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
TABLE = Path(__file__).with_name("permissions.json.gz")
# The application ID of Microsoft Graph, the same in every tenant.
GRAPH = "00000003-0000-0000-c000-000000000000"


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission of one kind. *level* is Microsoft's privilege level, 1 (least) to 4; None where it gives none.

    *admin* is true where only an administrator can consent.
    """

    name: str
    scheme: Scheme
    id: str | None
    level: int | None
    admin: bool


@dataclass(frozen=True, slots=True)
class Accepted:
    """What one call accepts: *least* with the lowest first, then every *other* permission that works."""

    path: str
    least: tuple[str, ...]
    other: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.least or name in self.other


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(gzip.decompress(TABLE.read_bytes()))
    return table


def source() -> Mapping[str, str]:
    """Return where the data is from: ``repository``, ``commit``, ``date``, ``notice``."""
    found: Mapping[str, str] = _table()["source"]
    return found


@cache
def _permissions() -> tuple[dict[tuple[str, Scheme], Permission], dict[tuple[str, Scheme], Permission]]:
    names: dict[tuple[str, Scheme], Permission] = {}
    ids: dict[tuple[str, Scheme], Permission] = {}
    kinds: tuple[tuple[Scheme, int, int], ...] = (("delegated", 1, 3), ("application", 2, 4))
    for row in _table()["permissions"]:
        for scheme, at_id, at_level in kinds:
            if row[at_id] or row[at_level]:
                admin = scheme == "application" or row[5]
                permission = Permission(row[0], scheme, row[at_id], row[at_level], admin)
                names[row[0].lower(), scheme] = permission
                if row[at_id]:
                    ids[row[at_id], scheme] = permission
    return names, ids


def by_name(name: str, scheme: Scheme) -> Permission | None:
    """Return the permission *name* of the kind *scheme*, or None when Microsoft's data does not hold it."""
    return _permissions()[0].get((name.lower(), scheme))


def by_id(guid: str, scheme: Scheme) -> Permission | None:
    """Return the permission of the kind *scheme* with the id *guid*, or None; one id may name both kinds."""
    return _permissions()[1].get((guid.lower(), scheme))


_PLACEHOLDER = re.compile(r"\{[^{}/]*\}")
_KEY = re.compile(r"\((?P<key>'[^']*'|[^()=]*)\)$")


def normalise(path: str) -> str | None:
    """Return *path* in the table's form: no host, version or query, lower case, ``{}`` for each variable part.

    Returns None for what is no path of a call (functions with arguments, ``...``).
    """
    path = re.sub(r"^https?://[^/]+", "", path.strip())
    path = re.split(r"[?#]", path, maxsplit=1)[0]
    path = re.sub(r"^/?(v1\.0|beta)(?=/|$)", "", path)
    parts = []
    for part in path.strip("/").split("/"):
        key = _KEY.search(part)
        if key and part[: key.start()]:
            parts += [part[: key.start()].lower(), "{}"] if key["key"] else [part[: key.start()].lower()]
        else:
            parts.append(_PLACEHOLDER.sub("{}", part).lower())
    if not parts or not parts[0] or "..." in path or any("(" in part for part in parts):
        return None
    return "/" + "/".join("{}" if "{}" in part else part.removeprefix("microsoft.graph.") for part in parts)


@cache
def _overrides() -> dict[tuple[str, str, str], Accepted]:
    entries = tomllib.loads(Path(__file__).with_name("overrides.toml").read_text(encoding="utf-8"))["call"]
    return {
        (entry["path"], entry["method"], entry["scheme"]): Accepted(
            entry["path"], tuple(entry["least"]), tuple(entry["accepted"])
        )
        for entry in entries
    }


@cache
def _by_length() -> dict[int, list[tuple[tuple[str, ...], str]]]:
    found: dict[int, list[tuple[tuple[str, ...], str]]] = {}
    paths = {*_table()["calls"], *(path for path, _, _ in _overrides())}
    for path in sorted(paths):
        parts = tuple(path.split("/")[1:])
        found.setdefault(len(parts), []).append((parts, path))
    return found


@cache
def accepted(method: str, path: str, scheme: Scheme) -> Accepted | None:
    """Return what the call *method* *path* accepts in the kind *scheme*; None when the data does not know the call.

    *path* may be concrete (``/users/42``), a template, or a whole address. The most literal template wins.
    """
    wanted = normalise(path)
    if wanted is None:
        return None
    parts = wanted.split("/")[1:]
    fits = [
        (sum(a == b for a, b in zip(template, parts, strict=True)), name)
        for template, name in _by_length().get(len(parts), [])
        if all(a == b or a == "{}" for a, b in zip(template, parts, strict=True)) and template[0] == parts[0]
    ]
    for _, name in sorted(fits, key=lambda fit: (-fit[0], fit[1])):
        known = _overrides().get((name, method, scheme)) or _of_table(name, method, scheme)
        if known:
            return known
    return None


def _of_table(path: str, method: str, scheme: Scheme) -> Accepted | None:
    table = _table()
    for verb, kind, at in table["calls"].get(path, ()):
        if verb == method and SCHEMES[kind] == scheme:
            low, more = (
                tuple(sorted((table["permissions"][index][0] for index in group), key=partial(_rank, method, scheme)))
                for group in table["sets"][at]
            )
            return Accepted(path, low, more)
    return None


def _rank(method: str, scheme: Scheme, name: str) -> tuple[bool, int, bool, int, str]:
    """Order permissions from narrow to broad: a write permission for a read comes last."""
    known = by_name(name, scheme)
    level = known.level if known and known.level else 5
    return (method == "GET" and "Write" in name, level, name.startswith("Directory."), breadth(name), name)


def breadth(name: str) -> int:
    """Return how far a permission's name reaches: own data, basic, all, and whether it writes; larger is broader."""
    score = 4 if name.endswith(".All") else 0
    score += 2 if "Write" in name or "FullControl" in name or "Manage" in name else 0
    return score - (1 if "Basic" in name or "Selected" in name or "OwnedBy" in name or "AppFolder" in name else 0)
