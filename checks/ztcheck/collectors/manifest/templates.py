"""Reads registrations from templates: Terraform's `azuread` provider and Bicep's Microsoft Graph extension.

The result has the shape of Microsoft Graph, with lines in place of pointers. What a template computes is not known
here: it is left out, and a document that lacks something so is marked as partial and never supports a practice.
Sources: documentation of the azuread provider's resources; Microsoft Graph's resource types, whose property names
Bicep uses.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ztcheck import graph, jsonfile
from ztcheck.collectors.checking import Document, Part, checked
from ztcheck.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ztcheck.collectors.manifest.documents import Kind

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 60
_MISSING = "needs tree-sitter: pip install 'ztcheck[templates]'"


@dataclass(frozen=True)
class Computed:
    """A value that the template computes; *text* is its source."""

    text: str


@dataclass
class Resource:
    """One resource of a template: *type* and *name*, its values, and the line of each path in them."""

    path: str
    line: int
    type: str
    name: str
    values: dict[str, Any] = field(default_factory=dict)
    lines: dict[tuple[Part, ...], int] = field(default_factory=dict)
    parent: Resource | None = None


def read(raw: bytes, path: str) -> list[Resource]:
    """Return the resources of the template *path* that speak of registrations.

    Raises InputError when it cannot be parsed, or the parser is not installed.
    """
    if len(raw) > MAX_BYTES:
        raise InputError(Problem(f"is larger than {MAX_BYTES:,} bytes", path=path))
    text = jsonfile.decode(raw, path).encode()
    try:
        import tree_sitter

        grammar = importlib.import_module("tree_sitter_hcl" if path.endswith(".tf") else "tree_sitter_bicep")
    except ImportError:
        raise InputError(Problem(_MISSING, path=path)) from None
    root = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(text).root_node
    reader = _Reader(path)
    fault = _fault(root, path)
    if fault is not None:
        raise InputError(Problem("cannot be parsed", path, fault.start_point[0] + 1, fault.start_point[1] + 1))
    return list(reader.terraform(root) if path.endswith(".tf") else reader.bicep(root, None))


def _fault(root: Any, path: str) -> Any:
    """Return the first syntax error that matters, or None.

    The Bicep grammar does not know the line that loads the extension, and no error outside a resource matters there.
    """
    if path.endswith(".tf"):
        faults = [root] if root.type == "ERROR" else [node for node in root.children if node.has_error]
        return faults[0] if faults else None
    errors = [root, *root.children]
    return next((node for node in errors if node.type == "ERROR" and b"Microsoft.Graph/" in node.text), None)


class _Reader:
    """Turns syntax nodes into values."""

    def __init__(self, path: str) -> None:
        self.path = path

    # Terraform

    def terraform(self, root: Any) -> Iterator[Resource]:
        body = next((node for node in root.named_children if node.type == "body"), None)
        for block in body.named_children if body else ():
            words = [self.word(node) for node in block.named_children if node.type in ("identifier", "string_lit")]
            if (
                block.type != "block"
                or len(words) != 3
                or words[0] != "resource"
                or not words[1].startswith("azuread_")
            ):
                continue
            resource = Resource(self.path, block.start_point[0] + 1, words[1], words[2])
            self.block(block, resource.values, resource.lines, (), 0)
            yield resource

    def block(
        self, node: Any, values: dict[str, Any], lines: dict[tuple[Part, ...], int], at: tuple[Part, ...], depth: int
    ) -> None:
        self.guard(node, depth)
        body = next((child for child in node.named_children if child.type == "body"), None)
        for child in body.named_children if body else ():
            line = child.start_point[0] + 1
            if child.type == "attribute":
                name = self.word(child.named_children[0])
                lines[(*at, name)] = line
                values[name] = self.expression(child.named_children[-1], lines, (*at, name), depth + 1)
            elif child.type == "block":
                words = [self.word(n) for n in child.named_children if n.type in ("identifier", "string_lit")]
                if words[0] == "dynamic" and len(words) > 1:
                    lines[(*at, words[1])] = line
                    values[words[1]] = Computed("dynamic")
                    continue
                entries = values.setdefault(words[0], [])
                if isinstance(entries, list):
                    inner: dict[str, Any] = {}
                    place = (*at, words[0], len(entries))
                    lines[place] = line
                    lines.setdefault((*at, words[0]), line)
                    entries.append(inner)
                    self.block(child, inner, lines, place, depth + 1)

    def expression(self, node: Any, lines: dict[tuple[Part, ...], int], at: tuple[Part, ...], depth: int) -> Any:
        self.guard(node, depth)
        named = node.named_children
        match node.type:
            case "expression" | "literal_value" | "collection_value" | "parenthesized_expression" if len(named) == 1:
                return self.expression(named[0], lines, at, depth + 1)
            case "string_lit" | "string":
                return self.string(node)
            case "numeric_lit" | "number":
                text = node.text.decode()
                return int(text) if re.fullmatch(r"-?\d{1,15}", text) else Computed(text)
            case "bool_lit" | "boolean":
                return node.text == b"true"
            case "null_lit" | "null":
                return None
            case "tuple" | "array":
                items: list[Any] = []
                for child in named:
                    if child.type in ("tuple_start", "tuple_end", "comment"):
                        continue
                    lines[(*at, len(items))] = child.start_point[0] + 1
                    items.append(self.expression(child, lines, (*at, len(items)), depth + 1))
                return items
        return Computed(node.text.decode("utf-8", "replace")[:300])

    # Bicep

    def bicep(self, root: Any, parent: Resource | None) -> Iterator[Resource]:
        for node in root.named_children:
            if node.type == "resource_declaration":
                yield from self.declaration(node, parent)

    def declaration(self, node: Any, parent: Resource | None) -> Iterator[Resource]:
        strings = [child for child in node.named_children if child.type == "string"]
        kind = self.string(strings[0]) if strings else ""
        full = str(kind).split("@")[0].lower()
        if parent and "/" not in full:
            full = f"{parent.type}/{full}"
        body = next((child for child in node.named_children if child.type in ("object", "if_statement")), None)
        if body is not None and body.type == "if_statement":
            body = next((child for child in body.named_children if child.type == "object"), None)
        if not full.startswith("microsoft.graph/") or body is None:
            return
        line = node.start_point[0] + 1
        if node.has_error:
            raise InputError(Problem(f"the resource {kind} cannot be parsed", self.path, line))
        resource = Resource(self.path, line, full, self.word(node.named_children[0]), parent=parent)
        yield resource
        for inner in self.object(body, resource.values, resource.lines, (), 0):
            yield from self.declaration(inner, resource)

    def object(
        self, node: Any, values: dict[str, Any], lines: dict[tuple[Part, ...], int], at: tuple[Part, ...], depth: int
    ) -> Iterator[Any]:
        """Fill *values* from an object; yield the resources that are declared in it."""
        self.guard(node, depth)
        for entry in node.named_children:
            named = entry.named_children
            if named and named[0].type == "resource_declaration":
                yield named[0]
            elif entry.type == "object_property" and len(named) == 2:
                key = named[0]
                name = str(self.string(key)) if key.type == "string" else self.word(key)
                lines[(*at, name)] = entry.start_point[0] + 1
                values[name] = self.bicep_value(named[1], lines, (*at, name), depth + 1)

    def bicep_value(self, node: Any, lines: dict[tuple[Part, ...], int], at: tuple[Part, ...], depth: int) -> Any:
        self.guard(node, depth)
        if node.type == "object":
            values: dict[str, Any] = {}
            for _ in self.object(node, values, lines, at, depth + 1):
                pass
            return values
        if node.type == "array":
            items: list[Any] = []
            for child in node.named_children:
                if child.type != "comment":
                    lines[(*at, len(items))] = child.start_point[0] + 1
                    items.append(self.bicep_value(child, lines, (*at, len(items)), depth + 1))
            return items
        return self.expression(node, lines, at, depth)

    # Both

    def guard(self, node: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise InputError(Problem(f"is nested deeper than {MAX_DEPTH} levels", self.path, node.start_point[0] + 1))

    @staticmethod
    def word(node: Any) -> str:
        return str(node.text.decode("utf-8", "replace")).strip('"')

    @staticmethod
    def string(node: Any) -> str | Computed:
        """Return the text of a string, or what it is computed from."""
        plain = {"template_literal", "string_content", "quoted_template_start", "quoted_template_end"}
        if any(child.type not in plain for child in node.named_children):
            return Computed(node.text.decode("utf-8", "replace")[:300])
        parts = [child for child in node.named_children if child.type in ("template_literal", "string_content")]
        return "".join(child.text.decode("utf-8", "replace") for child in parts)


# From resources to documents in the shape of Microsoft Graph

_SCALARS = {
    "display_name": ("displayName",),
    "client_id": ("appId",),
    "sign_in_audience": ("signInAudience",),
    "identifier_uris": ("identifierUris",),
    "fallback_public_client_enabled": ("isFallbackPublicClient",),
    "implicit_access_token_issuance_enabled": ("web", "implicitGrantSettings", "enableAccessTokenIssuance"),
    "implicit_id_token_issuance_enabled": ("web", "implicitGrantSettings", "enableIdTokenIssuance"),
    "requested_access_token_version": ("api", "requestedAccessTokenVersion"),
}
_BLOCKS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "api": (
        ("requested_access_token_version", ("api", "requestedAccessTokenVersion")),
        ("mapped_claims_enabled", ("api", "acceptMappedClaims")),
    ),
    "web": (("redirect_uris", ("web", "redirectUris")), ("logout_url", ("web", "logoutUrl"))),
    "single_page_application": (("redirect_uris", ("spa", "redirectUris")),),
    "public_client": (("redirect_uris", ("publicClient", "redirectUris")),),
}
_SCOPE = {
    "id": "id",
    "value": "value",
    "type": "type",
    "enabled": "isEnabled",
    "admin_consent_display_name": "adminConsentDisplayName",
    "admin_consent_description": "adminConsentDescription",
}
_ROLE = {
    "id": "id",
    "value": "value",
    "display_name": "displayName",
    "description": "description",
    "enabled": "isEnabled",
    "allowed_member_types": "allowedMemberTypes",
}
_REDIRECTS = {"Web": "web", "SPA": "spa", "PublicClient": "publicClient"}
_NAMED = re.compile(r'(app_role_ids|oauth2_permission_scope_ids)\s*\[\s*"([^"]+)"\s*\]')
_APPLICATIONS = ("azuread_application", "azuread_application_registration")


class _Building:
    """One document under construction."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self.data: dict[str, Any] = {}
        self.where: dict[tuple[Part, ...], tuple[Part, ...] | int] = {(): resource.line}
        self.partial = False

    def put(self, target: tuple[Part, ...], value: Any, source: Resource, at: tuple[Part, ...]) -> None:
        """Set *value*, which stands at *at* in *source*, at *target* of the data; computed parts are left out."""
        line = source.lines.get(at, source.line)
        self.where[target] = line
        if isinstance(value, Computed):
            self.partial = True
            return
        if isinstance(value, list):
            kept: list[Any] = []
            for index, item in enumerate(value):
                if isinstance(item, Computed):
                    self.partial = True
                    continue
                self.where[(*target, len(kept))] = source.lines.get((*at, index), line)
                kept.append(item)
            value = kept
        holder: Any = self.data
        for part in target[:-1]:
            holder = holder.setdefault(part, {}) if isinstance(part, str) else holder[part]
        holder[target[-1]] = value

    def append(self, target: tuple[str, ...], entry: dict[str, Any], line: int) -> None:
        """Append *entry* to the list at *target*; computed values in it are left out."""
        holder: Any = self.data
        for part in target[:-1]:
            holder = holder.setdefault(part, {})
        entries = holder.setdefault(target[-1], [])
        self.where[(*target, len(entries))] = line
        clean = {key: value for key, value in entry.items() if not isinstance(value, Computed)}
        self.partial = self.partial or len(clean) != len(entry)
        entries.append(clean)

    def document(self, kind: Kind) -> tuple[Kind, Document]:
        from ztcheck.collectors.manifest.documents import SHAPES

        shape = SHAPES[kind]
        if "items" in self.data:
            checked(self.data["items"], shape, self.resource.path)
        else:
            checked(self.data, shape, self.resource.path)
        return kind, Document(self.resource.path, self.data, self.where, partial=self.partial)


