"""A REST stand-in that is data: resources by path, with the paging, filters and errors of Microsoft Graph or GitHub.

A new resource is a line of data (`Store.seed`), not code.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlencode

from ztcheck.authority.wire import Request, Response, json_response

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

Json = Any
Derive = Callable[[str], Json | None]


class Store:
    """Resources by path: a list is a collection, a dict a single resource, text or bytes a raw body.

    Paths are those of the API's reference without version and without a slash in front
    (``servicePrincipals/…/owners``, ``repos/contoso/orders/rulesets``); case does not matter. *page_size* is the
    largest page; set it low to make clients follow links.
    """

    def __init__(self, entra: Entra, page_size: int) -> None:
        self.entra = entra
        self.page_size = page_size
        self._data: dict[str, Json] = {}

    def seed(self, resources: dict[str, Json]) -> None:
        """Add or replace resources: path → list (a collection), dict, text or bytes."""
        for path, value in resources.items():
            value = copy.deepcopy(value)
            self._data[path.strip("/").lower()] = value

    def clear(self) -> None:
        """Forget everything that was seeded."""
        self._data.clear()

    def find(self, path: str) -> Json | None:
        """Return the seeded resource at *path*: itself, or the item of its collection with that id; None if absent."""
        key = path.strip("/").lower()
        if key in self._data:
            return self._data[key]
        parent, _, name = key.rpartition("/")
        collection = self._data.get(parent)
        if isinstance(collection, list):
            return next((item for item in collection if _identifies(item, name)), None)
        return None

    def remove(self, path: str) -> bool:
        """Remove the resource or item at *path*; return whether it was there."""
        key = path.strip("/").lower()
        if self._data.pop(key, None) is not None:
            return True
        parent, _, name = key.rpartition("/")
        collection = self._data.get(parent)
        if not isinstance(collection, list):
            return False
        kept = [item for item in collection if not _identifies(item, name)]
        removed = len(kept) < len(collection)
        collection[:] = kept
        return removed


def _identifies(item: Json, name: str) -> bool:
    if not isinstance(item, dict):
        return False
    return name in {str(item.get(field, "")).lower() for field in ("id", "name", "login", "number", "key_id")}


# OData, as much of it as Microsoft Graph's documentation uses in examples

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<name>[A-Za-z_$][\w./:$-]*)|(?P<number>-?\d[\w:.\-]*)|(?P<mark>[(),]))"
)


class FilterError(ValueError):
    """The filter is not one that the stand-in knows."""


def odata_filter(text: str) -> Callable[[Json], bool]:
    """Return the predicate of an OData ``$filter``: comparisons, and, or, not, in, startswith, endswith, any.

    Raises `FilterError` for anything else.
    """
    tokens: list[str] = []
    position = 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if not match:
            raise FilterError(f"unexpected character at {position} in {text!r}")
        tokens.append(match[0].strip())
        position = match.end()
    parser = _Filter(tokens)
    predicate = parser.either()
    if parser.tokens:
        raise FilterError(f"unexpected {parser.tokens[0]!r} in {text!r}")
    return predicate


class _Filter:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def take(self, wanted: str | None = None) -> str:
        if not self.tokens or (wanted is not None and self.tokens[0] != wanted):
            raise FilterError(f"expected {wanted or 'more'}, found {self.tokens[:1]}")
        return self.tokens.pop(0)

    def either(self) -> Callable[[Json], bool]:
        parts = [self.both()]
        while self.tokens[:1] == ["or"]:
            self.take()
            parts.append(self.both())
        return lambda item: any(part(item) for part in parts)

    def both(self) -> Callable[[Json], bool]:
        parts = [self.one()]
        while self.tokens[:1] == ["and"]:
            self.take()
            parts.append(self.one())
        return lambda item: all(part(item) for part in parts)

    def one(self) -> Callable[[Json], bool]:
        word = self.take()
        if word == "not":
            inner = self.one()
            return lambda item: not inner(item)
        if word == "(":
            inner = self.either()
            self.take(")")
            return inner
        if word in ("startswith", "endswith", "contains"):
            self.take("(")
            name = self.take()
            self.take(",")
            value = str(self.value(self.take()))
            self.take(")")
            tests: dict[str, Callable[[str], bool]] = {
                "startswith": lambda text: text.lower().startswith(value.lower()),
                "endswith": lambda text: text.lower().endswith(value.lower()),
                "contains": lambda text: value.lower() in text.lower(),
            }
            return lambda item: tests[word](str(_at(item, name) or ""))
        if word.endswith("/any") and self.tokens[:1] == ["("]:
            return self._any(word.removesuffix("/any"))
        operator = self.take()
        if operator == "in":
            self.take("(")
            values = [self.value(self.take())]
            while self.tokens[:1] == [","]:
                self.take()
                values.append(self.value(self.take()))
            self.take(")")
            return lambda item: _at(item, word) in values
        if operator not in _COMPARE:
            raise FilterError(f"unknown operator {operator!r}")
        value = self.value(self.take())
        return lambda item: _COMPARE[operator](_at(item, word), value)

    def _any(self, name: str) -> Callable[[Json], bool]:
        self.take("(")
        variable = self.take().removesuffix(":")
        if ":" in variable:
            variable, _, rest = variable.partition(":")
            self.tokens.insert(0, rest)
        inner = self.either()
        self.take(")")
        return lambda item: any(
            inner({variable: each, **(each if isinstance(each, dict) else {})}) for each in _at(item, name) or ()
        )

    def value(self, text: str) -> Json:
        if text.startswith("'"):
            return text[1:-1].replace("''", "'")
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        if re.fullmatch(r"-?\d+", text):
            return int(text)
        return text


def _less(a: Json, b: Json) -> bool:
    return a is not None and b is not None and type(a) is type(b) and a < b


_COMPARE: dict[str, Callable[[Json, Json], bool]] = {
    "eq": lambda a, b: _fold(a) == _fold(b),
    "ne": lambda a, b: _fold(a) != _fold(b),
    "lt": _less,
    "gt": lambda a, b: _less(b, a),
    "le": lambda a, b: _less(a, b) or a == b,
    "ge": lambda a, b: _less(b, a) or a == b,
}


def _fold(value: Json) -> Json:
    return value.lower() if isinstance(value, str) else value


def _at(item: Json, path: str) -> Json:
    for name in path.split("/"):
        if not isinstance(item, dict):
            return None
        item = item.get(name)
    return item


class OData(Store):
    """Microsoft Graph's conventions (and Azure Resource Manager's, whose next link has no ``@odata``)."""

    next_link = "@odata.nextLink"

    def __init__(self, entra: Entra, page_size: int = 100) -> None:
        super().__init__(entra, page_size)

    def derived(self, path: str, tenant_id: str) -> Json | None:  # noqa: ARG002 - for subclasses
        """Return what follows from the directory at *path*, or None."""
        return None

    def error(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
        """Return an error in the shape that Graph sends."""
        now = self.entra.now()
        from ztcheck.authority.directory import timestamp

        inner = {
            "date": timestamp(now).rstrip("Z"),
            "request-id": str(uuid.uuid4()),
            "client-request-id": str(uuid.uuid4()),
        }
        return json_response({"error": {"code": code, "message": message, "innerError": inner}}, status, headers)

    def not_found(self, name: str) -> Response:
        return self.error(
            404,
            "Request_ResourceNotFound",
            f"Resource '{name}' does not exist or one of its queried reference-property objects are not present.",
        )

    def resource(self, path: str, tenant_id: str) -> Json | None:
        """Return what stands at *path*: seeded and derived collections are one list."""
        seeded, derived = self.find(path), self.derived(path, tenant_id)
        if isinstance(seeded, list) and isinstance(derived, list):
            ids = {item.get("id") for item in seeded if isinstance(item, dict)}
            return seeded + [item for item in derived if item.get("id") not in ids]
        if seeded is not None:
            return seeded
        if derived is not None:
            return derived
        parent, _, name = path.rpartition("/")
        collection = self.derived(parent, tenant_id) if parent else None
        if isinstance(collection, list):
            return next((item for item in collection if _identifies(item, name.lower())), None)
        return None

    def read(self, request: Request, root: str, path: str, tenant_id: str) -> Response:
        """Answer GET for *path*; *root* is the URL up to it."""
        query = dict(parse_qsl(request.query_string, keep_blank_values=True))
        name = path.rpartition("/")[2]
        if name == "$count":
            found = self.resource(path.rpartition("/")[0], tenant_id)
            return Response(200, {"Content-Type": "text/plain"}, str(len(found or ())).encode())
        found = self.resource(path, tenant_id)
        if found is None:
            return self.not_found(name)
        if isinstance(found, str | bytes):
            body = found.encode() if isinstance(found, str) else found
            return Response(200, {"Content-Type": "application/octet-stream"}, body)
        if isinstance(found, dict) and "$error" in found:
            return self.error(int(found["$error"]), str(found.get("code", "Forbidden")), str(found.get("message", "")))
        if isinstance(found, list):
            return self._collection(found, query, root, path, tenant_id)
        item = self._shape(found, path, query, tenant_id)
        if self.next_link.startswith("@"):
            item = {"@odata.context": f"{root}/$metadata#{path.rpartition('/')[0] or path}/$entity", **item}
        return json_response(item)

    def _collection(self, items: list[Json], query: dict[str, str], root: str, path: str, tenant_id: str) -> Response:
        try:
            if "$filter" in query:
                keep = odata_filter(query["$filter"])
                items = [item for item in items if keep(item)]
        except FilterError as error:
            return self.error(400, "Request_UnsupportedQuery", f"Unsupported or invalid query filter clause: {error}")
        if "$orderby" in query:
            field, _, direction = query["$orderby"].partition(" ")
            items = sorted(items, key=lambda item: str(_at(item, field)), reverse=direction.strip() == "desc")
        try:
            top = int(query.get("$top", self.page_size))
            start = int(query.get("$skiptoken", query.get("$skip", 0)))
        except ValueError:
            return self.error(400, "BadRequest", "Invalid value for $top or $skiptoken.")
        if top < 1 or start < 0:
            return self.error(400, "BadRequest", "Invalid page size specified: it must be between 1 and 999.")
        size = min(top, self.page_size)
        body: dict[str, Json] = {}
        if self.next_link.startswith("@"):
            body["@odata.context"] = f"{root}/$metadata#{path}"
        if query.get("$count") == "true":
            body["@odata.count"] = len(items)
        if start + size < len(items):
            more = {k: v for k, v in query.items() if k not in ("$skiptoken", "$skip")} | {
                "$skiptoken": str(start + size)
            }
            body[self.next_link] = f"{root}/{path}?{urlencode(more, safe='$')}"
        body["value"] = [
            self._shape(item, f"{path}/{_key(item)}", query, tenant_id) for item in items[start : start + size]
        ]
        return json_response(body)

    def _shape(self, item: Json, path: str, query: dict[str, str], tenant_id: str) -> Json:
        if not isinstance(item, dict):
            return item
        chosen = dict(item)
        if query.get("$select"):
            names = {"id", *query["$select"].split(",")}
            chosen = {name: value for name, value in item.items() if name in names or name.startswith("@")}
        for name in re.findall(r"(\w+)(?:\([^)]*\))?", query.get("$expand", "")):
            if not name.startswith("$"):
                chosen[name] = self.resource(f"{path}/{name}", tenant_id) or []
        return chosen


def _key(item: Json) -> str:
    return str(item.get("id", "")) if isinstance(item, dict) else ""


class Linked(Store):
    """GitHub's conventions: pages by number, the way onward in the header ``Link``."""

    documentation = "https://docs.github.com/rest"

    def __init__(self, entra: Entra, page_size: int = 100) -> None:
        super().__init__(entra, page_size)

    def error(self, status: int, message: str, headers: dict[str, str] | None = None) -> Response:
        """Return an error in the shape that GitHub sends."""
        body = {"message": message, "documentation_url": self.documentation, "status": str(status)}
        return json_response(body, status, headers)

    def read(self, request: Request, root: str, path: str) -> Response:
        """Answer GET for *path*; *root* is the URL up to it."""
        path = unquote(path)
        found = self.find(path)
        if found is None:
            return self.error(404, "Not Found")
        if isinstance(found, dict) and "$error" in found:
            return self.error(int(found["$error"]), str(found.get("message", "")))
        if isinstance(found, str | bytes):
            data = found.encode() if isinstance(found, str) else found
            return Response(200, {"Content-Type": "application/octet-stream"}, data)
        query = dict(parse_qsl(request.query_string))
        rows, wrapper = found, None
        if isinstance(found, dict):
            # Some lists stand in an object beside their count: {"total_count": 2, "workflows": […]}.
            wrapper = next((k for k, v in found.items() if isinstance(v, list) and "total_count" in found), None)
            if wrapper is None:
                return json_response(found)
            rows = found[wrapper]
        try:
            size = max(1, min(int(query.get("per_page", 30)), self.page_size))
            page = max(1, int(query.get("page", 1)))
        except ValueError:
            return self.error(422, "Validation Failed")
        rows = [row for row in rows if _selected(row, query)]
        last = max(1, -(-len(rows) // size))
        links = []
        for rel, number, there in (
            ("prev", page - 1, page > 1),
            ("next", page + 1, page < last),
            ("last", last, page < last),
            ("first", 1, page > 1),
        ):
            if there:
                links.append(f'<{root}/{path}?{urlencode({**query, "page": number})}>; rel="{rel}"')
        shown = rows[(page - 1) * size : page * size]
        body = shown if wrapper is None else {**found, "total_count": len(rows), wrapper: shown}
        return json_response(body, headers={"Link": ", ".join(links)} if links else {})


def _selected(row: Json, query: dict[str, str]) -> bool:
    """Apply the filters that are named like a member of the row: ``state``, ``severity``, ``ref`` and their like."""
    if not isinstance(row, dict):
        return True
    return all(
        str(row[name]).lower() in value.lower().split(",")
        for name, value in query.items()
        if name in ("state", "severity", "ref", "tool_name") and isinstance(row.get(name), str)
    )
