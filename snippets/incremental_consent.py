# /// script
# requires-python = ">=3.11"
# dependencies = ["msal>=1.39"]
# ///
"""Signs in with the scopes of the first screen, and asks for one more when the user opens a feature that needs it."""

from collections.abc import Mapping
from typing import Any

import msal

from token_errors import OutageError, Refusal, Step, answer_of, refusal

API = "https://orders.contoso.com"
FEATURES = {
    "see-orders": [f"{API}/Orders.Read"],  # asked for at sign-in
    "change-orders": [f"{API}/Orders.ReadWrite"],
}


class AskUserError(Exception):
    """Keep *flow* in the server's session and send the browser to flow["auth_uri"]."""

    def __init__(self, flow: dict[str, Any]) -> None:
        super().__init__("the user has to agree first")
        self.flow = flow


class FeatureClosedError(Exception):
    """Go on without the feature; *refusal* says why, and whether to explain who can approve."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(f"{refused.step.value} ({refused.reference})")
        self.refusal = refused


def token_for(app: msal.ClientApplication, feature: str, home_account_id: str, redirect_uri: str) -> str:
    """A token with the scopes of this feature, for the user of the session.

    What was agreed to once is never asked again, and no prompt is forced. Raises AskUserError if the user has to
    agree, FeatureClosedError if there is no token for another reason.
    """
    scopes = FEATURES[feature]
    account = _account(app, home_account_id)
    try:
        result = answer_of(lambda: app.acquire_token_silent_with_error(scopes, account) if account else None)
    except OutageError as error:
        raise FeatureClosedError(refusal(error)) from error
    if "access_token" in result:
        return str(result["access_token"])
    refused = refusal(result or None)
    if refused.step is not Step.INTERACT:
        raise FeatureClosedError(refused)
    hint = account["username"] if account else None
    raise AskUserError(
        app.initiate_auth_code_flow(scopes, redirect_uri=redirect_uri, login_hint=hint, claims_challenge=refused.claims)
    )


def finish(
    app: msal.ClientApplication, feature: str, home_account_id: str, flow: dict[str, Any], answer: Mapping[str, str]
) -> str:
    """The token after the user came back with *answer*; *flow* is taken out of the session and used once.

    Raises FeatureClosedError if the user or an administrator said no, PermissionError if somebody else agreed than
    the user of the session, ValueError if the answer belongs to another session.
    """
    if answer.get("state") != flow["state"]:
        raise ValueError("the state belongs to another session")
    try:
        result = answer_of(lambda: app.acquire_token_by_auth_code_flow(flow, answer))
    except OutageError as error:
        raise FeatureClosedError(refusal(error)) from error
    if "access_token" not in result:
        raise FeatureClosedError(refusal(result))
    for other in app.get_accounts():
        if other["home_account_id"] != home_account_id:
            app.remove_account(other)
    claims = result.get("id_token_claims", {})
    account = _account(app, home_account_id)
    if account is None or claims.get("oid") != account["local_account_id"]:
        raise PermissionError("another user than that of this session agreed")
    if not set(FEATURES[feature]) <= set(result.get("scope", "").split()):
        raise PermissionError("the scopes of this feature were not granted")
    return str(result["access_token"])


def _account(app: msal.ClientApplication, home_account_id: str) -> dict[str, Any] | None:
    accounts: list[dict[str, Any]] = app.get_accounts()
    return next((account for account in accounts if account["home_account_id"] == home_account_id), None)
