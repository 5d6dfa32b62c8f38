"""Runs a snippet that asks Microsoft Graph, as an app that holds one permission in a tenant on this machine."""

from ztcheck.authority import Entra
from ztcheck.authority.directory import GRAPH
from ztcheck.authority.loopback import run_snippet

with Entra(cloud="public") as entra:
    tenant = entra.tenant("contoso")
    app = tenant.register("orders-web")
    app.add_secret(days=10, name="orders-2026-11")
    caller = tenant.register("release-pipeline", secret=True)
    tenant.assign(caller, entra.microsoft[GRAPH], "Application.Read.All")
    signed_in = {
        "AZURE_TENANT_ID": tenant.id,
        "AZURE_CLIENT_ID": caller.app_id,
        "AZURE_CLIENT_SECRET": caller.secrets[0].value,
    }
    done = run_snippet("credential_expiry.py", [app.app_id], signed_in, entra=entra)
print(done.stdout or done.stderr, "exit code", done.returncode)
