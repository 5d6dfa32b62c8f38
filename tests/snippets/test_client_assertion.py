"""Each credential works without a secret, and none is taken from where an attacker could have put it."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jwt
import pytest

from client_assertion import from_certificate, from_github_job, from_managed_identity, from_token_file
from client_credentials import AppTokens, TokenRefusedError
from tests.snippets.certificates import certificate
from ztcheck.authority import Entra, Registration, Tenant

API = "https://orders.contoso.com"


@dataclass
class Daemon:
    entra: Entra
    contoso: Tenant
    app: Registration

    def token(self, credential: dict[str, str | Callable[[], str]]) -> dict[str, object]:
        """The claims of the app's own token, got with the credential."""
        token = AppTokens(self.app.app_id, credential).get(self.contoso.id, API)
        return jwt.decode(token, options={"verify_signature": False})


@pytest.fixture
def daemon(entra: Entra) -> Daemon:
    contoso = entra.tenant("contoso")
    contoso.register("orders-api", identifier_uri=API)
    return Daemon(entra, contoso, contoso.register("orders-daemon"))


def pem_file(folder: Path, private: str, public: str, mode: int = 0o600) -> Path:
    path = folder / "orders.pem"
    path.write_text(private + public)
    path.chmod(mode)
    return path


# Managed identity


def identity_trusted(daemon: Daemon, subject: str | None = None) -> Registration:
    identity = daemon.entra.identity.assign(daemon.contoso, "orders-vm", user_assigned=True)
    own = daemon.contoso.service_principal_id(identity)
    daemon.app.trust(daemon.entra.issuer(daemon.contoso), subject or own)
    return identity


def test_proves_the_app_by_its_managed_identity(daemon):
    claims = daemon.token(from_managed_identity(identity_trusted(daemon).app_id))
    assert (claims["azp"], claims["azpacr"]) == (daemon.app.app_id, "2")


def test_refuses_a_managed_identity_that_the_registration_does_not_trust(daemon):
    identity = identity_trusted(daemon, subject="00000000-0000-4000-8000-000000000000")
    with pytest.raises(TokenRefusedError):
        daemon.token(from_managed_identity(identity.app_id))


def test_refuses_to_go_on_without_the_managed_identity(daemon):
    identity_trusted(daemon)
    with pytest.raises(RuntimeError, match="no token of the managed identity"):
        daemon.token(from_managed_identity("99999999-0000-4000-8000-000000000000"))


# Token file


def test_proves_the_app_by_the_platforms_token_and_reads_it_anew(daemon, tmp_path):
    issuer = "https://token.actions.githubusercontent.com"
    daemon.app.trust(issuer, "repo:contoso/orders:environment:production")
    path = tmp_path / "token"
    credential = from_token_file(path)
    path.write_text(_job_token(daemon) + "\n")
    first = daemon.token(credential)
    path.write_text(_job_token(daemon, environment="staging"))
    assert first["azpacr"] == "2"
    with pytest.raises(TokenRefusedError):
        daemon.token(credential)


@pytest.mark.parametrize("content", ["", "\n", "not a token", "a-client-secret"], ids=repr)
def test_refuses_a_token_file_with(content, daemon, tmp_path):
    path = tmp_path / "token"
    path.write_text(content)
    daemon.app.trust("https://oidc.contoso.example", "orders")
    with pytest.raises(RuntimeError, match=r"no token in .*: ValueError"):
        daemon.token(from_token_file(path))


def test_refuses_to_go_on_without_the_token_file(daemon, tmp_path):
    with pytest.raises(RuntimeError, match=r"no token in .*: FileNotFoundError"):
        daemon.token(from_token_file(tmp_path / "absent"))


# GitHub job


def _job_token(daemon: Daemon, environment: str = "production") -> str:
    job = daemon.entra.workflow.job(repository="contoso/orders", environment=environment)
    credential = from_github_job(job)["client_assertion"]
    assert callable(credential)
    return credential()


