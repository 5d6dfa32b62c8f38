"""A host speaks TLS with a certificate that lasts, and http leads there and nowhere else."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import trustme

from tests.snippets.issuer import ca_file
from tests.snippets.programs import HOSTILE, run_program

HOST = "localhost"
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


@contextmanager
def server(status: int, headers: dict[str, str], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """A web server on loopback that always answers the same; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that hangs up is part of the tests

    running = Server(("127.0.0.1", 0), Handler)
    if context:
        running.socket = context.wrap_socket(running.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield running.server_address[1]
    finally:
        running.shutdown()
        running.server_close()


@pytest.fixture
def run(certificate_authority, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file(certificate_authority, tmp_path)))

    def run(
        *, names=(HOST,), days=90, ca=certificate_authority, headers=HSTS, http=(301, f"https://{HOST}/"), newest=None
    ):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if newest:
            context.maximum_version = newest
        ca.issue_cert(*names, not_after=datetime.now(UTC) + timedelta(days=days)).configure_cert(context)
        location = {"Location": http[1]} if http[1] else {}
        with server(200, headers, context) as port, server(http[0], location) as http_port:
            arguments = [HOST, "--port", str(port), "--http-port", str(http_port)]
            return run_program("transport_check.py", arguments, monkeypatch)

    return run


@pytest.mark.parametrize("to", ["", "/", ":443/"])
@pytest.mark.parametrize("status", [301, 308])
def test_accepts_https_that_http_leads_to(run, status, to):
    done = run(http=(status, f"https://{HOST}{to}"))
    assert done.code == 0, done
    assert "ok  TLSv1" in done.out


@pytest.mark.parametrize(
    ("members", "fault"),
    [
        ({"days": 13}, "the certificate ends in 1"),
        ({"days": -1}, "certificate has expired"),
        ({"names": ("orders.fabrikam.example",)}, "certificate is not valid for"),
        ({"ca": trustme.CA()}, "TLS or certificate"),
        ({"headers": {}}, "for 0 seconds"),
        ({"headers": {"Strict-Transport-Security": "max-age=300"}}, "for 300 seconds"),
        ({"http": (200, "")}, "http answers 200"),
        ({"http": (404, "")}, "http answers 404"),
        ({"http": (301, f"http://{HOST}/")}, "http answers 301"),
        ({"http": (301, "https://evil.example/")}, "http answers 301"),
        ({"http": (301, f"https://{HOST}.evil.example/")}, "http answers 301"),
        ({"http": (301, f"https://{HOST}@evil.example/")}, "http answers 301"),
        ({"http": (200, f"https://{HOST}/")}, "http answers 200"),
    ],
    ids=[
        "a certificate that ends",
        "one that has ended",
        "one for another host",
        "one of an unknown authority",
        "no Strict-Transport-Security",
        "a short one",
        "content over http",
        "an error over http",
        "http that leads to http",
        "http that leads elsewhere",
        "to a host that begins alike",
        "to a host behind a user name",
        "a Location without redirect",
    ],
)
def test_refuses(run, members, fault):
    done = run(**members)
    assert done.code == 1, done
    assert fault in done.out
    assert done.out.count("BAD") == 1


def test_accepts_a_host_that_does_not_answer_http(certificate_authority, monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file(certificate_authority, tmp_path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate_authority.issue_cert(HOST).configure_cert(context)
    with server(200, {}) as closed:
        pass
    with server(200, HSTS, context) as port:
        done = run_program("transport_check.py", [HOST, "--port", str(port), "--http-port", str(closed)], monkeypatch)
    assert done.code == 0


def test_refuses_a_server_without_tls(monkeypatch):
    with server(200, HSTS) as port:
        assert run_program("transport_check.py", [HOST, "--port", str(port)], monkeypatch).code == 1


@pytest.mark.parametrize("host", ["orders.contoso.example", "", f"a{HOSTILE}"], ids=ascii)
def test_refuses_to_judge_a_host_that_it_cannot_reach(host, monkeypatch):
    assert run_program("transport_check.py", [host], monkeypatch).code == 2
