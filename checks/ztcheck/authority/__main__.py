"""``ztcheck authority``: serve the local Entra ID for an app in any language."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ztcheck.errors import SITE, InputError, Problem
from ztcheck.files import write_atomic

if TYPE_CHECKING:
    from ztcheck.authority.entra import Entra

PAGE = f"{SITE}verify/local-entra-id/"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command's arguments."""
    made = argparse.ArgumentParser(
        prog="ztcheck authority",
        description="Serve a local Microsoft Entra ID on loopback, with a tenant, an API, a client and a user to test "
        "with. Runs until interrupted. For tests only: anyone on this machine can have any token.",
    )
    made.add_argument("--tenant", default="contoso", help="name of the tenant (default: contoso)")
    made.add_argument("--api", default="orders-api", help="name of the API's registration (default: orders-api)")
    made.add_argument(
        "--identifier-uri",
        default=None,
        help="the API's application ID URI (default: https://orders.contoso.com, from API and TENANT)",
    )
    made.add_argument("--scope", action="append", default=[], metavar="NAME", help="a scope that the API publishes")
    made.add_argument("--role", action="append", default=[], metavar="NAME", help="an app role that the API defines")
    made.add_argument(
        "--redirect-uri", action="append", default=[], metavar="URI", help="a redirect URI of the client, a web app"
    )
    made.add_argument(
        "--spa-redirect-uri", action="append", default=[], metavar="URI", help="one of a single-page app, with PKCE"
    )
    made.add_argument("--token-version", type=int, choices=(1, 2), default=2, help="version of the access tokens")
    made.add_argument("--lifetime", type=int, default=3599, metavar="SECONDS", help="lifetime of access tokens")
    made.add_argument("--port", type=port, default=0, help="TLS port (default: any free one)")
    made.add_argument("--metadata-port", type=port, default=0, help="HTTP port of the managed identity endpoints")
    made.add_argument("--ca-file", type=Path, default=None, help="also write the test CA there")
    made.add_argument(
        "--bad-tokens", type=Path, default=None, metavar="FILE", help="write every bad token there, as JSON"
    )
    made.add_argument("--format", choices=("text", "json"), default="text", help="how to print what is served")
    made.add_argument(
        "-o", "--output", type=Path, default=None, metavar="FILE", help="write there what would be printed"
    )
    made.add_argument("--once", action="store_true", help="print and stop instead of serving")
    return made


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError(text)
    return number


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until interrupted, or with ``--once`` print and stop; return the exit code.

    Raises `InputError` for wrong settings and a missing extra.
    """
    options = parser().parse_args(argv)
    try:
        from ztcheck.authority import Entra
    except ImportError as error:
        raise InputError(
            Problem(
                f"the local Entra ID needs a package that is not installed: {error.name}",
                help='pip install "ztcheck[authority]"',
                url=PAGE,
            )
        ) from error
    if options.lifetime < 1:
        raise InputError(Problem("--lifetime must be at least 1 second", help="leave it out for 3599"))
    try:
        entra = Entra(port=options.port, metadata_port=options.metadata_port, lifetime=options.lifetime).start()
    except OSError as error:
        raise InputError(
            Problem(f"cannot listen on 127.0.0.1: {error.strerror}", help="choose another --port, or leave it out")
        ) from error
    try:
        shown = _set_up(entra, options)
        text = json.dumps(shown, indent=2) if options.format == "json" else _as_text(shown)
        if options.output:
            write_atomic(options.output, f"{text}\n".encode())
            text = f"{shown['authority']} is served until Ctrl-C; {options.output} describes it"
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        if not options.once:
            _wait()
    finally:
        entra.stop()
    return 0


def _set_up(entra: Entra, options: argparse.Namespace) -> dict[str, Any]:
    from ztcheck.authority.control import Control
    from ztcheck.authority.variants import Case, bad_tokens

    tenant = entra.tenant(options.tenant)
    entra.control = Control(entra, tenant)
    uri = options.identifier_uri or f"https://{options.api.removesuffix('-api')}.{options.tenant}.com"
    scopes, roles = options.scope or ["Orders.Read", "Orders.ReadWrite"], options.role or ["Orders.Process.All"]
    api = tenant.register(
        options.api, identifier_uri=uri, scopes=scopes, app_roles=roles, token_version=options.token_version
    )
    client = tenant.register(
        "client",
        redirect_uris=options.redirect_uri or ["https://localhost:5000/auth"],
        spa_redirect_uris=options.spa_redirect_uri,
    )
    secret = client.add_secret()
    user = tenant.user("ana")
    tenant.assign(client, api, *roles)
    if options.ca_file:
        shutil.copyfile(entra.ca_file, options.ca_file)
    case = Case(entra, api, user, client, (scopes[0],), (roles[0],))
    if options.bad_tokens:
        rows = [{"name": v.name, "why": v.why, "strict": v.strict, "token": token} for v, token in bad_tokens(case)]
        options.bad_tokens.write_text(json.dumps(rows, indent=1, ensure_ascii=True), encoding="utf-8")
    return {
        "authority_host": entra.base,
        "authority": entra.authority(tenant),
        "issuer": entra.issuer(tenant, options.token_version),
        "metadata": entra.metadata_url(tenant),
        "jwks": entra.jwks_url(tenant),
        "ca_file": str(options.ca_file or entra.ca_file),
        "control": f"{entra.base}/_control",
        "managed_identity": f"http://127.0.0.1:{entra.metadata_port}",
        "tenant": tenant.id,
        "api": {"client_id": api.app_id, "identifier_uri": uri, "scopes": scopes, "roles": roles},
        "client": {"client_id": client.app_id, "client_secret": secret, "redirect_uris": client.redirect_uris["web"]},
        "user": {"name": user.upn, "password": user.password},
        "tokens": {
            "delegated": case.token(),
            "app_only": case.app_token(),
            "wrong_audience": case.token({"aud": client.app_id}),
            "expired": case.token({"exp": case.now - 3600}),
            "other_tenant": entra.mint(
                api, user=case.other_tenant.user("eve"), client=client, scopes=case.scopes, tenant=case.other_tenant
            ),
        },
    }


def _as_text(shown: dict[str, Any], indent: str = "") -> str:
    lines = []
    for name, value in shown.items():
        label = name.replace("_", " ")
        if isinstance(value, dict):
            lines.append(f"{indent}{label}:\n{_as_text(value, indent + '  ')}")
        else:
            lines.append(f"{indent}{label}: {', '.join(value) if isinstance(value, list) else value}")
    return "\n".join(lines)


def _wait() -> None:
    """Wait for an interrupt or a request to end."""
    done = threading.Event()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: done.set())
    with contextlib.suppress(KeyboardInterrupt):
        done.wait()


if __name__ == "__main__":
    from ztcheck.errors import ZtcheckError

    try:
        sys.exit(main())
    except ZtcheckError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)
