"""A key endpoint on loopback TLS that can misbehave, and a signer with control over every byte of a token.

It signs with cryptography's primitives, so that the snippets' library never judges its own work.
"""

import base64
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PUBLIC = "https://login.microsoftonline.com"
API = "9f8e7d6c-0a1b-4c2d-8e3f-405162738495"
TENANT = "3d3f0b6a-5f0e-4f4e-9a57-6f2f4d7b1c10"
PARTNER = "b7a1c9d2-1e2f-4a3b-8c4d-5e6f708192a3"
STRANGER = "0c1d2e3f-4051-4263-8475-8697a8b9cadb"
PERSONAL = "9188040d-6c67-4c5b-b112-36a304b66dad"
WEB_APP = "1111aaaa-3333-4444-8555-66667777bbbb"
DAEMON = "99990000-aaaa-4bbb-8ccc-ddddeeeeffff"
USER = "5a5b5c5d-6e6f-4071-8283-94a5b6c7d8e9"


class _Absent:
    """In a table of changes: this claim or header is left out."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
Fields = Mapping[str, Any] | bytes


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def to_bytes(fields: Fields) -> bytes:
    return fields if isinstance(fields, bytes) else json.dumps(fields).encode()


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with changes; a callable is given the present time in whole seconds, ABSENT removes."""
    now = int(time.time())
    values = {name: value(now) if callable(value) else value for name, value in {**fields, **changes}.items()}
    return {name: value for name, value in values.items() if value is not ABSENT}


@dataclass(frozen=True)
class SigningKey:
    """A key pair of an issuer."""

    kid: str
    private: rsa.RSAPrivateKey

    @classmethod
    def generate(cls, kid: str, bits: int = 2048) -> "SigningKey":
        return cls(kid, rsa.generate_private_key(65537, bits))

    def jwk(self, issuer: str = PUBLIC + "/{tenantid}/v2.0", **extra: Any) -> dict[str, Any]:
        """The public half as Entra publishes it: no alg, the issuer beside each key."""
        numbers = self.private.public_key().public_numbers()
        n = b64(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
        public = {"kty": "RSA", "use": "sig", "kid": self.kid, "x5t": self.kid, "n": n, "e": "AQAB", "issuer": issuer}
        return changed(public, extra)

    def sign(self, header: Fields, claims: Fields) -> str:
        """A compact JWS, RS256 whatever the header says."""
        signed = f"{b64(to_bytes(header))}.{b64(to_bytes(claims))}"
        signature = self.private.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{b64(signature)}"

    def header(self, **changes: Any) -> dict[str, Any]:
        return changed({"typ": "JWT", "alg": "RS256", "kid": self.kid}, changes)

    def token(self, changes: Mapping[str, Any] = {}, header: Mapping[str, Any] = {}) -> str:
        """A delegated v2.0 access token of the web app for the API, with changes to claims and header."""
        return self.sign(self.header(**header), changed(DELEGATED, changes))

    def app_token(self, changes: Mapping[str, Any] = {}, header: Mapping[str, Any] = {}) -> str:
        """An app-only v2.0 access token of the daemon, with the claims of a captured one."""
        return self.sign(self.header(**header), changed(APP_ONLY, changes))


DELEGATED: dict[str, Any] = {
    "aud": API,
    "iss": f"{PUBLIC}/{TENANT}/v2.0",
    "iat": lambda now: now - 300,
    "nbf": lambda now: now - 300,
    "exp": lambda now: now + 3900,
    "aio": "AXQAi/8IAAAA",
    "azp": WEB_APP,
    "azpacr": "1",
    "name": "Adele Vance",
    "oid": USER,
    "preferred_username": "adele@contoso.example",
    "rh": "0.AAAA.",
    "scp": "Orders.Read Orders.ReadWrite",
    "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
    "tid": TENANT,
    "uti": "fqiBqXLPj0eQa82S-IYFAA",
    "ver": "2.0",
}
_SERVICE_PRINCIPAL = "e1e2e3e4-f5f6-4a7b-8c9d-0e1f2a3b4c5d"
APP_ONLY: dict[str, Any] = changed(
    DELEGATED,
    {
        "azp": DAEMON,
        "azpacr": "2",
        "name": ABSENT,
        "oid": _SERVICE_PRINCIPAL,
        "preferred_username": ABSENT,
        "roles": ["Orders.Process.All"],
        "scp": ABSENT,
        "sub": _SERVICE_PRINCIPAL,
        "xms_ftd": "AAAA",
    },
) | {name: DELEGATED[name] for name in ("iat", "nbf", "exp")}

Answer = Callable[[BaseHTTPRequestHandler], None]


def body(data: bytes, status: int = 200, headers: Mapping[str, str] = {}) -> Answer:
    """An answer that sends these bytes."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(data)

    return answer


def keys(*entries: Any) -> Answer:
    """An answer with a JSON Web Key Set of these entries."""
    return body(json.dumps({"keys": list(entries)}).encode())


@dataclass
class KeyEndpoint:
    """What serves the keys; set `answer` to change its behaviour."""

    port: int
    answer: Answer
    paths: list[str] = field(default_factory=list)


@contextmanager
def key_endpoint(ca: trustme.CA, *hosts: str) -> Iterator[KeyEndpoint]:
    """A TLS server on loopback with a certificate for these host names."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            endpoint.paths.append(f"{self.headers['Host']}{self.path}")
            endpoint.answer(self)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that hangs up is part of the tests

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(*hosts).configure_cert(context)
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    endpoint = KeyEndpoint(server.server_address[1], keys())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def ca_file(ca: trustme.CA, folder: Path) -> Path:
    path = folder / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return path
