# /// script
# requires-python = ">=3.11"
# dependencies = ["cryptography>=46.0.7", "httpx2>=2.16", "msal>=1.39", "requests>=2.34"]
# ///
"""Exchanges a GitHub job's OpenID Connect token for an Entra token, and refuses to run beside a stored credential."""

import os
import sys
from collections.abc import Mapping
from uuid import UUID

import msal

from client_assertion import from_github_job
from token_errors import OutageError, answer_of

STORED = (
    "AZURE_CREDENTIALS",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_PASSWORD",
    "ARM_CLIENT_SECRET",
)


class PipelineSignInError(Exception):
    """The job was not signed in; the text says what to change and holds no token."""


def pipeline_token(scope: str, environ: Mapping[str, str] = os.environ) -> str:
    """An access token for a deployment script, such as for https://management.azure.com/.default; never print it.

    AZURE_TENANT_ID and AZURE_CLIENT_ID name the app, which has a federated credential for this repository and
    environment. The job, and no other, has `permissions: id-token: write`.
    """
    stored = [name for name in STORED if environ.get(name)]
    if stored:
        raise PipelineSignInError(f"delete the stored credential: {', '.join(stored)}")
    try:
        tenant_id, client_id = UUID(environ["AZURE_TENANT_ID"]), UUID(environ["AZURE_CLIENT_ID"])
        credential = from_github_job(environ)
    except KeyError as error:
        raise PipelineSignInError(f"not in the environment: {error}; has the job `id-token: write`?") from None
    except ValueError as error:
        raise PipelineSignInError(f"the environment is not that of a job: {error}") from None
    authority = f"https://login.microsoftonline.com/{tenant_id}"
    try:
        result = answer_of(
            lambda: msal.ConfidentialClientApplication(
                str(client_id), client_credential=credential, authority=authority, timeout=10
            ).acquire_token_for_client([scope])
        )
    except OutageError as error:
        raise PipelineSignInError(f"Entra ID is out of reach: {error}") from None
    except RuntimeError as error:
        raise PipelineSignInError(str(error)) from None
    if "access_token" not in result:
        codes = result.get("error_codes")
        raise PipelineSignInError(f"Entra ID refused with {codes}: does a federated credential name this job?")
    return str(result["access_token"])


if __name__ == "__main__":
    try:
        pipeline_token("https://management.azure.com/.default")
    except PipelineSignInError as fault:
        print(fault, file=sys.stderr)
        sys.exit(1)
    print(f"signed in as {os.environ['AZURE_CLIENT_ID']} without a stored credential")
