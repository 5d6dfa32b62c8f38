"""The endpoints of the login host: which path is answered by whom, and how refusals are told."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from ztcheck.authority.aadsts import Refusal
from ztcheck.authority.entra import CLOUD_OF_HOST
from ztcheck.authority.grants import Grants
from ztcheck.authority.metadata import Metadata
from ztcheck.authority.sign_in import SignIn
from ztcheck.authority.wire import Request, Response, html_response, json_response

CORS = {"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST, OPTIONS"}
"""What lets the script of a single-page app read metadata and redeem its code."""


class Endpoints(Metadata, SignIn, Grants):
    """Answers the requests for one `Entra`."""

    def answer(self, request: Request) -> Response:
        """Answer a request to the login host."""
        routes: list[tuple[str, Callable[[Request, str], Response]]] = [
            (r"/common/discovery/instance", self._instances),
            (r"/common/userrealm/(.+)", self._realm),
            (r"/common/oauth2/deviceauth", self._device_page),
            (r"/oidc/userinfo", self._userinfo),
            (r"/([^/]+)/v2\.0/\.well-known/openid-configuration", self._discovery),
            (r"/([^/]+)/\.well-known/openid-configuration", self._discovery_v1),
            (r"/([^/]+)/discovery/(?:v2\.0/)?keys", self._jwks),
            (r"/([^/]+)/oauth2/(?:v2\.0/)?authorize", self._authorize),
            (r"/([^/]+)/login", self._login),
            (r"/([^/]+)/oauth2/v2\.0/token", self._token),
            (r"/([^/]+)/oauth2/token", self._token_v1),
            (r"/([^/]+)/oauth2/v2\.0/devicecode", self._devicecode),
            (r"/([^/]+)/oauth2/v2\.0/logout", self._logout),
            (r"/([^/]+)/(?:v2\.0/)?adminconsent", self._adminconsent),
        ]
        asked_by_pages = (self._discovery, self._discovery_v1, self._jwks, self._instances, self._token)
        for pattern, handler in routes:
            match = re.fullmatch(pattern, request.path)
            if match:
                try:
                    if request.method == "OPTIONS" and handler in asked_by_pages:
                        return Response(204, CORS)
                    response = handler(request, unquote(match[1]) if match.groups() else "")
                except Refusal as refusal:
                    return self.refused(request, refusal)
                if handler in asked_by_pages[:4]:
                    response.headers |= CORS
                return response
        return html_response("<h1>404 - File or directory not found.</h1>", 404)

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """Return *refusal* as the token endpoint tells it."""
        correlation = request.headers.get("client-request-id")
        host = request.name if request.name in CLOUD_OF_HOST else "login.microsoftonline.com"
        body = refusal.body(self.entra.now(), correlation, host)
        return json_response(body, refusal.status, self._headers(request))
