"""HTTP for the local Entra ID: requests and answers as values, faults on demand, a log, and the loopback servers."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

MAX_BODY = 1 << 20
LOCAL = ("localhost", "127.0.0.1")


def parse_json(text: bytes | str) -> Any:
    """Return what JSON *text* says; raises ValueError, also where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are in lower case; *host* carries the port as the client sent it."""

    method: str
    scheme: str
    host: str
    path: str
    query_string: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def name(self) -> str:
        """The host without port, in lower case."""
        return self.host.rsplit(":", 1)[0].strip("[]").lower()

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    @property
    def form_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    @property
    def form(self) -> dict[str, str]:
        return dict(self.form_pairs)

    def json(self) -> Any:
        """Return the JSON body; raises ValueError."""
        return parse_json(self.body or b"null")

    @property
    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() in ("bearer", "token") and token.strip() else None

    @property
    def cookies(self) -> dict[str, str]:
        pairs = (part.strip().partition("=") for part in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}


@dataclass(slots=True)
class Response:
    """One answer; *cut* closes the connection after that many bytes of the body (0: before the first header)."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    cut: int | None = None

    def json(self) -> Any:
        return json.loads(self.body)


def json_response(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return *value* as a JSON answer."""
    body = json.dumps(value).encode()
    return Response(status, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, body)


def html_response(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return *text* as an HTML answer."""
    return Response(status, {"Content-Type": "text/html; charset=utf-8", **(headers or {})}, text.encode())


@dataclass(slots=True)
class Fault:
    """A failure for requests whose host and path match; *times* counts down, None lasts until removed."""

    path: str = "*"
    host: str = "*"
    method: str = "*"
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    code: int | None = None
    """AADSTS code whose error the login host answers with, in place of *body*."""
    delay: float = 0.0
    cut: int | None = None
    times: int | None = 1
    after: int = 0
    """How many matching requests still get the true answer first."""

    def matches(self, request: Request) -> bool:
        return (
            fnmatchcase(request.path, self.path)
            and fnmatchcase(request.name, self.host)
            and self.method in ("*", request.method)
        )


class Faults:
    """The queue of failures. *path* and *host* are shell patterns (``*/token``, ``graph.microsoft.com``)."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        path: str = "*",
        *,
        host: str = "*",
        method: str = "*",
        status: int | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | str | dict[str, Any] = b"",
        code: int | None = None,
        delay: float = 0.0,
        cut: int | None = None,
        times: int | None = 1,
        after: int = 0,
    ) -> Fault:
        """Queue a fault and return it. With *status* None the true answer goes out, late (*delay*) or cut short.

        With an AADSTS *code* the login host answers in Entra's shape, and *body* is for everything else.
        """
        headers = dict(headers or {})
        if isinstance(body, dict):
            headers.setdefault("Content-Type", "application/json; charset=utf-8")
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        fault = Fault(path, host, method, status, headers, data, code, delay, cut, times, after)
        with self._lock:
            self._queue.append(fault)
        return fault

    def throttle(self, path: str = "*", *, retry_after: int | str = 1, host: str = "*", times: int | None = 1) -> Fault:
        """Answer 429 with ``Retry-After`` (seconds, or an HTTP date): AADSTS90055, or the error of Microsoft Graph."""
        error = {"error": {"code": "TooManyRequests", "message": "Too many requests. Retry later."}}
        headers = {"Retry-After": str(retry_after)}
        return self.add(path, host=host, status=429, headers=headers, body=error, code=90055, times=times)

    def loop(self, path: str = "*/token", *, times: int | None = 1) -> Fault:
        """Answer ``invalid_grant`` AADSTS50196, as Entra throttles a client that repeats a user's request."""
        return self.add(path, status=400, code=50196, times=times)

    def unavailable(
        self, path: str = "*", *, retry_after: int | None = None, host: str = "*", times: int | None = 1
    ) -> Fault:
        """Answer 503: AADSTS90033, or the error of Microsoft Graph."""
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        error = {"error": {"code": "serviceNotAvailable", "message": "The service is temporarily unavailable."}}
        return self.add(path, host=host, status=503, headers=headers, body=error, code=90033, times=times)

    def html(self, path: str = "*", *, status: int = 200, host: str = "*", times: int | None = 1) -> Fault:
        """Answer with an HTML page where JSON is due, as a proxy or a captive portal does."""
        page = (
            "<!DOCTYPE html><html><head><title>Service unavailable</title></head><body><h1>Try later</h1></body></html>"
        )
        headers = {"Content-Type": "text/html; charset=utf-8"}
        return self.add(path, host=host, status=status, headers=headers, body=page, times=times)

    def slow(self, path: str = "*", *, seconds: float, host: str = "*", times: int | None = 1) -> Fault:
        """Wait before the true answer."""
        return self.add(path, host=host, delay=seconds, times=times)

    def cut(self, path: str = "*", *, after_bytes: int = 0, host: str = "*", times: int | None = 1) -> Fault:
        """Close the connection: before any answer, or after so many bytes of the body."""
        return self.add(path, host=host, cut=after_bytes, times=times)

    def remove(self, fault: Fault) -> None:
        """Take *fault* out of the queue if it is still there."""
        with self._lock:
            if fault in self._queue:
                self._queue.remove(fault)

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._queue.clear()

    def take(self, request: Request) -> Fault | None:
        """Return the first fault that is due for *request*, and count it."""
        with self._lock:
            for fault in self._queue:
                if not fault.matches(request):
                    continue
                if fault.after > 0:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._queue.remove(fault)
                return fault
        return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with its answer, as it went over the wire."""

    request: Request
    response: Response
    at: float

    def __repr__(self) -> str:
        return f"<{self.request.method} {self.request.host}{self.request.path} -> {self.response.status}>"


class Log:
    """The wire log, oldest first. It holds tokens and secrets of the test tenants in the clear, in memory only."""

    def __init__(self, limit: int = 10_000) -> None:
        self._entries: list[Exchange] = []
        self._limit = limit
        self._lock = threading.Lock()

    def append(self, exchange: Exchange) -> None:
        with self._lock:
            self._entries.append(exchange)
            del self._entries[: -self._limit]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def find(self, path: str = "*", *, host: str = "*", method: str = "*") -> list[Exchange]:
        """Return the exchanges whose path, host and method match the shell patterns."""
        with self._lock:
            return [
                e
                for e in self._entries
                if fnmatchcase(e.request.path, path)
                and fnmatchcase(e.request.name, host)
                and method in ("*", e.request.method)
            ]

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.find())

    def __len__(self) -> int:
        return len(self._entries)


Handle = Callable[[Request], Response]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536
    timeout = 30
    server: LoopbackServer

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except (ConnectionError, ssl.SSLError, TimeoutError):
            self.close_connection = True

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def _answer(self) -> None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY:
            self.close_connection = True
            self.send_error(413)
            return
        url = urlsplit(self.path)
        request = Request(
            method=self.command,
            scheme=self.server.scheme,
            host=self.headers.get("Host", ""),
            path=url.path,
            query_string=url.query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )
        try:
            response = self.server.handle(request)
        except Exception as error:  # noqa: BLE001 - a fault of ours must reach the test's author, not vanish
            text = f"the local Entra ID failed: {type(error).__name__}: {error}"
            response = json_response({"error": "server_error", "error_description": text}, 500)
        if response.cut == 0:
            self._hang_up()
            return
        self.send_response_only(response.status)
        headers = {"Date": formatdate(time.time(), usegmt=True), **response.headers}
        for name, value in headers.items():
            for line in value.split("\n"):
                self.send_header(name, line)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body if response.cut is None else response.body[: response.cut])
        self.wfile.flush()
        if response.cut is not None:
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing: the wire log has it all."""


class LoopbackServer(ThreadingHTTPServer):
    """An HTTP or HTTPS server on 127.0.0.1 that answers with *handle*."""

    daemon_threads = True
    request_queue_size = 64
    timeout = 0.5

    def __init__(self, handle: Handle, context: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.handle = handle
        self.scheme = "https" if context else "http"
        super().__init__(("127.0.0.1", port), _Handler)
        if context:
            # The handshake happens in the thread of its connection, so that a silent client blocks nobody.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, name=f"entra-{self.scheme}", daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End at once: a connection wakes the loop, which otherwise looks up only after its timeout."""
        self._ended.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        self._thread.join(5)
        self.server_close()

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - the base class names them so
        """Serve nobody after the end."""
        return not self._ended.is_set()

    def _serve(self) -> None:
        while not self._ended.is_set():
            self.handle_request()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that refuse the certificate or go away."""
