"""The checks of the manifest collector; each docstring names what its rule rests on."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ztcheck import graph
from ztcheck.collectors.checking import Nothing, NotRun, Rules, refutes, review, supports, when
from ztcheck.collectors.manifest.permissions import AZURE_AD_GRAPH, OPENID, granted, requested

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.checking import Document
    from ztcheck.collectors.manifest import App, Manifest
    from ztcheck.evidence import Finding, Place

RULES = Rules()
rule = RULES.rule

CREDENTIAL_DAYS = 180
SOON_DAYS = 30
OWNERS_LEAST, OWNERS_MOST = 2, 5
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TEST_LABEL = re.compile(
    r"(^|[-.])(dev|develop|development|test|testing|qa|uat|stage|staging|preprod|sandbox)\d*([-.]|$)"
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MULTITENANT = ("AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount")


# Shared


def _applications(case: Manifest) -> list[Document]:
    found = list(case.applications())
    if not found:
        raise Nothing("no application object was exported")
    return found


def _principals(case: Manifest) -> list[Document]:
    found = [app.principal for app in case.apps if app.principal]
    if not found:
        raise Nothing("no service principal was exported")
    return found


def _redirects(application: Document) -> Iterator[tuple[str, str, Place]]:
    """Yield platform, URI and place of each redirect URI."""
    for platform in ("web", "spa", "publicClient"):
        for at, uri in application.each(platform, "redirectUris"):
            yield platform, uri, application.place(platform, "redirectUris", at)


def _host(uri: str) -> str | None:
    try:
        return urlsplit(uri).hostname
    except ValueError:
        return None


def _scopes(application: Document) -> list[tuple[int, dict[str, Any]]]:
    scopes = application.each("api", "oauth2PermissionScopes")
    return [(at, scope) for at, scope in scopes if scope.get("isEnabled") is not False]


def _roles(application: Document, member: str) -> list[tuple[int, dict[str, Any]]]:
    return [
        (at, role)
        for at, role in application.each("appRoles")
        if role.get("isEnabled") is not False and member in (role.get("allowedMemberTypes") or ())
    ]


def _known(case: Manifest, key: str) -> Any:
    value = case.declared(key)
    if value is None:
        raise Nothing(f"the team's file declares no {key}")
    return value


def _once(case: Manifest) -> None:
    """Settings and code are not told apart by component, so what they hold is compared with all registrations once."""
    if not case.first:
        raise Nothing("looked at with the first component, for all of them")


def _source_ran(case: Manifest) -> None:
    if not case.request.facts:
        raise Nothing("the source collector saw nothing to compare with")


# Registration


@rule(
    "permission-without-reason",
    why="A permission that nobody can explain is never taken back.",
    advice="Name in the permission inventory the feature that needs it, or remove the permission.",
)
def permission_without_reason(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    path = _known(case, "permission_inventory")
    reasons = _inventory(case, str(path))
    asked = [entry for application in applications for entry in requested(application, case.everywhere)]
    if not asked:
        raise Nothing("requiredResourceAccess is empty")
    missing = [entry for entry in asked if not (reasons.get(entry.name.lower()) or reasons.get(entry.id))]
    for entry in missing:
        yield refutes(f"{path} gives no reason for the {entry}", entry.place, key=f"{entry.scheme} {entry.name}")
    if not missing:
        yield supports(f"{path} gives a reason for all {len(asked)} requested permissions", asked[0].place)


def _inventory(case: Manifest, path: str) -> dict[str, str]:
    """Return permission name (lower case) to its reason, whatever the nesting of the inventory file."""
    from ztcheck.collectors.manifest.inventory import read

    return read(case.request.root, path)


@rule(
    "sign-in-with-application-permissions",
    why="Whoever steals the web app's credential gets tenant-wide access that no signed-in user limits.",
    advice="Move the application permissions to a registration of its own, used by the background service alone.",
)
def sign_in_with_application_permissions(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        roles = [entry for entry in requested(application) if entry.scheme == "application"]
        redirect = next(_redirects(application), None)
        if roles and redirect:
            names = ", ".join(sorted({entry.name for entry in roles}))
            message = f"one registration signs users in ({redirect[1]}) and requests application permissions: {names}"
            yield refutes(message, roles[0].place, key="both", sure="derived")


@rule(
    "api-with-redirect-uris",
    why="The client's tokens are valid at the API under the same identity, and both share one credential.",
    advice="Register the client apart from the API, or declare the component under coupled_components.",
)
def api_with_redirect_uris(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    if case.component in (case.declared("coupled_components") or ()):
        raise Nothing("the component is declared as tightly coupled")
    for application in applications:
        redirect = next(_redirects(application), None)
        scopes = _scopes(application)
        if redirect and scopes:
            message = (
                f"one registration exposes scopes ({scopes[0][1].get('value')}) and signs users in ({redirect[1]})"
            )
            yield refutes(message, redirect[2], key="both", sure="derived")


@rule(
    "test-redirects-on-production",
    why="A token of production reaches whoever runs a program on the developer's machine or the test host.",
    advice="Register the test environment apart, and remove its redirect URIs here.",
)
def test_redirects_on_production(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    if case.component in (case.declared("test_components") or ()):
        raise Nothing("the component is declared as a test registration")
    for application in applications:
        for platform, uri, place in _redirects(application):
            host = _host(uri) or ""
            if platform == "publicClient":
                continue
            if host in _LOOPBACK:
                yield refutes(f"the {platform} redirect URI {uri} leads to the developer's machine", place, key=uri)
            elif _TEST_LABEL.search(host):
                message = f"the {platform} redirect URI {uri} looks like a test environment"
                yield review(message, place, key=uri, sure="heuristic")


@rule(
    "azure-ad-graph-permission",
    why="Azure AD Graph is being retired; code that calls it stops working, and its permissions are coarse.",
    advice="Move the calls to Microsoft Graph and remove this resource from requiredResourceAccess.",
)
def azure_ad_graph_permission(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        for at, resource in application.each("requiredResourceAccess"):
            if (resource.get("resourceAppId") or "").lower() == AZURE_AD_GRAPH:
                place = application.place("requiredResourceAccess", at)
                yield refutes("the registration requests permissions of Azure AD Graph", place, key="azure-ad-graph")


@rule(
    "client-id-mismatch",
    why="Code that runs under another registration than the one you reviewed is not covered by that review.",
    advice="Export the registration that the code uses, or correct the client ID in its settings.",
)
def client_id_mismatch(case: Manifest) -> Iterator[Finding]:
    _once(case)
    from ztcheck.collectors.manifest import by_client_id

    _applications(case)
    seen = [fact for fact in case.facts("client-id") if _GUID.fullmatch(fact.value)]
    if not seen:
        raise Nothing("no client ID was found in settings or code")
    known = by_client_id(case.everywhere)
    strange = [fact for fact in seen if fact.value.lower() not in known]
    for fact in strange:
        make = refutes if len(strange) == len(seen) else review
        message = f"the client ID {fact.value} belongs to none of the exported registrations"
        yield make(message, fact.place, key=fact.value.lower(), sure="derived")
    if not strange:
        yield supports("every client ID in settings belongs to an exported registration", seen[0].place, sure="derived")


# Which account types each tenant word of an authority needs (Microsoft's page "Supported account types").
_NEEDS = {
    "common": _MULTITENANT,
    "organizations": _MULTITENANT,
    "consumers": ("AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"),
}


@rule(
    "authority-audience-mismatch",
    why="Sign-in fails, or is opened wider than the code can judge, when authority and registration disagree.",
    advice="Set the authority to your tenant's id, or signInAudience to what the authority admits.",
)
def authority_audience_mismatch(case: Manifest) -> Iterator[Finding]:
    _once(case)
    everywhere = [app.application for app in case.everywhere if app.application]
    audiences = {a.get("signInAudience") for a in everywhere if a.get("signInAudience")}
    if not audiences:
        raise Nothing("the export holds no signInAudience")
    looked = []
    for fact in case.facts("authority"):
        parts = urlsplit(fact.value).path.strip("/").split("/") if "//" in fact.value else [fact.value]
        tenant = parts[0].lower()
        if tenant in _NEEDS or _GUID.fullmatch(tenant) or "." in tenant:
            looked.append((fact, tenant))
    if not looked:
        raise Nothing("no authority was found in settings or code")
    wrong = False
    for fact, tenant in looked:
        fits = _NEEDS.get(tenant, ("AzureADMyOrg", *_MULTITENANT))
        if audiences.isdisjoint(fits):
            wrong = True
            message = f"the authority {fact.value} does not fit signInAudience {', '.join(sorted(audiences))}"
            yield refutes(message, fact.place, key=fact.value, sure="derived")
    if not wrong:
        yield supports("every authority fits signInAudience", looked[0][0].place, sure="derived")


_PLATFORMS = {"spa": ("spa",), "confidential": ("web",), "public": ("publicClient",)}


@rule(
    "platform-type-mismatch",
    why="Entra ID treats the redirect as another kind of client: it demands a secret, or lets one be left out.",
    advice="Move the redirect URIs to the platform of the client that uses them.",
)
def platform_type_mismatch(case: Manifest) -> Iterator[Finding]:
    _once(case)
    _applications(case)
    clients = {fact.value: fact for fact in case.facts("msal-client")}
    if not clients:
        raise Nothing("no MSAL client was found in code")
    have = {platform for app in case.everywhere if app.application for platform, _, _ in _redirects(app.application)}
    fallback = any(app.application and app.application.get("isFallbackPublicClient") for app in case.everywhere)
    for kind, fact in clients.items():
        if kind not in _PLATFORMS or not have or (kind == "public" and fallback) or have & set(_PLATFORMS[kind]):
            continue
        if kind == "confidential":  # a daemon has no redirect URI at all
            continue
        message = f"code builds a {kind} client, but redirect URIs are registered under {', '.join(sorted(have))} only"
        yield refutes(message, fact.place, key=kind, sure="derived")


@rule(
    "token-version-mismatch",
    why="The API gets tokens of version 1.0, whose issuer and audience its checks refuse, or worse, were loosened for.",
    advice="Set api.requestedAccessTokenVersion to 2.",
)
def token_version_mismatch(case: Manifest) -> Iterator[Finding]:
    expected = [fact for fact in case.facts("token-version") if fact.value == "2.0"]
    apis = [a for a in _applications(case) if _scopes(a) or _roles(a, "Application")]
    if not expected or not apis:
        raise Nothing("no API whose code expects tokens of version 2.0")
    for api in apis:
        version = api.get("api", "requestedAccessTokenVersion")
        if api.has("api") and version != 2:
            message = (
                f"code expects tokens of version 2.0 ({expected[0].place}), the registration asks for {version or 1}"
            )
            yield refutes(message, api.place("api", "requestedAccessTokenVersion"), key="version", sure="derived")


def _redirect_fault(platform: str, uri: str) -> str | None:
    """Return what is loose about a redirect URI, or None.

    Microsoft's page "Redirect URI (reply URL) best practices and limitations": https but for loopback, no wildcard.
    RFC 9700, section 4.1.3: exact matching. Query strings and addresses are our own, stricter rule.
    """
    if "*" in uri:
        return "holds a wildcard"
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError:
        return "is no valid address"
    if parts.scheme not in ("http", "https"):
        return (
            None if platform == "publicClient" else f"uses the scheme {parts.scheme or '(none)'} outside a native app"
        )
    if host in _LOOPBACK:
        return None
    if parts.scheme == "http":
        return "does not use https"
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return "names an IP address"
    return "holds a query string" if parts.query else None


@rule(
    "loose-redirect-uris",
    why="An attacker who controls any address that matches receives the authorization code or the token.",
    advice="Register each address exactly, with https and a host name that you own.",
)
def loose_redirect_uris(case: Manifest) -> Iterator[Finding]:
    found = [entry for application in _applications(case) for entry in _redirects(application)]
    if not found:
        raise Nothing("no redirect URI is registered")
    loose = [(uri, place, fault) for platform, uri, place in found if (fault := _redirect_fault(platform, uri))]
    for uri, place, fault in loose:
        yield refutes(f"the redirect URI {uri} {fault}", place, key=uri)
    if not loose:
        yield supports(f"all {len(found)} redirect URIs are exact", found[0][2])


@rule(
    "unowned-redirect-hosts",
    why="A host that you do not own, or no longer, hands codes and tokens to whoever claims it.",
    advice="Remove the redirect URI, or add its domain to owned_domains if it is yours.",
)
def unowned_redirect_hosts(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    owned = [str(domain).lower().strip(".") for domain in _known(case, "owned_domains")]
    hosts: dict[str, tuple[str, Place]] = {}
    for application in applications:
        for _, uri, place in _redirects(application):
            host = (_host(uri) or "").lower()
            if host and host not in _LOOPBACK and uri.lower().startswith(("http:", "https:")):
                hosts.setdefault(host, (uri, place))
    if not hosts:
        raise Nothing("no redirect URI names a host")
    resolve = case.request.resolve
    good = True
    silent: list[str] = []
    for host, (uri, place) in hosts.items():
        if not any(host == domain or host.endswith("." + domain) for domain in owned):
            good = False
            yield refutes(f"the host of {uri} is none of your owned_domains", place, key=host)
        elif resolve is not None and (known := resolve(host)) is not True:
            good = False
            if known is None:
                silent.append(host)
                continue
            yield refutes(f"the host {host} does not resolve in DNS, so somebody else may claim it", place, key=host)
    if resolve is None:
        raise NotRun("hosts were compared with owned_domains but not looked up in DNS: run with --dns")
    if silent:
        raise NotRun(f"DNS did not answer for {', '.join(silent)}")
    if good:
        place = next(iter(hosts.values()))[1]
        yield supports(f"all {len(hosts)} redirect hosts are yours and resolve", place)


@rule(
    "owner-count",
    why="With one owner nobody notices a takeover or a departure; with many, any of them can add a credential.",
    advice="Name two to five current owners.",
)
def owner_count(case: Manifest) -> Iterator[Finding]:
    lists = list(case.part("owners"))
    if not lists:
        raise Nothing("the owners were not exported")
    for _, owners in lists:
        count = len([entry for _, entry in owners.each("items")])
        if not OWNERS_LEAST <= count <= OWNERS_MOST:
            message = (
                f"the registration has {count} owner{'' if count == 1 else 's'}, not {OWNERS_LEAST} to {OWNERS_MOST}"
            )
            yield refutes(message, owners.place("items"), key="owners")


@rule(
    "disabled-owners",
    why="A disabled account that is enabled again, or reused, still owns the app and can add credentials to it.",
    advice="Replace the owner.",
)
def disabled_owners(case: Manifest) -> Iterator[Finding]:
    entries = [
        (owners.place("items", at), entry) for _, owners in case.part("owners") for at, entry in owners.each("items")
    ]
    if not any(entry.get("accountEnabled") is not None for _, entry in entries):
        raise Nothing("the owners were not exported with accountEnabled")
    for place, entry in entries:
        if entry.get("accountEnabled") is False:
            who = entry.get("displayName") or entry.get("id") or "an owner"
            yield refutes(f"the account of the owner {who} is disabled", place, key=str(entry.get("id") or who))


@rule(
    "implicit-grant-enabled",
    why="Tokens in the redirect's fragment end in browser history, logs and scripts (RFC 9700, section 2.1.2).",
    advice="Switch off both implicit grant settings and use the authorization code flow with PKCE.",
)
def implicit_grant_enabled(case: Manifest) -> Iterator[Finding]:
    base = ("web", "implicitGrantSettings")
    looked = [a for a in _applications(case) if a.has(*base) and a.get(*base) is not None]
    if not looked:
        raise Nothing("the export holds no web.implicitGrantSettings")
    for application in looked:
        on = [name for name in ("enableAccessTokenIssuance", "enableIdTokenIssuance") if application.get(*base, name)]
        for name in on:
            yield refutes(f"web.implicitGrantSettings.{name} is true", application.place(*base, name), key=name)
        if not on:
            yield supports("both implicit grant settings are off", application.place(*base))


@rule(
    "instance-lock-off",
    why="An administrator of a customer's tenant, or who took one over, can add credentials to your app there.",
    advice="Set servicePrincipalLockConfiguration to isEnabled true and allProperties true.",
)
def instance_lock_off(case: Manifest) -> Iterator[Finding]:
    name = "servicePrincipalLockConfiguration"
    looked = [a for a in _applications(case) if a.has(name)]
    if not looked:
        raise Nothing(f"the export holds no {name}")
    for application in looked:
        place = application.place(name)
        if application.get(name, "isEnabled") is True and application.get(name, "allProperties") is True:
            yield supports("sensitive properties of all instances are locked", place)
        elif application.get("signInAudience") in (None, *_MULTITENANT):
            off = [key for key in ("isEnabled", "allProperties") if application.get(name, key) is not True]
            yield refutes(f"{name} has {' and '.join(off)} not true", place, key="lock")


_ADMITS = {
    "AzureADMyOrg": {"single-tenant"},
    "AzureADMultipleOrgs": {"single-tenant", "multi-tenant"},
    "AzureADandPersonalMicrosoftAccount": {"single-tenant", "multi-tenant", "personal-accounts"},
    "PersonalMicrosoftAccount": {"personal-accounts"},
}


@rule(
    "audience-wider-than-profile",
    why="Accounts that you never meant to admit can sign in or get tokens for your API.",
    advice="Set signInAudience to the narrowest value that your profile needs.",
)
def audience_wider_than_profile(case: Manifest) -> Iterator[Finding]:
    wanted = set(case.profile("audience"))
    looked = [a for a in _applications(case) if a.get("signInAudience") in _ADMITS]
    if not looked or not wanted:
        raise Nothing("the export holds no signInAudience, or the profile no audience")
    for application in looked:
        value = application.get("signInAudience")
        place = application.place("signInAudience")
        # A tenant of its own for customers: user flows there need the widest value (application resource type).
        more = set() if "external-customers" in wanted else _ADMITS[value] - wanted - {"single-tenant"}
        if more:
            message = f"signInAudience {value} admits {' and '.join(sorted(more))}, which the profile leaves out"
            yield refutes(message, place, key="audience")
        else:
            yield supports(f"signInAudience {value} admits no more than the profile says", place)


# Permissions


@rule(
    "overbroad-graph-permissions",
    why="Whoever steals a token or credential of the app gets what was granted, not what the code uses.",
    advice="Request the lowest permission that every call accepts, test, and remove the broader one.",
)
def overbroad_graph_permissions(case: Manifest) -> Iterator[Finding]:
    """Advice only: Microsoft's data has gaps, and calls may be built at run time."""
    asked = [e for a in _applications(case) for e in requested(a) if e.known and e.name not in OPENID]
    calls = case.facts("graph-call")
    if not asked or not calls:
        raise Nothing("no requested Graph permission, or no Graph call in source, to compare")
    version = f"Microsoft's permission data of {graph.source()['date']}"
    for entry in asked:
        needed: dict[str, list[str]] = {}
        others: set[str] = set()
        enough = False
        for fact in calls:
            method, _, path = fact.value.partition(" ")
            known = graph.accepted(method, path, entry.scheme)
            if known is None or entry.name not in known:
                continue
            if known.least and entry.name not in known.least[:1] and _broader(entry.name, known.least[0], entry.scheme):
                needed.setdefault(known.least[0], []).append(f"{fact.value} ({fact.place})")
                others |= {*known.least, *known.other} - {entry.name}
            else:
                enough = True
        if needed and not enough:
            lower = ", ".join(sorted(needed))
            where = "; ".join(dict.fromkeys(call for places in needed.values() for call in places[:3]))
            message = f"the {entry} is broader than the calls found need: {lower} would do for {where}"
            more = f"accepted too: {', '.join(sorted(others - needed.keys())[:6])}; " if others - needed.keys() else ""
            yield review(
                f"{message} ({more}{version})", entry.place, key=f"{entry.scheme} {entry.name}", sure="derived"
            )


