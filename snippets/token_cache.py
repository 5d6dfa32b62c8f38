# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=46.0.7", "msal>=1.39", "msal-extensions>=1.3"]
# ///
"""Keeps MSAL's cache encrypted: by the operating system on a desktop, with a key of yours and per user on a server."""

import hashlib
import secrets
from collections.abc import MutableMapping, Sequence
from pathlib import Path

import msal
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msal_extensions import PersistedTokenCache, build_encrypted_persistence


class NotEncryptedError(Exception):
    """This machine has no encrypted store: use msal.TokenCache(), which is memory and ends with the process."""


def desktop_cache(path: Path) -> PersistedTokenCache:
    """The cache of a program on a user's machine: DPAPI on Windows, Keychain on macOS, libsecret on Linux.

    Raises NotEncryptedError rather than write a file that every program of this user can read.
    """
    try:
        persistence = build_encrypted_persistence(str(path))
    except Exception as error:
        raise NotEncryptedError(f"no encrypted store for tokens here: {type(error).__name__}") from error
    if not persistence.is_encrypted:
        raise NotEncryptedError("the store for tokens is not encrypted")
    return PersistedTokenCache(persistence)


class UserCaches:
    """The caches of a web app, each encrypted for one account; *store* is a database or a Redis behind a mapping."""

    def __init__(self, store: MutableMapping[str, bytes], keys: Sequence[bytes]) -> None:
        """*keys* come from a vault, 32 bytes each, the newest first; the others only decrypt until they are retired."""
        if not keys or any(len(key) != 32 for key in keys):
            raise ValueError("give at least one key of 32 bytes")
        self._store = store
        self._ciphers = [AESGCM(key) for key in keys]

    def load(self, home_account_id: str) -> msal.SerializableTokenCache:
        """This account's cache; empty if there is none or it was tampered with, so that the user signs in again."""
        cache, name = msal.SerializableTokenCache(), _name(home_account_id)
        sealed = self._store.get(name, b"")
        for cipher in self._ciphers:
            try:
                cache.deserialize(cipher.decrypt(sealed[:12], sealed[12:], name.encode()).decode())
            except (InvalidTag, ValueError):
                continue
            if _only(cache, home_account_id):
                return cache
        return msal.SerializableTokenCache()

    def save(self, home_account_id: str, cache: msal.SerializableTokenCache) -> None:
        """Keep it; call it after each use of MSAL. Raises ValueError if it holds tokens of another account."""
        if not _only(cache, home_account_id):
            raise ValueError("a cache belongs to one account")
        if cache.has_state_changed:
            name, nonce = _name(home_account_id), secrets.token_bytes(12)
            self._store[name] = nonce + self._ciphers[0].encrypt(nonce, cache.serialize().encode(), name.encode())

    def delete(self, home_account_id: str) -> None:
        """Call it at sign-out."""
        self._store.pop(_name(home_account_id), None)


def _name(home_account_id: str) -> str:
    return "tokens-" + hashlib.sha256(home_account_id.encode()).hexdigest()


def _only(cache: msal.SerializableTokenCache, home_account_id: str) -> bool:
    kinds = cache.CredentialType
    found = [
        entry["home_account_id"]
        for kind in (kinds.ACCOUNT, kinds.ACCESS_TOKEN, kinds.REFRESH_TOKEN, kinds.ID_TOKEN)
        for entry in cache.search(kind)
    ]
    return set(found) <= {home_account_id}
