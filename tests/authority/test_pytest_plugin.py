"""The fixtures, as a team's own tests use them: in a project of its own, with an app of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.inner import run_pytest

APP = '''
import jwt

class Api:
    """Accepts what PyJWT accepts with the usual arguments; *checked* adds what Entra's tokens need."""

    def __init__(self, entra, api, checked):
        self.entra, self.api, self.checked = entra, api, checked

    def status(self, headers):
        token = headers["Authorization"].removeprefix("Bearer ")
        keys = {key.kid: key.public_pem for key in self.entra.published_keys}
        try:
            kid = jwt.get_unverified_header(token)["kid"]
            claims = jwt.decode(token, keys[kid], algorithms=["RS256"], audience=self.api.app_id,
                                issuer=self.entra.issuer(self.api.tenant))
        except Exception:
            return 401
        if self.checked and claims.get("scp") != "Orders.Read":
            return 403
        return 200
'''

TESTS = """
import pytest
from app import Api

@pytest.fixture
def api(entra, app_registration):
    return Api(entra, app_registration, checked=CHECKED)

def test_accepts(api, token_for):
    assert api.status({"Authorization": "Bearer " + token_for("ana", scopes=["Orders.Read"])}) == 200

def test_refuses_an_app(api, token_for):
    assert api.status({"Authorization": "Bearer " + token_for(roles=["Orders.Process.All"])}) == 403

def test_refuses(api, bad_token):
    assert api.status(bad_token.header) != 200, bad_token.why

def test_unusual(api, unusual_token):
    assert api.status(unusual_token.header) in (200, 403)

def test_tenants_are_new(tenant, entra):
    assert not tenant.users and not len(entra.log)

def test_tenants_are_new_again(tenant, entra):
    assert not tenant.users
    entra.skew = 99
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["ztcheck.authority.pytest_plugin"]\n')
    (tmp_path / "app.py").write_text(APP)
    return tmp_path


def run(project: Path, *arguments: str) -> str:
    done = run_pytest(project, "--tb=no", "-rN", *arguments)
    return done.stdout + done.stderr


def test_a_lenient_app_fails_by_the_name_of_each_token_that_it_took(project: Path) -> None:
    (project / "test_app.py").write_text(TESTS.replace("CHECKED", "False"))
    output = run(project, "-rf")
    failed = set(re.findall(r"FAILED test_app.py::test_refuses\[([^\]]+)\]", output))
    assert {"kind/no-permission", "kind/id-token-for-api", "time/exp-missing", "kind/app-only-without-roles"} <= failed
    assert not any(name.startswith(("signature/bit", "issuer/iss-of", "audience/aud-other")) for name in failed)


def test_the_fixtures_give_what_they_say(project: Path) -> None:
    (project / "test_app.py").write_text(TESTS.replace("CHECKED", "True"))
    output = run(project, "-k", "accepts or an_app or unusual or tenants")
    assert re.search(r"^\d+ passed, \d+ deselected", output, re.MULTILINE), output


def test_names_can_be_those_of_production(project: Path) -> None:
    (project / "test_names.py").write_text(
        "def test(entra, tenant):\n    assert entra.issuer(tenant).startswith('https://login.microsoftonline.us/')\n"
    )
    assert "1 passed" in run(project, "--entra-cloud", "usgov")