def _broader(name: str, least: str, scheme: graph.Scheme) -> bool:
    have, need = graph.by_name(name, scheme), graph.by_name(least, scheme)
    if have and need and have.level and need.level and have.level != need.level:
        return have.level > need.level
    return graph.breadth(name) > graph.breadth(least)


_REACHES_ALL = re.compile(
    r"(Mail|MailboxSettings|Calendars|Contacts|MailboxItem|MailboxFolder)\.|(Sites|Files)\.(Read|ReadWrite|Manage|FullControl)\.All"
    r"|(ChannelMessage|Chat|ChannelSettings|ChannelMember|TeamSettings|TeamMember|Channel)\.(Read|ReadWrite|ReadBasic|Delete|Create|UpdatePolicyViolation)[\w.]*\.?All$"
)
_MAILBOX = re.compile(r"(Mail|MailboxSettings|Calendars|Contacts|MailboxItem|MailboxFolder)\.")


@rule(
    "tenant-wide-application-permissions",
    why="The app, or whoever holds its credential, reads every mailbox, site or team of the organization.",
    advice="Use Selected permissions, resource-specific consent for Teams, or scoped Exchange roles, no Entra grant.",
)
def tenant_wide_application_permissions(case: Manifest) -> Iterator[Finding]:
    lists = list(case.part("appRoleAssignments"))
    if not lists:
        raise Nothing("the granted application permissions were not exported")
    for app, _ in lists:
        limited = _has_access_policy(case, app)
        for grant in granted(app):
            if grant.scheme != "application" or not grant.known or not _REACHES_ALL.match(grant.name):
                continue
            if _MAILBOX.match(grant.name) and limited:
                continue
            yield refutes(f"the granted {grant} reaches the whole organization", grant.place, key=grant.name)


