"""A tenant is onboarded for the customer who asked, after its administrator approved and one of its users signed in."""

import re
import time
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from admin_consent_url import Onboarding, OnboardingError, confirmed, returned, start
from tests.snippets.issuer import ABSENT, DELEGATED, PARTNER, STRANGER, TENANT, changed
from ztcheck.authority import Entra

CLIENT, REDIRECT = "1111aaaa-3333-4444-8555-66667777bbbb", "https://orders.contoso.com/onboarded"
SCOPE = "https://orders.contoso.com/.default"


def began(tenant: str = TENANT) -> tuple[str, Onboarding]:
    return start("order-17", CLIENT, REDIRECT, SCOPE, tenant)


def answer(onboarding: Onboarding, **changes: Any) -> dict[str, str]:
    return changed({"admin_consent": "True", "tenant": TENANT, "state": onboarding.state, "scope": SCOPE}, changes)


ANSWERS = {
    "no-state": {"state": ABSENT},
    "empty-state": {"state": ""},
    "foreign-state": {"state": "AAAA"},
    "state-of-another-approval": {"state": began()[1].state},
    "state-that-is-no-text": {"state": "\udcff" * 43},
    "state-in-another-script": {"state": "\u0430" * 43},
    "refused": {"admin_consent": ABSENT, "error": "permission_denied", "error_description": "The admin canceled"},
    "refused-and-approved": {"error": "permission_denied"},
    "not-approved": {"admin_consent": "False"},
    "no-word-of-approval": {"admin_consent": ABSENT},
    "no-tenant": {"tenant": ABSENT},
    "tenant-as-name": {"tenant": "contoso.com"},
    "common": {"tenant": "common"},
    "tenant-and-more": {"tenant": TENANT + "/.."},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_refuses_the_answer(name):
    _, onboarding = began()
    with pytest.raises(OnboardingError):
        returned(onboarding, answer(onboarding, **ANSWERS[name]))  # type: ignore[arg-type]


def test_refuses_an_answer_that_nobody_waits_for():
    with pytest.raises(OnboardingError):
        returned(None, answer(began()[1]))


def test_refuses_an_answer_after_an_hour():
    _, onboarding = began()
    with pytest.raises(OnboardingError):
        returned(replace(onboarding, ends=time.time() - 1), answer(onboarding))


def test_refuses_an_answer_for_the_second_time():
    _, onboarding = began()
    kept = returned(onboarding, answer(onboarding))
    with pytest.raises(OnboardingError):
        returned(kept, answer(onboarding))
    with pytest.raises(OnboardingError):
        returned(kept, answer(onboarding, state=""))


CLAIMS = {
    "another-tenant": {"tid": PARTNER},
    "no-tenant": {"tid": ABSENT},
    "empty-tenant": {"tid": ""},
    "upper-case": {"tid": TENANT.upper()},
    "list": {"tid": [TENANT]},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_refuses_the_sign_in_of(name):
    _, onboarding = began()
    kept = returned(onboarding, answer(onboarding))
    with pytest.raises(OnboardingError):
        confirmed(kept, changed(DELEGATED, CLAIMS[name]))  # type: ignore[arg-type]


def test_refuses_to_onboard_the_tenant_that_the_browser_named():
    """A customer edits the answer so that it names the tenant of somebody else."""
    _, onboarding = began()
    kept = returned(onboarding, answer(onboarding, tenant=STRANGER))
    with pytest.raises(OnboardingError):
        confirmed(kept, changed(DELEGATED, {}))


def test_refuses_a_sign_in_before_the_approval_came_back():
    for onboarding in (None, began()[1]):
        with pytest.raises(OnboardingError):
            confirmed(onboarding, changed(DELEGATED, {}))


def test_refuses_a_sign_in_after_an_hour():
    _, onboarding = began()
    kept = replace(returned(onboarding, answer(onboarding)), ends=time.time() - 1)
    with pytest.raises(OnboardingError):
        confirmed(kept, changed(DELEGATED, {}))


@pytest.mark.parametrize(
    "tenant", ["", "common", "consumers", "../x", "contoso.com/x", "contoso.com?x=1", "a@b.example", "CONTOSO.COM", "."]
)
def test_refuses_a_link_for(tenant):
    with pytest.raises(ValueError, match="tenant ID or domain"):
        began(tenant)


def test_onboards_the_tenant_whose_administrator_approved(entra: Entra):
    fabrikam = entra.tenant("fabrikam")
    contoso = entra.tenant("contoso")
    web = contoso.register("orders-web", redirect_uris=[REDIRECT], audience="AzureADMultipleOrgs")
    admin = fabrikam.user("admin", admin=True)
    url, onboarding = start("order-17", web.app_id, REDIRECT, "https://graph.microsoft.com/.default", fabrikam.id)
    form = {"login": admin.upn, "passwd": admin.password, "consent": "accept"}
    back = httpx2.post(url, data=form)
    assert back.status_code == 302, re.sub("<[^>]+>", " ", back.text)[:500]
    query = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    kept = returned(onboarding, query)
    assert confirmed(kept, {"tid": fabrikam.id}) == ("order-17", fabrikam.id)


@pytest.mark.parametrize("tenant", [TENANT, "contoso.com", "organizations", "contoso.onmicrosoft.com"])
def test_makes_a_link_with_a_state_of_its_own(tenant):
    links = [began(tenant) for _ in range(2)]
    assert links[0][1].state != links[1][1].state
    parts = urlsplit(links[0][0])
    assert (parts.netloc, parts.path) == ("login.microsoftonline.com", f"/{tenant}/v2.0/adminconsent")
    wanted = {"client_id": CLIENT, "redirect_uri": REDIRECT, "scope": SCOPE, "state": links[0][1].state}
    assert dict(parse_qsl(parts.query)) == wanted
