"""What tokens are for, and where else they come from: Graph, GitHub, Key Vault, Azure Resource Manager, managed
identities and workflow tokens; and the way of a request to each."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from ztcheck.authority.aadsts import Refusal
from ztcheck.authority.directory import MANAGEMENT, VAULT, Registration, Tenant, guid
from ztcheck.authority.graph import Graph
from ztcheck.authority.keys import SigningKey, process_key
from ztcheck.authority.rest import Linked, OData
from ztcheck.authority.tokens import Grant
from ztcheck.authority.wire import LOCAL, Request, Response, json_response

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

WORKFLOW_ISSUER = "https://token.actions.githubusercontent.com"
GRAPH_HOSTS = ("graph.microsoft.com", "graph.microsoft.us", "microsoftgraph.chinacloudapi.cn")


class Resources:
    """Everything beside the login host."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self.graph = Graph(entra)
        self.github = GitHub(entra)
        self.vault = Vault(entra)
        self.management = Management(entra)
        self.identity = ManagedIdentity(entra)
        self.workflow = Workflow(entra)
        self.trusted: dict[str, list[SigningKey]] = {}
        """Keys of other issuers whose tokens serve as federated credentials."""

    def route(self, request: Request) -> Callable[[], Response | None] | None:
        """Return what answers for the resource that *request* is for, or None when it is for the login host.

        On ``localhost`` the path says which: ``/v1.0/…`` is Graph, ``/_github/…``, ``/_vault/NAME/…``,
        ``/_management/…`` and ``/_workflow/…`` are the others.
        """
        host, path = request.name, request.path
        if request.scheme == "http" and not host.startswith("login."):
            return partial(self.identity.answer, request)
        local = host in LOCAL
        graph = re.fullmatch(r"/(v1\.0|beta)/(.+)", path)
        if graph and (host in GRAPH_HOSTS or local):
            return partial(self.graph.answer, request, f"https://{request.host}/{graph[1]}", graph[2].strip("/"))
        if host == "api.github.com":
            return partial(self.github.answer, request, "https://api.github.com", path.strip("/"))
        if host.endswith(".actions.githubusercontent.com"):
            return partial(self.workflow.answer, request, path, f"https://{host}")
        if host.endswith(".vault.azure.net"):
            return partial(self.vault.answer, request, host.split(".")[0], path)
        if host == "management.azure.com":
            return partial(self.management.answer, request, "https://management.azure.com", path.strip("/"))
        if local and path.startswith("/_"):
            return self._local(request)
        return None

    def _local(self, request: Request) -> Callable[[], Response | None] | None:
        first, _, rest = request.path[2:].partition("/")
        root = f"https://{request.host}/_{first}"
        if first == "github":
            return partial(self.github.answer, request, root, rest)
        if first == "management":
            return partial(self.management.answer, request, root, rest)
        if first == "workflow":
            return partial(self.workflow.answer, request, f"/{rest}", root)
        if first == "vault":
            name, _, path = rest.partition("/")
            return partial(self.vault.answer, request, name, f"/{path}")
        return None

    def issuer_keys(self, issuer: str) -> list[SigningKey]:
        """Return the keys of an issuer that federated credentials may name; raises `Refusal` 50013 if unknown."""
        if issuer in (WORKFLOW_ISSUER, self.workflow.issuer):
            return [self.workflow.key]
        if issuer in self.trusted:
            return self.trusted[issuer]
        if any(issuer == self.entra.issuer(tenant) for tenant in self.entra.tenants.values()):
            return self.entra.published_keys
        from ztcheck.authority.aadsts import refuse

        raise refuse(50013, reason=f"The keys of issuer '{issuer}' can't be had.", error="invalid_client")