def documents(resources: list[Resource]) -> list[list[tuple[Kind, Document]]]:
    """Return the registrations that *resources* make, each with its service principal and federated credentials.

    Raises InputError with every value that has a type which Microsoft Graph does not know.
    """
    groups: list[list[tuple[Kind, Document]]] = []
    problems: list[Problem] = []
    for resource in resources:
        try:
            if resource.type in _APPLICATIONS:
                groups.append(_terraform(resource, resources))
            elif resource.type == "microsoft.graph/applications":
                groups.append(_bicep(resource, resources))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return groups


def _blocks(resource: Resource, name: str) -> list[tuple[tuple[Part, ...], dict[str, Any]]]:
    value = resource.values.get(name)
    entries = value if isinstance(value, list) else []
    return [((name, index), entry) for index, entry in enumerate(entries) if isinstance(entry, dict)]


def _refers(resource: Resource, to: Resource) -> bool:
    """Whether an attribute of *resource* names the application *to*."""
    name = re.compile(rf"\b{re.escape(to.type)}\.{re.escape(to.name)}\b")
    return any(isinstance(value, Computed) and name.search(value.text) for value in resource.values.values())


def _terraform(resource: Resource, resources: list[Resource]) -> list[tuple[Kind, Document]]:
    app = _Building(resource)
    # The provider's defaults.
    app.data |= {"signInAudience": "AzureADMyOrg", "passwordCredentials": [], "keyCredentials": []}
    app.data["web"] = {"implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False}}
    for name, target in _SCALARS.items():
        if name in resource.values:
            app.put(target, resource.values[name], resource, (name,))
    groups = resource.values.get("group_membership_claims")
    if isinstance(groups, list) and all(isinstance(item, str) for item in groups):
        app.put(("groupMembershipClaims",), ", ".join(groups), resource, ("group_membership_claims",))
    for block, pairs in _BLOCKS.items():
        if isinstance(resource.values.get(block), Computed):
            app.partial = True
        for at, entry in _blocks(resource, block):
            for name, target in pairs:
                if name in entry:
                    app.put(target, entry[name], resource, (*at, name))
            for index, inner in enumerate(_list(entry.get("implicit_grant"))):
                for word, setting in (("access", "enableAccessTokenIssuance"), ("id", "enableIdTokenIssuance")):
                    key = f"{word}_token_issuance_enabled"
                    if isinstance(inner, dict) and key in inner:
                        place = (*at, "implicit_grant", index, key)
                        app.put(("web", "implicitGrantSettings", setting), inner[key], resource, place)
            if isinstance(entry.get("oauth2_permission_scope"), Computed):
                app.partial = True
            for index, inner in enumerate(_list(entry.get("oauth2_permission_scope"))):
                line = resource.lines.get((*at, "oauth2_permission_scope", index), resource.line)
                scope = {"type": "User"} | {new: inner[old] for old, new in _SCOPE.items() if old in inner}
                app.append(("api", "oauth2PermissionScopes"), scope, line)
    for at, entry in _blocks(resource, "app_role"):
        role = {new: entry[old] for old, new in _ROLE.items() if old in entry}
        app.append(("appRoles",), role, resource.lines.get(at, resource.line))
    for at, entry in _blocks(resource, "required_resource_access"):
        _access(app, resource, at, entry)
    for at, entry in _blocks(resource, "optional_claims"):
        for old, new in (("access_token", "accessToken"), ("id_token", "idToken"), ("saml2_token", "saml2Token")):
            for index, claim in enumerate(_list(entry.get(old))):
                line = resource.lines.get((*at, old, index), resource.line)
                app.append(("optionalClaims", new), {"name": claim.get("name")}, line)
    if any(isinstance(resource.values.get(name), Computed) for name in ("app_role", "required_resource_access")):
        app.partial = True
    if _blocks(resource, "password"):
        app.append(("passwordCredentials",), {"displayName": "password"}, resource.lines[("password",)])
    found: list[tuple[Kind, Document]] = []
    federated = _Building(resource)
    for other in resources:
        if other is resource or not _refers(other, resource):
            continue
        found += _beside(app, federated, other, resources)
    owners = resource.values.get("owners")
    if isinstance(owners, list):
        named = [{"id": item.text if isinstance(item, Computed) else item} for item in owners]
        line = resource.lines[("owners",)]
        found.append(("owners", Document(resource.path, {"items": named}, {(): line})))
    if federated.data:
        found.append(federated.document("federatedIdentityCredentials"))
    return [app.document("application"), *found]


def _list(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _access(app: _Building, resource: Resource, at: tuple[Part, ...], entry: dict[str, Any]) -> None:
    """Add one required_resource_access block; ids that name a permission by reference are resolved."""
    api = entry.get("resource_app_id")
    if isinstance(api, Computed) and re.search(r"MicrosoftGraph\b|msgraph", api.text):
        api = graph.GRAPH
    wanted = []
    for inner in _list(entry.get("resource_access")):
        value, kind = inner.get("id"), inner.get("type")
        named = _NAMED.search(value.text) if isinstance(value, Computed) else None
        if named:
            known = graph.by_name(named[2], "application" if named[1] == "app_role_ids" else "delegated")
            value = known.id if known else value
        if isinstance(value, str) and isinstance(kind, str):
            wanted.append({"id": value, "type": kind})
        else:
            app.partial = True
    entries = app.data.get("requiredResourceAccess", [])
    number = len(entries)
    line = resource.lines.get(at, resource.line)
    app.append(("requiredResourceAccess",), {"resourceAppId": api, "resourceAccess": wanted}, line)
    for index in range(len(wanted)):
        place = resource.lines.get((*at, "resource_access", index), line)
        app.where["requiredResourceAccess", number, "resourceAccess", index] = place


def _beside(
    app: _Building, federated: _Building, other: Resource, resources: list[Resource]
) -> list[tuple[Kind, Document]]:
    """Add what a resource beside the application says of it."""
    values = other.values
    match other.type:
        case "azuread_application_password":
            app.append(("passwordCredentials",), {"displayName": other.name}, other.line)
        case "azuread_application_certificate":
            app.append(("keyCredentials",), {"displayName": other.name, "usage": "Verify"}, other.line)
        case "azuread_application_redirect_uris":
            platform = _REDIRECTS.get(str(values.get("type")))
            if platform:
                app.put((platform, "redirectUris"), values.get("redirect_uris") or [], other, ("redirect_uris",))
        case "azuread_application_federated_identity_credential":
            keys = {"display_name": "name", "issuer": "issuer", "subject": "subject", "audiences": "audiences"}
            entry = {new: values[old] for old, new in keys.items() if old in values}
            # What is computed cannot be judged; an entry that lacks it would look loose.
            if not any(isinstance(value, Computed) for key, value in entry.items() if key != "name"):
                federated.append(("items",), entry, other.line)
        case "azuread_application_flexible_federated_identity_credential":
            expression = values.get("claims_matching_expression")
            entry = {"name": values.get("display_name"), "issuer": values.get("issuer")}
            if isinstance(expression, str) and isinstance(values.get("audience"), str):
                entry |= {"audiences": [values["audience"]], "claimsMatchingExpression": {"value": expression}}
                federated.append(("items",), entry, other.line)
        case "azuread_service_principal":
            principal = _Building(other)
            principal.data |= {"appRoleAssignmentRequired": False, "passwordCredentials": [], "keyCredentials": []}
            pairs = {
                "app_role_assignment_required": "appRoleAssignmentRequired",
                "preferred_single_sign_on_mode": "preferredSingleSignOnMode",
            }
            for old, new in pairs.items():
                if old in values:
                    principal.put((new,), values[old], other, (old,))
                    if isinstance(values[old], Computed):
                        principal.data.pop(new, None)
            for secret in resources:
                if secret.type == "azuread_service_principal_password" and _refers(secret, other):
                    principal.append(("passwordCredentials",), {"displayName": secret.name}, secret.line)
            return [principal.document("servicePrincipal")]
    return []


def _bicep(resource: Resource, resources: list[Resource]) -> list[tuple[Kind, Document]]:
    app = _whole(resource)
    found: list[tuple[Kind, Document]] = []
    federated = _Building(resource)
    for other in resources:
        uses = any(
            isinstance(value, Computed) and re.search(rf"\b{re.escape(resource.name)}\b", value.text)
            for value in other.values.values()
        )
        if other.type.endswith("/federatedidentitycredentials") and (other.parent is resource or uses):
            if not any(isinstance(other.values.get(key), Computed) for key in ("issuer", "subject", "audiences")):
                federated.append(("items",), other.values, other.line)
        elif other.type == "microsoft.graph/serviceprincipals" and uses:
            found.append(_whole(other).document("servicePrincipal"))
    if federated.data:
        found.append(federated.document("federatedIdentityCredentials"))
    return [app.document("application"), *found]


def _whole(resource: Resource) -> _Building:
    """Return a resource that has Microsoft Graph's own property names already."""
    building = _Building(resource)

    def strip(value: Any, at: tuple[Part, ...], target: tuple[Part, ...]) -> Any:
        building.where[target] = resource.lines.get(at, resource.line)
        if isinstance(value, dict):
            kept = {}
            for key, content in value.items():
                if isinstance(content, Computed):
                    building.partial = True
                else:
                    kept[key] = strip(content, (*at, key), (*target, key))
            return kept
        if isinstance(value, list):
            items: list[Any] = []
            for index, content in enumerate(value):
                if isinstance(content, Computed):
                    building.partial = True
                else:
                    items.append(strip(content, (*at, index), (*target, len(items))))
            return items
        return value

    left_out = {"owners", "relationships"}
    values = {key: content for key, content in resource.values.items() if key not in left_out}
    building.data = strip(values, (), ())
    return building
