"""The source checks, by what they look at. Importing this package registers all of them."""

from ztcheck.collectors.source.checks import (
    acquisition,
    aspnet,
    browser,
    callers_python,
    claims,
    configured,
    credentials,
    dotnet,
    flows,
    frameworks,
    golang,
    identity,
    javascript,
    jvm,
    logs,
    operations,
    passwords,
    passwords_python,
    routes,
    scripts,
    secrets,
    spring,
    tls,
    tokens,
    unguarded,
    unguarded_python,
)

__all__ = [
    "acquisition", "aspnet", "browser", "callers_python", "claims", "configured", "credentials", "dotnet", "flows", "frameworks", "golang", "identity", "javascript", "jvm", "logs", "operations", "passwords", "passwords_python", "routes", "scripts", "secrets", "spring", "tls", "tokens", "unguarded",
    "unguarded_python",
]  # fmt: skip
