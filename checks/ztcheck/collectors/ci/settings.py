"""Reads settings of the code host that were exported as JSON.

Names and types as in GitHub's published API description (octokit/openapi). A file holds one export, named after its
kind or told by its shape, or a bundle of several under their kinds.
"""

from __future__ import annotations

import datetime as dt
from pathlib import PurePosixPath
from typing import Any

from ztcheck import jsonfile
from ztcheck.collectors.checking import Document, Part, checked
from ztcheck.errors import InputError, Problem, suggestion

_STATUS = {"status": str}
_ACTOR = [{"actor_id": int, "actor_type": str, "bypass_mode": str}]
SHAPES: dict[str, Any] = {
    "repository": {
        "full_name": str,
        "default_branch": str,
        "security_and_analysis": {"secret_scanning": _STATUS, "secret_scanning_push_protection": _STATUS},
    },
    "branch_rules": [
        {
            "type": str,
            "parameters": {
                "required_approving_review_count": int,
                "dismiss_stale_reviews_on_push": bool,
                "require_last_push_approval": bool,
                "required_status_checks": [{"context": str}],
                "code_scanning_tools": [{"tool": str}],
            },
        }
    ],
    "rulesets": [{"name": str, "enforcement": str, "bypass_actors": _ACTOR}],
    "environments": {
        "environments": [
            {
                "name": str,
                "protection_rules": [{"type": str, "prevent_self_review": bool, "reviewers": [object]}],
                "deployment_branch_policy": {"protected_branches": bool, "custom_branch_policies": bool},
            }
        ]
    },
    "workflow_permissions": {"default_workflow_permissions": str, "can_approve_pull_request_reviews": bool},
    "secret_scanning_alerts": [{"number": int, "state": str, "secret_type": str, "secret_type_display_name": str}],
    "vulnerability_alerts": {"enabled": bool},
    "dependabot_alerts": [
        {
            "number": int,
            "state": str,
            "created_at": dt.date,
            "security_advisory": {"severity": str, "ghsa_id": str},
            "dependency": {"package": {"name": str}},
        }
    ],
    "collaborators": [{"login": str, "role_name": str, "permissions": {"admin": bool}}],
    "personal_access_tokens": [
        {"id": int, "token_id": int, "token_name": str, "token_expires_at": str, "owner": {"login": str}}
    ],
    "organization_identity": {
        "data": {
            "organization": {
                "login": str,
                "samlIdentityProvider": {
                    "ssoUrl": str,
                    "externalIdentities": {"edges": [{"node": {"user": {"login": str}}}]},
                },
                "membersWithRole": {"nodes": [{"login": str}]},
            }
        }
    },
    "release_attestations": [{"name": str, "digest": str, "predicate_types": [str]}],
    "audit_log_streams": [{"id": int, "stream_type": str, "stream_details": str, "enabled": bool}],
}
# Exports of several pages, joined by `gh api --paginate --slurp`, come as a list of lists.
_ITEM_MARKS = (
    ("secret_type", "secret_scanning_alerts"),
    ("security_advisory", "dependabot_alerts"),
    ("token_expires_at", "personal_access_tokens"),
    ("stream_type", "audit_log_streams"),
    ("bypass_actors", "rulesets"),
    ("predicate_types", "release_attestations"),
    ("role_name", "collaborators"),
    ("ruleset_id", "branch_rules"),
)
_OBJECT_MARKS = (
    ("default_workflow_permissions", "workflow_permissions"),
    ("environments", "environments"),
    ("full_name", "repository"),
    ("bypass_actors", "rulesets"),
    ("protection_rules", "environments"),
    ("data", "organization_identity"),
)


def read(value: Any, path: str) -> tuple[list[tuple[str, Document]], str | None]:
    """Return the exports in the parsed file *path* by kind, and the time at which it says to have been collected.

    Raises InputError with every mistake, each with its JSON pointer.
    """
    taken = (
        value.get("collected_on") if isinstance(value, dict) and isinstance(value.get("collected_on"), str) else None
    )
    kind = _named(path)
    if kind is None and isinstance(value, dict):
        known = [key for key in value if key in SHAPES]
        if (
            known
            and all(key in SHAPES or key in ("collected_on", "$schema") for key in value)
            and known != ["environments"]
        ):
            documents: list[tuple[str, Document]] = []
            problems: list[Problem] = []
            for key in known:
                try:
                    documents.append(_one(key, value[key], path, (key,)))
                except InputError as error:
                    problems += error.problems
            if problems:
                raise InputError(problems)
            return documents, taken
    kind = kind or _told(value)
    if kind is None:
        raise InputError(
            Problem(
                "is no export that is known: its name and its keys say nothing",
                path=path,
                help=f"name the file after what it holds: {suggestion(PurePosixPath(path).stem, SHAPES)}",
            )
        )
    return [_one(kind, value, path, ())], taken


def _named(path: str) -> str | None:
    stem = PurePosixPath(path).stem.lower().replace("-", "_")
    return stem if stem in SHAPES else None


def _told(value: Any) -> str | None:
    if isinstance(value, list):
        first = next((item for item in _flat(value)[0] if isinstance(item, dict)), {})
        return next((kind for mark, kind in _ITEM_MARKS if mark in first), None)
    if isinstance(value, dict):
        return next((kind for mark, kind in _OBJECT_MARKS if mark in value), None)
    return None


def _flat(value: list[Any]) -> tuple[list[Any], dict[int, tuple[int, int]]]:
    """Join a list of pages; returns the items and, for joined ones, page and index of each."""
    if not value or not all(isinstance(page, list) for page in value):
        return value, {}
    items: list[Any] = []
    where = {}
    for page, content in enumerate(value):
        for index, item in enumerate(content):
            where[len(items)] = (page, index)
            items.append(item)
    return items, where


def _one(kind: str, value: Any, path: str, at: tuple[Part, ...]) -> tuple[str, Document]:
    shape = SHAPES[kind]
    if isinstance(shape, list):
        if kind == "rulesets" and isinstance(value, dict):
            value = [value]
            checked(value, shape, path, jsonfile.pointer(*at))
            return kind, Document(path, {"items": value}, {(): at, ("items",): at, ("items", 0): at})
        if not isinstance(value, list):
            raise InputError(Problem(f"{jsonfile.pointer(*at) or '(the whole file)'}: expected a list", path=path))
        items, pages = _flat(value)
        checked(items, shape, path, jsonfile.pointer(*at))
        where: dict[tuple[Part, ...], tuple[Part, ...] | int] = {(): at, ("items",): at}
        where.update({("items", index): (*at, *place) for index, place in pages.items()})
        return kind, Document(path, {"items": items}, where)
    if kind == "environments" and isinstance(value, dict) and "protection_rules" in value:
        checked({"environments": [value]}, shape, path)
        return kind, Document(path, {"environments": [value]}, {(): at, ("environments", 0): at})
    if kind == "environments" and isinstance(value, list):
        checked({"environments": value}, shape, path)
        return kind, Document(path, {"environments": value}, {(): at, ("environments",): at})
    if not isinstance(value, dict):
        raise InputError(Problem(f"{jsonfile.pointer(*at) or '(the whole file)'}: expected an object", path=path))
    checked(value, shape, path, jsonfile.pointer(*at))
    return kind, Document(path, value, {(): at})
