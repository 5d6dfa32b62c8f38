"""Discovery documents, signing keys, instance discovery, user realm, user info.

Source: OpenID Connect Discovery 1.0; the real documents of 2026-07-13.
"""

from __future__ import annotations

import uuid
from urllib.parse import urlsplit

from ztcheck.authority.aadsts import Refusal
from ztcheck.authority.directory import GRAPH, Tenant, timestamp
from ztcheck.authority.entra import CLOUD_OF_HOST, CLOUDS
from ztcheck.authority.rules import WORDS, Rules
from ztcheck.authority.wire import Request, Response, json_response


class Metadata(Rules):
    """Answers what clients ask before they ask for tokens."""

    def _discovery(self, request: Request, word: str) -> Response:
        base = self.base(request)
        root = f"{base}/{word}"
        cloud = CLOUD_OF_HOST.get(request.name, CLOUDS["public"])
        tenant = None if word in WORDS[:2] else self._tenant(word)
        return json_response(
            {
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic",
                ],
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "issuer": self.entra.issuer(tenant, base=base) if tenant else f"{base}/{{tenantid}}/v2.0",
                "request_uri_parameter_supported": False,
                "userinfo_endpoint": f"{self._graph(request)}/oidc/userinfo",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "http_logout_supported": True,
                "frontchannel_logout_supported": True,
                "end_session_endpoint": f"{root}/oauth2/v2.0/logout",
                "claims_supported": [
                    "sub",
                    "iss",
                    "cloud_instance_name",
                    "cloud_instance_host_name",
                    "cloud_graph_host_name",
                    "msgraph_host",
                    "aud",
                    "exp",
                    "iat",
                    "auth_time",
                    "acr",
                    "nonce",
                    "preferred_username",
                    "name",
                    "tid",
                    "ver",
                    "at_hash",
                    "c_hash",
                    "email",
                ],
                "kerberos_endpoint": f"{root}/kerberos",
                "tenant_region_scope": "EU" if tenant else None,
                "cloud_instance_name": cloud.name,
                "cloud_graph_host_name": "graph.windows.net",
                "msgraph_host": cloud.graph,
                "rbac_url": "https://pas.windows.net",
            }
        )

    def _discovery_v1(self, request: Request, word: str) -> Response:
        base = self.base(request)
        root = f"{base}/{word}"
        tenant = None if word in WORDS[:2] else self._tenant(word)
        template = self.entra.issuer(Tenant("", "{tenantid}", ""), 1, base)
        return json_response(
            {
                "token_endpoint": f"{root}/oauth2/token",
                "jwks_uri": f"{root}/discovery/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "response_types_supported": ["code", "id_token", "code id_token", "token id_token", "token"],
                "scopes_supported": ["openid"],
                "issuer": self.entra.issuer(tenant, 1, base) if tenant else template,
                "authorization_endpoint": f"{root}/oauth2/authorize",
            }
        )

    def _jwks(self, request: Request, word: str) -> Response:
        tenant = None if word in WORDS[:2] else self._tenant(word)
        return json_response(
            self.entra.jwks(tenant, self.base(request)), headers={"Cache-Control": "max-age=86400, private"}
        )

    def _instances(self, request: Request, _: str) -> Response:
        endpoint = urlsplit(request.query.get("authorization_endpoint", ""))
        host = endpoint.hostname or ""
        if host not in CLOUD_OF_HOST and endpoint.netloc != request.host:
            return json_response(
                {
                    "error": "invalid_instance",
                    "error_description": f"AADSTS50049: Unknown or invalid instance. {host}",
                    "error_codes": [50049],
                    "timestamp": timestamp(self.entra.now()),
                    "trace_id": str(uuid.uuid4()),
                    "correlation_id": str(uuid.uuid4()),
                },
                400,
            )
        word = endpoint.path.strip("/").split("/")[0]
        return json_response(
            {
                "tenant_discovery_endpoint": f"{endpoint.scheme}://{endpoint.netloc}/{word}/v2.0/.well-known/"
                "openid-configuration",
                "api-version": request.query.get("api-version", "1.1"),
                "metadata": [
                    {
                        "preferred_network": cloud.login,
                        "preferred_cache": cloud.aliases[min(1, len(cloud.aliases) - 1)],
                        "aliases": list(cloud.aliases),
                    }
                    for cloud in CLOUDS.values()
                ],
            }
        )

    def _realm(self, request: Request, upn: str) -> Response:
        domain = upn.rpartition("@")[2].lower()
        known = self.entra.find_tenant(domain)
        return json_response(
            {
                "ver": request.query.get("api-version", "1.0"),
                "account_type": "Managed" if known else "Unknown",
                "domain_name": domain,
                "cloud_instance_name": CLOUDS["public"].name,
                "cloud_audience_urn": "urn:federation:MicrosoftOnline",
            }
        )

    def _userinfo(self, request: Request, _: str) -> Response:
        try:
            claims = self.verified(request.bearer or "", self.entra.microsoft[GRAPH])
            user = self.find_user(claims.get("oid", ""))
        except Refusal:
            user = None
        if user is None:
            return json_response(
                {"error": {"code": "InvalidAuthenticationToken", "message": "Access token is empty."}}, 401
            )
        return json_response(
            {
                "sub": claims["sub"],
                "name": user.display_name,
                "family_name": "Example",
                "given_name": user.display_name,
                "picture": f"{self._graph(request)}/v1.0/me/photo/$value",
                "email": user.mail,
            }
        )

    def _graph(self, request: Request) -> str:
        cloud = CLOUD_OF_HOST.get(request.name)
        return f"https://{cloud.graph}" if cloud else self.base(request)
