"""Why each check matters and what to do, from `texts.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def _all() -> dict[str, dict[str, str]]:
    return tomllib.loads((Path(__file__).parent / "texts.toml").read_text(encoding="utf-8"))


def of(check: str) -> tuple[str, str]:
    """Return why *check* matters and what to do."""
    entry = _all()[check]
    return entry["why"], entry["do"]