def _has_access_policy(case: Manifest, app: App) -> bool:
    """Return whether an exported Exchange application access policy restricts *app*."""
    ids = {str(d.get("appId")).lower() for d in (app.application, app.principal) if d and d.get("appId")}
    return any(
        (entry.get("AppId") or "").lower() in ids and entry.get("AccessRight") in ("RestrictAccess", 0)
        for _, policies in case.part("applicationAccessPolicies")
        for _, entry in policies.each("items")
    )


@rule("selected-scope-permissions", why="", advice="")
def selected_scope_permissions(case: Manifest) -> Iterator[Finding]:
    files = [
        grant
        for app, _ in case.part("appRoleAssignments")
        for grant in granted(app)
        if grant.known and grant.name.startswith(("Sites.", "Files.", "Lists.", "ListItems."))
    ]
    if not files:
        raise Nothing("no SharePoint or file permission is granted to the app itself")
    if all(grant.name.endswith(".Selected") for grant in files):
        names = ", ".join(sorted({grant.name for grant in files}))
        yield supports(f"every granted SharePoint and file permission is of the Selected kind: {names}", files[0].place)


@rule("assignable-app-roles", why="", advice="")
def assignable_app_roles(case: Manifest) -> Iterator[Finding]:
    applications = [a for a in _applications(case) if a.get("appRoles")]
    if not applications:
        raise Nothing("no app role is defined")
    for application in applications:
        roles = _roles(application, "User")
        plain = [role for _, role in roles if not re.search(r"(?i)admin|owner|super", str(role.get("value")))]
        if plain:
            names = ", ".join(str(role.get("value")) for _, role in roles)
            yield supports(f"app roles can be assigned to users: {names}", application.place("appRoles"))


