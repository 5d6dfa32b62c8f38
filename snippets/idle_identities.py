# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Joins identities, credentials and their last use through Microsoft Graph, and fails when one is idle.

Sign in first, for example with `az login`; the least permissions are Application.Read.All and AuditLog.Read.All.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/beta/"  # the reports of last use are in beta only


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


def is_recent(activity: dict[str, Any] | None, limit: datetime) -> bool:
    """Whether *activity* tells of a sign-in after *limit*; null tells of none at all."""
    last = (activity or {}).get("lastSignInDateTime")
    return last is not None and datetime.fromisoformat(last) >= limit


def idle(token: str, app_id: UUID, limit: datetime) -> Iterator[str]:
    """What belongs to the app, is older than *limit*, and was not used since."""
    only = f"?$filter=appId eq '{app_id}'"
    names = "displayName,createdDateTime,passwordCredentials,keyCredentials"
    [app] = graph(token, f"applications(appId='{app_id}')?$select={names}")
    reports = list(graph(token, f"reports/servicePrincipalSignInActivities{only}"))
    mine = [report["lastSignInActivity"] for report in reports if report["appId"] == str(app_id)]
    if (
        not any(is_recent(activity, limit) for activity in mine)
        and datetime.fromisoformat(app["createdDateTime"]) < limit
    ):
        yield f"{app['displayName']!r} has not signed in"
    uses = {use["keyId"]: use["signInActivity"] for use in graph(token, f"reports/appCredentialSignInActivities{only}")}
    for credential in app["passwordCredentials"] + app["keyCredentials"]:
        start = datetime.fromisoformat(credential["startDateTime"])
        end = datetime.fromisoformat(credential["endDateTime"] or "9999-12-31T00:00:00Z")
        if start < limit and end > datetime.now(UTC) and not is_recent(uses.get(credential["keyId"]), limit):
            yield f"{app['displayName']!r} has not used {credential['displayName']!r} {credential['keyId']!r}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("app_ids", type=UUID, nargs="+", metavar="app_id", help="a client ID of your app")
    parser.add_argument("--days", type=int, default=90, help="how long an identity may be idle")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        limit = datetime.now(UTC) - timedelta(days=arguments.days)
        faults = [fault for app_id in arguments.app_ids for fault in idle(token, app_id, limit)]
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for fault in faults:
        print(f"BAD {fault} for {arguments.days} days")
    sys.exit(1 if faults else 0)
