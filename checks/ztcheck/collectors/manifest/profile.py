"""What a registration says of the profile: audience, kinds of app, credentials, APIs called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ztcheck import graph
from ztcheck.collectors.manifest.permissions import OPENID, requested
from ztcheck.evidence import ProfileFinding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.manifest import Manifest
    from ztcheck.evidence import Place, Sureness

AUDIENCES = {
    "AzureADMyOrg": ("single-tenant",),
    "AzureADMultipleOrgs": ("multi-tenant",),
    # Also what an app for user flows of Azure AD B2C needs, so it does not prove personal accounts.
    "AzureADandPersonalMicrosoftAccount": ("multi-tenant",),
    "PersonalMicrosoftAccount": ("personal-accounts",),
}


def profile_findings(case: Manifest) -> Iterator[ProfileFinding]:
    """Yield the profile values that the registrations of *case* show to be in use."""

    def seen(field: str, value: str, message: str, place: Place, sure: Sureness = "direct") -> ProfileFinding:
        return ProfileFinding(field, value, message, place, sure, case.component)

    own = {str(app.application.get("appId")).lower() for app in case.everywhere if app.application}
    for app in case.apps:
        document = app.application
        if document is None:
            continue
        audience = document.get("signInAudience")
        for value in AUDIENCES.get(audience, ()):
            sure: Sureness = "heuristic" if audience == "AzureADandPersonalMicrosoftAccount" else "direct"
            yield seen("audience", value, f"signInAudience is {audience}", document.place("signInAudience"), sure)
        platforms = [name for name in ("web", "spa", "publicClient") if document.get(name, "redirectUris")]
        for platform, kind in (("web", "web-app"), ("spa", "spa")):
            if platform in platforms:
                message = f"redirect URIs are registered for the platform {platform}"
                yield seen("app_kinds", kind, message, document.place(platform, "redirectUris"), "derived")
        if any(scope.get("isEnabled", True) for _, scope in document.each("api", "oauth2PermissionScopes")):
            place = document.place("api", "oauth2PermissionScopes")
            yield seen("app_kinds", "web-api", "the registration exposes scopes", place, "derived")
        asked = list(requested(document))
        for entry in asked:
            if entry.resource == graph.GRAPH and entry.name not in {"User.Read", *OPENID}:
                yield seen(
                    "calls_apis", "graph", f"it requests the Graph permission {entry.name}", entry.place, "derived"
                )
                break
        for entry in asked:
            if entry.resource in own and entry.resource != str(document.get("appId")).lower():
                yield seen("calls_apis", "own-api", "it requests a permission of your own API", entry.place, "derived")
                break
        roles = [entry for entry in asked if entry.scheme == "application"]
        if roles:
            message = f"it requests the {roles[0]}"
            yield seen("acts_as", "itself", message, roles[0].place, "derived")
            if not platforms:
                message = "it requests application permissions and signs nobody in"
                yield seen("app_kinds", "daemon", message, roles[0].place, "heuristic")
        for name, value in (("passwordCredentials", "secret"), ("keyCredentials", "certificate")):
            for at, entry in document.each(name):
                if value == "secret" or entry.get("usage") == "Verify":
                    yield seen("credentials", value, f"{name} holds one", document.place(name, at), "derived")
                    break
        federated = app.parts.get("federatedIdentityCredentials")
        if federated and federated.get("items"):
            place = federated.place("items", 0)
            yield seen("credentials", "federated", "a federated identity credential is registered", place)
        groups = document.get("groupMembershipClaims")
        if groups and groups != "None":
            message = f"groupMembershipClaims is {groups}"
            yield seen("features", "group-claims", message, document.place("groupMembershipClaims"), "heuristic")
        for token in ("idToken", "accessToken", "saml2Token"):
            if document.get("optionalClaims", token):
                message = f"optionalClaims adds claims to {token}"
                yield seen("features", "custom-claims", message, document.place("optionalClaims", token))
                break
        if app.principal and app.principal.get("preferredSingleSignOnMode") == "saml":
            place = app.principal.place("preferredSingleSignOnMode")
            yield seen("features", "saml", "preferredSingleSignOnMode is saml", place)