@rule(
    "assignment-not-required",
    why="Every account of the tenant, guests too, can sign in, and every app can get a token for the API.",
    advice="Set appRoleAssignmentRequired to true on the service principal and assign users and groups.",
)
def assignment_not_required(case: Manifest) -> Iterator[Finding]:
    name = "appRoleAssignmentRequired"
    looked = [p for p in _principals(case) if p.get(name) is not None]
    if not looked:
        raise Nothing(f"the service principal was exported without {name}")
    for principal in looked:
        if principal.get(name):
            yield supports("only assigned users, groups and apps get tokens", principal.place(name))
        else:
            yield refutes(f"{name} is false", principal.place(name), key=name)


# Claims and published permissions


@rule(
    "all-groups-emitted",
    why="Tokens grow, overflow at 200 groups, and tell every receiver all groups of the user.",
    advice="Set groupMembershipClaims to ApplicationGroup and assign the groups that matter to the app.",
)
def all_groups_emitted(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        words = {word.strip() for word in (application.get("groupMembershipClaims") or "").split(",")}
        if words & {"All", "SecurityGroup"}:
            value = application.get("groupMembershipClaims")
            yield refutes(f"groupMembershipClaims is {value}", application.place("groupMembershipClaims"), key="groups")


@rule(
    "unread-optional-claims",
    why="A claim that nobody reads gives personal data to every holder of the token.",
    advice="Remove the claim from optionalClaims, or read it.",
)
def unread_optional_claims(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    read = {fact.value for fact in case.facts("claim")}
    named = [
        (a, token, at, claim.get("name"))
        for a in applications
        for token in ("idToken", "accessToken", "saml2Token")
        for at, claim in a.each("optionalClaims", token)
        if claim.get("name")
    ]
    if not named or not read:
        raise Nothing("no optional claim is configured, or no claim was seen to be read in source")
    unread = [entry for entry in named if entry[3] not in read]
    for application, token, at, name in unread:
        # Claims are also read by libraries and by names that are put together, so this only asks for a look.
        place = application.place("optionalClaims", token, at)
        message = f"no code was found that reads the optional claim {name}"
        yield review(message, place, key=f"{token} {name}", sure="derived")
    if not unread:
        names = ", ".join(sorted({entry[3] for entry in named}))
        yield supports(f"code reads every optional claim: {names}", named[0][0].place("optionalClaims"), sure="derived")


@rule(
    "mapped-claims-accepted",
    why="An administrator of any tenant can map claims into the tokens that your app trusts.",
    advice="Set api.acceptMappedClaims to null, or give the app a signing key of its own.",
)
def mapped_claims_accepted(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        if application.get("api", "acceptMappedClaims") is True and application.get("signInAudience") in _MULTITENANT:
            place = application.place("api", "acceptMappedClaims")
            yield refutes("api.acceptMappedClaims is true on a multitenant registration", place, key="mapped")


_CATCH_ALL = ("user_impersonation", "access_as_user")
_CATCH_ALL_ROLE = re.compile(r"(?i)(access_as_application|access_as_app|full_?access|app\.?all|default|all)")


@rule(
    "single-catch-all-permission",
    why="A client that only needs to read gets the right to change everything.",
    advice="Publish separate scopes and roles for reading and for changing each kind of data.",
)
def single_catch_all_permission(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        scopes = _scopes(application)
        if len(scopes) == 1 and scopes[0][1].get("value") in _CATCH_ALL:
            place = application.place("api", "oauth2PermissionScopes", scopes[0][0])
            yield refutes(f"the only scope is {scopes[0][1]['value']}", place, key="scope")
        roles = _roles(application, "Application")
        if len(roles) == 1 and _CATCH_ALL_ROLE.fullmatch(str(roles[0][1].get("value"))):
            place = application.place("appRoles", roles[0][0])
            message = f"the only role for applications, {roles[0][1].get('value')}, seems to open everything"
            yield review(message, place, key="role", sure="heuristic")


_PLACEHOLDER = re.compile(r"(?i)\W*(todo|tbd|test|lorem ipsum.*|description|n/?a|x+|foo|change ?me|string|\.+)?\W*")


@rule(
    "permission-text-missing",
    why="Whoever consents cannot know what the permission allows.",
    advice="Write a display name and a description for each scope and role, in the words of the person who consents.",
)
def permission_text_missing(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        entries = [
            (("api", "oauth2PermissionScopes", at), scope, ("adminConsentDisplayName", "adminConsentDescription"))
            for at, scope in _scopes(application)
        ] + [
            (("appRoles", at), role, ("displayName", "description"))
            for at, role in application.each("appRoles")
            if role.get("isEnabled") is not False
        ]  # fmt: skip
        described: dict[str, str] = {}
        for path, entry, names in entries:
            who = str(entry.get("value") or entry.get("id"))
            for name in names:
                text = str(entry.get(name) or "")
                if _PLACEHOLDER.fullmatch(text):
                    message = f"{who}: {name} is {'empty' if not text.strip() else repr(text)}"
                    yield refutes(message, application.place(*path, name), key=f"{who} {name}")
            text = str(entry.get(names[1]) or "").strip().lower()
            if text and text in described and described[text] != who:
                message = f"{who} has the same description as {described[text]}"
                yield refutes(message, application.place(*path, names[1]), key=f"{who} repeated")
            described.setdefault(text, who)


_CHANGES = re.compile(r"(?i)(write|delete|manage|fullcontrol)")


@rule(
    "broad-scope-user-consent",
    why="Any user can hand the scope to a malicious app by one click.",
    advice="Set the scope's type to Admin, or record under user_consent_scopes why users may consent.",
)
def broad_scope_user_consent(case: Manifest) -> Iterator[Finding]:
    reasons = case.declared("user_consent_scopes") or {}
    for application in _applications(case):
        for at, scope in _scopes(application):
            value = str(scope.get("value") or "")
            broad = value.endswith(".All") or _CHANGES.search(value)
            if scope.get("type") == "User" and broad and not str(reasons.get(value, "")).strip():
                place = application.place("api", "oauth2PermissionScopes", at, "type")
                yield refutes(f"users may consent to the scope {value}", place, key=value)


@rule(
    "unknown-preauthorized-clients",
    why="A preauthorized client gets these scopes of every user, and no user is asked.",
    advice="Remove the client, or add it to own_client_ids if it is yours.",
)
def unknown_preauthorized_clients(case: Manifest) -> Iterator[Finding]:
    from ztcheck.collectors.manifest import by_client_id

    entries = [
        (application.place("api", "preAuthorizedApplications", at), entry.get("appId") or "")
        for application in _applications(case)
        for at, entry in application.each("api", "preAuthorizedApplications")
    ]
    if not entries:
        raise Nothing("no client is preauthorized")
    own = {str(item).lower() for item in _known(case, "own_client_ids")} | set(by_client_id(case.everywhere))
    strange = [(place, client) for place, client in entries if client.lower() not in own]
    for place, client in strange:
        yield refutes(f"the preauthorized client {client} is none of your own", place, key=client.lower())
    if not strange:
        yield supports(f"all {len(entries)} preauthorized clients are your own", entries[0][0])


# Sign-in


@rule(
    "password-sso-mode",
    why="Entra ID stores the users' passwords of the app and replays them.",
    advice="Move the app to OpenID Connect or SAML.",
)
def password_sso_mode(case: Manifest) -> Iterator[Finding]:
    for principal in _principals(case):
        if (principal.get("preferredSingleSignOnMode") or "").lower() == "password":
            yield refutes(
                "preferredSingleSignOnMode is password", principal.place("preferredSingleSignOnMode"), key="sso"
            )


@rule(
    "browser-redirects-under-web",
    why="Entra ID refuses to redeem a browser's code for the web platform, so the app falls back to implicit grant.",
    advice="Register the address under the spa platform.",
)
def browser_redirects_under_web(case: Manifest) -> Iterator[Finding]:
    applications = _applications(case)
    kinds = case.profile("app_kinds")
    if "spa" not in kinds or "web-app" in kinds:
        raise Nothing("the profile has no spa, or a web app beside it")
    for application in applications:
        for platform, uri, place in _redirects(application):
            if platform == "web":
                yield refutes(f"the redirect URI {uri} of a single-page app sits under web", place, key=uri)


def _public_only(application: Document) -> bool:
    platforms = {platform for platform, _, _ in _redirects(application)}
    return bool(platforms) and "web" not in platforms and not _scopes(application)


@rule(
    "credentials-on-public-client",
    why="A public client cannot keep a credential; whoever reads the app gets the app's own identity.",
    advice="Remove the secrets and certificates from this registration.",
)
def credentials_on_public_client(case: Manifest) -> Iterator[Finding]:
    looked = [
        a for a in _applications(case) if _public_only(a) and (a.has("passwordCredentials") or a.has("keyCredentials"))
    ]
    if not looked:
        raise Nothing("no registration is used by public clients alone")
    for application in looked:
        count = 0
        for name, word in (("passwordCredentials", "client secret"), ("keyCredentials", "certificate")):
            for at, entry in application.each(name):
                count += 1
                key = str(entry.get("keyId") or at)
                yield refutes(f"a public client's registration holds a {word}", application.place(name, at), key=key)
        if not count and application.has("passwordCredentials") and application.has("keyCredentials"):
            yield supports(
                "the public client's registration holds no credential", application.place("passwordCredentials")
            )


@rule(
    "spa-platform-present",
    why="Tokens in the browser can be read by any script that runs on the page.",
    advice="Keep tokens in a server component and give the browser a session cookie only.",
)
def spa_platform_present(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        for at, uri in application.each("spa", "redirectUris"):
            place = application.place("spa", "redirectUris", at)
            yield refutes(f"tokens are issued to the browser at {uri}", place, key=uri, sure="derived")


# Credentials


def _credentials(case: Manifest) -> Iterator[tuple[Document, str, int, dict[str, Any]]]:
    """Yield the credentials that the app proves itself with; SAML signing certificates are left out."""
    for app in case.apps:
        for document in (app.application, app.principal):
            if document is None:
                continue
            signing = {
                entry.get("keyId") for _, entry in document.each("keyCredentials") if entry.get("usage") == "Sign"
            }
            for name in ("passwordCredentials", "keyCredentials"):
                for at, entry in document.each(name):
                    if entry.get("usage") != "Sign" and (entry.get("keyId") is None or entry["keyId"] not in signing):
                        yield document, name, at, entry


@rule(
    "client-secrets-present",
    why="A secret is copied into settings, logs and tickets, and works from anywhere for whoever finds it.",
    advice="Use a managed identity, a federated credential, or a certificate in a vault, then delete the secret.",
)
def client_secrets_present(case: Manifest) -> Iterator[Finding]:
    """A SAML signing certificate brings a password credential of the same keyId (addTokenSigningCertificate)."""
    documents = [d for app in case.apps for d in (app.application, app.principal) if d and d.has("passwordCredentials")]
    if not documents:
        raise Nothing("the export holds no passwordCredentials")
    count = 0
    for document, name, at, entry in _credentials(case):
        if name != "passwordCredentials":
            continue
        count += 1
        end = when(entry.get("endDateTime"))
        key = str(entry.get("keyId") or at)
        if end and end < case.request.on:
            yield review(f"a client secret that expired on {end} is still listed", document.place(name, at), key=key)
        else:
            until = f" that is valid until {end}" if end else ""
            yield refutes(f"the registration holds a client secret{until}", document.place(name, at), key=key)
    if not count and all(
        d is not None and d.has("passwordCredentials") for app in case.apps for d in (app.application, app.principal)
    ):
        yield supports(
            "neither application nor service principal holds a client secret", documents[0].place("passwordCredentials")
        )


def _limit(case: Manifest) -> int:
    value = case.declared("credential_days")
    return value if isinstance(value, int) else CREDENTIAL_DAYS


@rule(
    "long-lived-credentials",
    why="A leaked credential works until it ends.",
    advice="Replace it by one that ends within the limit, and automate the renewal.",
)
def long_lived_credentials(case: Manifest) -> Iterator[Finding]:
    limit = _limit(case)
    dated = [
        (document.place(name, at), entry, start, end)
        for document, name, at, entry in _credentials(case)
        if (start := when(entry.get("startDateTime"))) and (end := when(entry.get("endDateTime")))
    ]
    live = [item for item in dated if item[3] >= case.request.on]
    if not live:
        raise Nothing("no credential with start and end is registered")
    good = True
    for place, entry, start, end in live:
        key = str(entry.get("keyId") or place)
        if (end - start).days > limit:
            good = False
            yield refutes(f"a credential lives {(end - start).days} days, more than {limit}", place, key=key)
        elif (end - case.request.on).days <= SOON_DAYS:
            good = False
            yield review(f"a credential ends on {end}: renew it", place, key=f"{key} ends")
    if good:
        yield supports(f"all {len(live)} credentials end within {limit} days", live[0][0])


@rule(
    "overdue-rotation",
    why="A credential that was never replaced shows that rotation does not run.",
    advice="Replace the credential now, and let a job do it from then on.",
)
def overdue_rotation(case: Manifest) -> Iterator[Finding]:
    limit = _limit(case)
    dated = [
        (start, document.place(name, at), entry)
        for document, name, at, entry in _credentials(case)
        if (start := when(entry.get("startDateTime")))
    ]
    if not dated:
        raise Nothing("no dated credential is registered")
    start, place, entry = max(dated, key=lambda item: item[0])
    age = (case.request.on - start).days
    if age > limit:
        message = f"the newest credential was made on {start}, more than {limit} days ago"
        yield refutes(message, place, key=str(entry.get("keyId") or "newest"))


_GITHUB = "https://token.actions.githubusercontent.com"
_WITH_IDS = re.compile(r"repo:[^/@]+@\d+/[^:@]+@\d+:")


def _subject_fault(entry: dict[str, Any]) -> str | None:
    """Return what is loose about a federated credential, or None (federatedIdentityCredential, Microsoft Graph)."""
    issuer, subject, audiences = entry.get("issuer"), entry.get("subject"), entry.get("audiences") or []
    expression = str((entry.get("claimsMatchingExpression") or {}).get("value") or "")
    if not issuer:
        return "names no issuer"
    if not issuer.startswith("https://"):
        return "has an issuer without https"
    if len(audiences) != 1:
        return f"accepts {len(audiences)} audiences, not one"
    if not subject and not expression:
        return "names no subject"
    if not subject:
        return f"matches a pattern with wildcards: {expression}" if "*" in expression or "?" in expression else None
    if "*" in subject or "?" in subject:
        return f"has a wildcard in its subject: {subject}"
    if subject.endswith(":pull_request"):
        return f"trusts any pull request: {subject}"
    return None


@rule(
    "loose-federated-subjects",
    why="Whoever can run a workflow that fits the subject gets the app's identity.",
    advice="Name one literal subject, such as repo:OWNER@ID/REPO@ID:environment:production, and one audience.",
)
def loose_federated_subjects(case: Manifest) -> Iterator[Finding]:
    entries = [
        (d.place("items", at), e) for _, d in case.part("federatedIdentityCredentials") for at, e in d.each("items")
    ]
    if not entries:
        raise Nothing("no federated identity credential was exported")
    loose = False
    by_name = []
    for place, entry in entries:
        fault = _subject_fault(entry)
        who = entry.get("name") or entry.get("id") or "a federated credential"
        if fault:
            loose = True
            yield refutes(f"{who} {fault}", place, key=f"{who} {entry.get('subject')}")
        elif str(entry.get("issuer")).rstrip("/") == _GITHUB and not _WITH_IDS.match(str(entry.get("subject"))):
            by_name.append(str(entry.get("subject")))
    if not loose:
        note = f"; by name only, which can be reused: {', '.join(by_name)}" if by_name else ""
        yield supports(f"all {len(entries)} federated credentials name one exact subject{note}", entries[0][0])


# Grants


@rule(
    "granted-but-unused",
    why="A grant that no code uses only serves an attacker.",
    advice="Remove the grant and the request if the permission is not needed.",
)
def granted_but_unused(case: Manifest) -> Iterator[Finding]:
    """Asks for a look only: a call may be built at run time, or be missing in Microsoft's data."""
    _source_ran(case)
    grants = [g for app in case.apps for g in granted(app) if g.known and g.name not in OPENID]
    if not grants:
        raise Nothing("no granted Graph permission was exported")
    calls = [fact.value.partition(" ") for fact in case.facts("graph-call")]
    dynamic = len(case.facts("graph-call-dynamic"))
    hint = f"; {dynamic} calls with addresses built at run time were not judged" if dynamic else ""
    for grant in grants:
        fits = (graph.accepted(method, path, grant.scheme) for method, _, path in calls)
        if not any(known and grant.name in known for known in fits):
            version = graph.source()["date"]
            message = f"no call found that accepts the granted {grant}{hint} (Microsoft's data of {version})"
            yield review(message, grant.place, key=f"{grant.scheme} {grant.name}", sure="derived")


@rule(
    "granted-but-undeclared",
    why="A leftover grant gives the app more than its registration says, and no review of the registration finds it.",
    advice="Remove the grant, or declare the permission if it is needed.",
)
def granted_but_undeclared(case: Manifest) -> Iterator[Finding]:
    looked = False
    for app in case.apps:
        if app.application is None or not app.application.has("requiredResourceAccess"):
            continue
        asked = list(requested(app.application))
        ids = {(entry.scheme, entry.id) for entry in asked}
        for grant in granted(app):
            looked = True
            if grant.known and grant.name not in OPENID and (grant.scheme, grant.id) not in ids:
                message = f"{grant} is granted but not in requiredResourceAccess"
                yield refutes(message, grant.place, key=f"{grant.scheme} {grant.name}")
    if not looked:
        raise Nothing("grants and requiredResourceAccess were not both exported")


@rule(
    "declared-not-granted",
    why="The registration asks for what it does not have: either the code does not need it, or it fails without.",
    advice="Remove the entry, or have an administrator grant it.",
)
def declared_not_granted(case: Manifest) -> Iterator[Finding]:
    looked = False
    for app in case.apps:
        if app.application is None:
            continue
        grants = list(granted(app))
        roles = {grant.id for grant in grants if grant.scheme == "application"}
        scopes = {grant.name.lower() for grant in grants if grant.scheme == "delegated" and grant.for_all}
        for entry in requested(app.application):
            if entry.scheme == "application" and "appRoleAssignments" in app.parts:
                looked = True
                missing = entry.id not in roles
            elif entry.known and entry.known.admin and "oauth2PermissionGrants" in app.parts:
                looked = True
                missing = entry.name.lower() not in scopes
            else:
                continue
            if missing:
                yield refutes(
                    f"the {entry} is declared but not granted", entry.place, key=f"{entry.scheme} {entry.name}"
                )
    if not looked:
        raise Nothing("grants and requiredResourceAccess were not both exported")


@rule(
    "scopes-not-declared",
    why="An administrator who reviews the registration does not see what the code asks for.",
    advice="Add the scope to requiredResourceAccess, even where it is asked for only when needed.",
)
def scopes_not_declared(case: Manifest) -> Iterator[Finding]:
    _once(case)
    asked = {e.name.lower() for app in case.everywhere if app.application for e in requested(app.application)}
    _applications(case)
    wanted = []
    for fact in case.facts("scope"):
        name = fact.value.removeprefix("https://graph.microsoft.com/")
        if name not in OPENID and graph.by_name(name, "delegated"):
            wanted.append((name, fact))
    if not wanted:
        raise Nothing("no Graph scope is requested in source")
    for name, fact in wanted:
        if name.lower() not in asked:
            message = f"code requests the scope {name}, which no exported registration declares"
            yield refutes(message, fact.place, key=name, sure="derived")


# Publisher


@rule(
    "publisher-unverified",
    why="Customers cannot tell your app from one that copies its name.",
    advice="Link the registration to your verified partner account.",
)
def publisher_unverified(case: Manifest) -> Iterator[Finding]:
    looked = [a for a in _applications(case) if a.has("verifiedPublisher")]
    if not looked:
        raise Nothing("the export holds no verifiedPublisher")
    for application in looked:
        place = application.place("verifiedPublisher")
        if application.get("verifiedPublisher", "verifiedPublisherId"):
            yield supports("the publisher is verified", place)
        else:
            yield refutes("verifiedPublisher.verifiedPublisherId is not set", place, key="publisher")


@rule(
    "publisher-domain-default",
    why="The consent page shows a domain that says nothing about who you are.",
    advice="Set a publisher domain that you own and have verified.",
)
def publisher_domain_default(case: Manifest) -> Iterator[Finding]:
    for application in _applications(case):
        if not application.has("publisherDomain"):
            continue
        domain = (application.get("publisherDomain") or "").lower()
        if not domain or domain.endswith(".onmicrosoft.com"):
            message = f"publisherDomain is {domain or 'empty'}"
            yield refutes(message, application.place("publisherDomain"), key="domain")
