"""The source checks, by what they look at. Importing this package registers all of them."""

from ztcheck.collectors.source.checks import (
    acquisition,
    browser,
    credentials,
    flows,
    frameworks,
    identity,
    logs,
    operations,
    routes,
    secrets,
    tls,
    tokens,
    unguarded,
)

__all__ = [
    "acquisition", "browser", "credentials", "flows", "frameworks", "identity", "logs", "operations", "routes", "secrets", "tls", "tokens", "unguarded",
]  # fmt: skip
