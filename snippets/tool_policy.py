# /// script
# requires-python = ">=3.11"
# dependencies = ["pydantic>=2.11"]
# ///
"""Lets an agent see and call only reviewed tools, by server and name, each with its own scope and argument limits."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

READ = ("name", "title", "description", "inputSchema", "outputSchema", "annotations")  # what a model is shown
REFUSAL = "This tool call is not allowed."  # what the model reads: no rule, so nothing to argue with


class ToolRefusedError(Exception):
    """The runtime did not make the call; *reason* is for the log, the text for the model."""

    def __init__(self, reason: str) -> None:
        super().__init__(REFUSAL)
        self.reason = reason


@dataclass(frozen=True)
class AllowedTool:
    """A tool as it was reviewed; keep the list of them in the repository."""

    scope: str  # the only scope of the token that goes with the call
    fingerprint: str  # of all that the model reads about it
    arguments: type[BaseModel]  # your own limits to recipients, amounts, paths; strict, and extra="forbid"


def fingerprint(tool: Mapping[str, Any]) -> str:
    """The SHA-256 of a tool as an MCP server lists it, in hexadecimal digits."""
    read = json.dumps([tool.get(key) for key in READ], sort_keys=True)
    return hashlib.sha256(read.encode()).hexdigest()


class ToolPolicy:
    """The tools an agent may use; *allowed* maps (server, name) to the tool."""

    def __init__(self, allowed: Mapping[tuple[str, str], AllowedTool]) -> None:
        for (server, name), tool in allowed.items():
            config = tool.arguments.model_config
            if config.get("extra") != "forbid" or not config.get("strict"):
                raise ValueError(f"{server}/{name}: the arguments are not closed and strict")
        self._allowed = dict(allowed)
        self._offered: set[tuple[str, str]] = set()

    def offer(self, server: str, listed: Iterable[Any]) -> list[Mapping[str, Any]]:
        """What to show the model of a server's list: reviewed tools whose text has not changed since, and no more."""
        tools = [{key: tool[key] for key in READ if key in tool} for tool in listed if isinstance(tool, Mapping)]
        names = [str(tool.get("name")) for tool in tools]
        kept = {}
        for name, tool in zip(names, tools, strict=True):
            reviewed = self._allowed.get((server, name))
            if reviewed and fingerprint(tool) == reviewed.fingerprint and names.count(name) == 1:
                kept[(server, name)] = tool
        self._offered = {key for key in self._offered if key[0] != server} | set(kept)
        return list(kept.values())

    def scope_for(self, server: str, name: str, arguments: Mapping[str, Any]) -> str:
        """The scope to get a token for, if this call may be made; raises ToolRefusedError if not."""
        tool = self._allowed.get((server, name))
        if tool is None:
            raise ToolRefusedError("not on the list")
        if (server, name) not in self._offered:
            raise ToolRefusedError("not offered by the server as it was reviewed")
        try:
            checked = tool.arguments.model_validate(arguments)
        except ValidationError as error:
            faults = [fault["type"] for fault in error.errors(include_input=False, include_url=False)]
            raise ToolRefusedError(f"arguments: {', '.join(faults)}") from None
        if checked.model_dump(exclude_unset=True, by_alias=True) != arguments:
            raise ToolRefusedError("arguments: a model inside drops or changes what would be sent")
        return tool.scope
