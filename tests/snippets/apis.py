"""APIs on loopback that remember which token came in with which request."""

import json
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from typing import NamedTuple

from tests.snippets.issuer import Answer, KeyEndpoint, body


class Received(NamedTuple):
    """One request: where it went, and what it carried."""

    url: str
    authorization: str


class OrdersApi:
    """Answers for every host in HOSTS with what `answers` holds, one after the other, and the last one for ever."""

    HOSTS = ("orders.contoso.com", "shipping.contoso.com", "stranger.example")

    def __init__(self, endpoint: KeyEndpoint) -> None:
        self.received: list[Received] = []
        self.answers: list[Answer] = [body(b"{}")]
        endpoint.answer = self._answer

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        url = f"https://{request.headers['Host']}{request.path}"
        self.received.append(Received(url, request.headers.get("Authorization", "")))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(request)

    @property
    def tokens(self) -> list[str]:
        """The bearer tokens that came in."""
        return [received.authorization.removeprefix("Bearer ") for received in self.received]


def answer(status: int, data: object = None, headers: Mapping[str, str] = {}) -> Answer:
    """An answer with a JSON body."""
    return body(json.dumps(data).encode(), status, headers)
