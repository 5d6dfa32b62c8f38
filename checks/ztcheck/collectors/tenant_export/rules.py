"""The checks of the tenant-export collector."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ztcheck.collectors.checking import Nothing, NotRun, Rules, refutes, review, supports, when

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.tenant_export import Tenant
    from ztcheck.evidence import Finding, Place

RULES = Rules()
rule = RULES.rule

IDLE_DAYS = 90
RETENTION_DAYS = 365
# authenticationStrengthPolicy: combinations that resist phishing, and the id of the built-in strength of the same name.
_RESISTANT = {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor"}
_RESISTANT_ID = "00000000-0000-0000-0000-000000000004"
_POLICIES = "conditional_access_policies"


def _parts(policy: dict[str, Any], *path: str) -> list[str]:
    """Return the list of texts at *path* of *policy*, empty where there is none."""
    value: Any = policy
    for part in path:
        value = (value or {}).get(part)
    return [item for item in value or () if item]


def _policies(case: Tenant) -> list[tuple[Place, dict[str, Any]]]:
    """Return the enabled Conditional Access policies; report-only ones change nothing."""
    return [
        (document.place("items", at), policy)
        for document in case.export(_POLICIES)
        for at, policy in document.each("items")
        if policy.get("state") == "enabled"
    ]


def _covers(policy: dict[str, Any], ids: frozenset[str]) -> bool:
    """Whether *policy* is for all resources or for one of *ids*, and leaves none of them out."""
    included = {item.lower() for item in _parts(policy, "conditions", "applications", "includeApplications")}
    excluded = {item.lower() for item in _parts(policy, "conditions", "applications", "excludeApplications")}
    return ("all" in included or not included.isdisjoint(ids)) and excluded.isdisjoint(ids)


def _narrowed(policy: dict[str, Any]) -> list[str]:
    """Return what keeps *policy* from applying to everybody, always."""
    conditions = policy.get("conditions") or {}
    found = []
    if "All" not in _parts(policy, "conditions", "users", "includeUsers"):
        found.append("some users only")
    for name in ("signInRiskLevels", "userRiskLevels", "platforms"):
        value = conditions.get(name)
        platforms = _parts(policy, "conditions", "platforms", "includePlatforms")
        if value and not (name == "platforms" and (not platforms or "all" in platforms)):
            found.append(name)
    locations = {item.lower() for item in _parts(policy, "conditions", "locations", "includeLocations")}
    if (locations and "all" not in locations) or _parts(policy, "conditions", "locations", "excludeLocations"):
        found.append("some locations only")
    return found


def _left_out(policy: dict[str, Any]) -> str:
    counts = [
        f"{len(_parts(policy, 'conditions', 'users', name))} {word}"
        for name, word in (("excludeUsers", "users"), ("excludeGroups", "groups"), ("excludeRoles", "roles"))
        if _parts(policy, "conditions", "users", name)
    ]
    return f"; left out: {', '.join(counts)}" if counts else ""


def _others(policy: dict[str, Any], *, but: set[str]) -> list[str]:
    """Return the grant controls of *policy* beside those named in *but*."""
    controls = set(_parts(policy, "grantControls", "builtInControls")) - but
    controls |= set(_parts(policy, "grantControls", "customAuthenticationFactors"))
    controls |= set(_parts(policy, "grantControls", "termsOfUse"))
    return sorted(controls)


def _resistant(policy: dict[str, Any]) -> bool:
    strength = (policy.get("grantControls") or {}).get("authenticationStrength") or {}
    combinations = set(_parts(policy, "grantControls", "authenticationStrength", "allowedCombinations"))
    return combinations <= _RESISTANT if combinations else strength.get("id") == _RESISTANT_ID


@rule(
    "conditional-access-strength",
    why="A relayed sign-in page takes passwords, codes and approvals, and the session with them.",
    advice="Enable a policy for this app that demands a phishing-resistant authentication strength from all users.",
)
def conditional_access_strength(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    found = [(place, policy) for place, policy in _policies(case) if _covers(policy, own) and _resistant(policy)]
    strict = []
    for place, policy in found:
        name = policy.get("displayName") or policy.get("id")
        either = (policy.get("grantControls") or {}).get("operator") == "OR" and _others(policy, but=set())
        narrowed = _narrowed(policy)
        if either:
            message = f"the policy {name} admits {', '.join(either)} in place of its strength"
            yield review(message, place, key=f"{name} or")
        elif narrowed:
            yield review(f"the policy {name} applies with limits: {', '.join(narrowed)}", place, key=f"{name} narrow")
        else:
            strict.append((place, name, policy))
    if strict:
        place, name, policy = strict[0]
        yield supports(f"the policy {name} demands phishing-resistant sign-in{_left_out(policy)}", place)
    elif not found:
        where = case.export(_POLICIES)[0].place("items")
        yield refutes("no enabled policy demands phishing-resistant sign-in for this app", where, key="none")


@rule(
    "users-can-register-apps",
    why="Any user can register an app that asks colleagues for consent.",
    advice="Set allowedToCreateApps to false and give the Application Developer role to who needs it.",
)
def users_can_register_apps(case: Tenant) -> Iterator[Finding]:
    path = ("defaultUserRolePermissions", "allowedToCreateApps")
    looked = [d for d in case.export("authorization_policy") if d.get(*path) is not None]
    if not looked:
        raise Nothing("the export holds no allowedToCreateApps")
    for document in looked:
        if document.get(*path):
            yield refutes("every user may register applications", document.place(*path), key="register")
        else:
            yield supports("users may not register applications", document.place(*path))


@rule(
    "overprivileged-recommendation",
    why="Entra has seen that the app does not use what it was granted.",
    advice="Remove the permissions that the recommendation names.",
)
def overprivileged_recommendation(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    for document in case.export("recommendations"):
        for at, entry in document.each("items"):
            if entry.get("recommendationType") != "overprivilegedApps" or entry.get("status") in _DONE:
                continue
            for index, resource in enumerate(entry.get("impactedResources") or ()):
                ids = {str((resource or {}).get(name)).lower() for name in ("id", "subjectId")}
                if not ids.isdisjoint(own) and (resource or {}).get("status") not in _DONE:
                    place = document.place("items", at, "impactedResources", index)
                    name = resource.get("displayName") or resource.get("subjectId")
                    yield refutes(f"Entra recommends to reduce the permissions of {name}", place, key=str(name))


_SECRETS = ("passwordAddition", "passwordLifetime")
_DONE = ("completedBySystem", "completedByUser", "dismissed")
_MAILBOX = re.compile(r"(Mail|MailboxSettings|Calendars|Contacts|MailboxItem|MailboxFolder)\.")


@rule("exchange-application-scope", why="", advice="")
def exchange_application_scope(case: Tenant) -> Iterator[Finding]:
    """A grant made in Entra adds to the scoped role and is not narrowed by it."""
    own = case.own()
    granted = [fact.value for fact in case.request.facts if fact.kind == "granted-role" and _MAILBOX.match(fact.value)]
    mine = [
        (document.place("items", at), entry)
        for document in case.export("exchange_role_assignments")
        for at, entry in document.each("items")
        if own & {str(entry.get(name)).lower() for name in ("App", "RoleAssignee", "RoleAssigneeName")}
    ]
    if not mine:
        raise Nothing("no exported role assignment is this app's")
    scopes = ("CustomResourceScope", "RecipientAdministrativeUnitScope")
    if not granted and all(any(entry.get(name) for name in scopes) for _, entry in mine):
        names = ", ".join(sorted({str(entry.get("Role")) for _, entry in mine}))
        yield supports(f"mailbox access is limited by a scope: {names}", mine[0][0])


# Sign-ins


def _sign_ins(case: Tenant, protocol: str, what: str) -> Iterator[Finding]:
    own = case.own()
    for document in case.export("sign_ins"):
        mine = [
            (at, entry)
            for at, entry in document.each("items")
            if str(entry.get("appId")).lower() in own and entry.get("authenticationProtocol") == protocol
        ]
        if mine:
            at, entry = mine[0]
            name = entry.get("appDisplayName") or entry.get("appId")
            days = sorted({str(day) for _, item in mine if (day := when(item.get("createdDateTime")))})
            last = f", last on {days[-1]}" if days else ""
            message = f"{len(mine)} sign-ins to {name} used {what}{last}"
            yield refutes(message, document.place("items", at), key=f"{entry.get('appId')} {protocol}")


@rule(
    "password-grant-sign-ins",
    why="The app takes users' passwords, so no multifactor or passwordless sign-in protects them.",
    advice="Find the code that sends grant_type=password and move it to an interactive flow.",
)
def password_grant_sign_ins(case: Tenant) -> Iterator[Finding]:
    yield from _sign_ins(case, "ropc", "the password grant")


@rule(
    "device-code-sign-ins",
    why="An attacker starts the flow and gets the session of the user who types the code in.",
    advice="Move to the authorization code flow with PKCE, or record the exception.",
)
def device_code_sign_ins(case: Tenant) -> Iterator[Finding]:
    exceptions = case.declared("device_code_exceptions") or {}
    components = {item.component for item in case.request.team.evidence}
    elsewhere = case.component is not None and all(name in components - {case.component} for name in exceptions)
    if exceptions and not elsewhere:
        raise Nothing("an exception for device code flow is recorded")
    yield from _sign_ins(case, "deviceCode", "device code flow")


@rule(
    "service-password-sign-ins",
    why="An unattended program holds a user's password, with that user's rights and without a second factor.",
    advice="Give the program a managed identity or an application of its own.",
)
def service_password_sign_ins(case: Tenant) -> Iterator[Finding]:
    yield from _sign_ins(case, "ropc", "a user's password")


def _last(activity: Any) -> Any:
    days = [when((activity or {}).get(name)) for name in ("lastSignInDateTime", "lastNonInteractiveSignInDateTime")]
    return max((day for day in days if day), default=None)


@rule(
    "idle-service-principals",
    why="Nobody notices when an identity that nobody uses is used by somebody else.",
    advice="Remove the identity, or disable it first and wait.",
)
def idle_service_principals(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    seen: dict[str, tuple[Place, Any]] = {}
    documents = case.export("service_principal_sign_in_activities")
    for document in documents:
        for at, entry in document.each("items"):
            app = str(entry.get("appId")).lower()
            if app in own:
                seen[app] = (document.place("items", at), _last(entry.get("lastSignInActivity")))
    if not seen:
        raise Nothing("the report does not hold this app")
    idle = False
    for app, (place, day) in seen.items():
        if day is None or (case.request.on - day).days > IDLE_DAYS:
            idle = True
            since = f"since {day}" if day else "at all"
            yield refutes(f"the service principal of {app} has not signed in {since}", place, key=app)
    if not idle:
        place = next(iter(seen.values()))[0]
        yield supports(f"all {len(seen)} service principals signed in within {IDLE_DAYS} days", place)


@rule(
    "idle-credentials",
    why="A forgotten credential is a way in that nobody watches.",
    advice="Remove the credential.",
)
def idle_credentials(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    for document in case.export("app_credential_sign_in_activities"):
        for at, entry in document.each("items"):
            end = when(entry.get("expirationDateTime"))
            if str(entry.get("appId")).lower() not in own or (end and end < case.request.on):
                continue
            day = _last(entry.get("signInActivity"))
            if day is None or (case.request.on - day).days > IDLE_DAYS:
                kind = {"clientSecret": "client secret"}.get(entry.get("keyType"), entry.get("keyType") or "credential")
                since = f"since {day}" if day else "at all"
                key = str(entry.get("keyId"))
                yield refutes(f"the {kind} {key} has not been used {since}", document.place("items", at), key=key)


# Policies


@rule(
    "app-management-policy",
    why="Any owner can add a secret that lives for years.",
    advice="Enable the tenant's app management policy with a restriction on new or long-lived secrets.",
)
def app_management_policy(case: Tenant) -> Iterator[Finding]:
    for document in case.export("default_app_management_policy"):
        if document.get("isEnabled") is not True:
            place = document.place("isEnabled")
            yield refutes("the tenant's app management policy is not enabled", place, key="enabled")
            continue
        base = ("applicationRestrictions", "passwordCredentials")
        live = [
            (at, entry)
            for at, entry in document.each(*base)
            if entry.get("restrictionType") in _SECRETS and entry.get("state") == "enabled"
        ]
        if live:
            at, entry = live[0]
            after = when(entry.get("restrictForAppsCreatedAfterDateTime"))
            note = f"; apps made before {after} are left out" if after else ""
            message = f"the restriction {entry.get('restrictionType')} is in force{note}"
            yield supports(message, document.place(*base, at))
        else:
            place = document.place(*base)
            yield refutes("no enabled restriction covers new or long-lived secrets", place, key="restriction")


@rule(
    "workload-location-policy",
    why="A stolen credential of the app works from any network.",
    advice="Enable a policy for the service principal that blocks all locations but named ones.",
)
def workload_location_policy(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    for place, policy in _policies(case):
        clients = ("conditions", "clientApplications")
        included = {item.lower() for item in _parts(policy, *clients, "includeServicePrincipals")}
        excluded = {item.lower() for item in _parts(policy, *clients, "excludeServicePrincipals")}
        covers = ("serviceprincipalsinmytenant" in included or included & own) and not excluded & own
        everywhere = "All" in _parts(policy, "conditions", "locations", "includeLocations")
        but = _parts(policy, "conditions", "locations", "excludeLocations")
        if covers and everywhere and but and "block" in _parts(policy, "grantControls", "builtInControls"):
            name = policy.get("displayName") or policy.get("id")
            yield supports(f"the policy {name} blocks the app outside {len(but)} named locations", place)
            return
    where = case.export(_POLICIES)[0].place("items")
    yield refutes("no enabled policy limits the app's service principal to named locations", where, key="none")


@rule(
    "admin-consent-workflow",
    why="Users who cannot ask find another way, or administrators consent without a record.",
    advice="Enable the admin consent workflow and name reviewers.",
)
def admin_consent_workflow(case: Tenant) -> Iterator[Finding]:
    for document in case.export("admin_consent_request_policy"):
        if document.get("isEnabled") is not True:
            yield refutes("the admin consent workflow is not enabled", document.place("isEnabled"), key="enabled")
        elif not document.get("reviewers"):
            yield refutes("the admin consent workflow has no reviewers", document.place("reviewers"), key="reviewers")
        else:
            count = len(document.get("reviewers"))
            message = f"users can ask for consent; the policy names reviewers in {count} entries"
            yield supports(message, document.place("reviewers"))


_SELF = "ManagePermissionGrantsForSelf."
_NARROW = ("microsoft-user-default-low", "microsoft-user-default-recommended")


@rule(
    "user-consent-policy",
    why="One click of a user gives a malicious app lasting access to their mail and files.",
    advice="Assign microsoft-user-default-low, or no ManagePermissionGrantsForSelf policy, to the default user role.",
)
def user_consent_policy(case: Tenant) -> Iterator[Finding]:
    """microsoft-user-default-low: own apps and verified publishers, permissions classified as low."""
    path = ("defaultUserRolePermissions", "permissionGrantPoliciesAssigned")
    looked = [d for d in case.export("authorization_policy") if d.get(*path) is not None]
    if not looked:
        raise Nothing("the export holds no permissionGrantPoliciesAssigned")
    lists = [document for kind, document in case.exports if kind == "permission_grant_policies"]
    known = {policy.get("id"): policy for document in lists for _, policy in document.each("items")}
    for document in looked:
        good = True
        for at, assigned in document.each(*path):
            if not assigned.startswith(_SELF):
                continue
            name = assigned.removeprefix(_SELF)
            place = document.place(*path, at)
            if name == "microsoft-user-default-low":
                continue
            if name == "microsoft-user-default-legacy":
                yield refutes("users may consent to any app", place, key=name)
            elif name in _NARROW:
                yield review(f"users may consent as Microsoft's policy {name} says, which changes", place, key=name)
            elif name not in known:
                yield review(f"the policy {name} was not exported: its condition sets are not known", place, key=name)
            elif _wide(known[name]):
                message = f"the policy {name} lets users consent beyond low-risk permissions of verified publishers"
                yield refutes(message, place, key=name)
            else:
                continue
            good = False
        if good:
            message = f"users may consent at most to low-risk permissions of verified publishers{_classified(case)}"
            yield supports(message, document.place(*path))


def _wide(policy: dict[str, Any]) -> bool:
    """Whether a condition set lets in more than low-risk permissions of verified or own apps."""
    for entry in policy.get("includes") or ():
        if not entry:
            continue
        low = entry.get("permissionClassification") == "low"
        tenants = [tenant for tenant in entry.get("clientApplicationTenantIds") or () if tenant]
        apps = [app for app in entry.get("clientApplicationIds") or () if app]
        own = bool(tenants and "all" not in tenants) or bool(apps and "all" not in apps)
        if not (low and (entry.get("clientApplicationsFromVerifiedPublisherOnly") or own)):
            return True
    return False


def _classified(case: Tenant) -> str:
    names = sorted(
        str(entry.get("permissionName"))
        for name, document in case.exports
        if name == "delegated_permission_classifications"
        for _, entry in document.each("items")
        if entry.get("classification") == "low"
    )
    return f"; low are: {', '.join(names[:20])}" if names else ""


@rule(
    "code-host-device-policy",
    why="A session on an unmanaged computer can be stolen by any program there.",
    advice="Enable a policy for the code host's application that demands a compliant or hybrid joined device.",
)
def code_host_device_policy(case: Tenant) -> Iterator[Finding]:
    declared = case.declared("code_host_app_ids")
    if not declared:
        raise Nothing("the team's file declares no code_host_app_ids")
    ids = frozenset(str(item).lower() for item in declared)
    managed = {"compliantDevice", "domainJoinedDevice"}
    narrow = False
    for place, policy in _policies(case):
        controls = set(_parts(policy, "grantControls", "builtInControls"))
        if not _covers(policy, ids) or not controls & managed:
            continue
        name = policy.get("displayName") or policy.get("id")
        strength = (policy.get("grantControls") or {}).get("authenticationStrength")
        alone = not _others(policy, but=managed) and not strength
        if (policy.get("grantControls") or {}).get("operator") == "OR" and not alone:
            narrow = True
            message = f"the policy {name} admits other controls in place of a managed device"
            yield review(message, place, key=f"{name} or")
        elif limits := _narrowed(policy):
            narrow = True
            yield review(f"the policy {name} applies with limits: {', '.join(limits)}", place, key=f"{name} narrow")
        else:
            yield supports(f"the policy {name} demands a managed device{_left_out(policy)}", place)
            return
    if not narrow:
        where = case.export(_POLICIES)[0].place("items")
        yield refutes("no enabled policy demands a managed device for the code host", where, key="none")


# Logs

_CATEGORIES = (
    "AuditLogs", "SignInLogs", "NonInteractiveUserSignInLogs", "ServicePrincipalSignInLogs",
    "ManagedIdentitySignInLogs",
)  # fmt: skip


@rule(
    "log-categories-not-exported",
    why="What is not exported is gone after days, and no alert rule can see it.",
    advice="Add the category to a diagnostic setting of Microsoft Entra ID.",
)
def log_categories_not_exported(case: Tenant) -> Iterator[Finding]:
    documents = case.export("diagnostic_settings")
    exported = {
        (log or {}).get("category")
        for document in documents
        for _, setting in document.each("items")
        for log in (setting.get("properties") or {}).get("logs") or ()
        if (log or {}).get("enabled") is True
    }
    for category in _CATEGORIES:
        if category not in exported:
            yield refutes(f"the log category {category} is exported nowhere", documents[0].place("items"), key=category)


_EVENTS = (
    ("sign-ins", re.compile(r"(?i)(SigninLogs|AAD(ServicePrincipal|NonInteractiveUser|ManagedIdentity)SignInLogs)")),
    ("consent grants", re.compile(r"(?i)Consent to app|Add delegated permission grant|Add app role assignment")),
    ("credential changes", re.compile(r"(?i)Certificates and secrets management|Add service principal credentials")),
)  # fmt: skip


@rule("identity-alert-rules", why="", advice="")
def identity_alert_rules(case: Tenant) -> Iterator[Finding]:
    own = case.own()
    documents = case.export("alert_rules")
    seen: dict[str, str] = {}
    for document in documents:
        for _, entry in document.each("items"):
            properties = entry.get("properties") or {}
            query = str(properties.get("query") or "")
            guids = {guid.lower() for guid in re.findall(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", query)}
            if properties.get("enabled") is not True or (guids and guids.isdisjoint(own)):
                continue
            for kind, pattern in _EVENTS:
                if pattern.search(query):
                    seen.setdefault(kind, str(properties.get("displayName") or entry.get("name")))
    if len(seen) == len(_EVENTS):
        names = ", ".join(f"{kind} ({name})" for kind, name in seen.items())
        yield supports(f"enabled rules watch {names}", documents[0].place("items"), sure="derived")


@rule(
    "log-retention",
    why="Attacks are found months later; a log that is gone, or that the attacker could change, tells nothing.",
    advice="Keep the logs for 365 days in a store with an immutability policy or of another owner.",
)
def log_retention(case: Tenant) -> Iterator[Finding]:
    declared = [str(name).lower() for name in case.declared("log_stores") or ()]
    if not declared:
        raise Nothing("the team's file declares no log_stores")
    stores = [
        (document, at, store)
        for document in case.export("log_stores")
        for at, store in document.each("items")
        if {str(store.get("id")).lower(), str(store.get("name")).lower()} & set(declared)
    ]
    if not stores:
        raise Nothing("no declared log store was exported")
    owned = False
    good = True
    for document, at, store in stores:
        name = store.get("name") or store.get("id")
        place = document.place("items", at, "properties")
        properties = store.get("properties") or {}
        locked = properties.get("immutableStorageWithVersioning") or {}
        policy = locked.get("immutabilityPolicy") or {}
        kept = properties.get("retentionInDays") or policy.get("immutabilityPeriodSinceCreationInDays") or 0
        # Log Analytics: -1 keeps for ever.
        if kept != -1 and kept < RETENTION_DAYS:
            good = False
            yield refutes(
                f"the log store {name} keeps logs for {kept} days, not {RETENTION_DAYS}", place, key=str(name)
            )
        elif not (locked.get("enabled") and policy.get("state") == "Locked"):
            owned = True
    if good and owned:
        raise NotRun("retention is long enough, but the export does not say who can change the store")
    if good:
        document, at, _ = stores[0]
        yield supports(f"all {len(stores)} log stores keep logs long enough and locked", document.place("items", at))
