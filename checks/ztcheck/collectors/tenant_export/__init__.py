"""The tenant-export collector: policies, sign-ins and log settings of the tenant, exported as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ztcheck import jsonfile
from ztcheck.collectors import Collected, Request
from ztcheck.collectors.checking import Document, Nothing, files_of, input_of, run, shown, when, why_broken
from ztcheck.errors import InputError
from ztcheck.evidence import Evidence, Input

if TYPE_CHECKING:
    from pathlib import Path

    from ztcheck.team import Declared


@dataclass(frozen=True)
class Tenant:
    """What a rule of this collector looks at: the exports, by kind, and the ids of the team's own apps."""

    component: str | None
    exports: tuple[tuple[str, Document], ...]
    request: Request

    def export(self, kind: str) -> list[Document]:
        """Return what was exported of this *kind*; raises Nothing where nothing was."""
        found = [document for name, document in self.exports if name == kind]
        if not found:
            raise Nothing(f"no {kind.replace('_', ' ')} were exported")
        return found

    def declared(self, key: str) -> Any:
        """Return what the team declares under *key*, or None."""
        return self.request.team.declared.get(key)

    def own(self) -> frozenset[str]:
        """Return the ids of the team's apps, in lower case: exported registrations, and own_client_ids.

        Raises Nothing where none is known.
        """
        ids = {fact.value.lower() for fact in self.request.facts if fact.kind == "own-app"}
        ids |= {str(item).lower() for item in self.declared("own_client_ids") or ()}
        if not ids:
            raise Nothing("which app to look for is not known: export its registration or declare own_client_ids")
        return frozenset(ids)


def collect(request: Request) -> Collected:
    """Read every declared export and run the checks."""
    from ztcheck.collectors.tenant_export.rules import RULES

    inputs: list[Input] = []
    found: dict[str | None, list[tuple[str, Document]]] = {}
    for item in request.declared:
        files = files_of(item, request.root, (".json",))
        for path in files:
            entry, documents = _read(item, path, request.root)
            inputs.append(entry)
            found.setdefault(item.component, []).extend(documents)
        if not files:
            inputs.append(input_of("tenant-export", item, item.path, reason="the folder holds no export"))
    evidence = Evidence(inputs=tuple(inputs))
    for component, documents in found.items():
        if documents:
            evidence += run(RULES, request.checks, Tenant(component, tuple(documents), request))
    return Collected(evidence)


def _read(item: Declared, path: Path, root: Path) -> tuple[Input, list[tuple[str, Document]]]:
    from ztcheck.collectors.tenant_export.kinds import KINDS

    name = shown(path, root)
    raw: bytes | None = None
    try:
        raw = jsonfile.read_bytes(path, name)
        documents, taken = KINDS.read(jsonfile.parse(raw, name), name)
    except InputError as error:
        return input_of("tenant-export", item, name, raw=raw, reason=why_broken(error)), []
    return input_of("tenant-export", item, name, raw=raw, on=when(taken)), documents
