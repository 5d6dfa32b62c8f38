"""Stored tokens are encrypted and belong to one account; where that cannot be, nothing is stored."""

import sys
from pathlib import Path

import msal
import pytest

from tests.snippets.people import READ, People, people
from token_cache import NotEncryptedError, UserCaches, desktop_cache
from ztcheck.authority import Entra

KEY, NEW_KEY = b"k" * 32, b"n" * 32


@pytest.fixture
def there(entra: Entra) -> People:
    return people(entra)


@pytest.fixture
def store() -> dict[str, bytes]:
    return {}


def signed_in(there: People, caches: UserCaches, name: str = "ana") -> str:
    """Sign in with an empty cache and keep it; the home_account_id."""
    cache = msal.SerializableTokenCache()
    account = there.sign_in(there.app(token_cache=cache), name)
    caches.save(account, cache)
    return account


def has_tokens(caches: UserCaches, account: str) -> bool:
    return bool(list(caches.load(account).search(msal.TokenCache.CredentialType.REFRESH_TOKEN)))


def test_serves_the_next_request_of_the_same_user_without_a_sign_in(there, store):
    caches = UserCaches(store, [KEY])
    ana = signed_in(there, caches)
    before = there.requests()
    app = there.app(token_cache=caches.load(ana))
    assert app.acquire_token_silent([READ], app.get_accounts()[0])["token_source"] == "cache"
    assert there.requests() == before


def test_refuses_to_store_tokens_that_can_be_read(there, store):
    signed_in(there, UserCaches(store, [KEY]))
    text = b"".join(store.values()) + "".join(store).encode()
    for word in (b"eyJ", b"secret", b"refresh_token", there.contoso.user("ana").id.encode(), b"ana@"):
        assert word.lower() not in text.lower()


def test_refuses_to_encrypt_twice_alike(there, store):
    caches = UserCaches(store, [KEY])
    cache = msal.SerializableTokenCache()
    ana = there.sign_in(there.app(token_cache=cache))
    seen = set()
    for _ in range(3):
        cache.has_state_changed = True
        caches.save(ana, cache)
        seen.add(store[next(iter(store))][:12])
    assert len(seen) == 3


def test_keeps_users_apart(there, store):
    caches = UserCaches(store, [KEY])
    accounts = {name: signed_in(there, caches, name) for name in ("ana", "ben")}
    for account in accounts.values():
        found = there.app(token_cache=caches.load(account)).get_accounts()
        assert [each["home_account_id"] for each in found] == [account]


def test_refuses_to_serve_one_user_the_entry_of_another(there, store):
    """Whoever can write to the store, or a mistake in it, swaps two entries."""
    caches = UserCaches(store, [KEY])
    ana, ben = (signed_in(there, caches, name) for name in ("ana", "ben"))
    first, second = store
    store[first], store[second] = store[second], store[first]
    assert not has_tokens(caches, ana)
    assert not has_tokens(caches, ben)


def test_refuses_to_save_two_accounts_in_one_cache(there, store):
    cache = msal.SerializableTokenCache()
    app = there.app(token_cache=cache)
    ana, _ben = there.sign_in(app, "ana"), there.sign_in(app, "ben")
    with pytest.raises(ValueError, match="one account"):
        UserCaches(store, [KEY]).save(ana, cache)
    assert store == {}


def test_refuses_to_save_tokens_under_another_account(there, store):
    cache = msal.SerializableTokenCache()
    there.sign_in(there.app(token_cache=cache), "ben")
    with pytest.raises(ValueError, match="one account"):
        UserCaches(store, [KEY]).save("someone-else", cache)


TAMPERED = {
    "one-bit": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "nonce": lambda sealed: bytes(12) + sealed[12:],
    "cut-off": lambda sealed: sealed[:40],
    "empty": lambda sealed: b"",  # noqa: ARG005
    "plain": lambda sealed: b'{"RefreshToken": {}}',  # noqa: ARG005
}


@pytest.mark.parametrize("name", TAMPERED)
def test_refuses_an_entry_that_was_tampered_with(name, there, store):
    caches = UserCaches(store, [KEY])
    ana = signed_in(there, caches)
    (key,) = store
    store[key] = TAMPERED[name](store[key])
    assert not has_tokens(caches, ana)


def test_refuses_an_entry_under_a_retired_key(there, store):
    ana = signed_in(there, UserCaches(store, [KEY]))
    assert has_tokens(UserCaches(store, [NEW_KEY, KEY]), ana)
    assert not has_tokens(UserCaches(store, [NEW_KEY]), ana)


def test_moves_to_the_new_key_with_the_next_save(there, store):
    ana = signed_in(there, UserCaches(store, [KEY]))
    both = UserCaches(store, [NEW_KEY, KEY])
    cache = both.load(ana)
    cache.has_state_changed = True
    both.save(ana, cache)
    assert has_tokens(UserCaches(store, [NEW_KEY]), ana)


@pytest.mark.parametrize("keys", [[], [b""], [b"short"], [b"k" * 16], [KEY, b"k" * 31]], ids=repr)
def test_refuses_a_weak_key(keys, store):
    with pytest.raises(ValueError, match="32 bytes"):
        UserCaches(store, keys)


def test_refuses_the_tokens_after_sign_out(there, store):
    caches = UserCaches(store, [KEY])
    ana = signed_in(there, caches)
    caches.delete(ana)
    caches.delete(ana)
    assert store == {}
    assert not has_tokens(caches, ana)


class Store:
    """What msal-extensions builds, with or without encryption."""

    def __init__(self, path: Path, *, is_encrypted: bool) -> None:
        self.path = path
        self.is_encrypted = is_encrypted

    def get_location(self) -> str:
        return str(self.path)


@pytest.mark.skipif(sys.platform != "linux", reason="the other systems have a store")
def test_refuses_to_write_a_plain_file_where_there_is_no_keyring(tmp_path):
    with pytest.raises(NotEncryptedError, match="no encrypted store"):
        desktop_cache(tmp_path / "tokens")
    assert list(tmp_path.iterdir()) == []


def test_refuses_a_store_that_does_not_encrypt(tmp_path, monkeypatch):
    monkeypatch.setattr("token_cache.build_encrypted_persistence", lambda path: Store(Path(path), is_encrypted=False))
    with pytest.raises(NotEncryptedError, match="not encrypted"):
        desktop_cache(tmp_path / "tokens")


def test_takes_the_systems_store(tmp_path, monkeypatch):
    monkeypatch.setattr("token_cache.build_encrypted_persistence", lambda path: Store(Path(path), is_encrypted=True))
    assert desktop_cache(tmp_path / "tokens").is_encrypted
