"""The manifest collector: app registrations, service principals, owners and grants, exported as JSON.

The same facts come from Terraform's `azuread` provider and from Bicep's Microsoft Graph extension.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ztcheck import jsonfile
from ztcheck.collectors import Collected, Request
from ztcheck.collectors.checking import Document, files_of, input_of, run, shown, when, why_broken
from ztcheck.errors import InputError
from ztcheck.evidence import Evidence, Input

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ztcheck.collectors.facts import Fact, FactKind
    from ztcheck.collectors.manifest.documents import Kind
    from ztcheck.collectors.manifest.templates import Resource
    from ztcheck.team import Declared

ENDINGS = (".json", ".tf", ".bicep")
# Written beside the code and read from the working tree, so they have no age.
TEMPLATES = (".tf", ".bicep")


@dataclass
class App:
    """One registration and what was exported beside it."""

    application: Document | None = None
    principal: Document | None = None
    parts: dict[str, Document] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """What a rule of this collector looks at: the registrations of one *component*, and what to compare with."""

    component: str | None
    apps: tuple[App, ...]
    everywhere: tuple[App, ...]
    request: Request

    def applications(self) -> Iterator[Document]:
        """Yield the application objects of this component."""
        return (app.application for app in self.apps if app.application)

    def part(self, kind: Kind) -> Iterator[tuple[App, Document]]:
        """Yield the lists of this *kind*, each with the registration that it belongs to."""
        return ((app, app.parts[kind]) for app in self.apps if kind in app.parts)

    def declared(self, key: str) -> Any:
        """Return what the team declares under *key*, or None."""
        return self.request.team.declared.get(key)

    def profile(self, name: str) -> tuple[str, ...]:
        """Return the profile's values of the field *name*."""
        return tuple(self.request.team.profile.get(name, ()))

    def facts(self, *kinds: FactKind) -> list[Fact]:
        """Return what the source collector saw of these *kinds*, outside exports that are declared."""
        exported = tuple(item.path.rstrip("/") for item in self.request.team.evidence if item.collector != "source")
        return [
            fact
            for fact in self.request.facts
            if fact.kind in kinds and not any(f"{fact.place.path}/".startswith(f"{path}/") for path in exported)
        ]

    @property
    def first(self) -> bool:
        """Whether this is the first component; what is one question for the whole product is looked at there."""
        return self.everywhere[:1] == self.apps[:1]


def collect(request: Request) -> Collected:
    """Read every declared registration and run the checks on each component."""
    from ztcheck.collectors.manifest.profile import profile_findings
    from ztcheck.collectors.manifest.rules import RULES

    inputs: list[Input] = []
    found: dict[str | None, list[tuple[Kind, Document]]] = {}
    templates: dict[str | None, list[Resource]] = {}
    files = [(item, path) for item in request.declared for path in files_of(item, request.root, ENDINGS)]
    for at, (item, path) in enumerate(files):
        if request.progress:
            request.progress(shown(path, request.root), at, len(files))
        entry, documents, resources = _read(item, path, request.root)
        inputs.append(entry)
        found.setdefault(item.component, []).extend(documents)
        templates.setdefault(item.component, []).extend(resources)
    inputs += [
        input_of("manifest", item, item.path, reason="the folder holds no registration")
        for item in request.declared
        if not any(owner is item for owner, _ in files)
    ]
    grouped = {component: tuple(_group(documents)) for component, documents in found.items()}
    for component, resources in templates.items():
        apps, faults = _built(resources)
        grouped[component] += apps
        inputs = [
            replace(entry, state="broken", reason=faults[entry.path]) if entry.path in faults else entry
            for entry in inputs
        ]
    everywhere = tuple(app for apps in grouped.values() for app in apps)
    evidence = Evidence(inputs=tuple(inputs))
    for component, apps in grouped.items():
        if apps:
            case = Manifest(component, apps, everywhere, request)
            evidence += _without_partial(run(RULES, request.checks, case), apps)
            evidence += Evidence(profile=tuple(profile_findings(case)))
    return Collected(evidence, tuple(_facts(everywhere)))


