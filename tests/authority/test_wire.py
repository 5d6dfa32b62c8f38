"""Faults on demand, the wire log, the clock, and servers that no client can break."""

from __future__ import annotations

import socket
import ssl

import httpx
import msal
import pytest

from tests.authority.conftest import Contoso, claims_of
from tests.authority.test_refusals import client_credentials
from ztcheck.authority import Entra

KEYS = "*/discovery/v2.0/keys"


def keys(contoso: Contoso, timeout: float = 5) -> httpx.Response:
    return httpx.get(contoso.entra.jwks_url(contoso.tenant), timeout=timeout)


def test_a_throttled_request_says_when_to_come_back(contoso: Contoso) -> None:
    contoso.entra.faults.throttle(KEYS, retry_after=7, times=2)
    for _ in range(2):
        refused = keys(contoso)
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "7")
    assert keys(contoso).status_code == 200


@pytest.mark.parametrize(
    ("fault", "status", "error", "code"),
    [
        ("throttle", 429, "temporarily_unavailable", 90055),
        ("unavailable", 503, "temporarily_unavailable", 90033),
        ("loop", 400, "invalid_grant", 50196),
    ],
)
def test_the_token_endpoint_fails_in_entras_shape(
    contoso: Contoso, fault: str, status: int, error: str, code: int
) -> None:
    getattr(contoso.entra.faults, fault)("*/token")
    refused = client_credentials(contoso)
    body = refused.json()
    assert (refused.status, body["error"], body["error_codes"]) == (status, error, [code])
    assert body["error_description"].startswith(f"AADSTS{code}: ")
    assert body["correlation_id"]
    assert refused.headers.get("Retry-After") == ("1" if fault == "throttle" else None)
    assert client_credentials(contoso).status == 200


def test_microsoft_graph_is_throttled_in_its_own_shape(contoso: Contoso) -> None:
    contoso.entra.faults.throttle(host="graph.microsoft.com", retry_after=9)
    refused = httpx.get("https://graph.microsoft.com/v1.0/me")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "9")
    assert refused.json()["error"]["code"] == "TooManyRequests"


def test_msal_does_not_ask_again_before_the_throttle_ends(contoso: Contoso) -> None:
    app = msal.ConfidentialClientApplication(
        contoso.web.app_id, client_credential=contoso.secret, authority=contoso.authority
    )
    contoso.entra.faults.throttle("*/token", retry_after=60)
    answers = [app.acquire_token_for_client([contoso.default]) for _ in range(2)]
    assert [answer["error_codes"] for answer in answers] == [[90055], [90055]]
    assert len(contoso.entra.log.find("*/token")) == 1


def test_msal_meets_an_outage(contoso: Contoso) -> None:
    app = msal.ConfidentialClientApplication(
        contoso.web.app_id, client_credential=contoso.secret, authority=contoso.authority
    )
    contoso.entra.faults.html("*/token", status=503)
    with pytest.raises(msal.exceptions.MsalServiceError):
        app.acquire_token_for_client([contoso.default])


def test_a_page_of_html_comes_where_json_is_due(contoso: Contoso) -> None:
    contoso.entra.faults.html(KEYS)
    answer = keys(contoso)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Expecting value"):
        answer.json()


def test_a_slow_answer_runs_into_the_clients_timeout(contoso: Contoso) -> None:
    contoso.entra.faults.slow(KEYS, seconds=1.0)
    with pytest.raises(httpx.ReadTimeout):
        keys(contoso, timeout=0.2)


@pytest.mark.parametrize("after_bytes", [0, 20])
def test_a_connection_is_cut(contoso: Contoso, after_bytes: int) -> None:
    contoso.entra.faults.cut(KEYS, after_bytes=after_bytes)
    with pytest.raises(httpx.RemoteProtocolError):
        keys(contoso)
    assert keys(contoso).status_code == 200


def test_a_fault_waits_its_turn_and_reaches_only_what_it_names(contoso: Contoso) -> None:
    contoso.entra.faults.add("*/token", status=500, body={"error": "server_error"}, after=1)
    assert keys(contoso).status_code == 200
    assert client_credentials(contoso).status == 200
    assert client_credentials(contoso).status == 500
    assert client_credentials(contoso).status == 200


