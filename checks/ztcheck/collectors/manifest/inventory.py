"""Reads a permission inventory: a file of the team that gives a reason for each requested permission."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from ztcheck import jsonfile
from ztcheck.collectors.checking import NotRun
from ztcheck.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1024 * 1024
_NAMES = ("permission", "name", "id", "value")
_REASONS = ("reason", "why", "feature", "needed_for", "needed-for")


def read(root: Path, path: str) -> dict[str, str]:
    """Return permission name or id, in lower case, to its reason.

    The file maps names to reasons at any depth, or lists entries with a name and a reason. Raises NotRun when it
    cannot be used.
    """
    from ztcheck.collectors import locate

    state, reason = locate(path, root)
    if state:
        raise NotRun(f"the permission inventory {path}: {reason}")
    try:
        value = _parse(root / path, path)
    except InputError as error:
        raise NotRun(f"the permission inventory {path} {error.problems[0].message}") from None
    found: dict[str, str] = {}
    _gather(value, found, 0)
    return found


def _parse(file: Path, path: str) -> Any:
    raw = jsonfile.read_bytes(file, path, max_bytes=MAX_BYTES)
    if file.suffix == ".json":
        return jsonfile.parse(raw, path)
    if file.suffix == ".toml":
        try:
            return tomllib.loads(jsonfile.decode(raw, path))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise InputError(f"is not TOML: {error}") from None
    from ztcheck.collectors import yamlfile

    return yamlfile.parse(raw, path)


def _gather(value: Any, found: dict[str, str], depth: int) -> None:
    if depth > 8:
        return
    if isinstance(value, list):
        for item in value:
            _gather(item, found, depth + 1)
    elif isinstance(value, dict):
        name = next((value[key] for key in _NAMES if isinstance(value.get(key), str)), None)
        reason = next((value[key] for key in _REASONS if isinstance(value.get(key), str)), None)
        if name is not None and reason is not None:
            found[name.lower()] = reason.strip()
            return
        for key, content in value.items():
            if isinstance(content, str) and isinstance(key, str):
                found[key.lower()] = content.strip()
            elif isinstance(content, dict) and isinstance(key, str) and any(r in content for r in _REASONS):
                said = next((content[r] for r in _REASONS if isinstance(content.get(r), str)), "")
                found[key.lower()] = said.strip()
            else:
                _gather(content, found, depth + 1)
