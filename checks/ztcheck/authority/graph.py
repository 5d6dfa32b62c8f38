"""The stand-in for Microsoft Graph: what is in the directory shows up by itself, anything else is seeded."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from ztcheck.authority.aadsts import Refusal
from ztcheck.authority.directory import GRAPH, Registration, Tenant, User, guid, timestamp
from ztcheck.authority.rest import Json, OData
from ztcheck.authority.wire import Request, Response, json_response

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

_READ_APPS = "Application.Read.All Application.ReadWrite.All Application.ReadWrite.OwnedBy Directory.Read.All"
_WRITE_APPS = "Application.ReadWrite.All Application.ReadWrite.OwnedBy"
_MEMBERS = "GroupMember.Read.All Group.Read.All Directory.Read.All User.Read.All"
PERMISSIONS: tuple[tuple[str, str, str], ...] = (
    ("GET", r"applications/[^/]+/federatedIdentityCredentials.*", _READ_APPS.replace(" Directory.Read.All", "")),
    ("GET", r"applications.*", _READ_APPS),
    ("POST|PATCH|DELETE", r"applications.*", _WRITE_APPS),
    (
        "GET",
        r"servicePrincipals/[^/]+/oauth2PermissionGrants",
        "Directory.Read.All DelegatedPermissionGrant.ReadWrite.All",
    ),
    ("GET", r"servicePrincipals.*", _READ_APPS),
    ("POST", r"servicePrincipals/[^/]+/appRoleAssign.*", "AppRoleAssignment.ReadWrite.All"),
    ("POST|PATCH|DELETE", r"servicePrincipals.*", _WRITE_APPS),
    ("GET", r"oauth2PermissionGrants.*", "Directory.Read.All DelegatedPermissionGrant.ReadWrite.All"),
    (
        "POST|PATCH|DELETE",
        r"oauth2PermissionGrants.*",
        "DelegatedPermissionGrant.ReadWrite.All Directory.ReadWrite.All",
    ),
    ("GET", r"policies/permissionGrantPolicies.*", "Policy.Read.PermissionGrant Policy.ReadWrite.PermissionGrant"),
    (
        "GET",
        r"policies/adminConsentRequestPolicy",
        "Policy.Read.All Policy.ReadWrite.ConsentRequest Directory.Read.All",
    ),
    ("GET", r"policies/authorizationPolicy", "Policy.Read.All Policy.ReadWrite.Authorization"),
    ("GET", r"policies/.*", "Policy.Read.All Policy.ReadWrite.ApplicationConfiguration"),
    (
        "GET",
        r"identity/conditionalAccess/authenticationContext.*",
        "AuthenticationContext.Read.All Policy.Read.ConditionalAccess Policy.Read.All",
    ),
    ("GET", r"identity/conditionalAccess/.*", "Policy.Read.All Policy.Read.ConditionalAccess"),
    ("GET", r"auditLogs/.*", "AuditLog.Read.All"),
    ("GET", r"reports/.*SignInActivities.*", "AuditLog.Read.All"),
    ("GET", r"users/[^/]+/(?:memberOf|transitiveMemberOf).*", _MEMBERS + " User.Read"),
    ("POST", r"users/[^/]+/(?:get|check)Member(?:Groups|Objects)", _MEMBERS + " User.Read"),
    ("POST", r"users/[^/]+/revokeSignInSessions", "User.RevokeSessions.All User.ReadWrite.All Directory.ReadWrite.All"),
    ("GET", r"users/[^/]+/(?:messages|mailFolders).*", "Mail.Read Mail.ReadWrite Mail.ReadBasic.All"),
    ("GET", r"users.*", "User.Read.All User.ReadBasic.All Directory.Read.All User.Read"),
    ("PATCH", r"users/.*", "User.ReadWrite.All User.EnableDisableAccount.All"),
    ("GET", r"groups.*", "GroupMember.Read.All Group.Read.All Directory.Read.All"),
    ("GET", r"sites/.*", "Sites.Read.All Sites.ReadWrite.All Sites.Selected"),
    ("GET", r"organization.*", "Organization.Read.All Directory.Read.All User.Read"),
    ("GET", r"domains.*", "Domain.Read.All Directory.Read.All"),
    ("GET", r"directoryRoles.*|roleManagement/.*", "RoleManagement.Read.Directory Directory.Read.All"),
)
"""Method, path and permissions any of which is enough; a path that is not here needs no permission of its own.

