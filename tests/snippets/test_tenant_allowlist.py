"""A tenant is accepted only while it is on the list, whatever happens to the list's store."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest

from signing_keys import SigningKeys
from tenant_allowlist import OnboardedTenants
from tests.snippets.issuer import API, PARTNER, PUBLIC, STRANGER, TENANT
from verify_access_token import AccessTokenValidator


def broken() -> list[str]:
    raise ConnectionError("the store is down")


@pytest.mark.parametrize(
    "tenant", [STRANGER, "", None, 5, TENANT.upper(), TENANT + " ", TENANT[:-1], "{tenantid}", "common", "*"], ids=repr
)
def test_refuses_what_is_not_on_the_list(tenant):
    assert tenant not in OnboardedTenants(lambda: [TENANT, PARTNER])


def test_refuses_an_offboarded_tenant_after_the_refresh():
    listed = [TENANT]
    tenants = OnboardedTenants(lambda: listed, refresh_after=0.01)
    assert TENANT in tenants
    listed.clear()
    time.sleep(0.02)
    assert TENANT not in tenants


def test_refuses_every_tenant_while_the_first_list_cannot_be_read():
    assert TENANT not in OnboardedTenants(broken)


def test_refuses_every_tenant_when_the_list_is_too_old():
    tenants = OnboardedTenants(lambda: [TENANT], refresh_after=0, discard_after=0.01)
    assert TENANT in tenants
    tenants.load = broken
    time.sleep(0.02)
    assert TENANT not in tenants


@pytest.mark.parametrize(
    "listed", [["{tenantid}"], ["common"], [TENANT.upper()], [""], ["*"], [5], [TENANT, "contoso.com"]], ids=str
)
def test_refuses_a_list_that_holds_anything_but_tenant_ids(listed):
    assert all(name not in OnboardedTenants(lambda: listed) for name in listed)


def test_refuses_the_token_of_a_tenant_that_is_not_onboarded(signing_key):
    tenants = OnboardedTenants(lambda: [PARTNER])
    validator = AccessTokenValidator(API, tenants, SigningKeys(f"{PUBLIC}/common/discovery/v2.0/keys"))
    assert validator.verify(signing_key.token({"iss": f"{PUBLIC}/{PARTNER}/v2.0", "tid": PARTNER}))
    with pytest.raises(jwt.InvalidTokenError):
        validator.verify(signing_key.token())


def test_keeps_the_last_list_while_the_store_is_down():
    tenants = OnboardedTenants(lambda: [TENANT], refresh_after=0)
    assert TENANT in tenants
    tenants.load = broken
    assert TENANT in tenants


def test_accepts_a_new_tenant_after_the_refresh():
    listed = [PARTNER]
    tenants = OnboardedTenants(lambda: listed, refresh_after=0)
    assert TENANT not in tenants
    listed.append(TENANT)
    assert TENANT in tenants


def test_many_first_requests_wait_for_one_reading():
    readings: list[int] = []

    def load() -> list[str]:
        readings.append(1)
        time.sleep(0.05)
        return [TENANT]

    tenants = OnboardedTenants(load)
    with ThreadPoolExecutor(10) as pool:
        assert all(pool.map(tenants.__contains__, [TENANT] * 10))
    assert len(readings) == 1


def test_no_request_waits_for_a_store_that_hangs():
    released = threading.Event()
    tenants = OnboardedTenants(lambda: [TENANT], refresh_after=0.01)
    assert TENANT in tenants

    def hang() -> list[str]:
        released.wait(20)
        return [TENANT]

    tenants.load = hang
    time.sleep(0.02)
    stuck = threading.Thread(target=tenants.__contains__, args=(TENANT,), daemon=True)
    stuck.start()
    time.sleep(0.02)
    assert TENANT in tenants
    assert stuck.is_alive()
    released.set()
    stuck.join()
