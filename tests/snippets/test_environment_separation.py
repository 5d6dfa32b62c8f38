"""Test and production share no identity, vault, store or secret."""

import json

import pytest

from tests.snippets.programs import HOSTILE, run_program

CLIENT = "11111111-1111-4111-8111-11111111111a"
TENANT = "22222222-2222-4222-8222-22222222222b"
TEST = {
    "AzureAd": {"Instance": "https://login.microsoftonline.com/", "TenantId": TENANT, "ClientId": CLIENT},
    "Vault": "https://orders-test.vault.azure.net/",
    "Queues": ["orders-test.servicebus.windows.net"],
    "Retries": 3,
    "Proxy": None,
}
PRODUCTION = {
    "AzureAd": {"Instance": "https://login.microsoftonline.com/", "TenantId": TENANT, "ClientId": CLIENT[:-1] + "f"},
    "Vault": "https://orders.vault.azure.net/",
    "Queues": ["orders.servicebus.windows.net"],
    "Retries": 3,
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    def run(test, production):
        for name, content in (("test.json", test), ("production.json", production)):
            text = content if isinstance(content, str) else json.dumps(content)
            (tmp_path / name).write_text(text, encoding="utf-8")
        files = [str(tmp_path / "test.json"), str(tmp_path / "production.json")]
        return run_program(
            "environment_separation.py", [*files, "--shared", "login.microsoftonline.com", TENANT.upper()], monkeypatch
        )

    return run


def test_accepts_environments_that_share_only_what_may_be(run):
    done = run(TEST, PRODUCTION)
    assert done.code == 0
    assert done.out.count("ok ") == 2


@pytest.mark.parametrize(
    "members",
    [
        {"Daemon": {"ClientId": CLIENT}},
        {"Daemon": {"ClientId": CLIENT.upper()}},
        {"Scope": f"api://{CLIENT}/.default"},
        {"Vault": "https://ORDERS-test.vault.azure.net/secrets/a"},
        {"Store": "Endpoint=sb://orders-test.servicebus.windows.net/;SharedAccessKeyName=a"},
        {f"Name{HOSTILE}": ["orders-test.vault.azure.net"]},
    ],
    ids=["an identity", "an identity in capitals", "its scope", "a vault", "a bus", "a vault under a hostile name"],
)
def test_refuses_to_share(run, members):
    done = run(TEST, PRODUCTION | members)
    assert done.code == 1
    assert done.out.count("BAD") == 1


def test_refuses_to_share_a_secret_and_does_not_show_it(run):
    done = run(TEST | {"ClientSecret": "correct-horse"}, PRODUCTION | {"Api": {"ApiToken": "correct-horse"}})
    assert done.code == 1
    assert "correct-horse" not in done.out
    assert "'ClientSecret' and 'Api:ApiToken'" in done.out


@pytest.mark.parametrize("text", ["", "{", "{}", "[1, 2]", "[" * 100_000], ids=lambda text: text[:6] or "empty")
def test_refuses_to_judge(run, text):
    assert run(text, PRODUCTION).code == 2
    assert run(TEST, text).code == 2