From Microsoft Graph's permission data (microsoftgraph/microsoft-graph-devx-content 6cbd6bb, 2026-08-07), shortened.
"""


class Graph(OData):
    """Microsoft Graph for the tenant of the caller's token.

    Derived from the directory: applications, servicePrincipals, their owners, federatedIdentityCredentials,
    appRoleAssignments and appRoleAssignedTo, oauth2PermissionGrants, users, groups and memberships, me, organization,
    Conditional Access policies. Everything else is seeded: ``entra.graph.seed({"auditLogs/signIns": […]})``.
    *enforce* False skips the permission check, never the token's.
    """

    def __init__(self, entra: Entra) -> None:
        super().__init__(entra)
        self.enforce = True

    def answer(self, request: Request, root: str, path: str) -> Response:
        """Answer a request for *path* below *root* (``https://graph.microsoft.com/v1.0``)."""
        token = request.bearer
        if not token:
            return self._unauthenticated("Access token is empty.")
        try:
            claims = self.entra.endpoints.verified(token, self.entra.microsoft[GRAPH])
        except Refusal as refusal:
            codes = {
                500131: "Access token validation failure. Invalid audience.",
                500133: "Lifetime validation failed, the token is expired.",
            }
            return self._unauthenticated(
                codes.get(refusal.code, "CompactToken parsing failed with error code: 80049217")
            )
        tenant = self.entra.find_tenant(str(claims["tid"]))
        assert tenant is not None  # noqa: S101 - verified() has found it
        user = self.entra.endpoints.find_user(str(claims.get("oid"))) if "scp" in claims else None
        challenge = self._challenge(claims, user)
        if challenge:
            return challenge
        if user is None and path.split("/")[0] == "me":
            text = "/me request is only valid with delegated authentication flow."
            return self.error(400, "BadRequest", text)
        if user is None and path.partition("/")[0] == "me":
            return self.error(400, "BadRequest", "/me request is only valid with delegated authentication flow.")
        path = self._normal(unquote(path), tenant, user)
        granted = set(str(claims.get("scp", "")).split()) | set(claims.get("roles", ()))
        if self.enforce and not self._permitted(request.method, path, granted):
            return self.error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        if request.method == "GET":
            return self.read(request, root, path, tenant.id)
        try:
            body = request.json() or {}
        except ValueError:
            return self.error(400, "BadRequest", "Unable to read JSON request payload.")
        return self._write(request.method, path, body, tenant, root)

    def _unauthenticated(self, message: str) -> Response:
        return self.error(
            401,
            "InvalidAuthenticationToken",
            message,
            {"WWW-Authenticate": self._bearer()},
        )

    def _bearer(self) -> str:
        uri = f"{self.entra.base}/common/oauth2/authorize"
        return f'Bearer realm="", authorization_uri="{uri}", client_id="{GRAPH}"'

    def _challenge(self, claims: dict[str, Any], user: User | None) -> Response | None:
        """Continuous access evaluation: a revoked user's token is refused at once, with a claims challenge."""
        if user is None or "CP1" not in [str(v).upper() for v in claims.get("xms_cc", ())]:
            return None
        if user.enabled and claims["iat"] + 300 >= int(user.valid_from):
            return None
        wanted = {"access_token": {"nbf": {"essential": True, "value": str(int(self.entra.now()))}}}
        encoded = base64.b64encode(json.dumps(wanted, separators=(",", ":")).encode()).decode()
        header = f'{self._bearer()}, error="insufficient_claims", claims="{encoded}"'
        return self.error(
            401,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired and code: "
            "TokenIssuedBeforeRevocationTimestamp",
            {"WWW-Authenticate": header},
        )

    def _normal(self, path: str, tenant: Tenant, user: User | None) -> str:
        """Write ``me`` and keys such as ``applications(appId='…')`` as object ids."""
        if user and (path == "me" or path.startswith("me/")):
            path = f"users/{user.id}{path[2:]}"
        match = re.match(r"(\w+)\((\w+)='([^']*)'\)(.*)", path)
        if match:
            found = next(
                (
                    i
                    for i in self.resource(match[1], tenant.id) or ()
                    if str(i.get(match[2], "")).lower() == match[3].lower()
                ),
                None,
            )
            path = f"{match[1]}/{found['id'] if found else match[3]}{match[4]}"
        match = re.match(r"users/([^/]+@[^/]+)(.*)", path)
        if match:
            known = next(
                (u for u in tenant.users.values() if match[1].lower() in (u.upn.lower(), str(u.mail).lower())), None
            )
            path = f"users/{known.id}{match[2]}" if known else path
        return path

    def _permitted(self, method: str, path: str, granted: set[str]) -> bool:
        for methods, pattern, names in PERMISSIONS:
            if method in methods.split("|") and re.fullmatch(pattern, path, re.IGNORECASE):
                return bool(granted & set(names.split()))
        return True

    # Reading

    def resource(self, path: str, tenant_id: str) -> Json | None:
        """As for every store; a last segment such as ``microsoft.graph.user`` keeps the objects of that type."""
        head, _, cast = path.rpartition("/")
        if not cast.lower().startswith("microsoft.graph."):
            return super().resource(path, tenant_id)
        found = super().resource(head, tenant_id)
        if not isinstance(found, list):
            return found
        return [item for item in found if str(item.get("@odata.type")).lower() == f"#{cast.lower()}"]

    def derived(self, path: str, tenant_id: str) -> Json | None:
        tenant = self.entra.find_tenant(tenant_id)
        if tenant is None:
            return None
        first, *rest = path.split("/")
        kind = "/".join([first, *rest[1:]]).lower() if len(rest) > 1 else first.lower()
        if not rest:
            return self._collection_of(kind, tenant)
        if path.lower() == "identity/conditionalaccess/policies":
            return tenant.conditional_access
        if len(rest) < 2:
            return None
        return self._below(kind, rest[0].lower(), tenant)

    def _collection_of(self, kind: str, tenant: Tenant) -> Json | None:
        if kind == "applications":
            return [application(r) for r in tenant.registrations.values()]
        if kind == "serviceprincipals":
            return [self._service_principal(app, tenant) for app in self._installed(tenant)]
        if kind == "users":
            return [user_json(u) for u in tenant.users.values()]
        if kind == "groups":
            return [
                {"id": g.id, "displayName": g.name, "securityEnabled": not g.unified} for g in tenant.groups.values()
            ]
        if kind == "oauth2permissiongrants":
            return self._grants(tenant)
        if kind == "organization":
            return [
                {
                    "id": tenant.id,
                    "displayName": tenant.name.capitalize(),
                    "verifiedDomains": [{"name": tenant.domain, "isDefault": True}],
                }
            ]
        return None

    def _below(self, kind: str, key: str, tenant: Tenant) -> Json | None:
        app = next(
            (r for r in tenant.registrations.values() if key in (r.object_id, tenant.service_principal_id(r))), None
        )
        if app is None:
            app = next((a for a in self._installed(tenant) if key == tenant.service_principal_id(a)), None)
        user = next((u for u in tenant.users.values() if u.id == key), None)
        if app and kind in ("applications/owners", "serviceprincipals/owners"):
            return [{"@odata.type": "#microsoft.graph.user", **user_json(u)} for u in app.owners]
        if app and kind == "applications/federatedidentitycredentials":
            return [
                {
                    "id": guid(app.app_id, c.name),
                    "name": c.name,
                    "issuer": c.issuer,
                    "subject": c.subject,
                    "description": None,
                    "audiences": list(c.audiences),
                }
                for c in app.federated
            ]
        if app and kind == "serviceprincipals/oauth2permissiongrants":
            return [g for g in self._grants(tenant) if g["clientId"] == key]
        if app and kind == "serviceprincipals/approleassignedto":
            return [a for a in self._assignments(tenant) if a["resourceId"] == key]
        if app and kind == "serviceprincipals/approleassignments":
            return [a for a in self._assignments(tenant) if a["principalId"] == key]
        if user and kind in ("users/memberof", "users/transitivememberof"):
            return [{"@odata.type": "#microsoft.graph.group", "id": g.id, "displayName": g.name} for g in user.groups]
        if kind in ("groups/members", "groups/transitivemembers"):
            members = [u for u in tenant.users.values() if key in (g.id for g in u.groups)]
            return [{"@odata.type": "#microsoft.graph.user", **user_json(u)} for u in members]
        return None

    def _installed(self, tenant: Tenant) -> list[Registration]:
        ids = {*tenant.installed, GRAPH, *(resource for _, resource in tenant.assignments)}
        return [app for app_id in sorted(ids) if (app := self.entra.find_app(app_id))]

    def _service_principal(self, app: Registration, tenant: Tenant) -> dict[str, Json]:
        shown: dict[str, Json] = {
            "id": tenant.service_principal_id(app),
            "appId": app.app_id,
            "displayName": app.name,
            "accountEnabled": app.enabled,
            "appDisplayName": app.name,
            "appOwnerOrganizationId": app.tenant.id,
            "appRoleAssignmentRequired": app.assignment_required,
            "servicePrincipalType": app.extra.get("servicePrincipalType", "Application"),
            "signInAudience": app.audience,
            "servicePrincipalNames": [app.app_id, *app.identifier_uris],
            "tags": app.extra.get("tags", []),
            "replyUrls": [uri for uris in app.redirect_uris.values() for uri in uris],
            "appRoles": _roles(app),
            "oauth2PermissionScopes": _scopes(app),
            "keyCredentials": [],
            "passwordCredentials": [],
            "verifiedPublisher": app.extra.get("verifiedPublisher", {}),
        }
        shown |= app.extra.get("servicePrincipal", {})
        return shown

    def _grants(self, tenant: Tenant) -> list[Json]:
        rows = []
        for (client, resource, user_id), scopes in tenant.consents.items():
            who, what = self.entra.find_app(client), self.entra.find_app(resource)
            if who is None or what is None:
                continue
            rows.append(
                {
                    "id": guid(tenant.id, client, resource, str(user_id)),
                    "clientId": tenant.service_principal_id(who),
                    "consentType": "Principal" if user_id else "AllPrincipals",
                    "principalId": user_id,
                    "resourceId": tenant.service_principal_id(what),
                    "scope": " ".join(sorted(scopes)),
                }
            )
        return rows

    def _assignments(self, tenant: Tenant) -> list[Json]:
        rows = []
        names: dict[str, tuple[str, str]] = {u.id: ("User", u.display_name) for u in tenant.users.values()}
        names |= {g.id: ("Group", g.name) for g in tenant.groups.values()}
        names |= {tenant.service_principal_id(a): ("ServicePrincipal", a.name) for a in self._installed(tenant)}
        for (principal, resource), roles in tenant.assignments.items():
            app = self.entra.find_app(resource)
            if app is None:
                continue
            kind, name = names.get(principal, ("ServicePrincipal", principal))
            rows += [
                {
                    "id": guid(principal, resource, value),
                    "createdDateTime": "2026-01-01T00:00:00Z",
                    "appRoleId": app.role(value).id if value else str(uuid.UUID(int=0)),
                    "principalDisplayName": name,
                    "principalId": principal,
                    "principalType": kind,
                    "resourceDisplayName": app.name,
                    "resourceId": tenant.service_principal_id(app),
                }
                for value in sorted(roles)
            ]
        return rows

    # Writing

    def _write(self, method: str, path: str, body: Json, tenant: Tenant, root: str) -> Response:
        action = re.fullmatch(r"(applications|servicePrincipals|users)/([^/]+)/(\w+)", path)
        if method == "POST" and action:
            answer = self._act(action[1], action[2].lower(), action[3], body, tenant, root)
            if answer:
                return answer
        if method == "POST":
            collection = self.resource(path, tenant.id)
            if not isinstance(collection, list):
                return self.not_found(path.rpartition("/")[2])
            item = {"id": str(uuid.uuid4()), **body}
            seeded = self.find(path)
            self.seed({path: [*(seeded if isinstance(seeded, list) else []), item]})
            return json_response({"@odata.context": f"{root}/$metadata#{path}/$entity", **item}, 201)
        if method == "PATCH":
            return self._patch(path, body, tenant)
        if method == "DELETE":
            return self._delete(path, tenant)
        return self.error(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target.")

    def _act(self, kind: str, key: str, name: str, body: Json, tenant: Tenant, root: str) -> Response | None:
        user = next((u for u in tenant.users.values() if u.id == key), None)
        app = next(
            (r for r in tenant.registrations.values() if key in (r.object_id, tenant.service_principal_id(r))), None
        )
        if user and name == "revokeSignInSessions":
            self.entra.revoke_sessions(user)
            return json_response({"@odata.context": f"{root}/$metadata#Edm.Boolean", "value": True})
        if user and name in ("getMemberGroups", "getMemberObjects"):
            return json_response(
                {"@odata.context": f"{root}/$metadata#Collection(Edm.String)", "value": [g.id for g in user.groups]}
            )
        if user and name in ("checkMemberGroups", "checkMemberObjects"):
            asked = body.get("groupIds", body.get("ids", []))
            if not isinstance(asked, list) or len(asked) > 20:
                return self.error(400, "Request_BadRequest", "The number of group ids must not exceed 20.")
            mine = {g.id for g in user.groups}
            return json_response(
                {"@odata.context": f"{root}/$metadata#Collection(Edm.String)", "value": [i for i in asked if i in mine]}
            )
        if app and name == "addPassword":
            wanted = body.get("passwordCredential") or {}
            value = app.add_secret(days=180, name=str(wanted.get("displayName") or ""))
            secret = app.secrets[-1]
            shown = _password(secret.key_id, secret.name, secret.start, secret.end, value)
            if wanted.get("endDateTime"):
                shown["endDateTime"] = wanted["endDateTime"]
            return json_response({"@odata.context": f"{root}/$metadata#microsoft.graph.passwordCredential", **shown})
        if app and name == "removePassword":
            before = len(app.secrets)
            app.secrets = [s for s in app.secrets if s.key_id != body.get("keyId")]
            if len(app.secrets) == before:
                return self.error(400, "Request_BadRequest", "No password credential found with keyId.")
            return Response(204)
        if (user or app) and name in ("addPassword", "removePassword", "revokeSignInSessions"):
            return self.error(400, "Request_BadRequest", f"'{name}' does not apply to {kind}.")
        return None

    def _patch(self, path: str, body: Json, tenant: Tenant) -> Response:
        key = path.rpartition("/")[2].lower()
        app = next(
            (r for r in tenant.registrations.values() if key in (r.object_id, tenant.service_principal_id(r))), None
        )
        user = next((u for u in tenant.users.values() if u.id == key), None)
        if app and path.lower().startswith("applications/"):
            app.extra |= body
            return Response(204)
        if app:
            app.enabled = bool(body.get("accountEnabled", app.enabled))
            app.assignment_required = bool(body.get("appRoleAssignmentRequired", app.assignment_required))
            app.extra["servicePrincipal"] = app.extra.get("servicePrincipal", {}) | body
            return Response(204)
        if user:
            user.enabled = bool(body.get("accountEnabled", user.enabled))
            return Response(204)
        found = self.find(path)
        if not isinstance(found, dict):
            return self.not_found(key)
        found |= body
        return Response(204)

    def _delete(self, path: str, tenant: Tenant) -> Response:
        if self.remove(path):
            return Response(204)
        match = re.fullmatch(r"applications/([^/]+)(?:/federatedIdentityCredentials/([^/]+))?", path, re.IGNORECASE)
        app = next((r for r in tenant.registrations.values() if match and r.object_id == match[1].lower()), None)
        if app and match and match[2]:
            app.federated = [c for c in app.federated if match[2] not in (c.name, guid(app.app_id, c.name))]
            return Response(204)
        if app:
            del tenant.registrations[app.app_id]
            return Response(204)
        return self.not_found(path.rpartition("/")[2])


def _password(key_id: str, name: str, start: float, end: float, value: str | None = None) -> dict[str, Json]:
    return {
        "customKeyIdentifier": None,
        "displayName": name or None,
        "endDateTime": timestamp(end),
        "hint": (value or "loc")[:3],
        "keyId": key_id,
        "secretText": value,
        "startDateTime": timestamp(start),
    }


def _roles(app: Registration) -> list[Json]:
    return [
        {
            "allowedMemberTypes": list(role.members),
            "description": role.value,
            "displayName": role.value,
            "id": role.id,
            "isEnabled": role.enabled,
            "origin": "Application",
            "value": role.value,
        }
        for role in app.app_roles
    ]


def _scopes(app: Registration) -> list[Json]:
    return [
        {
            "adminConsentDescription": scope.value,
            "adminConsentDisplayName": scope.value,
            "id": scope.id,
            "isEnabled": scope.enabled,
            "type": scope.type,
            "userConsentDescription": None,
            "userConsentDisplayName": None,
            "value": scope.value,
        }
        for scope in app.scopes
    ]


def application(app: Registration) -> dict[str, Json]:
    """Return the application object of *app* with the members that Graph sends by default."""
    from cryptography import x509

    keys = []
    for each in app.certificates:
        certificate = x509.load_pem_x509_certificate(each.pem.encode())
        keys.append(
            {
                "customKeyIdentifier": certificate.fingerprint(certificate.signature_hash_algorithm or _sha256())
                .hex()
                .upper(),
                "displayName": each.name or "CN=local",
                "endDateTime": timestamp(certificate.not_valid_after_utc.timestamp()),
                "key": None,
                "keyId": each.key_id,
                "startDateTime": timestamp(certificate.not_valid_before_utc.timestamp()),
                "type": "AsymmetricX509Cert",
                "usage": "Verify",
            }
        )
    optional = [
        {"name": name, "source": None, "essential": False, "additionalProperties": list(properties)}
        for name, properties in app.optional_claims.items()
    ]
    shown: dict[str, Json] = {
        "id": app.object_id,
        "deletedDateTime": None,
        "appId": app.app_id,
        "applicationTemplateId": None,
        "disabledByMicrosoftStatus": None,
        "createdDateTime": "2026-01-01T00:00:00Z",
        "displayName": app.name,
        "description": None,
        "groupMembershipClaims": None if app.group_claims == "None" else app.group_claims,
        "identifierUris": app.identifier_uris,
        "isDeviceOnlyAuthSupported": None,
        "isFallbackPublicClient": app.allow_public_client or None,
        "notes": None,
        "publisherDomain": app.tenant.domain,
        "serviceManagementReference": None,
        "signInAudience": app.audience,
        "tags": [],
        "tokenEncryptionKeyId": None,
        "uniqueName": None,
        "samlMetadataUrl": None,
        "defaultRedirectUri": None,
        "certification": None,
        "optionalClaims": {"idToken": optional, "accessToken": optional, "saml2Token": []} if optional else None,
        "requestSignatureVerification": None,
        "servicePrincipalLockConfiguration": None,
        "addIns": [],
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "requestedAccessTokenVersion": app.token_version,
            "oauth2PermissionScopes": _scopes(app),
            "preAuthorizedApplications": [
                {"appId": client, "delegatedPermissionIds": [s.id for v in values if (s := app.scope(v))]}
                for client, values in app.preauthorized.items()
            ],
        },
        "appRoles": _roles(app),
        "info": {
            "logoUrl": None,
            "marketingUrl": None,
            "privacyStatementUrl": None,
            "supportUrl": None,
            "termsOfServiceUrl": None,
        },
        "keyCredentials": keys,
        "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
        "passwordCredentials": [
            _password(s.key_id, s.name, s.start, s.end) | {"hint": s.value[:3]} for s in app.secrets
        ],
        "publicClient": {"redirectUris": app.redirect_uris.get("public", [])},
        "requiredResourceAccess": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
        "web": {
            "homePageUrl": None,
            "logoutUrl": app.logout_url,
            "redirectUris": app.redirect_uris.get("web", []),
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "redirectUriSettings": [{"uri": uri, "index": None} for uri in app.redirect_uris.get("web", [])],
        },
        "spa": {"redirectUris": app.redirect_uris.get("spa", [])},
    }
    hidden = ("servicePrincipal", "servicePrincipalType")
    return shown | {name: value for name, value in app.extra.items() if name not in hidden}


def user_json(user: User) -> dict[str, Json]:
    """Return the user object with the members that Graph sends by default, and ``accountEnabled``."""
    return {
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": user.display_name,
        "jobTitle": None,
        "mail": user.mail,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": "Example",
        "userPrincipalName": user.upn,
        "id": user.id,
        "accountEnabled": user.enabled,
        "userType": "Guest" if user.home else "Member",
        "signInSessionsValidFromDateTime": timestamp(user.valid_from),
    }


def _sha256() -> Any:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256()
