"""A local Microsoft Entra ID on loopback over TLS, to test apps and snippets without a tenant.

    from ztcheck.authority import Entra

    with Entra() as entra:                                   # https://localhost:PORT; Entra(cloud="public"): real names
        t = entra.tenant("contoso")
        api = t.register("orders-api", identifier_uri="https://orders.contoso.com", scopes=["Orders.Read"],
                         app_roles=["Orders.Process.All"])
        app = t.register("orders-web", secret=True, redirect_uris=["https://localhost:5000/auth"])
        ana = t.user("ana")
        t.consent(app, api, "Orders.Read")                   # by an administrator; user=ana: by her
        t.assign(app, api, "Orders.Process.All")             # an app role for app-only tokens

        entra.authority(t), entra.issuer(t), entra.jwks_url(t), entra.metadata_url(t), entra.ca_file
        entra.mint(api, user=ana, client=app, scopes=["Orders.Read"])            # delegated access token
        entra.mint(api, client=app, roles=["Orders.Process.All"])                # app-only access token
        entra.mint(api, user=ana, claims={"aud": "other"}, header={"alg": "none"}, without=["exp"])
        entra.mint_id_token(app, ana, nonce="n")
        entra.sign_in(url, ana)                              # plays the browser → {"code": …, "state": …}
        entra.approve_device(user_code, ana)
        entra.rotate_keys(withdraw=True); entra.revoke_sessions(ana)
        t.require("mfa", apps=(api,)); t.require("mfa", context="c1"); t.require("block", flow="deviceCodeFlow")
        entra.faults.throttle("*/token", retry_after=2); entra.faults.html("*/keys"); entra.faults.slow("*", seconds=3)
        entra.log.find("*/token")                            # what went over the wire
        with entra.clock(skew=600): ...                      # the authority's clock runs ahead

        entra.graph.seed({"auditLogs/signIns": [{"id": "1"}]})       # Graph; the directory itself shows by itself
        entra.github.seed({"repos/contoso/orders/rulesets": []}); entra.github.token()
        entra.vault.set("contoso", "db-password", "…"); entra.management.seed({…})
        identity = entra.identity.assign(t, "orders-vm")     # managed identity (IMDS); entra.identity.app_service()
        entra.workflow.job(repository="contoso/orders", environment="production")   # environment of a GitHub job

Run a script unchanged, production host names and all: `ztcheck.authority.loopback.run_snippet`.
Tokens that must be refused and tokens that must pass: `ztcheck.authority.variants`.
Fixtures for pytest: `ztcheck.authority.pytest_plugin`. The command: ``ztcheck authority``.

What is not faithful is listed on the page verify/local-entra-id.
"""

from __future__ import annotations

from ztcheck.authority.directory import AppRole, Group, Registration, Scope, Tenant, User
from ztcheck.authority.entra import Entra
from ztcheck.authority.keys import SigningKey
from ztcheck.authority.sign_in import PageShown

__all__ = ["AppRole", "Entra", "Group", "PageShown", "Registration", "Scope", "SigningKey", "Tenant", "User"]
