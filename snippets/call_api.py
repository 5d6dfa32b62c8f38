# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx2>=2.16"]
# ///
"""Calls one API with a token requested for that API, and sends the token, unread, nowhere else."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx2


class Api:
    """One API that you call; make another one for the next API."""

    def __init__(self, base_url: str, scopes: Sequence[str], token: Callable[[Sequence[str]], str]) -> None:
        """*token* gets an access token for *scopes* from a cache: MSAL and Azure Identity know when it expires.

        Each scope is written in full, so that it says which API it belongs to.
        """
        parts = urlsplit(base_url)
        bare = parts.path + parts.query + parts.fragment in ("", "/")
        if parts.scheme != "https" or not parts.hostname or parts.username or not bare:
            raise ValueError("base_url is https:// and a host")
        resources = {scope.rpartition("/")[0] for scope in scopes}
        if len(resources) != 1 or "://" not in resources.pop():
            raise ValueError("ask for scopes of one API, each written in full")
        self._base_url = base_url.rstrip("/")
        self._scopes = tuple(scopes)
        self._token = token

    def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        """The API's answer to *path*; *options* are those of httpx2.request, such as json and params.

        A redirect is an error: whoever sends one must not choose who sees the token. Raises httpx2.HTTPStatusError.
        """
        if not path.startswith("/"):
            raise ValueError("path starts with a slash: the host is the API's")
        if "headers" in options:
            raise ValueError("the headers are made here")
        headers = {"Authorization": f"Bearer {self._token(self._scopes)}"}
        options = {"timeout": 10, **options, "follow_redirects": False}
        return httpx2.request(method, self._base_url + path, headers=headers, **options).raise_for_status()
