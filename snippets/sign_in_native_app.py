# /// script
# requires-python = ">=3.11"
# dependencies = ["msal[broker]>=1.39"]
# ///
"""Signs in through the system's broker, else through the system browser; device code only by an explicit switch."""

import logging
import socket
from collections.abc import Callable, Sequence
from typing import Any

import msal

from token_errors import OutageError, Refusal, answer_of, refusal

log = logging.getLogger(__name__)
BROKERS = ("enable_broker_on_windows", "enable_broker_on_mac", "enable_broker_on_linux", "enable_broker_on_wsl")


class SignInRefusedError(Exception):
    """Nobody signed in; *refusal* says what to do next."""

    def __init__(self, refused: Refusal) -> None:
        super().__init__(f"{refused.step.value} ({refused.reference})")
        self.refusal = refused


def native_app(
    client_id: str, tenant_id: str, token_cache: msal.TokenCache | None = None
) -> msal.PublicClientApplication:
    """A public client, which has no credential, with the broker of this machine if there is one."""
    authority = f"https://login.microsoftonline.com/{tenant_id}"
    options: dict[str, Any] = {"authority": authority, "token_cache": token_cache, "timeout": 10}
    try:
        return msal.PublicClientApplication(client_id, **dict.fromkeys(BROKERS, True), **options)
    except (ImportError, OSError) as error:  # the broker's package or a library of the system is missing
        log.warning("no broker on this machine, the system browser is used: %s", error)
        return msal.PublicClientApplication(client_id, **options)


def sign_in(
    app: msal.PublicClientApplication,
    scopes: Sequence[str],
    *,
    claims: str | None = None,
    device_code: bool = False,
    timeout: int = 300,
    say: Callable[[str], None] = print,
) -> dict[str, Any]:
    """MSAL's result with the tokens; ask for a silent token first.

    *device_code* is for a device that has no browser, by a decision that is written down: no failure leads to it, since
    whoever can make users type a code gets their tokens. *timeout* is in seconds. Raises SignInRefusedError, and
    msal.BrowserInteractionTimeoutError if the user does not come back.
    """
    try:
        if device_code:
            result = _by_device_code(app, scopes, claims, say)
        else:
            result = answer_of(
                lambda: app.acquire_token_interactive(
                    list(scopes),
                    claims_challenge=claims,
                    timeout=timeout,
                    parent_window_handle=app.CONSOLE_WINDOW_HANDLE,
                )
            )
    except OutageError as error:
        raise SignInRefusedError(refusal(error)) from error
    if "access_token" not in result:
        raise SignInRefusedError(refusal(result))
    return result


def _by_device_code(
    app: msal.PublicClientApplication, scopes: Sequence[str], claims: str | None, say: Callable[[str], None]
) -> dict[str, Any]:
    flow = answer_of(lambda: app.initiate_device_flow(list(scopes), claims_challenge=claims))
    if not isinstance(flow.get("message"), str):
        raise SignInRefusedError(refusal(flow if "error" in flow else {}))
    say(
        f"Contoso Orders on {socket.gethostname()} asks you to sign in. {flow['message']}\n"
        "Do so only if you started it there yourself, just now. If somebody sent you this code, stop: it is an attack."
    )
    return answer_of(lambda: app.acquire_token_by_device_flow(flow))
