# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Builds the admin-consent link for a new tenant, checks state on return, and onboards after a verified sign-in."""

import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

LOGIN = "https://login.microsoftonline.com"
TENANT = re.compile(r"organizations|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z0-9][a-z0-9.-]{0,250}\.[a-z]{2,63}")
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SECONDS = 3600  # how long an administrator may take


class OnboardingError(Exception):
    """The tenant is not onboarded."""


@dataclass
class Onboarding:
    """One customer's approval under way; keep it in the server-side session of whoever started it, and nowhere else."""

    customer: str  # the order or account that asked
    state: str
    ends: float
    tenant_id: str = ""  # what came back through the browser: a claim, until someone of that tenant has signed in


def start(customer: str, client_id: str, redirect_uri: str, scope: str, tenant: str) -> tuple[str, Onboarding]:
    """The link to give to the customer's administrator, and what to keep.

    *scope* is your API's `.default`, so that the administrator sees what the registration asks for; *tenant* is the
    customer's tenant ID or domain, or organizations if you do not know it.
    """
    if not TENANT.fullmatch(tenant):
        raise ValueError("not a tenant ID or domain name in lower case")
    onboarding = Onboarding(customer, secrets.token_urlsafe(32), time.time() + SECONDS)
    query = {"client_id": client_id, "redirect_uri": redirect_uri, "scope": scope, "state": onboarding.state}
    return f"{LOGIN}/{tenant}/v2.0/adminconsent?{urlencode(query)}", onboarding


def returned(onboarding: Onboarding | None, query: Mapping[str, str]) -> Onboarding:
    """What to keep in place of *onboarding* when the browser comes back with *query*; now have the person sign in.

    Take *onboarding* out of the session before, so that it serves once. Raises OnboardingError.
    """
    if onboarding is None or not onboarding.state or onboarding.ends <= time.time():
        raise OnboardingError("no approval is under way")
    if not hmac.compare_digest(onboarding.state.encode(), query.get("state", "").encode(errors="replace")):
        raise OnboardingError("this answer belongs to another approval")
    if "error" in query or query.get("admin_consent", "").lower() != "true":
        raise OnboardingError("the administrator did not approve")
    tenant_id = query.get("tenant", "")
    if not GUID.fullmatch(tenant_id):
        raise OnboardingError("the answer names no tenant")
    return Onboarding(onboarding.customer, "", onboarding.ends, tenant_id)


def confirmed(onboarding: Onboarding | None, claims: Mapping[str, Any]) -> tuple[str, str]:
    """The customer, and the tenant ID to put on the list of onboarded tenants; raises OnboardingError.

    *claims* come from the ID token of a sign-in after `returned`, in the same session, verified for any tenant.
    """
    if onboarding is None or not onboarding.tenant_id or onboarding.ends <= time.time():
        raise OnboardingError("no approval came back")
    if claims.get("tid") != onboarding.tenant_id:
        raise OnboardingError("someone of another tenant signed in")
    return onboarding.customer, onboarding.tenant_id