class GitHub(Linked):
    """GitHub's REST API: ``entra.github.seed({"repos/contoso/orders/rulesets": […]})``.

    Any token from `token` is accepted; a seeded ``{"$error": 403, "message": …}`` stands for what a token may not see.
    """

    def __init__(self, entra: Entra) -> None:
        super().__init__(entra)
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        """The API's base URL."""
        return "https://api.github.com" if self.entra.cloud else f"{self.entra.base}/_github"

    def token(self) -> str:
        """Return a new personal access token (fine-grained in form)."""
        value = "github_pat_" + secrets.token_hex(20)
        self.tokens.add(value)
        return value

    def answer(self, request: Request, root: str, path: str) -> Response:
        """Answer a request for *path* below *root*."""
        headers = {
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": "4999",
        }
        token = request.bearer
        if token is None:
            response = self.error(401, "Requires authentication")
        elif token not in self.tokens:
            response = self.error(401, "Bad credentials")
        elif request.method == "GET":
            response = self.read(request, root, path)
        elif request.method in ("PUT", "PATCH", "DELETE", "POST"):
            response = self._write(request, path)
        else:
            response = self.error(405, "Method Not Allowed")
        response.headers = {**headers, **response.headers}
        return response

    def throttled(self, path: str = "*", *, retry_after: int = 60, times: int | None = 1) -> None:
        """Answer with GitHub's secondary rate limit: 403 with ``Retry-After``."""
        self.entra.faults.add(
            path,
            host="api.github.com" if self.entra.cloud else "*",
            status=403,
            headers={"Retry-After": str(retry_after), "X-RateLimit-Remaining": "0"},
            body={
                "message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
                "documentation_url": "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api",
            },
            times=times,
        )

    def _write(self, request: Request, path: str) -> Response:
        if request.method == "DELETE":
            return Response(204) if self.remove(path) else self.error(404, "Not Found")
        try:
            body = request.json()
        except ValueError:
            return self.error(400, "Problems parsing JSON")
        found = self.find(path)
        if isinstance(found, dict) and isinstance(body, dict):
            found |= body
            return json_response(found)
        if isinstance(found, list):
            item = {"id": len(found) + 1, **(body or {})}
            found.append(item)
            return json_response(item, 201)
        return self.error(404, "Not Found")


