"""Reads settings of the code host that were exported as JSON.

Names and types as in GitHub's published API description (octokit/openapi).
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ztcheck.collectors.exports import Kinds

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
    "deployment_branches": {"branch_policies": [{"name": str, "type": str}]},
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
                    "externalIdentities": {
                        "edges": [{"node": {"user": {"login": str}}}],
                        "pageInfo": {"hasNextPage": bool},
                    },
                },
                "membersWithRole": {"nodes": [{"login": str}], "pageInfo": {"hasNextPage": bool}},
            }
        }
    },
    "release_attestations": [{"name": str, "digest": str, "predicate_types": [str]}],
    "audit_log_streams": [{"id": int, "stream_type": str, "stream_details": str, "enabled": bool}],
}
KINDS = Kinds(
    shapes=SHAPES,
    items=(
        ("secret_type", "secret_scanning_alerts"),
        ("security_advisory", "dependabot_alerts"),
        ("token_expires_at", "personal_access_tokens"),
        ("stream_type", "audit_log_streams"),
        ("bypass_actors", "rulesets"),
        ("predicate_types", "release_attestations"),
        ("role_name", "collaborators"),
        ("ruleset_id", "branch_rules"),
    ),
    objects=(
        ("default_workflow_permissions", "workflow_permissions"),
        ("environments", "environments"),
        ("branch_policies", "deployment_branches"),
        ("full_name", "repository"),
        ("bypass_actors", "rulesets"),
        ("data", "organization_identity"),
    ),
)
