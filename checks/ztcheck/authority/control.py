"""What a test in any language asks of ``ztcheck authority``: ``POST /_control/OPERATION`` with a JSON object.

The operations are the public methods of `Control`, their arguments the members of the object. What they do is what the
methods of `Entra` and `Tenant` do for tests in Python. Apps are named by name or client ID, users by name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ztcheck.authority.directory import Registration, Tenant, User
from ztcheck.authority.sign_in import PageShown
from ztcheck.authority.wire import Request, Response, json_response

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

FAULTS = ("throttle", "unavailable", "html", "slow", "cut", "loop", "add")


class Control:
    """The operations on *entra*; apps and users are those of *tenant*."""

    PATH = "/_control/"

    def __init__(self, entra: Entra, tenant: Tenant) -> None:
        self._entra = entra
        self._tenant = tenant
        methods = inspect.getmembers(self, inspect.ismethod)
        self.operations: dict[str, Callable[..., Any]] = {
            name.replace("_", "-"): method for name, method in methods if not name.startswith("_") and name != "answer"
        }

    def answer(self, request: Request) -> Response:
        """Answer a request; a page in a browser cannot make one, for its JSON needs leave (CORS)."""
        operation = request.path.removeprefix(self.PATH)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method != "POST" or kind != "application/json":
            return _wrong("send a POST request with Content-Type: application/json")
        if operation not in self.operations:
            return _wrong(f"there is no operation {operation!r}; there are: {', '.join(self.operations)}", 404)
        method = self.operations[operation]
        try:
            arguments = request.json() or {}
            if not isinstance(arguments, dict):
                return _wrong("the body must be a JSON object")
            inspect.signature(method).bind(**arguments)
            return json_response(method(**arguments) or {})
        except PageShown as page:
            return _wrong(f"the browser stays on a page: {page}")
        except KeyError as error:
            return _wrong(f"there is no {error.args[0]}", 404)
        except (AttributeError, TypeError, ValueError) as error:
            return _wrong(f"{operation}: {error}")

    def register(self, name: str, trusts: dict[str, str] | None = None, **settings: Any) -> dict[str, Any]:
        """Register an app as `Tenant.register` does; *trusts* maps issuers of federated credentials to subjects."""
        app = self._tenant.register(name, **settings)
        for issuer, subject in (trusts or {}).items():
            app.trust(issuer, subject)
        shown: dict[str, Any] = {"client_id": app.app_id, "identifier_uris": app.identifier_uris}
        return shown | ({"client_secret": app.secrets[0].value} if app.secrets else {})

    def user(self, name: str, **settings: Any) -> dict[str, Any]:
        """Make a user as `Tenant.user` does."""
        user = self._tenant.user(name, **settings)
        return {"name": user.upn, "id": user.id, "password": user.password}

    def consent(self, client: str, api: str, scopes: list[str], user: str | None = None) -> None:
        """Consent to *scopes* for everybody, or as one *user*."""
        self._tenant.consent(self._app(client), self._app(api), *scopes, user=self._user(user) if user else None)

    def assign(self, api: str, roles: list[str], client: str | None = None, user: str | None = None) -> None:
        """Assign app *roles* of *api* to a *client* or to a *user*."""
        self._tenant.assign(self._user(user) if user else self._app(client or ""), self._app(api), *roles)

    def require(
        self, controls: list[str], apps: list[str] | None = None, context: str | None = None, flow: str | None = None
    ) -> dict[str, Any]:
        """Add a Conditional Access policy."""
        return self._tenant.require(*controls, apps=tuple(map(self._app, apps or ())), context=context, flow=flow)

    def token(self, api: str, user: str | None = None, client: str | None = None, **claims: Any) -> dict[str, Any]:
        """Make an access token, right or wrong, as `Entra.mint` does."""
        who = self._user(user) if user else None
        return {
            "access_token": self._entra.mint(
                self._app(api), user=who, client=self._app(client) if client else None, tenant=self._tenant, **claims
            )
        }

    def sign_in(self, url: str, user: str, mfa: bool = True, accept: bool = True) -> dict[str, str]:
        """Play the browser for the authorization request *url*; return what the app's redirect URI gets."""
        return self._entra.sign_in(url, self._user(user), mfa=mfa, accept=accept)

    def approve_device(self, user_code: str, user: str, accept: bool = True) -> None:
        """Enter *user_code* on the device page."""
        self._entra.approve_device(user_code, self._user(user), accept=accept)

    def rotate_keys(self, withdraw: bool = False) -> dict[str, str]:
        """Sign with a new key from now on."""
        return {"kid": self._entra.rotate_keys(withdraw=withdraw).kid}

    def revoke_sessions(self, user: str) -> None:
        """End what *user* has signed in to."""
        self._entra.revoke_sessions(self._user(user))

    def clock(self, skew: float) -> None:
        """Run the authority's clock *skew* seconds ahead of the machine's from now on."""
        self._entra.skew = float(skew)

    def fault(self, kind: str, path: str, **settings: Any) -> None:
        """Queue a fault for requests whose path matches the shell pattern *path*, as `Entra.faults` does."""
        if kind not in FAULTS:
            raise ValueError(f"kind must be one of {', '.join(FAULTS)}")
        getattr(self._entra.faults, kind)(path, **settings)

    def log(self, path: str = "*") -> dict[str, Any]:
        """Return what went over the wire to paths that match the shell pattern *path*, oldest first."""
        return {
            "exchanges": [
                {
                    "method": each.request.method,
                    "host": each.request.host,
                    "path": each.request.path,
                    "query": each.request.query,
                    "form": each.request.form if each.request.method == "POST" else {},
                    "status": each.response.status,
                }
                for each in self._entra.log.find(path)
            ]
        }

    def reset(self) -> None:
        """Forget faults and log, and set the clock right; apps, users and keys stay."""
        self._entra.faults.clear()
        self._entra.log.clear()
        self._entra.skew = 0.0

    def _app(self, name: str) -> Registration:
        for app in self._tenant.registrations.values():
            if name in (app.name, app.app_id):
                return app
        return self._entra.api(name)

    def _user(self, name: str) -> User:
        for user in self._tenant.users.values():
            if name in (user.name, user.upn):
                return user
        raise KeyError(f"user {name!r}")


def _wrong(text: str, status: int = 400) -> Response:
    return json_response({"error": "invalid_request", "error_description": text}, status)
