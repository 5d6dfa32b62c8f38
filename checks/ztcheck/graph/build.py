"""Builds the packaged table of Microsoft Graph permissions from Microsoft's published data.

    python -m ztcheck.graph.build FOLDER --commit COMMIT --date YYYY-MM-DD

*FOLDER* holds ``permissions.json`` and ``permissions-descriptions.json`` of
https://github.com/microsoftgraph/microsoft-graph-devx-content (MIT). The table holds names, ids, kinds, privilege
levels, and per call the permissions that it accepts, least ones marked. The same input gives the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

from ztcheck import jsonfile
from ztcheck.graph import SCHEMES, TABLE, normalise

REPOSITORY = "https://github.com/microsoftgraph/microsoft-graph-devx-content"
NOTICE = "Permission data of microsoft-graph-devx-content. Copyright (c) Microsoft Corporation. MIT License."
# The names of the schemes in the data; personal accounts take the delegated kind.
_SCHEME = {"DelegatedWork": "delegated", "Application": "application"}
# OpenID Connect scopes are in the descriptions but carry no level: they reveal who signed in, no more.
_OPENID = {"openid": 1, "profile": 1, "email": 1, "offline_access": 1}


def build(permissions: dict[str, Any], descriptions: dict[str, Any], commit: str, date: str) -> dict[str, Any]:
    """Return the table of `ztcheck.graph` from the two documents of the data."""
    names: dict[str, list[Any]] = {}

    def row(name: str) -> list[Any]:
        return names.setdefault(name, [name, None, None, None, None, False])

    for list_name, offset in (("delegatedScopesList", 0), ("applicationScopesList", 1)):
        for entry in descriptions[list_name]:
            row(entry["value"])[1 + offset] = entry["id"]
            if offset == 0:
                row(entry["value"])[5] = bool(entry["isAdmin"])
    for name, entry in permissions["permissions"].items():
        for scheme, kind in _SCHEME.items():
            if scheme in entry["schemes"]:
                found = row(name)
                found[3 + SCHEMES.index(kind)] = entry["schemes"][scheme].get("privilegeLevel")
                if kind == "delegated":
                    found[5] = bool(entry["schemes"][scheme].get("requiresAdminConsent"))
    for name, level in _OPENID.items():
        if name in names:
            names[name][3] = level
    order = sorted(names)
    index = {name: at for at, name in enumerate(order)}

    accepted: dict[str, dict[str, dict[str, tuple[set[int], set[int]]]]] = {}
    for name, entry in permissions["permissions"].items():
        if entry.get("authorizationType") == "RSC":
            continue
        for group in entry["pathSets"]:
            for template, marks in group["paths"].items():
                path = normalise(template)
                if path is None or "AlsoRequires=" in marks:
                    continue
                least = _least(marks)
                for scheme in group["schemeKeys"]:
                    into = _SCHEME.get(scheme)
                    if into is None or (into == "application" and path.split("/")[1] == "me"):
                        continue
                    for method in group["methods"]:
                        both = accepted.setdefault(path, {}).setdefault(method, {}).setdefault(into, (set(), set()))
                        both[1 if scheme in least else 0].add(index[name])

    sets: dict[tuple[tuple[int, ...], tuple[int, ...]], int] = {}
    calls: dict[str, list[list[Any]]] = {}
    for path in sorted(accepted):
        calls[path] = [
            [method, SCHEMES.index(kind), sets.setdefault((tuple(sorted(low)), tuple(sorted(more - low))), len(sets))]
            for method, kinds in sorted(accepted[path].items())
            for kind, (more, low) in sorted(kinds.items())
        ]
    return {
        "source": {"repository": REPOSITORY, "commit": commit, "date": date, "notice": NOTICE},
        "permissions": [names[name] for name in order],
        "sets": [[list(low), list(more)] for low, more in sets],
        "calls": calls,
    }


def _least(marks: str) -> set[str]:
    return {scheme for part in marks.split(";") if part.startswith("least=") for scheme in part[6:].split(",")}


def main(argv: list[str] | None = None) -> int:
    """Write the packaged table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ztcheck.graph.build", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--commit", required=True, help="commit of the data")
    parser.add_argument("--date", required=True, help="date of that commit, YYYY-MM-DD")
    parser.add_argument("--output", type=Path, default=TABLE)
    options = parser.parse_args(argv)
    table = build(
        jsonfile.load(options.folder / "permissions.json"),
        jsonfile.load(options.folder / "permissions-descriptions.json"),
        options.commit,
        options.date,
    )
    text = json.dumps(table, separators=(",", ":"), ensure_ascii=True)
    options.output.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{options.output}: {len(table['permissions'])} permissions, {len(table['calls'])} paths", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
