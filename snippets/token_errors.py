# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Maps a refused token request to the next step by its error class: wait, ask the user, explain, or alert the team."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from msal.exceptions import MsalServiceError

# MSAL takes whatever comes for an answer of Entra's, so a page or a list in its place ends in one of the first six.
OUTAGES = (
    *(ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError),
    *(OSError, MsalServiceError),
)


class OutageError(ConnectionError):
    """Entra did not answer, or something else answered in its place."""


class Step(Enum):
    """What to do when there is no token."""

    WAIT = "go on with what is cached, and ask again later"
    INTERACT = "send the user to the sign-in page, with the claims if there are any"
    EXPLAIN = "say that access was declined, who can approve it, and offer to try again"
    ALERT = "tell your own team; neither the user nor a retry can mend it"


STEPS = {
    "temporarily_unavailable": Step.WAIT,
    "server_error": Step.WAIT,
    "interaction_required": Step.INTERACT,
    "login_required": Step.INTERACT,
    "consent_required": Step.INTERACT,
    "invalid_grant": Step.INTERACT,  # with almost any suberror: the user has to sign in, consent or prove more
    "access_denied": Step.EXPLAIN,
    "consent_declined": Step.EXPLAIN,
    "authorization_declined": Step.EXPLAIN,
}


@dataclass(frozen=True)
class Refusal:
    """*claims* belong into the next interactive request; *reference* is for the log and for Microsoft's support."""

    step: Step
    claims: str | None
    reference: str


def answer_of(ask: Callable[[], Any]) -> dict[str, Any]:
    """What *ask*, a call of MSAL, comes back with: a token, an error of Entra's, or nothing where the cache holds none.

    Raises OutageError for anything else. Let *ask* call MSAL alone: a mistake of yours in it would look like an outage.
    """
    try:
        result: dict[str, Any] | None = ask()
        if result is None:
            return {}
        texts = [result[name] for name in ("access_token", "error", "claims", "user_code") if name in result]
    except OUTAGES as error:
        raise OutageError(type(error).__name__) from error
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise OutageError("not an answer of the token endpoint")
    return result


def refusal(outcome: Mapping[str, Any] | Exception | None) -> Refusal:
    """The next step after what `answer_of` gave or raised instead of a token; None is an account without tokens.

    It looks at the class of the error. AADSTS numbers and messages multiply and change: they are for people. What is
    unknown is alerted, not retried. Raises an exception again that is no OutageError.
    """
    if outcome is None:
        return Refusal(Step.INTERACT, None, "no token in the cache")
    if isinstance(outcome, OutageError):
        return Refusal(Step.WAIT, None, str(outcome))
    if isinstance(outcome, Exception):
        raise outcome
    if "access_token" in outcome:
        raise ValueError("this is a token, not a refusal")
    error, claims = outcome.get("error"), outcome.get("claims")
    if not isinstance(error, str):  # no OAuth error: a throttle or a proxy spoke, not the token endpoint
        return Refusal(Step.WAIT, None, "not an answer of the token endpoint")
    step = STEPS.get(error, Step.ALERT)
    if outcome.get("suberror") == "protection_policy_required":
        step = Step.ALERT  # the app lacks the Intune SDK, and another sign-in ends the same way
    reference = f"{error}/{outcome.get('suberror', '')} correlation ID {outcome.get('correlation_id', 'none')}"
    return Refusal(step, str(claims) if claims and step is Step.INTERACT else None, reference[:200])


def approval_link(tenant_id: str, client_id: str, scopes: Sequence[str], redirect_uri: str, state: str) -> str:
    """Where an administrator of the tenant approves the app; give it to users who may not consent themselves."""
    query = {"client_id": client_id, "scope": " ".join(scopes), "redirect_uri": redirect_uri, "state": state}
    return f"https://login.microsoftonline.com/{tenant_id}/v2.0/adminconsent?{urlencode(query)}"
