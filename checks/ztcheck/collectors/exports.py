"""Tells exported settings apart and reads them: by file name, by shape, or from a bundle under their kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ztcheck import jsonfile
from ztcheck.collectors.checking import Document, Part, checked
from ztcheck.errors import InputError, Problem, suggestion


def refuse_error(value: Any, path: str) -> None:
    """Raise InputError when *value* is what an API answers in place of an export."""
    if not isinstance(value, dict):
        return
    error = value.get("error")
    said = error.get("message") or error.get("code") if isinstance(error, dict) else None
    if said is None and "documentation_url" in value:
        said = value.get("message")
    if said is not None:
        raise InputError(
            Problem(f"is an error that the API answered: {str(said)[:200]}", path=path, help="export it again")
        )


def refuse_part(value: Any, path: str) -> None:
    """Raise InputError when *value* is the first of several pages: what is missing would look like nothing."""
    if isinstance(value, dict) and value.get("@odata.nextLink"):
        raise InputError(
            Problem(
                "holds the first page only: it has an @odata.nextLink",
                path=path,
                help="export it with $top=999, or join the pages' values in one list",
            )
        )


_BESIDE = {"collected_on", "$schema"}


@dataclass(frozen=True)
class Kinds:
    """The kinds of export that one collector knows.

    *shapes* maps a kind to its shape; a kind whose shape is a list is read as a document with one list ``items``.
    *items* and *objects* name a key that gives a kind away: of an entry of a list, of an object. *context* does the
    same for the ``@odata.context`` of Microsoft Graph, in lower case. *logs* are kinds of which a part will do, since
    only what is in them counts and never what is not.
    """

    shapes: Mapping[str, Any]
    items: tuple[tuple[str, str], ...] = ()
    objects: tuple[tuple[str, str], ...] = ()
    context: tuple[tuple[str, str], ...] = ()
    logs: tuple[str, ...] = ()

    def read(self, value: Any, path: str) -> tuple[list[tuple[str, Document]], str | None]:
        """Return the exports in the parsed file *path* by kind, and the time at which it says to be collected.

        Raises InputError with every mistake, each with its JSON pointer.
        """
        refuse_error(value, path)
        taken = value.get("collected_on") if isinstance(value, dict) else None
        taken = taken if isinstance(taken, str) else None
        stem = PurePosixPath(path).stem.lower().replace("-", "_")
        kind = stem if stem in self.shapes else None
        if kind is None and isinstance(value, dict):
            known = [key for key in value if key in self.shapes]
            # An object may have one key of its own that is also the name of a kind.
            own = len(known) == 1 and isinstance(self.shapes[known[0]], dict) and known[0] in self.shapes[known[0]]
            if known and not own and not value.keys() - set(known) - _BESIDE:
                return self._bundle(value, path, known), taken
        kind = kind or self._told(value)
        if kind is None:
            raise InputError(
                Problem(
                    "is no export that is known: its name and its keys say nothing",
                    path=path,
                    help=f"name the file after what it holds: {suggestion(stem, self.shapes)}",
                )
            )
        return [(kind, self._one(kind, value, path, ()))], taken

    def _bundle(self, value: dict[str, Any], path: str, known: list[str]) -> list[tuple[str, Document]]:
        documents: list[tuple[str, Document]] = []
        problems: list[Problem] = []
        for key in known:
            if value[key] is None:
                continue
            try:
                documents.append((key, self._one(key, value[key], path, (key,))))
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return documents

    def _told(self, value: Any) -> str | None:
        if isinstance(value, dict):
            context = str(value.get("@odata.context", "")).lower()
            for mark, kind in self.context:
                if mark in context:
                    return kind
            for mark, kind in self.objects:
                if mark in value:
                    return kind
            value = value.get("value")
        if isinstance(value, list):
            entries = [entry for page in value for entry in (page if isinstance(page, list) else [page])]
            first = next((entry for entry in entries if isinstance(entry, dict)), {})
            return next((kind for mark, kind in self.items if mark in first), None)
        return None

    def _one(self, kind: str, value: Any, path: str, at: tuple[Part, ...]) -> Document:
        shape = self.shapes[kind]
        if kind not in self.logs:
            refuse_part(value, path)
        if isinstance(shape, list):
            return self._list(shape, value, path, at)
        if not isinstance(value, dict):
            raise InputError(Problem(f"{jsonfile.pointer(*at) or '(the whole file)'}: expected an object", path=path))
        checked(value, shape, path, jsonfile.pointer(*at))
        return Document(path, value, {(): at})

    @staticmethod
    def _list(shape: list[Any], value: Any, path: str, at: tuple[Part, ...]) -> Document:
        """Read a list: plain, under ``value`` as Microsoft Graph sends it, one entry alone, or a list of pages."""
        single = isinstance(value, dict) and not value.keys().isdisjoint(shape[0])
        if single:
            value = [value]
        elif isinstance(value, dict) and "value" in value:
            value, at = value["value"], (*at, "value")
        if not isinstance(value, list):
            raise InputError(Problem(f"{jsonfile.pointer(*at) or '(the whole file)'}: expected a list", path=path))
        where: dict[tuple[Part, ...], tuple[Part, ...] | int] = {(): at, ("items",): at}
        if single:
            where["items", 0] = at
            checked(value[0], shape[0], path, jsonfile.pointer(*at))
        elif value and all(isinstance(page, list) for page in value):
            flat = [(page, index, entry) for page, content in enumerate(value) for index, entry in enumerate(content)]
            where.update({("items", number): (*at, page, index) for number, (page, index, _) in enumerate(flat)})
            checked(value, [shape], path, jsonfile.pointer(*at))
            value = [entry for _, _, entry in flat]
        else:
            checked(value, shape, path, jsonfile.pointer(*at))
        return Document(path, {"items": value}, where)
