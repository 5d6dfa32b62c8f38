# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Reports what a host answers over http, its TLS version, its certificate and Strict-Transport-Security."""

import argparse
import http.client
import re
import ssl
import sys
import time
from collections.abc import Iterator

YEAR = 31536000


def transport(host: str, port: int, http_port: int, days: int, now: float) -> Iterator[tuple[bool, str]]:
    """What each hop to the host shows from here; hops behind it are not seen."""
    context = ssl.create_default_context()  # TLS 1.2 or later, a certificate for this host from a known authority
    secure = http.client.HTTPSConnection(host, port, timeout=20, context=context)
    try:
        secure.connect()
    except ssl.SSLError as error:
        yield False, f"TLS or certificate: {error.reason!r}, {getattr(error, 'verify_message', '')!r}"
        return
    certificate = secure.sock.getpeercert() or {}
    left = int((ssl.cert_time_to_seconds(str(certificate["notAfter"])) - now) // 86400)
    yield True, f"{secure.sock.version()}"
    yield left >= days, f"the certificate ends in {left} days"
    secure.request("HEAD", "/")
    policy = secure.getresponse().headers.get("Strict-Transport-Security", "")
    seconds = int((re.findall(r"max-age=\"?(\d+)", policy, re.IGNORECASE) or ["0"])[0])
    yield seconds >= YEAR, f"browsers are told to use https only for {seconds} seconds"
    plain = http.client.HTTPConnection(host, http_port, timeout=20)
    try:
        plain.request("GET", "/")
        response = plain.getresponse()
    except ConnectionRefusedError:
        yield True, "http is not answered"
        return
    target = response.headers.get("Location", "")
    moved = response.status in (301, 302, 307, 308) and target.lower().startswith(f"https://{host.lower()}")
    yield moved and target[8 + len(host) :][:1] in ("", "/", ":"), f"http answers {response.status} {target!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("host", help="such as orders.contoso.com")
    parser.add_argument("--port", type=int, default=443)
    parser.add_argument("--http-port", type=int, default=80)
    parser.add_argument("--days", type=int, default=14, help="the certificate must last so long; default: 14")
    arguments = parser.parse_args()
    try:
        found = list(transport(arguments.host, arguments.port, arguments.http_port, arguments.days, time.time()))
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for good, text in found:
        print("ok " if good else "BAD", text)
    sys.exit(0 if all(good for good, _ in found) else 1)
