# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16", "pyjwt[crypto]>=2.15"]
# ///
"""Keeps an issuer's signing keys at hand: follows new ones within seconds, drops withdrawn ones, survives outages."""

import json
import logging
import threading
import time
from dataclasses import dataclass

import httpx2
import jwt

log = logging.getLogger(__name__)
MAX_BYTES = 1_000_000
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth"}  # with any of these in public, everybody has the private key


@dataclass(frozen=True)
class SigningKey:
    """A public key and the issuer it may sign for; the issuer can hold the placeholder {tenantid}, or be empty."""

    key: jwt.PyJWK
    issuer: str


@dataclass(frozen=True)
class KeySet:
    """The keys of one answer by key id, and the monotonic time at which they were asked for."""

    keys: dict[str, SigningKey]
    asked: float


class SigningKeys:
    """The keys under one jwks_uri, shared by all threads; a request with a known key waits only after an idle time."""

    def __init__(
        self,
        jwks_uri: str,
        *,
        refresh_after: float = 900,  # keys older than this many seconds are fetched anew, in the background
        discard_after: float = 86_400,  # without any good answer for this long, nothing is accepted
        cooldown: float = 5,  # made-up key ids cause at most one fetch in this time
        timeout: float = 3,
        most_waiting: int = 20,  # keep it below the number of your server's threads
    ) -> None:
        self.jwks_uri = jwks_uri
        self.refresh_after = refresh_after
        self.discard_after = discard_after
        self.cooldown = cooldown
        self.timeout = timeout
        self._known = KeySet({}, float("-inf"))
        self._lock = threading.Lock()
        self._fetch_started = float("-inf")
        self._fetch_done = threading.Event()
        self._seats = threading.BoundedSemaphore(most_waiting)

    def get(self, kid: str) -> SigningKey | None:
        """The key with this id, or None; waits for a fetch only if the id is unknown or the process was idle."""
        now = time.monotonic()
        known = self._known
        key = known.keys.get(kid)
        if key and now - known.asked < self.refresh_after:
            return key
        idle = now - self._fetch_started > 2 * self.refresh_after
        fetch = self._fetch_in_background(now)
        if fetch and (key is None or idle):
            self._wait_for(fetch)
            known = self._known
        return known.keys.get(kid) if now - known.asked < self.discard_after else None

    def _wait_for(self, fetch: threading.Event) -> None:
        if not self._known.keys:
            fetch.wait(self.timeout)
        elif self._seats.acquire(blocking=False):
            try:
                fetch.wait(self.timeout)
            finally:
                self._seats.release()

    def _fetch_in_background(self, now: float) -> threading.Event | None:
        """Join the fetch that is running or start one, unless the last one started too recently."""
        with self._lock:
            age = now - self._fetch_started
            if not self._fetch_done.is_set() and age < 4 * self.timeout:
                return self._fetch_done
            if age < self.cooldown:
                return None
            self._fetch_started, self._fetch_done = now, threading.Event()
            threading.Thread(target=self._fetch, args=(now, self._fetch_done), daemon=True).start()
            return self._fetch_done

    def _fetch(self, asked: float, done: threading.Event) -> None:
        try:
            keys = read_keys(download(self.jwks_uri, self.timeout))
        except Exception:  # whatever the endpoint did, the last good keys stay in use
            log.warning("signing keys not refreshed", exc_info=True)
        else:
            with self._lock:
                if asked > self._known.asked:
                    self._known = KeySet(keys, asked)
        finally:
            done.set()


def download(uri: str, timeout: float) -> bytes:
    """The body found directly under an https address; no redirect, limited in size and time."""
    body = b""
    with httpx2.Client(timeout=timeout) as client:
        hang_up = threading.Timer(2 * timeout, client.close)  # on a server that sends too slowly, headers included
        hang_up.daemon = True
        hang_up.start()
        try:
            with client.stream("GET", uri, headers={"Accept-Encoding": "identity"}) as response:
                if response.url.scheme != "https" or response.status_code != 200:
                    raise ValueError(f"{uri} answered {response.status_code}")
                for chunk in response.iter_raw():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise ValueError(f"{uri} sends too much")
        finally:
            hang_up.cancel()
    return body


def read_keys(document: bytes) -> dict[str, SigningKey]:
    """The RSA signing keys of a JSON Web Key Set by key id; raises if there is none or an id occurs twice."""
    keys: dict[str, SigningKey] = {}
    for entry in json.loads(document)["keys"]:
        if (entry["kty"], entry.get("use", "sig"), entry.get("alg", "RS256")) != ("RSA", "sig", "RS256"):
            continue
        if not PRIVATE.isdisjoint(entry) or "verify" not in [*entry.get("key_ops", ["verify"])]:
            continue
        kid, issuer = entry["kid"], entry.get("issuer", "")
        if kid in keys or not isinstance(issuer, str):
            raise ValueError("key id occurs twice, or issuer is not a text")
        keys[kid] = SigningKey(jwt.PyJWK(entry, "RS256"), issuer)
    if not keys:
        raise ValueError("no signing key")
    return keys
