"""Facts of files that were parsed before, by their content. Safe to delete at any time."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.source.model import Fact, Setting, Unit

if TYPE_CHECKING:
    from ztcheck.collectors.source.model import Source

MAX_ROWS = 200_000
MAX_RESULTS = 50


def folder() -> Path:
    """Return the user's cache folder for ztcheck (``ZTCHECK_CACHE``, else the platform's usual one)."""
    given = os.environ.get("ZTCHECK_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "ztcheck" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ztcheck"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ztcheck"


class Store:
    """The cache of one engine *version*; with None, or where the folder cannot be used, it holds nothing."""

    def __init__(self, version: str | None) -> None:
        self.version = version
        self.base: sqlite3.Connection | None = None

    def __enter__(self) -> Store:
        if self.version is not None:
            with contextlib.suppress(OSError, sqlite3.Error):
                folder().mkdir(parents=True, exist_ok=True, mode=0o700)
                self.base = sqlite3.connect(folder() / "source-3.sqlite", timeout=2, isolation_level=None)
                self.base.execute("pragma journal_mode=wal")
                self.base.execute("pragma synchronous=off")
                self.base.execute("create table if not exists facts (key blob primary key, value text) without rowid")
                self.base.execute("create table if not exists results (key blob primary key, value text) without rowid")
                self.base.execute("begin")
        return self

    def __exit__(self, *_: object) -> None:
        if self.base is not None:
            with contextlib.suppress(sqlite3.Error):
                count = self.base.execute("select count(*) from facts").fetchone()[0]
                if count > MAX_ROWS:
                    self.base.execute("delete from facts")
                self.base.execute("commit")
            self.base.close()

    def get(self, source: Source) -> Unit | None:
        """Return what is known of *source*, or None."""
        if self.base is None:
            return None
        try:
            row = self.base.execute("select value from facts where key = ?", (self._key(source),)).fetchone()
            return None if row is None else _load(source, json.loads(row[0]))
        except (sqlite3.Error, ValueError, TypeError, KeyError):
            return None

    def put(self, unit: Unit) -> None:
        """Keep what was taken from a file. Secrets in it stay readable to this user only, as the file itself does."""
        if self.base is not None:
            with contextlib.suppress(sqlite3.Error, UnicodeError):
                self.base.execute("insert or replace into facts values (?, ?)", (self._key(unit.source), _dump(unit)))

    def result(self, key: str) -> dict[str, Any] | None:
        """Return what `keep` kept under *key*, or None."""
        if self.base is None:
            return None
        try:
            row = self.base.execute("select value from results where key = ?", (self._result_key(key),)).fetchone()
            found = None if row is None else json.loads(row[0])
        except (sqlite3.Error, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def keep(self, key: str, value: dict[str, Any]) -> None:
        """Keep the result of a whole scan under *key*; when there are `MAX_RESULTS`, all make room."""
        if self.base is not None:
            with contextlib.suppress(sqlite3.Error, UnicodeError):
                if self.base.execute("select count(*) from results").fetchone()[0] >= MAX_RESULTS:
                    self.base.execute("delete from results")
                self.base.execute(
                    "insert or replace into results values (?, ?)", (self._result_key(key), json.dumps(value))
                )

    def _result_key(self, key: str) -> bytes:
        return hashlib.sha256(f"{self.version}\0{key}".encode("utf-8", "surrogatepass")).digest()

    def _key(self, source: Source) -> bytes:
        head = f"{self.version}\0{source.engine}\0".encode()
        return hashlib.sha256(head + source.text.encode("utf-8", "surrogatepass")).digest()


def _dump(unit: Unit) -> str:
    facts = [(f.kind, f.name, f.value, f.text, f.line, f.column, f.end) for f in unit.facts]
    return json.dumps([facts, [(s.key, s.value, s.line, s.column) for s in unit.settings]])


def _load(source: Source, raw: Any) -> Unit:
    return Unit(source, [Fact(*row) for row in raw[0]], [Setting(*row) for row in raw[1]])