class Vault:
    """Azure Key Vault: secrets by vault and name, with versions."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self._secrets: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.readers: dict[str, set[str]] = {}
        """Vault → object ids that may read its secrets; a vault that is not here lets every valid token read."""
        self.tenants: dict[str, Tenant] = {}
        """Vault → the tenant that its challenge names; a vault that is not here names the first tenant."""

    def url(self, vault: str) -> str:
        """Return the base URL of *vault*."""
        return f"https://{vault}.vault.azure.net" if self.entra.cloud else f"{self.entra.base}/_vault/{vault}"

    def set(self, vault: str, name: str, value: str) -> str:
        """Store *value* as the newest version of a secret and return the version's id."""
        version = uuid.uuid4().hex
        self._secrets.setdefault((vault, name), []).append((version, value))
        return version

    def answer(self, request: Request, vault: str, path: str) -> Response:
        """Answer a request for *path* of *vault*; without a token, with the challenge that clients follow."""
        tenant = self.tenants.get(vault) or next(iter(self.entra.tenants.values()), None)
        home = f"{self.entra.base}/{tenant.id if tenant else 'common'}"
        challenge = {"WWW-Authenticate": f'Bearer authorization="{home}", resource="https://vault.azure.net"'}
        try:
            claims = self.entra.endpoints.verified(request.bearer or "", self.entra.microsoft[VAULT])
        except Refusal as refusal:
            if request.bearer is None:
                return self._error(
                    401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.", challenge
                )
            text = f"AKV10022: Invalid audience or token. {refusal.text()}"
            return self._error(401, "Unauthorized", text, challenge)
        if vault in self.readers and claims.get("oid") not in self.readers[vault]:
            return self._error(403, "Forbidden", "Caller is not authorized to perform action on resource.")
        match = re.fullmatch(r"/secrets/([^/]+)(?:/([^/]*))?", path)
        if not match:
            return self._error(404, "ResourceNotFound", f"No resource at {path}.")
        if "api-version" not in request.query:
            return self._error(400, "BadParameter", "AKV10000: The api-version query parameter is required.")
        name, wanted = unquote(match[1]), match[2]
        if request.method == "PUT":
            try:
                value = str(request.json()["value"])
            except (ValueError, KeyError, TypeError):
                return self._error(400, "BadParameter", "The request body has no value.")
            self.set(vault, name, value)
        versions = self._secrets.get((vault, name), [])
        found = next((v for v in reversed(versions) if not wanted or v[0] == wanted), None)
        if found is None:
            text = f"A secret with (name/id) {name} was not found in this key vault."
            return self._error(404, "SecretNotFound", text)
        now = int(self.entra.now())
        return json_response(
            {
                "value": found[1],
                "id": f"https://{vault}.vault.azure.net/secrets/{name}/{found[0]}",
                "attributes": {
                    "enabled": True,
                    "created": now,
                    "updated": now,
                    "recoveryLevel": "Recoverable+Purgeable",
                    "recoverableDays": 90,
                },
                "tags": {},
            }
        )

    def _error(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
        return json_response({"error": {"code": code, "message": message}}, status, headers)


class Management(OData):
    """Azure Resource Manager: ``entra.management.seed({"providers/microsoft.aadiam/diagnosticSettings": […]})``."""

    next_link = "nextLink"

    def answer(self, request: Request, root: str, path: str) -> Response:
        """Answer a request for *path* below *root*."""
        try:
            self.entra.endpoints.verified(request.bearer or "", self.entra.microsoft[MANAGEMENT])
        except Refusal:
            code = "AuthenticationFailed" if request.bearer is None else "InvalidAuthenticationToken"
            uri = f"{self.entra.base}/common"
            text = "Authentication failed. The 'Authorization' header is missing or invalid."
            return self.error(401, code, text, {"WWW-Authenticate": f'Bearer authorization_uri="{uri}"'})
        if "api-version" not in dict(parse_qsl(request.query_string)):
            text = "The api-version query parameter (?api-version=) is required for all requests."
            return self.error(400, "MissingApiVersionParameter", text)
        if request.method != "GET":
            return self.error(405, "MethodNotAllowed", "The local stand-in only reads.")
        return self.read(request, root, unquote(path), "")

    def error(self, status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
        return json_response({"error": {"code": code, "message": message}}, status, headers)

    def not_found(self, name: str) -> Response:
        return self.error(404, "ResourceNotFound", f"The Resource '{name}' was not found.")


class ManagedIdentity:
    """The token endpoints that Azure gives a workload: instance metadata service, and App Service."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self.header = secrets.token_hex(16)
        self._identities: list[tuple[Registration, str | None]] = []

    def assign(self, tenant: Tenant, name: str, *, user_assigned: bool = False) -> Registration:
        """Give the workload a managed identity of *tenant* and return its service principal's registration.

        Give it rights with ``tenant.assign(identity, api, "Orders.Process.All")``.
        """
        identity = Registration(
            tenant=tenant,
            name=name,
            app_id=guid(tenant.id, "managed identity", name),
            object_id=guid(tenant.id, "managed identity object", name),
            extra={"servicePrincipalType": "ManagedIdentity"},
        )
        kind = "userAssignedIdentities" if user_assigned else "systemAssigned"
        resource = (
            f"/subscriptions/{guid('subscription')}/resourcegroups/orders/providers/"
            f"Microsoft.ManagedIdentity/{kind}/{name}"
        )
        self._identities.append((identity, resource if user_assigned else None))
        return identity

    def app_service(self) -> dict[str, str]:
        """Return the environment of a workload on App Service."""
        return {
            "IDENTITY_ENDPOINT": f"http://127.0.0.1:{self.entra.metadata_port}/msi/token",
            "IDENTITY_HEADER": self.header,
        }

    def answer(self, request: Request) -> Response | None:
        """Answer a request to the plain HTTP port."""
        if request.path == "/metadata/identity/oauth2/token":
            return self._instance_metadata(request)
        if request.path == "/msi/token":
            return self._app_service(request)
        return json_response({"error": "not_found"}, 404)

    def _instance_metadata(self, request: Request) -> Response:
        query = request.query
        if request.headers.get("metadata", "").lower() != "true":
            return _imds_error("invalid_request", "Required metadata header not specified")
        if "x-forwarded-for" in request.headers:
            return _imds_error("invalid_request", "A request that was forwarded is refused")
        if "api-version" not in query:
            return _imds_error("bad_request", "Required query variable 'api-version' is missing")
        identity = self._find(query)
        if identity is None:
            return _imds_error("invalid_request", "Identity not found")
        token = self._token(identity, query.get("resource", ""))
        if token is None:
            return _imds_error(
                "invalid_resource", f"AADSTS500011: The resource principal named {query.get('resource')} was not found"
            )
        return json_response({name: str(value) for name, value in token.items()})

    def _app_service(self, request: Request) -> Response:
        query = request.query
        if not secrets.compare_digest(request.headers.get("x-identity-header", ""), self.header):
            return _app_service_error(401, "The X-IDENTITY-HEADER is missing or wrong.")
        if query.get("api-version") != "2019-08-01":
            return _app_service_error(400, "Unsupported api-version.")
        identity = self._find(query)
        if identity is None:
            return _app_service_error(
                400, "No User Assigned or Delegated Managed Identity found for specified ClientId."
            )
        token = self._token(identity, query.get("resource", ""))
        if token is None:
            return _app_service_error(400, "The resource was not found.")
        names = ("access_token", "expires_on", "resource", "token_type", "client_id")
        return json_response({name: str(token[name]) for name in names})

    def _find(self, query: dict[str, str]) -> Registration | None:
        asked = {
            query[n].lower()
            for n in ("client_id", "object_id", "principal_id", "msi_res_id", "mi_res_id")
            if query.get(n)
        }
        for identity, resource in self._identities:
            own = {identity.app_id, identity.tenant.service_principal_id(identity), (resource or "").lower()}
            if (asked and asked & own) or (not asked and resource is None):
                return identity
        return None if asked or len(self._identities) != 1 else self._identities[0][0]

    def _token(self, identity: Registration, resource: str) -> dict[str, Any] | None:
        try:
            api = self.entra.api(resource.rstrip("/"))
        except KeyError:
            return None
        grant = Grant(tenant=identity.tenant, client=identity, api=api, acr="2", audience=resource)
        lifetime, now = 86_399, int(self.entra.now())
        path = next((r for i, r in self._identities if i is identity), None)
        claims = {"xms_mirid": path} if path else {}
        token = self.entra.issue(grant, lifetime=lifetime, claims=claims)
        return {
            "access_token": token,
            "client_id": identity.app_id,
            "expires_in": lifetime,
            "expires_on": now + lifetime,
            "ext_expires_in": lifetime,
            "not_before": now - 300,
            "resource": resource,
            "token_type": "Bearer",
        }


def _imds_error(error: str, text: str) -> Response:
    return json_response({"error": error, "error_description": text}, 400)


def _app_service_error(status: int, text: str) -> Response:
    return json_response({"statusCode": status, "message": text, "correlationId": str(uuid.uuid4())}, status)


class Workflow:
    """The OpenID Connect issuer of GitHub Actions, and the endpoint where a job asks it for a token."""

    def __init__(self, entra: Entra) -> None:
        self.entra = entra
        self._requests: dict[str, dict[str, Any]] = {}

    @property
    def key(self) -> SigningKey:
        return process_key(900)

    @property
    def issuer(self) -> str:
        """``iss`` of the tokens."""
        return WORKFLOW_ISSUER if self.entra.cloud else f"{self.entra.base}/_workflow"

    def token(
        self,
        *,
        repository: str = "contoso/orders",
        ref: str = "refs/heads/main",
        environment: str | None = None,
        event: str = "push",
        audience: str = "api://AzureADTokenExchange",
        claims: dict[str, Any] | None = None,
    ) -> str:
        """Return the token of a job: its subject names the environment, else the pull request, else the ref."""
        now = int(self.entra.now())
        owner = repository.split("/")[0]
        tail = (
            f"environment:{environment}" if environment else "pull_request" if event == "pull_request" else f"ref:{ref}"
        )
        body: dict[str, Any] = {
            "jti": str(uuid.uuid4()),
            "sub": f"repo:{repository}:{tail}",
            "aud": audience,
            "ref": ref,
            "sha": "0" * 40,
            "repository": repository,
            "repository_owner": owner,
            "run_id": "1",
            "actor": "ana",
            "workflow": "release",
            "event_name": event,
            "ref_type": "branch",
            "job_workflow_ref": f"{repository}/.github/workflows/release.yml@{ref}",
            "runner_environment": "github-hosted",
            "iss": self.issuer,
            "nbf": now - 600,
            "exp": now + 300,
            "iat": now,
        }
        if environment:
            body["environment"] = environment
        header = {"typ": "JWT", "alg": "RS256", "x5t": self.key.kid, "kid": self.key.kid}
        return self.key.sign(header, body | (claims or {}))

    def job(self, **token: Any) -> dict[str, str]:
        """Return the environment of a job whose tokens are made with `token`'s arguments."""
        bearer = secrets.token_urlsafe(24)
        self._requests[bearer] = token
        root = "https://pipelines.actions.githubusercontent.com" if self.entra.cloud else f"{self.entra.base}/_workflow"
        return {
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{root}/idtoken/1/1?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": bearer,
        }

    def answer(self, request: Request, path: str, root: str) -> Response:
        """Answer a request to the issuer or to the endpoint for jobs."""
        if path == "/.well-known/openid-configuration":
            return json_response(
                {
                    "issuer": self.issuer,
                    "jwks_uri": f"{root}/.well-known/jwks",
                    "subject_types_supported": ["public", "pairwise"],
                    "response_types_supported": ["id_token"],
                    "id_token_signing_alg_values_supported": ["RS256"],
                    "scopes_supported": ["openid"],
                }
            )
        if path == "/.well-known/jwks":
            own = {"alg": "RS256", "use": "sig"}
            keep = ("kty", "kid", "x5t", "n", "e", "x5c")
            return json_response({"keys": [{k: self.key.jwk[k] for k in keep} | own]})
        if path.startswith("/idtoken/"):
            made = self._requests.get(request.bearer or "")
            if made is None:
                return json_response({"message": "The token is not authorized to request an ID token."}, 401)
            audience = (
                request.query.get("audience")
                or f"https://github.com/{made.get('repository', 'contoso/orders').split('/')[0]}"
            )
            return json_response({"count": 4000, "value": self.token(**{**made, "audience": audience})})
        return json_response({"message": "Not Found"}, 404)