def _facts(apps: tuple[App, ...]) -> Iterator[Fact]:
    """Yield what the tenant's checks compare with: ids of the apps, and permissions that they were granted."""
    from ztcheck.collectors.facts import Fact
    from ztcheck.collectors.manifest.permissions import granted

    for app in apps:
        for document in (app.application, app.principal):
            for name in ("appId", "id"):
                if document and document.get(name):
                    yield Fact("own-app", document.get(name).lower(), document.place(name))
        for grant in granted(app):
            if grant.scheme == "application":
                yield Fact("granted-role", grant.name, grant.place)


def _read(item: Declared, path: Path, root: Path) -> tuple[Input, list[tuple[Kind, Document]], list[Resource]]:
    from ztcheck.collectors.manifest import documents, templates

    name = shown(path, root)
    raw: bytes | None = None
    try:
        raw = jsonfile.read_bytes(path, name)
        if path.suffix.lower() in TEMPLATES:
            entry = replace(input_of("manifest", item, name, raw=raw), working_tree=True)
            return entry, [], templates.read(raw, name)
        found, taken = documents.read(jsonfile.parse(raw, name), name)
    except InputError as error:
        return input_of("manifest", item, name, raw=raw, reason=why_broken(error)), [], []
    return input_of("manifest", item, name, raw=raw, on=when(taken)), found, []


def _built(resources: list[Resource]) -> tuple[tuple[App, ...], dict[str, str]]:
    """Return the registrations that templates make, and what is wrong with which file."""
    from ztcheck.collectors.manifest import templates

    try:
        groups = templates.documents(resources)
    except InputError as error:
        paths = dict.fromkeys(problem.path or "" for problem in error.problems)
        return (), {path: why_broken(InputError([p for p in error.problems if p.path == path])) for path in paths}
    apps = []
    for group in groups:
        app = App()
        for kind, document in group:
            if kind == "application":
                app.application = document
            elif kind == "servicePrincipal":
                app.principal = document
            else:
                app.parts[kind] = document
        apps.append(app)
    return tuple(apps), {}


def _without_partial(evidence: Evidence, apps: tuple[App, ...]) -> Evidence:
    """Drop what supports a practice where a template left something out that it computes."""
    partial = {
        document.path
        for app in apps
        for document in (app.application, app.principal, *app.parts.values())
        if document and document.partial
    }
    kept = [f for f in evidence.findings if f.effect != "supports" or f.place.path not in partial]
    return replace(evidence, findings=tuple(kept))


def _group(documents: list[tuple[Kind, Document]]) -> list[App]:
    """Put what belongs to one registration together: by client ID where there is one, else in the only one."""
    apps: dict[str, App] = {}

    def of(document: Document) -> App:
        return apps.setdefault(str(document.get("appId") or document.path).lower(), App())

    for kind, document in documents:
        if kind == "application":
            of(document).application = document
    for kind, document in documents:
        if kind == "servicePrincipal":
            alone = next(iter(apps.values())) if len(apps) == 1 else None
            if alone and (alone.application is None or not document.get("appId") or not alone.application.get("appId")):
                alone.principal = document
            else:
                of(document).principal = document
    for kind, document in documents:
        if kind not in ("application", "servicePrincipal"):
            app = _owner(kind, document, apps)
            app.parts.setdefault(kind, document)
    return list(apps.values())


def _owner(kind: Kind, document: Document, apps: dict[str, App]) -> App:
    same = [app for app in apps.values() if document.path in (_path(app.application), _path(app.principal))]
    if len(same) == 1:
        return same[0]
    names = ("clientId", "principalId")
    ids = {entry.get(name) for _, entry in document.each("items") for name in names if entry.get(name)}
    for app in apps.values():
        if app.principal is not None and app.principal.get("id") in ids:
            return app
    free = [app for app in apps.values() if kind not in app.parts]
    return free[0] if free else apps.setdefault(document.path, App())


def _path(document: Document | None) -> str | None:
    return document.path if document else None


def by_client_id(apps: tuple[App, ...]) -> Mapping[str, App]:
    """Return *apps* by client ID, in lower case."""
    found = {}
    for app in apps:
        for document in (app.application, app.principal):
            if document and document.get("appId"):
                found[document.get("appId").lower()] = app
    return found