def test_proves_the_app_by_the_github_job(daemon):
    daemon.app.trust("https://token.actions.githubusercontent.com", "repo:contoso/orders:environment:production")
    job = daemon.entra.workflow.job(repository="contoso/orders", environment="production")
    assert daemon.token(from_github_job(job))["azpacr"] == "2"


@pytest.mark.parametrize("job", [{"repository": "contoso/fork"}, {"environment": "staging"}], ids=str)
def test_refuses_the_job_of_another(job, daemon):
    daemon.app.trust("https://token.actions.githubusercontent.com", "repo:contoso/orders:environment:production")
    described = {"repository": "contoso/orders", "environment": "production"} | job
    with pytest.raises(TokenRefusedError):
        daemon.token(from_github_job(daemon.entra.workflow.job(**described)))


@pytest.mark.parametrize(
    "url",
    [
        "http://pipelines.actions.githubusercontent.com/x?y=1",
        "https://actions.githubusercontent.com.stranger.example/x?y=1",
        "https://stranger.example/.actions.githubusercontent.com?y=1",
        "https://x.actions.githubusercontent.com@stranger.example/?y=1",
        "",
    ],
)
def test_refuses_to_show_the_jobs_token_to(url):
    with pytest.raises(ValueError, match="is not GitHub's"):
        from_github_job({"ACTIONS_ID_TOKEN_REQUEST_URL": url, "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t"})


def test_refuses_a_job_without_permission_to_get_a_token():
    with pytest.raises(KeyError):
        from_github_job({})


def test_refuses_an_answer_that_is_not_a_token(daemon):
    job = daemon.entra.workflow.job(repository="contoso/orders", environment="production")
    daemon.entra.faults.add("*", host="*.actions.githubusercontent.com", status=403)
    daemon.app.trust("https://token.actions.githubusercontent.com", "repo:contoso/orders:environment:production")
    with pytest.raises(RuntimeError, match="no token of the job: HTTPStatusError"):
        daemon.token(from_github_job(job))


# Certificate


def test_proves_the_app_by_its_certificate(daemon, tmp_path):
    daemon.app.add_certificate(certificate().public)
    path = pem_file(tmp_path, certificate().private, certificate().public)
    assert daemon.token(from_certificate(path))["azpacr"] == "2"
    sent = daemon.entra.log.find("*/token")[-1].request.form["client_assertion"]
    header = jwt.get_unverified_header(sent)
    assert header["alg"] == "PS256"
    assert "x5t" not in header


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660], ids=oct)
def test_refuses_a_key_that_others_can_read(mode, tmp_path):
    with pytest.raises(PermissionError):
        from_certificate(pem_file(tmp_path, certificate().private, certificate().public, mode))


def test_refuses_the_certificate_of_another_key(tmp_path):
    with pytest.raises(ValueError, match="another key"):
        from_certificate(pem_file(tmp_path, certificate().private, certificate("other").public))


@pytest.mark.parametrize("days", [(-10, -1), (1, 10)], ids=["expired", "not-yet-valid"])
def test_refuses_a_certificate_that_is(days, tmp_path):
    old = certificate("old", *days)
    with pytest.raises(ValueError, match="not valid today"):
        from_certificate(pem_file(tmp_path, old.private, old.public))


@pytest.mark.parametrize("missing", ["key", "certificate"])
def test_refuses_a_file_without(missing, tmp_path):
    made = certificate()
    texts = ("", made.public) if missing == "key" else (made.private, "")
    with pytest.raises(ValueError, match="PEM"):
        from_certificate(pem_file(tmp_path, *texts))


def test_refuses_a_certificate_that_the_registration_does_not_know(daemon, tmp_path):
    daemon.app.add_certificate(certificate("other").public)
    path = pem_file(tmp_path, certificate().private, certificate().public)
    with pytest.raises(TokenRefusedError):
        daemon.token(from_certificate(path))


def test_sends_no_secret(daemon, tmp_path):
    daemon.app.add_certificate(certificate().public)
    daemon.token(from_certificate(pem_file(tmp_path, certificate().private, certificate().public)))
    assert all("client_secret" not in exchange.request.form for exchange in daemon.entra.log.find("*/token"))