def test_a_lasting_fault_lasts_until_it_is_removed(contoso: Contoso) -> None:
    fault = contoso.entra.faults.unavailable(KEYS, retry_after=1, times=None)
    assert [keys(contoso).status_code for _ in range(3)] == [503, 503, 503]
    contoso.entra.faults.remove(fault)
    assert keys(contoso).status_code == 200


def test_a_fault_can_reach_one_host_alone(contoso: Contoso) -> None:
    contoso.entra.faults.throttle(host="graph.microsoft.com")
    assert keys(contoso).status_code == 200
    assert httpx.get("https://graph.microsoft.com/v1.0/me").status_code == 429


@pytest.mark.parametrize("skew", [-7200, 7200])
def test_a_wrong_clock_makes_tokens_of_another_time(contoso: Contoso, skew: int) -> None:
    right = claims_of(client_credentials(contoso))
    with contoso.entra.clock(skew=skew):
        wrong = claims_of(client_credentials(contoso))
    assert abs(wrong["exp"] - right["exp"] - skew) <= 2
    assert abs(claims_of(client_credentials(contoso))["exp"] - right["exp"]) <= 2


def test_the_log_tells_what_went_over_the_wire(contoso: Contoso) -> None:
    keys(contoso)
    client_credentials(contoso, client_secret="wrong")
    [asked] = contoso.entra.log.find("*/token")
    assert (asked.request.form["grant_type"], asked.response.status) == ("client_credentials", 401)
    assert len(contoso.entra.log) == 2
    assert [each.request.method for each in contoso.entra.log] == ["GET", "POST"]
    assert contoso.entra.log.find(method="GET", host="login.*")[0].request.path.endswith("keys")


def test_the_text_of_a_logged_exchange_shows_no_secret(contoso: Contoso) -> None:
    client_credentials(contoso)
    assert contoso.secret not in repr(contoso.entra.log.find("*/token"))


def raw(entra: Entra, data: bytes) -> bytes:
    with (
        socket.create_connection(("localhost", entra.port), timeout=5) as plain,
        entra.ssl_context().wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        secure.sendall(data)
        return secure.recv(65536)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", b"413"),
        (b"BREW /pot HTTP/1.1\r\nHost: localhost\r\n\r\n", b"404"),
        (b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"nonsense\r\n\r\n", b"400"),
    ],
    ids=["huge body", "negative length", "length in words", "unknown method", "long line", "no HTTP"],
)
def test_a_hostile_request_gets_an_error_and_the_server_lives(data: bytes, status: bytes) -> None:
    with Entra() as entra:
        assert status in raw(entra, data)
        with httpx.Client(verify=entra.ssl_context()) as client:
            assert client.get(entra.jwks_url("common")).status_code == 200


def test_a_client_that_does_not_trust_the_test_ca_gets_nothing() -> None:
    with Entra() as entra, httpx.Client(verify=ssl.create_default_context()) as client:
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.get(entra.jwks_url("common"))
        assert len(entra.log) == 0


def test_a_silent_client_blocks_nobody() -> None:
    with (
        Entra() as entra,
        socket.create_connection(("localhost", entra.port)),
        httpx.Client(verify=entra.ssl_context(), timeout=5) as client,
    ):
        assert client.get(entra.jwks_url("common")).status_code == 200


def test_it_listens_on_loopback_alone_and_cleans_up_after_itself() -> None:
    entra = Entra().start()
    assert entra._server is not None
    assert entra._server.server_address[0] == "127.0.0.1"
    ca, port = entra.ca_file, entra.port
    entra.stop()
    assert not ca.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
    with pytest.raises(RuntimeError, match="not running"):
        _ = entra.port


def test_a_fault_of_its_own_is_told_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise KeyError("oops")

    with Entra() as entra, httpx.Client(verify=entra.ssl_context()) as client:
        monkeypatch.setattr(entra.endpoints, "answer", broken)
        answer = client.get(entra.jwks_url("common"))
    assert answer.status_code == 500
    assert "KeyError: 'oops'" in answer.json()["error_description"]
