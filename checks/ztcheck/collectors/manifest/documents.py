"""Reads app registrations as exported: Microsoft Graph JSON, the older Azure AD Graph format, and bundles of both.

Sources: application and servicePrincipal resource types of Microsoft Graph v1.0; the attribute table of Microsoft's
page "Azure Active Directory Graph app manifest deprecation".
"""

from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath
from typing import Any, Literal

from ztcheck.collectors.checking import Document, Part, checked
from ztcheck.collectors.exports import refuse_error, refuse_part
from ztcheck.errors import InputError, Problem

Kind = Literal[
    "application",
    "servicePrincipal",
    "owners",
    "oauth2PermissionGrants",
    "appRoleAssignments",
    "federatedIdentityCredentials",
    "applicationAccessPolicies",
]

_CREDENTIAL = {
    "keyId": str,
    "displayName": str,
    "startDateTime": dt.date,
    "endDateTime": dt.date,
    "type": str,
    "usage": str,
    "hint": str,
}
_OWNER = {"id": str, "displayName": str, "accountEnabled": bool, "userPrincipalName": str, "@odata.type": str}
_CLAIMS = [{"name": str, "source": str, "essential": bool, "additionalProperties": [str]}]
_FEDERATED = {
    "id": str,
    "name": str,
    "issuer": str,
    "subject": str,
    "audiences": [str],
    "claimsMatchingExpression": {"value": str, "languageVersion": int},
}
_SCOPE = {
    "id": str,
    "value": str,
    "type": str,
    "isEnabled": bool,
    "adminConsentDisplayName": str,
    "adminConsentDescription": str,
    "userConsentDisplayName": str,
    "userConsentDescription": str,
}
_ROLE = {
    "id": str,
    "value": str,
    "displayName": str,
    "description": str,
    "isEnabled": bool,
    "allowedMemberTypes": [str],
}
APPLICATION = {
    "id": str,
    "appId": str,
    "displayName": str,
    "signInAudience": str,
    "groupMembershipClaims": str,
    "isFallbackPublicClient": bool,
    "publisherDomain": str,
    "identifierUris": [str],
    "web": {
        "redirectUris": [str],
        "logoutUrl": str,
        "homePageUrl": str,
        "implicitGrantSettings": {"enableAccessTokenIssuance": bool, "enableIdTokenIssuance": bool},
    },
    "spa": {"redirectUris": [str]},
    "publicClient": {"redirectUris": [str]},
    "api": {
        "acceptMappedClaims": bool,
        "requestedAccessTokenVersion": int,
        "knownClientApplications": [str],
        "oauth2PermissionScopes": [_SCOPE],
        "preAuthorizedApplications": [{"appId": str, "delegatedPermissionIds": [str], "permissionIds": [str]}],
    },
    "appRoles": [_ROLE],
    "optionalClaims": {"idToken": _CLAIMS, "accessToken": _CLAIMS, "saml2Token": _CLAIMS},
    "passwordCredentials": [_CREDENTIAL],
    "keyCredentials": [_CREDENTIAL],
    "requiredResourceAccess": [{"resourceAppId": str, "resourceAccess": [{"id": str, "type": str}]}],
    "servicePrincipalLockConfiguration": {"isEnabled": bool, "allProperties": bool},
    "verifiedPublisher": {"verifiedPublisherId": str, "displayName": str, "addedDateTime": dt.date},
    "owners": [_OWNER],
    "federatedIdentityCredentials": [_FEDERATED],
}
SERVICE_PRINCIPAL = {
    "id": str,
    "appId": str,
    "displayName": str,
    "servicePrincipalType": str,
    "appRoleAssignmentRequired": bool,
    "preferredSingleSignOnMode": str,
    "passwordCredentials": [_CREDENTIAL],
    "keyCredentials": [_CREDENTIAL],
    "appRoleAssignments": [{"appRoleId": str, "resourceId": str, "resourceDisplayName": str, "principalId": str}],
    "oauth2PermissionGrants": [{"clientId": str, "consentType": str, "resourceId": str, "scope": str}],
}
SHAPES: dict[Kind, Any] = {
    "application": APPLICATION,
    "servicePrincipal": SERVICE_PRINCIPAL,
    "owners": [_OWNER],
    "oauth2PermissionGrants": SERVICE_PRINCIPAL["oauth2PermissionGrants"],
    "appRoleAssignments": SERVICE_PRINCIPAL["appRoleAssignments"],
    "federatedIdentityCredentials": [_FEDERATED],
    "applicationAccessPolicies": [
        {"AppId": str, "AccessRight": object, "ScopeName": str, "PolicyScopeGroupId": object}
    ],
}
# The older format, where it differs.
_OLD_CREDENTIAL = {"keyId": str, "startDate": dt.date, "endDate": dt.date, "usage": str, "type": str}
OLD_APPLICATION = APPLICATION | {
    "allowPublicClient": bool,
    "name": str,
    "acceptMappedClaims": bool,
    "accessTokenAcceptedVersion": int,
    "oauth2AllowIdTokenImplicitFlow": bool,
    "oauth2AllowImplicitFlow": bool,
    "oauth2Permissions": [_SCOPE],
    "preAuthorizedApplications": [{"appId": str, "permissionIds": [str]}],
    "knownClientApplications": [str],
    "replyUrlsWithType": [{"url": str, "type": str}],
    "passwordCredentials": [_OLD_CREDENTIAL],
    "keyCredentials": [_OLD_CREDENTIAL],
}
_OLD_MARKS = {"replyUrlsWithType", "oauth2AllowImplicitFlow", "oauth2Permissions", "accessTokenAcceptedVersion"}
_PRINCIPAL_MARKS = {
    "servicePrincipalType",
    "servicePrincipalNames",
    "appRoleAssignmentRequired",
    "appOwnerOrganizationId",
}
_PRINCIPAL_MARKS |= {"preferredSingleSignOnMode"}
# What an item of a list without context gives away.
_ITEM_MARKS: tuple[tuple[str, Kind], ...] = (
    ("appRoleId", "appRoleAssignments"),
    ("consentType", "oauth2PermissionGrants"),
    ("issuer", "federatedIdentityCredentials"),
    ("PolicyScopeGroupId", "applicationAccessPolicies"),
    ("userPrincipalName", "owners"),
    ("servicePrincipalType", "servicePrincipal"),
    ("signInAudience", "application"),
)
_CONTEXT: tuple[tuple[str, Kind], ...] = (
    ("oauth2permissiongrants", "oauth2PermissionGrants"),
    ("approleassignments", "appRoleAssignments"),
    ("federatedidentitycredentials", "federatedIdentityCredentials"),
    ("directoryobjects", "owners"),
    ("serviceprincipals", "servicePrincipal"),
    ("applications", "application"),
)
_COLLECTED = ("collected_on", "collectedOn")


