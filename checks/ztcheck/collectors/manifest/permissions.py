"""Requested and granted permissions of a registration, resolved to names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ztcheck import graph

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ztcheck.collectors.checking import Document
    from ztcheck.collectors.manifest import App
    from ztcheck.evidence import Place

OPENID = frozenset({"openid", "profile", "email", "offline_access"})
# Azure AD Graph, retired.
AZURE_AD_GRAPH = "00000002-0000-0000-c000-000000000000"
LEVELS = {1: "low", 2: "medium", 3: "high", 4: "critical"}


@dataclass(frozen=True, slots=True)
class Requested:
    """One entry of requiredResourceAccess. *name* is its id where the name is not known."""

    resource: str
    id: str
    scheme: graph.Scheme
    name: str
    known: graph.Permission | None
    place: Place

    def __str__(self) -> str:
        kind = "application permission" if self.scheme == "application" else "delegated permission"
        return f"{kind} {described(self.name, self.known)}"


@dataclass(frozen=True, slots=True)
class Granted:
    """One permission that an administrator or a user has granted."""

    id: str | None
    name: str
    scheme: graph.Scheme
    known: graph.Permission | None
    resource_id: str | None
    for_all: bool
    place: Place

    def __str__(self) -> str:
        return described(self.name, self.known)


def described(name: str, known: graph.Permission | None) -> str:
    """Return *name* with its privilege level, as far as Microsoft's data gives one."""
    return f"{name} (privilege level {known.level} of 4)" if known and known.level else name


def requested(application: Document, everywhere: Iterable[App] = ()) -> Iterator[Requested]:
    """Yield what *application* asks for; names of your own APIs' permissions come from the apps in *everywhere*."""
    own = published(everywhere)
    for at, resource in application.each("requiredResourceAccess"):
        api = (resource.get("resourceAppId") or "").lower()
        for index, entry in enumerate(resource.get("resourceAccess") or ()):
            if not entry or not entry.get("id"):
                continue
            scheme: graph.Scheme = "application" if entry.get("type") == "Role" else "delegated"
            known = graph.by_id(entry["id"], scheme) if api == graph.GRAPH else None
            place = application.place("requiredResourceAccess", at, "resourceAccess", index)
            name = known.name if known else own.get((api, entry["id"].lower()), entry["id"])
            yield Requested(api, entry["id"].lower(), scheme, name, known, place)


def published(apps: Iterable[App]) -> dict[tuple[str, str], str]:
    """Return the values of the scopes and roles that *apps* publish, by client ID and permission id."""
    found = {}
    for app in apps:
        document = app.application
        if document is None or not document.get("appId"):
            continue
        entries = [*document.each("api", "oauth2PermissionScopes"), *document.each("appRoles")]
        for _, entry in entries:
            if entry.get("id") and entry.get("value"):
                found[document.get("appId").lower(), entry["id"].lower()] = entry["value"]
    return found


def granted(app: App) -> Iterator[Granted]:
    """Yield what was granted to *app*, as far as it was exported."""
    assignments = app.parts.get("appRoleAssignments")
    if assignments:
        for at, entry in assignments.each("items"):
            if entry.get("appRoleId"):
                known = graph.by_id(entry["appRoleId"], "application")
                yield Granted(
                    entry["appRoleId"].lower(), known.name if known else entry["appRoleId"], "application", known,
                    entry.get("resourceId"), True, assignments.place("items", at),
                )  # fmt: skip
    grants = app.parts.get("oauth2PermissionGrants")
    if grants:
        for at, entry in grants.each("items"):
            for name in (entry.get("scope") or "").split():
                known = graph.by_name(name, "delegated")
                yield Granted(
                    known.id if known else None, name, "delegated", known, entry.get("resourceId"),
                    entry.get("consentType") == "AllPrincipals", grants.place("items", at),
                )  # fmt: skip
