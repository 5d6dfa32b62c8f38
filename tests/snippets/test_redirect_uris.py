"""Every redirect URI names one exact address of ours, over https unless it stays on the device."""

import pytest

from tests.snippets.graph_programs import HOSTILE, CannotSee, Program

PLATFORMS = ("web", "spa", "publicClient")


def redirects(program: Program, platform: str, *uris: str) -> None:
    program.app.extra |= {name: {"redirectUris": list(uris) if name == platform else []} for name in PLATFORMS}


@pytest.fixture
def program(contoso: Program) -> Program:
    redirects(contoso, "web", "https://orders.contoso.com/auth")
    return contoso.prepare("redirect_uris.py", contoso.app.app_id, "contoso.com", "Contoso.example")


class TestCannotSee(CannotSee):
    """Whatever goes wrong on the way to Microsoft Graph."""


BAD = {
    "any host of the domain": ("https://*.contoso.com/auth", "wildcard"),
    "any path of the host": ("https://orders.contoso.com/*", "wildcard"),
    "another domain": ("https://orders.fabrikam.example/auth", "not yours"),
    "a domain that ends alike": ("https://evilcontoso.com/auth", "not yours"),
    "ours below another": ("https://contoso.com.evil.example/auth", "not yours"),
    "ours as a user name": ("https://contoso.com@evil.example/auth", "not yours"),
    "a user name before ours": ("https://evil.example@contoso.com/auth", "more than an address"),
    "no host": ("https:///auth", "not yours"),
    "no TLS": ("http://orders.contoso.com/auth", "https"),
    "a public IP address": ("https://203.0.113.7/auth", "IP address"),
    "a private IP address": ("http://10.0.0.4/auth", "IP address"),
    "an IP address of version 6": ("https://[2001:db8::1]/auth", "IP address"),
    "a query": ("https://orders.contoso.com/auth?next=/", "query"),
    "a fragment": ("https://orders.contoso.com/auth#done", "fragment"),
    "loopback as a subdomain": ("http://localhost.evil.example/", "not yours"),
    "no address": ("https://[contoso.com/", "no address"),
    "control characters": (f"https://evil.example/{HOSTILE}", "not yours"),
}


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(("uri", "fault"), BAD.values(), ids=BAD)
def test_refuses_a_redirect_to(program, platform, uri, fault):
    redirects(program, platform, "https://orders.contoso.com/auth", uri)
    done = program.run()
    assert done.code == 1
    assert fault in done.out
    assert done.out.count("BAD") == 1


@pytest.mark.parametrize("platform", ["web", "spa"])
@pytest.mark.parametrize(
    "uri", ["contoso-orders://auth", "msauth.com.contoso.orders://auth", "javascript:alert(1)", "auth"]
)
def test_refuses_the_scheme_of_a_native_app_elsewhere(program, platform, uri):
    redirects(program, platform, uri)
    assert program.run().code == 1


@pytest.mark.parametrize(
    ("platform", "uri"),
    [
        ("web", "https://contoso.com/auth"),
        ("spa", "https://ORDERS.Contoso.Example/"),
        ("web", "http://localhost:5000/auth"),
        ("publicClient", "http://localhost"),
        ("publicClient", "http://127.0.0.1/auth"),
        ("publicClient", "http://[::1]:8400/auth"),
        ("publicClient", "contoso-orders://auth"),
        ("publicClient", "ms-appx-web://microsoft.aad.brokerplugin/1"),
    ],
    ids=str,
)
def test_accepts(program, platform, uri):
    redirects(program, platform, uri)
    assert program.run().code == 0


def test_accepts_a_registration_without_redirects(program):
    redirects(program, "web")
    assert program.run().code == 0