def read(value: Any, path: str) -> tuple[list[tuple[Kind, Document]], str | None]:
    """Return the documents in the parsed file *path*, and the time at which it says to have been collected.

    Raises InputError with every mistake, each with its JSON pointer.
    """
    refuse_error(value, path)
    refuse_part(value, path)
    if isinstance(value, list):
        return _many(value, path, (), ""), None
    if not isinstance(value, dict):
        raise InputError(Problem("holds no app registration: expected an object", path=path))
    taken = next((value[key] for key in _COLLECTED if isinstance(value.get(key), str)), None)
    marks = APPLICATION.keys() - SHAPES.keys() - {"id", "appId"} | _PRINCIPAL_MARKS | _OLD_MARKS
    if SHAPES.keys() & value.keys() and not marks & value.keys():
        documents: list[tuple[Kind, Document]] = []
        problems: list[Problem] = []
        for kind in SHAPES:
            if value.get(kind) is None:
                continue
            part = value[kind]
            at: tuple[Part, ...] = (kind,)
            if isinstance(part, dict) and isinstance(part.get("value"), list):
                refuse_part(part, path)
                part, at = part["value"], (kind, "value")
            try:
                documents += _one(kind, part, path, at)
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        return documents, taken
    if isinstance(value.get("value"), list):
        return _many(value["value"], path, ("value",), str(value.get("@odata.context", ""))), taken
    return _one(_kind_of(value, str(value.get("@odata.context", "")), path), value, path, ()), taken


