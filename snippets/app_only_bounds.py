# /// script
# requires-python = ">=3.11"
# dependencies = ["azure-identity>=1.27", "requests>=2.34"]
# ///
"""Asks Microsoft Graph, as the app itself, for resources inside and outside its bounds, and expects refusal outside.

Sign in as the app itself, for example with AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, with the
permissions that it has in production and no others.
"""

import argparse
import sys

import requests
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

GRAPH = "https://graph.microsoft.com/v1.0/"


def status(token: str, path: str) -> int:
    """What Microsoft Graph answers to GET *path*, as an HTTP status."""
    with requests.Session() as session:
        session.mount(GRAPH, HTTPAdapter(max_retries=4))  # waits as long as Retry-After says
        headers = {"Authorization": f"Bearer {token}"}
        return session.get(GRAPH + path, headers=headers, timeout=30, allow_redirects=False).status_code


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inside", nargs="+", required=True, help="such as users/orders@contoso.com/messages?$top=1")
    parser.add_argument("--outside", nargs="+", required=True, help="such as users/ceo@contoso.com/messages?$top=1")
    arguments = parser.parse_args()
    try:
        token = DefaultAzureCredential().get_token("https://graph.microsoft.com/.default").token
        if (answer := status(token, "me")) != 400:
            raise ValueError(f"this is no app: a user's rights would be measured, Microsoft Graph answers {answer}")
        for path in arguments.inside:
            if (answer := status(token, path)) != 200:
                raise ValueError(f"{path} answers {answer}, so a refusal elsewhere would prove nothing")
        answers = {path: status(token, path) for path in arguments.outside}
    except Exception as error:  # uncaught, it would end with 1, which says that the practice does not hold
        print(f"could not be checked: {error!r:.300}", file=sys.stderr)
        sys.exit(2)
    for path, answer in answers.items():
        print(
            f"{'BAD given' if answer < 400 else 'ok  refused' if answer == 403 else 'could not be checked'}: {path!r}"
        )
    if any(answer < 400 for answer in answers.values()):
        sys.exit(1)
    sys.exit(0 if set(answers.values()) == {403} else 2)
