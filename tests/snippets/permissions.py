"""Claims of verified tokens that lack the scope Orders.Read, by what they hold instead."""

from typing import Any

from tests.snippets.issuer import ABSENT, APP_ONLY, DELEGATED, changed

READ = "Orders.Read"

WITHOUT_READ: dict[str, dict[str, Any]] = {
    "another-scope": changed(DELEGATED, {"scp": "Orders.ReadWrite"}),
    "every-other-scope": changed(DELEGATED, {"scp": "Orders.ReadWrite Orders.Admin Orders.Delete"}),
    "longer-scope": changed(DELEGATED, {"scp": "Orders.Read.All"}),
    "shorter-scope": changed(DELEGATED, {"scp": "Orders"}),
    "lower-case-scope": changed(DELEGATED, {"scp": "orders.read"}),
    "scopes-joined-by-a-no-break-space": changed(DELEGATED, {"scp": "Orders.Read\u00a0Orders.ReadWrite"}),
    "scopes-joined-by-a-tab": changed(DELEGATED, {"scp": "Orders.Read\tOrders.ReadWrite"}),
    "scope-with-resource": changed(DELEGATED, {"scp": "https://orders.contoso.com/Orders.Read"}),
    "scopes-joined-by-comma": changed(DELEGATED, {"scp": "Orders.Read,Orders.ReadWrite"}),
    "role-of-the-same-name": changed(DELEGATED, {"scp": "Other", "roles": [READ]}),
    "app-only": changed(APP_ONLY, {}),
    "app-only-with-role-of-the-same-name": changed(APP_ONLY, {"roles": [READ]}),
    "group-of-the-same-name": changed(DELEGATED, {"scp": "Other", "groups": [READ]}),
    "scope-claim-of-another-name": changed(DELEGATED, {"scp": ABSENT, "scope": READ, "scopes": [READ]}),
}

WITH_READ: dict[str, dict[str, Any]] = {
    "alone": changed(DELEGATED, {"scp": READ}),
    "first": changed(DELEGATED, {"scp": f"{READ} Other"}),
    "last": changed(DELEGATED, {"scp": f"Other {READ}"}),
    "with-roles": changed(DELEGATED, {"scp": READ, "roles": ["Auditor"]}),
}
