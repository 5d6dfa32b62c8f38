"""What the local Entra ID knows: tenants, users, groups, app registrations, grants. Plain data, no protocol."""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

_NAMESPACE = uuid.UUID("6d2f4f5e-2c1b-4b86-9c6b-3c0f0a7f9d11")

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts."""
GRAPH = "00000003-0000-0000-c000-000000000000"
VAULT = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
MANAGEMENT = "797f4846-ba00-4fd7-ba43-dac1f8f63013"
TOKEN_EXCHANGE = "fb60f99c-7a34-4190-8149-302f77469936"  # noqa: S105 - an application id
# fmt: off
GRAPH_USER_CONSENT = frozenset(
    ["Calendars.Read", "Calendars.ReadWrite", "Contacts.Read", "Contacts.ReadWrite", "Files.Read",
     "Files.Read.All", "Files.ReadWrite", "Files.ReadWrite.All", "Mail.Read", "Mail.ReadBasic",
     "Mail.ReadWrite", "Mail.Send", "MailboxSettings.Read", "Notes.Read", "Notes.ReadWrite", "People.Read",
     "Presence.Read", "Presence.Read.All", "Sites.Read.All", "Sites.ReadWrite.All", "Sites.Selected",
     "Tasks.Read", "Tasks.ReadWrite", "User.Read", "User.ReadBasic.All", "User.ReadWrite", "openid",
     "profile", "email", "offline_access"]
)
# fmt: on
"""Delegated permissions of Microsoft Graph that users may consent to: the usual ones; any other needs an administrator.

