# /// script
# requires-python = ">=3.11"
# dependencies = []
# ///
"""Admits only known client apps: one list for apps that act for users, one for apps that act for themselves."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AllowedClients:
    """Client IDs (azp) as GUIDs in lower case."""

    for_users: Container[str]
    for_themselves: Container[str]

    def check(self, claims: Mapping[str, Any]) -> str:
        """The client ID of a verified token, if it is listed; raises PermissionError (answer 403) if not.

        A user's token can carry the azp of a trusted daemon, so an app counts as acting for itself only if idtyp says
        so: have the optional claim idtyp in the API's registration.
        """
        allowed: Container[str] = ()
        if claims.get("idtyp") == "app":
            allowed = self.for_themselves
        elif "scp" in claims:
            allowed = self.for_users
        client: str = claims["azp"]
        if client not in allowed:
            raise PermissionError("client app is not on the list")
        return client
