# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Lists the registrations of browser and device code in your tenant, and fails when one has a credential.

Sign in first, for example with `az login`; the least permission is Application.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from typing import Any

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def graph(token: str, path: str) -> Iterator[Any]:
    """The object at *path* of Microsoft Graph, or every item listed there."""
    url = GRAPH + path
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        for _ in range(100):
            if not url.startswith(GRAPH):
                raise ValueError(f"the next page is on another server: {url!r}")
            response = session.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=30)
            response.raise_for_status()
            page = response.json()
            yield from page.get("value", [page])
            if "@odata.nextLink" not in page:
                return
            url = page["@odata.nextLink"]
    raise ValueError("more than 100 pages")


def is_public(app: dict[str, Any]) -> bool:
    """Whether only public clients use *app*: it redirects to a browser or device, not to a server, and is no API."""
    public = app["spa"]["redirectUris"] + app["publicClient"]["redirectUris"]
    return bool(public) and not app["web"]["redirectUris"] and not app["api"]["oauth2PermissionScopes"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        names = "appId,displayName,spa,publicClient,web,api,passwordCredentials,keyCredentials"
        apps = list(graph(token, f"applications?$select={names}&$top=999"))
        if not apps:
            raise ValueError("the tenant has no registration, or none that may be read")
        public = [app for app in apps if is_public(app)]
        holds = True
        for app in public:
            secrets, certificates = len(app["passwordCredentials"]), len(app["keyCredentials"])
            holds = holds and not secrets and not certificates
            verdict = "BAD" if secrets or certificates else "ok "
            print(f"{verdict} {app['displayName']!r} {app['appId']!r}: {secrets} secrets, {certificates} certificates")
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    print(f"{len(public)} of {len(apps)} registrations are public clients")
    sys.exit(0 if holds else 1)