From Microsoft Graph's permission data (microsoftgraph/microsoft-graph-devx-content 6cbd6bb, 2026-08-07).
"""
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
"""Template id of the directory role, as it stands in the claim ``wids``."""

Audience = Literal[
    "AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"
]


def guid(*parts: str) -> str:
    """Return a GUID that depends on *parts* alone, so that ids are the same in every run."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def timestamp(seconds: float) -> str:
    """Return *seconds* since the epoch as Microsoft Graph writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Scope:
    """A delegated permission that an API publishes."""

    value: str
    id: str
    type: Literal["User", "Admin"] = "User"
    """Who may consent."""
    enabled: bool = True


@dataclass(slots=True)
class AppRole:
    """A role that an API defines for users, for applications or for both."""

    value: str
    id: str
    members: tuple[str, ...] = ("User", "Application")
    enabled: bool = True


@dataclass(slots=True)
class Secret:
    """A client secret: *start* and *end* are seconds since the epoch."""

    value: str
    key_id: str
    start: float
    end: float
    name: str = ""


@dataclass(slots=True)
class Certificate:
    """A certificate that proves a client: PEM text."""

    pem: str
    key_id: str
    name: str = ""


@dataclass(slots=True)
class FederatedCredential:
    """Trust in the tokens of another issuer for one subject."""

    name: str
    issuer: str
    subject: str
    audiences: tuple[str, ...] = ("api://AzureADTokenExchange",)


@dataclass(eq=False, slots=True)
class Group:
    """A security group, or a Microsoft 365 group when *unified*."""

    tenant: Tenant
    name: str
    id: str
    unified: bool = False


@dataclass(eq=False, slots=True)
class User:
    """A user of one tenant; *home* is the tenant of a guest."""

    tenant: Tenant
    name: str
    id: str
    upn: str
    password: str
    display_name: str
    mail: str | None = None
    enabled: bool = True
    admin: bool = False
    mfa: bool = True
    """Whether a second factor is registered, so that a sign-in can satisfy multifactor authentication."""
    compliant_device: bool = False
    home: Tenant | None = None
    groups: list[Group] = field(default_factory=list)
    valid_from: float = 0.0
    """Sessions and refresh tokens from before (seconds since the epoch) are refused: AADSTS50173."""


@dataclass(eq=False, slots=True)
class Registration:
    """An app registration. It lives in *tenant*; in others it has a service principal once consented to."""

    tenant: Tenant
    name: str
    app_id: str
    object_id: str
    audience: Audience = "AzureADMyOrg"
    identifier_uris: list[str] = field(default_factory=list)
    redirect_uris: dict[str, list[str]] = field(default_factory=lambda: {"web": [], "spa": [], "public": []})
    logout_url: str | None = None
    scopes: list[Scope] = field(default_factory=list)
    app_roles: list[AppRole] = field(default_factory=list)
    secrets: list[Secret] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    federated: list[FederatedCredential] = field(default_factory=list)
    token_version: Literal[1, 2] = 2
    """``api.requestedAccessTokenVersion`` of the API."""
    optional_claims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Optional claim of access and ID tokens → its additional properties."""
    group_claims: Literal["None", "SecurityGroup", "ApplicationGroup", "All"] = "None"
    preauthorized: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Client's application id → scopes of this API that need no consent."""
    allow_public_client: bool = False
    assignment_required: bool = False
    enabled: bool = True
    cae: bool = False
    """Whether the API honours continuous access evaluation, so that capable clients get long-lived tokens."""
    owners: list[User] = field(default_factory=list)
    any_scope: bool = False
    """Accept every scope name: only Microsoft's own APIs, whose lists are not copied here."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Properties of the application as Microsoft Graph shows it, over those that follow from the fields here."""

    @property
    def public(self) -> bool:
        """Whether the client has no credentials of its own."""
        return not (self.secrets or self.certificates or self.federated)

    def scope(self, value: str) -> Scope | None:
        """Return the enabled scope *value*, or None."""
        for scope in self.scopes:
            if scope.value == value and scope.enabled:
                return scope
        if self.any_scope:
            user = self.app_id != GRAPH or value in GRAPH_USER_CONSENT
            return Scope(value, guid(self.app_id, value), "User" if user else "Admin")
        return None

    def role(self, value: str) -> AppRole:
        """Return the app role *value*; raises KeyError when the API does not define it."""
        for role in self.app_roles:
            if role.value == value:
                return role
        if self.any_scope:
            role = AppRole(value, guid(self.app_id, "role", value), ("Application",))
            self.app_roles.append(role)
            return role
        raise KeyError(f"{self.name} defines no app role {value!r}")

    def add_secret(self, value: str | None = None, *, days: float = 90, name: str = "") -> str:
        """Add a client secret that ends in *days* (negative: has ended) and return its value."""
        value = value or "local~" + secrets.token_urlsafe(24)
        now = time.time()
        start = now - 86400 * (365 if days < 0 else 1)
        self.secrets.append(Secret(value, str(uuid.uuid4()), start, now + days * 86400, name))
        return value

    def add_certificate(self, pem: str, *, name: str = "") -> None:
        """Accept client assertions signed by the key of the certificate *pem*."""
        self.certificates.append(Certificate(pem, str(uuid.uuid4()), name))

    def trust(self, issuer: str, subject: str, *audiences: str, name: str = "") -> None:
        """Accept tokens of *issuer* for *subject* as client assertions (a federated identity credential)."""
        self.federated.append(
            FederatedCredential(
                name or f"credential-{len(self.federated) + 1}",
                issuer,
                subject,
                audiences or ("api://AzureADTokenExchange",),
            )
        )


