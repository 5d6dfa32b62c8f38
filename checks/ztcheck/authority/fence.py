"""Sends connections for mapped host names to loopback ports and refuses every other address.

Standard library only: this file is also written out as ``sitecustomize.py`` for a child process, which reads
``LOOPBACK_MAP=login.microsoftonline.com=8443,*.vault.azure.net=8443,169.254.169.254=8080``; ``*.`` is one label.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import Any

LOOPBACK = ("localhost", "127.0.0.1", "::1")


class AddressRefusedError(OSError):
    """The program tried to reach an address that is not on the map."""


def parse(text: str) -> dict[str, int]:
    """Return host pattern → port of a ``LOOPBACK_MAP``."""
    pairs = (item.rpartition("=") for item in text.split(",") if item)
    return {host: int(port) for host, _, port in pairs}


def address_for(port: int) -> str:
    """Return the address that stands for a mapped port: clients look a name up, then connect to a port of their own."""
    return f"127.64.{port >> 8}.{port & 255}"


def port_in(address: str) -> int | None:
    """Return the port that *address* stands for, or None."""
    if not address.startswith("127.64."):
        return None
    high, low = address.split(".")[2:]
    return int(high) << 8 | int(low)


def install(mapping: dict[str, int]) -> Callable[[], None]:
    """Patch the socket module of this process and return the function that undoes it."""
    kept: list[tuple[Any, str, Any]] = []

    def lookup(host: object) -> int | None:
        name = _text(host).lower().rstrip(".")
        return mapping.get(name) or mapping.get("*." + name.partition(".")[2])

    def local(host: object) -> bool:
        name = _text(host).lower()
        return name in LOOPBACK or name == "" or name.startswith("127.")

    def refused(host: object) -> AddressRefusedError:
        return AddressRefusedError(f"refused by the loopback fence: {_text(host)!r} is not on LOOPBACK_MAP")

    def target(address: Any) -> Any:
        if not isinstance(address, tuple) or not address:
            return address
        port = lookup(address[0]) or port_in(_text(address[0]))
        if port is not None:
            return ("127.0.0.1", port)
        if local(address[0]):
            return address
        raise refused(address[0])

    def patch(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        kept.append((owner, name, owner.__dict__.get(name)))
        setattr(owner, name, make(original))

    def getaddrinfo(original: Any) -> Any:
        def replaced(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            mapped = lookup(host) if host is not None else None
            if mapped is not None:
                kind = kwargs.get("type", args[1] if len(args) > 1 else 0)
                return original(address_for(mapped), port, socket.AF_INET, kind)
            if host is None or local(host):
                return original(host, port, *args, **kwargs)
            raise refused(host)

        return replaced

    def gethostbyname(original: Any) -> Any:
        def replaced(host: Any) -> Any:
            mapped = lookup(host)
            if mapped is not None:
                return original(address_for(mapped))
            if local(host):
                return original(host)
            raise refused(host)

        return replaced

    def connecting(original: Any) -> Any:
        def replaced(self: socket.socket, address: Any) -> Any:
            return original(self, target(address) if self.family in (socket.AF_INET, socket.AF_INET6) else address)

        return replaced

    def sending(original: Any) -> Any:
        def replaced(self: socket.socket, data: Any, *rest: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and rest:
                rest = (*rest[:-1], target(rest[-1]))
            return original(self, data, *rest)

        return replaced

    patch(socket, "getaddrinfo", getaddrinfo)
    patch(socket, "gethostbyname", gethostbyname)
    patch(socket, "gethostbyname_ex", gethostbyname)
    patch(socket.socket, "connect", connecting)
    patch(socket.socket, "connect_ex", connecting)
    patch(socket.socket, "sendto", sending)

    def undo() -> None:
        for owner, name, original in reversed(kept):
            if original is None:
                delattr(owner, name)  # it was inherited
            else:
                setattr(owner, name, original)

    return undo


def fence_for_good() -> None:
    """Map and fence this process for as long as it lives, below the socket module too. For ``sitecustomize``."""
    install(parse(os.environ.get("LOOPBACK_MAP", "")))

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            name = _text(address[0]).lower() if isinstance(address, tuple) else ""
            if isinstance(address, tuple) and name not in LOOPBACK and not name.startswith("127."):
                raise AddressRefusedError(f"refused by the loopback fence: {address[0]!r}")

    sys.addaudithook(audit)


def _text(host: object) -> str:
    return host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