def _many(items: list[Any], path: str, at: tuple[Part, ...], context: str) -> list[tuple[Kind, Document]]:
    known = next((kind for mark, kind in _CONTEXT if mark in context.lower()), None)
    if known is None:
        stem = PurePosixPath(path).stem.lower().replace("-", "").replace("_", "")
        known = next((kind for kind in SHAPES if kind.lower() == stem), None)
    if known is None:
        first = next((item for item in items if isinstance(item, dict)), {})
        known = next((kind for mark, kind in _ITEM_MARKS if mark in first), None)
    if known is None:
        raise InputError(
            Problem(
                "is a list of unknown things: expected owners, grants, assignments or federated credentials",
                path=path,
                help="keep the '@odata.context' that Microsoft Graph sends, or name the list in a bundle",
            )
        )
    if known in ("application", "servicePrincipal"):
        return [document for index, item in enumerate(items) for document in _one(known, item, path, (*at, index))]
    return _one(known, items, path, at)


def _kind_of(value: dict[str, Any], context: str, path: str) -> Kind:
    if _PRINCIPAL_MARKS & value.keys() or "serviceprincipals" in context.lower():
        return "servicePrincipal"
    if (OLD_APPLICATION.keys() - {"id", "displayName", "owners"}) & value.keys():
        return "application"
    raise InputError(
        Problem(
            "holds no app registration: none of its keys is a property of an application or service principal",
            path=path,
            help="export it with 'az ad app show --id APP_ID'",
        )
    )


def _one(kind: Kind, value: Any, path: str, at: tuple[Part, ...]) -> list[tuple[Kind, Document]]:
    from ztcheck import jsonfile

    pointer = jsonfile.pointer(*at)
    if isinstance(SHAPES[kind], list):
        checked(value, SHAPES[kind], path, pointer)
        return [(kind, Document(path, {"items": value}, {(): at, ("items",): at}))]
    if not isinstance(value, dict):
        raise InputError(Problem(f"{pointer or '(the whole file)'}: expected an object", path=path))
    if kind == "application" and _OLD_MARKS & value.keys():
        checked(value, OLD_APPLICATION, path, pointer)
        return [(kind, _from_old(value, path, at))]
    checked(value, SHAPES[kind], path, pointer)
    found: list[tuple[Kind, Document]] = [(kind, Document(path, value, {(): at}))]
    for inner in ("owners", "federatedIdentityCredentials", "appRoleAssignments", "oauth2PermissionGrants"):
        if isinstance(value.get(inner), list) and inner in SHAPES[kind]:
            place = (*at, inner)
            found.append((inner, Document(path, {"items": value[inner]}, {(): place, ("items",): place})))
    return found


_RENAMED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("name", ("displayName",)),
    ("allowPublicClient", ("isFallbackPublicClient",)),
    ("acceptMappedClaims", ("api", "acceptMappedClaims")),
    ("accessTokenAcceptedVersion", ("api", "requestedAccessTokenVersion")),
    ("oauth2Permissions", ("api", "oauth2PermissionScopes")),
    ("preAuthorizedApplications", ("api", "preAuthorizedApplications")),
    ("knownClientApplications", ("api", "knownClientApplications")),
    ("oauth2AllowIdTokenImplicitFlow", ("web", "implicitGrantSettings", "enableIdTokenIssuance")),
    ("oauth2AllowImplicitFlow", ("web", "implicitGrantSettings", "enableAccessTokenIssuance")),
)
_PLATFORM = {"web": "web", "spa": "spa", "installedclient": "publicClient"}


def _from_old(old: dict[str, Any], path: str, at: tuple[Part, ...]) -> Document:
    """Return the older format as a document of the newer one; places still point into the file."""
    moved = {name for name, _ in _RENAMED} | {"replyUrlsWithType"}
    new: dict[str, Any] = {key: content for key, content in old.items() if key not in moved}
    where: dict[tuple[Part, ...], tuple[Part, ...] | int] = {(): at}
    for name, target in _RENAMED:
        if name in old:
            holder = new
            for part in target[:-1]:
                holder = holder.setdefault(part, {})
            holder[target[-1]] = old[name]
            where[target] = (*at, name)
    for name in ("passwordCredentials", "keyCredentials"):
        if isinstance(old.get(name), list):
            new[name] = [
                {**item, "startDateTime": item.get("startDate"), "endDateTime": item.get("endDate")} if item else item
                for item in old[name]
            ]
    for index, reply in enumerate(old.get("replyUrlsWithType") or ()):
        if reply and reply.get("url") is not None:
            platform = _PLATFORM.get((reply.get("type") or "web").lower(), "web")
            uris = new.setdefault(platform, {}).setdefault("redirectUris", [])
            where[platform, "redirectUris", len(uris)] = (*at, "replyUrlsWithType", index, "url")
            uris.append(reply["url"])
    return Document(path, new, where)
