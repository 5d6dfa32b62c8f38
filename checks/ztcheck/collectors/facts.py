"""What one collector tells another: facts of the source for the manifest's checks, of the manifest for the tenant's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from ztcheck.evidence import Place

FactKind = Literal[
    "graph-call",
    "graph-call-dynamic",
    "client-id",
    "authority",
    "msal-client",
    "scope",
    "claim",
    "token-version",
    "own-app",
    "granted-role",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing seen in source or settings outside tests and samples, or in a registration.

    *kind* says what *value* is:

    - ``graph-call``: ``METHOD /path`` of a Microsoft Graph call, e.g. ``GET /me/messages``, without host and version
    - ``graph-call-dynamic``: a Graph call whose address is built at run time; *value* is its source text
    - ``client-id``: a client ID in a settings file or a client's constructor
    - ``authority``: an authority as written, e.g. ``https://login.microsoftonline.com/organizations``
    - ``msal-client``: ``public``, ``confidential`` or ``spa``: the kind of client that code constructs
    - ``scope``: a scope that code requests, e.g. ``User.Read`` or ``https://graph.microsoft.com/.default``
    - ``claim``: a claim that code reads from a token, e.g. ``groups``
    - ``token-version``: ``1.0`` or ``2.0``, as the issuer or audience that code expects shows
    - ``own-app``: the client ID or object id of an exported registration or service principal
    - ``granted-role``: an application permission that a registration was granted, e.g. ``Mail.Read``
    """

    kind: FactKind
    value: str
    place: Place
