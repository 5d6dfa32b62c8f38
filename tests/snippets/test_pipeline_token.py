"""A deployment job is signed in by who it is, and any other job is not."""

import dataclasses
from pathlib import Path

import pytest

from pipeline_token import STORED, PipelineSignInError, pipeline_token
from ztcheck.authority import Entra, Registration
from ztcheck.authority.directory import MANAGEMENT
from ztcheck.authority.keys import peek
from ztcheck.authority.loopback import run_snippet

SCOPE = "https://management.azure.com/.default"
ISSUER = "https://token.actions.githubusercontent.com"
SNIPPET = Path(__file__).parents[2] / "snippets" / "pipeline_token.py"


@dataclasses.dataclass
class Pipeline:
    entra: Entra
    app: Registration

    def job(self, **token: object) -> dict[str, str]:
        """The environment of a job; by default that which the app trusts."""
        named = {"AZURE_TENANT_ID": self.app.tenant.id, "AZURE_CLIENT_ID": self.app.app_id}
        return named | self.entra.workflow.job(**{"repository": "contoso/orders", "environment": "production", **token})

    def asked(self) -> int:
        return len(self.entra.log.find("*/oauth2/v2.0/token"))


@pytest.fixture
def pipeline(entra: Entra) -> Pipeline:
    contoso = entra.tenant("contoso")
    app = contoso.register("orders-deployment")
    app.trust(ISSUER, "repo:contoso/orders:environment:production")
    return Pipeline(entra, app)


JOBS = {
    "another-environment": {"environment": "test"},
    "no-environment": {"environment": None},
    "environment-in-upper-case": {"environment": "Production"},
    "pull-request": {"environment": None, "event": "pull_request"},
    "another-repository": {"repository": "contoso/website"},
    "fork": {"repository": "stranger/orders"},
    "repository-that-begins-alike": {"repository": "contoso/orders-2"},
    "expired": {"claims": {"exp": 1}},
    "of-another-issuer": {"claims": {"iss": "https://stranger.example"}},
}


@pytest.mark.parametrize("name", JOBS)
def test_refuses_the_job(name, pipeline):
    with pytest.raises(PipelineSignInError, match="federated credential"):
        pipeline_token(SCOPE, pipeline.job(**JOBS[name]))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", STORED)
def test_refuses_to_run_beside_a_stored_credential(name, pipeline):
    with pytest.raises(PipelineSignInError, match=f"delete the stored credential: {name}") as raised:
        pipeline_token(SCOPE, pipeline.job() | {name: "kT8~Q.abc"})
    assert "kT8" not in str(raised.value)
    assert pipeline.asked() == 0


@pytest.mark.parametrize(
    "name", ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"]
)
def test_refuses_without(name, pipeline):
    job = pipeline.job()
    del job[name]
    with pytest.raises(PipelineSignInError, match=name):
        pipeline_token(SCOPE, job)


CHANGES = {
    "request-to-a-stranger": {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://stranger.example/idtoken?api-version=2.0"},
    "request-over-http": {
        "ACTIONS_ID_TOKEN_REQUEST_URL": "http://pipelines.actions.githubusercontent.com/idtoken/1?a=b"
    },
    "request-to-a-look-alike": {"ACTIONS_ID_TOKEN_REQUEST_URL": "https://actions.githubusercontent.com.x.example/?a=b"},
    "made-up-request-token": {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "made-up"},
    "tenant-as-name": {"AZURE_TENANT_ID": "common"},
    "tenant-as-path": {"AZURE_TENANT_ID": "../contoso"},
    "client-as-name": {"AZURE_CLIENT_ID": "orders-deployment"},
}


@pytest.mark.parametrize("name", CHANGES)
def test_refuses_a_job_with(name, pipeline):
    with pytest.raises(PipelineSignInError):
        pipeline_token(SCOPE, pipeline.job() | CHANGES[name])
    assert pipeline.asked() == 0


def test_refuses_to_print_a_token(pipeline):
    done = run_snippet(SNIPPET, env=pipeline.job(), entra=pipeline.entra)
    assert done.returncode == 0, done.stderr
    assert "eyJ" not in done.stdout + done.stderr
    assert "without a stored credential" in done.stdout
    done = run_snippet(SNIPPET, env=pipeline.job(environment="test"), entra=pipeline.entra)
    assert done.returncode == 1
    assert "eyJ" not in done.stdout + done.stderr


def test_signs_the_deployment_in(pipeline):
    claims = peek(pipeline_token(SCOPE, pipeline.job()))[1]
    assert claims["aud"] in (MANAGEMENT, "https://management.azure.com")
    assert claims["tid"] == pipeline.app.tenant.id