@dataclass(eq=False, slots=True)
class Tenant:
    """A tenant: its people, its apps, and what was consented to and assigned in it."""

    name: str
    id: str
    domain: str
    kind: Literal["workforce", "external", "consumers"] = "workforce"
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    registrations: dict[str, Registration] = field(default_factory=dict)
    installed: set[str] = field(default_factory=set)
    """Application ids that have a service principal here."""
    consents: dict[tuple[str, str, str | None], set[str]] = field(default_factory=dict)
    """(client, resource, user's id or None for all) → scopes."""
    assignments: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    """(principal's object id, resource's application id) → app roles; the empty string is default access."""
    conditional_access: list[dict[str, Any]] = field(default_factory=list)
    """Policies as Microsoft Graph shows them (resource type conditionalAccessPolicy)."""
    user_consent: Literal["allowed", "none"] = "allowed"
    admin_consent_requests: bool = False
    """Whether users can ask an administrator to consent, which turns AADSTS90094 into AADSTS90095."""

    def user(
        self,
        name: str,
        *,
        password: str = "correct horse",  # noqa: S107 - a made-up one
        admin: bool = False,
        mfa: bool = True,
        guest_of: Tenant | None = None,
        groups: list[Group] | None = None,
        mail: str | None = None,
    ) -> User:
        """Return the user *name*, created on first use with what the arguments say."""
        if name in self.users:
            return self.users[name]
        local = name if "@" not in name else name.replace("@", "_") + "#EXT#"
        home = guest_of
        if home is not None:
            local = f"{name}_{home.domain}#EXT#"
        user = User(
            tenant=self,
            name=name,
            id=guid(self.id, "user", name),
            upn=f"{local}@{self.domain}",
            password=password,
            display_name=name.capitalize(),
            mail=mail or f"{name}@{(home or self).domain}",
            admin=admin,
            mfa=mfa,
            home=home,
            groups=list(groups or ()),
        )
        self.users[name] = user
        return user

    def group(self, name: str, *, unified: bool = False) -> Group:
        """Return the group *name*, created on first use."""
        if name not in self.groups:
            self.groups[name] = Group(self, name, guid(self.id, "group", name), unified)
        return self.groups[name]

    def register(
        self,
        name: str,
        *,
        identifier_uri: str | None = None,
        scopes: tuple[str | Scope, ...] | list[str | Scope] | list[str] = (),
        app_roles: tuple[str | AppRole, ...] | list[str | AppRole] | list[str] = (),
        secret: str | bool | None = None,
        certificate: str | None = None,
        redirect_uris: tuple[str, ...] | list[str] = (),
        spa_redirect_uris: tuple[str, ...] | list[str] = (),
        public_redirect_uris: tuple[str, ...] | list[str] = (),
        audience: Audience = "AzureADMyOrg",
        token_version: Literal[1, 2] = 2,
        optional_claims: tuple[str, ...] | list[str] | dict[str, tuple[str, ...]] = (),
        group_claims: Literal["None", "SecurityGroup", "ApplicationGroup", "All"] = "None",
        assignment_required: bool = False,
        allow_public_client: bool = False,
        cae: bool = False,
        app_id: str | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Registration:
        """Register the app *name* and return it.

        *secret* is a client secret, or True to have one made. A scope or role given as text may be consented to by
        users, or assigned to users and applications; pass `Scope` or `AppRole` for anything else. *optional_claims* go
        into access and ID tokens. *extra* are properties of the application in Microsoft Graph.
        """
        app_id = app_id or guid(self.id, "app", name)
        registration = Registration(
            tenant=self,
            name=name,
            app_id=app_id,
            object_id=guid(self.id, "application", name),
            audience=audience,
            identifier_uris=[identifier_uri] if identifier_uri else [],
            redirect_uris={
                "web": list(redirect_uris),
                "spa": list(spa_redirect_uris),
                "public": list(public_redirect_uris),
            },
            scopes=[Scope(s, guid(app_id, "scope", s)) if isinstance(s, str) else s for s in scopes],
            app_roles=[AppRole(r, guid(app_id, "role", r)) if isinstance(r, str) else r for r in app_roles],
            token_version=token_version,
            optional_claims=(
                dict(optional_claims) if isinstance(optional_claims, dict) else dict.fromkeys(optional_claims, ())
            ),
            group_claims=group_claims,
            assignment_required=assignment_required,
            allow_public_client=allow_public_client,
            cae=cae,
            extra=dict(extra or {}),
        )
        if secret:
            registration.add_secret(None if secret is True else secret)
        if certificate:
            registration.add_certificate(certificate)
        self.registrations[registration.app_id] = registration
        self.installed.add(registration.app_id)
        return registration

    def service_principal_id(self, app: Registration) -> str:
        """Return the object id of *app*'s service principal in this tenant: ``oid`` and ``sub`` of app-only tokens."""
        return guid(self.id, "service-principal", app.app_id)

    def consent(self, client: Registration, api: Registration, *scopes: str, user: User | None = None) -> None:
        """Record consent of *user*, or of an administrator for everybody, to *scopes* of *api* for *client*."""
        self.installed |= {client.app_id, api.app_id}
        self.consents.setdefault((client.app_id, api.app_id, user.id if user else None), set()).update(scopes)

    def consented(self, client: Registration, api: Registration, user: User) -> set[str]:
        """Return the scopes of *api* that *client* may have for *user*."""
        granted = set(api.preauthorized.get(client.app_id, ()))
        for who in (None, user.id):
            granted |= self.consents.get((client.app_id, api.app_id, who), set())
        return granted

    def assign(self, principal: User | Group | Registration, api: Registration, *roles: str) -> None:
        """Assign app *roles* of *api* to a user, a group or an application; no role means default access."""
        for role in roles:
            api.role(role)
        self.assignments.setdefault((self._principal_id(principal), api.app_id), set()).update(roles or ("",))

    def roles(self, principal: User | Registration, api: Registration) -> list[str]:
        """Return the values of the app roles that *principal* has on *api*, in the API's order."""
        values: set[str] = set(self.assignments.get((self._principal_id(principal), api.app_id), ()))
        if isinstance(principal, User):
            for group in principal.groups:
                values |= self.assignments.get((group.id, api.app_id), set())
        return [role.value for role in api.app_roles if role.value in values and role.enabled]

    def assigned(self, principal: User | Registration, api: Registration) -> bool:
        """Return whether *principal* is assigned to *api* at all, directly or through a group."""
        ids = [self._principal_id(principal)]
        if isinstance(principal, User):
            ids += [group.id for group in principal.groups]
        return any(self.assignments.get((each, api.app_id)) for each in ids)

    def require(
        self,
        *controls: str,
        apps: tuple[Registration, ...] = (),
        context: str | None = None,
        workloads: tuple[Registration, ...] = (),
        flow: str | None = None,
        state: str = "enabled",
        name: str | None = None,
    ) -> dict[str, Any]:
        """Add a Conditional Access policy and return it in Graph's shape.

        *controls* are ``mfa``, ``compliantDevice`` or ``block``; *apps* the resources it reaches (none: all), *context*
        an authentication context such as ``c1``, *workloads* service principals instead of users, *flow*
        ``deviceCodeFlow``.
        """
        conditions: dict[str, Any] = {
            "clientAppTypes": ["all"],
            "applications": {
                "includeApplications": [] if context else [app.app_id for app in apps] or ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [context] if context else [],
            },
            "users": {"includeUsers": ["None"] if workloads else ["All"], "excludeUsers": [], "includeGroups": []},
        }
        if workloads:
            conditions["clientApplications"] = {
                "includeServicePrincipals": [self.service_principal_id(app) for app in workloads],
                "excludeServicePrincipals": [],
            }
        if flow:
            conditions["authenticationFlows"] = {"transferMethods": flow}
        policy: dict[str, Any] = {
            "id": guid(self.id, "policy", str(len(self.conditional_access))),
            "displayName": name or f"Require {' and '.join(controls)}",
            "createdDateTime": timestamp(time.time()),
            "modifiedDateTime": None,
            "state": state,
            "sessionControls": None,
            "conditions": conditions,
            "grantControls": {
                "operator": "AND",
                "builtInControls": list(controls),
                "customAuthenticationFactors": [],
                "termsOfUse": [],
            },
        }
        self.conditional_access.append(policy)
        return policy

    def _principal_id(self, principal: User | Group | Registration) -> str:
        return self.service_principal_id(principal) if isinstance(principal, Registration) else principal.id


def microsoft_apis(tenant: Tenant) -> dict[str, Registration]:
    """Return Microsoft's own APIs by application id; every tenant has them."""
    own = {
        GRAPH: ("Microsoft Graph", ["https://graph.microsoft.com"]),
        VAULT: ("Azure Key Vault", ["https://vault.azure.net"]),
        MANAGEMENT: (
            "Windows Azure Service Management API",
            ["https://management.azure.com", "https://management.core.windows.net"],
        ),
        TOKEN_EXCHANGE: ("AAD Token Exchange Endpoint", ["api://AzureADTokenExchange"]),
    }
    return {
        app_id: Registration(
            tenant=tenant,
            name=name,
            app_id=app_id,
            object_id=guid("microsoft", app_id),
            audience="AzureADMultipleOrgs",
            identifier_uris=uris,
            token_version=2 if app_id == TOKEN_EXCHANGE else 1,
            any_scope=True,
            cae=app_id == GRAPH,
        )
        for app_id, (name, uris) in own.items()
    }
