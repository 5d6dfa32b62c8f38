"""Real servers on loopback around an app, and requests to them byte by byte."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.types import WSGIApplication

import uvicorn
from starlette.types import ASGIApp
from werkzeug.serving import WSGIRequestHandler, make_server


@contextmanager
def uvicorn_server(app: ASGIApp) -> Iterator[int]:
    """Serve an ASGI app; gives the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", http="h11", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - werkzeug's name
        pass


@contextmanager
def werkzeug_server(app: WSGIApplication) -> Iterator[int]:
    """Serve a WSGI app; gives the port."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def raw_request(port: int, *headers: bytes, path: str = "/orders") -> bytes:
    """Send a GET with exactly these header lines; gives the whole answer, empty if the server hung up."""
    lines = [f"GET {path} HTTP/1.1".encode(), b"Host: api.contoso.example", b"Connection: close", *headers, b"", b""]
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(b"\r\n".join(lines))
            while chunk := connection.recv(65_536):
                answer += chunk
        except ConnectionError:
            pass  # a server may cut off a request that is too long
    return answer


def status(answer: bytes) -> int:
    """The status of an answer; 0 if there was none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0
