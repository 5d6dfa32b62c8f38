"""The exports of a tenant: Microsoft Graph resources, Exchange assignments, Azure Monitor settings.

Names and types as in Microsoft Graph's metadata; those of its beta version are marked.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from ztcheck.collectors.exports import Kinds

_RESTRICTION = {
    "restrictionType": str,
    "state": str,
    "maxLifetime": str,
    "restrictForAppsCreatedAfterDateTime": dt.date,
}
_RESTRICTIONS = {"passwordCredentials": [_RESTRICTION], "keyCredentials": [_RESTRICTION]}
_ACTIVITY = {"lastSignInDateTime": dt.date, "lastNonInteractiveSignInDateTime": dt.date}
_CONDITION_SET = {
    "permissionType": str,
    "permissionClassification": str,
    "clientApplicationsFromVerifiedPublisherOnly": bool,
    "clientApplicationIds": [str],
    "clientApplicationTenantIds": [str],
    "permissions": [str],
}
SHAPES: dict[str, Any] = {
    "conditional_access_policies": [
        {
            "id": str,
            "displayName": str,
            "state": str,
            "conditions": {
                "applications": {"includeApplications": [str], "excludeApplications": [str]},
                "users": {
                    "includeUsers": [str],
                    "excludeUsers": [str],
                    "includeGroups": [str],
                    "excludeGroups": [str],
                    "excludeRoles": [str],
                },
                "clientApplications": {"includeServicePrincipals": [str], "excludeServicePrincipals": [str]},
                "locations": {"includeLocations": [str], "excludeLocations": [str]},
                "platforms": {"includePlatforms": [str]},
                "signInRiskLevels": [str],
                "userRiskLevels": [str],
            },
            "grantControls": {
                "operator": str,
                "builtInControls": [str],
                "customAuthenticationFactors": [str],
                "termsOfUse": [str],
                "authenticationStrength": {"id": str, "displayName": str, "allowedCombinations": [str]},
            },
        }
    ],
    "authorization_policy": {
        "defaultUserRolePermissions": {"allowedToCreateApps": bool, "permissionGrantPoliciesAssigned": [str]}
    },
    "admin_consent_request_policy": {"isEnabled": bool, "reviewers": [{"query": str}]},
    "default_app_management_policy": {
        "isEnabled": bool,
        "applicationRestrictions": _RESTRICTIONS,
        "servicePrincipalRestrictions": _RESTRICTIONS,
    },
    "permission_grant_policies": [{"id": str, "includes": [_CONDITION_SET], "excludes": [_CONDITION_SET]}],
    "delegated_permission_classifications": [{"permissionName": str, "classification": str}],
    # beta
    "recommendations": [
        {
            "recommendationType": str,
            "status": str,
            "displayName": str,
            "impactedResources": [{"id": str, "subjectId": str, "displayName": str, "status": str}],
        }
    ],
    # authenticationProtocol is beta
    "sign_ins": [{"appId": str, "appDisplayName": str, "authenticationProtocol": str, "createdDateTime": dt.date}],
    # beta
    "service_principal_sign_in_activities": [{"appId": str, "lastSignInActivity": _ACTIVITY}],
    # beta
    "app_credential_sign_in_activities": [
        {"appId": str, "keyId": str, "keyType": str, "expirationDateTime": dt.date, "signInActivity": _ACTIVITY}
    ],
    # Get-ManagementRoleAssignment of Exchange Online
    "exchange_role_assignments": [
        {
            "Role": str,
            "App": str,
            "RoleAssignee": str,
            "RoleAssigneeName": str,
            "CustomResourceScope": str,
            "RecipientAdministrativeUnitScope": str,
            "Enabled": bool,
        }
    ],
    # Azure Monitor
    "diagnostic_settings": [{"name": str, "properties": {"logs": [{"category": str, "enabled": bool}]}}],
    "alert_rules": [
        {"name": str, "properties": {"displayName": str, "description": str, "enabled": bool, "query": str}}
    ],
    "log_stores": [
        {
            "id": str,
            "name": str,
            "type": str,
            "properties": {
                "retentionInDays": int,
                "immutableStorageWithVersioning": {
                    "enabled": bool,
                    "immutabilityPolicy": {"immutabilityPeriodSinceCreationInDays": int, "state": str},
                },
            },
        }
    ],
}
KINDS = Kinds(
    shapes=SHAPES,
    items=(
        ("grantControls", "conditional_access_policies"),
        ("recommendationType", "recommendations"),
        ("authenticationProtocol", "sign_ins"),
        ("lastSignInActivity", "service_principal_sign_in_activities"),
        ("signInActivity", "app_credential_sign_in_activities"),
        ("includes", "permission_grant_policies"),
        ("permissionName", "delegated_permission_classifications"),
        ("CustomResourceScope", "exchange_role_assignments"),
    ),
    objects=(
        ("defaultUserRolePermissions", "authorization_policy"),
        ("applicationRestrictions", "default_app_management_policy"),
        ("reviewers", "admin_consent_request_policy"),
    ),
    logs=("sign_ins", "recommendations"),
    context=(
        ("conditionalaccess/policies", "conditional_access_policies"),
        ("adminconsentrequestpolicy", "admin_consent_request_policy"),
        ("defaultappmanagementpolicy", "default_app_management_policy"),
        ("permissiongrantpolicies", "permission_grant_policies"),
        ("delegatedpermissionclassifications", "delegated_permission_classifications"),
        ("authorizationpolicy", "authorization_policy"),
        ("recommendations", "recommendations"),
        ("serviceprincipalsigninactivities", "service_principal_sign_in_activities"),
        ("appcredentialsigninactivities", "app_credential_sign_in_activities"),
        ("auditlogs/signins", "sign_ins"),
    ),
)
